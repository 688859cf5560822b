"""A robot's joints and links, read and driven in one call each: for whoever does so many times a second.

Knows nothing of tasks; frames are the world's unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import InputError, Problem, unknown_name
from sim.physics.body import Joint
from sim.physics.engine import Engine
from sim.pose import Array, Pose, vector


@dataclass(frozen=True)
class LinkState:
    """Where a part is and how fast: place m, turn xyzw, m/s, rad/s; world axes."""

    position: tuple[float, float, float]
    orientation: tuple[float, float, float, float]
    linear: tuple[float, float, float]
    angular: tuple[float, float, float]


@dataclass(frozen=True)
class Handle:
    """A part of a machine, to be asked about many times: PyBullet's link, the part's place and turn in it."""

    link: int
    at: tuple[float, float, float] | None = None  # None: it is the link itself
    turn: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    from_center: tuple[float, float, float] = (0.0, 0.0, 0.0)  # its place in the axes of the link's centre of mass


BASE = Handle(-1)


class Machine:
    """An articulated body of an engine.

    | attribute | is                                                                   |
    |-----------|----------------------------------------------------------------------|
    | name      | of the thing                                                          |
    | joints    | its joints with one degree of freedom; n of them                       |
    | lower, upper | ``(n,)`` rad or m; infinite where there is no limit                  |
    | effort, speed | ``(n,)`` N m or N, rad/s or m/s                                     |

    Args:
        engine: Whose body it is.
        row: Of its base.
    """

    def __init__(self, engine: Engine, row: int):
        self._engine, self._row, self._body = engine, row, engine.body(row)
        self.name = engine.parts[row]
        mine = [i for i, (body, _) in enumerate(engine.joint_at) if body == self._body]
        if any(engine.joints[i].kind not in ("revolute", "prismatic") for i in mine):
            raise InputError(Problem(self.name, "has joints that turn about more than one axis", "hinges and slides"))
        self._index = mine
        self._links = [engine.joint_at[i][1] for i in mine]
        self.joints: tuple[Joint, ...] = tuple(engine.joints[i] for i in mine)
        self.lower, self.upper, self.effort, self.speed = (
            np.array([getattr(joint, field) for joint in self.joints])
            for field in ("lower", "upper", "effort", "speed")
        )
        self._still = [0.0] * len(mine)
        self.keep_awake()

    def keep_awake(self) -> None:
        """Never lets it sleep; to be said again after the engine was rewound."""
        p, c = self._engine.door
        if self._engine.sleeping:
            p.changeDynamics(self._body, -1, activationState=p.ACTIVATION_STATE_DISABLE_SLEEPING, physicsClientId=c)

    def joint(self, name: str) -> int:
        """The index of a joint in `joints`, by its own name.

        Raises:
            InputError: It has none of that name.
        """
        own = [joint.name.rpartition("/")[2] for joint in self.joints]
        if name not in own:
            raise unknown_name(self.name, "joint", name, own)
        return own.index(name)

    def link(self, name: str) -> Handle:
        """What `state` and `jacobian` take, of a part by its own name; "" is the base.

        Raises:
            InputError: It has no part of that name.
        """
        parts = [part for part in self._engine.parts if part.startswith(f"{self.name}/")]
        if name == "":
            return BASE
        if f"{self.name}/{name}" not in parts:
            raise unknown_name(self.name, "part", name, [part.removeprefix(f"{self.name}/") for part in parts])
        row = self._engine.parts.index(f"{self.name}/{name}")
        link, pose = self._engine.link(row), self._engine.pose_in_link(row)
        p, c = self._engine.door
        state = p.getLinkState(self._body, link, physicsClientId=c)
        center = Pose(np.array(state[2]), np.array(state[3]))
        from_center = vector(center.inverse.apply(pose.position))
        if not pose.position.any() and not pose.orientation[:3].any():
            return Handle(link, from_center=from_center)
        x, y, z, w = pose.orientation.tolist()
        return Handle(link, vector(pose.position), (x, y, z, w), from_center)

    def follows(self, joint: int) -> bool:
        """Whether a joint (index into `joints`) follows another one."""
        return self._engine.follows(self._index[joint])

    def free(self, joint: int) -> None:
        """Takes every motor off a joint."""
        self._engine.free_joint(self._index[joint])

    def link_of_joint(self, joint: int) -> int:
        """The part that a joint (index into `joints`) moves."""
        return self._links[joint]

    @property
    def base(self) -> Pose:
        """Where the base's own frame is."""
        position, orientation = self._engine.read_poses()
        return Pose(position[self._row], orientation[self._row])

    def read(self) -> tuple[list[float], list[float]]:
        """Positions and velocities of its joints, rad and rad/s, or m and m/s."""
        p, c = self._engine.door
        states = p.getJointStates(self._body, self._links, c)
        return [s[0] for s in states], [s[1] for s in states]

    def put(self, positions: Sequence[float], velocities: Sequence[float] | None = None) -> None:
        """Puts its joints somewhere at once."""
        p, c = self._engine.door
        for link, q, v in zip(self._links, positions, velocities or self._still, strict=True):
            p.resetJointState(self._body, link, float(q), float(v), physicsClientId=c)

    def state(self, part: Handle, fresh: bool = False) -> LinkState:
        """Where a part is and how fast its origin goes, that of a base its centre of mass.

        Args:
            part: From `link`.
            fresh: Whether joints have been put somewhere since the last step.
        """
        p, c = self._engine.door
        if part.link < 0:
            at, turn = p.getBasePositionAndOrientation(self._body, c)
            return LinkState(at, turn, *p.getBaseVelocity(self._body, c))
        s = p.getLinkState(self._body, part.link, 1, int(fresh), c)
        at, turn = s[4], s[5]
        if part.at is not None:
            at, turn = _carried(at, turn, part.at, part.turn)
        (wx, wy, wz), (vx, vy, vz) = s[7], s[6]
        rx, ry, rz = at[0] - s[0][0], at[1] - s[0][1], at[2] - s[0][2]
        return LinkState(
            at, turn, (vx + wy * rz - wz * ry, vy + wz * rx - wx * rz, vz + wx * ry - wy * rx), (wx, wy, wz)
        )

    def jacobian(self, part: Handle, positions: Sequence[float]) -> Array:
        """How a part's origin moves, m/s, and turns, rad/s, with each joint's speed.

        ``(6, n)`` in the axes of the base; a free base's own six columns come first.
        """
        p, c = self._engine.door
        linear, angular = p.calculateJacobian(
            self._body, part.link, part.from_center, list(positions), self._still, self._still, c
        )
        return np.array(linear + angular)

    def drive(
        self,
        joints: Sequence[int],
        mode: str,
        targets: Sequence[float],
        efforts: Sequence[float],
        gains: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        """Drives joints until driven otherwise.

        Args:
            joints: Indices into `joints`.
            mode: ``position``, ``velocity`` or ``torque`` (the next step only).
            targets: rad or m, rad/s or m/s, N m or N.
            efforts: The largest torque or force of each.
            gains: Factors on how hard a position and a velocity are held.
        """
        self._engine.drive([self._index[i] for i in joints], mode, targets, efforts, gains)

    def damping(self, joint: int) -> float:
        """Viscous friction of a joint, N m s/rad or N s/m."""
        p, c = self._engine.door
        return float(p.getJointInfo(self._body, self._links[joint], physicsClientId=c)[6])

    def set_damping(self, joint: int, damping: float) -> None:
        """Viscous friction of a joint, N m s/rad or N s/m."""
        p, c = self._engine.door
        p.changeDynamics(self._body, self._links[joint], jointDamping=damping, physicsClientId=c)

    def pressure(self, link: int) -> float:
        """The sum of the normal forces, N, with which other bodies press on a part."""
        p, c = self._engine.door
        points = p.getContactPoints(bodyA=self._body, linkIndexA=link, physicsClientId=c) or ()
        return float(sum(point[9] for point in points if point[2] != self._body))


def _carried(at: Sequence[float], turn: Sequence[float], inner: Sequence[float], inner_turn: Sequence[float]) -> Any:
    """Place and turn of what has a place and a turn in something; in plain numbers, for one is quicker so."""
    x, y, z, w = turn
    a, b, c = inner
    tx, ty, tz = 2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)
    place = (
        at[0] + a + w * tx + y * tz - z * ty,
        at[1] + b + w * ty + z * tx - x * tz,
        at[2] + c + w * tz + x * ty - y * tx,
    )
    i, j, k, r = inner_turn
    return place, (
        w * i + x * r + y * k - z * j,
        w * j - x * k + y * r + z * i,
        w * k + x * j - y * i + z * r,
        w * r - x * i - y * j - z * k,
    )
