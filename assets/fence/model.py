"""A section of steel railing, 2.5 m along Y, 1.1 m high."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint


def model():
    black = finish.painted("black_paint", "#202426", 0.38, seed=8, chipped=0.01, tile=0.5)
    posts = [shape.box(0.05, 0.05, 1.08, 0.004).at(0, y) for y in (-1.22, 1.22)]
    caps = [
        shape.lathe([(0.032, 0), (0.034, 0.008), (0.024, 0.02), (0.03, 0.04), (0.02, 0.06), (0, 0.068)], 16).at(
            0, y, 1.08
        )
        for y in (-1.22, 1.22)
    ]
    rails = [shape.box(0.03, 2.4, 0.03, 0.003).at(z=z) for z in (0.12, 0.86, 1.0)]
    bars = [shape.cylinder(0.008, 0.9, 0, 7).at(0, y, 0.12) for y in np.linspace(-1.1, 1.1, 21)]
    rings = [shape.pipe(0.048, 0.036, 0.014, 0.003, 14, "x").at(0, y, 0.945) for y in np.linspace(-1.045, 1.045, 20)]
    feet = [shape.box(0.12, 0.12, 0.012, 0.002).at(0, y) for y in (-1.22, 1.22)]
    return assemble(paint(shape.join([*posts, *rails, *feet]), black), paint(shape.join([*bars, *caps, *rings]), black))
