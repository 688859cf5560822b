"""Training with stable-baselines3: PPO, SAC, and TQC with hindsight; the extra ``train``.

Checkpoints every so often, from which `--resume` goes on; TensorBoard logs; judged on the way on seeds of its own, and
stopped early once it succeeds nearly always.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, missing_extra
from sim.files import write_whole
from sim.runners import Options
from sim.runners.robot.clone import Curve
from sim.runners.robot.env import Observation, RobotEnv
from sim.runners.robot.episode import CHOOSE, Job, play_job, seed_for, success_rate
from sim.runners.robot.policy import Signature, refuse
from sim.runners.robot.spec import TrainSpec
from sim.runners.robot.vector import RobotVector
from sim.runners.robot.workers import Where

JUDGED = 20  # times in a training
EPISODES = 20  # each time
ENOUGH = 0.95  # of them, twice in a row, ends it


def _libraries() -> Any:
    try:
        import stable_baselines3
    except ImportError:
        raise missing_extra("--algorithm", "stable-baselines3", "train") from None
    return stable_baselines3


def _tqc() -> Any:
    try:
        import sb3_contrib
    except ImportError:
        raise missing_extra("--algorithm tqc", "sb3-contrib", "train") from None
    return sb3_contrib.TQC


class DeepPolicy:
    """A policy of stable-baselines3; it stays in its process."""

    portable = False

    def __init__(self, model: Any):
        self.model = model

    def act(self, seen: Observation) -> NDArray[np.float32]:
        """The action for an observation."""
        action, _ = self.model.predict(seen, deterministic=True)
        return np.asarray(action, np.float32)


def learn(
    env: RobotEnv, algorithm: str, spec: TrainSpec, seed: int, options: Options, tell: Callable[[str], None]
) -> Any:
    """A policy trained by a deep method; `Trained`, as the lighter methods give it."""
    from sim.runners.robot.train import Trained

    sb3 = _libraries()
    folder, signature = options.folder, Signature.of(env)
    where = Where(options.name, str(options.root), dict(options.settings))
    processes = spec.workers if spec.workers > 1 else 0
    vector = RobotVector(where, max(spec.workers, 1), processes, same_step=True)
    try:
        venv = _venv(sb3, vector, seed)
        checkpoint = folder / "checkpoints" / f"{algorithm}.zip"
        model = _model(sb3, algorithm, venv, seed, folder, checkpoint, bool(options.flags.get("resume")), tell)
        curve = Curve(x_label="environment steps", other_label="", n_judged=EPISODES)
        watch = _watcher(sb3, env, spec, seed, checkpoint, curve, tell)
        model.learn(spec.steps, callback=watch, reset_num_timesteps=model.num_timesteps == 0, tb_log_name=algorithm)
    finally:
        vector.close()
    path = folder / "policy.zip"
    _save(model, path, checkpoint)
    write_whole(path.with_suffix(".json"), (json.dumps({"algorithm": algorithm} | vars(signature)) + "\n").encode())
    return Trained(
        DeepPolicy(model), curve, ["policy.zip", "policy.json"], [f"{model.num_timesteps} steps of training"]
    )


def _model(
    sb3: Any,
    algorithm: str,
    venv: Any,
    seed: int,
    folder: Path,
    checkpoint: Path,
    resume: bool,
    tell: Callable[[str], None],
) -> Any:
    """A new model, or the one of the last checkpoint."""
    kind = _tqc() if algorithm == "tqc" else {"ppo": sb3.PPO, "sac": sb3.SAC}[algorithm]
    if resume:
        if not checkpoint.is_file():
            raise InputError(Problem("--resume", f"{checkpoint} does not exist", hint="train without --resume first"))
        model = kind.load(checkpoint, env=venv, device="cpu")
        kept = checkpoint.with_suffix(".replay.pkl")
        if kept.is_file():
            model.load_replay_buffer(kept)
        tell(f"goes on after {model.num_timesteps} steps")
        return model
    common: dict[str, Any] = {"seed": seed % 2**32, "device": "cpu", "tensorboard_log": _board(folder)}
    if algorithm == "ppo":
        return kind("MultiInputPolicy", venv, n_steps=512, batch_size=256, gamma=0.98, **common)
    hindsight = {
        "replay_buffer_class": sb3.HerReplayBuffer,
        "replay_buffer_kwargs": {"n_sampled_goal": 4, "goal_selection_strategy": "future"},
    }
    return kind(
        "MultiInputPolicy",
        venv,
        batch_size=256,
        gamma=0.95,
        learning_rate=1e-3,
        learning_starts=1000,
        tau=0.05,
        gradient_steps=-1,
        policy_kwargs={"net_arch": [128, 128]},
        **hindsight,
        **common,
    )


def _board(folder: Path) -> str | None:
    """Where TensorBoard's logs go; nowhere without TensorBoard."""
    from importlib.util import find_spec

    return str(folder / "tensorboard") if find_spec("tensorboard") else None


def _venv(sb3: Any, vector: RobotVector, seed: int) -> Any:
    """A vector of ours as stable-baselines3 knows them."""
    base = sb3.common.vec_env.VecEnv

    class Vector(base):  # type: ignore[misc, valid-type]
        """Steps a `RobotVector`; what asks for one environment gets the one of this process."""

        def __init__(self) -> None:
            super().__init__(vector.num_envs, vector.single_observation_space, vector.single_action_space)
            self._actions: Any = None
            self._first = True

        def reset(self) -> Any:
            seen, _ = vector.reset(seed=seed_for(seed, 5, 0) if self._first else None)
            self._first = False
            return seen

        def step_async(self, actions: Any) -> None:
            self._actions = actions

        def step_wait(self) -> Any:
            answers = vector.step_list(self._actions)
            infos = []
            for _, _, terminated, truncated, info in answers:
                over = terminated or truncated
                own = {key: value for key, value in info.items() if key != "final_obs"}
                if over:
                    own |= {
                        "terminal_observation": info["final_obs"],
                        "TimeLimit.truncated": truncated and not terminated,
                    }
                infos.append(own)
            seen = {key: np.stack([answer[0][key] for answer in answers]) for key in answers[0][0]}
            rewards = np.array([answer[1] for answer in answers], np.float32)
            dones = np.array([answer[2] or answer[3] for answer in answers])
            return seen, rewards, dones, infos

        def close(self) -> None:
            pass

        def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
            return [getattr(vector.one, attr_name, None) for _ in self._get_indices(indices)]

        def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
            setattr(vector.one, attr_name, value)

        def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
            return [getattr(vector.one, method_name)(*args, **kwargs) for _ in self._get_indices(indices)]

        def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
            return [False for _ in self._get_indices(indices)]

    return sb3.common.vec_env.VecMonitor(Vector())


def _watcher(
    sb3: Any, env: RobotEnv, spec: TrainSpec, seed: int, checkpoint: Path, curve: Curve, tell: Callable[[str], None]
) -> Any:
    """Judges, keeps a checkpoint, and stops when it is good enough."""
    every = max(spec.steps // JUDGED, 500)
    base = sb3.common.callbacks.BaseCallback

    class Watch(base):  # type: ignore[misc, valid-type]
        """Called after every step."""

        def __init__(self) -> None:
            super().__init__()
            self._next: int | None = None

        def _on_step(self) -> bool:
            if self._next is None:
                self._next = self.num_timesteps + every
            if self.num_timesteps < self._next:
                return True
            self._next = self.num_timesteps + every
            player = DeepPolicy(self.model)
            rate = success_rate([play_job(env, Job(seed_for(seed, CHOOSE, k), player)) for k in range(EPISODES)])
            curve.x.append(self.num_timesteps)
            curve.success.append(rate)
            self.logger.record("eval/success_rate", rate)
            tell(f"{self.num_timesteps} steps: success {rate:.0%} of {EPISODES}")
            _save(self.model, checkpoint, checkpoint)
            return not (len(curve.success) > 1 and min(curve.success[-2:]) >= ENOUGH)

    return Watch()


def _save(model: Any, path: Path, checkpoint: Path) -> None:
    """Writes a model, and beside a checkpoint what it remembers; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}")
    model.save(beside)
    beside.replace(path)
    if path == checkpoint and hasattr(model, "save_replay_buffer"):
        kept, hidden = path.with_suffix(".replay.pkl"), path.with_name(f".{path.stem}.replay.pkl")
        model.save_replay_buffer(hidden)
        hidden.replace(kept)


def load(path: Path, signature: Signature) -> DeepPolicy:
    """A policy of stable-baselines3 from its zip and the JSON beside it.

    Raises:
        InputError: It is missing, broken, or for another environment.
    """
    sb3 = _libraries()
    try:
        head = json.loads(path.with_suffix(".json").read_text("utf-8"))
        algorithm = head.pop("algorithm")
        own = Signature(**head)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            Problem(str(path.with_suffix(".json")), "does not say what the policy is for", got=str(error)[:80])
        ) from None
    if own != signature:
        refuse(path, own, signature)
    kind = _tqc() if algorithm == "tqc" else {"ppo": sb3.PPO, "sac": sb3.SAC}[algorithm]
    try:
        return DeepPolicy(kind.load(path, device="cpu"))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(Problem(str(path), "is no whole policy", got=str(error)[:80])) from None
