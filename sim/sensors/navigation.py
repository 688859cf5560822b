"""Where a vehicle believes it is and how it moves: satellites and an inertial unit, with their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.pose import Array, Pose, conjugate, rotate
from sim.schema import NonNegative, Positive, Spec


class NavigationSpec(Spec):
    """A satellite receiver with an inertial unit; the defaults are those of an automotive one with corrections."""

    rate_hz: Positive = 100.0
    position_noise: NonNegative = 0.02
    """m, standard deviation along each axis."""
    position_drift: NonNegative = 0.01
    """m, standard deviation that the error wanders in a second (random walk)."""
    velocity_noise: NonNegative = 0.02
    """m/s"""
    accelerometer_noise: NonNegative = 0.02
    """m/s²"""
    accelerometer_bias: NonNegative = 0.02
    """m/s², standard deviation of the constant error, drawn once."""
    gyro_noise: NonNegative = 0.001
    """rad/s"""
    gyro_bias: NonNegative = 0.0005
    """rad/s, drawn once."""


@dataclass(frozen=True, eq=False)
class Fix:
    """One reading.

    `position` ``(3,)`` m and `velocity` ``(3,)`` m/s, world; `force` ``(3,)`` m/s² and `turn_rate` ``(3,)`` rad/s in
    the sensor's axes. The accelerometer feels weight: at rest it reads +g upwards.
    """

    time: float
    position: Array
    velocity: Array
    force: Array
    turn_rate: Array


class Navigation:
    """The receiver in a vehicle.

    Args:
        spec: What it is.
        rng: Where its errors come from.
        gravity: ``(3,)`` m/s², world.
    """

    def __init__(self, spec: NavigationSpec, rng: np.random.Generator, gravity: tuple[float, float, float]):
        self.spec, self._rng, self._gravity = spec, rng, np.asarray(gravity, float)
        self._force_bias = rng.normal(0, spec.accelerometer_bias, 3)
        self._turn_bias = rng.normal(0, spec.gyro_bias, 3)
        self._wander = np.zeros(3)
        self._last: tuple[float, Array] | None = None

    def read(self, time: float, pose: Pose, velocity: Array, turn_rate: Array) -> Fix:
        """What it reads.

        Args:
            time: s, later than at the reading before.
            pose: world_from_sensor.
            velocity: ``(3,)`` m/s of the sensor, world.
            turn_rate: ``(3,)`` rad/s, world.
        """
        spec, rng = self.spec, self._rng
        before, was = self._last or (time, velocity)
        dt = time - before
        acceleration = (velocity - was) / dt if dt > 0 else np.zeros(3)
        self._last = time, velocity.copy()
        self._wander = self._wander + rng.normal(0, 1, 3) * spec.position_drift * np.sqrt(max(dt, 0.0))
        back = conjugate(pose.orientation)
        return Fix(
            time,
            pose.position + self._wander + rng.normal(0, spec.position_noise, 3),
            velocity + rng.normal(0, spec.velocity_noise, 3),
            rotate(back, acceleration - self._gravity) + self._force_bias + rng.normal(0, spec.accelerometer_noise, 3),
            rotate(back, turn_rate) + self._turn_bias + rng.normal(0, spec.gyro_noise, 3),
        )
