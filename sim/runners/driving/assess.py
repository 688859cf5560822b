"""From what happened to a verdict: metrics, whether the run counts, which limits were kept, and why one was not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.pose import Array
from sim.runners.driving.criteria import Encounter, Judged, judge
from sim.runners.driving.metrics import (
    conflict_area,
    corridor_gap,
    distance,
    jerk,
    outline_ttc,
    outlines,
    overlap,
    post_encroachment_time,
    required_deceleration,
    time_headway,
    time_to_collision,
)
from sim.runners.driving.reference import KMH
from sim.runners.driving.spec import DrivingSpec, TolerancesSpec
from sim.runners.driving.trace import Trace
from sim.runners.driving.trial import EGO_NAME, LANE, MARK, Outcome
from sim.world.layout import Layout

T0_TTC = 4.0  # s
JERK_WINDOW = 0.1  # s over which acceleration is averaged before it is differentiated
DRY = 0.9  # friction of a dry road: what R152 tests on
NOMINAL_LATENCY = 0.2  # s
G = 9.81

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Breach:
    """Why a limit was passed.

    | field    | is                                                                  |
    |----------|---------------------------------------------------------------------|
    | judged   | the limit                                                             |
    | time     | s, of the first sample beyond it                                        |
    | sample   | which one                                                             |
    | governs  | the value of an asset, a substance or the scenario that decided it       |
    | value    | what it was                                                           |
    | because  | one sentence                                                          |
    """

    judged: Judged
    time: float
    sample: int
    governs: str
    value: float
    because: str

    def __str__(self) -> str:
        return f"{self.judged}; first at {self.time:.2f} s (sample {self.sample}); {self.governs}: {self.because}"


@dataclass(frozen=True)
class Assessment:
    """What a run is worth: the verdict, all numbers, all limits, what was wrong.

    `trace` has the columns of every encounter beside those that were sampled; `t0` is s, when TTC fell to 4 s.
    """

    verdict: str
    trace: Trace
    metrics: dict[str, float]
    judged: list[Judged]
    breaches: list[Breach]
    invalid: list[str]
    t0: float


def assess(outcome: Outcome, spec: DrivingSpec, layout: Layout, nominal: Mapping[str, float]) -> Assessment:
    """The assessment of a run.

    Args:
        outcome: What happened.
        spec: The whole scenario.
        layout: Of the world it ran in.
        nominal: The test's own speeds, km/h: ``ego`` and ``target``.
    """
    trace = with_encounters(outcome.trace, spec, layout)
    upto = trace.index(outcome.end) + 1
    metrics = measure(trace, upto, outcome, spec, layout)
    t0 = _t0(trace, upto, spec)
    invalid = [outcome.invalid] if outcome.invalid else []
    if spec.tolerances is not None and not invalid:
        invalid = check_tolerances(trace, spec, t0, _acts(outcome), nominal)
    judged = judge(spec.criteria, metrics, _encounter(trace, spec, layout, nominal))
    failed = [one for one in judged if not one.passed]
    breaches = [_breach(one, trace, upto, outcome, spec, layout) for one in failed]
    verdict = "invalid" if invalid else "fail" if failed else "pass" if judged else "done"
    return Assessment(verdict, trace, metrics, judged, breaches, invalid, t0)


def _acts(outcome: Outcome) -> float:
    return min(outcome.end, outcome.acted if outcome.acted is not None else math.inf)


def box_of(layout: Layout, name: str) -> Box:
    """Rear, front, right and left of a thing's outline, m from its origin."""
    (x0, y0, _), (x1, y1, _) = layout.placement(name).asset.bounds
    return float(x0), float(x1), float(y0), float(y1)


def with_encounters(trace: Trace, spec: DrivingSpec, layout: Layout) -> Trace:
    """The trace with gap, closing speed, distance, TTC, THW and DRAC towards each actor, and the worst of all."""
    ego = trace_outline(trace, EGO_NAME, box_of(layout, EGO_NAME))
    own = _velocity(trace, EGO_NAME)
    heading = trace["ego.heading"]
    ahead = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    columns: dict[str, Array] = {}
    for name in spec.actors:
        other = trace_outline(trace, name, box_of(layout, name))
        velocity = _velocity(trace, name)
        gap = corridor_gap(ego, other, heading)
        closing = np.sum((own - velocity) * ahead, axis=-1)
        columns[f"{name}.gap"], columns[f"{name}.closing"] = gap, closing
        columns[f"{name}.distance"] = distance(ego, other)
        columns[f"{name}.ttc"] = outline_ttc(ego, other, own - velocity)
        columns[f"{name}.thw"] = time_headway(gap, trace["ego.speed"])
        columns[f"{name}.drac"] = np.where(np.isfinite(gap), required_deceleration(np.maximum(gap, 0), closing), 0.0)
    return trace.with_columns(columns)


def trace_outline(trace: Trace, name: str, box: Box) -> Array:
    """Corners ``(n, 4, 2)`` m of somebody's outline at every sample."""
    return outlines(trace[f"{name}.x"], trace[f"{name}.y"], trace[f"{name}.heading"], box)


def _velocity(trace: Trace, name: str) -> Array:
    """``(n, 2)`` m/s, world."""
    if name != EGO_NAME:
        return np.stack([trace[f"{name}.vx"], trace[f"{name}.vy"]], axis=-1)
    c, s = np.cos(trace["ego.heading"]), np.sin(trace["ego.heading"])
    v, w = trace["ego.speed"], trace["ego.lateral_speed"]
    return np.stack([c * v - s * w, s * v + c * w], axis=-1)


def measure(trace: Trace, upto: int, outcome: Outcome, spec: DrivingSpec, layout: Layout) -> dict[str, float]:
    """Every metric, over the samples up to the end of the test."""
    dt, names = 1 / trace.rate, list(spec.actors)
    window = max(1, round(JERK_WINDOW * trace.rate))
    smooth = np.convolve(
        np.pad(trace["ego.acceleration"][:upto], window // 2, "edge"), np.ones(window) / window, "same"
    )
    smooth = smooth[window // 2 : len(smooth) - window // 2] if window > 1 else smooth
    free = max(upto - 1, 1) if outcome.struck else upto  # the sample of the impact has no gap any more

    def least(column: str) -> float:
        return float(min((trace[f"{name}.{column}"][:free].min() for name in names), default=np.inf))

    def most(column: str) -> float:
        return float(max((trace[f"{name}.{column}"][:free].max() for name in names), default=0.0))

    impact = 0.0
    if outcome.struck:
        impact = max(float(trace[f"{outcome.struck}.closing"][upto - 1]), 0.0) / KMH
    return {
        "impact_speed_kmh": impact,
        "ttc_min_s": 0.0 if outcome.struck else least("ttc"),
        "thw_min_s": least("thw"),
        "pet_s": min((_pet(trace, upto, name, layout) for name in names), default=np.inf),
        "drac_max": most("drac"),
        "distance_min_m": 0.0 if outcome.struck else least("distance"),
        "deceleration_max": float(max(0.0, -smooth.min())),
        "jerk_max": float(np.abs(jerk(smooth, dt)[window:]).max()) if upto > 2 * window else 0.0,
        "lateral_max_m": float(np.abs(trace["ego.lateral"][:upto]).max()),
        "speed_end_kmh": float(trace["ego.speed"][upto - 1]) / KMH,
        "aeb_ttc_s": outcome.seen_ttc,
    }


def _pet(trace: Trace, upto: int, name: str, layout: Layout) -> float:
    """Post-encroachment time with one actor whose way crosses the ego's; infinity when none does."""
    a, b = trace_outline(trace, EGO_NAME, box_of(layout, EGO_NAME)), trace_outline(trace, name, box_of(layout, name))
    u, v = float(trace["ego.heading"][0]), float(trace[f"{name}.heading"][0])
    area = conflict_area(a[0, 0], a[0, 3], u, b[0, 0], b[0, 3], v)
    if area is None:
        return np.inf
    there = np.broadcast_to(area, a.shape)
    return post_encroachment_time(overlap(a, there)[:upto], overlap(b, there)[:upto], trace.time[:upto])


# ---------------------------------------------------------------------------------------------------------------------
# Whether a run counts


def _t0(trace: Trace, upto: int, spec: DrivingSpec) -> float:
    """s: the first sample at which the way ahead to somebody's path takes 4 s or less; the start when there is none."""
    for i in range(upto):
        for name in spec.actors:
            if trace[f"{name}.ttc"][i] <= T0_TTC:
                return float(trace.time[i])
    return 0.0


def check_tolerances(
    trace: Trace, spec: DrivingSpec, t0: float, until: float, nominal: Mapping[str, float]
) -> list[str]:
    """What makes a run invalid: one sentence for each tolerance that was left between two times, s."""
    tolerances = spec.tolerances
    assert tolerances is not None
    i, j = trace.index(t0), max(trace.index(until), trace.index(t0) + 1)
    time = trace.time[i:j]
    off = trace["ego.speed"][i:j] / KMH - nominal["ego"]
    low, high = tolerances.ego_speed_kmh
    found = [
        _left(time, off, low, high, "the ego's speed", "km/h"),
        _within(time, trace["ego.lateral"][i:j], tolerances.ego_lateral, "the ego's place beside its path", "m"),
        _within(
            time, np.rad2deg(trace["ego.yaw_rate"][i:j]), tolerances.ego_yaw_rate_deg, "the ego's yaw rate", "deg/s"
        ),
    ]
    for name in spec.actors:
        found += _actor_tolerances(trace, spec, name, i, j, tolerances)
    return [one for one in found if one]


def _actor_tolerances(
    trace: Trace, spec: DrivingSpec, name: str, i: int, j: int, tolerances: TolerancesSpec
) -> list[str]:
    time = trace.time[i:j]
    due = trace[f"{name}.due"][i:j]
    speed = np.hypot(trace[f"{name}.vx"][i:j], trace[f"{name}.vy"][i:j])
    off = np.where(np.isfinite(due), (speed - due) / KMH, 0.0)
    return [
        _within(time, off, tolerances.actor_speed_kmh, f"the speed of {name}", "km/h"),
        _within(
            time, trace[f"{name}.beside"][i:j], tolerances.actor_lateral, f"the place of {name} beside its path", "m"
        ),
    ]


def _within(time: Array, values: Array, limit: float, what: str, unit: str) -> str:
    return _left(time, values, -limit, limit, what, unit)


def _left(time: Array, values: Array, low: float, high: float, what: str, unit: str) -> str:
    slack = 1e-3 * (high - low)  # rounding
    out = np.flatnonzero((values < low - slack) | (values > high + slack))
    if not len(out):
        return ""
    worst = values[out[np.argmax(np.abs(values[out]))]]
    return f"{what} is off by {worst:+.3g} {unit}, {low:+g} to {high:+g} is allowed; first at {time[out[0]]:.2f} s"


# ---------------------------------------------------------------------------------------------------------------------
# Limits, and why they were passed


def _encounter(trace: Trace, spec: DrivingSpec, layout: Layout, nominal: Mapping[str, float]) -> Encounter:
    crossing = any(a.kind != "car" for a in spec.actors.values())
    relative = nominal["ego"] - (0.0 if crossing else nominal.get("target", 0.0))
    ttc, closing = math.inf, 0.0
    if spec.template == "cut_in":
        right = box_of(layout, "target")[2]
        c, s = np.cos(trace["ego.heading"]), np.sin(trace["ego.heading"])
        dx, dy = trace["target.x"] - trace["ego.x"], trace["target.y"] - trace["ego.y"]
        inside = np.flatnonzero(-s * dx + c * dy + right < LANE / 2 - MARK)
        if len(inside):
            i = inside[0]
            box = box_of(layout, "target")[0] - box_of(layout, EGO_NAME)[1]
            closing = float(trace["target.closing"][i])
            ttc = float(time_to_collision(float(c[i] * dx[i] + s[i] * dy[i]) + box, closing))
    return Encounter(relative, ttc, closing)


def _breach(judged: Judged, trace: Trace, upto: int, outcome: Outcome, spec: DrivingSpec, layout: Layout) -> Breach:
    sample = _first_beyond(judged, trace, upto, outcome, spec)
    governs, value, because = _governing(judged, trace, upto, outcome, spec, layout)
    return Breach(judged, float(trace.time[sample]), sample, governs, value, because)


COLUMN = {"ttc_min_s": "ttc", "thw_min_s": "thw", "drac_max": "drac", "distance_min_m": "distance"}


def _first_beyond(judged: Judged, trace: Trace, upto: int, outcome: Outcome, spec: DrivingSpec) -> int:
    """The first sample at which a limit is passed; of an impact speed, the first from which it could not be kept."""
    if judged.metric in COLUMN:
        values = np.stack([trace[f"{name}.{COLUMN[judged.metric]}"][:upto] for name in spec.actors])
        beyond = (values > judged.limit) if judged.upper else (values < judged.limit)
        hit = np.flatnonzero(beyond.any(axis=0))
        return int(hit[0]) if len(hit) else upto - 1
    if judged.metric == "impact_speed_kmh" and outcome.struck:
        # no braking could have kept it from here on: v² − limit² over twice the gap is more than the road can give
        gap, closing = trace[f"{outcome.struck}.gap"][:upto], np.maximum(trace[f"{outcome.struck}.closing"][:upto], 0)
        need = closing**2 - (judged.limit * KMH) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            needed = np.where(need > 0, need / (2 * np.maximum(gap, 1e-9)), 0.0)
        lost = np.flatnonzero(np.isfinite(gap) & (needed > _road_friction(spec, layout=outcome.layout)[2] * G))
        return int(lost[0]) if len(lost) else upto - 1
    if judged.metric == "lateral_max_m":
        hit = np.flatnonzero(np.abs(trace["ego.lateral"][:upto]) > judged.limit)
        return int(hit[0]) if len(hit) else upto - 1
    if judged.metric == "deceleration_max":
        hit = np.flatnonzero(-trace["ego.acceleration"][:upto] > judged.limit)
        return int(hit[0]) if len(hit) else upto - 1
    return upto - 1


def _road_friction(spec: DrivingSpec, layout: Layout) -> tuple[str, str, float]:
    """Substance of the tyre, of the road, and the friction between them."""
    asset = layout.placement(EGO_NAME).asset
    assert asset.spec.vehicle is not None
    wheel = asset.spec.vehicle.axles[0].wheels[0]
    part = asset.spec.parts.get(wheel)
    tyre = (part.substance if part and part.substance else None) or asset.spec.substance
    road = _road_substance(layout)
    if spec.conditions.road_friction is not None:
        return tyre, road, spec.conditions.road_friction
    surfaces = layout.library.substances
    mu = (asset.surface(wheel).dynamic_friction or 1.0) * (surfaces[road].surface.dynamic_friction or 1.0)
    return tyre, road, mu


def _road_substance(layout: Layout) -> str:
    road = next((p.asset.spec.substance for p in layout.placements if "road" in p.asset.spec.tags), None)
    return road or (layout.ground.substance if layout.ground else "asphalt")


def _governing(
    judged: Judged, trace: Trace, upto: int, outcome: Outcome, spec: DrivingSpec, layout: Layout
) -> tuple[str, float, str]:
    """The value that decided it: the one whose being as usual would have changed most."""
    tyre, road, friction = _road_friction(spec, layout)
    aeb = spec.ego.aeb
    if judged.metric != "impact_speed_kmh" or not outcome.struck:
        return _simple_cause(judged, spec, tyre, friction)
    if aeb is None or not aeb.enabled:
        if spec.ego.driver.kind in ("careful", "rss", "reg157"):
            return "ego.driver.kind", 0.0, f"the {spec.ego.driver.kind} driver could not avoid it"
        return "ego.aeb.enabled", 0.0, "nothing braked"
    if outcome.triggered is None:
        return "ego.aeb.ttc", aeb.ttc, "the system never saw a collision coming"
    name, i = outcome.struck, trace.index(outcome.triggered)
    gap, closing = float(trace[f"{name}.gap"][i]), float(trace[f"{name}.closing"][i])
    gap = gap if math.isfinite(gap) else float(trace[f"{name}.ttc"][i]) * closing
    usual = {
        "latency": _impact(gap, closing, NOMINAL_LATENCY, aeb.ramp, min(aeb.deceleration, friction * G)),
        "friction": _impact(gap, closing, aeb.latency, aeb.ramp, min(aeb.deceleration, DRY * G)),
        "deceleration": _impact(gap, closing, aeb.latency, aeb.ramp, friction * G),
        "ttc": _impact(gap + closing * max(1.45 - aeb.ttc, 0.0), closing, aeb.latency, aeb.ramp, friction * G),
    }
    best = min(usual, key=lambda key: usual[key])
    would = f"{usual[best] / KMH:.0f} km/h"
    if best == "friction" or (friction < 0.75 * DRY and usual["friction"] <= usual[best] + 0.3):
        where = "conditions.road_friction" if spec.conditions.road_friction is not None else f"{road}.dynamic_friction"
        sentence = (
            f"{friction:.2f} between tyre and road, set by {where}, held the braking to {friction * G:.1f} m/s²; "
            f"at {DRY} the impact would be at about {usual['friction'] / KMH:.0f} km/h"
        )
        return f"{tyre}.dynamic_friction", friction, sentence
    if best == "latency":
        return "ego.aeb.latency", aeb.latency, f"{aeb.latency:.2f} s late; at {NOMINAL_LATENCY} s about {would}"
    if best == "deceleration":
        return (
            "ego.aeb.deceleration",
            aeb.deceleration,
            f"asks for {aeb.deceleration:.1f} m/s² only; else about {would}",
        )
    return "ego.aeb.ttc", aeb.ttc, f"acts {outcome.seen_ttc:.2f} s before; at 1.45 s about {would}"


def _simple_cause(judged: Judged, spec: DrivingSpec, tyre: str, friction: float) -> tuple[str, float, str]:
    if judged.metric in ("lateral_max_m", "speed_end_kmh"):
        return f"{tyre}.dynamic_friction", friction, f"{friction:.2f} between tyre and road"
    aeb = spec.ego.aeb
    if judged.metric in ("deceleration_max", "jerk_max") and aeb:
        return "ego.aeb.deceleration", aeb.deceleration, f"{aeb.deceleration:.1f} m/s² within {aeb.ramp:.2f} s"
    if aeb:
        return "ego.aeb.ttc", aeb.ttc, f"acts from {aeb.ttc:.2f} s on"
    return f"ego.driver.{spec.ego.driver.kind}", 0.0, "its distance to others"


def _impact(gap: float, closing: float, latency: float, ramp: float, deceleration: float) -> float:
    """Speed, m/s, at the end of a gap in m, braking evenly after latency and half the ramp."""
    way = gap - closing * (latency + ramp / 2)
    return math.sqrt(max(closing**2 - 2 * deceleration * max(way, 0.0), 0.0))
