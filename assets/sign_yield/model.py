"""The give-way sign: a white triangle on its point, 900 mm a side, with a red border."""

import numpy as np

from sim.assets.kit import outline, sign
from sim.assets.kit.signpost import LOWEST, signpost

SIDE, ROUND = 0.9, 0.04


def model():
    high = SIDE * np.sqrt(3) / 2
    corners = np.array([(0, -high / 2), (SIDE / 2, high / 2), (-SIDE / 2, high / 2)])
    rim = outline.rounded(corners, ROUND, 5)
    low, size = rim.min(axis=0), np.ptp(rim, axis=0)
    picture = sign.canvas(512, 448, "#a8171c")
    inner = outline.inset(corners, 0.078)
    sign.polygon(
        picture, [tuple(((p - low) / size) * (1, -1) + (0, 1)) for p in outline.rounded(inner, 0.02, 4)], "#f0f0ec"
    )
    return signpost([(rim, picture, LOWEST + high / 2)])
