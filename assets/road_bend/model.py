"""A quarter turn to the left: from (−10, 0) heading +X to (0, 10) heading +Y, radius 10 m along the middle line."""

import numpy as np

from sim.assets.kit import road, shape

RADIUS, MIDDLE = 10.0, np.array([-10.0, 10.0])


def model():
    lines = [_arc(r, 0, 90) for r in (RADIUS - road.EDGE, RADIUS + road.EDGE)] + [_arc(RADIUS, 0, 90)]
    cracks = [road.crack((-6.5, 0.5), (-2.8, 3.2), 5)]
    return road.piece(
        _band(RADIUS - 4, RADIUS + 4, 0, 90, road.THICK), lines, [road.patch(-4.8, -0.8, 1.6, 1.2)], cracks
    )


def _band(inner, outer, start_deg, end_deg, height):
    angle = np.deg2rad(np.linspace(start_deg, end_deg, 33) - 90)
    ring = np.stack([np.cos(angle), np.sin(angle)], -1)
    return shape.extrude(np.vstack([ring * outer, ring[::-1] * inner]) + MIDDLE, height)


def _arc(radius, start_deg, end_deg):
    half = road.LINE / 2
    return _band(radius - half, radius + half, start_deg, end_deg, 0.004).at(z=road.THICK - 0.002)
