"""The part of a world a robot works in: composed from the world and the scenario, alive, rewound for every episode.

Owns where things are in the scenario's own frame. Knows nothing of observations, rewards and learning.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import numpy as np

from sim.actors.walker import Walker
from sim.errors import InputError, Problem
from sim.physics.engine import Engine
from sim.physics.machine import Machine
from sim.pose import Array, Pose, conjugate, multiply
from sim.runners.robot.spec import OriginSpec, RobotScenarioSpec
from sim.world.layout import Layout, Placement
from sim.world.path import Path
from sim.world.spec import ObjectSpec
from sim.world.state import State
from sim.world.world import World

ROBOT = "robot"  # what the scenario's own robot is called in the world


class Frame:
    """The scenario's own frame: places, directions and turns in it and in the world."""

    def __init__(self, pose: Pose):
        self.pose = pose
        self.rotation = pose.matrix[:3, :3]
        self.plain = bool(np.allclose(self.rotation, np.eye(3), atol=1e-12))
        self._back = conjugate(pose.orientation)

    def place(self, world: Any) -> Array:
        """A place ``(3,)`` of the world, m, in this frame."""
        return (np.asarray(world, float) - self.pose.position) @ self.rotation

    def places(self, world: Array) -> Array:
        """Places ``(n, 3)``."""
        return (world - self.pose.position) @ self.rotation

    def direction(self, world: Any) -> Array:
        """A velocity ``(3,)`` of the world in this frame."""
        return np.asarray(world, float) @ self.rotation

    def turn(self, world: Any) -> Array:
        """A turn ``(4,)`` of the world in this frame."""
        return np.asarray(world, float) if self.plain else multiply(self._back, np.asarray(world, float))

    def out(self, own: Any) -> Array:
        """A place ``(3,)`` of this frame in the world."""
        return self.rotation @ np.asarray(own, float) + self.pose.position

    def turn_out(self, own: Any) -> Array:
        """A turn ``(4,)`` of this frame in the world."""
        return multiply(self.pose.orientation, np.asarray(own, float))


def origin_of(layout: Layout, origin: OriginSpec, where: str) -> Frame:
    """The frame a scenario names."""
    own = Pose.of(origin.at, (0, 0, origin.yaw_deg))
    if origin.object is None:
        return Frame(own)
    try:
        return Frame(layout.placement(origin.object).pose @ own)
    except InputError as error:
        raise InputError(*[replace(p, where=f"{where}: origin.object") for p in error.problems]) from None


def robot_name(spec: RobotScenarioSpec) -> str:
    """What the robot is called in the world."""
    return spec.robot.object or ROBOT


def composed(layout: Layout, spec: RobotScenarioSpec, where: str) -> Layout:
    """The layout of what is simulated: the world near the robot, and what the scenario brings along."""
    frame = origin_of(layout, spec.origin, where)
    step_hz = spec.control.hz * spec.control.substeps if spec.control.substeps else layout.step_hz
    if step_hz % spec.control.hz or not 60 <= step_hz <= 20_000:
        raise InputError(
            Problem(
                f"{where}: control.hz",
                "does not fit the steps of physics",
                f"a divisor of {step_hz}",
                f"{spec.control.hz}",
            )
        )
    near = _near(layout, spec, frame) if spec.near else layout.placements
    things = {name: _placed(thing, frame) for name, thing in spec.objects.items()}
    robot = spec.robot
    if robot.asset is not None:
        own = ObjectSpec(asset=robot.asset, at=robot.at, yaw_deg=robot.yaw_deg, joints=robot.joints)
        things[ROBOT] = _placed(own, frame)
    for name, walker in spec.walkers.items():
        at = ObjectSpec(asset=walker.asset, at=(*walker.path[0], 0.0))
        things[name] = _placed(at, frame)
    full = replace(layout, placements=tuple(near), step_hz=step_hz).with_objects(things, where)
    if robot.object is not None:
        full = _own_joints(full, robot.object, robot.joints, where)
    return full


def _placed(thing: ObjectSpec, frame: Frame) -> ObjectSpec:
    """An object of the scenario's frame as one of the world's."""
    yaw = float(np.rad2deg(np.arctan2(frame.rotation[1, 0], frame.rotation[0, 0])))
    at = tuple(frame.out(thing.at).tolist())
    changes: dict[str, Any] = {"at": at}
    if thing.rotate_deg is not None:
        roll, pitch, own = thing.rotate_deg
        changes["rotate_deg"] = (roll, pitch, own + yaw)
    else:
        changes["yaw_deg"] = (thing.yaw_deg or 0.0) + yaw
    return thing.model_copy(update=changes)


def _own_joints(layout: Layout, name: str, joints: dict[str, float], where: str) -> Layout:
    placement = layout.placement(name)
    if not placement.asset.articulated:
        raise InputError(Problem(f"{where}: robot.object", f"{name} has no joints"))
    own = replace(placement, joints={**placement.joints, **joints})
    return replace(layout, placements=tuple(own if p.name == name else p for p in layout.placements))


def _near(layout: Layout, spec: RobotScenarioSpec, frame: Frame) -> list[Placement]:
    assert spec.near is not None
    needed = {spec.robot.object, *spec.task.objects}
    return [
        p
        for p in layout.placements
        if p.name in needed
        or (
            not _named_in(p.name, (*spec.near.without, *spec.near.seen_only))
            and distance_to(p, frame.pose.position) <= spec.near.radius
        )
    ]


def _named_in(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def distance_to(placement: Placement, place: Array) -> float:
    """How far a thing's box is from a place, m, seen from above; 0 when the place is over or under it."""
    low, high = placement.asset.bounds * placement.scale
    local = placement.pose.inverse.apply(place)[:2]
    outside = np.maximum(np.maximum(low[:2] - local, local - high[:2]), 0.0)
    return float(np.linalg.norm(outside))


class Thing:
    """An object of the task: its row, its size, and where its centre of mass is."""

    def __init__(self, placement: Placement, engine: Engine):
        self.placement, self.name = placement, placement.name
        self._engine, self.row = engine, engine.parts.index(placement.name)
        asset = placement.asset
        self.free = not asset.articulated and placement.motion == "dynamic"
        bounds = asset.bounds * placement.scale
        center = np.zeros(3) if asset.articulated else np.array(asset.measure.mass.center) * placement.scale
        self.half = (bounds[1] - bounds[0]) / 2  # (3,) m
        self.height = float(center[2] - bounds[0, 2])  # of the centre of mass over the lowest point, m
        grip = next((asset.spec.frames[name] for name in ("grip", "neck") if name in asset.spec.frames), None)
        self.grip = np.zeros(3) if grip is None else np.array(grip.at) * placement.scale - center  # from the centre
        self.axes = np.array([0.0, 0, 0, 1]) if asset.articulated else np.array(asset.measure.mass.axes)
        whole = bool(np.allclose(self.axes, [0, 0, 0, 1], atol=1e-12))
        self.axes_back: list[float] | None = None if whole else conjugate(self.axes).tolist()

    def read(self) -> tuple[Any, ...]:
        """Place and turn of its centre and own axes, m/s, rad/s; the world's."""
        at, turn, linear, angular = self._engine.read_body(self.row)
        return at, turn, linear, angular

    def put(self, place: Array, orientation: Array) -> None:
        """Puts its centre of mass somewhere, its own axes turned so; the world's."""
        self._engine.write_center(self.row, place, multiply(orientation, self.axes))


class Cell:
    """A composed world, alive.

    | attribute | is                                            |
    |-----------|-----------------------------------------------|
    | layout    | what is simulated                               |
    | scenery   | what is seen: the whole world and what came along |
    | world     | alive                                            |
    | machine   | the robot                                        |
    | things    | the objects of the task, in its order            |
    | frame     | the scenario's own                               |
    """

    def __init__(self, layout: Layout, spec: RobotScenarioSpec, where: str):
        self.spec, self.where, self._whole = spec, where, layout
        self.frame = origin_of(layout, spec.origin, where)
        self.layout = composed(layout, spec, where)
        self.name = robot_name(spec)
        self.layout.placement(self.name).asset.files  # noqa: B018 - says which meshes are missing
        idle = () if spec.control.gripper else spec.robot.fingers  # fingers that nobody moves are locked
        self.world = World(self.layout, lean={self.name: idle})
        engine = self.world.engine
        self.machine = Machine(engine, engine.parts.index(self.name))
        self.substeps = self.layout.step_hz // spec.control.hz
        self.things = [Thing(_named(self.layout, name, where), engine) for name in spec.task.objects]
        self._people()

    @cached_property
    def scenery(self) -> Layout:
        """Everything that is seen."""
        if self.spec.near is None:
            return self.layout
        mine = {p.name for p in self.layout.placements}
        far = [
            p for p in self._whole.placements if p.name not in mine and not _named_in(p.name, self.spec.near.without)
        ]
        return replace(self.layout, placements=(*self.layout.placements, *far))

    @cached_property
    def surroundings(self) -> Layout:
        """What is simulated, and what is near and seen only."""
        if self.spec.near is None or not self.spec.near.seen_only:
            return self.layout
        mine = {p.name for p in self.layout.placements}
        seen = [p for p in self._whole.placements if p.name not in mine and _named_in(p.name, self.spec.near.seen_only)]
        return replace(self.layout, placements=(*self.layout.placements, *seen))

    def _people(self) -> None:
        """Lets people walk."""
        self.walkers: list[Walker] = []
        for name, walker in self.spec.walkers.items():
            points = [self.frame.out((x, y, 0.0)) for x, y in walker.path]
            path = Path(np.array(points), where=f"{self.where}: walkers.{name}.path")
            every = max(1, self.layout.step_hz // 60)
            self.walkers.append(Walker(self.world, name, path, walker.speed, end="return", every=every))
            self.world.add(self.walkers[-1])

    def rewind(self) -> None:
        """Everything as before the first step."""
        self.world.rewind()
        self.machine.keep_awake()
        self._people()

    def state(self) -> State:
        """The state now."""
        return self.world.read()

    def close(self) -> None:
        """Frees the engine."""
        self.world.close()


def _named(layout: Layout, name: str, where: str) -> Placement:
    try:
        return layout.placement(name)
    except InputError as error:
        raise InputError(*[replace(p, where=f"{where}: task.objects") for p in error.problems]) from None
