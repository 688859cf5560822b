"""The film of a run: the chase behind the vehicle, a bird's eye in the corner, the numbers of the moment over both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sim.pose import Array, Pose, from_matrix, rotate
from sim.progress import track
from sim.render.camera import Camera
from sim.render.preview import Renderer, preview
from sim.render.scene import Scene
from sim.render.video import VideoWriter
from sim.runners.driving.assess import Assessment
from sim.runners.driving.reference import KMH, G
from sim.runners.driving.trial import EGO_NAME, Outcome
from sim.world.state import State

BEHIND, OVER, AHEAD = 8.5, 3.1, 9.0  # m: where the chase camera is, and how far ahead it looks
HIGH, LENS = 60.0, 50.0  # m over the road and mm of the bird's eye
INSET = 0.42  # of the picture's height
BEFORE = 0.5  # s of film before T0
INK, PAPER, ALARM, CALM = (255, 255, 255), (16, 19, 24), (229, 72, 77), (70, 167, 88)


@dataclass(frozen=True, eq=False)
class Shooting:
    """What is filmed: a run, what came of it, and what draws it."""

    outcome: Outcome
    assessment: Assessment
    renderer: Renderer
    size: tuple[int, int]

    @classmethod
    def of(cls, outcome: Outcome, assessment: Assessment, size: tuple[int, int]) -> Shooting:
        """The shooting of a run whose states were kept."""
        scene = Scene.of(outcome.layout, outcome.states[0].parts)
        return cls(outcome, assessment, preview(scene), size)

    def bird(self, state: State) -> NDArray[np.uint8]:
        """What the bird sees ``(s, s, 3)``."""
        side = round(self.size[1] * INSET / 2) * 2
        return self._shot(state, bird_camera(state), (side, side))

    def frame(self, state: State, bird: NDArray[np.uint8] | None = None) -> Image.Image:
        """One picture with everything on it; the bird's part may be given."""
        width, height = self.size
        bird = self.bird(state) if bird is None else bird
        side = len(bird)
        picture = Image.fromarray(self._shot(state, chase_camera(state), self.size))
        edge = round(height * 0.025)
        frame = Image.new("RGB", (side + 4, side + 4), INK)
        frame.paste(Image.fromarray(bird), (2, 2))
        picture.paste(frame, (width - side - 4 - edge, edge))
        return self._annotated(picture, state, edge)

    def _shot(self, state: State, camera: Camera, size: tuple[int, int]) -> NDArray[np.uint8]:
        rgb = self.renderer.render(state, camera, size).rgb
        assert rgb is not None
        return rgb

    def _annotated(self, picture: Image.Image, state: State, edge: int) -> Image.Image:
        trace = self.assessment.trace
        i = trace.index(state.time)
        lines = [f"{state.time:.2f} s", f"{abs(trace['ego.speed'][i]) / KMH:.1f} km/h"]
        ttc = min((float(trace[f"{n}.ttc"][i]) for n in self._actors()), default=np.inf)
        struck = bool(self.outcome.struck) and state.time >= self.outcome.end
        lines.append("TTC -" if not np.isfinite(ttc) or ttc > 20 or struck else f"TTC {ttc:.2f} s")
        draw, font = ImageDraw.Draw(picture, "RGBA"), _font(round(picture.height * 0.036))
        step = round(picture.height * 0.048)
        width = int(max(draw.textlength(line, font) for line in lines)) + 2 * edge
        draw.rounded_rectangle((edge, edge, edge + width, edge + step * len(lines) + edge), 8, (*PAPER, 190))
        for k, line in enumerate(lines):
            draw.text((2 * edge, edge * 1.4 + k * step), line, INK, font)
        sign = self._sign(state.time, i)
        if sign:
            text, color = sign
            wide = int(draw.textlength(text, font)) + 2 * edge
            top = picture.height - edge - step - edge
            draw.rounded_rectangle((edge, top, edge + wide, picture.height - edge), 8, (*color, 230))
            draw.text((2 * edge, top + edge * 0.6), text, INK, font)
        return picture

    def _actors(self) -> list[str]:
        names = self.assessment.trace.columns
        return [name.removesuffix(".ttc") for name in names if name.endswith(".ttc") and name != "ego.ttc"]

    def _sign(self, time: float, i: int) -> tuple[str, tuple[int, int, int]] | None:
        outcome = self.outcome
        if outcome.struck and time >= outcome.end - 1e-9:
            return f"IMPACT {self.assessment.metrics['impact_speed_kmh']:.1f} km/h", ALARM
        if outcome.ended == "stopped" and time >= outcome.end - 1e-9:
            return "STOPPED", CALM
        asked = float(self.assessment.trace["system.asked"][i])
        return (f"BRAKING {asked / G:.2f} g", (191, 118, 17)) if asked > 0 else None

    def close(self) -> None:
        """Frees what draws."""
        self.renderer.close()


def write_film(shooting: Shooting, path: Path, fps: int) -> None:
    """Writes the film of the kept states from shortly before T0 on; the bird looks at every fourth one."""
    bird: NDArray[np.uint8] | None = None
    begin = shooting.assessment.t0 - BEFORE
    shown = [s for s in shooting.outcome.states if s.time >= begin] or shooting.outcome.states
    with VideoWriter(path, shooting.size, fps) as video:
        for i, state in enumerate(track(shown, "film")):
            bird = shooting.bird(state) if bird is None or i % 4 == 0 else bird
            video.write_frame(np.asarray(shooting.frame(state, bird)))


def strip(shooting: Shooting, times: list[float]) -> list[tuple[float, Image.Image]]:
    """Pictures at some times, s, nearest to what was kept."""
    states = shooting.outcome.states
    kept = np.array([state.time for state in states])
    chosen = list(dict.fromkeys(int(np.argmin(np.abs(kept - time))) for time in times))
    return [(states[i].time, shooting.frame(states[i])) for i in sorted(chosen)]


def chase_camera(state: State) -> Camera:
    """Behind the vehicle and over it, level whatever the body does."""
    place, forward = _heading(state)
    eye = place - BEHIND * forward + np.array([0, 0, OVER])
    return Camera(Pose.looking(eye, place + AHEAD * forward + np.array([0, 0, 0.6])), lens_mm=30)


def bird_camera(state: State) -> Camera:
    """Straight down, the way ahead at the top."""
    place, forward = _heading(state)
    down = np.array([0.0, 0.0, -1.0])
    turn = np.stack([down, np.cross(forward, down), forward], axis=-1)  # a camera's X looks, its Z is up
    return Camera(Pose(place + 8 * forward - HIGH * down, from_matrix(turn)), lens_mm=LENS)


def _heading(state: State) -> tuple[Array, Array]:
    pose = state.pose(EGO_NAME)
    forward = rotate(pose.orientation, (1.0, 0, 0)) * np.array([1, 1, 0])
    return pose.position, forward / np.linalg.norm(forward)


@cache
def _font(size: int) -> Any:
    load: Callable[..., Any] = ImageFont.load_default
    return load(size)
