"""Four metres of street along X with a zebra crossing over its whole width."""

import numpy as np

from sim.assets.kit import road, shape


def model():
    slab = shape.box(4, road.WIDTH, road.THICK)
    return road.piece(
        slab,
        [road.bar(0, y, 3.2, 0.5) for y in np.arange(-3.5, 3.6, 1.0)],
        [],
        [road.crack((-1.9, 2.5), (1.9, 2.9), 4)],
    )
