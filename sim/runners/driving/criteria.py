"""Limits, those of UN R152 and R157 among them, and what became of them.

Sources: UN Regulation No. 152, 5.2.1.4 and 5.2.2.4 (largest relative impact speeds, M1, in running order); UN
Regulation No. 157, 5.2.5.2 (cut-ins that must be avoided).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sim.errors import InputError, Problem, guess
from sim.runners.driving.reference import KMH, Reg157
from sim.runners.driving.spec import CriterionSpec

CAR = [(10, 0), (40, 0), (42, 0), (45, 15), (50, 25), (55, 30), (60, 35)]  # km/h: relative speed, impact speed
PEDESTRIAN = [(20, 0), (30, 0), (35, 20), (40, 25), (45, 30), (50, 35), (55, 40), (60, 45)]
TABLES = {"r152_car": CAR, "r152_pedestrian": PEDESTRIAN}

METRICS = {
    "impact_speed_kmh": ("km/h", "relative speed at the first touch; 0: avoided"),
    "ttc_min_s": ("s", "smallest time to collision"),
    "thw_min_s": ("s", "smallest time headway to who is ahead"),
    "pet_s": ("s", "post-encroachment time"),
    "drac_max": ("m/s²", "largest deceleration that would have been needed to avoid the rest"),
    "distance_min_m": ("m", "smallest distance between outlines"),
    "deceleration_max": ("m/s²", "hardest braking"),
    "jerk_max": ("m/s³", "largest change of acceleration, over 0.1 s"),
    "lateral_max_m": ("m", "largest deviation from the path"),
    "speed_end_kmh": ("km/h", "speed at the end"),
    "aeb_ttc_s": ("s", "time to collision when the AEB acted"),
}


@dataclass(frozen=True)
class Judged:
    """What became of one criterion.

    | field   | is                                                                      |
    |---------|-------------------------------------------------------------------------|
    | name    | the scenario's name for it                                                |
    | metric  | one of `METRICS`                                                          |
    | value   | what was measured                                                         |
    | limit   | what was allowed; infinite: everything was                                 |
    | upper   | whether the limit is the most allowed, or the least                         |
    | passed  | whether it was kept                                                       |
    | source  | where the limit comes from                                                |
    """

    name: str
    metric: str
    value: float
    limit: float
    upper: bool
    passed: bool
    source: str = "scenario"

    def __str__(self) -> str:
        unit = METRICS[self.metric][0]
        side = "at most" if self.upper else "at least"
        return f"{self.metric} is {self.value:.3g} {unit}, {side} {self.limit:.3g} {unit} is allowed ({self.source})"


def check_criteria(criteria: Mapping[str, CriterionSpec], where: str) -> list[Problem]:
    """What is wrong with criteria: metrics that nobody measures."""
    problems = []
    for name, spec in criteria.items():
        metric = spec.metric or name
        if metric not in METRICS:
            problems.append(
                Problem(f"{where}: criteria.{name}", f"no metric is called {metric!r}", hint=guess(metric, METRICS))
            )
    return problems


def r152_limit(table: str, relative_kmh: float) -> float:
    """Largest impact speed, km/h, that R152 allows at a relative speed in km/h.

    Between rows that of the next faster one holds (5.2.1.4); slower than the table all must be avoided; faster than it
    nothing is asked for.
    """
    row = next((limit for speed, limit in TABLES[table] if relative_kmh <= speed + 0.5), None)  # speeds as rounded
    return math.inf if row is None else float(row)


def r157_limit(ttc: float, closing: float) -> float:
    """Largest impact speed, km/h, that R157 allows a cut-in: none when it must be avoided.

    Args:
        ttc: s, when the intruder entered the lane.
        closing: m/s, then.
    """
    return 0.0 if Reg157.must_avoid(ttc, closing) else math.inf


@dataclass(frozen=True)
class Encounter:
    """What tables ask about a run: nominal relative speed, km/h; TTC, s, and closing speed, m/s, at lane intrusion."""

    relative_kmh: float
    intrusion_ttc: float = math.inf
    intrusion_closing: float = 0.0


def judge(criteria: Mapping[str, CriterionSpec], metrics: Mapping[str, float], encounter: Encounter) -> list[Judged]:
    """What became of every criterion.

    Args:
        criteria: By name.
        metrics: By name, all of `METRICS` that were measured.
        encounter: What tables ask about.

    Raises:
        InputError: A metric that this run did not measure.
    """
    judged = []
    for name, spec in criteria.items():
        metric = spec.metric or name
        if metric not in metrics:
            raise InputError(Problem(f"criteria.{name}", f"this run measured no {metric}"))
        limit, source = _limit(spec, encounter)
        upper = spec.at_least is None
        value = metrics[metric]
        passed = value <= limit + 1e-9 if upper else value >= limit - 1e-9
        judged.append(Judged(name, metric, value, limit, upper, bool(passed), source))
    return judged


def _limit(spec: CriterionSpec, encounter: Encounter) -> tuple[float, str]:
    if spec.table == "r157":
        closing = encounter.intrusion_closing
        source = (
            f"UN R157 at a TTC of {encounter.intrusion_ttc:.2f} s on intrusion, closing at {closing / KMH:.0f} km/h"
        )
        return r157_limit(encounter.intrusion_ttc, closing), source
    if spec.table:
        source = f"UN R152 at {encounter.relative_kmh:.0f} km/h"
        return r152_limit(spec.table, encounter.relative_kmh), source
    limit = spec.at_most if spec.at_most is not None else spec.at_least
    assert limit is not None
    return limit, "scenario"
