"""The film lab: frames are drawn, developed and encoded in pieces, side by side, none twice.

Owns the pieces: a piece is named by the hash of everything that is in its picture, so one that is there is right, a
run that was stopped goes on where it stopped, and a shot that did not change costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import pickle
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim import __version__
from sim.assets.library import Library
from sim.files import write_whole
from sim.progress import track
from sim.render.camera import Camera
from sim.render.frame import Frame
from sim.render.preview import preview
from sim.render.scene import Scene
from sim.render.video import VideoWriter
from sim.runners.film import picture
from sim.runners.film.references import Reference, Screens, sky_of
from sim.runners.film.spec import LookSpec
from sim.world.state import State
from sim.world.take import Take

PIECE = {"preview": 48, "final": 6}  # frames: what is lost when a run is stopped
METERED = (320, 180)  # px: of the picture a light meter looks at
ALONE = 30_000_000  # px in all: so little is drawn in this process
SPIN = 0.35  # rad a frame from which on the ends of a turn say nothing of the way between
CRF, PRESET = 18, "veryfast"
SHOWN = ("position", "orientation", "joint_position", "lit")


@dataclass(frozen=True, eq=False)
class Exposed:
    """One shot's share in a frame: a moment, the moment a frame before it, and who looks."""

    step: int
    step_before: int
    camera: Camera
    camera_before: Camera
    shutter: float
    weight: float = 1.0
    kind: str = "cut"
    label: str = ""
    frame: int = 0
    """Of the shot, from 0."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """Everything that is in one frame of the film."""

    layers: tuple[Exposed, ...]
    dim: float = 1.0
    words: str = ""


@dataclass(frozen=True, eq=False)
class Piece:
    """Frames of the film from `first` on, one after another."""

    first: int
    recipes: tuple[Recipe, ...]

    def __len__(self) -> int:
        return len(self.recipes)


@dataclass(frozen=True, eq=False)
class Bench:
    """What every worker of the lab needs; travels to other processes."""

    take: Path
    roots: tuple[Path, ...]
    references: tuple[Reference, ...]
    look: LookSpec
    size: tuple[int, int]
    fps: int
    quality: str
    cache: Path
    passes: tuple[str, ...] = ()
    passes_folder: Path | None = None
    shapes: Path | None = None
    """Changed meshes of the take, pickled: the take's own file holds none."""


class Lab:
    """Makes pieces of film from a take.

    A context manager: processes it started end with it.

    Args:
        bench: What every worker needs.
        take: The same take as the bench's file holds.
    """

    def __init__(self, bench: Bench, take: Take):
        self.bench, self.take = bench, take
        self._states: dict[int, str] = {}
        self._frames: dict[int, str] = {}
        self._common = hashlib.sha256(
            json.dumps(
                {
                    "version": [__version__, _code()],
                    "hashes": take.layout.hashes(),
                    "world": _world(take),
                    "references": [(one.sha256, one.spec.model_dump_json()) for one in bench.references],
                    "look": bench.look.model_dump_json(),
                    "size": bench.size,
                    "fps": bench.fps,
                    "quality": bench.quality,
                },
                sort_keys=True,
            ).encode()
        ).hexdigest()
        self._pool: ProcessPoolExecutor | None = None
        self._own: Worker | None = None
        self.drawn = 0

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        if self._pool is not None:
            workers = list((self._pool._processes or {}).values()) if kind is not None else []
            self._pool.shutdown(wait=not workers, cancel_futures=True)
            for worker in workers:
                worker.terminate()
        if self._own is not None:
            self._own.close()

    # -----------------------------------------------------------------------------------------------------------------
    # Names

    def key(self, piece: Piece) -> str:
        """The hash of everything that is in the picture of a piece."""
        said = [
            [self._layer(layer) for layer in recipe.layers] + [recipe.dim, recipe.words] for recipe in piece.recipes
        ]
        return hashlib.sha256((self._common + json.dumps(said)).encode()).hexdigest()

    def _layer(self, layer: Exposed) -> list[Any]:
        screens = layer.step if any(one.spec.medium == "video" for one in self.bench.references) else 0
        states = [self._state(layer.step), self._state(layer.step_before), screens]
        return [states, _lens(layer.camera), _lens(layer.camera_before), layer.shutter, layer.weight, layer.kind]

    def _state(self, step: int) -> str:
        """The hash of all that is seen at a step."""
        if step not in self._states:
            i, j, part = between(self.take, step)
            self._states[step] = f"{self._frame(i)} {self._frame(j)} {part:.9f}" if part else self._frame(i)
        return self._states[step]

    def _frame(self, i: int) -> str:
        if i not in self._frames:
            take, digest = self.take, hashlib.sha256()
            for name in SHOWN:
                digest.update(np.ascontiguousarray(take.arrays[name][i]).tobytes())
            for name in sorted(take.fields):
                digest.update(name.encode() + np.ascontiguousarray(take.fields[name][i]).tobytes())
            for part, mesh in sorted((take.shapes[i] if take.shapes else {}).items()):
                for primitive in mesh.primitives:
                    digest.update(part.encode() + np.ascontiguousarray(primitive.vertices).tobytes())
            self._frames[i] = digest.hexdigest()
        return self._frames[i]

    def path(self, piece: Piece) -> Path:
        """Where a piece is kept."""
        return self.bench.cache / f"{self.key(piece)}.mp4"

    def has(self, piece: Piece) -> bool:
        """Whether a piece is there."""
        path = self.path(piece)
        return path.is_file() and path.with_suffix(".json").is_file()

    def hashes(self, piece: Piece) -> list[str]:
        """sha256 of every frame of a piece, before it was encoded."""
        return json.loads(self.path(piece).with_suffix(".json").read_text("ascii"))["frames"]

    # -----------------------------------------------------------------------------------------------------------------
    # Work

    def exposures(self, looks: Sequence[Sequence[Exposed]]) -> list[float | None]:
        """For each shot, seen at some moments, the exposure value its light meter says; kept between runs."""
        keys = [
            hashlib.sha256((self._common + json.dumps([self._layer(one) for one in shot])).encode()).hexdigest()
            for shot in looks
        ]
        paths = [self.bench.cache / f"{key}.ev.json" for key in keys]
        todo = [i for i, path in enumerate(paths) if not path.is_file()]
        jobs = [(i, tuple(looks[i])) for i in todo]
        for i, value in self._do("_meter", jobs, len(jobs) * 3 * METERED[0] * METERED[1], "metering"):
            write_whole(paths[i], json.dumps(value).encode())
        return [json.loads(path.read_text("ascii")) for path in paths]

    def develop(self, pieces: Sequence[Piece]) -> None:
        """Makes all pieces that are not there."""
        todo = [piece for piece in pieces if not self.has(piece)]
        self.drawn += sum(len(piece) for piece in todo)
        jobs = [(self.path(piece), piece) for piece in sorted(todo, key=len, reverse=True)]
        pixels = sum(len(piece) for piece in todo) * self.bench.size[0] * self.bench.size[1]
        for _ in self._do("_develop", jobs, pixels, "filming"):
            pass

    def passes(self, pieces: Sequence[Piece]) -> None:
        """Writes all passes of all pieces as EXR files."""
        pixels = sum(len(piece) for piece in pieces) * self.bench.size[0] * self.bench.size[1]
        for _ in self._do("_passes", [(0, piece) for piece in pieces], pixels, "passes"):
            pass

    def _do(self, what: str, jobs: list[tuple[Any, Any]], pixels: int, title: str) -> Iterator[tuple[Any, Any]]:
        if not jobs:
            return
        if self._pool is None and (pixels <= ALONE or len(jobs) == 1 or self._own is not None):
            self._own = self._own or Worker(self.bench, self.take)
            for key, work in track(jobs, title):
                yield key, getattr(self._own, what)(key, work)
            return
        pool = self._pool = self._pool or self._hire()
        futures: dict[Future, Any] = {pool.submit(_work, what, key, work): key for key, work in jobs}
        for future in track(as_completed(futures), title, len(futures)):
            yield futures[future], future.result()

    def _hire(self) -> ProcessPoolExecutor:
        n = 1 if self.bench.quality == "final" else max(1, min(os.cpu_count() or 1, 4))
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(n, context, _begin, (self.bench, n > 1))


class Worker:
    """Draws frames; one a process.

    Args:
        bench: What it needs.
        take: What was recorded; from the bench's file when left out.
    """

    def __init__(self, bench: Bench, take: Take | None = None):
        self.bench = bench
        self.take = take or _load(bench)
        self._renderers: dict[str, tuple[Any, Screens]] = {}

    def close(self) -> None:
        """Frees the renderers."""
        for renderer, _ in self._renderers.values():
            renderer.close()
        self._renderers.clear()

    def _renderer(self, quality: str, shutter: float = 0.0) -> Any:
        name = f"{quality} {shutter}" if quality == "final" else quality
        if name not in self._renderers:
            scene = Scene.of(self.take.layout, self.take.parts)
            sky = sky_of(list(self.bench.references), self.take.layout)
            if quality == "final":
                from sim.render.pathtracer import PathTracer

                renderer: Any = PathTracer(scene, shutter=shutter, sky=sky)
            elif sky is not None:
                from sim.render.rasteriser import Rasteriser

                renderer = Rasteriser(scene, sky=sky)
            else:
                renderer = preview(scene)
            self._renderers[name] = renderer, Screens(list(self.bench.references))
        return self._renderers[name]

    def _see(self, layer: Exposed, passes: tuple[str, ...], size: tuple[int, int], quality: str) -> Frame:
        renderer, screens = self._renderer(quality, layer.shutter)
        state = self._state(layer.step)
        screens.show(renderer, state.time)
        return renderer.render(
            state,
            layer.camera,
            size,
            passes,
            previous=_unspun(self._state(layer.step_before), state),
            previous_camera=layer.camera_before,
        )

    def _state(self, step: int) -> State:
        i, j, part = between(self.take, step)
        state = self.take.state(i)
        return state.between(self.take.state(j), part) if part else state

    def _meter(self, _: Any, looks: tuple[Exposed, ...]) -> float | None:
        found = []
        for layer in looks:
            self._see(layer, ("rgb",), METERED, "preview")
            found.append(getattr(self._renderer("preview")[0], "ev100", None))
        values = [value for value in found if value is not None]
        return round(float(np.mean(values)), 4) if values else None

    def _develop(self, path: Path, piece: Piece) -> None:
        hashes = []
        with VideoWriter(path, self.bench.size, self.bench.fps, crf=CRF, preset=PRESET) as film:
            for recipe in piece.recipes:
                rgb = self.frame(recipe)
                hashes.append(hashlib.sha256(rgb.tobytes()).hexdigest())
                film.write_frame(rgb)
        write_whole(path.with_suffix(".json"), json.dumps({"frames": hashes}).encode())

    def frame(self, recipe: Recipe) -> picture.Picture:
        """One frame of the film ``(h, w, 3)`` uint8."""
        rgb = self._layer(recipe.layers[0])
        for layer in recipe.layers[1:]:
            rgb = picture.mixed(rgb, self._layer(layer), layer.weight, layer.kind)
        rgb = picture.dimmed(picture.graded(rgb, self.bench.look), recipe.dim)
        return picture.captioned(rgb, recipe.words) if recipe.words else rgb

    def _layer(self, layer: Exposed) -> picture.Picture:
        """What one shot has in a frame."""
        if self.bench.quality == "final":
            rgb = self._see(layer, ("rgb",), self.bench.size, "final").rgb
            assert rgb is not None
            return rgb
        wide = _is_wide(layer.camera, self.bench.size[0])
        passes = ("rgb", *(["depth"] if wide else []), *(["motion"] if layer.shutter > 0 else []))
        frame = self._see(layer, passes, self.bench.size, "preview")
        rgb = frame.rgb
        assert rgb is not None
        if frame.depth is not None:
            rgb = picture.lens_blur(rgb, frame.depth, layer.camera)
        if frame.motion is not None:
            rgb = picture.shutter_blur(rgb, frame.motion, layer.shutter)
        return rgb

    def _passes(self, _: Any, piece: Piece) -> None:
        from sim.render.exr import write_exr

        assert self.bench.passes_folder is not None
        for recipe in piece.recipes:
            for layer in recipe.layers:
                path = self.bench.passes_folder / layer.label / f"{layer.label}.{layer.frame:04d}.exr"
                if layer.frame >= 0:
                    frame = self._see(
                        replace(layer, shutter=0.0), ("rgb", *self.bench.passes), self.bench.size, "preview"
                    )
                    write_exr(path, frame)


def between(take: Take, step: int) -> tuple[int, int, float]:
    """Which two frames of a take a step lies between, and how far on the way; before and after the take its ends."""
    if step <= take.steps[0]:
        return 0, 0, 0.0
    i = int(np.searchsorted(take.steps, step, side="right")) - 1
    if take.steps[i] == step or i + 1 == len(take.steps):
        return i, i, 0.0
    return i, i + 1, float(step - take.steps[i]) / float(take.steps[i + 1] - take.steps[i])


def _load(bench: Bench) -> Take:
    take = Take.load(bench.take, Library(*bench.roots))
    if bench.shapes is not None:
        take = replace(take, shapes=pickle.loads(bench.shapes.read_bytes()))
    return take


def _unspun(before: State, now: State) -> State:
    """The state before, but what spins fast is turned as it is now: no straight smear is the blur of a wheel."""
    turn = 2 * np.arccos(np.clip(np.abs(np.sum(before.orientation * now.orientation, axis=1)), 0, 1))
    fast = turn > SPIN
    if not fast.any():
        return before
    return replace(before, orientation=np.where(fast[:, None], now.orientation, before.orientation))


def _is_wide(camera: Camera, width: int) -> bool:
    """Whether things far behind the focus are visibly soft."""
    far = picture.confusion(np.array([camera.far], np.float32), camera, width)
    return float(far[0]) / 2 > picture.UNSEEN


def _lens(camera: Camera) -> list[Any]:
    """All numbers of a camera."""
    place = [*camera.pose.position.tolist(), *camera.pose.orientation.tolist()]
    return [*place, camera.lens_mm, camera.sensor_mm, camera.aperture, camera.focus_m, camera.ev100]


def _world(take: Take) -> Any:
    """What is seen of a layout beside its assets: things, sky, lights."""
    said = take.layout.to_json()
    return {name: said[name] for name in ("sky", "air", "ground", "lights", "placements")}


@cache
def _code() -> str:
    """The hash of everything that draws."""
    root = Path(__file__).resolve().parents[2]
    files = [*sorted((root / "render").rglob("*")), root / "runners" / "film" / "picture.py", Path(__file__)]
    files += [root / "assets" / name for name in ("mesh.py", "meshfile.py", "asset.py", "spec.py", "substance.py")]
    digest = hashlib.sha256()
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.read_bytes())
    return digest.hexdigest()


_worker: Worker | None = None  # of this process


def _begin(bench: Bench, side_by_side: bool) -> None:
    """Starts a worker's process; what interrupts the film is for the one that hired it."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if side_by_side:
        os.environ["LP_NUM_THREADS"] = "1"  # Mesa: a processor a worker
    _worker = Worker(bench)


def _work(what: str, key: Any, work: Any) -> Any:
    assert _worker is not None
    return getattr(_worker, what)(key, work)
