"""What a storyboard may say.

Owns the file kind ``film/1``: shots, what is done to the world and when, references, the look of the picture.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from sim.schema import Fraction, Name, NonNegative, Pair, Positive, Spec, Vector
from sim.world.spec import ObjectSpec


def _place(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, (list, tuple)) and len(value) == 3):
        return value
    raise ValueError("is no place: write a thing's name or [x, y, z] in m")


def _lens(value: Any) -> Any:
    pair = value if isinstance(value, (list, tuple)) else [value]
    if len(pair) > 2 or not pair or not all(isinstance(x, (int, float)) and x > 0 for x in pair):
        raise ValueError(f"is no lens: expected mm over 0, or two of them to zoom, got {value}")
    return tuple(map(float, pair)) if isinstance(value, (list, tuple)) else float(value)


def _focus(value: Any) -> Any:
    pair = value if isinstance(value, (list, tuple)) else [value]
    good = all(isinstance(x, str) or (isinstance(x, (int, float)) and x > 0) for x in pair)
    if not 1 <= len(pair) <= 2 or not good:
        raise ValueError(f"is no focus: expected m over 0 or a thing's name, or two of them to rack, got {value}")
    return tuple(pair) if isinstance(value, (list, tuple)) else value


Place = Annotated[
    Vector | str,
    BeforeValidator(_place),
    WithJsonSchema({"type": ["string", "array"], "description": "a thing's name, or [x, y, z] in m"}),
]
Lens = Annotated[
    float | tuple[float, ...],
    BeforeValidator(_lens),
    WithJsonSchema({"type": ["number", "array"], "description": "mm; two: zooms from one to the other"}),
]
Focus = Annotated[
    float | str | tuple[float | str, ...],
    BeforeValidator(_focus),
    WithJsonSchema({"type": ["number", "string", "array"], "description": "m or a thing; two: racks"}),
]


class MoveSpec(Spec):
    """What the camera does during a shot, from where it stands first; all of these go together."""

    pan_deg: float = 0.0
    """Turns left."""
    tilt_deg: float = 0.0
    """Turns up."""
    roll_deg: float = 0.0
    """Leans: the picture turns counter-clockwise."""
    dolly: float = 0.0
    """m forward, level."""
    truck: float = 0.0
    """m to the right."""
    crane: float = 0.0
    """m up."""
    orbit_deg: float = 0.0
    """Around what it looks at, counter-clockwise seen from above."""
    ease: Annotated[float, Field(ge=0, le=0.5)] = 0.2
    """Share of the shot in which the move gathers way, and again in which it slows down."""


class FollowSpec(Spec):
    """Goes with a thing."""

    thing: str
    offset: Vector | None = None
    """m from the thing: forward, left, up; when left out, how `at` lies to the thing as the shot begins."""
    turn: bool | None = None
    """Whether it goes round with the thing's heading; only with vehicles and people when left out."""
    lag: NonNegative = 0.25
    """s by which it trails; 0: as if bolted on."""


class KeySpec(Spec):
    """Where a camera on a track is at one time."""

    t: NonNegative
    """s from the beginning of the shot"""
    at: Vector
    look_at: Place | None = None
    lens_mm: Positive | None = None
    roll_deg: float = 0.0


class CaptionSpec(Spec):
    """Words under the picture."""

    text: str
    start: NonNegative = 0.0
    """s from the beginning of the shot"""
    stop: Positive | None = None
    """s from the beginning of the shot; its end when left out"""


class TransitionSpec(Spec):
    """How a shot begins."""

    kind: Literal["cut", "dissolve", "fade", "wipe"] = "cut"
    """fade: through black."""
    seconds: Positive = 0.5


def _transition(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


def _caption(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


def _follow(value: Any) -> Any:
    return {"thing": value} if isinstance(value, str) else value


class ShotSpec(Spec):
    """One shot: how long, from where, through which lens.

    It shows what happens from `in` on, which is where the shot before ended when left out: physics runs through the
    cuts. With `in` several shots show the same moment.
    """

    name: Name | None = None
    duration: Positive | None = None
    """s of film; or say `out`."""
    start: Annotated[NonNegative | None, Field(alias="in")] = None
    """s of the world's time at which the shot begins."""
    stop: Annotated[Positive | None, Field(alias="out")] = None
    """s of the world's time at which it ends."""
    slow_motion: Annotated[float, Field(ge=1, le=1000)] = 1
    """How many times longer things take; the world is recorded as many times more often."""
    camera: str | None = None
    """One of the world's cameras, to begin with."""
    at: Vector | None = None
    look_at: Place | None = None
    """What stays in the middle: a thing, wherever it goes, or a place in m."""
    aim_offset: Vector = (0.0, 0.0, 0.0)
    """m from the middle of what it looks at, world axes."""
    rotate_deg: Vector | None = None
    """Instead of `look_at`: roll, pitch, yaw."""
    follow: Annotated[FollowSpec, BeforeValidator(_follow)] | None = None
    move: MoveSpec = MoveSpec()
    keys: Annotated[tuple[KeySpec, ...], Field(strict=False)] = ()
    """A smooth way through places; instead of `at` and `move`."""
    handheld: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Unrest of the hand that holds it; 1 is usual."""
    lens_mm: Lens | None = None
    """Focal length; two: zooms from one to the other. The named camera's, or 35, when left out."""
    aperture: Positive | None = None
    """f-number"""
    focus: Focus | None = None
    """m, or a thing; two: racks from one to the other. What it looks at when left out."""
    ev100: float | None = None
    """Exposure value at ISO 100; metered when the shot begins when left out."""
    exposure: Annotated[float, Field(ge=-10, le=10)] = 0.0
    """Stops brighter than metered."""
    shutter_deg: Annotated[float, Field(ge=0, le=360)] | None = None
    """Instead of the film's own."""
    transition: Annotated[TransitionSpec, BeforeValidator(_transition)] = TransitionSpec()
    """How it begins."""
    caption: Annotated[CaptionSpec, BeforeValidator(_caption)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> ShotSpec:
        if (self.duration is None) == (self.stop is None):
            raise ValueError("say either duration or out")
        if self.stop is not None and self.start is not None and self.stop <= self.start:
            raise ValueError(f"is empty: in {self.start:g} s is not before out {self.stop:g} s")
        if self.keys and (self.at is not None or self.camera is not None or self.follow is not None):
            raise ValueError("keys say where it is: leave out at, camera and follow")
        if any(b.t <= a.t for a, b in zip(self.keys, self.keys[1:], strict=False)):
            raise ValueError("keys are not in the order of time")
        if self.look_at is not None and self.rotate_deg is not None:
            raise ValueError("say either look_at or rotate_deg")
        return self


VERBS = {  # what may be said beside the verb; those with ! must be
    "push": ("force!", "duration", "place"),
    "throw": ("velocity!", "angular_velocity", "place"),
    "hold": (),
    "release": ("velocity", "angular_velocity"),
    "spawn": ("place", "velocity", "yaw_deg"),
    "vanish": (),
    "light": ("on!",),
    "joints": ("duration", "mode"),
    "drive": ("along!", "speed_kmh", "acceleration", "loop"),
    "walk": ("along!", "speed", "loop"),
}


class ActionSpec(Spec):
    """One thing that is done to the world: a verb, who, and how. Verbs that begin stay until they are done."""

    at: NonNegative
    """s of the world's time"""
    push: str | None = None
    """A part, with `force` N for `duration` s."""
    throw: str | None = None
    """A thing, with `velocity` m/s, from where it is or from `place`."""
    hold: str | None = None
    """A thing: it stays where it is, whatever runs into it."""
    release: str | None = None
    """A thing that is held: from the start when nobody says `hold`."""
    spawn: str | None = None
    """A thing that is not there until now; at its own place or at `place`."""
    vanish: str | None = None
    """A thing that is gone from now on."""
    light: str | None = None
    """A lamp, or all lamps of a thing; `on` says which way."""
    joints: dict[str, float] | None = None
    """Joints by name and where they go in `duration` s (rad, m); or how fast, with `mode: velocity`."""
    drive: str | None = None
    """A vehicle, `along` places on the ground at `speed_kmh`."""
    walk: str | None = None
    """A person, `along` places on the ground at `speed` m/s."""
    force: Vector | None = None
    """N, world axes"""
    duration: Positive | None = None
    """s"""
    place: Vector | None = None
    """m"""
    yaw_deg: float | None = None
    velocity: Vector | None = None
    """m/s"""
    angular_velocity: Vector | None = None
    """rad/s"""
    on: bool | None = None
    mode: Literal["position", "velocity"] | None = None
    along: Annotated[tuple[Annotated[tuple[float, ...], Field(strict=False)], ...] | None, Field(strict=False)] = None
    """[[x, y], …] m; a smooth way through all of them, from where it stands."""
    speed_kmh: Annotated[NonNegative | Annotated[tuple[Pair, ...], Field(strict=False)] | None, Field()] = None
    """One speed, or [[s since it began, km/h], …]."""
    acceleration: Annotated[float, Field(gt=0, le=12)] | None = None
    """m/s² with which it brakes, gathers way and takes bends; 3 when left out."""
    speed: Positive | None = None
    """m/s"""
    loop: bool | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> ActionSpec:
        verbs = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(verbs) != 1:
            said = " and ".join(verbs) if verbs else "nothing"
            raise ValueError(f"does {said}: an action says one of {', '.join(VERBS)}")
        known = {name.rstrip("!") for name in VERBS[verbs[0]]}
        strays = sorted(self.model_fields_set - known - {"at", verbs[0]})
        missing = [name[:-1] for name in VERBS[verbs[0]] if name.endswith("!") and getattr(self, name[:-1]) is None]
        if strays:
            raise ValueError(f"{verbs[0]} knows no {strays[0]}: {', '.join(sorted(known)) or 'nothing more'}")
        if missing:
            raise ValueError(f"{verbs[0]} needs {missing[0]}")
        return self

    @property
    def verb(self) -> str:
        """Which of `VERBS` it is."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)


class ReferenceSpec(Spec):
    """A picture, a video or a sound from outside that the film uses."""

    picture: str | None = None
    """A file beside the storyboard or in the project: on a thing (`on`), or all around (`sky`)."""
    video: str | None = None
    """A file that plays on a thing (`on`), each of its frames when it is due."""
    sound: str | None = None
    """A file that is heard."""
    on: str | None = None
    """thing/material that shows it."""
    sky: bool = False
    """Whether the picture, a panorama twice as wide as high, is the sky and lights the world."""
    at: NonNegative = 0.0
    """s: of the world's time for a video, of the film's for a sound"""
    loop: bool = False
    role: Literal["music", "dialogue", "ambience"] = "music"
    place: Place | None = None
    """Where a sound comes from; from everywhere when left out."""
    gain_db: Annotated[float, Field(ge=-60, le=24)] = 0.0
    fade_in: NonNegative = 0.0
    """s"""
    fade_out: NonNegative = 0.0
    """s"""
    duck_db: Annotated[float, Field(ge=0, le=60)] | None = None
    """By how much it gives way to dialogue; by its role when left out."""
    duration: Positive | None = None
    """s that are used of it; all when left out."""

    @model_validator(mode="after")
    def _one_medium(self) -> ReferenceSpec:
        media = [name for name in ("picture", "video", "sound") if getattr(self, name) is not None]
        if len(media) != 1:
            raise ValueError("say one of picture, video, sound")
        if media == ["sound"] and (self.on or self.sky):
            raise ValueError("a sound is heard, not seen: leave out on and sky")
        if media == ["video"] and not self.on:
            raise ValueError("say on which thing/material the video plays: on")
        if media == ["picture"] and bool(self.on) == self.sky:
            raise ValueError("say where the picture is seen: either on, or sky: true")
        return self

    @property
    def medium(self) -> str:
        """``picture``, ``video`` or ``sound``."""
        return next(name for name in ("picture", "video", "sound") if getattr(self, name) is not None)

    @property
    def file(self) -> str:
        """Where it is, as written."""
        return getattr(self, self.medium)


class LookSpec(Spec):
    """How the picture is graded."""

    contrast: Annotated[float, Field(ge=0.2, le=3)] = 1.0
    saturation: Annotated[float, Field(ge=0, le=3)] = 1.0
    warmth: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """−1 blue, 1 orange."""
    vignette: Fraction = 0.0
    """How much darker the corners are."""
    letterbox: Positive | None = None
    """Width over height of the picture between black bars, such as 2.39."""


class SoundSpec(Spec):
    """What is heard."""

    loudness: Annotated[float, Field(ge=-40, le=-10)] = -23.0
    """LUFS, EBU R128"""
    silent: bool = False


class FilmSpec(Spec):
    """A storyboard: shots, and what is done to the world while they are filmed."""

    SCHEMA: ClassVar[str] = "film/1"

    about: str = ""
    variant: Name | None = None
    """Of the world: its light at another time of day."""
    fps: Annotated[int, Field(ge=1, le=240)] = 24
    size: Annotated[tuple[int, int], Field(strict=False)] = (1280, 720)
    """px, both even"""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    look: LookSpec = LookSpec()
    shutter_deg: Annotated[float, Field(ge=0, le=360)] = 180.0
    """How long the shutter is open: 360 is a whole frame, 0 freezes what moves."""
    captions: Literal["burned", "file", "both"] = "both"
    """Whether captions are in the picture, in an .srt beside it, or both."""
    fade_out: NonNegative = 0.0
    """s of fading to black at the end"""
    poster: NonNegative | None = None
    """s of the film whose frame becomes the poster; the middle of the longest shot when left out"""
    objects: dict[Name, ObjectSpec] = {}
    """What the film brings into the world."""
    action: Annotated[tuple[ActionSpec, ...], Field(strict=False)] = ()
    take: str | None = None
    """Instead of `action`: a recorded run to film, such as renders/track/brake/take.npz."""
    references: Annotated[tuple[ReferenceSpec, ...], Field(strict=False)] = ()
    sound: SoundSpec = SoundSpec()
    shots: Annotated[tuple[ShotSpec, ...], Field(strict=False)]

    @model_validator(mode="after")
    def _whole(self) -> FilmSpec:
        if not self.shots:
            raise ValueError("has no shots")
        if self.take is not None and (self.action or self.objects or self.variant):
            raise ValueError("a take has its own action, objects and light: leave out action, objects and variant")
        if self.size[0] < 2 or self.size[1] < 2 or self.size[0] % 2 or self.size[1] % 2:
            raise ValueError(f"size {self.size[0]}x{self.size[1]} is none that a film can have: both sides even")
        return self
