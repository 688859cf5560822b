"""A concrete safety barrier of New Jersey profile, two metres, with lifting slots and edge reflectors."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, bare, paint

LENGTH = 2.0
HALF = np.array([(0.305, 0.0), (0.305, 0.075), (0.13, 0.33), (0.075, 0.81)])


def model():
    grey = finish.concrete("concrete", "#a8a297", 6, 1.6)
    amber = finish.plastic("reflector", "#d9822b", 0.2)
    profile = np.concatenate([HALF, (HALF * (-1, 1))[::-1]])
    profile = outline.rounded(profile, (0, 0.02, 0.12, 0.03, 0.03, 0.12, 0.02, 0), 4)
    body = shape.extrude(profile, LENGTH, 0.012, "x")
    slots = [shape.box(0.22, 0.8, 0.07, 0.0).at(x, 0, -0.001) for x in (-0.55, 0.55)]
    body = shape.cut(body, *slots)
    eyes = [shape.box(0.09, 0.012, 0.05, 0.004).at(x, s * 0.104, 0.6) for x in (-0.8, 0.0, 0.8) for s in (-1, 1)]
    return {
        "jersey_barrier.glb": assemble(paint(body, grey), paint(shape.join(eyes), amber)),
        "collision.glb": _collider(),
    }


def _collider():
    def slab(low, high):
        (a, z), (b, top) = low, high
        return shape.extrude([(-a, z), (a, z), (b, top), (-b, top)], LENGTH, 0, "x")

    return bare(slab(HALF[0], HALF[1]), slab(HALF[1], HALF[2]), slab(HALF[2], HALF[3]))
