"""A block of clear ice, its edges already rounded by melting."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint

SIZE = np.array([0.2, 0.2, 0.15])


def model():
    return assemble(paint(_block(), _ice()))


def _block():
    ball = shape.icosphere(1.0, 4)
    half, waves = SIZE / 2, np.random.Generator(np.random.PCG64(5)).standard_normal((9, 3)) * 28

    def melted(points):
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        reach = np.sum(np.abs(unit) ** 14, axis=1, keepdims=True) ** (-1 / 14)
        place = unit * reach * half
        ripple = np.sin(place @ waves.T + np.arange(9)).sum(axis=1, keepdims=True) / 9
        return place - unit * (0.0012 + 0.0012 * ripple)

    block = ball.bent(melted)
    low, high = block.bounds
    return block.bent(lambda p: (p - (low + high) / 2) / (high - low) * SIZE + (0, 0, SIZE[2] / 2))


def _ice():
    size = 256
    frost = tx.unit(tx.noise(size, 3, 2.0))
    crack = tx.step(tx.cells(size, 6, 9)[0], 0.006, 0.0)
    colors = tx.mix(tx.color("#b9d3dc"), tx.color("#eef6f8"), 0.7 * frost + 0.3 * crack)
    return finish.textured(
        "ice", colors, 0.25, 0.08 + 0.25 * frost * crack + 0.06 * frost, height=tx.noise(size, 8, 2.4), depth=0.0006
    )
