"""What ``asset.yaml`` may say.

Owns the file kind ``asset/1``. Names follow UsdPhysics, then glTF physics, SDFormat and URDF.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from sim.assets.substance import AppearanceSpec, SurfaceSpec
from sim.assets.vehicle import VehicleSpec
from sim.schema import Color, Name, NonNegative, Positive, Quaternion, Spec, Strings, Vector

Motion = Literal["static", "kinematic", "dynamic"]
Approximation = Literal["box", "sphere", "cylinder", "capsule", "convex_hull", "convex_decomposition", "none"]


class MeshFitSpec(Spec):
    """How a mesh that we do not own is laid into our frame: scaled, then Z turned up, then moved."""

    scale: Positive = 1.0
    up: Literal["z", "y"] = "z"
    at: Vector = (0.0, 0.0, 0.0)
    """Where the mesh's origin comes to lie, m, after scaling and turning."""
    yaw_deg: float = 0.0


class PhysicsSpec(Spec):
    """Mass and motion. What is not said is computed from the mesh and the substance's density."""

    motion: Motion = "dynamic"
    mass: Positive | None = None
    """kg; wins over density."""
    density: Positive | None = None
    """kg/m³ of the volume enclosed, when it is not the substance's (hollow things: say why in `sources`)."""
    center_of_mass: Vector | None = None
    """m, in the asset's frame."""
    diagonal_inertia: Annotated[tuple[Positive, Positive, Positive], Field(strict=False)] | None = None
    """kg m², about the centre of mass."""
    principal_axes: Quaternion | None = None
    """xyzw, the frame of `diagonal_inertia`."""
    linear_damping: NonNegative = 0.0
    angular_damping: NonNegative = 0.0


class CollisionSpec(Spec):
    """What touches. Sizes and places of primitives are fitted to the mesh unless said.

    | approximation          | becomes                                        |
    |------------------------|------------------------------------------------|
    | box, sphere, cylinder, capsule | the primitive around the mesh; cylinder and capsule stand along `axis` |
    | convex_hull            | the hull of the mesh, at most 256 vertices     |
    | convex_decomposition   | several hulls, from `mesh`, or coacd when added |
    | none                   | the triangles themselves; static things only   |
    """

    approximation: Approximation = "convex_hull"
    size: Annotated[tuple[Positive, ...], Field(strict=False, min_length=1, max_length=3)] | None = None
    """m. box: x, y, z; sphere: radius; cylinder and capsule: radius, whole height along the axis."""
    at: Vector | None = None
    """Centre of the primitive, m."""
    axis: Literal["x", "y", "z"] = "z"
    mesh: str | None = None
    """A simpler mesh to collide with; the parts of a decomposition are its separate pieces."""
    enabled: bool = True


class LightSpec(Spec):
    """A light that travels with the asset, in real units.

    | kind  | needs                                    |
    |-------|------------------------------------------|
    | point | lumens or candela                        |
    | spot  | lumens or candela, `cone_deg`, `aim`     |
    | area  | lumens, `size`, `aim` (its normal)       |
    """

    name: Name = "light"
    kind: Literal["point", "spot", "area"]
    at: Vector = (0.0, 0.0, 0.0)
    aim: Vector = (0.0, 0.0, -1.0)
    lumens: NonNegative | None = None
    """Luminous flux."""
    candela: NonNegative | None = None
    """Luminous intensity along `aim`."""
    color_temperature: Annotated[float, Field(ge=1000, le=40000)] = 4000.0
    """K"""
    color: Color | None = None
    """Linear filter colour (a red lamp), on top of the colour temperature."""
    cone_deg: Annotated[float, Field(gt=0, le=180)] = 90.0
    """Full angle of a spot's cone."""
    blend: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Soft part of the cone, from its edge inwards."""
    size: Annotated[tuple[Positive, Positive], Field(strict=False)] | None = None
    """Width and height of an area light, m."""
    part: str | None = None
    """The part the light is fixed to; the asset's root when left out."""
    lit: bool = True
    """Whether it burns when a world starts; runners switch lights by name."""

    @model_validator(mode="after")
    def _measured(self) -> LightSpec:
        if (self.lumens is None) == (self.candela is None):
            raise ValueError("say either lumens or candela")
        if self.kind == "area" and (self.size is None or self.lumens is None):
            raise ValueError("an area light needs size and lumens")
        return self


class FrameSpec(Spec):
    """A named place on the asset: ``grip``, ``rear_axle``, ``seat``."""

    at: Vector = (0.0, 0.0, 0.0)
    rotate_deg: Vector = (0.0, 0.0, 0.0)
    part: str | None = None
    """The part it is fixed to; the asset's root when left out."""


class JointSpec(Spec):
    """What the model file leaves open about one joint."""

    position: float | None = None
    """Start position, rad or m."""
    damping: NonNegative | None = None
    """N m s/rad or N s/m."""
    friction: NonNegative | None = None
    """Torque or force that holds the joint when nothing drives it, N m or N."""
    motor: bool = False
    """Holds its start position with the joint's own effort limit until commanded."""


class PartSpec(Spec):
    """What one part of an articulated asset is made of, and how it looks, where that differs from the asset."""

    substance: Name | None = None
    surface: SurfaceSpec | None = None
    appearance: AppearanceSpec | None = None


class AssetSpec(Spec):
    """One reusable thing, as its ``asset.yaml`` says it."""

    SCHEMA: ClassVar[str] = "asset/1"

    about: str
    tags: Strings = ()
    label: Name | None = None
    """Semantic class for id pictures; the first tag when left out."""
    license: str
    mesh: str | None = None
    """What is seen: glb, gltf, obj, ply, stl, off, dae, 3mf; a path inside the folder or package://…"""
    mesh_fit: MeshFitSpec = MeshFitSpec()
    model: str | None = None
    """Instead of a mesh: an articulated URDF, SDF or MJCF file."""
    substance: Name
    physics: PhysicsSpec = PhysicsSpec()
    collision: CollisionSpec = CollisionSpec()
    surface: SurfaceSpec = SurfaceSpec()
    """What the substance says of touch, where this thing differs."""
    appearance: AppearanceSpec = AppearanceSpec()
    """What the mesh's material and the substance say of look, where this thing differs."""
    materials: dict[str, AppearanceSpec] = {}
    """The same for one material of the mesh, by its name in the file."""
    lights: Annotated[tuple[LightSpec, ...], Field(strict=False)] = ()
    frames: dict[Name, FrameSpec] = {}
    joints: dict[str, JointSpec] = {}
    parts: dict[str, PartSpec] = {}
    vehicle: VehicleSpec | None = None
    """What makes it drivable: axles, tyres, engine, brakes, steering."""
    sources: dict[str, str] = {}
    """Where each number came from."""
    authoring_hours: NonNegative | None = None
    """What making it took; ``prophouse cost`` estimates from its lines when left out."""

    @model_validator(mode="after")
    def _one_shape(self) -> AssetSpec:
        if (self.mesh is None) == (self.model is None):
            raise ValueError("say either mesh (one rigid thing) or model (an articulated one)")
        if self.mesh and self.collision.approximation == "none" and self.physics.motion == "dynamic":
            raise ValueError(
                "collision.approximation none (triangles) is for static things; a dynamic thing needs a convex shape"
            )
        return self
