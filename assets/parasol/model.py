"""A café parasol, 2.8 m across, closed ribs of wood under cream canvas, with a concrete foot."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

ROOF, EAVES, HALF = 2.75, 2.18, 1.4


def model():
    canvas, stripe = finish.cloth("canvas", "#e9dfc6", 3, 0.2), finish.cloth("canvas_stripe", "#a8402f", 4, 0.2)
    wood = finish.wood("mast", "#b78a58", "#8a6038", seed=6, tile=1.0)
    foot = finish.concrete("foot", "#8d8a84", 3, 0.8, 256)
    corners = [HALF * np.array([np.cos(a), np.sin(a)]) for a in np.arange(8) * np.pi / 4]
    panels = []
    for i in range(8):
        a, b = corners[i], corners[(i + 1) % 8]
        panels.append((i, panel(a, b)))
    ribs = [shape.tube([(0, 0, ROOF - 0.08), (*c, EAVES - 0.02)], 0.012, 6) for c in corners]
    stays = [shape.tube([(0, 0, 1.9), (*(0.5 * c), (ROOF + EAVES) / 2 - 0.06)], 0.01, 6) for c in corners]
    mast = shape.cylinder(0.024, ROOF + 0.05, 0.003, 16)
    base = shape.cylinder(0.3, 0.09, 0.02, 32)
    return assemble(
        [paint(p, stripe if i % 2 else canvas, box=True) for i, p in panels],
        paint(shape.join([mast, *ribs, *stays]), wood, "z"),
        paint(base, foot),
    )


def panel(a, b):
    """One gore with its hanging valance; two-sided by its thickness."""
    rows = []
    for t in np.linspace(0, 1, 5):
        sag = -0.06 * np.sin(np.pi * t)
        row = [
            np.append(t * ((1 - s) * a + s * b) * (1 - 0.04 * np.sin(np.pi * s) * t), ROOF + t * (EAVES - ROOF) + sag)
            for s in np.linspace(0, 1, 5)
        ]
        rows.append(row)
    rows.append([p - (0, 0, 0.16) for p in rows[-1]])
    points = np.array(rows)
    points[0, :, :2] = 0.02 * np.array([np.cos(t) for t in np.linspace(0, 1, 5)])[:, None] * (a + b) / 2
    return shape.sheet(points, 0.006)
