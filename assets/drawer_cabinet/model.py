"""A tool cabinet with one drawer on runners: it opens along +X by a bar that stands off its front."""

from sim.assets.kit import finish, shape, urdf
from sim.assets.kit.paint import assemble, paint

D, W, H, T = 0.30, 0.40, 0.18, 0.012  # depth, width, height, wall
FRONT, BAR, BAR_Z, STAND = 0.02, 0.006, 0.13, 0.045
OPEN = 0.22


def model():
    return {"body.glb": _body(), "drawer.glb": _drawer(), "drawer_cabinet.urdf": _urdf()}


def _body():
    red = finish.painted("red_paint", "#a8322b", 0.35, seed=3, chipped=0.01, tile=0.5)
    black = finish.plain("inside", "#17181a", 0.8)
    top = shape.box(D, W, T, 0.002).at(0, 0, H - T)
    floor = shape.box(D, W, T, 0.002)
    sides = [shape.box(D, T, H - 2 * T, 0.001).at(0, s * (W / 2 - T / 2), T) for s in (-1, 1)]
    back = shape.box(T, W - 2 * T, H - 2 * T, 0.001).at(-D / 2 + T / 2, 0, T)
    mat = shape.box(D - 0.03, W - 0.03, 0.003, 0.001).at(0, 0, H - 0.001)
    return assemble(paint(shape.join([top, floor, *sides, back]), red, box=True), paint(mat, black))


def _drawer():
    """In the frame of the slide: its origin is at the handle's height on the drawer's front."""
    red = finish.painted("front_paint", "#b53a31", 0.35, seed=7, chipped=0.008, tile=0.5)
    grey = finish.galvanised("tray", 2)
    steel = finish.metal("bar", "#c2c5c7", 0.25, 3, tile=0.1)
    low = -BAR_Z + T
    front = shape.box(FRONT, W - 2 * T - 0.006, H - 2 * T - 0.006, 0.003).at(-FRONT / 2, 0, low + 0.003)
    depth = D - T - FRONT - 0.02
    tray = [
        shape.box(depth, W - 2 * T - 0.03, 0.003).at(-FRONT - depth / 2, 0, low + 0.012),
        *[shape.box(depth, 0.003, 0.09).at(-FRONT - depth / 2, s * (W / 2 - T - 0.018), low + 0.012) for s in (-1, 1)],
        shape.box(0.003, W - 2 * T - 0.03, 0.09).at(-FRONT - depth, 0, low + 0.012),
    ]
    bar = shape.cylinder(BAR, 0.2, 0.001, 20, "y").at(STAND, 0, -BAR)
    posts = [shape.cylinder(0.005, STAND, 0.0008, 14, "x").at(STAND / 2, s * 0.085, -0.005) for s in (-1, 1)]
    return assemble(
        paint(front, red, box=True), paint(shape.join(tray), grey, box=True), paint(shape.join([bar, *posts]), steel)
    )


def _urdf():
    seen = lambda file: [(file, (0, 0, 0), (0, 0, 0))]  # noqa: E731
    low = -BAR_Z + T
    walls = [
        urdf.box((D, W, T), (0, 0, H - T / 2)),
        urdf.box((D, W, T), (0, 0, T / 2)),
        urdf.box((D, T, H - 2 * T), (0, W / 2 - T / 2, H / 2)),
        urdf.box((D, T, H - 2 * T), (0, -W / 2 + T / 2, H / 2)),
        urdf.box((T, W - 2 * T, H - 2 * T), (-D / 2 + T / 2, 0, H / 2)),
    ]
    touches = [
        urdf.box((FRONT, W - 2 * T - 0.006, H - 2 * T - 0.006), (-FRONT / 2, 0, low + 0.003 + (H - 2 * T - 0.006) / 2)),
        urdf.cylinder(BAR, 0.2, (STAND, 0, 0), (1.570796, 0, 0)),
    ]
    return urdf.robot(
        "drawer_cabinet",
        urdf.link("body", 6.5, (0.11, 0.07, 0.13), (0, 0, 0.09), seen("body.glb"), walls),
        urdf.link("drawer", 1.6, (0.02, 0.012, 0.03), (-0.09, 0, -0.05), seen("drawer.glb"), touches),
        urdf.joint("slide", "prismatic", "body", "drawer", (D / 2, 0, BAR_Z), (1, 0, 0), (0.0, OPEN), 20, 1.0),
    )
