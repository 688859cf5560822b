"""Heat in a thing that melts: the enthalpy method on a grid of voxels.

The state of a cell is the volume of it that is filled (0 to 1) and the heat in it, J, counted from solid at the
melting point. Melt that drains takes its latent heat along and leaves the cell emptier; melt that is retained stays
(freezing and melting fronts, Stefan's problem). Heat spreads by explicit conduction, face by face, so that none is
lost (Voller, IMA J. Num. Anal. 5, 1985; Alexiades and Solomon, 1993).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.physics.heat.matter import Matter
from sim.pose import Array

SAFE = 0.9  # of the longest stable explicit step
SOLID = 0.05  # a cell with less in it stops nothing
NO_CELL = -1
SHEET = 96  # columns along a sheet


@dataclass
class Loss:
    """What left a grid: kg of melt and of crumbs, and the heat, J, that went with each."""

    melt: float = 0.0
    melt_heat: float = 0.0
    crumbs: float = 0.0
    crumb_heat: float = 0.0

    def __iadd__(self, other: Loss) -> Loss:
        self.melt += other.melt
        self.melt_heat += other.melt_heat
        self.crumbs += other.crumbs
        self.crumb_heat += other.crumb_heat
        return self


class Voxels:
    """A grid of cells in a thing's own frame.

    | attribute | shape        | is                                                       |
    |-----------|--------------|----------------------------------------------------------|
    | origin    | (3,)         | m, lowest corner                                           |
    | spacing   | (3,)         | m, size of a cell                                          |
    | fill      | (nx, ny, nz) | part of each cell that is filled                            |
    | energy    | (nx, ny, nz) | J in each cell, from solid at the melting point              |
    | shape_version |          | rises when what is filled has changed                        |

    Args:
        matter: What it is made of.
        origin: m.
        spacing: m.
        fill: Part of each cell that is filled.
        temperature: K at the start.
        drained: Whether melt leaves.
    """

    def __init__(
        self, matter: Matter, origin: Array, spacing: Array, fill: Array, temperature: float, drained: bool = True
    ) -> None:
        self.matter, self.drained = matter, drained
        self.origin, self.spacing = np.asarray(origin, float), np.asarray(spacing, float)
        self.fill = np.array(fill, float)
        self.cell_volume = float(np.prod(self.spacing))
        self.cell_mass = matter.density * self.cell_volume
        self.energy = self.fill * (self.cell_mass * float(matter.enthalpy(temperature)))
        self.shape_version = 0
        self._plain = len(matter.kelvins) == 3 and np.ptp(np.diff(matter.heats) / np.diff(matter.kelvins)) < 1e-9
        self._exposed: tuple[int, NDArray[np.int64], Array] | None = None

    @property
    def mass(self) -> float:
        """kg."""
        return float(self.fill.sum()) * self.cell_mass

    @property
    def heat(self) -> float:
        """J, from solid at the melting point."""
        return float(self.energy.sum())

    @property
    def temperature(self) -> float:
        """K, the mean by mass."""
        return float(self.matter.temperature(self.heat / max(self.mass, 1e-12)))

    def temperatures(self) -> Array:
        """K of every cell ``(nx, ny, nz)``; the melting point where there is nothing."""
        m, filled = self.matter, np.maximum(self.fill, 1e-6)
        specific = self.energy / (filled * self.cell_mass)
        if self.drained:
            if self._plain:
                return float(m.kelvins[1]) + specific / float(m.specific_heat(m.kelvins[1]))
            return m.temperature(specific)
        solid, liquid = np.minimum(specific, 0.0), np.maximum(specific - m.latent_heat, 0.0)
        return m.temperature(solid) + liquid / m.liquid_specific_heat

    def liquid_part(self) -> Array:
        """Part of every cell that is molten (retained melt)."""
        held = np.maximum(self.fill, 1e-6) * (self.cell_mass * self.matter.latent_heat)
        return np.clip(self.energy / held, 0.0, 1.0)

    def conductivities(self) -> Array | float:
        """W/(m K) of every cell."""
        m = self.matter
        if self.drained:
            constant = len(m.conductivities) == 1
            return float(m.conductivities[0, 1]) if constant else m.conductivity(self.temperatures())
        return m.conductivity(self.temperatures()) + self.liquid_part() * (
            m.liquid_conductivity - float(m.conductivity(m.melting_point))
        )

    # -----------------------------------------------------------------------------------------------------------------
    # Conduction

    @property
    def longest_step(self) -> float:
        """s, the longest stable explicit step."""
        m = self.matter
        alpha = float(m.conductivity(m.melting_point)) / (m.density * float(m.specific_heat(m.melting_point)))
        ways = np.array(self.fill.shape) > 1
        return SAFE / (2 * alpha * max(float(np.sum(self.spacing[ways] ** -2.0)), 1e-12))

    def conduct(self, dt: float) -> int:
        """Lets heat spread for ``dt`` s; returns the steps it took."""
        steps = max(1, int(np.ceil(dt / self.longest_step - 1e-9)))
        for _ in range(steps):
            self._conduct_once(dt / steps)
        return steps

    def _conduct_once(self, dt: float) -> None:
        kelvins, k = self.temperatures(), self.conductivities()
        change = np.zeros_like(self.energy)
        for axis in range(3):
            low = tuple(slice(None, -1) if i == axis else slice(None) for i in range(3))
            high = tuple(slice(1, None) if i == axis else slice(None) for i in range(3))
            flow = kelvins[low] - kelvins[high]
            flow *= np.minimum(self.fill[low], self.fill[high])
            if isinstance(k, float):
                flow *= k * dt * self.cell_volume / self.spacing[axis] ** 2
            else:
                flow *= 2 * k[low] * k[high] / (k[low] + k[high]) * (dt * self.cell_volume / self.spacing[axis] ** 2)
            change[low] -= flow
            change[high] += flow
        self.energy += change

    # -----------------------------------------------------------------------------------------------------------------
    # Heating and melting

    def add(self, cells: NDArray[np.int64], joules: Array) -> None:
        """Heats cells ``(k,)`` (flat indices, doubles allowed) with ``(k,)`` J; `settle` lets them melt."""
        np.add.at(self.energy.reshape(-1), cells, joules)

    def settle(self, cells: NDArray[np.int64] | None = None) -> Loss:
        """Lets melt drain from cells, or from all; what left with it."""
        loss = Loss()
        if not self.drained or not self.matter.melts:
            return loss
        energy, fill = self.energy.reshape(-1), self.fill.reshape(-1)
        hot = np.flatnonzero(energy > 0) if cells is None else np.unique(cells[energy[cells] > 0])
        if not len(hot):
            return loss
        latent = self.matter.latent_heat * self.cell_mass
        melted = np.minimum(energy[hot] / latent, fill[hot])
        gone = fill[hot] - melted < 1e-9
        melted = np.where(gone, fill[hot], melted)
        spare = np.where(gone, energy[hot] - melted * latent, 0.0)  # what melts the last bit of a cell goes on
        fill[hot] -= melted
        energy[hot] = np.where(gone, 0.0, energy[hot] - melted * latent)
        lost = self._pass_on(hot[gone], spare[gone]) if gone.any() else 0.0
        loss.melt, loss.melt_heat = float(melted.sum()) * self.cell_mass, float(melted.sum()) * latent + lost
        self.shape_version += 1
        return loss

    def _pass_on(self, cells: NDArray[np.int64], joules: Array) -> float:
        """Gives what emptied cells ``(k,)`` had over to their fullest neighbours; J for which there is none."""
        fill, (_, ny, nz) = self.fill.reshape(-1), self.fill.shape
        index = np.stack(np.unravel_index(cells, self.fill.shape), axis=1)
        beside = index[:, None, :] + np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
        inside = np.all((beside >= 0) & (beside < self.fill.shape), axis=2)
        flat = np.where(inside, (beside[..., 0] * ny + beside[..., 1]) * nz + beside[..., 2], 0)
        held = np.where(inside, fill[flat], 0.0)
        row, best = np.arange(len(cells)), np.argmax(held, axis=1)
        some = held[row, best] > 0
        np.add.at(self.energy.reshape(-1), flat[row, best][some], joules[some])
        return float(joules[~some].sum())

    def remove(self, cells: NDArray[np.int64], part: Array) -> Loss:
        """Takes ``part`` ``(k,)`` of the whole cell out of cells ``(k,)``, as chips, with its heat."""
        energy, fill = self.energy.reshape(-1), self.fill.reshape(-1)
        taken = np.minimum(part, fill[cells])
        heat = energy[cells] * np.divide(taken, fill[cells], out=np.zeros_like(taken), where=fill[cells] > 0)
        fill[cells] -= taken
        energy[cells] -= heat
        self.shape_version += 1
        return Loss(crumbs=float(taken.sum()) * self.cell_mass, crumb_heat=float(heat.sum()))

    def drop_crumbs(self, keep: float = 0.02) -> Loss:
        """Removes pieces that hang on nothing and are less than ``keep`` of all that is left."""
        from scipy.ndimage import label

        names, count = label(self.fill > SOLID)
        if count < 2:
            return Loss()
        sizes = np.bincount(names.reshape(-1), self.fill.reshape(-1))
        sizes[0] = np.inf  # no piece: the film on a piece
        small = np.flatnonzero(sizes < keep * self.fill.sum())
        cells = np.flatnonzero(np.isin(names.reshape(-1), small))
        return self.remove(cells, np.ones(len(cells))) if len(cells) else Loss()

    # -----------------------------------------------------------------------------------------------------------------
    # Places

    def centers(self) -> tuple[Array, Array, Array]:
        """m, the middles of the cells along x, y and z."""
        x, y, z = (self.origin[i] + (np.arange(n) + 0.5) * self.spacing[i] for i, n in enumerate(self.fill.shape))
        return x, y, z

    def cells_at(self, points: Array) -> NDArray[np.int64]:
        """Flat indices ``(…)`` of the cells that hold points ``(…, 3)``; `NO_CELL` outside."""
        index = np.floor((points - self.origin) / self.spacing).astype(np.int64)
        inside = np.all((index >= 0) & (index < self.fill.shape), axis=-1)
        _, ny, nz = self.fill.shape
        return np.where(inside, (index[..., 0] * ny + index[..., 1]) * nz + index[..., 2], NO_CELL)

    def look(self, points: Array, directions: Array, reach: float) -> tuple[NDArray[np.int64], Array]:
        """What points see along unit directions: the first cell with something in it, and the empty way before it.

        Half a voxel is counted off the gap: a surface is not known better than that.

        Args:
            points: ``(n, 3)`` m, in the thing's frame.
            directions: ``(n, 3)``.
            reach: How far, m.

        Returns:
            Cells ``(n,)``, `NO_CELL` where nothing is in reach, and gaps ``(n,)`` m.
        """
        voxel = float(self.spacing.min())
        way = np.arange(0.0, reach + 1.5 * voxel, voxel / 4)
        cells = self.cells_at(points[:, None, :] + way[None, :, None] * directions[:, None, :])
        fill = np.where(cells >= 0, self.fill.reshape(-1)[cells], 0.0)
        held = fill > SOLID
        first = np.argmax(held, axis=1)
        full = fill > 0.99
        before = np.cumsum(full, axis=1) == 0
        gap = np.sum(np.where(before, 1.0 - fill, 0.0), axis=1) * (voxel / 4)
        gap = np.where(full.any(axis=1), gap, way[first] + voxel * (1 - fill[np.arange(len(fill)), first]))
        seen = held.any(axis=1) & (gap - voxel / 2 <= reach)
        row = np.arange(len(points))
        return np.where(seen, cells[row, first], NO_CELL), np.maximum(gap - voxel / 2, 0.0)

    def exposed(self) -> tuple[NDArray[np.int64], Array]:
        """Cells ``(k,)`` at the surface and the area ``(k,)``, m², each shows."""
        if self._exposed is None or self._exposed[0] != self.shape_version:
            held = np.pad(self.fill > SOLID, 1)
            area = np.zeros(self.fill.shape)
            inner = held[1:-1, 1:-1, 1:-1]
            for axis in range(3):
                face = self.cell_volume / self.spacing[axis]
                sides = (-1, 1) if self.fill.shape[axis] > 1 else (1,)  # a sheet lies on something
                for shift in sides:
                    beside = np.roll(held, shift, axis)[1:-1, 1:-1, 1:-1]
                    area += np.where(inner & ~beside, face, 0.0)
            cells = np.flatnonzero(area.reshape(-1))
            self._exposed = self.shape_version, cells, area.reshape(-1)[cells]
        return self._exposed[1], self._exposed[2]

    def heights(self, axis: int = 2, up: bool = True) -> Array:
        """How high the thing stands ``(n, m)``, m in its frame along an axis, over each column; NaN over none."""
        fill = np.moveaxis(self.fill, axis, 2)
        fill = fill if up else fill[:, :, ::-1]
        held = fill > SOLID
        n = fill.shape[2]
        top = n - 1 - np.argmax(held[:, :, ::-1], axis=2)
        part = np.take_along_axis(fill, top[:, :, None], axis=2)[:, :, 0]
        height = (top + part) * self.spacing[axis]
        low = self.origin[axis] if up else -(self.origin[axis] + n * self.spacing[axis])
        return np.where(held.any(axis=2), low + height, np.nan)

    @property
    def is_sheet(self) -> bool:
        """Whether it is one layer of columns."""
        return min(self.fill.shape) == 1

    def carve_ball(self, center: Array, radius: float) -> tuple[NDArray[np.int64], Array]:
        """What a ball overlaps: cells ``(k,)`` and the part ``(k,)`` of each cell's room that is inside and filled."""
        low = np.maximum(np.floor((center - radius - self.origin) / self.spacing).astype(int), 0)
        high = np.minimum(np.ceil((center + radius - self.origin) / self.spacing).astype(int), self.fill.shape)
        if np.any(high <= low):
            return np.empty(0, np.int64), np.empty(0)
        grid = np.stack(np.meshgrid(*[np.arange(a, b) for a, b in zip(low, high, strict=True)], indexing="ij"), -1)
        index = grid.reshape(-1, 3)
        corner = self.origin + index * self.spacing
        near = np.clip(center, corner, corner + self.spacing)
        index = index[np.sum((near - center) ** 2, axis=1) < radius**2]
        fine = (np.stack(np.meshgrid(*[np.arange(8)] * 3, indexing="ij"), -1).reshape(-1, 3) + 0.5) / 8
        places = self.origin + (index[:, None, :] + fine[None]) * self.spacing
        depth = (radius - np.linalg.norm(places - center, axis=2)) / (self.spacing.mean() / 8)
        part = np.clip(depth + 0.5, 0.0, 1.0).mean(axis=1)
        _, ny, nz = self.fill.shape
        cells = (index[:, 0] * ny + index[:, 1]) * nz + index[:, 2]
        keep = part > 0
        cells, part = cells[keep], part[keep]
        return cells, np.maximum(part - (1.0 - self.fill.reshape(-1)[cells]), 0.0)

    def carve(self, touch: Array, inward: Array, radius: float, volume: float) -> tuple[Loss, float]:
        """Carves a cap of a ball of exactly ``volume`` m³ where the ball struck; returns the loss and the depth, m.

        Args:
            touch: ``(3,)`` m, where the surfaces met, in the thing's frame.
            inward: ``(3,)`` unit, into the thing.
            radius: m, of the ball.
            volume: m³.
        """
        low, high = 0.0, 2 * radius
        for _ in range(40):
            depth = (low + high) / 2
            cells, part = self.carve_ball(touch + inward * (depth - radius), radius)
            if float(part.sum()) * self.cell_volume < volume:
                low = depth
            else:
                high = depth
        cells, part = self.carve_ball(touch + inward * (high - radius), radius)
        total = float(part.sum()) * self.cell_volume
        if total <= 0:
            return Loss(), 0.0
        return self.remove(cells, part * min(volume / total, 1.0)), high

    def save(self) -> tuple[Array, Array, int]:
        """Everything that changes."""
        return self.fill.copy(), self.energy.copy(), self.shape_version

    def restore(self, saved: tuple[Array, Array, int]) -> None:
        """Goes back to what `save` gave."""
        self.fill, self.energy = saved[0].copy(), saved[1].copy()
        self.shape_version = saved[2]
        self._exposed = None


def lattice(bounds: Array, voxel: float) -> tuple[Array, Array, tuple[int, int, int]]:
    """Origin, spacing and shape of a grid of voxels no larger than ``voxel`` m that fits a box ``(2, 3)`` exactly.

    What is thinner than a voxel is a sheet: one layer of columns, `SHEET` of them along its longest side at most.
    """
    size = bounds[1] - bounds[0]
    if size.min() < voxel:
        voxel = max(voxel, float(size.max()) / SHEET)
    shape = np.maximum(np.ceil(size / voxel - 1e-6).astype(int), 1)
    return bounds[0], size / shape, (int(shape[0]), int(shape[1]), int(shape[2]))


def voxelise(vertices: Array, faces: NDArray, origin: Array, spacing: Array, shape: tuple[int, int, int]) -> Array:
    """Part of each cell ``(nx, ny, nz)`` that lies inside a closed surface ``(n, 3)``, ``(m, 3)``.

    Four upright lines through each column of cells; what lies between a line's first and second, third and fourth …
    crossing is inside.
    """
    nx, ny, nz = shape
    columns = np.zeros((nx * 2, ny * 2, nz))
    step = spacing[:2] / 2
    corner = (vertices[faces] - origin) / np.array([*step, spacing[2]])  # (m, 3, 3), in half columns and layers
    corner[:, :, :2] += np.array([1.7e-6, 2.3e-6])  # lines never pass through an edge exactly
    hits_column, hits_z, hits_sign = [], [], []
    low = np.maximum(np.ceil(corner[:, :, :2].min(axis=1) - 0.5).astype(int), 0)
    high = np.minimum(np.floor(corner[:, :, :2].max(axis=1) - 0.5).astype(int), np.array([2 * nx, 2 * ny]) - 1)
    for t in np.flatnonzero(np.all(high >= low, axis=1)):
        a, b, c = corner[t]
        (ux, uy, uz), (vx, vy, vz) = b - a, c - a
        double = ux * vy - uy * vx
        if abs(double) < 1e-12:
            continue
        gx = np.arange(low[t, 0], high[t, 0] + 1)[:, None]
        gy = np.arange(low[t, 1], high[t, 1] + 1)[None, :]
        px, py = gx + 0.5 - a[0], gy + 0.5 - a[1]
        u, v = (px * vy - py * vx) / double, (ux * py - uy * px) / double
        inside = (u >= 0) & (v >= 0) & (u + v <= 1)
        if inside.any():
            hits_column.append((gx * 2 * ny + gy)[inside])
            hits_z.append((a[2] + u * uz + v * vz)[inside])
            hits_sign.append(np.full(int(inside.sum()), -np.sign(double)))
    if not hits_column:
        return np.zeros(shape)
    column, z, sign = (np.concatenate(v) for v in (hits_column, hits_z, hits_sign))
    # a crossing into the solid at z fills everything above it, one out of it empties everything above it
    flat = columns.reshape(-1, nz)
    layer = np.clip(np.floor(z).astype(int), 0, nz - 1)
    part = np.clip(layer + 1 - z, 0.0, 1.0)
    np.add.at(flat, (column, layer), sign * part)
    above = np.zeros((flat.shape[0], nz + 1))
    np.add.at(above, (column, layer + 1), sign)
    flat += np.cumsum(above, axis=1)[:, :nz]
    fill = columns.reshape(nx, 2, ny, 2, nz).mean(axis=(1, 3))
    return np.clip(fill, 0.0, 1.0)
