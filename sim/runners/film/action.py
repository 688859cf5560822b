"""What is done to the world while it is filmed, and when: a timeline of its own that knows nothing of shots.

Owns the verbs of a storyboard. A `Director` is a system like any other: the world does not know that it is filmed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.errors import InputError, Problem, unknown_name
from sim.pose import Array, Pose
from sim.progress import track
from sim.runners.film.spec import ActionSpec, FilmSpec
from sim.world.layout import Layout
from sim.world.path import Path as Line
from sim.world.speed import SpeedProfile
from sim.world.system import System
from sim.world.take import Recorder, Take
from sim.world.world import World

NEAR = 0.5  # m: a path that begins so near to who goes it begins where it stands
WALK, DRIVE = 1.4, 40.0  # m/s, km/h
PULL_AWAY = 1.2  # m/s² of a person
PUSH = 0.1  # s
HARD = 3.0  # m/s²


class Director(System):
    """Does to a world what a storyboard says.

    Add it before any other system; call `begin` once before the first state is read.

    Args:
        world: What it acts on.
        actions: What is done, in any order.
        where: The storyboard, for errors.

    Raises:
        InputError: With every part, joint and lamp that does not exist, and everybody who cannot drive or walk.
    """

    def __init__(self, world: World, actions: Sequence[ActionSpec], where: str):
        self._cues: dict[int, list[Callable[[World], None]]] = {}
        self._lasting: list[tuple[int, int, Callable[[World, float], None]]] = []
        self._first: list[Callable[[World], None]] = []
        self._movers: list[System] = []
        self._held: set[str] = set()
        self._drivers: dict[str, Any] = {}
        self._hz = world.layout.step_hz
        problems: list[Problem] = []
        for i, action in sorted(enumerate(actions), key=lambda pair: pair[1].at):
            try:
                getattr(self, f"_{action.verb}")(world, action, f"{where}: action.{i}.{action.verb}")
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(*problems)

    def begin(self, world: World) -> None:
        """Sets the scene: who is not there yet, who is held, what happens at 0 s; who drives and walks takes part."""
        for act in self._first:
            act(world)
        world.add(self)
        for mover in self._movers:
            world.add(mover)

    def step(self, world: World) -> None:
        """Does what is due."""
        now = world.step_count
        for act in self._cues.get(now, ()):
            act(world)
        for first, last, act_on in self._lasting:
            if first <= now < last:
                act_on(world, (now - first + 1) / (last - first))

    def _cue(self, at: float, act: Callable[[World], None], early: bool = False) -> None:
        """Lets something happen once; early: so that the state at that very moment shows it."""
        step = round(at * self._hz) - int(early)
        if step < 0 or (early and step <= 0):
            self._first.append(act)
        else:
            self._cues.setdefault(step, []).append(act)

    def _last(self, at: float, seconds: float, act: Callable[[World, float], None]) -> None:
        first = round(at * self._hz)
        self._lasting.append((first, first + max(1, round(seconds * self._hz)), act))

    # -----------------------------------------------------------------------------------------------------------------
    # Verbs

    def _push(self, world: World, a: ActionSpec, where: str) -> None:
        part, force = _part(world, a.push, where), np.asarray(a.force, float)
        place = a.place
        self._last(a.at, a.duration or PUSH, lambda w, _: w.push(part, force, place))

    def _throw(self, world: World, a: ActionSpec, where: str) -> None:
        part = _part(world, a.throw, where)
        start = _pose(world, part)
        velocity, turn = a.velocity or (0, 0, 0), a.angular_velocity or (0, 0, 0)

        def act(w: World) -> None:
            if a.place is not None:
                w.move(part, Pose(np.asarray(a.place, float), start.orientation))
            w.throw(part, velocity, turn)

        self._cue(a.at, act)

    def _hold(self, world: World, a: ActionSpec, where: str) -> None:
        part = _part(world, a.hold, where)
        self._held.add(part)
        self._cue(a.at, lambda w: _discard(w.hold(part)), early=True)

    def _release(self, world: World, a: ActionSpec, where: str) -> None:
        part = _part(world, a.release, where)
        if part not in self._held:  # nobody says when it is taken hold of: from the start
            self._first.append(lambda w: _discard(w.hold(part)))

        def act(w: World) -> None:
            w.release(part)
            if a.velocity is not None or a.angular_velocity is not None:
                w.throw(part, a.velocity or (0, 0, 0), a.angular_velocity or (0, 0, 0))

        self._cue(a.at, act)

    def _spawn(self, world: World, a: ActionSpec, where: str) -> None:
        part = _part(world, a.spawn, where)
        pose = _pose(world, part)
        at = pose.position if a.place is None else np.asarray(a.place, float)
        turn = pose.orientation if a.yaw_deg is None else Pose.of((0, 0, 0), (0, 0, a.yaw_deg)).orientation
        self._first.append(lambda w: w.vanish(part))
        self._cue(a.at, lambda w: w.appear(part, Pose(at, turn), a.velocity or (0, 0, 0)), early=True)

    def _vanish(self, world: World, a: ActionSpec, where: str) -> None:
        part = _part(world, a.vanish, where)
        self._cue(a.at, lambda w: w.vanish(part), early=True)

    def _light(self, world: World, a: ActionSpec, where: str) -> None:
        lamp, lamps = a.light or "", world.read().lamps
        if not any(name == lamp or name.startswith(f"{lamp}/") for name in lamps):
            raise unknown_name(where, "lamp", lamp, {*lamps, *(name.rpartition("/")[0] for name in lamps)})
        self._cue(a.at, lambda w: w.switch(lamp, bool(a.on)), early=True)

    def _joints(self, world: World, a: ActionSpec, where: str) -> None:
        targets = a.joints or {}
        for name in targets:
            if name not in world.joints:
                raise unknown_name(where, "joint", name, world.joints)
        if a.mode == "velocity":
            self._cue(a.at, lambda w: w.command(targets, "velocity"))
            return
        begin: dict[str, float] = {}

        def ramp(w: World, share: float) -> None:
            if not begin:
                state = w.read()
                begin.update({name: float(state.joint_position[w.joints.index(name)]) for name in targets})
            eased = share * share * (3 - 2 * share)
            w.command({name: begin[name] + eased * (target - begin[name]) for name, target in targets.items()})

        self._last(a.at, a.duration or 1 / self._hz, ramp)

    def _walk(self, world: World, a: ActionSpec, where: str) -> None:
        from sim.actors.walker import Walker

        name = a.walk or ""
        line = _line(world, name, a, where)
        walker = Walker(world, name, line, 0.0, acceleration=PULL_AWAY)
        self._movers.append(walker)

        def set_off(w: World) -> None:
            walker.speed = a.speed or WALK

        self._cue(a.at, set_off)

    def _drive(self, world: World, a: ActionSpec, where: str) -> None:
        from sim.actors.driver import Driver
        from sim.actors.vehicle import Vehicle

        name, speed = a.drive or "", _speeds(a, where)
        if name in self._drivers:  # it is on its way: from now on along another one
            line = Line.smooth([point[:2] for point in a.along or ()], bool(a.loop), where)
            self._cue(a.at, lambda w: _redirect(self._drivers[name], line, speed))
            return
        vehicle = Vehicle(world, name)
        hard = a.acceleration or HARD
        line = _line(world, name, a, where)
        driver = self._drivers[name] = Driver(vehicle, line, 0.0, comfort=hard, lateral=1.3 * hard)
        vehicle.headlights = _is_dark(world.layout)
        self._movers += [driver, vehicle]
        self._cue(a.at, lambda w: driver.drive(speed))


def _redirect(driver: Any, line: Line, speed: Any) -> None:
    driver.path = line
    driver.drive(speed)


def _is_dark(layout: Layout) -> bool:
    """Whether one drives with headlights on."""
    return layout.sky.sun is None or layout.sky.sun.elevation_deg < 4


def _discard(_: Any) -> None:
    """Lets go of what an action gives back."""


def _speeds(a: ActionSpec, where: str) -> Any:
    if isinstance(a.speed_kmh, tuple):
        return SpeedProfile([(t, kmh / 3.6) for t, kmh in a.speed_kmh], where)
    return (a.speed_kmh if a.speed_kmh is not None else DRIVE) / 3.6


def _part(world: World, name: str | None, where: str) -> str:
    """A movable part, or the base of a thing with joints."""
    if name in world.parts:
        return str(name)
    base = next((part for part in world.parts if part.startswith(f"{name}/")), None)
    if base is None:
        raise unknown_name(where, "movable thing", str(name), world.parts)
    return base


def _pose(world: World, part: str) -> Pose:
    return world.read().pose(part)


def _line(world: World, name: str, a: ActionSpec, where: str) -> Line:
    """The smooth way from where somebody stands through all places."""
    try:
        stand = world.layout.placement(name).pose
    except InputError as error:
        raise InputError(*(replace(problem, where=where) for problem in error.problems)) from None
    points = [list(point) for point in a.along or ()]
    if any(len(point) not in (2, 3) for point in points) or len(points) < 1:
        raise InputError(Problem(where, "has no way to go", "along: [[x, y], …]", str(a.along)))
    flat = [point[:2] for point in points]
    start = stand.position[:2].tolist()
    if np.hypot(flat[0][0] - start[0], flat[0][1] - start[1]) > NEAR and not a.loop:
        flat.insert(0, start)
    if len(flat) < 2:
        raise InputError(Problem(where, "stands there already", got=str(a.along)))
    return Line.smooth(flat, bool(a.loop), where)


def direct(layout: Layout, spec: FilmSpec, steps: Array, where: str) -> tuple[Take, World]:
    """Lets the action happen and records it; the world, as it is at the end, is the caller's to close.

    Args:
        layout: The world; its ``step_hz`` is already what the film needs.
        spec: What is done.
        steps: ``(f,)`` which steps are kept; the first is 0.
        where: The storyboard, for errors.
    """
    world = World(layout, events=True)
    try:
        Director(world, spec.action, where).begin(world)
        recorder = Recorder(world, spec.fps)
        for step in track(steps[1:].tolist(), "simulating"):
            recorder.step_to(step)
        return recorder.take(), world
    except BaseException:
        world.close()
        raise
