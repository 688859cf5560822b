"""What is heard where nothing happens: air, wind, leaves, and a town far off.

Levels follow the weather and the place: wind by its speed, leaves by the trees around, the town by its houses and the
height of the sun. Left and right differ as far-off sound does in a spaced pair.

Sources: Bolin 2009, Acta Acustica 95:1049 (leaves by wind speed); Nelson, Transportation Noise, chapter 4 (towns).
"""

from __future__ import annotations

import numpy as np

from sim.pose import Array
from sim.sound.listener import Sound
from sim.sound.noise import endless, generator, octave_filter, wander
from sim.world.layout import Layout

AIR_LEVELS = (28.0, 25.0, 22.0, 19.0, 16.0, 13.0, 10.0, 7.0)  # dB, a quiet place
WIND_LEVELS = (50.0, 46.0, 41.0, 36.0, 31.0, 26.0, 20.0, 14.0)  # dB at 5 m/s
LEAF_LEVELS = (20.0, 24.0, 29.0, 34.0, 38.0, 41.0, 41.0, 37.0)  # dB among trees at 5 m/s
TOWN_LEVELS = (56.0, 52.0, 48.0, 45.0, 44.0, 40.0, 31.0, 22.0)  # dB by day
NIGHT = -7.0  # dB
WIND_POWER, LEAF_POWER = 50.0, 26.0  # dB a decade of wind speed
FULL_TOWN, FULL_WOOD = 12, 10  # houses, and trees, from which a place is wholly one
BREATH = 0.7  # m/s: air is never quite still out of doors


def ambience(layout: Layout, n: int, rate: int, seed: int) -> Sound:
    """The bed of a film: ``(2, n)`` Pa, as it sounds in a world's weather."""
    rng = generator(seed, layout.name, "ambience")
    wind = float(np.hypot(*layout.air.wind[:2]))
    roofed = _roofed(layout)
    total = _bed(AIR_LEVELS, 0.0, n, rate, rng, gusts=0.0)
    blows = max(wind, 0.0 if roofed else BREATH)
    if blows > 0:
        muffled = -14.0 if roofed else 0.0
        total += _bed(WIND_LEVELS, WIND_POWER * np.log10(blows / 5) + muffled, n, rate, rng, gusts=0.35)
        trees = _count(layout, "tree") / FULL_WOOD
        if trees > 0:
            quiet = LEAF_POWER * np.log10(blows / 5) + 10 * np.log10(min(trees, 1.0))
            total += _bed(LEAF_LEVELS, quiet, n, rate, rng, gusts=0.5)
    houses = _count(layout, "building") / FULL_TOWN
    if houses > 0:
        sun = layout.sky.sun
        dark = NIGHT if sun is None or sun.elevation_deg < 0 else 0.0
        total += _bed(TOWN_LEVELS, dark + 20 * np.log10(min(houses, 1.0)), n, rate, rng, gusts=0.12)
    return total


def _count(layout: Layout, tag: str) -> int:
    return sum(tag in p.asset.spec.tags for p in layout.placements)


def _roofed(layout: Layout) -> bool:
    """Whether most of it happens under a ceiling."""
    return any("ceiling" in p.asset.spec.tags or "ceiling" in p.asset.name for p in layout.placements)


def _bed(levels: tuple[float, ...], gain: float, n: int, rate: int, rng: np.random.Generator, gusts: float) -> Sound:
    """Noise ``(2, n)`` Pa with octave levels, slowly swelling."""
    taps = octave_filter([level + gain for level in levels], rate)
    sides = np.empty((2, n), np.float32)
    for side in sides:
        side[:] = endless(n, taps, rate, rng)
    if gusts:
        swell: Array = np.exp(gusts * (wander(n, 0.35, rate, rng) + 0.4 * wander(n, 1.7, rate, rng)))
        sides *= swell.astype(np.float32)
    return sides
