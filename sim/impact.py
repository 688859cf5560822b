"""What an edit changes: the scenarios whose inputs are no longer what their reports say, run again and compared."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sim.assets.library import Library
from sim.errors import PropHouseError
from sim.report import Report
from sim.runners import Options, load_scenario

PICTURES = (".png", ".jpg")
SAME = 1e-9  # relative difference of numbers that are the same


@dataclass(frozen=True)
class Stale:
    """A report whose inputs changed, and the names of those that did."""

    report: Report
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What running a scenario again changed: (before, after) of verdict and metrics; mean share of pictures."""

    scenario: str
    because: tuple[str, ...]
    verdict: tuple[str, str]
    metrics: dict[str, tuple[Any, Any]]
    pictures: dict[str, float]
    error: str = ""

    def lines(self) -> Iterator[str]:
        """What a person reads."""
        before, after = self.verdict
        yield f"{self.scenario}: {before} → {after}  (changed: {', '.join(self.because)})"
        if self.error:
            yield f"  {self.error}"
        for name, (old, new) in self.metrics.items():
            yield f"  {name}: {_short(old)} → {_short(new)}"
        for name, share in self.pictures.items():
            yield f"  {name}: {share:.2%} of the picture's range apart, on average"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def stale(library: Library, reports: Iterable[Report]) -> list[Stale]:
    """The reports that an edit since has made untrue; the others need not be computed again."""
    found = []
    for report in reports:
        changed = tuple(name for name, was in sorted(report.assets.items()) if _hash_now(library, name) != was)
        if changed:
            found.append(Stale(report, changed))
    return found


def _hash_now(library: Library, name: str) -> str | None:
    """The hash of an asset, or of a world's file; None when it is gone or cannot be read."""
    with contextlib.suppress(PropHouseError, OSError):
        if name.startswith("worlds/"):
            _, world, file = name.split("/")
            return hashlib.sha256((library.world(world) / file).read_bytes()).hexdigest()
        return library.asset(name).sha256
    return None


def run_again(library: Library, one: Stale) -> Difference:
    """Runs a scenario again as its report says it was run, and compares."""
    report = one.report
    options = Options(report.scenario, library.root, report.seed)
    with tempfile.TemporaryDirectory(prefix="prophouse-") as name:
        kept = Path(name)
        for output in report.outputs:
            path = options.folder / output
            if path.suffix in PICTURES and path.is_file():
                shutil.copyfile(path, kept / output.replace("/", "_"))
        try:
            module, layout, spec = load_scenario(library, report.scenario)
            after = module.run(layout, spec, options)
        except PropHouseError as error:
            return Difference(report.scenario, one.changed, (report.verdict, "error"), {}, {}, str(error))
        pictures = {
            output: share
            for output in report.outputs
            if (share := _apart(kept / output.replace("/", "_"), options.folder / output)) is not None and share > 0
        }
    return Difference(
        report.scenario,
        one.changed,
        (report.verdict, after.verdict),
        _differing(dict(report.metrics), dict(after.metrics)),
        pictures,
    )


def _differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (before.get(name), after.get(name))
        for name in dict.fromkeys((*before, *after))
        if not _equal(before.get(name), after.get(name))
    }


def _equal(a: Any, b: Any) -> bool:
    numbers = (int, float, np.number)
    if isinstance(a, numbers) and isinstance(b, numbers):
        return bool(abs(a - b) <= SAME * max(abs(a), abs(b)))
    return bool(a == b)


def _apart(before: Path, after: Path) -> float | None:
    """Mean difference of two pictures, 0 to 1; 1 when their sizes differ; None when one is missing."""
    if not (before.is_file() and after.is_file()):
        return None
    a, b = (np.asarray(Image.open(path).convert("RGB"), np.float32) / 255 for path in (before, after))
    return float(np.abs(a - b).mean()) if a.shape == b.shape else 1.0
