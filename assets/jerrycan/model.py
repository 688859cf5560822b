"""A pressed-steel canister of 20 litres with its three handles and the cross on its sides."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

L, W, H = 0.345, 0.165, 0.44


def model():
    green = finish.painted("olive_paint", "#4b5338", 0.55, seed=9, chipped=0.03, tile=0.4)
    steel = finish.metal("cap", "#8f9193", 0.45, 2, tile=0.1)
    rim = outline.rounded(
        [(-L / 2, 0), (L / 2, 0), (L / 2, H - 0.08), (L / 2 - 0.07, H), (-L / 2, H)], (0.03, 0.03, 0.04, 0.03, 0.03), 5
    )
    body = shape.extrude(rim, W - 0.004, 0.022, "y")
    seam = shape.extrude(outline.inset(rim, -0.0025), 0.006, 0.001, "y").bent(lambda p: np.maximum(p, (-9, -9, 0)))
    bars = []
    for s in (-1, 1):
        for a in (-1, 1):
            bar = shape.box(0.34, 0.012, 0.02, 0.0055).at(z=-0.01).turned(pitch=a * 42)
            bars.append(bar.at(0, s * (W / 2 - 0.003), 0.2))
    handles = [
        shape.tube(
            outline.rounded(
                [(-0.12, y, H - 0.01), (-0.12, y, H + 0.03), (0.06, y, H + 0.03), (0.06, y, H - 0.01)], 0.012, 3, False
            ),
            0.006,
            10,
        )
        for y in (-0.045, 0, 0.045)
    ]
    spout = shape.lathe(
        outline.rounded([(0, 0), (0.025, 0), (0.025, 0.03), (0.03, 0.032), (0.03, 0.045), (0, 0.048)], 0.003, 2, False),
        24,
    )
    spout = spout.turned(pitch=40).at(L / 2 - 0.045, 0, H - 0.05)
    return assemble(
        paint(body, green),
        paint(seam, green),
        paint(shape.join([*bars, *handles]), green, box=True),
        paint(spout, steel),
    )
