"""A person in a world, moved as someone says and stepping as people step; falls when struck hard.

Owns the way from a place, a heading and a speed to the pose and the joints of an articulated figure, and the events of
its feet. Whoever decides where it goes (a walker, a player, a rule) asks for no more than `move`. A thing without legs
just glides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan2, cos, exp, hypot, pi, remainder, sin
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.actors.gait import Foot, Gait, Legs
from sim.pose import Array, vector
from sim.world.event import Event

if TYPE_CHECKING:
    from sim.world.world import World

FALLS = 0.8  # m/s: whom a blow would make so much faster goes down
TONE = 12.0  # N m with which the muscles of someone who falls still hold each joint
KNEE_HIGH = 0.55  # m over the feet from which the ground is looked for, as deep again below them
LOOK = 0.07  # m gone from one look at the ground to the next
EASE = 0.1  # s in which the body follows a step up or down
TURN = 5.0  # rad/s: the fastest turn on the spot
HEEL_STRIKE = 0.5 * 9.81 * 0.02  # m/s: half the body's weight for 20 ms (Whittle 1999), as impulse a kg


class Figure:
    """A held thing of a world that goes about, on its legs if it has any.

    Attributes:
        name: Its name in the world.
        position: ``(3,)`` m, of the ground under it.
        heading: rad
        velocity: ``(3,)`` m/s
        down: Whether it fell, and physics has it.
    """

    def __init__(self, world: World, name: str):
        placement = world.layout.placement(name)
        self.name, self.down = name, False
        self.position = placement.pose.position.copy()
        self.velocity = np.zeros(3)
        forward = placement.pose.apply((1.0, 0.0, 0.0)) - placement.pose.position
        self.heading = atan2(forward[1], forward[0])
        self._puppet = world.hold(name)
        legs = Legs.of(placement.asset)
        self.legs = (
            None
            if legs is None
            else replace(
                legs,
                thigh=legs.thigh * placement.scale,
                shin=legs.shin * placement.scale,
                ankle=legs.ankle * placement.scale,
            )
        )
        self._order = [world.joints[i].rsplit("/", 1)[-1] for i in self._puppet.joints]
        self._gait = Gait(self.legs) if self.legs else None
        self._angles = [0.0] * len(self._order)
        self._ground = float(self.position[2])
        if self._gait:
            self._gait.stand(self._ground)
        self._looked: tuple[float, float] | None = None
        self._ahead = self._ground

    @property
    def mass(self) -> float:
        """kg"""
        return self._puppet.mass

    # -----------------------------------------------------------------------------------------------------------------
    # Moving

    def move(self, world: World, to: Array, heading: float, dt: float, look: bool = True, rate: float = 0.0) -> None:
        """Puts it somewhere, having walked there in ``dt`` s.

        Args:
            world: The world.
            to: ``(3,)`` m, on the ground.
            heading: Where it faces, rad; it turns no faster than a person does.
            dt: s since the last move.
            look: Whether to find the ground's height with rays; otherwise that of ``to`` counts.
            rate: rad/s at which what it stands on turns it.
        """
        before = self.position.tolist()
        x, y, z = float(to[0]), float(to[1]), float(to[2])
        gone = hypot(x - before[0], y - before[1])
        turn = remainder(heading - self.heading, 2 * pi)
        turn = min(max(turn, -TURN * dt), TURN * dt) + rate * dt
        self.heading += turn
        if look:
            self._find_ground(world, x, y)
            z = self._ground
        z = self._eased(z, before[2], dt)
        self._step(world, x, y, z, gone, dt)
        joints, speeds = self._pose(dt)
        velocity = ((x - before[0]) / dt, (y - before[1]) / dt, (z - before[2]) / dt)
        self.position, self.velocity = np.array((x, y, z)), np.array(velocity)
        low = self._gait.height - self._gait.legs.hip if self._gait else z
        half = (0.0, 0.0, sin(self.heading / 2), cos(self.heading / 2))
        world.put(self.name, (x, y, low), half, velocity, (0.0, 0.0, turn / dt), joints, speeds)

    def go_on(self) -> None:
        """Keeps its velocity for one step more."""
        self._puppet.go_on()

    def struck(self) -> float:
        """How much faster, m/s, blows in the last step would have made it."""
        return self._puppet.struck()

    def fall(self, world: World) -> None:
        """Lets physics have it."""
        self.down = True
        world.release(self.name)
        tone = {world.joints[i]: 0.0 for i in self._puppet.joints}
        if tone:
            world.command(tone, "velocity", TONE)

    def rise(self, world: World, to: Array, heading: float) -> None:
        """Stands it up at a place ``(3,)`` m."""
        self.down = False
        self._puppet = world.hold(self.name)
        self.velocity = np.zeros(3)
        self._gait = Gait(self.legs) if self.legs else None
        self.jump_to(world, to, heading)

    def jump_to(self, world: World, to: Array, heading: float) -> None:
        """Puts it somewhere at once, at rest."""
        self.position, self.heading, self._looked = np.asarray(to, float).copy(), heading, None
        self._ground = self._ahead = float(to[2])
        if self._gait:
            self._gait.stand(self._ground)
        self.move(world, self.position, heading, 1 / 60, look=False)
        self.velocity = np.zeros(3)

    def _eased(self, z: float, was: float, dt: float) -> float:
        if self._gait is None or abs(z - was) > 0.6:
            return z
        return was + (z - was) * (1 - exp(-dt / EASE))

    # -----------------------------------------------------------------------------------------------------------------
    # Feet

    def _find_ground(self, world: World, x: float, y: float) -> None:
        """Heights of the ground under the hips and where the next foot comes down."""
        here = (x, y)
        if self._looked is not None and hypot(x - self._looked[0], y - self._looked[1]) < LOOK:
            return
        self._looked = here
        reach = max(0.25, 0.35 * float(np.linalg.norm(self.velocity[:2])))
        ahead = (x + reach * cos(self.heading), y + reach * sin(self.heading))
        top, bottom = self._ground + KNEE_HIGH, self._ground - 2 * KNEE_HIGH
        hits = world.cast_rays([(*here, top), (*ahead, top)], [(*here, bottom), (*ahead, bottom)])
        own = set(self._puppet.rows.tolist())
        heights = [
            float(hits.position[i, 2])
            if hits.part[i] != -1 and int(hits.part[i]) not in own and hits.normal[i, 2] > 0.5
            else self._ground
            for i in (0, 1)
        ]
        self._ground, self._ahead = heights

    def _step(self, world: World, x: float, y: float, z: float, gone: float, dt: float) -> None:
        if self._gait is None:
            return
        self._gait.base = z
        for foot in self._gait.feet:
            if foot.swings:
                foot.ground = self._ahead if self._looked is not None else z
        for i in self._gait.go(gone, dt):
            self._log_step(world, i, x, y, gone / dt)

    def _log_step(self, world: World, i: int, x: float, y: float, speed: float) -> None:
        assert self._gait is not None
        ahead, side = self._gait.landing(i), (0.09 if i == 0 else -0.09)
        c, s = cos(self.heading), sin(self.heading)
        place = (x + ahead * c - side * s, y + ahead * s + side * c, self._gait.feet[i].ground)
        hit = world.cast_rays([(place[0], place[1], place[2] - 0.02)], [(place[0], place[1], place[2] - 0.3)])
        on = int(hit.part[0])
        if on == -1 or on in self._puppet.rows:
            hit = world.cast_rays([(x, y, place[2] + 0.3)], [(x, y, place[2] - 0.3)])
            on = int(hit.part[0])
        under = world.names[on] if on >= 0 and on not in self._puppet.rows else ""
        impulse = self._puppet.mass * HEEL_STRIKE * min(speed / 1.4, 2.5)
        world.log(
            Event(
                "footstep",
                world.time,
                world.step_count,
                f"{self.name}/foot_{'lr'[i]}",
                under,
                vector(place),
                impulse=impulse,
                speed=speed,
            )
        )

    def _pose(self, dt: float) -> tuple[list[float], list[float]]:
        if self._gait is None:
            return [], []
        angles = self._gait.joints()
        now = [angles.get(name, 0.0) for name in self._order]
        speeds = [(a - b) / dt for a, b in zip(now, self._angles, strict=True)]
        self._angles = now
        return now, speeds

    # -----------------------------------------------------------------------------------------------------------------
    # Save and restore

    def save(self) -> Any:
        """Everything a continuation needs."""
        gait = self._gait
        walk = None
        if gait is not None:
            walk = (
                gait.phase,
                gait.way,
                gait.base,
                gait.height,
                gait.lean,
                gait.settled,
                tuple(replace(foot) for foot in gait.feet),
            )
        return Saved(
            self.position.copy(),
            self.velocity.copy(),
            self.heading,
            self.down,
            tuple(self._angles),
            (self._ground, self._ahead, self._looked),
            walk,
        )

    def restore(self, saved: Saved, world: World | None = None) -> None:
        """Goes back to what `save` gave."""
        self.position, self.velocity = saved.position.copy(), saved.velocity.copy()
        self.heading, self.down, self._angles = saved.heading, saved.down, list(saved.angles)
        self._ground, self._ahead, self._looked = saved.ground
        if saved.walk is not None and self._gait is not None:
            phase, way, base, height, lean, settled, feet = saved.walk
            gait = self._gait
            gait.phase, gait.way, gait.base, gait.height, gait.lean, gait.settled = (
                phase,
                way,
                base,
                height,
                lean,
                settled,
            )
            gait.feet = tuple(replace(foot) for foot in feet)


@dataclass(frozen=True)
class Saved:
    """A figure's own state."""

    position: Array
    velocity: Array
    heading: float
    down: bool
    angles: tuple[float, ...]
    ground: tuple[float, float, tuple[float, float] | None]
    walk: tuple[float, float, float, float, float, bool, tuple[Foot, ...]] | None
