"""A glazed bus shelter, open towards +X: steel frame, bench, lit poster, flag."""

import numpy as np

from sim.assets.kit import finish, outline, shape, sign
from sim.assets.kit.paint import assemble, paint, planar

LONG, DEEP, HIGH = 4.0, 1.5, 2.5


def model():
    steel = finish.painted("frame_paint", "#3a4146", 0.38, seed=4, tile=0.8)
    pane = finish.glass("glass", "#aebfbf", 0.22)
    wood = finish.wood("bench", "#a9794a", "#70492a", seed=8, tile=1.0)
    posts = [
        shape.box(0.07, 0.07, HIGH - 0.1, 0.008).at(x, y)
        for x, y in ((-0.7, -1.95), (-0.7, -0.65), (-0.7, 0.65), (-0.7, 1.95), (0.6, 1.95), (0.6, -1.95))
    ]
    beams = [shape.box(0.06, LONG, 0.08, 0.006).at(x, 0, HIGH - 0.14) for x in (-0.7, 0.6)]
    beams += [shape.box(1.3, 0.06, 0.08, 0.006).at(-0.05, y, HIGH - 0.14) for y in (-1.95, -0.65, 0.65, 1.95)]
    rim = [shape.box(DEEP + 0.25, 0.05, 0.1, 0.008).at(0, s * (LONG / 2 + 0.075), HIGH - 0.06) for s in (-1, 1)]
    rim += [shape.box(0.05, LONG + 0.1, 0.1, 0.008).at(s * (DEEP / 2 + 0.1), 0, HIGH - 0.06) for s in (-1, 1)]
    glass = [shape.box(0.01, 1.2, 1.9, 0.001).at(-0.7, y, 0.28) for y in (-1.3, 0, 1.3)]
    glass += [
        shape.box(1.2, 0.01, 1.9, 0.001).at(-0.05, -1.95, 0.28),
        shape.box(DEEP + 0.2, LONG + 0.1, 0.012).at(z=HIGH - 0.02),
    ]
    slats = [shape.box(0.09, 2.4, 0.03, 0.005).at(-0.5 + 0.105 * i, 0.2, 0.44) for i in range(4)]
    legs = [shape.box(0.4, 0.05, 0.05, 0.005).at(-0.36, y, 0.39) for y in (-0.8, 1.2)]
    legs += [shape.box(0.05, 0.05, 0.4, 0.005).at(-0.36, y) for y in (-0.8, 1.2)]
    case = shape.box(1.2, 0.16, 1.95, 0.02).at(-0.05, 1.95, 0.28)
    parts = [paint(shape.join([*posts, *beams, *rim, *legs, case]), steel), paint(shape.join(glass), pane)]
    parts += [paint(s, wood, "y", (0.3 * i, 0.1 * i)) for i, s in enumerate(slats)]
    poster = finish.printed("poster_lit", _poster(), 0.2, lit=0.6)
    for s, axis in ((-1, "-y"), (1, "y")):
        face = shape.box(1.08, 0.004, 1.78).at(-0.05, 1.95 + s * 0.081, 0.36)
        low = np.array([-0.59 if axis == "-y" else -0.49, 0.36])
        parts.append(paint(planar(face, axis, low, low + (1.08, 1.78)), poster))
    return assemble(parts, _flag(steel))


def _poster():
    picture = sign.canvas(320, 512, "#e9b44c")
    sign.ellipse(picture, (0.14, 0.12, 0.86, 0.57), "#c8462c")
    sign.polygon(picture, [(0, 0.62), (0.35, 0.4), (0.6, 0.55), (0.8, 0.46), (1, 0.6), (1, 1), (0, 1)], "#23404f")
    sign.polygon(picture, [(0, 0.75), (0.4, 0.62), (1, 0.78), (1, 1), (0, 1)], "#16303c")
    sign.write(picture, "PROP HOUSE", (0.5, 0.85), 0.075, "#f3ead2")
    sign.write(picture, "the museum of things", (0.5, 0.92), 0.042, "#f3ead2", 0.02)
    return picture


def _flag(steel):
    picture = sign.canvas(256, 256, "#1f6f43")
    sign.ellipse(picture, (0.08, 0.08, 0.92, 0.92), "#f2c230", "#1f6f43", 0.02)
    sign.write(picture, "H", (0.5, 0.5), 0.6, "#1f6f43", 0.14)
    post = shape.cylinder(0.03, 2.9, 0.003, 16).at(1.1, -1.6)
    disc = shape.cylinder(0.24, 0.02, 0.004, 32, "y").at(1.1, -1.6, 2.65)
    face = finish.printed("flag", picture, 0.4)
    side = shape.extrude(outline.circle(0.225, 32), 0.001, 0, "y")
    front = planar(side.at(1.1, -1.6115, 2.65), "-y", (0.875, 2.425), (1.325, 2.875))
    back = planar(side.at(1.1, -1.5885, 2.65), "y", (-1.325, 2.425), (-0.875, 2.875))
    return [paint(post, steel), paint(disc, steel), paint(front, face), paint(back, face)]
