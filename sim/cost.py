"""What each use cost and what the next one costs: authoring, computing, and a price for both.

Owns the file kind ``rates/1``. Hours of work are those a file declares (``authoring_hours``); where none are declared
they are estimated from its lines, and said to be.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sim.assets.library import Library, starter_root
from sim.errors import PropHouseError
from sim.report import Report
from sim.runners import KINDS
from sim.schema import Fraction, NonNegative, Positive, Spec, read_spec, read_yaml
from sim.world.layout import Layout

JOULES_PER_KWH = 3.6e6
UNITS = {  # what one use is, and which metric of a report counts it; none: the run itself is one
    "film": ("second of film", "seconds", 1.0),
    "game": ("level", None, 1.0),
    "robot": ("thousand training steps", "training_steps", 1000.0),
    "driving": ("driving test", "runs", 1.0),
}


class VideoSpec(Spec):
    """The public price of generated video."""

    plan_price: Positive
    """¥ a month"""
    plan_credits: Positive
    clip_credits: Positive
    clip_seconds: Positive

    @property
    def price_a_second(self) -> float:
        """¥ a second."""
        return self.plan_price / self.plan_credits * self.clip_credits / self.clip_seconds

    def arithmetic(self) -> str:
        """How it is reckoned, in one line."""
        return (
            f"{self.plan_price:g} ¥ / {self.plan_credits:g} credits × {self.clip_credits:g} credits "
            f"/ {self.clip_seconds:g} s = {self.price_a_second:.3f} ¥/s"
        )


class RatesSpec(Spec):
    """A rate card."""

    SCHEMA: ClassVar[str] = "rates/1"

    about: str
    currency: str = "€"
    electricity_kwh: NonNegative
    """Price of a kilowatt hour."""
    cpu_hour: NonNegative
    """Price of an hour of one core, without its electricity."""
    artist_hour: NonNegative
    watts_a_core: Positive
    """W that one busy core draws, its share of memory and supply in it."""
    lines_an_hour: Positive
    """Lines of YAML and modelling code a person writes and tries in an hour, where no hours are declared."""
    yuan: Positive
    """¥ for one unit of `currency`."""
    video: VideoSpec
    overhead: Fraction = 0.0
    """Part added to computing for what is idle."""
    sources: dict[str, str] = {}


@dataclass(frozen=True)
class Work:
    """What was written once: bytes, lines and hours of a file or folder."""

    bytes: int
    lines: int
    hours: float
    declared: bool


def load_rates(library: Library, path: Path | None = None) -> RatesSpec:
    """The rate card: a file, else the project's ``rates.yaml``, else the one shipped.

    Raises:
        InputError: With everything that is wrong with it.
    """
    own = library.root / "rates.yaml"
    return read_spec(path or (own if own.is_file() else starter_root() / "rates.yaml"), RatesSpec)


def work_of(paths: Iterable[Path], rates: RatesSpec, declared: float | None = None) -> Work:
    """What some files took to make; text files count by lines, all by bytes."""
    size = lines = 0
    for path in paths:
        size += path.stat().st_size
        if path.suffix in (".yaml", ".py"):
            lines += sum(1 for line in path.read_text("utf-8").splitlines() if line.strip())
    return Work(size, lines, lines / rates.lines_an_hour if declared is None else declared, declared is not None)


def asset_work(library: Library, name: str, rates: RatesSpec) -> Work:
    """What an asset took to make."""
    asset = library.asset(name)
    own = [p for p in asset.folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    return work_of(own, rates, _hours(asset.folder / "asset.yaml"))


def _hours(path: Path) -> float | None:
    """What a file declares its making took."""
    with contextlib.suppress(PropHouseError):
        hours = read_yaml(path).get("authoring_hours")
        return None if hours is None else float(hours)
    return None


def computing(report: Report, rates: RatesSpec) -> dict[str, float]:
    """Energy in kWh and price of one run's computing."""
    kwh = report.cost.cpu_s * rates.watts_a_core * (1 + rates.overhead) / JOULES_PER_KWH
    price = kwh * rates.electricity_kwh + report.cost.cpu_s / 3600 * rates.cpu_hour * (1 + rates.overhead)
    return {"kwh": kwh, "price": price}


def run_rows(reports: Iterable[Report], rates: RatesSpec) -> list[dict[str, Any]]:
    """One row a run: what it took, its price, and the price of one unit of what it made."""
    rows = []
    for report in reports:
        unit, metric, per = UNITS[report.runner]
        price = computing(report, rates)
        made = report.metrics.get(metric, 0) if metric else 1
        amount = float(made) / per if made else (1.0 if metric != "training_steps" else 0.0)
        rows.append(
            {
                "scenario": report.scenario,
                "runner": report.runner,
                "cpu_s": report.cost.cpu_s,
                "wall_s": report.cost.wall_s,
                "memory_mb": report.cost.peak_rss_mb,
                "energy_wh": price["kwh"] * 1000,
                f"price_{rates.currency}": price["price"],
                "made": amount,
                "unit": unit,
                f"per_unit_{rates.currency}": price["price"] / amount if amount else None,
                "per_unit_¥": price["price"] / amount * rates.yuan if amount else None,
            }
        )
    return rows


def world_rows(library: Library, worlds: Iterable[str], rates: RatesSpec) -> list[dict[str, Any]]:
    """One row a world and one a scenario of it: what was written for it alone; one for all the assets it uses."""
    rows = []
    for world in worlds:
        layout = Layout.load(world, library)
        things = [asset_work(library, name, rates) for name in layout.assets()]
        total = Work(
            sum(w.bytes for w in things),
            sum(w.lines for w in things),
            sum(w.hours for w in things),
            all(w.declared for w in things),
        )
        rows.append(_row(f"{world}: {len(things)} assets", total, rates))
        names = {Path(name).parent.name for name in layout.files}
        files = [library.world(name) / "world.yaml" for name in sorted(names)]
        rows.append(_row(f"{world}: world", work_of(files, rates, _hours(files[0])), rates))
        for scenario in library.scenarios():
            if scenario.startswith(f"{world}/"):
                path = library.world(world) / f"{scenario.partition('/')[2]}.yaml"
                rows.append(_row(scenario, work_of([path], rates, _hours(path)), rates))
    return rows


def _row(what: str, work: Work, rates: RatesSpec) -> dict[str, Any]:
    return {
        "made_once": what,
        "kB": work.bytes / 1000,
        "lines": work.lines,
        "hours": work.hours,
        "hours_are": "declared" if work.declared else f"{rates.lines_an_hour:g} lines an hour",
        f"price_{rates.currency}": work.hours * rates.artist_hour,
    }


def marginal_rows(library: Library, world: str, reports: Iterable[Report], rates: RatesSpec) -> list[dict[str, Any]]:
    """What the first industry paid for a world, and what each next one pays: its scenario and its computing."""
    layout = Layout.load(world, library)
    shared = sum(asset_work(library, name, rates).hours for name in layout.assets())
    names = sorted({Path(name).parent.name for name in layout.files})
    shared += work_of([library.world(name) / "world.yaml" for name in names], rates).hours
    first: float | None = None
    rows = []
    by_kind: dict[str, Report] = {}
    for report in reports:
        if report.scenario.partition("/")[0].partition("@")[0] == world:
            by_kind.setdefault(report.runner, report)
    for n, kind in enumerate((k for k in KINDS if k in by_kind), 1):
        report = by_kind[kind]
        path = library.world(world) / f"{report.scenario.partition('/')[2]}.yaml"
        own = work_of([path], rates, _hours(path)).hours if path.is_file() else 0.0
        authoring = (own + (shared if n == 1 else 0.0)) * rates.artist_hour
        price = computing(report, rates)["price"]
        first = authoring + price if first is None else first
        rows.append(
            {
                "industry": f"{n}. {kind}",
                "scenario": report.scenario,
                f"authoring_{rates.currency}": authoring,
                f"computing_{rates.currency}": price,
                f"together_{rates.currency}": authoring + price,
                "part_of_the_first": (authoring + price) / first if first else 0.0,
            }
        )
    return rows
