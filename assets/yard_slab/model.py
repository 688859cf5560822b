"""Ten by ten metres of jointed concrete, stained by work, its surface at 0.02 m."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint

SIDE, THICK, SIZE = 10.0, 0.02, 1024


def model():
    return assemble(paint(shape.box(SIDE, SIDE, THICK), floor()))


def floor():
    """Four fields of 5 m with sawn joints, oil and tyre stains, hair cracks."""
    u, v = tx.grid(SIZE)
    joint = np.minimum(np.abs((2 * u + 0.5) % 1 - 0.5), np.abs((2 * v + 0.5) % 1 - 0.5)) * 5
    line = tx.step(joint, 0.006, 0.02)
    field = np.random.Generator(np.random.PCG64(3)).random((2, 2))[(2 * v).astype(int) % 2, (2 * u).astype(int) % 2]
    cloud, grain = tx.noise(SIZE, 2, 1.9), tx.noise(SIZE, 3, 0.5, lowest=30)
    oil = tx.step(tx.noise(SIZE, 4, 2.2, lowest=5), 1.5, 2.4)
    streak = tx.step(tx.noise(SIZE, 5, 1.6, (9, 1), 3), 0.9, 2.6)
    edge, _ = tx.cells(SIZE, 6, 14)
    crack = tx.step(edge + 0.0015 * tx.noise(SIZE, 7, 1.6, lowest=12), 0.0004, 0.0012)
    tone = np.exp(0.12 * (field - 0.5) + 0.09 * cloud + 0.05 * grain - 0.5 * oil - 0.22 * streak)
    colors = tx.color("#8f8b83") * tone[..., None] * (0.35 + 0.65 * line)[..., None] * (0.75 + 0.25 * crack)[..., None]
    return finish.textured(
        "yard_concrete", colors, 10.0, np.clip(0.9 - 0.25 * oil, 0, 1), height=line + 0.06 * grain, depth=0.006
    )
