"""Worlds as MJCF, MuJoCo's own format: bodies, joints, motors, colliders; what is felt, not what is seen.

Written without MuJoCo; `Mujoco` steps what was written and needs the extra. Two things MuJoCo holds differently: of a
pair's friction coefficients it takes the greater, where PyBullet takes the product; and its motors are servos, here
with the stiffness and damping at which a joint nears its target as fast as PyBullet's does, a tenth of the way a step.

Reference: https://mujoco.readthedocs.io/en/stable/XMLreference.html
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from sim.assets.asset import Asset, Collider
from sim.assets.hull import hull, hull_faces
from sim.assets.library import Library
from sim.assets.meshfile import load_mesh
from sim.assets.model import urdf_for_physics
from sim.errors import InputError, Problem, missing_extra
from sim.files import write_whole
from sim.pose import Array, Pose, from_euler_deg
from sim.world.layout import Layout, Placement

SUFFIX = ".xml"
SERVO = 2000.0  # N m s/rad or N s/m: damping of a servo, far above what a joint carries
NEAR = 0.1  # of the way to its target that a joint of PyBullet goes in one step
FREE_EFFORT = 1e4  # N m or N, of joints that name none


def export(library: Library, name: str, path: Path) -> Path:
    """Writes a world, a world@variant or an asset by name.

    Raises:
        InputError: No such thing, or it holds a model that is no URDF.
    """
    if name in library.assets():
        from sim.world.spec import AirSpec, GroundSpec, SkySpec

        only = (Placement("thing", library.asset(name), Pose()),)
        layout = Layout(
            name, only, {}, {}, SkySpec(), AirSpec(), GroundSpec(), 240, 0, (0.0, 0.0, -9.81), True, library
        )
        return write_mjcf(layout, path)
    return write_mjcf(Layout.load(name, library), path)


def write_mjcf(layout: Layout, path: Path) -> Path:
    """Writes a layout as one XML, and its convex hulls as OBJ files in a folder beside it.

    Raises:
        InputError: It holds a model that is no URDF; the place cannot be written.
    """
    writer = _Writer(layout, path)
    ElementTree.indent(writer.root)
    write_whole(path, ElementTree.tostring(writer.root, encoding="utf-8") + b"\n")
    return path


def _put(above: Element, tag: str, **attributes: Any) -> Element:
    """A new element inside another."""
    return ElementTree.SubElement(above, tag, {key: str(value) for key, value in attributes.items()})


class _Writer:
    """An MJCF in the making."""

    def __init__(self, layout: Layout, path: Path):
        self.layout, self.folder = layout, path.with_suffix("").name + "_meshes"
        self.path = path
        self.root = Element("mujoco", model=layout.name)
        _put(self.root, "compiler", angle="radian", autolimits="true", meshdir=self.folder, balanceinertia="true")
        _put(
            self.root,
            "option",
            timestep=f"{1 / layout.step_hz:.9g}",
            gravity=_text(layout.gravity),
            integrator="implicitfast",
        )
        _put(_put(self.root, "default"), "geom", condim="4", margin="0")
        self.assets = _put(self.root, "asset")
        self.world = _put(self.root, "worldbody")
        self.contact = _put(self.root, "contact")
        self.equality = _put(self.root, "equality")
        self.actuators = _put(self.root, "actuator")
        self._meshes: dict[Any, str] = {}
        if layout.ground is not None:
            surface = layout.library.substances[layout.ground.substance].surface
            friction = _text((surface.dynamic_friction or 0.0, surface.torsional_friction or 0.0, 0.0))
            at = f"0 0 {layout.ground.height:g}"
            _put(self.world, "geom", name="ground", type="plane", size="0 0 1", pos=at, friction=friction)
        for placement in layout.placements:
            (self._articulated if placement.asset.articulated else self._rigid)(placement)

    # -----------------------------------------------------------------------------------------------------------------
    # Rigid things

    def _rigid(self, p: Placement) -> None:
        collider, mass = p.asset.measure.collider, p.asset.measure.mass.scaled(p.scale)
        body = _put(self.world, "body", name=p.name, **_pose(p.pose))
        if p.motion == "dynamic":
            _put(body, "freejoint", name=f"{p.name}/free")
            _put(
                body,
                "inertial",
                pos=_text(mass.center),
                quat=_wxyz(mass.axes),
                mass=f"{mass.mass:.9g}",
                diaginertia=_text(mass.inertia),
            )
        for attributes in self._geoms(collider, p.scale, p.asset):
            _put(body, "geom", friction=_friction(p.asset), **attributes)

    def _geoms(self, collider: Collider, scale: float, asset: Asset) -> list[dict[str, str]]:
        place = _pose(Pose(collider.pose.position * scale, collider.pose.orientation))
        size = [x * scale for x in collider.size]
        if collider.kind == "box":
            return [{"type": "box", "size": _text([x / 2 for x in size]), **place}]
        if collider.kind == "sphere":
            return [{"type": "sphere", "size": _text(size), **place}]
        if collider.kind == "cylinder":
            return [{"type": "cylinder", "size": _text((size[0], size[1] / 2)), **place}]
        if collider.kind == "capsule":
            return [{"type": "capsule", "size": _text((size[0], max(size[1] / 2 - size[0], 1e-6))), **place}]
        if collider.kind == "nothing":
            return []
        shapes = collider.corners if collider.kind == "hulls" else (hull(collider.corners[0]),)
        return [
            {"type": "mesh", "mesh": self._mesh((asset.name, scale, i), corners * scale)}
            for i, corners in enumerate(shapes)
        ]

    def _mesh(self, key: Any, corners: Array) -> str:
        """The name of a convex mesh, written when first used."""
        if key not in self._meshes:
            name = f"mesh_{len(self._meshes)}"
            self._meshes[key] = name
            text = io.StringIO()
            for x, y, z in corners:
                text.write(f"v {x:.7g} {y:.7g} {z:.7g}\n")
            for a, b, c in hull_faces(corners):
                text.write(f"f {a + 1} {b + 1} {c + 1}\n")
            write_whole(self.path.parent / self.folder / f"{name}.obj", text.getvalue().encode())
            _put(self.assets, "mesh", name=name, file=f"{name}.obj")
        return self._meshes[key]

    # -----------------------------------------------------------------------------------------------------------------
    # Articulated things

    def _articulated(self, p: Placement) -> None:
        if p.asset.source.suffix.lower() != ".urdf":
            raise InputError(Problem(f"{p.name}: {p.asset.source}", "cannot be written as MJCF", "a URDF model"))
        root = ElementTree.fromstring(urdf_for_physics(p.asset.source))
        links = {link.get("name", ""): link for link in root.findall("link")}
        below: dict[str, list[Element]] = {}
        for joint in root.findall("joint"):
            below.setdefault(_ref(joint, "parent"), []).append(joint)
        children = {_ref(joint, "child") for joint in root.findall("joint")}
        base = next(name for name in links if name not in children)
        body = _put(self.world, "body", name=p.name, **_pose(p.pose))
        if p.motion == "dynamic":
            _put(body, "freejoint", name=f"{p.name}/free")
        self._link(body, links[base], p)
        names = [p.name]
        self._branches(body, base, below, links, p, names)
        for i, one in enumerate(names):  # parts of one robot do not touch one another, as in PyBullet
            for other in names[i + 1 :]:
                _put(self.contact, "exclude", body1=one, body2=other)
        for joint in root.findall("joint"):
            self._motor(joint, p)

    def _branches(
        self,
        body: Element,
        name: str,
        below: dict[str, list[Element]],
        links: dict[str, Element],
        p: Placement,
        names: list[str],
    ) -> None:
        for joint in below.get(name, []):
            child = _ref(joint, "child")
            names.append(f"{p.name}/{child}")
            inner = _put(body, "body", name=names[-1], **_pose(_scaled(_origin(joint), p.scale)))
            self._joint(inner, joint, p)
            self._link(inner, links[child], p)
            self._branches(inner, child, below, links, p, names)

    def _joint(self, body: Element, joint: Element, p: Placement) -> None:
        kind = joint.get("type", "fixed")
        if kind == "fixed":
            return
        name = joint.get("name", "")
        spec = p.asset.spec.joints.get(name)
        attributes = {"name": f"{p.name}/{name}", "type": "slide" if kind == "prismatic" else "hinge"}
        axis = joint.find("axis")
        attributes["axis"] = axis.get("xyz", "1 0 0") if axis is not None else "1 0 0"
        limit = joint.find("limit")
        if kind in ("revolute", "prismatic") and limit is not None:
            lower, upper = float(limit.get("lower", 0)), float(limit.get("upper", 0))
            if lower < upper:
                attributes["range"] = _text((lower, upper))
        if spec is not None and spec.damping:
            attributes["damping"] = f"{spec.damping:g}"
        if spec is not None and spec.friction and not spec.motor:
            attributes["frictionloss"] = f"{spec.friction:g}"
        _put(body, "joint", **attributes)

    def _motor(self, joint: Element, p: Placement) -> None:
        name, limit, mimic = joint.get("name", ""), joint.find("limit"), joint.find("mimic")
        if joint.get("type", "fixed") == "fixed":
            return
        if mimic is not None:
            _put(
                self.equality,
                "joint",
                joint1=f"{p.name}/{name}",
                joint2=f"{p.name}/{mimic.get('joint', '')}",
                polycoef=f"{float(mimic.get('offset', 0)):g} {float(mimic.get('multiplier', 1)):g} 0 0 0",
            )
        spec = p.asset.spec.joints.get(name)
        if spec is None or not spec.motor:
            return
        effort = float(limit.get("effort", 0)) if limit is not None else 0.0
        stiffness = SERVO * NEAR * self.layout.step_hz
        _put(
            self.actuators,
            "general",
            name=f"{p.name}/{name}",
            joint=f"{p.name}/{name}",
            gaintype="fixed",
            biastype="affine",
            gainprm=f"{stiffness:.9g}",
            biasprm=f"0 {-stiffness:.9g} {-SERVO:.9g}",
            forcerange=_text((-(effort or FREE_EFFORT), effort or FREE_EFFORT)),
        )

    def _link(self, body: Element, link: Element, p: Placement) -> None:
        inertial = link.find("inertial")
        mass_at = inertial.find("mass") if inertial is not None else None
        mass = float(mass_at.get("value", 0)) * p.scale**3 if mass_at is not None else 0.0
        if inertial is not None and mass > 0:
            frame, tensor = _origin(inertial), inertial.find("inertia")
            values = [
                float(tensor.get(k, 0)) * p.scale**5 if tensor is not None else 1e-6 * (k[1] == k[2])
                for k in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
            ]
            turned = _turned(values, frame)
            _put(body, "inertial", pos=_text(frame.position * p.scale), mass=f"{mass:.9g}", fullinertia=_text(turned))
        part = link.get("name", "")
        surface = p.asset.surface(part)
        friction = _text((surface.dynamic_friction or 0.0, surface.torsional_friction or 0.0, 0.0))
        for i, collision in enumerate(link.findall("collision")):
            geometry = collision.find("geometry")
            if geometry is None or not len(geometry):
                continue
            pose = _pose(_scaled(_origin(collision), p.scale))
            shape = self._urdf_shape(geometry[0], (p.asset.name, part, i, p.scale), p.scale)
            _put(body, "geom", friction=friction, **pose, **shape)

    def _urdf_shape(self, shape: Element, key: Any, scale: float) -> dict[str, str]:
        if shape.tag == "box":
            return {"type": "box", "size": _text([float(x) * scale / 2 for x in shape.get("size", "1 1 1").split()])}
        radius, length = float(shape.get("radius", 1)) * scale, float(shape.get("length", 0)) * scale
        if shape.tag == "sphere":
            return {"type": "sphere", "size": _text((radius,))}
        if shape.tag in ("cylinder", "capsule"):
            return {"type": shape.tag, "size": _text((radius, length / 2))}
        stretch = np.array([float(x) for x in shape.get("scale", "1 1 1").split()])
        corners = hull(load_mesh(Path(shape.get("filename", ""))).vertices * stretch * scale)
        return {"type": "mesh", "mesh": self._mesh(key, corners)}


def _ref(joint: Element, what: str) -> str:
    found = joint.find(what)
    return found.get("link", "") if found is not None else ""


def _origin(node: Element) -> Pose:
    origin = node.find("origin")
    if origin is None:
        return Pose()
    numbers = [[float(x) for x in origin.get(k, "0 0 0").split()] for k in ("xyz", "rpy")]
    return Pose(np.array(numbers[0]), from_euler_deg(*np.rad2deg(numbers[1])))


def _scaled(pose: Pose, scale: float) -> Pose:
    return Pose(pose.position * scale, pose.orientation)


def _turned(values: Sequence[float], frame: Pose) -> Array:
    """Six numbers of a tensor given in an inertial frame, about the link's axes: xx yy zz xy xz yz."""
    xx, yy, zz, xy, xz, yz = values
    r = frame.matrix[:3, :3]
    t = r @ np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]) @ r.T
    return np.array([t[0, 0], t[1, 1], t[2, 2], t[0, 1], t[0, 2], t[1, 2]])


def _pose(pose: Pose) -> dict[str, str]:
    return {"pos": _text(pose.position), "quat": _wxyz(pose.orientation)}


def _wxyz(q: Any) -> str:
    x, y, z, w = q
    return _text((w, x, y, z))


def _text(values: Any) -> str:
    return " ".join(f"{float(value):.9g}" for value in values)


def _friction(asset: Asset) -> str:
    surface = asset.surface()
    return _text((surface.dynamic_friction or 0.0, surface.torsional_friction or 0.0, surface.rolling_friction or 0.0))


# ---------------------------------------------------------------------------------------------------------------------
# Stepping what was written


class Mujoco:
    """One robot of an MJCF, alive in MuJoCo: what drives it here drives it there.

    Args:
        path: The MJCF.
        robot: What the robot is called in it.
        joints: Its joints, in the order of positions and targets.
        tool: The part that is asked about.

    Raises:
        InputError: MuJoCo is not installed, or cannot read the file.
    """

    def __init__(self, path: Path, robot: str, joints: Sequence[str], tool: str):
        try:
            import mujoco
        except ImportError:
            raise missing_extra("mujoco", "mujoco", "mujoco") from None
        self._m = mujoco
        try:
            self.model = mujoco.MjModel.from_xml_path(str(path))
        except ValueError as error:
            raise InputError(Problem(str(path), "MuJoCo cannot read it", got=str(error)[:120])) from None
        self.data = mujoco.MjData(self.model)
        ids = [self.model.joint(f"{robot}/{name}").id for name in joints]
        self._at, self._speed_at = self.model.jnt_qposadr[ids], self.model.jnt_dofadr[ids]
        self._motors = [self.model.actuator(f"{robot}/{name}").id for name in joints]
        self._tool = self.model.body(f"{robot}/{tool}").id

    def set_efforts(self, efforts: Sequence[float]) -> None:
        """The largest torque or force of every joint."""
        self.model.actuator_forcerange[self._motors] = np.stack([-np.asarray(efforts), np.asarray(efforts)], axis=1)

    def put(self, positions: Sequence[float]) -> None:
        """Everything at its start, the joints somewhere, at rest."""
        self._m.mj_resetData(self.model, self.data)
        self.data.qpos[self._at] = positions
        self.data.ctrl[self._motors] = positions
        self._m.mj_forward(self.model, self.data)

    def target(self, targets: Sequence[float]) -> None:
        """Where the joints are to go."""
        self.data.ctrl[self._motors] = targets

    def step(self, n: int) -> None:
        """Advances ``n`` steps."""
        self._m.mj_step(self.model, self.data, nstep=n)

    def joints(self) -> tuple[list[float], list[float]]:
        """Positions and velocities."""
        return self.data.qpos[self._at].tolist(), self.data.qvel[self._speed_at].tolist()

    def tool(self) -> tuple[Array, Array, Array, Array]:
        """Place m, turn xyzw, velocity m/s and turn rate rad/s of the tool, world axes."""
        self._m.mj_kinematics(self.model, self.data)
        self._m.mj_comPos(self.model, self.data)
        w, x, y, z = self.data.xquat[self._tool]
        jacobian = self.jacobian()
        speeds = self.data.qvel[self._speed_at]
        return (
            self.data.xpos[self._tool].copy(),
            np.array([x, y, z, w]),
            jacobian[:3] @ speeds,
            jacobian[3:] @ speeds,
        )

    def jacobian(self) -> Array:
        """How the tool moves and turns with each joint, ``(6, n)``, world axes."""
        linear, angular = np.zeros((3, self.model.nv)), np.zeros((3, self.model.nv))
        self._m.mj_jacBody(self.model, self.data, linear, angular, self._tool)
        return np.vstack([linear, angular])[:, self._speed_at]
