"""A workbench: beech top, steel frame, drawer box, a vice at its corner."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, bare, paint

L, W, H, TOP = 1.5, 0.75, 0.85, 0.04


def model():
    beech = finish.wood("beech", "#cfa878", "#a87c4e", seed=41, tile=1.2, rings=12, knots=0, roughness=0.6)
    blue = finish.painted("blue_paint", "#29507a", 0.42, seed=4, chipped=0.015, tile=0.6)
    grey = finish.painted("drawers", "#8a8f93", 0.45, seed=6, tile=0.6)
    iron = finish.cast_iron("vice", "#3b5a4c", 3)
    steel = finish.metal("steel", "#b9bbbd", 0.3, 2, tile=0.2)
    top = shape.box(L, W, TOP, 0.004).at(z=H - TOP)
    legs = [
        shape.box(0.06, 0.06, H - TOP, 0.004).at(sx * (L / 2 - 0.06), sy * (W / 2 - 0.06))
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    rails = [
        shape.box(L - 0.12, 0.04, 0.06, 0.003).at(0, s * (W / 2 - 0.06), z)
        for s in (-1, 1)
        for z in (0.12, H - TOP - 0.06)
    ]
    rails += [
        shape.box(0.04, W - 0.12, 0.06, 0.003).at(s * (L / 2 - 0.06), 0, z)
        for s in (-1, 1)
        for z in (0.12, H - TOP - 0.06)
    ]
    chest = shape.box(0.45, W - 0.16, 0.42, 0.006).at(-L / 2 + 0.34, 0.0, H - TOP - 0.46)
    fronts = [
        shape.box(0.41, 0.02, h, 0.005).at(-L / 2 + 0.34, -W / 2 + 0.075, z)
        for h, z in ((0.09, 0.7), (0.12, 0.57), (0.17, 0.39))
    ]
    pulls = [shape.box(0.16, 0.016, 0.014, 0.005).at(-L / 2 + 0.34, -W / 2 + 0.058, z) for z in (0.745, 0.635, 0.49)]
    shelf = shape.box(L - 0.16, W - 0.16, 0.02, 0.003).at(z=0.16)
    vice = [
        shape.box(0.16, 0.13, 0.06, 0.012).at(0.58, -0.22, H),
        shape.box(0.13, 0.09, 0.08, 0.012).at(0.58, -0.23, H + 0.05),
        shape.box(0.15, 0.05, 0.1, 0.01).at(0.58, -0.27, H + 0.07),
        shape.box(0.15, 0.05, 0.1, 0.01).at(0.58, -0.345, H + 0.07),
        shape.box(0.07, 0.2, 0.05, 0.01).at(0.58, -0.36, H + 0.06),
    ]
    screw = shape.cylinder(0.014, 0.16, 0.003, 16, "y").at(0.58, -0.48, H + 0.085) + shape.cylinder(
        0.007, 0.22, 0.002, 12, "x"
    ).at(0.58, -0.55, H + 0.085)
    jaws = [shape.box(0.14, 0.008, 0.03, 0.001).at(0.58, y, H + 0.142) for y in (-0.297, -0.318)]
    return {
        "workbench.glb": assemble(
            paint(top, beech, "x"),
            paint(shape.join(legs + rails), blue),
            paint(shape.join([chest, shelf]), grey),
            paint(shape.join(fronts), blue),
            paint(shape.join(vice), iron),
            paint(shape.join([screw, *jaws, *pulls]), steel, box=True),
        ),
        "collision.glb": bare(
            shape.box(L, W, TOP).at(z=H - TOP),
            *legs,
            shape.box(L - 0.16, W - 0.16, 0.02).at(z=0.16),
            chest,
            shape.box(0.16, 0.22, 0.17).at(0.58, -0.27, H),
        ),
    }
