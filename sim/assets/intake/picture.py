"""Textures: where they may lie and how large they may be.

Owns the door between pictures that strangers made and those an asset keeps. Knows nothing of meshes' shapes.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

from PIL import Image

from sim.assets.mesh import Mesh
from sim.errors import InputError, Problem

MAX_SIDE = 2048  # px; a texture of 2048 x 2048 is 16 MB on a graphics card
SLOTS = ("base_texture", "metallic_roughness_texture", "normal_texture", "emissive_texture")


def referred_file(referrer: Path, root: Path, text: str) -> Path | None:
    """The file that a mesh or its material file refers to, if it is there, or else beside it.

    Args:
        referrer: The file that refers to it.
        root: The folder that may not be left.
        text: The reference as written; ``%20`` and backslashes are understood.

    Raises:
        InputError: The reference leaves the folder: an absolute path, ``..``, an address, a link that points outside.
    """
    name = unquote(text.strip().strip('"')).replace("\\", "/")
    last = name.rsplit("/", 1)[-1]
    if not last or "\0" in name:
        return None
    address = name.startswith(("/", "~")) or PureWindowsPath(name).drive or re.match(r"^[A-Za-z][A-Za-z0-9+.-]*:", name)
    for candidate in (name, last):
        try:
            path = (referrer.parent / candidate).resolve()
            found = path.is_file()
        except OSError:  # a name too long for the file system
            return None
        if address or not path.is_relative_to(root.resolve()):
            raise InputError(
                Problem(
                    str(referrer),
                    "refers to a file outside its folder",
                    "a file beside it",
                    text.strip()[:120],
                    f"put {last[:60]} beside it and name it there without a path",
                )
            )
        if found:
            return path
    return None


def check_picture(where: str, name: str, data: Path | bytes) -> str | None:
    """Says what is wrong with a picture, or None; its head is read first, so that nothing huge is unpacked.

    Raises:
        InputError: It would unpack into more pixels than Pillow thinks safe.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(data if isinstance(data, Path) else io.BytesIO(data)) as image:
                image.load()
                return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        limit = int((Image.MAX_IMAGE_PIXELS or 0) / 1e6)
        raise InputError(
            Problem(
                where,
                f"the texture {name} is too large to unpack",
                f"at most {limit} million pixels",
                hint=f"scale it down first; {MAX_SIDE} px a side is what an asset keeps",
            )
        ) from None
    except Exception:  # Pillow raises whatever its decoders raise
        return f"the texture {name} is no picture that can be read; left out"


def kept_textures(mesh: Mesh) -> tuple[Mesh, list[str]]:
    """The mesh with every texture plain (L, RGB or RGBA) and at most `MAX_SIDE` px, and what was done for that."""
    did: list[str] = []
    kept: dict[tuple, Image.Image] = {}  # by content: readers copy a picture for every mesh that shows it

    def keep(image: Image.Image | None, name: str) -> Image.Image | None:
        if image is None:
            return None
        key = (image.mode, image.size, hashlib.blake2b(image.tobytes()).digest())
        if key not in kept:
            kept[key] = _plain(image, name, did)
        return kept[key]

    primitives = []
    for p in mesh.primitives:
        textures = {
            slot: keep(getattr(p.material, slot), f"{p.material.name}'s {slot.removesuffix('_texture')}")
            for slot in SLOTS
        }
        primitives.append(replace(p, material=replace(p.material, **textures)))  # type: ignore[arg-type]
    return Mesh(tuple(primitives)), did


def _plain(image: Image.Image, name: str, did: list[str]) -> Image.Image:
    plain = image
    if image.mode not in ("L", "RGB", "RGBA"):
        if image.mode.startswith(("I", "F")):  # 16 bits a channel; Pillow would clip, not scale
            high = max(float(image.getextrema()[1]), 1.0)  # type: ignore[arg-type]
            plain = image.point(lambda v: v * (255 / (65535 if high > 255 else 255))).convert("L")
        else:
            clear = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
            plain = image.convert("RGBA" if clear else "RGB")
    if max(plain.size) > MAX_SIDE:
        scale = MAX_SIDE / max(plain.size)
        size = (max(1, round(plain.width * scale)), max(1, round(plain.height * scale)))
        did.append(f"scaled the texture {name} from {plain.width} x {plain.height} to {size[0]} x {size[1]} px")
        plain = plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return plain
