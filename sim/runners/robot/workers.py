"""Episodes played by several processes: each has the environment once and plays what it is given.

A process that dies costs one line; what it was playing is played by another, and nothing that came back is lost. The
episodes come out the same however many processes there are.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from sim.errors import Problem, PropHouseError
from sim.runners.robot.env import RobotEnv
from sim.runners.robot.episode import Episode, Job, play_job

TRIES = 3  # times a job is given out before whoever plays it is taken to die of it


@dataclass(frozen=True)
class Where:
    """What a process needs to make an environment of its own."""

    name: str
    root: str
    settings: dict[str, Any] = field(default_factory=dict)
    pixels: bool = False

    def open(self) -> RobotEnv:
        """The environment."""
        from pathlib import Path

        from sim.assets.library import default_library
        from sim.runners import load_scenario

        _, layout, spec = load_scenario(default_library(Path(self.root)), self.name, self.settings)
        return RobotEnv(layout, spec, self.name, pixels=self.pixels)  # type: ignore[arg-type]


def _serve(connection: Connection, where: Where) -> None:
    """A process's life: an environment, then jobs until there are none."""
    try:
        env = where.open()
        while (job := connection.recv()) is not None:
            connection.send(play_job(env, job))
    except (EOFError, OSError, KeyboardInterrupt):
        return
    except PropHouseError as error:
        with contextlib.suppress(OSError):
            connection.send(error)


class Workers:
    """Processes that play episodes. A context manager; without processes, or with one, all happens here.

    Args:
        where: The environment.
        n: Processes.
        here: An environment to play in without processes.
    """

    def __init__(self, where: Where, n: int, here: RobotEnv):
        self._where, self._here = where, here
        self._context = multiprocessing.get_context("spawn")
        self._busy: dict[Connection, tuple[int, Job] | None] = {}
        self._processes: dict[Connection, Any] = {}
        for _ in range(n if n > 1 else 0):
            self._start()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._where), daemon=True)
        process.start()
        theirs.close()
        self._processes[ours], self._busy[ours] = process, None

    @property
    def pids(self) -> list[int]:
        """Of the processes that live."""
        return [process.pid for process in self._processes.values() if process.is_alive()]

    def close(self) -> None:
        """Ends all processes."""
        for connection, process in self._processes.items():
            with contextlib.suppress(OSError):
                connection.send(None)
            connection.close()
            process.join(2)
            if process.is_alive():
                process.terminate()
        self._processes.clear()
        self._busy.clear()

    def play(self, jobs: Iterable[Job]) -> list[Episode]:
        """All episodes, in the order of the jobs."""
        found = dict(self.stream(jobs))
        return [found[i] for i in range(len(found))]

    def stream(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Episode]]:
        """Index and episode of each job as it is done.

        Raises:
            PropHouseError: Every process that played one of them died.
        """
        todo = deque(enumerate(jobs))
        if not self._processes or any(not getattr(job.policy, "portable", True) for _, job in todo):
            for i, job in todo:
                yield i, play_job(self._here, job)
            return
        tries: dict[int, int] = {}
        while todo or any(self._busy.values()):
            self._hand_out(todo, tries)
            waiting: Any = [connection for connection, job in self._busy.items() if job]
            ready: list[Any] = wait(waiting)
            for connection in ready:
                mine = self._busy[connection]
                assert mine is not None
                try:
                    result = connection.recv()
                except (EOFError, OSError):
                    self._bury(connection, mine, todo)
                    continue
                self._busy[connection] = None
                if isinstance(result, PropHouseError):
                    raise result
                yield mine[0], result

    def _hand_out(self, todo: deque[tuple[int, Job]], tries: dict[int, int]) -> None:
        for connection in [connection for connection, job in self._busy.items() if job is None]:
            if not todo:
                return
            i, job = todo.popleft()
            tries[i] = tries.get(i, 0) + 1
            if tries[i] > TRIES:
                raise PropHouseError(
                    Problem(f"{self._where.name}: episode {job.seed}", "kills every process that plays it")
                )
            try:
                connection.send(job)
                self._busy[connection] = (i, job)
            except OSError:
                self._bury(connection, (i, job), todo)

    def _bury(self, connection: Connection, mine: tuple[int, Job], todo: deque[tuple[int, Job]]) -> None:
        """Says that a process has died, gives its work back and starts another."""
        process = self._processes.pop(connection)
        self._busy.pop(connection)
        process.join(1)
        print(
            f"{self._where.name}: process {process.pid} died (exit code {process.exitcode}); "
            f"episode {mine[1].seed} is played again, the others go on",
            file=sys.stderr,
        )
        todo.appendleft(mine)
        self._start()
