"""Which moment of the world, seen by which shots, every frame of a film shows.

Owns film time. Frame i is shown from i / fps s on and shows the world as it is at exactly that moment of its shot, so
the first frame that shows a hit at t is ceil(t · fps).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.errors import InputError, Problem
from sim.runners.film.spec import FilmSpec, ShotSpec

MAX_HZ = 7680  # steps a second that a slow motion may ask for
LONGEST = 36_000  # frames


@dataclass(frozen=True)
class Shot:
    """One shot on the film's own time.

    | field    | is                                                                          |
    |----------|-----------------------------------------------------------------------------|
    | index    | from 0                                                                       |
    | first    | its first frame in the film                                                  |
    | n        | frames it lasts                                                              |
    | step     | the world's step in its first frame                                          |
    | stride   | steps from one of its frames to the next                                     |
    | half     | frames for which its transition reaches into the shot before, and into itself |
    """

    index: int
    spec: ShotSpec
    first: int
    n: int
    step: int
    stride: int
    half: int

    @property
    def label(self) -> str:
        """What it is called: its name, or shot_3 for the third."""
        return self.spec.name or f"shot_{self.index + 1}"

    def step_at(self, frame: int) -> int:
        """The world's step in a frame of the film; also a little before and after the shot, for transitions."""
        return max(0, self.step + (frame - self.first) * self.stride)


@dataclass(frozen=True)
class Layer:
    """A shot's share in a frame of the film."""

    shot: int
    frame: int
    weight: float = 1.0


@dataclass(frozen=True)
class Timeline:
    """Shots one after another; `step_hz` is the world's, raised where slow motion needs finer steps."""

    shots: tuple[Shot, ...]
    fps: int
    step_hz: int
    fade_out: int = 0

    @classmethod
    def of(cls, spec: FilmSpec, step_hz: int, where: str, recorded: tuple[int, int] | None = None) -> Timeline:
        """The timeline of a storyboard.

        Args:
            spec: The storyboard.
            step_hz: The world's steps a second.
            where: The file, for errors.
            recorded: The first and the last step of the take that is filmed; None: the world is yet to be recorded.

        Raises:
            InputError: With every empty shot, transitions that overlap, times that fit no step.
        """
        hz, problems = _step_hz(spec, step_hz, where, recorded is not None)
        shots: list[Shot] = []
        first, now = 0, recorded[0] if recorded else 0
        for i, shot in enumerate(spec.shots):
            place = f"{where}: shots.{i}"
            slow = shot.slow_motion
            step = now if shot.start is None else round(shot.start * hz)
            stride = max(1, round(hz / (spec.fps * slow)))
            seconds = shot.duration or ((shot.stop or 0) - step / hz) * slow
            n = round(seconds * spec.fps)
            if n < 1:
                got = f"{seconds:g} s" if shot.duration else f"in {step / hz:g} s, out {shot.stop:g} s"
                problems.append(Problem(place, "is empty", f"at least one frame of 1/{spec.fps} s", got))
            if recorded and not recorded[0] <= step <= step + (n - 1) * stride <= recorded[1]:
                span = f"{recorded[0] / hz:g} to {recorded[1] / hz:g} s"
                got = f"{step / hz:g} to {(step + (n - 1) * stride) / hz:g} s"
                problems.append(Problem(place, "shows what the take does not cover", span, got))
            half = 0 if shot.transition.kind == "cut" else max(1, round(shot.transition.seconds * spec.fps / 2))
            shots.append(Shot(i, shot, first, n, step, stride, half))
            first, now = first + n, step + n * stride
        fade_out = round(spec.fade_out * spec.fps)
        problems += _overlaps(shots, fade_out, spec.fps, where)
        if first > LONGEST:
            problems.append(
                Problem(where, "is too long", f"at most {LONGEST / spec.fps:g} s", f"{first / spec.fps:g} s")
            )
        if problems:
            raise InputError(*problems)
        return cls(tuple(shots), spec.fps, hz, fade_out)

    @property
    def n_frames(self) -> int:
        """Frames of the whole film."""
        return self.shots[-1].first + self.shots[-1].n

    def shot_at(self, frame: int) -> Shot:
        """The shot that a frame belongs to."""
        return next(shot for shot in reversed(self.shots) if frame >= shot.first)

    def layers(self, frame: int) -> list[Layer]:
        """What a frame shows: one shot, or two of which the second comes over the first."""
        here = self.shot_at(frame)
        for shot in self.shots[here.index : here.index + 2]:
            kind, i = shot.spec.transition.kind, shot.index
            into = frame - (shot.first - shot.half)
            if shot.half and i > 0 and 0 <= into < 2 * shot.half and kind in ("dissolve", "wipe"):
                return [Layer(i - 1, frame), Layer(i, frame, (into + 0.5) / (2 * shot.half))]
        return [Layer(here.index, frame)]

    def dim(self, frame: int) -> float:
        """How bright a frame is for fades: 1, or down to 0."""
        here = self.shot_at(frame)
        light = 1.0
        for shot in self.shots[here.index : here.index + 2]:
            if shot.spec.transition.kind == "fade":
                if shot.index == 0:
                    light = min(light, (frame + 0.5) / (2 * shot.half))
                else:
                    light = min(light, abs(frame + 0.5 - shot.first) / shot.half)
        if self.fade_out:
            light = min(light, (self.n_frames - frame - 0.5) / self.fade_out)
        return max(0.0, min(1.0, light))

    def steps(self) -> np.ndarray:
        """Every step that some frame shows, or shows the moment before; rising."""
        needed = {0}
        for frame in range(self.n_frames):
            for layer in self.layers(frame):
                shot = self.shots[layer.shot]
                needed |= {shot.step_at(frame), shot.step_at(frame - 1)}
        needed |= set(range(0, max(needed) + 1, self.step_hz // self.fps))  # so the take can be filmed again by others
        return np.array(sorted(needed), np.int64)

    def segments(self, longest: int) -> Iterator[range]:
        """The film in pieces of whole frames, none over a cut and none longer than asked."""
        cuts = {0, self.n_frames}
        for shot in self.shots:
            if shot.spec.transition.kind in ("dissolve", "wipe") and shot.index:
                cuts |= {shot.first - shot.half, shot.first + shot.half}
            else:
                cuts.add(shot.first)
        edges = sorted(cuts)
        for start, stop in itertools.pairwise(edges):
            parts = math.ceil((stop - start) / longest)
            inner = [start + round((stop - start) * k / parts) for k in range(parts + 1)]
            yield from (range(a, b) for a, b in itertools.pairwise(inner))


def _step_hz(spec: FilmSpec, hz: int, where: str, fixed: bool) -> tuple[int, list[Problem]]:
    """Steps a second that all frames fall on: a whole multiple of the world's own."""
    rates = {round(spec.fps * shot.slow_motion, 6) for shot in spec.shots} | {float(spec.fps)}
    wanted = hz
    for rate in sorted(rates):
        if rate != round(rate):
            return hz, [Problem(where, "slow_motion times fps is no whole number", got=f"{rate:g} frames a second")]
        wanted = math.lcm(wanted, round(rate))
    if wanted == hz:
        return hz, []
    good = [k for k in range(1, 101) if hz % (spec.fps * k) == 0]
    hint = f"slow_motion: one of {', '.join(map(str, good))}" if good else f"fps: a divisor of {hz}"
    if fixed:
        return hz, [Problem(where, f"the take's {hz} steps a second fit neither fps nor slow motion", hint=hint)]
    if wanted > MAX_HZ:
        return hz, [Problem(where, f"fps and slow motion need {wanted} steps a second", f"at most {MAX_HZ}", hint=hint)]
    return wanted, []


def _overlaps(shots: list[Shot], fade_out: int, fps: int, where: str) -> list[Problem]:
    """Transitions that leave a shot nothing of its own."""
    problems = []
    for shot in shots:
        after = shots[shot.index + 1].half if shot.index + 1 < len(shots) else fade_out
        before = 2 * shot.half if shot.index == 0 else shot.half
        if shot.n >= 1 and before + after > shot.n:
            problems.append(
                Problem(
                    f"{where}: shots.{shot.index}",
                    "its transitions overlap",
                    f"at most {shot.n / fps:g} s of them",
                    f"{(before + after) / fps:g} s",
                    "a longer shot, or shorter transitions",
                )
            )
    return problems
