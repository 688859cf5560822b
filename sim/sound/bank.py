"""Resonators: modes that are struck and ring, exact at every sample however they are damped."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from sim.pose import Array

BLOCK, ROWS = 512, 4  # samples worked out together, and how many such blocks
FLOOR = 1e-4  # of the loudest mode's amplitude: −80 dB, where a mode is let go
SEGMENT = 1 << 11  # samples of the first stretch with a fixed set of modes; each next is twice as long
LONGEST = 5.0  # s


class Bank:
    """Damped modes ``q̈ + 2 σ q̇ + ω² q = force``, heard by their velocities.

    A sample on which an impulse falls gets the mean of the velocities before and after: nothing stays at 0 Hz.

    Args:
        frequency: ``(m,)`` Hz, damped; below half of ``rate``.
        decay: ``(m,)`` σ, 1/s.
        rate: Samples a second.
    """

    def __init__(self, frequency: Array, decay: Array, rate: int):
        self.frequency, self.decay, self.rate = np.asarray(frequency, float), np.asarray(decay, float), rate
        turn = 2 * np.pi * self.frequency
        self._pole = (-self.decay + 1j * turn) / rate  # of one sample
        self._velocity = 1 + 1j * self.decay / turn  # Re(velocity · e^pole·k): what an impulse of 1 makes

    def __len__(self) -> int:
        return len(self.frequency)

    @cached_property
    def _powers(self) -> NDArray[np.complex128]:
        return np.exp(self._pole[:, None] * np.arange(BLOCK))

    def strike(self, impulses: Array, weight: Array, longest: float = LONGEST) -> NDArray[np.float32]:
        """What ``(n,)`` is heard of one push, until it is gone.

        Args:
            impulses: ``(k,)`` N s, as from `pulse`.
            weight: ``(m,)``, how much a push on each mode is heard.
            longest: s after which it is given up.
        """
        k, loud = len(impulses), np.abs(weight)
        which = np.flatnonzero(loud > FLOOR * loud.max(initial=0.0))
        if not len(which) or not k:
            return np.zeros(0, np.float32)
        pole, velocity = self._pole[which], (self._velocity * weight)[which]
        powers = self._powers[which, :k] if k <= BLOCK else np.exp(pole[:, None] * np.arange(k))
        amplitude = powers * np.cumsum(impulses / powers, axis=1)
        head = np.einsum("m,mk->k", velocity, amplitude).real - 0.5 * float(np.sum(weight)) * impulses  # no threads
        rest = self._ring(amplitude[:, -1] * velocity * np.exp(pole), which, longest)
        return np.concatenate([head.astype(np.float32), rest])

    def _ring(self, amplitude: NDArray[np.complex128], which: NDArray[np.int64], longest: float) -> NDArray[np.float32]:
        """Free decay of some modes from complex amplitudes ``(k,)``; each mode as long as it matters."""
        size = np.abs(amplitude)
        if not size.max() > 0:
            return np.zeros(0, np.float32)
        lasts = np.log(np.maximum(size / (FLOOR * size.max()), 1.0)) / self.decay[which] * self.rate
        lasts = np.minimum(lasts, longest * self.rate)
        out, start, length = [], 0, SEGMENT
        while True:
            alive = lasts > start
            if not alive.any():
                break
            n = -(-int(min(length, lasts.max() - start + 1)) // (BLOCK * ROWS)) * ROWS
            pole = self._pole[which[alive]]
            state = amplitude[alive] * np.exp(pole * start)
            blocks = (state * np.exp(pole * BLOCK * np.arange(n)[:, None])).astype(np.complex64)
            blocks = blocks.reshape(-1, ROWS, len(pole))  # products so small that BLAS keeps to one thread
            powers = self._powers[which[alive]].astype(np.complex64)
            out.append((blocks.real @ powers.real - blocks.imag @ powers.imag).ravel())
            start, length = start + n * BLOCK, 2 * length
        return np.concatenate(out) if out else np.zeros(0, np.float32)

    def response(self, force: Array, weight: Array) -> Array:
        """What ``(n,)`` is heard of any push given as impulses ``(n,)`` N s on samples."""
        radius, angle = np.exp(self._pole.real), self._pole.imag
        sound = np.zeros(len(force))
        for r, a, v, w in zip(radius, angle, self._velocity, weight, strict=True):
            second = (v * np.exp(1j * a) * r).real - 2 * r * np.cos(a)
            below = np.array([1, -2 * r * np.cos(a), r * r])
            sound += lfilter(w * (np.array([1, second, 0]) - 0.5 * below), below, force)
        return sound
