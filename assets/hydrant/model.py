"""A pillar fire hydrant with two hose couplings."""

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint


def model():
    red = finish.painted("red_paint", "#a61d18", 0.35, seed=11, chipped=0.03, tile=0.5)
    zinc = finish.metal("couplings", "#b5b4ae", 0.4, 5)
    corners = [
        (0, 0),
        (0.16, 0),
        (0.16, 0.03),
        (0.105, 0.045),
        (0.1, 0.06),
        (0.088, 0.09),
        (0.085, 0.56),
        (0.11, 0.58),
        (0.11, 0.61),
        (0.086, 0.63),
        (0.084, 0.72),
        (0.13, 0.74),
        (0.13, 0.775),
        (0.118, 0.785),
        (0.105, 0.84),
        (0.06, 0.885),
        (0, 0.9),
    ]
    radii = [0, 0.004, 0.008, 0.01, 0.01, 0.01, 0.02, 0.008, 0.008, 0.01, 0.02, 0.008, 0.008, 0.006, 0.03, 0.03, 0]
    body = shape.lathe(outline.rounded(corners, radii, 3, closed=False), 28)
    nut = shape.extrude(outline.circle(0.026, 5), 0.045, 0.004).at(z=0.893)
    bolts = shape.ring(shape.cylinder(0.012, 0.024, 0.003, 6).at(0.098, 0, 0.605), 8)
    bolts += shape.ring(shape.cylinder(0.014, 0.02, 0.003, 6).at(0.135, 0, 0.03), 6)
    outlet = shape.lathe(
        outline.rounded([(0.055, 0.03), (0.055, 0.12), (0.068, 0.124), (0.068, 0.14), (0.05, 0.145)], 0.003, 2, False),
        28,
    )
    cap = shape.lathe(
        outline.rounded(
            [(0.06, 0.143), (0.064, 0.15), (0.064, 0.178), (0.05, 0.19), (0.018, 0.192), (0.018, 0.215), (0, 0.217)],
            0.004,
            2,
            False,
        ),
        28,
    )
    lugs = shape.ring(shape.box(0.02, 0.03, 0.024, 0.005).at(0.067, 0, 0.152), 4, 45)

    def sides(part):
        return shape.join(part.turned(pitch=90, yaw=a).at(z=0.675) for a in (90, -90))

    chain = shape.tube(
        outline.smooth([(0, 0.19, 0.66), (0.05, 0.16, 0.52), (0.07, 0.09, 0.5), (0.07, 0.06, 0.56)], 16), 0.004, 6
    )
    return assemble(
        paint(body, red),
        paint(nut + bolts, red),
        paint(sides(outlet), red),
        paint(sides(cap), zinc),
        paint(sides(lugs), zinc),
        paint(chain.both("y"), zinc),
    )
