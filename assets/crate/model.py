"""A closed wooden crate of Euro size: frames of battens, boards between them, nails."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LENGTH, WIDTH, HEIGHT = 0.6, 0.4, 0.4
BOARD, BATTEN = 0.012, 0.018


def model():
    fresh = finish.wood("pine", "#d2a86e", "#9c6c3a", seed=4, tile=0.7, rings=7, roughness=0.75)
    aged = finish.wood("pine_battens", "#bf9259", "#84582d", seed=9, tile=0.7, rings=8, roughness=0.8)
    nails = finish.plain("nails", "#6a6763", 0.45, 1.0)
    parts = []
    for i in range(4):
        z = 0.018 + i * 0.0925
        long = shape.box(LENGTH - 2 * BATTEN, BOARD, 0.088, 0.0022).at(z=z)
        short = shape.box(BOARD, WIDTH - 2 * BATTEN - 2 * BOARD, 0.088, 0.0022).at(z=z)
        for k, side in enumerate((-1, 1)):
            parts.append(
                paint(
                    long.at(y=side * (WIDTH / 2 - BATTEN - BOARD / 2)),
                    fresh,
                    "x",
                    (0.43 * i + 0.25 * k, 0.11 * i + 0.2 * k),
                )
            )
            parts.append(
                paint(
                    short.at(x=side * (LENGTH / 2 - BATTEN - BOARD / 2)),
                    fresh,
                    "y",
                    (0.47 * i + 0.21 * k, 0.09 * i + 0.1 * k),
                )
            )
    for i, z in enumerate((0.006, HEIGHT - 0.018)):
        for j in range(4):
            lid = shape.box(LENGTH - 2 * BATTEN - 0.002, 0.0875, 0.012, 0.0022).at(0, (j - 1.5) * 0.0905, z)
            parts.append(paint(lid, fresh, "x", (0.23 * j + 0.4 * i, 0.13 * j)))
    parts += [paint(b, aged, a, (0.19 * i, 0.05 * i)) for i, (b, a) in enumerate(_frame())]
    parts.append(paint(_nails(), nails))
    return assemble(parts)


def _frame():
    """The battens and the way their grain runs."""
    w = 0.055
    for sx in (-1, 1):
        for sy in (-1, 1):
            yield (
                shape.box(w, BATTEN, HEIGHT - 0.004, 0.003).at(sx * (LENGTH - w) / 2, sy * (WIDTH - BATTEN) / 2, 0.002),
                "z",
            )
            yield (
                shape.box(BATTEN, w, HEIGHT - 0.004, 0.003).at(
                    sx * (LENGTH - BATTEN) / 2, sy * (WIDTH - 2 * BATTEN - w) / 2, 0.002
                ),
                "z",
            )
    for z in (0.0, HEIGHT - w):
        for s in (-1, 1):
            yield shape.box(LENGTH - 2 * w, BATTEN - 0.001, w, 0.003).at(0, s * (WIDTH - BATTEN) / 2, z), "x"
            yield (
                shape.box(BATTEN - 0.001, WIDTH - 2 * BATTEN - 2 * w, w, 0.003).at(s * (LENGTH - BATTEN) / 2, 0, z),
                "y",
            )


def _nails():
    head = shape.cylinder(0.0045, 0.001, 0.0004, 8)
    side = head.turned(roll=90)
    heads = []
    for x in (-0.272, 0.272):
        for z in (0.03, 0.105, 0.2, 0.295, 0.37):
            heads.append(side.at(x, -WIDTH / 2 + 0.0007, z))
            heads.append(side.mirrored("y").at(x, WIDTH / 2 - 0.0007, z))
    end = head.turned(pitch=90)
    for y in (-0.155, 0.155):
        for z in (0.03, 0.105, 0.2, 0.295, 0.37):
            heads.append(end.at(LENGTH / 2 - 0.0007, y, z))
            heads.append(end.mirrored("x").at(-LENGTH / 2 + 0.0007, y, z))
    return shape.join(heads)
