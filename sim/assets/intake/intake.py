"""The act of taking a mesh in: one folder, written whole or not at all.

Owns the order of the work and what is said about it. Knows nothing of the command line or the renderer.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sim.assets.intake import guess
from sim.assets.intake.picture import kept_textures
from sim.assets.intake.shape import Solidity, decomposed, extent, fitting_collider, joined, outward, solidity
from sim.assets.intake.source import METRES, Source, check_count, open_source
from sim.assets.mesh import Mesh
from sim.assets.meshfile import load_mesh, write_glb
from sim.assets.spec import AssetSpec
from sim.assets.substance import SubstanceSpec
from sim.errors import InputError, Problem, PropHouseError
from sim.pose import Pose
from sim.schema import read_spec, write_yaml

FIRST_LINE = "# yaml-language-server: $schema=../../.schemas/asset.json\n"
MIN_VOLUME = 1e-14  # m³; a mote
MIN_SIZE, MAX_SIZE = 1e-4, 1e5  # m; beyond, the engine's single-precision shapes fail
Thumbnail = Callable[[Path, AssetSpec, Mesh], Image.Image]


@dataclass(frozen=True)
class Intake:
    """What came of taking a mesh in.

    | field  | says                                                                    |
    |--------|-------------------------------------------------------------------------|
    | folder | the asset's folder                                                        |
    | spec   | what its asset.yaml says                                                  |
    | did    | what was done, in sentences                                               |
    | doubts | what was guessed or looks wrong, each with the flag or line that settles it |
    """

    folder: Path
    spec: AssetSpec
    did: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass
class _Wish:
    """What the person asked for, and what has been said to them so far."""

    name: str
    substance: str | None
    mass: float | None
    density: float | None
    scale: float | None
    up: str | None
    units: str | None
    substances: Mapping[str, SubstanceSpec]
    did: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)


def intake(
    source: Path,
    project_assets: Path,
    *,
    name: str | None = None,
    substance: str | None = None,
    mass: float | None = None,
    density: float | None = None,
    scale: float | None = None,
    up: str | None = None,
    units: str | None = None,
    decompose: bool = False,
    force: bool = False,
    thumbnail: Thumbnail | None = None,
    substances: Mapping[str, SubstanceSpec],
) -> Intake:
    """Makes an asset of a mesh: ``project_assets/<name>/`` with the mesh as glb, asset.yaml and a thumbnail.

    The mesh ends up Z up, in metres, its origin on the ground under its centre. Nothing is written unless all of it is.

    Args:
        source: A file of one of `sim.assets.meshfile.FORMATS`.
        project_assets: The ``assets`` folder of a project.
        name: The asset's name; made of the file's name when left out.
        substance: What it is made of; guessed from the names of materials and file when left out.
        mass: kg.
        density: kg/m³ of the volume enclosed, instead of the substance's.
        scale: A factor on top of the unit's.
        up: ``y`` or ``z``; what the file says, or the shape suggests, when left out.
        units: ``m``, ``cm``, ``mm``, ``in`` or ``ft``; what the file says, or the size suggests, when left out.
        decompose: Collide as convex pieces instead of one hull.
        force: Replace an asset of that name.
        thumbnail: Makes the picture of the finished folder.
        substances: All substances by name.

    Raises:
        InputError: One problem; the project is as it was before.
    """
    source = Path(source)
    _check_wish(mass, density, scale, up, units)
    if substance is not None:
        guess.check_substance(substance, substances)
    wish = _Wish(guess.asset_name(source, name), substance, mass, density, scale, up, units, substances)
    folder = Path(project_assets) / wish.name
    if folder.exists() and not force:
        raise InputError(Problem(str(folder), "exists already", hint="--force replaces it, --name gives another name"))
    with tempfile.TemporaryDirectory(prefix="prophouse-add-") as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what readers of broken files mumble; what matters is in doubts
        opened = open_source(source, Path(scratch))
        mesh = _read(opened)
        wish.did += opened.did
        wish.doubts += opened.doubts
        mesh = _placed(mesh, opened, wish)
        content, extra = _described(mesh, opened, wish, decompose)
        spec = _write(folder, content, {f"{wish.name}.glb": mesh, **extra}, thumbnail, force, wish)
    return Intake(folder, spec, tuple(wish.did), tuple(dict.fromkeys(wish.doubts)))


def _check_wish(
    mass: float | None, density: float | None, scale: float | None, up: str | None, units: str | None
) -> None:
    for flag, value in (("--mass", mass), ("--density", density), ("--scale", scale)):
        if value is not None and not (np.isfinite(value) and value > 0):
            raise InputError(Problem(flag, "has the wrong value", "a number above 0", str(value)))
    if mass is not None and density is not None:
        raise InputError(Problem("--density", "contradicts --mass", "one of the two"))
    if up not in (None, "y", "z"):
        raise InputError(Problem("--up", "has the wrong value", "y or z", repr(up)))
    if units not in (None, *METRES):
        raise InputError(Problem("--units", "has the wrong value", ", ".join(METRES), repr(units)))


def _read(opened: Source) -> Mesh:
    """The mesh of a source in the file's own frame and unit; errors name the file the person gave."""
    try:
        mesh = load_mesh(opened.path, up="z")
    except InputError as error:
        raise InputError(replace(error.problems[0], where=str(opened.given))) from None
    except Exception as error:  # trimesh and Pillow raise whatever their readers raise
        got = f"{type(error).__name__}: {error}"[:120].split("\n", 1)[0]
        raise InputError(Problem(str(opened.given), "cannot be read as a mesh", got=got)) from None
    check_count(opened.given, len(mesh.faces))
    n = len({p.material.name for p in mesh.primitives if p.material.given})
    opened.did.insert(
        0, f"read {opened.given.name}: {len(mesh.faces):,} triangles, {n or 'no'} material{'s' * (n != 1)}"
    )
    return mesh


# ---------------------------------------------------------------------------------------------------------------------
# The mesh


def _placed(mesh: Mesh, opened: Source, wish: _Wish) -> Mesh:
    """The mesh Z up, in metres, on the ground under its centre, faces outwards, textures of a fair size."""
    where = str(opened.given)
    size = extent(mesh)
    if not np.isfinite(size).all():
        raise InputError(Problem(where, "has vertices that are no numbers", "coordinates below 1e38"))
    if size.max() <= 0:
        raise InputError(Problem(where, "has no size", got="0 x 0 x 0"))
    if np.abs(mesh.bounds).max() > 1e4 * size.max():
        wish.doubts.append("it lies far from its file's origin, so its vertices have been rounded")
    up = _up(mesh, opened, wish)
    turn = Pose.of(rotate_deg=(90, 0, 0)) if up == "y" else Pose()
    mesh = mesh.moved(turn, _scale(mesh, opened, wish))
    low, high = mesh.bounds
    if not (np.isfinite(mesh.bounds).all() and MIN_SIZE < (high - low).max() < MAX_SIZE):
        raise InputError(
            Problem(
                where,
                "has no size a thing can have",
                "0.1 mm to 100 km",
                f"{(high - low).max():.3g} m",
                "--units or --scale change that",
            )
        )
    mesh = mesh.moved(Pose(-np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])))
    wish.did.append("moved its origin to the ground under its centre")
    mesh, did = kept_textures(mesh)
    wish.did += did
    try:
        mesh, n_turned = outward(joined(mesh))
    except InputError:
        raise _flat(opened, mesh) from None
    if n_turned:
        wish.did.append(f"turned {n_turned:,} triangle{'s' * (n_turned != 1)} outwards")
    return mesh


def _flat(opened: Source, mesh: Mesh) -> InputError:
    return InputError(
        Problem(
            str(opened.given),
            "is flat, so it has no volume and no mass",
            "a shape with a thickness",
            _size(mesh),
            "give it a thickness in the tool that made it",
        )
    )


def _up(mesh: Mesh, opened: Source, wish: _Wish) -> str:
    if wish.up or opened.up:
        up = wish.up or opened.up or "z"
    else:
        up, shown = guess.up_of(mesh.bounds)
        other = "z" if up == "y" else "y"
        if shown:
            wish.did.append(f"took {up.upper()} as up: it stands on {up} = 0 (--up {other} if it now lies on its side)")
        else:
            wish.doubts.append(
                f"the file does not say which way is up: took {up.upper()}; say --up {other} if it lies on its side"
            )
    if up == "y":
        wish.did.append("turned Y up into Z up")
    return up


def _scale(mesh: Mesh, opened: Source, wish: _Wish) -> float:
    """Metres a unit of the file, the wished factor included."""
    longest = float(extent(mesh).max())
    unit = METRES[wish.units] if wish.units else opened.unit
    if unit is None:
        guessed = guess.unit_of(longest * (wish.scale or 1.0), opened.path.suffix.lower())
        unit = METRES[guessed]
        if wish.scale is None:
            others = ", ".join(u for u in METRES if u != guessed)
            wish.doubts.append(
                f"the file does not say its unit: took {guessed}, which makes it "
                f"{_length(longest * unit)} long; say --units {others} if not"
            )
    factor = unit * (wish.scale or 1.0)
    if factor != 1:
        wish.did.append(f"scaled by {factor:g} into metres")
    size = longest * factor
    if size > 100 or size < 0.005:
        wish.doubts.append(f"is {_length(size)} long, which is unlikely for one thing: --units or --scale change that")
    return factor


def _length(metres: float) -> str:
    return f"{_round(metres)} m" if metres >= 1 else f"{_round(metres * 1000)} mm"


def _round(value: float) -> str:
    """Three digits, never as a power of ten for sizes a person meets."""
    return f"{value:,.0f}" if 1000 <= value < 1e9 else f"{value:.3g}" if value > 1e-12 else "0"


# ---------------------------------------------------------------------------------------------------------------------
# What is said of it


def _described(mesh: Mesh, opened: Source, wish: _Wish, decompose: bool) -> tuple[dict[str, Any], dict[str, Mesh]]:
    """The content of asset.yaml, and meshes to write beside the one that is seen."""
    try:
        solid = solidity(mesh)
        collision, says = fitting_collider(mesh, solid.hull)
        if solid.volume < MIN_VOLUME:
            raise _flat(opened, mesh)
    except InputError:
        raise _flat(opened, mesh) from None
    substance = _substance(mesh, opened, wish)
    physics = _physics(solid, wish, substance)
    extra, collider = {}, collision.model_dump(exclude_unset=True)
    if decompose:
        extra["collision.glb"], n = decomposed(mesh)
        collider = {"approximation": "convex_decomposition", "mesh": "collision.glb"}
        says = f"collides as {n} convex pieces"
        wish.sources["collision"] = "coacd"
    elif solid.volume < 0.6 * solid.hull:
        wish.doubts.append(
            f"{1 - solid.volume / solid.hull:.0%} of what it collides as is hollow: --decompose follows its shape"
        )
    wish.did.append(says)
    papers = opened.papers
    if "license" not in papers:
        wish.doubts.append("its license is not known: write it into asset.yaml before you share it")
    made_by = [papers[key] for key in ("title", "author", "source") if key in papers]
    wish.sources["mesh"] = ", ".join([opened.given.name, *made_by])
    title = wish.name.replace("_", " ").replace("-", " ")
    tag = "_".join(guess.words(wish.name)) or wish.name
    content = {
        "schema": "asset/1",
        "about": f"{title[:1].upper()}{title[1:]}, {_size(mesh)}",
        "tags": [tag],
        "license": papers.get("license", "unknown"),
        "mesh": f"{wish.name}.glb",
        "substance": substance,
        "physics": physics,
        "collision": collider,
        "sources": wish.sources,
    }
    return content, extra


def _size(mesh: Mesh) -> str:
    size = extent(mesh)
    factor, unit = (1, "m") if size.max() >= 1 else (1000, "mm")
    return " x ".join(_round(s * factor) for s in size) + f" {unit}"


def _substance(mesh: Mesh, opened: Source, wish: _Wish) -> str:
    if wish.substance:
        return wish.substance
    names = []
    for p in mesh.primitives:
        a, b, c = (p.vertices[p.faces[:, i]].astype(float) for i in range(3))
        area = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)
        names.append((p.material.name if p.material.given else "", area))
    found, said_by = guess.substance_of(names, opened.given.stem, wish.substances)
    if said_by:
        wish.doubts.append(f"took {found} as its substance, from the {said_by}; --substance says another")
    else:
        wish.doubts.append(f"nothing says what it is made of: took {found}; --substance says another")
    return found


def _physics(solid: Solidity, wish: _Wish, substance: str) -> dict[str, Any]:
    """The physics of asset.yaml: a mass only where it was given, or where density x volume would not be found again."""
    density = wish.density or wish.substances[substance].density
    mass = wish.mass or density * solid.volume
    sum_of = f"{density:g} kg/m³ ({'as given' if wish.density else substance}) x {solid.volume:.3g} m³, {solid.of}"
    physics: dict[str, Any] = {"motion": "dynamic"}
    if wish.mass:
        physics["mass"] = mass
        wish.sources["mass"] = "given with --mass"
        wish.did.append(f"weighs {_round(mass)} kg as given, {_round(mass / solid.volume)} kg/m³ of {solid.of}")
    else:
        wish.did.append(f"weighs {_round(mass)} kg: {sum_of}")
        if wish.density:
            physics["density"] = wish.density
            wish.sources["density"] = "given with --density"
        if solid.flaw:
            physics["mass"] = float(f"{mass:.4g}")
            wish.sources["mass"] = sum_of
    if solid.flaw:
        rough = "" if wish.mass else f", so {_round(mass)} kg is rough: --mass says it better"
        wish.doubts.append(f"its surface {solid.flaw}: took {solid.of}{rough}")
    elif wish.mass is None and mass > 100:
        wish.doubts.append(f"it is taken as solid through and through, {_round(mass)} kg: say --mass if it is hollow")
    elif wish.mass is None and solid.volume < 0.1 * solid.hull:
        wish.doubts.append(
            f"it is thin and fills {solid.volume / solid.hull:.1%} of its hull: "
            f"say --mass if {_round(mass)} kg is wrong"
        )
    wish.doubts.extend(_density_doubts(mass / solid.volume, wish.substances[substance].density, substance))
    return physics


def _density_doubts(mean: float, solid: float, substance: str) -> list[str]:
    if not 1 <= mean <= 23_000:  # aerogel and osmium
        return [
            f"its mean density of {_round(mean)} kg/m³ is like nothing on earth: "
            "--units, --scale or --mass may be wrong"
        ]
    if mean > 1.3 * solid:
        return [
            f"its mean density of {_round(mean)} kg/m³ is above that of {substance}, {solid:g}: "
            "--substance, --mass or --units may be wrong"
        ]
    return []


# ---------------------------------------------------------------------------------------------------------------------
# The folder


def _write(
    folder: Path,
    content: dict[str, Any],
    meshes: dict[str, Mesh],
    thumbnail: Thumbnail | None,
    force: bool,
    wish: _Wish,
) -> AssetSpec:
    """Builds the folder beside its place, then renames it."""
    missing = [p for p in [folder.parent, *folder.parent.parents] if not p.exists()]
    beside: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".adding-", dir=folder.parent))
        beside.chmod(0o755)
        new, old = beside / folder.name, beside / ".old"
        new.mkdir()
        for file, mesh in meshes.items():
            write_glb(mesh, new / file)
        text = FIRST_LINE + write_yaml(new / "asset.yaml", content)
        (new / "asset.yaml").write_text(text, "utf-8")
        spec = read_spec(new / "asset.yaml", AssetSpec)
        _picture(new, spec, thumbnail, wish)
        _swap(new, folder, old, force, wish)
        wish.did.append(f"wrote {folder}")
        return spec
    except OSError as error:
        raise InputError(Problem(str(folder), f"cannot be written: {error.strerror or error}")) from None
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
        for empty in missing:  # only what this call made, and only while nothing is in it
            if empty.is_dir() and not any(empty.iterdir()):
                empty.rmdir()


def _picture(folder: Path, spec: AssetSpec, thumbnail: Thumbnail | None, wish: _Wish) -> None:
    if thumbnail is None:
        return
    try:
        thumbnail(folder, spec, load_mesh(folder / str(spec.mesh))).save(folder / "thumbnail.png", optimize=True)
    except PropHouseError as error:
        wish.doubts.append(f"has no thumbnail: {error.problems[0].what}")


def _swap(new: Path, folder: Path, old: Path, force: bool, wish: _Wish) -> None:
    """Puts the finished folder in its place; what was there goes only once the new one stands."""
    try:
        if force and folder.exists():
            folder.rename(old)
            wish.did.append(f"replaced {folder.name}")
        new.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
