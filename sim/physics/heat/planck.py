"""Light and power of hot surfaces: Planck's law, seen by the CIE 1931 standard observer.

Owns what a temperature looks like, in the units of every other light (cd/m²), and what it radiates, in W/m².
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.pose import Array

PLANCK, LIGHT, BOLTZMANN = 6.62607015e-34, 299_792_458.0, 1.380649e-23  # J s, m/s, J/K; exact, SI 2019
SIGMA = 5.670374419e-8  # W/(m² K⁴): Stefan and Boltzmann's constant, CODATA 2018
EFFICACY = 683.002  # lm/W at 555 nm, SI 2019: the largest there is
VISIBLE = np.arange(380.0, 831.0, 5.0)  # nm
SRGB_FROM_XYZ = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)  # IEC 61966-2-1


def observer(nm: ArrayLike) -> Array:
    """CIE 1931 colour matching functions ``(3, n)`` at wavelengths ``(n,)`` in nm.

    Source: the fit of Wyman, Sloan and Shirley, "Simple analytic approximations to the CIE XYZ color matching
    functions", JCGT 2(2), 2013.
    """
    at = np.asarray(nm, float)

    def lobe(mean: float, left: float, right: float) -> Array:
        return np.exp(-0.5 * ((at - mean) * np.where(at < mean, left, right)) ** 2)

    return np.stack(
        [
            0.362 * lobe(442.0, 0.0624, 0.0374)
            + 1.056 * lobe(599.8, 0.0264, 0.0323)
            - 0.065 * lobe(501.1, 0.0490, 0.0382),
            0.821 * lobe(568.8, 0.0213, 0.0247) + 0.286 * lobe(530.9, 0.0613, 0.0322),
            1.217 * lobe(437.0, 0.0845, 0.0278) + 0.681 * lobe(459.0, 0.0385, 0.0725),
        ]
    )


def spectral_radiance(nm: ArrayLike, temperature: ArrayLike) -> Array:
    """W/(m² sr m) of a black body ``(…, n)`` at wavelengths ``(n,)`` in nm and temperatures ``(…)`` in K."""
    wave = np.asarray(nm, float) * 1e-9
    kelvin = np.maximum(np.asarray(temperature, float), 1.0)[..., None]
    exponent = np.minimum(PLANCK * LIGHT / (wave * BOLTZMANN * kelvin), 700.0)
    return 2 * PLANCK * LIGHT**2 / wave**5 / np.expm1(exponent)


def xyz(temperature: ArrayLike) -> Array:
    """CIE 1931 XYZ ``(…, 3)`` of a black body, Y in cd/m²."""
    step = float(VISIBLE[1] - VISIBLE[0]) * 1e-9
    return EFFICACY * step * (spectral_radiance(VISIBLE, temperature) @ observer(VISIBLE).T)


def luminance(temperature: ArrayLike, emissivity: ArrayLike = 1.0) -> Array:
    """cd/m² ``(…)`` of a surface at a temperature in K: 0.005 at 500 °C, 90 at 900 °C."""
    return xyz(temperature)[..., 1] * np.asarray(emissivity, float)


def glow(temperature: ArrayLike, emissivity: ArrayLike = 1.0) -> Array:
    """Linear sRGB ``(…, 3)`` of the light a surface gives off, in cd/m²; nothing where the temperature is NaN.

    Reds that sRGB cannot show become the reddest it can, of the same luminance.

    Args:
        temperature: ``(…)`` K.
        emissivity: ``(…)``, part of a black body's radiation.
    """
    kelvin = np.asarray(temperature, float)
    seen = np.where(np.isnan(kelvin)[..., None], 0.0, xyz(np.nan_to_num(kelvin)))
    rgb = np.maximum(seen @ SRGB_FROM_XYZ.T, 0.0)
    shown = rgb @ np.array([0.2126, 0.7152, 0.0722])  # ITU-R BT.709
    keep = np.divide(seen[..., 1], shown, out=np.zeros_like(shown), where=shown > 0)
    return rgb * (keep * np.asarray(emissivity, float))[..., None]


def emittance(temperature: ArrayLike, emissivity: ArrayLike = 1.0) -> Array:
    """W/m² ``(…)`` a surface radiates into the half space above it (Stefan and Boltzmann)."""
    return np.asarray(emissivity, float) * SIGMA * np.asarray(temperature, float) ** 4
