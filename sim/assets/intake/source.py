"""The file that was given: unpacked, counted and refused before anything large is read.

Owns what each format can say cheaply (how many faces, which unit, which way is up, which other files) and which files
are refused. Knows nothing of assets.
"""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.assets.intake import gltf
from sim.assets.intake.picture import check_picture, referred_file
from sim.assets.meshfile import FORMATS
from sim.errors import InputError, Problem

MAX_BYTES = 400_000_000  # a text file of MAX_FACES is under 150 MB
MAX_FACES = 500_000  # what a preview still draws at interactive rates on a laptop
MAX_UNPACKED = 1_000_000_000
MAX_ENTRIES = 5_000
AGAIN = "copy or download it again"
METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254, "ft": 0.3048}
METRES_3MF = {"micron": 1e-6, "millimeter": 0.001, "centimeter": 0.01, "inch": 0.0254, "foot": 0.3048, "meter": 1.0}
LOOKS_LIKE = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"PK\x03\x04": "a zip archive",
    b"glTF": "a glb",
    b"<!DOC": "a web page",
    b"<!doc": "a web page",
    b"<html": "a web page",
    b"ply\n": "a ply",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"Kaydara FBX": "an FBX",
    b"BLENDER": "a Blender file",
    b"version https://git-lfs": "a Git LFS pointer",
}
HINTS = {
    "a Git LFS pointer": "fetch the file itself with `git lfs pull`",
    "an FBX": "export it as .glb",
    "a Blender file": "export it as .glb",
    "a web page": "the download saved a page; download the file itself",
    "a zip archive": "name it .zip",
    "a glb": "name it .glb",
    "a ply": "name it .ply",
}


@dataclass
class Source:
    """A file that may be read as it stands, and what it says of itself."""

    given: Path
    """The file a person named."""
    path: Path
    """The mesh file to read: the same, or its clean copy."""
    root: Path
    """The folder that its references may not leave."""
    unit: float | None = None
    """Metres a unit, when the format says it."""
    up: str | None = None
    """``y`` or ``z``, when the format says it."""
    n_faces: int = 0
    did: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    papers: dict[str, str] = field(default_factory=dict)
    """License, author, source and title, when the file brings them."""


def open_source(given: Path, scratch: Path) -> Source:
    """A source that is fit to be read.

    Args:
        given: The file a person named.
        scratch: An empty folder for what must be unpacked or cleaned.

    Raises:
        InputError: It cannot be read, is no mesh, too large, cut short, or reaches outside its folder.
    """
    _check_file(given)
    if given.suffix.lower() != ".zip":
        return _checked(Source(given, given, given.parent), scratch)
    root = scratch / "unpacked"
    path = _unpack(given, root)
    try:
        _check_file(path)
        return _checked(Source(given, path, root, did=[f"took {path.name} out of {given.name}"]), scratch)
    except InputError as error:  # the scratch folder is nobody's business
        problem = error.problems[0]
        raise InputError(replace(problem, where=problem.where.replace(str(root), str(given)))) from None


def _checked(source: Source, scratch: Path) -> Source:
    suffix = source.path.suffix.lower()
    try:
        CHECKS[suffix](source, scratch)
    except UnicodeDecodeError:
        raise InputError(Problem(str(source.path), f"is no {suffix[1:]} file", "text", "other bytes")) from None
    except ValueError as error:  # a number that is none, in a header
        raise InputError(Problem(str(source.path), f"is no whole {suffix[1:]} file", got=str(error)[:120])) from None
    except OSError as error:
        raise InputError(Problem(str(source.path), f"cannot be read: {error.strerror or error}")) from None
    check_count(source.given, source.n_faces)
    return source


def check_count(where: Path, n_faces: int) -> None:
    """Refuses more triangles than `MAX_FACES`."""
    if n_faces > MAX_FACES:
        raise InputError(
            Problem(
                str(where),
                "has too many triangles",
                f"at most {MAX_FACES:,}",
                f"{n_faces:,}",
                "reduce it first, for instance with Blender's Decimate modifier or MeshLab's quadric edge collapse",
            )
        )


def _check_file(path: Path) -> None:
    where, suffix = str(path), path.suffix.lower()
    try:
        status = path.stat()
    except OSError as error:
        missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
        raise InputError(Problem(where, "does not exist" if missing else f"cannot be read: {error.strerror}")) from None
    if stat.S_ISDIR(status.st_mode):
        meshes = sorted(p.name for p in path.iterdir() if p.suffix.lower() in FORMATS)
        hint = f"name one file in it: {', '.join(meshes[:5])}" if meshes else None
        raise InputError(Problem(where, "is a folder", "a mesh file", hint=hint))
    if not stat.S_ISREG(status.st_mode):
        raise InputError(Problem(where, "is no plain file"))
    if suffix not in FORMATS:
        formats = ", ".join(FORMATS)
        raise InputError(Problem(where, "is no mesh format that can be read", formats, suffix or "no ending"))
    if status.st_size == 0:
        raise InputError(Problem(where, "is empty"))
    if status.st_size > MAX_BYTES:
        raise InputError(
            Problem(where, "is too large", f"at most {MAX_BYTES // 10**6} MB", f"{status.st_size / 1e6:.0f} MB")
        )
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror}")) from None
    seen = next((name for magic, name in LOOKS_LIKE.items() if head.lstrip().startswith(magic)), None)
    own = {".glb": "a glb", ".ply": "a ply", ".zip": "a zip archive", ".3mf": "a zip archive"}.get(suffix)
    if seen and seen != own:
        raise InputError(Problem(where, f"is no {suffix[1:]} file", got=seen, hint=HINTS.get(seen)))


# ---------------------------------------------------------------------------------------------------------------------
# Archives


def _archive(path: Path) -> zipfile.ZipFile:
    """An archive whose names stay inside and whose contents are not larger than they should be."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise InputError(Problem(str(path), "is no whole zip archive", hint=AGAIN)) from None
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    problem = None
    if len(entries) > MAX_ENTRIES:
        problem = Problem(str(path), "holds too many files", f"at most {MAX_ENTRIES:,}", f"{len(entries):,}")
    elif total > MAX_UNPACKED:
        problem = Problem(
            str(path), "unpacks to too much", f"at most {MAX_UNPACKED // 10**6} MB", f"{total / 1e6:.0f} MB"
        )
    elif any(entry.flag_bits & 1 for entry in entries):
        problem = Problem(str(path), "is locked with a password")
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        leaves = name.startswith("/") or ".." in name.split("/") or re.match(r"^[A-Za-z]:", name)
        if leaves or stat.S_ISLNK(entry.external_attr >> 16):
            problem = Problem(str(path), "holds a file that would land outside its folder", got=entry.filename[:120])
    if problem:
        archive.close()
        raise InputError(problem)
    return archive


def _unpack(path: Path, folder: Path) -> Path:
    """The one mesh in a zip, unpacked into a folder."""
    with _archive(path) as archive:
        names = [n for n in archive.namelist() if not n.endswith(("/", ".zip", ".ZIP")) and "__MACOSX" not in n]
        by_suffix = {suffix: sorted(n for n in names if n.lower().endswith(suffix)) for suffix in FORMATS}
        found = next((meshes for meshes in by_suffix.values() if meshes), [])
        if not found:
            raise InputError(
                Problem(
                    str(path),
                    "holds no mesh",
                    ", ".join(f for f in FORMATS if f != ".zip"),
                    ", ".join(Path(n).name for n in names[:5]) or "nothing",
                )
            )
        if len(found) > 1:
            raise InputError(
                Problem(
                    str(path), "holds several meshes", "one", ", ".join(found[:5]), "unpack it and add them one by one"
                )
            )
        try:
            for name in names:
                _copy_out(archive, name, folder)
        except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
            raise InputError(Problem(str(path), "cannot be unpacked", got=str(error)[:120])) from None
    return folder / found[0].replace("\\", "/")


def _copy_out(archive: zipfile.ZipFile, name: str, folder: Path) -> None:
    target = folder / name.replace("\\", "/")
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file)  # zipfile never gives more than the size the entry declares


# ---------------------------------------------------------------------------------------------------------------------
# One check a format


def _check_glb(source: Source, scratch: Path) -> None:
    found = gltf.inspect(source.path, source.root)
    source.unit, source.up, source.n_faces = 1.0, "y", found.n_triangles
    source.did += found.did
    source.doubts += found.doubts
    source.papers = found.papers
    check_count(source.given, source.n_faces)
    if source.path.suffix.lower() == ".gltf" or found.files or found.broken:
        source.path = gltf.clean(source.path, found, _fresh(scratch))


def _check_obj(source: Source, scratch: Path) -> None:
    path = source.path
    data = path.read_bytes()
    if b"\0" in data[:100_000]:
        raise InputError(Problem(str(path), "is no obj file", "text", "bytes that are no text"))
    lines = (b"\n" + data).replace(b"\r", b"\n")
    source.n_faces = lines.count(b"\nf ") + lines.count(b"\nf\t")
    if not source.n_faces and not re.search(rb"\n\s*f\s", lines):
        holds = "points without faces" if b"\nv " in lines else "no line that begins with v or f"
        raise InputError(Problem(str(path), "holds no triangles", "lines `f 1 2 3`", holds))
    check_count(source.given, source.n_faces)
    libraries = [name.decode("utf-8", "replace").strip() for name in re.findall(rb"\n\s*mtllib[ \t]+([^\r\n]+)", lines)]
    if not libraries:
        return
    folder = _fresh(scratch)
    clean = folder / path.name
    clean.symlink_to(path.resolve())
    text = "\n".join(_clean_materials(source, name, folder) for name in dict.fromkeys(libraries))
    if text.strip():
        (folder / libraries[0].replace("\\", "/").rsplit("/", 1)[-1]).write_text(text, "utf-8")
    source.path = clean


def _clean_materials(source: Source, name: str, folder: Path) -> str:
    """The text of an mtl file whose pictures are bare names of copies in ``folder``."""
    found = referred_file(source.path, source.root, name)
    if found is None:
        source.doubts.append(f"the material file {name} is not there; the substance says how it looks")
        return ""
    lines = []
    for line in found.read_bytes().decode("utf-8", "replace").splitlines():
        key, _, rest = line.strip().partition(" ")
        if key.lower() == "map_kd":
            copied = _copy_picture(source, found, _without_options(rest), folder)
            line = f"map_Kd {copied}" if copied else ""
        elif key.lower().startswith(("map_", "bump", "disp", "refl", "norm")):
            if key.lower() not in ("map_ka", "map_ks", "map_ns"):
                source.doubts.append(f"{key} in {found.name} is left out: glTF has no bump or opacity pictures")
            continue
        lines.append(line)
    return "\n".join(lines)


def _without_options(text: str) -> str:
    """A texture's file name without options such as ``-s 1 1 1 -clamp on``."""
    words = text.split()
    while words and re.match(r"^-[a-z]+$", words[0]):
        words = words[1:]
        while len(words) > 1 and re.match(r"^(on|off|[-+.0-9]+|[rgbmlz])$", words[0]):
            words = words[1:]
    return " ".join(words) if text.lstrip().startswith("-") else text.strip()


def _copy_picture(source: Source, referrer: Path, name: str, folder: Path) -> str | None:
    picture = referred_file(referrer, source.root, name)
    if picture is None:
        message = f"the texture {name} is not there; left out"
    else:
        message = check_picture(str(referrer), name, picture) or ""
    if message or picture is None:
        if message not in source.doubts:
            source.doubts.append(message)
        return None
    copy = folder / (re.sub(r"[^A-Za-z0-9]", "_", name)[-60:] + picture.suffix)
    shutil.copyfile(picture, copy)
    return copy.name


def _check_ply(source: Source, scratch: Path) -> None:
    data = source.path.read_bytes()
    head = data[:100_000]
    end = head.find(b"end_header")
    if not head.startswith(b"ply") or end < 0:
        raise InputError(Problem(str(source.path), "is no ply file", "a header from `ply` to `end_header`"))
    counts = {name: int(n) for name, n in re.findall(rb"element\s+(vertex|face|tristrips)\s+(\d+)", head[:end])}
    source.n_faces = counts.get(b"face", 0)
    if not source.n_faces and b"tristrips" not in counts:
        raise InputError(
            Problem(
                str(source.path),
                "holds no triangles",
                "`element face` in its header",
                f"{counts.get(b'vertex', 0):,} points without faces",
            )
        )
    if b"format ascii" in head[:end]:
        _check_lines(source, data[end:], sum(counts.values()) + 1)
    for picture in re.findall(rb"comment\s+TextureFile\s+([^\r\n]+)", head[:end]):
        _check_beside(source, picture.decode("utf-8", "replace"))


def _check_lines(source: Source, data: bytes, needed: int) -> None:
    """Refuses text with fewer lines than its header announces; the last may lack its line end."""
    check_count(source.given, source.n_faces)
    found = max(data.count(b"\n"), data.count(b"\r"))
    if found < needed - 1:
        raise InputError(Problem(str(source.path), "is cut short", f"{needed:,} lines", f"{found:,}", AGAIN))


def _check_beside(source: Source, name: str) -> None:
    """Looks at a picture that trimesh will open by itself."""
    picture = referred_file(source.path, source.root, name)
    message = "" if picture is None else check_picture(str(source.path), name, picture)
    if picture is None:
        message = f"the texture {name} is not there; left out"
    if message and message not in source.doubts:
        source.doubts.append(message)


def _check_stl(source: Source, scratch: Path) -> None:
    size = source.path.stat().st_size
    with source.path.open("rb") as file:
        head = file.read(84)
        n = int.from_bytes(head[80:84], "little") if len(head) == 84 else 0
        if len(head) == 84 and size == 84 + 50 * n:
            source.n_faces = n
        elif head.lstrip()[:5].lower() == b"solid":
            file.seek(0)
            text = file.read()
            source.n_faces = text.lower().count(b"endfacet")
            if b"endsolid" not in text.lower()[-4000:]:
                raise InputError(Problem(str(source.path), "is cut short", "`endsolid` at its end", hint=AGAIN))
        elif len(head) < 84 or size < 84 + 50 * n:
            expected = f"{84 + 50 * n:,} bytes"
            raise InputError(Problem(str(source.path), "is cut short or no stl file", expected, f"{size:,}", AGAIN))
        else:
            source.n_faces = n  # some exporters append their own bytes
    if source.n_faces == 0:
        raise InputError(Problem(str(source.path), "holds no triangles"))


def _check_off(source: Source, scratch: Path) -> None:
    data = source.path.read_bytes()
    head = re.sub(rb"#[^\n]*", b"", data[:4000]).split()
    if len(head) < 3 or not re.match(rb"^(ST)?C?N?OFF$", head[0]) or not (head[1] + head[2]).isdigit():
        raise InputError(Problem(str(source.path), "is no off file", "`OFF`, then the numbers of vertices and faces"))
    source.n_faces = int(head[2])
    if not source.n_faces:
        raise InputError(Problem(str(source.path), "holds no triangles", got=f"{int(head[1]):,} points without faces"))
    _check_lines(source, data, int(head[1]) + source.n_faces + 1)


def _check_dae(source: Source, scratch: Path) -> None:
    text = source.path.read_bytes().decode("utf-8", "replace")
    if "<COLLADA" not in text[:4000]:
        raise InputError(Problem(str(source.path), "is no dae file", "XML with a COLLADA element"))
    _check_xml(source.path, text[:4000])
    source.n_faces = sum(int(n) for n in re.findall(r"<(?:triangles|polylist|polygons)\b[^>]*\bcount=[\"'](\d+)", text))
    unit = re.search(r"<unit\b[^>]*\bmeter=[\"']([0-9.eE+-]+)", text)
    up = re.search(r"<up_axis>\s*([XYZ])_UP", text)
    source.unit = float(unit[1]) if unit else 1.0
    source.up = up[1].lower() if up else "y"
    if source.up == "x":
        source.doubts.append("X is up in it, which is not kept: took Z as up; say --up y if it lies on its side")
        source.up = "z"
    for name in re.findall(r"<init_from>\s*([^<]+?)\s*</init_from>", text):
        if "." in name:  # else the id of an image
            _check_beside(source, name)


def _check_3mf(source: Source, scratch: Path) -> None:
    with _archive(source.path) as archive:
        models = [name for name in archive.namelist() if name.lower().endswith(".model")]
        if not models:
            raise InputError(Problem(str(source.path), "is no 3mf file", "a 3D model part inside"))
        try:
            for name in models:
                with archive.open(name) as part:
                    head = part.read(8000).decode("utf-8", "replace")
                    _check_xml(source.path, head)
                    source.n_faces += head.count("<triangle ")
                    unit = re.search(r"<model\b[^>]*\bunit=[\"'](\w+)", head)
                    if name.lower().endswith("3dmodel.model") or source.unit is None:
                        source.unit = METRES_3MF.get(unit[1] if unit else "millimeter", 0.001)
                    while block := part.read(1 << 20):
                        source.n_faces += block.count(b"<triangle ")
        except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
            raise InputError(Problem(str(source.path), "cannot be unpacked", got=str(error)[:120])) from None
    source.up = "z"


def _check_xml(path: Path, head: str) -> None:
    """Refuses entities: they can grow without end, or read other files."""
    if "<!DOCTYPE" in head or "<!ENTITY" in head:
        hint = "remove its <!DOCTYPE …>"
        raise InputError(Problem(str(path), "declares XML entities, which are not read", hint=hint))


def _fresh(scratch: Path) -> Path:
    folder = scratch / "clean"
    folder.mkdir()
    return folder


CHECKS: dict[str, Callable[[Source, Path], None]] = {
    ".glb": _check_glb,
    ".gltf": _check_glb,
    ".obj": _check_obj,
    ".ply": _check_ply,
    ".stl": _check_stl,
    ".off": _check_off,
    ".dae": _check_dae,
    ".3mf": _check_3mf,
}
