"""What a perfect observer, a radar or a satellite receiver would tell of the things around.

Boxes stand for things: an asset's bounds at its joints' zero, about its own frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.pose import Array, Pose, conjugate, rotate
from sim.schema import NonNegative, Pair, Positive, Spec


@dataclass(frozen=True, eq=False)
class Target:
    """A thing as the truth has it: a box that moves.

    `low`, `high` ``(3,)`` m, corners in its own frame; `pose` its frame in the world; `velocity` ``(3,)`` m/s, world.
    """

    name: str
    kind: str
    low: Array
    high: Array
    pose: Pose
    velocity: Array

    def corners(self) -> Array:
        """``(8, 3)`` m, world."""
        x, y, z = ([self.low[i], self.high[i]] for i in range(3))
        return self.pose.apply(np.array([[a, b, c] for a in x for b in y for c in z]))

    def outline(self) -> Array:
        """The box from above: corners ``(4, 2)`` m, world, counter-clockwise."""
        (x0, y0, _), (x1, y1, _) = self.low, self.high
        flat = np.array([[x0, y0, 0.0], [x1, y0, 0], [x1, y1, 0], [x0, y1, 0]])
        return self.pose.apply(flat)[:, :2]


@dataclass(frozen=True, eq=False)
class Detection:
    """What a sensor says of one thing; in the sensor's frame.

    `position` ``(3,)`` m of the nearest point; `velocity` ``(3,)`` m/s relative to the sensor; `size` ``(3,)`` m along
    the thing's own axes.
    """

    name: str
    kind: str
    position: Array
    velocity: Array
    size: Array
    heading: float
    """rad, of the thing's X against the sensor's X."""


class ObjectListSpec(Spec):
    """The truth about things around: what every other sensor is measured against."""

    reach: Positive = 150.0
    """m"""
    rate_hz: Positive = 100.0


class RadarSpec(Spec):
    """A radar as a list of things: range, angle and closing speed, each with its error."""

    reach: Positive = 160.0
    """m"""
    azimuth_deg: Pair = (-45.0, 45.0)
    """Field of view."""
    rate_hz: Positive = 20.0
    range_noise: NonNegative = 0.1
    """m, standard deviation."""
    speed_noise: NonNegative = 0.06
    """m/s, standard deviation, of the closing speed."""
    azimuth_noise_deg: NonNegative = 0.3
    missed: NonNegative = 0.01
    """Share of detections that are lost."""


def seen_objects(targets: list[Target], sensor: Pose, velocity: Array, reach: float) -> list[Detection]:
    """Everything within reach as it is, nearest first.

    Args:
        targets: What there is.
        sensor: world_from_sensor.
        velocity: Of the sensor, ``(3,)`` m/s, world.
        reach: m.
    """
    back, found = conjugate(sensor.orientation), []
    for one in targets:
        near = nearest_point(one, sensor.position)
        position = rotate(back, near - sensor.position)
        if float(np.linalg.norm(position)) <= reach:
            forward = rotate(back, rotate(one.pose.orientation, (1.0, 0, 0)))
            found.append(
                Detection(
                    one.name,
                    one.kind,
                    position,
                    rotate(back, one.velocity - velocity),
                    one.high - one.low,
                    float(np.arctan2(forward[1], forward[0])),
                )
            )
    return sorted(found, key=lambda d: float(np.linalg.norm(d.position)))


def radar_objects(
    targets: list[Target], sensor: Pose, velocity: Array, spec: RadarSpec, rng: np.random.Generator
) -> list[Detection]:
    """What a radar reports: what is nearer and as wide hides what is behind; speeds along the line of sight only."""
    low, high = np.deg2rad(spec.azimuth_deg)
    found: list[Detection] = []
    spans: list[tuple[float, float]] = []
    for one in seen_objects(targets, sensor, velocity, spec.reach):
        target = next(t for t in targets if t.name == one.name)
        flat = rotate(conjugate(sensor.orientation), target.corners() - sensor.position)
        middle = float(np.arctan2(flat[:, 1].mean(), flat[:, 0].mean()))
        angles = middle + _wrapped(np.arctan2(flat[:, 1], flat[:, 0]) - middle)
        span = float(angles.min()), float(angles.max())
        if span[1] < low or span[0] > high or any(a <= span[0] and span[1] <= b for a, b in spans):
            continue
        spans.append(span)
        if rng.random() < spec.missed:
            continue
        distance = float(np.linalg.norm(one.position[:2])) + rng.normal(0, 1) * spec.range_noise
        angle = float(np.arctan2(one.position[1], one.position[0])) + rng.normal(0, 1) * np.deg2rad(
            spec.azimuth_noise_deg
        )
        sight = np.array([np.cos(angle), np.sin(angle), 0.0])
        speed = float(one.velocity @ sight) + rng.normal(0, 1) * spec.speed_noise
        position = sight * distance + np.array([0, 0, one.position[2]])
        found.append(Detection(one.name, one.kind, position, sight * speed, one.size, one.heading))
    return found


def nearest_point(target: Target, place: Array) -> Array:
    """The point ``(3,)`` m of a thing's box nearest to a place ``(3,)``, both world."""
    local = target.pose.inverse.apply(place)
    return target.pose.apply(np.clip(local, target.low, target.high))


def _wrapped(angle: Array) -> Array:
    """The same angles, rad, from −π to π."""
    return (angle + np.pi) % (2 * np.pi) - np.pi
