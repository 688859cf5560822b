"""A person who walks along a line, at exactly the speed that was asked for.

A `System`: add it to a world and it goes. Whoever owns the walker may change `speed` at any time, or give it a
`SpeedProfile` beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import copysign, hypot, sqrt
from typing import Any

import numpy as np

from sim.actors.figure import FALLS, Figure, Saved
from sim.errors import InputError, Problem
from sim.pose import Array
from sim.world.path import Path
from sim.world.speed import SpeedProfile
from sim.world.system import System
from sim.world.world import World

ENDS = ("stop", "return")
NEAR, FAR = 10.0, 28.0  # m: who is farther from all who watch is moved half as often, and a quarter as often


class Walker(System):
    """A person on a path.

    Where the person is follows the path to the last bit; the way is the integral of the speed.

    Args:
        world: The world the person is in; it is moved to the start of the path at once.
        name: Of an articulated figure, or of any free thing, which then glides.
        path: Where to go; a closed one is walked round and round.
        speed: m/s, or a profile over the world's time.
        start: Way along the path to begin at, m.
        acceleration: m/s², at most, from one `speed` to another and before the end of the path; none: at once.
        end: What to do at the end of a path that is not closed: ``stop`` or ``return``.
        look: Whether the ground's height is found under the feet; otherwise the path's own height counts.
        every: Engine steps from one change of pose to the next; the velocity is kept in between.

    Attributes:
        speed: What is wanted, m/s.
        pace: What it goes at, m/s.
        way: Along the path, m.
    """

    def __init__(
        self,
        world: World,
        name: str,
        path: Path,
        speed: float | SpeedProfile = 1.4,
        *,
        start: float = 0.0,
        acceleration: float | None = None,
        end: str = "stop",
        look: bool = True,
        every: int = 1,
    ):
        if end not in ENDS:
            raise InputError(Problem(f"walker {name}", "cannot end so", " or ".join(ENDS), end))
        self.figure = Figure(world, name)
        self.path, self.profile = path, speed if isinstance(speed, SpeedProfile) else None
        self.speed = self.pace = float(speed.speed_at(world.time) if isinstance(speed, SpeedProfile) else speed)
        self.acceleration, self._end, self._look, self._stride = acceleration, end, look, every
        self.way, self._start, self._since = start, start, world.time
        self._towards = 1.0
        x, y, z, heading, _ = path.sample(start)
        self.figure.jump_to(world, np.array([x, y, z]), heading)

    @property
    def name(self) -> str:
        """Of the person, in the world."""
        return self.figure.name

    @property
    def position(self) -> Array:
        """``(3,)`` m, of the ground under the person."""
        return self.figure.position

    @property
    def down(self) -> bool:
        """Whether the person was struck and fell."""
        return self.figure.down

    @property
    def arrived(self) -> bool:
        """Whether the end of the path is reached."""
        return not self.path.closed and self._end == "stop" and self.way >= self.path.length - 1e-9

    def step(self, world: World) -> None:
        """Puts the person where it is to be after the coming step."""
        figure = self.figure
        if figure.down or self._fell(world):
            return
        self._advance(world, 1)
        if (world.step_count + 1) % self._stride:
            figure.go_on()
        else:
            self._put(world, self._stride)

    def leap(self, world: World, n: int) -> None:
        """The same for ``n`` steps at once, the coming one included: the cheap way for those far off."""
        if not self.figure.down and not self._fell(world):
            self._advance(world, n)
            self._put(world, n)

    def _fell(self, world: World) -> bool:
        if self.figure.struck() <= FALLS:
            return False
        self.figure.fall(world)
        return True

    def _put(self, world: World, n: int) -> None:
        x, y, z, heading, _ = self.path.sample(self.way)
        facing = heading if self._towards > 0 else heading + np.pi
        self.figure.move(world, np.array([x, y, z]), facing, n / world.layout.step_hz, self._look)

    def _advance(self, world: World, n: int) -> None:
        dt = n / world.layout.step_hz
        if self.profile is not None:
            after = (world.step_count + 1) / world.layout.step_hz
            self.pace = self.speed = float(self.profile.speed_at(after))
            self.way = self._start + float(self.profile.distance_at(after) - self.profile.distance_at(self._since))
        else:
            before = self.pace
            self.pace = self._wanted(before, dt)
            self.way += self._towards * (before + self.pace) / 2 * dt
        self._mind_the_end()

    def _wanted(self, pace: float, dt: float) -> float:
        wanted = self.speed
        if self.acceleration is None:
            return wanted
        if not self.path.closed:
            left = self.path.length - self.way if self._towards > 0 else self.way
            wanted = min(wanted, sqrt(2 * self.acceleration * max(left, 0.0)) + 0.02)
        change = wanted - pace
        return pace + copysign(min(abs(change), self.acceleration * dt), change)

    def _mind_the_end(self) -> None:
        if self.path.closed or 0.0 <= self.way <= self.path.length:
            return
        over = self.way - self.path.length if self._towards > 0 else -self.way
        if self._end == "return" and over > 0:
            self._towards = -self._towards
            self.way = self.path.length - over if self._towards < 0 else over
        else:
            self.way = min(max(self.way, 0.0), self.path.length)
            self.pace = 0.0

    # -----------------------------------------------------------------------------------------------------------------

    def fields(self) -> dict[str, Array]:
        """``<name>/walker``: way m, pace m/s, heading rad, 1 when down."""
        return {f"{self.name}/walker": np.array([self.way, self.pace, self.figure.heading, float(self.down)])}

    def save(self) -> Any:
        """Everything a continuation needs."""
        return self.figure.save(), self.way, self.pace, self.speed, self._towards

    def restore(self, saved: tuple[Saved, float, float, float, float]) -> None:
        """Goes back to what `save` gave."""
        figure, self.way, self.pace, self.speed, self._towards = saved
        self.figure.restore(figure)


class Crowd(System):
    """People on paths, watched from a few places: those far from all of them are moved less often.

    Args:
        walkers: The people; they are not added to the world themselves.
        watchers: Says where they are watched from, ``(3,)`` m each.
        every: Engine steps from one change of pose of the near ones to the next.
    """

    def __init__(self, walkers: Sequence[Walker], watchers: Callable[[], list[Array]], every: int):
        self.walkers, self._watchers, self._stride = tuple(walkers), watchers, every
        self._strides = [every] * len(self.walkers)

    def step(self, world: World) -> None:
        """Moves whose turn it is."""
        now, stride = world.step_count + 1, self._stride
        for walker, every in zip(self.walkers, self._strides, strict=True):
            if every == stride:
                walker.step(world)
            elif now % every == 0:
                walker.leap(world, every)
        if now % (40 * stride) == 0:
            self._strides = [self._rate(walker) for walker in self.walkers]

    def _rate(self, walker: Walker) -> int:
        x, y = walker.position[:2]
        near = min((hypot(p[0] - x, p[1] - y) for p in self._watchers()), default=np.inf)
        return self._stride * (1 if near < NEAR else 2 if near < FAR else 4)

    def fields(self) -> dict[str, Array]:
        """``<name>/walker`` of each."""
        fields: dict[str, Array] = {}
        for walker in self.walkers:
            fields |= walker.fields()
        return fields

    def save(self) -> Any:
        """Everything a continuation needs."""
        return list(self._strides), [walker.save() for walker in self.walkers]

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        strides, walkers = saved
        self._strides = list(strides)
        for walker, one in zip(self.walkers, walkers, strict=True):
            walker.restore(one)
