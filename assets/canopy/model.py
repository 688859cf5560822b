"""An open steel canopy of 10 by 8 m, 4.6 m high, with two strip lights under its roof."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LONG, WIDE, HIGH = 10.0, 8.0, 4.4


def model():
    steel, zinc = (
        finish.painted("frame_paint", "#5a6a72", 0.45, 3, 0.04, 1.0),
        finish.galvanised(tile=1.0, color="#9aa1a5"),
    )
    posts = [shape.box(0.2, 0.2, HIGH, 0.01).at(x, y) for x in (-4.6, 0, 4.6) for y in (-3.6, 3.6)]
    feet = [shape.box(0.36, 0.36, 0.03, 0.005).at(x, y) for x in (-4.6, 0, 4.6) for y in (-3.6, 3.6)]
    beams = [shape.box(0.16, WIDE - 0.4, 0.28, 0.01).at(x, 0, HIGH - 0.28) for x in (-4.6, 0, 4.6)]
    purlins = [shape.box(LONG, 0.1, 0.12, 0.006).at(0, y, HIGH) for y in np.linspace(-3.7, 3.7, 6)]
    x = np.linspace(-LONG / 2, LONG / 2, 121)
    wave = 0.03 * np.cos(2 * np.pi * np.arange(121) / 4)
    roof = shape.sheet(
        np.array(
            [
                [(a, y, HIGH + 0.16 + b + 0.02 * (4 - abs(y))) for a, b in zip(x, wave, strict=True)]
                for y in (4.0, 0.0, -4.0)
            ]
        ),
        0.012,
    )
    cases = [shape.box(0.16, 3.0, 0.09, 0.01).at(s * 2.3, 0, HIGH - 0.3) for s in (-1, 1)]
    tubes = [shape.box(0.11, 2.9, 0.02, 0.004).at(s * 2.3, 0, HIGH - 0.315) for s in (-1, 1)]
    hangers = [shape.box(0.02, 0.02, 0.36).at(s * 2.3, y, HIGH - 0.25) for s in (-1, 1) for y in (-1.2, 1.2)]
    return assemble(
        paint(shape.join([*posts, *feet, *beams]), steel, box=True),
        paint(shape.join([*purlins, *hangers]), zinc, box=True),
        paint(roof, zinc),
        paint(shape.join(cases), steel, box=True),
        paint(shape.join(tubes), finish.glow("strip_lit", "#f4f6ff"), box=True),
    )
