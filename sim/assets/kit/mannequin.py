"""People as articulated figures: clothed, smooth, faceless enough to be anyone; they face +X.

Sizes from body measures (DIN 33402, NASA-STD-3000), masses of the parts from de Leva 1996. Every joint turns about Y.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from sim.assets.kit import finish, outline, shape, urdf
from sim.assets.kit.paint import Finish, assemble, paint
from sim.assets.kit.shape import Shape
from sim.assets.mesh import Mesh, Primitive

MASS_PARTS = {
    "pelvis": 0.142,
    "torso": 0.355,
    "head": 0.081,
    "upper_arm": 0.028,
    "forearm": 0.022,
    "thigh": 0.1,
    "shin": 0.0465,
    "foot": 0.0145,
}


@dataclass(frozen=True)
class Person:
    """A figure's measures, in m, and clothes.

    | field                       | says                                             |
    |-----------------------------|--------------------------------------------------|
    | hip, knee, ankle            | heights of the joints above the ground            |
    | waist, shoulder, neck, top  | heights of the upper joints, and the whole figure |
    | head                        | size of the head against a grown person's         |
    | girth                       | thickness of the limbs against a grown person's   |
    """

    name: str
    mass: float
    hip: float
    knee: float
    ankle: float
    waist: float
    shoulder: float
    neck: float
    top: float
    shoulder_half: float
    hip_half: float
    upper_arm: float
    forearm: float
    head: float = 1.0
    girth: float = 1.0
    skin: str = "#b07a5a"
    hair: str = "#2b1d14"
    jacket: str = "#41566b"
    trousers: str = "#23262e"
    shoes: str = "#4a2f1f"
    backpack: str | None = None
    bun: bool = False
    vest: str | None = None
    helmet: str | None = None


def person(p: Person) -> dict[str, Mesh | str]:
    """The files of a figure: one mesh a kind of part, and the URDF."""
    skin, jacket = finish.plastic("skin", p.skin, 0.55, 3, dirt=0.04), finish.cloth("jacket", p.jacket, 4, 0.14)
    trousers, leather = (
        finish.cloth("trousers", p.trousers, 6, 0.1, second=p.trousers),
        finish.leather("shoes", p.shoes, 3),
    )
    files: dict[str, Mesh | str] = {
        "pelvis.glb": assemble(paint(_pelvis(p), trousers, box=True)),
        "torso.glb": _torso(p, jacket),
        "head.glb": _head(p, skin),
        "upper_arm.glb": assemble(paint(_sleeve(p), jacket, box=True)),
        "forearm.glb": assemble(paint(_lower_sleeve(p), jacket, box=True), paint(_hand(p), skin, box=True)),
        "thigh.glb": assemble(paint(_thigh(p), trousers, box=True)),
        "shin.glb": assemble(paint(_shin(p), trousers, box=True)),
        "foot.glb": _foot(p, leather),
    }
    return files | {f"{p.name}.urdf": _urdf(p)}


def limb(table: ArrayLike, rings: int = 14, around: int = 18, power: float = 2.2) -> Shape:
    """A smooth round body.

    Args:
        table: ``(k, 5)`` m, upwards: height, middle x, middle y, half depth (x), half width (y).
        rings: How many, before the round ends.
        around: Points a ring.
        power: Of the rings' superellipse.
    """
    from scipy.interpolate import PchipInterpolator

    rows = np.asarray(table, float)
    z = np.linspace(rows[0, 0], rows[-1, 0], rings)
    body = np.column_stack([z] + [PchipInterpolator(rows[:, 0], rows[:, k])(z) for k in range(1, 5)])
    turn = np.deg2rad([78, 55, 28])
    lows, highs = (
        [
            np.array(
                [
                    end[0] + side * min(end[3], end[4]) * 0.6 * np.sin(a),
                    end[1],
                    end[2],
                    end[3] * np.cos(a),
                    end[4] * np.cos(a),
                ]
            )
            for a in turn
        ]
        for end, side in ((body[0], -1), (body[-1], 1))
    )
    out = []
    for height, x, y, depth, width in [*lows, *body, *highs[::-1]]:
        ring = outline.ellipse(depth, width, around, power)
        out.append(np.column_stack([ring + (x, y), np.full(around, height)]))
    return shape.loft(out)


def _pelvis(p: Person) -> Shape:
    """In the frame of the hips' middle."""
    g, top = p.girth, p.waist - p.hip
    return limb(
        [
            (-0.07 * g, 0, 0, 0.065 * g, 0.085 * g),
            (-0.02 * g, -0.004 * g, 0, 0.098 * g, 0.158 * g),
            (0.05 * g, -0.006 * g, 0, 0.104 * g, 0.158 * g),
            (top, 0, 0, 0.1 * g, 0.145 * g),
        ],
        8,
        24,
        2.5,
    )


def _torso(p: Person, jacket: Finish) -> Mesh:
    """In the frame of the waist."""
    g, up = p.girth, p.shoulder - p.waist
    neck = p.neck - p.waist
    body = limb(
        [
            (-0.07 * g, 0, 0, 0.118 * g, 0.174 * g),
            (0.3 * up, 0.005 * g, 0, 0.112 * g, 0.158 * g),
            (0.68 * up, 0.012 * g, 0, 0.128 * g, 0.178 * g),
            (0.95 * up, -0.006 * g, 0, 0.1 * g, p.shoulder_half * 1.02),
            (1.06 * up, -0.014 * g, 0, 0.08 * g, p.shoulder_half * 0.72),
            (neck, -0.012 * g, 0, 0.066 * g, 0.07 * g),
        ],
        18,
        28,
        2.3,
    )
    collar = shape.pipe(0.074 * g, 0.058 * g, 0.05 * g, 0.008, 24).turned(pitch=8).at(-0.012 * g, 0, neck - 0.012)
    parts = [paint(body, jacket, box=True), paint(collar, jacket, box=True)]
    if p.vest:
        parts += _vest(body, up, p.vest)
    if p.backpack:
        cloth = finish.cloth("backpack", p.backpack, 9, 0.1)
        pack = shape.box(0.13 * g / 0.75, 0.25 * g / 0.75, 0.34 * g / 0.75, 0.05).at(-0.205 * g, 0, 0.12 * up)
        pocket = shape.box(0.05, 0.19 * g / 0.75, 0.14 * g / 0.75, 0.02).at(-0.205 * g - 0.085 * g / 0.75, 0, 0.16 * up)
        path = outline.smooth(
            [
                (-0.12 * g, 0.075 * g, 1.02 * up),
                (0.0, 0.085 * g, 1.1 * up),
                (0.105 * g, 0.095 * g, 0.9 * up),
                (0.135 * g, 0.105 * g, 0.6 * up),
                (0.06 * g, 0.165 * g, 0.3 * up),
                (-0.1 * g, 0.16 * g, 0.22 * up),
            ],
            20,
        )
        strap = shape.sweep(outline.rectangle(0.036 * g, 0.01, 0.004, 2), path).both("y")
        parts += [paint(s, cloth, box=True) for s in (pack, pocket, strap)]
    return assemble(parts)


def _vest(body: Shape, up: float, color: str) -> list[Primitive]:
    """A safety vest over the torso, with two reflecting bands."""

    def worn(grow: float, low: float, high: float) -> Shape:
        return shape.intersect(body.scaled(grow, grow, 1.0), shape.box(1, 1, (high - low) * up).at(z=low * up))

    cloth, band = finish.cloth("vest", color, 5, 0.1), finish.plastic("reflective_band", "#d5d8d6", 0.3, 3)
    bands = shape.join([worn(1.062, 0.1, 0.22), worn(1.062, 0.42, 0.54)])
    return [paint(worn(1.055, -0.06, 1.02), cloth, box=True), paint(bands, band, box=True)]


def _helmet(h: float, color: str) -> list[Primitive]:
    """A safety helmet, in the frame of the chin."""
    angle = np.linspace(0, np.pi / 2, 9)
    dome = shape.lathe(np.stack([np.cos(angle), np.sin(angle)], -1), 28).scaled(0.124, 0.1, 0.105)
    brim = shape.extrude(outline.ellipse(0.135, 0.108, 32), 0.008, 0.002).at(0.012)
    peak = shape.extrude(outline.ellipse(0.06, 0.075, 24), 0.007, 0.002).at(0.1, 0, 0.001)
    arc = np.linspace(0.35, np.pi - 0.35, 14)
    path = np.stack([0.124 * np.cos(arc), 0 * arc, 0.105 * np.sin(arc)], -1)
    ridge = shape.sweep(outline.rectangle(0.03, 0.012, 0.004, 2), path)
    shell = finish.plastic("helmet", color, 0.3, 4)
    return [
        paint(part.turned(pitch=-6).at(-0.002, 0, 0.155).scaled(h), shell, box=True)
        for part in (dome, brim, peak, ridge)
    ]


def _head(p: Person, skin: Finish) -> Mesh:
    """In the frame of the neck's foot; the head's own size is that of a grown person times `Person.head`."""
    h, tall = p.head, p.top - p.neck
    base = tall - 0.246 * h
    skull = (
        limb(
            [
                (0.014, 0.028, 0, 0.046, 0.036),
                (0.035, 0.022, 0, 0.066, 0.052),
                (0.075, 0.012, 0, 0.083, 0.067),
                (0.12, 0.002, 0, 0.096, 0.075),
                (0.165, -0.003, 0, 0.098, 0.076),
                (0.205, -0.004, 0, 0.078, 0.06),
            ],
            16,
            24,
            2.1,
        )
        .scaled(h)
        .at(z=base)
    )
    low, high = skull.bounds
    neck = limb([(-0.03, -0.012, 0, 0.056, 0.056), (base + 0.06 * h, 0.0, 0, 0.05, 0.052)], 4, 16).bent(
        lambda v: v * (0.5 + 0.5 * p.girth, 0.5 + 0.5 * p.girth, 1)
    )
    nose = (
        shape.hull(
            [
                (0.086, 0, 0.105),
                (0.086, 0.014, 0.066),
                (0.086, -0.014, 0.066),
                (0.114, 0, 0.072),
                (0.084, 0, 0.06),
                (0.108, 0.006, 0.066),
                (0.108, -0.006, 0.066),
            ]
        )
        .scaled(h)
        .at(z=base)
    )
    ear = (
        shape.icosphere(1.0, 2)
        .scaled(0.016, 0.008, 0.03)
        .turned(pitch=-10)
        .at(-0.006, 0.077, 0.095)
        .scaled(h)
        .at(z=base)
        .both("y")
    )
    eye = shape.icosphere(1.0, 2).scaled(0.005, 0.0095, 0.0058).at(0.0885, 0.031, 0.108).scaled(h).at(z=base).both("y")
    mouth = shape.icosphere(1.0, 2).scaled(0.006, 0.022, 0.0035).at(0.0865, 0, 0.041).scaled(h).at(z=base)
    hair = finish.plain("hair", p.hair, 0.75)
    wig = skull.bent(lambda v: (v - (low + high) / 2) * (1.07, 1.08, 1.06) + (low + high) / 2)
    face = [
        (-0.2, -0.3),
        (0.3, -0.3),
        (0.3, 0.168),
        (0.066, 0.168),
        (0.046, 0.125),
        (0.03, 0.118),
        (0.02, 0.088),
        (-0.018, 0.084),
        (-0.03, 0.06),
        (-0.07, 0.034),
        (-0.2, 0.03),
    ]
    cutter = shape.extrude(face, 0.4, 0, "y").scaled(h).at(z=base)
    extra = (
        [replace(part, vertices=part.vertices + np.array((0, 0, base), np.float32)) for part in _helmet(h, p.helmet)]
        if p.helmet
        else []
    )
    if p.bun:
        bun = shape.icosphere(1.0, 3).scaled(0.042, 0.045, 0.042).at(-0.118, 0, 0.135).scaled(h).at(z=base)
        extra.append(paint(bun, hair, box=True))
    return assemble(
        extra,
        [paint(s, skin, box=True) for s in (skull, neck, nose, ear)],
        paint(shape.cut(wig, cutter), hair, box=True),
        paint(eye, finish.plain("eyes", "#231a15", 0.2), box=True),
        paint(mouth, finish.plain("lips", "#8a4a3f", 0.5), box=True),
    )


def _sleeve(p: Person) -> Shape:
    g, length = p.girth, p.upper_arm
    return limb(
        [
            (-length - 0.01, 0, 0, 0.047 * g, 0.046 * g),
            (-0.55 * length, 0, 0, 0.053 * g, 0.05 * g),
            (-0.14 * length, 0, 0, 0.061 * g, 0.055 * g),
            (-0.005 * g, 0, 0, 0.054 * g, 0.046 * g),
        ],
        9,
        16,
    )


def _lower_sleeve(p: Person) -> Shape:
    g, length = p.girth, p.forearm
    return limb(
        [
            (-length + 0.01, 0.004, 0, 0.036 * g, 0.034 * g),
            (-0.5 * length, 0.002, 0, 0.043 * g, 0.041 * g),
            (0.0, 0, 0, 0.047 * g, 0.045 * g),
        ],
        8,
        16,
    )


def _hand(p: Person) -> Shape:
    g, z = p.girth, -p.forearm
    palm = limb(
        [
            (-0.165, 0.016, 0, 0.022, 0.011),
            (-0.12, 0.012, 0, 0.034, 0.014),
            (-0.06, 0.004, 0, 0.038, 0.017),
            (0.0, 0.002, 0, 0.026, 0.022),
        ],
        9,
        14,
    )
    thumb = shape.capsule(0.0115, 0.06, 10).turned(pitch=158).at(0.032, 0, -0.04)
    return (palm + thumb).scaled(0.55 * g + 0.45 * g).at(0.004, 0, z + 0.012)


def _thigh(p: Person) -> Shape:
    g, length = p.girth, p.hip - p.knee
    return limb(
        [
            (-length, 0.004, 0, 0.064 * g, 0.06 * g),
            (-0.5 * length, 0.006, 0, 0.081 * g, 0.077 * g),
            (-0.12 * length, 0, 0, 0.096 * g, 0.09 * g),
            (0.02 * g, 0, 0, 0.088 * g, 0.08 * g),
        ],
        10,
        20,
    )


def _shin(p: Person) -> Shape:
    g, length = p.girth, p.knee - p.ankle
    return limb(
        [
            (-length - 0.012, -0.002, 0, 0.05 * g, 0.047 * g),
            (-0.75 * length, -0.006, 0, 0.049 * g, 0.047 * g),
            (-0.3 * length, -0.014, 0, 0.062 * g, 0.058 * g),
            (0, 0.002, 0, 0.063 * g, 0.059 * g),
        ],
        10,
        18,
    )


def _foot(p: Person, leather: Finish) -> Mesh:
    """In the frame of the ankle."""
    s = p.ankle / 0.085
    plan = outline.smooth(
        [
            (-0.082, 0),
            (-0.06, -0.034),
            (0.03, -0.036),
            (0.1, -0.05),
            (0.165, -0.036),
            (0.187, 0.004),
            (0.16, 0.04),
            (0.08, 0.045),
            (-0.0, 0.032),
            (-0.06, 0.034),
        ],
        36,
        closed=True,
    )
    sole = shape.extrude(plan, 0.02, 0.004).at(z=-0.085)
    rings = []
    for z, k, back in (
        (-0.067, 0.97, 0.0),
        (-0.05, 0.95, 0.0),
        (-0.034, 0.86, 0.012),
        (-0.016, 0.68, 0.03),
        (0.004, 0.52, 0.042),
        (0.03, 0.47, 0.046),
    ):
        ring = (plan - (0.05, 0)) * (k, 0.5 + 0.5 * k) + (0.05 - back - 0.05 * (1 - k), 0)
        rings.append(np.column_stack([ring, np.full(len(ring), z)]))
    rubber = finish.plain("soles", "#2a2622", 0.85)
    return assemble(paint(shape.loft(rings).scaled(s), leather, box=True), paint(sole.scaled(s), rubber, box=True))


# ---------------------------------------------------------------------------------------------------------------------
# URDF


def _urdf(p: Person) -> str:
    g = p.girth
    thigh, shin = p.hip - p.knee, p.knee - p.ankle
    torso, head = p.shoulder - p.waist, p.top - p.neck
    parts = [
        _part(p, "pelvis", 0, 0.22 * g, 0.14 * g, [urdf.capsule(0.1 * g, 0.13 * g, (0, 0, 0.0), (np.pi / 2, 0, 0))]),
        _part(
            p,
            "torso",
            0.5 * torso,
            torso,
            0.16 * g,
            [urdf.box((0.22 * g, 0.32 * g, torso * 0.95), (0.005, 0, 0.5 * torso))],
        ),
        urdf.joint("waist", "revolute", "pelvis", "torso", (0, 0, p.waist - p.hip), (0, 1, 0), (-0.5, 1.2), 150, 8, 2),
        _part(
            p,
            "head",
            head - 0.12 * p.head,
            0.23 * p.head,
            0.09 * p.head,
            [urdf.sphere(0.105 * p.head, (0, 0, head - 0.115 * p.head))],
        ),
        urdf.joint("neck", "revolute", "torso", "head", (0, 0, p.neck - p.waist), (0, 1, 0), (-0.8, 0.8), 30, 8, 0.5),
    ]
    for side, s in (("l", 1), ("r", -1)):
        out = s * 0.07
        parts += [
            _part(
                p,
                f"upper_arm_{side}",
                -p.upper_arm / 2,
                p.upper_arm,
                0.05 * g,
                [urdf.capsule(0.048 * g, p.upper_arm * 0.8, (0, 0, -p.upper_arm / 2))],
            ),
            urdf.joint(
                f"shoulder_{side}",
                "revolute",
                "torso",
                f"upper_arm_{side}",
                (-0.005, s * p.shoulder_half, p.shoulder - p.waist),
                (0, 1, 0),
                (-3.0, 1.0),
                60,
                10,
                0.5,
                (out, 0, 0),
            ),
            _part(
                p,
                f"forearm_{side}",
                -p.forearm * 0.6,
                p.forearm * 1.6,
                0.04 * g,
                [
                    urdf.capsule(0.038 * g, p.forearm * 0.75, (0, 0, -p.forearm / 2)),
                    urdf.box((0.07 * g, 0.03 * g, 0.15 * g), (0.012 * g, 0, -p.forearm - 0.07 * g)),
                ],
            ),
            urdf.joint(
                f"elbow_{side}",
                "revolute",
                f"upper_arm_{side}",
                f"forearm_{side}",
                (0, 0, -p.upper_arm),
                (0, 1, 0),
                (-2.5, 0.0),
                40,
                10,
                0.3,
            ),
            _part(
                p,
                f"thigh_{side}",
                -thigh / 2,
                thigh,
                0.08 * g,
                [urdf.capsule(0.075 * g, thigh * 0.72, (0, 0, -thigh / 2))],
            ),
            urdf.joint(
                f"hip_{side}",
                "revolute",
                "pelvis",
                f"thigh_{side}",
                (0, s * p.hip_half, 0),
                (0, 1, 0),
                (-2.0, 0.7),
                200,
                10,
                1.5,
            ),
            _part(
                p, f"shin_{side}", -shin / 2, shin, 0.055 * g, [urdf.capsule(0.052 * g, shin * 0.72, (0, 0, -shin / 2))]
            ),
            urdf.joint(
                f"knee_{side}",
                "revolute",
                f"thigh_{side}",
                f"shin_{side}",
                (0, 0, -thigh),
                (0, 1, 0),
                (0.0, 2.4),
                200,
                10,
                1.0,
            ),
            _part(
                p,
                f"foot_{side}",
                -p.ankle / 2,
                p.ankle,
                0.09 * g,
                [
                    urdf.box(
                        (0.265 * p.ankle / 0.085, 0.092 * p.ankle / 0.085, p.ankle * 0.7),
                        (0.05 * p.ankle / 0.085, 0, -p.ankle * 0.65),
                    )
                ],
            ),
            urdf.joint(
                f"ankle_{side}",
                "revolute",
                f"shin_{side}",
                f"foot_{side}",
                (0, 0, -shin),
                (0, 1, 0),
                (-0.8, 0.6),
                150,
                10,
                1.0,
            ),
        ]
    ground = urdf.link("ground", 0.05, (1e-4, 1e-4, 1e-4), (0, 0, p.hip))
    return urdf.robot(p.name, ground, *parts, urdf.joint("root", "fixed", "ground", "pelvis", (0, 0, p.hip)))


def _part(p: Person, name: str, middle: float, length: float, radius: float, touches: Sequence[str]) -> str:
    kind = name.removesuffix("_l").removesuffix("_r")
    mass = p.mass * MASS_PARTS[kind]
    across, along = mass * (3 * radius**2 + length**2) / 12, mass * radius**2 / 2
    x = 0.05 * p.ankle / 0.085 if kind == "foot" else 0.0
    return urdf.link(
        name,
        round(mass, 4),
        [round(v, 6) for v in (across, across, along)],
        (x, 0, middle),
        [(f"{kind}.glb", (0, 0, 0), (0, 0, 0))],
        touches,
    )
