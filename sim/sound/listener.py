"""Who listens: a pair of microphones on the shot's camera, and what reaches them from where.

The pair is ORTF's: two cardioids 17 cm apart that look 55° to either side. Each hears every path by its own length, so
what is beside the picture comes earlier and louder on its side. Time is the take's; `Hearing.film` makes film of it.

Sources: Eargle, The Microphone Book, chapter 11 (ORTF, cardioid).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft
from scipy.signal import resample_poly

from sim.errors import InputError, Problem
from sim.pose import Array, rotate
from sim.render.camera import Camera
from sim.sound.air import absorption, speed_of_sound
from sim.sound.room import Plane, Room

APART, ASIDE_DEG = 0.17, 55.0  # m between the microphones; degrees each looks aside
NEAREST = 0.3  # m: nothing is louder than it is from there
GRID = 25  # times a second at which moving ears and sources are placed
STEADY = 5  # points of the grid over which a camera's path is evened: it moves from picture to picture
FADE = 0.006  # s over which one shot's ears give way to the next's
EARLY = 4  # samples by which the taps of a delay may reach ahead
FRAME = 4096  # samples of a stretch in which distant air filters alike
FARTHEST = 3.0  # s after which a sound has gone by: 1 km
SMEAR = 512  # samples by which air may spread a sound

Sound = NDArray[np.float32]
Gains = dict[int, NDArray[np.float32]]
Path = Callable[[Array], Array]
"""Where something is, ``(k, 3)`` m, at the take's times ``(k,)`` s."""


@dataclass(frozen=True)
class Cut:
    """A stretch of film heard by one camera.

    Film from `start` to `stop` s shows the take from `at` s on, `speed` take seconds a film second; `camera` says
    which camera it is at a time of the film.
    """

    start: float
    stop: float
    at: float
    camera: Callable[[float], Camera]
    speed: float = 1.0

    def check(self) -> None:
        """Refuses stretches that cannot be heard.

        Raises:
            InputError: It ends before it begins, or time stands still or runs backwards.
        """
        if not self.stop > self.start >= 0:
            raise InputError(
                Problem("cut", "ends before it begins", "0 ≤ start < stop", f"{self.start} to {self.stop} s")
            )
        if not 0.01 <= self.speed <= 100:
            raise InputError(Problem("cut", "has no such speed", "0.01 to 100", f"{self.speed:g}"))


class Hearing:
    """What is heard in one cut, in the take's time.

    | attribute | is                                                        |
    |-----------|-----------------------------------------------------------|
    | first     | the take's sample number with which `heard` begins         |
    | n         | samples, a little more than the cut                         |
    | center    | ``(k, 3)`` m, the camera at the times of `grid`              |

    Args:
        cut: Which stretch.
        room: What reflects.
        temperature: Of the air, K.
        rate: Samples a second.
    """

    def __init__(self, cut: Cut, room: Room, temperature: float, rate: int):
        cut.check()
        self.cut, self.room, self.rate, self.temperature = cut, room, rate, temperature
        self.speed_of_sound = speed_of_sound(temperature)
        self.first = round(cut.at * rate)
        self.n = int(np.ceil(((cut.stop - cut.start) + FADE) * cut.speed * rate)) + 2
        self._step = rate // GRID
        fade = np.linspace(0, np.pi / 2, max(int(FADE * cut.speed * rate), 1), dtype=np.float32)
        self._rise = np.sin(fade) ** 2
        self.grid = (self.first + np.arange(self.n // self._step + 2) * self._step) / rate
        film = np.clip(cut.start + (self.grid - cut.at) / cut.speed, cut.start, cut.stop)
        poses = [cut.camera(float(t)).pose for t in film]
        self.center = _steadied(np.array([pose.position for pose in poses]))
        turn = _steadied(_continuous(np.array([pose.orientation for pose in poses])))
        turn /= np.linalg.norm(turn, axis=1, keepdims=True)
        side = np.array([1.0, -1.0])  # left, right; a camera's +Y is left
        out = np.deg2rad(ASIDE_DEG)
        self._ears = [self.center + rotate(turn, np.array([0, s * APART / 2, 0])) for s in side]
        self._axes = [rotate(turn, np.array([np.cos(out), s * np.sin(out), 0])) for s in side]

    def in_film_time(self) -> Hearing:
        """The same ears, for what goes by the film's time whatever the speed of the picture."""
        if self.cut.speed == 1 and self.cut.at == self.cut.start:
            return self
        return Hearing(replace(self.cut, at=self.cut.start, speed=1.0), self.room, self.temperature, self.rate)

    def silence(self) -> Sound:
        """``(2, n)`` zeros to hear into."""
        return np.zeros((2, self.n), np.float32)

    def distance(self, time: float, place: Array) -> float:
        """How far, m, something is from the camera."""
        return float(np.linalg.norm(self.center[self._at(time)] - place))

    def _at(self, time: float) -> int:
        return int(np.clip(round((time - self.grid[0]) * GRID), 0, len(self.grid) - 1))

    # -----------------------------------------------------------------------------------------------------------------
    # Short sounds from one place

    def strike(self, heard: Sound, sound: Sound, sample: int, place: Array, echoes: bool = True) -> None:
        """Hears a short sound, as it is 1 m from its place, that begins at a sample of the take.

        Args:
            heard: ``(2, n)``, to which it is added.
            sound: ``(k,)`` Pa.
            sample: Of the take.
            place: ``(3,)`` m.
            echoes: Whether walls throw it back, or the ground only.
        """
        i = self._at(sample / self.rate)
        images = [*self.room.images(place)] if echoes else [*self.room.floor.images(place)]
        for ear in range(2):
            out = heard[ear]
            begin, gain = self._reach(ear, i, place)
            self._add(out, sound, sample + begin, gain, exact=True)
            for image, coefficient in images:
                begin, gain = self._reach(ear, i, image)
                self._add(out, sound, sample + begin, gain * coefficient, exact=False)

    def _reach(self, ear: int, i: int, place: Array) -> tuple[float, float]:
        """After how many samples a place is heard, and by how much less than from 1 m."""
        away = place - self._ears[ear][i]
        distance = float(np.linalg.norm(away))
        cosine = float(away @ self._axes[ear][i]) / max(distance, 1e-9)
        return distance / self.speed_of_sound * self.rate, (1 + cosine) / 2 / max(distance, NEAREST)

    def _add(self, out: Sound, sound: Sound, begin: float, gain: float, exact: bool) -> None:
        whole = int(np.floor(begin)) if exact else round(begin)
        taps = lagrange(begin - whole) if exact else {0: 1.0}
        for shift, weight in taps.items():
            start = whole + shift - self.first
            low, high = max(start, 0), min(start + len(sound), self.n)
            if high > low:
                values = np.float32(gain * weight) * sound[low - start : high - start]
                if start < -EARLY:  # it began before this cut: it comes in as the last cut's goes out
                    values[: len(self._rise)] *= self._rise[: len(values)]
                out[low:high] += values

    # -----------------------------------------------------------------------------------------------------------------
    # Long sounds that move

    def follow(self, heard: Sound, sound: Sound, sample: int, path: Path) -> None:
        """Hears a long sound, as it is 1 m from its source, that begins at a sample of the take and moves on a path."""
        if not sample - self.rate < self.first + self.n or self.first > sample + len(sound) + FARTHEST * self.rate:
            return
        place = path(self.grid)
        near = np.linalg.norm(self.center - place, axis=1)
        begin = max(0, self.first - sample - int(self.rate * near.max() / self.speed_of_sound) - FRAME)
        end = min(len(sound), self.first + self.n - sample + FRAME)
        if end - begin < 2:
            return
        sound, sample = _silent_ends(self._through_air(sound[begin:end], sample + begin, near)), sample + begin
        for ear in range(2):
            emitted, gain = self._heard_from(path, self._ears[ear], (ear,), None)
            self._trace(heard, sound, emitted * self.rate - sample, gain)
        for plane in self.room.planes:
            emitted, gain = self._heard_from(path, self.center, (0, 1), plane)
            self._trace(heard, sound, emitted * self.rate - sample, gain)

    def _heard_from(self, path: Path, here: Array, ears: tuple[int, ...], plane: Plane | None) -> tuple[Array, Gains]:
        """When what is heard on the grid was made, ``(k,)`` s, and by how much less than from 1 m each ear hears it."""
        emitted = self.grid
        for _ in range(2):
            place = path(emitted)
            away = (plane.mirror(place) if plane else place) - here
            distance = np.linalg.norm(away, axis=1)
            emitted = self.grid - distance / self.speed_of_sound
        gains = {}
        for ear in ears:
            cosine = np.einsum("ij,ij->i", away, self._axes[ear]) / np.maximum(distance, 1e-9)
            gain = (plane.reflection if plane else 1.0) * (1 + cosine) / 2 / np.maximum(distance, NEAREST)
            gains[ear] = gain.astype(np.float32)
        return emitted, gains

    def _trace(self, heard: Sound, sound: Sound, index: Array, gains: Gains) -> None:
        """Adds a sound, read at places ``(k,)`` on the grid (in samples of it), to the ears that hear it."""
        inside = np.flatnonzero((index > -2 * self._step) & (index < len(sound) + 2 * self._step))
        if not len(inside):
            return
        low, high = max(inside[0] - 1, 0), min(inside[-1] + 2, len(index))
        start = low * self._step
        fine = self._fine(index[low:high])[: self.n - start]
        np.clip(fine, 0, len(sound) - 2, out=fine)  # both ends of a sound are silent
        whole = fine.astype(np.int32)
        fine -= whole
        part = fine.astype(np.float32)
        value = sound[whole]
        whole += 1
        part *= sound[whole] - value
        value += part
        if low == 0:
            value[: len(self._rise)] *= self._rise[: len(value)]
        for ear, gain in gains.items():
            heard[ear, start : start + len(value)] += value * self._fine(gain[low:high])[: len(value)]

    def _fine(self, coarse: NDArray) -> NDArray:
        """Values at every sample, straight between those of the grid ``(k,)``."""
        ramp = np.arange(self._step, dtype=coarse.dtype) / self._step
        return (np.diff(coarse)[:, None] * ramp + coarse[:-1, None]).reshape(-1)

    def _through_air(self, sound: Sound, sample: int, near: Array) -> Sound:
        """A sound less what air takes on its way to the camera, by distances ``(k,)`` m on the grid."""
        if near.max() * float(absorption(8000.0, self.temperature)) < 1.0:  # dB
            return sound
        hop, n = FRAME // 2, -(-len(sound) // (FRAME // 2))
        padded = np.zeros((n + 2) * hop, np.float32)
        padded[hop : hop + len(sound)] = sound
        frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::hop]
        window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
        middle = (sample + np.arange(len(frames)) * hop) / self.rate
        steps, which = np.unique(np.round(np.interp(middle, self.grid, near) / 5.0), return_inverse=True)
        lost = absorption(np.fft.rfftfreq(FRAME + 2 * SMEAR, 1 / self.rate), self.temperature)
        gains = (10 ** (-steps[:, None] * 5.0 * lost / 20)).astype(np.float32)
        filtered = irfft(rfft(frames * window, FRAME + 2 * SMEAR, axis=1) * gains[which], axis=1)
        made = np.zeros(len(padded) + FRAME + SMEAR, np.float32)
        for k, frame in enumerate(filtered):  # the filter is even: what it puts before a frame comes out at the end
            start = (k + 1) * hop
            made[start : start + FRAME + SMEAR] += frame[:-SMEAR]
            made[start - SMEAR : start] += frame[-SMEAR:]
        return made[FRAME : FRAME + len(sound)]

    # -----------------------------------------------------------------------------------------------------------------

    def film(self, heard: Sound) -> tuple[int, Sound]:
        """The film's first sample of this cut and what it hears ``(2, n)``, faded at both ends."""
        speed = self.cut.speed
        n = int(np.ceil((self.cut.stop - self.cut.start + FADE) * self.rate))
        if speed != 1:
            heard = _stretched(heard, speed, n)
        heard = heard[:, :n]
        fade = int(FADE * self.rate)
        ramp = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
        heard[:, -fade:] *= ramp[::-1]
        return round(self.cut.start * self.rate), heard


def _steadied(values: Array) -> Array:
    """A path ``(k, d)`` on the grid without the steps of pictures: means over a moment."""
    window = np.hanning(STEADY + 2)[1:-1]
    padded = np.pad(values, ((STEADY // 2, STEADY // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, window / window.sum(), mode="valid") for column in padded.T], axis=-1)


def _continuous(turns: Array) -> Array:
    """Quaternions ``(k, 4)`` of the same turns, each on the side of the one before."""
    sign = np.where(np.sum(turns[1:] * turns[:-1], axis=1) < 0, -1.0, 1.0)
    return turns * np.cumprod(np.concatenate([[1.0], sign]))[:, None]


def _silent_ends(sound: Sound) -> Sound:
    """The same between two samples of silence, or as it is when it has them."""
    if not len(sound) or (sound[0] == 0 and sound[-1] == 0):
        return sound
    made = sound.copy()
    made[0] = made[-1] = 0
    return made


def lagrange(fraction: float) -> dict[int, float]:
    """Weights of a sound delayed by whole samples, which add up to a delay by a fraction of one (cubic)."""
    d = fraction
    return {
        -1: -d * (d - 1) * (d - 2) / 6,
        0: (d + 1) * (d - 1) * (d - 2) / 2,
        1: -(d + 1) * d * (d - 2) / 2,
        2: (d + 1) * d * (d - 1) / 6,
    }


def _stretched(sound: Sound, speed: float, n: int) -> Sound:
    """A sound ``(2, k)`` played ``speed`` times as fast; slower is lower."""
    if speed > 1:
        from fractions import Fraction

        ratio = Fraction(1 / speed).limit_denominator(64)
        made = resample_poly(sound, ratio.numerator, ratio.denominator, axis=1).astype(np.float32)
        return np.pad(made, ((0, 0), (0, max(0, n - made.shape[1]))))
    at = np.arange(n) * speed
    whole = np.minimum(at.astype(int), sound.shape[1] - 3)
    part = (at - whole).astype(np.float32)
    made = np.zeros((2, n), np.float32)
    before = np.maximum(whole - 1, 0)
    for ear in range(2):
        a, b, c, d = sound[ear][before], sound[ear][whole], sound[ear][whole + 1], sound[ear][whole + 2]
        made[ear] = b + part / 2 * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)))
    return made
