"""A silver birch: white stem, a light hanging crown, 10 m high."""

import numpy as np

from sim.assets.kit import plant
from sim.assets.kit.paint import assemble


def model():
    stem = np.array([(0.12 * np.sin(0.5 * z), 0.1 * np.sin(0.7 * z + 1), z) for z in np.linspace(0, 8.2, 22)])
    targets = plant.crown(520, (0, 0, 6.3), (1.9, 1.9, 3.5), 9, hollow=0.3, taper=0.35)
    tree = plant.flare(0.12, plant.grow(stem, targets, 0.36, 2.0, 0.55, droop=0.12, tip_radius=0.004, seed=5), 0.4)
    leaves = plant.leaf_finish("leaves", plant.RHOMB, "#9fb84e", "#56742c", seed=8, rows=9, length=0.24, spread=60)
    mesh = assemble(
        plant.branches(tree, plant.birch_bark(), 0.009),
        plant.foliage(tree, leaves.material, 0.54, 11, each=5, thickest=0.02, hang=1.3, most=2300),
    )
    return {"birch.glb": mesh, "skeleton.json": tree.json(0.006)}
