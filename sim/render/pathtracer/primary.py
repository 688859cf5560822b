"""What pixels see first, by exact rays: depth, ids, normals, motion, and a denoiser's guides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.assets.mesh import Primitive
from sim.pose import Array, conjugate, rotate
from sim.render.camera import Camera
from sim.render.pathtracer.ground import Ground
from sim.render.pathtracer.library import mitsuba
from sim.render.pathtracer.materials import albedo_color, base_map
from sim.render.pathtracer.shapes import Hit, Shapes
from sim.render.pathtracer.texture import pyramid_of, sample
from sim.world.state import State

SEE_THROUGH = 6  # holes looked through one behind another
GROUND = -2  # group of a hit on the ground
EDGE = 0.12  # of albedo or normal
LENS_RAYS = 3  # a pixel, for guides behind an open lens
EDGE_RAYS = 5  # more rays for guides where neighbours differ


@dataclass(eq=False)
class Seen:
    """What n rays met.

    | field    | shape  | is                                                   |
    |----------|--------|------------------------------------------------------|
    | distance | (n,)   | m along the ray; inf where nothing is                |
    | group    | (n,)   | index into the scene's groups; `GROUND`; −1: nothing  |
    | instance | (n,)   | instance of the group                                 |
    | normal   | (n, 3) | unit, world axes, towards the eye                     |
    | albedo   | (n, 3) | linear                                                |
    """

    distance: Array
    group: NDArray[np.int32]
    instance: NDArray[np.int32]
    normal: Array
    albedo: Array


class PrimaryRays:
    """Casts rays into a scene's shapes without its lamps.

    Args:
        shapes: The groups as shapes.
        ground: What they stand on.
    """

    def __init__(self, shapes: Shapes, ground: Ground):
        self._shapes, self._ground = shapes, ground
        self._maps: dict[tuple[int, int], list[NDArray] | None] = {}
        self._scene: Any = None

    def place(self, placed: dict[str, tuple[Any, Hit]], state: State | None) -> None:
        """Takes the shapes of a state."""
        shapes = {name: shape for name, (shape, _) in placed.items()}
        if self._ground.shape is not None:
            shapes["ground"] = self._ground.shape
        self._scene = mitsuba().load_dict({"type": "scene", **self._shapes.prototypes(), **shapes})
        self._hits = [hit for _, hit in placed.values()]
        self._index = {id(shape): i for i, (shape, _) in enumerate(placed.values())}
        self._poses = [group.poses(state) for group in self._shapes.groups]

    def cast(self, origins: Array, directions: Array, footprint: float = 0.0) -> Seen:
        """What rays ``(n, 3)`` with unit ``directions`` meet first that is not a hole.

        Args:
            origins: ``(n, 3)`` m, or ``(3,)`` for all.
            directions: ``(n, 3)``.
            footprint: Width of a pixel, rad; textures are averaged over it.
        """
        n = len(directions)
        nothing = np.full(n, -1, np.int32)
        seen = Seen(np.full(n, np.inf), nothing, nothing.copy(), np.zeros((n, 3)), np.ones((n, 3)))
        origins = np.broadcast_to(origins, (n, 3))
        left, start = np.arange(n), np.zeros(n)
        for _ in range(SEE_THROUGH):
            if not len(left):
                break
            through = self._cast_once(origins, directions, left, start, seen, footprint)
            left = left[through]
        return seen

    def _cast_once(
        self, origins: Array, directions: Array, left: NDArray, start: Array, seen: Seen, footprint: float
    ) -> NDArray:
        """Fills ``seen`` for the rays ``left``; says which met a hole, whose ``start`` is moved behind it."""
        mi = mitsuba()
        find, ray = self._scene.ray_intersect_preliminary, mi.Ray3f
        o = origins[left] + directions[left] * start[left, None]
        if np.ptp(o, axis=0).max() == 0:
            eye = mi.Point3f(o[0].tolist())
            found = [find(ray(eye, d)) for d in directions[left].tolist()]
        else:
            found = [find(ray(p, d)) for p, d in zip(o.tolist(), directions[left].tolist(), strict=True)]
        t = np.array([f.t for f in found])
        hit = np.isfinite(t)
        index = self._index.get
        which = np.array(
            [index(id(f.instance or f.shape), GROUND) if ok else -1 for ok, f in zip(hit.tolist(), found, strict=True)],
            np.int64,
        )
        part = np.array([f.shape_index for f in found])
        face = np.array([f.prim_index for f in found])
        bary = np.array([tuple(f.prim_uv) if ok else (0.0, 0.0) for ok, f in zip(hit.tolist(), found, strict=True)])
        distance = t + start[left]
        through = np.zeros(len(left), bool)
        floor = which == GROUND
        rows = left[floor]
        seen.distance[rows], seen.group[rows], seen.instance[rows] = distance[floor], GROUND, 0
        seen.normal[rows] = np.sign(-directions[rows, 2:]) * [0, 0, 1]
        points = origins[rows] + directions[rows] * distance[floor, None]
        slant = np.maximum(np.abs(directions[rows, 2]), 0.05)
        seen.albedo[rows] = self._ground.color(points, distance[floor] * footprint / slant)
        for (g, k), members, instances in self._by_primitive(which, part):
            p = self._shapes.groups[g].mesh.primitives[k]
            rows = left[members]
            weights = np.column_stack([1 - bary[members].sum(axis=1), bary[members]])
            corner = p.faces[face[members]]
            albedo, alpha = self._look(g, k, p, corner, weights, distance[members] * footprint)
            hole = alpha < (p.material.alpha_cutoff if p.material.alpha_mode == "MASK" else 0.02)
            through[members] = hole
            start[rows[hole]] = distance[members][hole] + 1e-4
            members, rows, instances = members[~hole], rows[~hole], instances[~hole]
            normal = np.einsum("ij,ijk->ik", weights[~hole], p.normals[corner[~hole]].astype(float))
            normal = rotate(self._poses[g][1][instances], normal)
            normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
            normal *= -np.sign(np.sum(normal * directions[rows], axis=1, keepdims=True) + 1e-12)
            seen.distance[rows], seen.group[rows], seen.instance[rows] = distance[members], g, instances
            seen.normal[rows], seen.albedo[rows] = normal, albedo[~hole]
        return through

    def _by_primitive(self, which: NDArray, part: NDArray):
        """Rays by the primitive they met: ((group, primitive), rays, their instances)."""
        table = np.array([(h.group, h.instance, h.primitive) for h in self._hits] or [(0, 0, 0)], np.int32)
        rays = np.flatnonzero(which >= 0)
        rows = table[which[rays]]
        group, instance = rows[:, 0], rows[:, 1]
        primitive = rows[:, 2].copy()
        instanced = primitive < 0
        if instanced.any():
            solid = self._shapes.primitive
            pairs = group[instanced].astype(np.int64) << 20 | part[rays][instanced]
            unique, back = np.unique(pairs, return_inverse=True)
            primitive[instanced] = np.array([solid(int(key >> 20), int(key & 0xFFFFF)) for key in unique])[back]
        keys = group.astype(np.int64) << 20 | primitive
        order = np.argsort(keys, kind="stable")
        for chosen in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1):
            if len(chosen):
                yield (int(group[chosen[0]]), int(primitive[chosen[0]])), rays[chosen], instance[chosen]

    def _look(self, g: int, k: int, p: Primitive, corner: NDArray, weights: Array, width: Array) -> tuple[Array, Array]:
        """Albedo ``(n, 3)`` and alpha ``(n,)`` where rays met a primitive."""
        if (g, k) not in self._maps:
            image = base_map(p.material) if p.uv is not None and p.material.transmission < 0.01 else None
            self._maps[g, k] = None if image is None else pyramid_of(image)
        pyramid = self._maps[g, k]
        if pyramid is not None:
            assert p.uv is not None
            uv = np.einsum("ij,ijk->ik", weights, p.uv[corner].astype(float))
            rgba = sample(pyramid, uv, width * _texels_per_m(p, pyramid[0]))
            return rgba[:, :3], rgba[:, 3]
        albedo = np.broadcast_to(albedo_color(p), (len(corner), 3))
        alpha = np.full(len(corner), float(p.material.base_color[3]) if p.material.transmission < 0.01 else 1.0)
        if p.material.alpha_mode == "OPAQUE":
            alpha[:] = 1.0
        if p.color is not None and p.material.transmission < 0.01:
            albedo = albedo * np.einsum("ij,ijk->ik", weights, p.color[corner, :3].astype(float))
        return albedo, alpha


def _texels_per_m(p: Primitive, image: NDArray) -> float:
    """How many texels a metre of a primitive's surface shows."""
    assert p.uv is not None
    a, b, c = (p.vertices[p.faces[:, i]].astype(float) for i in range(3))
    u, v, w = (p.uv[p.faces[:, i]].astype(float) for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
    (along_u, along_v), (across_u, across_v) = (v - u).T, (w - u).T
    span = np.abs(along_u * across_v - along_v * across_u).sum() * image.shape[0] * image.shape[1]
    return float(np.sqrt(span / max(area, 1e-12)))


def pixel_rays(camera: Camera, size: tuple[int, int], x: Array, y: Array) -> Array:
    """Unit directions ``(n, 3)`` through places ``x``, ``y`` ``(n,)`` of a picture, px from its top left corner."""
    width, height = size
    focal = width * camera.lens_mm / camera.sensor_mm
    local = np.stack([np.ones(len(x)), (width / 2 - x) / focal, (height / 2 - y) / focal], axis=-1)
    directions = rotate(camera.pose.orientation, local)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def centers(size: tuple[int, int]) -> tuple[Array, Array]:
    """Pixel centres ``(h · w,)`` each, row by row."""
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    return x.reshape(-1), y.reshape(-1)


def guides(rays: PrimaryRays, camera: Camera, size: tuple[int, int], seen: Seen) -> tuple[NDArray, NDArray]:
    """Albedo and normals ``(h, w, 3)`` for the denoiser; pixels whose neighbours differ get more rays."""
    width, height = size
    albedo, normal = seen.albedo.reshape(height, width, 3).copy(), seen.normal.reshape(height, width, 3).copy()
    both = np.concatenate([albedo, normal], axis=-1)
    jump = np.zeros((height, width), bool)
    for axis in (0, 1):
        step = np.abs(np.diff(both, axis=axis)).max(axis=-1) > EDGE
        low, high = [slice(None)] * 2, [slice(None)] * 2
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        jump[tuple(low)] |= step
        jump[tuple(high)] |= step
    y, x = np.nonzero(jump)
    if len(x):
        i = np.arange(EDGE_RAYS)
        dx, dy = (i * 0.7548776662 + 0.25) % 1.0, (i * 0.5698402910 + 0.25) % 1.0  # Roberts' R2 sequence
        px, py = (x[:, None] + dx).reshape(-1), (y[:, None] + dy).reshape(-1)
        more = rays.cast(camera.pose.position, pixel_rays(camera, size, px, py), _footprint(camera, size))
        albedo[y, x] = (more.albedo.reshape(-1, EDGE_RAYS, 3).sum(axis=1) + albedo[y, x]) / (EDGE_RAYS + 1)
        normal[y, x] = (more.normal.reshape(-1, EDGE_RAYS, 3).sum(axis=1) + normal[y, x]) / (EDGE_RAYS + 1)
    return albedo.astype(np.float32), normal.astype(np.float32)


def lens_guides(rays: PrimaryRays, camera: Camera, size: tuple[int, int]) -> tuple[NDArray, NDArray]:
    """Albedo and normals ``(h, w, 3)`` as blurred as the picture, by rays from all over the lens."""
    assert camera.focus_m is not None
    x, y = centers(size)
    albedo, normal = np.zeros((len(x), 3)), np.zeros((len(x), 3))
    for i in range(LENS_RAYS):
        a = (x * 0.7548776662 + y * 0.5698402910 + i / LENS_RAYS) % 1.0  # Roberts' R2 sequence
        b = (x * 0.5698402910 + y * 0.7548776662 + i * 0.6180339887) % 1.0
        radius, angle = lens_radius(camera) * np.sqrt(b), 2 * np.pi * a
        local = np.stack([np.zeros(len(x)), radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
        through = pixel_rays(camera, size, x + a - 0.5, y + b - 0.5)
        focal = camera.focus_m / (through @ camera.pose.matrix[:3, 0])
        offset = rotate(camera.pose.orientation, local)
        aim = through * focal[:, None] - offset
        aim /= np.linalg.norm(aim, axis=1, keepdims=True)
        seen = rays.cast(camera.pose.position + offset, aim, _footprint(camera, size))
        albedo += seen.albedo / LENS_RAYS
        normal += seen.normal / LENS_RAYS
    shape = size[1], size[0], 3
    return albedo.reshape(shape).astype(np.float32), normal.reshape(shape).astype(np.float32)


def lens_radius(camera: Camera) -> float:
    """m, of the opening of a lens."""
    return camera.lens_mm / 1000 / camera.aperture / 2


def _footprint(camera: Camera, size: tuple[int, int]) -> float:
    return camera.sensor_mm / camera.lens_mm / size[0]


def look(rays: PrimaryRays, camera: Camera, size: tuple[int, int]) -> Seen:
    """What is seen through every pixel's centre, row by row."""
    return rays.cast(camera.pose.position, pixel_rays(camera, size, *centers(size)), _footprint(camera, size))


def motion(
    shapes: Shapes,
    seen: Seen,
    camera: Camera,
    size: tuple[int, int],
    state: State | None,
    previous: State | None,
    previous_camera: Camera,
) -> NDArray[np.float32]:
    """How far every pixel came, px right and down, ``(h, w, 2)``."""
    x, y = centers(size)
    directions = pixel_rays(camera, size, x, y)
    reach = np.where(np.isfinite(seen.distance), seen.distance, 1e6)
    points = camera.pose.position + directions * reach[:, None]
    points[seen.group == -1] = previous_camera.pose.position + directions[seen.group == -1] * 1e6
    for g, group in enumerate(shapes.groups):
        rows = np.flatnonzero(seen.group == g)
        if len(rows) and (group.row >= 0).any():
            (p1, q1), (p0, q0) = group.poses(state), group.poses(previous)
            i = seen.instance[rows]
            local = rotate(conjugate(q1[i]), points[rows] - p1[i])
            points[rows] = rotate(q0[i], local) + p0[i]
    before = previous_camera.pixels(points, *size)
    shift = np.stack([x - before[:, 0], y - before[:, 1]], axis=-1)
    return shift.reshape(size[1], size[0], 2).astype(np.float32)
