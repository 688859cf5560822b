"""A square planter of concrete with soil and a low box shrub."""

import numpy as np

from sim.assets.kit import finish, outline, plant, shape
from sim.assets.kit.paint import assemble, paint


def model():
    grey = finish.concrete("concrete", "#b3ada2", 5, 1.0, 256)
    rings = [np.column_stack([outline.rectangle(w, w, 0.03, 3), np.full(16, z)]) for w, z in ((0.7, 0.0), (0.71, 0.01), (0.8, 0.56), (0.8, 0.59), (0.79, 0.6))]
    inner = [np.column_stack([outline.rectangle(w, w, 0.03, 3), np.full(16, z)]) for w, z in ((0.6, 0.45), (0.68, 0.62))]
    pot = shape.cut(shape.loft(rings), shape.loft(inner))
    earth = shape.box(0.69, 0.69, 0.03, 0.01).at(z=0.51)
    stem = np.array([(0, 0, z) for z in (0.53, 0.58, 0.63)])
    bush = plant.grow(stem, plant.crown(150, (0, 0, 0.83), (0.34, 0.34, 0.3), 7, hollow=0.5), 0.08, 0.6, 0.11, tip_radius=0.003, seed=4)
    leaves = plant.leaf_finish("leaves", plant.OVAL, "#6f9440", "#2f5222", seed=5, rows=8, length=0.23)
    return assemble(paint(pot, grey, box=True), paint(earth, finish.soil()), plant.branches(bush, finish.bark(), 0.004),
                    plant.foliage(bush, leaves.material, 0.16, 6, each=6, thickest=0.012, most=1100))
