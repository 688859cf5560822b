"""Driving tests: a vehicle under test, others on the road, a verdict with its evidence.

| module    | owns                                                                    |
|-----------|-------------------------------------------------------------------------|
| spec      | the file kind ``driving/1``                                               |
| templates | protocols' scenarios, laid out at a place                                 |
| trial     | one run: who is where, who does what                                      |
| suite     | the sensors on the vehicle                                                |
| perceive, assist | from measurements to tracks, from tracks to the brake               |
| reference | careful-and-competent, RSS and Reg157 drivers                             |
| metrics, criteria, assess | numbers, limits, verdict, cause                             |
| evidence, page, film | what a run leaves behind                                       |
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from PIL import Image

from sim.errors import Diverged, InputError, Problem
from sim.report import Meter, Report
from sim.runners import Options
from sim.runners.driving.assess import Assessment, assess
from sim.runners.driving.criteria import check_criteria
from sim.runners.driving.encounter import references_of
from sim.runners.driving.evidence import Evidence, strip_times, take_of
from sim.runners.driving.metrics import outlines, overlap
from sim.runners.driving.spec import DrivingSpec
from sim.runners.driving.templates import expand, nominal_speeds, table_of
from sim.runners.driving.trial import Outcome, Trial, build_paths
from sim.world.layout import Layout
from sim.world.path import Path as Line

Spec = DrivingSpec
FLAGS = {
    "size": "of the film, px",
    "video": "whether to film the run",
}
OFF_ROAD = 0.5  # m beyond a lane's edge that a car's path may lead
CHECK_EVERY = 5.0  # m


def run(layout: Layout, spec: DrivingSpec, options: Options) -> Report:
    """Runs a scenario and writes its evidence."""
    meter, where = Meter(), options.name or "driving"
    problems = check(layout, spec, where)
    if problems:
        raise InputError(*problems)
    whole = expand(spec, layout, where)
    seed = spec.seed if options.seed is None else options.seed
    filmed = not options.brief and options.flags.get("video") is not False
    pictures = not options.brief
    fps = whole.video.fps
    if pictures and layout.step_hz % fps:
        raise InputError(Problem(f"{where}: video.fps", f"does not divide step_hz {layout.step_hz}", got=str(fps)))
    folder = layout.library.world(layout.name.partition("@")[0])
    trial = Trial(whole, layout, seed, where, folder, options.allow_scripts, fps if pictures else None)
    with trial.world:
        outcome = _driven(trial)
        assessment = assess(outcome, whole, outcome.layout, nominal_speeds(spec, where))
        evidence = Evidence(
            where, whole, outcome, assessment, references_of(whole, assessment.trace, outcome.layout), seed
        )
        outputs = evidence.write_data(options.folder)
        if pictures:
            outputs += trial.suite.write(options.folder)
            outputs += _pictures(evidence, outcome, assessment, options, filmed, outputs)
    outputs += evidence.write_junit(options.folder, meter.read().wall_s)
    report = Report.of(
        outcome.layout,
        "driving",
        options.name,
        meter,
        verdict=assessment.verdict,
        seed=seed,
        steps=outcome.steps,
        metrics=_metrics(evidence, whole),
        outputs=outputs,
        trajectory_sha256=assessment.trace.sha256(),
        notes=evidence.notes(),
    )
    report.write(options.folder)
    return report


def _driven(trial: Trial) -> Outcome:
    """What happened; physics that blew up makes a run invalid, not a crash."""
    try:
        return trial.run()
    except Diverged as error:
        return trial.outcome(f"physics blew up: {error.problems[0].what}")


def _pictures(
    evidence: Evidence, outcome: Outcome, assessment: Assessment, options: Options, filmed: bool, outputs: list[str]
) -> list[str]:
    """Film, strip, page and take."""
    from sim.runners.driving.film import Shooting, strip, write_film

    size = options.flags.get("size") or evidence.spec.video.size
    made: list[str] = []
    shown: list[tuple[str, Image.Image]] = []
    if outcome.states:
        shooting = Shooting.of(outcome, assessment, size)
        try:
            named = strip_times(outcome, assessment)
            for caption, time in named:
                for at, picture in strip(shooting, [time]):
                    shown.append((f"{caption}: {at:.2f} s", picture))
            if filmed:
                write_film(shooting, options.folder / "film.mp4", evidence.spec.video.fps)
                made.append("film.mp4")
        finally:
            shooting.close()
        take_of(outcome).write(options.folder / "take.npz")
        made.append("take.npz")
    return made + evidence.write_page(options.folder, shown, [*outputs, *made])


def _metrics(evidence: Evidence, spec: DrivingSpec) -> dict[str, Any]:
    """What the report says in numbers, and of each limit."""
    found: dict[str, Any] = {name: value for name, value in evidence.assessment.metrics.items() if math.isfinite(value)}
    found["ended"] = evidence.outcome.ended
    for one in evidence.assessment.judged:
        found[f"{one.name}_limit"] = one.limit
    for breach in evidence.assessment.breaches:
        found[f"{breach.judged.name}_cause"] = breach.governs
        found[f"{breach.judged.name}_first_s"] = breach.time
    return found | {f"reference_{name}": what for name, what in evidence.references.items()}


def table(spec: DrivingSpec) -> dict[str, tuple[Any, ...]]:
    """What a sweep without further words runs: values by path."""
    return table_of(spec)


def check(layout: Layout, spec: DrivingSpec, where: str) -> list[Problem]:
    """What is wrong with a scenario beyond its grammar."""
    problems = check_criteria(spec.criteria, where)
    try:
        whole = expand(spec, layout, where)
        paths = build_paths(whole, layout, where)
        _check_ego(whole, paths, where, problems)
        driven = {whole.ego.path or "", *(a.path for a in whole.actors.values() if a.kind == "car")}
        for name in sorted(driven & set(paths)):
            problems += _off_road(layout, name, paths[name], where)
        problems += _inside(whole, layout, paths, where)
    except InputError as error:
        problems += error.problems
    return problems


def _check_ego(spec: DrivingSpec, paths: dict[str, Line], where: str, problems: list[Problem]) -> None:
    if spec.ego.path is None:
        names = ", ".join(paths) or "none yet"
        problems.append(Problem(f"{where}: ego.path", "is missing", "a name of `paths`", hint=f"there is {names}"))


def _inside(spec: DrivingSpec, layout: Layout, paths: dict[str, Line], where: str) -> list[Problem]:
    """Who starts inside another."""
    starts = {"ego": (spec.ego.asset, spec.ego.path or "", spec.ego.start)}
    starts |= {f"actors.{name}": (actor.asset, actor.path, actor.start) for name, actor in spec.actors.items()}
    placed = {}
    for name, (asset, path, start) in starts.items():
        if path in paths:
            x, y, _, heading, _ = paths[path].sample(start)
            (x0, y0, _), (x1, y1, _) = layout.library.asset(asset, f"{where}: {name}.asset").bounds
            placed[name] = outlines(np.array(x), np.array(y), np.array(heading), (x0, x1, y0, y1))
    return [
        Problem(f"{where}: {b}", f"starts inside {a.removeprefix('actors.')}", hint="move one of them along its path")
        for a, b in itertools.combinations(placed, 2)
        if overlap(placed[a], placed[b])
    ]


def _off_road(layout: Layout, name: str, path: Line, where: str) -> list[Problem]:
    """Where a car's path leaves the road; nothing in a world without roads."""
    roads = layout.roads
    if not roads:
        return []
    for s in np.arange(0.0, path.length + CHECK_EVERY, CHECK_EVERY):
        place = path.at(min(float(s), path.length))
        if not roads.on_road(place, OFF_ROAD):
            at = f"{min(float(s), path.length):.0f} m, at ({place[0]:.1f}, {place[1]:.1f})"
            return [Problem(f"{where}: paths.{name}", f"leaves the road after {at}", "a path on lanes of the world")]
    return []
