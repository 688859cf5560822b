"""The robot runner: a Gymnasium environment, a trained policy and its success rate.

A scenario puts a robot into a world and says what it is to do; `run` trains a policy for it, judges it on held-out
seeds, films it and writes the report. The environment alone: ``sim.make("city/pick")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import InputError, Problem
from sim.report import Report
from sim.runners import Options
from sim.runners.robot.spec import RobotScenarioSpec
from sim.world.layout import Layout

if TYPE_CHECKING:
    from sim.runners.robot.env import RobotEnv
    from sim.runners.robot.vector import RobotVector

Spec = RobotScenarioSpec

FLAGS = {
    "algorithm": "bc, cem, expert, ppo, sac or tqc",
    "policy": "evaluate this policy file",
    "record": "write a dataset: minari or lerobot",
    "resume": "go on from the last checkpoint",
    "video": "whether to film ten episodes",
    "size": "pixels of the film",
}


def run(layout: Layout, spec: RobotScenarioSpec, options: Options) -> Report:
    """Trains a policy, judges it on held-out seeds, films it; the report says what it came to."""
    from sim.runners.robot.train import train_and_judge

    return train_and_judge(layout, spec, options)


def environment(
    layout: Layout, spec: RobotScenarioSpec, name: str, render_mode: str | None = None, pixels: bool = True
) -> RobotEnv:
    """The scenario as a Gymnasium environment."""
    from sim.runners.robot.env import RobotEnv

    return RobotEnv(layout, spec, name, render_mode, pixels)


def environments(
    name: str,
    num_envs: int,
    processes: int = 0,
    root: str | None = None,
    settings: dict[str, Any] | None = None,
    pixels: bool = False,
    same_step: bool = False,
) -> RobotVector:
    """Many environments of a scenario as Gymnasium's vector environment."""
    from sim.assets.library import default_library
    from sim.runners.robot.vector import RobotVector
    from sim.runners.robot.workers import Where

    folder = root or str(default_library().root)
    return RobotVector(Where(name, folder, settings or {}, pixels), num_envs, processes, same_step)


def check(layout: Layout, spec: RobotScenarioSpec, where: str) -> list[Problem]:
    """What is wrong with a scenario beyond its grammar: things, joints, frames and places that are not there."""
    from sim.runners.robot.env import RobotEnv
    from sim.runners.robot.reachable import unreachable

    try:
        env = RobotEnv(layout, spec, where, pixels=False)
        try:
            env.reset(seed=0)
            return unreachable(env, all_of_it=True)
        finally:
            env.close()
    except InputError as error:
        return list(error.problems)
