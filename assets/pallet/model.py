"""A Euro pallet: eleven boards and nine blocks, all of standard size, and the marks on its blocks."""

from sim.assets.kit import finish, shape, sign
from sim.assets.kit.paint import assemble, bare, paint, planar

DECK = (0.145, 0.1, 0.145, 0.1, 0.145)
DECK_Y = (-0.3275, -0.165, 0.0, 0.165, 0.3275)
BLOCK_X, BLOCK_Y = (-0.5275, 0.0, 0.5275), (-0.35, 0.0, 0.35)


def model():
    wood = finish.wood("pine", "#c9a574", "#8e6b44", seed=21, tile=1.1, rings=9, roughness=0.85, weathered=0.45)
    block = finish.wood("pressed_blocks", "#b99566", "#8a6840", seed=5, tile=0.4, rings=12, knots=0, roughness=0.9)
    nails = finish.plain("nails", "#77736e", 0.5, 1.0)
    parts = []
    for i, (width, y) in enumerate(zip(DECK, DECK_Y, strict=True)):
        parts.append(paint(shape.box(1.2, width, 0.022, 0.003).at(0, y, 0.122), wood, "x", (0.37 * i, 0.12 * i)))
    for i, x in enumerate(BLOCK_X):
        parts.append(paint(shape.box(0.145, 0.8, 0.022, 0.002).at(x, 0, 0.1), wood, "y", (0.21 * i, 0.3 + 0.09 * i)))
    for i, y in enumerate(BLOCK_Y):
        width = 0.145 if y == 0 else 0.1
        parts.append(paint(shape.box(1.2, width, 0.022, 0.004).at(0, y, 0), wood, "x", (0.29 * i, 0.4 + 0.11 * i)))
        for j, x in enumerate(BLOCK_X):
            parts.append(paint(shape.box(0.145, width, 0.078, 0.003).at(x, y, 0.022), block, "x", (0.07 * i, 0.09 * j)))
    parts += [_nails(nails), _marks()]
    return {"pallet.glb": assemble(parts), "collision.glb": _collider()}


def _nails(material):
    head = shape.cylinder(0.005, 0.0016, 0.0006, 8)
    spots = [
        (x + dx, y + dy)
        for x in BLOCK_X
        for y, w in zip(DECK_Y, DECK, strict=True)
        for dx, dy in ((-0.045, w * 0.25), (0.04, -w * 0.25))
    ]
    return paint(shape.join(head.at(x, y, 0.1432) for x, y in spots), material)


def _marks():
    """The oval brands on the corner blocks."""
    picture = sign.canvas(256, 160, "#b3905f")
    sign.ellipse(picture, (0.06, 0.12, 0.94, 0.88), None, "#3a2413", 0.035)
    sign.write(picture, "EUR", (0.5, 0.5), 0.46, "#3a2413")
    brand = finish.printed("brand", picture, 0.9)
    plate = shape.box(0.1, 0.0008, 0.06)
    face = paint(planar(plate, "-y", (-0.05, 0), (0.05, 0.06)), brand)
    back = paint(planar(plate, "y", (-0.05, 0), (0.05, 0.06)), brand)
    return [_moved(p, x, s * 0.4, 0.031) for s, p in ((-1, face), (1, back)) for x in BLOCK_X[::2]]


def _moved(primitive, x, y, z):
    from dataclasses import replace

    return replace(primitive, vertices=primitive.vertices + (x, y, z))


def _collider():
    deck = shape.box(1.2, 0.8, 0.044).at(z=0.1)
    blocks = [shape.box(0.145, 0.145 if y == 0 else 0.1, 0.078).at(x, y, 0.022) for x in BLOCK_X for y in BLOCK_Y]
    runners = [shape.box(1.2, 0.145 if y == 0 else 0.1, 0.022).at(0, y, 0) for y in BLOCK_Y]
    return bare(deck, *blocks, *runners)
