"""Ways through a town: streets as a graph, the shortest way along the right lane."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from heapq import heappop, heappush
from math import hypot

import numpy as np

from sim.pose import Array
from sim.world.path import Path

Pair = tuple[float, float]
JOIN = 0.5  # m: ends of streets nearer than this meet
CORNER = 6.0  # m, of a lane's bends


class Streets:
    """Streets that meet and cross.

    Args:
        lines: Middle lines, from and to, m.
        lane: m from a middle line to that of the lane on its right.
    """

    def __init__(self, lines: Sequence[tuple[Pair, Pair]], lane: float):
        self.lane = lane
        self.nodes: list[Pair] = []
        self.edges: dict[int, list[int]] = {}
        self._lines = [(np.array(a, float), np.array(b, float)) for a, b in lines]
        for i, (a, b) in enumerate(self._lines):
            cuts = [0.0, 1.0]
            for j, (c, d) in enumerate(self._lines):
                if i != j:
                    cuts += _crossings(a, b, c, d)
            way = sorted(set(np.round(cuts, 9).tolist()))
            stops = [self._node(a + (b - a) * f) for f in way]
            for u, v in itertools.pairwise(stops):
                if u != v:
                    self._link(u, v)

    def _node(self, at: Array) -> int:
        for i, other in enumerate(self.nodes):
            if hypot(other[0] - at[0], other[1] - at[1]) < JOIN:
                return i
        self.nodes.append((float(at[0]), float(at[1])))
        self.edges[len(self.nodes) - 1] = []
        return len(self.nodes) - 1

    def _link(self, u: int, v: int) -> None:
        if v not in self.edges[u]:
            self.edges[u].append(v)
            self.edges[v].append(u)

    def _nearest(self, at: Pair) -> tuple[int, int, Pair]:
        """The street, by its ends, nearest to a place, and the place on it."""
        best: tuple[float, int, int, Pair] = (np.inf, 0, 0, at)
        for u, vs in self.edges.items():
            for v in vs:
                if u < v:
                    a, b = np.array(self.nodes[u]), np.array(self.nodes[v])
                    f = float(np.clip((np.array(at) - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1))
                    foot = a + f * (b - a)
                    gap = hypot(*(np.array(at) - foot))
                    if gap < best[0]:
                        best = (gap, u, v, (float(foot[0]), float(foot[1])))
        return best[1:]

    def way(self, start: Pair, heading: float, goal: Pair) -> tuple[Path | None, float]:
        """The lane from a place to another, and its length, m; no turning back where that can be helped."""
        u0, v0, here = self._nearest(start)
        u1, v1, there = self._nearest(goal)
        ahead = np.array([np.cos(heading), np.sin(heading)])
        queue: list[tuple[float, int, tuple[int, ...]]] = []
        if {u0, v0} == {u1, v1}:
            way = np.array(there) - here
            if way @ ahead >= 0 or hypot(*way) < 3.0:
                return self._lane([here, there]), hypot(*way)
        for end, other in ((u0, v0), (v0, u0)):
            out = np.array(self.nodes[end]) - np.array(here)
            behind = 60.0 if out @ ahead < 0 else 0.0
            heappush(queue, (hypot(*out) + behind, end, (other, end)))
        seen: set[tuple[int, int]] = set()
        while queue:
            length, at, trail = heappop(queue)
            if (trail[-2], at) in seen:
                continue
            seen.add((trail[-2], at))
            if at in (u1, v1):
                points = [here, *(self.nodes[n] for n in trail[1:]), there]
                onwards = v1 if at == u1 else u1
                if trail[-2] != onwards:
                    return self._lane(points), length + hypot(*(np.array(there) - self.nodes[at]))
            for n in self.edges[at]:
                if n != trail[-2] or len(self.edges[at]) == 1:
                    step = hypot(*(np.array(self.nodes[n]) - self.nodes[at]))
                    heappush(queue, (length + step, n, (*trail, n)))
        return None, np.inf

    def _lane(self, points: Sequence[Pair]) -> Path | None:
        flat = [np.array(p, float) for p in points]
        kept = [flat[0]]
        for p in flat[1:]:
            if hypot(*(p - kept[-1])) > 0.5:
                kept.append(p)
        if len(kept) < 2:
            return None
        lines = []
        for a, b in itertools.pairwise(kept):
            along = (b - a) / hypot(*(b - a))
            side = self.lane * np.array([along[1], -along[0]])
            lines.append((a + side, b + side, along))
        corners = [lines[0][0]]
        for (_, b, u), (c, _, v) in itertools.pairwise(lines):
            turn = u[0] * v[1] - u[1] * v[0]
            corners.append(
                (b + c) / 2 if abs(turn) < 0.05 else b + u * float((c - b)[0] * v[1] - (c - b)[1] * v[0]) / turn
            )
        corners.append(lines[-1][1])
        return Path.rounded(np.array(corners), CORNER)


def _crossings(a: Array, b: Array, c: Array, d: Array) -> list[float]:
    """Where, as a part of the way from a to b, a line meets that from c to d."""
    u, v, w = b - a, d - c, c - a
    turn = u[0] * v[1] - u[1] * v[0]
    if abs(turn) < 1e-9:
        return []
    f, g = (w[0] * v[1] - w[1] * v[0]) / turn, (w[0] * u[1] - w[1] * u[0]) / turn
    slack = JOIN / max(hypot(*v), 1.0)
    return [min(max(float(f), 0.0), 1.0)] if -1e-6 <= f <= 1 + 1e-6 and -slack <= g <= 1 + slack else []
