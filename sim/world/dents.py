"""Blows leave craters in what is soft."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.errors import InputError
from sim.physics.heat.dent import crater_depth, crater_volume, energy_lost
from sim.pose import Pose, rotate
from sim.world.event import Event
from sim.world.layout import Placement

if TYPE_CHECKING:
    from sim.world.heat import Heat
    from sim.world.world import World

TEPID = 30.0  # K over the air's temperature from which a thing is too hot to be cut for a dent
SHALLOW = 2e-4  # m: shallower craters are not carved


class Dents:
    """The craters of a world.

    Args:
        heat: What keeps the voxels they are carved into.
    """

    def __init__(self, heat: Heat):
        self._heat = heat

    def step(self, world: World) -> None:
        """Craters of the blows since the last step."""
        fresh, self._heat.events_read = world.events[self._heat.events_read :], len(world.events)
        for event in fresh:
            if event.kind == "contact" and event.speed > 0.2:
                self._blow(world, event)

    def _blow(self, world: World, event: Event) -> None:
        sides = [name for name in (event.a, event.b) if name in self._heat.places]
        if len(sides) < 2:
            return
        matters = []
        for name in sides:
            placement, link = self._heat.whose(name)
            try:
                matters.append(self._heat.matter(placement, link))
            except InputError:
                return  # nothing is known of how it takes heat, nor is it heated
        soft = int(matters[1].hardness < matters[0].hardness)
        if matters[soft].hardness >= 0.5 * matters[1 - soft].hardness:
            return
        part = sides[soft]
        m = self._heat.melting.get(part)
        if part not in world.parts or not (m or self._heat.spec.dents or part in self._heat.warm) or (m and m.gone):
            return
        surfaces = [self._heat.places[name].asset.surface() for name in sides]
        bounce = (surfaces[0].restitution or 0.0) * (surfaces[1].restitution or 0.0)
        lost = energy_lost(self._mass(world, sides[0]), self._mass(world, sides[1]), event.speed, bounce)
        volume = crater_volume(lost, matters[soft].hardness)
        radius = _striker_radius(self._heat.places[sides[1 - soft]])
        depth = crater_depth(volume, radius)
        if depth < SHALLOW:
            return
        if m is None:
            if not self._dentable(part):
                return
            m = self._heat.cut(world, part)
        row = world.row(part)
        position, orientation = world.engine.read_poses()
        inverse = Pose(position[row], orientation[row]).inverse
        inward = np.array(event.normal) * (-1.0 if soft == 1 else 1.0)  # normals point from b to a
        loss, depth = m.voxels.carve(
            inverse.apply(np.array(event.position)), rotate(inverse.orientation, inward), radius, volume
        )
        self._heat.ledger.book("kinetic", lost)
        self._heat.ledger.book("dent", lost)
        self._heat.book(m, loss)
        m.mesh_mass = np.inf
        world.log(
            Event(
                "dent", event.time, world.step_count, part, sides[1 - soft], event.position, event.normal, value=volume
            )
        )

    def _dentable(self, part: str) -> bool:
        """Whether a part is solid and not so hot that its shells are needed."""
        asset = self._heat.places[part].asset
        cool = part not in self._heat.warm or self._heat.warm[part].shells.temperature < self._heat.air + TEPID
        return cool and not asset.articulated and asset.measure.closed

    def _mass(self, world: World, part: str) -> float:
        if part not in world.parts:
            return np.inf
        if part in self._heat.melting:
            return np.inf if world.row(part) in world.engine.reliefs else self._heat.melting[part].voxels.mass
        mass = world.engine.mass(world.row(part))
        return mass if mass > 0 else np.inf


def _striker_radius(placement: Placement) -> float:
    """m, of the ball that a thing strikes like: itself for a ball, else half its least size."""
    collider = placement.asset.measure.collider
    if collider.kind == "sphere":
        return collider.size[0] * placement.scale
    size = placement.asset.measure.bounds
    return float(np.min(size[1] - size[0])) / 2 * placement.scale
