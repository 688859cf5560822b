"""The formats that others read and write, one module a format.

A module that `prophouse export` may call is in `EXPORTS` and has

| name     | is                                                                                           |
|----------|----------------------------------------------------------------------------------------------|
| `SUFFIX` | of the file it writes, ``.glb``                                                               |
| `export` | ``export(library, name, path) -> Path``: writes an asset, a world or a world@variant, whole     |

and says with an `InputError` what the format cannot hold.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from sim.assets.library import Library
from sim.errors import unknown_name

EXPORTS = {  # format: its module
    "gltf": "sim.exchange.gltf",
    "mjcf": "sim.exchange.mjcf",
}


def exporter(name: str) -> ModuleType:
    """The module that writes a format.

    Raises:
        InputError: No format has that name.
    """
    if name not in EXPORTS:
        raise unknown_name("--to", "format", name, EXPORTS)
    return import_module(EXPORTS[name])


def export(library: Library, name: str, to: str, output: Path | None = None) -> Path:
    """Writes an asset, a world or a world@variant in a format others read.

    Args:
        library: Where it is found.
        name: What is written.
        to: One of `EXPORTS`.
        output: Where to; ``renders/<name>/<name>.<suffix>`` when left out.

    Raises:
        InputError: No such thing or format, or the format cannot hold it.
    """
    module = exporter(to)
    world = name.partition("@")[0]
    if world not in library.worlds() and name not in library.assets():
        raise unknown_name("export", "asset or world", name, [*library.assets(), *library.worlds()])
    return module.export(library, name, output or library.root / "renders" / world / f"{name}{module.SUFFIX}")
