"""Articulated models as files describe them: links, what is seen of them, and their joints.

Reads URDF and MJCF far enough to draw them and to name their parts; the engine reads the same file for physics.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from sim.assets.mesh import Material, Mesh, Primitive, primitive_mesh, srgb_to_linear
from sim.assets.meshfile import load_mesh
from sim.errors import InputError, Problem
from sim.pose import Array, Pose, from_axis_angle, from_matrix

XACRO_DEFAULT = re.compile(r"\$\(optenv \S+ ([^)]*)\)")  # left in husky.urdf: what holds when the variable is not set


@dataclass(frozen=True)
class Visual:
    """One shape seen on a link; `mesh` in the link's frame after `pose` and `scale`."""

    link: str
    pose: Pose
    scale: tuple[float, float, float]
    path: Path | None  # a mesh file, or
    shape: tuple[str, tuple[float, ...]] | None  # a primitive: kind and its size, as in `primitive_mesh`
    color: tuple[float, float, float, float] | None  # linear; None: what the mesh file says

    def load(self) -> Mesh:
        """The triangles, in the link's frame."""
        mesh = load_mesh(self.path) if self.path else primitive_mesh(*self.shape)  # type: ignore[misc]
        if self.scale != (1.0, 1.0, 1.0):
            mesh = _stretched(mesh, np.asarray(self.scale))
        if self.color is not None:
            material = Material(
                "given", self.color, roughness=0.5, alpha_mode="BLEND" if self.color[3] < 0.99 else "OPAQUE"
            )
            plain = [p for p in mesh.primitives if p.material.base_texture is None]
            mesh = Mesh(
                tuple(
                    Primitive(p.vertices, p.faces, p.normals, p.uv, material if p in plain else p.material, p.color)
                    for p in mesh.primitives
                )
            )
        return mesh.moved(self.pose)


@dataclass(frozen=True)
class Model:
    """What a model file says of its links."""

    path: Path
    links: tuple[str, ...]
    visuals: tuple[Visual, ...]
    files: tuple[Path, ...]  # everything the file refers to, itself first
    rest: tuple[Pose, ...]  # of each link in the model's frame, all joints at zero

    def mesh(self, link: str) -> Mesh | None:
        """What is seen of one link, in the link's frame; None when nothing is."""
        meshes = [visual.load() for visual in self.visuals if visual.link == link]
        return Mesh(tuple(p for mesh in meshes for p in mesh.primitives)) if meshes else None

    @cached_property
    def bounds(self) -> Array:
        """Lowest and highest corner ``(2, 3)``, m, of everything seen, all joints at zero."""
        meshes = [
            mesh.moved(pose) for link, pose in zip(self.links, self.rest, strict=True) if (mesh := self.mesh(link))
        ]
        if not meshes:
            return np.zeros((2, 3))
        return np.stack([np.min([m.bounds[0] for m in meshes], axis=0), np.max([m.bounds[1] for m in meshes], axis=0)])


def read_model(path: Path) -> Model:
    """The model in a URDF or MJCF file.

    Raises:
        InputError: The file is missing, is no XML, or refers to a mesh that is not there.
    """
    root = _xml(path)
    try:
        if root.tag == "robot":
            return _urdf(path, root)
        if root.tag == "mujoco":
            return _mjcf(path, root)
    except ValueError as error:  # a number that is none
        raise InputError(Problem(str(path), "holds a number that is none", got=str(error))) from None
    raise InputError(
        Problem(str(path), "is no model that can be read", "a URDF (<robot>) or MJCF (<mujoco>) file", f"<{root.tag}>")
    )


def link_masses(path: Path) -> dict[str, float]:
    """kg of every link for which a URDF or MJCF file says it."""
    masses = {}
    for node in _xml(path).iter():
        inertial = node.find("inertial") if node.tag in ("link", "body") else None
        if inertial is None or not node.get("name"):
            continue
        mass = inertial.find("mass")
        value = inertial.get("mass") if mass is None else mass.get("value")
        if value and float(value) > 0:
            masses[node.get("name", "")] = float(value)
    return masses


def _xml(path: Path) -> ElementTree.Element:
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from None
    try:
        return ElementTree.fromstring(XACRO_DEFAULT.sub(r"\1", text))
    except ElementTree.ParseError as error:
        raise InputError(Problem(str(path), "is no XML", got=str(error))) from None


def _stretched(mesh: Mesh, scale: Array) -> Mesh:
    flip = np.prod(scale) < 0
    primitives = []
    for p in mesh.primitives:
        normals = p.normals / scale
        normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        faces = p.faces[:, ::-1] if flip else p.faces
        primitives.append(
            Primitive(
                (p.vertices * scale).astype(np.float32), faces, normals.astype(np.float32), p.uv, p.material, p.color
            )
        )
    return Mesh(tuple(primitives))


def _numbers(text: str | None, default: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(float(x) for x in text.split()) if text else default


def _rgba(text: str | None) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    values = _numbers(text, ())
    return (*map(float, srgb_to_linear(values[:3])), float(values[3]) if len(values) > 3 else 1.0)  # type: ignore[return-value]


def resolve(folder: Path, uri: str) -> Path:
    """The file a model refers to: beside it, in a folder above it (``package://`` of ROS), or anywhere named so."""
    if not uri.startswith("package://"):
        return folder / uri.removeprefix("file://")
    inner = uri.removeprefix("package://")
    for base in [folder, *folder.parents][:6]:
        for candidate in (base / inner, base / inner.split("/", 1)[-1]):
            if candidate.is_file():
                return candidate
    return folder / inner


# ---------------------------------------------------------------------------------------------------------------------
# URDF


def _urdf(path: Path, root: ElementTree.Element) -> Model:
    colors = {m.get("name"): _rgba(c.get("rgba")) for m in root.iter("material") if (c := m.find("color")) is not None}
    visuals, files = [], [path]
    links = tuple(link.get("name", "") for link in root.findall("link"))
    for link in root.findall("link"):
        for visual in link.findall("visual"):
            pose = _origin(visual.find("origin"))
            material = visual.find("material")
            color = colors.get(material.get("name")) if material is not None else None
            if material is not None and (inline := material.find("color")) is not None:
                color = _rgba(inline.get("rgba"))
            geometry = visual.find("geometry")
            shape = geometry[0] if geometry is not None and len(geometry) else None
            if shape is None:
                continue
            mesh_path, primitive, scale = None, None, (1.0, 1.0, 1.0)
            if shape.tag == "mesh":
                mesh_path = resolve(path.parent, shape.get("filename", ""))
                scale = _numbers(shape.get("scale"), scale)  # type: ignore[assignment]
                if not mesh_path.is_file():
                    raise InputError(
                        Problem(f"{path}: link {link.get('name')}", "a mesh is missing", got=str(shape.get("filename")))
                    )
                files.append(mesh_path)
            elif shape.tag == "box":
                primitive = ("box", _numbers(shape.get("size"), (1, 1, 1)))
            elif shape.tag == "sphere":
                primitive = ("sphere", (float(shape.get("radius", 1)),))
            elif shape.tag in ("cylinder", "capsule"):
                radius, length = float(shape.get("radius", 1)), float(shape.get("length", 1))
                primitive = (shape.tag, (radius, length + (2 * radius if shape.tag == "capsule" else 0)))
            else:
                continue
            visuals.append(Visual(link.get("name", ""), pose, scale, mesh_path, primitive, color))
    for collision in root.iter("collision"):
        for mesh in collision.iter("mesh"):
            file = resolve(path.parent, mesh.get("filename", ""))
            if not file.is_file():
                raise InputError(Problem(str(path), "a collision mesh is missing", got=str(mesh.get("filename"))))
            files.append(file)
    return Model(path, links, tuple(visuals), tuple(dict.fromkeys(files)), _urdf_rest(root, links))


def _origin(node: ElementTree.Element | None) -> Pose:
    if node is None:
        return Pose()
    return Pose.of(_numbers(node.get("xyz"), (0, 0, 0)), np.rad2deg(_numbers(node.get("rpy"), (0, 0, 0))))


def _urdf_rest(root: ElementTree.Element, links: tuple[str, ...]) -> tuple[Pose, ...]:
    above = {}
    for joint in root.findall("joint"):
        parent, child = joint.find("parent"), joint.find("child")
        if parent is not None and child is not None:
            above[child.get("link")] = (parent.get("link"), _origin(joint.find("origin")))

    def rest(link: str | None, depth: int = 0) -> Pose:
        if link not in above or depth > len(links):
            return Pose()
        parent, pose = above[link]
        return rest(parent, depth + 1) @ pose

    return tuple(rest(link) for link in links)


def check_urdf_inertia(path: Path) -> None:
    """Looks at what a URDF says of masses and inertias.

    Raises:
        InputError: With every link that has less than nothing, or a mass without inertia.
    """
    problems = []
    for link in _xml(path).findall("link"):
        mass, tensor = link.find("inertial/mass"), link.find("inertial/inertia")
        kg = float(mass.get("value", 0)) if mass is not None else 0.0
        moments = [float(tensor.get(axis, 0)) for axis in ("ixx", "iyy", "izz")] if tensor is not None else [1.0]
        where, got = f"{path}: link {link.get('name')}", f"{kg:g} kg, {' '.join(f'{m:g}' for m in moments)} kg m²"
        if kg < 0 or min(moments) < 0:
            problems.append(Problem(where, "has a negative mass or inertia", "0 or more", got))
        elif kg > 0 and max(moments) == 0:
            problems.append(Problem(where, "has mass but no inertia", "more than 0", got))
    if problems:
        raise InputError(*problems)


def urdf_mimics(path: Path) -> list[tuple[str, str, float]]:
    """Joints of a URDF that follow others: their name, whom they follow, and how many times as far they go."""
    found = []
    for joint in _xml(path).findall("joint"):
        mimic = joint.find("mimic")
        if mimic is not None:
            found.append((joint.get("name", ""), mimic.get("joint", ""), float(mimic.get("multiplier", 1.0))))
    return found


def lean(root: ElementTree.Element, locked: Mapping[str, float]) -> dict[str, tuple[str, Pose]]:
    """Makes links that are fixed to others one with them, in place; what hangs on the root stays.

    Masses, inertias and colliders go along. Gives what became of each: the link it is part of now, and where in it.

    Args:
        root: Of the URDF.
        locked: Joints that count as fixed, and where they are locked, rad or m.
    """
    for joint in root.findall("joint"):
        if joint.get("name", "") in locked:
            _lock(joint, locked[joint.get("name", "")])
    links = {link.get("name", ""): link for link in root.findall("link")}
    children = {_end(joint, "child") for joint in root.findall("joint")}
    gone: dict[str, tuple[str, Pose]] = {}
    while True:
        fixed = [j for j in root.findall("joint") if j.get("type") == "fixed" and _end(j, "parent") in children]
        if not fixed:
            return gone
        joint = fixed[0]
        name, above, pose = _end(joint, "child"), _end(joint, "parent"), _origin(joint.find("origin"))
        _join(links[above], links[name], pose)
        for other in root.findall("joint"):
            parent = other.find("parent")
            if parent is not None and parent.get("link") == name:
                parent.set("link", above)
                _place(other, pose @ _origin(other.find("origin")))
        for part, (carrier, inner) in gone.items():
            if carrier == name:
                gone[part] = above, pose @ inner
        gone[name] = above, pose
        root.remove(links[name])
        root.remove(joint)


def _lock(joint: ElementTree.Element, position: float) -> None:
    """Makes a hinge or a slide a fixed joint where it is."""
    axis = np.array(_numbers(node.get("xyz"), (1, 0, 0)) if (node := joint.find("axis")) is not None else (1.0, 0, 0))
    axis = axis / np.linalg.norm(axis)
    slide = joint.get("type") == "prismatic"
    moved = Pose(axis * position) if slide else Pose(np.zeros(3), from_axis_angle(axis, position))
    _place(joint, _origin(joint.find("origin")) @ moved)
    joint.set("type", "fixed")
    for mimic in joint.findall("mimic"):
        joint.remove(mimic)


def _end(joint: ElementTree.Element, which: str) -> str:
    found = joint.find(which)
    return found.get("link", "") if found is not None else ""


def _place(node: ElementTree.Element, pose: Pose) -> None:
    """Says where something is, instead of what it says."""
    for origin in node.findall("origin"):
        node.remove(origin)
    r = pose.matrix[:3, :3]
    roll, pitch, yaw = (
        np.arctan2(r[2, 1], r[2, 2]),
        np.arctan2(-r[2, 0], np.hypot(r[2, 1], r[2, 2])),
        np.arctan2(r[1, 0], r[0, 0]),
    )
    xyz = " ".join(f"{x:.17g}" for x in pose.position)
    ElementTree.SubElement(node, "origin", xyz=xyz, rpy=f"{roll:.17g} {pitch:.17g} {yaw:.17g}")


def _join(link: ElementTree.Element, other: ElementTree.Element, pose: Pose) -> None:
    """Puts a link's colliders and inertia into another one."""
    for collision in other.findall("collision"):
        _place(collision, pose @ _origin(collision.find("origin")))
        link.append(collision)
    (m1, c1, i1), (m2, c2, i2) = _inertia(link, Pose()), _inertia(other, pose)
    mass = m1 + m2
    center = (m1 * c1 + m2 * c2) / mass if mass > 0 else c1
    tensor = i1 + i2
    for m, c in ((m1, c1), (m2, c2)):
        arm = c - center
        tensor = tensor + m * (arm @ arm * np.eye(3) - np.outer(arm, arm))
    for inertial in link.findall("inertial"):
        link.remove(inertial)
    inertial = ElementTree.SubElement(link, "inertial")
    _place(inertial, Pose(center))
    ElementTree.SubElement(inertial, "mass", value=f"{mass:.17g}")
    axes = {"ixx": (0, 0), "iyy": (1, 1), "izz": (2, 2), "ixy": (0, 1), "ixz": (0, 2), "iyz": (1, 2)}
    ElementTree.SubElement(inertial, "inertia", {key: f"{tensor[at]:.17g}" for key, at in axes.items()})


def _inertia(link: ElementTree.Element, pose: Pose) -> tuple[float, Array, Array]:
    """Mass, centre ``(3,)`` and tensor ``(3, 3)`` about it of a link that stands at a pose."""
    inertial = link.find("inertial")
    if inertial is None:
        return 0.0, np.zeros(3), np.zeros((3, 3))
    frame = pose @ _origin(inertial.find("origin"))
    mass, tensor = inertial.find("mass"), inertial.find("inertia")
    xx, yy, zz, xy, xz, yz = (
        float(tensor.get(key, 0)) if tensor is not None else 0.0 for key in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
    )
    r = frame.matrix[:3, :3]
    own = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    return float(mass.get("value", 0)) if mass is not None else 0.0, frame.position, r @ own @ r.T


def urdf_for_physics(path: Path) -> str:
    """The text of a URDF with nothing to see in it and every path made absolute: it loads several times faster."""
    return ElementTree.tostring(_bare(path), encoding="unicode")


def lean_urdf(path: Path, locked: Mapping[str, float]) -> tuple[str, dict[str, tuple[str, Pose]]]:
    """The same with links that are fixed to others one with them, and what became of each (`lean`)."""
    root = _bare(path)
    gone = lean(root, locked)
    return ElementTree.tostring(root, encoding="unicode"), gone


def _bare(path: Path) -> ElementTree.Element:
    root = _xml(path)
    for link in root.findall("link"):
        for visual in link.findall("visual"):
            link.remove(visual)
    for mesh in root.iter("mesh"):
        mesh.set("filename", str(resolve(path.parent, mesh.get("filename", "")).resolve()))
    return root


# ---------------------------------------------------------------------------------------------------------------------
# MJCF


def _mjcf(path: Path, root: ElementTree.Element) -> Model:
    compiler = root.find("compiler")
    settings = dict(compiler.attrib) if compiler is not None else {}
    degrees = settings.get("angle", "degree") == "degree"
    defaults: dict[str, dict[str, str]] = {}

    def collect(node: ElementTree.Element, inherited: dict[str, str]) -> None:
        geom = node.find("geom")
        own = {**inherited, **(geom.attrib if geom is not None else {})}
        defaults[node.get("class", "main")] = own
        for child in node.findall("default"):
            collect(child, own)

    for node in root.findall("default"):
        collect(node, {})
    folder = path.parent / settings.get("meshdir", "")
    meshes = {m.get("name") or Path(m.get("file", "")).stem: m for m in root.iter("mesh") if m.get("file")}
    colors = {m.get("name"): _rgba(m.get("rgba")) for m in root.iter("material")}
    links: list[str] = []
    rest: list[Pose] = []
    visuals, files = [], [path]

    def geom_visual(link: str, geom: ElementTree.Element, childclass: str) -> None:
        base = defaults.get(geom.get("class", childclass), defaults.get("main", {}))
        a = {**base, **geom.attrib}
        color = _rgba(a.get("rgba")) or colors.get(a.get("material"))
        kind, size = a.get("type", "sphere"), _numbers(a.get("size"), (0.05,))
        pose, scale, file, shape = _mjcf_pose(a, degrees), (1.0, 1.0, 1.0), None, None
        if "fromto" in a:
            v = np.array(_numbers(a["fromto"], ()))
            length = float(np.linalg.norm(v[3:] - v[:3]))
            pose, size = Pose((v[:3] + v[3:]) / 2, _z_to(v[3:] - v[:3])), (size[0], length / 2)
        if kind == "mesh" and a.get("mesh") in meshes:
            source = meshes[a["mesh"]]
            file, scale = folder / source.get("file", ""), _numbers(source.get("scale"), scale)  # type: ignore[assignment]
            if not file.is_file():
                raise InputError(Problem(str(path), "a mesh is missing", got=str(source.get("file"))))
            files.append(file)
        elif kind == "box":
            shape = ("box", tuple(2 * x for x in size[:3]))
        elif kind == "sphere":
            shape = ("sphere", (size[0],))
        elif kind in ("capsule", "cylinder"):
            shape = (kind, (size[0], 2 * size[1] + (2 * size[0] if kind == "capsule" else 0)))
        else:
            return
        visuals.append(Visual(link, pose, scale, file, shape, color or (0.5, 0.5, 0.5, 1.0)))

    def walk(body: ElementTree.Element, childclass: str, above: Pose) -> None:
        childclass = body.get("childclass", childclass)
        name = body.get("name", f"body{len(links)}")
        links.append(name)
        rest.append(above @ _mjcf_pose(body.attrib, degrees))
        here = rest[-1]
        for geom in body.findall("geom"):
            geom_visual(name, geom, childclass)
        for child in body.findall("body"):
            walk(child, childclass, here)

    for body in root.findall("worldbody/body"):
        walk(body, "main", Pose())
    return Model(path, tuple(links), tuple(visuals), tuple(dict.fromkeys(files)), tuple(rest))


def _mjcf_pose(a: dict[str, str], degrees: bool) -> Pose:
    at = _numbers(a.get("pos"), (0, 0, 0))
    if "quat" in a:
        w, x, y, z = _numbers(a["quat"], ())
        return Pose(np.array(at), np.array([x, y, z, w]))
    if "euler" in a:
        angles = np.array(_numbers(a["euler"], ()))
        turns = [
            Pose.of(rotate_deg=axis * angle)
            for axis, angle in zip(np.eye(3), angles if degrees else np.rad2deg(angles), strict=True)
        ]
        return Pose(np.array(at), (turns[0] @ turns[1] @ turns[2]).orientation)
    if "zaxis" in a:
        return Pose(np.array(at), _z_to(np.array(_numbers(a["zaxis"], ()))))
    return Pose(np.array(at))


def _z_to(direction: Array) -> Array:
    z = direction / np.linalg.norm(direction)
    x = np.cross([0.0, 1, 0] if abs(z[1]) < 0.9 else [1.0, 0, 0], z)
    x /= np.linalg.norm(x)
    return from_matrix(np.stack([x, np.cross(z, x), z], axis=-1))
