"""A street lamp: conical mast, curved arm, flat LED luminaire 6 m above the street, reaching to +X."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

REACH, HEIGHT = 1.1, 6.0


def model():
    zinc = finish.galvanised(tile=0.7, color="#8f9598")
    grey = finish.painted("luminaire_paint", "#4b5257", 0.4, seed=2, dirt=0.08)
    lens = finish.glow("lamp_lens", "#fff4e0", strength=1.0)
    dark = finish.plain("service_door", "#3a3f42", 0.5)
    mast = shape.lathe(
        outline.rounded(
            [(0, 0), (0.085, 0), (0.085, 1.0), (0.07, 1.06), (0.042, 5.75), (0, 5.75)],
            (0, 0.004, 0.02, 0.02, 0.004, 0),
            3,
            closed=False,
        ),
        24,
    )
    foot = shape.lathe(
        outline.rounded(
            [(0, 0), (0.16, 0), (0.16, 0.018), (0.1, 0.03), (0.088, 0.09), (0, 0.09)],
            (0, 0, 0.005, 0.01, 0.02, 0),
            3,
            closed=False,
        ),
        24,
    )
    bolts = shape.ring(shape.cylinder(0.014, 0.016, 0.002, 6).at(0.135, 0, 0.018), 4, 45)
    door = shape.intersect(shape.box(0.02, 0.09, 0.34, 0.008).at(0.082, 0, 0.5), shape.cylinder(0.0885, 1.2, 0, 48))
    path = outline.smooth([(0, 0, 5.5), (0, 0, 5.75), (0.12, 0, 5.95), (0.42, 0, 6.03), (REACH - 0.25, 0, 6.06)], 18)
    arm = shape.tube(path, np.linspace(0.036, 0.028, 18), 16)
    return assemble(
        paint(mast, zinc),
        paint(foot, zinc),
        paint(bolts, zinc, box=True),
        paint(door, dark, box=True),
        paint(arm, zinc),
        [paint(s, f, box=True) for s, f in _head(grey, lens)],
    )


def _head(body, lens):
    """The luminaire: a flat shell with cooling fins above and a lens below."""
    shell = shape.loft(
        [
            _rib(x, w, t)
            for x, w, t in (
                (0.7, 0.03, 0.03),
                (0.76, 0.05, 0.04),
                (0.9, 0.12, 0.04),
                (1.15, 0.15, 0.036),
                (1.38, 0.14, 0.028),
                (1.42, 0.12, 0.014),
            )
        ]
    )
    fins = shape.join(shape.box(0.34, 0.006, 0.02, 0.002).at(1.12, y, 6.1) for y in np.linspace(-0.08, 0.08, 9))
    pane = shape.extrude(outline.rectangle(0.4, 0.2, 0.03, 4), 0.012, 0.003).at(1.16, 0, 6.026)
    return [(shell, body), (fins, body), (pane, lens)]


def _rib(x, half_width, half_height):
    ring = outline.ellipse(half_width, half_height, 24, 3.2)
    return np.column_stack([np.full(24, x), ring[:, 0], 6.07 + ring[:, 1]])
