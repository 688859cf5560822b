"""A camera dolly: a platform on four pairs of wheels, a column, a seat; it rolls along X."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint


def model():
    deck = finish.metal("tread_plate", "#5b5f63", 0.45, 3, tile=0.4)
    black = finish.painted("black_paint", "#1e2022", 0.4, seed=3, tile=0.5)
    rubber = finish.rubber("wheels", "#2a2a2a", tile=0.3)
    alloy = finish.metal("alloy", "#b5b8ba", 0.3, 5, tile=0.2)
    leather = finish.leather("seat", "#2b2423", 4)
    plate = shape.extrude(outline.rectangle(1.2, 0.72, 0.08, 5), 0.03, 0.006).at(z=0.2)
    bars = shape.join(shape.box(1.1, 0.012, 0.004, 0.0015).at(0, y, 0.229) for y in np.linspace(-0.3, 0.3, 13))
    wheels, hubs = [], []
    for x in (-0.48, 0.48):
        for y in (-0.33, 0.33):
            for d in (-0.07, 0.07):
                wheels.append(
                    shape.lathe(
                        outline.rounded([(0.05, -0.02), (0.09, -0.02), (0.09, 0.02), (0.05, 0.02)], 0.008, 3, False),
                        24,
                        "y",
                    ).at(x + d, y, 0.09)
                )
                hubs.append(shape.cylinder(0.054, 0.036, 0.003, 20, "y").at(x + d, y, 0.09))
            hubs.append(shape.box(0.22, 0.03, 0.05, 0.01).at(x, y * 0.86, 0.11))
            hubs.append(shape.cylinder(0.025, 0.08, 0.003, 16).at(x, y * 0.86, 0.14))
    column = shape.cylinder(0.07, 0.5, 0.006, 28).at(0.1, 0, 0.23) + shape.cylinder(0.05, 0.5, 0.004, 28).at(
        0.1, 0, 0.6
    )
    head = shape.cylinder(0.075, 0.03, 0.006, 28).at(0.1, 0, 1.1) + shape.lathe(
        outline.rounded([(0.04, 0), (0.08, 0.06), (0.08, 0.09), (0, 0.09)], 0.01, 3, False), 28
    ).at(0.1, 0, 1.12)
    seat = shape.lathe(
        outline.rounded(
            [(0, 0), (0.16, 0), (0.17, 0.03), (0.15, 0.06), (0, 0.065)], (0, 0.01, 0.015, 0.02, 0), 4, False
        ),
        28,
    ).at(-0.35, 0, 0.66)
    post = shape.cylinder(0.025, 0.44, 0.003, 16).at(-0.35, 0, 0.23)
    bar = shape.tube(
        outline.rounded(
            [(-0.58, -0.2, 0.22), (-0.72, -0.2, 0.95), (-0.72, 0.2, 0.95), (-0.58, 0.2, 0.22)], 0.06, 4, False
        ),
        0.016,
        12,
    )
    return assemble(
        paint(plate, deck),
        paint(bars, deck),
        paint(shape.join(wheels), rubber),
        paint(shape.join(hubs), alloy, box=True),
        paint(column + head, black),
        paint(shape.join([post, bar]), alloy, box=True),
        paint(seat, leather),
    )
