"""A basketball of size 7: pebbled leather with black channels."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint

RADIUS = 0.1213


def model():
    ball = shape.sphere(RADIUS, 48).at(z=RADIUS)
    return assemble(paint(ball, _skin()))


def _skin():
    height, width = 512, 1024
    u, v = tx.grid((height, width))
    turn, rise = 2 * np.pi * u, np.pi * (0.5 - v)
    x, y, z = np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)
    bow = np.abs(np.abs(y) - (0.62 - 0.28 * z**2)) / 1.15
    seam = np.minimum(np.minimum(np.abs(z), np.abs(x)), bow)
    leather = tx.step(seam, 0.017, 0.026)
    edge, _ = tx.cells(512, 3, 2600)
    pebbles = np.tile(tx.step(edge, 0.0, 0.009), (1, 2)) * np.clip(np.cos(rise) * 3, 0, 1)
    colors = tx.color("#b4551f") * (0.72 + 0.33 * pebbles + 0.07 * tx.noise((height, width), 5, 2.2))[..., None]
    colors = tx.mix(tx.color("#1b1715"), colors, leather)
    return finish.textured(
        "pebbled_leather",
        colors,
        (2 * np.pi * RADIUS, np.pi * RADIUS),
        0.62 - 0.1 * pebbles,
        height=tx.blur(0.35 * pebbles + 1.6 * leather, 0.8),
        depth=0.0011,
    )
