"""Recordings that a film brings along: music, speech, ambience, on its timeline.

A recording is first made as loud as the film, so its gain says how it stands to the rest whatever was recorded. What
speaks makes music step back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import resample_poly

from sim.errors import InputError, Problem
from sim.pose import Array
from sim.render.video import load_sound
from sim.sound.listener import Cut, Hearing, Sound
from sim.sound.listener import Path as Path3
from sim.sound.mix import Stereo, measure

DUCK_DB = {"music": 9.0, "ambience": 6.0, "speech": 0.0, "effect": 0.0}
SPEAKING = 0.05  # of a recording's loudest 50 ms: above it, someone speaks
HOLD, SLOPE = 0.35, 0.25  # s a pause may last, s in which music steps back and returns
STEPS = 100  # a second, in which speech is looked for
EDGE = 0.005  # s of fade where a recording is cut and none was asked for

Follow = Callable[[str, Array], Array]
"""Where a part is, ``(k, 3)`` m, at the take's times ``(k,)`` s."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A recording on a film's timeline.

    | field     | is                                                                        |
    |-----------|---------------------------------------------------------------------------|
    | source    | a file that av reads, or samples ``(n,)`` or ``(n, channels)``, −1 to 1       |
    | start     | s of film at which it begins                                                |
    | stop      | s of film at which it ends; when its sound ends when left out                |
    | begin     | s into the recording                                                        |
    | kind      | ``music``, ``speech``, ``ambience``, ``effect``                              |
    | gain_db   | beside the loudness of the film                                              |
    | fade_in, fade_out | s                                                                   |
    | loop      | whether it begins again until `stop`                                          |
    | at        | a place in the world, m, or a part's name: from there it is heard; None: from nowhere |
    | duck_db   | how far it steps back while someone speaks; by its kind when left out            |
    | rate      | samples a second of ``source`` when it is samples                              |
    """

    source: Path | str | np.ndarray
    start: float = 0.0
    stop: float | None = None
    begin: float = 0.0
    kind: Literal["music", "speech", "ambience", "effect"] = "music"
    gain_db: float = 0.0
    fade_in: float = 0.0
    fade_out: float = 0.0
    loop: bool = False
    at: tuple[float, float, float] | str | None = None
    duck_db: float | None = None
    rate: int = 48000
    name: str = ""

    @property
    def where(self) -> str:
        """How errors call it."""
        return self.name or (str(self.source) if not isinstance(self.source, np.ndarray) else "clip")

    def sound(self, rate: int, loudness: float) -> Stereo:
        """Its samples ``(n, 2)``, cut, faded and as loud as asked.

        Raises:
            InputError: The file is missing, broken or empty; times or samples make no sense.
        """
        self._check()
        samples = _resampled(self.source, self.rate, rate, self.where)
        samples = samples[round(self.begin * rate) :]
        if not len(samples):
            raise InputError(Problem(self.where, "ends before it begins", f"begin before {self.begin:g} s"))
        if self.stop is not None:
            wanted = round((self.stop - self.start) * rate)
            if self.loop and wanted > len(samples):
                samples = np.tile(samples, (-(-wanted // len(samples)), 1))
            samples = samples[:wanted]
        level = measure(samples, rate)
        if not np.isfinite(level) or level < -69:
            return np.zeros_like(samples)  # silence stays silence
        made = samples * np.float32(10 ** ((loudness - level + self.gain_db) / 20))
        for seconds, part in ((self.fade_in, made), (self.fade_out, made[::-1])):
            k = min(round(max(seconds, EDGE) * rate), len(made))
            part[:k] *= np.sin(np.linspace(0, np.pi / 2, k, dtype=np.float32))[:, None] ** 2
        return made

    def _check(self) -> None:
        numbers = (self.start, self.begin, self.gain_db, self.fade_in, self.fade_out)
        if not np.isfinite(numbers).all() or min(self.start, self.begin, self.fade_in, self.fade_out) < 0:
            raise InputError(Problem(self.where, "has times that cannot be", "finite, from 0 s on", str(numbers)))
        if self.stop is not None and not self.stop > self.start:
            raise InputError(
                Problem(self.where, "ends before it begins", f"after {self.start:g} s", f"{self.stop:g} s")
            )
        if self.kind not in DUCK_DB:
            raise InputError(Problem(self.where, "is of no such kind", ", ".join(DUCK_DB), self.kind))


def _resampled(source: Path | str | np.ndarray, own: int, rate: int, where: str) -> Stereo:
    if not isinstance(source, np.ndarray):
        return load_sound(source, rate)
    samples = np.asarray(source, np.float32)
    samples = samples[:, None] if samples.ndim == 1 else samples
    if samples.ndim != 2 or not len(samples) or not np.isfinite(samples).all():
        raise InputError(Problem(where, "is no sound", "finite samples (n, channels)", str(samples.shape)))
    both = np.repeat(samples[:, :1], 2, axis=1) if samples.shape[1] == 1 else samples[:, :2]
    if own == rate:
        return both.copy()
    ratio = Fraction(rate, own)
    return resample_poly(both, ratio.numerator, ratio.denominator, axis=0).astype(np.float32)


def place_clips(
    clips: Sequence[Clip], hearings: Sequence[Hearing], follow: Follow, n: int, rate: int, loudness: float
) -> Stereo:
    """All recordings together ``(2, n)``.

    Args:
        clips: What there is.
        hearings: How each cut hears what comes from a place.
        follow: Where a part is, by its name and the take's times.
        n: Samples of the film.
        rate: Samples a second.
        loudness: LUFS of a recording with a gain of 0.
    """
    total, sounds = np.zeros((2, n), np.float32), [clip.sound(rate, loudness) for clip in clips]
    speech = _speech([(c, s) for c, s in zip(clips, sounds, strict=True) if c.kind == "speech"], n, rate)
    for clip, sound in zip(clips, sounds, strict=True):
        placed = np.zeros((2, n), np.float32)
        if clip.at is None:
            start = round(clip.start * rate)
            placed[:, start : start + len(sound)] = sound[: max(n - start, 0)].T
        else:
            _from_place(placed, clip, sound, hearings, follow, rate)
        duck = DUCK_DB[clip.kind] if clip.duck_db is None else clip.duck_db
        total += placed * (10 ** (-duck / 20 * speech)).astype(np.float32) if duck else placed
    return total


def _speech(spoken: Sequence[tuple[Clip, Stereo]], n: int, rate: int) -> Sound:
    """Where someone speaks ``(n,)``: 1, else 0, with slopes."""
    step = rate // STEPS
    speaks = np.zeros(n // step + 2)
    for clip, sound in spoken:
        power = sound.mean(axis=1) ** 2
        blocks = np.add.reduceat(power, np.arange(0, len(power), step)) / step
        level = np.sqrt(np.convolve(blocks, np.ones(5) / 5, mode="same"))
        at = round(clip.start * STEPS)
        loud = level[: max(len(speaks) - at, 0)] > SPEAKING * level.max(initial=1e-9)
        speaks[at : at + len(loud)] = np.maximum(speaks[at : at + len(loud)], loud)
    if not speaks.any():
        return np.zeros(n, np.float32)
    held = maximum_filter1d(speaks, round(HOLD * STEPS) * 2 + 1)
    smooth = uniform_filter1d(held, round(SLOPE * STEPS))
    return np.interp(np.arange(n), np.arange(len(smooth)) * step, smooth).astype(np.float32)


def _from_place(
    placed: Stereo, clip: Clip, sound: Stereo, hearings: Sequence[Hearing], follow: Follow, rate: int
) -> None:
    """Lets each cut hear a recording from its place; in the film's time, so slow motion leaves it as it is."""
    mono = np.ascontiguousarray(sound.mean(axis=1))
    for hearing in hearings:
        ears = hearing.in_film_time()
        heard = ears.silence()
        ears.follow(heard, mono, round(clip.start * rate), _path(clip, hearing.cut, follow))
        start, film = ears.film(heard)
        placed[:, start : start + film.shape[1]] += film[:, : placed.shape[1] - start]


def _path(clip: Clip, cut: Cut, follow: Follow) -> Path3:
    """Where a recording is heard from, by the film's time."""
    at = clip.at
    if isinstance(at, str):
        name = at
        return lambda film: follow(name, cut.at + (film - cut.start) * cut.speed)
    spot = np.asarray(at, float)
    return lambda film: np.tile(spot, (len(film), 1))
