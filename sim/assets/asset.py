"""One reusable thing: looks, shape, mass, light. Never changes.

Owns how an `AssetSpec` becomes numbers: the collider, the mass properties, the named frames. An asset is read and
measured once and shared by every world and instance; its measures are kept between runs under its content hash.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np

from sim.assets.hull import Fit, decompose, fit_primitive, hull, hull_faces, hull_volume
from sim.assets.mass import MassProperties, mass_properties
from sim.assets.mesh import Mesh, pieces
from sim.assets.meshfile import load_mesh
from sim.assets.model import Model, read_model
from sim.assets.reads import Noted
from sim.assets.spec import AssetSpec
from sim.assets.substance import AppearanceSpec, SubstanceSpec, SurfaceSpec
from sim.errors import InputError, Problem, unknown_name
from sim.pose import Array, Pose

MEASURE_VERSION = 2  # raise when the way things are measured changes
NOT_PART_OF_AN_ASSET = {"model.py", "thumbnail.png", "__pycache__", ".DS_Store"}
AXIS_TURN = {"x": (0.0, 90.0, 0.0), "y": (-90.0, 0.0, 0.0), "z": (0.0, 0.0, 0.0)}


@dataclass(frozen=True, eq=False)
class Collider:
    """What touches: a primitive, or convex hulls, or bare triangles; in the asset's frame, in m.

    | kind      | size                | corners              | faces            |
    |-----------|---------------------|----------------------|------------------|
    | box       | x, y, z             |                      |                  |
    | sphere    | radius              |                      |                  |
    | cylinder, capsule | radius, whole height along Z of `pose` | |           |
    | hulls     |                     | one ``(k, 3)`` a hull |                 |
    | triangles |                     | one ``(n, 3)``       | ``(m, 3)``       |
    | nothing   |                     |                      |                  |
    """

    kind: str
    size: tuple[float, ...] = ()
    pose: Pose = field(default_factory=Pose)
    corners: tuple[Array, ...] = ()
    faces: Array | None = None

    def volume(self) -> float:
        """m³; 0 for bare triangles."""
        if self.kind == "box":
            return float(np.prod(self.size))
        if self.kind == "sphere":
            return 4 / 3 * np.pi * self.size[0] ** 3
        if self.kind == "cylinder":
            return np.pi * self.size[0] ** 2 * self.size[1]
        if self.kind == "capsule":
            return np.pi * self.size[0] ** 2 * (self.size[1] - 2 / 3 * self.size[0])
        return sum(hull_volume(c) for c in self.corners) if self.kind == "hulls" else 0.0


@dataclass(frozen=True, eq=False)
class Measure:
    """What was measured of a rigid asset's mesh."""

    bounds: Array  # (2, 3) m
    volume: float  # m³ enclosed by the closed mesh, or by the hull of an open one
    closed: bool
    mass: MassProperties
    collider: Collider


class Asset:
    """One reusable thing, read from its folder.

    | attribute   | is                                                              |
    |-------------|-----------------------------------------------------------------|
    | name        | its folder's name                                               |
    | spec        | what its asset.yaml says                                        |
    | substance   | what it is made of                                              |
    | sha256      | the hash of everything that makes it: YAML, meshes, substance   |
    | measure     | bounds, volume, mass and collider (rigid assets)                |
    | mesh        | what is seen (rigid assets)                                     |
    | model       | links and what is seen of them (articulated assets)             |
    | reads       | names of what was read of it since somebody cleared them         |
    """

    def __init__(self, name: str, folder: Path, spec: AssetSpec, substances: Mapping[str, SubstanceSpec]):
        self.name, self.folder, self._spec = name, folder, spec
        self.reads: set[str] = set()
        self._where = str(folder / "asset.yaml")
        self._part_meshes: dict[str, Mesh | None] = {}
        self._substances = substances
        self._surfaces: dict[str, SurfaceSpec] = {}
        self._made_of = self._substance(spec.substance, "substance")
        self.spec = cast(AssetSpec, Noted(spec, self.reads, inner={"physics": "physics."}))
        self.substance = self._noted(self._made_of)
        for part, part_spec in spec.parts.items():
            if part_spec.substance:
                self._substance(part_spec.substance, f"parts.{part}.substance")

    def __repr__(self) -> str:
        return f"Asset({self.name!r})"

    def _substance(self, name: str, at: str) -> SubstanceSpec:
        if name not in self._substances:
            raise unknown_name(f"{self._where}: {at}", "substance", name, self._substances)
        return self._substances[name]

    def _noted(self, substance: SubstanceSpec) -> SubstanceSpec:
        return cast(SubstanceSpec, Noted(substance, self.reads, "substance."))

    def substance_of(self, part: str = "") -> SubstanceSpec:
        """What a part is made of: the part's word over the asset's."""
        spec = self._spec.parts.get(part)
        return self._noted(self._substances[spec.substance]) if spec and spec.substance else self.substance

    @property
    def articulated(self) -> bool:
        """Whether it has parts that move against each other."""
        return self._spec.model is not None

    @property
    def source(self) -> Path:
        """The file of the mesh or model."""
        self.reads |= {"mass", "collider", "joints"} if self.articulated else {"mesh"}
        return self._source

    @cached_property
    def _source(self) -> Path:
        return resolve_path(self.folder, self._spec.mesh or self._spec.model or "", self._where)

    @property
    def mesh(self) -> Mesh:
        """What is seen of a rigid asset, in its own frame, m."""
        self.reads.add("mesh")
        return self._mesh

    @cached_property
    def _mesh(self) -> Mesh:
        fit = self._spec.mesh_fit
        mesh = load_mesh(self._source, up=fit.up if "up" in fit.model_fields_set else None)
        if fit.scale != 1 or any(fit.at) or fit.yaw_deg:
            mesh = mesh.moved(Pose.of(fit.at, (0, 0, fit.yaw_deg)), fit.scale)
        return mesh

    @cached_property
    def model(self) -> Model:
        """The links of an articulated asset."""
        return read_model(self._source)

    def part_mesh(self, part: str) -> Mesh | None:
        """What is seen of one part in the part's frame; None when nothing is. A rigid asset's only part is ``""``."""
        self.reads.add("mesh")
        if not self.articulated:
            return self._mesh
        if part not in self._part_meshes:
            self._part_meshes[part] = self.model.mesh(part)
        return self._part_meshes[part]

    def surface(self, part: str = "") -> SurfaceSpec:
        """How a part touches: the part's word over the asset's over the substance's."""
        self.reads.add("friction")
        if part in self._surfaces:
            return self._surfaces[part]
        spec = self._spec.parts.get(part)
        base = self._substances[spec.substance].surface if spec and spec.substance else self._made_of.surface
        merged = base.model_dump(exclude_none=True) | self._spec.surface.model_dump(exclude_none=True)
        if spec and spec.surface:
            merged |= spec.surface.model_dump(exclude_none=True)
        self._surfaces[part] = SurfaceSpec(**merged)
        return self._surfaces[part]

    def appearance(self, part: str = "") -> AppearanceSpec:
        """How a part looks where its mesh does not say: the part's word over the asset's over the substance's."""
        self.reads.add("appearance")
        spec = self._spec.parts.get(part)
        base = self._substances[spec.substance].appearance if spec and spec.substance else self._made_of.appearance
        look = self._spec.appearance.over(base)
        return spec.appearance.over(look) if spec and spec.appearance else look

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every file that makes this asset."""
        own = [
            p
            for p in sorted(self.folder.rglob("*"))
            if p.is_file() and not NOT_PART_OF_AN_ASSET & set(p.relative_to(self.folder).parts)
        ]
        referred = list(self.model.files) if self.articulated else [self._source]
        return tuple(dict.fromkeys(own + referred))

    @cached_property
    def sha256(self) -> str:
        """The content hash: file names, file contents and the substances as read."""
        digest = hashlib.sha256()
        for path in self.files:
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        used = {self._spec.substance} | {p.substance for p in self._spec.parts.values() if p.substance}
        for name in sorted(used):
            digest.update(self._substances[name].model_dump_json().encode())
        return digest.hexdigest()

    @cached_property
    def bounds(self) -> Array:
        """Lowest and highest corner ``(2, 3)``, m, in its own frame, its joints at zero; kept between runs."""
        if not self.articulated:
            return self._measured.bounds
        path = self._kept("bounds.json")
        try:
            bounds = np.array(json.loads(path.read_text()), float)
            if bounds.shape == (2, 3):
                return bounds
        except (OSError, ValueError):
            pass  # not there, or not whole: measure again
        keep(path, json.dumps(self.model.bounds.tolist()).encode())
        return self.model.bounds

    def _kept(self, suffix: str) -> Path:
        """Where something measured of this asset is kept between runs."""
        return cache_folder() / self.sha256[:2] / f"{self.sha256[2:]}.{MEASURE_VERSION}.{suffix}"

    @property
    def measure(self) -> Measure:
        """Bounds, volume, mass properties and collider of a rigid asset; kept between runs by content hash."""
        return cast(Measure, Noted(self._measured, self.reads))

    @cached_property
    def _measured(self) -> Measure:
        path = self._kept("npz")
        try:
            return _unpack(path.read_bytes())
        except Exception:  # not there, or not whole: measure again
            measure = self._measure()
            keep(path, _pack(measure))
            return measure

    def _measure(self) -> Measure:
        mesh, spec = self._mesh, self._spec
        corners = hull(mesh.vertices)
        collider = self._collider(mesh, corners)
        closed = mesh.closed and mesh.volume > 0
        volume = mesh.volume if closed else (collider.volume() or hull_volume(corners))
        density = spec.physics.density or self._made_of.density
        mass = spec.physics.mass or density * volume
        if closed:
            properties = mass_properties(mesh.solid.vertices, mesh.solid.faces, mass)
        else:
            properties = mass_properties(corners, hull_faces(corners), mass)
        if spec.physics.center_of_mass is not None:
            properties = MassProperties(mass, spec.physics.center_of_mass, properties.inertia, properties.axes)
        if spec.physics.diagonal_inertia is not None:
            axes = spec.physics.principal_axes or (0.0, 0.0, 0.0, 1.0)
            properties = MassProperties(mass, properties.center, spec.physics.diagonal_inertia, axes)
        return Measure(mesh.bounds, float(volume), closed, properties, collider)

    def _collider(self, mesh: Mesh, corners: Array) -> Collider:
        spec = self._spec.collision
        if not spec.enabled:
            return Collider("nothing")
        source = load_mesh(resolve_path(self.folder, spec.mesh, self._where)) if spec.mesh else mesh
        if spec.approximation == "none":
            return Collider(
                "triangles",
                corners=(source.solid.vertices.view(np.ndarray).astype(float),),
                faces=np.asarray(source.solid.faces),
            )
        if spec.approximation == "convex_hull":
            return Collider("hulls", corners=(hull(source.vertices) if spec.mesh else corners,))
        if spec.approximation == "convex_decomposition":
            hulls = (
                [hull(p.vertices, 64) for p in pieces(source)]
                if spec.mesh
                else decompose(source.solid.vertices, source.solid.faces)
            )
            return Collider("hulls", corners=tuple(hulls))
        axis = spec.axis if spec.size or "axis" in spec.model_fields_set else None  # a size is said along an axis
        fit = fit_primitive(source.vertices, spec.approximation, axis)
        return primitive_collider(
            Fit(spec.approximation, spec.size or fit.size, spec.at or fit.at, fit.axis), self._where
        )


def primitive_collider(fit: Fit, where: str) -> Collider:
    """The collider of a primitive.

    Raises:
        InputError: The size has the wrong number of values.
    """
    n = {"box": 3, "sphere": 1}.get(fit.approximation, 2)
    if len(fit.size) != n:
        raise InputError(
            Problem(
                f"{where}: collision.size",
                f"has the wrong length for a {fit.approximation}",
                f"{n} values",
                f"{len(fit.size)}",
            )
        )
    if fit.approximation == "capsule" and fit.size[1] < 2 * fit.size[0] - 1e-9:
        raise InputError(
            Problem(f"{where}: collision.size", "is no capsule", "a whole height of at least two radii", str(fit.size))
        )
    return Collider(fit.approximation, tuple(map(float, fit.size)), Pose.of(fit.at, AXIS_TURN[fit.axis]))


def resolve_path(folder: Path, text: str, where: str) -> Path:
    """The file a YAML names: inside the folder, or ``package://NAME/…`` inside an installed Python package.

    Raises:
        InputError: The path leaves the folder, or nothing is there.
    """
    base = folder
    inner = text
    if text.startswith("package://"):
        package, _, inner = text.removeprefix("package://").partition("/")
        base = _package_folder(package, where)
    path = (base / inner).resolve()
    if not path.is_relative_to(base.resolve()):
        raise InputError(Problem(where, "a path leaves its folder", f"a path inside {base} or package://…", text))
    if not path.is_file():
        near = [p.name for p in path.parent.glob("*") if p.is_file()] if path.parent.is_dir() else []
        raise InputError(Problem(where, f"the file {text!r} does not exist", hint=_near(path.name, near)))
    return path


def _near(name: str, names: list[str]) -> str | None:
    import difflib

    close = difflib.get_close_matches(name, names, 1)
    return f"did you mean {close[0]!r}?" if close else None


def _package_folder(package: str, where: str) -> Path:
    from importlib.util import find_spec

    found = find_spec(package) if package.isidentifier() else None
    if found is None or not found.submodule_search_locations:
        raise InputError(
            Problem(where, f"the Python package {package!r} is not installed", hint=f"pip install {package}")
        )
    return Path(next(iter(found.submodule_search_locations)))


def cache_folder() -> Path:
    """Where what was measured is kept between runs; ``PROPHOUSE_CACHE`` moves it."""
    base = os.environ.get("PROPHOUSE_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "prophouse" / "measures"


def _pack(measure: Measure) -> bytes:
    collider, mass = measure.collider, measure.mass
    head = {
        "volume": measure.volume,
        "closed": measure.closed,
        "kind": collider.kind,
        "size": collider.size,
        "mass": mass.mass,
        "center": mass.center,
        "inertia": mass.inertia,
        "axes": mass.axes,
        "n": len(collider.corners),
    }
    arrays: dict[str, Any] = {f"corners{i}": c for i, c in enumerate(collider.corners)}
    arrays |= {
        "head": np.frombuffer(json.dumps(head).encode(), np.uint8),
        "bounds": measure.bounds,
        "pose": np.concatenate([collider.pose.position, collider.pose.orientation]),
    }
    if collider.faces is not None:
        arrays["faces"] = collider.faces
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _unpack(data: bytes) -> Measure:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        head = json.loads(bytes(file["head"]))
        collider = Collider(
            head["kind"],
            tuple(head["size"]),
            Pose(file["pose"][:3], file["pose"][3:]),
            tuple(file[f"corners{i}"] for i in range(head["n"])),
            file.get("faces"),
        )
        mass = MassProperties(head["mass"], tuple(head["center"]), tuple(head["inertia"]), tuple(head["axes"]))
        return Measure(file["bounds"], head["volume"], head["closed"], mass, collider)


def keep(path: Path, data: bytes) -> None:
    """Writes a cache file whole or not at all; a full or read-only disk only costs time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
    except OSError:
        return
