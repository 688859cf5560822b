"""Point clouds as PCD (Point Cloud Library 0.7) and PLY 1.0 files, binary little-endian, and as npz.

Columns go by name: ``x``, ``y``, ``z`` and whatever else there is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, unknown_name
from sim.files import write_whole

_PCD = {"f": "F", "i": "I", "u": "U"}
_PLY = {
    "f4": "float",
    "f8": "double",
    "i1": "char",
    "i2": "short",
    "i4": "int",
    "u1": "uchar",
    "u2": "ushort",
    "u4": "uint",
}
_FROM_PLY = {name: code for code, name in _PLY.items()} | {
    "float32": "f4",
    "float64": "f8",
    "int32": "i4",
    "uint8": "u1",
}


def write_points(path: Path, columns: Mapping[str, NDArray]) -> None:
    """Writes a cloud, whole or not at all, in the format its ending names.

    Args:
        path: Ends in .pcd, .ply or .npz.
        columns: ``(n,)`` numbers by name, ``x``, ``y`` and ``z`` in m first.

    Raises:
        InputError: There is no such format.
    """
    table = _table(columns)
    suffix = path.suffix.lower()
    if suffix == ".npz":
        buffer = io.BytesIO()
        arrays: dict[str, Any] = dict(columns)
        np.savez_compressed(buffer, **arrays)
        write_whole(path, buffer.getvalue())
    elif suffix == ".pcd":
        write_whole(path, _pcd_head(table).encode() + table.tobytes())
    elif suffix == ".ply":
        write_whole(path, _ply_head(table).encode() + table.tobytes())
    else:
        raise unknown_name(str(path), "format of point clouds", suffix, [".npz", ".pcd", ".ply"])


def read_points(path: Path) -> dict[str, NDArray]:
    """The columns of a cloud in a file, by name.

    Raises:
        InputError: It is missing, truncated, or not what `write_points` writes.
    """
    suffix = path.suffix.lower()
    if suffix not in (".npz", ".pcd", ".ply"):
        raise unknown_name(str(path), "format of point clouds", suffix, [".npz", ".pcd", ".ply"])
    try:
        data = path.read_bytes()
        if suffix == ".npz":
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        return _read_pcd(data) if suffix == ".pcd" else _read_ply(data)
    except FileNotFoundError:
        raise InputError(Problem(str(path), "does not exist")) from None
    except Exception as error:  # numpy and zipfile raise many kinds for a broken file
        raise InputError(Problem(str(path), "is no whole point cloud", got=str(error)[:80])) from None


def _table(columns: Mapping[str, NDArray]) -> NDArray:
    """The columns as one structured array, little-endian; 64-bit integers, which PLY lacks, as 32."""
    kinds = []
    for name, values in columns.items():
        code = np.asarray(values).dtype.str[1:]
        kinds.append((name, "<" + {"i8": "i4", "u8": "u4", "b1": "u1"}.get(code, code)))
    table = np.empty(len(next(iter(columns.values()))), kinds)
    for name, values in columns.items():
        table[name] = values
    return table


def _pcd_head(table: NDArray) -> str:
    fields = [(name, table.dtype[name]) for name in table.dtype.names or ()]
    return "\n".join(
        [
            "# .PCD v0.7 - Point Cloud Data file format",
            "VERSION 0.7",
            "FIELDS " + " ".join(name for name, _ in fields),
            "SIZE " + " ".join(str(kind.itemsize) for _, kind in fields),
            "TYPE " + " ".join(_PCD[kind.kind] for _, kind in fields),
            "COUNT " + " ".join("1" for _ in fields),
            f"WIDTH {len(table)}",
            "HEIGHT 1",
            "VIEWPOINT 0 0 0 1 0 0 0",
            f"POINTS {len(table)}",
            "DATA binary\n",
        ]
    )


def _ply_head(table: NDArray) -> str:
    lines = [f"property {_PLY[table.dtype[name].str[1:]]} {name}" for name in table.dtype.names or ()]
    return "\n".join(["ply", "format binary_little_endian 1.0", f"element vertex {len(table)}", *lines, "end_header\n"])


def _read_pcd(data: bytes) -> dict[str, NDArray]:
    end = data.index(b"DATA binary\n") + len(b"DATA binary\n")
    head = dict(line.split(" ", 1) for line in data[:end].decode().splitlines() if not line.startswith("#"))
    codes = {code: kind for kind, code in _PCD.items()}
    kinds = [
        (name, f"<{codes[kind]}{size}")
        for name, size, kind in zip(*(head[key].split() for key in ("FIELDS", "SIZE", "TYPE")), strict=True)
    ]
    return _columns(data[end:], kinds, int(head["POINTS"]))


def _read_ply(data: bytes) -> dict[str, NDArray]:
    end = data.index(b"end_header\n") + len(b"end_header\n")
    head = data[:end].decode()
    if "format binary_little_endian" not in head:
        raise ValueError("not binary_little_endian")
    kinds = [(name, "<" + _FROM_PLY[kind]) for kind, name in re.findall(r"^property (\w+) (\w+)$", head, re.M)]
    found = re.search(r"^element vertex (\d+)$", head, re.M)
    if found is None:
        raise ValueError("no vertices")
    return _columns(data[end:], kinds, int(found[1]))


def _columns(data: bytes, kinds: list[tuple[str, str]], n: int) -> dict[str, NDArray]:
    table = np.frombuffer(data, np.dtype(kinds), n)
    return {name: table[name].copy() for name in table.dtype.names or ()}
