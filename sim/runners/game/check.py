"""What is wrong with a level beyond its grammar: names nobody has, places of no size, a win that cannot be reached."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from math import inf

from sim.errors import InputError, Problem, guess
from sim.runners.game.bots import BOTS
from sim.runners.game.game import clocked
from sim.runners.game.inputs import ACTIONS
from sim.runners.game.players import TICK_HZ
from sim.runners.game.spec import GameSpec, RuleSpec, ZoneSpec
from sim.world.layout import Layout

SMALLEST = 0.05  # m: a zone flatter or narrower than this holds nobody


def check(layout: Layout, spec: GameSpec, where: str) -> list[Problem]:
    """What is wrong with a level.

    Args:
        layout: The world it is in.
        spec: The level.
        where: Its file.
    """
    try:
        layout = clocked(layout.with_objects(spec.objects, where), spec)
    except InputError as error:
        return list(error.problems)
    if layout.step_hz % TICK_HZ:
        return [Problem(f"{where}: world {layout.name}", "cannot be played", f"a multiple of {TICK_HZ} steps a second")]
    names = _Names(layout, spec)
    problems = [*_players(spec, names, where), *_zones(spec, names, where), *_actors(spec, names, where)]
    for i, rule in enumerate(spec.rules):
        problems += _rule(rule, spec, names, f"{where}: rules.{i}")
    problems += [
        Problem(f"{where}: inputs", f"no action is called {name!r}", hint=guess(name, ACTIONS))
        for name in spec.inputs
        if name not in ACTIONS
    ]
    if spec.script:
        folder = layout.library.world(layout.name.partition("@")[0])
        if not (folder / spec.script).is_file():
            problems.append(Problem(f"{where}: script", f"{folder / spec.script} does not exist"))
    return problems + ([] if problems or spec.script else _winning(spec, where))


class _Names:
    """What may be named in a level."""

    def __init__(self, layout: Layout, spec: GameSpec):
        self.things = [p.name for p in layout.placements]
        self.free = [p.name for p in layout.placements if p.motion != "static"]
        self.whom = [*spec.players, *self.things]
        self.lamps = {p.name for p in layout.placements if p.asset.spec.lights} | {
            f"{p.name}/{light.name}" for p in layout.placements for light in p.asset.spec.lights
        } | set(layout.lights)  # fmt: skip
        self.articulated = {p.name: p.asset for p in layout.placements if p.asset.articulated}


def _none(names: Iterable[str], pattern: str) -> bool:
    return not any(fnmatchcase(name, pattern) for name in names)


def _missing(where: str, noun: str, pattern: str, names: Iterable[str]) -> Problem:
    return Problem(where, f"no {noun} is called {pattern!r}", hint=guess(pattern, names))


def _players(spec: GameSpec, names: _Names, where: str) -> list[Problem]:
    problems = []
    for slot, player in spec.players.items():
        at = f"{where}: players.{slot}"
        if player.thing is None and player.control != "fly":
            problems.append(Problem(f"{at}.thing", "is missing", f"what {slot} steers"))
        elif player.thing is not None and player.thing not in names.free:
            problems.append(_missing(f"{at}.thing", "free thing", player.thing, names.free))
        if player.bot is not None and player.bot not in BOTS:
            problems.append(_missing(f"{at}.bot", "bot", player.bot, BOTS))
        thrown = player.throws.things if player.throws else ()
        for key, patterns in (("carries", player.carries), ("throws.things", thrown)):
            problems += [_missing(f"{at}.{key}", "free thing", p, names.free) for p in patterns if _none(names.free, p)]
    steered = [p.thing for p in spec.players.values() if p.thing]
    twice = sorted({thing for thing in steered if steered.count(thing) > 1})
    return problems + [Problem(f"{where}: players", f"two players steer {thing}") for thing in twice]


def _zones(spec: GameSpec, names: _Names, where: str) -> list[Problem]:
    problems = []
    for name, zone in spec.zones.items():
        at = f"{where}: zones.{name}"
        if _tiny(zone):
            size = "radius and height" if zone.radius is not None else "size"
            got = f"{zone.radius:g}, {zone.height:g}" if zone.radius is not None else str(list(zone.size or ()))
            problems.append(Problem(f"{at}.{size}", "holds nobody", f"at least {SMALLEST} m each way", got))
        if zone.around is not None and zone.around not in names.free:
            problems.append(_missing(f"{at}.around", "free thing", zone.around, names.free))
    return problems


def _tiny(zone: ZoneSpec) -> bool:
    sides = zone.size if zone.size is not None else (zone.radius or 0.0, zone.height)
    return min(sides) < SMALLEST


def _actors(spec: GameSpec, names: _Names, where: str) -> list[Problem]:
    problems = []
    for key, actor in spec.actors.items():
        at = f"{where}: actors.{key}"
        problems += [
            _missing(f"{at}.things", "free thing", p, names.free) for p in actor.things if _none(names.free, p)
        ]
        if actor.does in ("traffic", "patrol") and actor.path not in spec.paths:
            problems.append(_missing(f"{at}.path", "path", actor.path or "", spec.paths))
        if actor.within is not None and actor.within not in spec.zones:
            problems.append(_missing(f"{at}.within", "zone", actor.within, spec.zones))
    return problems


def _rule(rule: RuleSpec, spec: GameSpec, names: _Names, where: str) -> list[Problem]:
    when, then, problems = rule.when, rule.then, []
    for key in ("enter", "leave"):
        zone = getattr(when, key)
        if zone is not None and _none(spec.zones, zone):
            problems.append(_missing(f"{where}.when.{key}", "zone", zone, spec.zones))
    whom = [(f"when.{k}", getattr(when, k)) for k in ("by", "pick_up", "drop", "carrying")]
    whom += [("when.touch", name) for name in when.touch or ()]
    whom += [(f"then.{k}", v) for k in ("vanish", "respawn", "pick_up") if (v := getattr(then, k)) and v != "it"]
    whom += [("then.spawn.thing", then.spawn.thing)] if then.spawn else []
    for key, name in whom:
        known = [*names.whom, "ground"]
        if name is not None and _none(known, name) and not (key == "when.touch" and "/" in name):
            problems.append(_missing(f"{where}.{key}", "player or thing", name, known))
    for key in ("activate", "deactivate"):
        pattern = getattr(then, key)
        if pattern not in (None, "it") and _none(spec.zones, pattern):
            problems.append(_missing(f"{where}.then.{key}", "zone", pattern, spec.zones))
    for key, counters in (("when.count", when.count or {}), ("unless", rule.unless)):
        changed = {name for other in spec.rules for name in other.then.count} | set(spec.counters)
        problems += [_missing(f"{where}.{key}", "counter", name, changed) for name in counters if name not in changed]
    for key, who in (("win", then.win), ("lose", then.lose)):
        if isinstance(who, str) and who not in spec.players:
            problems.append(_missing(f"{where}.then.{key}", "player", who, spec.players))
    if then.switch and then.switch.lamp not in names.lamps:
        problems.append(_missing(f"{where}.then.switch.lamp", "lamp", then.switch.lamp, names.lamps))
    if then.open:
        thing = then.open.joint.rpartition("/")[0]
        if thing not in names.articulated:
            problems.append(_missing(f"{where}.then.open.joint", "thing with joints", thing, names.articulated))
    words = {other.then.send for other in spec.rules}
    if when.message is not None and when.message not in words and not spec.script:
        problems.append(Problem(f"{where}.when.message", f"nobody sends {when.message!r}"))
    return problems


# ---------------------------------------------------------------------------------------------------------------------
# Winning


def _winning(spec: GameSpec, where: str) -> list[Problem]:
    """Whether a level can be won: some rule that wins can be set off, counting as far as rules can count."""
    ends = [(i, rule) for i, rule in enumerate(spec.rules) if rule.then.win or rule.then.lose]
    wins = [(i, rule) for i, rule in ends if rule.then.win or (rule.then.lose and len(spec.players) > 1)]
    if not wins:
        return [Problem(f"{where}: rules", "nobody can win", "a rule whose then says win")]
    reasons = {i: _unreachable(rule, spec) for i, rule in wins}
    if all(reasons.values()):
        return [Problem(f"{where}: rules.{i}.when", f"cannot be reached: {why}") for i, why in reasons.items()]
    return []


def _unreachable(rule: RuleSpec, spec: GameSpec) -> str:
    """Why a rule can never be set off; "" when it can."""
    when = rule.when
    for name, value in (when.count or {}).items():
        most = spec.counters.get(name, 0.0)
        most += sum(_most(other, spec, other.then.count.get(name, 0.0)) for other in spec.rules)
        if most < value:
            return f"{name} comes to {most:g} at most, not to {value:g}"
    if when.score is not None:
        most = sum(_most(other, spec, other.then.score or 0.0) for other in spec.rules)
        if most < when.score:
            return f"scores come to {most:g} at most, not to {when.score:g}"
    if when.health is not None and not any(p.health for p in spec.players.values()):
        return "no player has health"
    over = min(
        [spec.limit, *(r.when.timer for r in spec.rules if r.when.timer is not None and r.then.lose and not r.unless)]
    )
    longer = sum(_most(other, spec, other.then.time or 0.0) for other in spec.rules)
    if when.timer is not None and rule.then.win and when.timer > over + longer:
        return f"the level is lost after {over + longer:g} s"
    zones = [zone for name, zone in spec.zones.items() if fnmatchcase(name, when.enter or when.leave or "")]
    if zones and not any(zone.active for zone in zones) and not any(r.then.activate for r in spec.rules):
        return f"nothing activates the zone {when.enter or when.leave}"
    return ""


def _most(rule: RuleSpec, spec: GameSpec, value: float) -> float:
    """How much a rule can add in all."""
    if value <= 0:
        return 0.0
    when, closed = rule.when, rule.then.deactivate
    if rule.once or when.trigger in ("start", "timer", "score", "count", "health"):
        return value
    zones = [name for name in spec.zones if when.enter and fnmatchcase(name, when.enter)]
    opened = any(other.then.activate for other in spec.rules)
    if zones and not opened and (closed == "it" or (closed and fnmatchcase(when.enter or "", closed))):
        return value * len(zones)
    return inf
