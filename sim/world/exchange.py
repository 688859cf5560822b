"""Heat from hot solid things into all that is about them: what melts, what touches, the air, what they see.

Owns who exchanges heat with whom in a world; how much is the business of `sim.physics.heat.flux`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.physics.heat.flux import TOUCH, air_film, contact_warming, dry_contact, grey, melt_flux
from sim.physics.heat.planck import SIGMA
from sim.pose import Array, Pose, rotate, vector
from sim.world.layout import EVEN
from sim.world.warm import Melting, Warm

if TYPE_CHECKING:
    from sim.world.heat import Heat
    from sim.world.world import World

LOOKS = 10  # steps between two looks at who sees whose radiation
TOUCH_REACH = 0.003  # m: farther apart, things do not touch
SIGHT = 2.0  # m: farther things are the surroundings
WORTH = 0.02  # K/s by radiation from which a thing that is seen takes part
SURROUNDINGS = -1


class Exchange:
    """How a world's hot things give heat away.

    Args:
        heat: Whose things they are.
    """

    def __init__(self, heat: Heat):
        self._heat = heat

    def step(self, world: World, w: Warm, pose: Pose, position: Array, orientation: Array) -> None:
        """Heat from one solid thing to all that is about it."""
        points, normals = pose.apply(w.points), rotate(pose.orientation, w.normals)
        free = np.ones(len(points), bool)
        w.place = vector(pose.apply(w.middle))
        w.drawn *= 0.5
        w.boiling = 0.0
        for melting in self._heat.melting.values():
            if not melting.gone:
                there = Pose(position[melting.row], orientation[melting.row])
                self._into_voxels(w, melting, there.inverse, points, normals, free)
        if free.any():
            self._into_neighbours(world, w, points, normals, free)
        if free.any():
            self._into_the_open(world, w, points, rotate(pose.orientation, w.aims), free)
        w.shells.conduct(self._heat.dt)

    def _into_voxels(
        self, w: Warm, m: Melting, inverse: Pose, points: Array, normals: Array, free: NDArray[np.bool_]
    ) -> None:
        v = m.voxels
        voxel = float(v.spacing.min())
        reach = 1.5 * voxel
        local = inverse.apply(points)
        low, high = v.origin - reach, v.origin + np.array(v.fill.shape) * v.spacing + reach
        if np.any(local.max(axis=0) < low) or np.any(local.min(axis=0) > high):
            return
        cells, gap = v.look(local, rotate(inverse.orientation, normals), reach)
        near = (cells >= 0) & free
        if not near.any():
            return
        cells, gap, down = cells[near], gap[near], -normals[near, 2]
        hot, surface = w.shells.outside, w.surface
        if hot > m.matter.melting_point:
            flux = melt_flux(surface, w.matter, m.matter, m.start, w.pressed, down, gap)
            flux = np.minimum(flux, w.shells.skin * (hot - m.matter.melting_point))
        else:
            kelvins = v.temperatures().reshape(-1)[cells]
            flux = dry_contact(gap, hot) * (hot - kelvins)
        joules = flux * (w.patch * self._heat.dt)
        steam = self._heat.spec.steam_fraction if surface > m.matter.boiling_point else 0.0
        v.add(cells, joules * (1 - steam))
        total = float(joules.sum())
        w.shells.add(-total)
        if steam:
            self._heat.ledger.book("steam", total * steam)
        else:
            self._heat.ledger.turnover += abs(total)
        if surface > m.matter.boiling_point:
            w.boiling += total / self._heat.dt
            m.boiling += total / self._heat.dt
        w.drawn += 0.5 * float(flux.mean())
        free &= ~near

    def _into_neighbours(self, world: World, w: Warm, points: Array, normals: Array, free: NDArray[np.bool_]) -> None:
        """Heat into what touches and does not melt, or not yet."""
        touching = world.engine.contacts([w.row])
        others = set(touching.part_b.tolist()) - {w.row} - {m.row for m in self._heat.melting.values()}
        if not others:
            return
        rows = np.flatnonzero(free)
        start, way = points[rows] - normals[rows] * 2e-4, normals[rows] * (TOUCH_REACH + 2e-4)
        hits = world.engine.cast_rays(start, start + way)
        gap = np.maximum(hits.fraction * (TOUCH_REACH + 2e-4) - 2e-4, 0.0)
        for other in sorted(others & set(hits.part.tolist())):
            at = hits.part == other
            there = self._heat.join(world, other, w.shells.outside)
            if isinstance(there, Melting):
                continue
            kelvin = there.shells.outside if there else self._heat.air
            if there and (there.shells.outside > w.shells.outside):
                continue  # the hotter of two sees to both
            film = dry_contact(gap[at], (w.shells.outside + kelvin) / 2)
            film = 1 / (1 / film + 1 / w.shells.skin + (1 / there.shells.skin if there else 0.0))
            joules = float(film.sum()) * w.patch * self._heat.dt * (w.shells.outside - kelvin)
            if there:
                room = 0.25 * min(_capacity(w), _capacity(there)) * abs(w.shells.outside - kelvin)
                joules = float(np.clip(joules, -room, room))
                there.shells.add(joules)
                there.touched += self._heat.dt
                part = contact_warming(TOUCH, there.matter, kelvin, there.touched)
                there.hot_spot = max(there.hot_spot, kelvin + part * (w.surface - kelvin))
            else:
                self._heat.ledger.book("ground", joules)
            w.shells.add(-joules)
            free[rows[at]] = False

    def _into_the_open(self, world: World, w: Warm, points: Array, aims: Array, free: NDArray[np.bool_]) -> None:
        """Heat into the air, and by radiation to whatever each point sees."""
        surface, area = w.surface, w.patch * self._heat.dt
        film = self._heat.spec.convection or air_film(2 * w.shells.radius, surface, self._heat.air, self._heat.wind)
        film = 1 / (1 / film + 1 / w.shells.skin)
        air = film * (w.shells.outside - self._heat.air) * area * int(free.sum())
        if w.seen is None or self._heat.ticks % LOOKS == 0:
            hits = world.engine.cast_rays(points + aims * 1e-3, points + aims * SIGHT)
            w.seen, w.seen_at = np.where(hits.part == w.row, SURROUNDINGS, hits.part), hits.position
        out = 0.0
        power = w.matter.emissivity * SIGMA * (surface**4 - self._heat.air**4)
        for row in np.unique(w.seen[free]).tolist():
            at = free & (w.seen == row)
            there = self._seen(world, row, w, power * w.patch * int(at.sum()))
            if isinstance(there, Melting) and not there.gone:
                out += self._shine_on(world, w, there, w.seen_at[at], aims[at], area)
            elif isinstance(there, Warm):
                if there.surface < surface:
                    mutual = grey(w.matter.emissivity, there.matter.emissivity) * SIGMA
                    joules = mutual * (surface**4 - there.surface**4) * area * int(at.sum())
                    there.shells.add(joules)
                    out += joules
            else:
                lost = power * area * int(at.sum())
                self._heat.ledger.book("radiation", lost)
                out += lost
        self._heat.ledger.book("air", air)
        w.shells.add(-air - out)

    def _seen(self, world: World, row: int, w: Warm, watts: float) -> Warm | Melting | None:
        """What takes part of what is seen: whatever warms by it as fast as to be worth it."""
        if row < 0 or row >= len(world.parts):
            return None
        part = world.parts[row]
        found = self._heat.warm.get(part) or self._heat.melting.get(part)
        if found is not None or watts <= 0:
            return found
        if world.engine.mass(row) * 500.0 * WORTH > watts:
            return None
        return self._heat.join(world, row, self._heat.air + EVEN) if w.shells.outside > self._heat.air else None

    def _shine_on(self, world: World, w: Warm, m: Melting, at: Array, aims: Array, area: float) -> float:
        """Radiation onto voxels where rays ended; J that left, and what missed the voxels is lost to the room."""
        position, orientation = world.engine.read_poses()
        inverse = Pose(position[m.row], orientation[m.row]).inverse
        voxel = float(m.voxels.spacing.min())
        ways = rotate(inverse.orientation, aims)
        cells, _ = m.voxels.look(inverse.apply(at) - ways * voxel, ways, 4 * voxel)
        there = cells >= 0
        kelvins = m.voxels.temperatures().reshape(-1)[cells[there]]
        mutual = grey(w.matter.emissivity, m.matter.emissivity) * SIGMA * area
        joules = mutual * (w.surface**4 - kelvins**4)
        m.voxels.add(cells[there], joules)
        self._heat.ledger.turnover += float(np.abs(joules).sum())
        lost = w.matter.emissivity * SIGMA * area * (w.surface**4 - self._heat.air**4) * int((~there).sum())
        self._heat.ledger.book("radiation", lost)
        return float(joules.sum()) + lost


def _capacity(w: Warm) -> float:
    """J/K of the outermost shell."""
    return float(w.shells.masses[-1] * w.matter.specific_heat(w.shells.outside))
