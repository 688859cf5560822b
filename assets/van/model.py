"""A delivery van: short nose, high box, dark panes, sliding door; four wheels that steer."""

from sim.assets.kit import finish, outline, shape, urdf, vehicle
from sim.assets.kit.paint import assemble, paint, planar
from sim.assets.kit.vehicle import band, skin, through

WHEELBASE, TRACK, RADIUS, WIDTH = 3.3, 1.72, 0.345, 0.215
AXLES = (WHEELBASE / 2, -WHEELBASE / 2)
NOSE = (
    (0.3, 2.45, -2.55, 0.9),
    (0.36, 2.56, -2.62, 0.965),
    (0.6, 2.62, -2.64, 0.985),
    (0.85, 2.58, -2.64, 0.99),
    (1.02, 2.45, -2.63, 0.985),
    (1.12, 2.25, -2.62, 0.975),
    (1.16, 2.05, -2.6, 0.96),
)
BOX = (
    (1.0, 2.24, -2.63, 0.985),
    (1.2, 2.06, -2.62, 0.975),
    (1.6, 1.72, -2.6, 0.955),
    (1.95, 1.42, -2.57, 0.925),
    (2.2, 1.16, -2.54, 0.885),
    (2.33, 0.92, -2.48, 0.82),
    (2.38, 0.6, -2.36, 0.68),
    (2.395, 0.2, -2.0, 0.4),
)


def lower(grow=0.0):
    """The nose and the sills, grown by ``grow`` m."""
    return vehicle.tub(NOSE, grow, 8.0)


def upper(grow=0.0):
    """The box, grown by ``grow`` m."""
    return vehicle.tub(BOX, grow, 8.0)


def model():
    text = vehicle.four_wheels(
        "van",
        2200,
        (0.1, 0, 0.72),
        (1050, 4600, 4900),
        WHEELBASE,
        TRACK,
        RADIUS,
        WIDTH,
        24,
        [urdf.box((5.15, 1.94, 0.8), (0, 0, 0.75)), urdf.box((4.3, 1.84, 1.2), (-0.45, 0, 1.75))],
    )
    return {"body.glb": _body(), "wheel.glb": vehicle.wheel(RADIUS, WIDTH, 0.205, 6, "#7d8185"), "van.urdf": text}


def _body():
    white = vehicle.lacquer("paint", "#d9d9d4", 5)
    black = finish.plain("trim", "#17181a", 0.6)
    arches = [shape.cylinder(0.41, 0.5, 0, 36, "y").at(x, s * 0.95, RADIUS + 0.01) for x in AXLES for s in (-1, 1)]
    shell = shape.cut(shape.union(lower(), upper()), *arches)
    parts = [
        paint(shell, white, box=True),
        paint(_panes(), finish.window("glass", "#18222a"), box=True),
        paint(_trim(), black, box=True),
    ]
    liners = [shape.pipe(0.411, 0.402, 0.3, 0, 28, "y").at(x, s * 0.82, RADIUS + 0.01) for x in AXLES for s in (-1, 1)]
    liners += [shape.cylinder(0.405, 0.01, 0, 28, "y").at(x, s * 0.69, RADIUS + 0.01) for x in AXLES for s in (-1, 1)]
    floor = shape.box(1, 3, 0.6).at(z=-0.36)
    liners = [shape.cut(item, floor.at(x=item.bounds.mean(axis=0)[0])) for item in liners]
    parts.append(paint(shape.join(liners), finish.plain("liner", "#0e0e0f", 0.9), box=True))
    for x, yaw, z in ((2.622, 0, 0.5), (-2.648, 180, 0.95)):
        plate = planar(shape.box(0.012, 0.52, 0.11, 0.003), "x", (-0.26, 0), (0.26, 0.11)).turned(yaw=yaw).at(x, 0, z)
        parts.append(paint(plate, vehicle.number_plate("PH 2200")))
    return assemble(parts, _lamps())


def _panes():
    side = outline.rounded([(1.7, 1.22), (1.3, 1.78), (0.68, 1.8), (0.68, 1.22)], 0.05, 3)
    screen = outline.rounded([(-0.83, 1.22), (0.83, 1.22), (0.72, 1.9), (-0.72, 1.9)], 0.07, 3)
    pieces = [skin(upper, through(side, "y", -1.2, 1.2), 0.004), skin(upper, through(screen, "x", 1.0, 2.6), 0.004)]
    for s in (-1, 1):
        rear = outline.rounded([(s * 0.08, 1.3), (s * 0.72, 1.3), (s * 0.68, 1.85), (s * 0.08, 1.85)], 0.05, 3)
        pieces.append(skin(upper, through(rear, "x", -3, -2), 0.004))
    return shape.join(pieces)


def _trim():
    doors = [
        [(1.9, 0.5), (1.86, 1.15), (1.32, 1.88), (0.62, 1.9), (0.62, 0.42), (1.2, 0.42)],
        [(0.56, 0.42), (0.56, 2.08), (-0.72, 2.08), (-0.72, 0.42)],
    ]
    pieces = [
        skin(body, band(outline.rounded(d, 0.08, 3), 0.009, "y", -1.2, 1.2), 0.001, 0.006)
        for d in doors
        for body in (lower, upper)
    ]
    for body in (lower, upper):
        pieces.append(
            skin(body, through([(-0.006, 0.45), (0.006, 0.45), (0.006, 2.2), (-0.006, 2.2)], "x", -3, -2), 0.001, 0.006)
        )
    pieces.append(
        skin(upper, through([(-2.4, 1.12), (-0.75, 1.12), (-0.75, 1.15), (-2.4, 1.15)], "y", -1.2, 1.2), 0.004, 0.012)
    )
    pieces += [
        skin(lower, through(c, "y", -1.2, 1.2), 0.008, 0.02)
        for c in (
            [(2.05, 0.28), (2.8, 0.28), (2.8, 0.62), (2.2, 0.6)],
            [(-2.05, 0.28), (-2.2, 0.56), (-2.8, 0.56), (-2.8, 0.28)],
            [(1.2, 0.28), (1.2, 0.4), (-1.2, 0.4), (-1.2, 0.28)],
        )
    ]
    pieces.append(
        skin(
            lower,
            through(outline.rounded([(-0.55, 0.68), (0.55, 0.68), (0.5, 0.88), (-0.5, 0.88)], 0.04, 3), "x", 2, 3),
            0.006,
            0.02,
        )
    )
    handles = [shape.box(0.2, 0.03, 0.035, 0.012).at(x, s * 0.985, 1.06) for x in (0.78, 0.36) for s in (-1, 1)]
    mirrors = [shape.box(0.1, 0.2, 0.32, 0.04).at(1.72, s * 1.13, 1.2) for s in (-1, 1)]
    mirrors += [shape.box(0.06, 0.16, 0.05, 0.015).at(1.74, s * 1.02, 1.24) for s in (-1, 1)]
    bars = [shape.box(0.02, 1.04, 0.02, 0.004).at(2.615, 0, z) for z in (0.73, 0.78, 0.83)]
    return shape.join([*pieces, *handles, *mirrors, *bars])


def _lamps():
    def cutter(points, low, high):
        return [through(outline.rounded([(s * y, z) for y, z in points], 0.03, 3), "x", low, high) for s in (-1, 1)]

    head = cutter([(0.6, 0.7), (0.92, 0.74), (0.95, 1.0), (0.8, 0.98), (0.62, 0.86)], 1.8, 3)
    tail = cutter([(0.86, 0.85), (1.0, 0.85), (1.0, 1.4), (0.86, 1.4)], -3, -2.3)
    made = [
        paint(
            shape.join(skin(lower, c, 0.005) for c in head),
            finish.glow("lamp_head", "#fff3dc", "#dfe4e6", 0.6),
            box=True,
        )
    ]
    red = [skin(body, c, 0.006) for c in tail for body in (lower, upper)]
    made.append(paint(shape.join(red), finish.glow("lamp_tail", "#ff1408", "#6d0a0a", 0.5), box=True))
    return made
