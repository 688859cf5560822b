"""A low bench for a robot arm: a laminated plate on a frame of aluminium profile."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

L, W, H, TOP, P = 1.1, 0.7, 0.4, 0.025, 0.045


def model():
    white = finish.painted("laminate", "#d9dad6", 0.45, seed=5, tile=0.8)
    edge = finish.wood("edge", "#c9a877", "#a98655", seed=9, tile=0.6, rings=30, knots=0, roughness=0.6)
    alloy = finish.metal("profile", "#b4b8bb", 0.38, 5, tile=0.3)
    black = finish.rubber("foot")
    plate = shape.box(L, W, TOP - 0.001, 0.002).at(z=H - TOP + 0.001)
    rim = shape.box(L - 0.0008, W - 0.0008, TOP - 0.004, 0.0).at(z=H - TOP + 0.0005)
    x, y = L / 2 - P / 2 - 0.02, W / 2 - P / 2 - 0.02
    legs = [shape.box(P, P, H - TOP - 0.02, 0.002).at(sx * x, sy * y, 0.02) for sx in (-1, 1) for sy in (-1, 1)]
    rails = [shape.box(2 * x - P, P, P, 0.002).at(0, sy * y, z) for sy in (-1, 1) for z in (0.06, H - TOP - P)] + [
        shape.box(P, 2 * y - P, P, 0.002).at(sx * x, 0, z) for sx in (-1, 1) for z in (0.06, H - TOP - P)
    ]
    grooves = [
        shape.box(0.009, 0.0008, H - TOP - 0.03).at(sx * x, sy * (y + sy * sy * P / 2), 0.025)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    feet = [shape.cylinder(0.024, 0.02, 0.003, 20).at(sx * x, sy * y) for sx in (-1, 1) for sy in (-1, 1)]
    return assemble(
        paint(plate, white),
        paint(rim, edge, "x"),
        paint(shape.join([*legs, *rails]), alloy, box=True),
        paint(shape.join(grooves), finish.plain("groove", "#2a2c2e", 0.7)),
        paint(shape.join(feet), black),
    )
