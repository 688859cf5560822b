"""Mesh files in and out: whatever trimesh reads becomes a `Mesh`, and a `Mesh` becomes glb or obj.

Anything wrong with a file is one sentence.
"""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from sim.assets.mesh import Material, Mesh, Primitive, linear_to_srgb, packed, shaded, srgb_to_linear
from sim.errors import InputError, Problem
from sim.pose import Array, Pose

logging.getLogger("trimesh").setLevel(logging.ERROR)

FORMATS = (".glb", ".gltf", ".obj", ".ply", ".stl", ".off", ".3mf", ".dae", ".zip")
Y_UP = (".glb", ".gltf", ".dae")  # formats that say which way is up; trimesh hands dae over as it stands in the file
Z_FROM_Y = Pose.of(rotate_deg=(90, 0, 0))
"""glTF's (x, y, z) becomes our (x, −z, y)."""


def load_mesh(path: Path, up: str | None = None) -> Mesh:
    """The mesh in a file, Z up, in the file's own unit.

    Args:
        path: A file of one of `FORMATS`.
        up: ``y`` or ``z``; the format's own convention when left out (glTF: Y up, all else: Z up).

    Raises:
        InputError: The file is no mesh, or a broken one; the message says what is wrong with it.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(
            Problem(str(path), "is no mesh file that can be read", ", ".join(FORMATS), suffix or "no ending")
        )
    if not path.is_file():
        raise InputError(Problem(str(path), "does not exist"))
    if path.stat().st_size == 0:
        raise InputError(Problem(str(path), "is empty"))
    scene = _load_scene(path)
    primitives = []
    for body in scene.dump() if isinstance(scene, trimesh.Scene) else [scene]:
        if isinstance(body, trimesh.Trimesh) and len(body.faces):
            _refuse_nowhere(path, np.asarray(body.vertices, float))
            primitives.append(_primitive(body, _material(body)))
    if not primitives:
        raise InputError(Problem(str(path), "holds no triangles", "a surface", "points or lines only"))
    mesh = Mesh(tuple(primitives))
    if (up or ("y" if suffix in Y_UP else "z")) == "y":
        mesh = mesh.moved(Z_FROM_Y)
    return mesh


def _refuse_nowhere(path: Path, vertices: Array) -> None:
    bad = int(np.sum(~np.isfinite(vertices).all(axis=1)))
    if bad:
        raise InputError(
            Problem(str(path), "has vertices that are no numbers", "finite coordinates", f"{bad} of {len(vertices)}")
        )


def _load_scene(path: Path) -> Any:
    """The file as trimesh reads it; anything that goes wrong becomes one sentence."""
    try:
        if path.suffix.lower() == ".zip":
            return trimesh.load_scene(io.BytesIO(path.read_bytes()), file_type="zip", process=False)
        return trimesh.load_scene(path, process=False)
    except MemoryError:
        raise
    except Exception as error:  # trimesh raises whatever its parsers raise
        text = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise InputError(
            Problem(
                str(path),
                "cannot be read as a mesh",
                f"a whole {path.suffix[1:]} file",
                f"{type(error).__name__}: {text}",
            )
        ) from None


def _primitive(body: Any, material: Material) -> Primitive:
    vertices, faces = np.asarray(body.vertices, float), np.asarray(body.faces, np.int64)
    uv = getattr(body.visual, "uv", None)
    uv = None if uv is None or len(uv) != len(vertices) else np.asarray(uv, float)
    color = None
    if body.visual.kind == "vertex" and body.visual.defined:
        srgb = np.asarray(body.visual.vertex_colors, float) / 255
        color = np.concatenate([srgb_to_linear(srgb[:, :3]), srgb[:, 3:]], axis=1)
    if "vertex_normals" in body._cache.cache:
        normals = np.nan_to_num(np.asarray(body.vertex_normals, float))
        normals[np.linalg.norm(normals, axis=1) < 0.5] = (0, 0, 1)
        return packed(vertices, faces, normals, uv, color, material)
    return shaded(vertices, faces, material, uv, color)


def _material(body: Any) -> Material:
    visual = body.visual
    if visual.kind == "face" and visual.defined:
        rgba = np.asarray(visual.main_color, float) / 255
        return Material("face colours", (*map(float, srgb_to_linear(rgba[:3])), float(rgba[3])))  # type: ignore[arg-type]
    if visual.kind == "vertex" and visual.defined:
        return Material("vertex colours", (1.0, 1.0, 1.0, 1.0))
    source = getattr(visual, "material", None)
    if source is None:
        return Material(given=False)
    if isinstance(source, trimesh.visual.material.PBRMaterial):
        return _pbr(source)
    return _simple(source)


def _pbr(source: Any) -> Material:
    factor = source.baseColorFactor
    factor = np.array([1.0, 1, 1, 1]) if factor is None else np.asarray(factor, float) / 255
    emissive = source.emissiveFactor
    emissive = (0.0, 0.0, 0.0) if emissive is None else tuple(map(float, emissive))
    return Material(
        name=source.name or "material",
        base_color=tuple(map(float, factor)),  # type: ignore[arg-type]
        metallic=1.0 if source.metallicFactor is None else float(source.metallicFactor),
        roughness=1.0 if source.roughnessFactor is None else float(source.roughnessFactor),
        emissive=emissive,
        alpha_mode=source.alphaMode or "OPAQUE",
        alpha_cutoff=0.5 if source.alphaCutoff is None else float(source.alphaCutoff),
        double_sided=bool(source.doubleSided),
        base_texture=source.baseColorTexture,
        metallic_roughness_texture=source.metallicRoughnessTexture,
        normal_texture=source.normalTexture,
        emissive_texture=source.emissiveTexture,
    )


def _simple(source: Any) -> Material:
    """A material of obj, dae or 3mf (Phong): colours are sRGB, shine becomes roughness."""
    rgba = np.asarray(getattr(source, "main_color", (200, 200, 200, 255)), float) / 255
    image = getattr(source, "image", None)
    default = (
        image is None
        and getattr(source, "name", None) in (None, "", "material_0")
        and not getattr(source, "kwargs", None)
    )
    shine = float(np.clip(getattr(source, "glossiness", 1.0) or 1.0, 1.0, 1000.0))
    roughness = float(np.clip((2.0 / (shine + 2.0)) ** 0.25, 0.3, 0.9))  # Blinn-Phong exponent to GGX, Karis 2013
    tint = np.ones(3) if image is not None else srgb_to_linear(rgba[:3])
    return Material(
        getattr(source, "name", None) or "material",
        (*map(float, tint), float(rgba[3])),  # type: ignore[arg-type]
        roughness=roughness,
        alpha_mode="BLEND" if rgba[3] < 0.99 else "OPAQUE",
        base_texture=image,
        given=not default,
    )


def write_glb(mesh: Mesh, path: Path) -> None:
    """Writes a mesh as a binary glTF, Y up as glTF asks; the same mesh gives the same bytes."""
    scene = trimesh.Scene()
    for i, p in enumerate(mesh.moved(Z_FROM_Y.inverse).primitives):
        m = p.material
        material = trimesh.visual.material.PBRMaterial(
            name=m.name,
            baseColorFactor=np.round(np.asarray(m.base_color) * 255).astype(np.uint8),
            metallicFactor=m.metallic,
            roughnessFactor=m.roughness,
            emissiveFactor=list(m.emissive),
            alphaMode=m.alpha_mode,
            alphaCutoff=m.alpha_cutoff if m.alpha_mode == "MASK" else None,
            doubleSided=m.double_sided,
            baseColorTexture=m.base_texture,
            normalTexture=m.normal_texture,
            metallicRoughnessTexture=m.metallic_roughness_texture,
            emissiveTexture=m.emissive_texture,
        )
        uv = p.uv if p.uv is not None else np.zeros((len(p.vertices), 2))
        if p.color is not None:
            srgb = np.concatenate([linear_to_srgb(p.color[:, :3]), p.color[:, 3:]], axis=1)
            visual = trimesh.visual.ColorVisuals(vertex_colors=np.round(srgb * 255).astype(np.uint8))
        elif not m.given:
            visual = trimesh.visual.ColorVisuals()  # no material: the substance goes on saying how it looks
        else:
            visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
        body = trimesh.Trimesh(p.vertices, p.faces, vertex_normals=p.normals, visual=visual, process=False)
        scene.add_geometry(body, geom_name=f"{i:02d}_{m.name}", node_name=f"{i:02d}_{m.name}")
    path.write_bytes(trimesh.exchange.gltf.export_glb(scene, include_normals=True))


def write_obj(
    vertices: Array, faces: NDArray, path: Path, uv: NDArray | None = None, normals: NDArray | None = None
) -> None:
    """Writes bare triangles as Wavefront obj, for tools that read nothing else."""
    lines = [f"v {x:.7g} {y:.7g} {z:.7g}" for x, y, z in vertices]
    lines += [] if uv is None else [f"vt {u:.6g} {v:.6g}" for u, v in uv]
    lines += [] if normals is None else [f"vn {x:.5g} {y:.5g} {z:.5g}" for x, y, z in normals]
    corner = {(True, True): "{0}/{0}/{0}", (True, False): "{0}/{0}", (False, True): "{0}//{0}", (False, False): "{0}"}[
        (uv is not None, normals is not None)
    ]
    lines += ["f " + " ".join(corner.format(i + 1) for i in face) for face in faces]
    path.write_text("\n".join(lines) + "\n", "ascii")
