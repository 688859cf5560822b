"""Ten metres of brick wall indoors with three iron windows, along Y, 3.5 m high; its face towards +X."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

LONG, THICK, HIGH = 10.0, 0.3, 3.54
WINDOW, SILL = (1.7, 1.75), 1.05


def model():
    brick, plinth = (
        finish.brick("shop_brick", "#725a4c", "#8c8478", 12),
        finish.stone("plinth", "#6f675d", 5, 1.2, 0.15),
    )
    iron, glass = finish.painted("window_iron", "#2c3532", 0.5, 4, 0.03), finish.glass("glass", "#b7c6c4", 0.16)
    places = (-3.2, 0.0, 3.2)
    holes = [outline.rectangle(*WINDOW) + (y, SILL + WINDOW[1] / 2) for y in places]
    wall = shape.extrude([outline.rectangle(LONG, HIGH) + (0, HIGH / 2), *holes], THICK, 0, "x")
    foot = shape.box(0.06, LONG, 0.32, 0.01).at(THICK / 2 + 0.02)
    sills = shape.join(shape.box(0.42, WINDOW[0] + 0.2, 0.06, 0.01).at(0.02, y, SILL - 0.05) for y in places)
    bars, panes = [], []
    for y in places:
        low, high = y - WINDOW[0] / 2, y + WINDOW[0] / 2
        bars += [shape.box(0.05, 0.035, WINDOW[1]).at(-0.04, k, SILL) for k in np.linspace(low + 0.02, high - 0.02, 5)]
        bars += [
            shape.box(0.05, WINDOW[0], 0.035).at(-0.04, y, SILL + k) for k in np.linspace(0.0, WINDOW[1] - 0.035, 5)
        ]
        panes.append(shape.box(0.006, WINDOW[0], WINDOW[1]).at(-0.04, y, SILL))
    return assemble(
        paint(wall, brick, box=True),
        paint(shape.join([foot, sills]), plinth, box=True),
        paint(shape.join(bars), iron, box=True),
        paint(shape.join(panes), glass, box=True),
    )
