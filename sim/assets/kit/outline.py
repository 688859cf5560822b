"""Flat closed curves ``(n, 2)`` in metres, counter-clockwise, from which solids are drawn.

Knows nothing of solids.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.pose import Array


def rectangle(width: float, height: float, radius: float = 0.0, n: int = 4) -> Array:
    """A rectangle about the origin, its corners rounded by ``radius`` m in ``n`` steps; ``(k, 2)``."""
    w, h = width / 2, height / 2
    corners = np.array([[w, h], [-w, h], [-w, -h], [w, -h]])
    return corners if radius <= 0 else rounded(corners, radius, n)


def circle(radius: float, n: int = 24, phase: float = 0.0) -> Array:
    """A regular polygon of ``n`` corners about the origin; ``(n, 2)``."""
    angle = phase + 2 * np.pi * np.arange(n) / n
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def ellipse(a: float, b: float, n: int = 24, power: float = 2.0) -> Array:
    """A superellipse with half axes ``a`` and ``b``; above ``power`` 2 it nears a rectangle; ``(n, 2)``."""
    angle = 2 * np.pi * np.arange(n) / n
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([a * np.sign(c) * abs(c) ** (2 / power), b * np.sign(s) * abs(s) ** (2 / power)], axis=-1)


def rounded(corners: ArrayLike, radius: float | ArrayLike, n: int = 4, closed: bool = True) -> Array:
    """A polygon or polyline with its corners replaced by arcs.

    Args:
        corners: ``(k, 2)`` or ``(k, 3)`` m.
        radius: One radius, or one a corner, m; an arc takes at most 0.49 of each side it touches.
        n: Steps of each arc.
        closed: Whether the last corner is joined to the first; if not, both ends stay as they are.
    """
    points = np.asarray(corners, float)
    radii = np.broadcast_to(np.asarray(radius, float), len(points))
    out = []
    for i, (p, r) in enumerate(zip(points, radii, strict=True)):
        if r <= 0 or (not closed and i in (0, len(points) - 1)):
            out.append(p[None])
        else:
            out.append(_arc(points[i - 1], p, points[(i + 1) % len(points)], r, n))
    return np.concatenate(out)


def _arc(before: Array, corner: Array, after: Array, radius: float, n: int) -> Array:
    a, b = before - corner, after - corner
    la, lb = np.linalg.norm(a), np.linalg.norm(b)
    a, b = a / la, b / lb
    half = np.arccos(np.clip(a @ b, -1, 1)) / 2
    if half > np.pi / 2 - 1e-3:
        return corner[None]
    reach = min(radius / np.tan(half), 0.49 * la, 0.49 * lb)
    radius = reach * np.tan(half)
    center = corner + (a + b) / np.linalg.norm(a + b) * (radius / np.sin(half))
    start, end = corner + a * reach - center, corner + b * reach - center
    angle = np.arccos(np.clip(start @ end / radius**2, -1, 1))
    t = np.linspace(0, 1, n + 1)[:, None]
    return center + (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


def inset(outline: ArrayLike, distance: float) -> Array:
    """The outline moved inwards by ``distance`` m along its mitres, corner by corner; ``(n, 2)``."""
    points = np.asarray(outline, float)
    edge = np.roll(points, -1, axis=0) - points
    normal = np.stack([-edge[:, 1], edge[:, 0]], axis=-1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    before = np.roll(normal, 1, axis=0)
    mitre = normal + before
    scale = np.maximum(np.sum(mitre * normal, axis=1, keepdims=True), 0.3)
    return points + distance * mitre / scale


def smooth(corners: ArrayLike, n: int, closed: bool = False) -> Array:
    """A Catmull-Rom curve of ``n`` points through corners ``(k, d)``, evenly in parameter; ``(n, d)``."""
    p = np.asarray(corners, float)
    k = len(p)
    ends = (
        np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    )
    t = np.linspace(0, k if closed else k - 1, n, endpoint=not closed)
    i = np.minimum(t.astype(int), (k if closed else k - 1) - 1)
    f = (t - i)[:, None]
    a, b, c, d = (ends[i + j] for j in range(4))
    return 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3)
