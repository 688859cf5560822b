"""Seeded noise with the spectrum of a measured or modelled thing.

Everything that chance decides in a soundtrack comes from `generator`: the same seed and the same name give the same
samples, whatever else sounds.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from scipy.signal import firwin2, oaconvolve

from sim.pose import Array
from sim.sound.air import pascal
from sim.sound.listener import Sound

OCTAVES = np.array([63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0])  # Hz
TAPS = 511
COARSE = 8  # straight pieces from one change of direction to the next
LOOP, LAP = 11.0, 1.0  # s of noise that are made, and over which its end goes into its beginning


def generator(seed: int, *names: str) -> np.random.Generator:
    """The chance of one thing in one soundtrack."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def white(n: int, rng: np.random.Generator) -> Sound:
    """White noise ``(n,)`` with a root mean square of 1."""
    return rng.standard_normal(n, dtype=np.float32)


def octave_filter(levels: Sequence[float], rate: int) -> Array:
    """The filter ``(TAPS,)`` that gives white noise these octave levels.

    Args:
        levels: dB in each of `OCTAVES`.
        rate: Samples a second.
    """
    density = pascal(levels) / np.sqrt(OCTAVES / np.sqrt(2) / (rate / 2))  # of white noise, in a band that wide
    edges = np.concatenate([[0.0, 31.0], OCTAVES, [16000.0, rate / 2]])
    gains = np.concatenate([[0.0, density[0] * 0.5], density, [density[-1] * 0.3, 0.0]])
    return firwin2(TAPS, edges / (rate / 2), gains)


def filtered(sound: Sound, taps: Array) -> Sound:
    """A sound through a symmetric filter, not delayed by it."""
    return oaconvolve(sound, taps.astype(np.float32), mode="same").astype(np.float32)


def endless(n: int, taps: Array, rate: int, rng: np.random.Generator) -> Sound:
    """Filtered noise ``(n,)`` that is worked out for a while and goes on from there, its ends laid over each other."""
    length, lap = int(LOOP * rate), int(LAP * rate)
    if n <= length:
        return filtered(white(n, rng), taps)
    made = filtered(white(length, rng), taps)
    ramp = np.linspace(0, np.pi / 2, lap, dtype=np.float32)
    turn = made[: length - lap].copy()
    turn[:lap] = turn[:lap] * np.sin(ramp) + made[length - lap :] * np.cos(ramp)
    return np.tile(turn, -(-n // len(turn)))[:n].astype(np.float32)


def wander(n: int, pace: float, rate: int, rng: np.random.Generator) -> Sound:
    """Something ``(n,)`` that goes up and down smoothly with a root mean square near 1.

    Args:
        n: Samples.
        pace: Changes of direction a second, about.
        rate: Samples a second.
        rng: Its chance.
    """
    seconds = n / rate
    points = white(max(int(seconds * pace) + 4, 4), rng)
    times = np.arange(max(int(seconds * pace * COARSE), 1) + 2 * COARSE) / (pace * COARSE)
    at = times * pace
    whole = at.astype(int).clip(0, len(points) - 2)
    part = at - whole
    values = points[whole] + part * part * (3 - 2 * part) * (points[whole + 1] - points[whole])
    return over(values, times, 0.0, n, rate)


def over(values: Array, times: Array, first: float, n: int, rate: int) -> Sound:
    """Values ``(k,)`` known at rising times ``(k,)`` s, at every sample ``(n,)`` from ``first`` s on."""
    coarse = max(rate // 400, 1)
    k = -(-n // coarse) + 1
    known = np.interp(first + np.arange(k) * coarse / rate, times, values).astype(np.float32)
    ramp = np.arange(coarse, dtype=np.float32) / coarse
    return (known[:-1, None] + np.diff(known)[:, None] * ramp).reshape(-1)[:n].astype(np.float32, copy=False)
