"""Materials as mitsuba's: glTF metallic-roughness becomes a principled BSDF, glass refracts, leaves let light by.

Sources: glTF 2.0, appendix B; Burley, "Physically based shading at Disney", 2012.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sim.assets.mesh import Material, Mesh, Primitive, srgb_to_linear
from sim.pose import Array
from sim.render.pathtracer.library import mitsuba

MAX_SIDE = 4096  # px: larger textures are scaled down
LEAST_ROUGHNESS = 0.04
COAT_SHARE = 0.3  # of the samples that look for what a rough coat mirrors
THIN, THIN_SHARE = 0.03, 0.08  # m, and of the largest side: glass no thicker is a pane that light crosses unbent


def pixels(image: Image.Image, mode: str = "RGBA") -> NDArray:
    """A picture as ``(h, w, c)`` 0 to 1, row 0 at the top."""
    if max(image.size) > MAX_SIDE:
        scale = MAX_SIDE / max(image.size)
        image = image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))))
    return np.asarray(image.convert(mode), np.float32) / 255.0


def base_map(m: Material) -> NDArray | None:
    """Linear base colour with alpha ``(h, w, 4)``, the factor in it; None without a texture."""
    if m.base_texture is None:
        return None
    rgba = pixels(m.base_texture)
    rgba = np.concatenate([srgb_to_linear(rgba[..., :3]), rgba[..., 3:]], axis=-1)
    return np.clip(rgba * np.asarray(m.base_color), 0, 1).astype(np.float32)


def is_masked(m: Material) -> bool:
    """Whether light passes a surface unbent in places, so that shadows need it too."""
    if m.transmission > 0.01:
        return False
    return m.alpha_mode == "MASK" or (m.alpha_mode == "BLEND" and (m.base_color[3] < 1 or m.base_texture is not None))


def is_pane(mesh: Mesh, p: Primitive) -> bool:
    """Whether a glass primitive is so thin that light crosses it unbent."""
    sides = np.sort(np.ptp(p.vertices, axis=0))
    return not mesh.closed or bool(sides[0] < THIN and sides[0] < THIN_SHARE * sides[2])


def is_emissive(m: Material) -> bool:
    """Whether a surface gives off light."""
    return any(m.emissive) and m.emissive_luminance > 0


def needs_volumetric(mesh: Mesh) -> bool:
    """Whether shadow rays must look for holes."""
    return any(is_masked(p.material) or (p.material.transmission > 0.01 and is_pane(mesh, p)) for p in mesh.primitives)


def build_bsdf(mesh: Mesh, p: Primitive) -> Any:
    """The BSDF of a primitive.

    Args:
        mesh: The mesh it belongs to, to tell panes from solid glass.
        p: Triangles, with the material.
    """
    return mitsuba().load_dict(describe(mesh, p))


def describe(mesh: Mesh, p: Primitive) -> dict[str, Any]:
    """The BSDF of a primitive in mitsuba's words."""
    m = (
        p.material
        if p.uv is not None
        else replace(p.material, base_texture=None, normal_texture=None, metallic_roughness_texture=None)
    )
    if m.transmission > 0.01:
        return _pane(m) if is_pane(mesh, p) else _glass(m)
    surface = {"type": "twosided", "inner": _normal_mapped(m, _opaque(m, p))}
    if not is_masked(m):
        return surface
    return {"type": "mask", "opacity": _opacity(m), "inner": surface}


def _opaque(m: Material, p: Primitive) -> dict[str, Any]:
    """A matt body under a coat, a metal, or a mixture by the metallic map."""
    rough, metal = np.array([[m.roughness]]), np.array([[m.metallic]])
    if m.metallic_roughness_texture is not None:
        packed = pixels(m.metallic_roughness_texture, "RGB")
        rough, metal = packed[..., 1] * m.roughness, packed[..., 2] * m.metallic
    rough = np.clip(rough, LEAST_ROUGHNESS, 1.0)
    f0 = ((m.ior - 1) / (m.ior + 1)) ** 2
    if metal.max() < 0.02 and f0 < 1e-4:
        return {"type": "diffuse", "reflectance": _color(m, p, 1.0)}
    shine = float(np.sqrt(np.mean(rough**2))) if _even(rough) else _map(rough[..., None])
    if metal.max() < 0.02:
        return _body(m, p, shine, float(rough.mean()), f0)
    if metal.min() > 0.98:
        return _metal(m, p, shine, float(rough.mean()))
    weight = float(metal.mean()) if _even(metal) else _map(metal[..., None])
    return {
        "type": "blendbsdf",
        "weight": weight,
        "a": _body(m, p, shine, float(rough.mean()), f0),
        "b": _metal(m, p, shine, float(rough.mean())),
    }


def _body(m: Material, p: Primitive, shine: Any, level: float, f0: float) -> dict[str, Any]:
    """A matt body under a coat. Rough ones are Lambert's, as glTF asks: Disney's is too bright at flat angles."""
    if level < 0.4:
        return {
            "type": "principled",
            "eta": max(m.ior, 1.01),
            "roughness": shine,
            "base_color": _color(m, p, 1 - f0),
            "main_specular_sampling_rate": 1.0 if level < 0.25 else 0.6,
        }
    coat = float(np.sqrt(min(f0 / COAT_SHARE, 0.9)))
    return {
        "type": "blendbsdf",
        "weight": COAT_SHARE,
        "a": {"type": "diffuse", "reflectance": _color(m, p, (1 - f0) / (1 - COAT_SHARE))},
        "b": {
            "type": "principled",
            "eta": (1 + coat) / (1 - coat),
            "roughness": shine,
            "base_color": _rgb([0, 0, 0]),
            "diffuse_reflectance_sampling_rate": 0.01,
        },
    }


def _metal(m: Material, p: Primitive, shine: Any, level: float) -> dict[str, Any]:
    """A metal; a rough one gets back the light that bounces more than once in it."""
    color = _color(m, p, 1.0, 1 / _kept(level) - 1)
    return {"type": "principled", "metallic": 1.0, "roughness": shine, "base_color": color}


def _even(values: NDArray) -> bool:
    return values.size == 1 or float(np.ptp(values)) < 0.02


def _kept(roughness: float) -> float:
    """Part of the light that a white GGX metal throws back with one bounce, seen at 45° (sums over the BSDF itself)."""
    return float(np.interp(roughness, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [1.0, 0.996, 0.951, 0.796, 0.581, 0.365]))


def _glass(m: Material) -> dict[str, Any]:
    tint = np.sqrt(np.clip(m.base_color[:3], 0, 1))  # light meets two surfaces
    if m.transmission > 0.99 and m.roughness < 0.1:
        return {"type": "dielectric", "int_ior": max(m.ior, 1.01), "specular_transmittance": _rgb(tint)}
    return {
        "type": "principled",
        "base_color": _rgb(np.square(tint)),
        "eta": max(m.ior, 1.01),
        "spec_trans": float(m.transmission),
        "roughness": float(np.clip(m.roughness, LEAST_ROUGHNESS, 1)),
    }


def _pane(m: Material) -> dict[str, Any]:
    """A pane as a mirror with holes: what is not mirrored goes straight on, shadow rays too."""
    f0 = ((m.ior - 1) / (m.ior + 1)) ** 2
    mirrored = 2 * f0 / (1 + f0)  # both sides, and between them
    opacity = 1.0 - (1.0 - mirrored) * m.transmission * np.asarray(m.base_color[:3])
    mirror = {
        "type": "roughconductor",
        "material": "none",
        "distribution": "ggx",
        "alpha": float(np.clip(m.roughness, LEAST_ROUGHNESS, 1)) ** 2,
        "specular_reflectance": {"type": "rgb", "value": [float(mirrored / max(opacity.mean(), 1e-3))] * 3},
    }
    return {"type": "mask", "opacity": float(opacity.mean()), "inner": {"type": "twosided", "inner": mirror}}


def _normal_mapped(m: Material, surface: dict[str, Any]) -> dict[str, Any]:
    if m.normal_texture is None:
        return surface
    return {"type": "normalmap", "inner": surface, "normalmap": _map(pixels(m.normal_texture, "RGB"))}


def _color(m: Material, p: Primitive, scale: float, again: float = 0.0) -> dict[str, Any]:
    """The base colour c times ``scale`` and ``1 + again · c`` (Turquin, "Practical multiple scattering", 2019)."""
    image = base_map(m)
    if image is None and p.color is not None:
        return {"type": "mesh_attribute", "name": "vertex_color"}
    color = np.asarray(m.base_color[:3], float) if image is None else image[..., :3]
    if p.color is not None:
        color = color * p.color[:, :3].mean(axis=0)
    color = np.clip(color, 0, 1) * scale
    color = color * (1 + again * color)
    if image is not None:
        return _map(color)
    return _map(color[None, None]) if color.max() > 1 else _rgb(color)


def _opacity(m: Material) -> dict[str, Any] | float:
    image = base_map(m)
    if image is None:
        return float(m.base_color[3]) if m.alpha_mode == "BLEND" else float(m.base_color[3] >= m.alpha_cutoff)
    alpha = image[..., 3:]
    return _map(alpha if m.alpha_mode == "BLEND" else (alpha >= m.alpha_cutoff).astype(np.float32))


def radiance(p: Primitive) -> dict[str, Any]:
    """What an emissive primitive gives off, cd/m² a channel."""
    m = p.material
    level = np.asarray(m.emissive, float) * m.emissive_luminance
    if m.emissive_texture is None or p.uv is None:
        return {"type": "rgb", "value": level.tolist()}
    return _map(srgb_to_linear(pixels(m.emissive_texture, "RGB")) * level)


def _rgb(value: Any) -> dict[str, Any]:
    return {"type": "rgb", "value": np.clip(np.asarray(value, float), 0, 1).tolist()}


def _map(values: NDArray) -> dict[str, Any]:
    return {"type": "bitmap", "raw": True, "bitmap": mitsuba().Bitmap(np.ascontiguousarray(values, np.float32))}


def albedo_color(p: Primitive) -> Array:
    """What a denoiser is told of an untextured primitive's colour ``(3,)``."""
    m = p.material
    return np.ones(3) if m.transmission > 0.01 else np.clip(np.asarray(m.base_color[:3], float), 0, 1)
