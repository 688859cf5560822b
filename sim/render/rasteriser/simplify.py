"""Fewer triangles for what is seen small: corners that fall into one cell of a grid become one.

Each piece that hangs together has a grid of its own, at least two cells wide, so that thin boards and rods stay boards
and rods. Where a corner goes is what the planes around it say (Lindstrom, "Out-of-core simplification", 2000); normals,
texture coordinates and colours that differ stay apart. Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sim.assets.mesh import Primitive
from sim.pose import Array

FEWEST = 200  # triangles from which fewer pay
MOST_LEVELS = 4
SHRUNK = 0.75  # a piece that would lose more of its surface stays as it is
FLAT = 1e-3  # how much a corner is drawn to the middle of its cell
SPECKS = 0.03  # share of a part's surface that may vanish because each piece of it is too small to see
HALF = 0.501  # of a piece's side: two cells, each with one end in it
STRAY = 4.0  # times what corners leave the surface by must be unseen; else, half as far along it
LEAF = 7.0  # cells: leaves smaller than this are drawn fewer and larger


@dataclass(frozen=True, eq=False)
class Coarse:
    """A primitive with fewer triangles.

    | field     | is                                                     |
    |-----------|--------------------------------------------------------|
    | cell      | m: how far a corner may have moved, unscaled            |
    | primitive | what is drawn; without faces: too small to be seen      |
    """

    cell: float
    primitive: Primitive


def coarser(p: Primitive, part_area: float | None = None) -> list[Coarse]:
    """Ever coarser versions of a primitive, each with at most half the triangles of the one before.

    Args:
        p: All of it.
        part_area: m² of the part it belongs to; what is a small share of that may vanish when it is small to see.
    """
    if len(p.faces) < FEWEST:
        return []
    pieces = Pieces(p, part_area)
    out: list[Coarse] = []
    count, tries = len(p.faces), 0
    exponent = int(np.floor(np.log2(max(pieces.spacing, pieces.reach / 512, 1e-5))))
    while len(out) < MOST_LEVELS and tries < 9 and 2.0**exponent < pieces.reach / 3 and count > 24:
        level = pieces.clustered(2.0**exponent)
        if len(level.faces) <= count / 2:
            out.append(Coarse(max(2.0**exponent / 2, min(2.0**exponent, STRAY * pieces.off)), level))
            count = len(level.faces)
        exponent, tries = exponent + 1, tries + 1
    return out


def area(p: Primitive) -> float:
    """m² of a primitive's triangles."""
    return float(np.nansum(_planes(p.vertices.astype(float), p.faces)[1]))


class Pieces:
    """A primitive and what of it hangs together.

    | attribute | shape  | is                                           |
    |-----------|--------|----------------------------------------------|
    | piece     | (n,)   | which piece each vertex is of                  |
    | low       | (k, 3) | m, lowest corner of each piece                 |
    | extent    | (k, 3) | m                                              |
    | area      | (k,)   | m²                                             |
    | cell      | (k,)   | m, how coarse each piece is; 0: as it was       |
    | stopped   | (k,)   | which would lose their shape if coarser         |
    | spacing   |        | m, the length of a common edge                 |
    | reach     |        | m, the longest side of everything              |
    """

    def __init__(self, p: Primitive, part_area: float | None = None):
        self.p = p
        self.at = p.vertices.astype(float)
        step = max(float(np.ptp(self.at, axis=0).max()) * 1e-6, 1e-12)
        self.place = place = _distinct(np.round((self.at - self.at.min(axis=0)) / step).astype(np.int64))[1]
        f = place[p.faces]
        n = int(place.max()) + 1
        links = coo_matrix((np.ones(2 * len(f), np.int8), (f[:, :2].reshape(-1), f[:, 1:].reshape(-1))), shape=(n, n))
        of_place = connected_components(links, directed=False)[1]
        self.piece = of_place[place]
        k = int(of_place.max()) + 1
        self.low, high = np.full((k, 3), np.inf), np.full((k, 3), -np.inf)
        np.minimum.at(self.low, self.piece, self.at)
        np.maximum.at(high, self.piece, self.at)
        self.extent = high - self.low
        self.face_piece = self.piece[p.faces[:, 0]]
        self.normal, face_area = _planes(self.at, p.faces)
        self.area = np.bincount(self.face_piece, face_area, k)
        self.face_area = face_area
        self.part_area = part_area or float(face_area.sum())
        self.reach = float(np.ptp(self.at[p.faces.reshape(-1)], axis=0).max())
        edge = self.at[p.faces[:, 0]] - self.at[p.faces[:, 1]]
        self.spacing = float(np.median(np.linalg.norm(edge, axis=1)))
        self.rims = self._rims(f)
        self.cell, self.stopped = np.zeros(k), np.zeros(k, bool)
        self.off = np.inf  # m that corners of the last level left their surface
        self.stretch = 0.0  # of texture, 1/m
        if p.uv is not None:
            a, b, c = (p.uv[p.faces[:, i]].astype(float) for i in range(3))
            u, v = b - a, c - a
            total = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).sum() / 2
            self.stretch = float(np.sqrt(total / max(face_area.sum(), 1e-20)))

    def _rims(self, f: NDArray) -> tuple[NDArray, NDArray]:
        """Edges with one triangle only: vertices ``(r, 2)`` and whose ``(r,)``."""
        corners = self.p.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        ends = np.sort(f[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1).astype(np.int64)
        _, first, count = np.unique(ends[:, 0] * (int(f.max()) + 1) + ends[:, 1], return_index=True, return_counts=True)
        alone = first[count == 1]
        return corners[alone], alone // 3

    def clustered(self, cell: float) -> Primitive:
        """This with one corner in each cell of ``cell`` m, or less where a piece would lose its shape.

        To be called with ever larger cells: a piece that has lost its shape once is not made coarser again.
        """
        small = np.linalg.norm(self.extent, axis=1)
        if self.p.material.alpha_mode == "MASK":
            return self._leaves(cell, small)
        before = self.cell.copy()
        self.cell[~self.stopped] = cell
        cluster, at, whole = self._clusters()
        area = np.bincount(self.face_piece[whole], _planes(at, cluster[self.p.faces[whole]])[1], len(self.area))
        lost = ~self.stopped & (area < SHRUNK * self.area)
        gone = (lost | self.stopped) & (small < 0.6 * cell)
        if self.area[gone].sum() > SPECKS * self.part_area:  # a crowd of small things is seen
            gone[:] = False
        if lost.any():
            self.stopped |= lost
            self.cell[lost] = before[lost]
            cluster, at, whole = self._clusters()
        self.off = float(np.abs(((at[cluster] - self.at) * self.p.normals).sum(axis=1)).max())
        return self._joined(cluster, at, whole & ~gone[self.face_piece], cell)

    def _clusters(self) -> tuple[NDArray, Array, NDArray]:
        """The cluster of each vertex ``(n,)``, where each goes ``(c, 3)``, and which faces remain ``(m,)``."""
        piece, cell = self.piece, self.cell[:, None]
        side = np.maximum(np.minimum(cell, self.extent * HALF), cell * 1e-3) + (cell == 0)  # (k, 3)
        grid = np.floor((self.at - self.low[piece]) / side[piece]).astype(np.int64)
        shape = np.floor(self.extent / side).astype(np.int64) + 1
        start = np.concatenate([[0], np.cumsum(shape.prod(axis=1))])[:-1]
        w, h = shape[piece, 0], shape[piece, 1]
        key = start[piece] + grid[:, 0] + w * (grid[:, 1] + h * grid[:, 2])
        key = np.where(self.cell[piece] > 0, key, -1 - self.place)
        cluster = np.unique(key, return_inverse=True)[1].reshape(-1)
        f = cluster[self.p.faces]
        whole = (f[:, 0] != f[:, 1]) & (f[:, 1] != f[:, 2]) & (f[:, 2] != f[:, 0])
        return cluster, self._corners(cluster), whole

    def _corners(self, cluster: NDArray) -> Array:
        """Where the corner of each cluster ``(c, 3)`` goes, m."""
        f = self.p.faces
        n = int(cluster.max()) + 1
        count = np.bincount(cluster, minlength=n)
        middle = np.stack([np.bincount(cluster, self.at[:, i], n) for i in range(3)], axis=1) / count[:, None]
        whose, normal = cluster[f].reshape(-1), np.repeat(self.normal, 3, axis=0)
        weight, point = np.repeat(self.face_area, 3), self.at[f].reshape(-1, 3)
        ends, of = self.rims
        if len(ends):  # a plane through each rim, across its triangle, keeps the rim where it is
            along = self.at[ends[:, 1]] - self.at[ends[:, 0]]
            across = np.cross(along, self.normal[of])
            length = np.linalg.norm(across, axis=1)
            across /= np.maximum(length, 1e-20)[:, None]
            whose = np.concatenate([whose, cluster[ends].reshape(-1)])
            normal = np.concatenate([normal, np.repeat(across, 2, axis=0)])
            weight = np.concatenate([weight, np.repeat(length**2, 2)])
            point = np.concatenate([point, self.at[ends].reshape(-1, 3)])
        off = ((point - middle[whose]) * normal).sum(axis=1)
        a, b = np.empty((n, 3, 3)), np.empty((n, 3))
        for i in range(3):
            b[:, i] = np.bincount(whose, weight * normal[:, i] * off, n)
            for j in range(i, 3):
                a[:, i, j] = a[:, j, i] = np.bincount(whose, weight * normal[:, i] * normal[:, j], n)
        a += np.eye(3) * (FLAT * np.trace(a, axis1=1, axis2=2) + 1e-18)[:, None, None]
        shift = np.linalg.solve(a, b[..., None])[..., 0]
        low, high = np.full((n, 3), np.inf), np.full((n, 3), -np.inf)
        np.minimum.at(low, cluster, self.at)
        np.maximum.at(high, cluster, self.at)
        return np.clip(middle + shift, low, high)

    def _joined(self, cluster: NDArray, at: Array, kept: NDArray, cell: float) -> Primitive:
        """The kept faces, on the clusters' corners; vertices of one cluster that look alike become one."""
        p = self.p
        old = p.faces[kept]
        used = np.unique(old)
        alike = [cluster, *np.round(p.normals * 1.5).T]
        if p.uv is not None and self.stretch > 0:
            alike += list(np.floor(p.uv.astype(float) / max(4 * cell * self.stretch, 1e-6)).T)
        full = self.cell[self.piece] == 0
        key = np.column_stack([*alike, np.where(full, np.arange(len(full)), -1)])[used].astype(np.int64)
        first, index = _distinct(key)
        n, lead = len(first), used[first]
        count = np.bincount(index, minlength=n)[:, None]

        def mean(values: NDArray) -> Array:
            return np.stack([np.bincount(index, values[used, i], n) for i in range(values.shape[1])], axis=1) / count

        normals = mean(p.normals)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        places = at[cluster[lead]]
        corner = np.full(len(p.vertices), -1)
        corner[used] = index
        faces = corner[old]
        turned = (_planes(places, faces)[0] * normals[faces].sum(axis=1)).sum(axis=1) < 0
        right = (self.normal[kept] * p.normals[old].sum(axis=1)).sum(axis=1) >= 0
        faces[turned & right] = faces[turned & right][:, ::-1]
        return replace(
            p,
            vertices=places.astype(np.float32),
            normals=normals.astype(np.float32),
            uv=None if p.uv is None else mean(p.uv).astype(np.float32),
            color=None if p.color is None else mean(p.color).astype(np.float32),
            faces=_once(faces).astype(np.int32),
        )

    def _leaves(self, cell: float, small: Array) -> Primitive:
        """Fewer leaves, each larger, so that as much is covered as before."""
        p = self.p
        share = np.clip((np.median(small) / (LEAF * cell)) ** 2, 0.12, 1.0)
        chosen = np.random.default_rng(7).permutation(len(small)) < share * len(small)
        middle = self.low + self.extent / 2
        grown = np.where(np.isfinite(share), share**-0.5, 1.0)
        at = middle[self.piece] + (self.at - middle[self.piece]) * grown
        faces = p.faces[chosen[self.face_piece]]
        used = np.unique(faces)
        index = np.full(len(p.vertices), -1)
        index[used] = np.arange(len(used))
        return replace(
            p,
            vertices=at[used].astype(np.float32),
            normals=p.normals[used],
            uv=None if p.uv is None else p.uv[used],
            color=None if p.color is None else p.color[used],
            faces=index[faces].astype(np.int32),
        )


def _planes(at: Array, faces: NDArray) -> tuple[Array, Array]:
    """Unit normals ``(m, 3)`` and areas ``(m,)`` of triangles."""
    a, b, c = (at[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    return normal / np.maximum(length, 1e-30)[:, None], length / 2


def _once(faces: NDArray) -> NDArray:
    """Each triangle once; which corner comes first does not matter, which way it turns does."""
    if not len(faces):
        return faces
    first = np.argmin(faces, axis=1)
    rolled = np.take_along_axis(faces, (first[:, None] + np.arange(3)) % 3, axis=1)
    return faces[np.sort(_distinct(rolled)[0])]


def _distinct(rows: NDArray) -> tuple[NDArray, NDArray]:
    """Where each row ``(n, c)`` comes up first, and which of these each row is."""
    order = np.lexsort(rows.T[::-1])
    ranked = rows[order]
    new = np.concatenate([[True], (ranked[1:] != ranked[:-1]).any(axis=1)])
    index = np.empty(len(rows), np.int64)
    index[order] = np.cumsum(new) - 1
    return order[new], index
