"""A studio softbox of 0.9 × 0.6 m on a stand, its cloth towards +X at 2 m."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

W, H, Z = 0.9, 0.6, 2.0


def model():
    black = finish.cloth("black_cloth", "#141415", 3, 0.1)
    alloy = finish.metal("stand", "#4a4d50", 0.4, 3, tile=0.2)
    plastic = finish.plastic("housing", "#1b1c1e", 0.4, 4)
    cloth = finish.glow("lamp_softbox", "#fff6ea", "#efece4", 0.9)

    def frame(x, w, h):
        ring = outline.rectangle(w, h, 0.03, 3)
        return np.column_stack([np.full(len(ring), x), ring])

    shell = shape.loft(
        [
            frame(x, w, h)
            for x, w, h in ((-0.32, 0.16, 0.16), (-0.2, 0.42, 0.32), (-0.05, 0.74, 0.52), (0.06, W, H), (0.1, W, H))
        ]
    ).at(z=Z)
    lip = shape.extrude(
        [outline.rectangle(W + 0.006, H + 0.006, 0.03, 3), outline.rectangle(W - 0.03, H - 0.03, 0.02, 3)],
        0.05,
        0.003,
        "x",
    ).at(0.1, 0, Z)
    face = shape.extrude(outline.rectangle(W - 0.02, H - 0.02, 0.02, 3), 0.006, 0.002, "x").at(0.1, 0, Z)
    lamp = shape.cylinder(0.075, 0.3, 0.015, 28, "x").at(-0.42, 0, Z) + shape.box(0.06, 0.05, 0.2, 0.01).at(
        -0.42, 0, Z - 0.24
    )
    mast = [
        shape.cylinder(r, 0.75, 0.002, 16).at(-0.42, 0, z) for r, z in ((0.016, 0.35), (0.013, 0.9), (0.0105, 1.15))
    ]
    knobs = [shape.cylinder(0.022, 0.05, 0.004, 16).at(-0.42, 0, z) for z in (1.05, 1.6)] + [
        shape.cylinder(0.028, 0.06, 0.005, 16).at(-0.42, 0, z) for z in (0.33, 0.62)
    ]
    legs = []
    for yaw in (30, 150, 270):
        way = np.array([np.cos(np.deg2rad(yaw)), np.sin(np.deg2rad(yaw)), 0])
        base = np.array([-0.42, 0, 0])
        legs += [
            shape.tube(np.array([base + way * 0.025 + (0, 0, 0.64), base + way * 0.55 + (0, 0, 0.012)]), 0.0105, 10),
            shape.tube(np.array([base + way * 0.02 + (0, 0, 0.36), base + way * 0.29 + (0, 0, 0.32)]), 0.007, 8),
        ]
    return assemble(
        paint(shell, black, box=True),
        paint(lip, black, box=True),
        paint(face, cloth),
        paint(shape.join(mast + legs), alloy),
        paint(shape.join([lamp, *knobs]), plastic, box=True),
    )
