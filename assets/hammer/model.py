"""A carpenter's claw-less hammer of 500 g (DIN 1041), lying on its side, its handle along −X."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint


def model():
    steel = finish.metal("forged_steel", "#77797b", 0.38, 3, tile=0.1)
    bright = finish.metal("face", "#c9cbcc", 0.22, 4, tile=0.1)
    ash = finish.wood("ash", "#cfa874", "#9c7442", seed=17, tile=0.5, rings=9, knots=0, roughness=0.5)
    x, z = 0.142, 0.0135
    head = shape.loft(
        [
            _ring(y, a, b)
            for y, a, b in (
                (-0.055, 0.012, 0.012),
                (-0.053, 0.0135, 0.0135),
                (-0.03, 0.0135, 0.0135),
                (-0.022, 0.0115, 0.0115),
                (-0.012, 0.0132, 0.0132),
                (0.012, 0.0132, 0.0132),
                (0.02, 0.0125, 0.0118),
                (0.055, 0.0122, 0.003),
            )
        ]
    )
    face = shape.cylinder(0.0118, 0.003, 0.0012, 20, "y").at(y=-0.0557)
    rings = [
        np.column_stack([np.full(20, x), ring])
        for x, ring in (
            (x, outline.ellipse(a, b, 20, 2.4))
            for x, a, b in (
                (-0.3, 0.012, 0.01),
                (-0.295, 0.0155, 0.012),
                (-0.2, 0.0148, 0.0115),
                (-0.12, 0.0115, 0.0095),
                (-0.03, 0.0105, 0.009),
                (0.016, 0.0095, 0.0085),
            )
        )
    ]
    return assemble(
        paint(head.at(x, 0, z), steel, box=True),
        paint(face.at(x, 0, z), bright),
        paint(shape.loft(rings).at(x, 0, z), ash, "x"),
    )


def _ring(y, a, b):
    ring = outline.ellipse(a, b, 24, 6.0)
    return np.column_stack([-ring[:, 0], np.full(24, y), ring[:, 1]])
