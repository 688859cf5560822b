"""A project folder: its own assets and worlds beside the ones shipped, and what editors need to help write them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from sim.assets.spec import AssetSpec
from sim.assets.substance import SubstanceSpec
from sim.cost import RatesSpec
from sim.errors import InputError, Problem
from sim.files import write_whole
from sim.runners import available, runner
from sim.schema import Spec, json_schema
from sim.world.spec import WorldSpec

FIRST_WORLD = """\
# yaml-language-server: $schema=../../.schemas/world.json
schema: world/1
about: a first world
ground: {substance: concrete}
objects:
  tower: {asset: crate, at: [0, 0, 0], grid: {count: [2, 2, 3], step: [0.61, 0.41, 0.4]}}
  ball: {asset: football, at: [-3, 0.2, 0.5], velocity: [9, 0, 2]}
cameras:
  main: {at: [-3, -4, 1.6], look_at: [0, 0, 0.5], lens_mm: 35}
"""


def file_kinds() -> dict[str, type[Spec]]:
    """The spec class of every kind of file a person writes."""
    kinds: dict[str, type[Spec]] = {
        "asset": AssetSpec,
        "substance": SubstanceSpec,
        "world": WorldSpec,
        "rates": RatesSpec,
    }
    return kinds | {kind: runner(kind, "schema").Spec for kind in available()}


def write_schemas(root: Path) -> list[Path]:
    """Writes the JSON Schema of every file kind to ``.schemas/``, where the first line of each YAML points editors."""
    paths = []
    for name, spec in file_kinds().items():
        path = root / ".schemas" / f"{name}.json"
        write_whole(path, (json.dumps(json_schema(spec), indent=1) + "\n").encode())
        paths.append(path)
    return paths


def begin(folder: Path) -> list[Path]:
    """Makes a project folder with a first world in it.

    Raises:
        InputError: The folder exists and is not empty, or cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(Problem(str(folder), "exists and is not empty", hint="name a new folder"))
    new = not folder.exists()
    try:
        (folder / "assets" / "substances").mkdir(parents=True)
        world = folder / "worlds" / "first" / "world.yaml"
        write_whole(world, FIRST_WORLD.encode())
        ignore = folder / ".gitignore"
        write_whole(ignore, b"renders/\n.schemas/\n")
        return [world, ignore, *write_schemas(folder)]
    except BaseException as error:
        _empty(folder, new)
        if isinstance(error, OSError):
            raise InputError(Problem(str(folder), f"cannot be made: {error.strerror}")) from None
        raise


def _empty(folder: Path, too: bool) -> None:
    """Takes away what a folder holds, and the folder too."""
    if too:
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.is_dir():
        for child in folder.iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()
