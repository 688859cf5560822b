"""The inputs of a run, and what they came to: played again, they come to the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem
from sim.files import write_whole
from sim.runners.game.game import Game
from sim.runners.game.inputs import REST, Inputs

VERSION = "replay/1"


@dataclass
class Replay:
    """A run as its inputs.

    | field    | is                                                                      |
    |----------|-------------------------------------------------------------------------|
    | scenario | ``world/scenario``                                                        |
    | seed     | of all chance                                                            |
    | players  | names, in the order of inputs                                             |
    | ticks    | how many                                                                 |
    | changes  | tick, player and inputs from then on; ticks count from 0                   |
    | saves    | ticks after which the game was saved: saving is a step of the engine's too   |
    | hashes   | sha256 of the assets and files it was played with                          |
    | sha256   | of the run it came to                                                     |
    """

    scenario: str
    seed: int
    players: tuple[str, ...]
    ticks: int = 0
    changes: list[tuple[int, int, Inputs]] = field(default_factory=list)
    saves: list[int] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    sha256: str = ""
    _last: dict[int, Inputs] = field(default_factory=dict)

    @classmethod
    def of(cls, game: Game, scenario: str) -> Replay:
        """A replay of a game that is about to begin."""
        return cls(scenario, game.seed, tuple(game.players), hashes=game.layout.hashes())

    def note(self, inputs: Sequence[Inputs]) -> None:
        """Keeps one tick's inputs; call it with what `Game.tick` gets."""
        for i in range(len(self.players)):
            now = inputs[i] if i < len(inputs) else REST
            if self._last.get(i, REST) != now:
                self.changes.append((self.ticks, i, now))
                self._last[i] = now
        self.ticks += 1

    def mark_save(self) -> None:
        """Keeps that the game is saved now."""
        self.saves.append(self.ticks)

    def inputs(self) -> list[list[Inputs]]:
        """The inputs of every tick, by player."""
        rows, now, k = [], [REST] * len(self.players), 0
        for tick in range(self.ticks):
            while k < len(self.changes) and self.changes[k][0] == tick:
                now[self.changes[k][1]] = self.changes[k][2]
                k += 1
            rows.append(list(now))
        return rows

    def write(self, path: Path) -> None:
        """Writes JSON, one change a line, whole or not at all."""
        head = {
            "version": VERSION, "scenario": self.scenario, "seed": self.seed, "players": self.players,
            "ticks": self.ticks, "saves": self.saves, "hashes": self.hashes, "sha256": self.sha256,
        }  # fmt: skip
        lines = [json.dumps(head)] + [json.dumps([t, i, inputs.to_json()]) for t, i, inputs in self.changes]
        write_whole(path, ("\n".join(lines) + "\n").encode())

    @classmethod
    def load(cls, path: Path) -> Replay:
        """The replay in a file.

        Raises:
            InputError: It is missing, truncated, of another version, or names what no player does.
        """
        try:
            lines = path.read_text("utf-8").splitlines()
            head: dict[str, Any] = json.loads(lines[0])
            if head.get("version") != VERSION:
                raise InputError(Problem(str(path), "is of another version", VERSION, str(head.get("version"))))
            changes = []
            for n, line in enumerate(lines[1:], 2):
                tick, player, inputs = json.loads(line)
                if not (isinstance(tick, int) and isinstance(player, int) and 0 <= player < len(head["players"])):
                    raise ValueError
                changes.append((tick, player, Inputs.from_json(inputs, f"{path}:{n}")))
            return cls(
                str(head["scenario"]), int(head["seed"]), tuple(head["players"]), int(head["ticks"]), changes,
                [int(t) for t in head["saves"]], dict(head["hashes"]), str(head["sha256"]),
            )  # fmt: skip
        except FileNotFoundError:
            raise InputError(Problem(str(path), "does not exist")) from None
        except InputError:
            raise
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise InputError(Problem(str(path), "is no whole replay", VERSION)) from None
