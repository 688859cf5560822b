"""When something happens, something else does.

Rules look at the same events of the world as sound and verdicts do, at who comes and goes in zones, and at clocks.
They change scores and counters, and act on the world by its own methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Protocol

import numpy as np

from sim.pose import Pose
from sim.runners.game.players import TICK_HZ, Player, matching
from sim.runners.game.spec import GameSpec, RuleSpec, ThenSpec, WhenSpec
from sim.runners.game.zones import Zone
from sim.world.event import Event
from sim.world.world import World

CHAIN = 8  # rounds in which rules may set off rules within one tick
SOFT = 0.2  # m that one must be outside a zone before coming in counts again


@dataclass
class Tally:
    """All of a level that is not in its world.

    | field    | is                                                     |
    |----------|--------------------------------------------------------|
    | scores   | by player                                                |
    | counts   | counters, by name                                        |
    | verdict  | ``running``, ``win`` or ``lose``                          |
    | winner   | the player who won, or ""                                |
    | extra    | s added to the clocks                                    |
    | fired    | how often each rule has been set off                     |
    | inside   | who is in each zone                                      |
    | active   | zones in which that counts; filled in when it is saved     |
    | ended    | tick in which it was decided                              |
    """

    scores: dict[str, float]
    counts: dict[str, float]
    verdict: str = "running"
    winner: str = ""
    extra: float = 0.0
    fired: list[int] = field(default_factory=list)
    inside: dict[str, set[str]] = field(default_factory=dict)
    active: dict[str, bool] = field(default_factory=dict)
    ended: int = 0


class Hook(Protocol):
    """What a script of one's own may have: one function that is called once a tick."""

    def tick(self, level: Rules, events: Sequence[Event]) -> None:
        """Called after the world's step with what happened in it."""


@dataclass(frozen=True)
class Cause:
    """What set a rule off: whom it is about, and with what."""

    who: str = ""
    what: str = ""


class Rules:
    """The rules of one level, live; also what a script of one's own is handed.

    Attributes:
        world: The world.
        players: Who plays, by name.
        zones: Places, by name.
        tally: Scores and all the rest.
        messages: What was said in this tick.
    """

    def __init__(self, world: World, spec: GameSpec, players: dict[str, Player], zones: dict[str, Zone]):
        self.world, self.spec, self.players, self.zones = world, spec, players, zones
        self.messages: list[str] = []
        self._names = [p.name for p in world.layout.placements]
        self._poses = {p.name: p.pose for p in world.layout.placements}
        self._sent: list[str] = []
        self._masses: dict[str, float] = {}
        self.ticks = 0
        self._of_part = {player.part: slot for slot, player in players.items() if player.part}
        self._visitors = {key: self._who_counts(key) for key in zones}
        self.begin()

    def begin(self) -> None:
        """Everything as at the start."""
        self.tally = Tally(
            dict.fromkeys(self.players, 0.0),
            dict(self.spec.counters),
            fired=[0] * len(self.spec.rules),
            inside={name: set() for name in self.zones},
        )
        for zone in self.zones.values():
            zone.active = zone.spec.active

    def _who_counts(self, zone: str) -> list[str]:
        """Players and things whose coming and going some rule asks for."""
        asked = [(r.when.enter or r.when.leave, r.when.by) for r in self.spec.rules]
        whom = [by for pattern, by in asked if pattern and fnmatchcase(zone, pattern)]
        things = [name for by in whom if by for name in matching(self._names, by) if name not in self._of_part]
        return [*self.players, *dict.fromkeys(things)]

    # -----------------------------------------------------------------------------------------------------------------
    # One tick

    @property
    def clock(self) -> float:
        """s since the start, less what was added to the clocks."""
        return self.ticks / TICK_HZ - self.tally.extra

    def tick(self, ticks: int, events: Sequence[Event], hook: Hook | None = None) -> None:
        """Lets every rule see what happened in a tick."""
        self.ticks, self.messages = ticks, []
        self._hurt(events)
        comings, goings = self._traffic()
        for n in range(CHAIN):
            sent, self._sent = self._sent, []
            if n and not sent:
                break
            for i, rule in enumerate(self.spec.rules):
                if self.tally.verdict != "running":
                    return
                for cause in self._causes(i, rule.when, events, comings, goings, sent, n):
                    self._fire(i, rule, cause)
        if hook is not None and self.tally.verdict == "running":
            hook.tick(self, events)
        if self.tally.verdict == "running" and self.clock >= self.spec.limit:
            self.say("time is up")
            self._end("lose", "")

    def _traffic(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Who came into and who left which zone."""
        comings: list[tuple[str, str]] = []
        goings: list[tuple[str, str]] = []
        for name, zone in self.zones.items():
            inside = self.tally.inside[name]
            for who in self._visitors[name]:
                if not zone.active or zone.spec.around in (who, self._part(who)):
                    continue
                at = self._place(who)
                was = who in inside
                if zone.holds(self.world, at, SOFT if was else 0.0) != was:
                    (goings if was else comings).append((name, who))
                    (inside.discard if was else inside.add)(who)
                    self._log("leave" if was else "zone", who, name)
        return comings, goings

    def _place(self, who: str) -> Any:
        if who in self.players:
            return self.players[who].place(self.world)[0]
        return np.array(self.world.engine.read_body(self.world.row(who))[0])

    def _part(self, who: str) -> str:
        return self.players[who].part if who in self.players else who

    def _hurt(self, events: Sequence[Event]) -> None:
        """Health lost by blows."""
        for slot, player in self.players.items():
            suffers = player.spec.health
            if suffers is None or not player.part:
                continue
            for event in events:
                if event.kind == "contact" and self._root(event.a, event.b, player.part):
                    change = event.impulse / self._mass(player.part)
                    if change > suffers.least:
                        player.health = max(player.health - (change - suffers.least) * suffers.per_speed, 0.0)
                        self._log("hurt", slot, "", player.health)

    def _mass(self, part: str) -> float:
        if part not in self._masses:
            self._masses[part] = self.world.pillar(0.1, 0.2).mass(self.world.row(part))
        return self._masses[part]

    @staticmethod
    def _root(a: str, b: str, part: str) -> bool:
        return any(name == part or name.startswith(f"{part}/") for name in (a, b))

    # -----------------------------------------------------------------------------------------------------------------
    # When

    def _causes(
        self,
        i: int,
        when: WhenSpec,
        events: Sequence[Event],
        comings: list[tuple[str, str]],
        goings: list[tuple[str, str]],
        sent: list[str],
        n: int,
    ) -> list[Cause]:
        """What sets a rule off in this tick; nothing, mostly."""
        tally, trigger = self.tally, when.trigger
        if trigger in ("score", "health", "count"):
            return self._levels(i, when)
        if trigger == "message":
            return [Cause(what=word) for word in sent if word == when.message]
        if n:
            return []
        if trigger in ("enter", "leave"):
            came = comings if trigger == "enter" else goings
            zone = when.enter or when.leave or ""
            return [Cause(who, name) for name, who in came if fnmatchcase(name, zone) and self._about(when, who)]
        if trigger == "start":
            return [Cause()] if self.ticks == 1 else []
        if trigger == "timer":
            return [Cause()] if not tally.fired[i] and self.clock >= (when.timer or 0.0) else []
        if trigger == "every":
            assert when.every is not None
            return [Cause()] if self.clock >= when.every * (tally.fired[i] + 1) else []
        if trigger == "touch":
            return self._touches(when, events)
        return self._handled(when, events)

    def _levels(self, i: int, when: WhenSpec) -> list[Cause]:
        """Scores, counters and health that have come to something; each sets its rule off once."""
        tally = self.tally
        if tally.fired[i]:
            return []
        if when.count is not None:
            return [Cause()] if all(tally.counts.get(k, 0.0) >= v for k, v in when.count.items()) else []
        for slot, player in self.players.items():
            if when.by and not fnmatchcase(slot, when.by):
                continue
            if when.score is not None and tally.scores[slot] >= when.score:
                return [Cause(slot)]
            if when.health is not None and player.spec.health and player.health <= when.health:
                return [Cause(slot)]
        return []

    def _about(self, when: WhenSpec, who: str) -> bool:
        player = self.players.get(who)
        if when.by is None and player is None:
            return False
        part = self._part(who)
        if when.by is not None and not (fnmatchcase(who, when.by) or fnmatchcase(part, when.by)):
            return False
        if when.carrying is None:
            return True
        return player is not None and bool(player.carried) and fnmatchcase(player.carried, when.carrying)

    def _touches(self, when: WhenSpec, events: Sequence[Event]) -> list[Cause]:
        assert when.touch is not None
        one, other = (self._parts_of(pattern) for pattern in when.touch)
        found = []
        for event in events:
            if event.kind == "contact" and event.speed >= when.harder:
                for a, b in ((event.a, event.b), (event.b, event.a)):
                    if _is(a, one) and _is(b, other):
                        found.append(Cause(self._of_part.get(_thing(a, one), _thing(a, one)), _thing(b, other)))
                        break
        return found[:1]

    def _parts_of(self, pattern: str) -> list[str]:
        """Things that a pattern means; a player's name means the player's thing."""
        slots = [player.part for slot, player in self.players.items() if fnmatchcase(slot, pattern)]
        return slots or [pattern]

    def _handled(self, when: WhenSpec, events: Sequence[Event]) -> list[Cause]:
        pattern = when.pick_up or when.drop or ""
        found = []
        for event in events:
            if event.kind == when.trigger and fnmatchcase(event.b, pattern):
                who = self._of_part.get(event.a, event.a)
                if when.by is None or fnmatchcase(who, when.by):
                    found.append(Cause(who, event.b))
        return found

    # -----------------------------------------------------------------------------------------------------------------
    # Then

    def _fire(self, i: int, rule: RuleSpec, cause: Cause) -> None:
        tally = self.tally
        if (rule.once and tally.fired[i]) or tally.verdict != "running":
            return
        if rule.unless and all(tally.counts.get(name, 0.0) >= value for name, value in rule.unless.items()):
            return
        tally.fired[i] += 1
        self._do(rule.then, cause)

    def _do(self, then: ThenSpec, cause: Cause) -> None:
        tally, world = self.tally, self.world
        mine = [cause.who] if cause.who in self.players else list(self.players)
        if then.score is not None:
            for slot in mine:
                tally.scores[slot] += then.score
            self._log("score", mine[0], cause.what, then.score)
        for name, value in then.count.items():
            tally.counts[name] = tally.counts.get(name, 0.0) + value
        for slot in mine if then.health is not None else ():
            self.players[slot].health += then.health or 0.0
        tally.extra += then.time or 0.0
        self._hands(then, mine)
        if then.open:
            world.command({then.open.joint: then.open.to})
        if then.switch:
            world.switch(then.switch.lamp, then.switch.on)
        self._things(then, cause)
        for pattern, active in ((then.activate, True), (then.deactivate, False)):
            for name in matching(list(self.zones), cause.what if pattern == "it" else pattern) if pattern else ():
                self.zones[name].active = active
                self.tally.inside[name].clear()
        if then.send:
            self._sent.append(then.send)
        if then.message:
            self.say(self._filled(then.message, mine[0]))
        for verdict, said in (("win", then.win), ("lose", then.lose)):
            if said:
                self._end(verdict, mine[0] if said is True else str(said))

    def _hands(self, then: ThenSpec, mine: list[str]) -> None:
        for slot in mine:
            player = self.players[slot]
            if then.pick_up:
                player.pick_up(self.world, matching(self._names, then.pick_up))
            if then.drop:
                player.put_down(self.world)

    def _things(self, then: ThenSpec, cause: Cause) -> None:
        world = self.world
        for name in self._meant(then.vanish, cause):
            for player in self.players.values():
                if player.carried == name:
                    player.put_down(world)
            world.vanish(name)
        if then.spawn:
            at = then.spawn.at
            pose = None if at is None else Pose(np.array(at), self._poses[then.spawn.thing].orientation)
            world.appear(then.spawn.thing, pose, then.spawn.velocity)
        for name in self._meant(then.respawn, cause):
            slot = name if name in self.players else self._of_part.get(name, "")
            if slot:
                self.players[slot].home(world)
            else:
                world.move(name, self._poses[name])

    def _meant(self, pattern: str | None, cause: Cause) -> list[str]:
        if not pattern:
            return []
        if pattern == "it":
            return [name for name in (cause.what, cause.who) if name in self._poses or name in self.players][:1]
        return matching([*self.players, *self._names], pattern)

    def _filled(self, text: str, slot: str) -> str:
        tally = self.tally
        values = {name: f"{value:g}" for name, value in tally.counts.items()}
        values |= {"player": slot, "score": f"{tally.scores[slot]:g}", "time": f"{self.clock:.0f}"}
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    # -----------------------------------------------------------------------------------------------------------------
    # For scripts too

    def say(self, text: str) -> None:
        """Shows a message to all."""
        self.messages.append(text)
        self._log("message", text)

    def send(self, word: str) -> None:
        """Sets off rules that wait for a word."""
        self._sent.append(word)

    def win(self, player: str = "") -> None:
        """The level is won."""
        self._end("win", player)

    def lose(self, player: str = "") -> None:
        """The level is lost."""
        self._end("lose", player)

    def _end(self, verdict: str, who: str) -> None:
        """A level is won when its first player wins; who loses lets the others win."""
        first = next(iter(self.players))
        self.tally.winner = who if verdict == "win" else next((s for s in self.players if s != who and who), "")
        if len(self.players) > 1 and who in self.players:
            verdict = "win" if (self.tally.winner == first) else "lose"
        self.tally.verdict, self.tally.ended = verdict, self.ticks
        self._log("verdict", self.tally.winner, verdict)

    def _log(self, kind: str, a: str, b: str = "", value: float = 0.0) -> None:
        at = (0.0, 0.0, 0.0)
        if a in self.players:
            x, y, z = self.players[a].place(self.world)[0]
            at = (float(x), float(y), float(z))
        self.world.log(Event(kind, self.world.time, self.world.step_count, a, b, at, value=value))


def _is(part: str, patterns: list[str]) -> bool:
    """Whether a part, or the thing it belongs to, is meant."""
    return bool(_thing(part, patterns))


def _thing(part: str, patterns: list[str]) -> str:
    """The longest beginning of a part's path that is meant; ""."""
    pieces = part.split("/")
    for n in range(len(pieces), 0, -1):
        name = "/".join(pieces[:n])
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return name
    return ""
