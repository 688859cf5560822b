"""A young Scots pine: whorls of level branches that shorten to the top, 8 m high."""

import numpy as np

from sim.assets.kit import finish, plant
from sim.assets.kit.paint import assemble

HEIGHT = 8.0


def model():
    tree = _skeleton()
    needles = plant.leaf_finish(
        "needles", plant.NEEDLE, "#6d8250", "#2c4427", seed=4, size=256, rows=46, length=0.42, spread=48, dense=1.6
    )
    bark = finish.bark("bark", "#96694a", "#43332a", 5, 0.5)
    mesh = assemble(
        plant.branches(tree, bark, 0.009),
        plant.foliage(tree, needles.material, 0.5, 3, each=3, thickest=0.022, flat=0.55, hang=-0.25, most=2400),
    )
    return {"pine_tree.glb": mesh, "skeleton.json": tree.json(0.006)}


def _skeleton():
    rng = np.random.Generator(np.random.PCG64(12))
    stem = np.array([(0.05 * np.sin(0.8 * z), 0.04 * np.sin(1.1 * z), z) for z in np.linspace(0, HEIGHT, 27)])
    points, parent, radius = list(stem), list(range(-1, 26)), list(0.13 * (1 - stem[:, 2] / HEIGHT) ** 0.8 + 0.01)
    radius[0] *= 1.5
    for level in range(5, 26):
        z = stem[level, 2]
        reach = 2.3 * (1 - z / HEIGHT) ** 0.85 * min(1.0, 0.45 + 0.3 * (level - 4)) + 0.15
        for arm in range(5):
            yaw = 2.4 * level + arm * 2 * np.pi / 5 + rng.normal(0, 0.2)
            _branch(
                points,
                parent,
                radius,
                level,
                yaw,
                reach * rng.uniform(0.75, 1.1),
                0.28 * z / HEIGHT + rng.normal(0, 0.06),
                rng,
            )
    return plant.Skeleton(np.array(points), np.array(parent), np.array(radius))


def _branch(points, parent, radius, root, yaw, reach, rise, rng):
    way = np.array([np.cos(yaw), np.sin(yaw), 0])
    n, last = max(2, round(reach / 0.32)), root
    for k in range(1, n + 1):
        t = k / n
        points.append(points[root] + way * reach * t + (0, 0, reach * (rise * t - 0.22 * t + 0.24 * t * t)))
        parent.append(last)
        radius.append(0.006 + 0.016 * reach / 2 * (1 - t))
        last = len(points) - 1
        if t > 0.35:
            for side in (-1, 1):
                across = np.array([-way[1], way[0], 0]) * side
                points.append(
                    points[last] + (0.8 * way + across) * 0.2 * reach * (1.15 - t) + (0, 0, 0.03 + rng.normal(0, 0.02))
                )
                parent.append(last)
                radius.append(0.006)
