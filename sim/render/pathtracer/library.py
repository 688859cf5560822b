"""The door to mitsuba and to Open Image Denoise (extra ``final``)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import missing_extra

VARIANT = "scalar_rgb"
WHERE = "quality final"


@cache
def mitsuba() -> Any:
    """The library, its variant chosen.

    Raises:
        InputError: The extra ``final`` is not installed.
    """
    try:
        import mitsuba as mi
    except ImportError:
        raise missing_extra(WHERE, "mitsuba", "final") from None
    mi.set_variant(VARIANT)
    mi.set_log_level(mi.LogLevel.Error)
    return mi


def set_threads(n: int) -> None:
    """How many threads a picture is traced with in this process."""
    mitsuba()
    import drjit

    drjit.set_thread_count(n)


def denoised(
    color: NDArray[np.float32], albedo: NDArray[np.float32], normals: NDArray[np.float32], clean: bool = True
) -> NDArray[np.float32]:
    """Linear light ``(h, w, 3)`` without the noise, by Intel's Open Image Denoise.

    Args:
        color: ``(h, w, 3)``, any unit.
        albedo: ``(h, w, 3)``, 0 to 1, of what is seen first.
        normals: ``(h, w, 3)``, unit.
        clean: Whether albedo and normals are free of noise.

    Raises:
        InputError: The extra ``final`` is not installed.
    """
    try:
        import pyoidn
    except ImportError:
        raise missing_extra(WHERE, "pyoidn", "final") from None
    return pyoidn.denoise(color, albedo, normals, hdr=True, clean_aux=clean)
