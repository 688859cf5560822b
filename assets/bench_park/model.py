"""A park bench: oak slats on two cast-iron sides; who sits on it looks to +X."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, bare, paint

LENGTH = 1.8


def model():
    oak = finish.wood("oak_slats", "#a97848", "#6b4526", seed=12, tile=1.3, rings=10, roughness=0.6, weathered=0.25)
    iron = finish.cast_iron("cast_iron", "#2c302f", 4)
    bolts = finish.plain("bolts", "#8b8a86", 0.35, 1.0)
    parts = []
    for i, (x, z, pitch) in enumerate(_slats()):
        slat = shape.box(0.062, LENGTH, 0.03, 0.006).at(z=-0.015).turned(pitch=pitch).at(x, 0, z)
        parts.append(paint(slat, oak, "y", (0.83 * i, 0.19 * i)))
        heads = [
            shape.lathe([(0.008, 0), (0.0065, 0.003), (0.003, 0.0046), (0, 0.005)], 10).at(0, y, 0.0148)
            for y in (-0.7, 0.7)
        ]
        parts.append(paint(shape.join(heads).turned(pitch=pitch).at(x, 0, z), bolts))
    side = _side()
    parts += [paint(side.at(y=y), iron, box=True) for y in (-0.7, 0.7)]
    return {"bench_park.glb": assemble(parts), "collision.glb": _collider()}


def _slats():
    """Middle and pitch of each slat: six to sit on, four to lean on; the seat dips a little to the back."""
    seat = [
        (0.2 - 0.076 * i, 0.452 - 0.008 * i + (0.004 if i in (0, 5) else 0), 4.0 + (14 if i == 0 else 0))
        for i in range(6)
    ]
    back = [(-0.243 - 0.022 * i, 0.535 + 0.083 * i, -73.0) for i in range(4)]
    return seat + back


def _side():
    """One cast side: two feet, a seat rail, a back stay and an arm rest, 34 mm wide."""
    bar = outline.rectangle(0.034, 0.03, 0.008, 3)
    thin = outline.rectangle(0.04, 0.022, 0.008, 3)
    front = outline.smooth([(0.27, 0, 0.012), (0.225, 0, 0.14), (0.205, 0, 0.3), (0.22, 0, 0.425)], 14)
    back = outline.smooth(
        [(-0.31, 0, 0.012), (-0.245, 0, 0.17), (-0.205, 0, 0.36), (-0.255, 0, 0.52), (-0.345, 0, 0.83)], 22
    )
    rail = outline.smooth([(0.235, 0, 0.428), (0.1, 0, 0.418), (-0.1, 0, 0.398), (-0.215, 0, 0.39)], 10)
    arm = outline.smooth(
        [
            (-0.275, 0, 0.62),
            (-0.1, 0, 0.655),
            (0.12, 0, 0.66),
            (0.25, 0, 0.635),
            (0.262, 0, 0.585),
            (0.225, 0, 0.5),
            (0.222, 0, 0.42),
        ],
        26,
    )
    brace = outline.smooth([(0.212, 0, 0.25), (0.1, 0, 0.33), (-0.05, 0, 0.34), (-0.216, 0, 0.27)], 14)
    feet = [shape.box(0.075, 0.05, 0.02, 0.005).at(x) for x in (0.27, -0.31)]
    fine = outline.rectangle(0.02, 0.016, 0.004, 2)
    bars = [shape.sweep(s, p) for s, p in ((bar, front), (bar, back), (bar, rail), (thin, arm), (fine, brace))]
    return shape.join([*bars, *feet])


def _collider():
    seat = shape.box(0.46, LENGTH, 0.04).at(0.01, 0, 0.41)
    back = shape.box(0.04, LENGTH, 0.36).turned(pitch=-16).at(-0.225, 0, 0.48)
    legs = [
        shape.hull(
            np.concatenate(
                [
                    shape.box(0.06, 0.04, 0.02).at(x, y).vertices,
                    shape.box(0.04, 0.04, 0.02).at(0.8 * x, y, 0.4).vertices,
                ]
            )
        )
        for x in (0.27, -0.31)
        for y in (-0.7, 0.7)
    ]
    arms = [shape.box(0.52, 0.04, 0.03).at(-0.01, y, 0.635) for y in (-0.7, 0.7)]
    return bare(seat, back, *legs, *arms)
