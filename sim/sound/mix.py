"""Stems become a mix: as loud as asked, no peak too high, and the stems still add up to it.

One gain over time, the same for every stem: it evens out what is far louder than the rest, sets the loudness and keeps
the true peak down. The door to pyloudnorm.

Sources: ITU-R BS.1770-5 (loudness, true peak), EBU R128.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.signal import firwin, lfilter, upfirdn

from sim.pose import Array

CEILING = -1.0  # dBTP
MARGIN = 0.2  # dB below it to which peaks are held
TOLERANCE = 0.1  # LU
BLOCKS = 500  # gains a second
AHEAD = 2  # blocks by which the gain begins to fall before a peak
RELEASE = 0.12  # s in which the gain comes back by 1/e
KNEE, RATIO = -14.0, 3.0  # dBTP from where, and how much, the mix is evened out
LOUD = 0.5  # of the highest sample: blocks below it cannot hold the true peak
OVERSAMPLED = 40  # samples, at four times the rate, by which the filter between samples is late
MAX_PASSES = 24
WINDOW = 200, 50  # blocks over which loudness is measured, and from one to the next

Stereo = NDArray[np.float32]
"""``(2, n)`` inside, one row an ear; ``(n, 2)`` where it is handed out."""


@dataclass(frozen=True, eq=False)
class Bus:
    """Stems ``(2, n)`` that belong together, by name; pressure or any other unit.

    Args:
        stems: Each with as many samples.
        rate: Samples a second.
        known: K-weighted power ``(b,)`` of their sum in every block, where it need not be measured.
    """

    stems: dict[str, Stereo]
    rate: int
    known: Array | None = None

    @cached_property
    def total(self) -> Stereo:
        """Their sum ``(2, n)``."""
        return added(self.stems)

    @cached_property
    def power(self) -> Array:
        """K-weighted power ``(b,)`` of their sum in every block."""
        if self.known is not None:
            return self.known
        return _weighted_power(self.total, self.rate, self.rate // BLOCKS)

    @cached_property
    def loudness(self) -> float:
        """LUFS of their sum; −inf of silence."""
        return _loudness(self.power) if np.any(self.total) else -np.inf

    def at(self, loudness: float, even: bool) -> tuple[dict[str, Stereo], Array]:
        """The stems, changed by one gain that makes their sum as loud as asked and keeps peaks down; its power then.

        Args:
            loudness: LUFS
            even: Whether what is far louder than the rest is brought nearer to it.
        """
        if not np.any(self.total):
            return self.stems, self.power
        block = self.rate // BLOCKS
        peak, level = (_peaks if even else _true_peaks)(self.total, block), _first_level(self.power, loudness)
        gain = np.ones(len(peak))
        for _ in range(MAX_PASSES):
            gain = _gains(peak, level, even)
            off = loudness - _loudness(self.power * gain**2)
            if abs(off) < TOLERANCE / 2:
                break
            level *= 10 ** (off / 20)
        curve = _upsampled(gain, block, self.total.shape[1])
        for stem in self.stems.values():
            stem *= curve
        return self.stems, self.power * gain**2


def added(stems: dict[str, Stereo]) -> Stereo:
    """The sum ``(2, n)`` of stems, in their order."""
    total = np.zeros_like(next(iter(stems.values())))
    for stem in stems.values():
        total += stem
    return total


def measure(sound: Stereo, rate: int) -> float:
    """Integrated loudness, LUFS, of ``(n, 2)``; what is shorter than 0.4 s is measured as if it went on."""
    import pyloudnorm

    least = int(0.4 * rate) + 1
    if len(sound) < least:
        sound = np.tile(sound, (-(-least // max(len(sound), 1)), 1))
    return float(pyloudnorm.Meter(rate).integrated_loudness(sound.astype(np.float64)))


def true_peak(sound: Stereo, rate: int) -> float:
    """The highest value of ``(n, 2)`` between samples too, at four times the rate."""
    return float(_true_peaks(np.ascontiguousarray(sound.T), max(rate // BLOCKS, 1)).max(initial=0.0))


# ---------------------------------------------------------------------------------------------------------------------
# Gain


def _gains(peak: Array, level: float, even: bool) -> Array:
    """The gain ``(b,)`` of each block of a mix with true peaks ``(b,)``, set to ``level``."""
    high = 20 * np.log10(np.maximum(peak * level, 1e-9))
    wanted = np.maximum(high - (CEILING - MARGIN), 0.0)  # dB to take away
    if even:
        wanted = np.maximum(wanted, (high - KNEE) * (1 - 1 / RATIO))
    fall = np.arange(len(wanted)) / (RELEASE * BLOCKS)  # each dB comes back by 1/e in the time of release
    held = np.exp(np.maximum.accumulate(np.log(np.maximum(wanted, 1e-6)) + fall) - fall)
    ahead = maximum_filter1d(held, 2 * AHEAD + 3)
    return level * 10 ** (-_smooth(ahead) / 20)


def _smooth(values: Array) -> Array:
    """Means ``(b,)`` over as many blocks as the gain looks ahead, so that no block gets less than it needs."""
    window = np.hanning(2 * AHEAD + 3)[1:-1]
    return np.convolve(np.pad(values, AHEAD, mode="edge"), window / window.sum(), mode="valid")


def _upsampled(gain: Array, block: int, n: int) -> NDArray[np.float32]:
    """A gain ``(n,)`` for every sample, straight between the middles of blocks."""
    edge = np.concatenate([gain[:1], gain, gain[-1:]]).astype(np.float32)
    ramp = (np.arange(block, dtype=np.float32) + np.float32(0.5)) / np.float32(block)
    fine = (edge[:-1, None] + np.diff(edge)[:, None] * ramp).reshape(-1)
    start = block - block // 2
    return fine[start : start + n]


def _blocks(channel: NDArray, block: int) -> NDArray:
    """A channel ``(n,)`` in blocks ``(b, block)``, the last filled up with silence."""
    n = -(-len(channel) // block)
    return np.pad(channel, (0, n * block - len(channel))).reshape(n, block)


def _peaks(sound: Stereo, block: int) -> Array:
    """The highest sample ``(b,)`` of every block."""
    highest = [np.maximum(x.max(axis=1), -x.min(axis=1)) for x in (_blocks(channel, block) for channel in sound)]
    return np.maximum(*highest).astype(float)


def _true_peaks(sound: Stereo, block: int) -> Array:
    """The true peak ``(b,)`` of every block; where it cannot matter, the sample peak."""
    peak = _peaks(sound, block)
    loud = maximum_filter1d(peak > LOUD * peak.max(initial=0.0), 5)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
    taps = 4 * firwin(2 * OVERSAMPLED + 1, 1 / 4, window=("kaiser", 5.0)).astype(np.float32)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        low, high = max(start * block - 32, 0), stop * block + 32
        fine = np.abs(upfirdn(taps, sound[:, low:high], 4, axis=1)[:, OVERSAMPLED:]).max(axis=0)
        fine = fine[4 * (start * block - low) :][: 4 * (stop - start) * block]
        between = _blocks(fine, 4 * block).max(axis=1)
        peak[start : start + len(between)] = np.maximum(peak[start : start + len(between)], between)
    return peak


# ---------------------------------------------------------------------------------------------------------------------
# Loudness in blocks, so that a gain can be tried without filtering anew


def _weighted_power(sound: Stereo, rate: int, block: int) -> Array:
    """K-weighted power ``(b,)`` of every block, both channels together."""
    power = np.zeros(-(-sound.shape[1] // block))
    for channel in sound:
        weighted = _blocks(lfilter(*_k_filter(rate), channel), block)
        power += np.einsum("ij,ij->i", weighted, weighted) / block
    return power


@lru_cache(maxsize=4)
def _k_filter(rate: int) -> tuple[Array, Array]:
    """BS.1770's shelf and high-pass, as one filter."""
    import pyloudnorm

    shelf = pyloudnorm.IIRfilter(4.0, 1 / np.sqrt(2), 1500.0, rate, "high_shelf")
    high_pass = pyloudnorm.IIRfilter(0.0, 0.5, 38.0, rate, "high_pass")
    return np.convolve(shelf.b, high_pass.b), np.convolve(shelf.a, high_pass.a)


def _windows(power: Array) -> Array:
    length, hop = WINDOW
    if len(power) < length:
        return np.array([power.mean()])
    total = np.concatenate([[0.0], np.cumsum(power)])
    start = np.arange(0, len(power) - length + 1, hop)
    return (total[start + length] - total[start]) / length


def _loudness(power: Array) -> float:
    """LUFS of blocks of power ``(b,)``, gated as BS.1770 asks."""
    window = np.maximum(_windows(power), 1e-20)
    level = -0.691 + 10 * np.log10(window)
    loud = window[level > -70.0]
    if not len(loud):
        return float(level.max())
    gate = -0.691 + 10 * np.log10(loud.mean()) - 10.0
    return float(-0.691 + 10 * np.log10(window[(level > -70.0) & (level > gate)].mean()))


def _first_level(power: Array, loudness: float) -> float:
    """A factor that makes about the loudness asked for, of sound in any unit."""
    loudest = -0.691 + 10 * np.log10(max(_windows(power).max(), 1e-30))
    return float(10 ** ((loudness + 6 - loudest) / 20))
