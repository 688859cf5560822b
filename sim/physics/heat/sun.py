"""The heat of the sun on level ground."""

from __future__ import annotations

import numpy as np

from sim.pose import Array

SOLAR = 1361.0  # W/m² outside the air (Kopp and Lean 2011)
EFFICACY = 105.0  # lm/W of sunlight


def sun_power(elevation_deg: float) -> float:
    """W/m² on a surface that faces a sun at that elevation in a clear sky (Meinel and Meinel, 1976)."""
    if elevation_deg <= 0:
        return 0.0
    mass = 1 / (np.sin(np.deg2rad(elevation_deg)) + 0.50572 * (elevation_deg + 6.07995) ** -1.6364)  # Kasten, Young
    return float(SOLAR * 0.7 ** (mass**0.678))


def sun_direction(elevation_deg: float, azimuth_deg: float) -> Array:
    """Unit vector ``(3,)`` towards the sun, azimuth counter-clockwise from +X."""
    up, round_ = np.deg2rad(elevation_deg), np.deg2rad(azimuth_deg)
    return np.array([np.cos(up) * np.cos(round_), np.cos(up) * np.sin(round_), np.sin(up)])
