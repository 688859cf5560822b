"""A machined aluminium cube of 40 mm for grasping tests, one face marked."""

from sim.assets.kit import finish, shape, sign
from sim.assets.kit.paint import assemble, paint, planar

SIDE = 0.04


def model():
    blue = finish.metal("anodised_blue", "#2a5db0", 0.38, 4, tile=0.08)
    picture = sign.canvas(256, 256, "#f2f0ea")
    sign.write(picture, "40", (0.5, 0.5), 0.6, "#14213a", 0.08)
    mark = planar(shape.box(0.024, 0.024, 0.0003).at(z=SIDE - 0.0001), "z", (-0.012, -0.012), (0.012, 0.012))
    return assemble(paint(shape.box(SIDE, SIDE, SIDE, 0.0012), blue), paint(mark, finish.printed("mark", picture, 0.6)))
