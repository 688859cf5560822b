"""A shipping carton, taped shut, with the usual printed marks."""

from sim.assets.kit import finish, shape, sign
from sim.assets.kit.paint import assemble, paint, planar

LENGTH, WIDTH, HEIGHT = 0.4, 0.3, 0.3


def model():
    board = finish.cardboard(tile=0.4)
    tape = finish.plain("tape", "#b58b4e", 0.22)
    ink = finish.printed("print", _marks(), 0.9)
    label = finish.printed("label", _label(), 0.45)
    flap = LENGTH - 0.004, WIDTH / 2 - 0.002, 0.004
    parts = [paint(shape.box(LENGTH, WIDTH, HEIGHT - 0.008, 0.003).at(z=0.004), board)]
    for side in (-1, 1):
        for z in (0.0, HEIGHT - 0.004):
            parts.append(paint(shape.box(*flap, 0.0012).at(0, side * WIDTH / 4, z), board, "x", (0.1, 0.15 * side)))
    strap = shape.box(LENGTH + 0.0008, 0.05, HEIGHT + 0.0006, 0.0015).at(z=-0.0003)
    hollow = shape.box(LENGTH + 0.1, 0.06, HEIGHT - 0.13).at(z=0.065)
    parts.append(paint(shape.cut(strap, hollow), tape))
    for sign_y, axis in ((-1, "-y"), (1, "y")):
        plate = shape.box(0.1, 0.0006, 0.06).at(0.12, sign_y * WIDTH / 2, 0.03)
        low = (0.07, 0.03) if axis == "-y" else (-0.17, 0.03)
        parts.append(paint(planar(plate, axis, low, (low[0] + 0.1, 0.09)), ink))
    plate = shape.box(0.14, 0.0007, 0.1).at(-0.08, -WIDTH / 2, 0.15)
    parts.append(paint(planar(plate, "-y", (-0.15, 0.15), (-0.01, 0.25)), label))
    return assemble(parts)


def _marks():
    """This side up, keep dry: black ink on board."""
    picture = sign.canvas(320, 192, "#ae8b60")
    for x in (0.2, 0.5):
        sign.polygon(
            picture,
            [
                (x, 0.12),
                (x + 0.11, 0.42),
                (x + 0.045, 0.42),
                (x + 0.045, 0.74),
                (x - 0.045, 0.74),
                (x - 0.045, 0.42),
                (x - 0.11, 0.42),
            ],
            "#2b2018",
        )
    sign.polygon(picture, [(0.09, 0.82), (0.61, 0.82), (0.61, 0.88), (0.09, 0.88)], "#2b2018")
    sign.glass_symbol(picture, (0.8, 0.5), 0.7, "#2b2018")
    return picture


def _label():
    picture = sign.canvas(420, 300, "#f1f0ea")
    sign.write(picture, "PROP HOUSE", (0.5, 0.14), 0.14, "#1b1b1b")
    sign.write(picture, "HANDLE WITH PHYSICS", (0.5, 0.3), 0.075, "#1b1b1b")
    sign.barcode(picture, (0.08, 0.42, 0.92, 0.8), seed=5)
    sign.write(picture, "40 x 30 x 30 cm   0.48 kg", (0.5, 0.9), 0.075, "#1b1b1b")
    return picture
