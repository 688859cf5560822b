"""Ten by ten metres of worn flagstones indoors, 0.02 m high."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint


def model():
    size = 1024
    edge, value = tx.cells(size, 8, 42)
    inside = tx.step(edge + 0.002 * tx.noise(size, 3, 1.4, lowest=12), 0.002, 0.009)
    cloud, grain = tx.noise(size, 4, 2.0), tx.noise(size, 5, 0.6, lowest=30)
    colors = tx.mix(tx.color("#5d564d"), tx.color("#8a8175"), value) * np.exp(0.12 * cloud + 0.07 * grain)[..., None]
    colors = tx.mix(tx.color("#2b2621"), colors, inside)
    look = finish.textured(
        "flagstones",
        colors,
        3.4,
        np.clip(0.72 - 0.12 * cloud, 0.4, 0.95),
        height=inside * (0.8 + 0.2 * value) + 0.03 * grain,
        depth=0.012,
    )
    return assemble(paint(shape.box(10, 10, 0.02), look))
