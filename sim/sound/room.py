"""What throws sound back around a listener: the ground in the open, fronts in a street, six planes in a room.

Walls are found from the boxes around fixed things; reflections are images of the source, to the third order.

Sources: Allen and Berkley 1979 (images); Cox and D'Antonio, Acoustic Absorbers and Diffusers, appendix A (absorption).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array
from sim.world.layout import Layout, Placement

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

    @cached_property
    def floor(self) -> Room:
        """Only what is below."""
        return Room(tuple(p for p in self.planes if p.axis == 2)[:1])

    def images(self, place: Array) -> Iterator[tuple[Array, float]]:
        """Images ``(3,)`` m of a source, and how much of its pressure each has."""
        return ((sign * place + offset, gain) for sign, offset, gain in self._maps)


@dataclass(frozen=True, eq=False)
class Walls:
    """Everything in a world that is large enough to throw sound back.

    | attribute  | is                                             |
    |------------|------------------------------------------------|
    | low, high  | ``(w, 3)`` m, corners of boxes around fixed things |
    | reflection | ``(w,)`` of pressure                            |
    | leafy      | ``(w,)`` whether it is foliage: no wall, though a roof |
    """

    layout: Layout
    low: Array
    high: Array
    reflection: Array
    leafy: NDArray[np.bool_]

    @classmethod
    def of(cls, layout: Layout) -> Walls:
        """The walls of a world."""
        large = [p for p in layout.placements if not p.movable and _large(p)]
        boxes = np.array([_box(p) for p in large]).reshape(-1, 2, 3)
        substances = [p.asset.spec.substance for p in large]
        reflections = np.array([reflection(name) for name in substances])
        return cls(layout, boxes[:, 0], boxes[:, 1], reflections, np.array([s == "foliage" for s in substances], bool))

    def room(self, place: Array) -> Room:
        """The planes around a place: its ground, and walls and a ceiling where there are."""
        planes, floor = [], self.layout.ground
        if floor and floor.height < place[2]:
            planes.append(Plane(2, floor.height, reflection(floor.substance)))
        for axis, up in ((0, True), (0, False), (1, True), (1, False), (2, True)):
            found = self._nearest(place, axis, up)
            if found is not None:
                planes.append(found)
        return Room(tuple(planes))

    def _nearest(self, place: Array, axis: int, up: bool) -> Plane | None:
        """The first wall seen from a place along an axis."""
        others = [i for i in range(3) if i != axis]
        faces = self.low[:, axis] if up else self.high[:, axis]
        away = faces - place[axis] if up else place[axis] - faces
        seen: NDArray[np.bool_] = np.all((self.low <= place) & (place <= self.high) | (np.arange(3) == axis), axis=1)
        seen &= np.all(self.high[:, others] - self.low[:, others] >= LEAST_WALL, axis=1)
        seen &= (away > 0.1) & (away < FAR) & ~(self.leafy & (axis < 2))
        if not seen.any():
            return None
        i = int(np.argmin(np.where(seen, away, np.inf)))
        return Plane(axis, float(faces[i]), float(self.reflection[i]))


def _large(p: Placement) -> bool:
    low, high = p.asset.bounds * p.scale
    return bool(sorted(high - low)[1] >= LEAST_WALL)


def _box(p: Placement) -> Array:
    """The box ``(2, 3)`` m around a placed thing."""
    low, high = p.asset.bounds * p.scale
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    placed = p.pose.apply(corners)
    return np.stack([placed.min(axis=0), placed.max(axis=0)])


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
