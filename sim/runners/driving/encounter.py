"""What reference drivers would have made of an encounter: along a line, the others as they were in the run."""

from __future__ import annotations

import math

import numpy as np

from sim.runners.driving.assess import box_of
from sim.runners.driving.reference import KMH, REFERENCES, Outcome, Reference, Sight, drive
from sim.runners.driving.spec import DrivingSpec
from sim.runners.driving.trace import Trace
from sim.runners.driving.trial import EGO_NAME, LANE, MARK
from sim.world.layout import Layout

LINEAR = ("ccrs", "ccrm", "ccrb", "cut_in", "deceleration")


def references_of(spec: DrivingSpec, trace: Trace, layout: Layout) -> dict[str, str]:
    """What each reference driver would have come to, in words; nothing where nobody is ahead in one line."""
    if spec.template not in LINEAR or "target" not in spec.actors:
        return {}
    found = {}
    for name, make in REFERENCES.items():
        outcome = _driven(make(), trace, layout)
        found[name] = (
            f"avoids it, {outcome.gap:.1f} m left, smallest TTC {outcome.ttc:.2f} s"
            if outcome.avoided
            else f"strikes at {outcome.impact_speed / KMH:.1f} km/h"
        )
    return found


def _driven(driver: Reference, trace: Trace, layout: Layout) -> Outcome:
    """A reference driver behind the target as it went; the ego's start is its own."""
    target, ego = box_of(layout, "target"), box_of(layout, EGO_NAME)
    c, s = math.cos(trace["ego.heading"][0]), math.sin(trace["ego.heading"][0])
    x0, y0 = trace["ego.x"][0], trace["ego.y"][0]
    along = c * (trace["target.x"] - x0) + s * (trace["target.y"] - y0)
    across = -s * (trace["target.x"] - x0) + c * (trace["target.y"] - y0)
    speed = c * trace["target.vx"] + s * trace["target.vy"]
    slowing = -trace["target.acceleration"]
    near = np.abs(across) - target[3]

    def seen(time: float) -> Sight:
        i = trace.index(time)
        own = round(float(across[0]) / LANE) * LANE
        wander = abs(own - float(across[i])) if own else 0.0
        in_lane = bool(near[i] < LANE / 2 - MARK)
        return Sight(0.0, 0.0, float(speed[i]), float(slowing[i]), wander, in_lane)

    gap = float(along[0]) + target[0] - ego[1]
    return drive(driver, float(trace["ego.speed"][0]), gap, seen, float(trace.time[-1]) + 10.0)
