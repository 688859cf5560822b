"""A rubber traffic cone of 750 mm with two reflecting bands."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

HEIGHT, FOOT, BOTTOM, TOP = 0.75, 0.4, 0.142, 0.03


def _radius(z):
    return BOTTOM + (TOP - BOTTOM) * (z - 0.035) / (HEIGHT - 0.035)


def model():
    orange = finish.plastic("orange_rubber", "#e2521a", 0.55, seed=2, dirt=0.14, tile=0.5)
    white = finish.plastic("reflective_band", "#e9e9e4", 0.3, seed=3, dirt=0.05)
    foot = finish.rubber("foot", "#2e2e2e", tile=0.4)
    base = shape.extrude(outline.rectangle(FOOT, FOOT, 0.05, 5), 0.03, 0.005).at(z=0.004)
    feet = shape.ring(shape.cylinder(0.03, 0.008, 0.002, 16).at(0.155, 0.0), 4, 45)
    lip = shape.cone(BOTTOM + 0.016, BOTTOM, 0.025, 0.004, 40).at(z=0.03)
    corners = np.array(
        [(BOTTOM, 0.035), (TOP, HEIGHT), (TOP - 0.007, HEIGHT), (TOP - 0.009, HEIGHT - 0.06), (0, HEIGHT - 0.06)]
    )
    cone = shape.lathe(outline.rounded(corners, (0, 0.003, 0.003, 0.004, 0), 3, closed=False), 40)
    bands = [
        shape.lathe(
            outline.rounded(
                [
                    (_radius(a) - 0.001, a),
                    (_radius(a) + 0.0016, a + 0.001),
                    (_radius(b) + 0.0016, b - 0.001),
                    (_radius(b) - 0.001, b),
                ],
                0.0004,
                1,
                closed=False,
            ),
            40,
        )
        for a, b in ((0.25, 0.36), (0.48, 0.6))
    ]
    return assemble(
        paint(base + feet, foot, box=True), paint(lip, foot), paint(cone, orange), paint(shape.join(bands), white)
    )
