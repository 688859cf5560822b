"""What a voxel thing looks like: marching cubes, smooth normals, its texture kept; and points spread on a surface."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.assets.mesh import Mesh, Primitive, packed
from sim.physics.heat.voxels import SOLID, Voxels
from sim.pose import Array

GOLDEN = (1 + 5**0.5) / 2


def marching_cubes(field: Array, level: float = 0.5) -> tuple[Array, NDArray[np.int64], Array]:
    """The surface where a field ``(nx, ny, nz)`` passes a level: vertices ``(n, 3)`` and unit normals ``(n, 3)`` in
    cells, faces ``(m, 3)``. Normals point to where the field is low and come from its slope, so they are smooth.
    """
    import mcubes

    padded = np.pad(np.asarray(field, np.float32), 1)
    vertices, faces = mcubes.marching_cubes(padded, level)
    return vertices - 1.0, faces.astype(np.int64), _downhill(_smooth(padded), vertices)


def _smooth(field: Any) -> Any:
    """The field averaged over neighbours, for slopes that do not show the grid."""
    for axis in range(3):
        low = tuple(slice(None, -1) if i == axis else slice(None) for i in range(3))
        high = tuple(slice(1, None) if i == axis else slice(None) for i in range(3))
        mean = field * np.float32(0.5)
        mean[low] += np.float32(0.25) * field[high]
        mean[high] += np.float32(0.25) * field[low]
        field = mean
    return field


def _downhill(field: Any, places: Array) -> Array:
    """Unit vectors ``(n, 3)`` down the slope of the trilinear field at places ``(n, 3)`` in cells."""
    index = np.clip(places.astype(np.int64), 0, np.array(field.shape) - 2)
    x, y, z = (places - index).T
    _, ny, nz = field.shape
    base = (index[:, 0] * ny + index[:, 1]) * nz + index[:, 2]
    flat = field.reshape(-1)
    c = [flat[base + (i * ny + j) * nz + k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    away = [((1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v) for u, v in ((y, z), (x, z), (x, y))]
    slope = np.stack(
        [
            sum(w * (c[4 + i] - c[i]) for i, w in zip((0, 1, 2, 3), away[0], strict=True)),
            sum(w * (c[2 + i] - c[i]) for i, w in zip((0, 1, 4, 5), away[1], strict=True)),
            sum(w * (c[1 + i] - c[i]) for i, w in zip((0, 2, 4, 6), away[2], strict=True)),
        ],
        axis=1,
    )
    return -slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-12)


class Skin:
    """The look of a voxel thing, made of the mesh it started as.

    Args:
        mesh: What the thing looked like at first, in its own frame.
    """

    def __init__(self, mesh: Mesh):
        from scipy.spatial import cKDTree

        self._look = max(mesh.primitives, key=lambda p: len(p.faces))
        corner = self._look.vertices[self._look.faces].astype(float)  # (m, 3, 3)
        self._corner = corner
        self._uv = None if self._look.uv is None else self._look.uv[self._look.faces].astype(float)
        self._nearest = cKDTree(corner.mean(axis=1))

    def mesh(self, voxels: Voxels) -> Mesh | None:
        """What the thing looks like now; None when nothing is left."""
        if voxels.is_sheet:
            return self._sheet(voxels)
        if voxels.fill.max(initial=0.0) <= 0.5:
            return None
        place, faces, normals = marching_cubes(voxels.fill)
        place = voxels.origin + (place + 0.5) * voxels.spacing
        normals = normals / voxels.spacing
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        a, b, c = (place[faces[:, i]] for i in range(3))
        across = np.cross(b - a, c - a)
        if np.einsum("ij,ij->", across, normals[faces[:, 0]]) < 0:
            faces = faces[:, ::-1]
        return Mesh((self._primitive(place, faces, normals),))

    def _sheet(self, voxels: Voxels) -> Mesh | None:
        """The upper faces of the columns of a sheet that are left; it lies along X and Y."""
        held = voxels.fill[:, :, 0] > SOLID
        if voxels.fill.shape[2] > 1 or not held.any():
            return None
        i, j = np.nonzero(held)
        low = voxels.origin + np.stack([i, j, voxels.fill[i, j, 0]], axis=1) * voxels.spacing
        corners = low[:, None, :] + np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]) * voxels.spacing
        start = 4 * np.arange(len(i))[:, None]
        faces = np.concatenate([start + np.array([0, 1, 2]), start + np.array([0, 2, 3])])
        return Mesh((self._primitive(corners.reshape(-1, 3), faces, np.tile([0.0, 0, 1], (4 * len(i), 1))),))

    def _primitive(self, place: Array, faces: NDArray[np.int64], normals: Array) -> Primitive:
        material = replace(self._look.material, double_sided=False)
        if self._uv is None:
            return packed(place, faces, normals, None, None, material)
        corners = place[faces]  # (m, 3, 3): every triangle keeps the texture of the old one nearest to it
        nearest = self._nearest.query(corners.mean(axis=1))[1]
        uv = _flat_uv(self._corner[nearest], self._uv[nearest], corners)
        key = (faces.reshape(-1) << 40) + np.round(uv.reshape(-1, 2) * 4096).astype(np.int64) @ np.array([1, 1 << 20])
        _, first, index = np.unique(key, return_index=True, return_inverse=True)
        which = faces.reshape(-1)[first]
        return packed(place[which], index.reshape(-1, 3), normals[which], uv.reshape(-1, 2)[first], None, material)


def _flat_uv(old: Array, old_uv: Array, new: Array) -> Array:
    """Texture coordinates ``(m, 3, 2)`` of corners ``(m, 3, 3)`` laid flat on textured triangles ``(m, 3, 3)``."""
    origin, u, v = old[:, 0], old[:, 1] - old[:, 0], old[:, 2] - old[:, 0]
    uu, vv, uv = (np.einsum("ij,ij->i", p, q) for p, q in ((u, u), (v, v), (u, v)))
    away = new - origin[:, None]
    au, av = np.einsum("ikj,ij->ik", away, u), np.einsum("ikj,ij->ik", away, v)
    area = np.maximum(uu * vv - uv**2, 1e-20)[:, None]
    s, t = (au * vv[:, None] - av * uv[:, None]) / area, (av * uu[:, None] - au * uv[:, None]) / area
    along, up = old_uv[:, 1] - old_uv[:, 0], old_uv[:, 2] - old_uv[:, 0]
    return old_uv[:, :1] + s[..., None] * along[:, None] + t[..., None] * up[:, None]


def spread_points(vertices: Array, faces: NDArray, n: int) -> tuple[Array, Array, float]:
    """Points ``(n, 3)`` spread evenly over a surface, normals ``(n, 3)`` there, and its area, m²."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    double = np.linalg.norm(across, axis=1)
    ends = np.cumsum(double)
    area = float(ends[-1]) / 2
    i = np.arange(n)
    face = np.minimum(np.searchsorted(ends, (i + 0.5) / n * ends[-1]), len(faces) - 1)
    u, v = (i * 0.7548776662466927) % 1.0, (i * 0.5698402909980532) % 1.0  # R2 sequence, Roberts 2018
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    points = a[face] + u[:, None] * (b - a)[face] + v[:, None] * (c - a)[face]
    return points, across[face] / np.maximum(double[face], 1e-20)[:, None], area


def ball_points(radius: float, n: int) -> tuple[Array, Array, float]:
    """The same for a ball about the origin (Fibonacci's spiral)."""
    i = np.arange(n) + 0.5
    z, angle = 1 - 2 * i / n, 2 * np.pi * i / GOLDEN
    across = np.sqrt(1 - z**2)
    unit = np.stack([across * np.cos(angle), across * np.sin(angle), z], axis=1)
    return unit * radius, unit, 4 * np.pi * radius**2
