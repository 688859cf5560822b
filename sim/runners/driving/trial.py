"""One run of a scenario: a world with the vehicle under test, those it meets, what it senses and what it does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from sim.actors.driver import Driver
from sim.actors.vehicle import Vehicle
from sim.errors import InputError, Problem, unknown_name
from sim.physics.vehicle import Controls, Vec
from sim.runners.driving.actors import Actor, Motion
from sim.runners.driving.assist import Acc, Aeb, Outline
from sim.runners.driving.perceive import Track
from sim.runners.driving.reference import KMH, REFERENCES, Careful, Sight
from sim.runners.driving.script import Invalid, Observation, UserDriver
from sim.runners.driving.spec import DrivingSpec, PathSpec, TriggerSpec
from sim.runners.driving.suite import Suite
from sim.runners.driving.trace import ACTOR, EGO, SYSTEM, Trace
from sim.world.layout import Layout
from sim.world.path import Path
from sim.world.spec import ObjectSpec
from sim.world.speed import SpeedProfile
from sim.world.state import State
from sim.world.system import System
from sim.world.world import World

EGO_NAME = "ego"
SAMPLE_HZ = 100  # at least
STANDS = 0.05  # m/s
PUT = 0.002  # m over its path that a thing is put down
ALOFT = 60.0  # m: where actors are until they are set on their paths, on whatever ground there is


@dataclass(eq=False)
class Outcome:
    """What a run came to, before anyone judges it.

    | field    | is                                                                        |
    |----------|---------------------------------------------------------------------------|
    | trace    | every sample                                                              |
    | end      | s, when the test was over; what follows is for the eye                       |
    | ended    | why: ``impact``, ``stopped``, ``target gone``, ``time``                      |
    | struck   | whom the ego met first; empty: nobody                                       |
    | triggered | s, when the AEB decided; None: never                                       |
    | acted    | s, when any braking by a system or reference driver began; None: never       |
    | seen_ttc | s, by which the AEB decided                                                |
    | states   | of the world at `fps`, when they were asked for                             |
    | invalid  | why the run says nothing; empty: it does                                    |
    """

    trace: Trace
    layout: Layout
    end: float
    ended: str
    struck: str = ""
    triggered: float | None = None
    acted: float | None = None
    seen_ttc: float = math.inf
    states: list[State] = field(default_factory=list)
    invalid: str = ""
    steps: int = 0


def build_paths(spec: DrivingSpec, layout: Layout, where: str) -> dict[str, Path]:
    """Every path of a scenario, by name.

    Raises:
        InputError: Points that are no line; lanes that do not exist or do not follow one another.
    """
    return {name: build_path(one, layout, f"{where}: paths.{name}") for name, one in spec.paths.items()}


def build_path(spec: PathSpec, layout: Layout, where: str) -> Path:
    """One path."""
    if spec.points is not None:
        path = Path.rounded(spec.points, spec.radius, where=where) if spec.radius else Path(spec.points, where=where)
    else:
        path = lanes_path(layout, spec.lanes or (), f"{where}.lanes")
    return path.offset(spec.offset) if spec.offset else path


def lanes_path(layout: Layout, names: Sequence[str], where: str) -> Path:
    """The path along lanes one after another; between two that do not touch, the shortest way."""
    roads = layout.roads
    first = roads.lane(names[0], where)
    way = [first.name]
    for name in names[1:]:
        way += roads.lanes_between(way[-1], name, where)[1:]
    return first.path.joined(*[roads.lane(name).path for name in way[1:]]) if len(way) > 1 else first.path


class Trial(System):
    """The scenario's side of a world: samples it, senses, decides and triggers; a system that acts before all others.

    Args:
        spec: Whole: what a template lays out is in it.
        layout: The world as its file has it.
        seed: Of everything that is drawn by lot.
        where: The scenario's file, for errors.
        folder: Where a script of the user's may lie.
        allow_scripts: Whether it may run.
        fps: States kept a second; None: none.
    """

    def __init__(
        self,
        spec: DrivingSpec,
        layout: Layout,
        seed: int,
        where: str,
        folder: FilePath | None = None,
        allow_scripts: bool = False,
        fps: int | None = None,
    ):
        self.spec, self._where = spec, where
        self.paths = build_paths(spec, layout, where)
        self.layout = layout.with_objects(self._things(), where)
        hz = layout.step_hz
        self.every = next(n for n in range(hz // SAMPLE_HZ, 0, -1) if hz % n == 0)
        self.rate = hz // self.every
        self._stride = None if fps is None else hz // fps
        self.world = World(self.layout)
        try:
            self._populate(seed, folder or FilePath(), allow_scripts)
        except BaseException:
            self.world.close()
            raise

    def _things(self) -> dict[str, ObjectSpec]:
        """Ego, actors and what else the scenario brings, each where its path begins."""
        ego = self.spec.ego
        things = {EGO_NAME: self._placed(ego.asset, ego.path or "", ego.start, ego.lateral, "ego")}
        for i, (name, actor) in enumerate(self.spec.actors.items()):
            thing = self._placed(actor.asset, actor.path, actor.start, 0.0, f"actors.{name}")
            x, y, z = thing.at
            things[name] = thing.model_copy(update={"at": (x, y, z + ALOFT + 10.0 * i)})
        return things | dict(self.spec.objects)

    def _placed(self, asset: str, path: str, start: float, lateral: float, at: str) -> ObjectSpec:
        if path not in self.paths:
            raise unknown_name(f"{self._where}: {at}.path", "path", path, self.paths)
        line = self.paths[path]
        if start > line.length:
            raise InputError(
                Problem(
                    f"{self._where}: {at}.start", "is beyond its path", f"at most {line.length:.1f} m", f"{start:g}"
                )
            )
        x, y, z, heading, _ = line.sample(start)
        place = (x - lateral * math.sin(heading), y + lateral * math.cos(heading), z + PUT)
        return ObjectSpec(asset=asset, at=place, yaw_deg=math.degrees(heading))

    def _populate(self, seed: int, folder: FilePath, allow_scripts: bool) -> None:
        spec, world, ego = self.spec, self.world, self.spec.ego
        self.vehicle = Vehicle(world, EGO_NAME, _friction(spec.conditions.road_friction, world))
        (x0, y0, _), (x1, y1, _) = world.layout.placement(EGO_NAME).asset.bounds
        self.car = Outline(float(x0), float(x1), float(y1 - y0) / 2)
        path = self.paths[ego.path or ""]
        told = ego.driver.profile
        profile = (
            SpeedProfile([(t, v * KMH) for t, v in told], f"{self._where}: ego.driver.profile")
            if told
            else SpeedProfile.constant(ego.speed_kmh * KMH)
        )
        if ego.lateral:
            path = path.offset(ego.lateral)
        self.driver = Driver(self.vehicle, path, profile, comfort=6.0, stop=False)
        self.vehicle.launch(ego.speed_kmh * KMH)
        self._steering = SteeringProfile(ego.driver.steering) if ego.driver.kind == "steering" else None
        self._user = UserDriver(ego.driver, folder, allow_scripts, self._where) if ego.driver.kind == "script" else None
        self._reference = REFERENCES[ego.driver.kind]() if ego.driver.kind in REFERENCES else None
        self.aeb = Aeb(ego.aeb, self.car) if ego.aeb else None
        self._acc = Acc(ego.driver.acc, self.car) if ego.driver.acc else None
        world.add(self)
        world.add(self.vehicle)
        self.actors = [Actor(world, name, one, self.paths[one.path], self._where) for name, one in spec.actors.items()]
        self.suite = Suite(spec, world, EGO_NAME, np.random.default_rng(seed), self._where, self._travel())
        self._rows: list[list[float]] = []
        self._states: list[State] = []
        self._tracks: list[Track] = []
        self._asked = 0.0
        self._braked: float | None = None
        self._struck, self._ended, self._end = "", "", math.inf
        self._invalid = ""
        self._moved = ego.speed_kmh > 0
        self.way, self.lateral = ego.start, 0.0
        self.names = ["time"] + [f"ego.{c}" for c in EGO] + [f"system.{c}" for c in SYSTEM]
        self.names += [f"{a.name}.{c}" for a in self.actors for c in ACTOR]

    def _travel(self) -> tuple[np.ndarray, float]:
        """The ball, centre and radius in m, in which the ego may get about."""
        path, ego = self.paths[self.spec.ego.path or ""], self.spec.ego
        way = min(path.length - ego.start, ego.speed_kmh * KMH * min(self.spec.duration, 8.0))
        return path.at(ego.start + way / 2), way / 2

    # -----------------------------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Steps to the end.

        Raises:
            Diverged: Physics blew up.
        """
        world, states = self.world, self._states
        most = round(self.spec.duration * world.layout.step_hz)
        try:
            while world.step_count < most and world.time < self._end + self.spec.after and not self._invalid:
                if self._stride is None:
                    world.step(self.every * 12)
                    continue
                if world.step_count % self._stride == 0:
                    states.append(world.read())
                world.step(self._stride)
        except Invalid as error:
            self._invalid = str(error)
        return self.outcome(self._invalid)

    def outcome(self, invalid: str = "") -> Outcome:
        """What it came to so far."""
        aeb = self.aeb
        time = self._rows[-1][0]
        return Outcome(
            Trace.of_rows(self.rate, self.names, self._rows),
            self.layout,
            min(self._end, time),
            self._ended or "time",
            self._struck,
            aeb.triggered if aeb else None,
            self._braked,
            aeb.seen_ttc if aeb else math.inf,
            self._states,
            invalid,
            self.world.step_count,
        )

    def step(self, world: World) -> None:
        """Samples, senses, decides."""
        time = world.time
        ego = self._ego()
        motions = [actor.motion() for actor in self.actors]
        self._trigger(time, ego, motions)
        tracks = self.suite.sense(time, ego, self.vehicle, self.actors, motions, self.car)
        if tracks is not None:
            self._tracks = tracks
            if self.aeb is not None:
                self.aeb.see(time, tracks)
        try:
            self._asked = self._drive(time, ego, motions)
        finally:
            self._note(time, ego, motions)
        self._watch_end(time, ego, motions)

    def _ego(self) -> Motion:
        at, forward = self.vehicle.place()
        v = self.world.engine.read_body(self.vehicle.row)[2]
        self.way, self.lateral = self.driver.path.project(at[:2], near=self.way)
        return Motion(at[0], at[1], math.atan2(forward[1], forward[0]), v[0], v[1], self.vehicle.acceleration)

    def _trigger(self, time: float, ego: Motion, motions: list[Motion]) -> None:
        for actor, motion in zip(self.actors, motions, strict=True):
            if actor.begun is None and self._holds(actor.spec.trigger, time, ego, motion):
                actor.begin(time)

    def _holds(self, trigger: TriggerSpec, time: float, ego: Motion, other: Motion) -> bool:
        front = ego.x + self.car.front * math.cos(ego.heading), ego.y + self.car.front * math.sin(ego.heading)
        dx, dy = other.x - front[0], other.y - front[1]
        ahead = dx * math.cos(ego.heading) + dy * math.sin(ego.heading)
        return (
            (trigger.time is None or time >= trigger.time - 1e-9)
            and (trigger.distance is None or math.hypot(dx, dy) <= trigger.distance)
            and (trigger.ttc is None or (ego.speed > STANDS and ahead / ego.speed <= trigger.ttc))
            and (trigger.position is None or self.way >= trigger.position)
        )

    # -----------------------------------------------------------------------------------------------------------------

    def _drive(self, time: float, ego: Motion, motions: list[Motion]) -> float:
        """Tells the driver what to do; the braking asked for by systems, m/s²."""
        driver, vehicle = self.driver, self.vehicle
        braking = self.aeb.brake(time) if self.aeb else 0.0
        driver.acceleration = None
        if self._reference is not None:
            braking = max(braking, self._reference.brake(time, self._sight(ego, motions)))
        if self._acc is not None:
            driver.acceleration = self._acc.acceleration(vehicle.speed, self._tracks)
        if braking > 0.0:
            self._braked = time if self._braked is None else self._braked
            driver.acceleration = -braking
        driver.step(self.world)
        if self._user is not None:
            self._obey(time, ego, braking > 0.0)
        elif self._steering is not None:
            held = vehicle.controls
            vehicle.controls = Controls(held.throttle, held.brake, angle=self._steering.at(time))
        return braking

    def _obey(self, time: float, ego: Motion, overruled: bool) -> None:
        """Does what the user's driver says; a system that brakes has the pedals."""
        assert self._user is not None
        vehicle = self.vehicle
        seen = Observation(
            time,
            vehicle.speed,
            self.spec.ego.speed_kmh * KMH,
            (ego.x, ego.y),
            ego.heading,
            vehicle.yaw_rate,
            self.way,
            self.lateral,
            tuple(self._tracks),
        )
        answer, held = self._user.step(seen), vehicle.controls
        pedals = answer.throttle, answer.brake
        if overruled:
            pedals = held.throttle, held.brake
        elif answer.acceleration is not None:
            pedals = vehicle.pedals(answer.acceleration)
        if answer.steer is None:
            vehicle.controls = Controls(*pedals, angle=held.angle)
        else:
            vehicle.controls = Controls(*pedals, steer=answer.steer)

    def _sight(self, ego: Motion, motions: list[Motion]) -> Sight:
        """What a reference driver sees of who is, or comes, ahead."""
        best = Sight(math.inf, ego.speed, ego.speed)
        c, s = math.cos(ego.heading), math.sin(ego.heading)
        lane = LANE / 2
        for actor, m in zip(self.actors, motions, strict=True):
            rear, front, right, left = actor.box
            dx, dy = m.x - ego.x, m.y - ego.y
            turn = m.heading - ego.heading
            long, side = max(front, -rear), max(left, -right)
            ahead, across = c * dx + s * dy, -s * dx + c * dy
            half_x = abs(math.cos(turn)) * long + abs(math.sin(turn)) * side
            half_y = abs(math.sin(turn)) * long + abs(math.cos(turn)) * side
            gap = ahead - half_x - self.car.front
            away = (-s * m.vx + c * m.vy) * math.copysign(1.0, across)
            leaving = abs(across) > Careful.WANDER and away > 0.1
            if ahead < 0 or gap > best.gap or abs(across) > 1.5 * LANE or leaving:
                continue
            in_lane = abs(across) - half_y < lane - MARK
            own = round(across / LANE) * LANE  # the middle of the lane it is, or was, in
            towards = abs(own) - abs(across) if own else 0.0
            best = Sight(gap, ego.speed, c * m.vx + s * m.vy, -m.acceleration, towards, in_lane)
        return best

    # -----------------------------------------------------------------------------------------------------------------

    def _note(self, time: float, ego: Motion, motions: list[Motion]) -> None:
        vehicle = self.vehicle
        model = vehicle.model
        wheels = model.wheels
        load = sum(w.load for w in wheels)
        used = sum(math.hypot(w.tyre.fx, w.tyre.fy) for w in wheels) / load if load > 0 else 0.0
        slide = max(w.slide for w in wheels)
        row = [
            time, ego.x, ego.y, ego.heading, vehicle.speed, vehicle.lateral_speed, vehicle.acceleration,
            vehicle.lateral_acceleration, vehicle.yaw_rate, self.way, self.lateral, model.throttle,
            model.pressure, model.angle, used, slide, self.aeb.ttc if self.aeb else math.inf, self._asked,
        ]  # fmt: skip
        for actor, m in zip(self.actors, motions, strict=True):
            due = actor.due_speed(time)
            row += [m.x, m.y, m.heading, m.vx, m.vy, m.acceleration, actor.system.way]
            row += [math.nan if due is None else due, actor.beside(m)]
        self._rows.append(row)

    def _watch_end(self, time: float, ego: Motion, motions: list[Motion]) -> None:
        if self._end < math.inf:
            return
        self._moved |= ego.speed > 1.0
        for actor, motion in zip(self.actors, motions, strict=True):
            if touching(ego, self.car, motion, actor.box):
                self._struck, self._ended, self._end = actor.name, "impact", time
                return
        if self._moved and ego.speed < STANDS:
            self._ended, self._end = "stopped", time
        elif any(actor.arrived and actor.begun is not None for actor in self.actors):
            self._ended, self._end = "target gone", time
        elif self.way + self.car.front > self.driver.path.length - 1.0:
            self._ended, self._end = "end of path", time


LANE = 3.5  # m: lanes as wide as those of R157's tests
MARK = 0.3  # m over the lane mark: where an intruder counts as in the lane


def touching(ego: Motion, car: Outline, other: Motion, box: tuple[float, float, float, float]) -> bool:
    """Whether two outlines overlap (separating axes of two boxes)."""
    turn = other.heading - ego.heading
    c, s = math.cos(ego.heading), math.sin(ego.heading)
    a_half = (car.front - car.rear) / 2, car.half
    b_half = (box[1] - box[0]) / 2, (box[3] - box[2]) / 2
    ax, ay = ego.x + c * (car.front + car.rear) / 2, ego.y + s * (car.front + car.rear) / 2
    oc, os = math.cos(other.heading), math.sin(other.heading)
    mx, my = (box[0] + box[1]) / 2, (box[2] + box[3]) / 2
    dx, dy = other.x + oc * mx - os * my - ax, other.y + os * mx + oc * my - ay
    u, v = abs(math.cos(turn)), abs(math.sin(turn))
    return (
        abs(c * dx + s * dy) <= a_half[0] + u * b_half[0] + v * b_half[1]
        and abs(-s * dx + c * dy) <= a_half[1] + v * b_half[0] + u * b_half[1]
        and abs(oc * dx + os * dy) <= b_half[0] + u * a_half[0] + v * a_half[1]
        and abs(-os * dx + oc * dy) <= b_half[1] + v * a_half[0] + u * a_half[1]
    )


class SteeringProfile:
    """Steering angles over time: degrees in, rad out; straight between."""

    def __init__(self, knots: Any):
        self._t, self._a = [k[0] for k in knots], [math.radians(k[1]) for k in knots]

    def at(self, time: float) -> float:
        """rad at a time in s."""
        return float(np.interp(time, self._t, self._a))


def _friction(wanted: float | None, world: World) -> Callable[[Vec, str], float] | None:
    """What makes the friction between tyres and any road what a scenario says."""
    if wanted is None:
        return None
    asset = world.layout.placement(EGO_NAME).asset
    assert asset.spec.vehicle is not None
    wheel = asset.spec.vehicle.axles[0].wheels[0]
    tyre = world.surface(f"{EGO_NAME}/{wheel}").dynamic_friction or 1.0
    known: dict[str, float] = {}

    def factor(_: Vec, part: str) -> float:
        if part not in known:
            known[part] = wanted / (tyre * (world.surface(part).dynamic_friction or 1.0))
        return known[part]

    return factor
