"""A flight of six concrete steps, 1.5 m wide, rising to +X, with steel hand rails."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, bare, paint

STEPS, RISE, RUN, WIDTH = 6, 0.17, 0.29, 1.5


def model():
    grey = finish.concrete("concrete", "#aaa49a", 4, 1.6)
    steel = finish.metal("steel", "#b4b6b8", 0.35, 3, brushed=1.0)
    strip = finish.plain("anti_slip", "#2a2a2a", 0.9)
    start = -STEPS * RUN / 2
    blocks = [shape.box(STEPS * RUN - i * RUN, WIDTH, RISE, 0.006).at((i * RUN) / 2, 0, i * RISE) for i in range(STEPS)]
    strips = [
        shape.box(0.04, WIDTH - 0.1, 0.004, 0.001).at(start + i * RUN + 0.04, 0, (i + 1) * RISE - 0.002)
        for i in range(STEPS)
    ]
    rails = []
    for s in (-1, 1):
        y = s * (WIDTH / 2 - 0.06)
        low, top = np.array([start + 0.1, y, RISE]), np.array([-start - 0.12, y, STEPS * RISE])
        path = outline.rounded(
            [low + (-0.18, 0, 0.83), low + (0, 0, 0.9), top + (0, 0, 0.9), top + (0.2, 0, 0.9)], 0.06, 3, False
        )
        rails.append(shape.tube(path, 0.021, 14))
        rails += [
            shape.tube(np.array([p, p + (0, 0, 0.9)]), 0.016, 12) for p in (low, (low + top) / 2 + (0, 0, 0.0), top)
        ]
    return {
        "stairs.glb": assemble(
            [paint(b, grey, offset=(0.4 * i, 0.13 * i)) for i, b in enumerate(blocks)],
            paint(shape.join(strips), strip),
            paint(shape.join(rails), steel),
        ),
        "collision.glb": bare(
            *[shape.box(STEPS * RUN - i * RUN, WIDTH, RISE).at((i * RUN) / 2, 0, i * RISE) for i in range(STEPS)]
        ),
    }
