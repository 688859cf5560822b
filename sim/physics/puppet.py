"""A body whose motion is prescribed: it goes where it is put, and what runs into it feels its mass.

PyBullet's own kinematic bodies have no mass for a blow, and their joints cannot be prescribed. So a held body sleeps
and may not wake by itself: it costs next to nothing, while a moving thing that strikes it meets its true mass, speed
and joints, as Bullet wakes all that hangs together in a contact.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sim.physics.engine import Engine
from sim.pose import Pose

HELD, LET_GO = 8 | 32, 4 | 16  # PyBullet's bits: sleep and do not wake; wake and may sleep again


class Puppet:
    """A held body of an engine.

    Attributes:
        row: Of its base.
        rows: Of all its parts.
        joints: Indices of its joints in `Engine.joints`.
        linear, angular: m/s and rad/s of its base, as last prescribed.
        speeds: rad/s or m/s of its joints, as last prescribed.
        mass: kg, of all its parts.
    """

    def __init__(self, engine: Engine, row: int):
        self._engine, self.row = engine, row
        self.rows = np.flatnonzero(engine.families == engine.families[row])
        body = engine.body(row)
        self.joints = [i for i, (number, _) in enumerate(engine.joint_at) if number == body]
        self._links = [engine.joint_at[i][1] for i in self.joints]
        self.linear: Sequence[float] = (0.0, 0.0, 0.0)
        self.angular: Sequence[float] = (0.0, 0.0, 0.0)
        self.speeds = [0.0] * len(self.joints)
        frame = engine.com_pose(row, Pose())
        upright = abs(float(frame.orientation[3])) > 1 - 1e-12
        self._center = tuple(frame.position.tolist()) if upright else None
        p, c = engine.door
        links = range(-1, p.getNumJoints(body, physicsClientId=c))
        self.mass = float(sum(p.getDynamicsInfo(body, link, physicsClientId=c)[0] for link in links))
        self.hold()

    def hold(self) -> None:
        """Stops simulating it, and takes the motors off its joints."""
        engine = self._engine
        for i in self.joints:
            engine.free_joint(i)
        self._activate(HELD)
        self._asleep_from = engine.step_count + 1  # Bullet takes a step to let a body sleep

    def release(self) -> None:
        """Lets physics have it, as fast as something has struck it, or else as it was prescribed."""
        p, c = self._engine.door
        if not any(self._now()):
            p.resetBaseVelocity(self._engine.body(self.row), self.linear, self.angular, c)
        self._activate(LET_GO)

    def _activate(self, state: int) -> None:
        p, c = self._engine.door
        p.changeDynamics(self._engine.body(self.row), -1, activationState=state, physicsClientId=c)

    def place(
        self,
        pose: Pose,
        linear: ArrayLike = (0, 0, 0),
        angular: ArrayLike = (0, 0, 0),
        joints: Sequence[float] = (),
        speeds: Sequence[float] = (),
    ) -> None:
        """Puts it somewhere.

        Args:
            pose: Of its own frame.
            linear: ``(3,)`` m/s of its base.
            angular: ``(3,)`` rad/s, world axes.
            joints: Positions in the order of `joints`, rad or m; as they are when left out.
            speeds: Of the joints, rad/s or m/s; 0 when left out.
        """
        at, turn = pose.position.tolist(), pose.orientation.tolist()
        self.put(at, turn, np.asarray(linear, float).tolist(), np.asarray(angular, float).tolist(), joints, speeds)

    def put(
        self,
        at: Sequence[float],
        turn: Sequence[float],
        linear: Sequence[float],
        angular: Sequence[float],
        joints: Sequence[float] = (),
        speeds: Sequence[float] = (),
    ) -> None:
        """The same from plain numbers, ``turn`` xyzw: the quick way for many, many times a second."""
        p, c = self._engine.door
        body = self._engine.body(self.row)
        if self._center is None:
            com = self._engine.com_pose(self.row, Pose(np.array(at), np.array(turn)))
            at, turn = com.position.tolist(), com.orientation.tolist()
        else:
            (x, y, z, w), (a, b, d) = turn, self._center
            u, v, t = 2 * (y * d - z * b), 2 * (z * a - x * d), 2 * (x * b - y * a)
            at = (
                at[0] + a + w * u + y * t - z * v,
                at[1] + b + w * v + z * u - x * t,
                at[2] + d + w * t + x * v - y * u,
            )
        p.resetBasePositionAndOrientation(body, at, turn, c)
        if len(joints):
            self.speeds = list(speeds) if len(speeds) else [0.0] * len(joints)
            p.resetJointStatesMultiDof(body, self._links, [[q] for q in joints], [[v] for v in self.speeds], c)
        self.linear, self.angular = linear, angular
        p.resetBaseVelocity(body, linear, angular, c)

    def go_on(self) -> None:
        """Lets it have the velocity prescribed last in the next step too; Bullet takes it from who sleeps."""
        p, c = self._engine.door
        p.resetBaseVelocity(self._engine.body(self.row), self.linear, self.angular, c)

    def struck(self) -> float:
        """How much faster, m/s, the blows of moving things in the last step would have made it as a whole."""
        if not any(self._now()) or self._engine.step_count <= self._asleep_from:
            return 0.0
        contacts = self._engine.contacts(self.rows.tolist())
        others = (contacts.part_b < self._engine.n_movable) & (contacts.part_b >= 0)
        others &= ~np.isin(contacts.part_b, self.rows)
        impulse = contacts.force[others] @ contacts.normal[others] * self._engine.dt
        return float(np.linalg.norm(impulse)) / self.mass

    def _now(self) -> Sequence[float]:
        """Velocity of its base, m/s: nothing but 0 while nothing has woken it."""
        p, c = self._engine.door
        return p.getBaseVelocity(self._engine.body(self.row), c)[0]
