"""A run's best moments as a film with sound: the run is played again, and filmed where it counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.pose import Pose
from sim.progress import track
from sim.render.camera import Camera
from sim.render.preview import preview
from sim.render.scene import Scene
from sim.render.video import VideoWriter
from sim.runners.game.game import Game
from sim.runners.game.inputs import Inputs
from sim.runners.game.players import TICK_HZ
from sim.runners.game.spec import VideoSpec
from sim.world.event import Event
from sim.world.take import Recorder, Take

WORTH = {"verdict": 100.0, "score": 10.0, "hurt": 8.0, "throw": 3.0, "pick_up": 3.0, "zone": 1.0}
LENS = {"walk": 24.0, "drive": 26.0, "push": 26.0, "fly": 24.0}  # mm
LEAD = 0.65  # part of a moment's film that comes before it
RATE = 48_000  # Hz


@dataclass
class Scenes:
    """What was recorded of one moment: the take, and the camera of every frame."""

    take: Take
    cameras: list[Camera]


def best_moments(events: Sequence[Event], ticks: int, spec: VideoSpec) -> list[tuple[int, int]]:
    """Spans of ticks that were worth most, in order, none overlapping.

    Args:
        events: Of the whole run.
        ticks: How many it had.
        spec: How much film.
    """
    span = min(round(spec.seconds / spec.moments * TICK_HZ), ticks)
    span -= span % (TICK_HZ // spec.fps if spec.fps in (30, 60) else 5)
    worth = np.zeros(ticks + 1)
    for event in events:
        value = WORTH.get(event.kind, 0.0)
        if event.kind == "contact":
            value = min(event.speed * event.impulse / 2000.0, 4.0)
        worth[min(int(event.time * TICK_HZ), ticks)] += value
    worth[ticks] += 0.1
    spans: list[tuple[int, int]] = []
    for at in np.argsort(-worth, kind="stable"):
        start = int(np.clip(round(at - LEAD * span), 0, max(ticks - span, 0)))
        if worth[at] > 0 and all(start >= b or start + span <= a for a, b in spans):
            spans.append((start, start + span))
        if len(spans) == spec.moments:
            break
    return sorted(spans)


def replay_moments(
    game: Game, inputs: Sequence[Sequence[Inputs]], saves: Sequence[int], spans: Sequence[tuple[int, int]], fps: int
) -> list[Scenes]:
    """Plays a run again and records it in spans of ticks."""
    player = next(iter(game.players))
    scenes: list[Scenes] = []
    begins, ends = {a for a, _ in spans}, {b for _, b in spans}
    recorder: Recorder | None = None
    cameras: list[Camera] = []

    def camera() -> Camera:
        pose = game.cameras[player].pose
        return Camera(pose, LENS[game.players[player].spec.control])

    for tick, row in track(enumerate(inputs), "playing again", len(inputs)):
        if recorder is not None and tick in ends:
            scenes.append(Scenes(recorder.take(), cameras))
            recorder = None
            game.stepper = game.world.step
        if recorder is None and tick in begins:
            recorder, cameras = Recorder(game.world, fps), [camera()]
            game.stepper = recorder.step
        if tick in saves:
            game.save()
        game.tick(row)
        if recorder is not None:
            cameras.append(camera())
    if recorder is not None:
        scenes.append(Scenes(recorder.take(), cameras))
    return scenes


def film(scenes: Sequence[Scenes], path: Path, size: tuple[int, int], fps: int, seed: int) -> Path:
    """Writes the film of recorded moments, one after another, with their sound."""
    first = scenes[0].take
    renderer = preview(Scene.of(first.layout, first.parts))
    try:
        with VideoWriter(path, size, fps, audio_rate=RATE) as video:
            for scene in scenes:
                views = _views(scene)
                n = len(scene.take) - 1
                for i in track(range(n), "filming", n):
                    frame = renderer.render(scene.take.state(i), views(i / fps), size)
                    assert frame.rgb is not None
                    video.write_frame(frame.rgb)
                video.write_audio(_sound(scene, views, n / fps, seed))
    finally:
        renderer.close()
    return path


def _views(scene: Scenes) -> Callable[[float], Camera]:
    """The camera at a time of the film; between ticks the way between the two."""
    span = scene.take.duration

    def at(time: float) -> Camera:
        place = min(max(time / span, 0.0), 1.0) * (len(scene.cameras) - 1)
        i = min(int(place), len(scene.cameras) - 2)
        a, b, f = scene.cameras[i], scene.cameras[i + 1], place - i
        turn = b.pose.orientation if a.pose.orientation @ b.pose.orientation > 0 else -b.pose.orientation
        pose = Pose(a.pose.position * (1 - f) + b.pose.position * f, a.pose.orientation * (1 - f) + turn * f)
        return Camera(pose, a.lens_mm)

    return at


def _sound(scene: Scenes, views: Callable[[float], Camera], seconds: float, seed: int) -> np.ndarray:
    from sim.sound import Cut, soundtrack

    start = float(scene.take.steps[0]) / scene.take.step_hz
    track_ = soundtrack(scene.take, [Cut(0.0, seconds, start, views)], rate=RATE, seed=seed)
    n = round(seconds * RATE)
    mix = np.zeros((n, 2), np.float32)
    mix[: min(n, len(track_.mix))] = track_.mix[:n]
    return mix
