"""A glaze of clear ice on a road: asphalt shows through it, and the sky is mirrored in it."""

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint

LENGTH, WIDTH, THICK = 12.0, 3.4, 0.0002


def model():
    size = 256
    cloudy = tx.unit(tx.noise(size, 4, 2.2))
    colors = tx.mix(tx.color("#2a2c2f"), tx.color("#4b5054"), cloudy)
    glaze = finish.textured("ice", colors, 3.0, 0.04 + 0.12 * cloudy)
    return assemble(paint(shape.box(LENGTH, WIDTH, THICK), glaze))
