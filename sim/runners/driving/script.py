"""A driver of the user's own: Python that answers in time, with numbers, or makes the run invalid."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem
from sim.runners.driving.perceive import Track
from sim.runners.driving.spec import DriverSpec
from sim.script import load_script


class Invalid(Exception):
    """Why a run says nothing; in one sentence."""


@dataclass(frozen=True)
class Observation:
    """What a driver is told 120 times a second.

    | field     | is                                                                      |
    |-----------|-------------------------------------------------------------------------|
    | time      | s                                                                       |
    | speed     | m/s                                                                     |
    | set_speed | m/s, the test's                                                          |
    | position  | m, of the vehicle's origin in the world                                   |
    | heading   | rad                                                                     |
    | yaw_rate  | rad/s                                                                   |
    | way       | m along the path                                                         |
    | lateral   | m to the left of the path                                                 |
    | objects   | what is seen: `name`, `point` m and `velocity` m/s in the vehicle's frame   |
    """

    time: float
    speed: float
    set_speed: float
    position: tuple[float, float]
    heading: float
    yaw_rate: float
    way: float
    lateral: float
    objects: tuple[Track, ...]


@dataclass(frozen=True)
class Answer:
    """What a driver does: pedals 0 to 1, or an acceleration, m/s²; steer −1 to 1, or None to keep to the path."""

    throttle: float = 0.0
    brake: float = 0.0
    steer: float | None = None
    acceleration: float | None = None


class UserDriver:
    """A class with a ``step`` method, or a function, of a file beside the scenario.

    It takes an `Observation` and gives a mapping with any of ``throttle``, ``brake``, ``steer``, ``acceleration``.
    """

    def __init__(self, spec: DriverSpec, folder: Path, allowed: bool, where: str):
        assert spec.script is not None
        self._limit, self._where = spec.limit, f"{spec.script}: {spec.name}"
        module = load_script(folder, spec.script, allowed, f"{where}: ego.driver.script")
        made = getattr(module, spec.name, None)
        if not callable(made):
            raise InputError(
                Problem(f"{where}: ego.driver.name", f"{spec.script} has no class or function {spec.name}")
            )
        self._answer: Callable[[Observation], Any] = made
        if isinstance(made, type):
            instance = self._guarded(made)
            if not callable(getattr(instance, "step", None)):
                raise InputError(Problem(f"{where}: ego.driver.name", f"{spec.name} has no method step"))
            self._answer = instance.step

    def step(self, observation: Observation) -> Answer:
        """Its answer.

        Raises:
            Invalid: It raised, took too long, or gave no numbers.
        """
        answer = self._guarded(self._answer, observation)
        if not isinstance(answer, dict) or not set(answer) <= {"throttle", "brake", "steer", "acceleration"}:
            raise Invalid(
                f"{self._where} gave {answer!r:.60}; expected a mapping of throttle, brake, steer, acceleration"
            )
        for name, value in answer.items():
            if value is not None and not (isinstance(value, int | float) and math.isfinite(value)):
                raise Invalid(
                    f"{self._where} gave {name} = {value!r:.40} at {observation.time:.3f} s; expected a number"
                )
        return Answer(**answer)

    def _guarded(self, act: Callable[..., Any], *arguments: Any) -> Any:
        try:
            with _time_limit(self._limit):
                return act(*arguments)
        except _TooLong:
            raise Invalid(f"{self._where} did not answer within {self._limit:g} s") from None
        except Exception as error:
            raise Invalid(f"{self._where} raised {type(error).__name__}: {error}") from None


class _TooLong(BaseException):
    pass


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupts Python that runs longer; only a process's main thread can, others just run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
