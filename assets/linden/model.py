"""A linden of a street: a short trunk, a dense egg-shaped crown, 9 m high."""

import numpy as np

from sim.assets.kit import finish, plant
from sim.assets.kit.paint import assemble


def model():
    stem = np.array([(0.02 * np.sin(2 * z), 0.03 * np.sin(1.3 * z + 1), z) for z in np.linspace(0, 3.2, 9)])
    targets = plant.crown(620, (0, 0, 5.7), (2.7, 2.7, 3.2), 4, hollow=0.45, taper=0.18)
    tree = plant.flare(0.19, plant.grow(stem, targets, 0.36, 2.4, 0.55, seed=3))
    leaves = plant.leaf_finish("leaves", plant.HEART, "#87a545", "#3f6224", seed=5, rows=7, length=0.25)
    bark = finish.bark("bark", "#7d7264", "#3a322a", 3)
    mesh = assemble(
        plant.branches(tree, bark, 0.012),
        plant.foliage(tree, leaves.material, 0.46, 7, each=8, thickest=0.035, hang=0.3, most=3400),
    )
    return {"linden.glb": mesh, "skeleton.json": tree.json(0.008)}
