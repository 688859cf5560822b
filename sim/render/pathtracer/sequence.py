"""Many final frames: side by side on all cores, each written when it is done, none made twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem
from sim.render.camera import Camera, check_size
from sim.render.scene import Scene
from sim.render.video import PictureSequence
from sim.world.state import State

_tracer: Any = None  # of this worker


def render_sequence(
    scene: Scene,
    states: Sequence[State | None],
    cameras: Camera | Sequence[Camera],
    size: tuple[int, int],
    folder: Path,
    workers: int | None = None,
    **options: Any,
) -> PictureSequence:
    """Renders frames that are not there yet as ``frame_0001.png``, ``frame_0002.png``, … into a folder.

    A run that was stopped is taken up where it stopped. With a shutter, frame ``i`` is blurred from frame ``i − 1`` on.

    Args:
        scene: What there is to draw.
        states: One a frame.
        cameras: One for all frames, or one a frame.
        size: Width and height, px.
        folder: Where the pictures go.
        workers: Processes; as many as there are cores when left out.
        options: Those of `PathTracer`.

    Raises:
        InputError: The extra ``final`` is not installed; cameras and states do not match.
    """
    from sim.render.pathtracer.library import mitsuba

    mitsuba()
    check_size(*size)
    eyes = [cameras] * len(states) if isinstance(cameras, Camera) else list(cameras)
    if len(eyes) != len(states):
        raise InputError(Problem("render", "cameras do not match frames", f"{len(states)}", f"{len(eyes)}"))
    pictures = PictureSequence(Path(folder))
    todo = pictures.missing(len(states))
    cores = _cores()
    n = max(1, min(workers or cores, len(todo)))
    before = [(None, None), *zip(states, eyes, strict=True)]
    jobs = [(i, states[i], eyes[i], size, *before[i], pictures) for i in todo]
    with _progress(len(states), len(states) - len(todo)) as advance:
        if n == 1:
            _start(scene, options, cores)
            for job in jobs:
                _render(job)
                advance()
        elif jobs:
            _in_processes(jobs, scene, options, n, max(1, cores // n), advance)
    return pictures


def _in_processes(jobs: list[Any], scene: Scene, options: dict[str, Any], n: int, threads: int, advance: Any) -> None:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(n, context, _start, (scene, options, threads, True))
    try:
        for done in as_completed([pool.submit(_render, job) for job in jobs]):
            done.result()
            advance()
    except BaseException:
        workers = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in workers:  # a frame may take minutes: whoever asks to stop means now
            process.terminate()
        raise
    pool.shutdown()


def _start(scene: Scene, options: dict[str, Any], threads: int, worker: bool = False) -> None:
    """Builds this process's tracer."""
    global _tracer
    if worker:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.environ["OIDN_NUM_THREADS"] = str(threads)
    from sim.render.pathtracer.library import set_threads
    from sim.render.pathtracer.tracer import PathTracer

    set_threads(threads)
    _tracer = PathTracer(scene, **options)


def _render(job: tuple[Any, ...]) -> int:
    i, state, camera, size, previous, previous_camera, pictures = job
    frame = _tracer.render(state, camera, size, ("rgb",), previous, previous_camera)
    pictures.write(i, frame.rgb)
    return i


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _progress:
    """A bar with the time left on stderr; silent when nobody watches."""

    def __init__(self, total: int, done: int):
        self._total, self._done = total, done
        self._bar: Any = None

    def __enter__(self) -> Any:
        if not sys.stderr.isatty() or self._done == self._total:
            return lambda: None
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("final frames"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._bar = Progress(*columns, console=Console(stderr=True))
        self._bar.start()
        task = self._bar.add_task("frames", total=self._total, completed=self._done)
        return lambda: self._bar.advance(task)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
