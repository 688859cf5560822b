"""A small-load carrier: ribbed walls, a rim to stack by, two grips."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, bare, paint

L, W, H, WALL, FLOOR = 0.4, 0.3, 0.147, 0.012, 0.012


def model():
    blue = finish.plastic("blue", "#2f5f9e")
    dark = finish.plain("grip", "#152c4c", 0.7)
    walls = [shape.box(L, WALL, H, 0.002).at(0, s * (W / 2 - WALL / 2)) for s in (-1, 1)] + [
        shape.box(WALL, W - 2 * WALL, H, 0.002).at(s * (L / 2 - WALL / 2)) for s in (-1, 1)
    ]
    floor = shape.box(L - 2 * WALL, W - 2 * WALL, FLOOR)
    ribs = [
        shape.box(0.006, 0.003, H - 0.03, 0.001).at(x, s * (W / 2 + 0.0012), 0.004)
        for s in (-1, 1)
        for x in (-0.15, -0.09, -0.03, 0.03, 0.09, 0.15)
    ] + [
        shape.box(0.003, 0.006, H - 0.03, 0.001).at(s * (L / 2 + 0.0012), y, 0.004)
        for s in (-1, 1)
        for y in (-0.11, 0.11)
    ]
    rim = [shape.box(L + 0.006, 0.005, 0.014, 0.0015).at(0, s * (W / 2 + 0.001), H - 0.014) for s in (-1, 1)] + [
        shape.box(0.005, W + 0.006, 0.014, 0.0015).at(s * (L / 2 + 0.001), 0, H - 0.014) for s in (-1, 1)
    ]
    grips = [shape.box(0.002, 0.09, 0.028, 0.0008).at(s * (L / 2 + 0.0008), 0, H - 0.058) for s in (-1, 1)]
    return {
        "klt_bin.glb": assemble(
            paint(shape.join([*walls, floor, *ribs, *rim]), blue, box=True), paint(shape.join(grips), dark)
        ),
        "collision.glb": bare(
            shape.box(L, WALL, H).at(0, W / 2 - WALL / 2),
            shape.box(L, WALL, H).at(0, -W / 2 + WALL / 2),
            shape.box(WALL, W - 2 * WALL, H).at(L / 2 - WALL / 2),
            shape.box(WALL, W - 2 * WALL, H).at(-L / 2 + WALL / 2),
            shape.box(L - 2 * WALL, W - 2 * WALL, FLOOR),
        ),
    }
