"""How finely each instance is drawn: the coarser, the less of the picture a metre of it covers. Pure numpy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array
from sim.render.rasteriser.meshes import Drawable

UNSEEN = 0.35  # px of radius below which an instance is left out


class Detail:
    """The steps of detail of every group of a scene.

    Args:
        drawables: Primitives of each group.
        whole: Draw all there is, at any distance.
    """

    def __init__(self, drawables: list[list[Drawable]], whole: bool = False):
        self.whole = whole
        self.cells = [np.unique([0.0, *(level.cell for d in group for level in d.levels)]) for group in drawables]

    def set_group(self, g: int, drawables: list[Drawable]) -> None:
        """Takes the primitives of a group that is new, or that looks otherwise now."""
        cells = np.unique([0.0, *(level.cell for d in drawables for level in d.levels)])
        self.cells[g : g + 1] = [cells]

    def bins(self, group: int, pixel: Array) -> Iterator[tuple[int, float, NDArray[np.int64]]]:
        """The instances of one group by how finely they are drawn.

        Args:
            group: Which group.
            pixel: ``(n,)`` m, unscaled, that one pixel covers at each instance.

        Yields:
            Number of the step, m that corners may be out of place, and which of the n these are; the finest first.
        """
        cells = self.cells[group]
        if self.whole or len(cells) == 1:
            yield 0, 0.0, np.arange(len(pixel))
            return
        step = np.searchsorted(cells, pixel, side="right") - 1
        for i in np.unique(np.maximum(step, 0)).tolist():
            yield i, float(cells[i]), np.flatnonzero(np.maximum(step, 0) == i)


def pixel_sizes(depth: Array, radius: Array, tan_x: float, near: float, width: int) -> Array:
    """m ``(n,)`` that a pixel covers at the nearest point of spheres.

    Args:
        depth: ``(n,)`` m along the camera's axis.
        radius: ``(n,)`` m.
        tan_x: Tangent of half the width.
        near: m.
        width: px.
    """
    return np.maximum(depth - radius, near) * (2 * tan_x / width)
