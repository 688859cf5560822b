"""A forged iron ball of 40 mm: nearly round, with dark scale and shallow dents."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

RADIUS = 0.02


def model():
    iron = finish.cast_iron("forged_iron", "#4b4a4a", 8)
    rng = np.random.Generator(np.random.PCG64(3))
    dents = rng.standard_normal((26, 3))
    dents /= np.linalg.norm(dents, axis=1, keepdims=True)

    def hammered(points):
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        flat = np.clip(unit @ dents.T - 0.93, 0, 1).max(axis=1)
        return unit * (RADIUS - 0.0028 * flat)[:, None]

    return assemble(paint(shape.icosphere(RADIUS, 4).bent(hammered).at(z=RADIUS), iron))
