"""Drivers that others are measured by: careful and competent, RSS and Reg157 (UN R157, Annex 3, and its models).

Each says how hard to brake now, from what it sees; it knows nothing of vehicles. Whether one of them would have avoided
an encounter is found by stepping it along a line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.runners.driving.metrics import time_to_collision

G = 9.81
KMH = 1 / 3.6  # m/s


@dataclass(frozen=True)
class Sight:
    """What a driver sees of who is ahead.

    | field   | is                                                                     |
    |---------|------------------------------------------------------------------------|
    | gap     | m from the front to the other's rear                                     |
    | speed   | m/s, own                                                               |
    | other   | m/s, the other's along the own way                                       |
    | slowing | m/s², how hard the other brakes                                         |
    | wander  | m, how far the other has left the middle of its own lane towards this one |
    | in_lane | whether any of the other is in the own lane                              |
    """

    gap: float
    speed: float
    other: float
    slowing: float = 0.0
    wander: float = 0.0
    in_lane: bool = True

    @property
    def closing(self) -> float:
        """m/s"""
        return self.speed - self.other

    @property
    def ttc(self) -> float:
        """s"""
        return float(time_to_collision(self.gap, self.closing))


class Reference(Protocol):
    """A driver by the book."""

    def brake(self, time: float, sight: Sight) -> float:
        """How hard it brakes at a time in s, m/s²."""
        ...


class Careful:
    """The careful and competent human driver of UN R157, Annex 3, 3.3.

    | constant   | is                                                                              |
    |------------|---------------------------------------------------------------------------------|
    | WANDER     | m of lateral wander at which a cut-in is noticed                                   |
    | EVALUATION | s to see the risk, once noticed                                                    |
    | REACTION   | s from there to the brake                                                          |
    | RAMP       | s from no braking to all of it                                                     |
    | BRAKING    | m/s², 0.774 g                                                                     |
    | SLOWING    | m/s² of who is ahead, from which it brakes too                                      |
    | TTC        | s, below which an intruder is a risk                                                |
    | STANDING   | s, below which who stands in the lane is one, once seen                              |
    """

    WANDER, EVALUATION, REACTION, RAMP, BRAKING, SLOWING, TTC = 0.375, 0.4, 0.75, 0.6, 0.774 * G, 5.0, 2.0
    STANDING, WALKING = 4.0, 1.0

    def __init__(self) -> None:
        self._noticed: float | None = None

    def brake(self, time: float, sight: Sight) -> float:
        """How hard it brakes at a time in s, m/s²."""
        if self._noticed is None and self._risky(sight):
            self._noticed = time
        if self._noticed is None:
            return 0.0
        since = time - self._noticed - self.EVALUATION - self.REACTION
        return self.BRAKING * min(max(since / self.RAMP, 0.0), 1.0)

    def _risky(self, sight: Sight) -> bool:
        if sight.slowing >= self.SLOWING and sight.in_lane:
            return True
        if sight.in_lane and sight.other < self.WALKING and sight.ttc <= self.STANDING:
            return True
        intrudes = sight.wander > self.WANDER or sight.in_lane
        return intrudes and sight.ttc <= self.TTC

    @classmethod
    def distance(cls, closing: float) -> float:
        """m it needs to take off a closing speed of so many m/s, from noticing on, the other's speed constant."""
        a, delay, ramp = cls.BRAKING, cls.EVALUATION + cls.REACTION, cls.RAMP
        rest = max(closing - ramp / 2 * a, 0.0)
        return closing * delay + ramp * closing - ramp**2 * a / 6 + rest**2 / (2 * a)


class Rss:
    """Responsibility-Sensitive Safety (Shalev-Shwartz et al., arXiv 1708.06374): brakes when nearer than is safe.

    Attributes:
        RESPONSE: s.
        ACCELERATION: m/s² it might still gain in that time.
        BRAKING: m/s² with which it brakes at least.
        OTHER: m/s² with which the one ahead brakes at most.
        MARGIN: m beside it, for brakes that take a moment.
    """

    RESPONSE, ACCELERATION, BRAKING, OTHER, MARGIN = 0.75, 0.0, 0.774 * G, 0.774 * G, 1.0

    def __init__(self) -> None:
        self._unsafe: float | None = None

    def brake(self, time: float, sight: Sight) -> float:
        """How hard it brakes at a time in s, m/s²."""
        danger = sight.in_lane and sight.gap < self.safe_distance(sight.speed, sight.other) + self.MARGIN
        if self._unsafe is None and danger:
            self._unsafe = time
        if self._unsafe is None or time - self._unsafe < self.RESPONSE:
            return 0.0
        return self.BRAKING if danger or sight.closing > 0 else 0.0  # until it is safe and stays so

    @classmethod
    def safe_distance(cls, speed: float, other: float) -> float:
        """m: vρ + aρ²/2 + (v + ρa)²/(2b) − v_l²/(2b_l), never below 0."""
        rho, a, b = cls.RESPONSE, cls.ACCELERATION, cls.BRAKING
        safe = speed * rho + a * rho**2 / 2 + (speed + rho * a) ** 2 / (2 * b) - other**2 / (2 * cls.OTHER)
        return max(safe, 0.0)


class Reg157:
    """The lane keeping system that UN R157, 5.2.5.2, asks for: 6 m/s² after 0.35 s when a cut-in must be avoided."""

    DELAY, BRAKING, LEAST = 0.35, 6.0, 2.0

    def __init__(self) -> None:
        self._seen: float | None = None

    def brake(self, time: float, sight: Sight) -> float:
        """How hard it brakes at a time in s, m/s²."""
        needed = sight.closing > 0 and sight.gap < self.distance(sight.closing)
        if self._seen is None and sight.in_lane and needed:
            self._seen = time
        if self._seen is None:
            return 0.0
        return self.BRAKING if time - self._seen >= self.DELAY else 0.0

    @classmethod
    def distance(cls, closing: float) -> float:
        """m at which it must have seen an intruder: v_rel (v_rel/(2·6) + 0.35), and the 2 m of 5.2.3.3 that stay."""
        return closing * (closing / (2 * cls.BRAKING) + cls.DELAY) + cls.LEAST

    @classmethod
    def must_avoid(cls, ttc: float, closing: float) -> bool:
        """Whether R157 wants a cut-in avoided whose TTC at lane intrusion is so many s."""
        return ttc > closing / (2 * cls.BRAKING) + cls.DELAY


REFERENCES: dict[str, Callable[[], Reference]] = {"careful": Careful, "rss": Rss, "reg157": Reg157}


@dataclass(frozen=True)
class Outcome:
    """What a reference driver made of an encounter: `impact_speed` m/s (0: avoided), smallest `gap` m and `ttc` s."""

    impact_speed: float
    gap: float
    ttc: float

    @property
    def avoided(self) -> bool:
        """Whether nothing touched."""
        return self.impact_speed == 0.0


def drive(
    driver: Reference, speed: float, gap: float, other: Callable[[float], Sight], duration: float = 30.0
) -> Outcome:
    """What a reference driver makes of an encounter along a line, in steps of 1 ms.

    Args:
        driver: Fresh.
        speed: m/s at the start.
        gap: m at the start.
        other: What it sees at a time in s; `gap` and `speed` in it are put right here.
        duration: s at most.
    """
    dt, least, ttc = 1e-3, gap, np.inf
    for i in range(int(duration / dt)):
        seen = other(i * dt)
        sight = Sight(gap, speed, seen.other, seen.slowing, seen.wander, seen.in_lane)
        a = driver.brake(i * dt, sight)
        least = min(least, gap) if sight.in_lane else least
        ttc = min(ttc, sight.ttc) if sight.in_lane else ttc
        if gap <= 0 and sight.in_lane:
            return Outcome(max(sight.closing, 0.0), 0.0, 0.0)
        slower = max(speed - a * dt, 0.0)
        gap -= ((speed + slower) / 2 - seen.other) * dt
        speed = slower
        if speed <= 0 or (a > 0 and speed <= seen.other and seen.slowing <= 0):
            break
    return Outcome(0.0, float(min(least, gap)), float(ttc))
