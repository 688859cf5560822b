"""What touches, as points: convex hulls, and the primitives that fit them.

Pure geometry of points; knows nothing of files, materials and assets.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import InputError, Problem, missing_extra
from sim.pose import Array

MAX_HULL_VERTICES = 256


def hull(vertices: ArrayLike, max_vertices: int = MAX_HULL_VERTICES) -> Array:
    """Corners ``(k, 3)`` of the convex hull of points ``(n, 3)``, thinned to at most ``max_vertices``.

    Thinning keeps the points farthest along evenly spread directions, so the hull shrinks, never grows.

    Raises:
        InputError: The points lie in one plane.
    """
    from scipy.spatial import ConvexHull, QhullError

    points = np.unique(np.asarray(vertices, float), axis=0)
    try:
        corners = points[np.sort(ConvexHull(points).vertices)]
    except (QhullError, ValueError):
        raise InputError(Problem("mesh", "is flat", "a shape with a volume")) from None
    n = max_vertices
    while len(corners) > max_vertices:
        directions = fibonacci_sphere(n)
        corners = corners[np.unique(np.argmax((corners - corners.mean(axis=0)) @ directions.T, axis=0))]
        n -= 16
    return corners


def hull_faces(corners: Array) -> NDArray[np.int64]:
    """Outward triangles ``(m, 3)`` of the hull of its corners ``(k, 3)``."""
    from scipy.spatial import ConvexHull

    found = ConvexHull(corners)
    faces = found.simplices.astype(np.int64)
    a, b, c = (corners[faces[:, i]] for i in range(3))
    flipped = np.einsum("ij,ij->i", np.cross(b - a, c - a), found.equations[:, :3]) < 0
    faces[flipped] = faces[flipped][:, ::-1]
    return faces


def hull_volume(corners: Array) -> float:
    """Volume, m³, of the hull of its corners ``(k, 3)``."""
    from scipy.spatial import ConvexHull

    return float(ConvexHull(corners).volume)


def fibonacci_sphere(n: int) -> Array:
    """Evenly spread directions ``(n, 3)``."""
    i = np.arange(n) + 0.5
    z = 1 - 2 * i / n
    radius, angle = np.sqrt(1 - z * z), np.pi * (1 + 5**0.5) * i
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=-1)


def decompose(vertices: ArrayLike, faces: ArrayLike, max_hulls: int = 16) -> list[Array]:
    """Convex pieces that together fill a surface ``(n, 3)``, ``(m, 3)`` (coacd); corners ``(k, 3)`` each.

    Raises:
        InputError: The extra ``decompose`` is not installed.
    """
    try:
        import coacd
    except ImportError:
        raise missing_extra("decompose", "coacd", "decompose") from None
    coacd.set_log_level("error")
    body = coacd.Mesh(np.asarray(vertices), np.asarray(faces))
    pieces = coacd.run_coacd(body, max_convex_hull=max_hulls, seed=0)
    return [hull(corners, 64) for corners, _ in pieces]


@dataclass(frozen=True)
class Fit:
    """A primitive around a mesh, and how much larger it is than the mesh's hull."""

    approximation: str  # box, sphere, cylinder, capsule
    size: tuple[float, ...]  # as in `CollisionSpec.size`
    at: tuple[float, float, float]
    axis: str = "z"
    excess: float = field(default=0.0)  # volume of the primitive over that of the hull, minus 1


def fit_primitive(vertices: ArrayLike, approximation: str, axis: str | None = None) -> Fit:
    """The smallest upright primitive around points ``(n, 3)``.

    Args:
        vertices: Points in the part's frame, m.
        approximation: ``box``, ``sphere``, ``cylinder`` or ``capsule``.
        axis: The long axis of a cylinder or capsule; the tightest one when left out.
    """
    points = np.asarray(vertices, float)
    low, high = points.min(axis=0), points.max(axis=0)
    center, extent = (low + high) / 2, high - low
    volume = max(hull_volume(hull(points)), 1e-12)
    at: tuple[float, float, float] = tuple(map(float, center))  # type: ignore[assignment]
    if approximation == "box":
        return Fit("box", tuple(map(float, extent)), at, excess=float(np.prod(extent) / volume - 1))
    if approximation == "sphere":
        radius = float(np.linalg.norm(points - center, axis=1).max())
        return Fit("sphere", (radius,), at, excess=4 / 3 * np.pi * radius**3 / volume - 1)
    fits = []
    for i, name in enumerate("xyz"):
        if axis not in (None, name):
            continue
        across = np.delete(points - center, i, axis=1)
        radius, height = float(np.linalg.norm(across, axis=1).max()), float(extent[i])
        if approximation == "capsule":
            height = max(height, 2 * radius)
            solid = np.pi * radius**2 * (height - 2 * radius) + 4 / 3 * np.pi * radius**3
        else:
            solid = np.pi * radius**2 * height
        fits.append(Fit(approximation, (radius, height), at, name, solid / volume - 1))
    return min(fits, key=lambda fit: fit.excess)


def best_primitive(vertices: ArrayLike, tolerance: float = 0.05) -> Fit | None:
    """The simplest primitive within ``tolerance`` of the volume of the hull of points ``(n, 3)``, or None."""
    fits = [fit_primitive(vertices, kind) for kind in ("box", "sphere", "cylinder", "capsule")]
    return next((fit for fit in fits if abs(fit.excess) <= tolerance), None)
