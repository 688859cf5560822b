"""What ``world.yaml`` may say.

Owns the file kind ``world/1``: things placed somewhere, under a sky and a clock.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from sim.assets.spec import LightSpec
from sim.assets.substance import AppearanceSpec
from sim.schema import Fraction, Name, NonNegative, Pair, Positive, Spec, Vector
from sim.world.roads import CrossingSpec, JunctionSpec, RoadSpec


class SunSpec(Spec):
    """Where the sun stands and how bright it is."""

    elevation_deg: Annotated[float, Field(ge=-20, le=90)] = 40.0
    azimuth_deg: float = 130.0
    """Counter-clockwise from +X, seen from above."""
    illuminance: NonNegative | None = None
    """lux on a surface that faces the sun; by elevation and turbidity when left out."""


class SkySpec(Spec):
    """The light from above."""

    sun: SunSpec | None = SunSpec()
    turbidity: Annotated[float, Field(ge=1, le=10)] = 3.0
    """Haze: 2 very clear, 3 clear, 6 hazy, 10 murky."""
    cloud_cover: Fraction = 0.0
    """1 is overcast: no shadows, grey light."""
    illuminance: NonNegative | None = None
    """lux of the sky alone on level ground; by sun and clouds when left out."""


class AirSpec(Spec):
    """The air everything stands in."""

    temperature: Positive = 288.15
    """K"""
    wind: Vector = (0.0, 0.0, 0.0)
    """m/s"""
    density: NonNegative = 1.225
    """kg/m³"""


class GroundSpec(Spec):
    """An endless level floor."""

    substance: Name = "concrete"
    height: float = 0.0
    """m"""
    appearance: AppearanceSpec = AppearanceSpec()


class CameraSpec(Spec):
    """A pose that looks, with a lens."""

    at: Vector
    look_at: Vector | None = None
    rotate_deg: Vector | None = None
    """Instead of `look_at`: roll, pitch, yaw; a camera at rest looks along +X."""
    lens_mm: Positive = 35.0
    sensor_mm: Positive = 36.0
    """Width of the sensor."""
    aperture: Positive = 8.0
    """f-number"""
    focus_m: Positive | None = None
    """Distance in focus; that of `look_at` when left out."""
    ev100: float | None = None
    """Exposure value at ISO 100; measured from the scene when left out."""

    @model_validator(mode="after")
    def _aimed(self) -> CameraSpec:
        if (self.look_at is None) == (self.rotate_deg is None):
            raise ValueError("say either look_at or rotate_deg")
        return self


Count = Annotated[int, Field(ge=1, le=1000)]


class GridSpec(Spec):
    """Copies in rows, columns and layers; `at` is the first one's place."""

    count: Annotated[tuple[Count, Count, Count], Field(strict=False)]
    step: Vector
    """m from one to the next along x, y and z."""


class ScatterSpec(Spec):
    """Copies strewn over a rectangle, seeded, none overlapping another or what stands there already."""

    count: Annotated[int, Field(ge=1, le=100_000)]
    within: Annotated[tuple[Pair, Pair], Field(strict=False)]
    """Two corners of the rectangle, m."""
    min_gap: NonNegative = 0.0
    """m between the outlines."""
    height: float = 0.0
    """m"""
    yaw_deg: Pair = (0.0, 360.0)
    """Range of random turns."""
    scale: Annotated[tuple[Positive, Positive], Field(strict=False)] = (1.0, 1.0)
    """Range of random sizes."""


class ObjectSpec(Spec):
    """One instance of an asset, or many by `grid` or `scatter`, with what is its own."""

    asset: Name
    at: Vector = (0.0, 0.0, 0.0)
    yaw_deg: float | None = None
    rotate_deg: Vector | None = None
    """roll, pitch, yaw"""
    scale: Positive = 1.0
    fixed: bool = False
    """Nailed in place, whatever the asset says."""
    velocity: Vector = (0.0, 0.0, 0.0)
    """m/s at the start"""
    angular_velocity: Vector = (0.0, 0.0, 0.0)
    """rad/s at the start"""
    joints: dict[str, float] = {}
    """Start positions, rad or m."""
    temperature: Positive | None = None
    """K at the start; the air's when left out, but no more than its melting point."""
    grid: GridSpec | None = None
    scatter: ScatterSpec | None = None

    @model_validator(mode="after")
    def _one_way(self) -> ObjectSpec:
        if self.yaw_deg is not None and self.rotate_deg is not None:
            raise ValueError("say either yaw_deg or rotate_deg")
        if self.grid and self.scatter:
            raise ValueError("say either grid or scatter")
        if self.scatter and "at" in self.model_fields_set:
            raise ValueError("scatter says where: leave out at")
        return self


class IncludeSpec(Spec):
    """Another world's objects, cameras and lights, moved."""

    world: Name
    at: Vector = (0.0, 0.0, 0.0)
    yaw_deg: float = 0.0


class VariantSpec(Spec):
    """The same things at another time of day."""

    sky: SkySpec | None = None
    air: AirSpec | None = None


class HeatSpec(Spec):
    """How heat is reckoned; a world with something hot or cold in it needs none of this said."""

    voxel: Positive = 0.004
    """m: cells of what melts, no larger."""
    steam_fraction: Fraction = 0.0
    """Part of the heat at a boiling surface that leaves with steam and melts nothing; not well known."""
    convection: Positive | None = None
    """W/(m² K) to the air; free and forced convection of a ball of that size when left out."""
    dents: bool = False
    """Whether blows leave craters in everything soft, not only in what melts."""
    sun: bool = True
    """Whether sunlight warms what can melt."""


class WorldSpec(Spec):
    """Assets placed somewhere, under a sky and a clock."""

    SCHEMA: ClassVar[str] = "world/1"

    about: str
    step_hz: Annotated[int, Field(ge=60, le=20_000)] = 240
    """Steps a second; a whole multiple of every fps and control rate."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    authoring_hours: NonNegative | None = None
    """What composing it took; ``prophouse cost`` estimates from its lines when left out."""
    gravity: Vector = (0.0, 0.0, -9.81)
    """m/s²"""
    sleeping: bool = True
    """Whether things at rest stop costing anything until something wakes them."""
    sky: SkySpec = SkySpec()
    air: AirSpec = AirSpec()
    ground: GroundSpec | None = None
    include: dict[Name, IncludeSpec] = {}
    objects: dict[Name, ObjectSpec] = {}
    lights: dict[Name, LightSpec] = {}
    """Lights that belong to no asset."""
    cameras: dict[Name, CameraSpec] = {}
    roads: dict[Name, RoadSpec] = {}
    """Lanes that traffic goes along."""
    junctions: dict[Name, JunctionSpec] = {}
    """Where lanes meet; those of included worlds are connected too."""
    crossings: dict[Name, CrossingSpec] = {}
    """Where people cross."""
    heat: HeatSpec | None = None
    """How heat is reckoned; it is, whenever something starts at another temperature than the air's."""
    variants: dict[Name, VariantSpec] = {}
    """Other skies for the same things: the world ``city`` with its variant ``night`` is called ``city@night``."""
