"""A belt conveyor of 2.4 m along X, belt at 0.8 m."""

import numpy as np

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

L, W, H = 2.4, 0.5, 0.8


def model():
    alloy = finish.metal("profile", "#b9bcbe", 0.4, 3, brushed=1.0, tile=0.5)
    belt = finish.rubber("belt", "#1f2422", 5, 0.7, 0.6)
    steel = finish.metal("rollers", "#c6c8ca", 0.25, 4, tile=0.3)
    blue = finish.painted("motor", "#2b4a6b", 0.4, seed=4, tile=0.3)
    rim = outline.rounded([(-L / 2, -0.045), (L / 2, -0.045), (L / 2, 0.045), (-L / 2, 0.045)], 0.0449, 8)
    loop = shape.extrude([rim, outline.inset(rim, 0.006)], W - 0.08, 0.0015, "y").at(z=H - 0.045)
    inside = shape.extrude(outline.inset(rim, 0.008), W - 0.09, 0, "y").at(z=H - 0.045)
    sides = [shape.box(L - 0.05, 0.035, 0.1, 0.006).at(0, s * (W / 2 - 0.0175), H - 0.098) for s in (-1, 1)]
    grooves = [
        shape.box(L - 0.06, 0.002, 0.008).at(0, s * (W / 2 + 0.0003), z)
        for s in (-1, 1)
        for z in (H - 0.075, H - 0.035)
    ]
    guides = [shape.box(L - 0.1, 0.01, 0.04, 0.003).at(0, s * (W / 2 - 0.03), H + 0.04) for s in (-1, 1)]
    stays = [
        shape.box(0.025, 0.012, 0.1, 0.003).at(x, s * (W / 2 + 0.0), H - 0.02)
        for x in np.linspace(-1.0, 1.0, 4)
        for s in (-1, 1)
    ]
    legs = [
        shape.box(0.045, 0.045, H - 0.09, 0.004).at(x, s * (W / 2 - 0.03), 0.02) for x in (-0.95, 0.95) for s in (-1, 1)
    ]
    legs += [shape.box(0.04, W - 0.09, 0.04, 0.004).at(x, 0, 0.2) for x in (-0.95, 0.95)]
    feet = [
        shape.cylinder(0.035, 0.012, 0.003, 20).at(x, s * (W / 2 - 0.03))
        + shape.cylinder(0.008, 0.03, 0, 10).at(x, s * (W / 2 - 0.03), 0.005)
        for x in (-0.95, 0.95)
        for s in (-1, 1)
    ]
    caps = [
        shape.cylinder(0.022, 0.012, 0.003, 20, "y").at(x, s * (W / 2 + 0.004), H - 0.045)
        for x in (-L / 2 + 0.045, L / 2 - 0.045)
        for s in (-1, 1)
    ]
    motor = shape.cylinder(0.065, 0.2, 0.01, 28, "y").at(0.75, 0.04, H - 0.18) + shape.box(0.14, 0.1, 0.14, 0.012).at(
        0.75, -0.12, H - 0.25
    )
    fins = shape.join(
        shape.pipe(0.071, 0.06, 0.006, 0.001, 24, "y").at(0.75, y, H - 0.18) for y in np.linspace(-0.02, 0.12, 8)
    )
    return assemble(
        paint(loop, belt, box=True),
        paint(inside, belt, box=True),
        [paint(s, alloy, "x") for s in (*sides, *guides)],
        paint(shape.join([*legs, *stays]), alloy),
        paint(shape.join(grooves), finish.plain("groove", "#141414", 0.8)),
        paint(shape.join([*feet, *caps]), steel, box=True),
        paint(motor + fins, blue, box=True),
    )
