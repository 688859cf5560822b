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
from sim.pose import Array, Pose

HELD, LET_GO = 8 | 32, 4 | 16  # PyBullet's bits: sleep and do not wake; wake and may sleep again


class Puppet:
    """A held body of an engine.

    Attributes:
        row: Of its base.
        rows: Of all its parts.
        joints: Indices of its joints in `Engine.joints`.
        linear, angular: ``(3,)`` m/s and rad/s of its base, as last prescribed.
        speeds: rad/s or m/s of its joints, as last prescribed.
    """

    def __init__(self, engine: Engine, row: int):
        self._engine, self.row = engine, row
        self.rows = np.flatnonzero(engine.families == engine.families[row])
        body = engine.body(row)
        self.joints = [i for i, (number, _) in enumerate(engine.joint_at) if number == body]
        self._links = [engine.joint_at[i][1] for i in self.joints]
        self.linear, self.angular = np.zeros(3), np.zeros(3)
        self.speeds = np.zeros(len(self.joints))
        self.hold()

    def hold(self) -> None:
        """Stops simulating it, and takes the motors off its joints."""
        engine = self._engine
        for i in self.joints:
            engine.free_joint(i)
        self._activate(HELD)

    def release(self) -> None:
        """Lets physics have it, as fast as something has struck it, or else as it was prescribed."""
        p, c = self._engine.door
        if not any(self._now()):
            p.resetBaseVelocity(self._engine.body(self.row), self.linear.tolist(), self.angular.tolist(), c)
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
        p, c = self._engine.door
        body, at = self._engine.body(self.row), self._engine.com_pose(self.row, pose)
        p.resetBasePositionAndOrientation(body, at.position.tolist(), at.orientation.tolist(), c)
        if len(joints):
            self.speeds = np.asarray(speeds if len(speeds) else np.zeros(len(joints)), float)
            rates = [[v] for v in self.speeds.tolist()]
            p.resetJointStatesMultiDof(body, self._links, [[q] for q in joints], rates, c)
        self.linear, self.angular = np.asarray(linear, float), np.asarray(angular, float)
        self.go_on()

    def go_on(self) -> None:
        """Lets it have the velocity prescribed last in the next step too; Bullet takes it from who sleeps."""
        p, c = self._engine.door
        p.resetBaseVelocity(self._engine.body(self.row), self.linear.tolist(), self.angular.tolist(), c)

    def struck(self) -> float:
        """By how much, m/s, something has changed the velocity of its base in the last step."""
        now = self._now()
        return float(np.linalg.norm(now - self.linear)) if any(now) else 0.0

    def _now(self) -> Array:
        """Velocity of its base, ``(3,)`` m/s: nothing but 0 while nothing has woken it."""
        p, c = self._engine.door
        return np.array(p.getBaseVelocity(self._engine.body(self.row), c)[0])
