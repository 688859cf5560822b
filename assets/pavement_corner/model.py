"""A footway's outer corner: a quarter disc of 3 m, kerb along the arc, its middle at the corner −X, −Y."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

RADIUS, HEIGHT = 3.0, 0.14


def model():
    slabs = finish.paving("paving", "#a39d92", 3, 2.0, 5)
    granite = finish.stone("granite", "#9a9690", 4, 0.9, 0.2)
    angle = np.linspace(0, np.pi / 2, 17)
    inner = (RADIUS - 0.15) * np.stack([np.cos(angle), np.sin(angle)], -1)
    field = shape.extrude(np.vstack([[0, 0], inner]), HEIGHT)
    parts = [paint(field.at(-1.5, -1.5), slabs)]
    for i in range(5):
        turn = np.deg2rad(np.linspace(18 * i + 0.06, 18 * i + 17.94, 5))
        ring = np.stack([np.cos(turn), np.sin(turn)], -1)
        stone = shape.extrude(np.vstack([ring * RADIUS, ring[::-1] * (RADIUS - 0.148)]), HEIGHT, 0.006)
        parts.append(paint(stone.at(-1.5, -1.5), granite, offset=(0.37 * i, 0.2 * i)))
    return assemble(parts)
