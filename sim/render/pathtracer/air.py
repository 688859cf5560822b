"""What is between scene and picture: the haze of the air and the veil of the lens, as in the preview."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array
from sim.render.light import Sky

KERNEL = np.exp(-(np.arange(-5, 6) ** 2) / 9.0)


class Air:
    """The haze under a sky.

    Args:
        sky: Whose light the haze strews.
    """

    def __init__(self, sky: Sky):
        ring = np.deg2rad(np.arange(0, 360, 10))
        toward = np.stack([np.cos(ring), np.sin(ring), np.full(ring.shape, np.tan(np.deg2rad(2.5)))], axis=-1)
        toward /= np.linalg.norm(toward, axis=-1, keepdims=True)
        colors = sky.luminance(toward)
        level = sky.sun_direction[:2] / max(float(np.linalg.norm(sky.sun_direction[:2])), 1e-9)
        angle = toward[:, :2] @ level
        self._level = level
        self._base = colors[angle <= 0.2].mean(axis=0) if (angle <= 0.2).any() else colors.mean(axis=0)
        toward_sun = colors[angle >= 0.9].mean(axis=0) if (angle >= 0.9).any() else self._base
        self._extra = np.maximum(toward_sun - self._base, 0)
        self._fading = 3.912 / (90_000 / max(sky.turbidity, 1.5) ** 1.35)  # 1/m; Koschmieder's law

    def color(self, toward: Array) -> Array:
        """cd/m² a channel ``(…, 3)`` of thick haze in directions ``(…, 3)``."""
        flat = toward[..., :2] + 1e-6
        flat = flat / np.linalg.norm(flat, axis=-1, keepdims=True)
        return self._base + self._extra * np.maximum(flat @ self._level, 0)[..., None] ** 2

    def before_sky(self, light: Array, toward: Array) -> Array:
        """Sky ``(…, 3)`` in directions ``(…, 3)`` behind the haze of the horizon."""
        share = np.exp2(-np.abs(toward[..., 2:]) * 40.0) * 0.85
        share = np.where(toward[..., 2:] < -0.01, 0.0, share)
        return light * (1 - share) + self.color(toward) * share

    def before(self, light: NDArray[np.float32], toward: Array, distance: Array) -> NDArray[np.float32]:
        """A picture ``(h, w, 3)`` of things at ``distance`` ``(h·w,)`` m in directions ``(h·w, 3)``, in air."""
        reach = np.where(np.isfinite(distance), distance, 0.0)
        clear = np.exp(-self._fading * reach).reshape(*light.shape[:2], 1)
        return (light * clear + self.color(toward).reshape(light.shape) * (1 - clear)).astype(np.float32)


def glowing(light: NDArray[np.float32], share: float, bound: float) -> NDArray[np.float32]:
    """A picture ``(h, w, 3)`` behind the veil that bright things, up to ``bound`` cd/m², throw over a lens."""
    from scipy.ndimage import convolve1d, map_coordinates

    h, w = light.shape[:2]
    if share <= 0 or min(h, w) < 64:
        return light
    bounded = np.minimum(light, bound)
    bounded = np.pad(bounded, ((0, -h % 4), (0, -w % 4), (0, 0)), mode="edge")
    small = bounded.reshape(bounded.shape[0] // 4, 4, bounded.shape[1] // 4, 4, 3).mean(axis=(1, 3))
    for axis in (0, 1):
        small = convolve1d(small, KERNEL / KERNEL.sum(), axis=axis, mode="nearest")
    y, x = np.meshgrid((np.arange(h) + 0.5) / 4 - 0.5, (np.arange(w) + 0.5) / 4 - 0.5, indexing="ij")
    veil = np.stack([map_coordinates(small[..., i], [y, x], order=1, mode="nearest") for i in range(3)], axis=-1)
    return (light * (1 - share) + veil * share).astype(np.float32)
