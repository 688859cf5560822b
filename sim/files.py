"""How files are written: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sim.errors import InputError, Problem


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file beside its place, then renames it: what stands there is never half of something.

    Raises:
        InputError: The disk is full or may not be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be written: {error.strerror}")) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException as error:
        os.unlink(name)
        if isinstance(error, OSError):
            raise InputError(Problem(str(path), f"cannot be written: {error.strerror}")) from None
        raise
