"""A steel toolbox, red, with a tubular handle and two latches."""

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint

L, W, H = 0.46, 0.21, 0.19


def model():
    red = finish.painted("red_paint", "#a3201b", 0.32, seed=7, chipped=0.03, tile=0.35)
    steel = finish.metal("steel", "#b9bbbd", 0.35, 2, tile=0.2)
    black = finish.rubber("grip", tile=0.1)
    body = shape.extrude(outline.rectangle(L, W, 0.012, 3), H - 0.055, 0.004).at(z=0.003)
    lid = shape.extrude(
        outline.rounded(
            [
                (-W / 2 - 0.003, 0),
                (W / 2 + 0.003, 0),
                (W / 2 + 0.003, 0.03),
                (W / 2 - 0.03, 0.055),
                (-W / 2 + 0.03, 0.055),
                (-W / 2 - 0.003, 0.03),
            ],
            (0.002, 0.002, 0.006, 0.012, 0.012, 0.006),
            3,
        ),
        L + 0.006,
        0.004,
        "x",
    ).at(z=H - 0.06)
    handle = outline.rounded(
        [(-0.1, 0, H - 0.006), (-0.1, 0, H + 0.035), (0.1, 0, H + 0.035), (0.1, 0, H - 0.006)], 0.015, 4, closed=False
    )
    bar = shape.tube(handle, 0.005, 10)
    grip = shape.cylinder(0.011, 0.13, 0.003, 16, "x").at(z=H + 0.035)
    latches = [
        shape.box(0.045, 0.008, 0.06, 0.002).at(x, s * (W / 2 + 0.005), H - 0.092) for x in (-0.14, 0.14) for s in (-1,)
    ]
    ribs = [
        shape.box(L - 0.06, 0.004, 0.012, 0.0018).at(0, s * (W / 2 + 0.0005), z) for s in (-1, 1) for z in (0.04, 0.075)
    ]
    feet = [shape.cylinder(0.012, 0.005, 0.001, 12).at(x, y) for x in (-0.2, 0.2) for y in (-0.08, 0.08)]
    return assemble(
        paint(body, red),
        paint(lid, red),
        paint(shape.join(ribs), red),
        paint(shape.join([bar, *latches]), steel, box=True),
        paint(shape.join([grip, *feet]), black),
    )
