"""What the endless floor looks like close by: one seamless tile for each kind of substance. Pure numpy."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array
from sim.world.layout import Layout

SIDE = 512  # px of a tile

#               side m, clouds, slope, grain, grain px, slab m, joint depth
_LOOKS = {
    "concrete": (6.0, 0.060, 1.5, 0.035, 1.2, 3.0, 0.28),
    "asphalt": (3.0, 0.050, 1.3, 0.150, 0.9, 0.0, 0.0),
    "soil": (4.0, 0.130, 1.4, 0.120, 1.2, 0.0, 0.0),
    "foliage": (4.0, 0.140, 1.1, 0.160, 1.0, 0.0, 0.0),
    "snow": (6.0, 0.030, 1.8, 0.012, 1.0, 0.0, 0.0),
    "granite": (4.0, 0.050, 1.0, 0.110, 1.4, 1.0, 0.30),
    "brick": (3.0, 0.070, 1.1, 0.070, 1.2, 0.25, 0.35),
    "ceramic": (4.0, 0.012, 1.5, 0.008, 1.0, 0.5, 0.35),
}
_PLAIN = (6.0, 0.020, 1.6, 0.010, 1.2, 0.0, 0.0)


class Floor:
    """The look of a layout's ground.

    | attribute | is                                            |
    |-----------|-----------------------------------------------|
    | there     | whether there is one                           |
    | albedo    | linear ``(3,)``                                |
    | height    | m                                              |
    | f0        | reflectance when looked at straight            |
    | side      | m that one tile covers                         |
    """

    def __init__(self, layout: Layout):
        ground = layout.ground
        self.there = ground is not None
        self.albedo, self.height = np.zeros(3), 0.0
        self.roughness, self.f0, self.metallic, self.side, self.substance = 0.9, 0.04, 0.0, 1.0, ""
        if ground is None:
            return
        look = ground.appearance.over(layout.library.substances[ground.substance].appearance)
        self.substance, self.height = ground.substance, ground.height
        self.albedo = np.asarray(look.base_color or (0.5, 0.5, 0.5), float)
        self.roughness = 0.9 if look.roughness is None else look.roughness
        self.metallic = look.metallic or 0.0
        ior = look.ior or 1.5
        self.f0 = ((ior - 1) / (ior + 1)) ** 2
        self.side = tile(self.substance)[1]


@cache
def tile(substance: str) -> tuple[NDArray[np.uint8], float]:
    """The tile ``(h, w, 4)`` of a substance, and its side in m.

    Red, green and blue: half the factor on the floor's colour, mean 1/2. Alpha: soft clouds, mean 1/2.
    """
    side, clouds, slope, grain, fine, slab, joint = _LOOKS.get(substance, _PLAIN)
    rng = np.random.default_rng(11)
    cloud = _noise(rng, slope)
    speckle = _noise(rng, 0.0, fine)
    warm = _noise(rng, 1.6)
    factor = 1 + clouds * cloud + grain * speckle
    if slab:
        factor *= _slabs(rng, side, slab, joint)
    colour = factor[..., None] * (1 + clouds * 0.25 * warm[..., None] * np.array([1.0, 0.1, -1.0]))
    colour /= colour.mean(axis=(0, 1))
    out = np.concatenate([colour / 2, (0.5 + 0.16 * _noise(rng, 1.5))[..., None]], axis=-1)
    return np.clip(out * 255 + 0.5, 0, 255).astype(np.uint8), side


def _noise(rng: np.random.Generator, slope: float, cut_px: float = 0.0) -> Array:
    """Seamless noise ``(SIDE, SIDE)``, mean 0, deviation 1, spectrum ``1/f^slope``, no detail under ``cut_px``."""
    f = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None, :])
    f[0, 0] = 1.0
    spectrum = np.fft.fft2(rng.standard_normal((SIDE, SIDE))) * f**-slope * np.exp(-((f * cut_px) ** 2) * 4)
    spectrum[0, 0] = 0
    values = np.fft.ifft2(spectrum).real
    return np.clip(values / values.std(), -3, 3)


def _slabs(rng: np.random.Generator, side: float, slab: float, joint: float) -> Array:
    """A factor ``(SIDE, SIDE)``: every slab a little other than its neighbours, the joints between them darker."""
    n = round(side / slab)
    at = (np.arange(SIDE) + 0.5) / SIDE * n
    cell = np.minimum(at.astype(int), n - 1)
    tones = 1 + 0.03 * rng.standard_normal((n, n))
    gap = np.abs((at + 0.5) % 1 - 0.5) * slab  # m to the nearest joint
    dark = joint * np.exp(-((gap / max(0.008, side / SIDE)) ** 2)) + 0.12 * joint * np.exp(-gap / 0.06)
    lines = 1 - np.maximum(dark[:, None], dark[None, :])
    return tones[cell[:, None], cell[None, :]] * lines
