"""A stage turntable: a low ring of 2.4 m and a plate of birch ply that turns in it about Z."""

from sim.assets.kit import finish, outline, shape, urdf
from sim.assets.kit.paint import assemble, paint

RADIUS, HIGH, MASS = 1.2, 0.16, 62.0


def model():
    return {"ring.glb": _ring(), "plate.glb": _plate(), "turntable.urdf": _urdf()}


def _ring():
    black = finish.painted("ring_paint", "#1e2023", 0.4, 3, 0.02)
    profile = outline.rounded(
        [
            (RADIUS + 0.05, 0),
            (RADIUS + 0.04, HIGH - 0.03),
            (RADIUS + 0.01, HIGH - 0.012),
            (RADIUS - 0.02, HIGH - 0.03),
            (RADIUS - 0.02, 0),
        ],
        0.006,
        2,
    )
    return assemble(paint(shape.lathe([*profile, profile[0]], 72), black, box=True))


def _plate():
    """In the frame of the joint: its top at z = 0."""
    ply, white = finish.plywood("plate_ply"), finish.plain("mark", "#efeee9", 0.6)
    disc = shape.cylinder(RADIUS - 0.004, 0.03, 0.003, 96).at(z=-0.03)
    marks = [shape.box(0.16, 0.012, 0.0012).at(RADIUS - 0.12, 0, 0.0).turned(yaw=30 * i) for i in range(12)]
    return assemble(paint(disc, ply, box=True), paint(shape.join(marks), white, box=True))


def _urdf():
    mesh = lambda f: [(f, (0, 0, 0), (0, 0, 0))]  # noqa: E731
    spin, tilt = MASS * RADIUS**2 / 2, MASS * RADIUS**2 / 4
    return urdf.robot(
        "turntable",
        urdf.link(
            "ring", 48, (18, 18, 35), (0, 0, 0.07), mesh("ring.glb"), [urdf.cylinder(RADIUS - 0.05, 0.12, (0, 0, 0.06))]
        ),
        urdf.link(
            "plate",
            MASS,
            (tilt, tilt, spin),
            (0, 0, -0.015),
            mesh("plate.glb"),
            [urdf.cylinder(RADIUS - 0.004, 0.03, (0, 0, -0.015))],
        ),
        urdf.joint("turn", "continuous", "ring", "plate", (0, 0, HIGH), (0, 0, 1), None, 400, 3, 2.0),
    )
