"""Articulated things as URDF text: links with a mesh, mass and primitives to touch with; joints between them."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr


def robot(name: str, *elements: str) -> str:
    """The whole file of links and joints."""
    return f'<?xml version="1.0"?>\n<robot name={quoteattr(name)}>\n' + "".join(elements) + "</robot>\n"


def link(
    name: str,
    mass: float,
    inertia: Sequence[float],
    center: Sequence[float] = (0, 0, 0),
    meshes: Sequence[tuple[str, Sequence[float], Sequence[float]]] = (),
    touches: Sequence[str] = (),
) -> str:
    """A link.

    Args:
        name: Its name.
        mass: kg.
        inertia: ixx, iyy, izz about its centre of mass, kg m².
        center: Centre of mass in the link's frame, m.
        meshes: File, place in m and roll, pitch, yaw in rad of each mesh.
        touches: Colliders, from `box`, `cylinder`, `sphere` and `capsule`.
    """
    xx, yy, zz = inertia
    seen = "".join(
        f"    <visual>{_origin(at, rpy)}<geometry><mesh filename={quoteattr(file)}/></geometry></visual>\n"
        for file, at, rpy in meshes
    )
    touched = "".join(f"    <collision>{touch}</collision>\n" for touch in touches)
    return (
        f'  <link name={quoteattr(name)}>\n    <inertial>{_origin(center)}<mass value="{mass:g}"/>'
        f'<inertia ixx="{xx:g}" iyy="{yy:g}" izz="{zz:g}" ixy="0" ixz="0" iyz="0"/></inertial>\n'
        f"{seen}{touched}  </link>\n"
    )


def joint(
    name: str,
    kind: str,
    parent: str,
    child: str,
    at: Sequence[float] = (0, 0, 0),
    axis: Sequence[float] = (0, 0, 1),
    limits: tuple[float, float] | None = None,
    effort: float = 100.0,
    speed: float = 10.0,
    damping: float = 0.0,
    rpy: Sequence[float] = (0, 0, 0),
) -> str:
    """A joint: ``fixed``, ``revolute``, ``continuous``, ``prismatic`` or ``spherical``.

    Args:
        name: Its name.
        kind: What it lets free.
        parent: The link it is fixed to.
        child: The link it moves.
        at: Place in the parent's frame, m.
        axis: Unit axis in its own frame.
        limits: rad or m.
        effort: N m or N.
        speed: rad/s or m/s.
        damping: N m s/rad or N s/m.
        rpy: Turn of its frame, rad.
    """
    lines = [f"    {_origin(at, rpy)}<parent link={quoteattr(parent)}/><child link={quoteattr(child)}/>\n"]
    if kind not in ("fixed", "spherical"):
        lower, upper = limits or (0.0, -1.0)
        lines.append(
            f'    <axis xyz="{_numbers(axis)}"/><limit lower="{lower:g}" upper="{upper:g}" effort="{effort:g}" '
            f'velocity="{speed:g}"/><dynamics damping="{damping:g}"/>\n'
        )
    return f"  <joint name={quoteattr(name)} type={quoteattr(kind)}>\n{''.join(lines)}  </joint>\n"


def box(size: Sequence[float], at: Sequence[float] = (0, 0, 0), rpy: Sequence[float] = (0, 0, 0)) -> str:
    """A box about ``at``, m."""
    return f'{_origin(at, rpy)}<geometry><box size="{_numbers(size)}"/></geometry>'


def cylinder(radius: float, length: float, at: Sequence[float] = (0, 0, 0), rpy: Sequence[float] = (0, 0, 0)) -> str:
    """A cylinder along its Z, m."""
    return f'{_origin(at, rpy)}<geometry><cylinder radius="{radius:g}" length="{length:g}"/></geometry>'


def sphere(radius: float, at: Sequence[float] = (0, 0, 0)) -> str:
    """A ball, m."""
    return f'{_origin(at)}<geometry><sphere radius="{radius:g}"/></geometry>'


def capsule(radius: float, length: float, at: Sequence[float] = (0, 0, 0), rpy: Sequence[float] = (0, 0, 0)) -> str:
    """A capsule along its Z; ``length`` between the centres of its ends, m."""
    return f'{_origin(at, rpy)}<geometry><capsule radius="{radius:g}" length="{length:g}"/></geometry>'


def _origin(at: Sequence[float], rpy: Sequence[float] = (0, 0, 0)) -> str:
    return f'<origin xyz="{_numbers(at)}" rpy="{_numbers(rpy)}"/>'


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{round(float(v), 6):g}" for v in values)
