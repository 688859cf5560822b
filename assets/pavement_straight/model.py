"""Ten metres of footway along X, 3 m wide, kerb towards −Y; 0.14 m high."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

LENGTH, WIDTH, HEIGHT = 10.0, 3.0, 0.14


def model():
    slabs = finish.paving("paving", "#a39d92", 3, 2.0, 5)
    granite = finish.stone("granite", "#9a9690", 4, 0.9, 0.2)
    field = shape.box(LENGTH, WIDTH - 0.15, HEIGHT).at(0, 0.075)
    profile = outline.rounded([(0.075, 0), (0.075, HEIGHT), (-0.065, HEIGHT), (-0.075, 0)], (0, 0.004, 0.025, 0), 4)
    profile = np.stack([profile[:, 0], profile[:, 1]], -1)
    kerbs = [shape.extrude(profile, 0.993, 0.003, "x").at(x, -WIDTH / 2 + 0.075) for x in np.arange(-4.5, 5)]
    return assemble(
        paint(field, slabs), [paint(k, granite, box=True, offset=(0.37 * i, 0.2 * i)) for i, k in enumerate(kerbs)]
    )
