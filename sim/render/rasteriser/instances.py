"""All instances of a scene as flat arrays: where they are, how large, which can be seen.

Pure numpy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array
from sim.render.scene import Scene
from sim.world.state import State


class Instances:
    """n instances of all groups, one after another.

    | attribute | shape     | is                                                      |
    |-----------|-----------|---------------------------------------------------------|
    | start     | (g + 1,)  | where each group's instances begin                        |
    | group     | (n,)      | the group each is drawn with                              |
    | row       | (n,)      | row of a State, or −1                                     |
    | scale     | (n,)      |                                                           |
    | center    | (n, 3)    | m, middle of what is seen, in the part's frame, scaled    |
    | radius    | (n,)      | m around it                                               |
    | half      | (n, 3)    | m, half the sides of the box around it, unscaled           |
    | id        | (n,)      | index into `Scene.names`                                  |
    | moving    | (n,)      | whether a State moves it                                  |
    """

    def __init__(self, scene: Scene):
        groups = scene.groups
        counts = [len(g.id) for g in groups]
        self.start = np.cumsum([0, *counts])
        self.n = int(self.start[-1])
        self.group = np.repeat(np.arange(len(groups)), counts)

        def flat(name: str, shape: tuple[int, ...], dtype: type) -> NDArray:
            parts = [np.asarray(getattr(g, name), dtype) for g in groups]
            return np.concatenate([np.zeros((0, *shape), dtype), *parts])

        self.row, self.id = flat("row", (), np.int64), flat("id", (), np.int32)
        self.scale, self._position = flat("scale", (), np.float64), flat("position", (3,), np.float64)
        self._orientation = flat("orientation", (4,), np.float64)
        bounds = [g.mesh.bounds for g in groups]
        middle = [b.mean(axis=0) for b in bounds]
        reach = [float(np.linalg.norm(g.mesh.vertices - c, axis=1).max()) for g, c in zip(groups, middle, strict=True)]
        self.center = np.repeat(np.array(middle).reshape(-1, 3), counts, axis=0) * self.scale[:, None]
        self.radius = np.repeat(np.array(reach), counts) * self.scale
        half = np.array([(b[1] - b[0]) / 2 for b in bounds]).reshape(-1, 3)
        self.half = np.repeat(half, counts, axis=0)
        self.moving = self.row >= 0
        self._rest = self._matrices(self._position, self._orientation, self.scale)

    def matrices(self, state: State | None) -> NDArray[np.float64]:
        """world_from_local with scale, ``(n, 3, 4)``."""
        if state is None or not self.moving.any():
            return self._rest
        rows = self.row[self.moving]
        out = self._rest.copy()
        out[self.moving] = self._matrices(state.position[rows], state.orientation[rows], self.scale[self.moving])
        return out

    @staticmethod
    def _matrices(position: Array, orientation: Array, scale: Array) -> NDArray[np.float64]:
        x, y, z, w = orientation.T
        m = np.empty((len(scale), 3, 4))
        m[:, 0, 0], m[:, 0, 1], m[:, 0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)
        m[:, 1, 0], m[:, 1, 1], m[:, 1, 2] = 2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)
        m[:, 2, 0], m[:, 2, 1], m[:, 2, 2] = 2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)
        m[:, :, :3] *= scale[:, None, None]
        m[:, :, 3] = position
        return m

    def middles(self, matrices: NDArray[np.float64]) -> Array:
        """Middles ``(n, 3)`` of the bounding spheres, in the world, m."""
        unscaled = self.center / self.scale[:, None]
        return np.einsum("nij,nj->ni", matrices[:, :, :3], unscaled) + matrices[:, :, 3]

    def boxes(self, which: NDArray[np.int64], matrices: NDArray[np.float64], middles: Array) -> Array:
        """Corners ``(k, 8, 3)`` of the boxes around some instances, in the world, m."""
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
        arms = signs[None] * self.half[which, None]
        return middles[which, None] + np.einsum("kij,kcj->kci", matrices[which][:, :, :3], arms)


def seen(local: Array, radius: Array, tan_x: float, tan_y: float, near: float) -> NDArray[np.bool_]:
    """Which spheres meet a camera's view.

    Args:
        local: Middles ``(n, 3)``, camera axes: right, up, forward; m.
        radius: ``(n,)`` m.
        tan_x: Tangent of half the width.
        tan_y: Tangent of half the height.
        near: m.
    """
    x, y, depth = np.abs(local[:, 0]), np.abs(local[:, 1]), local[:, 2]
    inside = depth + radius > near
    inside &= (x - depth * tan_x) / np.hypot(1, tan_x) < radius
    inside &= (y - depth * tan_y) / np.hypot(1, tan_y) < radius
    return inside
