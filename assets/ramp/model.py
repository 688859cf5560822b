"""A plywood ramp of 20° on a pine frame, rising to +X."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LENGTH, WIDTH, ANGLE_DEG = 1.2, 0.8, 20.0
HEIGHT = LENGTH * np.tan(np.deg2rad(ANGLE_DEG))


def model():
    ply = finish.plywood()
    pine = finish.wood("frame", "#c9a06a", "#93693c", seed=31, tile=0.9, roughness=0.8)
    edge = finish.metal("edge_plate", "#b9bbbd", 0.4, brushed=1.0)
    side = shape.extrude(
        [(-LENGTH / 2, 0), (LENGTH / 2, 0), (LENGTH / 2, HEIGHT), (-LENGTH / 2, 0.0005)], 0.018, 0.001, "y"
    )
    slope = shape.hull(np.concatenate([_deck(0.0), _deck(-0.018)]))
    back = shape.box(0.018, WIDTH - 0.04, HEIGHT - 0.03, 0.002).at(LENGTH / 2 - 0.012)
    ribs = [shape.box(0.04, WIDTH - 0.04, 0.04, 0.002).at(x, 0, 0) for x in (0.1, 0.45)]
    plate = shape.hull(np.concatenate([_deck(0.0015, 0.06), _deck(0.0, 0.06)]))
    return assemble(
        [paint(side.at(y=s * (WIDTH / 2 - 0.009)), ply, "x", (0.3 * s, 0)) for s in (-1, 1)],
        paint(slope, ply, "x"),
        paint(back, ply, "y"),
        [paint(r, pine, "y") for r in ribs],
        paint(plate, edge, "y"),
    )


def _deck(lift, length=LENGTH):
    """Corners ``(4, 3)`` of the sloped board's surface, ``lift`` m above the slope, ``length`` m from its foot."""
    up = np.array([-np.sin(np.deg2rad(ANGLE_DEG)), 0, np.cos(np.deg2rad(ANGLE_DEG))]) * lift
    ends = [(-LENGTH / 2 + (0.02 if lift < 0 else 0), 0.0), (-LENGTH / 2 + length, length * HEIGHT / LENGTH)]
    points = np.array([(x, y, z) for x, z in ends for y in (-WIDTH / 2 + 0.018, WIDTH / 2 - 0.018)]) + up
    return np.maximum(points, (-9, -9, 0))
