"""Forty metres of closed street front along Y as seen from afar: six houses with painted windows, facing +X."""

import numpy as np

from sim.assets.kit import finish, shape, sign
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import Finish, assemble, paint, planar
from sim.assets.mesh import Material

DEEP = 10.0
HOUSES = [  # width m, storeys, bays, wall, trim, roof
    (7.0, 4, 3, "#aa9a80", "#ddd0b6", "#5f4338"),
    (6.0, 5, 2, "#7d584b", "#cfc3ae", "#4a4c50"),
    (8.0, 4, 4, "#cfc7b3", "#f0ead9", "#64483d"),
    (5.5, 3, 2, "#7c8b80", "#dcd9cc", "#54413a"),
    (7.5, 5, 3, "#b0937f", "#e6d8c2", "#45494e"),
    (6.0, 4, 3, "#a8a59c", "#e4e2da", "#66493c"),
]


def model():
    return assemble(row(HOUSES, 31))


def row(houses, seed):
    """Primitives of a closed row of houses along Y."""
    parts, y = [], -sum(h[0] for h in houses) / 2
    rng = np.random.Generator(np.random.PCG64(seed))
    for i, (width, storeys, bays, wall, trim, roof) in enumerate(houses):
        high, middle = 4.0 + 3.2 * (storeys - 1), y + width / 2
        plain, tiles = finish.plain(f"far_wall_{i}", wall, 0.92), finish.plain(f"far_roof_{i}", roof, 0.85)
        parts.append(paint(shape.box(DEEP, width, high).at(0, middle), plain, box=True))
        face = shape.box(0.06, width - 0.02, high).at(DEEP / 2 + 0.01, middle)
        look = front(f"far_front_{i}", width, storeys, bays, wall, trim, rng)
        parts.append(paint(planar(face, "x", (y, 0), (y + width, high)), look))
        parts.append(
            paint(
                shape.box(0.5, width, 0.35).at(DEEP / 2 + 0.1, middle, high - 0.3),
                finish.plain(f"far_trim_{i}", trim, 0.9),
                box=True,
            )
        )
        gable = [(-DEEP / 2, 0), (DEEP / 2 + 0.2, 0), (DEEP / 2 - 1.6, 2.6), (-DEEP / 2 + 1.6, 2.6)]
        parts.append(paint(shape.extrude(gable, width, 0, "y").at(0, middle, high), tiles, box=True))
        stack = shape.box(0.8, 0.5, 1.8).at(-1.5, y + 0.4, high + 2.0)
        parts.append(paint(stack, plain, box=True))
        y += width
    return parts


def front(name, width, storeys, bays, wall, trim, rng):
    """One front as a picture: base and, for the lit panes, glow."""
    w, h = 40 * bays, 48 * storeys
    day, night = sign.canvas(w, h, wall), sign.canvas(w, h, "#000000")
    lights = ["#f0c98a", "#e8b26a", "#f4dcae"]
    for storey in range(storeys):
        top = 1 - (storey + 1) / storeys
        sign.rectangle(day, (0, top, 1, top + 0.035 / storeys), trim)
        for bay in range(bays):
            x0, x1 = (bay + 0.3) / bays, (bay + 0.7) / bays
            if storey == 0:
                x0, x1 = (bay + 0.12) / bays, (bay + 0.88) / bays
            y0, y1 = top + (0.22 if storey else 0.3) / storeys, top + (0.78 if storey else 0.97) / storeys
            pad = 0.05 / bays
            sign.rectangle(day, (x0 - pad, y0 - pad * 0.5, x1 + pad, y1 + pad * 0.5), trim)
            sign.rectangle(day, (x0, y0, x1, y1), "#232b31")
            if rng.random() < (0.6 if storey == 0 else 0.33):
                color = lights[int(rng.integers(3))]
                sign.rectangle(night, (x0, y0, x1, y1), color)
            sign.rectangle(day, (x0, y0 + 0.3 / storeys, x1, y0 + 0.315 / storeys), trim)
    return Finish(
        Material(
            name,
            (1.0, 1.0, 1.0, 1.0),
            0.0,
            0.8,
            base_texture=tx.as_jpeg(day),
            emissive=(0.2, 0.18, 0.14),
            emissive_texture=tx.as_jpeg(night),
        )
    )
