"""The sign of a pedestrian crossing: a blue square of 600 mm with a walker on stripes."""

from sim.assets.kit import outline, sign
from sim.assets.kit.signpost import LOWEST, signpost


def model():
    picture = sign.canvas(512, 512, "#f0f0ec")
    sign.rectangle(picture, (0.02, 0.02, 0.98, 0.98), "#0c4a94", radius=0.05)
    sign.polygon(picture, [(0.5, 0.13), (0.9, 0.85), (0.1, 0.85)], "#f4f4f0")
    for i in range(5):
        x = 0.17 + 0.145 * i
        sign.polygon(picture, [(x + 0.02, 0.74), (x + 0.08, 0.74), (x + 0.075, 0.83), (x - 0.005, 0.83)], "#101010")
    _walker(picture)
    return signpost([(outline.rectangle(0.6, 0.6, 0.035, 5), picture, LOWEST + 0.3)])


def _walker(picture):
    black = "#101010"
    sign.ellipse(picture, (0.475, 0.245, 0.535, 0.305), black)
    sign.polygon(picture, [(0.46, 0.32), (0.54, 0.32), (0.555, 0.4), (0.545, 0.52), (0.45, 0.52), (0.445, 0.4)], black)
    sign.polygon(picture, [(0.46, 0.5), (0.51, 0.51), (0.455, 0.6), (0.4, 0.71), (0.36, 0.695), (0.42, 0.59)], black)
    sign.polygon(picture, [(0.5, 0.5), (0.55, 0.5), (0.565, 0.6), (0.63, 0.69), (0.59, 0.715), (0.52, 0.62)], black)
    sign.polygon(
        picture, [(0.46, 0.33), (0.475, 0.36), (0.42, 0.45), (0.375, 0.47), (0.365, 0.445), (0.4, 0.425)], black
    )
    sign.polygon(
        picture, [(0.53, 0.33), (0.55, 0.335), (0.585, 0.42), (0.635, 0.44), (0.625, 0.465), (0.565, 0.445)], black
    )
