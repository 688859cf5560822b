"""A video of episodes, one after another, with the goal marked and what became of each written beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sim.progress import track
from sim.render.video import VideoWriter
from sim.runners.robot.env import RobotEnv
from sim.runners.robot.episode import Job, play_job

HOLD = 0.6  # s that the last picture of an episode stays
MARK, DONE, MISSED = (255, 196, 0), (84, 214, 122), (240, 96, 84)


def film(env: RobotEnv, jobs: list[Job], path: Path, size: tuple[int, int] | None = None) -> Path:
    """Plays episodes and writes them as one mp4 at the rate of control.

    Args:
        env: Where.
        jobs: What is played.
        path: The mp4.
        size: Pixels; the scenario's own when left out.
    """
    fps = env.robot_spec.control.hz
    size = size or env.robot_spec.film.size if env.robot_spec.film else size or (640, 480)
    size = (size[0] // 2 * 2, size[1] // 2 * 2)
    with VideoWriter(path, size, fps, preset="veryfast", crf=20) as video:
        for i, job in enumerate(track(jobs, "film")):
            last = None
            for last in _pictures(env, job, size, f"{i + 1}/{len(jobs)}"):
                video.write_frame(last)
            for _ in range(round(HOLD * fps)):
                assert last is not None
                video.write_frame(last)
    return path


def _pictures(env: RobotEnv, job: Job, size: tuple[int, int], title: str) -> Iterator[NDArray[np.uint8]]:
    """The frames of one episode, the last one with what became of it."""
    frames: list[Any] = []

    def watch(env: RobotEnv) -> None:
        frames.append((env.picture(size), _marks(env, size)))

    episode = play_job(env, job, watch)
    word, color = ("done", DONE) if episode.success else ("missed", MISSED)
    for k, (rgb, marks) in enumerate(frames):
        final = k == len(frames) - 1
        yield _drawn(
            rgb, marks, f"{env.name}  {title}  {k / env.robot_spec.control.hz:.1f} s", word if final else "", color
        )


def _marks(env: RobotEnv, size: tuple[int, int]) -> list[tuple[float, float, float]]:
    """Pixel and radius of each place that is wanted."""
    goal = np.asarray(env.task.goal, float)
    places = [np.append(goal, 0.05)] if len(goal) == 2 else list(goal.reshape(-1, 3))
    marks = []
    for place in places:
        x, y, depth = env.pixel_of(place, size)
        if depth > 0.05:
            view = env.film_lens()
            marks.append((float(x), float(y), env.robot_spec.task.threshold / float(depth) * view * size[0]))
    return marks


def _drawn(
    rgb: NDArray[np.uint8], marks: list[tuple[float, float, float]], text: str, word: str, color: tuple[int, int, int]
) -> NDArray[np.uint8]:
    image = Image.fromarray(rgb)
    draw = ImageDraw.Draw(image)
    line = max(2, round(image.width / 320))
    for x, y, radius in marks:
        r = min(max(radius, 3.0), image.width / 3)
        draw.ellipse([x - r, y - r, x + r, y + r], outline=color if word else MARK, width=line)
    font = _font(max(12, image.height // 28))
    _label(draw, (image.height // 40, image.height // 40), text, font, (255, 255, 255))
    if word:
        _label(draw, (image.height // 40, image.height // 40 + 2 * image.height // 28), word, font, color)
    return np.asarray(image)


def _label(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, font: Any, color: tuple[int, int, int]) -> None:
    box = draw.textbbox(at, text, font=font)
    draw.rectangle([box[0] - 4, box[1] - 3, box[2] + 4, box[3] + 3], fill=(18, 20, 24))
    draw.text(at, text, font=font, fill=color)


def _font(size: int) -> Any:
    return ImageFont.load_default(size)
