"""A round park fountain of sandstone, 5 m across, with two basins and still water."""

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint


def model():
    stone = finish.stone("sandstone", "#bfae90", 6, 1.6, 0.1)
    wet = finish.plain("water", "#2c4a4a", 0.04, alpha=0.82)
    bed = finish.plain("basin_bed", "#3d4f4a", 0.6)
    wall = [(2.5, 0), (2.5, 0.12), (2.4, 0.16), (2.38, 0.4), (2.5, 0.46), (2.5, 0.54), (2.14, 0.54), (2.14, 0.0)]
    rim = shape.lathe(outline.rounded([*wall, wall[0]], 0.02, 2, closed=False), 64)
    column = [
        (0, 0),
        (0.5, 0),
        (0.5, 0.3),
        (0.3, 0.42),
        (0.2, 0.8),
        (0.2, 1.05),
        (0.28, 1.2),
        (0.75, 1.42),
        (0.95, 1.55),
        (0.95, 1.62),
        (0.86, 1.62),
        (0.6, 1.5),
        (0.16, 1.48),
        (0.13, 1.95),
        (0.2, 2.02),
        (0.12, 2.12),
        (0.15, 2.25),
        (0, 2.42),
    ]
    tower = shape.lathe(outline.rounded(column, 0.015, 2, closed=False), 48)
    floor = shape.cylinder(2.2, 0.05, n=48)
    pool = shape.cylinder(2.15, 0.02, n=64).at(z=0.4)
    bowl = shape.cylinder(0.82, 0.01, n=48).at(z=1.57)
    return assemble(
        paint(rim, stone, box=True),
        paint(tower, stone, box=True),
        paint(floor, bed),
        paint(shape.join([pool, bowl]), wet, box=True),
    )
