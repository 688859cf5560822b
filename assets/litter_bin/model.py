"""A street litter bin: slatted drum, liner, domed hood with two openings."""

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

RADIUS, HEIGHT = 0.24, 0.82


def model():
    green = finish.painted("green_paint", "#24402f", 0.4, seed=5, chipped=0.012, tile=0.6)
    steel = finish.metal("liner", "#a9acae", 0.45, 3)
    dark = finish.plain("inside", "#101112", 0.9)
    slat = shape.box(0.006, 0.044, 0.6, 0.0022).at(RADIUS, 0, 0.1)
    hoops = [shape.pipe(RADIUS + 0.007, RADIUS - 0.008, 0.03, 0.003, 40).at(z=z) for z in (0.09, 0.38, 0.68)]
    base = shape.lathe(
        outline.rounded(
            [(0, 0), (0.2, 0), (0.21, 0.02), (0.2, 0.05), (0.23, 0.09), (0, 0.09)],
            (0, 0.006, 0.01, 0.02, 0.004, 0),
            3,
            closed=False,
        ),
        40,
    )
    liner = shape.pipe(RADIUS - 0.012, RADIUS - 0.016, 0.6, 0.001, 40).at(z=0.1)
    lid = shape.lathe(
        outline.rounded(
            [(RADIUS - 0.02, 0.95), (RADIUS + 0.012, 0.95), (RADIUS + 0.012, 0.975), (0.15, 1.05), (0, 1.075)],
            (0, 0.006, 0.01, 0.08, 0),
            4,
            closed=False,
        ),
        40,
    )
    under = shape.lathe([(0, 0.951), (RADIUS - 0.02, 0.95)][::-1], 40)
    posts = shape.ring(shape.box(0.012, 0.05, 0.28, 0.003).at(RADIUS - 0.002, 0, 0.69), 4, 45)
    floor = shape.cylinder(RADIUS - 0.017, 0.01, 0, 40).at(z=0.5)
    ash = shape.cylinder(0.05, 0.02, 0.004, 24).at(z=1.066)
    return assemble(
        paint(shape.ring(slat, 26), green),
        [paint(s, green) for s in (*hoops, base, lid, posts)],
        paint(liner, steel),
        paint(shape.Shape(under.vertices, under.faces[:, ::-1]), dark),
        paint(floor, dark),
        paint(ash, steel),
    )
