"""Vehicles that keep to a line and to one another: they brake for what is before them.

They go exactly along their path, as `Follower`s do, but choose their speed: the intelligent driver model (Treiber,
Hennecke & Helbing 2000). What runs into one feels its mass, and it is let go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, sin, sqrt
from typing import Any

import numpy as np

from sim.actors.wheels import Wheels, steering_angles
from sim.assets.chassis import Chassis, read_chassis
from sim.pose import Array
from sim.world.path import Path
from sim.world.state import State
from sim.world.system import System
from sim.world.world import World

STRUCK = 0.3  # m/s: a blow that would change its speed by more lets it go
ACCELERATION, COMFORT = 1.5, 2.0  # m/s², of the driver model
HEADWAY, STANDSTILL = 1.4, 2.5  # s and m kept to who is before
WIDTH = 2.2  # m to either side of the line: what is nearer is in the way
SIGHT = 40.0  # m
HARDEST = 7.0  # m/s²


class Traffic(System):
    """Vehicles on one path.

    Args:
        world: Where they are; they are spread over the path at once.
        names: The vehicles.
        path: The line their origins keep to.
        speed: m/s they would like to go at.
        obstacles: Says where other things are that they brake for: ``(k, 2)`` m.

    Attributes:
        ways: ``(n,)`` m along the path.
        speeds: ``(n,)`` m/s
        released: Names of those that something has run into.
    """

    def __init__(
        self,
        world: World,
        names: Sequence[str],
        path: Path,
        speed: float,
        obstacles: Callable[[], Array] | None = None,
    ):
        self.names, self.path, self.speed = tuple(names), path, speed
        self._world, self._obstacles = world, obstacles
        self._stride = max(1, world.layout.step_hz // 60)
        n = len(self.names)
        self.ways = np.arange(n) * path.length / max(n, 1)
        self.speeds = np.full(n, float(speed))
        self.released: set[str] = set()
        self._cars = [_Car(world, name) for name in self.names]
        self._gaps = np.full(n, SIGHT)
        self._near = [True] * n  # whether anything is about that could run into it
        self._lifts = [car.road(world, path, way) for car, way in zip(self._cars, self.ways, strict=True)]
        self._slow = 0
        for i in range(n):
            self._put(i)

    def step(self, world: World) -> None:
        """Chooses speeds and puts every vehicle where it is to be."""
        dt = self._stride / world.layout.step_hz
        for i, car in enumerate(self._cars):
            if self._near[i] and car.name not in self.released:
                if car.struck():
                    car.let_go(world)
                    self.released.add(car.name)
                else:
                    car.go_on()
        now = world.step_count + 1
        if now % self._stride:
            return
        if self._slow % 6 == 0:
            self._gaps = self._look(world)
        self._slow += 1
        for i, car in enumerate(self._cars):
            if car.name in self.released:
                continue
            before = self.speeds[i]
            rate = self._acceleration(i)
            self.speeds[i] = max(before + rate * dt, 0.0)
            self.ways[i] += (before + self.speeds[i]) / 2 * dt
            if self._near[i] or now % (2 * self._stride) == 0:
                self._put(i)

    def _acceleration(self, i: int) -> float:
        """The intelligent driver model, with the nearest of who drives and what lies ahead."""
        v, free = float(self.speeds[i]), 1 - (float(self.speeds[i]) / self.speed) ** 4
        gap, other = self._ahead(i)
        if self._gaps[i] < gap:
            gap, other = float(self._gaps[i]), 0.0
        closing = v * (v - other) / (2 * sqrt(ACCELERATION * COMFORT))
        wanted = STANDSTILL + max(0.0, v * HEADWAY + closing)
        return max(ACCELERATION * (free - (wanted / max(gap, 0.3)) ** 2), -HARDEST)

    def _ahead(self, i: int) -> tuple[float, float]:
        """Gap, m, and speed, m/s, of the next one on the path; far away when there is none."""
        best, speed = SIGHT, self.speed
        for j, car in enumerate(self._cars):
            if j != i and car.name not in self.released:
                apart = float(self.ways[j] - self.ways[i])
                apart = apart % self.path.length if self.path.closed else apart
                if 0 < apart - car.length < best:
                    best, speed = apart - car.length, float(self.speeds[j])
        return best, speed

    def _look(self, world: World) -> Array:
        """m free before each vehicle, of obstacles that stand in its lane."""
        free, self._near = np.full(len(self._cars), SIGHT), [bool(self.released)] * len(self._cars)
        others = [self._obstacles()] if self._obstacles else []
        lost = [np.array([world.engine.read_body(car.row)[0][:2] for car in self._cars if car.name in self.released])]
        places = (
            np.concatenate([o for o in [*others, *lost] if len(o)]) if others or self.released else np.empty((0, 2))
        )
        if not len(places):
            return free
        for i, car in enumerate(self._cars):
            x, y, _, _, _ = self.path.sample(self.ways[i])
            near = places[np.hypot(places[:, 0] - x, places[:, 1] - y) < SIGHT]
            self._near[i] |= len(near) > 0
            for place in near:
                way, side = self.path.project(place, near=self.ways[i] + 8.0)
                apart = way - self.ways[i]
                apart = (apart + self.path.length / 2) % self.path.length - self.path.length / 2
                if abs(side) < WIDTH and 0 < apart < SIGHT:
                    free[i] = min(free[i], max(apart - car.length / 2 - 1.0, 0.1))
        return free

    def _put(self, i: int) -> None:
        car, way, speed = self._cars[i], float(self.ways[i]), float(self.speeds[i])
        x, y, z, heading, curvature = self.path.sample(way)
        turn = (0.0, 0.0, sin(heading / 2), cos(heading / 2))
        velocity = (speed * cos(heading), speed * sin(heading), 0.0)
        self._world.put(car.name, (x, y, z + self._lifts[i]), turn, velocity, (0.0, 0.0, speed * curvature))

    # -----------------------------------------------------------------------------------------------------------------

    def places(self) -> Array:
        """``(n, 2)`` m: where those are that still drive."""
        rows = [self.path.sample(way)[:2] for way in self.ways]
        return np.array(rows).reshape(-1, 2)

    def amend(self, state: State) -> None:
        """Turns and steers the wheels."""
        for car, way, speed in zip(self._cars, self.ways, self.speeds, strict=True):
            if car.name not in self.released:
                car.roll(state, float(way), float(speed), float(self.path.sample(float(way))[4]))

    def save(self) -> Any:
        """Where everyone is."""
        return self.ways.copy(), self.speeds.copy(), set(self.released), self._slow, self._gaps.copy(), list(self._near)

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        ways, speeds, released, self._slow, gaps, near = saved
        self.ways, self.speeds, self._gaps = ways.copy(), speeds.copy(), gaps.copy()
        self._near = list(near)
        for car in self._cars:
            if car.name in self.released and car.name not in released:
                car.take_back(self._world)
        self.released = set(released)


class _Car:
    """One vehicle of the traffic."""

    def __init__(self, world: World, name: str):
        asset = world.layout.placement(name).asset
        self.name, self.row = name, world.row(name)
        self.length = float(asset.bounds[1, 0] - asset.bounds[0, 0])
        self._chassis: Chassis | None = None
        self._wheels: Wheels | None = None
        if asset.spec.vehicle and asset.articulated:
            parts = [part for axle in asset.spec.vehicle.axles for part in axle.wheels]
            self._chassis = read_chassis(asset.source, parts, str(asset.folder / "asset.yaml"))
            self._wheels = Wheels(world, name, self._chassis)
            self._steered = [axle.steered for axle in asset.spec.vehicle.axles for _ in axle.wheels]
        self._puppet = world.hold(name)

    def road(self, world: World, path: Path, way: float) -> float:
        """How much higher the road is than the path, m."""
        x, y, z, _, _ = path.sample(way)
        world.engine.set_collides(self.row, False)
        row, fraction, _, _ = world.engine.cast_few([(x, y, z + 2.0)], [(x, y, z - 2.0)])[0]
        world.engine.set_collides(self.row, True)
        return 2.0 * (1 - 2 * fraction) if row >= 0 else 0.0

    def struck(self) -> bool:
        return self._puppet.struck() > STRUCK

    def go_on(self) -> None:
        self._puppet.go_on()

    def let_go(self, world: World) -> None:
        world.release(self.name)
        if self._wheels is not None:
            self._wheels.touch(world, True)

    def take_back(self, world: World) -> None:
        self._puppet = world.hold(self.name)
        if self._wheels is not None:
            self._wheels.touch(world, False)

    def roll(self, state: State, way: float, speed: float, curvature: float) -> None:
        """Writes its wheels into a state."""
        if self._wheels is None or self._chassis is None:
            return
        wheels = self._chassis.wheels
        self._wheels.write(
            state,
            [0.0] * len(wheels),
            steering_angles(self._chassis, self._steered, curvature),
            [way / w.radius for w in wheels],
            [speed / w.radius for w in wheels],
        )
