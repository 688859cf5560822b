"""Steps: a heel that lands, a sole that rolls off and what lies under it.

Source: Ekimov and Sabatier 2006, J. Acoust. Soc. Am. 120:762 (a step is a low thud and, from 1 kHz up, friction).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim.pose import Array
from sim.sound.air import speed_of_sound
from sim.sound.hertz import pulse
from sim.sound.impacts import Side, click, side
from sim.sound.listener import Sound
from sim.sound.motion import Motion
from sim.sound.noise import generator, octave_filter, white
from sim.sound.ringing import AIR, Resonator
from sim.world.event import Event

HEEL, SOLE = (0.007, 0.75), (0.014, 0.3)  # s each pushes, and its part of the impulse
ROLL = 0.14  # s from heel to sole at 1.4 m/s
FOOT = 3.0, 0.06  # kg that stop with the heel, m radius of the shoe
HARD = (38.0, 44.0, 47.0, 49.0, 50.0, 48.0, 44.0, 38.0)  # dB 1 m from a scuff on stone
LOOSE = (44.0, 47.0, 47.0, 47.0, 49.0, 52.0, 52.0, 47.0)  # on gravel, soil, leaves
LOOSE_ABOVE = 4e-4  # m of roughness: ground in grains
SCUFF = 0.09  # s


@dataclass(frozen=True, eq=False)
class Step:
    """One step: its first sample, pressure ``(n,)`` Pa 1 m away, and where it fell."""

    first: int
    samples: Sound
    place: Array


def steps(motion: Motion, rate: int, seed: int) -> Iterator[Step]:
    """Every step of a take."""
    for i, event in enumerate(e for e in motion.take.events if e.kind == "footstep"):
        yield _step(motion, event, rate, generator(seed, event.a, f"step {i}"))


def _step(motion: Motion, event: Event, rate: int, rng: np.random.Generator) -> Step:
    place, air = np.array(event.position), motion.take.layout.air
    under = side(motion, event.b or "", event.time, place, np.array([0.0, 0.0, 1.0]))
    brisk = max(event.speed, 0.3) / 1.4
    impulse = (event.impulse or 7.0 * brisk) * rng.uniform(0.85, 1.15)
    shoe = Resonator(under.rings.substance, FOOT[0], FOOT[1])
    heard: list[tuple[int, Sound]] = []
    for (duration, part), after in ((HEEL, 0.0), (SOLE, ROLL / brisk)):
        first, push = pulse(event.time + after, duration * rng.uniform(0.9, 1.15), impulse * part, rate)
        heard.append((first, click(push, shoe, air.density, speed_of_sound(air.temperature), rate)))
        heard += [(first, sound) for sound in _floor(under, push, rate)]
    acoustic = under.rings.substance.acoustic
    loose = acoustic is not None and acoustic.roughness >= LOOSE_ABOVE
    for after, loud in ((0.002, 1.0), (ROLL / brisk, 0.7)):
        heard.append((round((event.time + after) * rate), _scuff(loose, rate, rng) * np.float32(loud * brisk**0.8)))
    first = min(begin for begin, _ in heard)
    total = np.zeros(max(begin + len(sound) for begin, sound in heard) - first, np.float32)
    for begin, sound in heard:
        total[begin - first : begin - first + len(sound)] += sound
    return Step(first, total, place)


def _floor(under: Side, push: Array, rate: int) -> Iterator[Sound]:
    """What a floor that rings answers: a stage, a bridge of boards."""
    if len(under.rings.frequency):
        yield under.rings.bank(rate).strike(push, under.coupling * under.rings.level * (415.0 / AIR))


def _scuff(loose: bool, rate: int, rng: np.random.Generator) -> Sound:
    """Shoe on ground: hiss on stone, a crackle of grains on what is loose."""
    n = int(SCUFF * rate * rng.uniform(0.8, 1.3))
    noise = white(n, rng)
    if loose:
        noise *= (rng.random(n) < 0.02).astype(np.float32) * 7
    shape = np.exp(-np.linspace(0, 5, n)) * np.minimum(np.arange(n) / (0.004 * rate), 1.0)
    taps = _taps(loose, rate)
    made = np.convolve(noise * shape.astype(np.float32), taps, mode="full")
    begin = len(taps) // 2
    rising = np.minimum(np.arange(n) / 48.0, 1.0)
    return (made[begin : begin + n] * rising).astype(np.float32)


@lru_cache(maxsize=4)
def _taps(loose: bool, rate: int) -> Array:
    return octave_filter(LOOSE if loose else HARD, rate)
