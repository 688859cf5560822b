"""A welded steel pedestal for a robot arm, top plate at 0.75 m with a bolt circle."""

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint


def model():
    grey = finish.painted("grey_paint", "#5a6268", 0.4, seed=5, chipped=0.01, tile=0.6)
    steel = finish.metal("machined_plate", "#b7babc", 0.3, 3, tile=0.3)
    zinc = finish.galvanised(tile=0.1)
    foot = shape.extrude(outline.rectangle(0.6, 0.6, 0.03, 4), 0.02, 0.003)
    column = shape.extrude(outline.rectangle(0.3, 0.3, 0.03, 5), 0.705, 0.002).at(z=0.02)
    gusset = shape.extrude([(0.148, 0.02), (0.275, 0.02), (0.275, 0.035), (0.17, 0.2), (0.148, 0.2)], 0.012, 0.002, "y")
    plate = shape.extrude(outline.rectangle(0.4, 0.4, 0.02, 4), 0.025, 0.003).at(z=0.725)
    bolts = shape.ring(shape.cylinder(0.012, 0.014, 0.002, 6).at(0.36, 0, 0.02), 4, 45) + shape.ring(
        shape.cylinder(0.0085, 0.004, 0.001, 6).at(0.1, 0, 0.75), 8
    )
    hatch = shape.box(0.006, 0.2, 0.3, 0.002).at(0.151, 0, 0.3)
    cable = shape.tube(
        outline.smooth(
            [(-0.15, 0.05, 0.5), (-0.22, 0.06, 0.42), (-0.25, 0.07, 0.2), (-0.33, 0.1, 0.03), (-0.5, 0.16, 0.012)], 24
        ),
        0.011,
        10,
    )
    return assemble(
        paint(shape.join([foot, column, shape.ring(gusset, 4), hatch]), grey),
        paint(plate, steel),
        paint(bolts, zinc, box=True),
        paint(cable, finish.rubber("cable", tile=0.2)),
    )
