"""Ways through a town: streets as a graph, the shortest way along the right lane."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise
from math import hypot

import numpy as np

from sim.pose import Array
from sim.runners.game.spec import StreetSpec
from sim.world.path import Path

Pair = tuple[float, float]
JOIN = 0.5  # m: ends of streets nearer than this meet
CORNER = 6.0  # m, of a lane's bends


class Streets:
    """Streets that meet and cross.

    Args:
        streets: Middle lines, lanes, directions.

    Attributes:
        nodes: m, where streets end, meet and cross.
        edges: From each node, where one may go.
    """

    def __init__(self, streets: Sequence[StreetSpec]):
        self.nodes: list[Pair] = []
        self.edges: dict[int, list[int]] = {}
        self._lanes: dict[tuple[int, int], float] = {}
        self._lines = [(np.array(s.ends[0], float), np.array(s.ends[1], float)) for s in streets]
        for i, (a, b) in enumerate(self._lines):
            cuts = [0.0, 1.0]
            for j, (c, d) in enumerate(self._lines):
                if i != j:
                    cuts += _crossings(a, b, c, d)
            way = sorted(set(np.round(cuts, 9).tolist()))
            stops = [self._node(a + (b - a) * f) for f in way]
            for u, v in itertools.pairwise(stops):
                if u != v:
                    self._link(u, v, streets[i])

    def _node(self, at: Array) -> int:
        for i, other in enumerate(self.nodes):
            if hypot(other[0] - at[0], other[1] - at[1]) < JOIN:
                return i
        self.nodes.append((float(at[0]), float(at[1])))
        self.edges[len(self.nodes) - 1] = []
        return len(self.nodes) - 1

    def _link(self, u: int, v: int, street: StreetSpec) -> None:
        for a, b in ((u, v),) if street.one_way else ((u, v), (v, u)):
            if b not in self.edges[a]:
                self.edges[a].append(b)
            self._lanes[a, b] = street.lane

    def _nearest(self, at: Pair) -> tuple[int, int, Pair]:
        """The street, by its ends, nearest to a place, and the place on it."""
        best: tuple[float, int, int, Pair] = (np.inf, 0, 0, at)
        for u, v in self._lanes:
            a, b = np.array(self.nodes[u]), np.array(self.nodes[v])
            f = float(np.clip((np.array(at) - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1))
            foot = a + f * (b - a)
            gap = hypot(*(np.array(at) - foot))
            if gap < best[0] - 1e-9:
                best = (gap, u, v, (float(foot[0]), float(foot[1])))
        return best[1:]

    def way(self, start: Pair, heading: float, goal: Pair) -> tuple[Path | None, float]:
        """The lane from a place to another, and its length, m; no turning back where that can be helped."""
        u0, v0, here = self._nearest(start)
        u1, v1, there = self._nearest(goal)
        ahead = np.array([np.cos(heading), np.sin(heading)])
        straight = np.array(there) - here
        queue: list[tuple[float, tuple[int, ...]]] = []
        for a, b in ((u0, v0), (v0, u0)):
            if (a, b) in self._lanes:
                out = np.array(self.nodes[b]) - np.array(here)
                turned = 60.0 if out @ ahead < 0 else 0.0
                if (u1, v1) in ((a, b), (b, a)) and straight @ out >= 0:
                    heappush(queue, (hypot(*straight) + turned, (a, b, -1)))
                heappush(queue, (hypot(*out) + turned, (a, b)))
        seen: set[tuple[int, int]] = set()
        while queue:
            length, trail = heappop(queue)
            if trail[-1] == -1:
                return self._lane([here, *(self.nodes[n] for n in trail[1:-2]), there], trail[:-1]), length
            if trail[-2:] in seen:
                continue
            seen.add((trail[-2], trail[-1]))
            for n in self.edges[trail[-1]]:
                if n != trail[-2]:
                    self._onwards(queue, length, trail, n, (u1, v1), there)
        return None, np.inf

    def _onwards(
        self, queue: list, length: float, trail: tuple[int, ...], n: int, street: tuple[int, int], goal: Pair
    ) -> None:
        """Goes on to a node, or ends on the way to it when the goal lies there; an end is marked by −1."""
        at = np.array(self.nodes[trail[-1]])
        if {trail[-1], n} == set(street):
            heappush(queue, (length + hypot(*(np.array(goal) - at)), (*trail, n, -1)))
        heappush(queue, (length + hypot(*(np.array(self.nodes[n]) - at)), (*trail, n)))

    def _lane(self, points: Sequence[Pair], trail: Sequence[int]) -> Path | None:
        """The right lane along a line of nodes; each piece has the lane of its street."""
        flat = [np.array(p, float) for p in points]
        lines = []
        for i, (a, b) in enumerate(pairwise(flat)):
            if hypot(*(b - a)) > 0.5:
                along = (b - a) / hypot(*(b - a))
                side = self._lanes[trail[i], trail[i + 1]] * np.array([along[1], -along[0]])
                lines.append((a + side, b + side, along))
        if not lines:
            return None
        corners = [lines[0][0]]
        for (_, b, u), (c, _, v) in pairwise(lines):
            turn = u[0] * v[1] - u[1] * v[0]
            gap = c - b
            corners += [b, c] if abs(turn) < 0.05 else [b + u * float(gap[0] * v[1] - gap[1] * v[0]) / turn]
        corners.append(lines[-1][1])
        kept = [corners[0]]
        for corner in corners[1:]:
            if hypot(*(corner - kept[-1])) > 0.3:
                kept.append(corner)
        return Path.rounded(np.array(kept), CORNER) if len(kept) > 1 else None


def _crossings(a: Array, b: Array, c: Array, d: Array) -> list[float]:
    """Where, as a part of the way from a to b, a line meets that from c to d."""
    u, v, w = b - a, d - c, c - a
    turn = u[0] * v[1] - u[1] * v[0]
    if abs(turn) < 1e-9:
        return []
    f, g = (w[0] * v[1] - w[1] * v[0]) / turn, (w[0] * u[1] - w[1] * u[0]) / turn
    slack = JOIN / max(hypot(*v), 1.0)
    return [min(max(float(f), 0.0), 1.0)] if -1e-6 <= f <= 1 + 1e-6 and -slack <= g <= 1 + slack else []
