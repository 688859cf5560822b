"""Two metres of clipped hedge along X, 0.6 m deep and 1.2 m high: a dark core under a skin of leaf cards."""

import numpy as np

from sim.assets.kit import finish, plant, shape
from sim.assets.kit.paint import assemble, paint

SIZE = np.array([2.0, 0.5, 1.12])


def model():
    core = paint(shape.box(1.86, 0.38, 1.02, 0.08), finish.clumps("hedge_core", "#6c8a3c", "#2a401b", 4, 0.9, 900))
    leaves = plant.leaf_finish("leaves", plant.OVAL, "#7d9c45", "#355722", seed=9, rows=7, length=0.27)
    rng = np.random.Generator(np.random.PCG64(6))
    at, out = _skin(rng, 1900)
    way = 0.45 * out + rng.normal(0, 0.7, out.shape) * (1 - np.abs(out))
    card = plant.cards(
        at - 0.08 * out - 0.04 * way,
        way,
        0.15 * rng.uniform(0.8, 1.2, len(at)),
        leaves.material,
        (0, 0, 0.55),
        8,
        soft=0.6,
    )
    return assemble(core, card)


def _skin(rng, n):
    """Points and outward ways on the sides and top of the hedge."""
    areas = np.array(
        [SIZE[0] * SIZE[2], SIZE[0] * SIZE[2], SIZE[1] * SIZE[2], SIZE[1] * SIZE[2], SIZE[0] * SIZE[1] * 1.6]
    )
    side = rng.choice(5, n, p=areas / areas.sum())
    out = np.array([(0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0), (0, 0, 1)], float)[side]
    spot = rng.uniform(-0.5, 0.5, (n, 3)) * SIZE
    at = np.where(out != 0, out * SIZE / 2, spot) + (0, 0, SIZE[2] / 2)
    at[:, 2] = np.maximum(at[:, 2], 0.07)
    return at, out
