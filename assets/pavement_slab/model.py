"""A concrete paving slab, 400 x 400 x 50 mm."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint


def model():
    return assemble(paint(shape.box(0.4, 0.4, 0.05, 0.003), finish.concrete("concrete", "#a49e94", 8, 0.8, 256)))
