"""The stop sign: a red octagon 900 mm across its flats."""

import numpy as np

from sim.assets.kit import outline, sign
from sim.assets.kit.signpost import LOWEST, signpost


def model():
    rim = outline.circle(0.45 / np.cos(np.pi / 8), 8, np.pi / 8)
    picture = sign.canvas(512, 512, "#eeeeea")
    inner = outline.circle(0.445 / np.cos(np.pi / 8), 8, np.pi / 8)
    sign.polygon(picture, [(0.5 + x / 0.9 * 0.955, 0.5 - y / 0.9 * 0.955) for x, y in inner], "#b0161c")
    sign.write(picture, "STOP", (0.5, 0.49), 0.36, "#f2f2ee", 0.12)
    return signpost([(rim, picture, LOWEST + 0.45)])
