"""Pictures, videos and sounds from outside: found, looked through, and ready when a frame needs them.

Owns what a storyboard's ``references`` become. Each is named in the report by its hash and what it set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from sim.errors import InputError, Problem
from sim.render.light import Sky
from sim.render.video import read_audio, read_frames
from sim.runners.film.spec import ReferenceSpec
from sim.world.layout import Layout

MOST = 2048  # px a side that a picture on a thing keeps
MOST_PIXELS = 1 << 28
PANORAMA = 1024  # px wide that a sky keeps


@dataclass(frozen=True)
class Reference:
    """One file that the film uses."""

    spec: ReferenceSpec
    path: Path
    sha256: str

    @property
    def sets(self) -> str:
        """What it sets, in words."""
        if self.spec.medium == "sound":
            return f"{self.spec.role} from {self.spec.at:g} s"
        return "the sky" if self.spec.sky else f"the {self.spec.medium} on {self.spec.on}"

    def entry(self) -> dict[str, Any]:
        """What the report says of it."""
        return {"file": self.spec.file, "sha256": self.sha256, "sets": self.sets}


def find(references: tuple[ReferenceSpec, ...], folders: list[Path], layout: Layout, where: str) -> list[Reference]:
    """All references of a storyboard, looked through.

    Args:
        references: What the storyboard says.
        folders: Where files may be: beside the storyboard, and in the project.
        layout: Whose things show pictures.
        where: The storyboard, for errors.

    Raises:
        InputError: With every file that is missing, outside the project, empty, broken or of another kind, and every
            thing that is not there.
    """
    found: list[Reference] = []
    problems: list[Problem] = []
    for i, spec in enumerate(references):
        place = f"{where}: references.{i}"
        try:
            path = _path(spec.file, folders, f"{place}.{spec.medium}")
            _look_through(spec, path, f"{place}.{spec.medium}")
            if spec.on is not None:
                layout.placement(spec.on.partition("/")[0] if not _is_placed(layout, spec.on) else spec.on)
            found.append(Reference(spec, path, hashlib.sha256(path.read_bytes()).hexdigest()))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)
    return found


def _is_placed(layout: Layout, name: str) -> bool:
    return any(p.name == name for p in layout.placements)


def _path(file: str, folders: list[Path], where: str) -> Path:
    for folder in folders:
        path = (folder / file).resolve()
        if path.is_file():
            if not any(path.is_relative_to(root.resolve()) for root in folders):
                raise InputError(Problem(where, "is outside the project", "a file beside the storyboard", file))
            return path
    raise InputError(Problem(where, "does not exist", f"a file in {folders[0]}", file))


def _look_through(spec: ReferenceSpec, path: Path, where: str) -> None:
    """Refuses what is empty, broken or of another kind than it is said to be."""
    if path.stat().st_size == 0:
        raise InputError(Problem(where, "is empty", got=spec.file))
    try:
        if spec.medium == "picture":
            open_picture(path)
        elif spec.medium == "video":
            if next(read_frames(path), None) is None:
                raise InputError(Problem(str(path), "has no frame"))
        elif not len(read_audio(path)[0]):
            raise InputError(Problem(str(path), "has no sound in it"))
    except InputError as error:
        what = error.problems[0]
        raise InputError(Problem(where, what.what, what.expected, what.got or spec.file, what.hint)) from None
    except (OSError, ValueError) as error:
        raise InputError(Problem(where, f"cannot be read as a {spec.medium}", got=str(error)[:80])) from None


def open_picture(path: Path, most: int = MOST) -> NDArray[np.uint8]:
    """A picture file ``(h, w, 3)`` uint8, sRGB, no side longer than ``most`` px.

    Raises:
        InputError: It is no picture, or is broken.
    """
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise InputError(Problem(str(path), "is too large", "268 million pixels at most"))
                picture.draft("RGB", (most, most))
                rgb = picture.convert("RGB")
                rgb.thumbnail((most, most), Image.Resampling.LANCZOS)
                return np.asarray(rgb)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(Problem(str(path), "cannot be read as a picture", got=str(error)[:80])) from None


def sky_of(references: list[Reference], layout: Layout) -> Sky | None:
    """The sky that a panorama sets, as bright as the world's own; None when none does."""
    path = next((one.path for one in references if one.spec.sky), None)
    if path is None:
        return None
    linear = (open_picture(path, PANORAMA) / 255.0) ** 2.2
    lux = layout.sky.illuminance or Sky.of(layout.sky, (0.2, 0.2, 0.2)).level_lux
    return Sky.of_panorama(linear, lux)


class Screens:
    """Shows pictures and videos on things of a scene.

    Args:
        references: Those of the storyboard.
    """

    def __init__(self, references: list[Reference]):
        self._references = [one for one in references if one.spec.on is not None]
        self._players = {i: Player(one) for i, one in enumerate(self._references) if one.spec.medium == "video"}
        self._shown: dict[int, int] = {}

    def show(self, renderer: Any, time: float) -> None:
        """Puts on every screen what it shows at a time of the world."""
        for i, one in enumerate(self._references):
            index = self._players[i].index(time) if i in self._players else 0
            if index is None or self._shown.get(i) == index:
                continue
            picture = self._players[i].frame(index) if i in self._players else open_picture(one.path)
            renderer.show(one.spec.on, picture)
            self._shown[i] = index

    def indices(self, time: float) -> list[int | None]:
        """Which frame of each video is due at a time."""
        return [player.index(time) for player in self._players.values()]


class Player:
    """A video whose every frame comes when it is due, also one whose frames are not evenly spaced."""

    def __init__(self, reference: Reference):
        self._spec, self._path = reference.spec, reference.path
        self._times = np.array([time for time, _ in read_frames(self._path)])
        self._frames: Iterator[tuple[float, NDArray[np.uint8]]] = iter(())
        self._next, self._last = 0, np.empty((0, 0, 3), np.uint8)

    def index(self, time: float) -> int | None:
        """Which frame is due at a time of the world, s; None before the first."""
        since = time - self._spec.at
        if since < -1e-9:
            return None
        times = self._times
        if self._spec.loop:
            step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
            since = since % (float(times[-1] - times[0]) + step)
        return int(np.clip(np.searchsorted(times - times[0], since + 1e-6, side="right") - 1, 0, len(times) - 1))

    def frame(self, index: int) -> NDArray[np.uint8]:
        """One of its frames ``(h, w, 3)``."""
        if index < self._next - 1 or self._next == 0:
            self._frames, self._next = read_frames(self._path), 0
        while self._next <= index:
            self._last, self._next = next(self._frames)[1], self._next + 1
        if max(self._last.shape[:2]) > MOST:
            picture = Image.fromarray(self._last)
            picture.thumbnail((MOST, MOST))
            return np.asarray(picture)
        return self._last
