"""A driver who keeps a vehicle on a path at a speed.

Steering: pure pursuit with preview (Coulter 1992), with the bend ahead and the vehicle's own understeer fed forward, so
that nothing is left to correct in a steady bend. Speed: what the profile asks for, and a PI rule on what is missing.
"""

from __future__ import annotations

import math
from typing import Any

from sim.actors.vehicle import Vehicle
from sim.physics.vehicle import Controls
from sim.world.path import Path
from sim.world.speed import SpeedProfile
from sim.world.system import System
from sim.world.world import World

RATE = 120  # Hz: how often a driver decides
REACH = 3.0  # m: the shortest preview
STILL = 0.1  # m/s: slower than this and meant to stand, it holds the brake
CREEP = 0.3  # m/s: wanted speeds below this are meant as standing
HOLD = 0.5  # brake pedal that holds a car on any road slope


class Driver(System):
    """Steers and pedals for a vehicle: add it to the world before the vehicle.

    | attribute    | is                                                           |
    |--------------|--------------------------------------------------------------|
    | path         | where to; the middle of the rear axle is kept on it             |
    | speed        | m/s wanted, when there is no profile                            |
    | acceleration | m/s² asked for in place of `speed`, by whoever drives the speed; None: not |
    | way          | m along the path, of the vehicle                                |
    | lateral      | m to the left of the path                                       |

    Args:
        vehicle: What it drives.
        path: Where.
        speed: m/s, or a profile that begins now.
        preview: s looked ahead.
        comfort: The most it brakes or accelerates by itself, m/s²; also how it slows for bends and for the end.
        lateral: The most it takes bends with, m/s².
        stop: Whether it stops at the end of the path.
        reach: m, the shortest look ahead.
    """

    def __init__(
        self,
        vehicle: Vehicle,
        path: Path,
        speed: float | SpeedProfile,
        *,
        preview: float = 0.5,
        comfort: float = 3.0,
        lateral: float = 4.0,
        stop: bool = True,
        reach: float = REACH,
    ):
        self.vehicle, self.path, self.preview, self.comfort = vehicle, path, preview, comfort
        self.lateral_limit, self._stop, self._reach = lateral, stop and not path.closed, reach
        self._world = vehicle.world
        self.every = max(1, self._world.layout.step_hz // RATE)
        self.acceleration: float | None = None
        self._sum = 0.0
        self.drive(speed)
        self.way, self.lateral = path.project(self._rear()[:2])

    def drive(self, speed: float | SpeedProfile) -> None:
        """Gives it another speed, or a profile that begins now."""
        self._profile = speed if isinstance(speed, SpeedProfile) else None
        self.speed = self._profile.speed_at(0) if self._profile else float(speed)  # type: ignore[arg-type]
        self._since = self._world.step_count

    @property
    def arrived(self) -> bool:
        """Whether it stands at the end of its path."""
        return not self.path.closed and self.way >= self.path.length - 0.5 and abs(self.vehicle.speed) < STILL

    def _rear(self) -> tuple[float, float, float, float]:
        """Place of the rear axle, m, and heading, rad."""
        at, forward = self.vehicle.place()
        reference = self.vehicle.model.reference
        return (
            at[0] + reference * forward[0],
            at[1] + reference * forward[1],
            at[2],
            math.atan2(forward[1], forward[0]),
        )

    def step(self, world: World) -> None:
        """Sets the vehicle's controls."""
        x, y, _, heading = self._rear()
        self.way, self.lateral = self.path.project((x, y), near=self.way)
        angle = self._steering(x, y, heading)
        throttle, brake = self._pedals(world)
        self.vehicle.controls = Controls(throttle, brake, angle=angle)

    def _steering(self, x: float, y: float, heading: float) -> float:
        """Road-wheel angle, rad."""
        v, model = abs(self.vehicle.speed), self.vehicle.model
        ahead = max(self._reach, v * self.preview)
        tx, ty, _, theading, _ = self.path.sample(self.way + ahead)
        if not self.path.closed and self.way + ahead > self.path.length:
            over = self.way + ahead - self.path.length
            tx, ty = tx + over * math.cos(theading), ty + over * math.sin(theading)
        dx, dy = tx - x, ty - y
        distance = math.hypot(dx, dy) or 1.0
        offset = math.sin(math.atan2(dy, dx) - heading)
        curvature = 2 * offset / distance
        return math.atan(curvature * model.wheelbase) + model.understeer_gradient * v * v * curvature

    def _pedals(self, world: World) -> tuple[float, float]:
        if self.acceleration is not None:
            return self.vehicle.pedals(self.acceleration)
        v = self.vehicle.speed
        wanted, ahead = self._wanted(world)
        if wanted < CREEP and v < STILL + CREEP:
            self._sum = 0.0
            return 0.0, HOLD
        missing = wanted - v
        dt = self.every / world.layout.step_hz
        if abs(missing) < 1.0:
            self._sum = min(max(self._sum + missing * dt, -2.0), 2.0)
        asked = ahead + 2.0 * missing + 0.4 * self._sum
        if self._profile is None:
            asked = min(max(asked, -2 * self.comfort), self.comfort)
        return self.vehicle.pedals(asked)

    def _wanted(self, world: World) -> tuple[float, float]:
        """Speed, m/s, and the acceleration on its way, m/s²."""
        if self._profile is not None:
            t = (world.step_count - self._since) / world.layout.step_hz
            return self._profile.speed_at(t), self._profile.acceleration_at(t)
        wanted, ahead = self.speed, 0.0
        for s, limit in self._limits():
            reachable = math.sqrt(limit * limit + 2 * 0.7 * self.comfort * max(s - self.way, 0.0))
            if reachable < wanted:
                wanted = reachable
                ahead = -0.7 * self.comfort if self.vehicle.speed >= reachable - 0.5 else 0.0
        return wanted, ahead

    def _limits(self) -> list[tuple[float, float]]:
        """Places ahead, m along the path, and the speeds, m/s, that bends and the end allow there."""
        v = self.vehicle.speed
        far = self.way + v * v / (2 * 0.7 * self.comfort) + v + 5.0
        limits, s, step = [], self.way, max(1.0, v / 8)
        while s < far and (self.path.closed or s < self.path.length):
            curvature = abs(self.path.sample(s)[4])
            if curvature > 1e-4:
                limits.append((s, math.sqrt(self.lateral_limit / curvature)))
            s += step
        if self._stop and far > self.path.length:
            limits.append((self.path.length, 0.0))
        return limits

    def save(self) -> Any:
        """Where it is on its path, and what it was told."""
        told = (self.path, self._profile, self.speed, self._since, self.acceleration)
        return self.way, self.lateral, self._sum, told

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        self.way, self.lateral, self._sum, told = saved
        self.path, self._profile, self.speed, self._since, self.acceleration = told
