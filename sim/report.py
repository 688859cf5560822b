"""What a run came to: verdict, metrics, outputs, hashes, cost.

Owns the file kind ``report/1`` and the measuring of what a run costs. Knows nothing of any runner.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim import __version__
from sim.assets.library import Library
from sim.errors import InputError, Problem
from sim.files import write_whole
from sim.world.layout import Layout

VERDICTS = ("done", "pass", "fail", "invalid")


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds on the clock, seconds of processors (helpers' too), and the most memory at once."""

    wall_s: float
    cpu_s: float
    peak_rss_mb: float


class Meter:
    """Measures a run from here on."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu_seconds()

    def read(self) -> Cost:
        """What it cost up to now."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
        return Cost(round(time.perf_counter() - self._wall, 3), round(_cpu_seconds() - self._cpu, 3), round(peak, 1))


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@dataclass(frozen=True)
class Report:
    """What a run came to; ``report.json`` beside its outputs.

    | field      | is                                                                               |
    |------------|----------------------------------------------------------------------------------|
    | verdict    | ``pass`` or ``fail`` where something was judged, ``invalid`` where it could not be, else ``done`` |
    | metrics    | numbers and texts by name; the unit is in the name                                |
    | outputs    | files, relative to the report's folder                                            |
    | assets     | sha256 of every asset and world file it used                                       |
    | references | other files it used, each with its sha256 and what it set                          |
    | uses       | what it read of each asset: ``{"crate": ["collider", "mass", …]}``                   |
    | notes      | sentences for a person: why it failed, what falls short                            |
    """

    scenario: str
    runner: str
    verdict: str
    seed: int
    steps: int
    step_hz: int
    assets: Mapping[str, str]
    cost: Cost
    metrics: Mapping[str, Any] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    trajectory_sha256: str = ""
    references: Sequence[Mapping[str, Any]] = ()
    uses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, layout: Layout, runner: str, scenario: str, meter: Meter, **rest: Any) -> Report:
        """The report of a run in a layout; hashes, versions and what was read of each asset are filled in.

        Args:
            layout: The world it ran in.
            runner: film, game, robot or driving.
            scenario: ``world/scenario``.
            meter: What has measured the run.
            rest: The other fields.
        """
        uses = {name: sorted(asset.reads) for name, asset in layout.assets().items()}
        return cls(
            scenario=scenario,
            runner=runner,
            step_hz=layout.step_hz,
            assets=layout.hashes() | scenario_hash(layout.library, scenario),
            cost=meter.read(),
            versions=_versions(),
            **{"uses": uses} | rest,
        )

    def write(self, folder: Path) -> Path:
        """Writes ``report.json`` into a folder, whole or not at all."""
        if self.verdict not in VERDICTS:
            raise ValueError(f"no verdict is called {self.verdict!r}")
        path = folder / "report.json"
        content = {"schema": "report/1"} | asdict(self)
        write_whole(path, (json.dumps(_plain(content), indent=1, ensure_ascii=False) + "\n").encode())
        return path

    @classmethod
    def load(cls, path: Path) -> Report:
        """The report in a file.

        Raises:
            InputError: It is missing, truncated or of another kind.
        """
        try:
            content = json.loads(path.read_text("utf-8"))
            if content.pop("schema") != "report/1":
                raise ValueError
            return cls(**content | {"cost": Cost(**content["cost"])})
        except FileNotFoundError:
            raise InputError(Problem(str(path), "does not exist", hint="run the scenario first")) from None
        except (ValueError, KeyError, TypeError, UnicodeDecodeError):
            raise InputError(Problem(str(path), "is no whole report", "schema report/1")) from None


def reports(root: Path) -> list[Report]:
    """The reports of all runs whose outputs are under a project's ``renders/``, by the scenario's name."""
    found: dict[str, Report] = {}
    for path in sorted((root / "renders").glob("**/report.json"), key=lambda path: (len(path.parts), path)):
        with contextlib.suppress(InputError):  # half written, or of a version before this one
            report = Report.load(path)
            found.setdefault(report.scenario, report)  # a scenario's own run before the demo's
    return [found[name] for name in sorted(found)]


def scenario_hash(library: Library, scenario: str) -> dict[str, str]:
    """sha256 of a scenario's own file, by the name it has in reports; nothing when it has none."""
    world, _, name = scenario.partition("/")
    with contextlib.suppress(InputError):
        path = library.world(world.partition("@")[0]) / f"{name}.yaml"
        if path.is_file():
            return {f"worlds/{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()}
    return {}


def print_report(report: Report, folder: Path) -> None:
    """Says what a run came to: files on stdout, the rest on stderr."""
    for name in report.outputs:
        print(folder / name)
    print(folder / "report.json")
    facts = ", ".join(f"{name} {_short(value)}" for name, value in report.metrics.items() if _is_short(value))
    print(f"{report.scenario}: {report.verdict}{': ' + facts if facts else ''}", file=sys.stderr)
    for note in report.notes:
        print(f"  {note}", file=sys.stderr)


def _is_short(value: Any) -> bool:
    return isinstance(value, (int, float, str, bool, np.number)) and len(str(value)) < 60


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)


def _plain(value: Any) -> Any:
    """The same for JSON: NumPy becomes Python's, what is not finite becomes null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {"prophouse": __version__, "pybullet": version("pybullet"), "numpy": version("numpy")}
