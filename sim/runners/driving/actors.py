"""Others on the road: each on its path, begun by its trigger; where they are, as plain numbers."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.actors.follow import Follower
from sim.actors.walker import Walker
from sim.runners.driving.reference import KMH
from sim.runners.driving.spec import ActorSpec
from sim.world.path import Path
from sim.world.speed import SpeedProfile
from sim.world.world import World


class Motion(NamedTuple):
    """Where something is in the plane: m, rad, m/s along world axes, m/s² along its way."""

    x: float
    y: float
    heading: float
    vx: float
    vy: float
    acceleration: float = 0.0

    @property
    def speed(self) -> float:
        """m/s"""
        return math.hypot(self.vx, self.vy)


class Actor:
    """One of the others.

    | attribute | is                                                                 |
    |-----------|--------------------------------------------------------------------|
    | name      | in the world                                                         |
    | spec      | what the scenario says                                              |
    | box       | rear, front, right, left m of its outline in its own frame            |
    | begun     | s, when it was triggered; None: not yet                              |
    """

    def __init__(self, world: World, name: str, spec: ActorSpec, path: Path, where: str):
        self.name, self.spec, self.path = name, spec, path
        (x0, y0, _), (x1, y1, _) = world.layout.placement(name).asset.bounds
        self.box = (float(x0), float(x1), float(y0), float(y1))
        self.begun: float | None = None
        speed = 0.0 if spec.waits else spec.speed_kmh * KMH
        self._knots = [(t, v * KMH) for t, v in spec.profile] if spec.profile else [(0.0, spec.speed_kmh * KMH)]
        self._wanted = SpeedProfile(self._knots, f"{where}: actors.{name}.profile")
        self._waiting = speed
        self.system: Walker | Follower
        if spec.kind == "pedestrian":
            self.system = Walker(world, name, path, speed, start=spec.start)
        else:
            self.system = Follower(world, name, path, speed, start=spec.start)
        world.add(self.system)

    def begin(self, time: float) -> None:
        """Lets it do from now on what its profile says."""
        self.begun = time
        if isinstance(self.system, Follower):
            self.system.drive(self._wanted)
        else:  # a walker's profile counts from the world's first step
            held = [(0.0, self._waiting), (time, self._waiting)] if time > 0 else []
            self.system.profile = SpeedProfile(held + [(time + t, v) for t, v in self._knots], limit=math.inf)

    @property
    def arrived(self) -> bool:
        """Whether it has come to the end of its path."""
        return self.system.arrived

    @property
    def free(self) -> bool:
        """Whether it was struck, and physics has it."""
        return self.system.released if isinstance(self.system, Follower) else self.system.down

    def due_speed(self, time: float) -> float | None:
        """m/s it should have at a time in s; None while it gets going."""
        if self.begun is None:
            return self._waiting
        t = time - self.begun
        if t < self._wanted.duration and self._wanted.acceleration_at(t) != 0.0:
            return None
        return self._wanted.speed_at(t)

    def beside(self, motion: Motion) -> float:
        """m to the left of its path."""
        x, y, _, heading, _ = self.path.sample(self.system.way)
        return -math.sin(heading) * (motion.x - x) + math.cos(heading) * (motion.y - y)

    def motion(self) -> Motion:
        """Where it is and how fast."""
        system = self.system
        if isinstance(system, Follower):
            x, y, _, heading, _ = system.path.sample(system.way)
            v = system.speed
            return Motion(x, y, heading, v * math.cos(heading), v * math.sin(heading), system.acceleration)
        x, y, _ = system.position.tolist()
        vx, vy, _ = system.figure.velocity.tolist()
        return Motion(x, y, system.figure.heading, vx, vy)


def nearest(motion: Motion, box: tuple[float, float, float, float], x: float, y: float) -> tuple[float, float]:
    """The point of an outline nearest to a place, m, world."""
    c, s = math.cos(motion.heading), math.sin(motion.heading)
    dx, dy = x - motion.x, y - motion.y
    u = min(max(c * dx + s * dy, box[0]), box[1])
    v = min(max(-s * dx + c * dy, box[2]), box[3])
    return motion.x + c * u - s * v, motion.y + s * u + c * v
