"""Air, room and sun about things that melt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.physics.heat.flux import air_film
from sim.physics.heat.planck import SIGMA
from sim.physics.heat.sun import EFFICACY, sun_direction, sun_power
from sim.physics.heat.voxels import SOLID
from sim.pose import Array, Pose, rotate
from sim.world.spec import SkySpec
from sim.world.warm import UPRIGHT, Melting

if TYPE_CHECKING:
    from sim.world.heat import Heat
    from sim.world.world import World

SUN_REACH = 60.0  # m: what is farther off casts no shadow
NOBODY = -1


class Weather:
    """What the open does to a world's melting things.

    Args:
        heat: Whose things they are.
        sky: What is above.
    """

    def __init__(self, heat: Heat, sky: SkySpec):
        self._heat = heat
        self._sunward, self._sun = _sunlight(sky)

    def step(self, m: Melting, dt: float) -> None:
        """Air and room about the voxels."""
        v = m.voxels
        cells, area = v.exposed()
        if not len(cells):
            return
        kelvins = v.temperatures().reshape(-1)[cells]
        length = (float(v.fill.sum()) * v.cell_volume) ** (1 / 3)
        film = self._heat.spec.convection or air_film(
            max(length, 1e-3), float(kelvins.mean()), self._heat.air, self._heat.wind
        )
        air = film * (self._heat.air - kelvins) * area * dt
        room = m.matter.emissivity * SIGMA * (self._heat.air**4 - kelvins**4) * area * dt
        v.add(cells, air + room)
        self._heat.ledger.book("air", -float(air.sum()))
        self._heat.ledger.book("radiation", -float(room.sum()))
        if self._heat.spec.sun:
            self._sunshine(m, dt)

    def _sunshine(self, m: Melting, dt: float) -> None:
        """Sunlight onto the uppermost voxel of each column, as far as nothing is in its way."""
        color = m.placement.asset.appearance().base_color or (0.5, 0.5, 0.5)
        power = self._sun * m.sunny * (1 - float(np.dot(color, (0.2126, 0.7152, 0.0722))))
        if power <= 0:
            return
        fill = m.voxels.fill
        held = fill > SOLID
        top = fill.shape[2] - 1 - np.argmax(held[:, :, ::-1], axis=2)
        i, j = np.nonzero(held.any(axis=2))
        cells = (i * fill.shape[1] + j) * fill.shape[2] + top[i, j]
        joules = power * float(np.prod(m.voxels.spacing[:2])) * dt
        m.voxels.add(cells, np.full(len(cells), joules))
        self._heat.ledger.book("sun", joules * len(cells))

    def look_at_the_sun(self, world: World, m: Melting, pose: Pose) -> None:
        """Whether the sun shines on a thing: it lies upright, and nothing but itself is between."""
        m.sunny = 0.0
        if self._sun > 0 and self._heat.spec.sun and rotate(pose.orientation, np.array([0.0, 0, 1]))[2] > UPRIGHT:
            v = m.voxels
            top = (
                pose.apply(v.origin + np.array(v.fill.shape) * v.spacing * np.array([0.5, 0.5, 1]))
                + self._sunward * 1e-2
            )
            hit = world.engine.cast_rays(top, top + self._sunward * SUN_REACH).part[0]
            m.sunny = float(hit in (NOBODY, m.row))


def _sunlight(sky: SkySpec) -> tuple[Array, float]:
    """Where the sun stands, and W/m² it gives level ground through the clouds."""
    sun = sky.sun
    if sun is None or sun.elevation_deg <= 0:
        return np.array([0.0, 0.0, 1.0]), 0.0
    power = sun_power(sun.elevation_deg) if sun.illuminance is None else sun.illuminance / EFFICACY
    level = power * np.sin(np.deg2rad(sun.elevation_deg)) * (1 - 0.75 * sky.cloud_cover**3.4)  # Kasten and Czeplak 1980
    return sun_direction(sun.elevation_deg, sun.azimuth_deg), float(level)
