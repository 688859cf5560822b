"""An aluminium ladder of eight rungs, leaning nowhere: it lies in its own plane, standing on its feet."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

LENGTH, WIDTH = 2.4, 0.42


def model():
    alloy = finish.metal("aluminium", "#c4c6c8", 0.4, 3, brushed=1.0, tile=0.5)
    rubber = finish.rubber("feet", tile=0.1)
    rail = outline.rectangle(0.06, 0.026, 0.004, 2)
    rails = [
        shape.extrude([rail, outline.inset(rail, 0.004)], LENGTH - 0.04, 0.0008).at(0, s * (WIDTH / 2 - 0.013), 0.03)
        for s in (-1, 1)
    ]
    rungs = [
        shape.extrude(outline.rectangle(0.03, 0.03, 0.004, 2), WIDTH - 0.03, 0.001, "y").at(0, 0, z)
        for z in np.arange(0.28, 2.3, 0.28)
    ]
    feet = [shape.box(0.07, 0.036, 0.06, 0.006).at(0, s * (WIDTH / 2 - 0.013)) for s in (-1, 1)]
    caps = [shape.box(0.062, 0.028, 0.02, 0.004).at(0, s * (WIDTH / 2 - 0.013), LENGTH - 0.015) for s in (-1, 1)]
    return assemble(
        [paint(r, alloy, "z") for r in rails],
        [paint(r, alloy, "y") for r in rungs],
        paint(shape.join(feet + caps), rubber),
    )
