"""How soon the command line answers."""

import subprocess
import sys
import time

from tests.bench.harness import ROOT, Row


def _seconds(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def answer() -> list[Row]:
    """``prophouse --help`` against importing numpy."""
    runs = [
        (_seconds("-c", "from sim.cli import main; main()", "--help"), _seconds("-c", "import numpy"))
        for _ in range(12)
    ]
    ours, peer = (min(side) for side in zip(*runs, strict=True))
    return [Row("prophouse --help, import numpy", ours, peer, "s", 3)]


BENCHES = [answer]
