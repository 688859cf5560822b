"""Groups of instances as mitsuba's shapes: meshes built once, instances placed anew for every frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.assets.mesh import Primitive
from sim.pose import Array, matrix
from sim.render.light import luminance
from sim.render.pathtracer.library import mitsuba
from sim.render.pathtracer.materials import build_bsdf, is_emissive, needs_volumetric, radiance
from sim.render.scene import Group
from sim.world.state import State

GLOW_SEEN_FROM = 4.0  # m: how near a glowing thing is taken to be when samples are shared out


def build_mesh(
    p: Primitive, bsdf: Any, name: str, vertices: Any = None, normals: Any = None, emitter: Any = None
) -> Any:
    """A primitive as a mitsuba mesh, in its own frame or where ``vertices`` and ``normals`` say."""
    mi = mitsuba()
    properties = mi.Properties()
    properties["bsdf"] = bsdf
    if emitter is not None:
        properties["emitter"] = emitter
    mesh = mi.Mesh(
        name,
        len(p.vertices),
        len(p.faces),
        has_vertex_normals=True,
        has_vertex_texcoords=p.uv is not None,
        props=properties,
    )
    if p.color is not None:
        tint = p.color[:, :3] * np.asarray(p.material.base_color[:3], np.float32)
        mesh.add_attribute("vertex_color", 3, np.ascontiguousarray(np.clip(tint, 0, 1), np.float32).ravel())
    values = mi.traverse(mesh)
    vertices, normals = p.vertices if vertices is None else vertices, p.normals if normals is None else normals
    values["vertex_positions"] = np.nan_to_num(np.asarray(vertices, np.float32)).ravel()
    values["vertex_normals"] = np.nan_to_num(np.asarray(normals, np.float32)).ravel()
    values["faces"] = np.asarray(p.faces, np.uint32).ravel()
    if p.uv is not None:
        values["vertex_texcoords"] = np.nan_to_num(p.uv * [1, -1] + [0, 1]).astype(np.float32).ravel()
    values.update()
    return mesh


def _candela(p: Primitive) -> float:
    """What a glowing primitive gives off, cd, if one saw a quarter of it face to face."""
    a, b, c = (p.vertices[p.faces[:, i]].astype(float) for i in range(3))
    area = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) / 2
    return area / 4 * float(luminance(p.material.emissive)) * p.material.emissive_luminance


@dataclass(eq=False)
class Hit:
    """What a shape seen by a primary ray belongs to: a group, its instance, and, when not instanced, its primitive."""

    group: int
    instance: int
    primitive: int = -1


@dataclass(eq=False)
class Shapes:
    """All groups of a scene as shapes.

    Instances that no State moves are built once and kept; the others are built anew for every state.
    """

    groups: tuple[Group, ...]
    volumetric: bool = False
    _bsdfs: list[list[Any]] = field(default_factory=list)
    _shapegroups: list[Any] = field(default_factory=list)
    _solid: list[list[int]] = field(default_factory=list)  # primitives that are instanced
    _glowing: list[list[int]] = field(default_factory=list)  # mitsuba cannot instance what glows
    _still: dict[str, tuple[Any, Hit]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mi = mitsuba()
        for g, group in enumerate(self.groups):
            primitives = group.mesh.primitives
            usable = [i for i, p in enumerate(primitives) if len(p.faces)]
            self._glowing.append([i for i in usable if is_emissive(primitives[i].material)])
            self._solid.append([i for i in usable if i not in self._glowing[-1]])
            self._bsdfs.append([build_bsdf(group.mesh, p) for p in primitives])
            self.volumetric |= needs_volumetric(group.mesh)
            parts = {f"p{i:03d}": build_mesh(primitives[i], self._bsdfs[g][i], f"p{i:03d}") for i in self._solid[g]}
            self._shapegroups.append(mi.load_dict({"type": "shapegroup", **parts}) if parts else None)
        for g, group in enumerate(self.groups):
            for i in np.flatnonzero(group.row < 0):
                self._still |= self._placed(g, int(i), group.position[i], group.orientation[i])

    def primitive(self, group: int, shape_index: int) -> int:
        """Which primitive the n-th shape of a shape group is."""
        return self._solid[group][shape_index]

    def place(self, state: State | None) -> dict[str, tuple[Any, Hit]]:
        """Every shape by a name of its own, with what it belongs to."""
        placed = dict(self._still)
        for g, group in enumerate(self.groups):
            moving = np.flatnonzero(group.row >= 0)
            if len(moving):
                position, orientation = group.poses(state)
                for i in moving:
                    placed |= self._placed(g, int(i), position[i], orientation[i])
        return placed

    def prototypes(self) -> dict[str, Any]:
        """The shape groups, which a scene must hold beside their instances."""
        return {f"group{g:05d}": shape for g, shape in enumerate(self._shapegroups) if shape is not None}

    def _placed(self, g: int, i: int, position: Array, orientation: Array) -> dict[str, tuple[Any, Hit]]:
        mi = mitsuba()
        group = self.groups[g]
        to_world = np.eye(4)
        to_world[:3, :3], to_world[:3, 3] = matrix(orientation) * float(group.scale[i]), position
        placed: dict[str, tuple[Any, Hit]] = {}
        if self._shapegroups[g] is not None:
            frame = mi.ScalarTransform4f(to_world)
            shape = mi.load_dict({"type": "instance", "of": self._shapegroups[g], "to_world": frame})
            placed[f"i{g:05d}_{i:06d}"] = shape, Hit(g, i)
        for k in self._glowing[g]:
            p = group.mesh.primitives[k]
            weight = _candela(p) * float(group.scale[i]) ** 2 / GLOW_SEEN_FROM**2
            emitter = mi.load_dict({"type": "area", "radiance": radiance(p), "sampling_weight": max(weight, 1e-3)})
            shape = build_mesh(
                p,
                self._bsdfs[g][k],
                f"e{g}_{i}_{k}",
                p.vertices @ to_world[:3, :3].T + position,
                p.normals @ matrix(orientation).T,
                emitter,
            )
            placed[f"e{g:05d}_{i:06d}_{k:03d}"] = shape, Hit(g, i, k)
        return placed
