"""What goes into an engine and what comes out, as plain data. Knows nothing of PyBullet."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.assets.asset import Collider
from sim.assets.mass import MassProperties
from sim.assets.spec import JointSpec
from sim.assets.substance import SurfaceSpec
from sim.pose import Array, Pose


@dataclass(frozen=True, eq=False)
class Body:
    """One thing to simulate: a rigid one (`collider`, `mass`) or an articulated one (`model`).

    `pose` is that of the thing's own frame; `velocity` (m/s) and `angular_velocity` (rad/s) are of its centre of mass.
    """

    name: str
    motion: str  # static, kinematic, dynamic
    pose: Pose
    surface: SurfaceSpec
    scale: float = 1.0
    collider: Collider | None = None
    mass: MassProperties | None = None
    linear_damping: float = 0.0
    angular_damping: float = 0.0
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angular_velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    model: Path | None = None
    joints: dict[str, JointSpec] = field(default_factory=dict)
    positions: dict[str, float] = field(default_factory=dict)  # start position by joint, rad or m
    surfaces: dict[str, SurfaceSpec] = field(default_factory=dict)  # by part, where it differs
    lean: tuple[str, ...] | None = None  # parts fixed to others are one with them, these joints locked: steps quicker


@dataclass(frozen=True)
class Joint:
    """One joint that moves: its path, its kind and its limits (rad or m; N m or N; rad/s or m/s)."""

    name: str
    kind: str  # revolute, prismatic, spherical, planar
    lower: float
    upper: float
    effort: float
    speed: float


@dataclass(frozen=True, eq=False)
class Contacts:
    """Places where parts touch after the last step; n of them.

    `part_a`, `part_b` ``(n,)`` rows; `position` ``(n, 3)`` m on b; `normal` ``(n, 3)`` from b to a;
    `distance` ``(n,)`` m, negative when inside; `force` ``(n,)`` N along the normal.
    """

    part_a: NDArray[np.int64]
    part_b: NDArray[np.int64]
    position: Array
    normal: Array
    distance: Array
    force: Array


@dataclass(frozen=True, eq=False)
class RayHits:
    """What rays met; n of them.

    `part` ``(n,)`` row or −1; `fraction` ``(n,)`` of the way, 1 when nothing was met; `position`, `normal` ``(n, 3)``.
    """

    part: NDArray[np.int64]
    fraction: Array
    position: Array
    normal: Array


@dataclass(frozen=True)
class Snapshot:
    """Everything a continuation needs, bit for bit, on the same machine and PyBullet wheel."""

    step: int
    bullet: bytes
    motors: tuple[tuple[Any, ...], ...]
    reliefs: tuple[Any, ...] = ()
