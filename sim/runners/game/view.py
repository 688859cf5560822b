"""What everyone may know of a level at one moment: players, pages, bots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class PlayerView:
    """One player as all see it.

    | field    | is                                                            |
    |----------|---------------------------------------------------------------|
    | part     | the thing it steers, in the world; "" for a camera that flies    |
    | control  | walk, drive, push or fly                                       |
    | at       | m, in the world                                                |
    | heading  | rad                                                            |
    | velocity | m/s                                                            |
    | score    |                                                                |
    | health   | 0 where nobody keeps count                                      |
    | carries  | what is carried, "" for nothing                                  |
    | throws   | how many are left                                              |
    | hand     | m, where it throws from                                         |
    | joined   | whether a person plays                                          |
    | camera   | first_person, chase or top                                      |
    | eye      | m, the camera's place                                           |
    | turn     | xyzw, the camera's turn; it looks along its +X                    |
    """

    part: str
    control: str
    at: Triple
    heading: float
    velocity: Triple
    score: float
    health: float
    carries: str
    throws: int
    hand: Triple
    joined: bool
    camera: str
    eye: Triple
    turn: tuple[float, float, float, float]


@dataclass(frozen=True)
class ZoneView:
    """A place that counts now, as all see it."""

    at: Triple
    size: Triple | None
    radius: float | None
    height: float
    yaw_deg: float
    shown: bool


@dataclass(frozen=True)
class GameView:
    """A level at one moment.

    | field    | is                                                            |
    |----------|---------------------------------------------------------------|
    | tick     | ticks since the start, 60 a second                              |
    | left     | s until time is up                                              |
    | verdict  | running, win or lose                                            |
    | winner   | the player who won                                              |
    | messages | said in the last tick                                            |
    | players  | by name, in the order of their numbers                            |
    | zones    | those that count, by name                                        |
    | counts   | counters                                                        |
    | things   | place and velocity, m and m/s, of who acts and what is watched      |
    """

    tick: int
    left: float
    verdict: str
    winner: str
    messages: tuple[str, ...]
    players: Mapping[str, PlayerView]
    zones: Mapping[str, ZoneView]
    counts: Mapping[str, float]
    things: Mapping[str, tuple[Triple, Triple]]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)
