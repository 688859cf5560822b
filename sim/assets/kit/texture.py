"""Tileable pictures computed from noise: arrays first, pictures last.

A field is ``(h, w)``; a colour field ``(h, w, 3)``, linear, 0 to 1. Rows run down, columns run along u.
Every field here repeats without a seam. Knows nothing of materials.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from sim.assets.mesh import linear_to_srgb, srgb_to_linear
from sim.pose import Array


def noise(
    size: int | tuple[int, int],
    seed: int,
    slope: float = 2.0,
    stretch: tuple[float, float] = (1.0, 1.0),
    lowest: float = 0.0,
) -> Array:
    """A field ``(h, w)`` of mean 0 and deviation 1 whose power falls with frequency.

    Args:
        size: Side, or height and width, in pixels.
        seed: Another seed, another field.
        slope: Power falls as frequency to this; 0 is white, 2 is cloudy, 3 is smooth.
        stretch: How many times longer the structure is along u and along v.
        lowest: Waves longer than the width over this number are left out.
    """
    h, w = (size, size) if isinstance(size, int) else size
    white = np.fft.rfft2(np.random.Generator(np.random.PCG64(seed)).standard_normal((h, w)))
    fx, fy = np.fft.rfftfreq(w) * w * stretch[0], np.fft.fftfreq(h)[:, None] * h * stretch[1]
    f = np.hypot(fx, fy)
    f[0, 0] = np.inf
    field = np.fft.irfft2(white * np.where(f < lowest, 0, f ** (-slope / 2)), (h, w))
    return (field - field.mean()) / max(field.std(), 1e-12)


def cells(size: int, seed: int, n: int, stretch: float = 1.0) -> tuple[Array, Array]:
    """Voronoi cells: distance to the border ``(h, w)`` in widths of the field, and each cell's own random number.

    Args:
        size: Side in pixels.
        seed: Another seed, other cells.
        n: About how many cells.
        stretch: How many times longer cells are along u.
    """
    from scipy.spatial import cKDTree

    rng = np.random.Generator(np.random.PCG64(seed))
    points = rng.random((n, 2)) * (1, stretch)
    value = rng.random(n)
    around = np.concatenate([points + (i, j * stretch) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    grid = (np.stack(np.meshgrid(np.arange(size), np.arange(size)), -1) + 0.5) / size * (1, stretch)
    distance, index = cKDTree(around).query(grid, k=2)
    return (distance[..., 1] - distance[..., 0]) / 2, value[index[..., 0] % n]


def grid(size: int | tuple[int, int]) -> tuple[Array, Array]:
    """The fields u and v, 0 to 1 across the picture; v rises downwards."""
    h, w = (size, size) if isinstance(size, int) else size
    u, v = np.meshgrid((np.arange(w) + 0.5) / w, (np.arange(h) + 0.5) / h)
    return u, v


def unit(field: Array, contrast: float = 1.0) -> Array:
    """A field of mean 0 and deviation 1 brought softly into 0 to 1."""
    return 1 / (1 + np.exp(-1.7 * contrast * field))


def step(field: Array, low: float | Array, high: float | Array) -> Array:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def color(text: str) -> Array:
    """The linear colour ``(3,)`` of an sRGB hex text such as ``#8a5a33``."""
    return srgb_to_linear([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def mix(a: ArrayLike, b: ArrayLike, t: ArrayLike) -> Array:
    """From colour ``a`` to colour ``b`` as the field ``t`` goes from 0 to 1; ``(h, w, 3)``."""
    a, b, t = np.asarray(a, float), np.asarray(b, float), np.asarray(t, float)[..., None]
    return a * (1 - t) + b * t


def blur(field: Array, pixels: float) -> Array:
    """A field smoothed without a seam."""
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(field, pixels, mode="wrap")


def picture(colors: Array) -> Image.Image:
    """A colour field as a JPEG picture in sRGB."""
    return _jpeg(np.round(linear_to_srgb(colors) * 255))


def data_picture(*channels: ArrayLike, size: int | None = None) -> Image.Image:
    """Up to three fields 0 to 1 as red, green and blue of a JPEG picture, linear; ``size`` scales it down."""
    shape = np.broadcast_shapes(*(np.shape(c) for c in channels))
    stack = np.stack([np.broadcast_to(c, shape) for c in channels], -1)
    image = _jpeg(np.round(np.clip(stack, 0, 1) * 255))
    if size is not None and size < image.width:
        image = image.resize((size, size * image.height // image.width), Image.Resampling.BOX)
        image.format = "JPEG"
    return image


def normals(height: Array, depth: float) -> Image.Image:
    """The normal picture of a height field.

    Args:
        height: ``(h, w)``, any unit.
        depth: Height's unit over the width of the picture, both in m.
    """
    w = height.shape[1]
    dx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / 2 * w * depth
    dy = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / 2 * w * depth
    n = np.stack([-dx, dy, np.ones_like(dx)], -1)
    n /= np.linalg.norm(n, axis=-1, keepdims=True)
    return _jpeg(np.round((n * 0.5 + 0.5) * 255))


def _jpeg(values: Array) -> Image.Image:
    image = Image.fromarray(values.astype(np.uint8), "RGB" if values.ndim == 3 else "L")
    image.format = "JPEG"
    return image


def as_jpeg(image: Image.Image) -> Image.Image:
    """A picture that will be stored as JPEG."""
    image = image.convert("RGB")
    image.format = "JPEG"
    return image
