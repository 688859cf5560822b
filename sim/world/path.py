"""A line through a world, measured along itself: what walkers and drivers follow."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import ArrayLike

from sim.errors import InputError, Problem
from sim.pose import Array


class Path:
    """Straight pieces from point to point.

    Attributes:
        points: ``(n, 3)`` m.
        starts: ``(n,)`` m, the way from the first point to each.
        closed: Whether it comes back to where it begins; the last point is then the first.
        length: m
    """

    def __init__(self, points: ArrayLike, closed: bool = False, where: str = "path"):
        given = np.atleast_2d(np.asarray(points, float))
        if given.ndim != 2 or given.shape[1] not in (2, 3) or not np.isfinite(given).all():
            raise InputError(Problem(where, "is no line", "points [x, y] or [x, y, z]", str(given.shape)))
        line = np.zeros((len(given), 3))
        line[:, : given.shape[1]] = given
        if closed:
            line = np.vstack([line, line[:1]])
        keep = np.append(True, np.linalg.norm(np.diff(line, axis=0), axis=1) > 1e-9)
        line = line[keep]
        if len(line) < 2:
            raise InputError(Problem(where, "has no length", "two points that are not the same"))
        self.points, self.closed = line, closed
        self._pieces = np.diff(line, axis=0)
        lengths = np.linalg.norm(self._pieces, axis=1)
        self._directions = self._pieces / lengths[:, None]
        self._headings = np.arctan2(self._pieces[:, 1], self._pieces[:, 0])
        self.starts = np.append(0.0, np.cumsum(lengths))
        self._at: list[float] = self.starts.tolist()
        self.length = float(self.starts[-1])

    def _piece(self, s: float) -> tuple[int, float]:
        """Which piece a way ``s`` leads to, and how far into it."""
        s = s % self.length if self.closed else min(max(s, 0.0), self.length)
        i = min(bisect_right(self._at, s) - 1, len(self._at) - 2)
        return i, s - self._at[i]

    def at(self, s: float) -> Array:
        """The place ``(3,)`` m after a way of ``s`` m; a line that is not closed ends at its ends."""
        i, rest = self._piece(s)
        return self.points[i] + self._directions[i] * rest

    def direction(self, s: float) -> Array:
        """The unit vector ``(3,)`` along the line at ``s`` m."""
        return self._directions[self._piece(s)[0]]

    def heading(self, s: float) -> float:
        """The yaw, rad, along the line at ``s`` m."""
        return float(self._headings[self._piece(s)[0]])

    def project(self, point: ArrayLike, near: float | None = None, within: float = np.inf) -> float:
        """The way, m, to the place on the line that is nearest to a point.

        Args:
            point: ``(2,)`` or ``(3,)`` m; heights do not count.
            near: A way from which the answer is not far: a line may pass a place twice.
            within: How far, m, from ``near``.
        """
        flat, pieces = np.asarray(point, float)[:2], self._pieces[:, :2]
        squared = np.maximum(np.einsum("ij,ij->i", pieces, pieces), 1e-18)
        part = np.clip(np.einsum("ij,ij->i", flat - self.points[:-1, :2], pieces) / squared, 0.0, 1.0)
        away = np.linalg.norm(self.points[:-1, :2] + pieces * part[:, None] - flat, axis=1)
        ways = self.starts[:-1] + part * np.diff(self.starts)
        if near is not None:
            apart = np.abs(ways - near)
            apart = np.minimum(apart, self.length - apart) if self.closed else apart
            away = np.where(apart <= within, away, np.inf)
        return float(ways[np.argmin(away)])
