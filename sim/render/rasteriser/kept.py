"""Coarser versions of primitives, kept on disk between runs, since making them takes longer than reading them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.assets.asset import cache_folder, keep
from sim.assets.mesh import Primitive
from sim.render.rasteriser.simplify import Coarse, coarser

VERSION = 2  # of what `coarser` does
LARGE = 600  # triangles from which keeping pays
_COLUMNS = ("vertices", "faces", "normals", "uv", "color")


def kept_levels(p: Primitive, part_area: float) -> list[Coarse]:
    """What `coarser` makes of a primitive of a part of ``part_area`` m²."""
    if len(p.faces) < LARGE:
        return coarser(p, part_area)
    path = _path(p, part_area)
    try:
        with np.load(path) as file:
            return [
                Coarse(float(cell), replace(p, **{name: file[f"{name}{i}"] for name in _columns(p)}))
                for i, cell in enumerate(file["cells"])
            ]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass  # not there, or not whole: made again
    levels = coarser(p, part_area)
    buffer = io.BytesIO()
    arrays = {f"{name}{i}": getattr(level.primitive, name) for i, level in enumerate(levels) for name in _columns(p)}
    np.savez(buffer, cells=np.array([level.cell for level in levels]), **arrays)
    keep(path, buffer.getvalue())
    return levels


def _columns(p: Primitive) -> list[str]:
    return [name for name in _COLUMNS if getattr(p, name) is not None]


def _path(p: Primitive, part_area: float) -> Path:
    digest = hashlib.sha256(f"{VERSION} {p.material.alpha_mode} {part_area:.5g}".encode())
    for name in _columns(p):
        digest.update(name.encode() + np.ascontiguousarray(getattr(p, name)).tobytes())
    key = digest.hexdigest()
    return cache_folder().parent / "levels" / key[:2] / f"{key[2:]}.npz"
