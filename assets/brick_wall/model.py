"""A free-standing wall of three metres in running bond, with a coping of stone and a foot of concrete."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

LENGTH, THICK, HEIGHT = 3.0, 0.24, 2.0


def model():
    brick = finish.brick(seed=4)
    cap = finish.concrete("coping", "#b3ada2", 3, 1.2, 256)
    wall = shape.box(THICK, LENGTH, HEIGHT - 0.06, 0.004)
    parts = [paint(wall, brick)]
    for i in range(6):
        stone = shape.extrude([(-0.15, 0), (0.15, 0), (0.15, 0.045), (0, 0.07), (-0.15, 0.045)], 0.494, 0.004, "x")
        parts.append(
            paint(stone.turned(yaw=90).at(0, (i - 2.5) * 0.5, HEIGHT - 0.06), cap, offset=(0.37 * i, 0.21 * i))
        )
    parts.append(paint(shape.box(0.3, LENGTH, 0.05, 0.008), cap))
    return assemble(parts)
