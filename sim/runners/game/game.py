"""A level that is played: sixty ticks a second, the same inputs give the same game.

Who calls `tick` decides how fast: a browser's server in real time, a script as fast as it can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sim.errors import InputError, Problem
from sim.pose import Array, Pose, vector
from sim.runners.game.actors import bring
from sim.runners.game.cameras import Chase
from sim.runners.game.inputs import REST, Inputs
from sim.runners.game.players import CONTROLS, TICK_HZ, Player, matching
from sim.runners.game.rules import Hook, Rules, Tally
from sim.runners.game.saved import pack, unpack
from sim.runners.game.spec import GameSpec
from sim.runners.game.view import GameView, PlayerView, ZoneView
from sim.runners.game.zones import Zone
from sim.script import load_script
from sim.world.layout import Layout
from sim.world.world import World


class Game:
    """A level, live.

    | method        | does                                                               |
    |---------------|--------------------------------------------------------------------|
    | join, leave   | gives a player's place to a person, and back                          |
    | tick          | goes on for a sixtieth of a second                                    |
    | view          | what everyone may know                                               |
    | save, load    | the whole game as bytes                                              |
    | restart       | begins anew                                                          |

    Args:
        layout: The world, before what the level brings.
        spec: The level.
        seed: Of all chance; the level's own when left out.
        allow_scripts: Whether Python that the level names may run.
        where: The level's file, for errors.

    Attributes:
        world: What is played in.
        ticks: Since the start.
        stepper: What steps the world; whoever records puts a recorder's step here.
    """

    tick_hz = TICK_HZ

    def __init__(
        self,
        layout: Layout,
        spec: GameSpec,
        seed: int | None = None,
        allow_scripts: bool = False,
        where: str = "game",
    ):
        layout = clocked(layout, spec)
        if layout.step_hz % TICK_HZ:
            hint = f"a whole multiple of {TICK_HZ}, such as 240"
            raise InputError(Problem(f"{where}: world {layout.name}", "cannot be played", hint, f"{layout.step_hz} Hz"))
        self.spec, self.seed, self.where = spec, spec.seed if seed is None else seed, where
        self.layout = layout.with_objects(spec.objects, where)
        self.hook: Hook | None = None
        if spec.script:
            folder = layout.library.world(layout.name.partition("@")[0])
            module: Any = load_script(folder, spec.script, allow_scripts, f"{where}: script")
            if not callable(getattr(module, "tick", None)):
                raise InputError(Problem(f"{where}: script: {spec.script}", "has no function tick(level, events)"))
            self.hook = module
        self._steps = layout.step_hz // TICK_HZ
        self._joined: dict[int, str] = {}
        self._build()

    def _build(self) -> None:
        spec = self.spec
        self.world = World(self.layout, events=True)
        self.stepper: Callable[[int], None] = self.world.step
        self.zones = {name: Zone(name, zone) for name, zone in spec.zones.items()}
        self.players: dict[str, Player] = {}
        for slot, player in spec.players.items():
            made = CONTROLS[player.control](self.world, slot, player, f"{self.where}: players.{slot}")
            self.players[slot] = made
            self.world.add(made)
        doing = bring(self.world, spec, self.zones, self._prey, self.seed, self.where)
        self.rules = Rules(self.world, spec, self.players, self.zones)
        self.cameras = {slot: Chase(self.world, player) for slot, player in self.players.items()}
        self._watched = self._worth_watching(doing)
        self.ticks, self._seen = 0, 0
        self._digest = hashlib.sha256()

    def _worth_watching(self, doing: dict[str, str]) -> list[str]:
        """Things that bots and pages want to know of: who acts, and whatever rules and players name."""
        names = [p.name for p in self.layout.placements if p.motion != "static"]
        patterns = [by for rule in self.spec.rules if (by := rule.when.by)]
        for player in self.spec.players.values():
            patterns += [*player.carries, *(player.throws.things if player.throws else ())]
        return list(dict.fromkeys([*doing, *matching(names, tuple(patterns))]))

    def close(self) -> None:
        """Frees the engine."""
        self.world.close()

    def _prey(self) -> list[Array]:
        return [player.place(self.world)[0] for player in self.players.values()]

    # -----------------------------------------------------------------------------------------------------------------
    # Players

    def join(self, name: str) -> int:
        """The number of the player whose part a person takes now.

        Raises:
            InputError: All parts are taken.
        """
        for i in range(len(self.players)):
            if i not in self._joined:
                self._joined[i] = name
                return i
        raise InputError(Problem("join", "all players are taken", f"at most {len(self.players)}"))

    def leave(self, i: int) -> None:
        """Gives a player's part back."""
        self._joined.pop(i, None)

    # -----------------------------------------------------------------------------------------------------------------
    # Time

    def tick(self, inputs: Sequence[Inputs] = ()) -> None:
        """Goes on for a sixtieth of a second.

        Args:
            inputs: By player's number; who is missing does nothing.
        """
        world = self.world
        for i, player in enumerate(self.players.values()):
            player.inputs = inputs[i] if i < len(inputs) else REST
            player.act(world)
        self.stepper(self._steps)
        self.ticks += 1
        events = world.events[self._seen :]
        self._seen = len(world.events)
        if self.rules.tally.verdict == "running":
            self.rules.tick(self.ticks, events, self.hook)
        for camera in self.cameras.values():
            camera.follow(world)
        if self.ticks % TICK_HZ == 0:
            self._digest.update(world.read().sha256().encode())

    @property
    def over(self) -> bool:
        """Whether it is won or lost."""
        return self.rules.tally.verdict != "running"

    def sha256(self) -> str:
        """The hash of the whole run: of every second's state, and the last one."""
        digest = self._digest.copy()
        digest.update(self.world.read().sha256().encode())
        return digest.hexdigest()

    def view(self, eyes: bool = True) -> GameView:
        """What everyone may know now.

        Args:
            eyes: Whether to work out where cameras are; bots do not look through them.
        """
        tally, world = self.rules.tally, self.world
        players = {slot: self._player(i, slot, eyes) for i, slot in enumerate(self.players)}
        zones = {
            name: ZoneView(
                vector(zone.floor(world)), zone.spec.size, zone.spec.radius, zone.spec.height, zone.spec.yaw_deg,
                zone.spec.shown,
            )
            for name, zone in self.zones.items()
            if zone.active
        }  # fmt: skip
        left = max(self.spec.limit - self.rules.clock, 0.0)
        return GameView(
            self.ticks, left, tally.verdict, tally.winner, tuple(self.rules.messages), players, zones,
            dict(tally.counts), self._things(),
        )  # fmt: skip

    def _player(self, i: int, slot: str, eyes: bool) -> PlayerView:
        player, pose = self.players[slot], self.cameras[slot].pose if eyes else Pose()
        at, heading = player.place(self.world)
        x, y, z, w = (float(v) for v in pose.orientation)
        return PlayerView(
            player.part, player.spec.control, vector(at), heading, vector(player.velocity(self.world)),
            self.rules.tally.scores[slot], player.health, player.carried, player.left,
            vector(player.eye(self.world)), i in self._joined,
            player.spec.camera, vector(pose.position), (x, y, z, w),
        )  # fmt: skip

    def _things(self) -> dict[str, Any]:
        engine, world = self.world.engine, self.world
        found = {}
        for name in self._watched:
            at, _, velocity, _ = engine.read_body(world.row(name))
            held = world.held(name)
            found[name] = (at, vector(held.linear) if held else velocity)
        return found

    # -----------------------------------------------------------------------------------------------------------------
    # Going back

    def restart(self) -> None:
        """Begins anew; who has joined stays."""
        self.world.close()
        self._build()

    def save(self) -> bytes:
        """The whole game, to go on from here, in this process or another."""
        world = self.world.save()
        tally = self.rules.tally
        tally.active = {name: zone.active for name, zone in self.zones.items()}
        inside = {name: set(who) for name, who in tally.inside.items()}
        rest = replace(
            tally, scores=dict(tally.scores), counts=dict(tally.counts), fired=list(tally.fired), inside=inside
        )
        cameras = [camera.save() for camera in self.cameras.values()]
        return pack(self._head(), (world, rest, cameras, self.ticks, self.seed))

    def load(self, data: bytes) -> None:
        """Goes back to a saved game of this level.

        Raises:
            InputError: It is truncated, edited, of another version or of another level.
        """
        world, tally, cameras, ticks, self.seed = unpack(self._head(), data)
        assert isinstance(tally, Tally)
        self.world.restore(world)
        self.rules.tally, self.ticks, self._seen = tally, ticks, len(self.world.events)
        self.rules.ticks = ticks
        for name, active in tally.active.items():
            self.zones[name].active = active
        for camera, saved in zip(self.cameras.values(), cameras, strict=True):
            camera.restore(saved)
        self._digest = hashlib.sha256(data)

    def _head(self) -> dict[str, str]:
        """What a saved game must be of."""
        level = hashlib.sha256(self.spec.model_dump_json().encode())
        for name, sha in sorted(self.layout.hashes().items()):
            level.update(f"{name} {sha}".encode())
        return {"level": level.hexdigest(), "world": self.layout.name, **self.world.versions()}


def clocked(layout: Layout, spec: GameSpec) -> Layout:
    """The world with the level's own clock, if it has one."""
    return replace(layout, step_hz=spec.step_hz) if spec.step_hz else layout
