"""A football of size 5: twelve black pentagons and twenty white hexagons with sunken seams."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

RADIUS, SEAM = 0.11, 0.0011
STEPS = (
    (0.0, 0.0),
    (0.42, 0.0),
    (0.78, 0.0),
    (0.93, 0.15),
    (1.0, 1.0),
)  # part of the way to the seam, part of its depth


def model():
    white = finish.plastic("white_panels", "#e9e8e3", 0.38, seed=4, dirt=0.08, tile=0.15)
    black = finish.plastic("black_panels", "#1b1c1e", 0.36, seed=7, dirt=0.1, tile=0.15)
    pentagons, hexagons = _panels()
    return assemble(paint(shape.join(map(_panel, pentagons)), black), paint(shape.join(map(_panel, hexagons)), white))


def _panels():
    """Corners ``(5, 3)`` and ``(6, 3)`` of a truncated icosahedron's faces, as directions."""
    golden = (1 + 5**0.5) / 2
    tops = np.array([p for a in (-1, 1) for b in (-golden, golden) for p in ((0, a, b), (a, b, 0), (b, 0, a))], float)
    near = [[j for j in range(12) if 0.1 < np.linalg.norm(tops[i] - tops[j]) < 2.1] for i in range(12)]
    pentagons = [_around(tops[i], [tops[i] + (tops[j] - tops[i]) / 3 for j in near[i]]) for i in range(12)]
    triples = [(i, j, k) for i in range(12) for j in near[i] for k in near[i] if i < j < k and k in near[j]]
    hexagons = [
        _around(
            sum(tops[n] for n in t), [a + (b - a) / 3 for a in tops[list(t)] for b in tops[list(t)] if np.any(a != b)]
        )
        for t in triples
    ]
    return pentagons, hexagons


def _around(center, points):
    """Points in counter-clockwise order seen from outside."""
    z = center / np.linalg.norm(center)
    x = points[0] - z * (points[0] @ z)
    y = np.cross(z, x)
    return np.array(sorted(points, key=lambda p: np.arctan2(p @ y, p @ x)))


def _panel(corners):
    """One panel, a little fuller than the ball, falling off to its seam."""
    edge = np.concatenate(
        [
            a + (b - a) * np.linspace(0, 1, 4, endpoint=False)[:, None]
            for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)
        ]
    )
    middle = corners.mean(axis=0)
    rings = []
    for part, depth in STEPS:
        points = middle + part * (edge - middle)
        rings.append(points / np.linalg.norm(points, axis=1, keepdims=True) * (RADIUS - SEAM * depth))
    n = len(edge)
    i, j = np.arange(n), (np.arange(n) + 1) % n
    faces = [np.stack([np.zeros(n, int), 1 + i, 1 + j], -1)]
    for k in range(1, len(STEPS) - 1):
        a, b = 1 + (k - 1) * n, 1 + k * n
        faces += [np.stack([a + i, b + i, b + j], -1), np.stack([a + i, b + j, a + j], -1)]
    return shape.Shape(np.concatenate([rings[0][:1], *rings[1:]]), np.concatenate(faces)).at(z=RADIUS)
