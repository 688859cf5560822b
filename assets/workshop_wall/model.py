"""Ten metres of bare brick wall indoors, along Y, 3.5 m high; its face towards +X."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LONG, THICK, HIGH = 10.0, 0.3, 3.54


def model():
    brick, plinth = (
        finish.brick("shop_brick", "#725a4c", "#8c8478", 12),
        finish.stone("plinth", "#6f675d", 5, 1.2, 0.15),
    )
    wall = shape.box(THICK, LONG, HIGH)
    foot = shape.box(0.06, LONG, 0.32, 0.01).at(THICK / 2 + 0.02)
    return assemble(paint(wall, brick, box=True), paint(foot, plinth, box=True))
