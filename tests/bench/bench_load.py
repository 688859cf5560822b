"""Loading many instances of one asset, beside PyBullet's loadURDF."""

import tempfile
from pathlib import Path

from tests.bench.harness import Row, fresh
from tests.bench.load import write_project


def load() -> list[Row]:
    """1,000 instances of one mesh of 1,280 triangles: time and memory, each side in processes of its own."""
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder))
        runs = [[fresh("tests.bench.load", side, folder) for side in ("ours", "peer")] for _ in range(3)]
    ours, peer = zip(*runs, strict=True)
    return [
        Row(
            f"load 1,000 instances, {name}",
            *(min(run[key] for run in side) for side in (ours, peer)),
            unit,
            promise,
            True,
        )
        for name, key, unit, promise in (("time", "seconds", "s", 10), ("memory", "mb", "MB", 15))
    ]


BENCHES = [load]
