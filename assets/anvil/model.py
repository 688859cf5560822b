"""A London-pattern anvil of 90 kg on an oak stump, its horn towards +X."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

STUMP = 0.5


def model():
    iron = finish.cast_iron("anvil_iron", "#46474a", 6)
    face = finish.metal("anvil_face", "#9a9b9d", 0.32, 4, tile=0.3)
    oak, bark = (
        finish.wood("stump_end", "#b08a5c", "#6d4c2f", seed=15, tile=0.7, rings=14, weathered=0.3),
        finish.bark(tile=0.5),
    )
    trunk = shape.cone(0.27, 0.25, STUMP - 0.004, n=28)
    end = shape.cylinder(0.246, 0.01, 0.002, 28).at(z=STUMP - 0.01)
    hoop = shape.pipe(0.272, 0.255, 0.05, 0.002, 28).at(z=0.36)
    foot = shape.extrude(
        outline.rounded([(-0.17, -0.13), (0.17, -0.13), (0.17, 0.13), (-0.17, 0.13)], 0.02), 0.07, 0.012
    )
    waist = shape.loft(
        [
            np.column_stack([outline.ellipse(a, b, 28, 4), np.full(28, z)])
            for a, b, z in (
                (0.14, 0.11, 0.06),
                (0.085, 0.06, 0.12),
                (0.08, 0.055, 0.16),
                (0.14, 0.06, 0.21),
                (0.2, 0.06, 0.235),
            )
        ]
    )
    body = shape.box(0.4, 0.12, 0.085, 0.006).at(-0.06, 0, 0.225)
    plate = shape.box(0.36, 0.118, 0.012, 0.003).at(-0.08, 0, 0.308)
    angle = np.linspace(0, 1, 10)
    horn = shape.loft(
        [
            [
                (0.13 + 0.29 * t, r * np.cos(a), 0.268 + 0.03 * t + 0.9 * r * np.sin(a))
                for a in 2 * np.pi * np.arange(20) / 20
            ]
            for t, r in zip(angle, 0.05 * np.sqrt(1 - 0.985 * angle), strict=True)
        ]
    )
    return assemble(
        paint(trunk, bark, box=True),
        paint(end, oak, "x"),
        paint(shape.join([hoop, *[s.at(z=STUMP) for s in (foot, waist, body, horn)]]), iron, box=True),
        paint(plate.at(z=STUMP), face, "x"),
    )
