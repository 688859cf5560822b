"""All passes of a frame in one OpenEXR file, for compositing.

Owns the door to OpenEXR (extra ``exr``).
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.assets.mesh import srgb_to_linear
from sim.errors import InputError, Problem, missing_extra
from sim.render.frame import Frame

LAYERS = {
    "depth": ("depth.Z",),
    "ids": ("ids.id",),
    "classes": ("classes.id",),
    "normals": ("normals.X", "normals.Y", "normals.Z"),
    "motion": ("motion.U", "motion.V"),
}


def _library(where: str) -> Any:
    try:
        import OpenEXR
    except ImportError:
        raise missing_extra(where, "OpenEXR", "exr") from None
    return OpenEXR


def write_exr(path: Path, frame: Frame) -> None:
    """Writes every pass a frame has as layers of one EXR, whole or not at all.

    | layer          | type  | is                                                                               |
    |----------------|-------|----------------------------------------------------------------------------------|
    | R, G, B, A     | half  | the picture, linear, as exposed and tone-mapped; A is 1 where a thing is (from ids) |
    | luminance.R, … | float | linear light before exposure, cd/m² a channel                                      |
    | depth.Z        | float | m along the camera's axis; inf where nothing is                                    |
    | ids.id         | float | index into the header's ``prophouse:names``; −1 where nothing is                   |
    | classes.id     | float | index into ``prophouse:classes``                                                   |
    | normals.X, …   | half  | unit, world axes                                                                   |
    | motion.U, .V   | float | px right and down from the frame before                                            |

    Raises:
        InputError: The extra ``exr`` is not installed, the frame has no pass, or the disk is full.
    """
    library = _library(str(path))
    channels = _channels(frame)
    if not channels:
        raise InputError(Problem(str(path), "the frame has no pass", "at least one"))
    header = {
        "compression": library.ZIP_COMPRESSION,
        "type": library.scanlineimage,
        "prophouse:names": json.dumps(frame.names),
        "prophouse:classes": json.dumps(frame.class_names),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".exr")
        os.close(handle)
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be written: {error.strerror}")) from None
    try:
        library.File(header, channels).write(beside)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException as error:
        Path(beside).unlink(missing_ok=True)
        if isinstance(error, RuntimeError | OSError):  # OpenEXR raises RuntimeError for the disk
            raise InputError(Problem(str(path), f"cannot be written: {error}")) from None
        raise


def _channels(frame: Frame) -> dict[str, NDArray]:
    channels: dict[str, NDArray] = {}
    if frame.rgb is not None:
        linear = srgb_to_linear(frame.rgb / 255.0).astype(np.float16)
        channels |= {name: np.ascontiguousarray(linear[..., i]) for i, name in enumerate("RGB")}
        if frame.ids is not None:
            channels["A"] = (frame.ids >= 0).astype(np.float16)
    if frame.luminance is not None:
        light = np.asarray(frame.luminance, np.float32)
        channels |= {f"luminance.{name}": np.ascontiguousarray(light[..., i]) for i, name in enumerate("RGB")}
    for name, layers in LAYERS.items():
        values = getattr(frame, name)
        if values is not None:
            kind = np.float16 if name == "normals" else np.float32
            planes = values.reshape(*values.shape[:2], -1)
            channels |= {layer: np.ascontiguousarray(planes[..., i], kind) for i, layer in enumerate(layers)}
    return channels


def read_exr(path: Path) -> tuple[dict[str, NDArray], dict[str, Any]]:
    """Every channel ``(h, w)`` of an EXR by name, and its header.

    Raises:
        InputError: The extra ``exr`` is not installed, or the file is missing or broken.
    """
    library = _library(str(path))
    if not path.is_file():
        raise InputError(Problem(str(path), "does not exist"))
    try:
        with library.File(str(path), separate_channels=True) as file:
            return {name: np.array(channel.pixels) for name, channel in file.channels().items()}, dict(file.header())
    except RuntimeError as error:
        raise InputError(Problem(str(path), "cannot be read as an EXR", got=str(error)[:80])) from None
