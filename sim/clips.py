"""Moving pictures as files: an asset on a turntable, the first seconds of a world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sim.assets.library import Library
from sim.errors import InputError, Problem
from sim.pose import Pose
from sim.progress import track
from sim.render.camera import Camera, camera_named
from sim.render.frame import Frame
from sim.render.scene import Scene
from sim.render.studio import studio_camera, studio_layout
from sim.render.video import VideoWriter
from sim.stills import FPS, open_renderer, picture_path
from sim.world.layout import Layout
from sim.world.world import World

LONGEST = 600.0  # s


def turntable(
    library: Library,
    name: str,
    seconds: float,
    size: tuple[int, int] = (1280, 720),
    quality: str = "preview",
    output: Path | None = None,
) -> Path:
    """A film of the camera going once around an asset in ``seconds``, in a loop without a seam."""
    n = _frame_count("--turntable", seconds)
    asset = library.asset(name, "render")
    layout = studio_layout(asset, library)
    path = output or library.root / "renders" / name / "turntable.mp4"
    cameras = [_circled(studio_camera(asset, size[0] / size[1]), 2 * np.pi * i / n) for i in range(n)]
    with World(layout) as world:
        state = world.read()
        renderer = open_renderer(Scene.of(layout, world.parts), quality)
        try:
            frames = (renderer.render(state, camera, size) for camera in cameras)
            return _film(path, size, frames, n)
        finally:
            renderer.close()


def moving(
    library: Library,
    name: str,
    seconds: float,
    camera: str | None = None,
    size: tuple[int, int] = (1280, 720),
    quality: str = "preview",
    output: Path | None = None,
) -> Path:
    """A film of a world's first ``seconds`` from one of its cameras."""
    n = _frame_count("--seconds", seconds)
    layout = Layout.load(name, library)
    view = camera_named(layout, camera, size[0] / size[1])
    path = output or picture_path(library, name, camera or next(iter(layout.cameras), "overview"), ".mp4")
    with World(layout) as world:
        renderer = open_renderer(Scene.of(layout, world.parts), quality)
        try:
            return _film(path, size, _stepped(layout, world, renderer, view, size, n), n)
        finally:
            renderer.close()


def _stepped(layout: Layout, world: World, renderer, view: Camera, size: tuple[int, int], n: int) -> Iterator[Frame]:
    for i in range(n):
        world.step(round((i * layout.step_hz) / FPS) - world.step_count)
        yield renderer.render(world.read(), view, size)


def _film(path: Path, size: tuple[int, int], frames: Iterator[Frame], n: int) -> Path:
    with VideoWriter(path, size, FPS) as film:
        for frame in track(frames, "filming", n):
            assert frame.rgb is not None
            film.write_frame(frame.rgb)
    return path


def _frame_count(option: str, seconds: float) -> int:
    if not 1 / FPS <= seconds <= LONGEST:
        lengths = f"{1 / FPS:.3f} to {LONGEST:g} s"
        raise InputError(Problem(option, "is no length for a film", lengths, f"{seconds:g} s"))
    return round(seconds * FPS)


def _circled(camera: Camera, angle: float) -> Camera:
    """The same camera after going ``angle`` rad around the studio's middle."""
    from dataclasses import replace

    return replace(camera, pose=Pose.of(rotate_deg=(0, 0, np.rad2deg(angle))) @ camera.pose)
