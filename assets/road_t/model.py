"""A T junction, 20 × 20 m slab: a street along X, a side street from −Y with a give-way line."""

from sim.assets.kit import road, shape

ARM = 10.0


def model():
    slab = shape.box(2 * ARM, 2 * ARM - 6, road.THICK).at(0, -3)
    lines = [road.bar(0, road.EDGE, 2 * ARM)] + road.dashes(-10, 10, 0, 2.0, 2.0)
    lines += [road.bar(s * 7.0, -road.EDGE, 6.0) for s in (-1, 1)]
    side = [road.bar(-7.4, 0, 5.2)] + [road.bar(-4.5, y, 0.3, 0.5) for y in (-3.4, -2.65, -1.9, -1.15, -0.4)]
    side += [road.bar(-7.1, s * road.EDGE, 5.8) for s in (-1, 1)]
    cracks = [road.crack((-6, 1.1), (-1, 2.8), 11), road.crack((-1.4, -9.5), (-2.6, -5), 12)]
    return road.piece(slab, lines + road.turned(side, 90), [road.patch(2.2, -2.0, 1.2, 1.8)], cracks)
