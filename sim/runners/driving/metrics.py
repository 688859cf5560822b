"""What is measured of an encounter: arrays in, numbers out. Knows nothing of worlds, files or verdicts.

Formulas: TTC (Hayward 1972), THW and DRAC (Mahmud et al., IATSS Research 41, 2017), PET (Allen et al. 1978).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.pose import Array


def time_to_collision(gap: ArrayLike, closing: ArrayLike) -> Array:
    """gap / closing speed, s; infinity while not closing, 0 when the gap is closed."""
    gap, closing = np.broadcast_arrays(np.maximum(np.asarray(gap, float), 0.0), np.asarray(closing, float))
    time = np.divide(gap, closing, out=np.full(gap.shape, np.inf), where=closing > 0)
    return np.where(gap == 0, 0.0, time)


def time_headway(gap: ArrayLike, speed: ArrayLike) -> Array:
    """gap / own speed, s; infinity at rest."""
    gap, speed = np.broadcast_arrays(np.maximum(np.asarray(gap, float), 0.0), np.asarray(speed, float))
    return np.divide(gap, speed, out=np.full(gap.shape, np.inf), where=speed > 0)


def required_deceleration(gap: ArrayLike, closing_speed: ArrayLike) -> Array:
    """DRAC = Δv² / (2 gap), m/s²; 0 while not closing, infinity when the gap is closed."""
    gap, closing = np.broadcast_arrays(np.asarray(gap, float), np.maximum(np.asarray(closing_speed, float), 0.0))
    needed = np.full(gap.shape, np.inf)
    np.divide(closing * closing, 2 * gap, out=needed, where=gap > 0)
    return np.where(closing == 0, 0.0, needed)


def jerk(acceleration: ArrayLike, dt: float) -> Array:
    """Change of acceleration, m/s³, between samples ``dt`` s apart (central differences)."""
    a = np.asarray(acceleration, float)
    return np.gradient(a, dt) if len(a) > 1 else np.zeros_like(a)


def post_encroachment_time(first: ArrayLike, second: ArrayLike, time: ArrayLike) -> float:
    """PET, s: the second's entry into the conflict area minus the first's exit from it.

    Args:
        first: ``(n,)`` bool, whether one of the two is in the area.
        second: The same for the other; which of them is first does not matter.
        time: ``(n,)`` s.

    Returns:
        0 when both were there at once, infinity when one never was.
    """
    a, b, t = np.asarray(first, bool), np.asarray(second, bool), np.asarray(time, float)
    if not (a.any() and b.any()):
        return np.inf
    if (a & b).any():
        return 0.0
    if np.flatnonzero(a)[0] > np.flatnonzero(b)[0]:
        a, b = b, a
    entry = np.flatnonzero(b)[0]
    exits = np.flatnonzero(a[:entry])
    return float(t[entry] - t[exits[-1]])


# ---------------------------------------------------------------------------------------------------------------------
# Outlines in the plane: corners (…, 4, 2) m, of any leading shape


def outlines(x: ArrayLike, y: ArrayLike, heading: ArrayLike, box: tuple[float, float, float, float]) -> Array:
    """Corners ``(…, 4, 2)`` m, counter-clockwise, of a box that goes about.

    Args:
        x: ``(…)`` m, of its origin.
        y: The same.
        heading: ``(…)`` rad.
        box: Rear, front, right and left, m from its origin.
    """
    rear, front, right, left = box
    own = np.array([[rear, right], [front, right], [front, left], [rear, left]])
    c, s = np.cos(heading)[..., None], np.sin(heading)[..., None]
    across = np.stack([c * own[:, 0] - s * own[:, 1], s * own[:, 0] + c * own[:, 1]], axis=-1)
    return across + np.stack([x, y], axis=-1)[..., None, :]


def _axes(a: Array, b: Array) -> Array:
    """Unit normals ``(…, 4, 2)`` of two boxes' sides."""
    edges = np.concatenate([np.diff(a, axis=-2)[..., :2, :], np.diff(b, axis=-2)[..., :2, :]], axis=-2)
    normals = np.stack([edges[..., 1], -edges[..., 0]], axis=-1)
    return normals / np.linalg.norm(normals, axis=-1, keepdims=True)


def _spans(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """How far ``b`` begins beyond ``a`` and ends beyond its start along each of their axes; and the axes."""
    axes = _axes(a, b)
    pa, pb = np.einsum("...ij,...kj->...ki", a, axes), np.einsum("...ij,...kj->...ki", b, axes)
    return pb.min(axis=-1) - pa.max(axis=-1), pb.max(axis=-1) - pa.min(axis=-1), axes


def overlap(a: Array, b: Array) -> NDArray[np.bool_]:
    """Whether two boxes share a point (separating axes); ``(…)``."""
    low, high, _ = _spans(a, b)
    return np.all((low <= 0) & (high >= 0), axis=-1)


def distance(a: Array, b: Array) -> Array:
    """m ``(…)`` between two boxes; 0 where they overlap."""
    apart = np.minimum(_corner_to_edges(a, b), _corner_to_edges(b, a))
    return np.where(overlap(a, b), 0.0, apart)


def _corner_to_edges(corners: Array, box: Array) -> Array:
    along = np.roll(box, -1, axis=-2) - box
    to = corners[..., :, None, :] - box[..., None, :, :]
    f = np.clip(np.sum(to * along[..., None, :, :], axis=-1) / np.sum(along**2, axis=-1)[..., None, :], 0.0, 1.0)
    return np.linalg.norm(to - f[..., None] * along[..., None, :, :], axis=-1).min(axis=(-1, -2))


def outline_ttc(a: Array, b: Array, relative: Array) -> Array:
    """When two boxes will touch if both keep their velocities and headings, s ``(…)``; infinity when never.

    Args:
        a: One.
        b: The other.
        relative: ``(…, 2)`` m/s, velocity of ``a`` as seen from ``b``.
    """
    low, high, axes = _spans(a, b)
    speed = np.einsum("...kj,...j->...k", axes, relative)
    moving = np.abs(speed) > 1e-12
    with np.errstate(divide="ignore", invalid="ignore"):
        first, last = low / speed, high / speed
    outside = (low > 0) | (high < 0)
    enter = np.where(moving, np.minimum(first, last), np.where(outside, np.inf, -np.inf)).max(axis=-1)
    leave = np.where(moving, np.maximum(first, last), np.inf).min(axis=-1)
    return np.where((enter <= leave) & (leave >= 0), np.maximum(enter, 0.0), np.inf)


def corridor_gap(ego: Array, other: Array, heading: ArrayLike) -> Array:
    """m ``(…)`` straight ahead from the front of one box to another that is in its way; infinity when none is.

    Args:
        ego: Whose way it is.
        other: What may be in it.
        heading: ``(…)`` rad, of the way.
    """
    heading = np.asarray(heading, float)
    ahead = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    left = np.stack([-ahead[..., 1], ahead[..., 0]], axis=-1)
    side, front = np.einsum("...ij,...j->...i", ego, left), np.einsum("...ij,...j->...i", ego, ahead)
    low, high = side.min(axis=-1)[..., None], side.max(axis=-1)[..., None]
    u, x = np.einsum("...ij,...j->...i", other, left), np.einsum("...ij,...j->...i", other, ahead)
    v, y = np.roll(u, -1, axis=-1), np.roll(x, -1, axis=-1)
    flat = np.abs(v - u) < 1e-9
    inside = (u >= low) & (u <= high)
    with np.errstate(divide="ignore", invalid="ignore"):
        cuts = np.stack([(low - u) / (v - u), (high - u) / (v - u)])
    start = np.where(flat, np.where(inside, 0.0, 1.0), np.clip(cuts.min(axis=0), 0.0, 1.0))
    stop = np.where(flat, np.where(inside, 1.0, 0.0), np.clip(cuts.max(axis=0), 0.0, 1.0))
    nearest = np.where(start < stop, np.minimum(x + start * (y - x), x + stop * (y - x)), np.inf).min(axis=-1)
    passed = x.max(axis=-1) <= front.min(axis=-1)
    return np.where(passed, np.inf, nearest - front.max(axis=-1))


def conflict_area(a_low: Array, a_high: Array, a: float, b_low: Array, b_high: Array, b: float) -> Array | None:
    """Corners ``(4, 2)`` of where two straight strips cross; None when they run nearly alongside each other.

    Args:
        a_low: ``(2,)`` m, a point on the right edge of one strip.
        a_high: One on its left edge.
        a: rad, its direction.
        b_low: The same of the other.
        b_high: The same of the other.
        b: Its direction.
    """
    if abs(np.sin(a - b)) < 0.2:
        return None
    u, v = (np.array([np.cos(x), np.sin(x)]) for x in (a, b))
    corners = [_crossing(p, u, q, v) for p, q in ((a_low, b_low), (a_low, b_high), (a_high, b_high), (a_high, b_low))]
    area = np.array(corners)
    turn = area - area.mean(axis=0)
    return area[np.argsort(np.arctan2(turn[:, 1], turn[:, 0]))]


def _crossing(p: Array, u: Array, q: Array, v: Array) -> Array:
    t = np.linalg.solve(np.stack([u, -v], axis=1), q - p)
    return p + t[0] * u
