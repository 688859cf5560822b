"""The door to PyBullet: the module itself, quiet, and a place for files that live a moment.

Only who builds, steps or draws a world asks here.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any


def bullet() -> Any:
    """PyBullet, imported when a world is built: it takes longer to import than most commands take to run."""
    with silenced():
        import pybullet
    return pybullet


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Keeps what PyBullet's C++ prints (its build time, notes on URDFs) off the terminal."""
    saved = [os.dup(1), os.dup(2)]
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 1)
        os.dup2(null.fileno(), 2)
        try:
            yield
        finally:
            for i, old in enumerate(saved, 1):
                os.dup2(old, i)
                os.close(old)


@cache
def scratch() -> str:
    """A folder for files that live a moment: in memory where there is such a folder."""
    shm = Path("/dev/shm")
    return str(shm) if shm.is_dir() and os.access(shm, os.W_OK) else tempfile.gettempdir()
