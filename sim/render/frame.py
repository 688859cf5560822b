"""What a camera saw."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sim.files import write_whole

PASSES = ("rgb", "depth", "ids", "classes", "normals", "motion", "thermal")
SKY = -1


@dataclass(frozen=True, eq=False)
class Frame:
    """What a camera saw; only the passes asked for are there.

    | pass    | shape, type        | is                                                                    |
    |---------|--------------------|-----------------------------------------------------------------------|
    | rgb     | (h, w, 3) uint8    | sRGB, exposed and tone-mapped                                          |
    | depth   | (h, w) float32     | m along the camera's axis; inf where nothing is                        |
    | ids     | (h, w) int32       | index into `names`; −1 where nothing is                                |
    | classes | (h, w) int32       | index into `class_names`; −1 where nothing is                          |
    | normals | (h, w, 3) float32  | unit, world axes; 0 where nothing is                                   |
    | motion  | (h, w, 2) float32  | px right and down from the frame before to this one                    |
    | thermal | (h, w) float32     | K of what is seen; the air's where nothing is or nobody reckons heat     |
    """

    names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    rgb: NDArray[np.uint8] | None = None
    depth: NDArray[np.float32] | None = None
    ids: NDArray[np.int32] | None = None
    classes: NDArray[np.int32] | None = None
    normals: NDArray[np.float32] | None = None
    motion: NDArray[np.float32] | None = None
    thermal: NDArray[np.float32] | None = None
    luminance: NDArray[np.float32] | None = None
    """(h, w, 3) linear light before exposure, cd/m² a channel, when asked for."""

    def sha256(self) -> str:
        """The hash of every pass, to the last bit."""
        digest = hashlib.sha256()
        for name in (*PASSES, "luminance"):
            values = getattr(self, name)
            if values is not None:
                digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    def picture(self, name: str = "rgb") -> Image.Image:
        """One pass as a picture to look at: depth in greys, ids in colours that differ."""
        values = getattr(self, name)
        if name == "rgb":
            return Image.fromarray(values)
        if name == "depth":
            near = np.where(np.isfinite(values), values, np.nan)
            low, high = (np.nanmin(near), np.nanmax(near)) if np.isfinite(values).any() else (0.0, 1.0)
            grey = np.nan_to_num(1 - (near - low) / max(high - low, 1e-6) * 0.9, nan=0.0)
            return Image.fromarray((grey * 255).astype(np.uint8))
        if name == "thermal":
            return Image.fromarray(_heat_colors(values))
        if name in ("ids", "classes"):
            return Image.fromarray(_colors(values))
        if name == "normals":
            return Image.fromarray(((values * 0.5 + 0.5) * 255).astype(np.uint8))
        size = np.linalg.norm(values, axis=-1)
        scale = 127.0 / max(float(np.percentile(size, 99.5)), 1e-6)
        channels = np.stack(
            [values[..., 0] * scale + 128, values[..., 1] * scale + 128, np.full(size.shape, 128.0)], axis=-1
        )
        return Image.fromarray(np.clip(channels, 0, 255).astype(np.uint8))

    def write(self, path: Path, name: str = "rgb") -> None:
        """Writes one pass as a PNG, whole or not at all."""
        buffer = io.BytesIO()
        self.picture(name).save(buffer, "PNG")
        write_whole(path, buffer.getvalue())


def _colors(ids: NDArray[np.int32]) -> NDArray[np.uint8]:
    """A colour for every id, far from its neighbours' (golden-ratio hues)."""
    hue = (ids * 0.61803398875) % 1.0
    value = 0.55 + 0.45 * ((ids * 0.38196601125) % 1.0)
    sector = (hue[..., None] * 6 + np.array([0.0, 4, 2])) % 6
    rgb = value[..., None] * np.clip(np.abs(sector - 3) - 1, 0.15, 1)
    return (np.where(ids[..., None] < 0, 0, rgb) * 255).astype(np.uint8)


def _heat_colors(kelvin: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Black, violet, red, orange, yellow, white from the coldest to the hottest, as thermal cameras show it."""
    low, high = float(kelvin.min()), float(kelvin.max())
    share = (kelvin - low) / max(high - low, 1.0)
    stops = np.array([[0, 0, 8], [66, 10, 104], [147, 38, 103], [221, 81, 58], [252, 165, 10], [252, 255, 220]])
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(share, at, stops[:, i]) for i in range(3)], axis=-1).astype(np.uint8)
