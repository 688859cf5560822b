"""A child's rubber ball of 180 mm, three colours in bands."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import assemble, paint

R = 0.09


def model():
    u, v = tx.grid((256, 512))
    rise = np.pi * (0.5 - v)
    stripe = np.abs(rise) < 0.36
    star = np.abs(rise) > 0.36
    sector = (np.floor(u * 8) % 2)[..., None]
    colors = np.where(
        stripe[..., None], tx.color("#e9e2cf"), tx.color("#b3261e") * (1 - sector) + tx.color("#1f5f9a") * sector
    )
    edge = tx.step(np.abs(np.abs(rise) - 0.36), 0.02, 0.012) * star
    colors = tx.mix(colors, tx.color("#d9a321"), edge) * np.exp(0.03 * tx.noise((256, 512), 3, 2.0))[..., None]
    skin = finish.textured("painted_rubber", colors, (2 * np.pi * R, np.pi * R), 0.35)
    return assemble(paint(shape.sphere(R, 40).at(z=R), skin))
