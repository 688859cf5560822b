"""A pan of dark steel, brimful of water."""

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint


def model():
    size = 256
    ripples = tx.noise(size, 6, 2.0)
    colors = tx.mix(tx.color("#22303a"), tx.color("#3b4d58"), tx.unit(ripples))
    water = finish.textured("water", colors, 0.5, 0.03 + 0.02 * tx.unit(ripples), height=ripples, depth=0.0005)
    return assemble(paint(shape.box(0.5, 0.6, 0.006), water))
