"""What a robot is to do: where things and goals are drawn, what was achieved, when it is done.

Every task is goal-conditioned: `achieved` and `goal` are places in the scenario's frame, and what counts is how far
apart they are. Constants of reach, push, slide, pick and place, stack: panda-gym (Gallouédec et al. 2021).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, unknown_name
from sim.physics.machine import Machine
from sim.pose import Array, Pose, conjugate, from_euler_deg, multiply, rotate
from sim.runners.robot.cell import Cell, Thing
from sim.runners.robot.drive import Driver
from sim.runners.robot.spec import RegionSpec

TRIES = 2000  # draws of places that keep their distance before giving up


def roll_pitch_yaw(q: Any) -> tuple[float, float, float]:
    """Roll, pitch and yaw, rad, of a turn xyzw about fixed axes."""
    x, y, z, w = q
    sine = max(-1.0, min(1.0, 2 * (w * y - z * x)))
    return (
        math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
        math.asin(sine),
        math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
    )


def product(a: Any, b: Any) -> tuple[float, float, float, float]:
    """The turn ``b`` followed by the turn ``a``, xyzw; in plain numbers, for one is quicker so."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def draw(region: RegionSpec, rng: np.random.Generator) -> Array:
    """A place ``(3,)`` in a box."""
    place = rng.uniform(region.low, region.high)
    if region.on_floor and rng.random() < region.on_floor:
        place[2] = region.low[2]
    return place


class Task:
    """The base of every task; `reach` is it as it stands.

    | attribute | is                                                            |
    |-----------|---------------------------------------------------------------|
    | goal      | ``(g,)`` m, what is wanted this episode                         |
    | achieved  | ``(g,)`` m, what is there now                                   |
    | target    | index of the object that is to be handled                       |
    | n_object  | numbers `features` gives                                        |
    """

    size = 3

    def __init__(self, cell: Cell, driver: Driver):
        self.cell, self.driver, self.spec, self.things = cell, driver, cell.spec.task, cell.things
        self.goal, self.achieved = np.zeros(self.size), np.zeros(self.size)
        self.target = 0

    @property
    def n_features(self) -> int:
        """Numbers in `features`."""
        return 12 * len(self._seen())

    def _seen(self) -> list[Thing]:
        """The things that `features` tells of."""
        return self.things

    def begin(self, rng: np.random.Generator) -> None:
        """Draws goal and starts of an episode, in a world just rewound."""
        self.goal = draw(self.spec.goal, rng)

    def read(self) -> None:
        """Finds what is achieved now, after the driver has read the robot."""
        self.achieved = self.driver.tool

    def features(self) -> list[float]:
        """Of every object: place, roll pitch yaw, velocity, turn rate; the scenario's frame."""
        return [number for thing in self._seen() for number in self.describe(thing)]

    def describe(self, thing: Thing) -> list[float]:
        """The twelve numbers of one object."""
        at, turn, linear, angular = thing.read()
        frame = self.cell.frame
        if frame.plain:
            x, y, z = frame.pose.position.tolist()
            turned = roll_pitch_yaw(turn if thing.axes_back is None else product(turn, thing.axes_back))
            return [at[0] - x, at[1] - y, at[2] - z, *turned, *linear, *angular]
        own = multiply(frame.turn(turn), conjugate(thing.axes))
        places = [frame.place(at), frame.direction(linear), frame.direction(angular)]
        return [*places[0].tolist(), *roll_pitch_yaw(own), *places[1].tolist(), *places[2].tolist()]

    def center(self, thing: Thing) -> Array:
        """Where a thing's centre of mass is, ``(3,)`` m."""
        return self.cell.frame.place(thing.read()[0])

    def distance(self, achieved: Array, goal: Array) -> Array:
        """m between what is achieved and wanted; ``(…, g)`` gives ``(…)``."""
        away = np.asarray(achieved) - np.asarray(goal)
        if away.ndim == 1:
            return np.sqrt(away @ away)
        return np.sqrt(np.sum(away * away, axis=-1))

    def done(self, achieved: Array, goal: Array) -> NDArray[np.bool_]:
        """Whether that counts as success; ``(…, g)`` gives ``(…)``."""
        return self.distance(achieved, goal) < self.spec.threshold

    def failed(self) -> bool:
        """Whether the episode cannot be saved any more."""
        return False

    def _scatter(self, rng: np.random.Generator, free: Sequence[Array] = ()) -> None:
        """Puts the objects at places drawn, apart from one another and from places that are to stay free."""
        region, frame = self.spec.start, self.cell.frame
        if region is None:
            return
        for thing, place in zip(self.things, self._apart(region, rng, free), strict=True):
            yaw = rng.uniform(*self.spec.start_yaw_deg)
            center = place + np.array([0, 0, thing.height])
            thing.put(frame.out(center), frame.turn_out(from_euler_deg(0, 0, yaw)))

    def _apart(self, region: RegionSpec, rng: np.random.Generator, free: Sequence[Array]) -> list[Array]:
        """A place for every object, all of them ``min_gap`` apart; what dead-ends is drawn anew."""
        for _ in range(TRIES):
            taken: list[Array] = []
            for _ in self.things:
                place = draw(region, rng)
                if any(np.linalg.norm((place - other)[:2]) < self.spec.min_gap for other in (*free, *taken)):
                    break
                taken.append(place)
            else:
                return taken
        raise InputError(
            Problem(
                f"{self.cell.where}: task.start", "has no room for all objects", f"{self.spec.min_gap} m between them"
            )
        )


class Move(Task):
    """push, slide, pick_and_place: an object is where it is wanted."""

    def __init__(self, cell: Cell, driver: Driver):
        super().__init__(cell, driver)
        for thing in self.things:
            if not thing.free:
                raise InputError(Problem(f"{cell.where}: task.objects", f"{thing.name} does not move freely"))

    @property
    def n_features(self) -> int:
        """Twelve numbers of the object; of one drawn from several, its grip's height and width too."""
        return 12 if len(self.things) == 1 else 14

    @property
    def thing(self) -> Thing:
        """The object of this episode."""
        return self.things[self.target]

    def begin(self, rng: np.random.Generator) -> None:
        """Draws which object, its goal, and where all begin."""
        self.target = int(rng.integers(len(self.things))) if len(self.things) > 1 else 0
        super().begin(rng)
        self._scatter(rng)

    def _seen(self) -> list[Thing]:
        return [self.thing] if self.things else []

    def read(self) -> None:
        """Finds where the object is."""
        self._numbers = self.describe(self.thing)
        self.achieved = np.array(self._numbers[:3])

    def features(self) -> list[float]:
        """The object's numbers."""
        if len(self.things) == 1:
            return self._numbers
        return [*self._numbers, float(self.thing.grip[2]), float(2 * self.thing.half[1])]


class Stack(Move):
    """Two objects, the second on the first, at a place."""

    size = 6

    @property
    def n_features(self) -> int:
        """Twelve numbers of each."""
        return 24

    def begin(self, rng: np.random.Generator) -> None:
        """Draws where the stack goes and where the objects begin."""
        lower, upper = self.things[:2]
        place = draw(self.spec.goal, rng)
        up = np.array([0, 0, 1.0])
        first = place + up * lower.height
        self.goal = np.concatenate([first, place + up * (2 * lower.half[2] + upper.height)])
        self._scatter(rng, [place])

    def _seen(self) -> list[Thing]:
        return self.things[:2]

    def read(self) -> None:
        """Finds where both are."""
        self._both = [self.describe(thing) for thing in self.things[:2]]
        self.achieved = np.array(self._both[0][:3] + self._both[1][:3])

    def features(self) -> list[float]:
        """Both objects' numbers."""
        return self._both[0] + self._both[1]


class OpenDrawer(Task):
    """A drawer is pulled out by its handle."""

    def __init__(self, cell: Cell, driver: Driver):
        super().__init__(cell, driver)
        spec, thing = self.spec, self.things[0]
        asset = thing.placement.asset
        if not asset.articulated:
            raise InputError(Problem(f"{cell.where}: task.objects", f"{thing.name} has no joints"))
        assert spec.joint is not None
        assert spec.handle is not None
        if spec.handle not in asset.spec.frames:
            raise unknown_name(f"{cell.where}: task.handle", "frame", spec.handle, asset.spec.frames)
        self._drawer = Machine(cell.world.engine, thing.row)
        self._joint = self._drawer.joint(spec.joint)
        handle = asset.spec.frames[spec.handle]
        self._link = self._drawer.link(handle.part or "")
        self._offset = np.array(handle.at) * thing.placement.scale
        self.axis = self._pull()

    @property
    def n_features(self) -> int:
        """The handle's place, how far it is open and how fast."""
        return 5

    def _pull(self) -> Array:
        """The way ``(3,)`` the handle goes a metre of its joint."""
        places = []
        for opening in (0.0, 0.1):
            self._drawer.put([opening if i == self._joint else 0.0 for i in range(len(self._drawer.joints))])
            places.append(self.handle(fresh=True))
        self._drawer.put([0.0] * len(self._drawer.joints))
        return (places[1] - places[0]) / 0.1

    def handle(self, fresh: bool = False) -> Array:
        """Where the handle is, ``(3,)`` m."""
        state = self._drawer.state(self._link, fresh)
        return self.cell.frame.place(np.array(state.position) + rotate(np.array(state.orientation), self._offset))

    def begin(self, rng: np.random.Generator) -> None:
        """Draws how far it is to be opened."""
        opening = float(rng.uniform(self.spec.goal.low[0], self.spec.goal.high[0]))
        self.goal = self.handle(fresh=True) + self.axis * opening

    def read(self) -> None:
        """Finds the handle."""
        self.achieved = self.handle()
        joints, speeds = self._drawer.read()
        self._numbers = [*self.achieved.tolist(), joints[self._joint], speeds[self._joint]]

    def features(self) -> list[float]:
        """The handle's place, the opening m and its speed m/s."""
        return self._numbers


class Navigate(Task):
    """The robot goes somewhere on the ground."""

    size = 2

    def __init__(self, cell: Cell, driver: Driver):
        super().__init__(cell, driver)
        self.collided = False
        self._tyres = self._wheel_parts()

    @property
    def n_features(self) -> int:
        """Nothing but the robot itself."""
        return 0

    def _wheel_parts(self) -> set[int]:
        engine, machine = self.cell.world.engine, self.cell.machine
        spec = self.cell.spec.robot
        links = [machine.link_of_joint(machine.joint(name)) for name in (*spec.left_wheels, *spec.right_wheels)]
        base = engine.parts.index(machine.name)
        return {base + 1 + link for link in links}

    def begin(self, rng: np.random.Generator) -> None:
        """Draws the goal, and where the robot begins."""
        self.collided = False
        self.goal = draw(self.spec.goal, rng)[:2]
        if self.spec.start is not None:
            engine, frame, machine = self.cell.world.engine, self.cell.frame, self.cell.machine
            place = frame.out(draw(self.spec.start, rng))
            yaw = rng.uniform(*self.spec.start_yaw_deg)
            engine.write_pose(self.cell.world.row(machine.name), Pose(place, frame.turn_out(from_euler_deg(0, 0, yaw))))

    def read(self) -> None:
        """Finds the robot, and whether it ran into something: what touches anything but its tyres."""
        self.achieved = self.driver.tool[:2]
        engine = self.cell.world.engine
        rows = [i for i in self._own_rows() if i not in self._tyres]
        touching = engine.contacts(rows)
        own = set(self._own_rows())
        foreign = [
            b for b, force in zip(touching.part_b.tolist(), touching.force, strict=True) if b not in own and force > 1.0
        ]
        self.collided = bool(foreign)

    def _own_rows(self) -> list[int]:
        engine = self.cell.world.engine
        base = engine.parts.index(self.cell.machine.name)
        return np.flatnonzero(engine.families == engine.families[base]).tolist()

    def features(self) -> list[float]:
        """Nothing."""
        return []

    def failed(self) -> bool:
        """Whether it ran into something and that ends it."""
        return self.collided and self.spec.end_on_collision


TASKS: dict[str, type[Task]] = {
    "reach": Task,
    "push": Move,
    "slide": Move,
    "pick_and_place": Move,
    "stack": Stack,
    "open_drawer": OpenDrawer,
    "navigate": Navigate,
}


def task_for(cell: Cell, driver: Driver) -> Task:
    """The task a cell's scenario describes."""
    return TASKS[cell.spec.task.kind](cell, driver)
