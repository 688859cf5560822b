"""A garden skittle of turned beech, 400 mm high, with two painted rings."""

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

PROFILE = [
    (0, 0),
    (0.038, 0),
    (0.052, 0.06),
    (0.058, 0.13),
    (0.046, 0.22),
    (0.026, 0.29),
    (0.025, 0.305),
    (0.036, 0.345),
    (0.034, 0.375),
    (0.018, 0.398),
    (0, 0.4),
]


def model():
    profile = outline.rounded(outline.smooth(PROFILE[1:-1], 40), 0.0, 1, closed=False)
    body = shape.lathe([(0, 0), *[tuple(p) for p in profile], (0, 0.4)], 28)
    beech = finish.wood("beech", "#dcb688", "#b98c5b", seed=7, tile=0.5, size=256, rings=7, knots=0, roughness=0.4)
    red = finish.plain("ring_paint", "#a32b24", 0.35)
    rings = [
        shape.lathe([(r, z), (r + 0.0012, z + 0.002), (r2 + 0.0012, z + 0.012), (r2, z + 0.014), (r, z)], 28)
        for z, r, r2 in ((0.272, 0.0297, 0.0272), (0.248, 0.0364, 0.0322))
    ]
    return assemble(paint(body, beech, "z"), paint(shape.join(rings), red, box=True))
