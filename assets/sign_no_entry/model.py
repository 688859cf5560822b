"""No entry: a red disc of 600 mm with a white bar."""

from sim.assets.kit import outline, sign
from sim.assets.kit.signpost import LOWEST, signpost


def model():
    picture = sign.canvas(512, 512, "#f0f0ec")
    sign.ellipse(picture, (0.025, 0.025, 0.975, 0.975), "#b0161c")
    sign.rectangle(picture, (0.14, 0.415, 0.86, 0.585), "#f0f0ec", radius=0.012)
    return signpost([(outline.circle(0.3, 48), picture, LOWEST + 0.3)])
