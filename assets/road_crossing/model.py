"""A crossing of four arms, 20 × 20 m, with stop lines, zebra crossings and rounded corners left to the footways."""

from sim.assets.kit import road, shape

ARM = 10.0


def model():
    slab = shape.box(2 * ARM, 2 * ARM, road.THICK)
    arm = [road.bar(-ARM + 0.75, 0, 1.5), road.bar(-7.4, -1.9, 0.5, 3.5)]
    arm += [road.bar(-5.5, y, 3.0, 0.5) for y in (-3.25, -2.25, -1.25, -0.25, 0.75, 1.75, 2.75, 3.6)]
    arm += [road.bar(-ARM + 0.95, s * road.EDGE, 1.9) for s in (-1, 1)]
    lines = [line for yaw in (0, 90, 180, 270) for line in road.turned(arm, yaw)]
    cracks = [road.crack((-3, -2), (2.4, 3.1), 8), road.crack((1, -3.6), (3.4, -0.5), 9)]
    return road.piece(slab, lines, [road.patch(-1.2, 2.6, 1.3, 2.2), road.patch(5.6, -7.5, 2.0, 1.0)], cracks)
