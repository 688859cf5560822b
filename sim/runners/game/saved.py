"""Saved games as bytes: whole, of this version, unedited, or refused in one line.

They hold the engine's own checkpoint and plain values. Reading one builds nothing but this project's records, arrays
and Python's containers, whatever the bytes ask for.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zlib
from typing import Any

from sim import __version__
from sim.errors import InputError, Problem

MAGIC = b"prophouse game/1\n"
LARGEST = 512 * 1024 * 1024  # bytes unpacked
_NUMPY = {
    ("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct"), ("numpy", "bool_"),
    ("numpy._core.multiarray", "_reconstruct"), ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"), ("numpy._core.numeric", "_frombuffer"), ("numpy.core.numeric", "_frombuffer"),
}  # fmt: skip
_BUILTINS = {"set", "frozenset", "tuple", "list", "dict", "bytearray"}
_RECORDS = ("sim.actors.", "sim.physics.", "sim.world.", "sim.runners.game.", "sim.pose")


class _Reader(pickle.Unpickler):
    """Builds records and arrays, and nothing that acts."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _NUMPY or (module == "builtins" and name in _BUILTINS):
            return super().find_class(module, name)
        if module.startswith(_RECORDS):
            found = super().find_class(module, name)
            if isinstance(found, type) and (hasattr(found, "__dataclass_fields__") or found.__name__ in _PLAIN):
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")


_PLAIN = {"SpeedProfile", "Path", "Controls"}


def pack(head: dict[str, str], content: Any) -> bytes:
    """A saved game of a level that ``head`` describes."""
    about = json.dumps(head | {"prophouse": __version__}, sort_keys=True).encode()
    body = zlib.compress(pickle.dumps(content, protocol=5), 3)
    return MAGIC + hashlib.sha256(about + body).hexdigest().encode() + b"\n" + about + b"\n" + body


def unpack(head: dict[str, str], data: bytes) -> Any:
    """What a saved game holds.

    Raises:
        InputError: It is none, truncated or edited, or of another level or version.
    """
    magic, _, rest = data.partition(b"\n")
    digest, _, rest = rest.partition(b"\n")
    about, _, body = rest.partition(b"\n")
    if magic + b"\n" != MAGIC:
        raise InputError(Problem("saved game", "is none", MAGIC.decode().strip(), repr(magic[:40])))
    if hashlib.sha256(about + body).hexdigest().encode() != digest:
        raise InputError(Problem("saved game", "is truncated or was edited"))
    wanted = head | {"prophouse": __version__}
    found = json.loads(about)
    for name, value in wanted.items():
        if found.get(name) != value:
            what = {"level": "another level, or another state of its files", "world": "another world"}
            raise InputError(
                Problem(
                    "saved game",
                    f"is of {what.get(name, 'another version')}",
                    f"{name} {value}"[:40],
                    str(found.get(name))[:40],
                )
            )
    try:
        plain = zlib.decompressobj().decompress(body, LARGEST)
        return _Reader(io.BytesIO(plain)).load()
    except (zlib.error, pickle.UnpicklingError, EOFError, ImportError, AttributeError, IndexError, TypeError) as error:
        raise InputError(Problem("saved game", "cannot be read", got=str(error)[:60])) from None
