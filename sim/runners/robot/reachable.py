"""Whether an arm can reach what a scenario asks of it, found by sampling inverse kinematics."""

from __future__ import annotations

import numpy as np

from sim.errors import Problem
from sim.pose import Array
from sim.runners.robot.drive import Arm
from sim.runners.robot.env import RobotEnv
from sim.runners.robot.ik import solve

SAMPLES = 24
NEAR_ENOUGH = 0.02  # m


def reachable_share(env: RobotEnv, samples: int = SAMPLES) -> float:
    """Which part of places drawn from the task's goal region the tool can reach; 1 for robots on wheels.

    A slide's goal is beyond reach on purpose: it is where the objects start that counts.
    """
    driver, task = env.driver, env.robot_spec.task
    region = task.start if task.kind == "slide" else task.goal
    if not isinstance(driver, Arm) or region is None or task.kind == "open_drawer":
        return 1.0
    rng = np.random.default_rng(0)
    before, _ = env.cell.machine.read()
    places = rng.uniform(region.low, region.high, (samples, 3))
    found = [_reaches(driver, np.array(before), place) for place in places]
    env.cell.machine.put(before)
    return float(np.mean(found))


def _reaches(driver: Arm, start: Array, place: Array) -> bool:
    machine, arm = driver.machine, driver.arm
    cell = driver.cell
    whole = start.copy()

    def forward(joints: Array) -> tuple[Array, Array, Array]:
        whole[arm] = joints
        machine.put(whole.tolist())
        state = machine.state(driver.link, fresh=True)
        jacobian = machine.jacobian(driver.link, whole.tolist())[:, arm]
        turned = np.vstack([driver.base.matrix[:3, :3] @ jacobian[:3], driver.base.matrix[:3, :3] @ jacobian[3:]])
        return np.array(state.position), np.array(state.orientation), turned

    target = cell.frame.out(np.maximum(place, [-np.inf, -np.inf, driver.control.floor or -np.inf]))
    _, rest = solve(start[arm], forward, target, driver.wanted_turn, driver.lower, driver.upper)
    return rest < NEAR_ENOUGH


def unreachable(env: RobotEnv, all_of_it: bool = False) -> list[Problem]:
    """What is to be said of a goal region: that all of it, or part of it, is out of reach.

    Args:
        env: The environment.
        all_of_it: Complain only when nothing of it can be reached.
    """
    share = reachable_share(env)
    if share > (0.0 if all_of_it else 0.95):
        return []
    region = "task.start" if env.robot_spec.task.kind == "slide" else "task.goal"
    what = "cannot be reached" if share == 0.0 else "can be reached in part only"
    return [
        Problem(
            f"{env.name}: {region}",
            what,
            "places the tool can be at",
            f"{share:.0%} of {SAMPLES} drawn",
            "move the robot or the region",
        )
    ]
