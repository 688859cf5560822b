"""A plank of clear ice."""

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint


def model():
    size = 256
    frost = tx.unit(tx.noise(size, 3, 2.0))
    colors = tx.mix(tx.color("#b9d3dc"), tx.color("#eef6f8"), frost)
    ice = finish.textured("ice", colors, 0.25, 0.08 + 0.1 * frost, height=tx.noise(size, 8, 2.4), depth=0.0004)
    return assemble(paint(shape.box(0.68, 0.24, 0.012), ice))
