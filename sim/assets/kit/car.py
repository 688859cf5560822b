"""A compact car of five doors: body and greenhouse lofted, hollowed, glazed; four wheels, two of which steer.

4.36 m long, 1.79 m wide, 1.46 m high, wheelbase 2.70 m, track 1.55 m; any colour, with or without a taxi's sign.
"""

from __future__ import annotations

import numpy as np

from sim.assets.kit import finish, outline, shape, sign, urdf, vehicle
from sim.assets.kit.paint import Finish, assemble, paint, planar
from sim.assets.kit.shape import Shape
from sim.assets.kit.vehicle import band, skin, through
from sim.assets.mesh import Mesh, Primitive
from sim.pose import Array

WHEELBASE, TRACK, RADIUS, WIDTH = 2.7, 1.55, 0.316, 0.205
STATIONS = (  # x, half width, underside, upper edge
    (-2.13, 0.62, 0.36, 0.90),
    (-2.10, 0.72, 0.30, 0.965),
    (-2.0, 0.805, 0.25, 0.985),
    (-1.8, 0.86, 0.215, 0.99),
    (-1.35, 0.892, 0.20, 0.985),
    (-0.6, 0.893, 0.19, 0.965),
    (0.1, 0.893, 0.19, 0.95),
    (0.7, 0.892, 0.19, 0.94),
    (1.1, 0.89, 0.19, 0.935),
    (1.5, 0.882, 0.195, 0.895),
    (1.8, 0.855, 0.205, 0.84),
    (2.0, 0.80, 0.22, 0.785),
    (2.13, 0.72, 0.25, 0.725),
    (2.2, 0.63, 0.30, 0.66),
    (2.225, 0.54, 0.37, 0.58),
)
ROOF = (  # z, x of the screen, x of the hatch, half width
    (0.86, 1.18, -1.98, 0.80),
    (0.97, 1.0, -1.95, 0.785),
    (1.08, 0.76, -1.88, 0.755),
    (1.2, 0.49, -1.77, 0.715),
    (1.31, 0.23, -1.64, 0.672),
    (1.385, 0.0, -1.5, 0.625),
    (1.43, -0.18, -1.34, 0.55),
    (1.452, -0.4, -1.1, 0.4),
    (1.458, -0.6, -0.9, 0.2),
)


def lower(grow: float = 0.0) -> Shape:
    """The body below its shoulders, grown by ``grow`` m."""
    table = np.array(STATIONS)
    x = np.unique(np.concatenate([np.linspace(-2.1, 2.2, 23), table[[0, 1, -2, -1], 0]]))
    rings = []
    for s in x:
        w, low, high = (_curve(table, k, s) for k in (1, 2, 3))
        ring = vehicle.side_section(w + grow, low - grow, high + grow, n=36)
        rings.append(np.column_stack([np.full(len(ring), s * (1 + grow / 2.2)), ring]))
    return shape.loft(rings)


def _curve(table: Array, column: int, x: float) -> float:
    from scipy.interpolate import PchipInterpolator

    return float(PchipInterpolator(table[:, 0], table[:, column])(x))


def roof(grow: float = 0.0) -> Shape:
    """The greenhouse, grown by ``grow`` m."""
    rings = []
    for z, front, back, half in ROOF:
        ring = outline.ellipse((front - back) / 2 + grow, half + grow, 48, 4.2) + ((front + back) / 2, 0)
        rings.append(np.column_stack([ring, np.full(len(ring), z + (grow if z > 1.3 else 0))]))
    return shape.loft(rings)


SIDE = {
    "front": [(0.77, 1.0), (0.16, 1.335), (-0.22, 1.355), (-0.27, 1.0)],
    "rear": [(-0.33, 1.0), (-0.28, 1.355), (-0.9, 1.34), (-1.2, 1.22), (-1.3, 1.03)],
    "quarter": [(-1.37, 1.04), (-1.28, 1.2), (-1.5, 1.16), (-1.62, 1.08)],
}
SCREEN = [(-0.65, 1.025), (0.65, 1.025), (0.55, 1.345), (-0.55, 1.345)]
HATCH = [(-0.6, 1.06), (0.6, 1.06), (0.5, 1.32), (-0.5, 1.32)]


def compact(name: str, color: str, plate: str = "PH 0815", taxi: bool = False) -> dict[str, Mesh | str]:
    """The files of a compact car.

    Args:
        name: Of the URDF and its robot.
        color: Of its paint.
        plate: What its number plates say.
        taxi: Whether it carries a lit sign on its roof.
    """
    extra = _taxi_sign() if taxi else []
    body = assemble(_body(color, plate), extra)
    return {"body.glb": body, "wheel.glb": vehicle.wheel(RADIUS, WIDTH, 0.205), f"{name}.urdf": _urdf(name)}


def _taxi_sign() -> list[Primitive]:
    picture = sign.canvas(256, 96, "#f2c81e")
    sign.write(picture, "TAXI", (0.5, 0.5), 0.66, "#111111", 0.1)
    shown = finish.printed("lamp_taxi", picture, 0.3, lit=0.6)
    case = shape.box(0.12, 0.42, 0.13, 0.03).at(-0.45, 0, 1.462)
    faces = []
    for yaw in (0, 180):
        face = planar(shape.box(0.004, 0.34, 0.1).at(0.06, 0, 0), "x", (-0.17, 0), (0.17, 0.1))
        faces.append(paint(face.turned(yaw=yaw).at(-0.45, 0, 1.477), shown))
    return [paint(case, finish.plastic("sign_case", "#f2c81e", 0.35)), *faces]


def _panes() -> list[Shape]:
    panes = [through(outline.rounded(w, 0.035, 3), "y", -1, 1) for w in SIDE.values()]
    panes.append(through(outline.rounded(SCREEN, 0.05, 3), "x", 0.0, 1.4))
    panes.append(through(outline.rounded(HATCH, 0.06, 3), "x", -2.2, -1.5))
    return panes


def _body(color: str, plate: str) -> list:
    red = vehicle.lacquer("paint", color)
    black = finish.plain("trim", "#141516", 0.55)
    glass = finish.glass("glass", "#2b3a3c", 0.42)
    panes = _panes()
    cabin = shape.box(2.3, 1.42, 0.7, 0.05).at(-0.35, 0, 0.42)
    arches = [
        shape.cylinder(0.365, 0.5, 0, 40, "y").at(x, s * 0.86, RADIUS + 0.01) for x in (-1.35, 1.35) for s in (-1, 1)
    ]
    shell = shape.cut(shape.union(shape.cut(lower(), *arches), roof()), roof(-0.035), cabin, *panes)
    glazing = [skin(roof, p, -0.008, 0.006) for p in panes]
    parts: list = [
        paint(shell, red, box=True),
        paint(shape.join(glazing), glass, box=True),
        paint(_seals(), black, box=True),
    ]
    parts += [
        paint(_liners(), finish.plain("liner", "#0e0e0f", 0.9), box=True),
        _interior(black),
        _trim(black, red, plate),
        _lamps(),
    ]
    return parts


def _seals() -> Shape:
    """Black frames around the panes and the pillar between the doors."""
    rims = [band(outline.inset(outline.rounded(w, 0.035, 3), -0.018), 0.018, "y", -1, 1) for w in SIDE.values()]
    rims.append(through([(-0.335, 0.985), (-0.285, 1.37), (-0.215, 1.37), (-0.265, 0.985)], "y", -1, 1))
    rims.append(band(outline.inset(outline.rounded(SCREEN, 0.05, 3), -0.022), 0.022, "x", 0.0, 1.4))
    rims.append(band(outline.inset(outline.rounded(HATCH, 0.06, 3), -0.022), 0.022, "x", -2.2, -1.5))
    return shape.join(skin(roof, r, 0.0015, 0.006) for r in rims)


def _liners() -> Shape:
    """The wheel houses, seen past the wheels."""
    house = shape.pipe(0.366, 0.358, 0.26, 0, 28, "y") + shape.cylinder(0.36, 0.01, 0, 28, "y").at(y=-0.125)
    house = shape.cut(house, shape.box(1, 1, 0.3).at(z=-0.45))
    return shape.join(house.scaled(1, s, 1).at(x, s * 0.735, RADIUS + 0.01) for x in (-1.35, 1.35) for s in (-1, 1))


def _interior(black: Finish) -> list[Primitive]:
    cloth = finish.cloth("seats", "#3a3d42", tile=0.2)
    seats = [vehicle.seat().at(0.05, y, 0.46) for y in (-0.36, 0.36)]
    bench = [vehicle.seat().at(-0.85, y, 0.48) for y in (-0.36, 0.36)]
    dash = shape.box(0.5, 1.36, 0.3, 0.08).at(0.82, 0, 0.68)
    ring = [(0.0, 0.18 * np.cos(a), 0.18 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 24, endpoint=False)]
    steering = shape.tube(np.array(ring), 0.014, 8, closed=True) + shape.box(0.03, 0.34, 0.05, 0.012).at(0, 0, -0.025)
    return [
        paint(shape.join(seats + bench), cloth, box=True),
        paint(dash, black, box=True),
        paint(steering.turned(pitch=-25).at(0.5, 0.36, 0.9), black, box=True),
    ]


DOORS = [
    [(0.86, 0.34), (0.98, 0.62), (0.93, 0.99), (-0.3, 1.0), (-0.3, 0.3), (0.8, 0.28)],
    [(-0.3, 0.3), (-0.3, 1.0), (-1.32, 1.0), (-1.12, 0.72), (-0.98, 0.4), (-0.8, 0.28)],
]


def _trim(black: Finish, red: Finish, text: str) -> list:
    gaps = [skin(lower, band(outline.rounded(d, 0.06, 3), 0.007, "y", -1.2, 1.2), 0.0008, 0.006) for d in DOORS]
    hood = [(2.02, 0.6), (1.15, 0.72), (1.15, -0.72), (2.02, -0.6)]
    gaps.append(skin(lower, shape.extrude([np.array(hood), outline.inset(hood, 0.007)], 0.6).at(z=0.62), 0.0008, 0.006))
    fuel = outline.rectangle(0.17, 0.15, 0.03, 3) + (-1.58, 0.8)
    gaps.append(skin(lower, shape.extrude([fuel, outline.inset(fuel, 0.005)], 0.5, 0, "y").at(y=-0.9), 0.0008, 0.006))
    low = [
        skin(lower, through(box, "y", -1.2, 1.2), 0.006, 0.02)
        for box in (
            [(0.94, 0.15), (0.94, 0.3), (-0.94, 0.3), (-0.94, 0.15)],
            [(-1.75, 0.18), (-1.75, 0.4), (-2.3, 0.46), (-2.3, 0.18)],
            [(1.75, 0.15), (2.4, 0.15), (2.4, 0.27), (1.75, 0.24)],
        )
    ]
    grille = skin(
        lower,
        through(outline.rounded([(-0.46, 0.29), (0.46, 0.29), (0.5, 0.43), (-0.5, 0.43)], 0.04, 3), "x", 1.6, 2.4),
        0.004,
        0.02,
    )
    upper = skin(
        lower,
        through(outline.rounded([(-0.42, 0.575), (0.42, 0.575), (0.44, 0.62), (-0.44, 0.62)], 0.015, 2), "x", 1.6, 2.4),
        0.003,
        0.02,
    )
    bars = skin(lower, shape.join(shape.box(1.2, 0.9, 0.008).at(2.0, 0, z) for z in (0.325, 0.36, 0.395)), 0.012, 0.02)
    handles = [
        shape.box(0.19, 0.03, 0.032, 0.012).at(x, s * y, 0.845)
        for x, y in ((-0.12, 0.892), (-1.02, 0.888))
        for s in (-1, 1)
    ]
    lips = [
        shape.pipe(0.385, 0.36, 0.03, 0.006, 40, "y").at(x, s * 0.873, RADIUS + 0.01)
        for x in (-1.35, 1.35)
        for s in (-1, 1)
    ]
    lips = [shape.cut(lip, shape.box(1, 3, 0.5).at(lip.bounds.mean(axis=0)[0], 0, -0.25)) for lip in lips]
    mirrors = [_mirror().scaled(1, s, 1) for s in (-1, 1)]
    wiper = shape.tube(np.array([(1.02, 0.1, 0.975), (0.93, -0.35, 1.01), (0.9, -0.55, 1.02)]), 0.008, 6)
    plates = []
    for x, yaw, z in ((2.238, 0, 0.45), (-2.138, 180, 0.62)):
        plate = planar(shape.box(0.012, 0.52, 0.11, 0.003), "x", (-0.26, 0), (0.26, 0.11)).turned(yaw=yaw).at(x, 0, z)
        plates.append(paint(plate, vehicle.number_plate(text)))
    return [
        paint(shape.join([*gaps, *low, grille, upper, wiper, *lips]), black, box=True),
        paint(bars, finish.plain("grille_bars", "#2c2e30", 0.4), box=True),
        paint(shape.join(handles), red, box=True),
        paint(shape.join(m for m in mirrors), red, box=True),
        plates,
    ]


def _mirror() -> Shape:
    shell = (
        shape.icosphere(1.0, 3)
        .scaled(0.06, 0.11, 0.068)
        .bent(lambda p: np.where(p[:, :1] < -0.03, p * (0.0, 1, 1) + (-0.03, 0, 0), p))
    )
    arm = shape.box(0.06, 0.22, 0.04, 0.012).at(0.0, -0.12, -0.075)
    return (shell + arm).at(0.7, 0.95, 1.0)


def _lamps() -> list[Primitive]:
    head = [
        through(
            outline.rounded(
                [(s * 0.47, 0.59), (s * 0.8, 0.61), (s * 0.85, 0.71), (s * 0.73, 0.735), (s * 0.5, 0.665)], 0.025, 3
            ),
            "x",
            1.5,
            2.4,
        )
        for s in (-1, 1)
    ]
    tail = [
        through(
            outline.rounded([(s * 0.5, 0.8), (s * 0.85, 0.77), (s * 0.86, 0.93), (s * 0.55, 0.93)], 0.03, 3),
            "x",
            -2.4,
            -1.85,
        )
        for s in (-1, 1)
    ]
    turn = [
        through(
            outline.rounded([(s * 0.62, 0.36), (s * 0.78, 0.38), (s * 0.78, 0.43), (s * 0.62, 0.42)], 0.015, 2),
            "x",
            1.5,
            2.4,
        )
        for s in (-1, 1)
    ]
    glow = finish.glow
    return [
        paint(shape.join(skin(lower, c, 0.004, 0.012) for c in cutters), f, box=True)
        for cutters, f in (
            (head, glow("lamp_head", "#fff3dc", "#dfe4e6", 0.6)),
            (tail, glow("lamp_tail", "#ff1408", "#6d0a0a", 0.5)),
            (turn, glow("lamp_turn", "#ff8a00", "#a8662a", 0.1)),
        )
    ]


def _urdf(name: str) -> str:
    touches = [urdf.box((4.3, 1.76, 0.5), (0.04, 0, 0.56)), urdf.box((2.5, 1.4, 0.58), (-0.5, 0, 1.1))]
    return vehicle.four_wheels(
        name, 1500, (0.12, 0, 0.55), (520, 2200, 2450), WHEELBASE, TRACK, RADIUS, WIDTH, 18, touches
    )
