"""A photo tripod with a small camera on it, lens towards +X at 1.5 m."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint
from sim.pose import Pose

TOP = 1.36


def model():
    carbon = finish.plastic("carbon", "#1c1d1f", 0.35, seed=4, tile=0.1)
    alloy = finish.metal("joints", "#6f7376", 0.35, 3, tile=0.1)
    rubber = finish.rubber("feet", tile=0.05)
    legs, clamps, feet = [], [], []
    for yaw in (0, 120, 240):
        foot, hip = np.array([0.52, 0, 0.02]), np.array([0.05, 0, 1.18])
        for a, b, r in ((0.0, 0.4, 0.0085), (0.37, 0.72, 0.011), (0.69, 1.0, 0.0135)):
            legs.append(shape.tube(np.array([foot + a * (hip - foot), foot + b * (hip - foot)]), r, 12).turned(yaw=yaw))
        clamps += [
            shape.tube(np.array([foot + k * (hip - foot), foot + (k + 0.03) * (hip - foot)]), 0.017, 14).turned(yaw=yaw)
            for k in (0.38, 0.7)
        ]
        clamps.append(shape.box(0.05, 0.034, 0.05, 0.008).at(0.05, 0, 1.16).turned(yaw=yaw))
        feet.append(shape.lathe([(0, 0), (0.016, 0), (0.014, 0.03), (0, 0.032)], 14).at(0.522, 0, 0).turned(yaw=yaw))
    column = shape.cylinder(0.014, 0.4, 0.002, 20).at(z=0.96)
    head = [
        shape.cylinder(0.045, 0.05, 0.008, 24).at(z=1.17),
        shape.cylinder(0.03, 0.05, 0.006, 24).at(z=TOP - 0.06),
        shape.sphere(0.027, 20).at(z=TOP + 0.01),
        shape.box(0.07, 0.05, 0.014, 0.004).at(z=TOP + 0.032),
    ]
    return assemble(
        paint(shape.join(legs), carbon),
        paint(shape.join([*clamps, column, *head]), alloy, box=True),
        paint(shape.join(feet), rubber),
        _camera().moved(Pose.of((0, 0, TOP + 0.046))),
    )


def _camera():
    body = finish.leather("camera_leather", "#1d1d1f", 3, 0.05)
    black = finish.plain("camera_black", "#18191a", 0.45)
    lens = finish.plain("lens_glass", "#141a2b", 0.03)
    case = shape.box(0.05, 0.13, 0.085, 0.01)
    prism = shape.loft(
        [
            np.column_stack([outline.rectangle(a, b, 0.006, 2), np.full(12, z)])
            for a, b, z in ((0.05, 0.06, 0.08), (0.045, 0.045, 0.105))
        ]
    )
    grip = shape.box(0.03, 0.03, 0.08, 0.01).at(0.03, -0.05, 0.002)
    barrel = (
        shape.lathe(
            outline.rounded(
                [
                    (0, 0),
                    (0.034, 0),
                    (0.034, 0.02),
                    (0.036, 0.022),
                    (0.036, 0.05),
                    (0.034, 0.052),
                    (0.035, 0.085),
                    (0.03, 0.085),
                    (0.028, 0.07),
                    (0, 0.07),
                ],
                0.001,
                1,
                False,
            ),
            32,
        )
        .turned(pitch=90)
        .at(0.024, 0.005, 0.042)
    )
    glass = shape.lathe([(0.028, 0), (0.02, 0.004), (0, 0.006)], 28).turned(pitch=90).at(0.094, 0.005, 0.042)
    dials = shape.cylinder(0.012, 0.009, 0.002, 20).at(0, -0.045, 0.084) + shape.cylinder(0.009, 0.007, 0.002, 20).at(
        0.01, 0.045, 0.084
    )
    return assemble(
        paint(case, body),
        paint(shape.join([prism, grip]), body, box=True),
        paint(barrel, black),
        paint(dials, black),
        paint(glass, lens),
    )
