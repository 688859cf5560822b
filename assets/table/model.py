"""An oak table for six: boards with breadboard ends, tapered legs, an apron."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, bare, paint

LENGTH, WIDTH, HEIGHT, TOP = 1.6, 0.85, 0.75, 0.03


def model():
    oak = finish.wood("oak", "#b98d58", "#8a5f35", seed=14, tile=1.5, rings=8, knots=2, roughness=0.42)
    parts = []
    for i in range(6):
        board = shape.box(LENGTH - 0.18, WIDTH / 6 - 0.0006, TOP, 0.0012).at(0, (i - 2.5) * WIDTH / 6, HEIGHT - TOP)
        parts.append(paint(board, oak, "x", (0.53 * i, 0.21 * i)))
    for s in (-1, 1):
        end = shape.box(0.0895, WIDTH, TOP, 0.003).at(s * (LENGTH / 2 - 0.045), 0, HEIGHT - TOP)
        parts.append(paint(end, oak, "y", (0.4 + 0.7 * s, 0.33)))
        long = shape.box(LENGTH - 0.3, 0.022, 0.09, 0.002).at(0, s * (WIDTH / 2 - 0.075), HEIGHT - TOP - 0.09)
        short = shape.box(0.022, WIDTH - 0.3, 0.09, 0.002).at(s * (LENGTH / 2 - 0.075), 0, HEIGHT - TOP - 0.09)
        parts += [paint(long, oak, "x", (0.2, 0.5 + 0.1 * s)), paint(short, oak, "y", (0.3, 0.15 * s))]
    parts += [paint(leg, oak, "z", (0.31 * i, 0.17 * i)) for i, leg in enumerate(_legs(0.006))]
    return {
        "table.glb": assemble(parts),
        "collision.glb": bare(shape.box(LENGTH, WIDTH, TOP).at(z=HEIGHT - TOP), *_legs(0.0)),
    }


def _legs(radius):
    for sx in (-1, 1):
        for sy in (-1, 1):
            top, foot = (
                np.column_stack(
                    [outline.rectangle(w, w, radius, 3), np.full(len(outline.rectangle(w, w, radius, 3)), z)]
                )
                for w, z in ((0.075, HEIGHT - TOP), (0.045, 0.0))
            )
            yield shape.loft([foot, top]).at(sx * (LENGTH / 2 - 0.085), sy * (WIDTH / 2 - 0.085))
