"""A robot's joints and links, read and driven in one call each: for whoever does so many times a second.

Knows nothing of tasks; frames are the world's unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import InputError, Problem, unknown_name
from sim.physics.body import Joint
from sim.physics.engine import Engine
from sim.pose import Array, Pose


@dataclass(frozen=True)
class LinkState:
    """Where a part is and how fast: place m, turn xyzw, m/s of its own origin's centre of mass, rad/s; world axes."""

    position: tuple[float, float, float]
    orientation: tuple[float, float, float, float]
    linear: tuple[float, float, float]
    angular: tuple[float, float, float]


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

    def link(self, name: str) -> int:
        """PyBullet's index of a part, −1 for the base; the handle that `state` and `jacobian` take.

        Raises:
            InputError: It has no part of that name.
        """
        parts = [part for part in self._engine.parts if part.startswith(f"{self.name}/")]
        if name == "":
            return -1
        if f"{self.name}/{name}" not in parts:
            raise unknown_name(self.name, "part", name, [part.removeprefix(f"{self.name}/") for part in parts])
        return self._engine.link(self._engine.parts.index(f"{self.name}/{name}"))

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

    def state(self, link: int, fresh: bool = False) -> LinkState:
        """Where a part is and how fast.

        Args:
            link: From the method of that name.
            fresh: Whether joints have been put somewhere since the last step.
        """
        p, c = self._engine.door
        if link < 0:
            at, turn = p.getBasePositionAndOrientation(self._body, c)
            return LinkState(at, turn, *p.getBaseVelocity(self._body, c))
        s = p.getLinkState(self._body, link, 1, int(fresh), c)
        return LinkState(s[4], s[5], s[6], s[7])

    def jacobian(self, link: int, positions: Sequence[float]) -> Array:
        """How a part's origin moves, m/s, and turns, rad/s, with each joint's speed.

        ``(6, n)`` in the axes of the base; a free base's own six columns come first.
        """
        p, c = self._engine.door
        linear, angular = p.calculateJacobian(
            self._body, link, [0.0, 0.0, 0.0], list(positions), self._still, self._still, c
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
