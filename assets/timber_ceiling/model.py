"""A boarded ceiling on beams over 10 by 10 m, its boards 3.5 m above the floor."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

SIDE, HIGH = 10.0, 3.5


def model():
    oak = finish.wood("beam_oak", "#7d5c3c", "#47311f", seed=5, tile=2.0, weathered=0.15)
    deal = finish.wood("board_deal", "#8f6f4a", "#5d442b", seed=9, tile=2.4, rings=30)
    boards = shape.box(SIDE, SIDE, 0.04).at(z=HIGH)
    beams = [shape.box(SIDE, 0.2, 0.26, 0.01).at(0, y, HIGH - 0.25) for y in (-4, -2, 0, 2, 4)]
    girder = shape.box(0.26, SIDE, 0.3, 0.012).at(0, 0, HIGH - 0.54)
    return assemble(
        paint(boards, deal, "x"),
        [paint(b, oak, "x", (0.6 * i, 0.3 * i)) for i, b in enumerate(beams)],
        paint(girder, oak, "y"),
    )
