"""The speed limit of 50 km/h: a red ring of 600 mm."""

from sim.assets.kit import outline, sign
from sim.assets.kit.signpost import LOWEST, signpost


def model():
    picture = sign.canvas(512, 512, "#b0161c")
    sign.ellipse(picture, (0.115, 0.115, 0.885, 0.885), "#f0f0ec")
    sign.write(picture, "50", (0.5, 0.5), 0.5, "#141414", 0.09)
    return signpost([(outline.circle(0.3, 48), picture, LOWEST + 0.3)])
