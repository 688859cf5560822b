"""What a minute of film costs: city/chase from nothing, again with one shot changed, and with nothing changed."""

import json
import tempfile
import time
from pathlib import Path

from sim.assets.library import Library, starter_root
from sim.runners import Options, load_scenario
from sim.runners.film import run
from tests.bench.harness import Row, fresh

NAME, CHANGED = "city/chase", 1  # the shot whose lens is changed


def film() -> list[Row]:
    """Limits in the place of a peer; seconds on the clock, two processes."""
    fresh("tests.bench.bench_film", "warm")  # once for what is kept between runs
    cost = fresh("tests.bench.bench_film")
    return [
        Row("film: city/chase, 60 s at 1280x720, s", cost["whole_s"], 240.0, "s", 1.0),
        Row("film: one changed shot against its share, s", cost["changed_s"], cost["share_s"], "s", 1.15),
        Row("film: nothing changed, s", cost["again_s"], cost["whole_s"], "s"),
    ]


def cost(size: tuple[int, int] | None = None) -> dict[str, float]:
    """Seconds on the clock of three runs of the film in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder), starter_root())
        options = Options(NAME, Path(folder), flags={"size": size} if size else {})

        def seconds(settings: dict[str, str]) -> tuple[float, dict]:
            start = time.perf_counter()
            _, layout, spec = load_scenario(library, NAME, settings)
            report = run(layout, spec, options)
            return time.perf_counter() - start, dict(report.metrics)

        whole, metrics = seconds({})
        again, _ = seconds({})
        changed, one = seconds({f"shots.{CHANGED}.lens_mm": "50"})
        share = whole * one["frames_drawn"] / metrics["frames"]
        return {"whole_s": whole, "again_s": again, "changed_s": changed, "share_s": share}


BENCHES = [film]

if __name__ == "__main__":
    import sys

    print(json.dumps(cost((64, 36) if "warm" in sys.argv else None)))
