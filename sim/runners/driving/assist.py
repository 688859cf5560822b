"""Functions that assist: emergency braking and adaptive cruise control. From tracks to an acceleration, m/s²."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.runners.driving.perceive import Track
from sim.runners.driving.reference import KMH
from sim.runners.driving.spec import AccSpec, AebSpec

SURE = 2  # sightings before the brake is used


@dataclass(frozen=True)
class Outline:
    """A car in its own frame, m: `rear` and `front` along X, half its `width`."""

    rear: float
    front: float
    half: float


def point_ttc(point: np.ndarray, velocity: np.ndarray, car: Outline, margin: float) -> float:
    """When a point reaches a car that is wider by a margin, both keeping their velocities, s; infinity when never.

    Args:
        point: ``(2,)`` m in the car's frame.
        velocity: ``(2,)`` m/s, relative to the car.
        car: Where the car is.
        margin: m on each side.
    """
    enter, leave = 0.0, math.inf
    half = car.half + margin
    for p, v, low, high in (
        (float(point[0]), float(velocity[0]), car.rear, car.front),
        (float(point[1]), float(velocity[1]), -half, half),
    ):
        if abs(v) < 1e-9:
            if p < low or p > high:
                return math.inf
            continue
        first, last = sorted(((low - p) / v, (high - p) / v))
        enter, leave = max(enter, first), min(leave, last)
    return enter if enter <= leave else math.inf


class Aeb:
    """Automatic emergency braking.

    Attributes:
        ttc: s, smallest of what it sees now.
        triggered: s, when it decided; None: not yet.
        acts_from: s, when its command reaches the brake.
        seen_ttc: s, of the measurement by which it decided.
    """

    def __init__(self, spec: AebSpec, car: Outline):
        self.spec, self._car = spec, car
        self.ttc = math.inf
        self.triggered: float | None = None
        self.seen_ttc = math.inf

    @property
    def acts_from(self) -> float:
        """s; infinity before it decided."""
        return math.inf if self.triggered is None else self.triggered + self.spec.latency

    def see(self, time: float, tracks: list[Track]) -> None:
        """Takes note of a measurement made at a time in s."""
        times = [point_ttc(t.point, t.velocity, self._car, self.spec.margin) for t in tracks if t.seen >= SURE]
        self.ttc = min(times, default=math.inf)
        if self.triggered is None and self.ttc <= min(self.spec.ttc, self.spec.horizon):
            self.triggered, self.seen_ttc = time, self.ttc

    def brake(self, time: float) -> float:
        """How hard it brakes, m/s²; once it has begun it holds until the car stands."""
        if not self.spec.enabled:
            return 0.0
        since = time - self.acts_from
        if since < 0:
            return 0.0
        share = 1.0 if self.spec.ramp == 0 else min(since / self.spec.ramp, 1.0)
        return self.spec.deceleration * share


class Acc:
    """Adaptive cruise control with a constant time gap (ISO 15622)."""

    GAP, SPEED, CRUISE = 0.25, 0.8, 0.6  # gains: 1/s² of the gap's error, 1/s of the speeds'

    def __init__(self, spec: AccSpec, car: Outline):
        self.spec, self._car = spec, car

    def acceleration(self, speed: float, tracks: list[Track]) -> float:
        """m/s² at a speed in m/s."""
        spec = self.spec
        wanted = self.CRUISE * (spec.set_kmh * KMH - speed)
        ahead = [t for t in tracks if t.point[0] > self._car.front and abs(t.point[1]) < self._car.half + 0.3]
        if ahead:
            first = min(ahead, key=lambda t: float(t.point[0]))
            gap = float(first.point[0]) - self._car.front
            error = gap - spec.standstill - spec.time_gap * speed
            wanted = min(wanted, self.GAP * error + self.SPEED * float(first.velocity[0]))
        return min(max(wanted, -spec.deceleration), spec.acceleration)
