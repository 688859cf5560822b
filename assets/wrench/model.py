"""A combination spanner of 17 mm, lying flat along X: ring at −X, jaw at +X."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

T = 0.009


def model():
    chrome = finish.metal("chrome_vanadium", "#c6c8ca", 0.2, 3, tile=0.15)
    angle = np.deg2rad(np.linspace(35, 325, 26))
    jaw = np.stack([0.1 + 0.019 * np.cos(angle), 0.018 * np.sin(angle)], -1)
    head = np.vstack(
        [jaw, [(0.121, -0.0087), (0.1, -0.0087), (0.0945, -0.006), (0.0945, 0.006), (0.1, 0.0087), (0.121, 0.0087)]]
    )
    head = shape.extrude(head[::-1], T, 0.0012)
    shaft = shape.extrude(outline.rectangle(0.2, 0.0135, 0.002, 2), 0.0065, 0.0015).at(0, 0, 0.00125)
    ring = shape.extrude([outline.circle(0.0135, 32), outline.circle(0.0092, 12)], T, 0.001).at(-0.1)
    return assemble(
        paint(
            shape.union(
                head,
                shape.cut(
                    shaft,
                    shape.cylinder(0.011, 0.03, 0, 24).at(-0.1, 0, -0.01),
                    shape.box(0.03, 0.0174, 0.03).at(0.111, 0, -0.01),
                ),
                ring,
            ),
            chrome,
            box=True,
        )
    )
