"""What a mesh's shape needs before it can be a thing: faces turned outwards, a volume, a collider that fits.

Owns these repairs and measures. Knows nothing of files and substances.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sim.assets.hull import decompose, fit_primitive, hull, hull_faces, hull_volume
from sim.assets.mesh import Material, Mesh, Primitive, pieces, shaded
from sim.assets.spec import CollisionSpec
from sim.errors import InputError, Problem
from sim.pose import Array


@dataclass(frozen=True)
class Solidity:
    """How much a surface holds.

    | field      | is                                                                    |
    |------------|-----------------------------------------------------------------------|
    | volume | m³ enclosed: by the closed surface, else with its holes capped, else by the hull |
    | of     | which of them it is, in words                                          |
    | hull   | m³ of the hull                                                         |
    | flaw   | what is wrong with the surface, in words; None when it is closed        |
    """

    volume: float
    of: str
    hull: float
    flaw: str | None = None


def joined(mesh: Mesh) -> Mesh:
    """The mesh with primitives of one material made one: fewer draw calls, the same picture."""
    groups: dict[tuple, list[Primitive]] = {}
    for p in mesh.primitives:
        m = p.material
        look = tuple(id(v) if hasattr(v, "getdata") else v for v in vars(m).values())
        groups.setdefault((*look, p.uv is None, p.color is None), []).append(p)
    return Mesh(tuple(_one(group) for group in groups.values()))


def _one(group: list[Primitive]) -> Primitive:
    if len(group) == 1:
        return group[0]
    starts = np.cumsum([0] + [len(p.vertices) for p in group[:-1]])
    uv, color = (
        None if getattr(group[0], name) is None else np.concatenate([getattr(p, name) for p in group])
        for name in ("uv", "color")
    )
    return Primitive(
        np.concatenate([p.vertices for p in group]),
        np.concatenate([p.faces + start for p, start in zip(group, starts, strict=True)]).astype(np.int32),
        np.concatenate([p.normals for p in group]),
        uv,
        group[0].material,
        color,
    )


def outward(mesh: Mesh) -> tuple[Mesh, int]:
    """The mesh with its faces turned outwards, and how many were turned; an open surface has no outside and stays."""
    solid = mesh.solid
    if not solid.is_watertight or (solid.is_winding_consistent and solid.volume >= 0):
        return mesh, 0
    flipped = _wrong_way(mesh)
    primitives, start = [], 0
    for p in mesh.primitives:
        turn = flipped[start : start + len(p.faces)]
        start += len(p.faces)
        if turn.all():
            primitives.append(replace(p, faces=np.ascontiguousarray(p.faces[:, ::-1]), normals=-p.normals))
        elif turn.any():
            faces = np.where(turn[:, None], p.faces[:, ::-1], p.faces)
            primitives.append(shaded(p.vertices.astype(float), faces, p.material, p.uv, p.color))  # type: ignore[arg-type]
        else:
            primitives.append(p)
    return Mesh(tuple(primitives)), int(flipped.sum())


def _wrong_way(mesh: Mesh) -> NDArray[np.bool_]:
    """Which faces ``(m,)`` of a watertight mesh are turned against most of their piece, or with all of it inwards.

    Every face stands in a graph twice, as it is and turned; neighbours that agree are joined as they are, others
    crosswise. The two halves of a piece then are its two orientations.
    """
    index = np.unique(np.round(mesh.vertices, 8), axis=0, return_inverse=True)[1].reshape(-1)
    faces = index[mesh.faces]
    m = len(faces)
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)  # (3m, 2)
    _, edge, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    edge = edge.reshape(-1)
    order = np.argsort(edge, kind="stable")
    order = order[(count[edge] == 2)[order]].reshape(-1, 2)  # half edges of each edge with two faces
    a, b = (order // 3).T
    upwards = edges[:, 0] < edges[:, 1]
    crossed = m * (upwards[order[:, 0]] == upwards[order[:, 1]])
    rows, columns = np.concatenate([a, a + m]), np.concatenate([b + crossed, b + m - crossed])
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(2 * m, 2 * m))
    half = connected_components(graph, directed=False)[1].reshape(2, m)
    piece = half.min(axis=0)
    flipped = half[0] != piece
    most = np.bincount(piece, flipped) > np.bincount(piece) / 2
    flipped ^= most[piece]
    corners = mesh.vertices[np.where(flipped[:, None], mesh.faces[:, ::-1], mesh.faces)]
    return ~flipped if _signed_volume(corners) < 0 else flipped


def _signed_volume(triangles: Array) -> float:
    """m³ enclosed by triangles ``(m, 3, 3)``; negative when they look inwards."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def solidity(mesh: Mesh) -> Solidity:
    """How much the mesh holds.

    Raises:
        InputError: It is flat.
    """
    solid = mesh.solid
    whole = hull_volume(hull(mesh.vertices, 10**9))
    consistent = solid.is_winding_consistent
    if mesh.closed and consistent and 0 < solid.volume <= 1.001 * whole:
        return Solidity(float(solid.volume), "the volume it encloses", whole)
    edges = np.sort(np.asarray(solid.edges), axis=1)
    open_edges = float(np.mean(np.unique(edges, axis=0, return_counts=True)[1] == 1))
    flaw = f"is open ({open_edges:.1%} of its edges)" if open_edges else "touches itself"
    if not consistent:
        flaw += " and looks both ways"
    capped = abs(_capped_volume(solid))
    if consistent and 0.02 * whole < capped <= 1.001 * whole:
        of = "its volume with the holes capped" if open_edges else "the volume it encloses"
        return Solidity(capped, of, whole, flaw)
    return Solidity(whole, "the volume of its hull", whole, flaw)


def _capped_volume(body: trimesh.Trimesh) -> float:
    """Signed volume, m³, of a surface with each of its holes closed by a fan to the middle of the hole's rim."""
    points = np.asarray(body.vertices) - np.asarray(body.vertices).mean(axis=0)
    triangles = points[np.asarray(body.faces)]
    edges = np.asarray(body.edges)  # (3m, 2), directed as in their faces
    _, index, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    rim = edges[count[index.reshape(-1)] == 1]
    if len(rim):
        n = len(points)
        graph = coo_matrix((np.ones(len(rim)), (rim[:, 0], rim[:, 1])), shape=(n, n))
        hole = connected_components(graph, directed=False)[1][rim[:, 0]]  # (r,)
        count = np.maximum(np.bincount(hole), 1)
        middle = np.stack([np.bincount(hole, points[rim[:, 0], axis]) / count for axis in range(3)], axis=1)
        caps = np.stack([points[rim[:, 1]], points[rim[:, 0]], middle[hole]], axis=1)
        triangles = np.concatenate([triangles, caps])
    return _signed_volume(triangles)


def fitting_collider(mesh: Mesh, hull_m3: float) -> tuple[CollisionSpec, str]:
    """The simplest collider within 5 % of the volume of the mesh's whole hull, and the sentence that says so."""
    corners = hull(mesh.vertices, 10**9)
    thinned = hull(corners)
    measured = hull_volume(thinned) / hull_m3  # what `Fit.excess` is measured against
    for kind in ("box", "sphere", "cylinder", "capsule"):
        fit = fit_primitive(corners, kind)
        excess = abs((1 + fit.excess) * measured - 1)
        if excess <= 0.05:
            says = f"collides as a {kind}, which is {excess:.1%} off its hull"
            more = {"axis": fit.axis} if kind in ("cylinder", "capsule") else {}
            return CollisionSpec.model_validate({"approximation": kind} | more), says
    return CollisionSpec(approximation="convex_hull"), f"collides as its hull of {len(thinned)} corners"


def decomposed(mesh: Mesh) -> tuple[Mesh, int]:
    """Convex pieces of a mesh as one mesh of separate bodies, and how many.

    Each piece shrinks by 0.02 % about its middle, so that no two share a corner and they stay separate when read.

    Raises:
        InputError: The extra ``decompose`` is not installed, or the pieces cannot be told apart again.
    """
    hulls = decompose(mesh.solid.vertices, mesh.solid.faces)
    middles = [corners.mean(axis=0) for corners in hulls]
    bodies = tuple(
        shaded(corners, hull_faces(corners), Material(f"piece {i}", given=False))
        for i, corners in enumerate(m + (h - m) * 0.9998 for h, m in zip(hulls, middles, strict=True))
    )
    result = Mesh(bodies)
    found = len(pieces(result))
    if found != len(hulls):
        raise InputError(
            Problem(
                "--decompose", "gave pieces that touch", f"{len(hulls)} pieces", f"{found}", "leave --decompose out"
            )
        )
    return result, len(hulls)


def extent(mesh: Mesh) -> Array:
    """Size ``(3,)`` along x, y and z, in m."""
    return mesh.bounds[1] - mesh.bounds[0]
