"""A clump of wood as seen from afar: twenty metres along Y, eight deep, 11 m high; big soft leaf cards."""

import numpy as np

from sim.assets.kit import finish, plant, shape
from sim.assets.kit.paint import assemble, paint


def model():
    rng = np.random.Generator(np.random.PCG64(15))
    leaves = plant.leaf_finish("leaves", plant.OVAL, "#738c40", "#2a421c", seed=6, rows=12, length=0.2)
    core = finish.clumps("grove_core", "#566e30", "#1d2f14", 4, 3.0, 900)
    parts = []
    for y in np.linspace(-8.4, 8.4, 6):
        x, top = rng.uniform(-2.2, 2.2), rng.uniform(7.5, 11.0)
        half = np.array([rng.uniform(2.0, 2.6), rng.uniform(2.0, 2.6), top * 0.36])
        center = np.array([x, y, top - half[2]])
        ball = shape.icosphere(1.0, 2)
        lumps = ball.vertices * (0.86 + 0.07 * np.sin(5 * ball.vertices[:, [1, 2, 0]])) * half
        parts.append(paint(shape.Shape(lumps, ball.faces).at(*center), core, box=True))
        parts.append(paint(shape.cone(0.22, 0.14, top * 0.5, n=8).at(x, y), finish.bark()))
        way = rng.standard_normal((260, 3))
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        parts.append(
            plant.cards(
                center + 0.8 * way * half,
                way + rng.normal(0, 0.5, way.shape),
                rng.uniform(1.0, 1.7, 260),
                leaves.material,
                center,
                7,
                soft=0.8,
            )
        )
    spot = np.column_stack([rng.uniform(-3.2, 3.2, 260), rng.uniform(-10, 10, 260), rng.uniform(0.0, 2.2, 260)])
    way = rng.normal(0, 0.6, spot.shape) + (0, 0, 0.5)
    parts.append(plant.cards(spot, way, rng.uniform(1.1, 1.9, 260), leaves.material, (0, 0, -4), 9, soft=0.8))
    return assemble(parts)
