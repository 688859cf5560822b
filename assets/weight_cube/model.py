"""A calibration weight in the shape of a cube, one face marked with its mass."""

from sim.assets.kit import finish, shape, sign
from sim.assets.kit.paint import assemble, paint, planar

SIDE = 0.04


def model():
    green = finish.painted("green_paint", "#3f9a52", 0.38, seed=3, tile=0.1)
    picture = sign.canvas(256, 256, "#eef0ea")
    sign.write(picture, "1 kg", (0.5, 0.5), 0.42, "#10301a", 0.08)
    mark = planar(shape.box(0.026, 0.026, 0.0003).at(z=SIDE - 0.0001), "z", (-0.013, -0.013), (0.013, 0.013))
    return assemble(
        paint(shape.box(SIDE, SIDE, SIDE, 0.0012), green), paint(mark, finish.printed("mark", picture, 0.6))
    )
