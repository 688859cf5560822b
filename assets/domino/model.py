"""A toppling domino: a bevelled plastic tile, standing on its short edge."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

THICK, WIDTH, HEIGHT = 0.0075, 0.024, 0.048


def model():
    red = finish.plastic("red_plastic", "#b3261e", 0.28, seed=3, tile=0.08)
    return assemble(paint(shape.box(THICK, WIDTH, HEIGHT, 0.0006), red))
