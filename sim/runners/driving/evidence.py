"""What a run leaves behind: trace, plots, film, page, JUnit XML, sensors' data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sim.exchange.junit import Case, write_junit
from sim.files import write_whole
from sim.plot import Line, Panel, chart
from sim.runners.driving import page
from sim.runners.driving.assess import Assessment, box_of, trace_outline
from sim.runners.driving.criteria import METRICS
from sim.runners.driving.reference import KMH
from sim.runners.driving.spec import DrivingSpec
from sim.runners.driving.trace import Trace
from sim.runners.driving.trial import EGO_NAME, Outcome
from sim.world.layout import Layout, Placement
from sim.world.take import Take

FAR = 120.0  # m from the encounter: what the bird's eye shows
BIRD_FPS = 30
LOW = 0.35  # m: what is lower is road, not an obstacle
SHOWN = 6  # pictures of a strip


@dataclass(frozen=True, eq=False)
class Evidence:
    """A run and what came of it, to be written down."""

    name: str
    spec: DrivingSpec
    outcome: Outcome
    assessment: Assessment
    references: Mapping[str, str]
    seed: int

    @property
    def moments(self) -> dict[str, float]:
        """Times, s, that plots mark."""
        outcome = self.outcome
        marks = {"T0": self.assessment.t0} if self.assessment.t0 > 0 else {}
        if outcome.acted is not None:
            marks["brakes"] = outcome.acted
        if outcome.ended in ("impact", "stopped"):
            marks[outcome.ended] = outcome.end
        return marks

    def notes(self) -> list[str]:
        """Sentences for a person: why it is invalid, why it failed."""
        return [*self.assessment.invalid, *map(str, self.assessment.breaches)]

    def write_data(self, folder: Path) -> list[str]:
        """The trace and JUnit XML; names of the files."""
        self.assessment.trace.write_csv(folder / "trace.csv")
        return ["trace.csv"]

    def write_junit(self, folder: Path, seconds: float) -> list[str]:
        """JUnit XML with this one run."""
        case = Case(
            self.name.rpartition("/")[2], self.assessment.verdict, seconds, self.assessment.metrics, self.notes()
        )
        write_junit(folder / "junit.xml", self.name, [case])
        return ["junit.xml"]

    def write_page(self, folder: Path, strip: list[tuple[str, Image.Image]], outputs: list[str]) -> list[str]:
        """Plots and the page."""
        svg = chart(self.panels(), "svg", 10.0, 2.1)
        write_whole(folder / "plots.svg", svg)
        write_whole(folder / "index.html", self._page(strip, svg, outputs).encode())
        return ["plots.svg", "index.html"]

    # -----------------------------------------------------------------------------------------------------------------

    def panels(self) -> list[Panel]:
        """Speeds, acceleration, gap and TTC over time."""
        trace, marks = self.assessment.trace, self.moments
        n = trace.index(self.outcome.end + self.spec.after) + 1
        t = trace.time[:n]
        actors = list(self.spec.actors)
        speeds = [Line(t, trace["ego.speed"][:n] / KMH, "vehicle under test")]
        speeds += [Line(t, np.hypot(trace[f"{a}.vx"], trace[f"{a}.vy"])[:n] / KMH, a) for a in actors]
        panels = [Panel("", "speed, km/h", speeds, moments=marks)]
        braking = [Line(t, trace["ego.acceleration"][:n], "measured")]
        if trace["system.asked"][:n].any():
            braking.append(Line(t, -trace["system.asked"][:n], "asked for", dashed=True))
        panels.append(Panel("", "acceleration, m/s²", braking, moments=marks))
        upto = trace.index(self.outcome.end) + 1
        if actors:
            over = np.arange(n) >= upto
            gaps = [Line(t, np.where(over, np.nan, trace[f"{a}.distance"][:n]), a) for a in actors]
            panels.append(Panel("", "distance, m", gaps, moments=marks))
            shown = {a: over | (trace[f"{a}.ttc"][:n] > 8) for a in actors}
            ttc = [Line(t, np.where(shown[a], np.nan, trace[f"{a}.ttc"][:n]), a) for a in actors]
            panels.append(Panel("", "TTC, s", ttc, limits=self._ttc_limit(), moments=marks, y_range=(0.0, 6.0)))
        grip = [Line(t, trace["ego.friction_used"][:n], "used by the tyres")]
        panels.append(Panel("time, s", "friction", grip, moments=marks, y_range=(0.0, 1.2)))
        return panels

    def _ttc_limit(self) -> dict[str, float]:
        aeb = self.spec.ego.aeb
        return {"AEB": aeb.ttc} if aeb and aeb.enabled else {}

    def _page(self, strip: list[tuple[str, Image.Image]], svg: bytes, outputs: list[str]) -> str:
        one = self.assessment
        sections = [
            self._criteria() + page.why(list(map(str, one.breaches))) + page.why(one.invalid, "invalid"),
            page.pictures("What happened", strip),
            page.player(self.bird_data()),
            page.plot("Over time", svg),
            self._metrics(),
            page.table(
                "What reference drivers would have made of it (UN R157, Annex 3), along a line",
                ["driver", "outcome"],
                list(self.references.items()),
            ),
            self._small(outputs),
        ]
        return page.page(self.name, self.spec.about, one.verdict, sections)

    def _criteria(self) -> str:
        rows, marks = [], []
        for one in self.assessment.judged:
            unit, what = METRICS[one.metric]
            side = "≤" if one.upper else "≥"
            limit = "no limit at this speed" if math.isinf(one.limit) else f"{side} {page.number(one.limit)} {unit}"
            rows.append(
                [
                    one.name,
                    what,
                    limit,
                    f"{page.number(one.value)} {unit}",
                    one.source,
                    "pass" if one.passed else "FAIL",
                ]
            )
            marks.append("pass" if one.passed else "fail")
        head = ["criterion", "metric", "limit", "value", "source", "verdict"]
        return page.table("Criteria", head, rows, marks) or "<h2>Criteria</h2><p>None was set.</p>"

    def _metrics(self) -> str:
        rows = [[name, METRICS[name][1], value, METRICS[name][0]] for name, value in self.assessment.metrics.items()]
        return page.table("Metrics", ["name", "is", "value", "unit"], rows)

    def _small(self, outputs: list[str]) -> str:
        spec, ego = self.spec, self.spec.ego
        aeb = ego.aeb
        lines = [f"vehicle: {ego.asset}, driver {ego.driver.kind}, {ego.speed_kmh:g} km/h"]
        if aeb:
            lines.append(
                f"AEB: {'on' if aeb.enabled else 'OFF'}, sensor {aeb.sensor or 'ideal'}, latency {aeb.latency:g} s, "
                f"from TTC {aeb.ttc:g} s, {aeb.deceleration:g} m/s² within {aeb.ramp:g} s"
            )
        friction = spec.conditions.road_friction
        lines.append(f"road: friction {friction or 'of the substances'}, rain {spec.conditions.rain:g} mm/h")
        if spec.template:
            said = ", ".join(f"{key} {value}" for key, value in spec.parameters.items())
            lines.append(f"template: {spec.template} ({said or 'its usual parameters'})")
        trace = self.assessment.trace
        lines.append(
            f"seed {self.seed}, {trace.rate} samples a second, {len(trace)} samples; in trace.csv at 100 Hz; "
            f"trace sha256 {trace.sha256()}"
        )
        lines.append("files: " + ", ".join(name for name in outputs if not name.startswith("sensors/")))
        return page.small("Conditions", lines)

    # -----------------------------------------------------------------------------------------------------------------

    def bird_data(self) -> dict[str, Any]:
        """What the animation draws: outlines in m every 1/30 s, roads, paths, and what stands about."""
        trace, layout = self.assessment.trace, self.outcome.layout
        every = max(1, round(trace.rate / BIRD_FPS))
        which = np.arange(0, len(trace), every)
        ego = trace_outline(trace, EGO_NAME, box_of(layout, EGO_NAME))[which]
        center = ego.mean(axis=1)
        ttc = np.min([trace[f"{a}.ttc"][which] for a in self.spec.actors] or [np.full(len(which), np.inf)], axis=0)
        start = int(np.searchsorted(which, trace.index(self.outcome.acted or self.outcome.end)))
        return {
            "fps": trace.rate / every,
            "time": _rounded(trace.time[which], 3),
            "start": min(start, len(which) - 1),
            "heading": round(float(trace["ego.heading"][0]), 4),
            "center": _rounded(center),
            "ego": _rounded(ego),
            "speed": _rounded(trace["ego.speed"][which] / KMH, 1),
            "asked": _rounded(trace["system.asked"][which], 1),
            "ttc": [round(float(x), 2) if x < 20 else None for x in ttc],
            "actors": [
                {"name": a, "at": _rounded(trace_outline(trace, a, box_of(layout, a))[which])} for a in self.spec.actors
            ],
            **_surroundings(layout, set(self.spec.actors) | {EGO_NAME}, center),
            "paths": [_path_points(trace, a) for a in [EGO_NAME, *self.spec.actors]],
        }


def _rounded(values: Any, digits: int = 2) -> Any:
    return np.round(np.asarray(values, float), digits).tolist()


def _path_points(trace: Trace, name: str) -> list[list[float]]:
    step = max(1, len(trace) // 60)
    return _rounded(np.stack([trace[f"{name}.x"][::step], trace[f"{name}.y"][::step]], axis=1))


def _surroundings(layout: Layout, but: set[str], centers: Any) -> dict[str, Any]:
    """Outlines of roads and of what stands near the way."""
    roads, things = [], []
    for p in layout.placements:
        if p.name in but or np.linalg.norm(centers - p.pose.position[:2], axis=1).min() > FAR:
            continue
        outline, high, wide = _footprint(p)
        if high < LOW:
            if {"road", "street"} & set(p.asset.spec.tags):
                roads.append(_rounded(outline))
        elif wide < 60 and p.pose.position[2] < 2.0:
            things.append(_rounded(outline))
    return {"roads": roads, "things": things}


def _footprint(p: Placement) -> tuple[Any, float, float]:
    (x0, y0, _), (x1, y1, high) = p.asset.bounds * p.scale
    corners = p.pose.apply(np.array([[x0, y0, 0], [x1, y0, 0], [x1, y1, 0], [x0, y1, 0]]))[:, :2]
    return corners, float(high), float(max(x1 - x0, y1 - y0))


def take_of(outcome: Outcome) -> Take:
    """The kept states as a take, to be viewed or filmed again."""
    states = outcome.states
    names = (
        "position",
        "orientation",
        "linear_velocity",
        "angular_velocity",
        "joint_position",
        "joint_velocity",
        "lit",
    )
    return Take(
        outcome.layout,
        states[0].parts,
        states[0].joints,
        np.array([s.step for s in states], np.int64),
        {name: np.stack([getattr(s, name) for s in states]) for name in names},
        (),
        outcome.layout.hashes(),
        states[0].lamps,
        {name: np.stack([s.fields[name] for s in states]) for name in states[0].fields},
    )


def strip_times(outcome: Outcome, assessment: Assessment) -> list[tuple[str, float]]:
    """Which moments a strip shows, and what to call them."""
    start, end = assessment.t0, outcome.end
    acted = outcome.acted
    named = [("T0, TTC 4 s", start)]
    if acted is not None:
        named += [("half way to the brake", (start + acted) / 2), ("the brake is asked", acted)]
        named.append(("half way to the end", (acted + end) / 2))
    else:
        named += [(f"TTC {x:g} s", max(end - x, 0.0)) for x in (2.0, 1.0)]
    named += [("end: " + outcome.ended, end), ("after", end + 0.7)]
    return named[:SHOWN]
