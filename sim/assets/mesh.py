"""What is seen: triangles and their materials.

Knows nothing of files, substances, assets or physics engines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import trimesh
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from sim.assets.hull import hull, hull_volume
from sim.pose import Array, Pose

CREASE_DEG = 35.0  # sharper edges stay sharp when a file brings no normals


@dataclass(frozen=True, eq=False)
class Material:
    """A glTF metallic-roughness material; colours linear, textures as pictures (base and emissive in sRGB)."""

    name: str = "material"
    base_color: tuple[float, float, float, float] = (0.8, 0.8, 0.8, 1.0)
    metallic: float = 0.0
    roughness: float = 0.7
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    alpha_mode: str = "OPAQUE"  # or MASK, BLEND
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    base_texture: Image.Image | None = None
    metallic_roughness_texture: Image.Image | None = None  # green roughness, blue metallic
    normal_texture: Image.Image | None = None
    emissive_texture: Image.Image | None = None
    transmission: float = 0.0  # part of the light that goes through, refracted
    ior: float = 1.5
    emissive_luminance: float = 100.0  # cd/m² where `emissive` and its texture are 1
    given: bool = True
    """Whether the file said how it looks; if not, the substance does."""


@dataclass(frozen=True, eq=False)
class Primitive:
    """Triangles with one material: one draw call."""

    vertices: NDArray[np.float32]  # (n, 3) m
    faces: NDArray[np.int32]  # (m, 3)
    normals: NDArray[np.float32]  # (n, 3) unit
    uv: NDArray[np.float32] | None  # (n, 2) u right, v up (OpenGL's)
    material: Material
    color: NDArray[np.float32] | None = None  # (n, 4) linear factor a vertex


@dataclass(frozen=True, eq=False)
class Mesh:
    """What is seen of one rigid part, in the part's frame, in metres."""

    primitives: tuple[Primitive, ...]

    @cached_property
    def vertices(self) -> Array:
        """All vertices ``(n, 3)``, in m."""
        return np.concatenate([p.vertices for p in self.primitives]).astype(float)

    @cached_property
    def faces(self) -> NDArray[np.int64]:
        """All triangles ``(m, 3)``, indices into `vertices`."""
        starts = np.cumsum([0] + [len(p.vertices) for p in self.primitives])
        return np.concatenate([p.faces + start for p, start in zip(self.primitives, starts, strict=False)]).astype(
            np.int64
        )

    @cached_property
    def bounds(self) -> Array:
        """Lowest and highest corner ``(2, 3)``, in m."""
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])

    @cached_property
    def solid(self) -> Any:
        """The same surface with equal vertices joined, for measuring."""
        body = trimesh.Trimesh(self.vertices, self.faces, process=False)
        body.merge_vertices(merge_tex=True, merge_norm=True)
        body.update_faces(body.nondegenerate_faces())
        body.update_faces(body.unique_faces())
        return body

    @property
    def closed(self) -> bool:
        """Whether every separate piece of the surface is watertight, so that it encloses a volume."""
        return bool(self.solid.is_watertight)

    @cached_property
    def volume(self) -> float:
        """Volume enclosed, m³; that of the hull when the surface is open."""
        if self.closed and self.solid.volume > 0:
            return float(self.solid.volume)
        return float(hull_volume(hull(self.vertices)))

    def moved(self, pose: Pose, scale: float = 1.0) -> Mesh:
        """This mesh scaled, then moved."""
        rotation = pose.matrix[:3, :3]
        return Mesh(
            tuple(
                replace(
                    p,
                    vertices=(p.vertices * scale @ rotation.T + pose.position).astype(np.float32),
                    normals=(p.normals @ rotation.T).astype(np.float32),
                )
                for p in self.primitives
            )
        )


def shaded(
    vertices: Array,
    faces: NDArray,
    material: Material,
    uv: Array | None = None,
    color: Array | None = None,
    crease_deg: float = CREASE_DEG,
) -> Primitive:
    """Triangles with normals: smooth across shallow edges, sharp across those steeper than ``crease_deg``.

    Args:
        vertices: ``(n, 3)`` m.
        faces: ``(m, 3)``.
        material: What the triangles look like.
        uv: ``(n, 2)``, texture coordinates.
        color: ``(n, 4)``, linear colours.
        crease_deg: The angle between two faces from which their edge is sharp.
    """
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    area_normal = np.cross(b - a, c - a)
    length = np.linalg.norm(area_normal, axis=1, keepdims=True)
    faces, area_normal, length = (x[length[:, 0] > 1e-14] for x in (faces, area_normal, length))
    if not len(faces):
        return packed(vertices, faces, np.tile([0.0, 0, 1], (len(vertices), 1)), uv, color, material)
    unit = area_normal / length
    place = np.unique(np.round(vertices, 7), axis=0, return_inverse=True)[1].reshape(-1)[faces].reshape(-1)  # (3m,)
    face_of = np.repeat(np.arange(len(faces)), 3)
    order = np.argsort(place, kind="stable")
    start = np.searchsorted(place[order], np.arange(place.max() + 2))
    count = np.diff(start)[place]  # corners that share each corner's place
    count = np.minimum(count, 64)
    left = np.repeat(np.arange(len(place)), count)
    step = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
    right = order[start[place[left]] + step]
    near = np.einsum("ij,ij->i", unit[face_of[left]], unit[face_of[right]]) > np.cos(np.deg2rad(crease_deg))
    normals = np.zeros((len(place), 3))
    for axis in range(3):
        normals[:, axis] = np.bincount(left[near], area_normal[face_of[right[near]], axis], minlength=len(place))
    norm = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(norm > 1e-20, normals / np.maximum(norm, 1e-20), unit[face_of])
    corner = faces.reshape(-1)
    key = np.concatenate([corner[:, None], np.round(normals * 1000)], axis=1)
    _, first, index = np.unique(key, axis=0, return_index=True, return_inverse=True)
    pick = corner[first]
    return packed(
        vertices[pick],
        index.reshape(-1, 3),
        normals[first],
        None if uv is None else uv[pick],
        None if color is None else color[pick],
        material,
    )


def packed(
    vertices: Array, faces: NDArray, normals: Array, uv: Array | None, color: Array | None, material: Material
) -> Primitive:
    """A primitive of these arrays ``(n, …)``, in the types that drawing wants."""

    def pack(values: Array | None) -> NDArray[np.float32] | None:
        return None if values is None else np.ascontiguousarray(values, np.float32)

    return Primitive(
        np.ascontiguousarray(vertices, np.float32),
        np.ascontiguousarray(faces, np.int32),
        np.ascontiguousarray(normals, np.float32),
        pack(uv),
        material,
        pack(color),
    )


def primitive_mesh(kind: str, size: tuple[float, ...]) -> Mesh:
    """The mesh of a primitive centred on the origin; ``size`` as in `CollisionSpec.size`, long axis along Z."""
    if kind == "box":
        body = trimesh.creation.box(extents=size)
    elif kind == "sphere":
        body = trimesh.creation.icosphere(subdivisions=3, radius=size[0])
    elif kind == "cylinder":
        body = trimesh.creation.cylinder(radius=size[0], height=size[1], sections=32)
    else:
        body = trimesh.creation.capsule(radius=size[0], height=max(size[1] - 2 * size[0], 1e-6), count=[24, 24])
        body.apply_translation(-body.bounds.mean(axis=0))
    return Mesh((shaded(np.asarray(body.vertices), np.asarray(body.faces), Material(given=False)),))


def pieces(mesh: Mesh) -> list[Mesh]:
    """The pieces of a mesh: its primitives when it has several, else what hangs together; largest first."""
    if len(mesh.primitives) > 1:
        parts = [Mesh((primitive,)) for primitive in mesh.primitives]
    else:
        bodies = mesh.solid.split(only_watertight=False)
        parts = [
            Mesh((shaded(np.asarray(body.vertices), np.asarray(body.faces), Material(given=False)),)) for body in bodies
        ]
    return sorted(parts, key=lambda part: -float(np.prod(np.ptp(part.bounds, axis=0))))


def srgb_to_linear(srgb: ArrayLike) -> Array:
    """Linear colour of sRGB values 0 to 1 (IEC 61966-2-1)."""
    c = np.asarray(srgb, float)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: ArrayLike) -> Array:
    """sRGB of linear values 0 to 1 (IEC 61966-2-1)."""
    c = np.clip(np.asarray(linear, float), 0, 1)
    return np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)
