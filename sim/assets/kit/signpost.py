"""Traffic signs on their posts, facing +X."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import Finish, assemble, paint, planar
from sim.assets.mesh import Mesh, Primitive

LOWEST = 2.25
"""Lower edge of a sign above a footway, m (VwV-StVO)."""


def signpost(plates: list[tuple[ArrayLike, Image.Image, float]]) -> Mesh:
    """A zinc post with one or more plates.

    Args:
        plates: Outline ``(n, 2)`` m about its middle, picture over the outline's bounds, height of the middle, m.
    """
    zinc = finish.galvanised(tile=0.25)
    top = max(height + np.asarray(rim)[:, 1].max() for rim, _, height in plates) + 0.02
    post = shape.cylinder(0.03, top, 0.002, 20)
    cap = shape.lathe([(0.031, 0), (0.031, 0.012), (0.022, 0.022), (0, 0.025)], 20).at(z=top - 0.006)
    black = finish.plain("cap", "#1c1c1c", 0.6)
    parts = [paint(post, zinc), paint(cap, black)]
    for rim, picture, height in plates:
        parts += plate(np.asarray(rim, float), picture, height, zinc)
    return assemble(parts)


def plate(rim: np.ndarray, picture: Image.Image, height: float, back: Finish) -> list[Primitive]:
    """A flanged aluminium plate with a printed face and two clamps."""
    low, high = rim.min(axis=0), rim.max(axis=0)
    face = shape.extrude(rim, 0.0025, 0.0008, "x").at(0.045, 0, height)
    flange = shape.extrude([rim, outline.inset(rim, 0.004)], 0.02, 0, "x").at(0.036, 0, height)
    clamps = [
        shape.box(0.075, 0.1, 0.035, 0.006).at(0.006, 0, height + z) for z in (0.55 * low[1], 0.55 * high[1] - 0.03)
    ]
    printed = finish.printed("sign_face", picture, 0.35)
    return [
        paint(planar(face, "x", low + (0, height), high + (0, height)), printed),
        paint(flange, back),
        paint(shape.join(clamps), back),
    ]
