"""A turned brass-coloured cylinder, 40 mm across and 60 mm high, with a groove."""

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

R, H = 0.02, 0.06


def model():
    brass = finish.metal("brass", "#c39a45", 0.28, 4, brushed=1.0, tile=0.06)
    corners = [(0, 0), (R, 0), (R, 0.027), (R - 0.0015, 0.028), (R - 0.0015, 0.032), (R, 0.033), (R, H), (0, H)]
    return assemble(
        paint(
            shape.lathe(outline.rounded(corners, (0, 0.0015, 0.0003, 0.0003, 0.0003, 0.0003, 0.0015, 0), 3, False), 48),
            brass,
        )
    )
