"""Places that matter: who is inside."""

from __future__ import annotations

from math import cos, hypot, radians, sin

import numpy as np

from sim.pose import Array
from sim.runners.game.spec import ZoneSpec
from sim.world.world import World


class Zone:
    """A place of a level.

    Attributes:
        name: In the level.
        spec: Its shape.
        active: Whether coming and going counts.
    """

    def __init__(self, name: str, spec: ZoneSpec):
        self.name, self.spec, self.active = name, spec, spec.active
        self._c, self._s = cos(radians(spec.yaw_deg)), sin(radians(spec.yaw_deg))

    def floor(self, world: World) -> Array:
        """The middle of its floor, ``(3,)`` m."""
        at = np.array(self.spec.at)
        if self.spec.around:
            at = at + np.array(world.engine.read_body(world.row(self.spec.around))[0])
        return at

    def holds(self, world: World, place: Array, margin: float = 0.0) -> bool:
        """Whether a place ``(3,)`` m is inside; with a margin, m, also a little outside."""
        floor, spec = self.floor(world), self.spec
        x, y, z = (float(v) for v in place - floor)
        tall = spec.size[2] if spec.size else spec.height
        low = -0.5 * tall if spec.around else -0.5  # what stands in it may stand a little lower
        if not low - max(margin, 0.0) <= z <= tall + max(margin, 0.0):
            return False
        if spec.radius is not None:
            return hypot(x, y) <= spec.radius + margin
        assert spec.size is not None
        along, across = x * self._c + y * self._s, -x * self._s + y * self._c
        return abs(along) <= spec.size[0] / 2 + margin and abs(across) <= spec.size[1] / 2 + margin

    def inward(self, world: World, place: Array) -> Array | None:
        """The way ``(2,)`` m back to its middle, from a place at or beyond its edge."""
        if self.holds(world, place, -1.0):
            return None
        return (self.floor(world) - place)[:2]
