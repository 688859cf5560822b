"""A pendulum of 1 m on a stand: a thin rod, a steel bob of 2 kg, swinging about Y."""

from sim.assets.kit import finish, outline, shape, urdf
from sim.assets.kit.paint import assemble, paint

LENGTH, BOB, HEIGHT, ROD = 1.0, 0.0393, 1.25, 0.004


def model():
    return {"stand.glb": _stand(), "bob.glb": _bob(), "pendulum.urdf": _urdf()}


def _stand():
    black = finish.painted("black_paint", "#22262a", 0.35, seed=3, tile=0.5)
    brass = finish.metal("brass", "#bf9a4a", 0.25, 4, tile=0.1)
    foot = shape.extrude(outline.rectangle(0.4, 0.55, 0.03, 4), 0.025, 0.005)
    frame = [
        shape.tube(
            outline.rounded([(0, -0.22, 0.02), (0, -0.22, HEIGHT), (0, 0.22, HEIGHT), (0, 0.22, 0.02)], 0.06, 5, False),
            0.014,
            14,
        )
    ]
    hanger = shape.box(0.03, 0.05, 0.05, 0.006).at(0, 0, HEIGHT - 0.045)
    pin = shape.cylinder(0.006, 0.07, 0.001, 14, "y").at(z=HEIGHT - 0.03)
    return assemble(
        paint(shape.join([foot, *frame]), black, box=True), paint(shape.join([hanger, pin]), brass, box=True)
    )


def _bob():
    """In the frame of the hinge, hanging down."""
    steel = finish.metal("steel", "#c4c7c9", 0.16, 6, tile=0.1)
    rod = shape.cylinder(ROD, LENGTH - BOB + 0.004, 0.001, 12).at(z=-(LENGTH - BOB) - 0.002)
    ball = shape.sphere(BOB, 40).at(z=-LENGTH)
    eye = shape.pipe(0.012, 0.0062, 0.012, 0.002, 20, "y")
    return assemble(paint(ball, steel), paint(rod, steel), paint(eye, steel))


def _urdf():
    mesh = lambda f: [(f, (0, 0, 0), (0, 0, 0))]  # noqa: E731
    ball = 2 / 5 * 2.0 * BOB**2
    return urdf.robot(
        "pendulum",
        urdf.link(
            "stand", 9, (0.5, 0.4, 0.2), (0, 0, 0.2), mesh("stand.glb"), [urdf.box((0.4, 0.55, 0.025), (0, 0, 0.0125))]
        ),
        urdf.link(
            "bob", 2.0, (ball, ball, ball), (0, 0, -LENGTH), mesh("bob.glb"), [urdf.sphere(BOB, (0, 0, -LENGTH))]
        ),
        urdf.joint("swing", "continuous", "stand", "bob", (0, 0, HEIGHT - 0.03), (0, 1, 0), None, 0, 100),
    )
