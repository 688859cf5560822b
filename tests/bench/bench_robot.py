"""Robot environments against panda-gym: the same physics rate, substeps, horizon and actions; one core."""

import time
import warnings
from collections.abc import Iterator

import numpy as np

from sim.assets.library import starter_root
from sim.runners.gym import make_vec, open_env
from sim.runners.robot.spec import ViewSpec
from tests.bench.harness import Row, race

EPISODES, STEPS = 8, 50
TASKS = {"reach": "PandaReach-v3", "push": "PandaPush-v3", "pick": "PandaPickAndPlace-v3"}
ROOT = str(starter_root())
EYE = ViewSpec(at=(0.75, -0.95, 0.55), look_at=(-0.12, 0.02, 0.1), size=(84, 84), ev100=13.5)


def actions(n: int) -> np.ndarray:
    """The same random actions for both, ``(episodes, steps, n)``."""
    return np.random.default_rng(0).uniform(-1, 1, (EPISODES, STEPS, n)).astype(np.float32)


def panda_gym(task: str):
    """The peer's environment."""
    warnings.simplefilter("ignore")
    import gymnasium
    import panda_gym  # noqa: F401 - registers

    return gymnasium.make(TASKS[task]).unwrapped


def step() -> list[Row]:
    """Environment steps, episode by episode in turns, each after a reset that is not measured; the least counts."""
    rows = []
    for task in TASKS:
        sides = [open_env(f"bench/{task}", root=ROOT), panda_gym(task)]
        drawn = actions(sides[0].action_space.shape[0])
        least = np.full((2, EPISODES), np.inf)
        for _ in range(4):
            for i, episode in enumerate(drawn):
                for k, env in enumerate(sides):
                    least[k, i] = min(least[k, i], timed(env, i, episode))
        for env in sides:
            env.close()
        ours, peer = least.sum(axis=1) / (EPISODES * STEPS)
        rows.append(Row(f"robot: {task}, one step", float(ours), float(peer), "s", 1.3, at_least=True))
    return rows


def timed(env, seed: int, episode: np.ndarray) -> float:
    """Seconds of processor time of an episode's steps."""
    env.reset(seed=seed)
    begun = time.process_time()
    for action in episode:
        env.step(action)
    return time.process_time() - begun


def reset() -> list[Row]:
    """A reset, which builds the world anew, against 15 ms; the least of many."""
    rows = []
    for task in TASKS:
        env, times = open_env(f"bench/{task}", root=ROOT), []
        for seed in range(30):
            begun = time.process_time()
            env.reset(seed=seed)
            times.append(time.process_time() - begun)
        env.close()
        rows.append(Row(f"robot: {task}, reset", min(times), 0.015, "s", 1.0))
    return rows


def processes() -> list[Row]:
    """Steps a second of four environments in one process and over two; needs two idle cores."""

    def rate(n_processes: int) -> float:
        vector = make_vec("bench/push", 4, n_processes, root=ROOT)
        drawn = np.random.default_rng(0).uniform(-1, 1, (100, 4, 3)).astype(np.float32)
        vector.reset(seed=0)
        best = np.inf
        for _ in range(3):
            begun = time.perf_counter()
            for action in drawn:
                vector.step(action)
            best = min(best, time.perf_counter() - begun)
        vector.close()
        return best / 400

    one, two = rate(0), rate(2)
    return [Row("robot: push over two processes, one step", two, one, "s", 1.8, at_least=True)]


def cameras() -> list[Row]:
    """Pictures of 84 x 84: our rasteriser against TinyRenderer in panda-gym, the scene moving."""

    def ours() -> Iterator[None]:
        env = open_env("bench/pick", root=ROOT)
        env.reset(seed=0)
        env.look(EYE)
        yield
        for action in actions(4)[0][:20]:
            env.step(action)
            env.look(EYE)
            yield
        env.close()

    def peer() -> Iterator[None]:
        env = panda_gym("pick")
        env.reset(seed=0)
        env.render_width = env.render_height = 84
        env.render()
        yield
        for action in actions(4)[0][:20]:
            env.step(action)
            env.render()
            yield
        env.close()

    mine, theirs = race(ours, peer, 3)
    return [Row("robot: a step and a picture of 84 x 84", mine / 20, theirs / 20, "s", 5.0, at_least=True)]


BENCHES = [step, reset, processes, cameras]
