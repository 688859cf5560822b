"""A person whom someone steers: walks, runs, jumps, climbs steps, slides along walls, pushes, rides what moves.

The body is an upright pillar moved by rule (a kinematic character controller): walls stop what of its way leads into
them; what is lower than a step is stepped on, what is steeper than the limit is not climbed. What can move is pushed
with no more than a person's force. It looks and steps like a `Figure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, ceil, cos, hypot, radians, sin
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.actors.figure import FALLS, Figure, Saved
from sim.physics.pillar import Touch
from sim.pose import Array
from sim.world.system import System
from sim.world.world import World

SKIN = 0.01  # m kept between the body and what it slides along
TRIES = 4  # at getting out of corners, each time it moves
LIGHT = 4.0  # kg: what is lighter is kicked, not stood on
OVERHANG = 0.7  # part of the radius at which the ground is looked for around the middle
LIMBS = ("foot", "shin", "forearm")  # what reaches out of the body while it walks, and so touches nothing
FALLEN = 2.5  # s that a person stays down


@dataclass(frozen=True)
class Body:
    """What a character can do.

    | field        | is                                                                       |
    |--------------|--------------------------------------------------------------------------|
    | radius       | m, of the body                                                             |
    | walk, run    | m/s                                                                        |
    | jump         | m: how high                                                                |
    | step         | m: how high a step is climbed                                              |
    | slope_deg    | the steepest ground that is walked on                                      |
    | force        | N: how hard it pushes (some 250 N at shoulder height: Snook & Ciriello 1991) |
    | acceleration | m/s² on the ground; a fifth of it in the air                               |
    """

    radius: float = 0.28
    walk: float = 1.7
    run: float = 4.2
    jump: float = 0.5
    step: float = 0.3
    slope_deg: float = 46.0
    force: float = 250.0
    acceleration: float = 14.0


class Character(System):
    """A steered person in a world.

    Args:
        world: The world.
        name: Of an articulated figure in it, or of any free thing.
        body: What it can do.
        every: Engine steps from one move to the next.

    Attributes:
        wish: ``(2,)`` m/s in the world: where to go and how fast; the one who steers sets it.
        position: ``(3,)`` m, of the ground under the feet, or of the feet in the air.
        velocity: ``(3,)`` m/s
        grounded: Whether it stands.
        standing_on: The name of what it stands on, "" of nothing.
        carried: Rows of what it carries, which is not in its way.
    """

    def __init__(self, world: World, name: str, body: Body | None = None, every: int | None = None):
        self.body = body or Body()
        self.figure = Figure(world, name)
        self._stride = every or max(1, world.layout.step_hz // 60)
        asset = world.layout.placement(name)
        tall = float(asset.asset.bounds[1, 2]) * asset.scale
        self._pillar = world.pillar(self.body.radius, tall - self.body.step)
        self._low = world.pillar(self.body.radius * 0.9, self.body.step)
        self._own = frozenset(i for i, part in enumerate(world.names) if part == name or part.startswith(f"{name}/"))
        self._limbs = [
            part for part in world.parts if part.startswith(f"{name}/") and part.split("/")[-1][:-2] in LIMBS
        ]
        self.wish = np.zeros(2)
        self.position, self.velocity = self.figure.position.copy(), np.zeros(3)
        self.grounded, self.standing_on, self._jump = True, "", False
        self._pushes: list[tuple[str, Array, Array]] = []
        self._spin, self._lying = 0.0, 0.0
        self.carried: frozenset[int] = frozenset()
        self._floor = float(self.position[2])
        for part in self._limbs:
            world.set_collides(part, False)

    @property
    def name(self) -> str:
        """Of the person, in the world."""
        return self.figure.name

    @property
    def heading(self) -> float:
        """Where it faces, rad."""
        return self.figure.heading

    @property
    def down(self) -> bool:
        """Whether it was knocked over."""
        return self.figure.down

    def jump(self) -> None:
        """Jumps as soon as it stands."""
        self._jump = True

    def put(self, world: World, place: ArrayLike, heading: float) -> None:
        """Puts it somewhere at once, ``(3,)`` m, standing still."""
        at = np.asarray(place, float)
        if self.figure.down:
            self.figure.rise(world, at, heading)
        else:
            self.figure.jump_to(world, at, heading)
        self.position, self.velocity, self._floor = at.copy(), np.zeros(3), float(at[2])
        self.grounded, self._lying = True, 0.0

    # -----------------------------------------------------------------------------------------------------------------
    # Stepping

    def step(self, world: World) -> None:
        """Acts before a step of the engine: pushes go on in every step, moves come once a stride."""
        if self.figure.down:
            self._lie(world)
            return
        if self.figure.struck() > FALLS:
            self.figure.fall(world)
            self._lying = 0.0
            return
        for part, force, at in self._pushes:
            world.push(part, force, at)
        if (world.step_count + 1) % self._stride:
            self.figure.go_on()
            return
        dt = self._stride / world.layout.step_hz
        self._pushes = []
        self._move(world, dt)
        moving = hypot(*self.wish) > 0.05
        heading = atan2(self.wish[1], self.wish[0]) if moving else self.figure.heading
        self.figure.move(world, self.position, heading, dt, look=False, rate=self._spin)

    def _lie(self, world: World) -> None:
        """Down; after a while up again where the body came to lie."""
        self._lying += 1 / world.layout.step_hz
        if self._lying > FALLEN:
            at = world.read().pose(self._torso(world)).position.copy()
            at[2] = self._ground(world, at)[0] if self._ground(world, at)[2] else at[2] - 0.2
            self.put(world, at, self.figure.heading)

    def _torso(self, world: World) -> str:
        return f"{self.name}/pelvis" if f"{self.name}/pelvis" in world.parts else self.name

    def _move(self, world: World, dt: float) -> None:
        self._ride(world, dt)
        self._speed_up(dt)
        planar = self.velocity[:2] * dt
        pieces = max(1, ceil(hypot(*planar) / (0.5 * self.body.radius)))
        for _ in range(pieces):
            self._slide(world, planar / pieces, dt)
            planar = self.velocity[:2] * dt
        self._stand_or_fall(world, dt)

    def _ride(self, world: World, dt: float) -> None:
        """Goes along with what it stands on."""
        self._spin = 0.0
        if self.grounded and self.standing_on in world.parts:
            velocity, spin = self._pillar.velocity(world.row(self.standing_on), self.position)
            self.position = self.position + velocity * dt
            self._spin = spin

    def _speed_up(self, dt: float) -> None:
        change = self.wish - self.velocity[:2]
        most = self.body.acceleration * (1.0 if self.grounded else 0.2) * dt
        size = hypot(*change)
        self.velocity[:2] += change * min(1.0, most / size) if size > 0 else 0.0

    # -----------------------------------------------------------------------------------------------------------------
    # Walls and things

    def _slide(self, world: World, way: Array, dt: float) -> None:
        """Goes ``way`` ``(2,)`` m, less what leads into walls or up what is too steep."""
        before = self.position.copy()
        self.position[:2] += way
        self._mind_slopes(world, before)
        lift = np.array([0.0, 0.0, self.body.step])
        for _ in range(TRIES):
            walls = [
                touch
                for touch in self._pillar.touches(self.position + lift, SKIN, self._own | self.carried)
                if abs(touch.normal[2]) < 0.9
            ]
            deep = [touch for touch in walls if touch.gap < SKIN - 1e-4]
            if not deep:
                break
            self._leave(world, min(deep, key=lambda touch: touch.gap), dt)
        self._kick(world, dt)

    def _leave(self, world: World, wall: Touch, dt: float) -> None:
        """Steps out of a wall, and pushes it if it can move."""
        flat = wall.normal[:2]
        size = hypot(*flat)
        if size < 0.1:
            return
        out = flat / size
        into = -float(self.velocity[:2] @ out)
        self._push(world, wall, out, max(into, 0.0), dt)
        most = 0.5 * self.body.radius
        if np.isfinite(self._pillar.mass(wall.part)):  # what flies at it does not drive it off: it strikes the figure
            most = max(into, 0.0) * dt
        self.position[:2] += out * min((SKIN - wall.gap) / max(size, 0.3), most)
        moves, _ = self._pillar.velocity(wall.part, wall.position)
        away = max(0.0, -float(moves[:2] @ out))
        if into > away:
            self.velocity[:2] += out * (into - away)

    def _push(self, world: World, touch: Touch, out: Array, into: float, dt: float) -> None:
        mass = self._pillar.mass(touch.part)
        if not np.isfinite(mass) or into <= 0:
            return
        moves, _ = self._pillar.velocity(touch.part, touch.position)
        lacking = into + float(moves[:2] @ out)
        force = min(self.body.force, mass * max(lacking, 0.0) / dt + 0.4 * mass * 9.81)
        name = world.names[touch.part]
        if all(name != part for part, _, _ in self._pushes):
            self._pushes.append((name, np.array([*(-out * force), 0.0]), touch.position))

    def _kick(self, world: World, dt: float) -> None:
        """Pushes what lies before the feet and can move."""
        speed = hypot(*self.velocity[:2])
        if speed < 0.1:
            return
        for touch in self._low.touches(self.position + np.array([0, 0, 0.02]), SKIN, self._own | self.carried):
            flat = hypot(*touch.normal[:2])
            if 0 <= touch.part < len(world.parts) and flat > 0.3:
                out = touch.normal[:2] / flat
                into = -float(self.velocity[:2] @ out)
                self._push(world, touch, out, into, dt)

    # -----------------------------------------------------------------------------------------------------------------
    # The ground

    def _ground(self, world: World, at: Array) -> tuple[float, Array, int]:
        """Height, m, normal ``(3,)`` and row + 1 of what is under the feet; row 0: nothing within a step."""
        reach, r = self.body.step + 0.005, self.body.radius * OVERHANG
        spots = at[:2] + r * np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])
        fall = max(0.0, -float(self.velocity[2])) * 0.05
        tops = np.column_stack([spots, np.full(5, at[2] + reach)])
        ends = np.column_stack([spots, np.full(5, at[2] - reach - fall)])
        hits = world.cast_rays(tops, ends)
        best, normal, row = -np.inf, np.array([0.0, 0.0, 1.0]), 0
        for i in range(5):
            part = int(hits.part[i])
            usable = part != -1 and part not in self._own | self.carried and self._pillar.mass(part) > LIGHT
            if usable and hits.position[i, 2] > best and (i == 0 or hits.normal[i, 2] > self._least):
                best, normal, row = float(hits.position[i, 2]), hits.normal[i], part + 1
        return best, normal, row

    @property
    def _least(self) -> float:
        return cos(radians(self.body.slope_deg))

    def _mind_slopes(self, world: World, before: Array) -> None:
        """Takes back what of a way leads up ground that is too steep."""
        height, normal, row = self._ground(world, self.position)
        if row and self.grounded and 0.05 < normal[2] < self._least and height > before[2] + 1e-4:
            uphill = -normal[:2] / max(hypot(*normal[:2]), 1e-9)
            way = self.position[:2] - before[:2]
            self.position[:2] = before[:2] + way - uphill * max(float(way @ uphill), 0.0)
            self.velocity[:2] -= uphill * max(float(self.velocity[:2] @ uphill), 0.0)

    def _stand_or_fall(self, world: World, dt: float) -> None:
        height, _, row = self._ground(world, self.position)
        if self.grounded and self._jump:
            self.velocity[2] = (2 * 9.81 * self.body.jump) ** 0.5
            self.grounded = False
        elif self.grounded and (row == 0 or height < self.position[2] - self.body.step):
            self.grounded, self.velocity[2] = False, 0.0
        self._jump = False
        if not self.grounded:
            self._fly(world, height, row, dt)
        if self.grounded:
            self.position[2], self.velocity[2] = height, 0.0
            self.standing_on = world.names[row - 1] if row > 0 else ""
            self._weigh(world, row)
        else:
            self.standing_on = ""

    def _fly(self, world: World, height: float, row: int, dt: float) -> None:
        self.velocity[2] -= 9.81 * dt
        self.position[2] += self.velocity[2] * dt
        if self.velocity[2] > 0:
            lift = np.array([0.0, 0.0, self.body.step])
            above = self._pillar.touches(self.position + lift, 0.0, self._own | self.carried)
            if any(touch.normal[2] < -0.5 for touch in above):
                self.velocity[2] = 0.0
        if row and self.velocity[2] <= 0 and self.position[2] <= height:
            self.grounded = True

    def _weigh(self, world: World, row: int) -> None:
        """Its weight rests on what it stands on."""
        if 0 < row <= len(world.parts) and np.isfinite(self._pillar.mass(row - 1)):
            force = np.array([0.0, 0.0, -9.81 * self.figure.mass])
            self._pushes.append((world.names[row - 1], force, self.position.copy()))

    # -----------------------------------------------------------------------------------------------------------------

    def fields(self) -> dict[str, Array]:
        """``<name>/character``: velocity m/s (3), heading rad, 1 when it stands, 1 when down."""
        values = [*self.velocity, self.figure.heading, float(self.grounded), float(self.figure.down)]
        return {f"{self.name}/character": np.array(values)}

    def save(self) -> Any:
        """Everything a continuation needs."""
        pushes = [(part, force.copy(), at.copy()) for part, force, at in self._pushes]
        return (
            self.figure.save(),
            self.position.copy(),
            self.velocity.copy(),
            self.wish.copy(),
            (self.grounded, self.standing_on, self._jump, self._spin, self._lying),
            pushes,
        )

    def restore(self, saved: tuple[Saved, Array, Array, Array, tuple, list]) -> None:
        """Goes back to what `save` gave."""
        figure, position, velocity, wish, rest, pushes = saved
        self.figure.restore(figure)
        self.position, self.velocity, self.wish = position.copy(), velocity.copy(), wish.copy()
        self.grounded, self.standing_on, self._jump, self._spin, self._lying = rest
        self._pushes = [(part, force.copy(), at.copy()) for part, force, at in pushes]

    def facing(self) -> Array:
        """Unit vector ``(3,)`` of where it faces."""
        return np.array([cos(self.heading), sin(self.heading), 0.0])
