"""Ten metres of gravel path along X, 2 m wide between steel edges, its surface at 0.035 m."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint

LENGTH, WIDTH, HIGH = 10.0, 2.0, 0.035


def model():
    bed = shape.box(LENGTH, WIDTH - 0.02, HIGH)
    edges = shape.join(shape.box(LENGTH, 0.012, HIGH + 0.02, 0.002).at(0, s * (WIDTH / 2 - 0.006)) for s in (-1, 1))
    return assemble(paint(bed, gravel()), paint(edges, finish.rusty("corten", 4, 0.8), box=True))


def gravel():
    """Rounded grit of 8 to 16 mm in pale sand."""
    edge, value = tx.cells(512, 21, 6500)
    stone = tx.step(edge, 0.0006, 0.004)
    shade = tx.mix(tx.color("#8d7b62"), tx.color("#d3c3a4"), value)
    colors = tx.mix(tx.color("#6e5c45"), shade, 0.25 + 0.75 * stone) * np.exp(0.1 * tx.noise(512, 22, 2.0))[..., None]
    return finish.textured("gravel", colors, 1.4, 0.95, height=tx.blur(stone * (0.5 + value), 0.7), depth=0.006)
