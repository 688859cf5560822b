"""A white studio cove: floor of 12 by 10 m that curves up into a back wall at -X, 5 m high."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

DEEP, WIDE, HIGH, BEND = 12.0, 10.0, 5.0, 1.6


def model():
    white = finish.plain("cove_paint", "#e2e1dd", 0.92)
    a = np.linspace(0, np.pi / 2, 17)
    bend = np.column_stack([-DEEP / 2 + BEND - BEND * np.sin(a), 0.02 + BEND * (1 - np.cos(a))])
    inside = np.vstack([[(DEEP / 2, 0.02)], bend, [(-DEEP / 2, HIGH)]])
    outside = np.array([(-DEEP / 2 - 0.05, HIGH), (-DEEP / 2 - 0.05, 0.0), (DEEP / 2, 0.0)])
    return assemble(paint(shape.extrude(np.vstack([inside, outside]), WIDE, 0, "y"), white, box=True, crease_deg=12))
