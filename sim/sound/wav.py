"""Sound files: 24-bit WAV, written whole or not at all."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.files import write_whole


def write_wav(path: Path, samples: NDArray[np.float32], rate: int) -> None:
    """Writes sound ``(n, channels)``, −1 to 1, as 24-bit PCM.

    Raises:
        InputError: The sound holds no numbers; the disk is full.
    """
    samples = np.asarray(samples)
    if samples.ndim != 2 or not np.isfinite(samples).all():
        raise InputError(
            Problem(str(path), "the sound does not fit", "finite numbers (n, channels)", str(samples.shape))
        )
    whole = np.clip(np.round(samples * 8388607.0), -8388608, 8388607).astype("<i4")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(3)
        file.setframerate(rate)
        file.writeframes(whole.reshape(-1, 1).view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    write_whole(path, buffer.getvalue())
