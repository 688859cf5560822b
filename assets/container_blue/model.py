"""A 20-foot shipping container in weathered blue, its doors towards +X."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LONG, WIDE, HIGH = 6.058, 2.438, 2.591  # m, ISO 668 type 1CC


def model():
    return container("#2b5674", 3)


def container(color, seed):
    """Frame, corrugated walls, doors with their locking bars."""
    skin = finish.painted("container_paint", color, 0.5, seed, 0.03, 2.4, 0.22)
    dark, zinc = finish.painted("container_frame", color, 0.55, seed + 1, 0.06, 1.2, 0.3), finish.galvanised(tile=0.5)
    posts = [
        shape.box(0.16, 0.16, HIGH, 0.01).at(s * (LONG / 2 - 0.08), t * (WIDE / 2 - 0.08))
        for s in (-1, 1)
        for t in (-1, 1)
    ]
    rails = [
        shape.box(LONG - 0.3, 0.1, 0.14, 0.008).at(0, t * (WIDE / 2 - 0.05), z)
        for t in (-1, 1)
        for z in (0.02, HIGH - 0.14)
    ]
    sills = [
        shape.box(0.1, WIDE - 0.3, 0.14, 0.008).at(s * (LONG / 2 - 0.05), 0, z)
        for s in (-1, 1)
        for z in (0.02, HIGH - 0.14)
    ]
    corners = [
        shape.box(0.178, 0.162, 0.118, 0.012).at(s * (LONG / 2 - 0.089), t * (WIDE / 2 - 0.081), z)
        for s in (-1, 1)
        for t in (-1, 1)
        for z in (0.0, HIGH - 0.118)
    ]
    sides = [
        corrugated(LONG - 0.3, HIGH - 0.28).turned(yaw=a).at(0, t * (WIDE / 2 - 0.05), 0.14)
        for t, a in ((-1, 180), (1, 0))
    ]
    front = corrugated(WIDE - 0.3, HIGH - 0.28).turned(yaw=90).at(-LONG / 2 + 0.05, 0, 0.14)
    roof = shape.box(LONG - 0.2, WIDE - 0.2, 0.03).at(z=HIGH - 0.05)
    floor = shape.box(LONG - 0.2, WIDE - 0.16, 0.1).at(z=0.06)
    doors = [
        shape.box(0.06, WIDE / 2 - 0.18, HIGH - 0.34, 0.012).at(LONG / 2 - 0.06, t * (WIDE / 4 - 0.07), 0.17)
        for t in (-1, 1)
    ]
    bars = [
        shape.cylinder(0.017, HIGH - 0.26, n=10).at(LONG / 2 - 0.015, t * y, 0.13)
        for t in (-1, 1)
        for y in (0.28, 0.82)
    ]
    grips = [shape.box(0.02, 0.36, 0.03, 0.004).at(LONG / 2 - 0.005, t * 0.5, 1.1) for t in (-1, 1)]
    hinges = [
        shape.box(0.04, 0.08, 0.05, 0.006).at(LONG / 2 - 0.03, t * (WIDE / 2 - 0.17), z)
        for t in (-1, 1)
        for z in (0.4, 0.95, 1.6, 2.15)
    ]
    return assemble(
        paint(shape.join([*posts, *rails, *sills, *corners, *hinges]), dark, box=True),
        paint(shape.join([*sides, front, roof, floor, *doors]), skin, box=True),
        paint(shape.join([*bars, *grips]), zinc, box=True),
    )


def corrugated(length, height):
    """A trapezoidal sheet along X, its face to +Y."""
    n = int(length / 0.278)
    step = length / n
    x, y = [], []
    for i in range(n):
        for f, d in ((0.0, 0.0), (0.26, 0.0), (0.5, -0.036), (0.76, -0.036)):
            x.append(-length / 2 + (i + f) * step)
            y.append(d)
    x.append(length / 2)
    y.append(0.0)
    points = np.array([[(a, b, z) for a, b in zip(x, y, strict=True)] for z in (height, 0.0)])
    return shape.sheet(points, 0.004)
