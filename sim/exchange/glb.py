"""The binary side of a glTF file: numbers, pictures and materials, each stored once.

Knows nothing of worlds: it takes primitives and gives back the indices by which nodes and meshes refer to them.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sim.assets.mesh import Material, Primitive, linear_to_srgb
from sim.pose import Array

FLOAT, BYTE, SHORT, INT = 5126, 5121, 5123, 5125  # glTF's component types: float32, uint8, uint16, uint32
SHAPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
JPEG_QUALITY = 88


class Chunk:
    """One binary chunk, and the accessors, pictures, textures and materials that stand in it.

    Args:
        max_texture: px a side; larger pictures are halved until they fit.
    """

    def __init__(self, max_texture: int = 1024):
        self.max_texture = max_texture
        self.used: set[str] = set()
        """Extensions that materials needed."""
        self._parts: list[bytes] = []
        self._length = 0
        self._lists: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("bufferViews", "accessors", "images", "textures", "materials")
        }
        self._made: dict[Any, int] = {}
        self._pictures: list[Image.Image] = []

    def pack(self, tree: dict[str, Any]) -> bytes:
        """The whole .glb of a tree whose indices this chunk gave."""
        lists: dict[str, Any] = {name: items for name, items in self._lists.items() if items}
        if self._length:
            lists |= {"buffers": [{"byteLength": self._length}]}
        if self._lists["textures"]:
            lists |= {"samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}]}
        head = json.dumps(tree | lists, separators=(",", ":")).encode()
        head += b" " * (-len(head) % 4)
        body = b"".join(self._parts)
        total = 12 + 8 + len(head) + (8 + len(body) if body else 0)
        out = [struct.pack("<4sII", b"glTF", 2, total), struct.pack("<I4s", len(head), b"JSON"), head]
        if body:
            out += [struct.pack("<I4s", len(body), b"BIN\0"), body]
        return b"".join(out)

    def _add(self, kind: str, item: dict[str, Any]) -> int:
        self._lists[kind].append(item)
        return len(self._lists[kind]) - 1

    def _view(self, data: bytes, target: int | None = None) -> int:
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._length, "byteLength": len(data)}
        if target:
            view["target"] = target
        padded = data + b"\0" * (-len(data) % 4)
        self._parts.append(padded)
        self._length += len(padded)
        return self._add("bufferViews", view)

    # -----------------------------------------------------------------------------------------------------------------
    # Numbers

    def floats(self, values: NDArray, bounds: bool = False) -> int:
        """The accessor of float32 values ``(n,)`` to ``(n, 4)``, a vertex attribute; with bounds for positions."""
        values = np.ascontiguousarray(values, np.float32)
        return self._accessor(values, FLOAT, bounds, 34962)

    def colors(self, linear: NDArray[np.float32]) -> int:
        """The accessor of linear colours ``(n, 4)``, 0 to 1, in 16 bits."""
        values = np.clip(linear * 65535 + 0.5, 0, 65535).astype(np.uint16)
        accessor = self._accessor(values, SHORT, False, 34962)
        self._lists["accessors"][accessor]["normalized"] = True
        return accessor

    def indices(self, faces: NDArray) -> int:
        """The accessor of triangles ``(m, 3)``."""
        small = int(faces.max(initial=0)) < 65535
        values = np.ascontiguousarray(faces, np.uint16 if small else np.uint32).reshape(-1)
        return self._accessor(values, SHORT if small else INT, False, 34963)

    def _accessor(self, values: NDArray, component: int, bounds: bool, target: int) -> int:
        columns = values.shape[1] if values.ndim > 1 else 1
        item: dict[str, Any] = {"componentType": component, "count": len(values), "type": SHAPES[columns]}
        item["bufferView"] = self._view(values.tobytes(), target)
        if bounds:
            item |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        return self._add("accessors", item)

    def primitive(self, p: Primitive) -> dict[str, Any]:
        """A glTF primitive of ours, Y up."""
        up = [0, 2, 1]
        sign = np.array([1, 1, -1], np.float32)
        lengths = np.linalg.norm(p.normals, axis=1, keepdims=True)
        normals = np.where(lengths > 1e-6, p.normals / np.maximum(lengths, 1e-6), [0.0, 0.0, 1.0])
        attributes = {
            "POSITION": self.floats(p.vertices[:, up] * sign, bounds=True),
            "NORMAL": self.floats(normals[:, up] * sign),
        }
        if p.uv is not None and _pictures(p.material):
            attributes["TEXCOORD_0"] = self.floats(p.uv * [1, -1] + [0, 1])
        if p.color is not None:
            attributes["COLOR_0"] = self.colors(p.color)
        return {"attributes": attributes, "indices": self.indices(p.faces), "material": self.material(p.material)}

    # -----------------------------------------------------------------------------------------------------------------
    # Looks

    def material(self, m: Material) -> int:
        """The index of a material; equal ones are one."""
        pbr: dict[str, Any] = {
            "baseColorFactor": [float(x) for x in m.base_color],
            "metallicFactor": float(m.metallic),
            "roughnessFactor": float(m.roughness),
        }
        item: dict[str, Any] = {"name": m.name, "pbrMetallicRoughness": pbr}
        blend = m.alpha_mode != "OPAQUE"
        if m.base_texture is not None:
            pbr["baseColorTexture"] = {"index": self.texture(m.base_texture, keep_alpha=blend)}
        if m.metallic_roughness_texture is not None:
            pbr["metallicRoughnessTexture"] = {"index": self.texture(m.metallic_roughness_texture)}
        if m.normal_texture is not None:
            item["normalTexture"] = {"index": self.texture(m.normal_texture, JPEG_QUALITY + 6)}
        if m.emissive_texture is not None:
            item["emissiveTexture"] = {"index": self.texture(m.emissive_texture)}
        if blend:
            item["alphaMode"] = m.alpha_mode
        if m.alpha_mode == "MASK":
            item["alphaCutoff"] = m.alpha_cutoff
        if m.double_sided:
            item["doubleSided"] = True
        if any(m.emissive):
            item["emissiveFactor"] = [min(float(x), 1.0) for x in m.emissive]
        self._extend(item, m)
        return self._once("materials", item)

    def _extend(self, item: dict[str, Any], m: Material) -> None:
        """What core materials do not know: nits, glass."""
        extensions: dict[str, Any] = {}
        if any(m.emissive):
            extensions["KHR_materials_emissive_strength"] = {"emissiveStrength": float(m.emissive_luminance)}
        if m.transmission > 0:
            extensions["KHR_materials_transmission"] = {"transmissionFactor": float(m.transmission)}
        if m.ior != 1.5:
            extensions["KHR_materials_ior"] = {"ior": float(m.ior)}
        if extensions:
            item["extensions"] = extensions
            self.used |= set(extensions)

    def floor(self, name: str, albedo: Array, factor: NDArray[np.uint8], roughness: float, metallic: float) -> int:
        """A ground's material: a linear colour ``(3,)`` times a seamless tile ``(h, w, 4)``, 1/2 at its mean."""
        linear = np.clip(albedo * factor[..., :3] / 127.5, 0, 1)
        picture = Image.fromarray((linear_to_srgb(linear) * 255 + 0.5).astype(np.uint8))
        pbr = {
            "baseColorTexture": {"index": self.texture(picture, 93)},
            "metallicFactor": float(metallic),
            "roughnessFactor": float(roughness),
        }
        return self._once("materials", {"name": name, "pbrMetallicRoughness": pbr})

    def _once(self, kind: str, item: dict[str, Any]) -> int:
        key = (kind, json.dumps(item))
        if key not in self._made:
            self._made[key] = self._add(kind, item)
        return self._made[key]

    def texture(self, picture: Image.Image, quality: int = JPEG_QUALITY, keep_alpha: bool = False) -> int:
        """The index of a texture: JPEG, or PNG where see-through counts; equal pictures are one."""
        seen = ("object", id(picture), quality, keep_alpha)
        if seen not in self._made:
            self._made[seen] = self._texture(picture, quality, keep_alpha)
            self._pictures.append(picture)  # keeps its id from being given to another
        return self._made[seen]

    def _texture(self, picture: Image.Image, quality: int, keep_alpha: bool) -> int:
        alpha = keep_alpha and picture.mode in ("RGBA", "LA", "PA", "P")
        image = picture.convert("RGBA" if alpha else "RGB")
        key = ("picture", hashlib.sha256(image.tobytes()).digest(), image.size, alpha, quality)
        if key not in self._made:
            while max(image.size) > self.max_texture:
                image = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
            buffer = io.BytesIO()
            if alpha:
                image.save(buffer, "PNG")
            else:
                image.save(buffer, "JPEG", quality=quality, subsampling=0 if quality > JPEG_QUALITY else 2)
            kind = "image/png" if alpha else "image/jpeg"
            source = self._add("images", {"bufferView": self._view(buffer.getvalue()), "mimeType": kind})
            self._made[key] = self._add("textures", {"source": source, "sampler": 0})
        return self._made[key]


def _pictures(m: Material) -> bool:
    return any(
        picture is not None
        for picture in (m.base_texture, m.metallic_roughness_texture, m.normal_texture, m.emissive_texture)
    )
