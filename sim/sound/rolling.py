"""What rolls or scrapes: roughness passes under a contact and pushes both things.

The two profiles are one seeded profile of heights; the contact feels its slope, as far along as it has travelled, the
more the harder it is pressed and the faster it goes. What is finer than the contact is not felt.

Sources: van den Doel, Kry and Pai 2001, FoleyAutomatic; Ben Abdelounis, Le Bot, Perret-Liaudet and Zahouani 2010, Wear
268:335 (speed to the power 0.7, little by load).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import fftconvolve

from sim.pose import Array
from sim.sound.air import impedance, speed_of_sound
from sim.sound.impacts import Side, click, side
from sim.sound.listener import Path, Sound
from sim.sound.motion import Motion
from sim.sound.noise import generator, over, white
from sim.sound.ringing import AIR
from sim.world.event import Event

GAP = 0.13  # s: a pair that rubs again sooner never stopped
SHORTEST, FAINT = 2, 3e-3  # events that make a rub, and of the hardest rub's effort: fainter ones are not heard
STRETCH = 1.5  # s over which a contact's place on a thing counts as one
RING = 0.6  # s of a thing's answer that are kept
ROLLED, SLID = 1.0e-3, 0.25e-3  # m: the finest wave that a rolling and a scraping contact feel
STEEPEST = 0.5  # slope that no profile exceeds
FELT = 0.12, 0.15  # part of the slope that a rolling and a scraping contact feel: it rests on many points at once
PRESSED = 20.0  # N under which a profile pushes by its slope; pressed harder, it is flattened and pushes by the root
FASTER = 0.7  # power of the speed, at 1 m/s as the slope says
SAMPLES = 1 << 16  # of the profile


@dataclass(frozen=True, eq=False)
class Moving:
    """A long sound as it is 1 m from its source: samples from a number on, and where the source is."""

    first: int
    samples: Sound
    path: Path


def rolled(motion: Motion, rate: int, seed: int) -> Iterator[Moving]:
    """What every pair sounds like that rolls or scrapes, but for the tyres of vehicles.

    Args:
        motion: The take.
        rate: Samples a second.
        seed: Of the profiles.
    """
    pairs: dict[tuple[str, str], list[Event]] = {}
    for event in motion.take.events:
        if event.kind == "rub":
            pairs.setdefault((event.a, event.b), []).append(event)
    runs = [run for (a, _), events in pairs.items() if not _tyre(motion, a) for run in _stretches(events)]
    hard = [max(e.value for e in run) ** 0.5 * max(0.2, *(e.speed for e in run)) for run in runs]
    for run, effort in zip(runs, hard, strict=True):
        if len(run) >= SHORTEST and effort > FAINT * max(hard):
            made = _rub(motion, run, rate, generator(seed, run[0].a, run[0].b, str(run[0].step)))
            if made is not None:
                yield made


def _tyre(motion: Motion, name: str) -> bool:
    """Whether a part is a vehicle's tyre, which is heard as such."""
    placement, link = motion.placed(name)
    if placement is None or "vehicle" not in placement.asset.spec.tags:
        return False
    part = placement.asset.spec.parts.get(link)
    return part is not None and part.substance == "tyre_rubber"


def _stretches(events: list[Event]) -> list[list[Event]]:
    """Events of one pair, in runs without a pause."""
    runs: list[list[Event]] = [[events[0]]]
    for event in events[1:]:
        if event.time - runs[-1][-1].time > GAP:
            runs.append([])
        runs[-1].append(event)
    return runs


def _rub(motion: Motion, events: list[Event], rate: int, rng: np.random.Generator) -> Moving | None:
    a, b = events[0].a, events[0].b
    times = np.array([events[0].time - 0.04, *(e.time for e in events), events[-1].time + 0.05])
    force = np.array([0.0, *_evened([e.value for e in events]), 0.0])
    places = np.array([events[0].position, *(e.position for e in events), events[-1].position])
    slip = np.array([events[0].speed, *(e.speed for e in events), events[-1].speed])
    travel = np.linalg.norm(motion.velocity(a, times) - motion.velocity(b, times), axis=1)
    first, n = int(times[0] * rate), int((times[-1] - times[0]) * rate) + 1
    push = _push(_roughness(motion, a, b), force, travel, slip, (times, first, n), rate, rng)
    heard = np.zeros(n + int(RING * rate), np.float32)
    for name in (a, b):
        _answer(motion, name, events, push, first, rate, heard)
    if not heard.any():
        return None

    def path(at: Array) -> Array:
        return np.stack([np.interp(at, times, axis) for axis in places.T], axis=-1)

    return Moving(first, heard, path)


def _evened(force: list[float]) -> Array:
    """Forces ``(k,)`` N without the flicker of a contact that is solved step by step: means of neighbours, twice."""
    kernel = np.convolve(np.ones(3) / 3, np.ones(3) / 3)
    return np.convolve(np.pad(force, 2, mode="edge"), kernel, mode="valid")


def _roughness(motion: Motion, a: str, b: str) -> float:
    """Root mean square height, m, of what both surfaces add up to."""
    acoustics = [motion.substance(name).acoustic for name in (a, b)]
    return float(np.linalg.norm([acoustic.roughness if acoustic else 1e-5 for acoustic in acoustics]))


def _push(
    roughness: float,
    force: Array,
    travel: Array,
    slip: Array,
    span: tuple[Array, int, int],
    rate: int,
    rng: np.random.Generator,
) -> Sound:
    """The force ``(n,)`` N that the profile adds to the steady one."""
    times, first, n = span
    pressed = over(np.sqrt(force * PRESSED), times, first / rate, n, rate)
    total = np.zeros(n, np.float32)
    for finest, speed, felt in ((ROLLED, np.maximum(travel - slip, 0), FELT[0]), (SLID, slip, FELT[1])):
        if speed.max() < 1e-3:
            continue
        fast = over(speed, times, first / rate, n, rate)
        steep = min(2 * np.pi * roughness / finest, STEEPEST) * felt
        along = np.cumsum(fast, dtype=np.float64) / rate / (finest / 4) + rng.uniform(0, SAMPLES)
        whole = along.astype(np.int64)
        part = (along - whole).astype(np.float32)
        profile = _profile()
        slope = profile[whole % SAMPLES]
        slope += part * (profile[(whole + 1) % SAMPLES] - slope)
        total += pressed * slope * np.float32(steep) * fast**FASTER
    return total


@lru_cache(maxsize=1)
def _profile() -> Sound:
    """Slopes ``(SAMPLES,)`` of heights with a spectrum of 1/f², four samples to the finest wave; they close a ring.

    Every pair runs along it from a place of its own.
    """
    spectrum = np.fft.rfft(white(SAMPLES, generator(0, "profile")))
    wave = np.fft.rfftfreq(SAMPLES) * 4
    slope = np.fft.irfft(spectrum * np.exp(-(wave**2)) * (wave > 4e-4))
    return (slope / slope.std()).astype(np.float32)


def _answer(motion: Motion, name: str, events: list[Event], push: Sound, first: int, rate: int, heard: Sound) -> None:
    """Adds what one of the two answers to a push ``(n,)``, its place on it moving from stretch to stretch."""
    rings, air = motion.rings(name), motion.take.layout.air
    if np.isfinite(rings.mass):
        sound = click(push / rate, rings, air.density, speed_of_sound(air.temperature), rate)
        heard[: len(sound)] += sound[: len(heard)]
    if not len(rings.frequency):
        return
    n, hop = len(push), int(STRETCH * rate)
    count = max(1, round(n / hop))
    edges = np.linspace(0, n, count + 1).astype(int)
    middle = [(events[0].time + events[-1].time) / 2] if count == 1 else (edges / rate + first / rate).tolist()
    for k, time in enumerate(middle):
        event = min(events, key=lambda e: abs(e.time - time))
        struck: Side = side(motion, name, event.time, np.array(event.position), np.array(event.normal))
        weight = struck.coupling * rings.level * (impedance(air.density, air.temperature) / AIR)
        ring = rings.bank(rate).strike(np.array([1 / rate]), weight, RING)
        low, high = (0, n) if count == 1 else (edges[max(k - 1, 0)], edges[min(k + 1, count)])
        piece = push[low:high].copy()
        if count > 1:
            _crossfade(piece, edges, k, low)
        answer = fftconvolve(piece, ring).astype(np.float32)
        heard[low : low + len(answer)] += answer[: len(heard) - low]


def _crossfade(piece: Sound, edges: Array, k: int, low: int) -> None:
    """Lets a piece of a push rise to an edge and fall to the next, so that all pieces add up to the push."""
    if k > 0:
        rise = int(edges[k]) - low
        piece[:rise] *= np.linspace(0, 1, rise, endpoint=False, dtype=np.float32)
    if k < len(edges) - 1:
        fall = int(edges[k + 1] - edges[k])
        piece[-fall:] *= np.linspace(1, 0, fall, endpoint=False, dtype=np.float32)
