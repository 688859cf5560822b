"""A round shrub of 1.2 m with many stems."""

import numpy as np

from sim.assets.kit import finish, plant
from sim.assets.kit.paint import assemble


def model():
    stem = np.array([(0, 0, z) for z in (0.0, 0.06, 0.12)])
    targets = plant.crown(240, (0, 0, 0.66), (0.62, 0.62, 0.56), 3, hollow=0.5)
    bush = plant.grow(stem, targets, 0.09, 0.8, 0.13, tip_radius=0.003, seed=2)
    leaves = plant.leaf_finish("leaves", plant.OVAL, "#7f9a47", "#31501f", seed=3, rows=7, length=0.27)
    mesh = assemble(
        plant.branches(bush, finish.bark(), 0.004),
        plant.foliage(bush, leaves.material, 0.22, 5, each=5, thickest=0.012, most=1900),
    )
    return {"shrub.glb": mesh, "skeleton.json": bush.json(0.003)}
