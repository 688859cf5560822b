"""Ten by ten metres of small granite setts in waves, 0.14 m high: a square level with the footway."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint

SIDE, HIGH, SIZE = 10.0, 0.14, 1024


def model():
    return assemble(paint(shape.box(SIDE, SIDE, HIGH), setts()))


def setts():
    """Segmental arcs: cubes of about 90 mm in rows that wave."""
    u, v = tx.grid(SIZE)
    rows, columns = 22, 22
    wave = v * rows + 1.3 * np.abs(np.sin(np.pi * u * 2)) ** 0.8
    row = np.floor(wave).astype(int)
    shift = np.random.Generator(np.random.PCG64(4)).random(64)
    x = u * columns + shift[row % 22]
    column = np.floor(x).astype(int) % columns
    inside = tx.step(
        np.minimum(0.5 - np.abs(x % 1 - 0.5), 0.5 - np.abs(wave % 1 - 0.5)) + 0.012 * tx.noise(SIZE, 8, 1.2, lowest=20),
        0.03,
        0.13,
    )
    value = np.random.Generator(np.random.PCG64(9)).random((22, columns))[row % 22, column]
    tint = tx.mix(tx.color("#6f6a66"), tx.color("#a89f94"), value)
    grain = tx.noise(SIZE, 11, 0.5, lowest=40)
    colors = tx.mix(tx.color("#453f38"), tint * np.exp(0.1 * grain)[..., None], inside)
    return finish.textured(
        "setts", colors, 2.0, np.clip(0.88 - 0.1 * inside, 0, 1), height=tx.blur(inside, 1.0) + 0.05 * grain, depth=0.01
    )
