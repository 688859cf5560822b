"""Instances that look unlike their group, drawn as groups of their own from the moment they differ."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sim.assets.mesh import Mesh
from sim.pose import Array
from sim.render.looks import Looks, Where
from sim.render.rasteriser.device import device
from sim.render.rasteriser.instances import Instances
from sim.render.rasteriser.meshes import Drawable, Level, drawables, own_drawables
from sim.render.scene import Scene
from sim.world.state import State


class Changed:
    """Keeps a rasteriser's groups in step with what a State says of looks.

    | attribute | is                                                                      |
    |-----------|-------------------------------------------------------------------------|
    | looks     | who says what differs                                                    |
    | version   | counts changes of shape, for what is kept between pictures                |
    | tell      | geometry, detail and draws, which must know of new and changed groups      |
    """

    def __init__(self, scene: Scene, instances: Instances, groups: list[list[Drawable]]):
        self.scene, self.looks, self.version = scene, Looks(scene), 0
        self.tell: tuple[Any, Any, Any]
        self._instances, self._groups = instances, groups
        self._group_of: dict[Where, int] = {}
        self._drawn: dict[Where, Mesh] = {}
        self._levels: dict[Where, list[Level]] = {}
        self._pictures: dict[str, tuple[Image.Image, Any]] = {}
        self._bounds = instances.center.copy(), instances.radius.copy(), instances.half.copy()

    def show(self, name: str, picture: NDArray[np.uint8]) -> None:
        """Puts a picture ``(h, w, 3)`` on a thing; one of the same size as before costs an upload and nothing else."""
        pixels = np.ascontiguousarray(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])[::-1])
        if name in self._pictures and self._pictures[name][0].size == (picture.shape[1], picture.shape[0]):
            texture = self._pictures[name][1]
            texture.write(pixels)
            texture.build_mipmaps()
            return
        image = Image.fromarray(picture)
        self.looks.show(name, image)
        self._pictures[name] = image, device().texture(pixels, True)

    def follow(self, state: State | None) -> None:
        """Brings the groups in step with a state."""
        looks = self.looks.of(state)
        for where in [w for w in self._drawn if w not in looks]:
            self._put_back(where)
        for where, mesh in looks.items():
            if self._drawn.get(where) is not mesh:
                self._draw_as(where, mesh)

    def _draw_as(self, where: Where, mesh: Mesh) -> None:
        group = self.scene.groups[where[0]]
        new = where not in self._group_of
        g = self._group_of.setdefault(where, len(self._groups))
        if new:
            self._groups.append([])
        textures = {id(image): texture for image, texture in self._pictures.values()}
        known = [*drawables(group), *self._groups[g]]
        made, fresh = own_drawables(group, mesh, known, textures)
        used = {id(level) for d in made for level in d.levels}
        old = self._levels.get(where, [])
        self._levels[where] = [*(level for level in old if id(level) in used), *fresh]
        self._set(g, made)
        self._release([level for level in old if id(level) not in used])
        self._instances.group[self._index(where)] = g
        if fresh or where not in self._drawn:
            self.version += 1
            self._measure(where, mesh)
        self._drawn[where] = mesh

    def _put_back(self, where: Where) -> None:
        i = self._index(where)
        self._instances.group[i] = where[0]
        now = self._instances
        now.center[i], now.radius[i], now.half[i] = (values[i] for values in self._bounds)
        self._set(self._group_of[where], [])
        self._release(self._levels.pop(where, []))
        del self._drawn[where]
        self.version += 1

    def _set(self, g: int, made: list[Drawable]) -> None:
        geometry, detail, _ = self.tell
        self._groups[g] = made
        geometry.set_group(g, made)
        detail.set_group(g, made)

    def _measure(self, where: Where, mesh: Mesh) -> None:
        """Takes the bounding sphere of a changed shape."""
        i, scale = self._index(where), float(self.scene.groups[where[0]].scale[where[1]])
        vertices: Array = mesh.vertices if mesh.primitives else np.zeros((1, 3))
        middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        self._instances.center[i] = middle * scale
        self._instances.half[i] = np.ptp(vertices, axis=0) / 2
        self._instances.radius[i] = max(float(np.linalg.norm(vertices - middle, axis=1).max()) * scale, 1e-3)

    def _index(self, where: Where) -> int:
        return int(self._instances.start[where[0]]) + where[1]

    def _release(self, levels: list[Level]) -> None:
        for level in levels:
            self.tell[2].forget(level)
            level.vertices.release()
            level.indices.release()

    def close(self) -> None:
        """Gives back what only changed instances used."""
        for levels in self._levels.values():
            self._release(levels)
        for _, texture in self._pictures.values():
            texture.release()
        self._levels, self._pictures = {}, {}
