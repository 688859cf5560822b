"""Many environments at once: in this process, each with an engine of its own, or over several processes.

A process that dies costs one line: its environments begin anew, their episodes count as cut off, the others go on.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from multiprocessing.connection import Connection
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from sim.errors import InputError, Problem, PropHouseError
from sim.runners.robot.env import RobotEnv
from sim.runners.robot.workers import Where

Batch = dict[str, NDArray[Any]]


class Flock:
    """Environments stepped one after another.

    With `same_step` an episode that ends begins anew in the same step, its last observation in ``info["final_obs"]``;
    otherwise the next step's action only resets it.
    """

    def __init__(self, where: Where, n: int, same_step: bool):
        self.envs = [where.open() for _ in range(n)]
        self._same_step = same_step
        self._over = [False] * n

    def reset(self, seeds: list[int | None]) -> list[tuple[Any, dict[str, Any]]]:
        """Observations and infos."""
        self._over = [False] * len(self.envs)
        return [env.reset(seed=seed) for env, seed in zip(self.envs, seeds, strict=True)]

    def step(self, actions: NDArray[Any]) -> list[tuple[Any, float, bool, bool, dict[str, Any]]]:
        """What `RobotEnv.step` gives, for each."""
        return [self._step(i, action) for i, action in enumerate(actions)]

    def _step(self, i: int, action: NDArray[Any]) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        env = self.envs[i]
        if self._over[i] and not self._same_step:
            self._over[i] = False
            seen, info = env.reset()
            return seen, 0.0, False, False, info
        seen, reward, terminated, truncated, info = env.step(action)
        self._over[i] = terminated or truncated
        if self._over[i] and self._same_step:
            info = info | {"final_obs": seen}
            seen, _ = env.reset()
        return seen, reward, terminated, truncated, info

    def close(self) -> None:
        """Frees all."""
        for env in self.envs:
            env.close()


def _serve(connection: Connection, where: Where, n: int, same_step: bool) -> None:
    """A process's life: its flock, then commands until there are none."""
    try:
        flock = Flock(where, n, same_step)
        connection.send(None)
        while (command := connection.recv()) is not None:
            verb, argument = command
            connection.send(getattr(flock, verb)(argument))
    except (EOFError, OSError, KeyboardInterrupt):
        return
    except PropHouseError as error:
        with contextlib.suppress(OSError):
            connection.send(error)


class RobotVector(gymnasium.vector.VectorEnv[Any, Any, Any]):
    """Many environments of one scenario as Gymnasium's vector environment.

    Args:
        where: The scenario.
        num_envs: How many.
        processes: Over how many processes; 0: all in this one.
        same_step: Whether an episode that ends begins anew in the same step or in the next one.

    Raises:
        InputError: The processes do not share the environments evenly.
    """

    def __init__(self, where: Where, num_envs: int, processes: int = 0, same_step: bool = False):
        if num_envs < 1 or processes < 0 or (processes and num_envs % processes):
            raise InputError(
                Problem(
                    f"{where.name}: vector",
                    "cannot be shared out",
                    "processes that divide num_envs",
                    f"{num_envs} over {processes}",
                )
            )
        self.where, self.num_envs, self._same_step = where, num_envs, same_step
        self._context = multiprocessing.get_context("spawn")
        self._each = num_envs // max(processes, 1)
        self._here = Flock(where, 1 if processes else num_envs, same_step)
        self._links: list[tuple[Connection, Any]] = [self._start() for _ in range(processes)]
        for connection, _ in self._links:
            self._answer(connection.recv())
        one: RobotEnv = self._here.envs[0]
        self.single_observation_space, self.single_action_space = one.observation_space, one.action_space
        self.observation_space = batch_space(one.observation_space, num_envs)
        self.action_space = batch_space(one.action_space, num_envs)
        modes = gymnasium.vector.AutoresetMode
        self.metadata = one.metadata | {"autoreset_mode": modes.SAME_STEP if same_step else modes.NEXT_STEP}
        self.spec = None
        self._last: list[Any] = [None] * num_envs

    @property
    def one(self) -> RobotEnv:
        """An environment of this process, for what needs one."""
        return self._here.envs[0]

    @property
    def pids(self) -> list[int]:
        """Of the processes."""
        return [process.pid for _, process in self._links]

    def _start(self) -> tuple[Connection, Any]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_serve, args=(theirs, self.where, self._each, self._same_step), daemon=True
        )
        process.start()
        theirs.close()
        return ours, process

    def _answer(self, result: Any) -> Any:
        if isinstance(result, PropHouseError):
            raise result
        return result

    def _all(self, verb: str, arguments: list[Any]) -> list[Any]:
        """What every environment answers to a command; None from those whose process has died."""
        if not self._links:
            return list(getattr(self._here, verb)(arguments))
        parts = [arguments[i : i + self._each] for i in range(0, self.num_envs, self._each)]
        for (connection, _), part in zip(self._links, parts, strict=True):
            with contextlib.suppress(OSError):
                connection.send((verb, part))
        answers: list[Any] = []
        for i, (connection, _) in enumerate(self._links):
            try:
                answers += self._answer(connection.recv())
            except (EOFError, OSError):
                self._replace(i)
                answers += [None] * self._each
        return answers

    def _replace(self, i: int) -> None:
        """Says that a process has died and starts another."""
        _, process = self._links[i]
        process.join(1)
        print(
            f"{self.where.name}: process {process.pid} died (exit code {process.exitcode}); its {self._each} "
            "environments begin anew, the others go on",
            file=sys.stderr,
        )
        self._links[i] = self._start()
        connection = self._links[i][0]
        self._answer(connection.recv())
        connection.send(("reset", [None] * self._each))
        answers = self._answer(connection.recv())
        for k, (seen, _) in enumerate(answers):
            self._last[i * self._each + k] = seen

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Batch, dict[str, Any]]:
        """Begins an episode in each; environment ``i`` with ``seed + i``, or with its own of a list."""
        seeds = [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else seed or [None] * self.num_envs
        answers = self._all("reset", list(seeds))
        infos: dict[str, Any] = {}
        for i, answer in enumerate(answers):
            if answer is not None:
                self._last[i] = answer[0]
                infos = self._add_info(infos, answer[1], i)
        return self._stacked(), infos

    def step(self, actions: Any) -> tuple[Batch, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """One step of each."""
        answers = self.step_list(actions)
        infos: dict[str, Any] = {}
        for i, (_, _, _, _, info) in enumerate(answers):
            infos = self._add_info(infos, info, i)
        rewards, terminated, truncated = (np.array([answer[k] for answer in answers]) for k in (1, 2, 3))
        return self._stacked(), rewards.astype(np.float64), terminated.astype(bool), truncated.astype(bool), infos

    def step_list(self, actions: Any) -> list[tuple[Any, float, bool, bool, dict[str, Any]]]:
        """The same as a list of what each environment gives."""
        answers = self._all("step", np.asarray(actions))  # type: ignore[arg-type]
        for i, answer in enumerate(answers):
            if answer is None:  # its process has died
                lost = {"worker_lost": True, "is_success": False, "final_obs": self._last[i]}
                answers[i] = (self._last[i], 0.0, False, True, lost)
            self._last[i] = answers[i][0]
        return answers

    def _stacked(self) -> Batch:
        return {key: np.stack([one[key] for one in self._last]) for key in self._last[0]}

    def close_extras(self, **_: Any) -> None:
        """Ends the processes."""
        for connection, process in self._links:
            with contextlib.suppress(OSError):
                connection.send(None)
            connection.close()
            process.join(2)
            if process.is_alive():
                process.terminate()
        self._links = []
        self._here.close()
