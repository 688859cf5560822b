"""A city bicycle of 28 inches: diamond frame, fork that steers, two spoked wheels that turn."""

import numpy as np

from sim.assets.kit import finish, outline, shape, urdf
from sim.assets.kit.paint import assemble, paint

WHEELBASE, RADIUS = 1.06, 0.345
REAR, FRONT = -WHEELBASE / 2, WHEELBASE / 2
HEAD_LOW, HEAD_TOP = np.array([0.335, 0, 0.72]), np.array([0.285, 0, 0.88])
PEDALS, SADDLE = np.array([-0.1, 0, 0.28]), np.array([-0.27, 0, 0.78])


def model():
    return {"frame.glb": _frame(), "fork.glb": _fork(), "wheel.glb": _wheel(), "bicycle.urdf": _urdf()}


def _bar(points, radius, n=12):
    return shape.tube(np.asarray(points, float), radius, n)


def _frame():
    green = finish.painted("paint", "#1f5a4c", 0.25, 3, 0, 0.5, 0.04)
    black = finish.plain("black", "#161616", 0.6)
    chrome = finish.metal("chrome", "#c9cbcc", 0.22, 2)
    leather = finish.leather("saddle", "#5a3320")
    top = SADDLE + (0.035, 0, -0.05)
    tubes = [
        _bar([PEDALS, SADDLE], 0.0145),
        _bar([top, HEAD_TOP - (0, 0, 0.03)], 0.0135),
        _bar([PEDALS, HEAD_LOW + (0, 0, 0.03)], 0.0165),
        _bar([HEAD_LOW - (-0.006, 0, 0.02), HEAD_TOP + (-0.006, 0, 0.02)], 0.018),
    ]
    for s in (-1, 1):
        tubes += [
            _bar([PEDALS + (0, s * 0.03, 0), (-0.3, s * 0.055, 0.32), (REAR, s * 0.062, RADIUS)], 0.0095, 10),
            _bar([SADDLE + (0.012, s * 0.02, -0.04), (REAR, s * 0.062, RADIUS)], 0.0075, 10),
        ]
    post = _bar([SADDLE, SADDLE + (-0.04, 0, 0.13)], 0.012)
    seat_rings = [
        np.column_stack([ring[:, 0] + x, ring[:, 1], np.full(20, z)])
        for ring, x, z in (
            (outline.ellipse(0.1, 0.05, 20), -0.03, 0.885),
            (outline.ellipse(0.135, 0.078, 20, 1.7), -0.04, 0.91),
            (outline.ellipse(0.125, 0.07, 20, 1.7), -0.04, 0.935),
            (outline.ellipse(0.08, 0.04, 20), -0.05, 0.945),
        )
    ]
    saddle = (
        shape.loft(seat_rings)
        .at(SADDLE[0] - 0.01, 0, 0.015)
        .bent(
            lambda p: np.column_stack(
                [p[:, 0], p[:, 1] * np.interp(p[:, 0], (-0.45, -0.36, -0.2), (1.0, 1.0, 0.35)), p[:, 2]]
            )
        )
    )
    cranks = shape.cylinder(0.022, 0.075, 0.003, 20, "y").at(*PEDALS)
    ring = shape.pipe(0.088, 0.07, 0.005, 0.001, 36, "y").at(PEDALS[0], -0.045, PEDALS[2])
    spider = shape.join(
        shape.box(0.015, 0.005, 0.075).turned(pitch=a).at(PEDALS[0], -0.045, PEDALS[2]) for a in np.arange(0, 360, 72)
    )
    arms = [
        shape.box(0.17, 0.014, 0.022, 0.004).at(PEDALS[0] + s * 0.08, -s * 0.062 * -1, PEDALS[2] - 0.011)
        for s in (-1, 1)
    ]
    pedals = [
        shape.box(0.09, 0.1, 0.024, 0.006).at(PEDALS[0] + s * 0.165, s * 0.12, PEDALS[2] - 0.012) for s in (-1, 1)
    ]
    loop = np.concatenate(
        [
            [(PEDALS[0] + 0.088 * np.cos(a), -0.045, PEDALS[2] + 0.088 * np.sin(a)) for a in np.linspace(-1.6, 1.6, 9)],
            [(REAR + 0.04 * np.cos(a), -0.045, RADIUS + 0.04 * np.sin(a)) for a in np.linspace(1.6, 4.7, 7)],
        ]
    )
    chain = shape.tube(loop, 0.004, 5, closed=True)
    angle = np.linspace(-0.1, 2.7, 16)
    guard = [(REAR + (RADIUS + 0.022) * np.cos(a), 0, RADIUS + (RADIUS + 0.022) * np.sin(a)) for a in angle]
    fender = shape.sweep(outline.rectangle(0.05, 0.004), guard)
    rack = [_bar([(SADDLE[0] - 0.06, s * 0.05, 0.74), (REAR - 0.2, s * 0.06, 0.74)], 0.005, 8) for s in (-1, 1)]
    rack += [_bar([(x, -0.06, 0.74), (x, 0.06, 0.74)], 0.005, 8) for x in (-0.42, -0.55, -0.72)]
    rack += [_bar([(REAR, s * 0.066, RADIUS + 0.01), (REAR - 0.05, s * 0.06, 0.74)], 0.005, 8) for s in (-1, 1)]
    lamp = shape.box(0.03, 0.08, 0.04, 0.008).at(REAR - 0.21, 0, 0.7)
    return assemble(
        paint(shape.join(tubes), green),
        paint(shape.join([cranks, ring, spider, *arms, post, chain]), chrome, box=True),
        paint(shape.join([*pedals, fender, *rack]), black, box=True),
        paint(saddle, leather, box=True),
        paint(lamp, finish.glow("lamp_tail", "#ff1408", "#6d0a0a", 0.5), box=True),
    )


def _fork():
    """In the frame of the steering joint: at the lower end of the head tube, turned as that is."""
    green = finish.painted("paint", "#1f5a4c", 0.25, 3, 0, 0.5, 0.04)
    chrome = finish.metal("chrome", "#c9cbcc", 0.22, 2)
    black = finish.plain("grips", "#161616", 0.8)
    low, hub = HEAD_LOW, np.array([FRONT, 0, RADIUS])
    legs = [
        _bar(
            outline.smooth(
                [
                    low + (0.004, s * 0.02, -0.02),
                    low + (0.03, s * 0.05, -0.06),
                    low + (0.09, s * 0.052, -0.2),
                    hub + (0, s * 0.052, 0),
                ],
                12,
            ),
            np.linspace(0.013, 0.0085, 12),
            10,
        )
        for s in (-1, 1)
    ]
    crown = shape.box(0.03, 0.1, 0.03, 0.01).at(low[0] + 0.012, 0, low[2] - 0.05)
    stem = _bar([HEAD_TOP, HEAD_TOP + (-0.03, 0, 0.09), HEAD_TOP + (0.03, 0, 0.13)], 0.012)
    bar = _bar(
        outline.smooth(
            [
                (0.12, 0.28, 1.03),
                (0.22, 0.27, 1.05),
                (0.3, 0.18, 1.05),
                (0.315, 0.0, 1.01),
                (0.3, -0.18, 1.05),
                (0.22, -0.27, 1.05),
                (0.12, -0.28, 1.03),
            ],
            28,
        ),
        0.011,
    )
    grips = [_bar([(0.1, s * 0.282, 1.025), (0.215, s * 0.271, 1.05)], 0.0155) for s in (-1, 1)]
    lamp = (
        shape.lathe(outline.rounded([(0, 0), (0.02, 0), (0.034, 0.05), (0, 0.052)], 0.004, 2, False), 20)
        .turned(pitch=90)
        .at(0.34, 0, 0.86)
    )
    lens = shape.cylinder(0.03, 0.004, 0.001, 20).turned(pitch=90).at(0.391, 0, 0.86)
    bracket = _bar([(0.3, 0, 0.8), (0.33, 0, 0.83), (0.36, 0, 0.85)], 0.005, 8)
    angle = np.linspace(0.35, 2.4, 12)
    guard = [(FRONT + (RADIUS + 0.022) * np.cos(a), 0, RADIUS + (RADIUS + 0.022) * np.sin(a)) for a in angle]
    fender = shape.sweep(outline.rectangle(0.05, 0.004), guard)
    mesh = [
        paint(shape.join([*legs, crown]), green, box=True),
        paint(shape.join([stem, bar, lamp, bracket]), chrome, box=True),
        paint(shape.join([*grips, fender]), black, box=True),
        paint(lens, finish.glow("lamp_head", "#fff3dc", "#dfe4e6", 0.6)),
    ]
    from sim.pose import Pose

    return assemble(mesh).moved(Pose(-low))


def _wheel():
    rubber = finish.rubber("tyre", "#1d1d1d", tile=0.4)
    alloy = finish.metal("rim", "#b4b7b9", 0.3, 5)
    ring = [
        ((RADIUS - 0.019) * np.cos(a), 0, (RADIUS - 0.019) * np.sin(a))
        for a in np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ]
    tyre = shape.tube(np.array(ring), 0.019, 12, closed=True)
    rim = shape.pipe(RADIUS - 0.03, RADIUS - 0.044, 0.024, 0.004, 48, "y")
    hub = (
        shape.cylinder(0.018, 0.09, 0.003, 16, "y")
        + shape.pipe(0.03, 0.01, 0.004, 0, 16, "y").at(y=0.03)
        + shape.pipe(0.03, 0.01, 0.004, 0, 16, "y").at(y=-0.03)
    )
    spokes = []
    for i in range(28):
        a, side = 2 * np.pi * i / 28, (-1) ** i
        b = a + (0.55 if (i // 2) % 2 else -0.55)
        spokes.append(
            shape.tube(
                np.array(
                    [(0.028 * np.cos(b), side * 0.03, 0.028 * np.sin(b)), (0.303 * np.cos(a), 0, 0.303 * np.sin(a))]
                ),
                0.0011,
                4,
            )
        )
    return assemble(
        paint(tyre, rubber), paint(rim, alloy), paint(hub, alloy, box=True), paint(shape.join(spokes), alloy)
    )


def _urdf():
    spin, flip = 0.11, 0.06
    tyre = urdf.cylinder(RADIUS, 0.036, rpy=(np.pi / 2, 0, 0))
    rake = float(np.arctan2(HEAD_TOP[0] - HEAD_LOW[0], HEAD_TOP[2] - HEAD_LOW[2]))
    axis = (float(np.sin(rake)), 0.0, float(np.cos(rake)))
    mesh = lambda file: [(file, (0, 0, 0), (0, 0, 0))]  # noqa: E731
    hub = np.array([FRONT, 0, RADIUS]) - HEAD_LOW
    return urdf.robot(
        "bicycle",
        urdf.link(
            "frame",
            9.5,
            (0.35, 0.85, 0.6),
            (-0.12, 0, 0.55),
            mesh("frame.glb"),
            [
                urdf.box((0.62, 0.06, 0.35), (0.0, 0, 0.6)),
                urdf.box((0.24, 0.14, 0.06), (-0.33, 0, 0.92)),
                urdf.box((0.42, 0.3, 0.05), (-0.1, 0, 0.28)),
            ],
        ),
        urdf.link(
            "fork",
            2.5,
            (0.12, 0.1, 0.05),
            (0, 0, 0.05),
            mesh("fork.glb"),
            [urdf.box((0.2, 0.58, 0.05), (-0.13, 0, 0.32)), urdf.box((0.05, 0.12, 0.3), (0.1, 0, -0.2))],
        ),
        urdf.joint("steer", "revolute", "frame", "fork", HEAD_LOW, axis, (-1.1, 1.1), 20, 6, 0.1),
        urdf.link("wheel_f", 1.7, (flip, spin, flip), meshes=mesh("wheel.glb"), touches=[tyre]),
        urdf.joint("spin_f", "continuous", "fork", "wheel_f", hub, (0, 1, 0), None, 60, 80),
        urdf.link("wheel_r", 2.3, (flip, spin, flip), meshes=mesh("wheel.glb"), touches=[tyre]),
        urdf.joint("spin_r", "continuous", "frame", "wheel_r", (REAR, 0, RADIUS), (0, 1, 0), None, 200, 80),
    )
