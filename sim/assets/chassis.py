"""Where a vehicle's wheels are and what it weighs, as its URDF says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from sim.assets.model import Model, read_model
from sim.errors import InputError, Problem, unknown_name
from sim.pose import Array, Pose


@dataclass(frozen=True, eq=False)
class Hinge:
    """A joint between the body and a wheel: `parent_from_joint` leads to the child at zero; `axis` is in the child."""

    name: str
    part: str
    parent_from_joint: Pose
    axis: Array  # (3,) unit


@dataclass(frozen=True, eq=False)
class Wheel:
    """One wheel: its hub in the body's frame, its size, and the hinges it hangs on, the outermost last."""

    part: str
    hub: tuple[float, float, float]  # m
    radius: float  # m
    inertia: float  # kg m² about its axle
    hinges: tuple[Hinge, ...]


@dataclass(frozen=True, eq=False)
class Chassis:
    """A vehicle's whole mass, kg; its centre, m, in the body's frame; its inertia about that, kg m²; its wheels."""

    mass: float
    center: tuple[float, float, float]
    inertia: tuple[float, float, float]
    wheels: tuple[Wheel, ...]


def read_chassis(path: Path, wheels: Sequence[str], where: str) -> Chassis:
    """The chassis of a URDF; ``wheels`` are parts.

    Raises:
        InputError: A wheel is no part, touches with no cylinder, or hangs on no joint that turns.
    """
    model = read_model(path)
    root = ElementTree.fromstring(path.read_text("utf-8"))
    links = {link.get("name", ""): link for link in root.findall("link")}
    joints = {_name(joint, "child"): joint for joint in root.findall("joint")}
    found = []
    for part in wheels:
        if part not in links:
            raise unknown_name(f"{where}: vehicle.axles", "part", part, links)
        found.append(_wheel(part, links[part], joints, model, where))
    return Chassis(*_mass(model, links), tuple(found))


def _name(joint: ElementTree.Element, end: str) -> str:
    node = joint.find(end)
    return "" if node is None else node.get("link", "")


def _vector(node: ElementTree.Element | None, key: str, default: str = "0 0 0") -> Array:
    return np.array([float(x) for x in (node.get(key, default) if node is not None else default).split()])


def _origin(node: ElementTree.Element | None) -> Pose:
    return Pose.of(_vector(node, "xyz"), np.rad2deg(_vector(node, "rpy")))


def _wheel(
    part: str, link: ElementTree.Element, joints: dict[str, ElementTree.Element], model: Model, where: str
) -> Wheel:
    cylinder = next(link.iter("cylinder"), None)
    if cylinder is None:
        raise InputError(Problem(f"{where}: vehicle.axles", f"{part} has no size", "a cylinder as its collision"))
    hinges: list[Hinge] = []
    name = part
    while name in joints:
        joint = joints[name]
        axis = _vector(joint.find("axis"), "xyz", "1 0 0")
        if joint.get("type") in ("revolute", "continuous"):
            hinge = Hinge(joint.get("name", ""), name, _origin(joint.find("origin")), axis / np.linalg.norm(axis))
            hinges.insert(0, hinge)
        name = _name(joint, "parent")
    if not hinges:
        raise InputError(Problem(f"{where}: vehicle.axles", f"{part} does not turn", "a joint that turns"))
    inertia = np.diag(_inertia(link))
    spin = float(hinges[-1].axis @ inertia @ hinges[-1].axis)
    x, y, z = model.rest[model.links.index(part)].position.tolist()
    return Wheel(part, (x, y, z), float(cylinder.get("radius", 0)), spin, tuple(hinges))


def _inertia(link: ElementTree.Element) -> Array:
    node = link.find("inertial/inertia")
    return np.array([float(node.get(key, 0)) if node is not None else 0.0 for key in ("ixx", "iyy", "izz")])


def _mass(
    model: Model, links: dict[str, ElementTree.Element]
) -> tuple[float, tuple[float, float, float], tuple[float, float, float]]:
    masses, centers, inertias = [], [], []
    for name, rest in zip(model.links, model.rest, strict=True):
        inertial = links[name].find("inertial")
        node = inertial.find("mass") if inertial is not None else None
        masses.append(float(node.get("value", 0)) if node is not None else 0.0)
        centers.append(rest.apply(_vector(inertial.find("origin") if inertial is not None else None, "xyz")))
        inertias.append(_inertia(links[name]))
    m, at = np.array(masses), np.array(centers)
    center = m @ at / m.sum()
    off = at - center
    steiner = np.stack([m @ (off[:, 1] ** 2 + off[:, 2] ** 2), m @ (off[:, 0] ** 2 + off[:, 2] ** 2),
                        m @ (off[:, 0] ** 2 + off[:, 1] ** 2)])  # fmt: skip
    total = np.sum(inertias, axis=0) + steiner
    return float(m.sum()), tuple(center.tolist()), tuple(total.tolist())
