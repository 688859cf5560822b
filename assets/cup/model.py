"""A coffee mug of glazed stoneware."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, bare, paint

R, H = 0.041, 0.095


def model():
    glaze = finish.plastic("glaze", "#2f5f78", 0.12, seed=2, dirt=0.12, tile=0.1)
    clay = finish.plastic("clay", "#b79b7a", 0.85, seed=5, dirt=0.1, tile=0.08)
    outside = [
        (0, 0.003),
        (0.03, 0.003),
        (0.031, 0.0),
        (0.034, 0.0),
        (R - 0.001, 0.012),
        (R, H),
        (R - 0.004, H),
        (R - 0.0045, 0.014),
        (0.03, 0.008),
        (0, 0.008),
    ]
    body = shape.lathe(
        outline.rounded(outside, (0, 0.001, 0.001, 0.002, 0.008, 0.0018, 0.0018, 0.01, 0.004, 0), 3, closed=False), 40
    )
    foot = shape.pipe(0.0342, 0.0305, 0.0012, 0.0003, 40)
    path = outline.smooth(
        [
            (R - 0.003, 0, 0.078),
            (R + 0.014, 0, 0.082),
            (R + 0.028, 0, 0.066),
            (R + 0.027, 0, 0.042),
            (R + 0.012, 0, 0.024),
            (R - 0.003, 0, 0.022),
        ],
        20,
    )
    handle = shape.sweep(outline.ellipse(0.0065, 0.0042, 12), path)
    return {
        "cup.glb": assemble(paint(body, glaze), paint(handle, glaze), paint(foot, clay)),
        "collision.glb": _collider(),
    }


def _collider():
    """Eight staves and a floor, so that something can lie in it."""
    stave = shape.box(0.005, 0.035, H - 0.004).at(R - 0.0035, 0, 0.004)
    turned = [stave.turned(yaw=a) for a in np.arange(0, 360, 45)]
    return bare(shape.cylinder(0.034, 0.008, 0, 16), *turned, shape.box(0.03, 0.012, 0.055).at(R + 0.014, 0, 0.025))
