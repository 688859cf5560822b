"""A mesh becomes a regular grid of cells, each filled in part: what finite elements are made of.

A thick thing is filled where its surface goes around (the winding number along vertical lines). A thin-walled one is
filled where its surface is, with as much as the wall is thick.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sim.pose import Array

SUBCOLUMNS = 2  # vertical lines a cell along x and along y, and samples along each
LEAST_FILL = 0.05  # cells that hold less are left out of thick things
OFF_GRID = 0.4637e-3  # part of a cell by which lines miss edges that lie on the grid
TRIES = 12
DRUM = 0.05, 0.15  # mean fill of what is a drum, and of what bends freely: estimates from oil drums and open tubes


@dataclass(frozen=True, eq=False)
class Cells:
    """n cells of one grid.

    | field | is                                                                     |
    |-------|------------------------------------------------------------------------|
    | low   | ``(3,)`` m, lowest corner of the grid                                   |
    | size  | ``(3,)`` m, edges of a cell                                             |
    | index | ``(n, 3)`` which cells                                                  |
    | fill  | ``(n,)`` part of the cell's volume that holds matter                     |
    | thin  | whether the walls are thinner than a cell, so that a cell bends as its wall |
    """

    low: Array
    size: Array
    index: NDArray[np.int64]
    fill: Array
    thin: bool = False

    @property
    def stiffness(self) -> Array:
        """``(n,)`` Young's modulus of each cell, as part of the substance's.

        A wall of thickness t in one layer of cells of height a, or in two, has the bending stiffness ``E t³ / 12`` when
        the cells have ``E fill³``; the mean of a cell and its neighbours levels out how the grid cuts curved walls.
        The thinnest walls are those of drums, cans and balls, which are closed and cannot bend without stretching.
        """
        if not self.thin:
            return self.fill
        grid = np.zeros(self.index.max(axis=0) + 3)
        there = grid.copy()
        at = tuple(self.index.T + 1)
        grid[at], there[at] = self.fill, 1
        around = np.ones((3, 3, 3))
        mean = (
            ndimage.convolve(grid, around, mode="constant")[at] / ndimage.convolve(there, around, mode="constant")[at]
        )
        return mean ** float(np.interp(np.log(self.fill.mean()), np.log(DRUM), (2.5, 3.0)))

    def nodes(self) -> tuple[Array, NDArray[np.int64]]:
        """Corners ``(k, 3)`` m, each once, and the eight ``(n, 8)`` of every cell, x fastest."""
        corner = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)])
        grid = self.index[:, None] + corner
        shape = grid.reshape(-1, 3).max(axis=0) + 1
        flat = np.ravel_multi_index(tuple(grid.reshape(-1, 3).T), tuple(shape))
        used, cell = np.unique(flat, return_inverse=True)
        place = np.stack(np.unravel_index(used, tuple(shape)), axis=-1)
        return self.low + place * self.size, cell.reshape(-1, 8)


def cells(
    vertices: Array,
    faces: NDArray[np.int64],
    wall: float | None = None,
    max_nodes: int = 3000,
    edge: float | None = None,
) -> Cells:
    """The cells of a thing, in one piece, with edges as even as its outline lets them be.

    Args:
        vertices: ``(n, 3)`` m.
        faces: ``(m, 3)``, outwards.
        wall: Thickness of its walls, m, when the surface is that of a shell; None: it is filled.
        max_nodes: How many corners there may be.
        edge: Of a cell, m, at most; found from ``max_nodes`` when left out.
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    extent = np.maximum(high - low, 1e-6)
    extent = np.maximum(extent, extent.max() * 1e-3)
    if edge is not None:
        return _filled(vertices, faces, low, extent, edge, wall)
    edge = float((np.prod(extent) / max_nodes) ** (1 / 3))
    smallest = extent.max() / 200
    edge, best = max(edge, smallest), None
    for _ in range(TRIES):
        made = _filled(vertices, faces, low, extent, edge, wall)
        n = len(made.nodes()[0]) if len(made.index) else 0
        if n <= max_nodes and (best is None or n > len(best.nodes()[0])):
            best = made
        if 0.75 * max_nodes <= n <= max_nodes or (n <= max_nodes and edge <= smallest):
            break
        ratio = (max(n, 8) / (0.88 * max_nodes)) ** (0.5 if wall else 0.4)
        edge = max(edge * float(np.clip(ratio, 0.5, 2.0)), smallest)
    return best if best is not None else _filled(vertices, faces, low, extent, float(extent.max()), wall)


def _filled(
    vertices: Array, faces: NDArray[np.int64], low: Array, extent: Array, edge: float, wall: float | None
) -> Cells:
    count = np.maximum(np.round(extent / edge), 1).astype(int)
    size = extent / count
    fill = _winding_fill(vertices, faces, low, size, count) if wall is None else np.zeros(count)
    if wall is not None or not (fill > LEAST_FILL).any():
        fill = _surface_fill(vertices, faces, low, size, count, wall or float(size.min()))
        return _largest_piece(Cells(low, size, np.argwhere(fill > 0), fill[fill > 0], thin=True))
    fill[fill <= LEAST_FILL] = 0
    return _largest_piece(Cells(low, size, np.argwhere(fill > 0), fill[fill > 0]))


def _largest_piece(found: Cells) -> Cells:
    """The largest group of cells that hang together by their faces."""
    grid = np.zeros(found.index.max(axis=0) + 1, bool)
    grid[tuple(found.index.T)] = True
    label, n = ndimage.label(grid)
    if n == 1:
        return found
    own = label[tuple(found.index.T)]
    keep = own == np.argmax(np.bincount(own, found.fill))
    return replace(found, index=found.index[keep], fill=found.fill[keep])


def _winding_fill(vertices: Array, faces: NDArray[np.int64], low: Array, size: Array, count: NDArray) -> Array:
    """Part ``count`` of every cell inside the surface, from samples on vertical lines."""
    s = SUBCOLUMNS
    fine, n = size / s, count * s
    points = (vertices - low) / fine - 0.5 - OFF_GRID  # in units of samples
    a, b, c = (points[faces[:, i]] for i in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    upright = np.abs(area) > 1e-12
    a, b, c, area = a[upright], b[upright], c[upright], area[upright]
    first = np.ceil(np.minimum(np.minimum(a, b), c)[:, :2]).astype(int)
    last = np.floor(np.maximum(np.maximum(a, b), c)[:, :2]).astype(int)
    first, last = np.maximum(first, 0), np.minimum(last, n[:2] - 1)
    width, depth = np.maximum(last - first + 1, 0).T
    tri = np.repeat(np.arange(len(a)), width * depth)
    step = np.arange(len(tri)) - np.repeat(np.cumsum(width * depth) - width * depth, width * depth)
    x, y = first[tri, 0] + step % np.maximum(width[tri], 1), first[tri, 1] + step // np.maximum(width[tri], 1)

    def part(p: Array, q: Array) -> Array:
        return ((q[tri, 0] - p[tri, 0]) * (y - p[tri, 1]) - (q[tri, 1] - p[tri, 1]) * (x - p[tri, 0])) / area[tri]

    u, v, w = part(b, c), part(c, a), part(a, b)
    hit = (u >= 0) & (v >= 0) & (w >= 0)
    z = (u * a[tri, 2] + v * b[tri, 2] + w * c[tri, 2])[hit]
    below = np.clip(np.ceil(z), 0, n[2]).astype(int)  # samples 0 … below − 1 lie under the crossing
    winding = np.zeros((n[0], n[1], n[2] + 1), np.int32)
    np.add.at(winding, (x[hit], y[hit], below), np.sign(area[tri][hit]).astype(np.int32))
    under = np.cumsum(winding[:, :, ::-1], axis=2)[:, :, ::-1][:, :, 1:]
    inside = (under > 0).astype(float)
    return inside.reshape(count[0], s, count[1], s, count[2], s).mean(axis=(1, 3, 5))


def _surface_fill(
    vertices: Array, faces: NDArray[np.int64], low: Array, size: Array, count: NDArray, wall: float
) -> Array:
    """Part ``count`` of every cell that a wall on the surface takes up."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    longest = np.max([np.linalg.norm(e, axis=1) for e in (b - a, c - b, a - c)], axis=0)
    n = np.clip(np.ceil(3 * longest / size.min()).astype(int), 1, 60)
    fill = np.zeros(count)
    for k in np.unique(n):
        which = n == k
        i, j = np.meshgrid(np.arange(k), np.arange(k), indexing="ij")
        upper = (i + j) < k
        lower = (i + j) < k - 1
        u = np.concatenate([(i[upper] + 1 / 3) / k, (i[lower] + 2 / 3) / k])
        v = np.concatenate([(j[upper] + 1 / 3) / k, (j[lower] + 2 / 3) / k])
        points = a[which, None] + u[:, None] * (b - a)[which, None] + v[:, None] * (c - a)[which, None]
        cell = np.clip(((points - low) / size).astype(int), 0, count - 1).reshape(-1, 3)
        share = np.repeat(area[which] / len(u), len(u))
        np.add.at(fill, tuple(cell.T), share)
    return np.minimum(fill * wall / np.prod(size), 1.0)
