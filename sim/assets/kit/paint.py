"""Shapes and finishes put together: texture coordinates in metres, normals, and one primitive a material.

Knows nothing of how either was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.assets.kit.shape import Shape
from sim.assets.mesh import Material, Mesh, Primitive, shaded
from sim.pose import Array

CREASE_DEG = 50.0
"""Above the 45° of a cut edge: it is shaded round, because large faces outweigh it."""


@dataclass(frozen=True, eq=False)
class Finish:
    """A material and the size of surface, in m, that its pictures cover."""

    material: Material
    tile: tuple[float, float] = (1.0, 1.0)


def paint(
    shape: Shape,
    finish: Finish,
    along: str | None = None,
    offset: ArrayLike = (0.0, 0.0),
    box: bool = False,
    crease_deg: float = CREASE_DEG,
) -> Primitive:
    """A shape with a finish.

    Args:
        shape: What is painted.
        finish: With what.
        along: ``x``, ``y`` or ``z``: the direction the picture's u (wood's grain) runs.
        offset: Where in the picture to begin, m; other planks, other grain.
        box: Lay the picture on from six sides even where the shape knows its own coordinates.
        crease_deg: Edges steeper than this stay sharp.
    """
    if shape.uv is None or box or along is not None:
        shape = boxed(shape, along)
    uv = (shape.uv + np.asarray(offset, float)) / np.asarray(finish.tile)
    return shaded(shape.vertices, shape.faces, finish.material, uv, crease_deg=crease_deg)


def boxed(shape: Shape, along: str | None = None) -> Shape:
    """The shape with texture coordinates laid on from its six sides, in m, none mirrored."""
    a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    axis = np.argmax(np.abs(normal) * (1.0, 1.0, 1.001), axis=1)
    side = axis * 2 + (normal[np.arange(len(axis)), axis] > 0)
    key = shape.faces * 6 + side[:, None]
    wanted, faces = np.unique(key, return_inverse=True)
    vertices, side = shape.vertices[wanted // 6], wanted % 6
    return Shape(vertices, faces.reshape(-1, 3), _from_sides(vertices, side, along))


def _from_sides(vertices: Array, side: NDArray[np.int64], along: str | None) -> Array:
    x, y, z = vertices.T
    sign = np.where(side % 2 == 1, 1.0, -1.0)
    axis = side // 2
    u = np.choose(axis, [sign * y, -sign * x, sign * x])
    v = np.choose(axis, [z, z, y])
    if along is not None:
        across = np.array({"x": (0, 0, 0), "y": (0, 0, 1), "z": (1, 1, 0)}[along], bool)[axis]
        u, v = np.where(across, v, u), np.where(across, u, v)
    return np.stack([u, v], -1)


def planar(shape: Shape, axis: str, low: ArrayLike, high: ArrayLike) -> Shape:
    """The shape with one picture stretched over it, seen along ``axis``: a sign, a label.

    Args:
        shape: What the picture is laid on.
        axis: ``x``, ``y``, ``z``, ``-x``, ``-y``: the side from which the picture is seen upright.
        low: Left and bottom edge of the picture as seen, in m: the seen horizontal and the upright coordinate.
        high: Right and top edge.
    """
    x, y, z = shape.vertices.T
    seen = {"x": (y, z), "-x": (-y, z), "y": (-x, z), "-y": (x, z), "z": (x, y), "-z": (-x, y)}[axis]
    low, high = np.asarray(low, float), np.asarray(high, float)
    return Shape(shape.vertices, shape.faces, (np.stack(seen, -1) - low) / (high - low))


def assemble(*parts: Any) -> Mesh:
    """One mesh of painted parts, those of the same material joined.

    Args:
        parts: Primitives, meshes, or lists of either, however deep.
    """
    groups: dict[int, list[Primitive]] = {}
    for part in _each(parts):
        groups.setdefault(id(part.material), []).append(part)
    return Mesh(tuple(_joined(group) for group in groups.values()))


def bare(*shapes: Shape) -> Mesh:
    """A mesh of separate convex pieces to collide with, of no particular look."""
    material = Material("collider", given=False)
    return Mesh(tuple(shaded(s.vertices, s.faces, material, np.zeros((len(s.vertices), 2))) for s in shapes))


def _each(parts: Iterable[Any]) -> Iterable[Primitive]:
    for part in parts:
        if isinstance(part, Primitive):
            yield part
        elif isinstance(part, Mesh):
            yield from part.primitives
        else:
            yield from _each(part)


def _joined(group: list[Primitive]) -> Primitive:
    starts = np.cumsum([0] + [len(p.vertices) for p in group])
    return Primitive(
        np.concatenate([p.vertices for p in group]),
        np.concatenate([p.faces + n for p, n in zip(group, starts, strict=False)]).astype(np.int32),
        np.concatenate([p.normals for p in group]),
        np.concatenate([p.uv for p in group]),
        group[0].material,
    )
