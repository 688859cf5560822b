"""What a driving scenario may say: ``driving/1``."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from sim.schema import Name, NonNegative, Pair, Positive, Spec, Strings, Vector
from sim.sensors.camera import CameraSensorSpec
from sim.sensors.lidar import LidarSpec
from sim.sensors.navigation import NavigationSpec
from sim.sensors.objects import ObjectListSpec, RadarSpec
from sim.world.spec import ObjectSpec

Speed = Annotated[float, Field(ge=0, le=300)]
Knots = Annotated[tuple[Pair, ...], Field(strict=False, min_length=1)]


class PlaceSpec(Spec):
    """Where a template is laid out: where ego and target would meet, and the way the ego comes from."""

    lane: str | None = None
    """A lane of the world; the ego drives its way."""
    along: NonNegative = 0.0
    """m along the lane."""
    at: Vector | None = None
    """Without a lane: the place of the encounter, on the road's surface, m."""
    heading_deg: float = 0.0
    """Without a lane: the way the ego drives, counter-clockwise from +X."""
    lateral: float = 0.0
    """m to the left of it."""
    run_up: Positive = 300.0
    """m of straight road before the place."""
    run_out: Positive = 60.0
    """m of straight road beyond it."""

    @model_validator(mode="after")
    def _somewhere(self) -> PlaceSpec:
        if (self.lane is None) == (self.at is None):
            raise ValueError("say either lane or at")
        return self


class PathSpec(Spec):
    """A line to follow: points, or lanes of the world one after another."""

    points: Annotated[tuple[Vector, ...], Field(strict=False, min_length=2)] | None = None
    """Corners, m."""
    radius: NonNegative = 0.0
    """m, by which corners are rounded."""
    lanes: Annotated[Strings, Field(min_length=1)] | None = None
    """Names of lanes of the world; between two that do not touch the shortest way is taken."""
    offset: float = 0.0
    """m to the left of it."""

    @model_validator(mode="after")
    def _one_way(self) -> PathSpec:
        if (self.points is None) == (self.lanes is None):
            raise ValueError("say either points or lanes")
        return self


class TriggerSpec(Spec):
    """When an actor begins; of several conditions all must hold."""

    time: NonNegative | None = None
    """s after the start."""
    distance: Positive | None = None
    """m from the front of the ego to the actor, straight, at most."""
    ttc: Positive | None = None
    """s, at most: distance to the actor's path along the ego's, over the ego's speed."""
    position: NonNegative | None = None
    """m, of the ego along its path, at least."""


class ActorSpec(Spec):
    """Somebody else on the road: on a path, as fast as told, from when it is triggered."""

    asset: Name
    kind: Literal["car", "pedestrian", "bicycle"] = "car"
    path: Name
    start: NonNegative = 0.0
    """m along the path."""
    speed_kmh: Speed = 0.0
    """Before the trigger, and after it when there is no profile."""
    profile: Knots | None = None
    """Time in s after the trigger and speed in km/h; evenly accelerated between."""
    trigger: TriggerSpec = TriggerSpec()
    waits: bool = False
    """Stands until triggered, whatever its speed."""


class AebSpec(Spec):
    """Automatic emergency braking: what it sees, when it acts, how hard."""

    enabled: bool = True
    sensor: Name | None = None
    """A sensor of `sensors`; the truth when left out."""
    latency: NonNegative = 0.15
    """s from what the sensor measured to the brake's command."""
    ttc: Positive = 1.45
    """s, from which it brakes."""
    deceleration: Positive = 9.5
    """m/s² asked for."""
    ramp: NonNegative = 0.2
    """s from nothing to all of it."""
    margin: NonNegative = 0.3
    """m by which the watched way is wider than the car on each side."""
    horizon: Positive = 3.0
    """s ahead in which somebody on the way to the ego's is watched."""


class AccSpec(Spec):
    """Adaptive cruise control: keeps a speed, or a time gap to who is ahead (ISO 15622)."""

    set_kmh: Positive
    time_gap: Annotated[float, Field(ge=0.8, le=3.0)] = 1.5
    """s"""
    standstill: Positive = 3.0
    """m that stay at rest."""
    acceleration: Positive = 2.0
    """m/s² at most."""
    deceleration: Positive = 3.5
    """m/s² at most (ISO 15622 at speeds over 20 m/s)."""


class DriverSpec(Spec):
    """Who drives.

    | kind      | is                                                                        |
    |-----------|---------------------------------------------------------------------------|
    | profile   | keeps the path and a speed, or a profile of speeds                          |
    | steering  | a profile of speeds and one of steering angles, whatever the path            |
    | acc       | keeps the path and a gap: `acc` says how                                     |
    | careful, rss, reg157 | keeps path and speed, and brakes as that reference driver does    |
    | script    | Python of the user's: a class or function of a file beside the scenario       |
    """

    kind: Literal["profile", "steering", "acc", "careful", "rss", "reg157", "script"] = "profile"
    profile: Knots | None = None
    """Time in s and speed in km/h."""
    steering: Knots | None = None
    """Time in s and angle of the road wheels in degrees, left positive."""
    acc: AccSpec | None = None
    script: str | None = None
    """A .py file beside the scenario."""
    name: str = "Driver"
    """The class or function in it."""
    limit: Positive = 2.0
    """s that one answer of a script may take."""

    @model_validator(mode="after")
    def _whole(self) -> DriverSpec:
        for kind, needed in (("acc", "acc"), ("script", "script"), ("steering", "steering")):
            if self.kind == kind and getattr(self, needed) is None:
                raise ValueError(f"a driver of kind {kind} needs {needed}")
        return self


class EgoSpec(Spec):
    """The vehicle under test."""

    asset: Name = "compact_car"
    path: Name | None = None
    start: NonNegative = 0.0
    """m along the path, of its origin."""
    lateral: float = 0.0
    """m to the left of the path."""
    speed_kmh: Speed = 50.0
    driver: DriverSpec = DriverSpec()
    aeb: AebSpec | None = None


class MountSpec(Spec):
    """Where on the vehicle a sensor sits."""

    frame: Name = "roof"
    """A frame of the vehicle's asset."""
    at: Vector = (0.0, 0.0, 0.0)
    """m, in that frame."""
    rotate_deg: Vector = (0.0, 0.0, 0.0)


class SensorSpec(Spec):
    """One sensor: what it is, and where it sits."""

    kind: Literal["lidar", "camera", "radar", "navigation", "objects"]
    mount: MountSpec = MountSpec()
    lidar: LidarSpec | None = None
    camera: CameraSensorSpec | None = None
    radar: RadarSpec | None = None
    navigation: NavigationSpec | None = None
    objects: ObjectListSpec | None = None
    record: bool = True
    """Whether its data is kept."""
    format: Literal["npz", "pcd", "ply"] = "npz"
    """Of point clouds."""

    @model_validator(mode="after")
    def _its_own(self) -> SensorSpec:
        others = [k for k in ("lidar", "camera", "radar", "navigation", "objects") if k != self.kind]
        strays = [k for k in others if getattr(self, k) is not None]
        if strays:
            raise ValueError(f"a {self.kind} says nothing of {strays[0]}")
        return self


class ConditionsSpec(Spec):
    """Weather and road."""

    road_friction: Annotated[float, Field(gt=0, le=1.5)] | None = None
    """Between tyre and road; that of the substances when left out."""
    rain: NonNegative = 0.0
    """mm/h; what lidars see of it."""


class CriterionSpec(Spec):
    """A limit on a metric."""

    metric: str | None = None
    """What is judged; the criterion's own name when left out."""
    at_most: float | None = None
    at_least: float | None = None
    table: Literal["r152_car", "r152_pedestrian", "r157"] | None = None
    """A regulation's limit for this run's speeds; cyclists ahead are judged as pedestrians are."""

    @model_validator(mode="after")
    def _one_limit(self) -> CriterionSpec:
        if sum(x is not None for x in (self.at_most, self.at_least, self.table)) != 1:
            raise ValueError("say one of at_most, at_least and table")
        return self


class TolerancesSpec(Spec):
    """What a run may be off by before it is INVALID, from T0 until a system acts; a template brings Euro NCAP's."""

    ego_speed_kmh: Pair = (0.0, 1.0)
    """Lowest and highest deviation."""
    ego_lateral: Positive = 0.05
    """m"""
    ego_yaw_rate_deg: Positive = 1.0
    """deg/s"""
    actor_speed_kmh: Positive = 1.0
    actor_lateral: Positive = 0.10
    """m"""


class VideoSpec(Spec):
    """The film of a run."""

    size: Annotated[tuple[int, int], Field(strict=False)] = (960, 540)
    fps: Annotated[int, Field(ge=1, le=240)] = 24
    """Must divide the world's step_hz."""


class DrivingSpec(Spec):
    """A vehicle under test, others on the road, and what it must keep."""

    SCHEMA: ClassVar[str] = "driving/1"

    about: str
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    template: str | None = None
    """A protocol's scenario: ccrs, ccrm, ccrb, cpna, cpfa, cpnco, cpla, cbla, cut_in, cut_out, deceleration."""
    parameters: dict[str, Any] = {}
    """Of the template."""
    place: PlaceSpec | None = None
    """Where the template is laid out."""
    ego: EgoSpec = EgoSpec()
    paths: dict[Name, PathSpec] = {}
    actors: dict[Name, ActorSpec] = {}
    objects: dict[Name, ObjectSpec] = {}
    """Things the scenario brings along: parked cars, cones."""
    sensors: dict[Name, SensorSpec] = {}
    conditions: ConditionsSpec = ConditionsSpec()
    criteria: dict[Name, CriterionSpec] = {}
    tolerances: TolerancesSpec | None = None
    """Without a template: nothing is checked when left out."""
    sweep: dict[str, Annotated[tuple[Any, ...], Field(strict=False, min_length=1)]] = {}
    """Values by path that `prophouse sweep` runs; the protocol's table when a template is named and this left out."""
    duration: Annotated[float, Field(gt=0, le=600)] = 30.0
    """s at most."""
    after: NonNegative = 1.0
    """s that are simulated beyond the end."""
    video: VideoSpec = VideoSpec()
