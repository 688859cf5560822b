"""The same robot, the same commands, another engine: how far what was learned here holds in MuJoCo.

Only what needs no objects: free motion of an arm, and reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import InputError, Problem
from sim.exchange.mjcf import Mujoco, write_mjcf
from sim.physics.machine import Handle, LinkState
from sim.pose import Array
from sim.runners.robot.drive import Arm
from sim.runners.robot.env import RobotEnv
from sim.runners.robot.episode import Player

SWING = 0.2  # rad: how far joints swing about their home in free motion
UNLIMITED = 2000.0  # N m: no motor at its limit, where a servo and a velocity constraint differ


class MujocoMachine:
    """A `Machine` whose body lives in MuJoCo; as much of it as an arm's driver asks for."""

    def __init__(self, env: RobotEnv, path: Path):
        driver = env.driver
        if not isinstance(driver, Arm):
            raise InputError(Problem(f"{env.name}: transfer", "is for arms", got=env.robot_spec.control.mode))
        own = driver.machine
        self.joints_of, self.joints = [joint.name.rpartition("/")[2] for joint in own.joints], own.joints
        self.lower, self.upper, self.effort, self.speed = own.lower, own.upper, own.effort, own.speed
        tool = env.robot_spec.robot.tool or env.cell.world.parts[-1].rpartition("/")[2]
        self.base = driver.base
        self.there = Mujoco(write_mjcf(env.cell.layout, path), env.cell.name, self.joints_of, tool)
        self._turn = driver.base.matrix[:3, :3]
        self._targets = np.zeros(len(own.joints))

    def put(self, positions: Sequence[float]) -> None:
        """Everything at its start, the joints somewhere."""
        self._targets = np.array(positions, float)
        self.there.put(positions)

    def read(self) -> tuple[list[float], list[float]]:
        """Positions and velocities of the joints."""
        return self.there.joints()

    def state(self, part: Handle, fresh: bool = False) -> LinkState:
        """Where the tool is and how fast."""
        place, turn, linear, angular = self.there.tool()
        return LinkState(tuple(place), tuple(turn), tuple(linear), tuple(angular))

    def jacobian(self, part: Handle, positions: Sequence[float]) -> Array:
        """The tool's, in the axes of the base."""
        found = self.there.jacobian()
        return np.vstack([self._turn.T @ found[:3], self._turn.T @ found[3:]])

    def drive(
        self, joints: Sequence[int], mode: str, targets: Sequence[float], efforts: Sequence[float], *_: Any
    ) -> None:
        """Sets targets of joints."""
        if mode != "position":
            raise InputError(Problem("transfer", "knows only positions", "position", mode))
        self._targets[list(joints)] = targets
        limits = np.array(self.effort, float)
        limits[list(joints)] = efforts
        self.there.set_efforts(limits.tolist())
        self.there.target(self._targets.tolist())


def paths(env: RobotEnv, folder: Path, seconds: float = 5.0, seed: int = 0) -> tuple[Array, Array]:
    """The tool's path ``(t, 3)`` m here and in MuJoCo, under the same targets of joints, in free motion.

    The motors are given force enough that none is at its limit.

    Args:
        env: With an arm.
        folder: For the MJCF.
        seconds: How long.
        seed: Of the motion.
    """
    driver = env.driver
    assert isinstance(driver, Arm)
    env.reset(seed=seed)
    other = MujocoMachine(env, folder / "transfer.xml")
    start, _ = driver.machine.read()
    other.put(start)
    rng = np.random.default_rng(seed)
    knots = rng.uniform(-SWING, SWING, (int(seconds) + 2, len(driver.arm)))
    hz = env.robot_spec.control.hz
    here, there = [], []
    for k in range(round(seconds * hz)):
        at, between = divmod(k / hz, 1.0)
        smooth = between * between * (3 - 2 * between)
        wanted = np.array(start, float)
        way = knots[int(at)] * (1 - smooth) + knots[int(at) + 1] * smooth if k >= hz else knots[1] * smooth
        wanted[driver.arm] = np.clip(driver.home + way, driver.lower, driver.upper)
        every = list(range(len(wanted)))
        for machine in (driver.machine, other):
            machine.drive(every, "position", wanted.tolist(), [UNLIMITED] * len(wanted))
        env.cell.world.step(env.cell.substeps)
        other.there.step(env.cell.substeps)
        here.append(driver.machine.state(driver.link).position)
        there.append(other.there.tool()[0])
    return np.array(here), np.array(there)


def reach_there(env: RobotEnv, player: Player, seeds: Sequence[int], folder: Path) -> float:
    """The success rate of a policy for reach when MuJoCo moves the arm.

    Args:
        env: A reach scenario with an arm.
        player: The policy.
        seeds: Of the episodes.
        folder: For the MJCF.
    """
    driver = env.driver
    if not isinstance(driver, Arm) or env.robot_spec.task.kind != "reach":
        raise InputError(Problem(f"{env.name}: transfer", "is for reach", got=env.robot_spec.task.kind))
    mine = driver.machine
    env.reset(seed=0)
    other = MujocoMachine(env, folder / "transfer.xml")
    done = 0
    for seed in seeds:
        env.reset(seed=seed)
        other.put(mine.read()[0])
        driver.machine = other  # type: ignore[assignment]
        try:
            done += _reaches(env, driver, other, player)
        finally:
            driver.machine = mine
    return done / max(len(seeds), 1)


def _reaches(env: RobotEnv, driver: Arm, other: MujocoMachine, player: Player) -> bool:
    driver.read()
    env.task.read()
    for _ in range(env.robot_spec.horizon):
        action = np.clip(np.asarray(player.act(env.observe()), float), -1, 1)
        driver.act(action)
        other.there.step(env.cell.substeps)
        driver.read()
        env.task.read()
        if env.task.done(env.task.achieved, env.task.goal):
            return True
    return False
