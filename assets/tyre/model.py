"""A car tyre 205/55 R16, lying flat: grooved tread, bulging walls, open middle."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint

OUTER, RIM, WIDTH = 0.316, 0.203, 0.205


def model():
    rubber = finish.rubber("rubber", "#232323", tile=0.4)
    wall = shape.lathe(_wall(), 48).at(z=WIDTH / 2)
    tread = shape.lathe(_tread(), 48).at(z=WIDTH / 2)
    return assemble(paint(wall, rubber), paint(tread, _pattern()))


def _wall():
    """From the edge of the tread around the outside down to the bead, through the inside and back."""
    h = WIDTH / 2
    upper = np.array(
        [
            (OUTER - 0.012, 0.084),
            (OUTER - 0.03, h - 0.006),
            (0.262, h),
            (0.235, h - 0.006),
            (0.222, 0.089),
            (RIM, 0.084),
            (RIM, 0.071),
            (0.212, 0.069),
            (0.25, 0.088),
            (OUTER - 0.034, 0.07),
            (OUTER - 0.022, 0.05),
        ]
    )
    section = np.concatenate(
        [upper * (1, -1), upper[::-1]]
    )  # from the lower tread edge through the bore to the upper one
    return outline.rounded(section, 0.008, 2, closed=False)[::-1]


def _tread():
    """Four grooves around a slightly domed tread."""
    z = [(-0.084, 0)]
    for groove in (-0.05, -0.018, 0.018, 0.05):
        z += [(groove - 0.0055, 0), (groove - 0.004, 1), (groove + 0.004, 1), (groove + 0.0055, 0)]
    z += [(0.084, 0)]
    return np.array([(OUTER - 0.012 * (abs(y) / 0.084) ** 3 - 0.0075 * deep, y) for y, deep in z])


def _pattern():
    size = 256
    u, v = tx.grid(size)
    slant = 10 * u + 1.5 * np.abs(v - 0.5)
    sipe = tx.step(np.abs(slant % 1 - 0.5), 0.03, 0.07)
    fine = tx.step(np.abs(3 * slant % 1 - 0.5), 0.02, 0.08)
    height = np.minimum(sipe, 0.5 + 0.5 * fine)
    colors = tx.mix(tx.color("#121212"), tx.color("#2b2b2a"), height) * np.exp(0.15 * tx.noise(size, 2, 1.8))[..., None]
    return finish.textured("tread", colors, (0.3971, 0.17), 0.88, height=height, depth=0.004)
