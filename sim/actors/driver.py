"""A driver who keeps a vehicle on a path at a speed.

Steering: the bend just ahead is fed forward with the vehicle's own understeer (single-track theory); what is astray,
off the path and in direction, is fed back over a look-ahead distance (Rossetter and Gerdes 2006), critically damped,
as far as the grip goes. Speed: what the profile asks for, and a PI rule on what is missing.
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
SLOW = 1.5  # m/s: below this it goes where its wheels point
LEAD = 0.15  # s by which a vehicle's answer to the wheel lags
DAMPING = 0.15  # s: steering against a yaw rate that the path does not ask for
GRIP = 0.95  # of the grip felt: no hands turn farther
CREEP = 0.3  # m/s: wanted speeds below this are meant as standing
HOLD = 0.5  # brake pedal that holds a car on any road slope


class Driver(System):
    """Steers and pedals for a vehicle: add it to the world before the vehicle.

    | attribute    | is                                                           |
    |--------------|--------------------------------------------------------------|
    | path         | where to; its centre of mass is kept on it                   |
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
        preview: float = 0.6,
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
        self.way, self.lateral = path.project(self._course()[:2])

    def drive(self, speed: float | SpeedProfile) -> None:
        """Gives it another speed, or a profile that begins now."""
        self._profile = speed if isinstance(speed, SpeedProfile) else None
        self.speed = self._profile.speed_at(0) if self._profile else float(speed)  # type: ignore[arg-type]
        self._since = self._world.step_count

    @property
    def arrived(self) -> bool:
        """Whether it stands at the end of its path."""
        return not self.path.closed and self.way >= self.path.length - 0.5 and abs(self.vehicle.speed) < STILL

    def _course(self) -> tuple[float, float, float]:
        """Place of the centre of mass, m, and the direction it moves in, rad."""
        vehicle, model = self.vehicle, self.vehicle.model
        (x, y, _), forward, (vx, vy, _) = vehicle.motion()
        heading = math.atan2(forward[1], forward[0])
        rolling = math.atan((model.chassis.center[0] - model.reference) * math.tan(model.angle) / model.wheelbase)
        if abs(vehicle.speed) < SLOW:
            return x, y, heading + rolling
        return x, y, math.atan2(vy, vx) if vehicle.speed > 0 else heading

    def step(self, world: World) -> None:
        """Sets the vehicle's controls."""
        x, y, course = self._course()
        self.way, self.lateral = self.path.project((x, y), near=self.way)
        angle = self._steering(course)
        throttle, brake = self._pedals(world)
        self.vehicle.controls = Controls(throttle, brake, angle=angle)

    def _steering(self, course: float) -> float:
        """Road-wheel angle, rad: that of the bend just ahead, and what leads back to the path."""
        v, model = abs(self.vehicle.speed), self.vehicle.model
        reach = max(self._reach, v * self.preview)
        ahead = self.path.sample(self.way + v * LEAD)[4]
        astray = math.remainder(course - self.path.sample(self.way)[3], 2 * math.pi)
        back = -2 / (reach * reach) * (self.lateral + reach * math.sin(astray))
        most = GRIP * self.vehicle.friction * 9.81 / max(v * v, 1.0)
        curvature = min(max(ahead + back, -most), most)
        damping = DAMPING * (self.vehicle.yaw_rate - v * ahead)
        return -damping + math.atan(curvature * model.wheelbase) + model.understeer_gradient * v * v * curvature

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
