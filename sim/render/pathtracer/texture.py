"""Textures looked up by numpy, averaged over what a pixel sees of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array


def pyramid_of(image: NDArray) -> list[NDArray]:
    """A texture ``(h, w, c)`` and its halves, down to one texel."""
    levels = [image]
    while min(levels[-1].shape[:2]) > 1:
        h, w = levels[-1].shape[0] // 2 * 2, levels[-1].shape[1] // 2 * 2
        levels.append(levels[-1][:h, :w].reshape(h // 2, 2, w // 2, 2, -1).mean(axis=(1, 3)))
    return levels


def sample(pyramid: list[NDArray], uv: Array, texels: Array) -> Array:
    """Colours ``(n, c)`` at texture coordinates ``(n, 2)``, v up, each from the level where ``texels`` become one."""
    level = np.clip(np.round(np.log2(np.maximum(texels, 1.0))), 0, len(pyramid) - 1).astype(int)
    out = np.empty((len(uv), pyramid[0].shape[2]))
    for i in np.unique(level):
        image, rows = pyramid[i], level == i
        h, w = image.shape[:2]
        x, y = uv[rows, 0] * w - 0.5, (1 - uv[rows, 1]) * h - 0.5
        x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
        fx, fy = (x - x0)[:, None], (y - y0)[:, None]
        low = image[y0 % h, x0 % w] * (1 - fx) + image[y0 % h, (x0 + 1) % w] * fx
        high = image[(y0 + 1) % h, x0 % w] * (1 - fx) + image[(y0 + 1) % h, (x0 + 1) % w] * fx
        out[rows] = low * (1 - fy) + high * fy
    return out
