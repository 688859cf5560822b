"""Twenty metres of street along X: two lanes, edge lines, a broken middle line."""

from sim.assets.kit import road, shape


def model():
    slab = shape.box(20, road.WIDTH, road.THICK)
    lines = road.dashes(-10, 10) + [road.bar(0, s * road.EDGE, 20) for s in (-1, 1)]
    cracks = [
        road.crack((-9, 2.1), (-2, 2.5), 1),
        road.crack((1.5, -3.9), (2.2, -0.4), 2),
        road.crack((6.5, 1.2), (9.4, 3.3), 3),
    ]
    return road.piece(slab, lines, [road.patch(4.4, -2.2, 2.6, 1.1)], cracks)
