"""Lines that things go along, by arc length, and speeds along them.

Owns geometry in the plane with a height beside it. Knows nothing of who drives, walks or draws.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from sim.errors import InputError, Problem
from sim.pose import Array, Pose, from_euler_deg

STEP = 0.25  # m between samples of a curve: a chord of a 10 m arc is 0.8 mm off it
SAME = 1e-9  # m: points nearer than this are one


class Path:
    """A line by arc length, from 0 to `length`; straight pieces and curves, level or not.

    | attribute | is                                                                |
    |-----------|-------------------------------------------------------------------|
    | length    | m, along the line                                                  |
    | closed    | whether it ends where it starts; then any arc length is on it       |
    | samples   | ``(n, 6)``: arc length, x, y, z in m, heading in rad, curvature 1/m  |

    Between samples everything is interpolated; a sharp corner is two samples at one arc length. Headings count
    counter-clockwise from +X and never jump by whole turns; curvature is positive to the left.

    Args:
        points: ``(n, 2)`` or ``(n, 3)`` m: corners that straight lines join.
        closed: Whether a last line leads back to the first point.
        where: The file and the path in it, for errors.

    Raises:
        InputError: There are fewer than two different points, or one is no number.
    """

    def __init__(self, points: ArrayLike, closed: bool = False, where: str = "path"):
        corners = _corners(points, closed, where)
        steps = np.diff(corners, axis=0)
        heading = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
        s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(steps, axis=1))])
        rows = np.repeat(np.column_stack([s, corners]), 2, axis=0)[1:-1]
        self._keep(np.column_stack([rows, np.repeat(heading, 2), np.zeros(len(rows))]), closed)

    @classmethod
    def of_samples(cls, samples: ArrayLike, closed: bool = False) -> Path:
        """A path whose `samples` are known."""
        path = cls.__new__(cls)
        path._keep(np.asarray(samples, float), closed)
        return path

    @classmethod
    def rounded(cls, points: ArrayLike, radius: float, closed: bool = False, where: str = "path") -> Path:
        """Straight lines whose corners are arcs of ``radius`` m, or of the largest radius that fits.

        Raises:
            InputError: As for a path of corners.
        """
        corners = _corners(points, closed, where)
        if closed:
            middle = (corners[0] + corners[1]) / 2
            corners = np.vstack([middle, corners[1:-1], corners[0], middle])
        pieces: list[Array] = []
        here = corners[0]
        last = len(corners) - 3
        for i, (before, corner, after) in enumerate(zip(corners, corners[1:], corners[2:], strict=False)):
            whole = (i == 0, i == last)  # the first and the last piece have one corner only
            arc = _corner_arc(before, corner, after, radius, whole)
            pieces += [_line(here, arc[0, :3])] if np.linalg.norm(arc[0, :3] - here) > SAME else []
            pieces.append(arc)
            here = arc[-1, :3]
        if np.linalg.norm(corners[-1] - here) > SAME:
            pieces.append(_line(here, corners[-1]))
        return cls.of_samples(_chained(pieces), closed)

    @classmethod
    def smooth(cls, points: ArrayLike, closed: bool = False, where: str = "path") -> Path:
        """A curve of continuous curvature through points (cubic spline over the chord length)."""
        from scipy.interpolate import CubicSpline

        corners = _corners(points, closed, where)
        chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
        if len(corners) == 2:
            return cls(corners)
        curve = CubicSpline(chord, corners, bc_type="periodic" if closed else "natural")
        u = np.linspace(0, chord[-1], max(2, math.ceil(chord[-1] / STEP) + 1))
        p, d, dd = curve(u), curve(u, 1), curve(u, 2)
        s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
        flat = np.hypot(d[:, 0], d[:, 1])
        curvature = (d[:, 0] * dd[:, 1] - d[:, 1] * dd[:, 0]) / np.maximum(flat, SAME) ** 3
        heading = np.unwrap(np.arctan2(d[:, 1], d[:, 0]))
        return cls.of_samples(np.column_stack([s, p, heading, curvature]), closed)

    @classmethod
    def of_geometry(
        cls, at: Sequence[float], heading: float, pieces: Iterable[tuple[float, float, float]], closed: bool = False
    ) -> Path:
        """Lines, arcs and spirals one after another, as OpenDRIVE's ``planView`` says them.

        Args:
            at: Start, m.
            heading: At the start, rad.
            pieces: Length in m, curvature at its start and at its end in 1/m, of each.
            closed: Whether the end meets the start.
        """
        x, y, z = (*at, 0.0)[:3]
        out, s = [], 0.0
        for length, first, last in pieces:
            piece = _clothoid(x, y, heading, length, first, last)
            piece[:, 0] += s
            x, y, heading, s = piece[-1, 1], piece[-1, 2], piece[-1, 4], piece[-1, 0]
            out.append(piece)
        samples = np.vstack(out)
        samples[:, 3] = z
        return cls.of_samples(samples, closed)

    def _keep(self, samples: Array, closed: bool) -> None:
        self.samples, self.closed = samples, closed
        self.length = float(samples[-1, 0])
        self._s: list[float] = samples[:, 0].tolist()
        self._rows: list[tuple[float, ...]] = [tuple(row) for row in samples.tolist()]

    # -----------------------------------------------------------------------------------------------------------------
    # Asking

    def _along(self, s: ArrayLike) -> Array:
        s = np.asarray(s, float)
        return np.mod(s, self.length) if self.closed else np.clip(s, 0.0, self.length)

    def at(self, s: ArrayLike) -> Array:
        """Places ``(…, 3)`` m at arc lengths ``(…)``; beyond the ends, the ends."""
        along = self._along(s)
        return np.stack([np.interp(along, self.samples[:, 0], self.samples[:, k]) for k in (1, 2, 3)], axis=-1)

    def heading(self, s: ArrayLike) -> Array:
        """Directions ``(…)`` rad in the plane, counter-clockwise from +X."""
        return np.interp(self._along(s), self.samples[:, 0], self.samples[:, 4])

    def direction(self, s: ArrayLike) -> Array:
        """Unit vectors ``(…, 3)`` along the line in the plane."""
        heading = self.heading(s)
        return np.stack([np.cos(heading), np.sin(heading), np.zeros_like(heading)], axis=-1)

    def curvature(self, s: ArrayLike) -> Array:
        """Curvatures ``(…)`` 1/m, positive to the left."""
        return np.interp(self._along(s), self.samples[:, 0], self.samples[:, 5])

    def sample(self, s: float) -> tuple[float, float, float, float, float]:
        """x, y, z in m, heading in rad and curvature in 1/m at one arc length: the quick way for one place."""
        s = s % self.length if self.closed else min(max(s, 0.0), self.length)
        i = min(max(bisect_right(self._s, s), 1), len(self._s) - 1)
        a, b = self._rows[i - 1], self._rows[i]
        gap = b[0] - a[0]
        f = (s - a[0]) / gap if gap > SAME else 1.0
        x, y, z, heading, curvature = (p + f * (q - p) for p, q in zip(a[1:], b[1:], strict=True))
        return x, y, z, heading, curvature

    def pose(self, s: float) -> Pose:
        """Where a thing is that goes along: X along the line, Z up, pitched with its slope."""
        x, y, z, heading, _ = self.sample(s)
        return Pose(np.array([x, y, z]), from_euler_deg(0, -math.degrees(self.slope(s)), math.degrees(heading)))

    def slope(self, s: float) -> float:
        """How steeply it climbs, rad."""
        s = s % self.length if self.closed else min(max(s, 0.0), self.length)
        i = min(max(bisect_right(self._s, s), 1), len(self._s) - 1)
        while i < len(self._s) - 1 and self._s[i] - self._s[i - 1] < SAME:
            i += 1
        a, b = self._rows[i - 1], self._rows[i]
        return math.atan2(b[3] - a[3], math.hypot(b[1] - a[1], b[2] - a[2]))

    def project(self, point: ArrayLike, near: float | None = None) -> tuple[float, float]:
        """The arc length nearest to a place, m, and how far to the left of the line the place is, m.

        Args:
            point: ``(2,)`` or ``(3,)`` m; its height does not count.
            near: An arc length not far off, m: the search starts there and stays near it. The whole line otherwise.
        """
        x, y = np.asarray(point, float)[:2].tolist()
        i = self._nearest(x, y) if near is None else self._index(near)
        n = len(self._rows) - 1
        for _ in range(n):
            f, ahead = self._fraction(i, x, y)
            if f > 1.0 and (self.closed or i < n - 1):
                following = (i + 1) % n
                if ahead and self._fraction(following, x, y)[0] <= 0.0:
                    break  # over the outside of a corner
                i = following
            elif f < 0.0 and (self.closed or i > 0):
                i = (i - 1) % n
                if self._fraction(i, x, y)[0] >= 1.0:
                    break
            else:
                break
        return self._foot(i, x, y)

    def _index(self, s: float) -> int:
        s = s % self.length if self.closed else min(max(s, 0.0), self.length)
        return min(max(bisect_right(self._s, s), 1), len(self._s) - 1) - 1

    def _fraction(self, i: int, x: float, y: float) -> tuple[float, bool]:
        """How far along the piece that starts at sample i a place is; and whether the piece has a length."""
        a, b = self._rows[i], self._rows[i + 1]
        dx, dy = b[1] - a[1], b[2] - a[2]
        square = dx * dx + dy * dy
        if square < SAME * SAME:
            along = (x - a[1]) * math.cos(b[4]) + (y - a[2]) * math.sin(b[4])
            return (2.0 if along > 0 else -1.0), False
        return ((x - a[1]) * dx + (y - a[2]) * dy) / square, True

    def _foot(self, i: int, x: float, y: float) -> tuple[float, float]:
        a, b = self._rows[i], self._rows[i + 1]
        f = min(max(self._fraction(i, x, y)[0], 0.0), 1.0)
        px, py = a[1] + f * (b[1] - a[1]), a[2] + f * (b[2] - a[2])
        heading = a[4] + f * (b[4] - a[4])
        side = (y - py) * math.cos(heading) - (x - px) * math.sin(heading)
        return a[0] + f * (b[0] - a[0]), side

    def _nearest(self, x: float, y: float) -> int:
        """The piece nearest to a place, of all."""
        a, b = self.samples[:-1, 1:3], self.samples[1:, 1:3]
        d = b - a
        square = np.sum(d * d, axis=1)
        to = np.array([x, y]) - a
        f = np.clip(np.sum(to * d, axis=1) / np.where(square < SAME * SAME, np.inf, square), 0.0, 1.0)
        gap = np.sum((to - f[:, None] * d) ** 2, axis=1)
        return int(np.argmin(np.where(square < SAME * SAME, np.inf, gap)))

    # -----------------------------------------------------------------------------------------------------------------
    # Making others

    def offset(self, distance: float) -> Path:
        """The line that keeps ``distance`` m to the left of this one (negative: to the right).

        Raises:
            InputError: A bend is tighter than the distance.
        """
        samples = self.samples.copy()
        heading = samples[:, 4]
        stretch = 1.0 - distance * samples[:, 5]
        if np.any(stretch <= 0):
            tightest = float(1 / np.abs(samples[:, 5]).max())
            raise InputError(
                Problem("path", f"cannot be offset by {distance:g} m", f"a bend wider than {tightest:g} m")
            )
        left = np.column_stack([-np.sin(heading), np.cos(heading)])
        for i in np.flatnonzero(np.diff(samples[:, 0]) < SAME):  # a sharp corner: both samples go to the mitre
            both = left[i] + left[i + 1]
            left[i] = left[i + 1] = both / max(1.0 + float(left[i] @ left[i + 1]), 0.1)
        samples[:, 1:3] += distance * left
        samples[:, 5] /= stretch
        samples[:, 0] = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(samples[:, 1:4], axis=0), axis=1))])
        return Path.of_samples(samples, self.closed)

    def part(self, start: float, stop: float) -> Path:
        """The piece from one arc length to another; backwards when ``stop`` comes first."""
        if stop < start and not self.closed:
            return self.part(stop, start).reversed()
        stop = stop + self.length if stop < start else stop
        s = self.samples[:, 0]
        turns = range(math.floor(start / self.length), math.ceil(stop / self.length)) if self.closed else range(1)
        inner = []
        for turn in turns:
            rows = self.samples[(s + turn * self.length > start + SAME) & (s + turn * self.length < stop - SAME)].copy()
            rows[:, 0] += turn * self.length
            rows[:, 4] += turn * (self.samples[-1, 4] - self.samples[0, 4])
            inner.append(rows)
        ends = [np.array([[one, *self.sample(one)]]) for one in (start, stop)]
        samples = np.vstack([ends[0], *inner, ends[1]])
        samples[:, 0] -= samples[0, 0]
        samples[:, 4] = np.unwrap(samples[:, 4])
        return Path.of_samples(samples)

    def reversed(self) -> Path:
        """The same line from its end to its start."""
        samples = self.samples[::-1].copy()
        samples[:, 0] = self.length - samples[:, 0]
        samples[:, 4] += np.pi
        samples[:, 5] *= -1
        return Path.of_samples(samples, self.closed)

    def joined(self, *others: Path) -> Path:
        """This line and then others; a gap between them is bridged by a straight line."""
        pieces = [self.samples]
        for other in others:
            end, start = pieces[-1][-1], other.samples[0]
            if np.linalg.norm(start[1:4] - end[1:4]) > 1e-6:
                pieces.append(_line(end[1:4], start[1:4], bare=False))
            pieces.append(other.samples)
        return Path.of_samples(_chained([p[:, 1:] for p in pieces]))

    def moved(self, pose: Pose) -> Path:
        """The same line in a world that includes the one it is in; ``pose`` turns about Z only."""
        yaw = float(2 * np.arctan2(pose.orientation[2], pose.orientation[3]))
        samples = self.samples.copy()
        samples[:, 1:4] = pose.apply(samples[:, 1:4])
        samples[:, 4] += yaw
        return Path.of_samples(samples, self.closed)


def _corners(points: ArrayLike, closed: bool, where: str) -> Array:
    """Different corners ``(n, 3)``, the first again at the end of a closed line."""
    corners = np.asarray(points, float)
    if corners.ndim != 2 or corners.shape[1] not in (2, 3) or not np.isfinite(corners).all():
        raise InputError(Problem(where, "is no list of points", "at least two of x, y and perhaps z in m"))
    if corners.shape[1] == 2:
        corners = np.column_stack([corners, np.zeros(len(corners))])
    if closed:
        corners = np.vstack([corners, corners[:1]])
    keep = np.concatenate([[True], np.linalg.norm(np.diff(corners, axis=0), axis=1) > SAME])
    corners = corners[keep]
    if len(corners) < 2:
        raise InputError(Problem(where, "leads nowhere", "at least two different points", f"{len(corners)}"))
    return corners


def _line(a: Array, b: Array, bare: bool = True) -> Array:
    """Two rows x, y, z, heading, curvature; with an arc length before them when not ``bare``."""
    heading = math.atan2(b[1] - a[1], b[0] - a[0])
    rows = np.array([[*a, heading, 0.0], [*b, heading, 0.0]])
    return rows if bare else np.column_stack([[0.0, np.linalg.norm(b - a)], rows])


def _corner_arc(before: Array, corner: Array, after: Array, radius: float, whole: tuple[bool, bool]) -> Array:
    """Rows x, y, z, heading, curvature of the arc that rounds a corner."""
    u, v = corner - before, after - corner
    a, b = math.atan2(u[1], u[0]), math.atan2(v[1], v[0])
    turn = math.remainder(b - a, 2 * math.pi)
    half = math.tan(min(abs(turn), 3.13) / 2)
    room = min(float(np.hypot(*leg[:2])) / (1 if free else 2) for leg, free in zip((u, v), whole, strict=True))
    reach = min(radius * half, room)
    if reach < SAME or abs(turn) < 1e-6:
        return np.array([[*corner, a, 0.0], [*corner, a + turn, 0.0]])
    radius = reach / half
    n = max(3, math.ceil(radius * abs(turn) / STEP) + 1)
    f = np.linspace(0, 1, n)
    heading = a + turn * f
    sign = math.copysign(1.0, turn)
    start = corner[:2] - reach * np.array([math.cos(a), math.sin(a)])
    center = start + sign * radius * np.array([-math.sin(a), math.cos(a)])
    xy = center - sign * radius * np.column_stack([-np.sin(heading), np.cos(heading)])
    low = corner[2] - u[2] * reach / max(float(np.hypot(*u[:2])), SAME)
    high = corner[2] + v[2] * reach / max(float(np.hypot(*v[:2])), SAME)
    return np.column_stack([xy, low + (high - low) * f, heading, np.full(n, sign / radius)])


def _chained(pieces: Sequence[Array]) -> Array:
    """Samples of rows x, y, z, heading, curvature one after another."""
    rows = np.vstack(pieces)
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(rows[:, :3], axis=0), axis=1))])
    rows[:, 3] = np.unwrap(rows[:, 3])
    keep = np.ones(len(rows), bool)
    keep[1:] = (np.diff(s) > SAME) | (np.abs(np.diff(rows[:, 3])) > SAME) | (np.abs(np.diff(rows[:, 4])) > SAME)
    return np.column_stack([s, rows])[keep]


def _clothoid(x: float, y: float, heading: float, length: float, first: float, last: float) -> Array:
    """Samples of a piece whose curvature changes evenly; places by Gauss's rule of four points a step."""
    if not length > 0:
        raise InputError(Problem("path", "a piece has no length", "more than 0 m", f"{length:g}"))
    n = max(1, math.ceil(length / STEP)) if first or last else 1
    s = np.linspace(0.0, length, n + 1)
    rate = (last - first) / length

    def angle(u: Array) -> Array:
        return heading + first * u + rate * u * u / 2

    node, weight = np.polynomial.legendre.leggauss(4)
    h = length / n
    u = s[:-1, None] + h * (node + 1) / 2
    dx, dy = (h / 2 * (f(angle(u)) @ weight) for f in (np.cos, np.sin))
    at = np.column_stack([x + np.concatenate([[0], np.cumsum(dx)]), y + np.concatenate([[0], np.cumsum(dy)])])
    return np.column_stack([s, at, np.zeros(n + 1), angle(s), first + rate * s])
