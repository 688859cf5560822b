"""What is seen: triangles and their materials, and the numbers that follow from them.

Owns the door to trimesh. Everything else asks this module to read, write, hull and measure meshes.
Knows nothing of substances, assets or physics engines.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from sim.errors import InputError, Problem
from sim.pose import Array, Pose

logging.getLogger("trimesh").setLevel(logging.ERROR)

FORMATS = (".glb", ".gltf", ".obj", ".ply", ".stl", ".off", ".3mf", ".dae", ".zip")
Y_UP = (".glb", ".gltf", ".dae")  # formats that say which way is up; trimesh hands dae over as it stands in the file
CREASE_DEG = 35.0     # sharper edges stay sharp when a file brings no normals
MAX_HULL_VERTICES = 256
Z_FROM_Y = Pose.of(rotate_deg=(90, 0, 0))
"""glTF's (x, y, z) becomes our (x, −z, y)."""


@dataclass(frozen=True, eq=False)
class Material:
    """A glTF metallic-roughness material; colours linear, textures as pictures (base and emissive in sRGB)."""

    name: str = "material"
    base_color: tuple[float, float, float, float] = (0.8, 0.8, 0.8, 1.0)
    metallic: float = 0.0
    roughness: float = 0.7
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    alpha_mode: str = "OPAQUE"       # or MASK, BLEND
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    base_texture: Image.Image | None = None
    metallic_roughness_texture: Image.Image | None = None   # green roughness, blue metallic
    normal_texture: Image.Image | None = None
    emissive_texture: Image.Image | None = None
    transmission: float = 0.0        # part of the light that goes through, refracted
    ior: float = 1.5
    emissive_luminance: float = 100.0  # cd/m² where `emissive` and its texture are 1
    given: bool = True
    """Whether the file said how it looks; if not, the substance does."""


@dataclass(frozen=True, eq=False)
class Primitive:
    """Triangles with one material: one draw call."""

    vertices: NDArray[np.float32]            # (n, 3) m
    faces: NDArray[np.int32]                 # (m, 3)
    normals: NDArray[np.float32]             # (n, 3) unit
    uv: NDArray[np.float32] | None           # (n, 2) u right, v up (OpenGL's)
    material: Material
    color: NDArray[np.float32] | None = None  # (n, 4) linear factor a vertex


@dataclass(frozen=True, eq=False)
class Mesh:
    """What is seen of one rigid part, in the part's frame, in metres."""

    primitives: tuple[Primitive, ...]

    @cached_property
    def vertices(self) -> Array:
        """All vertices ``(n, 3)``, in m."""
        return np.concatenate([p.vertices for p in self.primitives]).astype(float)

    @cached_property
    def faces(self) -> NDArray[np.int64]:
        """All triangles ``(m, 3)``, indices into `vertices`."""
        starts = np.cumsum([0] + [len(p.vertices) for p in self.primitives])
        return np.concatenate([p.faces + start for p, start in zip(self.primitives, starts, strict=False)]).astype(np.int64)

    @cached_property
    def bounds(self) -> Array:
        """Lowest and highest corner ``(2, 3)``, in m."""
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])

    @cached_property
    def solid(self) -> Any:
        """The same surface with equal vertices joined, for measuring."""
        body = trimesh.Trimesh(self.vertices, self.faces, process=False)
        body.merge_vertices(merge_tex=True, merge_norm=True)
        body.update_faces(body.nondegenerate_faces())
        body.update_faces(body.unique_faces())
        return body

    @property
    def closed(self) -> bool:
        """Whether every separate piece of the surface is watertight, so that it encloses a volume."""
        return bool(self.solid.is_watertight)

    @cached_property
    def volume(self) -> float:
        """Volume enclosed, m³; that of the hull when the surface is open."""
        if self.closed and self.solid.volume > 0:
            return float(self.solid.volume)
        return float(hull_volume(hull(self.vertices)))

    def moved(self, pose: Pose, scale: float = 1.0) -> Mesh:
        """This mesh scaled, then moved."""
        rotation = pose.matrix[:3, :3]
        return Mesh(tuple(
            replace(
                p,
                vertices=(p.vertices * scale @ rotation.T + pose.position).astype(np.float32),
                normals=(p.normals @ rotation.T).astype(np.float32),
            )
            for p in self.primitives
        ))


@dataclass(frozen=True)
class MassProperties:
    """Mass, centre and inertia of a rigid thing.

    | field        | is                                                   |
    |--------------|------------------------------------------------------|
    | mass         | kg                                                   |
    | center       | centre of mass ``(3,)``, m, in the part's frame      |
    | inertia      | principal moments ``(3,)``, kg m², about the centre  |
    | axes         | xyzw: the principal axes in the part's frame         |
    """

    mass: float
    center: tuple[float, float, float]
    inertia: tuple[float, float, float]
    axes: tuple[float, float, float, float]

    def scaled(self, scale: float) -> MassProperties:
        """The same substance and shape, ``scale`` times as large."""
        return MassProperties(self.mass * scale**3, tuple(scale * c for c in self.center),  # type: ignore[arg-type]
                              tuple(scale**5 * i for i in self.inertia), self.axes)         # type: ignore[arg-type]


def mass_properties(vertices: ArrayLike, faces: ArrayLike, mass: float) -> MassProperties:
    """Mass properties of a closed surface ``(n, 3)``, ``(m, 3)`` filled evenly with ``mass`` kg.

    Source: Eberly, "Polyhedral Mass Properties (Revisited)"; computed by trimesh.

    Raises:
        InputError: The surface encloses no volume.
    """
    body = trimesh.Trimesh(np.asarray(vertices, float), np.asarray(faces), process=False)
    with np.errstate(divide="ignore", invalid="ignore"):  # a flat surface has its centre nowhere
        volume = body.volume
    if volume < 0:
        body.invert()
        volume = -volume
    if not volume > 1e-15:
        raise InputError(Problem("mesh", "encloses no volume", got=f"{volume:.3g} m³"))
    body.density = mass / volume
    moments, axes = np.linalg.eigh(np.asarray(body.moment_inertia))
    if np.linalg.det(axes) < 0:
        axes[:, 0] *= -1
    if np.ptp(moments) < 1e-6 * moments.max():  # a ball has no axes of its own
        axes = np.eye(3)
    frame = Pose.from_matrix(np.block([[axes, np.zeros((3, 1))], [np.zeros((1, 3)), np.ones((1, 1))]]))
    return MassProperties(float(mass), tuple(map(float, body.center_mass)), tuple(map(float, moments)),  # type: ignore[arg-type]
                          tuple(map(float, frame.orientation)))  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------------------------------
# Hulls


def hull(vertices: ArrayLike, max_vertices: int = MAX_HULL_VERTICES) -> Array:
    """Corners ``(k, 3)`` of the convex hull of points ``(n, 3)``, thinned to at most ``max_vertices``.

    Thinning keeps the points farthest along evenly spread directions, so the hull shrinks, never grows.

    Raises:
        InputError: The points lie in one plane.
    """
    from scipy.spatial import ConvexHull, QhullError

    points = np.unique(np.asarray(vertices, float), axis=0)
    try:
        corners = points[np.sort(ConvexHull(points).vertices)]
    except (QhullError, ValueError):
        raise InputError(Problem("mesh", "is flat", "a shape with a volume")) from None
    n = max_vertices
    while len(corners) > max_vertices:
        directions = fibonacci_sphere(n)
        corners = corners[np.unique(np.argmax((corners - corners.mean(axis=0)) @ directions.T, axis=0))]
        n -= 16
    return corners


def hull_faces(corners: Array) -> NDArray[np.int64]:
    """Outward triangles ``(m, 3)`` of the hull of its corners ``(k, 3)``."""
    from scipy.spatial import ConvexHull

    found = ConvexHull(corners)
    faces = found.simplices.astype(np.int64)
    a, b, c = (corners[faces[:, i]] for i in range(3))
    flipped = np.einsum("ij,ij->i", np.cross(b - a, c - a), found.equations[:, :3]) < 0
    faces[flipped] = faces[flipped][:, ::-1]
    return faces


def hull_volume(corners: Array) -> float:
    """Volume, m³, of the hull of its corners ``(k, 3)``."""
    from scipy.spatial import ConvexHull

    return float(ConvexHull(corners).volume)


def fibonacci_sphere(n: int) -> Array:
    """Evenly spread directions ``(n, 3)``."""
    i = np.arange(n) + 0.5
    z = 1 - 2 * i / n
    radius, angle = np.sqrt(1 - z * z), np.pi * (1 + 5**0.5) * i
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=-1)


def decompose(mesh: Mesh, max_hulls: int = 16) -> list[Array]:
    """Convex pieces that together fill the mesh (coacd); corners ``(k, 3)`` each.

    Raises:
        InputError: The extra ``decompose`` is not installed.
    """
    try:
        import coacd
    except ImportError:
        from sim.errors import missing_extra
        raise missing_extra("decompose", "coacd", "decompose") from None
    coacd.set_log_level("error")
    body = coacd.Mesh(np.asarray(mesh.solid.vertices), np.asarray(mesh.solid.faces))
    pieces = coacd.run_coacd(body, max_convex_hull=max_hulls, seed=0)
    return [hull(vertices, 64) for vertices, _ in pieces]


def pieces(mesh: Mesh) -> list[Mesh]:
    """The pieces of a mesh: its primitives when it has several, else what hangs together; largest first."""
    if len(mesh.primitives) > 1:
        parts = [Mesh((primitive,)) for primitive in mesh.primitives]
    else:
        bodies = mesh.solid.split(only_watertight=False)
        parts = [Mesh((_primitive(body, Material(given=False)),)) for body in bodies]
    return sorted(parts, key=lambda part: -float(np.prod(np.ptp(part.bounds, axis=0))))


# ---------------------------------------------------------------------------------------------------------------------
# Reading and writing


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
        raise InputError(Problem(str(path), "is no mesh file that can be read", ", ".join(FORMATS), suffix or "no ending"))
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
        raise InputError(Problem(str(path), "has vertices that are no numbers", "finite coordinates",
                                 f"{bad} of {len(vertices)}"))


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
        raise InputError(Problem(str(path), "cannot be read as a mesh", f"a whole {path.suffix[1:]} file",
                                 f"{type(error).__name__}: {text}")) from None


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
        return _packed(vertices, faces, normals, uv, color, material)
    return shaded(vertices, faces, material, uv, color)


def shaded(vertices: Array, faces: NDArray, material: Material, uv: Array | None = None, color: Array | None = None,
           crease_deg: float = CREASE_DEG) -> Primitive:
    """Triangles with normals: smooth across shallow edges, sharp across those steeper than ``crease_deg``.

    Args:
        vertices: ``(n, 3)`` m.
        faces: ``(m, 3)``.
        material: What the triangles look like.
        uv: ``(n, 2)``, texture coordinates.
        color: ``(n, 4)``, linear colours.
        crease_deg: The angle between two faces from which their edge is sharp.
    """
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    area_normal = np.cross(b - a, c - a)
    length = np.linalg.norm(area_normal, axis=1, keepdims=True)
    faces, area_normal, length = (x[length[:, 0] > 1e-14] for x in (faces, area_normal, length))
    if not len(faces):
        return _packed(vertices, faces, np.tile([0.0, 0, 1], (len(vertices), 1)), uv, color, material)
    unit = area_normal / length
    place = np.unique(np.round(vertices, 7), axis=0, return_inverse=True)[1].reshape(-1)[faces].reshape(-1)  # (3m,)
    face_of = np.repeat(np.arange(len(faces)), 3)
    order = np.argsort(place, kind="stable")
    start = np.searchsorted(place[order], np.arange(place.max() + 2))
    count = np.diff(start)[place]                         # corners that share each corner's place
    count = np.minimum(count, 64)
    left = np.repeat(np.arange(len(place)), count)
    step = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
    right = order[start[place[left]] + step]
    near = np.einsum("ij,ij->i", unit[face_of[left]], unit[face_of[right]]) > np.cos(np.deg2rad(crease_deg))
    normals = np.zeros((len(place), 3))
    for axis in range(3):
        normals[:, axis] = np.bincount(left[near], area_normal[face_of[right[near]], axis], minlength=len(place))
    norm = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(norm > 1e-20, normals / np.maximum(norm, 1e-20), unit[face_of])
    corner = faces.reshape(-1)
    key = np.concatenate([corner[:, None], np.round(normals * 1000)], axis=1)
    _, first, index = np.unique(key, axis=0, return_index=True, return_inverse=True)
    pick = corner[first]
    return _packed(vertices[pick], index.reshape(-1, 3), normals[first], None if uv is None else uv[pick],
                   None if color is None else color[pick], material)


def _packed(vertices: Array, faces: NDArray, normals: Array, uv: Array | None, color: Array | None,
            material: Material) -> Primitive:
    def pack(values: Array | None) -> NDArray[np.float32] | None:
        return None if values is None else np.ascontiguousarray(values, np.float32)

    return Primitive(np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.int32),
                     np.ascontiguousarray(normals, np.float32), pack(uv), material, pack(color))


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
        emissive=emissive,  # type: ignore[arg-type]
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
    default = image is None and getattr(source, "name", None) in (None, "", "material_0") and not getattr(source, "kwargs", None)
    shine = float(np.clip(getattr(source, "glossiness", 1.0) or 1.0, 1.0, 1000.0))
    roughness = float(np.clip((2.0 / (shine + 2.0)) ** 0.25, 0.3, 0.9))  # Blinn-Phong exponent to GGX, Karis 2013
    tint = np.ones(3) if image is not None else srgb_to_linear(rgba[:3])
    return Material(getattr(source, "name", None) or "material", (*map(float, tint), float(rgba[3])),  # type: ignore[arg-type]
                    roughness=roughness, alpha_mode="BLEND" if rgba[3] < 0.99 else "OPAQUE",
                    base_texture=image, given=not default)


def write_glb(mesh: Mesh, path: Path) -> None:
    """Writes a mesh as a binary glTF, Y up as glTF asks; the same mesh gives the same bytes."""
    scene = trimesh.Scene()
    for i, p in enumerate(mesh.moved(Z_FROM_Y.inverse).primitives):
        m = p.material
        material = trimesh.visual.material.PBRMaterial(
            name=m.name, baseColorFactor=np.round(np.asarray(m.base_color) * 255).astype(np.uint8),
            metallicFactor=m.metallic, roughnessFactor=m.roughness, emissiveFactor=list(m.emissive),
            alphaMode=m.alpha_mode, alphaCutoff=m.alpha_cutoff if m.alpha_mode == "MASK" else None,
            doubleSided=m.double_sided, baseColorTexture=m.base_texture, normalTexture=m.normal_texture,
            metallicRoughnessTexture=m.metallic_roughness_texture, emissiveTexture=m.emissive_texture)
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


def write_obj(vertices: Array, faces: NDArray, path: Path, uv: NDArray | None = None, normals: NDArray | None = None) -> None:
    """Writes bare triangles as Wavefront obj, for tools that read nothing else."""
    lines = [f"v {x:.7g} {y:.7g} {z:.7g}" for x, y, z in vertices]
    lines += [] if uv is None else [f"vt {u:.6g} {v:.6g}" for u, v in uv]
    lines += [] if normals is None else [f"vn {x:.5g} {y:.5g} {z:.5g}" for x, y, z in normals]
    corner = {(True, True): "{0}/{0}/{0}", (True, False): "{0}/{0}", (False, True): "{0}//{0}", (False, False): "{0}"}[
        (uv is not None, normals is not None)]
    lines += ["f " + " ".join(corner.format(i + 1) for i in face) for face in faces]
    path.write_text("\n".join(lines) + "\n", "ascii")


def srgb_to_linear(srgb: ArrayLike) -> Array:
    """Linear colour of sRGB values 0 to 1 (IEC 61966-2-1)."""
    c = np.asarray(srgb, float)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: ArrayLike) -> Array:
    """sRGB of linear values 0 to 1 (IEC 61966-2-1)."""
    c = np.clip(np.asarray(linear, float), 0, 1)
    return np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)


# ---------------------------------------------------------------------------------------------------------------------
# Primitives


def primitive_mesh(kind: str, size: tuple[float, ...]) -> Mesh:
    """The mesh of a primitive centred on the origin; ``size`` as in `CollisionSpec.size`, long axis along Z."""
    if kind == "box":
        body = trimesh.creation.box(extents=size)
    elif kind == "sphere":
        body = trimesh.creation.icosphere(subdivisions=3, radius=size[0])
    elif kind == "cylinder":
        body = trimesh.creation.cylinder(radius=size[0], height=size[1], sections=32)
    else:
        body = trimesh.creation.capsule(radius=size[0], height=max(size[1] - 2 * size[0], 1e-6), count=[24, 24])
        body.apply_translation(-body.bounds.mean(axis=0))
    return Mesh((shaded(np.asarray(body.vertices), np.asarray(body.faces), Material(given=False)),))


@dataclass(frozen=True)
class Fit:
    """A primitive around a mesh, and how much larger it is than the mesh's hull."""

    approximation: str                # box, sphere, cylinder, capsule
    size: tuple[float, ...]           # as in `CollisionSpec.size`
    at: tuple[float, float, float]
    axis: str = "z"
    excess: float = field(default=0.0)  # volume of the primitive over that of the hull, minus 1


def fit_primitive(vertices: ArrayLike, approximation: str, axis: str | None = None) -> Fit:
    """The smallest upright primitive around points ``(n, 3)``.

    Args:
        vertices: Points in the part's frame, m.
        approximation: ``box``, ``sphere``, ``cylinder`` or ``capsule``.
        axis: The long axis of a cylinder or capsule; the tightest one when left out.
    """
    points = np.asarray(vertices, float)
    low, high = points.min(axis=0), points.max(axis=0)
    center, extent = (low + high) / 2, high - low
    volume = max(hull_volume(hull(points)), 1e-12)
    at: tuple[float, float, float] = tuple(map(float, center))  # type: ignore[assignment]
    if approximation == "box":
        return Fit("box", tuple(map(float, extent)), at, excess=float(np.prod(extent) / volume - 1))
    if approximation == "sphere":
        radius = float(np.linalg.norm(points - center, axis=1).max())
        return Fit("sphere", (radius,), at, excess=4 / 3 * np.pi * radius**3 / volume - 1)
    fits = []
    for i, name in enumerate("xyz"):
        if axis not in (None, name):
            continue
        across = np.delete(points - center, i, axis=1)
        radius, height = float(np.linalg.norm(across, axis=1).max()), float(extent[i])
        if approximation == "capsule":
            height = max(height, 2 * radius)
            solid = np.pi * radius**2 * (height - 2 * radius) + 4 / 3 * np.pi * radius**3
        else:
            solid = np.pi * radius**2 * height
        fits.append(Fit(approximation, (radius, height), at, name, solid / volume - 1))
    return min(fits, key=lambda fit: fit.excess)


def best_primitive(vertices: ArrayLike, tolerance: float = 0.05) -> Fit | None:
    """The simplest primitive within ``tolerance`` of the volume of the hull of points ``(n, 3)``, or None."""
    fits = [fit_primitive(vertices, kind) for kind in ("box", "sphere", "cylinder", "capsule")]
    return next((fit for fit in fits if abs(fit.excess) <= tolerance), None)


