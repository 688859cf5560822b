"""A brick forge with a glowing coal bed and a sheet-steel hood, 1.4 m along Y; it faces +X."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import Finish, assemble, paint
from sim.assets.mesh import Material


def model():
    brick = finish.brick("hearth_brick", "#7c4030", "#8c8378", 5)
    slab, soot = finish.stone("hearth_stone", "#6d655c", 4, 1.0, 0.15), finish.rusty("hood_steel", 7, 0.9)
    coal = finish.soil("coal", "#1c1a19", 5, 0.5)
    base = shape.cut(shape.box(1.0, 1.4, 0.72), shape.box(0.7, 0.7, 0.5).at(0.3, 0, 0.0))
    top = shape.cut(shape.box(1.08, 1.48, 0.12, 0.015).at(z=0.72), shape.box(0.62, 0.72, 0.3).at(0.08, 0, 0.75))
    back = shape.box(0.14, 1.4, 0.7).at(-0.43, 0, 0.84)
    low, high = (
        [(0.5, 0.72), (-0.5, 0.72), (-0.5, -0.72), (0.5, -0.72)],
        [(-0.1, 0.2), (-0.5, 0.2), (-0.5, -0.2), (-0.1, -0.2)],
    )
    hood = shape.loft(
        [
            [(x, y, 1.62) for x, y in low],
            [(x, y, 1.78) for x, y in low],
            [(x, y, 2.4) for x, y in high],
            [(x, y, 3.6) for x, y in high],
        ]
    )
    posts = [shape.box(0.05, 0.05, 0.8, 0.004).at(0.44, s * 0.66, 0.84) for s in (-1, 1)]
    rng = np.random.Generator(np.random.PCG64(2))
    bed = shape.box(0.6, 0.7, 0.06).at(0.08, 0, 0.74)
    lumps, embers = [], []
    for _ in range(150):
        x, y = rng.normal(0.08, 0.13), rng.normal(0, 0.16)
        if abs(x - 0.08) > 0.27 or abs(y) > 0.32:
            continue
        r = np.hypot(x - 0.08, y)
        lump = (
            shape.icosphere(rng.uniform(0.02, 0.042), 1)
            .scaled(1, rng.uniform(0.7, 1.2), rng.uniform(0.6, 0.9))
            .at(x, y, 0.8 + 0.11 * np.exp(-((r / 0.16) ** 2)))
        )
        (embers if r < 0.13 and rng.random() < 0.75 else lumps).append(lump)
    return assemble(
        paint(base, brick, box=True),
        paint(back, brick, box=True),
        paint(top, slab, box=True),
        paint(shape.join([hood, *posts]), soot, box=True),
        paint(shape.join([bed, *lumps]), coal, box=True),
        paint(shape.join(embers), glow(), box=True),
    )


def glow():
    """Orange heart, dark crust."""
    heat = tx.unit(tx.noise(128, 4, 1.6))
    picture = tx.picture(tx.mix(tx.color("#5a1408"), tx.color("#ff9a2e"), heat))
    return Finish(
        Material("embers_lit", (0.05, 0.04, 0.04, 1.0), 0.0, 0.9, emissive=(1.0, 0.85, 0.7), emissive_texture=picture),
        (0.1, 0.1),
    )
