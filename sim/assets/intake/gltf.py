"""What a glTF file says of itself, read from its JSON before anything is built from it.

Owns the list of what is refused or doubted in glTF. Knows nothing of what becomes of the mesh.
"""

from __future__ import annotations

import base64
import binascii
import json
import shutil
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.assets.intake.picture import check_picture, referred_file
from sim.errors import InputError, Problem

COMPRESSED = {
    "KHR_draco_mesh_compression": "Draco",
    "EXT_meshopt_compression": "meshopt",
    "KHR_meshopt_compression": "meshopt",
}
READ = ("KHR_materials_", "KHR_lights_punctual", "KHR_texture_", "EXT_texture_webp")
NOT_KEPT = {
    "KHR_texture_transform": "its textures are shifted or scaled (KHR_texture_transform), which is not kept",
    "KHR_texture_basisu": "its textures are KTX2 (KHR_texture_basisu), which cannot be read; left out",
}


@dataclass
class Inspection:
    """What was found in the JSON."""

    n_triangles: int = 0
    files: dict[str, Path] = field(default_factory=dict)  # reference as written: the file
    broken: list[int] = field(default_factory=list)  # images that cannot be read
    did: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    papers: dict[str, str] = field(default_factory=dict)  # license, author, source, title


def inspect(path: Path, root: Path) -> Inspection:
    """What is in a .glb or .gltf file, without building it.

    Args:
        path: The file.
        root: The folder that its references may not leave.

    Raises:
        InputError: It is cut short, compressed in a way that cannot be read, refers outside its folder, or is no glTF.
    """
    tree, binary = _read(path)
    found = Inspection()
    try:
        _check_extensions(path, tree, found)
        _check_nodes(path, tree)
        found.n_triangles = _count(tree)
        for buffer in tree.get("buffers", []):
            if "uri" in buffer and not buffer["uri"].startswith("data:"):
                file = referred_file(path, root, buffer["uri"])
                if file is None:
                    raise InputError(
                        Problem(
                            str(path),
                            f"needs {buffer['uri']}, which is not there",
                            hint="give the whole folder, or export as .glb, which is one file",
                        )
                    )
                found.files[buffer["uri"]] = file
        for i in range(len(tree.get("images", []))):
            _check_image(path, root, tree, binary, i, found)
        _say(tree, found)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise InputError(Problem(str(path), "is broken glTF", got=f"{type(error).__name__}: {error}"[:120])) from None
    return found


def clean(path: Path, found: Inspection, folder: Path) -> Path:
    """A copy in ``folder`` that refers only to bare names of copies beside it, without its broken pictures."""
    tree, binary = _read(path)
    names = {}
    for i, (uri, file) in enumerate(found.files.items()):
        names[uri] = f"{i}{file.suffix}"
        shutil.copyfile(file, folder / names[uri])
    for item in [*tree.get("buffers", []), *tree.get("images", [])]:
        if "uri" in item and not item["uri"].startswith("data:"):
            item["uri"] = names.get(item["uri"], "missing")
    for i in found.broken:
        tree["images"][i] = {"uri": "missing"}
    copy = folder / f"model{path.suffix.lower()}"
    text = json.dumps(tree).encode()
    copy.write_bytes(_glb(text, binary) if copy.suffix == ".glb" else text)
    return copy


def _glb(text: bytes, binary: bytes) -> bytes:
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    return _read_glb(path) if path.suffix.lower() == ".glb" else (_json(path, path.read_bytes()), b"")


def _json(path: Path, data: bytes) -> dict[str, Any]:
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError(Problem(str(path), "is no glTF", "JSON that is whole")) from None
    if not isinstance(tree, dict) or "asset" not in tree:
        raise InputError(Problem(str(path), "is no glTF", "JSON with an `asset` entry"))
    return tree


def _read_glb(path: Path) -> tuple[dict[str, Any], bytes]:
    """The JSON and the binary chunk (glTF 2.0, 4.4 Binary glTF layout)."""
    data = path.read_bytes()
    if data[:4] != b"glTF" or len(data) < 20:
        raise InputError(Problem(str(path), "is no glb file", "a file that begins with glTF"))
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise InputError(Problem(str(path), "is glTF of an old version", "version 2", f"version {version}"))
    if len(data) < length:
        raise InputError(
            Problem(str(path), "is cut short", f"{length:,} bytes", f"{len(data):,}", "copy or download it again")
        )
    chunks: dict[int, bytes] = {}
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<II", data, at)
        if at + 8 + size > length:
            raise InputError(Problem(str(path), "is broken glTF", got="a chunk that runs past the end"))
        chunks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    return _json(path, chunks.get(0x4E4F534A, b"")), chunks.get(0x004E4942, b"")


def _check_extensions(path: Path, tree: dict[str, Any], found: Inspection) -> None:
    required = tree.get("extensionsRequired", [])
    for name in [*required, *tree.get("extensionsUsed", [])]:
        if name in COMPRESSED:
            raise InputError(
                Problem(
                    str(path),
                    f"is compressed with {COMPRESSED[name]}, which cannot be read",
                    "plain glTF",
                    hint="export it without mesh compression, or unpack it with `npx @gltf-transform/cli copy IN OUT`",
                )
            )
    for name in required:
        if not name.startswith(READ):
            raise InputError(
                Problem(str(path), f"needs the glTF extension {name}, which cannot be read", hint="export it without")
            )
    found.doubts += [text for name, text in NOT_KEPT.items() if name in tree.get("extensionsUsed", [])]


def _check_nodes(path: Path, tree: dict[str, Any]) -> None:
    """glTF 2.0, 3.5.2: the nodes are disjoint strict trees."""
    parent: dict[int, int] = {}
    nodes = tree.get("nodes", [])
    for i, node in enumerate(nodes):
        for child in node.get("children", []):
            if child in parent or not 0 <= child < len(nodes):
                raise InputError(
                    Problem(
                        str(path),
                        "is broken glTF",
                        "nodes that form a tree",
                        f"a wrong or second mention of node {child}",
                    )
                )
            parent[child] = i
    settled: set[int] = set()
    for i in range(len(nodes)):
        trail = set()
        while i in parent and i not in settled:
            if i in trail:
                raise InputError(
                    Problem(str(path), "is broken glTF", "nodes that form a tree", f"node {i} inside itself")
                )
            trail.add(i)
            i = parent[i]
        settled |= trail


def _count(tree: dict[str, Any]) -> int:
    """Triangles of all nodes, as the accessors count them."""
    accessors, n_of_mesh = tree.get("accessors", []), []
    for mesh in tree.get("meshes", []):
        n = 0
        for primitive in mesh["primitives"]:
            mode = primitive.get("mode", 4)
            corners = accessors[primitive.get("indices", primitive["attributes"]["POSITION"])]["count"]
            n += corners // 3 if mode == 4 else corners if mode in (5, 6) else 0
        n_of_mesh.append(n)
    return sum(n_of_mesh[node["mesh"]] for node in tree.get("nodes", []) if "mesh" in node)


def _check_image(path: Path, root: Path, tree: dict[str, Any], binary: bytes, i: int, found: Inspection) -> None:
    image = tree["images"][i]
    uri = image.get("uri")
    name = image.get("name") or (uri if uri and not uri.startswith("data:") else f"number {i + 1}")
    data: Path | bytes | None
    if uri is None:
        view = tree["bufferViews"][image["bufferView"]]
        if "uri" in tree["buffers"][view["buffer"]]:
            return  # a picture inside a .bin file; opened with the mesh
        data = binary[view.get("byteOffset", 0) :][: view["byteLength"]]
    elif uri.startswith("data:"):
        try:
            data = base64.b64decode(uri.partition(",")[2])
        except binascii.Error:
            data = b""
    else:
        data = referred_file(path, root, uri)
        if data is None:
            found.doubts.append(f"the texture {uri} is not there; left out")
            return
        found.files[uri] = data
    if image.get("mimeType") == "image/ktx2":
        return  # said by its extension
    wrong = check_picture(str(path), name, data)
    if wrong:
        found.doubts.append(wrong)
        found.broken.append(i)


def _say(tree: dict[str, Any], found: Inspection) -> None:
    """What a person should know of the file, and the papers it brings."""
    if tree.get("skins"):
        found.doubts.append("it is skinned: taken in its rest pose, as one rigid thing")
    elif tree.get("animations"):
        found.doubts.append("it is animated: taken in its rest pose, as one rigid thing")
    if any(primitive.get("targets") for mesh in tree.get("meshes", []) for primitive in mesh["primitives"]):
        found.doubts.append("its morph targets are left out")
    if len(tree.get("scenes", [])) > 1:
        i = tree.get("scene", 0)
        name = tree["scenes"][i].get("name") or f"number {i + 1}"
        found.doubts.append(f"it holds {len(tree['scenes'])} scenes: took {name} and left out the others")
    if any("occlusionTexture" in material for material in tree.get("materials", [])):
        found.did.append("left out its occlusion texture: shadows are computed")
    asset = tree["asset"]
    extras = asset.get("extras") if isinstance(asset.get("extras"), dict) else {}
    for key in ("license", "author", "source", "title"):
        if isinstance(extras.get(key), str):
            found.papers[key] = " ".join(extras[key].split())[:200]
    if isinstance(asset.get("copyright"), str):
        found.papers.setdefault("license", " ".join(asset["copyright"].split())[:200])
