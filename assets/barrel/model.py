"""A 200 litre tight-head steel drum: two rolling hoops, rolled chimes, two bungs."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

RADIUS, HEIGHT = 0.286, 0.878


def model():
    blue = finish.painted("blue_paint", "#1f5f9a", 0.4, seed=3, chipped=0.035, tile=1.2, dirt=0.16, size=512)
    steel = finish.metal("bungs", "#b8b6b0", 0.4)
    body = shape.lathe(_profile(), 44)
    bungs = [
        shape.lathe(
            outline.rounded(
                [(0, 0), (r, 0), (r, 0.01), (0.6 * r, 0.01), (0.55 * r, 0.006), (0, 0.006)], 0.0015, 2, closed=False
            ),
            20,
        ).at(x, 0, HEIGHT - 0.019)
        for r, x in ((0.037, 0.2), (0.02, -0.21))
    ]
    return assemble(paint(body, blue), paint(shape.join(bungs), steel))


def _profile():
    r, h = RADIUS, HEIGHT
    corners = [
        (0, 0.016),
        (r - 0.014, 0.016),
        (r - 0.012, 0.002),
        (r - 0.008, 0.0),
        (r + 0.004, 0.0),
        (r + 0.006, 0.006),
        (r, 0.02),
    ]
    for z in (h / 3, 2 * h / 3):
        corners += [(r, z - 0.026), (r + 0.0075, z - 0.008), (r + 0.0075, z + 0.008), (r, z + 0.026)]
    corners += [
        (r, h - 0.02),
        (r + 0.006, h - 0.006),
        (r + 0.004, h),
        (r - 0.008, h),
        (r - 0.012, h - 0.004),
        (r - 0.014, h - 0.019),
        (0, h - 0.019),
    ]
    return outline.rounded(np.array(corners), 0.006, 3, closed=False)
