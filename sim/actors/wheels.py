"""Where a vehicle's wheels hang, steer and turn, in every State that is read."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.assets.chassis import Chassis
from sim.pose import Pose, cross, from_axis_angle, rotate
from sim.world.state import State
from sim.world.world import World


def steering_angles(chassis: Chassis, steered: Sequence[bool], curvature: float) -> list[float]:
    """The angle of each wheel, rad, with which all roll about one centre (Ackermann); ``curvature`` of its way, 1/m."""
    fixed = [w.hub[0] for w, turns in zip(chassis.wheels, steered, strict=True) if not turns]
    reference = sum(fixed) / len(fixed)
    return [
        math.atan2((w.hub[0] - reference) * curvature, 1 - w.hub[1] * curvature) if turns else 0.0
        for w, turns in zip(chassis.wheels, steered, strict=True)
    ]


class Wheels:
    """The wheels of one thing: from now on they touch nothing.

    Args:
        world: Where it is.
        name: The thing.
        chassis: Where its wheels are.
    """

    def __init__(self, world: World, name: str, chassis: Chassis):
        self._row = world.row(name)
        joints = {joint: i for i, joint in enumerate(world.joints)}
        self._hinges = [
            [(world.row(f"{name}/{h.part}"), joints[f"{name}/{h.name}"], h) for h in wheel.hinges]
            for wheel in chassis.wheels
        ]
        self._parts = [f"{name}/{wheel.part}" for wheel in chassis.wheels]
        self.touch(world, False)

    def touch(self, world: World, touches: bool) -> None:
        """Whether the wheels touch anything by themselves."""
        for part in self._parts:
            world.set_collides(part, touches)

    def write(
        self,
        state: State,
        compression: Sequence[float],
        steer: Sequence[float],
        angle: Sequence[float],
        spin: Sequence[float],
    ) -> None:
        """Writes poses, velocities and joints of every wheel.

        Args:
            state: Just read; its base is right.
            compression: m of each wheel's suspension.
            steer: rad of each wheel about its steering axis, positive to the left.
            angle: rad each wheel has turned.
            spin: rad/s
        """
        base = Pose(state.position[self._row], state.orientation[self._row])
        turn_rate, speed = state.angular_velocity[self._row].copy(), state.linear_velocity[self._row].copy()
        for i, hinges in enumerate(self._hinges):
            pose = base @ Pose(np.array([0.0, 0.0, compression[i]]))
            for k, (row, joint, hinge) in enumerate(hinges):
                last = k == len(hinges) - 1
                value = angle[i] if last else steer[i]
                pose = pose @ hinge.parent_from_joint @ Pose(np.zeros(3), from_axis_angle(hinge.axis, value))
                state.position[row], state.orientation[row] = pose.position, pose.orientation
                state.linear_velocity[row] = speed + cross(turn_rate, pose.position - base.position)
                own = rotate(pose.orientation, hinge.axis) * spin[i] if last else 0.0
                state.angular_velocity[row] = turn_rate + own
                state.joint_position[joint], state.joint_velocity[joint] = value, spin[i] if last else 0.0
