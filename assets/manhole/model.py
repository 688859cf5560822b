"""A cast-iron manhole cover in its frame, flush with the street: class D 400, 605 mm."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint


def model():
    iron = finish.cast_iron("cast_iron", "#56524d", 9)
    filling = finish.concrete("filling", "#8f8a82", 2, 0.6, 256)
    frame = shape.pipe(0.39, 0.31, 0.024, 0.002, 48)
    cover = shape.cylinder(0.3, 0.02, 0.002, 48)
    rings = [shape.pipe(r, r - 0.014, 0.025, 0.002, 40) for r in (0.292, 0.2, 0.11)]
    bars = shape.ring(shape.box(0.09, 0.014, 0.025, 0.002).at(0.24), 16)
    short = shape.ring(shape.box(0.075, 0.014, 0.025, 0.002).at(0.152), 8)
    hub = shape.cylinder(0.05, 0.024, 0.003, 24)
    holes = shape.ring(shape.cylinder(0.016, 0.0212, 0, 12).at(0.245, 0, 0), 16, 360 / 32)
    dark = finish.plain("holes", "#0a0a0a", 0.95)
    return assemble(
        paint(shape.join([frame, *rings, hub]), iron, box=True),
        paint(bars + short, iron),
        paint(cover, filling, box=True),
        paint(holes, dark),
    )
