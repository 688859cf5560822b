"""Which instances stand wholly behind what has been drawn: the nearest corner of their boxes against its depths.

Never hides what could be seen, so the picture is the same with and without. Pure numpy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array

BLOCK = 8  # px, side of the smallest cell
MARGIN = 3e-6  # of depth, for rounding and the far plane


def pyramid(depth: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The farthest depth in cells of 8 px, 16 px and so on, of a depth buffer ``(h, w)``; the last is one cell."""
    h, w = depth.shape
    level = np.pad(depth, ((0, -h % BLOCK), (0, -w % BLOCK)), mode="edge")
    level = level.reshape(level.shape[0] // BLOCK, BLOCK, -1).max(axis=1)
    level = level.reshape(level.shape[0], -1, BLOCK).max(axis=2)
    out = [level]
    while max(level.shape) > 1:
        level = np.pad(level, ((0, level.shape[0] % 2), (0, level.shape[1] % 2)), mode="edge")
        level = np.maximum(level[::2], level[1::2])
        level = np.maximum(level[:, ::2], level[:, 1::2])
        out.append(level)
    return out


def hidden(
    corners: Array, tan: tuple[float, float], near: float, size: tuple[int, int], levels: list[NDArray[np.float32]]
) -> NDArray[np.bool_]:
    """Which boxes are behind everything that is drawn where they would be.

    Args:
        corners: Of each box ``(n, 8, 3)``, camera axes: right, up, forward; m.
        tan: Tangents of half the width and height.
        near: m.
        size: px.
        levels: What `pyramid` made; row 0 lowest.
    """
    front = corners[:, :, 2].min(axis=1)
    out = np.zeros(len(corners), bool)
    some = np.flatnonzero(front > 2 * near)
    if not len(some):
        return out
    corners, front = corners[some], front[some]
    spans = []
    for axis in (0, 1):
        at = (corners[:, :, axis] / corners[:, :, 2] / tan[axis] * 0.5 + 0.5) * size[axis]
        low, high = at.min(axis=1) - 1, at.max(axis=1) + 1
        spans.append(np.clip(np.stack([low, high]), 0, size[axis] - 1).astype(np.int64))
    widest = np.maximum(spans[0][1] - spans[0][0], spans[1][1] - spans[1][0])
    which = np.clip(np.ceil(np.log2(np.maximum(widest, 1) / (3 * BLOCK))), 0, len(levels) - 1).astype(int)
    farthest = np.zeros(len(some))
    for k in np.unique(which).tolist():
        mine = np.flatnonzero(which == k)
        (x0, x1), (y0, y1) = (s[:, mine] // (BLOCK << k) for s in spans)
        for j in range(5):  # three cells wide at most, so four are touched
            for i in range(5):
                cells = levels[k][np.minimum(y0 + j, y1), np.minimum(x0 + i, x1)]
                farthest[mine] = np.maximum(farthest[mine], cells)
    out[some] = 1 - near / front > farthest + MARGIN
    return out
