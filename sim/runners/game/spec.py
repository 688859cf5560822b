"""What a level may say.

Owns the file kind ``game/1``: who plays, where things count, what happens when. Every rule is one line: *when* one
thing happens, *then* some others do.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from sim.schema import Name, NonNegative, Pair, Positive, Spec, Strings, Vector
from sim.world.spec import ObjectSpec

Control = Literal["walk", "drive", "push", "fly"]
View = Literal["first_person", "chase", "top"]
Doing = Literal["patrol", "wander", "chase", "flee", "traffic"]

KEYS: dict[str, tuple[str, ...]] = {
    "forward": ("KeyW", "ArrowUp", "Axis1-"),
    "back": ("KeyS", "ArrowDown", "Axis1+"),
    "left": ("KeyA", "ArrowLeft", "Axis0-"),
    "right": ("KeyD", "ArrowRight", "Axis0+"),
    "run": ("ShiftLeft", "Button1"),
    "jump": ("Space", "Button0"),
    "brake": ("Space", "Button6"),
    "throttle": ("Button7",),
    "use": ("KeyE", "Button2"),
    "throw": ("Mouse0", "KeyF", "Button5"),
    "up": ("KeyR",),
    "down": ("KeyC",),
}
"""Actions and what is held for them: keyboard codes, buttons and half axes of a gamepad (W3C's standard layout)."""

AXES = ("forward", "right", "up", "steer", "throttle", "brake")
"""What may come as a number, −1 to 1, instead of a key held."""


class BodySpec(Spec):
    """What a walking player can do; what is left out is an average person's."""

    walk: Positive = 1.8
    """m/s"""
    run: Positive = 4.2
    """m/s"""
    jump: NonNegative = 0.5
    """m"""
    step: NonNegative = 0.3
    """m"""
    slope_deg: Annotated[float, Field(ge=0, le=80)] = 46.0
    force: NonNegative = 250.0
    """N"""


class HealthSpec(Spec):
    """How blows are suffered."""

    full: Positive = 100.0
    least: NonNegative = 3.0
    """m/s by which a blow must change one's speed to hurt at all."""
    per_speed: NonNegative = 15.0
    """Health lost for each m/s beyond."""


class ThrowSpec(Spec):
    """What a player throws."""

    things: Strings
    """Names, or patterns such as ``ball_*``; each is thrown once, in the order of the world."""
    speed: Annotated[float, Field(gt=0, le=60)] = 14.0
    """m/s"""
    wait: NonNegative = 0.6
    """s from one throw to the next."""


class PlayerSpec(Spec):
    """Who plays: a thing of the world, and how it is steered."""

    control: Control
    thing: Name | None = None
    """Its name; a flying camera needs none."""
    camera: View = "chase"
    body: BodySpec = BodySpec()
    force: Positive = 6.0
    """m/s² with which a pushed thing is driven."""
    speed: Positive = 12.0
    """m/s of a flying camera; the most a pushed thing is driven to."""
    throws: ThrowSpec | None = None
    carries: Strings = ()
    """What it may pick up: names or patterns."""
    health: HealthSpec | None = None
    bot: Name | None = None
    """Who plays when no person does."""


class ZoneSpec(Spec):
    """A place that matters: a box, or a round one; it may go along with a thing."""

    at: Vector = (0.0, 0.0, 0.0)
    """Middle of its floor, m; from the middle of `around` when there is one."""
    size: Vector | None = None
    """Box: x, y, z in m."""
    yaw_deg: float = 0.0
    radius: NonNegative | None = None
    """Round: m."""
    height: NonNegative = 3.0
    """Of a round zone, m."""
    around: Name | None = None
    """The thing it goes along with."""
    shown: bool = True
    """Whether players see it."""
    active: bool = True

    @model_validator(mode="after")
    def _one_shape(self) -> ZoneSpec:
        if (self.size is None) == (self.radius is None):
            raise ValueError("say either size (a box) or radius (a round zone)")
        return self


class ActorSpec(Spec):
    """Who is about beside the players.

    | does    | is                                                                         |
    |---------|----------------------------------------------------------------------------|
    | patrol  | walks along `path`, there and back, or round it                              |
    | wander  | walks about in the zone `within`                                             |
    | chase   | runs after the nearest player, inside `within`                               |
    | flee    | runs from the nearest player, inside `within`                                |
    | traffic | vehicles on `path` in their lane, who brake for what is before them          |
    """

    does: Doing
    things: Strings
    """Names or patterns."""
    path: Name | None = None
    within: Name | None = None
    speed: Positive = 1.4
    """m/s"""
    sight: Positive = 15.0
    """m from which a chaser or who flees notices a player."""
    offset: float = 0.0
    """m to the left of the path."""


class PathSpec(Spec):
    """A line that actors follow and bots find their way by."""

    points: Annotated[tuple[Pair, ...], Field(strict=False, min_length=2)]
    """m"""
    closed: bool = False
    radius: NonNegative = 3.0
    """Of its corners, m."""


class StreetSpec(Spec):
    """A street, by its middle line."""

    ends: Annotated[tuple[Pair, Pair], Field(strict=False)]
    """m"""
    lane: NonNegative = 1.75
    """m from the middle line to that of the lane on its right."""
    one_way: bool = False
    """Only from the first end to the second."""


class WhenSpec(Spec):
    """What sets a rule off: exactly one of these.

    | when     | is                                                                                     |
    |----------|----------------------------------------------------------------------------------------|
    | start    | the level begins                                                                         |
    | enter    | someone comes into a zone, by name or pattern                                             |
    | leave    | someone leaves one                                                                       |
    | touch    | two touch: names or patterns                                                             |
    | timer    | so many seconds have passed                                                              |
    | every    | so many seconds have passed once more                                                    |
    | score    | someone's score has come to so much                                                      |
    | count    | counters have come to so much                                                            |
    | health   | someone's health has come down to so much                                                |
    | pick_up  | someone has picked up something: names or patterns                                       |
    | drop     | someone has put it down                                                                  |
    | message  | a script or another rule has sent this word                                              |
    """

    start: Literal[True] | None = None
    enter: str | None = None
    leave: str | None = None
    touch: Annotated[tuple[str, str], Field(strict=False)] | None = None
    timer: NonNegative | None = None
    every: Positive | None = None
    score: float | None = None
    count: dict[Name, float] | None = None
    health: float | None = None
    pick_up: str | None = None
    drop: str | None = None
    message: str | None = None

    by: str | None = None
    """Whom it is about: a player or a thing, by name or pattern; any player when left out."""
    carrying: str | None = None
    """Only who carries one of these."""
    harder: NonNegative = 0.0
    """Touches of at least so many m/s."""

    @model_validator(mode="after")
    def _one(self) -> WhenSpec:
        said = [name for name in TRIGGERS if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f"say exactly one of {', '.join(TRIGGERS)}")
        return self

    @property
    def trigger(self) -> str:
        """Which of them it is."""
        return next(name for name in TRIGGERS if getattr(self, name) is not None)


TRIGGERS = (
    "start", "enter", "leave", "touch", "timer", "every", "score", "count", "health", "pick_up", "drop", "message",
)  # fmt: skip


class OpenSpec(Spec):
    """A joint that is driven somewhere: a door, a drawer, a barrier."""

    joint: str
    """``thing/joint``"""
    to: float
    """rad or m"""


class SpawnSpec(Spec):
    """A thing that appears."""

    thing: Name
    at: Vector | None = None
    """m; where it stood when left out."""
    velocity: Vector = (0.0, 0.0, 0.0)
    """m/s"""


class SwitchSpec(Spec):
    """A lamp, or all lamps of a thing."""

    lamp: str
    on: bool


class ThenSpec(Spec):
    """What a rule does; any of these, in this order."""

    score: float | None = None
    """Added to the score of whom the rule is about, or of every player."""
    count: dict[Name, float] = {}
    """Added to counters."""
    health: float | None = None
    """Added to the health of whom it is about."""
    time: float | None = None
    """s added to the clock of all timers that have not run out."""
    pick_up: str | None = None
    """Whom it is about now carries the nearest of these."""
    drop: Literal[True] | None = None
    open: OpenSpec | None = None
    switch: SwitchSpec | None = None
    vanish: str | None = None
    """Names or patterns; ``it`` is whatever set the rule off."""
    spawn: SpawnSpec | None = None
    respawn: str | None = None
    """Back where it started: names or patterns, or ``it``."""
    activate: str | None = None
    """Zones, by name or pattern; ``it`` is the zone that set the rule off."""
    deactivate: str | None = None
    message: str | None = None
    """Shown to all; ``{player}``, ``{score}``, ``{time}`` and counters by name are filled in."""
    send: str | None = None
    """A word for other rules."""
    win: bool | Name | None = None
    """The level is won: by whom it is about, or by the player named."""
    lose: bool | Name | None = None

    @model_validator(mode="after")
    def _something(self) -> ThenSpec:
        if not self.model_fields_set:
            raise ValueError("does nothing")
        return self


class RuleSpec(Spec):
    """One rule."""

    when: WhenSpec
    then: ThenSpec
    unless: dict[Name, float] = {}
    """Not when these counters have come to so much."""
    once: bool = False
    """Only the first time; timers, start, and what a score or a count comes to happen once anyway."""


class VideoSpec(Spec):
    """The film of a run's best moments."""

    seconds: Annotated[float, Field(gt=0, le=120)] = 14.0
    fps: Literal[24, 30, 60] = 30
    moments: Annotated[int, Field(ge=1, le=8)] = 3


class GameSpec(Spec):
    """A level: players, places, rules."""

    SCHEMA: ClassVar[str] = "game/1"

    about: str
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    step_hz: Annotated[int, Field(ge=60, le=2000)] | None = None
    """Steps a second while this is played, a multiple of 60, where a coarser clock than the world's will do."""
    objects: dict[Name, ObjectSpec] = {}
    """What the level brings into the world."""
    players: Annotated[dict[Name, PlayerSpec], Field(min_length=1, max_length=8)]
    inputs: dict[Name, Strings] = {}
    """Keys and gamepad parts of an action, instead of the usual ones."""
    zones: dict[Name, ZoneSpec] = {}
    paths: dict[Name, PathSpec] = {}
    streets: Annotated[tuple[StreetSpec, ...], Field(strict=False)] = ()
    """What driving bots find their way by; streets cross where they meet."""
    actors: dict[Name, ActorSpec] = {}
    counters: dict[Name, float] = {}
    """With what they begin."""
    rules: Annotated[tuple[RuleSpec, ...], Field(strict=False)] = ()
    script: str | None = None
    """Python of one's own beside the world, ``my_rules.py``, with a function ``tick(level, events)``, called after each
    tick with the level's rules (`sim.runners.game.rules.Rules`: world, players, zones, tally; say, send, win, lose) and
    the tick's events. It runs only when the command line allows it."""
    limit: Annotated[float, Field(gt=0, le=3600)] = 300.0
    """s after which a level that nobody has won is lost."""
    video: VideoSpec = VideoSpec()

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """What is held for each action."""
        return KEYS | {name: tuple(held) for name, held in self.inputs.items()}
