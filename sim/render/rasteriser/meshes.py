"""Meshes and textures on the graphics card, uploaded once a process for each part of an asset."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from sim.assets.mesh import Material, Primitive
from sim.render.rasteriser.device import Device, device, uniform
from sim.render.rasteriser.kept import kept_levels
from sim.render.rasteriser.simplify import area
from sim.render.scene import Group

MAX_SIDE = 4096  # px: larger textures are scaled down, however large the card would take them
_kept: dict[tuple[str, str], list[Drawable]] = {}
_textures: dict[tuple[str, bool], Any] = {}


@dataclass(eq=False)
class Level:
    """The triangles of a primitive, as finely as one distance asks for.

    | field    | is                                                                  |
    |----------|---------------------------------------------------------------------|
    | cell     | m that a corner may be out of place, unscaled; 0: all of it           |
    | vertices | interleaved: position, normal, and uv and colour where there are any |
    | indices  | triangles                                                            |
    """

    cell: float
    vertices: Any
    indices: Any
    n_triangles: int


@dataclass(eq=False)
class Drawable:
    """One primitive on the card.

    | field    | is                                                                  |
    |----------|---------------------------------------------------------------------|
    | levels   | its triangles, ever coarser; the first is all of them                 |
    | material | what it looks like                                                    |
    | maps     | textures by the sampler's name                                        |
    | features | what its shader must be able to do                                    |
    | culled   | whether its triangles have one side only                              |
    """

    levels: list[Level]
    layout: str
    names: tuple[str, ...]
    material: Material
    maps: dict[str, Any]
    features: tuple[str, ...]
    culled: bool

    def level(self, cell: float) -> Level:
        """The coarsest level whose corners are out of place by at most ``cell`` m."""
        return next(level for level in reversed(self.levels) if level.cell <= cell)

    @property
    def blended(self) -> bool:
        """Whether what is behind it shows through."""
        return "BLEND" in self.features

    def set_material(self, program: Any, pre_exposure: float) -> None:
        """Sets the uniforms of its material."""
        m = self.material
        f0 = ((m.ior - 1) / (m.ior + 1)) ** 2
        uniform(program, "u_base", m.base_color)
        uniform(program, "u_surface", (m.metallic, m.roughness, f0, m.alpha_cutoff))
        uniform(program, "u_emissive", (*(e * m.emissive_luminance * pre_exposure for e in m.emissive), m.transmission))
        for unit, (name, texture) in enumerate(self.maps.items()):
            if program.get(name, None) is not None:
                texture.use(8 + unit)
                uniform(program, name, 8 + unit)


def drawables(group: Group) -> list[Drawable]:
    """The primitives of a group, uploaded when they are not there yet."""
    key = (group.asset.sha256, group.part)
    if key not in _kept:
        one_sided = not group.asset.articulated and group.asset.source.suffix.lower() in (".glb", ".gltf")
        total = sum(area(p) for p in group.mesh.primitives)
        _kept[key] = [d for p in group.mesh.primitives if (d := _upload(device(), p, one_sided, total)) is not None]
    return _kept[key]


def _upload(dev: Device, p: Primitive, one_sided: bool, part_area: float) -> Drawable | None:
    p = _sound(p)
    if not len(p.faces):
        return None
    m = p.material
    layout, names, features = ["3f", "3f"], ["in_position", "in_normal"], []
    maps: dict[str, Any] = {}
    if p.uv is not None:
        for name, image, srgb in (
            ("base_map", m.base_texture, True),
            ("rough_map", m.metallic_roughness_texture, False),
            ("normal_map", m.normal_texture, False),
            ("emissive_map", m.emissive_texture if any(m.emissive) else None, True),
        ):
            if image is not None:
                maps[name] = _texture(dev, image, srgb)
                features.append(name.upper())
        if maps:
            layout.append("2f")
            names.append("in_uv")
            features.append("UV")
    if p.color is not None:
        layout.append("4f")
        names.append("in_color")
        features.append("COLOR")
    if m.transmission > 0.01:
        features += ["BLEND", "GLASS"]
    elif m.alpha_mode == "BLEND":
        features.append("BLEND")
    elif m.alpha_mode == "MASK":
        features.append("MASK")
    if m.roughness < 0.6 or "ROUGH_MAP" in features:
        features.append("SMOOTH")
    levels = [_level(dev, p, 0.0, bool(maps))]
    coarse = [c for c in kept_levels(p, part_area) if len(c.primitive.faces)]
    levels += [_level(dev, c.primitive, c.cell, bool(maps)) for c in coarse]
    return Drawable(levels, " ".join(layout), tuple(names), m, maps, tuple(features), one_sided and not m.double_sided)


def _sound(p: Primitive) -> Primitive:
    """A primitive without what no card can draw."""
    finite = np.isfinite(p.vertices).all(axis=1)
    normals = np.nan_to_num(p.normals)
    return replace(
        p,
        faces=p.faces[finite[p.faces].all(axis=1)],
        vertices=np.where(finite[:, None], p.vertices, 0),
        normals=np.where(np.linalg.norm(normals, axis=1, keepdims=True) > 0.1, normals, [0, 0, 1]),
        uv=None if p.uv is None else np.nan_to_num(p.uv),
    )


def _level(dev: Device, p: Primitive, cell: float, mapped: bool) -> Level:
    columns = [p.vertices, p.normals, *([p.uv] if mapped else []), *([] if p.color is None else [p.color])]
    packed = np.ascontiguousarray(np.concatenate(columns, axis=1), "f4")
    return Level(
        cell,
        dev.ctx.buffer(packed.tobytes()),
        dev.ctx.buffer(np.ascontiguousarray(p.faces, "i4").tobytes()),
        len(p.faces),
    )


def _texture(dev: Device, image: Image.Image, srgb: bool) -> Any:
    limit = min(dev.max_texture, MAX_SIDE)
    if max(image.size) > limit:
        scale = limit / max(image.size)
        size = max(1, int(image.width * scale)), max(1, int(image.height * scale))
        image = image.resize(size, Image.Resampling.LANCZOS)
    pixels = np.asarray(image.convert("RGBA"))[::-1]
    key = (hashlib.sha1(pixels.tobytes() + str(pixels.shape).encode()).hexdigest(), srgb)
    if key not in _textures:
        _textures[key] = dev.texture(pixels, srgb)
    return _textures[key]
