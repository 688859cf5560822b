"""What the city costs: to load, to hold, to step at rest and in motion, to draw. Limits instead of peers."""

import json
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from sim.assets.library import Library, starter_root
from sim.render.camera import camera_named
from sim.render.rasteriser import Rasteriser
from sim.render.scene import Scene
from sim.world.layout import Layout
from sim.world.world import World
from tests.bench.harness import Row, fresh, resident_mb

SETTLE, THROWN = 960, 50


def city() -> list[Row]:
    """Each limit is what the city may cost, in the place of a peer."""
    fresh("tests.bench.bench_city")  # once for the measures that are kept between runs
    cost = fresh("tests.bench.bench_city")
    return [
        Row("city: load, s", cost["load_s"], 3.0, "s", 1.0),
        Row("city: memory, MB", cost["memory_mb"], 400.0, "MB", 1.0),
        Row("city: a second at rest, s (5 times real time)", cost["rest_s"], 0.2, "s", 1.0),
        Row("city: a second with 50 in motion, s (1.5 times)", cost["moving_s"], 1 / 1.5, "s", 1.0),
        Row("city: a 1280x720 preview of the street, ms (5 a second)", cost["frame_ms"], 200.0, "ms", 1.0),
    ]


def cost() -> dict[str, float]:
    """Wall-clock seconds and MB of one process that uses the city."""
    start, empty = time.perf_counter(), resident_mb()
    world = World.load("city", Library(starter_root()))
    found = {"load_s": time.perf_counter() - start, "memory_mb": resident_mb() - empty}
    world.step(SETTLE)
    found["rest_s"] = _seconds(lambda: world.step(world.layout.step_hz))
    for name in _lonely(world.layout):
        world.throw(name, (0.5, 0.3, 3.0))
    found["moving_s"] = _seconds(lambda: world.step(world.layout.step_hz))
    with Rasteriser(Scene.of(world.layout, world.parts)) as drawer:
        state, camera = world.read(), camera_named(world.layout, "street")
        shots = [_seconds(lambda: drawer.render(state, camera, (1280, 720))) for _ in range(6)]
    return found | {"frame_ms": min(shots) * 1e3}


def _lonely(layout: Layout) -> list[str]:
    """The movable things that stand farthest from others: throwing them wakes no stack."""
    loose = [p for p in layout.placements if p.motion == "dynamic" and not p.asset.articulated]
    apart = cKDTree([p.pose.position for p in loose]).query([p.pose.position for p in loose], k=2)[0][:, 1]
    return [loose[i].name for i in np.argsort(-apart)[:THROWN]]


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


BENCHES = [city]

if __name__ == "__main__":
    print(json.dumps(cost()), file=sys.stdout)
