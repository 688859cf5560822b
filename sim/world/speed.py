"""Speeds over time: what a target in a test, a walker or a driver is told to keep."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

from sim.errors import InputError, Problem

LIMIT = 11.0  # m/s²: about what the best road tyres do; more is a slip of the pen


class SpeedProfile:
    """A speed that changes evenly between moments, and the way made good, both exact.

    After its last moment the speed stays as it is.

    Args:
        knots: Time in s and speed in m/s of each moment, in rising order of time; two at one time is a jump.
        where: The file and the path in it, for errors.
        limit: The largest acceleration allowed, m/s².

    Raises:
        InputError: Times fall, a speed is negative or no number, or the profile asks for more than the limit.
    """

    def __init__(self, knots: Sequence[tuple[float, float]], where: str = "speed profile", limit: float = LIMIT):
        if not knots:
            raise InputError(Problem(where, "is empty", "at least one time and speed"))
        self._t, self._v, self._s = [float(knots[0][0])], [float(knots[0][1])], [0.0]
        for t, v in knots[1:]:
            dt = float(t) - self._t[-1]
            self._s.append(self._s[-1] + dt * (self._v[-1] + float(v)) / 2)
            self._t.append(float(t))
            self._v.append(float(v))
        self._refuse(where, limit)

    def _refuse(self, where: str, limit: float) -> None:
        for t, v in zip(self._t, self._v, strict=True):
            if not (math.isfinite(t) and math.isfinite(v)) or v < 0:
                raise InputError(Problem(where, "has a speed that is none", "0 m/s or more", f"{v:g} at {t:g} s"))
        for (t, v), (after, faster) in zip(
            zip(self._t, self._v, strict=True), zip(self._t[1:], self._v[1:], strict=True), strict=False
        ):
            if after < t:
                raise InputError(Problem(where, "goes back in time", f"{t:g} s or later", f"{after:g} s"))
            asked = abs(faster - v) / (after - t) if after > t else math.inf if faster != v else 0.0
            if asked > limit * (1 + 1e-9):
                got = f"{asked:.3g} m/s² ({asked / 9.81:.2g} g)" if math.isfinite(asked) else "a jump"
                raise InputError(
                    Problem(f"{where}: {t:g} to {after:g} s", "asks for too much", f"at most {limit:g} m/s²", got)
                )

    @classmethod
    def constant(cls, speed: float) -> SpeedProfile:
        """One speed, m/s, for ever."""
        return cls([(0.0, speed)])

    @classmethod
    def of_distance(
        cls, knots: Sequence[tuple[float, float]], where: str = "speed profile", limit: float = LIMIT
    ) -> SpeedProfile:
        """Speeds by the way made good: m and m/s of each place, evenly accelerated between them.

        Raises:
            InputError: As for times; or it stands still before its last place.
        """
        times: list[tuple[float, float]] = []
        t = 0.0
        for i, (s, v) in enumerate(knots):
            if i:
                before, slower = knots[i - 1]
                if s < before:
                    raise InputError(Problem(where, "goes back on its way", f"{before:g} m or more", f"{s:g} m"))
                if v + slower <= 0 and s > before:
                    raise InputError(Problem(where, f"stands still at {before:g} m and never comes to {s:g} m"))
                t += 2 * (s - before) / (v + slower) if s > before else 0.0
            times.append((t, v))
        return cls(times, where, limit)

    @classmethod
    def change(
        cls, speed: float, to: float, acceleration: float, where: str = "speed profile", limit: float = LIMIT
    ) -> SpeedProfile:
        """From one speed to another, m/s, at so many m/s², beginning now; the acceleration's sign does not count."""
        if acceleration == 0:
            raise InputError(Problem(where, "changes speed without acceleration", "more than 0 m/s²", "0"))
        return cls([(0.0, speed), (abs(to - speed) / abs(acceleration), to)], where, limit)

    @property
    def duration(self) -> float:
        """When the last change is over, s."""
        return self._t[-1]

    def _piece(self, t: float) -> tuple[int, float]:
        i = bisect_right(self._t, t) - 1
        if i < 0 or i >= len(self._t) - 1:
            return max(i, 0), 0.0
        gap = self._t[i + 1] - self._t[i]
        return i, (self._v[i + 1] - self._v[i]) / gap

    def speed_at(self, t: float) -> float:
        """m/s at a time in s."""
        i, a = self._piece(t)
        return self._v[i] + a * max(t - self._t[i], 0.0)

    def acceleration_at(self, t: float) -> float:
        """m/s² at a time in s."""
        return self._piece(t)[1]

    def distance_at(self, t: float) -> float:
        """Way made good in m since the first moment, at a time in s; before it, the first speed held."""
        i, a = self._piece(t)
        dt = t - self._t[i]
        return self._s[i] + self._v[i] * dt + a * dt * dt / 2

    def time_at(self, distance: float) -> float:
        """When so many m have been made good, s; infinity when never."""
        i = max(bisect_right(self._s, distance) - 1, 0)
        rest, v = distance - self._s[i], self._v[i]
        a = (self._v[i + 1] - v) / (self._t[i + 1] - self._t[i]) if i < len(self._t) - 1 else 0.0
        root = v * v + 2 * a * rest
        if root < 0 or (v == 0 and a == 0 and rest > 0):
            return math.inf
        return self._t[i] + (2 * rest / (v + math.sqrt(root)) if rest else 0.0)
