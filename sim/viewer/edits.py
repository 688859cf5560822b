"""What is changed in the page: start poses and substances, tried at once, written back to the YAML when asked.

Every change is a change of a file's text. It is made in a copy of the file in a folder of its own, which comes before
all others when the world is loaded again; writing back copies the texts to where they came from, comments and all.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.assets.library import Library
from sim.errors import InputError, Problem, unknown_name
from sim.files import write_whole
from sim.schema import edit_yaml, read_spec, read_yaml
from sim.world.layout import Layout
from sim.world.spec import WorldSpec

SUBSTANCE_FIELDS = (
    "density",
    "surface.static_friction",
    "surface.dynamic_friction",
    "surface.rolling_friction",
    "surface.restitution",
)


class Edits:
    """Changed texts of one world's files.

    Args:
        library: Where the world is.
        name: The world, or world@variant.
    """

    def __init__(self, library: Library, name: str):
        self.library, self.name = library, name
        self.path = library.world(name.partition("@")[0]) / "world.yaml"
        self._spec = read_spec(self.path, WorldSpec)
        self._texts: dict[Path, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="prophouse-edits-")

    def close(self) -> None:
        """Forgets everything."""
        self._folder.cleanup()

    @property
    def changed(self) -> list[str]:
        """The files that are no longer as they were read."""
        return sorted(path.name if path != self.path else f"{path.parent.name}/{path.name}" for path in self._texts)

    def owner(self, name: str) -> tuple[str | None, str]:
        """The key under ``objects:`` that places a thing, and what moving it means; or None and why it cannot be."""
        if name in self._spec.objects:
            return name, "this thing"
        key, _, number = name.rpartition("_")
        thing = self._spec.objects.get(key)
        if thing and number.isdigit():
            if thing.scatter:
                return None, f"is one of many that {key}.scatter strews"
            return key, f"all copies of {key}"
        if "/" in name:
            include = self._spec.include.get(name.partition("/")[0])
            if include:
                return None, f"belongs to the world {include.world}"
        return None, "is not placed by the world's file"

    def move(self, name: str, at: list[float], rotate_deg: list[float]) -> None:
        """Puts a thing somewhere at the start.

        Args:
            name: A placement; of a grid, all its copies move with it.
            at: ``(3,)`` m, where this thing is to be.
            rotate_deg: Roll, pitch and yaw.

        Raises:
            InputError: The world's file does not place it, or the place is none.
        """
        key, why = self.owner(name)
        if key is None:
            raise InputError(Problem(f"view: {name}", why, hint="open that world to move it"))
        with self.tried():
            self._move(key, name, at, rotate_deg)
            self.layout()

    def _move(self, key: str, name: str, at: list[float], rotate_deg: list[float]) -> None:
        now = self.layout().placement(name).pose.position
        first = self._value(self.path, ["objects", key, "at"]) or [0.0, 0.0, 0.0]
        place = [round(float(f + a - n), 5) for f, a, n in zip(first, at, now, strict=True)]
        self._edit(self.path, ["objects", key, "at"], place)
        level = abs(rotate_deg[0]) < 1e-3 and abs(rotate_deg[1]) < 1e-3
        turn = [round(float(angle), 3) for angle in rotate_deg]
        self._edit(self.path, ["objects", key, "rotate_deg" if level else "yaw_deg"], None)
        if not level:
            self._edit(self.path, ["objects", key, "rotate_deg"], turn)
        elif turn[2] or self._value(self.path, ["objects", key, "yaw_deg"]) is not None:
            self._edit(self.path, ["objects", key, "yaw_deg"], turn[2])

    def substance(self, name: str, field: str, value: float) -> None:
        """Changes a number of a substance.

        Raises:
            InputError: There is no such substance or field, or the file does not take the value.
        """
        if name not in self.library.substances:
            raise unknown_name("view", "substance", name, self.library.substances)
        if field not in SUBSTANCE_FIELDS:
            raise unknown_name(f"view: {name}", "field", field, SUBSTANCE_FIELDS)
        path = self.library.substances.path(name)
        with self.tried():
            self._edit(path, field.split("."), value)
            self.layout().library.substances[name]

    def substances(self, layout: Layout) -> dict[str, dict[str, float | None]]:
        """What can be changed of the substances that a layout uses."""
        names = {p.asset.spec.substance for p in layout.placements}
        if layout.ground:
            names.add(layout.ground.substance)
        return {name: self._numbers(layout, name) for name in sorted(names)}

    @staticmethod
    def _numbers(layout: Layout, name: str) -> dict[str, float | None]:
        spec = layout.library.substances[name]
        return {f: getattr(spec.surface if "." in f else spec, f.rpartition(".")[2]) for f in SUBSTANCE_FIELDS}

    def layout(self) -> Layout:
        """The world as changed.

        Raises:
            InputError: What was changed does not make a world.
        """
        if not self._texts:
            return Layout.load(self.name, self.library)
        root = Path(self._folder.name)
        for path, text in self._texts.items():
            write_whole(root / self._inner(path), text.encode())
        return Layout.load(self.name, Library(root, *self.library.roots))

    def write(self) -> list[Path]:
        """Writes the changed files where they came from.

        Raises:
            InputError: A file is not the project's own; nothing is written then.
        """
        foreign = [path for path in self._texts if not path.is_relative_to(self.library.root)]
        if foreign:
            raise InputError(
                *[
                    Problem(str(path), "is shipped with Prop House and is not written", hint=_copy(self._inner(path)))
                    for path in foreign
                ]
            )
        written = sorted(self._texts)
        for path in written:
            write_whole(path, self._texts[path].encode())
        self._texts.clear()
        self._spec = read_spec(self.path, WorldSpec)
        return written

    def forget(self) -> None:
        """Takes every change back."""
        for path in self._texts:
            (Path(self._folder.name) / self._inner(path)).unlink(missing_ok=True)
        self._texts.clear()

    def _inner(self, path: Path) -> Path:
        """Where a file stands in a project."""
        if path == self.path:
            return Path("worlds", path.parent.name, path.name)
        return Path("assets", "substances", path.name)

    def _text(self, path: Path) -> str:
        return self._texts.get(path) or path.read_text("utf-8")

    def _value(self, path: Path, keys: list[str]) -> Any:
        value: Any = read_yaml(path, self._text(path))
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _edit(self, path: Path, keys: list[str], value: Any) -> None:
        self._texts[path] = edit_yaml(self._text(path), keys, value)

    @contextlib.contextmanager
    def tried(self) -> Iterator[None]:
        """Takes back what is changed inside when it comes to an error."""
        before = dict(self._texts)
        try:
            yield
        except BaseException:
            self.forget()
            self._texts = before
            raise


def _copy(inner: Path) -> str:
    return f"copy it to {inner} in your project first"
