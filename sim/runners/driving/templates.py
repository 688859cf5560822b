"""Protocols' scenarios, laid out wherever there is room: a place and a few parameters become paths, actors and limits.

Sources: Euro NCAP, AEB Car-to-Car v4.1 and AEB VRU v4.4 test protocols (2023); UN Regulation No. 157, Annex 5. Lengths
are along (x) and to the left (y) of the ego's way, from the place of the encounter: there the front of an ego that does
not brake meets its target. Right-hand traffic: the near side is the right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from sim.assets.library import Library
from sim.errors import InputError, Problem, guess, unknown_name
from sim.pose import Array, Pose, vector
from sim.runners.driving.reference import KMH
from sim.runners.driving.spec import (
    ActorSpec,
    CriterionSpec,
    DrivingSpec,
    PathSpec,
    PlaceSpec,
    TolerancesSpec,
    TriggerSpec,
)
from sim.schema import Spec
from sim.world.layout import Layout
from sim.world.spec import ObjectSpec

LEAD = 5.0  # s from the start to the encounter: a TTC of 4 s, which is T0, and one to settle
AIM = 0.3  # km/h over the test's speed: the tolerance is 0 to +1
GROUND_GAP = 0.002  # m between what is put down and the road
RUN_UP_TO_SPEED = 1.0  # s in which a walker or cyclist gets going
CLEARANCE = 1.0  # m between the ego's side and a row of parked cars (CPNCO)
MARK = 0.3  # m over the lane mark: where an intruder counts as in the lane (R157, 5.2.5.2)

CAR_TOLERANCES = TolerancesSpec()
WALKER_TOLERANCES = TolerancesSpec(actor_speed_kmh=0.2, actor_lateral=0.05)
CYCLIST_TOLERANCES = TolerancesSpec(actor_speed_kmh=0.5, actor_lateral=0.05)


class Parameters(Spec):
    """What can be said of every template."""

    target: str | None = None
    """An asset instead of the usual target."""


class Rear(Parameters):
    """A car ahead."""

    speed_kmh: Annotated[float, Field(ge=5, le=200)] = 50.0
    overlap: Literal[-50, -75, 100, 75, 50] = 100
    """Per cent of the ego's width; negative: the target is to the right."""


class RearMoving(Rear):
    """A slower car ahead."""

    target_kmh: Annotated[float, Field(ge=1, le=100)] = 20.0


class RearBraking(Parameters):
    """A car ahead that brakes."""

    speed_kmh: Annotated[float, Field(ge=20, le=150)] = 50.0
    gap: Annotated[float, Field(ge=5, le=200)] = 12.0
    """m"""
    deceleration: Annotated[float, Field(gt=0, le=9)] = 2.0
    """m/s²"""


class Crossing(Parameters):
    """Somebody who crosses."""

    speed_kmh: Annotated[float, Field(ge=5, le=100)] = 40.0
    target_kmh: Annotated[float, Field(ge=1, le=30)] = 5.0
    impact: Annotated[float, Field(ge=0, le=100)] = 50.0
    """Per cent of the ego's width, from the side the target comes from."""


class Along(Parameters):
    """Somebody who goes the same way, slower."""

    speed_kmh: Annotated[float, Field(ge=20, le=100)] = 50.0
    target_kmh: Annotated[float, Field(ge=1, le=40)] = 5.0
    impact: Annotated[float, Field(ge=0, le=100)] = 50.0
    """Per cent of the ego's width, from the right."""


class CutIn(Parameters):
    """A slower car from the next lane."""

    speed_kmh: Annotated[float, Field(ge=10, le=130)] = 60.0
    target_kmh: Annotated[float, Field(ge=5, le=130)] = 40.0
    gap: Annotated[float, Field(ge=2, le=200)] = 20.0
    """m to its rear when it enters the lane."""
    lateral_speed: Annotated[float, Field(ge=0.1, le=3)] = 1.0
    """m/s"""
    lane_width: Annotated[float, Field(ge=2.5, le=5)] = 3.5


class CutOut(Parameters):
    """The car ahead changes lane and gives way to one that stands."""

    speed_kmh: Annotated[float, Field(ge=10, le=130)] = 50.0
    time_gap: Annotated[float, Field(ge=0.5, le=5)] = 2.0
    """s behind the car ahead."""
    front_gap: Annotated[float, Field(ge=5, le=300)] = 40.0
    """m from the car ahead to the standing one when it begins to leave."""
    lateral_speed: Annotated[float, Field(ge=0.1, le=3)] = 1.5
    """m/s"""
    lane_width: Annotated[float, Field(ge=2.5, le=5)] = 3.5


class Slowing(Parameters):
    """The car ahead stops."""

    speed_kmh: Annotated[float, Field(ge=10, le=130)] = 50.0
    time_gap: Annotated[float, Field(ge=0.5, le=5)] = 2.0
    """s"""
    deceleration: Annotated[float, Field(gt=0, le=10)] = 6.0
    """m/s²"""


@dataclass(frozen=True, eq=False)
class Stage:
    """A place to lay a scenario out, and who is in it.

    `pose` is world_from_stage; `front`, `rear` m, of the ego from its origin; `width` m.
    """

    place: PlaceSpec
    pose: Pose
    library: Library
    front: float
    rear: float
    width: float

    @classmethod
    def of(cls, spec: DrivingSpec, place: PlaceSpec, layout: Layout, where: str) -> Stage:
        """The stage of a scenario."""
        library = layout.library
        low, high = library.asset(spec.ego.asset, f"{where}: ego.asset").bounds
        if place.lane is not None:
            path = layout.roads.lane(place.lane, f"{where}: place.lane").path
            if place.along > path.length:
                expected = f"at most {path.length:.1f} m"
                raise InputError(Problem(f"{where}: place.along", "is beyond the lane", expected, f"{place.along:g} m"))
            x, y, z, heading, _ = path.sample(place.along)
            pose = Pose.of((x, y, z), (0, 0, float(np.rad2deg(heading))))
        else:
            pose = Pose.of(place.at or (0, 0, 0), (0, 0, place.heading_deg))
        pose = Pose(pose.apply((0.0, place.lateral, 0.0)), pose.orientation)
        return cls(place, pose, library, float(high[0]), float(low[0]), float(high[1] - low[1]))

    def line(self, *points: tuple[float, float]) -> PathSpec:
        """A path through points of the stage, x and y in m."""
        return PathSpec(points=tuple(vector(self.pose.apply((x, y, 0.0))) for x, y in points))

    @property
    def way(self) -> PathSpec:
        """The ego's way; its arc length is x + `run_up`."""
        return self.line((-self.place.run_up, 0.0), (self.place.run_out, 0.0))

    def ego_start(self, speed: float, front_at: float = 0.0, time: float = LEAD) -> float:
        """Where on its way an ego starts, m, whose front comes to x = ``front_at`` in so many s at so many m/s."""
        return self.place.run_up + front_at - self.front - speed * time

    def box(self, asset: str) -> Array:
        """Bounds ``(2, 3)`` m of an asset."""
        return self.library.asset(asset, "template").bounds

    def parked(self, asset: str, x: float, y: float) -> ObjectSpec:
        """A thing that stands on the road along the way."""
        at, turn = self.pose.apply((x, y, GROUND_GAP)), self.pose.orientation
        yaw = float(np.rad2deg(2 * np.arctan2(turn[2], turn[3])))
        return ObjectSpec(asset=asset, at=vector(at), yaw_deg=yaw, fixed=True)


Parts = dict[str, Any]


def _ccrs(stage: Stage, p: Rear) -> Parts:
    return _car_ahead(stage, p, 0.0)


def _ccrm(stage: Stage, p: RearMoving) -> Parts:
    return _car_ahead(stage, p, p.target_kmh)


def _car_ahead(stage: Stage, p: Rear, target_kmh: float) -> Parts:
    target = p.target or "compact_car_silver"
    box = stage.box(target)
    side = (1 - abs(p.overlap) / 100) * stage.width * np.sign(p.overlap)
    start = -float(box[0, 0]) - target_kmh * KMH * LEAD  # its rear is at x = 0 at the encounter
    path = stage.line((start, side), (stage.place.run_out, side))
    return _parts(
        stage,
        p.speed_kmh,
        {"target": path},
        {"target": ActorSpec(asset=target, path="target", speed_kmh=target_kmh)},
        "r152_car",
        CAR_TOLERANCES,
    )


def _ccrb(stage: Stage, p: RearBraking) -> Parts:
    target = p.target or "compact_car_silver"
    v = p.speed_kmh * KMH
    front = -v * LEAD
    rear = front + p.gap
    path = stage.line((rear - float(stage.box(target)[0, 0]), 0.0), (stage.place.run_out, 0.0))
    slower = min(2.0, p.speed_kmh)
    profile = ((0.0, p.speed_kmh), ((p.speed_kmh - slower) * KMH / p.deceleration, slower))
    actor = ActorSpec(
        asset=target, path="target", speed_kmh=p.speed_kmh, profile=profile, trigger=TriggerSpec(time=1.0)
    )
    parts = _parts(stage, p.speed_kmh, {"target": path}, {"target": actor}, "r152_car", CAR_TOLERANCES, aim=0.0)
    parts["tolerances"] = CAR_TOLERANCES.model_copy(update={"ego_speed_kmh": (-1.0, 1.0)})
    return parts


def _crossing(stage: Stage, p: Crossing, side: int, begin: float, asset: str, kind: str) -> Parts:
    """Somebody who crosses from a side (−1: right, 1: left), starting ``begin`` m from the ego's middle line."""
    target = p.target or asset
    v, half = p.target_kmh * KMH, float(stage.box(target)[1, 1])
    meet = side * stage.width * (0.5 - p.impact / 100)
    x = half  # its near side is where the ego's front arrives
    path = stage.line((x, side * begin), (x, -side * begin))
    walk = abs(side * begin - meet)
    needed = walk / v + RUN_UP_TO_SPEED / 2
    ego = (p.speed_kmh + AIM) * KMH
    position = stage.place.run_up - stage.front - ego * needed
    actor = ActorSpec(
        asset=target,
        kind=kind,  # type: ignore[arg-type]
        path="target",
        speed_kmh=p.target_kmh,
        profile=((0.0, 0.0), (RUN_UP_TO_SPEED, p.target_kmh)),
        waits=True,
        trigger=TriggerSpec(position=max(position, 0.0)),
    )
    tolerances = CYCLIST_TOLERANCES if kind == "bicycle" else WALKER_TOLERANCES
    lead = max(LEAD, needed + 1.0)
    return _parts(stage, p.speed_kmh, {"target": path}, {"target": actor}, "r152_pedestrian", tolerances, lead=lead)


def _cpna(stage: Stage, p: Crossing) -> Parts:
    return _crossing(stage, p, -1, 4.0, "adult", "pedestrian")


def _cpfa(stage: Stage, p: Crossing) -> Parts:
    return _crossing(stage, p, 1, 6.0, "adult", "pedestrian")


def _cbna(stage: Stage, p: Crossing) -> Parts:
    return _crossing(stage, p, -1, 17.0, "bicycle", "bicycle")


def _cpnco(stage: Stage, p: Crossing) -> Parts:
    near, far = "compact_car_silver", "compact_car_blue"
    box, behind = stage.box(near), stage.box(far)
    width = float(box[1, 1] - box[0, 1])
    begin = stage.width / 2 + CLEARANCE + width + 0.6
    parts = _crossing(stage, p, -1, begin, "child", "pedestrian")
    y = -(stage.width / 2 + CLEARANCE + width / 2)
    first = -1.0 - float(box[1, 0])  # its front is 1 m short of the child's way
    second = first + float(box[0, 0]) - 1.0 - float(behind[1, 0])
    parts["objects"] = {"parked_first": stage.parked(near, first, y), "parked_second": stage.parked(far, second, y)}
    return parts


def _along(stage: Stage, p: Along, asset: str, kind: str) -> Parts:
    target = p.target or asset
    rear = float(stage.box(target)[0, 0])
    side = stage.width * (p.impact / 100 - 0.5)
    path = stage.line((-rear - p.target_kmh * KMH * LEAD, side), (stage.place.run_out, side))
    actor = ActorSpec(asset=target, kind=kind, path="target", speed_kmh=p.target_kmh)  # type: ignore[arg-type]
    tolerances = CYCLIST_TOLERANCES if kind == "bicycle" else WALKER_TOLERANCES
    return _parts(stage, p.speed_kmh, {"target": path}, {"target": actor}, "r152_pedestrian", tolerances)


def _cpla(stage: Stage, p: Along) -> Parts:
    return _along(stage, p, "adult", "pedestrian")


def _cbla(stage: Stage, p: Along) -> Parts:
    p = p if "target_kmh" in p.model_fields_set else p.model_copy(update={"target_kmh": 15.0})
    return _along(stage, p, "bicycle", "bicycle")


def _cut_in(stage: Stage, p: CutIn) -> Parts:
    target = p.target or "compact_car_silver"
    box = stage.box(target)
    v, rear = p.target_kmh * KMH, float(box[0, 0])
    inside = p.lane_width / 2 - MARK + float(box[1, 1])  # its middle when its side is over the mark
    slope = v / p.lateral_speed  # m along for each m across
    x = p.gap - rear  # of its origin on entering; the ego's front is then at 0
    corners = [
        (x - v * LEAD - 20.0, p.lane_width),
        (x - (p.lane_width - inside) * slope, p.lane_width),
        (x + inside * slope, 0.0),
        (max(stage.place.run_out, x + inside * slope + 10), 0.0),
    ]
    path = stage.line(*corners).model_copy(update={"radius": 60.0})
    # m on the path: along and across
    there = corners[1][0] - corners[0][0] + float(np.hypot(x - corners[1][0], p.lane_width - inside))
    actor = ActorSpec(asset=target, path="target", start=max(there - v * LEAD, 0.0), speed_kmh=p.target_kmh)
    parts = _parts(stage, p.speed_kmh, {"target": path}, {"target": actor}, "r157", CAR_TOLERANCES, aim=0.0)
    return parts | {"tolerances": None}


def _cut_out(stage: Stage, p: CutOut) -> Parts:
    target = p.target or "compact_car_silver"
    box, v = stage.box(target), p.speed_kmh * KMH
    length, rear = float(box[1, 0] - box[0, 0]), float(box[0, 0])
    slope = v / p.lateral_speed
    leave = -p.front_gap - float(box[1, 0])  # of its origin, when it begins to leave
    corners = [
        (leave - v * LEAD - 20.0, 0.0),
        (leave, 0.0),
        (leave + p.lane_width * slope, p.lane_width),
        (max(stage.place.run_out, leave + p.lane_width * slope + 10), p.lane_width),
    ]
    lead = stage.line(*corners).model_copy(update={"radius": 60.0})
    standing = stage.line((-rear, 0.0), (stage.place.run_out, 0.0))
    front = -p.front_gap - length - p.time_gap * v  # of the ego, when the car ahead begins to leave
    actors = {
        "lead": ActorSpec(asset="compact_car_blue", path="lead", start=20.0, speed_kmh=p.speed_kmh),
        "target": ActorSpec(asset=target, path="target"),
    }
    parts = _parts(stage, p.speed_kmh, {"lead": lead, "target": standing}, actors, None, None, aim=0.0, front_at=front)
    return parts | {"criteria": {"impact_speed_kmh": CriterionSpec(at_most=0.0)}}


def _deceleration(stage: Stage, p: Slowing) -> Parts:
    target, v = p.target or "compact_car_silver", p.speed_kmh * KMH
    rear = -v * LEAD + p.time_gap * v
    path = stage.line((rear - float(stage.box(target)[0, 0]), 0.0), (stage.place.run_out, 0.0))
    profile = ((0.0, p.speed_kmh), (v / p.deceleration, 0.0))
    actor = ActorSpec(
        asset=target, path="target", speed_kmh=p.speed_kmh, profile=profile, trigger=TriggerSpec(time=1.0)
    )
    parts = _parts(stage, p.speed_kmh, {"target": path}, {"target": actor}, None, None, aim=0.0)
    return parts | {"criteria": {"impact_speed_kmh": CriterionSpec(at_most=0.0)}}


def _parts(
    stage: Stage,
    speed_kmh: float,
    paths: dict[str, PathSpec],
    actors: dict[str, ActorSpec],
    table: str | None,
    tolerances: TolerancesSpec | None,
    aim: float = AIM,
    lead: float = LEAD,
    front_at: float = 0.0,
) -> Parts:
    criteria = {"impact_speed_kmh": CriterionSpec(table=table)} if table else {}  # type: ignore[arg-type]
    start = stage.ego_start((speed_kmh + aim) * KMH, front_at, lead)
    return {
        "paths": {"ego": stage.way} | paths,
        "actors": actors,
        "criteria": criteria,
        "tolerances": tolerances,
        "ego": {"path": "ego", "start": start, "speed_kmh": speed_kmh + aim},
    }


@dataclass(frozen=True)
class Template:
    """A protocol's scenario: its parameters, how it is laid out, and the table its protocol runs."""

    about: str
    parameters: type[Parameters]
    lay: Callable[[Stage, Any], Parts]
    table: Mapping[str, tuple[Any, ...]]


def _speeds(low: int, high: int, step: int = 5) -> tuple[float, ...]:
    return tuple(float(v) for v in range(low, high + 1, step))


OVERLAPS = (-50, -75, 100, 75, 50)
TEMPLATES: dict[str, Template] = {
    "ccrs": Template("Euro NCAP: a car stands ahead", Rear, _ccrs, {"speed_kmh": _speeds(10, 60), "overlap": OVERLAPS}),
    "ccrm": Template(
        "Euro NCAP: a slower car ahead", RearMoving, _ccrm, {"speed_kmh": _speeds(30, 80), "overlap": OVERLAPS}
    ),
    "ccrb": Template(
        "Euro NCAP: the car ahead brakes", RearBraking, _ccrb, {"gap": (12.0, 40.0), "deceleration": (2.0, 6.0)}
    ),
    "cpna": Template(
        "Euro NCAP: an adult crosses from the near side",
        Crossing,
        _cpna,
        {"speed_kmh": _speeds(10, 60), "impact": (25.0, 75.0)},
    ),
    "cpfa": Template(
        "Euro NCAP: an adult runs across from the far side", Crossing, _cpfa, {"speed_kmh": _speeds(10, 60)}
    ),
    "cpnco": Template("Euro NCAP: a child from behind parked cars", Crossing, _cpnco, {"speed_kmh": _speeds(10, 60)}),
    "cpla": Template(
        "Euro NCAP: an adult walks the same way", Along, _cpla, {"speed_kmh": _speeds(20, 60), "impact": (50.0, 25.0)}
    ),
    "cbla": Template(
        "Euro NCAP: a cyclist rides the same way", Along, _cbla, {"speed_kmh": _speeds(25, 60), "impact": (50.0, 25.0)}
    ),
    "cbna": Template("Euro NCAP: a cyclist crosses", Crossing, _cbna, {"speed_kmh": _speeds(10, 60)}),
    "cut_in": Template(
        "UN R157: a slower car cuts in",
        CutIn,
        _cut_in,
        {"speed_kmh": _speeds(30, 60, 10), "target_kmh": (10.0, 20.0, 30.0), "gap": (10.0, 20.0, 30.0, 40.0)},
    ),
    "cut_out": Template(
        "UN R157: the car ahead gives way to one that stands",
        CutOut,
        _cut_out,
        {"speed_kmh": _speeds(30, 60, 10), "front_gap": (30.0, 40.0, 50.0)},
    ),
    "deceleration": Template(
        "UN R157: the car ahead stops",
        Slowing,
        _deceleration,
        {"speed_kmh": _speeds(30, 60, 10), "deceleration": (4.0, 6.0, 8.0)},
    ),
}
NORMAL = {"cpfa": {"target_kmh": 8.0}, "cbna": {"target_kmh": 15.0}, "cpna": {"impact": 25.0}}
"""What differs from a parameter's own default."""


def parameters_of(spec: DrivingSpec, where: str) -> Parameters | None:
    """The parameters a scenario gives its template; None without one.

    Raises:
        InputError: No such template, or parameters that are wrong for it.
    """
    if spec.template is None:
        if spec.parameters:
            raise InputError(Problem(f"{where}: parameters", "are for a template", "template: …"))
        return None
    if spec.template not in TEMPLATES:
        raise unknown_name(f"{where}: template", "template", spec.template, TEMPLATES)
    kind = TEMPLATES[spec.template].parameters
    try:
        return kind.model_validate(NORMAL.get(spec.template, {}) | spec.parameters)
    except ValidationError as error:
        raise InputError(*[_problem(where, item, kind) for item in error.errors(include_url=False)]) from None


def _problem(where: str, item: Any, kind: type[Parameters]) -> Problem:
    path = ".".join(map(str, item["loc"]))
    if item["type"] == "extra_forbidden":
        return Problem(f"{where}: parameters.{path}", "is unknown", hint=guess(path, kind.model_fields))
    expected = item["msg"].removeprefix("Input should be ")
    return Problem(f"{where}: parameters.{path}", "has the wrong value", expected, str(item["input"]))


def expand(spec: DrivingSpec, layout: Layout, where: str) -> DrivingSpec:
    """A scenario with what its template lays out; what the file says itself wins.

    Raises:
        InputError: The template, its parameters or its place is wrong; there is too little road.
    """
    parameters = parameters_of(spec, where)
    if parameters is None or spec.template is None:
        return spec
    if spec.place is None:
        raise InputError(
            Problem(f"{where}: place", "is missing", f"where {spec.template} is laid out: at, heading_deg")
        )
    stage = Stage.of(spec, spec.place, layout, where)
    parts = TEMPLATES[spec.template].lay(stage, parameters)
    ego = parts.pop("ego")
    if ego["start"] < -1e-9:
        raise InputError(
            Problem(
                f"{where}: place.run_up",
                "is too short to come up to speed and settle",
                f"at least {spec.place.run_up - ego['start']:.1f} m",
                f"{spec.place.run_up:g} m",
                "lower parameters.speed_kmh or choose another place",
            )
        )
    own = spec.model_fields_set
    update: dict[str, Any] = {"ego": spec.ego.model_copy(update=ego | _said(spec.ego))}
    for name in ("paths", "actors", "objects"):
        update[name] = parts.get(name, {}) | getattr(spec, name)
    for name in ("criteria", "tolerances"):
        update[name] = getattr(spec, name) if name in own else parts.get(name) or getattr(spec, name)
    return spec.model_copy(update=update)


def _said(ego: Spec) -> dict[str, Any]:
    """What a file says of the ego's start itself."""
    return {name: getattr(ego, name) for name in ("path", "start", "speed_kmh") if name in ego.model_fields_set}


def table_of(spec: DrivingSpec) -> dict[str, tuple[Any, ...]]:
    """What a sweep without further words runs, by path: the scenario's own sweep, else the protocol's table."""
    if spec.sweep or spec.template not in TEMPLATES:
        return dict(spec.sweep)
    return {f"parameters.{name}": values for name, values in TEMPLATES[spec.template].table.items()}


def nominal_speeds(spec: DrivingSpec, where: str) -> dict[str, float]:
    """The test's own speeds, km/h: of the ego, and of its target where it has one."""
    parameters = parameters_of(spec, where)
    if parameters is None:
        return {"ego": spec.ego.speed_kmh}
    return {
        "ego": float(getattr(parameters, "speed_kmh", spec.ego.speed_kmh)),
        "target": float(getattr(parameters, "target_kmh", 0.0)),
    }
