"""From storyboard to recipes: what every frame is made of, what is heard, what is written under it.

Owns the meeting of timeline, cameras and take. Draws nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from sim.errors import InputError, Problem
from sim.render.camera import Camera
from sim.runners.film.lab import PIECE, Exposed, Lab, Piece, Recipe
from sim.runners.film.shots import CameraCrew
from sim.runners.film.spec import FilmSpec
from sim.runners.film.timeline import Layer, Shot, Timeline

METER_AT = (0.1, 0.5, 0.9)  # of a shot: where the light meter looks


class Cutting:
    """A film on the cutting table.

    Args:
        spec: The storyboard.
        timeline: When its shots are.
        crew: Its cameras.
    """

    def __init__(self, spec: FilmSpec, timeline: Timeline, crew: CameraCrew):
        self.spec, self.timeline, self.crew = spec, timeline, crew
        self._exposure: list[float | None] = [None] * len(timeline.shots)

    def meter(self, lab: Lab, shots: Sequence[int]) -> None:
        """Lets the lab measure how bright these shots are, where the storyboard does not say."""
        unknown = [i for i in shots if self._camera(self.timeline.shots[i], self.timeline.shots[i].first).ev100 is None]
        looks = []
        for i in unknown:
            shot = self.timeline.shots[i]
            frames = sorted({shot.first + int(part * (shot.n - 1)) for part in METER_AT})
            looks.append([self._exposed(Layer(i, frame), frame) for frame in frames])
        for i, value in zip(unknown, lab.exposures(looks), strict=True):
            self._exposure[i] = value

    def pieces(self, quality: str) -> list[Piece]:
        """The whole film in pieces; cameras are exposed once `meter` has measured."""
        return [
            Piece(frames.start, tuple(self.recipe(frame) for frame in frames))
            for frames in self.timeline.segments(PIECE[quality])
        ]

    def recipe(self, frame: int) -> Recipe:
        """Everything that is in one frame."""
        layers = tuple(self._exposed(layer, frame) for layer in self.timeline.layers(frame))
        words = self.words(frame) if self.spec.captions in ("burned", "both") else ""
        return Recipe(layers, round(self.timeline.dim(frame), 6), words)

    def _exposed(self, layer: Layer, frame: int) -> Exposed:
        shot = self.timeline.shots[layer.shot]
        shutter = self.spec.shutter_deg if shot.spec.shutter_deg is None else shot.spec.shutter_deg
        return Exposed(
            shot.step_at(frame),
            shot.step_at(frame - 1),
            self._camera(shot, frame),
            self._camera(shot, frame - 1),
            shutter / 360,
            round(layer.weight, 6),
            shot.spec.transition.kind,
            shot.label,
            frame - shot.first,
        )

    def _camera(self, shot: Shot, frame: int) -> Camera:
        camera = self.crew.camera(shot, frame)
        value = camera.ev100 if camera.ev100 is not None else self._exposure[shot.index]
        return replace(camera, ev100=None if value is None else value - shot.spec.exposure)

    def words(self, frame: int) -> str:
        """What the caption says in a frame."""
        shot = self.timeline.shot_at(frame)
        caption = shot.spec.caption
        if caption is None:
            return ""
        seconds = (frame - shot.first) / self.timeline.fps
        stop = caption.stop if caption.stop is not None else np.inf
        return caption.text if caption.start <= seconds < stop else ""

    def subtitles(self) -> str:
        """All captions as SubRip text; empty when there are none."""
        lines: list[str] = []
        for shot in self.timeline.shots:
            caption = shot.spec.caption
            if caption is not None:
                begin, length = shot.first / self.timeline.fps, shot.n / self.timeline.fps
                stop = min(caption.stop if caption.stop is not None else length, length)
                times = f"{_clock(begin + caption.start)} --> {_clock(begin + stop)}"
                lines.append(f"{len(lines) + 1}\n{times}\n{caption.text}\n")
        return "\n".join(lines)

    def ears(self) -> list[tuple[float, float, float, Callable[[float], Camera], float]]:
        """For each shot: film seconds from and to, the take's time it begins at, its camera, take seconds a second."""
        fps, hz = self.timeline.fps, self.timeline.step_hz
        return [
            (
                shot.first / fps,
                (shot.first + shot.n) / fps,
                shot.step / hz,
                partial(self._at, shot),
                shot.stride * fps / hz,
            )
            for shot in self.timeline.shots
        ]

    def _at(self, shot: Shot, time: float) -> Camera:
        """The camera of a shot at a time of the film, s."""
        return self.crew.camera(shot, round(time * self.timeline.fps))


def chosen(timeline: Timeline, shots: str | None, start: str | None, stop: str | None) -> list[int] | None:
    """The frames that the command line asks for; None: all.

    Raises:
        InputError: No such shots or times.
    """
    if shots is None and start is None and stop is None:
        return None
    frames = set(range(timeline.n_frames))
    if shots is not None:
        picked = {_number(part, len(timeline.shots)) - 1 for part in shots.split(",")}
        frames = {frame for i in picked for frame in range(timeline.shots[i].first, _end(timeline.shots[i]))}
    if start is not None:
        frames -= set(range(round(seconds("--from", start) * timeline.fps)))
    if stop is not None:
        frames -= set(range(round(seconds("--to", stop) * timeline.fps), timeline.n_frames))
    if not frames:
        length = timeline.n_frames / timeline.fps
        raise InputError(Problem("--from, --to", "leave nothing of the film", f"times in 0 to {length:g} s"))
    return sorted(frames)


def _end(shot: Shot) -> int:
    return shot.first + shot.n


def _number(text: str, n: int) -> int:
    if not text.strip().isdigit() or not 1 <= int(text) <= n:
        raise InputError(Problem("--shots", "there is no such shot", f"1 to {n}", text.strip() or "nothing"))
    return int(text)


def seconds(option: str, text: str) -> float:
    """Seconds of a time as people write it: 12, 12.5, 00:12, 1:02:03.

    Raises:
        InputError: It is no time.
    """
    total = 0.0
    try:
        for part in text.split(":"):
            value = float(part)
            if value < 0:
                raise ValueError
            total = total * 60 + value
    except ValueError:
        raise InputError(Problem(option, "is no time", "such as 00:12", text)) from None
    return total


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    hours, rest = divmod(whole, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d},{rest % 1000:03d}"
