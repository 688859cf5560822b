"""A seesaw: an oak plank on a steel trestle, free to tip about Y; the plank lies along X."""

import numpy as np

from sim.assets.kit import finish, outline, shape, urdf
from sim.assets.kit.paint import assemble, paint

LENGTH, WIDTH, THICK, PIVOT, LIMIT = 2.4, 0.3, 0.045, 0.45, 0.34


def model():
    return {"base.glb": _base(), "plank.glb": _plank(), "seesaw.urdf": _urdf()}


def _base():
    red = finish.painted("red_paint", "#a3291f", 0.4, seed=4, chipped=0.02, tile=0.5)
    zinc = finish.galvanised(tile=0.15)
    legs = [
        shape.tube(
            outline.rounded([(-0.34, y, 0.024), (0, y, PIVOT - 0.01), (0.34, y, 0.024)], 0.06, 4, False), 0.022, 12
        )
        for y in (-0.19, 0.19)
    ]
    bars = [shape.tube(np.array([(x, -0.19, 0.024), (x, 0.19, 0.024)]), 0.022, 12) for x in (-0.34, 0.34)]
    hubs = [shape.cylinder(0.035, 0.03, 0.004, 24, "y").at(0, y, PIVOT - 0.025) for y in (-0.19, 0.19)]
    axle = shape.cylinder(0.014, 0.42, 0.002, 16, "y").at(z=PIVOT - 0.025)
    return assemble(paint(shape.join([*legs, *bars]), red), paint(shape.join([*hubs, axle]), zinc, box=True))


def _plank():
    """In the frame of the hinge, which lies in the axle."""
    oak = finish.wood("oak", "#b58a55", "#7c552f", seed=6, tile=1.4, rings=8, roughness=0.55)
    black = finish.plain("handles", "#1d1d1d", 0.5, 0.0)
    board = shape.box(LENGTH, WIDTH, THICK, 0.006).at(z=0.025)
    clamp = shape.box(0.12, 0.3, 0.03, 0.006).at(z=-0.006)
    grips = [
        shape.tube(
            outline.rounded([(x, -0.1, 0.06), (x, -0.1, 0.22), (x, 0.1, 0.22), (x, 0.1, 0.06)], 0.03, 4, False),
            0.011,
            10,
        )
        for x in (-0.82, 0.82)
    ]
    pads = [shape.box(0.1, WIDTH - 0.05, 0.03, 0.01).at(s * (LENGTH / 2 - 0.08), 0, -0.004) for s in (-1, 1)]
    return assemble(
        paint(board, oak, "x"),
        paint(shape.join([clamp, *grips]), black, box=True),
        paint(shape.join(pads), finish.rubber("pads", tile=0.2)),
    )


def _urdf():
    mesh = lambda f: [(f, (0, 0, 0), (0, 0, 0))]  # noqa: E731
    mass = 24.0
    inertia = (mass * WIDTH**2 / 12, mass * LENGTH**2 / 12, mass * LENGTH**2 / 12)
    foot = [urdf.box((0.05, 0.42, 0.045), (x, 0, 0.0225)) for x in (-0.34, 0.34)]
    return urdf.robot(
        "seesaw",
        urdf.link("base", 22, (1.2, 1.2, 1.6), (0, 0, 0.15), mesh("base.glb"), foot),
        urdf.link(
            "plank", mass, inertia, (0, 0, 0.045), mesh("plank.glb"), [urdf.box((LENGTH, WIDTH, THICK), (0, 0, 0.0475))]
        ),
        urdf.joint("tip", "revolute", "base", "plank", (0, 0, PIVOT - 0.025), (0, 1, 0), (-LIMIT, LIMIT), 0, 20, 0.3),
    )
