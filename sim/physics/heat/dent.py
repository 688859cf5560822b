"""Craters: how much of the softer of two things a blow crushes, and how deep that is.

Source: Tabor, "The Hardness of Metals", 1951 (Martel's law): the volume of a crater is the energy lost over the
dynamic hardness.
"""

from __future__ import annotations

import numpy as np


def energy_lost(mass_a: float, mass_b: float, speed: float, restitution: float) -> float:
    """J that a straight blow takes: ``speed`` m/s at which they approach, masses in kg, infinite for what is fixed."""
    reduced = 1 / (1 / mass_a + 1 / mass_b)
    return 0.5 * reduced * speed**2 * (1 - restitution**2)


def crater_volume(energy: float, hardness: float) -> float:
    """m³ crushed by ``energy`` J in a thing of dynamic ``hardness`` Pa."""
    return energy / hardness


def crater_depth(volume: float, radius: float) -> float:
    """Depth, m, of the cap of a ball of ``radius`` m that holds ``volume`` m³; the whole ball's is two radii.

    Solves ``volume = π d² (radius − d/3)`` by bisection.
    """
    low, high = 0.0, 2 * radius
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.pi * middle**2 * (radius - middle / 3) < volume else (low, middle)
    return (low + high) / 2
