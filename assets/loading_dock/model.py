"""A loading dock of 4 m: concrete platform with rubber buffers and a steel leveller; vehicles come from +X."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LONG, DEEP, HIGH = 4.0, 3.0, 1.2


def model():
    grey = finish.concrete("concrete", "#a29d93", 7, 1.8)
    steel = finish.painted("leveller", "#6f7478", 0.5, seed=3, chipped=0.06, tile=0.8)
    rubber = finish.rubber("buffer", tile=0.4)
    yellow = finish.painted("yellow_paint", "#c99a12", 0.5, seed=5, chipped=0.05, tile=0.6)
    block = shape.box(DEEP, LONG, HIGH, 0.015)
    edge = shape.box(0.14, LONG, 0.012, 0.003).at(DEEP / 2 - 0.075, 0, HIGH - 0.004)
    nose = shape.box(0.012, LONG, 0.14, 0.003).at(DEEP / 2 + 0.002, 0, HIGH - 0.142)
    plate = shape.box(2.2, 2.0, 0.014, 0.004).at(0.38, 0, HIGH)
    buffers = [shape.box(0.12, 0.25, 0.45, 0.02).at(DEEP / 2 + 0.058, s * 1.3, HIGH - 0.62) for s in (-1, 1)]
    bolts = shape.join(
        shape.cylinder(0.02, 0.012, 0.003, 6, "x").at(DEEP / 2 + 0.122, s * 1.3 + dy, HIGH - 0.4 + dz)
        for s in (-1, 1)
        for dy in (-0.07, 0.07)
        for dz in (-0.12, 0.12)
    )
    guards = [shape.box(0.1, 0.1, 0.9, 0.012).at(DEEP / 2 - 0.3, s * (LONG / 2 - 0.15), HIGH) for s in (-1, 1)]
    return assemble(
        paint(block, grey),
        paint(shape.join([edge, nose, *guards]), yellow),
        paint(plate, steel),
        paint(shape.join(buffers), rubber),
        paint(bolts, finish.galvanised(tile=0.1), box=True),
    )
