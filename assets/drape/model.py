"""A black stage drape in folds, 8 m along Y and 6 m high."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LONG, HIGH = 8.0, 6.0


def model():
    y = np.linspace(-LONG / 2, LONG / 2, 321)
    x = 0.055 * np.sin(2 * np.pi * y / 0.32 + 0.7 * np.sin(2.1 * y)) + 0.02 * np.sin(3.7 * y)
    rows = [[(a * f, b, z) for a, b in zip(x, y, strict=True)] for z, f in ((HIGH, 0.75), (3.0, 1.0), (0.02, 1.2))]
    cloth = shape.sheet(np.array(rows), 0.006)
    rail = shape.cylinder(0.025, LONG, 0.002, 16, "y").at(z=HIGH)
    return assemble(paint(cloth, finish.plain("molton", "#17171a", 0.98)), paint(rail, finish.galvanised(), box=True))
