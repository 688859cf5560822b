"""Episodes recorded as a dataset with everything that was seen, and played again bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.exchange.episodes import Facts
from sim.progress import track
from sim.runners import Options, env_id
from sim.runners.robot.env import Observation, RobotEnv
from sim.runners.robot.episode import Episode, Job, play_job
from sim.runners.robot.spec import RobotScenarioSpec
from sim.world.layout import Layout


def facts_of(env: RobotEnv, algorithm: str) -> Facts:
    """What holds of all episodes of an environment."""
    spaces: dict[str, Any] = {"action": env.action_space, **dict(env.observation_space.spaces.items())}
    described = {
        key: {
            "dtype": str(box.dtype),
            "shape": tuple(box.shape),
            "low": float(np.min(box.low)),
            "high": float(np.max(box.high)),
        }
        for key, box in spaces.items()
    }
    return Facts(
        env_id(env.name),
        "sim.runners.gym:open_env",
        {"name": env.name},
        env.robot_spec.horizon,
        described,
        env.robot_spec.control.hz,
        env.cell.layout.placement(env.cell.name).asset.name,
        env.robot_spec.about,
        algorithm,
        env.robot_spec.about,
        dict(env.cell.layout.hashes()),
    )


def record(layout: Layout, spec: RobotScenarioSpec, options: Options, jobs: list[Job]) -> list[str]:
    """Plays episodes with all cameras open and writes them as a dataset; the files, relative to the run's folder.

    Args:
        layout: The scenario's world.
        spec: The scenario.
        options: Say which kind of dataset, and where.
        jobs: What is played.
    """
    kind = options.flags["record"]
    env = RobotEnv(layout, spec, options.name, pixels=True)
    try:
        algorithm = "scripted expert" if jobs[0].policy is None else "policy"
        facts = facts_of(env, algorithm)
        episodes = [play_job(env, job) for job in track(jobs, "record")]
    finally:
        env.close()
    folder = options.folder / kind
    if kind == "minari":
        from sim.exchange.minari import write_minari

        path = write_minari(
            folder, f"prophouse/{options.name.replace('/', '-').replace('@', '_at_')}-v0", episodes, facts
        )
    else:
        from sim.exchange.lerobot import write_lerobot

        path = write_lerobot(folder, episodes, facts)
    return [str(path.relative_to(options.folder))]


def replay(env: RobotEnv, seed: int, actions: NDArray[Any]) -> Episode:
    """An episode again from its seed and its actions.

    Raises:
        InputError: It ends before the actions do.
    """
    left = iter(actions)

    def act(_: Observation) -> NDArray[Any]:
        return next(left)

    from sim.runners.robot.episode import play

    try:
        return play(env, act, seed)
    except StopIteration:
        raise InputError(Problem(f"{env.name}: replay", "the episode does not end with its actions")) from None
