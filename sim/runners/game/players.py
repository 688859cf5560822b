"""How what a player holds down becomes what the player's thing does."""

from __future__ import annotations

from fnmatch import fnmatchcase
from math import atan2, cos, hypot, sin
from typing import Any

import numpy as np

from sim.actors.character import Body, Character
from sim.actors.vehicle import Vehicle
from sim.errors import InputError, Problem
from sim.physics.vehicle import Controls
from sim.pose import Array, Pose, rotate
from sim.runners.game.inputs import REST
from sim.runners.game.spec import PlayerSpec
from sim.world.event import Event
from sim.world.system import System
from sim.world.world import World

TICK_HZ = 60
REACH = 1.6  # m from the middle of a player to what can be picked up
HAND = (0.45, 0.0, 1.05)  # m before and above the ground: where what is carried is held
ARM = 0.55  # m from the eyes to where what is thrown leaves the hand
STEER_RATE = 3.2  # 1/s: how fast a key turns the wheel
STEER_FADE = 14.0  # m/s at which a key turns it half as far
REVERSE = 0.8  # m/s: slower than this, braking on becomes reversing


def matching(names: tuple[str, ...] | list[str], patterns: tuple[str, ...] | str) -> list[str]:
    """The names that patterns mean, in the order of the names."""
    wanted = (patterns,) if isinstance(patterns, str) else patterns
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted)]


class Player(System):
    """One player's part in a level; the base of every way of steering.

    Attributes:
        slot: The name in the level.
        part: Of the thing steered, in the world; "" for a camera that flies.
        inputs: What is held now.
        carried: What is carried; "" for nothing.
        health: What is left of it.
    """

    def __init__(self, world: World, slot: str, spec: PlayerSpec, where: str):
        self.slot, self.spec, self.inputs = slot, spec, REST
        self.part = spec.thing or ""
        if not self.part and spec.control != "fly":
            raise InputError(Problem(f"{where}.thing", "is missing", f"what {slot} steers"))
        self.health = spec.health.full if spec.health else 0.0
        self.carried, self._before = "", REST
        names = [p.name for p in world.layout.placements if p.motion != "static"]
        self._carries = matching(names, spec.carries)
        self._ammunition = matching(names, spec.throws.things) if spec.throws else []
        self._thrown, self._ready = 0, 0
        self._home = world.layout.placement(self.part).pose if self.part else Pose.of((0, 0, 5))

    # What a way of steering must say ---------------------------------------------------------------------------------

    def steer(self, world: World) -> None:
        """Once a tick: hands the inputs on."""

    def home(self, world: World) -> None:
        """Back where it started."""

    def place(self, world: World) -> tuple[Array, float]:
        """Where it is ``(3,)`` m, on the ground, and where it faces, rad."""
        row = world.row(self.part)
        at, turn, _, _ = world.engine.read_body(row)
        forward = rotate(np.array(turn), (1.0, 0.0, 0.0))
        return np.array(at), atan2(forward[1], forward[0])

    def velocity(self, world: World) -> Array:
        """m/s ``(3,)``."""
        return np.array(world.engine.read_body(world.row(self.part))[2])

    # ------------------------------------------------------------------------------------------------------------------

    def act(self, world: World) -> None:
        """Once a tick: steers, picks up, puts down, throws."""
        self.steer(world)
        if self._pressed("use") and self._carries:
            self.put_down(world) if self.carried else self.pick_up(world, self._carries)
        if self._ready > 0:
            self._ready -= 1
        if self.inputs.held("throw") and self.spec.throws and self._ready == 0:
            self._throw(world)
        if self.carried:
            self._hold(world)
        self._before = self.inputs

    def _pressed(self, action: str) -> bool:
        return self.inputs.held(action) and not self._before.held(action)

    @property
    def left(self) -> int:
        """How many throws are left."""
        return len(self._ammunition) - self._thrown

    def eye(self, world: World) -> Array:
        """``(3,)`` m: where it looks from, and throws."""
        at, _ = self.place(world)
        return at + np.array([0.0, 0.0, 1.5])

    def _aim(self, world: World) -> Array:
        yaw, pitch = self.inputs.look
        return np.array([cos(yaw) * cos(pitch), sin(yaw) * cos(pitch), sin(pitch)])

    def _throw(self, world: World) -> None:
        assert self.spec.throws is not None
        if self.carried:
            name = self.carried
            self.put_down(world)
        elif self._thrown < len(self._ammunition):
            name = self._ammunition[self._thrown]
            self._thrown += 1
        else:
            return
        aim = self._aim(world)
        asset = world.layout.placement(name).asset
        center = np.zeros(3) if asset.articulated else np.array(asset.measure.mass.center)
        world.move(name, Pose(self.eye(world) + ARM * aim - center))
        world.throw(name, self.spec.throws.speed * aim + self.velocity(world))
        self._ready = round(self.spec.throws.wait * TICK_HZ)
        world.log(Event("throw", world.time, world.step_count, self.part, name, speed=self.spec.throws.speed))

    def pick_up(self, world: World, names: list[str]) -> str:
        """Takes the nearest of these into the hands, if one is near enough; its name, or ""."""
        at, _ = self.place(world)
        away = [(float(np.linalg.norm(np.array(world.engine.read_body(world.row(n))[0]) - at)), n) for n in names]
        near = [name for distance, name in sorted(away) if distance < REACH]
        if not near or self.carried:
            return ""
        self.carried = near[0]
        world.hold(self.carried)
        world.set_collides(self.carried, False)
        world.log(Event("pick_up", world.time, world.step_count, self.part or self.slot, self.carried))
        return self.carried

    def put_down(self, world: World) -> None:
        """Lets go of what is carried."""
        name, self.carried = self.carried, ""
        if name:
            world.set_collides(name, True)
            world.release(name)
            world.log(Event("drop", world.time, world.step_count, self.part or self.slot, name))

    def _hold(self, world: World) -> None:
        at, heading = self.place(world)
        turn = Pose.of((0, 0, 0), (0, 0, np.rad2deg(heading)))
        world.place(self.carried, Pose(at + turn.apply(HAND), turn.orientation), self.velocity(world))

    def save(self) -> Any:
        """Everything a continuation needs."""
        return self.inputs, self._before, self.health, self.carried, self._thrown, self._ready

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        self.inputs, self._before, self.health, self.carried, self._thrown, self._ready = saved


class Walks(Player):
    """A steered person; forward is where the player looks."""

    def __init__(self, world: World, slot: str, spec: PlayerSpec, where: str):
        super().__init__(world, slot, spec, where)
        body = spec.body
        self.character = Character(
            world, self.part, Body(0.28, body.walk, body.run, body.jump, body.step, body.slope_deg, body.force)
        )
        world.add(self.character)
        self._heading = self.character.heading

    def steer(self, world: World) -> None:
        """Where to go, from keys and from where the player looks."""
        inputs, body = self.inputs, self.spec.body
        self.character.carried = frozenset({world.row(self.carried)} if self.carried else ())
        ahead, right = inputs.axis("forward", "forward", "back"), inputs.axis("right", "right", "left")
        size = max(1.0, hypot(ahead, right))
        pace = (body.run if inputs.held("run") else body.walk) / size
        yaw = inputs.look[0]
        self.character.wish = pace * np.array(
            [ahead * cos(yaw) + right * sin(yaw), ahead * sin(yaw) - right * cos(yaw)]
        )
        if self._pressed("jump"):
            self.character.jump()

    def place(self, world: World) -> tuple[Array, float]:
        """On the ground under the feet."""
        if self.character.down:
            return super().place(world)
        return self.character.position.copy(), self.character.heading

    def velocity(self, world: World) -> Array:
        """m/s ``(3,)``."""
        return self.character.velocity.copy()

    def eye(self, world: World) -> Array:
        """Where the eyes are."""
        frame = world.layout.placement(self.part).asset.spec.frames.get("eyes")
        tall = frame.at[2] if frame else 1.6
        return self.place(world)[0] + np.array([0.0, 0.0, tall])

    def home(self, world: World) -> None:
        """Back where it started."""
        self.character.put(world, self._home.position, self._heading)


class Drives(Player):
    """A driven vehicle: keys turn the wheel gently, more so at speed; braking on from a stand goes backwards."""

    def __init__(self, world: World, slot: str, spec: PlayerSpec, where: str):
        super().__init__(world, slot, spec, where)
        self.vehicle = Vehicle(world, self.part)
        world.add(self.vehicle)
        self._wheel, self._reverse = 0.0, False

    def steer(self, world: World) -> None:
        """The car's controls."""
        inputs, speed = self.inputs, self.vehicle.speed
        throttle = inputs.axes.get("throttle", float(inputs.held("forward") or inputs.held("throttle")))
        brake = inputs.axes.get("brake", float(inputs.held("back")))
        if "steer" in inputs.axes:
            self._wheel = inputs.axes["steer"]
        else:
            wanted = inputs.axis("", "left", "right") / (1 + abs(speed) / STEER_FADE)
            step = STEER_RATE / TICK_HZ
            self._wheel += min(max(wanted - self._wheel, -step), step)
        if brake > 0.1 and throttle < 0.1 and speed < REVERSE:
            self._reverse = True
        elif throttle > 0.1 and speed > -REVERSE:
            self._reverse = False
        if self._reverse:
            throttle, brake = brake, throttle
        parking = float(inputs.held("brake"))
        self.vehicle.controls = Controls(
            throttle, brake, self._wheel, gear=-1 if self._reverse else None, parking=parking
        )

    def place(self, world: World) -> tuple[Array, float]:
        """Where the car is."""
        at, forward = self.vehicle.place()
        return np.array(at), atan2(forward[1], forward[0])

    def home(self, world: World) -> None:
        """Back where it started, at rest."""
        world.move(self.part, self._home)
        self.vehicle.launch(0.0)

    def save(self) -> Any:
        """Everything a continuation needs."""
        return super().save(), self._wheel, self._reverse

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        base, self._wheel, self._reverse = saved
        super().restore(base)


class Pushes(Player):
    """A thing driven by a force: a ball that rolls where the player wants."""

    def __init__(self, world: World, slot: str, spec: PlayerSpec, where: str):
        super().__init__(world, slot, spec, where)
        self._mass = world.layout.placement(self.part).asset.measure.mass.mass
        self._force = np.zeros(3)
        self._facing = 0.0

    def steer(self, world: World) -> None:
        """The force for this tick."""
        inputs, yaw = self.inputs, self.inputs.look[0]
        ahead, right = inputs.axis("forward", "forward", "back"), inputs.axis("right", "right", "left")
        way = np.array([ahead * cos(yaw) + right * sin(yaw), ahead * sin(yaw) - right * cos(yaw)])
        size = hypot(*way)
        velocity = self.velocity(world)[:2]
        self._force = np.zeros(3)
        if size > 0.05:
            way /= max(1.0, size)
            if float(velocity @ way) < self.spec.speed * hypot(*way):
                self._force[:2] = self._mass * self.spec.force * way
        if hypot(*velocity) > 0.3:
            self._facing = atan2(velocity[1], velocity[0])

    def step(self, world: World) -> None:
        """Pushes in every step of the engine."""
        if self._force.any():
            world.push(self.part, self._force)

    def place(self, world: World) -> tuple[Array, float]:
        """Its middle."""
        return np.array(world.engine.read_body(world.row(self.part))[0]), self._facing

    def home(self, world: World) -> None:
        """Back where it started, at rest."""
        world.move(self.part, self._home)

    def save(self) -> Any:
        """Everything a continuation needs."""
        return super().save(), self._force.copy(), self._facing

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        base, force, self._facing = saved
        self._force = force.copy()
        super().restore(base)


class Flies(Player):
    """A camera on wings: nothing of it is in the world."""

    def __init__(self, world: World, slot: str, spec: PlayerSpec, where: str):
        super().__init__(world, slot, spec, where)
        cameras = world.layout.cameras
        self._at = np.array(next(iter(cameras.values())).at if cameras else (0.0, 0.0, 5.0), float)
        self._velocity, self._start = np.zeros(3), self._at.copy()

    def steer(self, world: World) -> None:
        """Eases into the wanted velocity."""
        inputs, (yaw, pitch) = self.inputs, self.inputs.look
        ahead, right = inputs.axis("forward", "forward", "back"), inputs.axis("right", "right", "left")
        up = inputs.axis("up", "up", "down")
        forward = np.array([cos(yaw) * cos(pitch), sin(yaw) * cos(pitch), sin(pitch)])
        wanted = ahead * forward + right * np.array([sin(yaw), -cos(yaw), 0.0]) + up * np.array([0.0, 0.0, 1.0])
        wanted *= self.spec.speed / max(1.0, float(np.linalg.norm(wanted)))
        self._velocity += (wanted - self._velocity) * 0.12
        to = self._at + self._velocity / TICK_HZ
        hit = world.cast_rays([self._at], [to + 0.3 * self._velocity / max(float(np.linalg.norm(self._velocity)), 1.0)])
        if int(hit.part[0]) == -1:
            self._at = to
        else:
            self._velocity -= hit.normal[0] * min(float(self._velocity @ hit.normal[0]), 0.0)

    def place(self, world: World) -> tuple[Array, float]:
        """Where it is."""
        return self._at.copy(), self.inputs.look[0]

    def velocity(self, world: World) -> Array:
        """m/s ``(3,)``."""
        return self._velocity.copy()

    def eye(self, world: World) -> Array:
        """Where it looks from."""
        return self._at.copy()

    def home(self, world: World) -> None:
        """Back where it started."""
        self._at, self._velocity = self._start.copy(), np.zeros(3)

    def save(self) -> Any:
        """Everything a continuation needs."""
        return super().save(), self._at.copy(), self._velocity.copy()

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        base, at, velocity = saved
        self._at, self._velocity = at.copy(), velocity.copy()
        super().restore(base)


CONTROLS: dict[str, type[Player]] = {"walk": Walks, "drive": Drives, "push": Pushes, "fly": Flies}
