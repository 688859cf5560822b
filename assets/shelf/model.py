"""A boltless steel shelf of five boards, 1.0 × 0.4 × 1.8 m."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, bare, paint

L, D, H = 1.0, 0.4, 1.8
LEVELS = (0.1, 0.52, 0.94, 1.36, 1.76)


def model():
    zinc = finish.galvanised(tile=0.4)
    board = finish.plywood("particle_board", 6)
    orange = finish.painted("beams", "#c2541b", 0.4, seed=3, chipped=0.01, tile=0.5)
    posts, beams, boards = [], [], []
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = sx * (L / 2 - 0.02), sy * (D / 2 - 0.02)
            posts += [
                shape.box(0.04, 0.003, H, 0.0008).at(x, y + sy * 0.0185),
                shape.box(0.003, 0.04, H, 0.0008).at(x + sx * 0.0185, y),
            ]
            posts.append(shape.box(0.055, 0.055, 0.006, 0.0015).at(x, y))
    for z in LEVELS:
        beams += [shape.box(L - 0.006, 0.012, 0.05, 0.003).at(0, s * (D / 2 - 0.01), z - 0.04) for s in (-1, 1)]
        beams += [shape.box(0.012, D - 0.03, 0.05, 0.003).at(s * (L / 2 - 0.01), 0, z - 0.04) for s in (-1, 1)]
        boards.append(shape.box(L - 0.035, D - 0.035, 0.012, 0.001).at(0, 0, z - 0.008))
    holes = [
        shape.box(0.006, 0.001, 0.018).at(sx * (L / 2 - 0.02), sy * (D / 2 + 0.0003), z)
        for sx in (-1, 1)
        for sy in (-1, 1)
        for z in np.arange(0.14, 1.7, 0.08)
    ]
    return {
        "shelf.glb": assemble(
            paint(shape.join(posts), zinc),
            paint(shape.join(beams), orange),
            [paint(b, board, "x", (0.3 * i, 0.1 * i)) for i, b in enumerate(boards)],
            paint(shape.join(holes), finish.plain("holes", "#121212", 0.9)),
        ),
        "collision.glb": bare(
            *[shape.box(L, D, 0.02).at(0, 0, z - 0.016) for z in LEVELS],
            *[
                shape.box(0.04, 0.04, H).at(sx * (L / 2 - 0.02), sy * (D / 2 - 0.02))
                for sx in (-1, 1)
                for sy in (-1, 1)
            ],
        ),
    }
