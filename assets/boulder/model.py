"""A granite boulder of 0.7 m, rounded by ice."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint


def model():
    granite = finish.stone("granite", "#8e8a84", 11, 0.8, 0.28)
    rng = np.random.Generator(np.random.PCG64(8))
    planes = rng.standard_normal((22, 3))
    planes /= np.linalg.norm(planes, axis=1, keepdims=True)
    depth = rng.uniform(0.72, 1.0, 22)
    waves = rng.standard_normal((14, 3)) * 5

    def hewn(points):
        reach = 1 / np.maximum((points @ planes.T) / depth, 0.05)
        reach = np.power(np.power(np.maximum(reach, 1e-3), -9.0).sum(axis=1), -1 / 9.0)[:, None]
        bumps = np.sin(points @ waves.T + np.arange(14)).mean(axis=1)[:, None]
        return points * np.minimum(reach, 1.25) * (1 + 0.05 * bumps) * (0.4, 0.33, 0.27)

    rock = shape.icosphere(1.0, 4).bent(hewn)
    low = rock.bounds[0, 2]
    flat = rock.at(z=-low - 0.08).bent(lambda p: np.maximum(p, (-9, -9, 0)))
    return assemble(paint(flat, granite))
