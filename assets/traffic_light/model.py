"""A traffic light with three lamps at 3 m; it faces +X."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

LAMPS = (
    ("red", "#ff1e0a", "#4a0d0a", 3.05),
    ("yellow", "#ffa50a", "#4d3306", 2.75),
    ("green", "#0affa0", "#06382a", 2.45),
)


def model():
    zinc = finish.galvanised(tile=0.35, color="#8d9296")
    body = finish.plastic("housing", "#1f2a26", 0.5, seed=4)
    post = shape.cylinder(0.057, 3.35, 0.004, 24)
    foot = shape.lathe(
        outline.rounded(
            [(0, 0), (0.14, 0), (0.14, 0.02), (0.07, 0.04), (0.06, 0.14), (0, 0.14)],
            (0, 0, 0.005, 0.02, 0.01, 0),
            3,
            closed=False,
        ),
        24,
    )
    parts = [paint(post, zinc), paint(foot, zinc), paint(_box(), body, box=True)]
    for name, light, glass, z in LAMPS:
        lens = shape.lathe(
            outline.rounded([(0.1, 0), (0.098, 0.006), (0.06, 0.018), (0, 0.024)], (0, 0, 0.03, 0), 3, False), 32
        )
        parts.append(paint(lens.turned(pitch=90).at(0.242, 0, z), finish.glow(f"lamp_{name}", light, glass)))
        parts.append(paint(_hood().at(0.24, 0, z), body))
    button = shape.box(0.06, 0.1, 0.17, 0.012).at(0.07, 0, 1.0)
    parts.append(paint(button, finish.plastic("call_box", "#d8a916", 0.4), box=True))
    return assemble(parts)


def _box():
    case = shape.extrude(outline.rectangle(0.15, 0.33, 0.05, 5), 0.97, 0.02).at(0.16, 0, 2.265)
    frames = [
        shape.extrude(outline.rectangle(0.29, 0.29, 0.05, 5), 0.016, 0.006, "x").at(0.237, 0, z) for *_, z in LAMPS
    ]
    arms = [shape.box(0.12, 0.05, 0.05, 0.008).at(0.06, 0, z) for z in (2.35, 3.12)]
    rims = [shape.pipe(0.113, 0.099, 0.014, 0.003, 32, "x").at(0.25, 0, z) for *_, z in LAMPS]
    return shape.join([case, *frames, *arms, *rims])


def _hood():
    """An open half tube over the lamp."""
    angle = np.deg2rad(np.linspace(-35, 215, 26))
    reach = 0.05 + 0.15 * np.clip(np.sin(angle) + 0.5, 0, 1.5) / 1.5

    ring = np.stack([np.zeros_like(angle), 0.112 * np.cos(angle), 0.112 * np.sin(angle)], -1)
    tip = ring + np.stack([reach, 0 * reach, -0.06 * reach], -1)
    return shape.sheet(np.stack([ring, tip], axis=1), 0.004)
