"""Manoeuvres of standards: where to drive, and what must not be touched.

Owns ISO 3888-1 (severe double lane change), the constant circle of ISO 4138 and the step steer of ISO 7401.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.pose import Array, Pose
from sim.world.path import Path

SECTIONS = (15.0, 30.0, 25.0, 25.0, 15.0, 15.0)  # m, ISO 3888-1, table 1
OFFSET = 3.5  # m from the middle of the first lane to that of the second, to the left
WIDTHS = ((1.1, 0.25), (1.2, 0.25), (1.3, 0.25))  # of the three lanes: factor of the vehicle's width, and m
STEP = 1.0  # m between the points of its line
SLACK = 0.4  # of the room beside the body that the line may use; the rest is for its yaw
EVENLY = 1e-3  # how much every bend counts beside the tightest
RISE = 12.0  # m in which a bend may come to its tightest


@dataclass(frozen=True)
class Lane:
    """A lane between cones: from ``start`` to ``stop`` m along X, ``width`` m about ``middle`` m."""

    start: float
    stop: float
    middle: float
    width: float


@dataclass(frozen=True, eq=False)
class DoubleLaneChange:
    """ISO 3888-1 for a vehicle ``width`` m wide: three lanes, and a path through their middles.

    | field | is                                                            |
    |-------|---------------------------------------------------------------|
    | lanes | entry, side lane, exit                                          |
    | path  | from 60 m before the entry to 60 m beyond the exit               |
    | cones | ``(n, 2)`` m, where cones stand along the lanes                   |
    """

    width: float
    lanes: tuple[Lane, Lane, Lane]
    path: Path
    cones: Array

    @classmethod
    def of(cls, width: float) -> DoubleLaneChange:
        """The manoeuvre along X, entered at x = 0 m, y = 0 m."""
        s = np.concatenate([[0.0], np.cumsum(SECTIONS)])
        lane1, lane2, lane3 = (a * width + b for a, b in WIDTHS)
        lanes = (
            Lane(s[0], s[1], 0.0, lane1),
            Lane(s[2], s[3], OFFSET, lane2),
            Lane(s[4], s[6], 0.0, lane3),
        )
        cones = [
            (x, lane.middle + side * lane.width / 2)
            for lane in lanes
            for x in np.linspace(lane.start, lane.stop, 4)
            for side in (-1, 1)
        ]
        return cls(width, lanes, Path.smooth(_gentlest(lanes, width)), np.array(cones))

    def struck(self, pose: Pose, front: float, back: float) -> bool:
        """Whether a body that reaches from ``back`` to ``front`` m along its X leaves a lane it is in."""
        half = self.width / 2
        along = np.linspace(back, front, 9)
        outline = np.array([(x, side * half, 0.0) for x in along for side in (-1, 1)])
        places = pose.apply(outline)
        for lane in self.lanes:
            inside = (places[:, 0] >= lane.start) & (places[:, 0] <= lane.stop)
            if np.any(np.abs(places[inside, 1] - lane.middle) > lane.width / 2):
                return True
        return False


def _gentlest(lanes: Sequence[Lane], width: float, before: float = 60.0, after: float = 60.0) -> Array:
    """Points ``(n, 2)`` m of the line whose tightest bend is the widest, of all that keep a body inside the lanes."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, diags, eye, hstack, vstack

    x = np.arange(-before, lanes[-1].stop + after + STEP / 2, STEP)
    low, high = np.full(len(x), -OFFSET), np.full(len(x), 2 * OFFSET)
    for lane in lanes:
        slack = (lane.width - width) / 2 * SLACK
        inside = (x >= lane.start - STEP) & (x <= lane.stop + STEP)
        low[inside], high[inside] = lane.middle - slack, lane.middle + slack
    ends = (x < -before / 2) | (x > lanes[-1].stop + after / 2)
    low[ends] = high[ends] = 0.0
    bend = diags([1.0, -2.0, 1.0], [0, 1, 2], shape=(len(x) - 2, len(x))) / STEP**2
    rise = diags([-1.0, 3.0, -3.0, 1.0], [0, 1, 2, 3], shape=(len(x) - 3, len(x))) / STEP**3 * RISE
    rows = vstack([bend, -bend, rise, -rise])
    n, most = len(x), csr_matrix(-np.ones((rows.shape[0], 1)))  # unknowns: places, |bend| of each, the largest bend
    each = vstack([bend, -bend]), vstack([-eye(n - 2)] * 2)
    none = csr_matrix((rows.shape[0], n - 2))
    found = linprog(
        np.concatenate([np.zeros(n), np.full(n - 2, EVENLY), [1.0]]),
        vstack([hstack([rows, none, most]), hstack([*each, csr_matrix((2 * n - 4, 1))])]),
        np.zeros(rows.shape[0] + 2 * n - 4),
        bounds=[*zip(low, high, strict=True), *[(0, None)] * (n - 1)],
    )
    return np.column_stack([x, found.x[:n]])


def circle(radius: float) -> Path:
    """ISO 4138: a circle to the left about (0, radius), begun at the origin along X."""
    return Path.of_geometry((0.0, 0.0), 0.0, [(2 * math.pi * radius, 1 / radius, 1 / radius)], closed=True)
