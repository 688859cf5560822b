"""A game as the page shows it: players, score, messages, zones, saves and replays."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sim.errors import Diverged, InputError, Problem
from sim.runners.game.bots import make_bot
from sim.runners.game.game import Game
from sim.runners.game.inputs import ACTIONS, REST, Inputs
from sim.runners.game.replay import Replay
from sim.runners.game.spec import AXES, GameSpec
from sim.runners.game.view import GameView
from sim.viewer.stage import HZ, Listener, Stage
from sim.viewer.wire import Held
from sim.world.layout import Layout
from sim.world.state import State

TOLD_TICKS = 6  # between two pictures of the score
MESSAGE_SECONDS = 3.5
MODES = {"first_person": "first", "chase": "chase", "top": "top"}
DOES = {  # what each way of steering knows, and how it is said
    "walk": {
        "forward": "forward", "back": "back", "left": "left", "right": "right", "run": "run", "jump": "jump",
        "use": "pick up, put down", "throw": "throw",
    },
    "drive": {
        "forward": "go", "back": "brake, back", "left": "left", "right": "right", "brake": "handbrake",
        "throttle": "", "use": "pick up, put down", "throw": "throw",
    },
    "push": {"forward": "forward", "back": "back", "left": "left", "right": "right", "use": "", "throw": ""},
    "fly": {
        "forward": "forward", "back": "back", "left": "left", "right": "right", "up": "up", "down": "down",
        "throw": "throw",
    },
}  # fmt: skip


class GameStage(Stage):
    """A level that is played; time stands still until somebody plays, and while nobody does.

    Args:
        name: ``world/scenario``.
        layout: The world.
        spec: The level.
        folder: Where saves and replays are written.
        seed: Of all chance; the level's own when None.
        allow_scripts: Whether Python that the level names may run.
    """

    kind = "game"

    def __init__(self, name: str, layout: Layout, spec: GameSpec, folder: Path, seed: int | None, allow_scripts: bool):
        self.game = Game(layout, spec, seed, allow_scripts, name)
        super().__init__(name, self.game.layout, folder)
        self.spec, self.slots = spec, list(spec.players)
        self._held: dict[int, Inputs] = {}
        self._bots = {
            i: make_bot(player.bot, spec, slot, self.game.seed, f"{name}: players.{slot}.bot")
            for i, (slot, player) in enumerate(spec.players.items())
            if player.bot
        }
        self._begin()

    def _begin(self) -> None:
        self.replay: Replay | None = Replay.of(self.game, self.title)
        self._listener = Listener()
        self._message, self._until, self._over = "", 0, False

    def close(self) -> None:
        """Frees the engine."""
        self.game.close()

    # -----------------------------------------------------------------------------------------------------------------
    # Players

    def join(self, name: str) -> int | None:
        """A free player; None when all are taken."""
        try:
            return self.game.join(name)
        except InputError:
            return None

    def leave(self, player: int) -> None:
        """Frees a player; what it held is let go."""
        self.game.leave(player)
        self._held.pop(player, None)

    def hold(self, player: int, held: Held) -> None:
        """What a player does from now on; what no player does is passed over."""
        axes = {name: value for name, value in held.axes.items() if name in AXES}
        pitch = min(max(held.look[1], -1.5), 1.5)
        self._held[player] = Inputs(held.held & ACTIONS, axes, (held.look[0], pitch))

    # -----------------------------------------------------------------------------------------------------------------
    # Time

    def tick(self) -> None:
        """Goes on for a tick, when somebody plays."""
        if self.paused or not self._held:
            return
        view = self.game.view() if self._bots else None
        inputs = [self._inputs(i, view) for i in range(len(self.slots))]
        if self.replay:
            self.replay.note(inputs)
        try:
            self.game.tick(inputs)
        except Diverged as error:
            self.do_pause()
            self.say(t="toast", text=str(error).splitlines()[0], bad=True)
        for message in self._listener.news(self.game.world.events):
            self.say(**message)
        self._tell()

    def _inputs(self, i: int, view: GameView | None) -> Inputs:
        if i in self._held:
            return self._held[i]
        return self._bots[i](view) if i in self._bots and view else REST

    def _tell(self) -> None:
        """Says the score; at once when something was said or it is over."""
        said = self.game.rules.messages
        if said:
            self._message, self._until = said[-1], self.game.ticks + round(MESSAGE_SECONDS * HZ)
        elif self._message and self.game.ticks > self._until:
            self._message = ""
        over = self.game.over and not self._over
        self._over = self.game.over
        if said or over or self.game.ticks % TOLD_TICKS == 0:
            self.say(**self.score())

    def score(self) -> dict[str, Any]:
        """What the page shows of the game."""
        view = self.game.view()
        players = [self._player(slot, view) for slot in self.slots]
        zones = {name: vars(zone) for name, zone in view.zones.items() if zone.shown}
        return {
            "t": "game",
            "players": players,
            "time_left": view.left,
            "message": self._message,
            "verdict": "playing" if view.verdict == "running" else view.verdict,
            "winner": view.winner,
            "zones": zones,
            "counts": dict(view.counts),
        }

    def _player(self, slot: str, view: GameView) -> dict[str, Any]:
        player, spec = view.players[slot], self.spec.players[slot]
        return {
            "name": slot,
            "part": player.part,
            "score": round(player.score, 2),
            "health": round(100 * player.health / spec.health.full, 1) if spec.health else None,
            "carries": player.carries,
            "throws": player.throws if spec.throws else None,
            "joined": player.joined,
            "steers": spec.control == "drive",
            "speed": round(sum(x * x for x in player.velocity) ** 0.5, 2),
            "eye": [round(x, 3) for x in player.eye] if not player.part else None,
        }

    def read(self) -> State:
        """The state now."""
        return self.game.world.read()

    def describe(self, player: int | None = None) -> dict[str, Any]:
        """What the page must know; the keys of its player too."""
        self.say(**self.score())
        found = super().describe(player) | {"record": True, "about": self.spec.about}
        if player is None:
            return found
        slot = self.slots[player]
        spec = self.spec.players[slot]
        does = DOES[spec.control] if spec.throws else {k: v for k, v in DOES[spec.control].items() if k != "throw"}
        does = does if spec.carries else {k: v for k, v in does.items() if k != "use"}
        keys = {name: list(codes) for name, codes in self.spec.keys.items() if name in does}
        return found | {
            "game": {
                "keys": keys,
                "does": does,
                "steers": spec.control == "drive",
                "camera": "fly" if spec.control == "fly" else MODES[spec.camera],
                "yaw": 0.0 if spec.control == "drive" else self.game.view().players[slot].heading,
            }
        }

    # -----------------------------------------------------------------------------------------------------------------
    # Commands

    def do_restart(self) -> None:
        """Begins anew."""
        self.game.restart()
        self._begin()
        self.say(t="restarted")
        self.say(**self.score())

    def do_save(self) -> dict[str, Any]:
        """Saves the game."""
        data = self.game.save()
        if self.replay:
            self.replay.mark_save()
        return self._write_save(data)

    def do_load(self, name: str | None = None) -> dict[str, Any]:
        """Goes back to a saved game, the newest when none is named."""
        data, file = self._read_save(name)
        self.game.load(data)
        self._begin()
        self.replay = None  # a replay begins where the game does
        self._listener.skip(self.game.world.events)
        self.say(t="restarted")
        self.say(**self.score())
        return {"said": f"loaded {file.removesuffix('.save')}"}

    def do_record(self, on: bool = True) -> dict[str, Any]:
        """Writes the replay from the game's begin to now: all inputs are kept anyway.

        Raises:
            InputError: The game was loaded, so its begin is not known.
        """
        if self.replay is None:
            raise InputError(Problem("view", "a loaded game has no replay", hint="begin again, then record"))
        self.replay.sha256 = self.game.sha256()
        path = self.folder / "replays" / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}.jsonl"
        self.replay.write(path)
        return {"said": f"wrote the replay {path}"}
