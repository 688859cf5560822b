"""How the benches measure: both sides in turns, the least of several rounds, a fresh process where memory counts."""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Side = Callable[[], Iterator[object]]
"""What is raced: everything up to its first ``yield`` is set-up, then each stretch ends with a ``yield``."""


@dataclass(frozen=True)
class Row:
    """One line of the table: what ours and the peer's cost, and what is promised of the two.

    `ratio` is ours over the peer's where at most so much is promised, the peer's over ours where at least so much is.
    """

    name: str
    ours: float
    peer: float
    unit: str
    promise: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float:
        return self.peer / self.ours if self.at_least else self.ours / self.peer

    @property
    def kept(self) -> bool | None:
        if self.promise is None:
            return None
        return self.ratio >= self.promise if self.at_least else self.ratio <= self.promise

    def to_json(self) -> dict:
        return asdict(self) | {"ratio": self.ratio, "kept": self.kept}


def race(ours: Side, peer: Side, rounds: int = 4) -> tuple[float, float]:
    """Seconds of processor time of both sides, run stretch by stretch in turns; the least of each stretch counts."""
    best: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        sides = [ours(), peer()]
        for side in sides:
            next(side)
        gc.collect()
        gc.disable()
        try:
            times: tuple[list[float], list[float]] = ([], [])
            going = True
            while going:  # no `and`: both sides run every stretch
                going = _stretch(sides[0], times[0]) & _stretch(sides[1], times[1])
        finally:
            gc.enable()
        best = _least(best[0], times[0]), _least(best[1], times[1])
    return sum(best[0]), sum(best[1])


def _least(before: list[float], now: list[float]) -> list[float]:
    return [min(pair) for pair in zip(before, now, strict=True)] if before else now


def _stretch(side: Iterator[object], times: list[float]) -> bool:
    start = time.process_time()
    going = next(side, StopIteration) is not StopIteration
    if going:
        times.append(time.process_time() - start)
    return going


def fresh(module: str, *arguments: str) -> dict:
    """What a module prints as JSON when run in a process of its own."""
    command = [sys.executable, "-m", module, *arguments]
    return json.loads(
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    )


def resident_mb() -> float:
    """Memory this process holds now, MB."""
    import resource

    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    except OSError:  # not Linux: the most it ever held, in bytes on macOS
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
