"""What throws sound back around a listener: the ground in the open, fronts in a street, six planes in a room.

Walls are found from the boxes around fixed things; reflections are images of the source, to the third order.

Sources: Allen and Berkley 1979 (images); Cox and D'Antonio, Acoustic Absorbers and Diffusers, appendix A (absorption).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.pose import Array
from sim.world.layout import Layout

MAX_ORDER = 3
FAR = 40.0  # m: what is farther away throws back nothing that is heard
LEAST_WALL = 1.8  # m: a wall is higher and wider, a ceiling longer and wider
QUIETEST = 0.02  # of the source: fainter images are left out
ABSORPTION = {  # part of the energy that does not come back, mean of 250 Hz to 4 kHz
    "asphalt": 0.04,
    "brick": 0.04,
    "concrete": 0.03,
    "cotton": 0.45,
    "foam": 0.7,
    "foliage": 0.5,
    "glass": 0.04,
    "granite": 0.02,
    "oak": 0.1,
    "pine": 0.12,
    "plywood": 0.15,
    "rubber": 0.1,
    "snow": 0.8,
    "soil": 0.4,
    "steel": 0.1,
    "water": 0.01,
}
SCATTERED = 0.3  # part of what comes back that is rough and goes elsewhere


@dataclass(frozen=True)
class Plane:
    """A flat reflector: across `axis` (0 x, 1 y, 2 z) at `offset` m; `reflection` is of pressure."""

    axis: int
    offset: float
    reflection: float

    def mirror(self, places: Array) -> Array:
        """Images ``(…, 3)`` of places ``(…, 3)``."""
        image = np.array(places, float)
        image[..., self.axis] = 2 * self.offset - image[..., self.axis]
        return image


@dataclass(frozen=True)
class Room:
    """Planes around a listener; none in free air."""

    planes: tuple[Plane, ...] = ()

    @cached_property
    def _maps(self) -> list[tuple[Array, Array, float]]:
        """Sign ``(3,)`` and offset ``(3,)`` that make each image of a source, and how much of it comes back."""
        axes = [_axis_maps([p for p in self.planes if p.axis == axis]) for axis in range(3)]
        maps = []
        for sx, ox, gx, nx in axes[0]:
            for sy, oy, gy, ny in axes[1]:
                for sz, oz, gz, nz in axes[2]:
                    if 0 < nx + ny + nz <= MAX_ORDER and gx * gy * gz > QUIETEST:
                        maps.append((np.array([sx, sy, sz]), np.array([ox, oy, oz]), gx * gy * gz))
        return maps

    def images(self, place: Array) -> Iterator[tuple[Array, float]]:
        """Images ``(3,)`` m of a source, and how much of its pressure each has."""
        return ((sign * place + offset, gain) for sign, offset, gain in self._maps)

    @classmethod
    def around(cls, layout: Layout, place: Array) -> Room:
        """The planes around a place in a world: its ground, and walls and a ceiling where there are."""
        planes = []
        if layout.ground and layout.ground.height < place[2]:
            planes.append(Plane(2, layout.ground.height, reflection(layout.ground.substance)))
        for axis, up in ((0, True), (0, False), (1, True), (1, False), (2, True)):
            found = _nearest(_walls(layout), place, axis, up)
            if found is not None:
                planes.append(found)
        return cls(tuple(planes))


def reflection(substance: str) -> float:
    """How much pressure a flat surface of a substance throws back."""
    return float(np.sqrt((1 - ABSORPTION.get(substance, 0.1)) * (1 - SCATTERED)))


def _axis_maps(planes: list[Plane]) -> list[tuple[float, float, float, int]]:
    """Images along one axis: x becomes ``sign x + offset``, with this gain, after so many reflections."""
    maps, last = [(1.0, 0.0, 1.0, 0)], [(1.0, 0.0, 1.0, 0, -1)]
    for order in range(1, MAX_ORDER + 1):
        last = [
            (-sign, 2 * plane.offset - offset, gain * plane.reflection, order, i)
            for sign, offset, gain, _, before in last
            for i, plane in enumerate(planes)
            if i != before
        ]
        maps += [m[:4] for m in last]
    return maps


def _walls(layout: Layout) -> list[tuple[Array, str]]:
    """Boxes ``(2, 3)`` m around fixed things that are large enough to throw sound back, and what they are of."""
    walls = []
    for p in layout.placements:
        low, high = p.asset.bounds * p.scale
        if p.movable or np.sort(high - low)[1] < LEAST_WALL:
            continue
        corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        placed = p.pose.apply(corners)
        walls.append((np.stack([placed.min(axis=0), placed.max(axis=0)]), p.asset.spec.substance))
    return walls


def _nearest(walls: list[tuple[Array, str]], place: Array, axis: int, up: bool) -> Plane | None:
    """The first wall seen from a place along an axis."""
    others = [i for i in range(3) if i != axis]
    best: Plane | None = None
    for box, substance in walls:
        size = box[1] - box[0]
        if np.any(place[others] < box[0][others]) or np.any(place[others] > box[1][others]):
            continue
        if size[others].min() < LEAST_WALL or (axis < 2 and substance == "foliage"):
            continue
        face = float(box[0][axis] if up else box[1][axis])
        away = face - place[axis] if up else place[axis] - face
        if 0.1 < away < FAR and (best is None or away < abs(best.offset - place[axis])):
            best = Plane(axis, face, reflection(substance))
    return best
