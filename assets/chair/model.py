"""A wooden chair with a curved back; who sits on it looks to +X."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, bare, paint

SEAT = 0.455


def model():
    beech = finish.wood("beech", "#c4935c", "#9a683a", seed=23, tile=0.9, rings=6, knots=0, roughness=0.4)
    parts = [paint(_seat(), beech, "x"), paint(_rest(), beech, "y", (0.2, 0.1))]
    parts += [
        paint(leg.bent(lambda p: np.maximum(p, (-9, -9, 0))), beech, "z", (0.1 * i, 0.3 * i))
        for i, leg in enumerate(_legs())
    ]
    rails = [
        shape.tube(np.array(p), 0.0095, 10)
        for p in (
            [(0.165, -0.19, 0.2), (-0.185, -0.175, 0.2)],
            [(0.165, 0.19, 0.2), (-0.185, 0.175, 0.2)],
            [(0.0, -0.18, 0.2), (0.0, 0.18, 0.2)],
        )
    ]
    parts.append(paint(shape.join(rails), beech))
    return {"chair.glb": assemble(parts), "collision.glb": _collider()}


def _seat():
    """A plate hollowed a little for sitting, narrower at the back."""
    rim = outline.rounded([(0.215, -0.215), (0.215, 0.215), (-0.205, 0.185), (-0.205, -0.185)], 0.055, 6)
    rings = [
        np.column_stack([rim * k, np.full(len(rim), z)])
        for k, z in (
            (0.96, 0.0),
            (0.995, 0.008),
            (1.0, 0.018),
            (0.985, 0.0262),
            (0.93, 0.0255),
            (0.75, 0.021),
            (0.45, 0.017),
            (0.15, 0.0155),
        )
    ]
    return shape.Shape(*(lambda s: (s.vertices, s.faces))(shape.loft(rings))).at(z=SEAT - 0.026)


def _legs():
    for s in (-1, 1):
        front = np.array([(0.2, s * 0.205, 0.0), (0.178, s * 0.192, 0.2), (0.165, s * 0.182, SEAT - 0.02)])
        yield shape.tube(outline.smooth(front, 6), np.linspace(0.013, 0.018, 6), 14)
        post = [
            (-0.215, s * 0.185, 0.0),
            (-0.182, s * 0.172, 0.25),
            (-0.178, s * 0.168, SEAT),
            (-0.205, s * 0.168, 0.65),
            (-0.262, s * 0.165, 0.86),
        ]
        yield shape.tube(
            outline.smooth(post, 18), np.interp(np.linspace(0, 1, 18), (0, 0.5, 1), (0.0125, 0.017, 0.0125)), 14
        )


def _rest():
    """Two bowed rails between the posts."""
    rails = []
    for z, x, height in ((0.80, -0.243, 0.1), (0.63, -0.2, 0.05)):
        bow = [(x - 0.045 * (1 - (y / 0.165) ** 2), y, z) for y in np.linspace(-0.165, 0.165, 13)]
        rails.append(shape.sweep(outline.rectangle(0.014, height, 0.006, 3), bow, up=(-0.24, 0, 1)))
    return shape.join(shape.Shape(r.vertices, r.faces) for r in rails)


def _collider():
    def bar(a, b, r):
        return shape.hull(
            np.concatenate([shape.box(r, r, r).at(*a).vertices, shape.box(r, r, r).at(b[0], b[1], b[2] - r).vertices])
        )

    legs = [bar((0.2, s * 0.2, 0), (0.165, s * 0.18, SEAT - 0.02), 0.03) for s in (-1, 1)]
    posts = [bar((-0.21, s * 0.182, 0), (-0.178, s * 0.168, SEAT), 0.03) for s in (-1, 1)]
    upper = [bar((-0.178, s * 0.168, SEAT), (-0.255, s * 0.165, 0.86), 0.03) for s in (-1, 1)]
    seat = shape.box(0.42, 0.4, 0.026).at(0.005, 0, SEAT - 0.026)
    rest = shape.box(0.03, 0.33, 0.1).at(-0.28, 0, 0.75)
    return bare(seat, *legs, *posts, *upper, rest)
