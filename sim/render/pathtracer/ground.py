"""The endless floor as mitsuba's, its tiles those of the preview."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.assets.mesh import Material, Mesh, Primitive
from sim.pose import Array
from sim.render.pathtracer.library import mitsuba
from sim.render.pathtracer.materials import describe
from sim.render.pathtracer.texture import pyramid_of, sample
from sim.render.scene import with_look
from sim.world.layout import Layout

HALF = 2000.0  # m


class Ground:
    """What everything stands on.

    | attribute | is                                                |
    |-----------|---------------------------------------------------|
    | shape     | mitsuba's; None when the layout has no ground       |
    | albedo    | linear ``(3,)``, on the whole                       |
    | roughness | glTF's                                            |
    | side      | m, of a tile                                       |
    | texels    | its linear colours ``(h, w, 3)``                    |
    """

    def __init__(self, layout: Layout):
        self.shape: Any = None
        self.albedo, self.roughness, self.side = np.zeros(3), 0.9, 1.0
        self.texels = np.zeros((1, 1, 3), np.float32)
        if layout.ground is None:
            return
        from sim.render.rasteriser.floor import tile

        look = layout.ground.appearance.over(layout.library.substances[layout.ground.substance].appearance)
        material = with_look(Material(base_color=(0.5, 0.5, 0.5, 1.0), roughness=0.9), look)
        self.albedo, self.roughness = np.asarray(material.base_color[:3], float), material.roughness
        tones, self.side = tile(layout.ground.substance)
        self.texels = np.clip(tones[..., :3] / 255.0 * 2 * self.albedo, 0, 1).astype(np.float32)
        self._pyramid = pyramid_of(self.texels)
        mi = mitsuba()
        frame = mi.ScalarTransform4f().translate([0, 0, layout.ground.height]).scale([HALF, HALF, 1])
        self.shape = mi.load_dict({"type": "rectangle", "to_world": frame, "bsdf": self._bsdf(material)})

    def _bsdf(self, material: Material) -> dict[str, Any]:
        """The tile, repeated: a place's texture coordinate is its x and y over the tile's side."""
        mi = mitsuba()
        corners = np.array([[-1, -1, 0], [1, -1, 0], [0, 1, 0]], np.float32)
        normals = np.tile(np.array([0, 0, 1], np.float32), (3, 1))
        p = Primitive(corners, np.array([[0, 1, 2]], np.int32), normals, None, material)
        bsdf = describe(Mesh((p,)), p)
        n = 2 * HALF / self.side
        texture = {
            "type": "bitmap",
            "raw": True,
            "bitmap": mi.Bitmap(self.texels),
            "to_uv": mi.ScalarTransform4f().translate([-n / 2 % 1, -n / 2 % 1, 0]).scale([n, n, 1]),
        }
        return _recolored(bsdf, texture)

    def color(self, points: Array, width: Array) -> Array:
        """Albedo ``(n, 3)`` at world points ``(n, 3)``, averaged over ``width`` ``(n,)``, m."""
        if not len(points):
            return np.zeros((0, 3))
        uv = points[:, :2] / self.side
        return sample(self._pyramid, np.stack([uv[:, 0], 1 - uv[:, 1]], axis=-1), width / self.side * len(self.texels))


def _recolored(bsdf: dict[str, Any], texture: dict[str, Any]) -> dict[str, Any]:
    """A described BSDF with another base colour."""
    keys = ("diffuse_reflectance", "reflectance", "base_color")
    return {
        k: texture if k in keys else _recolored(v, texture) if isinstance(v, dict) and v.get("type") != "rgb" else v
        for k, v in bsdf.items()
    }
