"""The sound of a film: everything that happened in a take, heard from its cameras.

    track = soundtrack(take, [Cut(0.0, 5.0, at=0.0, camera=lambda t: camera)])
    write_wav(Path("film.wav"), track.mix, track.rate)

Owns the order of things: what sounds, how each cut hears it, and that the stems add up to the mix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from sim.errors import InputError, Problem
from sim.pose import Array
from sim.sound.ambience import ambience
from sim.sound.engine_noise import engines
from sim.sound.footsteps import Step, steps
from sim.sound.impacts import Strike, strikes
from sim.sound.listener import Cut, Hearing, Sound
from sim.sound.mix import Bus, Stereo, added
from sim.sound.motion import Motion
from sim.sound.reference import Clip, place_clips
from sim.sound.rolling import Moving, rolled
from sim.sound.room import Walls
from sim.world.take import Take

RATES = (44100, 48000, 88200, 96000)
STEMS = ("impacts", "rolling", "engines", "footsteps", "ambience", "references")
INAUDIBLE = 1e-3  # of the loudest blow of a cut: −60 dB
ECHOING = 0.1  # of the loudest blow of a cut: of others only the ground's echo is heard
CROWD = 0.05, 4  # s in which so many blows are told apart; the loudest drown the rest
ACROSS = 0.3  # s that sound may have been on its way when a cut begins
BED = 10.0  # s of ambience that are measured
BEHIND = -32.0, -8.0  # LU by which ambience stays behind what happens
EDGE = 0.01  # s over which a film's sound comes and goes
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
    references: Sequence[Clip] = (),
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
    n, motion = round(max(cut.stop for cut in cuts) * rate), Motion(take)
    walls, temperature = Walls.of(take.layout), take.layout.air.temperature
    hearings = [Hearing(cut, walls.room(_middle(cut)), temperature, rate) for cut in cuts]
    action = Bus(_happened(motion, hearings, n, rate, seed), rate)
    stems, power = action.at(loudness, even=True)
    stems["ambience"], more = _behind(ambience(take.layout, n, rate, seed), action.loudness, rate, loudness)
    if references:
        stems["references"] = place_clips(references, hearings, motion.path, n, rate, loudness)
    for stem in stems.values():
        _fade(stem, rate)
    known = power + more if action.total.any() and not references else None  # what is unrelated adds up in power
    made, silence = Bus(stems, rate, known).at(loudness, even=False)[0], np.zeros((2, n), np.float32)
    return Track(added(made).T, rate, {name: made.get(name, silence).T for name in STEMS})


def _middle(cut: Cut) -> Array:
    """Where a cut's camera is half-way through, ``(3,)`` m."""
    return cut.camera((cut.start + cut.stop) / 2).pose.position


def _happened(motion: Motion, hearings: Sequence[Hearing], n: int, rate: int, seed: int) -> dict[str, Stereo]:
    """What happened in a take, stem by stem, as pressure."""
    blows, walked = strikes(motion), list(steps(motion, rate, seed))
    listening = {
        "impacts": partial(_hear_blows, blows),
        "rolling": partial(_hear_moving, list(rolled(motion, rate, seed))),
        "engines": partial(_hear_moving, list(engines(motion, rate, seed))),
        "footsteps": partial(_hear_steps, walked),
    }
    stems = {}
    for name, listen in listening.items():
        stem = stems[name] = np.zeros((2, n), np.float32)
        for ears in hearings:
            heard = ears.silence()
            listen(ears, heard)
            start, sound = ears.film(heard)
            stem[:, start : start + sound.shape[1]] += sound[:, : n - start]
    return stems


def _behind(bed: Stereo, action: float, rate: int, loudness: float) -> tuple[Stereo, float]:
    """Ambience as far behind what happens as it is in the world, but never out of hearing or in its way; its power.

    Args:
        bed: ``(2, n)`` Pa.
        action: Loudness of what happens, of pressure in Pa; −inf when nothing does.
        rate: Samples a second.
        loudness: LUFS that what happens is brought to.
    """
    heard = Bus({"bed": bed[:, : round(BED * rate)]}, rate)
    behind = float(np.clip(heard.loudness - action, *BEHIND)) if np.isfinite(action) else 0.0
    gain = np.float32(10 ** ((loudness + behind - heard.loudness) / 20))
    bed *= gain
    return bed, float(heard.power.mean() * gain**2)


def _fade(stem: Stereo, rate: int) -> None:
    """Takes the edge off a film's first and last moments."""
    k = min(round(EDGE * rate), stem.shape[1] // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, k, dtype=np.float32)) ** 2
    stem[:, :k] *= ramp
    stem[:, stem.shape[1] - k :] *= ramp[::-1]


def _hear_blows(blows: list[Strike], ears: Hearing, heard: Sound) -> None:
    for blow, loud in _audible(blows, ears):
        first, sound = blow.sound(ears.rate, ears.distance(blow.time, blow.place))
        ears.strike(heard, sound, first, blow.place, echoes=loud)


def _audible(blows: list[Strike], ears: Hearing) -> list[tuple[Strike, bool]]:
    """The blows of a cut that others do not drown, and whether each is so loud that its echoes are heard."""
    begin, end = ears.first / ears.rate, (ears.first + ears.n) / ears.rate
    near = [blow for blow in blows if begin - min(blow.lasts, EARLIER) - ACROSS < blow.time < end]
    levels = [blow.loudness / max(ears.distance(blow.time, blow.place), 1.0) for blow in near]
    least = INAUDIBLE * max(levels, default=0.0)
    crowds: dict[int, list[int]] = {}
    for i in sorted(range(len(near)), key=lambda i: -levels[i]):
        crowd = crowds.setdefault(int(near[i].time / CROWD[0]), [])
        if levels[i] > least and len(crowd) < CROWD[1]:
            crowd.append(i)
    loud = ECHOING * max(levels, default=0.0)
    return [(near[i], levels[i] > loud) for i in sorted(i for crowd in crowds.values() for i in crowd)]


def _hear_steps(walked: list[Step], ears: Hearing, heard: Sound) -> None:
    for step in walked:
        if ears.first - ears.rate < step.first < ears.first + ears.n:
            ears.strike(heard, step.samples, step.first, step.place)


def _hear_moving(moving: list[Moving], ears: Hearing, heard: Sound) -> None:
    for source in moving:
        ears.follow(heard, source.samples, source.first, source.path)
