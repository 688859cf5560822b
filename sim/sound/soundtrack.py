"""The sound of a film: everything that happened in a take, heard from its cameras.

    track = soundtrack(take, [Cut(0.0, 5.0, at=0.0, camera=lambda t: camera)])
    write_wav(Path("film.wav"), track.mix, track.rate)

Owns the order of things: what sounds, how each cut hears it, and that the stems add up to the mix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.errors import InputError, Problem
from sim.sound.impacts import Strike, strikes
from sim.sound.listener import Cut, Hearing, Sound
from sim.sound.mix import Stereo, master
from sim.sound.motion import Motion
from sim.sound.room import Room
from sim.world.take import Take

RATES = (44100, 48000, 88200, 96000)
STEMS = ("impacts", "rolling", "engines", "footsteps", "ambience", "references")
INAUDIBLE = 1e-4  # of the loudest blow: −80 dB
EARLIER = 4.0  # s before a cut from which on blows still ring in it


@dataclass(frozen=True, eq=False)
class Track:
    """A film's sound.

    | field | is                                                              |
    |-------|-----------------------------------------------------------------|
    | mix   | ``(n, 2)`` float32, left and right, −1 to 1                      |
    | stems | the same for impacts, rolling, engines, footsteps, ambience and   |
    |       | references; their sum is the mix                                 |
    | rate  | samples a second                                                 |
    """

    mix: Stereo
    rate: int
    stems: dict[str, Stereo] = field(default_factory=dict)


def soundtrack(
    take: Take,
    cuts: Sequence[Cut],
    *,
    rate: int = 48000,
    seed: int = 0,
    loudness: float = -23.0,
    references: Sequence[object] = (),
) -> Track:
    """What a film of a take sounds like; the same take, cuts and seed give the same samples.

    Args:
        take: What happened.
        cuts: Which stretch of film hears it from where.
        rate: Samples a second.
        seed: Of everything that chance decides: noise, wind, roughness.
        loudness: Of the whole, LUFS.
        references: Music, speech and other recordings.

    Raises:
        InputError: No cut, a cut that cannot be heard, or no such rate.
    """
    if rate not in RATES:
        raise InputError(Problem("soundtrack", "there is no such rate", f"one of {RATES} Hz", str(rate)))
    if not cuts:
        raise InputError(Problem("soundtrack", "nobody listens", "at least one cut"))
    for cut in cuts:
        cut.check()
    n = round(max(cut.stop for cut in cuts) * rate)
    motion, stems = Motion(take), {name: np.zeros((n, 2), np.float32) for name in STEMS}
    blows = _loud_enough(strikes(motion))
    for cut in cuts:
        ears = Hearing(cut, _room(take, cut), take.layout.air.temperature, rate)
        _hear(ears, stems["impacts"], lambda heard, ears=ears: _hear_blows(ears, heard, blows))
    made, mix = master(stems, rate, loudness)
    return Track(mix, rate, made)


def _room(take: Take, cut: Cut) -> Room:
    return Room.around(take.layout, cut.camera((cut.start + cut.stop) / 2).pose.position)


def _hear(ears: Hearing, stem: Stereo, listen: Callable[[Sound], None]) -> None:
    """Adds what a cut hears to a stem."""
    heard = ears.silence()
    listen(heard)
    if heard.any():
        start, sound = ears.film(heard)
        end = min(start + sound.shape[1], len(stem))
        stem[start:end] += sound[:, : end - start].T


def _loud_enough(blows: list[Strike]) -> list[Strike]:
    loud = [blow.loudness() for blow in blows]
    least = INAUDIBLE * max(loud, default=0.0)
    return [blow for blow, level in zip(blows, loud, strict=True) if level > least]


def _hear_blows(ears: Hearing, heard: Sound, blows: list[Strike]) -> None:
    begin, end = ears.first / ears.rate, (ears.first + ears.n) / ears.rate
    for blow in blows:
        if begin - EARLIER < blow.time < end:
            first, sound = blow.sound(ears.rate, ears.distance(blow.time, blow.place))
            ears.strike(heard, sound, first, blow.place)
