"""Runs a folder's `model.py` and writes the meshes it describes beside it.

`model.py` defines ``model()``, which returns one `Mesh` (written as the `mesh` of `asset.yaml`) or a dict of file
names with a `Mesh` or a text each. Model scripts are code: they run only when asked for by name.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from sim.assets.mesh import Mesh
from sim.assets.meshfile import write_glb
from sim.assets.spec import AssetSpec
from sim.errors import InputError, Problem
from sim.schema import read_spec


def build(folder: Path) -> list[Path]:
    """The files written by a folder's `model.py`; the same script gives the same bytes.

    Raises:
        InputError: The folder has no `model.py`, or `model()` returns something else than meshes and texts.
    """
    made = _model(folder / "model.py")
    if isinstance(made, Mesh):
        made = {_mesh_name(folder): made}
    if not isinstance(made, dict) or not all(isinstance(content, (Mesh, str)) for content in made.values()):
        raise InputError(
            Problem(
                str(folder / "model.py"),
                "model() returned the wrong thing",
                "a Mesh, or file names with a Mesh or text each",
                type(made).__name__,
            )
        )
    return [_write(folder / name, content) for name, content in made.items()]


def _model(script: Path) -> object:
    if not script.is_file():
        raise InputError(
            Problem(str(script), "does not exist", hint="a folder is built from a model.py that defines model()")
        )
    spec = importlib.util.spec_from_file_location(f"prophouse_model_{script.parent.name}", script)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    if not callable(getattr(module, "model", None)):
        raise InputError(Problem(str(script), "defines no model()"))
    return module.model()


def _mesh_name(folder: Path) -> str:
    path = folder / "asset.yaml"
    mesh = read_spec(path, AssetSpec).mesh if path.is_file() else f"{folder.name}.glb"
    if mesh is None or "/" in mesh or not mesh.endswith(".glb"):
        raise InputError(
            Problem(f"{path}: mesh", "is nothing that can be built", "a .glb in the same folder", str(mesh))
        )
    return mesh


def _write(path: Path, content: Mesh | str) -> Path:
    temporary = path.with_name(f".{path.stem}.tmp{path.suffix}")
    try:
        if isinstance(content, Mesh):
            write_glb(content, temporary)
        else:
            temporary.write_text(content, "utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


if __name__ == "__main__":
    for name in sys.argv[1:]:
        for file in build(Path(name)):
            print(f"{file}  {file.stat().st_size / 1000:.0f} kB")
