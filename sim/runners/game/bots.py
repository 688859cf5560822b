"""Who plays when no person does: from the same view that a person has, to the same inputs.

A bot is made once a game and asked once a tick.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from math import atan2, cos, hypot, pi, remainder, sin, sqrt
from typing import Protocol

import numpy as np

from sim.errors import unknown_name
from sim.runners.game.inputs import REST, Inputs
from sim.runners.game.players import ARM
from sim.runners.game.spec import GameSpec
from sim.runners.game.streets import Streets
from sim.runners.game.view import GameView, PlayerView, Triple
from sim.world.path import Path

RETHINK = 30  # ticks from one plan to the next


class Bot(Protocol):
    """What plays."""

    def __call__(self, view: GameView) -> Inputs:
        """What to do in the coming tick."""


def make_bot(name: str, spec: GameSpec, slot: str, seed: int, where: str) -> Bot:
    """A bot by name.

    Raises:
        InputError: None is called so.
    """
    if name not in BOTS:
        raise unknown_name(where, "bot", name, BOTS)
    return BOTS[name](spec, slot, seed)


class Idle:
    """Does nothing."""

    def __init__(self, spec: GameSpec, slot: str, seed: int):
        self.spec, self.slot = spec, slot

    def __call__(self, view: GameView) -> Inputs:
        """Nothing."""
        return REST


class _Walking:
    """What bots on foot share."""

    def __init__(self, spec: GameSpec, slot: str, seed: int):
        self.spec, self.slot = spec, slot
        self._rng = np.random.default_rng([seed, 77])
        self._was: Triple = (0.0, 0.0, 0.0)
        self._round, self._side = 0, 1.0

    def _go(self, me: PlayerView, course: float, tick: int, run: bool = True) -> Inputs:
        """Runs on a course, rad; who gets nowhere goes round."""
        if tick % RETHINK == 0:
            if hypot(me.at[0] - self._was[0], me.at[1] - self._was[1]) < 0.4 and tick:
                self._round = 2 * RETHINK
                self._side = 1.0 if self._rng.random() < 0.5 else -1.0
            self._was = me.at
        if self._round > 0:
            self._round -= 1
            course += self._side * 1.4
        return Inputs(frozenset({"forward", "run"} if run else {"forward"}), look=(remainder(course, 2 * pi), 0.0))

    def _others(self, view: GameView) -> list[PlayerView]:
        return [player for slot, player in view.players.items() if slot != self.slot]


class Chaser(_Walking):
    """Runs to where the nearest other player will be."""

    def __call__(self, view: GameView) -> Inputs:
        """After them."""
        me = view.players[self.slot]
        others = self._others(view)
        if not others:
            return REST
        prey = min(others, key=lambda p: _apart(me.at, p.at))
        lead = min(_apart(me.at, prey.at) / 4.0, 1.0) * 0.6
        to = (prey.at[0] + lead * prey.velocity[0], prey.at[1] + lead * prey.velocity[1])
        return self._go(me, atan2(to[1] - me.at[1], to[0] - me.at[0]), view.tick)


class Runner(_Walking):
    """Runs from the nearest other player, and round in the zone it must stay in."""

    def __call__(self, view: GameView) -> Inputs:
        """Away."""
        me = view.players[self.slot]
        others = self._others(view)
        if not others:
            return REST
        hunter = min(others, key=lambda p: _apart(me.at, p.at))
        away = np.array([me.at[0] - hunter.at[0], me.at[1] - hunter.at[1]])
        course = away / max(hypot(*away), 1e-6)
        for zone in view.zones.values():
            if zone.radius is not None and zone.radius > 4.0:
                out = np.array([me.at[0] - zone.at[0], me.at[1] - zone.at[1]])
                edge = hypot(*out) / zone.radius
                if edge > 0.55:  # along the edge, away from who hunts
                    inward = -out / max(hypot(*out), 1e-6)
                    along = np.array([-inward[1], inward[0]])
                    along = along if along @ course >= 0 else -along
                    course = course * max(0.0, 1 - edge) + along + inward * 2 * (edge - 0.55)
        return self._go(me, atan2(course[1], course[0]), view.tick)


class Seeker(_Walking):
    """Walks from zone to zone that is shown."""

    def __call__(self, view: GameView) -> Inputs:
        """To the nearest one."""
        me = view.players[self.slot]
        goals = [z.at for z in view.zones.values() if z.shown]
        if not goals:
            return REST
        to = min(goals, key=lambda at: _apart(me.at, at))
        return self._go(me, atan2(to[1] - me.at[1], to[0] - me.at[0]), view.tick)


class Thrower:
    """Throws at what must go, with the arc that gets there."""

    def __init__(self, spec: GameSpec, slot: str, seed: int):
        self.spec, self.slot = spec, slot
        self._targets = [r.when.by for r in spec.rules if r.when.leave and r.when.by]
        self._start: dict[str, Triple] = {}
        throws = spec.players[slot].throws
        self._speed = throws.speed if throws else 0.0
        self._n = 0

    def __call__(self, view: GameView) -> Inputs:
        """The highest of what still stands where it stood."""
        me = view.players[self.slot]
        for name, (at, _) in view.things.items():
            self._start.setdefault(name, at)
        wanted = [
            at
            for name, (at, velocity) in view.things.items()
            if any(fnmatchcase(name, pattern) for pattern in self._targets)
            and _apart(at, self._start[name]) < 0.3
            and abs(at[2] - self._start[name][2]) < 0.15
            and hypot(*velocity) < 1.0
        ]
        if not wanted or not self._speed:
            return REST
        to = min(wanted, key=lambda at: (round(_apart(at, me.at)), -at[2]))
        look = aim(me.hand, to, self._speed)
        for _ in range(3):  # the hand goes along with the aim
            way = np.array([cos(look[0]) * cos(look[1]), sin(look[0]) * cos(look[1]), sin(look[1])])
            x, y, z = np.array(me.hand) + ARM * way
            look = aim((float(x), float(y), float(z)), to, self._speed)
        return Inputs(frozenset({"throw"}) if view.tick % 50 == 49 else frozenset(), look=look)


class Skyward:
    """Throws all it has into the sky."""

    def __init__(self, spec: GameSpec, slot: str, seed: int):
        self.slot = slot

    def __call__(self, view: GameView) -> Inputs:
        """Up."""
        return Inputs(frozenset({"throw"}), look=(0.0, 1.2))


def aim(eye: Triple, to: Triple, speed: float) -> tuple[float, float]:
    """Yaw and pitch, rad, of the flat throw at ``speed`` m/s that comes down on a place (no air: a parabola)."""
    along, up, g = hypot(to[0] - eye[0], to[1] - eye[1]), to[2] - eye[2], 9.81
    yaw = atan2(to[1] - eye[1], to[0] - eye[0])
    root = speed**4 - g * (g * along**2 + 2 * up * speed**2)
    pitch = atan2(speed**2 - sqrt(root), g * along) if root > 0 else pi / 4
    return yaw, pitch


class Deliver:
    """Drives along the streets to the nearest zone that is shown, brakes for who is before it."""

    CRUISE, BEND, STOP = 12.5, 4.5, 2.4  # m/s, m/s² in bends, m/s²

    def __init__(self, spec: GameSpec, slot: str, seed: int):
        self.spec, self.slot = spec, slot
        self._streets = Streets(spec.streets)
        self._goal, self._way = "", 0.0
        self._path: Path | None = None
        self._stuck, self._back = 0, 0

    def __call__(self, view: GameView) -> Inputs:
        """Steers and pedals."""
        me = view.players[self.slot]
        speed = me.velocity[0] * cos(me.heading) + me.velocity[1] * sin(me.heading)
        self._plan(view, me)
        if self._path is None:
            return Inputs(axes={"brake": 1.0})
        free = self._free(view, me)
        self._stuck = self._stuck + 1 if abs(speed) < 0.3 and free > 6.0 else 0
        if self._stuck > 90:
            self._stuck, self._back = 0, 70
        if self._back > 0:
            self._back -= 1
            return Inputs(axes={"brake": 0.6, "throttle": 0.0, "steer": 0.4})
        return self._drive(me, speed, free)

    def _plan(self, view: GameView, me: PlayerView) -> None:
        goals = {name: zone.at for name, zone in view.zones.items() if zone.shown}
        if not goals:
            self._path = None
            return
        lost = self._path is not None and abs(self._path.project(me.at, near=self._way)[1]) > 6.0
        if self._goal in goals and not (lost and view.tick % RETHINK == 0):
            return
        ways = {name: self._streets.way(me.at[:2], me.heading, at[:2]) for name, at in goals.items()}
        self._goal = min(ways, key=lambda name: ways[name][1])
        path = ways[self._goal][0]
        self._path = path
        self._way = path.project(me.at)[0] if path else 0.0

    def _free(self, view: GameView, me: PlayerView) -> float:
        """m free before the car in its lane, of everything the view shows."""
        assert self._path is not None
        free = 60.0
        self._way = self._path.project(me.at, near=self._way)[0]
        for name, (at, velocity) in view.things.items():
            if name == me.part or hypot(at[0] - me.at[0], at[1] - me.at[1]) > 32:
                continue
            t = 0.7
            for later in (0.0, t):
                place = (at[0] + later * velocity[0], at[1] + later * velocity[1])
                way, side = self._path.project(place, near=self._way + 8.0)
                if abs(side) < 1.75 and 0.5 < way - self._way < free:
                    free = way - self._way
        return free - 4.0

    def _drive(self, me: PlayerView, speed: float, free: float) -> Inputs:
        assert self._path is not None
        path, way = self._path, self._way
        ahead = max(4.5, 0.55 * speed)
        x, y, _, _, _ = path.sample(way + ahead)
        dx, dy = x - me.at[0], y - me.at[1]
        offset = remainder(atan2(dy, dx) - me.heading, 2 * pi)
        angle = 2 * 2.7 * sin(offset) / max(hypot(dx, dy), 1.0)
        wanted = self.CRUISE
        for look in range(0, 36, 3):
            bend = abs(path.sample(way + look)[4])
            if way + look < path.length and bend > 1e-3:
                allowed = sqrt(self.BEND / bend)
                wanted = min(wanted, sqrt(allowed**2 + 2 * self.STOP * look))
        left = path.length - way
        wanted = min(wanted, sqrt(2 * self.STOP * max(left, 0.0) + 9.0), sqrt(2 * self.STOP * max(free, 0.0)))
        rate = (wanted - speed) * 1.2
        steer = min(max(angle / 0.6, -1.0), 1.0)
        if rate >= 0:
            return Inputs(axes={"throttle": min(0.25 * rate + 0.12, 1.0) if wanted > 0.3 else 0.0, "steer": steer})
        brake = min(-rate / 6.0, 1.0) if speed > 0.4 else 0.25 * (wanted < 0.3) * (speed > 0.05)
        return Inputs(axes={"brake": brake, "steer": steer})


class Reckless:
    """Full throttle, straight on."""

    def __init__(self, spec: GameSpec, slot: str, seed: int):
        self.slot = slot

    def __call__(self, view: GameView) -> Inputs:
        """On."""
        return Inputs(frozenset({"forward"}))


def _apart(a: Triple, b: Triple) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


BOTS: dict[str, type] = {
    "idle": Idle,
    "chaser": Chaser,
    "runner": Runner,
    "seeker": Seeker,
    "thrower": Thrower,
    "skyward": Skyward,
    "deliver": Deliver,
    "reckless": Reckless,
}
"""By name: what a level's ``bot:`` and the command line's ``--bot`` may say."""
