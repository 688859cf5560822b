"""Uncut grass, 0.5 m across and 0.3 m high, as a dozen cards."""

import numpy as np

from sim.assets.kit import plant
from sim.assets.kit.paint import assemble

BLADE = np.array([(0, 0.012), (0.5, 0.022), (1, 0), (0.5, -0.022), (0, -0.012)])


def model():
    rng = np.random.Generator(np.random.PCG64(4))
    blades = plant.leaf_finish(
        "grass_blades", BLADE, "#93a85a", "#46632a", seed=4, size=128, rows=14, length=0.8, spread=16
    )
    spot = rng.normal(0, 0.11, (16, 2))
    way = np.column_stack([1.2 * spot, np.full(16, 0.3)])
    return assemble(
        plant.cards(
            np.column_stack([spot, np.zeros(16)]),
            way,
            rng.uniform(0.2, 0.34, 16),
            blades.material,
            (0, 0, -0.4),
            6,
            soft=0.9,
        )
    )
