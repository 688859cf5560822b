"""Ten by ten metres of mown grass, its surface at 0.02 m."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint

SIDE, THICK, SIZE = 10.0, 0.02, 1024


def model():
    return assemble(paint(shape.box(SIDE, SIDE, THICK), grass()))


def grass():
    """Blades in short strokes of two directions, daisies of clover tone, broad patches."""
    strokes = 0.6 * tx.noise(SIZE, 3, 0.4, (1, 5), 90) + 0.6 * tx.noise(SIZE, 4, 0.4, (5, 1), 90)
    clump = tx.noise(SIZE, 5, 1.2, lowest=10)
    broad = tx.noise(SIZE, 6, 1.6, lowest=2)
    tone = tx.unit(0.8 * strokes + 0.5 * clump)
    colors = tx.mix(tx.color("#2f4a1b"), tx.color("#7d9a45"), tone)
    dry = 0.3 * tx.unit(1.4 * broad - 1.2)
    colors = tx.mix(colors, tx.color("#a79a58"), dry) * np.exp(0.07 * broad)[..., None]
    return finish.textured("grass", colors, 5.0, 0.95, height=strokes + 0.8 * clump, depth=0.009)
