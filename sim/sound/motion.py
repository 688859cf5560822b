"""Where everything is while a take runs: parts by the names events use, at any times at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.assets.substance import SubstanceSpec, SurfaceSpec
from sim.pose import Array, Pose
from sim.sound.ringing import Resonator, ground, resonator
from sim.world.layout import Placement
from sim.world.take import Take


@dataclass(frozen=True, eq=False)
class Motion:
    """A take, asked about parts.

    | method   | gives                                                     |
    |----------|-----------------------------------------------------------|
    | placed   | the placement and the link an event's name means            |
    | pose     | where a part is                                             |
    | path     | its places at many times                                    |
    | rings    | how it sounds                                               |
    """

    take: Take

    @cached_property
    def seconds(self) -> Array:
        """``(f,)`` s of every frame."""
        return self.take.steps / self.take.step_hz

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.take.parts)}

    @cached_property
    def _placements(self) -> dict[str, Placement]:
        return {p.name: p for p in self.take.layout.placements}

    def placed(self, name: str) -> tuple[Placement | None, str]:
        """The placement a part belongs to and which of its links it is; None: the ground."""
        if name in self._placements:
            return self._placements[name], ""
        thing, _, link = name.rpartition("/")
        while thing and thing not in self._placements:
            thing, _, more = thing.rpartition("/")
            link = f"{more}/{link}"
        return self._placements.get(thing), link

    def pose(self, name: str, time: float) -> Pose:
        """Where a part is at a time in s, the nearest one recorded where the take has ended."""
        row = self._rows.get(name)
        if row is None:
            placement = self.placed(name)[0]
            return placement.pose if placement else Pose()
        after = int(np.clip(np.searchsorted(self.seconds, time), 1, len(self.seconds) - 1)) if len(self.take) > 1 else 0
        before = max(after - 1, 0)
        span = self.seconds[after] - self.seconds[before]
        part = float(np.clip((time - self.seconds[before]) / span, 0, 1)) if span > 0 else 0.0
        position, turn = self.take.arrays["position"][:, row], self.take.arrays["orientation"][:, row]
        sign = -1.0 if turn[before] @ turn[after] < 0 else 1.0
        return Pose(
            position[before] * (1 - part) + position[after] * part,
            turn[before] * (1 - part) + sign * turn[after] * part,
        )

    def path(self, name: str, times: Array) -> Array:
        """Places ``(k, 3)`` m of a part at times ``(k,)`` s."""
        row = self._rows.get(name)
        if row is None:
            return np.tile(self.pose(name, 0.0).position, (len(times), 1))
        return self.column("position", row, times)

    def velocity(self, name: str, times: Array) -> Array:
        """Velocities ``(k, 3)`` m/s of a part's centre of mass at times ``(k,)`` s."""
        row = self._rows.get(name)
        return np.zeros((len(times), 3)) if row is None else self.column("linear_velocity", row, times)

    def column(self, array: str, row: int, times: Array) -> Array:
        """What one row of an array was at times ``(k,)`` s, ``(k, d)``."""
        values = self.take.arrays[array][:, row]
        return np.stack([np.interp(times, self.seconds, v) for v in values.T], axis=-1)

    def rings(self, name: str) -> Resonator:
        """How a part sounds when it is struck."""
        placement, link = self.placed(name)
        if placement is None:
            floor, substances = self.take.layout.ground, self.take.layout.library.substances
            return ground(substances[floor.substance if floor else "concrete"])
        fixed = placement.motion == "static" and not placement.asset.articulated
        return resonator(placement.asset, link, placement.scale, fixed)

    def surface(self, name: str) -> SurfaceSpec:
        """How a part touches."""
        placement, link = self.placed(name)
        return placement.asset.surface(link) if placement else self.substance(name).surface

    def substance(self, name: str) -> SubstanceSpec:
        """What a part is made of."""
        return self.rings(name).substance
