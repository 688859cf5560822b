"""The process that ticks a stage 60 times a second, whatever the clients do.

It talks to the server through one pipe; the server's reader never waits for a client, so neither does the clock.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sim.assets.library import Library
from sim.errors import InputError, Problem, PropHouseError
from sim.viewer.stage import HZ, Stage
from sim.viewer.wire import PoseTable, grid_step, pack

BACKLOG = 0.1  # s: who is later than that goes on in slow motion and does not hurry after
REPORT_TICKS = 30  # between two reports of how long ticks take


@dataclass(frozen=True)
class Plan:
    """What is to be shown, as plain data that goes to another process."""

    target: str
    roots: tuple[Path, ...]
    seed: int | None = None
    allow_scripts: bool = False

    def build(self) -> Stage:
        """The stage.

        Raises:
            InputError: There is no such thing, or its files are wrong.
        """
        from sim.viewer.choose import stage_of

        return stage_of(self.target, Library(*self.roots), self.seed, self.allow_scripts)


def run(pipe: Connection, plan: Plan) -> None:
    """Builds and ticks until the pipe is closed: the whole life of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to answer
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            stage = plan.build()
        except PropHouseError as error:
            pipe.send(("failed", error))
            return
        try:
            _Clock(pipe, stage).run()
        finally:
            stage.close()


class _Clock:
    def __init__(self, pipe: Connection, stage: Stage):
        self.pipe, self.stage = pipe, stage
        self.tick = 0
        state = stage.read()
        self.step = grid_step(float(abs(state.position).max(initial=0.0)) + 500.0)
        self.table = PoseTable(len(state.parts))
        self.spent: deque[float] = deque(maxlen=4 * HZ)  # s of each tick by the wall clock
        self.worked: deque[float] = deque(maxlen=4 * HZ)  # and of processor time: the rest others took

    def run(self) -> None:
        """Ticks for ever."""
        self.pipe.send(("ready", self.stage.layout.to_json(), self.step, list(self.stage.read().parts)))
        gc.collect()
        gc.freeze()  # what was built stays: no collection walks over it in mid-tick
        begun = time.monotonic()
        while True:
            start, busy = time.perf_counter(), time.process_time()
            while self.pipe.poll():
                if not self.obey(*self.pipe.recv()):
                    return
            self.stage.tick()
            self.send(time.monotonic())
            self.spent.append(time.perf_counter() - start)
            self.worked.append(time.process_time() - busy)
            self.tick += 1
            wait = begun + self.tick / HZ - time.monotonic()
            if wait < -BACKLOG:
                begun -= wait
            elif wait > 0:
                time.sleep(wait)

    def send(self, clock: float) -> None:
        """Says what changed."""
        state = self.stage.read()
        fresh = self.table.update(self.tick, pack(state.position, state.orientation, self.step))
        self.pipe.send(("frame", self.tick, clock, state.time, fresh.tobytes()))
        news = self.stage.news()
        if self.tick % REPORT_TICKS == 0 and self.spent:
            mean = sum(self.spent) / len(self.spent)
            worst, work = _nearly_worst(self.spent), _nearly_worst(self.worked)
            news.append({"t": "load", "tick_ms": _ms(mean), "p99_ms": _ms(worst), "work_p99_ms": _ms(work)})
        if news:
            self.pipe.send(("say", news))

    def obey(self, verb: str, *what: Any) -> bool:
        """Does what the server asks; False to end."""
        if verb == "hello":
            client, name = what
            player = self.stage.join(name)
            self.pipe.send(("hello", client, player, self.stage.describe(player)))
        elif verb == "leave":
            self.stage.leave(what[0])
        elif verb == "hold":
            self.stage.hold(*what)
        elif verb == "do":
            client, number, command, values, writes = what
            self.pipe.send(("answer", client, self.answer(number, command, values, writes)))
        return verb != "close"

    def answer(self, number: int, command: str, values: dict[str, Any], writes: bool) -> dict[str, Any]:
        """What a command came to; whatever goes wrong is said, and the clock goes on."""
        try:
            return {"t": "done", "n": number, **self.stage.do(command, values, writes)}
        except PropHouseError as error:
            return {"t": "done", "n": number, "error": str(error.problems[0])}
        except OSError as error:
            problem = Problem(f"view: {command}", f"cannot be done: {error.strerror}")
            return {"t": "done", "n": number, "error": str(InputError(problem))}


def _nearly_worst(spans: deque[float]) -> float:
    return sorted(spans)[int(0.99 * (len(spans) - 1))]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
