"""A planter trough of weathered oak, 1.2 m along Y, with soil and border flowers."""

import numpy as np

from sim.assets.kit import finish, plant, shape
from sim.assets.kit.paint import assemble, paint

LONG, WIDE, HIGH = 1.2, 0.45, 0.5


def model():
    oak = finish.wood("planter_oak", "#a98458", "#6f4f30", seed=3, tile=1.0, weathered=0.45)
    earth = finish.soil("planter_soil", tile=0.6)
    boards = [
        shape.box(0.028, LONG - 0.06, 0.105, 0.004).at(s * (WIDE / 2 - 0.014), 0, 0.03 + 0.112 * i)
        for s in (-1, 1)
        for i in range(4)
    ]
    ends = [
        shape.box(WIDE - 0.056, 0.028, 0.105, 0.004).at(0, s * (LONG / 2 - 0.044), 0.03 + 0.112 * i)
        for s in (-1, 1)
        for i in range(4)
    ]
    posts = [
        shape.box(0.07, 0.07, HIGH, 0.006).at(s * (WIDE / 2 - 0.035), t * (LONG / 2 - 0.035))
        for s in (-1, 1)
        for t in (-1, 1)
    ]
    fill = shape.box(WIDE - 0.05, LONG - 0.08, 0.4).at(z=0.04)
    parts = [paint(b, oak, "y", (0.13 * i, 0.11 * i)) for i, b in enumerate(boards)] + [
        paint(b, oak, "x", (0.2 * i, 0.1 * i)) for i, b in enumerate(ends)
    ]
    rng = np.random.Generator(np.random.PCG64(7))
    green = plant.leaf_finish("leaves", plant.OVAL, "#87a654", "#37592a", seed=5, size=128, rows=5, length=0.34)
    spot = np.column_stack([rng.uniform(-0.14, 0.14, 60), rng.uniform(-0.5, 0.5, 60)])
    foot = np.column_stack([spot, np.full(60, 0.43)])
    parts.append(
        plant.cards(
            foot,
            np.column_stack([rng.normal(0, 0.4, (60, 2)), np.ones(60)]),
            rng.uniform(0.16, 0.26, 60),
            green.material,
            (0, 0, 0.2),
            4,
            soft=0.6,
        )
    )
    for i, (light, dark) in enumerate([("#d8455a", "#8f1f3c"), ("#f3ecf2", "#b99ac9")]):
        petals = plant.leaf_finish(
            f"blossoms_{i}", plant.OVAL, light, dark, seed=40 + i, size=128, rows=4, length=0.4, spread=80
        )
        spot = np.column_stack([rng.uniform(-0.16, 0.16, 26), rng.uniform(-0.52, 0.52, 26), rng.uniform(0.5, 0.62, 26)])
        parts.append(
            plant.cards(
                spot,
                rng.normal(0, 0.4, (26, 3)) + (0, 0, 1),
                rng.uniform(0.09, 0.14, 26),
                petals.material,
                (0, 0, 0.2),
                9 + i,
                soft=0.6,
            )
        )
    return assemble(parts, paint(shape.join(posts), oak, "z"), paint(fill, earth, box=True))
