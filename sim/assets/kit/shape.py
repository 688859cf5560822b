"""Bare solids in metres: made, moved, repeated and cut; not yet painted.

Owns the door to manifold3d. A solid made here stands on the ground, centred over the origin, unless it says otherwise.
Knows nothing of materials.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import ArrayLike, NDArray

from sim.assets.hull import hull as hull_corners
from sim.assets.hull import hull_faces
from sim.assets.kit import outline as flat
from sim.errors import InputError, Problem
from sim.pose import Array, Pose


@dataclass(frozen=True, eq=False)
class Shape:
    """Triangles without a material; everything returns a new shape.

    | field    | is                                                              |
    |----------|-----------------------------------------------------------------|
    | vertices | ``(n, 3)`` m                                                     |
    | faces    | ``(m, 3)`` outward, counter-clockwise                            |
    | uv       | ``(n, 2)`` m along the surface, where the making knows it better |
    """

    vertices: Array
    faces: NDArray[np.int64]
    uv: Array | None = None

    def at(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Shape:
        """Moved by metres."""
        return Shape(self.vertices + (x, y, z), self.faces, self.uv)

    def turned(self, roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0) -> Shape:
        """Turned about the origin by degrees, in URDF's order."""
        return self.posed(Pose.of(rotate_deg=(roll, pitch, yaw)))

    def posed(self, pose: Pose) -> Shape:
        """Turned, then moved."""
        return Shape(pose.apply(self.vertices), self.faces, self.uv)

    def scaled(self, x: float, y: float | None = None, z: float | None = None) -> Shape:
        """Stretched about the origin; one number stretches evenly. A negative factor mirrors."""
        factors = np.array([x, x if y is None else y, x if z is None else z])
        faces = self.faces[:, ::-1] if np.prod(factors) < 0 else self.faces
        return Shape(self.vertices * factors, faces, self.uv)

    def mirrored(self, axis: str = "y") -> Shape:
        """The mirror image, through the plane across ``axis``."""
        return self.scaled(*(-1.0 if a == axis else 1.0 for a in "xyz"))

    def both(self, axis: str = "y") -> Shape:
        """This shape and its mirror image."""
        return self + self.mirrored(axis)

    def bent(self, function) -> Shape:
        """The shape with each vertex moved by ``function``: ``(n, 3)`` to ``(n, 3)``, m."""
        return Shape(np.asarray(function(self.vertices), float), self.faces, self.uv)

    def __add__(self, other: Shape) -> Shape:
        return join([self, other])

    @property
    def bounds(self) -> Array:
        """Lowest and highest corner ``(2, 3)``, m."""
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])


def join(shapes: Iterable[Shape]) -> Shape:
    """Several shapes as one, side by side; the inside of overlaps stays."""
    shapes = list(shapes)
    starts = np.cumsum([0] + [len(s.vertices) for s in shapes])
    uv = None if any(s.uv is None for s in shapes) else np.concatenate([s.uv for s in shapes])
    return Shape(
        np.concatenate([s.vertices for s in shapes]),
        np.concatenate([s.faces + n for s, n in zip(shapes, starts, strict=False)]),
        uv,
    )


def array(shape: Shape, count: Sequence[int], step: Sequence[float], centered: bool = True) -> Shape:
    """A grid of copies: ``count`` along x, y, z at ``step`` m, about the origin in x and y if ``centered``."""
    copies = []
    for i in np.ndindex(*count):
        offset = np.asarray(i, float)
        if centered:
            offset[:2] -= (np.asarray(count[:2]) - 1) / 2
        copies.append(shape.at(*(offset * step)))
    return join(copies)


def ring(shape: Shape, n: int, phase_deg: float = 0.0) -> Shape:
    """``n`` copies turned evenly about Z."""
    return join(shape.turned(yaw=phase_deg + 360.0 * i / n) for i in range(n))


# ---------------------------------------------------------------------------------------------------------------------
# Solids


def box(x: float, y: float, z: float, bevel: float = 0.0) -> Shape:
    """A box of the given sides, m, its twelve edges cut by ``bevel`` m; stands on the ground."""
    low = min(x, y, z)
    b = min(bevel, 0.45 * low)
    if b <= 0:
        return extrude(flat.rectangle(x, y), z)
    hx, hy, hz = x / 2, y / 2, z / 2
    corners = []
    for inner in ((1, 1, 0), (1, 0, 1), (0, 1, 1)):  # each corner is cut into three, one on each face
        half = np.array([hx, hy, hz]) - b * np.asarray(inner)
        corners += [half * (sx, sy, sz) for sx in (-1, 1) for sy in (-1, 1) for sz in (-1, 1)]
    return hull(np.array(corners)).at(0, 0, hz)


def hull(points: ArrayLike) -> Shape:
    """The convex hull of points ``(n, 3)``, m."""
    corners = hull_corners(points, 4096)
    return Shape(corners, hull_faces(corners))


def extrude(outline: ArrayLike | Sequence[ArrayLike], height: float, bevel: float = 0.0, axis: str = "z") -> Shape:
    """A plate of the given outline, its edges cut by ``bevel`` m.

    Args:
        outline: ``(n, 2)`` m, or a list whose further entries are holes in the first.
        height: Thickness, m.
        bevel: Width of the cut edge, m.
        axis: ``z``: outline in x, y, standing on the ground; ``x``: outline in y, z; ``y``: outline in x, z;
            these two are centred along the axis.
    """
    loops = _loops(outline)
    b = min(bevel, 0.45 * height)
    insides = [flat.inset(loop, b) for loop in loops] if b > 0 else loops
    layers = (
        [(insides, 0.0), (loops, b), (loops, height - b), (insides, height)]
        if b > 0
        else [(loops, 0.0), (loops, height)]
    )
    points, faces, n = [], [], sum(map(len, loops))
    for i, (rings, z) in enumerate(layers):
        points.append(np.concatenate([np.column_stack([r, np.full(len(r), z)]) for r in rings]))
        if i:
            faces.append(_walls(loops, (i - 1) * n, i * n))
    cap = _cap(insides)
    faces += [cap[:, ::-1], cap + (len(layers) - 1) * n]
    shape = Shape(np.concatenate(points), np.concatenate(faces))
    return shape if axis == "z" else _laid(shape.at(0, 0, -height / 2), axis)


def _loops(outline: ArrayLike | Sequence[ArrayLike]) -> list[Array]:
    loops = outline if isinstance(outline, (list, tuple)) and np.ndim(outline[0]) == 2 else [outline]
    turned = []
    for i, loop in enumerate(loops):
        points = np.asarray(loop, float)
        x, y = points.T
        area = np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))
        turned.append(points if (area > 0) == (i == 0) else points[::-1])
    return turned


def _walls(loops: list[Array], below: int, above: int) -> NDArray:
    faces = []
    for loop in loops:
        i = np.arange(len(loop))
        j = np.roll(i, -1)
        faces += [np.stack([below + i, below + j, above + j], -1), np.stack([below + i, above + j, above + i], -1)]
        below, above = below + len(loop), above + len(loop)
    return np.concatenate(faces)


def _cap(loops: list[Array]) -> NDArray:
    import mapbox_earcut

    points = np.concatenate(loops)
    ends = np.cumsum([len(loop) for loop in loops]).astype(np.uint32)
    faces = mapbox_earcut.triangulate_float64(points, ends).reshape(-1, 3).astype(np.int64)
    a, b, c = (points[faces[:, i]] for i in range(3))
    ab, ac = b - a, c - a
    flipped = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0] < 0
    faces[flipped] = faces[flipped][:, ::-1]
    return faces


def _laid(shape: Shape, axis: str) -> Shape:
    x, y, z = shape.vertices.T
    if axis == "x":
        return Shape(np.stack([z, x, y], -1), shape.faces, shape.uv)
    return Shape(np.stack([x, -z, y], -1), shape.faces, shape.uv)


def lathe(profile: ArrayLike, n: int = 32, axis: str = "z", angle_deg: float = 360.0) -> Shape:
    """A solid of revolution.

    Args:
        profile: ``(k, 2)`` m: radius and height, from the bottom up along the outside; ends at radius 0 close it.
        n: Steps around.
        axis: What it turns about; heights lie along it.
        angle_deg: Less than 360 leaves an open sector.
    """
    r, z = np.asarray(profile, float).T
    turn = np.deg2rad(angle_deg) * np.arange(n + 1) / n
    vertices = np.stack([np.outer(np.cos(turn), r), np.outer(np.sin(turn), r), np.broadcast_to(z, (n + 1, len(z)))], -1)
    if angle_deg == 360.0:
        vertices[-1] = vertices[0]
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(r), np.diff(z)))])
    uv = np.stack(np.broadcast_arrays(turn[:, None] * max(r.max(), 1e-9), along[None]), -1)
    shape = Shape(vertices.reshape(-1, 3), _grid(n + 1, len(r)), uv.reshape(-1, 2))
    shape = _without_slivers(shape)
    return shape if axis == "z" else _laid(shape, axis)


def _grid(rows: int, columns: int) -> NDArray:
    """Triangles of a sheet of ``rows × columns`` points; outward when rows turn left about +Z and columns rise."""
    i = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    a, b, c, d = i, i + columns, i + columns + 1, i + 1
    return np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)])


def _without_slivers(shape: Shape) -> Shape:
    a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return Shape(shape.vertices, shape.faces[area > 1e-12], shape.uv)


def cylinder(radius: float, height: float, bevel: float = 0.0, n: int = 32, axis: str = "z") -> Shape:
    """A round bar with cut edges, m; upright it stands on the ground, lying it is centred."""
    b = min(bevel, 0.45 * height, 0.45 * radius)
    profile = [(0, 0), (radius - b, 0), (radius, b), (radius, height - b), (radius - b, height), (0, height)]
    low = 0.0 if axis == "z" else -height / 2
    corners = [p for i, p in enumerate(profile) if b > 0 or i not in (2, 4)]
    return lathe(np.array(corners) + (0, low), n, axis)


def cone(radius: float, top: float, height: float, bevel: float = 0.0, n: int = 32) -> Shape:
    """A round bar that narrows from ``radius`` to ``top``, m."""
    profile = flat.rounded([(0, 0), (radius, 0), (top, height), (0, height)], bevel, 2, closed=False)
    return lathe(profile, n)


def pipe(radius: float, inner: float, height: float, bevel: float = 0.0, n: int = 32, axis: str = "z") -> Shape:
    """A hollow bar, m."""
    low = 0.0 if axis == "z" else -height / 2
    corners = np.array([(inner, 0), (radius, 0), (radius, height), (inner, height)]) + (0, low)
    profile = flat.rounded(corners, bevel, 2) if bevel > 0 else corners
    return lathe(np.concatenate([profile, profile[:1]]), n, axis)


def sphere(radius: float, n: int = 24) -> Shape:
    """A ball about the origin, ``n`` steps around and half as many up."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, n // 2 + 1)
    return lathe(radius * np.stack([np.cos(angle), np.sin(angle)], -1), n)


def icosphere(radius: float, subdivisions: int = 2) -> Shape:
    """A ball about the origin of even triangles."""
    body = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return Shape(np.asarray(body.vertices, float), np.asarray(body.faces, np.int64))


def capsule(radius: float, length: float, n: int = 20, end_radius: float | None = None) -> Shape:
    """A bar with round ends along +Z, the ends' centres at 0 and ``length`` m."""
    top = radius if end_radius is None else end_radius
    up = np.linspace(-np.pi / 2, 0, n // 4 + 1)
    down = np.linspace(0, np.pi / 2, n // 4 + 1)
    profile = np.concatenate(
        [
            radius * np.stack([np.cos(up), np.sin(up)], -1),
            top * np.stack([np.cos(down), np.sin(down)], -1) + (0, length),
        ]
    )
    return lathe(profile, n)


def tube(path: ArrayLike, radius: float | ArrayLike, n: int = 12, closed: bool = False) -> Shape:
    """A round bar along a path.

    Args:
        path: ``(k, 3)`` m.
        radius: One radius or one a point, m.
        n: Steps around.
        closed: Whether the path returns to its start.
    """
    radii = np.broadcast_to(np.asarray(radius, float), len(np.asarray(path)))
    return sweep(flat.circle(1.0, n), path, closed, radii)


def sweep(
    outline: ArrayLike, path: ArrayLike, closed: bool = False, scale: ArrayLike = 1.0, up: ArrayLike | None = None
) -> Shape:
    """An outline drawn along a path, with flat ends.

    Args:
        outline: ``(n, 2)`` m: x to the left of the way, y up.
        path: ``(k, 3)`` m.
        closed: Whether the path returns to its start.
        scale: One factor, or one a point.
        up: Keeps the outline's y near this direction; if left out, the outline is carried along untwisted.
    """
    points, section = np.asarray(path, float), _loops(outline)[0]
    k, n = len(points), len(section)
    left, above = _carried(points, closed, up)
    size = np.broadcast_to(np.asarray(scale, float), k)[:, None, None]
    rings = points[:, None] + size * (section[None, :, :1] * left[:, None] + section[None, :, 1:] * above[:, None])
    rings = np.concatenate([rings, rings[:, :1]], axis=1)
    around = np.concatenate(
        [[0], np.cumsum(np.linalg.norm(np.diff(np.vstack([section, section[:1]]), axis=0), axis=1))]
    )
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0], np.cumsum(steps)])
    if closed:
        rings = np.concatenate([rings, rings[:1]])
        along = np.append(along, along[-1] + np.linalg.norm(points[0] - points[-1]))
    girth = np.broadcast_to(np.asarray(scale, float), k).mean() * around
    uv = np.stack(np.broadcast_arrays(girth[None], along[:, None]), -1).reshape(-1, 2)
    body = Shape(rings.reshape(-1, 3), _grid(len(rings), n + 1)[:, ::-1], uv)
    if closed:
        return _without_slivers(body)
    cap = _cap([section])
    first, last = (Shape(rings[i, :n], f, section.copy()) for i, f in ((0, cap[:, ::-1]), (-1, cap)))
    return _without_slivers(join([body, first, last]))


def _carried(points: Array, closed: bool, up: ArrayLike | None) -> tuple[Array, Array]:
    """Left and upward unit vectors ``(k, 3)`` across a path, turned as little as possible from point to point."""
    if closed:
        tangent = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    else:
        tangent = np.gradient(points, axis=0)
        seg = np.diff(points, axis=0)
        seg /= np.maximum(np.linalg.norm(seg, axis=1, keepdims=True), 1e-12)
        tangent[1:-1] = seg[:-1] + seg[1:]
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-12)
    if up is not None:
        left = np.cross(np.asarray(up, float), tangent)
        left /= np.linalg.norm(left, axis=1, keepdims=True)
        return left, np.cross(tangent, left)
    first = np.array([0.0, 0, 1]) if abs(tangent[0, 2]) < 0.9 else np.array([1.0, 0, 0])
    lefts = [np.cross(first, tangent[0])]
    for t in tangent[1:]:
        lefts.append(lefts[-1] - t * (lefts[-1] @ t))
    left = np.array(lefts) / np.linalg.norm(lefts, axis=1, keepdims=True)
    return left, np.cross(tangent, left)


def sheet(points: ArrayLike, thickness: float = 0.0) -> Shape:
    """A curved sheet through a grid of points ``(rows, columns, 3)``, m; closed below when it has a thickness."""
    p = np.asarray(points, float)
    rows, columns, _ = p.shape
    u = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=2).mean(1))])
    v = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=1), axis=2).mean(0))])
    uv = np.stack(np.broadcast_arrays(u[:, None], v[None]), -1).reshape(-1, 2)
    top = Shape(p.reshape(-1, 3), _grid(rows, columns), uv)
    if thickness <= 0:
        return top
    normal = np.cross(np.gradient(p, axis=0), np.gradient(p, axis=1))
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-12)
    low = p - thickness * normal
    index = np.arange(rows * columns).reshape(rows, columns)
    rim = np.concatenate([index[:, 0], index[-1, 1:], index[-2::-1, -1], index[0, -2:0:-1]])
    after = np.roll(rim, -1)
    n = rows * columns
    walls = np.concatenate([np.stack([rim, after, after + n], -1), np.stack([rim, after + n, rim + n], -1)])
    return Shape(
        np.concatenate([p.reshape(-1, 3), low.reshape(-1, 3)]),
        np.concatenate([top.faces, top.faces[:, ::-1] + n, walls[:, ::-1]]),
        np.concatenate([uv, uv]),
    )


def loft(sections: Sequence[ArrayLike]) -> Shape:
    """A skin over closed rings of points, each ``(n, 3)`` m, ends filled flat.

    Rings run counter-clockwise seen from the side towards which they follow one another.
    """
    rings = np.stack([np.asarray(s, float) for s in sections])
    k, n, _ = rings.shape
    closed = np.concatenate([rings, rings[:, :1]], axis=1)
    around = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=1), axis=2).mean(0))])
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed.mean(1), axis=0), axis=1))])
    uv = np.stack(np.broadcast_arrays(around[None], along[:, None]), -1).reshape(-1, 2)
    parts = [Shape(closed.reshape(-1, 3), _grid(k, n + 1)[:, ::-1], uv)]
    for i, flip in ((0, True), (-1, False)):
        center = rings[i].mean(axis=0)
        fan = np.stack([np.full(n, n), np.arange(n), np.roll(np.arange(n), -1)], -1)
        parts.append(Shape(np.vstack([rings[i], center]), fan[:, ::-1] if flip else fan, np.zeros((n + 1, 2))))
    return _without_slivers(join(parts))


# ---------------------------------------------------------------------------------------------------------------------
# Booleans


def cut(shape: Shape, *others: Shape) -> Shape:
    """What is left of a closed shape when others are taken away."""
    return _from_manifold(_manifold(shape) - _manifold(*others))


def union(*shapes: Shape) -> Shape:
    """Closed shapes melted into one, with nothing left inside."""
    return _from_manifold(_manifold(*shapes))


def intersect(shape: Shape, other: Shape) -> Shape:
    """What two closed shapes share."""
    return _from_manifold(_manifold(shape) ^ _manifold(other))


def _manifold(*shapes: Shape):
    import manifold3d

    solids = []
    for s in shapes:
        mesh = manifold3d.Mesh(np.asarray(s.vertices, np.float32), np.asarray(s.faces, np.uint32))
        mesh.merge()
        solid = manifold3d.Manifold(mesh)
        if solid.status() != manifold3d.Error.NoError or solid.is_empty():
            raise InputError(
                Problem("shape", "cannot be cut or joined", "a closed surface", str(solid.status()).split(".")[-1])
            )
        solids.append(solid)
    return manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Add) if len(solids) > 1 else solids[0]


def _from_manifold(solid) -> Shape:
    box = solid.bounding_box()
    solid = solid.simplify(1e-4 * max(b - a for a, b in zip(box[:3], box[3:], strict=True)))
    mesh = solid.to_mesh()
    return Shape(np.asarray(mesh.vert_properties[:, :3], float), np.asarray(mesh.tri_verts, np.int64))
