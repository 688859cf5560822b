"""A market stall of 3 m along Y, open towards +X: trestle, boxes of fruit painted on, striped canopy."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LONG, DEEP = 3.0, 1.5


def model():
    wood = finish.wood("stall_wood", "#b98d5a", "#835a34", seed=4, tile=1.2, weathered=0.2)
    white, green = finish.cloth("canopy", "#ece6d6", 5, 0.2), finish.cloth("canopy_stripe", "#2f6b4a", 6, 0.2)
    posts = [
        shape.box(0.06, 0.06, h, 0.005).at(x, s * (LONG / 2 - 0.05))
        for s in (-1, 1)
        for x, h in ((-0.65, 2.5), (0.65, 2.15))
    ]
    top = shape.box(DEEP - 0.3, LONG - 0.14, 0.03, 0.004).turned(pitch=9).at(0.0, 0, 0.78)
    apron = shape.box(0.025, LONG - 0.12, 0.55, 0.004).at(0.6, 0, 0.18)
    boards = [
        shape.box(DEEP - 0.3, 0.05, 0.08, 0.004).turned(pitch=9).at(0, s * (LONG / 2 - 0.1), 0.72) for s in (-1, 1)
    ]
    beams = [shape.box(0.05, LONG, 0.06, 0.004).at(x, 0, z) for x, z in ((-0.65, 2.46), (0.65, 2.1))]
    parts = [
        paint(p, wood, axis)
        for p, axis in [
            (shape.join(posts), "z"),
            (top, "y"),
            (apron, "y"),
            (shape.join(boards), "x"),
            (shape.join(beams), "y"),
        ]
    ]
    n = 10
    for i in range(n):
        y0, y1 = -LONG / 2 - 0.1 + i * (LONG + 0.2) / n, -LONG / 2 - 0.1 + (i + 1) * (LONG + 0.2) / n
        points = np.array(
            [
                [(x, y, z) for y in np.linspace(y0, y1, 3)]
                for x, z in ((-0.85, 2.62), (-0.1, 2.42), (0.85, 2.1), (0.87, 1.9))
            ]
        )
        points[3, 1, 2] -= 0.05
        parts.append(paint(shape.sheet(points, 0.006), green if i % 2 else white, box=True))
    return assemble(parts, fruit())


def fruit():
    """Shallow boxes heaped with balls of one colour each."""
    pine = finish.wood("box_wood", "#d2ab75", "#a67b48", seed=9, tile=0.6)
    made = []
    rng = np.random.Generator(np.random.PCG64(3))
    colors = ["#c8321f", "#e08a1e", "#7fa532", "#5b2a52", "#e3c13a"]
    for i, y in enumerate(np.linspace(-1.12, 1.12, 5)):
        for j, x in enumerate((-0.3, 0.28)):
            z = 0.8 - 0.158 * x + 0.01
            rim = shape.join(
                [shape.box(0.5, 0.015, 0.12).at(0, s * 0.24) for s in (-1, 1)]
                + [shape.box(0.015, 0.49, 0.12).at(s * 0.25) for s in (-1, 1)]
            )
            made.append(paint(rim.turned(pitch=9).at(x, y, z), pine, box=True))
            skin = finish.plain(f"fruit_{(i + 2 * j) % 5}", colors[(i + 2 * j) % 5], 0.45)
            spot = np.stack(np.meshgrid(np.linspace(-0.2, 0.2, 6), np.linspace(-0.19, 0.19, 6)), -1).reshape(-1, 2)
            balls = [
                _upper(shape.icosphere(0.042, 1)).at(x + a, y + b, z + 0.07 - 0.158 * a + rng.uniform(0, 0.035))
                for a, b in spot + rng.normal(0, 0.006, spot.shape)
            ]
            made.append(paint(shape.join(balls), skin, box=True))
    return made


def _upper(ball):
    """The part of a ball that shows in a heap."""
    keep = ball.vertices[ball.faces][:, :, 2].max(axis=1) > 0.004
    return shape.Shape(ball.vertices, ball.faces[keep])
