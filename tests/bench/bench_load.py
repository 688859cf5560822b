"""Loading many instances of one asset, beside PyBullet's loadURDF."""

import tempfile
from itertools import product
from pathlib import Path

from tests.bench.harness import Row, fresh
from tests.bench.load import write_project


def load() -> list[Row]:
    """What 1,000 instances of one mesh of 1,280 triangles add to an empty world, in processes of their own."""
    least: dict[tuple[str, str, str], float] = {}
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder))
        for side, world in product(["ours", "peer"] * 3, ["many", "none"]):
            for what, value in fresh("tests.bench.load", side, folder, world).items():
                least[side, world, what] = min(value, least.get((side, world, what), value))
    rows = []
    for name, what, unit, promise in (("time", "seconds", "s", 10), ("memory", "mb", "MB", 15)):
        ours, peer = (least[side, "many", what] - least[side, "none", what] for side in ("ours", "peer"))
        rows.append(Row(f"load 1,000 instances, {name}", ours, peer, unit, promise, at_least=True))
    return rows


BENCHES = [load]
