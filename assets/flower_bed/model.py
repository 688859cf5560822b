"""A round tuft of border flowers, 0.7 m: leaf cards with blossoms of three colours."""

import numpy as np

from sim.assets.kit import plant
from sim.assets.kit.paint import assemble


def model():
    rng = np.random.Generator(np.random.PCG64(12))
    green = plant.leaf_finish("leaves", plant.OVAL, "#86a552", "#3a5d26", seed=5, size=128, rows=5, length=0.34)
    parts = []
    for i, (light, dark) in enumerate([("#e9c93e", "#c9761f"), ("#d94a5a", "#8f1f3c"), ("#f2e9f4", "#a77fc4")]):
        petals = plant.leaf_finish(
            f"blossoms_{i}", plant.OVAL, light, dark, seed=20 + i, size=128, rows=4, length=0.4, spread=80
        )
        spot = rng.normal(0, 0.17, (26, 2))
        at = np.column_stack([spot, rng.uniform(0.2, 0.38, 26)])
        parts.append(
            plant.cards(
                at,
                np.column_stack([0.8 * spot, np.full(26, 0.35)]),
                rng.uniform(0.11, 0.17, 26),
                petals.material,
                (0, 0, 0),
                3 + i,
                soft=0.6,
            )
        )
    spot = rng.normal(0, 0.19, (70, 2))
    at = np.column_stack([spot, rng.uniform(0.0, 0.16, 70)])
    parts.append(
        plant.cards(
            at,
            np.column_stack([spot, np.full(70, 0.3)]),
            rng.uniform(0.16, 0.26, 70),
            green.material,
            (0, 0, 0),
            8,
            soft=0.6,
        )
    )
    return assemble(parts)
