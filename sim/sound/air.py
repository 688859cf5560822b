"""What air does to sound: how fast it goes and what is lost on the way.

Sources: ISO 9613-1:1993 (absorption); Cramer 1993 gives the same speed for dry air within 0.1 %.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.pose import Array

HUMIDITY = 60.0  # % relative: no world says
PRESSURE = 101.325  # kPa
REFERENCE = 2e-5  # Pa: 0 dB


def speed_of_sound(temperature: float) -> float:
    """m/s, in air of a temperature in K."""
    return float(331.3 * np.sqrt(temperature / 273.15))


def impedance(density: float, temperature: float) -> float:
    """ρ c, Pa s/m."""
    return density * speed_of_sound(temperature)


def absorption(frequency: ArrayLike, temperature: float) -> Array:
    """dB lost a metre at frequencies in Hz (ISO 9613-1, equations 3 to 5)."""
    f, t = np.asarray(frequency, float), temperature / 293.15
    saturation = 10 ** (-6.8346 * (273.16 / temperature) ** 1.261 + 4.6151)
    h = HUMIDITY * saturation * 101.325 / PRESSURE
    oxygen = PRESSURE / 101.325 * (24 + 4.04e4 * h * (0.02 + h) / (0.391 + h))
    nitrogen = PRESSURE / 101.325 * t**-0.5 * (9 + 280 * h * np.exp(-4.17 * (t ** (-1 / 3) - 1)))
    relaxing = 0.01275 * np.exp(-2239.1 / temperature) / (oxygen + f**2 / oxygen)
    relaxing = relaxing + 0.1068 * np.exp(-3352.0 / temperature) / (nitrogen + f**2 / nitrogen)
    return 8.686 * f**2 * (1.84e-11 * (101.325 / PRESSURE) * t**0.5 + t**-2.5 * relaxing)


def pascal(level: ArrayLike) -> Array:
    """Root mean square pressure, Pa, of a level in dB."""
    return REFERENCE * 10 ** (np.asarray(level, float) / 20)
