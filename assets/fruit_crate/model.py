"""A shallow slatted fruit crate, 500 x 300 x 150 mm, full of oranges."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LONG, WIDE, HIGH = 0.5, 0.3, 0.15


def model():
    pine = finish.wood("crate_wood", "#d6b17c", "#a97f4c", seed=12, tile=0.6, size=256)
    skin = finish.textured("orange_peel", *peel())
    slats = [
        shape.box(LONG, 0.008, 0.06, 0.001).at(0, s * (WIDE / 2 - 0.004), z) for s in (-1, 1) for z in (0.01, 0.085)
    ]
    ends = [shape.box(0.012, WIDE - 0.016, HIGH - 0.012, 0.001).at(s * (LONG / 2 - 0.006), 0, 0.0) for s in (-1, 1)]
    posts = [
        shape.box(0.02, 0.02, HIGH, 0.001).at(s * (LONG / 2 - 0.022), t * (WIDE / 2 - 0.018))
        for s in (-1, 1)
        for t in (-1, 1)
    ]
    floor = shape.box(LONG - 0.024, WIDE - 0.016, 0.008)
    rng = np.random.Generator(np.random.PCG64(5))
    spots = [(x, y) for x in np.linspace(-0.195, 0.195, 6) for y in np.linspace(-0.105, 0.105, 4)]
    balls = [shape.icosphere(0.037, 2).at(x, y, 0.1 + rng.uniform(-0.012, 0.008)) for x, y in spots]
    return assemble(
        [paint(s, pine, "x", (0.1 * i, 0.07 * i)) for i, s in enumerate(slats)],
        paint(shape.join([*ends, *posts, floor]), pine, box=True),
        paint(shape.join(balls), skin, box=True),
    )


def peel():
    from sim.assets.kit import texture as tx

    return np.clip(tx.color("#e07c16") * np.exp(0.12 * tx.noise(128, 3, 1.8))[..., None], 0, 0.9), 0.08, 0.42
