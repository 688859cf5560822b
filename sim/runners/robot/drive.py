"""How an action moves a robot: an arm by its tool or its joints, a vehicle by its wheels.

A driver turns numbers from −1 to 1 into targets of joints, and says what the robot feels of itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from sim.errors import InputError, Problem
from sim.physics.machine import BASE
from sim.pose import Array, conjugate, from_euler_deg, rotate
from sim.runners.robot.cell import Cell
from sim.runners.robot.ik import dls_step, turn_error

GRIPPER_STEP = 0.2  # m: the largest change of the opening an action can ask for (panda-gym's)

STOP = 5e-4  # m from a finger's stops that its motor stays: pushing against them makes the solver work in vain


class Driver(ABC):
    """Drives one robot.

    Attributes:
        n_actions: Numbers in an action.
        gains: Factors on how hard positions and velocities are held; randomised.
    """

    n_actions: int
    gains: tuple[float, float] = (1.0, 1.0)

    def __init__(self, cell: Cell):
        self.cell, self.machine, self.control = cell, cell.machine, cell.spec.control

    @abstractmethod
    def act(self, action: Array) -> None:
        """Sets targets from an action ``(n_actions,)``, each −1 to 1."""

    @abstractmethod
    def feel(self) -> list[float]:
        """Proprioception: what the robot knows of itself."""

    @abstractmethod
    def read(self, fresh: bool = False) -> None:
        """Reads the robot anew, once a step.

        Args:
            fresh: Whether joints have been put somewhere since the last step.
        """

    def rewound(self) -> None:
        """Takes notice that the world has gone back to its start."""
        self.gains = (1.0, 1.0)
        self.read()

    tool: Array
    """``(3,)`` m, in the scenario's frame: where the tool is, or the robot."""


def efforts_of(cell: Cell, joints: list[int]) -> list[float]:
    """The largest torque or force of each joint that is driven.

    Raises:
        InputError: The scenario names another number of them.
    """
    given = cell.spec.control.efforts
    if len(given) not in (0, 1, len(joints)):
        raise InputError(
            Problem(f"{cell.where}: control.efforts", "has the wrong length", f"1 or {len(joints)}", f"{len(given)}")
        )
    own = [float(cell.machine.effort[i]) for i in joints]
    return own if not given else [float(e) for e in given] * (1 if len(given) > 1 else len(joints))


class Arm(Driver):
    """A fixed arm, with a gripper or without.

    Attributes:
        arm: Indices of the joints that move the tool.
        fingers: Indices of the gripper's.
        opening: m between the fingers.
        wanted_turn: xyzw, the world's: how the tool is held.
        tool_velocity: ``(3,)`` m/s in the scenario's frame.
    """

    def __init__(self, cell: Cell):
        super().__init__(cell)
        robot, machine = cell.spec.robot, self.machine
        where = f"{cell.where}: robot"
        if self.control.gripper and not robot.fingers:
            raise InputError(Problem(f"{where}.fingers", "a gripper is controlled but has no fingers"))
        links = [part for part in cell.world.parts if part.startswith(f"{machine.name}/")]
        if not links or not machine.joints:
            raise InputError(Problem(where, f"{machine.name} has no joint to drive"))
        self.fingers = [machine.joint(name) for name in robot.fingers] if self.control.gripper else []
        self.link = machine.link(robot.tool or links[-1].removeprefix(f"{machine.name}/"))
        self.base = machine.base
        self.arm = self._moving_joints(where)
        self._finger_links = [machine.link_of_joint(i) for i in self.fingers]
        self.lower, self.upper = machine.lower[self.arm], machine.upper[self.arm]
        self._efforts = efforts_of(cell, self.arm)
        self._speeds = machine.speed[self.arm]
        force = self.control.gripper_force
        self._driven = [i for i in self.fingers if not machine.follows(i)]
        each = len(self.fingers) / max(len(self._driven), 1)  # one motor presses with all that follow
        self._forces = [(force or float(machine.effort[i])) * each for i in self._driven]
        self._to_base = conjugate(self.base.orientation)
        self._base_rotation = self.base.matrix[:3, :3]
        self.wanted_turn: list[float] = cell.frame.turn_out(from_euler_deg(*self.control.tool_rotate_deg)).tolist()
        size = 3 if self.control.mode == "ee_position" else len(self.arm)
        self.n_actions = size + int(self.control.gripper)
        self._size = size
        self.rewound()

    def _moving_joints(self, where: str) -> list[int]:
        """Joints whose speed moves the tool."""
        n = len(self.machine.joints)
        middle = [0.3 + 0.1 * i for i in range(n)]
        jacobian = self.machine.jacobian(self.link, middle)
        if jacobian.shape[1] != n:
            raise InputError(
                Problem(where, f"{self.machine.name} stands on nothing fixed", "an arm that is nailed down, or wheels")
            )
        joints = [i for i in range(n) if np.abs(jacobian[:, i]).max() > 1e-9 and i not in self.fingers]
        if not joints:
            raise InputError(Problem(f"{where}.tool", "is moved by no joint"))
        return joints

    def rewound(self) -> None:
        """Takes notice that the world has gone back to its start."""
        self.gains = (1.0, 1.0)
        joints, _ = self.machine.read()
        for i in self.fingers:
            if i not in self._driven:
                self.machine.free(i)
        self.home = np.array([joints[i] for i in self.arm])
        self.read(fresh=True)

    def read(self, fresh: bool = False) -> None:
        """Reads joints and tool."""
        state, frame = self.machine.state(self.link, fresh), self.cell.frame
        self.joints, self.speeds = self.machine.read()
        self._at, self._turn = state.position, state.orientation
        if frame.plain:
            self.tool = np.array(state.position) - frame.pose.position
            self.tool_velocity = np.array(state.linear)
        else:
            self.tool, self.tool_velocity = frame.place(state.position), frame.direction(state.linear)
        self.opening = sum(self.joints[i] for i in self.fingers)

    def feel(self) -> list[float]:
        """Tool's place and velocity in the scenario's frame, opening; or joints and their speeds, and the tool."""
        own = [*self.tool.tolist(), *self.tool_velocity.tolist()]
        if self.control.mode != "ee_position":
            own += [self.joints[i] for i in self.arm] + [self.speeds[i] for i in self.arm]
        return [*own, self.opening] if self.control.gripper else own

    def finger_forces(self) -> list[float]:
        """N with which things press on each finger."""
        return [self.machine.pressure(link) for link in self._finger_links]

    def act(self, action: Array) -> None:
        """Sets targets."""
        size, mode, step = self._size, self.control.mode, self.control.step
        kind = "position"
        if mode == "ee_position":
            targets = self.joints_for(self.tool + action[:3] * step)
        elif mode == "joint_position":
            now = np.array([self.joints[i] for i in self.arm])
            targets = np.clip(now + action[:size] * step, self.lower, self.upper)
        elif mode == "joint_velocity":
            kind, targets = "velocity", action[:size] * np.minimum(step, self._speeds)
        else:
            kind, targets = "torque", action[:size] * step * self.machine.effort[self.arm]
        if not self.fingers:
            self.machine.drive(self.arm, kind, targets.tolist(), self._efforts, self.gains)
            return
        opening = self._opening(action)
        if kind == "position":  # one call for both
            self.machine.drive(
                self.arm + self._driven, kind, targets.tolist() + opening, self._efforts + self._forces, self.gains
            )
        else:
            self.machine.drive(self.arm, kind, targets.tolist(), self._efforts, self.gains)
            self.machine.drive(self._driven, "position", opening, self._forces)

    def _opening(self, action: Array) -> list[float]:
        each = (self.opening + float(action[-1]) * GRIPPER_STEP) / len(self.fingers)
        joints = [self.machine.joints[i] for i in self._driven]
        return [min(max(each, joint.lower + STOP), joint.upper - STOP) for joint in joints]

    def joints_for(self, place: Array) -> Array:
        """Targets ``(n,)`` of the arm's joints that bring the tool nearer to a place of the scenario's frame."""
        if self.control.floor is not None and place[2] < self.control.floor:
            place = np.array([place[0], place[1], self.control.floor])
        error = (self.cell.frame.out(place) - self._at) @ self._base_rotation
        turn = turn_error(self.wanted_turn, self._turn) @ self._base_rotation
        jacobian = self.machine.jacobian(self.link, self.joints)[:, self.arm]
        now = np.array([self.joints[i] for i in self.arm])
        step = dls_step(jacobian, error, turn, self.home - now)
        return np.minimum(np.maximum(now + step, self.lower), self.upper)


class Wheels(Driver):
    """A robot on wheels that are driven left and right.

    Attributes:
        heading: rad about Z in the scenario's frame.
    """

    n_actions = 2

    def __init__(self, cell: Cell):
        super().__init__(cell)
        robot, machine = cell.spec.robot, self.machine
        if not (robot.left_wheels and robot.right_wheels):
            raise InputError(
                Problem(f"{cell.where}: robot", "is driven by wheels but names none", "left_wheels, right_wheels")
            )
        self._left = [machine.joint(name) for name in robot.left_wheels]
        self._right = [machine.joint(name) for name in robot.right_wheels]
        wheels = self._left + self._right
        self._efforts = efforts_of(cell, wheels)
        self._row = cell.world.row(machine.name)
        self.rewound()

    def read(self, fresh: bool = False) -> None:
        """Reads the base."""
        frame, state = self.cell.frame, self.machine.state(BASE)
        self.tool = frame.place(state.position)
        self.velocity = frame.direction(state.linear)
        forward = frame.direction(rotate(np.array(state.orientation), [1.0, 0, 0]))
        self.heading = float(np.arctan2(forward[1], forward[0]))
        self.speed = float(self.velocity @ forward)
        self.turn_rate = float(state.angular[2])
        self.upright = float(rotate(np.array(state.orientation), [0, 0, 1.0])[2])

    def feel(self) -> list[float]:
        """x, y, heading as cosine and sine, speed, turn rate."""
        x, y, _ = self.tool.tolist()
        return [x, y, float(np.cos(self.heading)), float(np.sin(self.heading)), self.speed, self.turn_rate]

    def act(self, action: Array) -> None:
        """Sets the wheels' speeds."""
        control = self.control
        forward, turn = float(action[0]) * control.step, float(action[1]) * control.turn
        left, right = ((forward + side * turn * control.track / 2) / control.wheel_radius for side in (-1, 1))
        targets = [left] * len(self._left) + [right] * len(self._right)
        self.machine.drive(self._left + self._right, "velocity", targets, self._efforts, self.gains)


def driver_for(cell: Cell) -> Driver:
    """The driver of a cell's robot."""
    return Wheels(cell) if cell.spec.control.mode == "wheel_velocity" else Arm(cell)
