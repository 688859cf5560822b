"""Street pieces: slabs of asphalt 20 mm thick with their paint, patches and cracks.

A piece lies on the ground, its surface at 0.02 m, its carriageway 8 m wide with two lanes along X.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from sim.assets.kit import finish, outline, shape
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import Finish, assemble, paint
from sim.assets.kit.shape import Shape
from sim.assets.mesh import Mesh

WIDTH, THICK = 8.0, 0.02
EDGE, LINE = 3.75, 0.12
"""Middle of the edge line from the road's middle, and width of a narrow line, m (RMS-1)."""


def piece(slab: Shape, lines: Iterable[Shape], patches: Iterable[Shape] = (), cracks: Iterable[Shape] = ()) -> Mesh:
    """A street piece of its parts."""
    new = finish.asphalt("asphalt_patch", seed=9, tile=0.9, size=256, mortar="#252424")
    seal = finish.plain("crack_seal", "#161616", 0.45)
    parts = [
        paint(slab, finish.asphalt(seed=4, tile=1.8)),
        paint(shape.join(lines), road_paint(), box=True),
    ]
    patches, cracks = list(patches), list(cracks)
    parts += [paint(shape.join(patches), new, box=True)] if patches else []
    parts += [paint(shape.join(cracks), seal, box=True)] if cracks else []
    return assemble(parts)


def road_paint() -> Finish:
    """White thermoplastic marking, worn by wheels so that the street shows through."""
    size = 256
    edge, value = tx.cells(size, 5, 2500)
    worn = tx.step(tx.noise(size, 2, 1.6) + 0.9 * value + 6 * edge, 1.4, 2.4)
    colors = (
        tx.mix(tx.color("#d4d2c9"), tx.color("#77756f"), 0.75 * worn) * np.exp(0.06 * tx.noise(size, 3, 2.2))[..., None]
    )
    return finish.textured("road_paint", colors, 1.3, 0.75, height=tx.blur(-worn, 0.8), depth=0.001)


def flat(corners: ArrayLike, lift: float = 0.002) -> Shape:
    """A thin plate on the street, ``lift`` m above its surface; corners ``(n, 2)``."""
    return shape.extrude(corners, 0.004).at(z=THICK + lift - 0.004)


def bar(x: float, y: float, length: float, width: float = LINE, lift: float = 0.002) -> Shape:
    """A painted bar about (x, y), ``length`` along X and ``width`` along Y."""
    return flat(outline.rectangle(length, width) + (x, y), lift)


def dashes(start: float, end: float, y: float = 0.0, dash: float = 4.0, gap: float = 6.0) -> list[Shape]:
    """A broken line from ``start`` to ``end`` along X, beginning and ending with half a gap."""
    return [bar(x, y, dash) for x in np.arange(start + gap / 2 + dash / 2, end, dash + gap)]


def crack(start: ArrayLike, end: ArrayLike, seed: int, width: float = 0.035) -> Shape:
    """A sealed crack that wanders between two points ``(2,)``."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    rng = np.random.Generator(np.random.PCG64(seed))
    t = np.linspace(0, 1, 14)[:, None]
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]])
    path = start + t * (end - start) + across * np.cumsum(rng.normal(0, 0.05, (14, 1)), axis=0) * np.sin(np.pi * t)
    half = across * width * (0.35 + 0.3 * rng.random((14, 1)))
    return flat(np.vstack([path - half, (path + half)[::-1]]), 0.0012)


def patch(x: float, y: float, length: float, width: float) -> Shape:
    """A rectangle cut out and filled anew."""
    return flat(outline.rectangle(length, width, 0.04, 2) + (x, y), 0.0016)


def turned(shapes: Iterable[Shape], yaw_deg: float) -> list[Shape]:
    """Shapes turned about the piece's middle."""
    return [s.turned(yaw=yaw_deg) for s in shapes]
