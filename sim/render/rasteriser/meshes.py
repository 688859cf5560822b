"""Meshes and textures on the graphics card, uploaded once a process for each part of an asset."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from sim.assets.mesh import Material, Mesh, Primitive
from sim.render.rasteriser.device import Device, device, uniform
from sim.render.rasteriser.kept import kept_levels
from sim.render.rasteriser.simplify import area
from sim.render.scene import Group

MAX_SIDE = 4096  # px: larger textures are scaled down, however large the card would take them
NO_PICTURES: Mapping[int, Any] = {}
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
    | source   | the array its vertices came from                                      |
    """

    levels: list[Level]
    layout: str
    names: tuple[str, ...]
    material: Material
    maps: dict[str, Any]
    features: tuple[str, ...]
    culled: bool
    source: Any = None

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
        one_sided = _one_sided(group)
        total = sum(area(p) for p in group.mesh.primitives)
        _kept[key] = [d for p in group.mesh.primitives if (d := _upload(device(), p, one_sided, total)) is not None]
    return _kept[key]


def own_drawables(
    group: Group, mesh: Mesh, known: list[Drawable], pictures: Mapping[int, Any]
) -> tuple[list[Drawable], list[Level]]:
    """The primitives of one instance that looks unlike its group.

    Args:
        group: Its group.
        mesh: What it looks like.
        known: Drawables whose triangles may be used again.
        pictures: Textures of pictures that are shown, by the picture's identity.

    Returns:
        The drawables, and those of their levels that are nobody else's.
    """
    dev, out, fresh = device(), [], []
    for p in mesh.primitives:
        like = next((d for d in known if d.source is p.vertices or np.array_equal(d.source, p.vertices)), None)
        maps = _maps(dev, p, pictures)
        if like is None or (maps and "UV" not in like.features):
            made = _upload(dev, p, _one_sided(group), None, pictures)
            if made is not None:
                out.append(made)
                fresh += made.levels
        else:
            keep = [f for f in ("UV", "COLOR") if f in like.features]
            features = tuple(dict.fromkeys((*keep, *_features(p.material, maps))))
            out.append(replace(like, material=p.material, maps=maps, features=features))
    return out, fresh


def _one_sided(group: Group) -> bool:
    return not group.asset.articulated and group.asset.source.suffix.lower() in (".glb", ".gltf")


def _maps(dev: Device, p: Primitive, pictures: Mapping[int, Any]) -> dict[str, Any]:
    """Textures of a primitive by the sampler's name."""
    m, maps = p.material, {}
    if p.uv is not None:
        for name, image, srgb in (
            ("base_map", m.base_texture, True),
            ("rough_map", m.metallic_roughness_texture, False),
            ("normal_map", m.normal_texture, False),
            ("emissive_map", m.emissive_texture if any(m.emissive) else None, True),
        ):
            if image is not None:
                maps[name] = pictures.get(id(image)) or _texture(dev, image, srgb)
    return maps


def _features(m: Material, maps: Mapping[str, Any]) -> list[str]:
    """What a shader must be able to do for a material."""
    features = [name.upper() for name in maps] + (["UV"] if maps else [])
    if m.transmission > 0.01:
        features += ["BLEND", "GLASS"]
    elif m.alpha_mode in ("BLEND", "MASK"):
        features.append(m.alpha_mode)
    if m.roughness < 0.6 or "rough_map" in maps:
        features.append("SMOOTH")
    return features


def _upload(
    dev: Device, p: Primitive, one_sided: bool, part_area: float | None, pictures: Mapping[int, Any] = NO_PICTURES
) -> Drawable | None:
    """A primitive on the card, with coarser levels unless ``part_area`` is left out; None when it has no triangles."""
    source, p = p.vertices, _sound(p)
    if not len(p.faces):
        return None
    m, maps = p.material, _maps(dev, p, pictures)
    layout, names, features = ["3f", "3f"], ["in_position", "in_normal"], _features(p.material, maps)
    if maps:
        layout.append("2f")
        names.append("in_uv")
    if p.color is not None:
        layout.append("4f")
        names.append("in_color")
        features.append("COLOR")
    levels = [_level(dev, p, 0.0, bool(maps))]
    coarse = [] if part_area is None else [c for c in kept_levels(p, part_area) if len(c.primitive.faces)]
    levels += [_level(dev, c.primitive, c.cell, bool(maps)) for c in coarse]
    culled = one_sided and not m.double_sided
    return Drawable(levels, " ".join(layout), tuple(names), m, maps, tuple(features), culled, source)


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
