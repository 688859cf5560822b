"""Who is about in a level beside the players: walkers, traffic, and those who chase, flee or wander."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, sin
from typing import Any

import numpy as np

from sim.actors.character import Body, Character
from sim.actors.traffic import Traffic
from sim.actors.walker import Crowd, Walker
from sim.errors import InputError, Problem
from sim.pose import Array
from sim.runners.game.players import TICK_HZ, matching
from sim.runners.game.spec import ActorSpec, GameSpec
from sim.runners.game.zones import Zone
from sim.world.path import Path
from sim.world.system import System
from sim.world.world import World

MINDS = 6  # ticks from one thought of a chaser to the next
FEELER = 1.6  # m before someone who wanders: what is nearer is walked round
BUSY = 3.0  # s on one course of who wanders, on average


def line(spec: GameSpec, name: str, where: str, offset: float = 0.0) -> Path:
    """A path of the level, with rounded corners.

    Raises:
        InputError: There is none of that name.
    """
    if name not in spec.paths:
        raise InputError(Problem(where, f"no path is called {name!r}", hint=f"paths are {', '.join(spec.paths)}"))
    way = spec.paths[name]
    path = Path.rounded(way.points, way.radius, way.closed, f"{where}: {name}")
    return path.offset(offset) if offset else path


class Roamer(System):
    """A person who chases, flees or wanders; a thinking one, on the same body that players have.

    Args:
        character: The body.
        spec: What it does.
        zone: Where it stays.
        prey: Places ``(k, 3)`` of the players.
        rng: The chance of where it wanders.
    """

    def __init__(
        self,
        character: Character,
        spec: ActorSpec,
        zone: Zone | None,
        prey: Callable[[], list[Array]],
        rng: np.random.Generator,
    ):
        self.character, self._spec, self._zone, self._prey, self._rng = character, spec, zone, prey, rng
        self._course, self._busy, self._count = float(rng.uniform(-pi, pi)), 0, int(rng.integers(MINDS))

    def step(self, world: World) -> None:
        """Thinks now and then; the body does the rest."""
        self._count += 1
        if self._count % (MINDS * (world.layout.step_hz // TICK_HZ)) == 0 and not self.character.down:
            self.character.wish = self._wish(world)

    def _wish(self, world: World) -> Array:
        here, spec = self.character.position, self._spec
        away = [place - here for place in self._prey()]
        near = min(away, key=lambda d: hypot(d[0], d[1]), default=None)
        seen = near is not None and hypot(near[0], near[1]) < spec.sight
        if spec.does == "chase" and seen and near is not None:
            return self._towards(world, atan2(near[1], near[0]), spec.speed)
        if spec.does == "flee" and seen and near is not None:
            return self._towards(world, atan2(-near[1], -near[0]), spec.speed)
        self._busy -= 1
        if self._busy <= 0:
            self._busy = int(self._rng.integers(5, round(2 * BUSY * TICK_HZ / MINDS)))
            self._course += float(self._rng.normal(0, 1.0))
        pace = spec.speed if spec.does == "wander" else 0.4 * spec.speed
        return self._towards(world, self._course, pace)

    def _towards(self, world: World, course: float, pace: float) -> Array:
        """Turns the course off walls and back into the zone; the nearest free direction counts."""
        here = self.character.position
        knee = here + np.array([0.0, 0.0, 0.5])
        if self._zone is not None:
            inner = self._zone.inward(world, here)
            if inner is not None:
                self._course = course = atan2(inner[1], inner[0])
        for turn in (0.0, 0.5, -0.5, 1.0, -1.0, 1.6, -1.6, 2.4, -2.4):
            way = np.array([cos(course + turn), sin(course + turn), 0.0])
            hit = world.cast_rays([knee + 0.4 * way], [knee + FEELER * way])
            if int(hit.part[0]) == -1:
                if turn and self._spec.does == "wander":
                    self._course = course + turn
                return pace * way[:2]
        return np.zeros(2)

    def save(self) -> Any:
        """Everything a continuation needs."""
        return self._course, self._busy, self._count, self._rng.bit_generator.state

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        self._course, self._busy, self._count, self._rng.bit_generator.state = saved


def bring(
    world: World,
    spec: GameSpec,
    zones: dict[str, Zone],
    prey: Callable[[], list[Array]],
    seed: int,
    where: str,
) -> dict[str, str]:
    """Lets all actors of a level act; what each thing does, by name."""
    doing: dict[str, str] = {}
    names = [p.name for p in world.layout.placements if p.motion != "static"]
    walkers: list[Walker | Character] = []
    for i, (key, actor) in enumerate(spec.actors.items()):
        at = f"{where}: actors.{key}"
        things = matching(names, actor.things)
        if not things:
            raise InputError(Problem(f"{at}.things", "nothing is called so", got=", ".join(actor.things)))
        doing |= dict.fromkeys(things, actor.does)
        if actor.does == "traffic":
            path = line(spec, actor.path or "", f"{at}.path", actor.offset)
            world.add(Traffic(world, things, path, actor.speed, lambda: _in_the_way(prey, walkers)))
        elif actor.does == "patrol":
            path = line(spec, actor.path or "", f"{at}.path", actor.offset)
            for k, thing in enumerate(things):
                walkers.append(_walker(world, thing, path, actor.speed, k / len(things)))
        else:
            for k, thing in enumerate(things):
                body = Character(world, thing, Body(walk=actor.speed, run=actor.speed))
                zone = zones.get(actor.within) if actor.within else None
                walkers.append(body)
                world.add(body)
                world.add(Roamer(body, actor, zone, prey, np.random.default_rng([seed, i, k])))
    on_paths = [walker for walker in walkers if isinstance(walker, Walker)]
    if on_paths:
        world.add(Crowd(on_paths, prey, max(1, world.layout.step_hz // TICK_HZ)))
    return doing


def _walker(world: World, thing: str, path: Path, speed: float, part: float) -> Walker:
    """Someone on patrol, each a little faster or slower than the next."""
    every = max(1, world.layout.step_hz // TICK_HZ)
    pace = speed * (0.9 + 0.2 * ((part * 7.3) % 1.0))
    return Walker(world, thing, path, pace, start=part * path.length, end="return", every=every, acceleration=2.0)


def _in_the_way(prey: Callable[[], list[Array]], walkers: list[Walker | Character]) -> Array:
    """``(k, 2)`` m: players and people on foot."""
    places = [place[:2] for place in prey()] + [walker.position[:2] for walker in walkers]
    return np.array(places).reshape(-1, 2)
