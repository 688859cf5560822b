"""A thing that follows a path exactly: traffic and the targets of protocols.

Nothing moves it but its profile, to the last bit; what runs into it feels its mass, and then it is let go.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.actors.wheels import Wheels, steering_angles
from sim.assets.chassis import Chassis, read_chassis
from sim.pose import Array, Pose
from sim.world.path import Path
from sim.world.speed import SpeedProfile
from sim.world.state import State
from sim.world.system import System
from sim.world.world import World

STRUCK = 0.05  # m/s: a blow that changes its speed by more lets it go
LOOK = 2.0  # m above and below the path: where the road is looked for

FOLLOWER_FIELDS = ("way", "speed", "acceleration", "heading", "released")
"""The columns of ``State.fields["<name>/follower"]``: m along the path, m/s, m/s², rad, 1 when it was struck."""


class Follower(System):
    """A thing on a path at a prescribed speed; its wheels turn by the way it makes.

    | attribute    | is                                                                |
    |--------------|-------------------------------------------------------------------|
    | way          | m along the path                                                    |
    | speed        | m/s                                                                |
    | acceleration | m/s²                                                               |
    | released     | whether something has run into it: physics has it now                |
    | arrived      | whether it has come to the end of its path; it waits there             |

    Args:
        world: Where it is; the thing is put on its path at once.
        name: Any free thing.
        path: Where its origin goes.
        speed: m/s, or a profile that begins now.
        start: Way along the path to begin at, m.
        look: Whether it stands on the road below the start of its path; otherwise the path's own height counts.
        yields: Whether it is let go when something runs into it.
    """

    def __init__(
        self,
        world: World,
        name: str,
        path: Path,
        speed: float | SpeedProfile,
        *,
        start: float = 0.0,
        look: bool = True,
        yields: bool = True,
    ):
        self.name, self.path, self._world, self._yields = name, path, world, yields
        asset = world.layout.placement(name).asset
        self._row, self._dt = world.row(name), 1 / world.layout.step_hz
        self._chassis: Chassis | None = None
        self._wheels: Wheels | None = None
        if asset.spec.vehicle and asset.articulated:
            parts = [part for axle in asset.spec.vehicle.axles for part in axle.wheels]
            self._chassis = read_chassis(asset.source, parts, str(asset.folder / "asset.yaml"))
            self._wheels = Wheels(world, name, self._chassis)
            self._steered = [axle.steered for axle in asset.spec.vehicle.axles for _ in axle.wheels]
        self.way = self._from = start
        self.released = False
        self.drive(speed)
        self._lift = self._road(world, start) if look else 0.0
        self._put(world)

    def drive(self, speed: float | SpeedProfile) -> None:
        """Gives it another speed, or a profile that begins now."""
        self._profile = speed if isinstance(speed, SpeedProfile) else SpeedProfile.constant(speed)
        self._since, self._from = self._world.step_count, self.way
        self.speed, self.acceleration = self._profile.speed_at(0), self._profile.acceleration_at(0)

    def change(self, to: float, acceleration: float) -> None:
        """Lets it come to another speed, m/s, at so many m/s², beginning now."""
        self.drive(SpeedProfile.change(self.speed, to, acceleration, f"follower {self.name}"))

    @property
    def arrived(self) -> bool:
        """Whether the end of the path is reached."""
        return not self.path.closed and self.way >= self.path.length - 1e-9

    def _road(self, world: World, way: float) -> float:
        """How much higher the road is than the path, m; 0 where there is none."""
        x, y, z, _, _ = self.path.sample(way)
        world.engine.set_collides(self._row, False)  # it may stand there already
        row, fraction, _, _ = world.engine.cast_few([(x, y, z + LOOK)], [(x, y, z - LOOK)])[0]
        world.engine.set_collides(self._row, True)
        return LOOK * (1 - 2 * fraction) if row >= 0 else 0.0

    def step(self, world: World) -> None:
        """Puts it where it is to be after the coming step."""
        if self.released:
            return
        if self._yields and self._struck(world):
            self.let_go(world)
            return
        t = (world.step_count + 1 - self._since) * self._dt
        self.speed, self.acceleration = self._profile.speed_at(t), self._profile.acceleration_at(t)
        self.way = self._from + self._profile.distance_at(t)
        if self.arrived:
            self.way, self.speed, self.acceleration = self.path.length, 0.0, 0.0
        self._put(world)

    def _struck(self, world: World) -> bool:
        return world.hold(self.name).struck() > STRUCK

    def let_go(self, world: World) -> None:
        """Lets physics have it from now on."""
        world.release(self.name)
        if self._wheels is not None:
            self._wheels.touch(world, True)
        self.released = True

    def _put(self, world: World) -> None:
        x, y, z, heading, curvature = self.path.sample(self.way)
        pose = Pose(np.array([x, y, z + self._lift]), self.path.pose(self.way).orientation)
        slope = self.path.slope(self.way)
        flat = self.speed * np.cos(slope)
        velocity = (flat * np.cos(heading), flat * np.sin(heading), self.speed * np.sin(slope))
        world.hold(self.name)
        world.place(self.name, pose, velocity, (0.0, 0.0, self.speed * curvature))

    # -----------------------------------------------------------------------------------------------------------------

    def fields(self) -> dict[str, Array]:
        """``<name>/follower``: `FOLLOWER_FIELDS`."""
        heading = self.path.sample(self.way)[3]
        row = [self.way, self.speed, self.acceleration, heading, float(self.released)]
        return {f"{self.name}/follower": np.array(row)}

    def amend(self, state: State) -> None:
        """Turns and steers the wheels."""
        if self._wheels is None or self._chassis is None or self.released:
            return
        wheels = self._chassis.wheels
        angles = steering_angles(self._chassis, self._steered, float(self.path.curvature(self.way)))
        self._wheels.write(
            state,
            [0.0] * len(wheels),
            angles,
            [self.way / w.radius for w in wheels],
            [self.speed / w.radius for w in wheels],
        )

    def save(self) -> Any:
        """Where it is on which profile."""
        return self.way, self._from, self._since, self._profile, self.speed, self.acceleration, self.released

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        was = self.released
        self.way, self._from, self._since, self._profile, self.speed, self.acceleration, self.released = saved
        if self._wheels is not None and was != self.released:
            self._wheels.touch(self._world, self.released)
