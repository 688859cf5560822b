"""A city bus of 12 m: low floor, large dark panes, three doors on the right, a lit display; four wheels."""

import numpy as np

from sim.assets.kit import finish, outline, shape, sign, urdf, vehicle
from sim.assets.kit.paint import assemble, paint, planar
from sim.assets.kit.vehicle import band, skin, through

WHEELBASE, TRACK, RADIUS, WIDTH = 5.9, 2.1, 0.478, 0.275
FRONT, BACK = 5.65, -6.35
RINGS = (
    (0.3, FRONT - 0.1, BACK + 0.1, 1.2),
    (0.36, FRONT - 0.03, BACK + 0.03, 1.26),
    (0.5, FRONT, BACK, 1.275),
    (1.2, FRONT, BACK, 1.275),
    (2.2, FRONT - 0.05, BACK + 0.05, 1.265),
    (2.75, FRONT - 0.12, BACK + 0.12, 1.245),
    (2.92, FRONT - 0.22, BACK + 0.22, 1.19),
    (3.02, FRONT - 0.42, BACK + 0.42, 1.02),
    (3.05, FRONT - 0.9, BACK + 0.9, 0.6),
)
DOORS = (4.75, 1.1, -2.0)


def body(grow=0.0):
    """The whole body, grown by ``grow`` m."""
    return vehicle.tub(RINGS, grow, 14.0, 72)


def model():
    text = vehicle.four_wheels(
        "bus",
        12500,
        (-0.6, 0, 1.1),
        (14000, 125000, 128000),
        WHEELBASE,
        TRACK,
        RADIUS,
        WIDTH,
        95,
        [urdf.box((11.9, 2.5, 2.6), (-0.35, 0, 1.7))],
        0.8,
    )
    return {"body.glb": _mesh(), "wheel.glb": vehicle.wheel(RADIUS, WIDTH, 0.29, 10, "#8b8f92", 0.06), "bus.urdf": text}


def _mesh():
    green = vehicle.lacquer("paint", "#2f6b52", 5)
    cream = vehicle.lacquer("paint_roof", "#e0dac6", 6)
    black = finish.plain("trim", "#151617", 0.55)
    axles = [(x, s) for x in (WHEELBASE / 2, -WHEELBASE / 2) for s in (-1, 1)]
    arches = [shape.cylinder(0.56, 0.6, 0, 36, "y").at(x, s * 1.2, RADIUS + 0.02) for x, s in axles]
    shell = shape.cut(body(), *arches)
    belt = shape.box(14, 4, 2.0).at(z=2.62)
    liners = shape.join([shape.cylinder(0.558, 0.02, 0, 28, "y").at(x, s * 0.9, RADIUS + 0.02) for x, s in axles])
    parts = [paint(shape.cut(shell, belt), green, box=True), paint(shape.intersect(shell, belt), cream, box=True)]
    parts += [
        paint(_panes(), finish.window("glass", "#151d22"), box=True),
        paint(_trim(), black, box=True),
        paint(shape.intersect(liners, shape.box(14, 4, 3).at(z=0.32)), black, box=True),
    ]
    display = sign.canvas(512, 80, "#090909")
    sign.write(display, "10  HARBOUR", (0.5, 0.5), 0.72, "#ffae2b", 0.03)
    board = planar(shape.box(0.02, 1.7, 0.27, 0.004), "x", (-0.85, 0), (0.85, 0.27)).at(FRONT - 0.09, 0, 2.5)
    parts.append(paint(board, finish.printed("display_lit", display, 0.2, lit=0.8)))
    plate = planar(shape.box(0.012, 0.52, 0.11, 0.003), "x", (-0.26, 0), (0.26, 0.11)).at(FRONT + 0.006, 0, 0.5)
    parts.append(paint(plate, vehicle.number_plate("PH 1010")))
    return assemble(parts, _lamps())


def _panes():
    left = outline.rectangle(10.4, 1.05, 0.08, 3) + (-0.6, 1.85)
    pieces = [skin(body, through(left, "y", 0.5, 1.5), 0.004)]
    right = [(3.95, 1.85), (-1.25, -0.35), (-2.75, -6.0)]
    for a, b in right:
        pieces.append(
            skin(
                body,
                through(outline.rectangle(abs(a - b), 1.05, 0.08, 3) + ((a + b) / 2, 1.85), "y", -1.5, -0.5),
                0.004,
            )
        )
    for x in DOORS:
        for s in (-1, 1):
            pieces.append(
                skin(
                    body, through(outline.rectangle(0.54, 1.9, 0.05, 3) + (x + s * 0.31, 1.42), "y", -1.5, -0.5), 0.003
                )
            )
    pieces.append(skin(body, through(outline.rectangle(2.3, 1.75, 0.14, 4) + (0, 1.9), "x", 4, 6), 0.005))
    pieces.append(skin(body, through(outline.rectangle(1.9, 0.9, 0.1, 4) + (0, 2.05), "x", -7, -5), 0.005))
    return shape.join(pieces)


def _trim():
    pieces = [
        skin(body, band(outline.rectangle(1.24, 2.04, 0.04, 3) + (x, 1.42), 0.03, "y", -1.5, -0.5), 0.006, 0.02)
        for x in DOORS
    ]
    pieces += [
        skin(
            body, band(outline.rectangle(0.6, 1.96, 0.04, 2) + (x + s * 0.31, 1.42), 0.03, "y", -1.5, -0.5), 0.007, 0.02
        )
        for x in DOORS
        for s in (-1, 1)
    ]
    bars = [through(outline.rectangle(0.05, 1.05) + (x, 1.85), "y", 0.5, 1.5) for x in np.arange(-4.6, 4.2, 1.5)]
    bars += [through(outline.rectangle(0.05, 1.05) + (x, 1.85), "y", -1.5, -0.5) for x in (2.9, -4.4)]
    pieces += [skin(body, b, 0.006, 0.016) for b in bars]
    pieces.append(skin(body, shape.box(14, 4, 0.1).at(z=0.29), 0.006, 0.02))
    pieces.append(skin(body, through(outline.rectangle(1.5, 0.35, 0.03, 2) + (0, 0.78), "x", -7, -5), 0.006, 0.02))
    pieces += [shape.box(0.14, 0.2, 0.42, 0.05).at(FRONT + 0.2, s * 1.28, 2.05) for s in (-1, 1)]
    pieces += [
        shape.tube(
            outline.smooth(
                [(FRONT - 0.15, s * 1.05, 2.85), (FRONT + 0.15, s * 1.2, 2.8), (FRONT + 0.2, s * 1.28, 2.4)], 8
            ),
            0.025,
            8,
        )
        for s in (-1, 1)
    ]
    pieces.append(shape.box(2.6, 1.7, 0.22, 0.06).at(-3.6, 0, 3.0))
    wipers = [
        shape.tube(np.array([(FRONT + 0.02, y, 1.04), (FRONT + 0.005, y + 0.75, 1.25)]), 0.012, 6) for y in (-0.9, 0.05)
    ]
    return shape.join([*pieces, *wipers])


def _lamps():
    def cutters(y, z, w, h, low, high):
        return [through(outline.rectangle(w, h, 0.05, 3) + (s * y, z), "x", low, high) for s in (-1, 1)]

    glow = finish.glow
    kinds = (
        (cutters(0.92, 0.72, 0.42, 0.2, 4, 6), glow("lamp_head", "#fff3dc", "#dfe4e6", 0.6)),
        (cutters(1.08, 1.1, 0.14, 0.5, -7, -5), glow("lamp_tail", "#ff1408", "#6d0a0a", 0.5)),
    )
    return [paint(shape.join(skin(body, c, 0.006) for c in cuts), f, box=True) for cuts, f in kinds]
