"""What there is to draw: a layout as groups of instances, shared by every renderer and exporter.

Owns how an asset's look becomes materials, and which row of a State moves which instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.assets.asset import Asset
from sim.assets.mesh import Material, Mesh, Primitive
from sim.assets.spec import LightSpec
from sim.assets.substance import AppearanceSpec
from sim.pose import Array, Pose, multiply, rotate
from sim.world.layout import Layout, Placement
from sim.world.state import State


@dataclass(frozen=True, eq=False)
class Group:
    """Instances of one part of one asset; n of them.

    | field       | shape  | is                                                                  |
    |-------------|--------|---------------------------------------------------------------------|
    | mesh        |        | triangles with their final materials, in the part's frame, unscaled   |
    | scale       | (n,)   | size of each instance                                                |
    | row         | (n,)   | row of a State that moves it, or −1                                  |
    | position    | (n, 3) | m, where row is −1                                                   |
    | orientation | (n, 4) | xyzw, where row is −1                                                |
    | id          | (n,)   | index into `Scene.names`                                             |
    | class_id    |        | index into `Scene.class_names`                                       |
    """

    asset: Asset
    part: str
    mesh: Mesh
    scale: Array
    row: NDArray[np.int64]
    position: Array
    orientation: Array
    id: NDArray[np.int32]
    class_id: int

    def taking(self, members: NDArray[np.int64]) -> Group:
        """The group with some of its instances only."""
        return replace(
            self,
            scale=self.scale[members],
            row=self.row[members],
            position=self.position[members],
            orientation=self.orientation[members],
            id=self.id[members],
        )

    def poses(self, state: State | None) -> tuple[Array, Array]:
        """Positions ``(n, 3)`` and orientations ``(n, 4)`` of all instances."""
        if state is None or not (self.row >= 0).any():
            return self.position, self.orientation
        moving = self.row >= 0
        position, orientation = self.position.copy(), self.orientation.copy()
        position[moving], orientation[moving] = state.position[self.row[moving]], state.orientation[self.row[moving]]
        return position, orientation


@dataclass(frozen=True, eq=False)
class SceneLight:
    """One light in the world, and what carries it (`row` −1: `pose` is fixed; else relative to that row)."""

    name: str
    spec: LightSpec
    row: int
    pose: Pose
    scale: float = 1.0

    def place(self, state: State | None) -> tuple[Array, Array]:
        """Position ``(3,)`` in m and aim ``(3,)``, unit, in the world."""
        at = np.asarray(self.spec.at, float) * self.scale
        aim = np.asarray(self.spec.aim, float)
        carrier = self.pose
        if self.row >= 0 and state is not None:
            carrier = Pose(state.position[self.row], state.orientation[self.row])
        return carrier.apply(at), rotate(carrier.orientation, aim / max(float(np.linalg.norm(aim)), 1e-12))


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a renderer needs of a layout; the ground is not among the groups (its id is that of "ground")."""

    layout: Layout
    groups: tuple[Group, ...]
    lights: tuple[SceneLight, ...]
    names: tuple[str, ...]
    class_names: tuple[str, ...]
    parts: tuple[str, ...]

    @classmethod
    def of(cls, layout: Layout, parts: tuple[str, ...] | None = None) -> Scene:
        """The scene of a layout.

        Args:
            layout: What is placed.
            parts: Movable parts in the order of the States to come (`World.parts`, `Take.parts`); when left out,
                only the layout's own start poses can be drawn.
        """
        row_of = {name: i for i, name in enumerate(parts or ())}
        names = [p.name for p in layout.placements] + (["ground"] if layout.ground else [])
        classes = sorted({_class_of(p.asset) for p in layout.placements}) + (["ground"] if layout.ground else [])
        instances: dict[tuple[str, str], list[tuple[int, Placement, int, Pose]]] = {}
        lights = [SceneLight(name, spec, -1, Pose()) for name, spec in layout.lights.items()]
        for i, p in enumerate(layout.placements):
            for part, row_name, pose in _parts(p):
                row = row_of.get(row_name, -1)
                instances.setdefault((p.asset.name, part), []).append((i, p, row, pose))
            lights += _lights(p, row_of)
        groups = []
        for (_, part), members in instances.items():
            asset = members[0][1].asset
            mesh = final_mesh(asset, part)
            if mesh is None:
                continue
            groups.append(
                Group(
                    asset,
                    part,
                    mesh,
                    np.array([p.scale for _, p, _, _ in members]),
                    np.array([row for *_, row, _ in members]),
                    np.array([pose.position for *_, pose in members]),
                    np.array([pose.orientation for *_, pose in members]),
                    np.array([i for i, *_ in members], np.int32),
                    classes.index(_class_of(asset)),
                )
            )
        return cls(layout, tuple(groups), tuple(lights), tuple(names), tuple(classes), tuple(parts or ()))

    def split(self, own: Mapping[tuple[int, int], Mesh]) -> Scene:
        """The same scene with some instances, ``(group, member)``, in groups of their own with meshes of their own."""
        groups, alone = [], []
        for g, group in enumerate(self.groups):
            mine = [k for k in range(len(group.id)) if (g, k) in own]
            keep = np.array([k for k in range(len(group.id)) if (g, k) not in own], int)
            if mine:
                alone += [replace(group.taking(np.array([k])), mesh=own[g, k]) for k in mine if own[g, k].primitives]
            if len(keep):
                groups.append(group.taking(keep) if mine else group)
        return replace(self, groups=(*groups, *alone))


def _class_of(asset: Asset) -> str:
    return asset.spec.label or (asset.spec.tags[0] if asset.spec.tags else asset.name)


def _parts(p: Placement) -> list[tuple[str, str, Pose]]:
    """(part, name of its row, start pose) of everything that is seen of a placement."""
    if not p.asset.articulated:
        return [("", p.name, p.pose)]
    model = p.asset.model
    seen = {visual.link for visual in model.visuals}
    parts = []
    for i, (link, rest) in enumerate(zip(model.links, model.rest, strict=True)):
        if link in seen:
            pose = Pose(
                p.pose.position + rotate(p.pose.orientation, rest.position * p.scale),
                multiply(p.pose.orientation, rest.orientation),
            )
            parts.append((link, p.name if i == 0 else f"{p.name}/{link}", pose))
    return parts


def _lights(p: Placement, row_of: dict[str, int]) -> list[SceneLight]:
    lights = []
    for spec in p.asset.spec.lights:
        row_name = f"{p.name}/{spec.part}" if spec.part else p.name
        pose = next((pose for _, name, pose in _parts(p) if name == row_name), p.pose)
        lights.append(SceneLight(f"{p.name}/{spec.name}", spec, row_of.get(row_name, -1), pose, p.scale))
    return lights


def final_mesh(asset: Asset, part: str) -> Mesh | None:
    """What is seen of a part, its materials settled; None when nothing is seen of it."""
    mesh = asset.part_mesh(part)
    if mesh is None:
        return None
    return Mesh(tuple(replace(p, material=final_material(p, asset, part)) for p in mesh.primitives))


def final_material(
    primitive: Primitive, asset: Asset, part: str, burning: Mapping[str, bool] | None = None
) -> Material:
    """A material after the asset has had its word: what it sets wins; what the file leaves open the substance says.

    Args:
        primitive: Triangles with the file's material.
        asset: Whose they are.
        part: Which part of it.
        burning: Whether each of the asset's lights burns, by name; as the asset says when left out.
    """
    material = primitive.material
    own = asset.spec.appearance
    part_spec = asset.spec.parts.get(part)
    if part_spec and part_spec.appearance:
        own = part_spec.appearance.over(own)
    if material.name in asset.spec.materials:
        own = asset.spec.materials[material.name].over(own)
    final = with_look(material, own if material.given else own.over(asset.appearance(part)))
    return (
        final
        if _lens_lit(asset, material.name, burning)
        else replace(final, emissive=(0.0, 0.0, 0.0), emissive_texture=None)
    )


def is_lens(material: str) -> bool:
    """Whether a material is what a lamp shines through: ``lamp_x`` or ``x_lit``."""
    return material.startswith("lamp_") or material.endswith("_lit")


def _lens_lit(asset: Asset, material: str, burning: Mapping[str, bool] | None) -> bool:
    """Whether a lens glows: it belongs to the asset's lights whose names begin with its ``x``; to all if none does."""
    if not is_lens(material):
        return True
    name = material.removeprefix("lamp_").removesuffix("_lit")
    lights = asset.spec.lights
    mine = [light for light in lights if light.name.startswith(name)] or lights
    own = [light.lit if burning is None else burning.get(light.name, light.lit) for light in mine]
    return any(own) or not own


def with_look(material: Material, look: AppearanceSpec) -> Material:
    """A material with everything a look sets."""
    changes: dict[str, object] = {}
    if look.base_color is not None or look.opacity is not None:
        color = look.base_color or material.base_color[:3]
        alpha = material.base_color[3] if look.opacity is None else look.opacity
        changes["base_color"] = (*color, alpha)
        if alpha < 1 and material.alpha_mode == "OPAQUE":
            changes["alpha_mode"] = "BLEND"
    for name in ("metallic", "roughness", "transmission", "ior", "emissive_luminance"):
        if (value := getattr(look, name)) is not None:
            changes[name] = value
    if look.emissive_color is not None:
        changes["emissive"] = look.emissive_color
    return replace(material, **changes)  # type: ignore[arg-type]


def temperatures(scene: Scene, state: State | None) -> NDArray[np.float32]:
    """K ``(n + 1,)`` of all names of a scene; the last, which the id −1 means, is the air's."""
    out = np.full(len(scene.names) + 1, scene.layout.air.temperature, np.float32)
    kelvin = None if state is None else state.fields.get("temperature")
    if kelvin is not None and state is not None:
        index = {name: i for i, name in enumerate(scene.names)}
        for part, value in zip(state.parts, kelvin.tolist(), strict=True):
            i = index.get(part)
            if i is not None and value == value:
                out[i] = value
    return out
