"""What a driving test costs: against real time, against PyBullet's rays, against one process, beside other simulators."""

import time
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from sim.assets.library import Library, starter_root
from sim.runners import load_scenario
from sim.sensors.rays import RayScene
from sim.sweep import run_sweep
from sim.world.world import World
from tests.bench.harness import Row

ROUNDS = 3


def driving() -> list[Row]:
    """Scenario seconds a second of one processor; lidar rays; two processes against one; peers."""
    return [*_runs(), *_rays(), *_sweep(), *_peers()]


def _runs() -> list[Row]:
    ideal, lidar = (max(_speed(name) for _ in range(ROUNDS)) for name in ("track/ccrs", "track/ccrs_lidar"))
    return [  # in the place of a peer: real time
        Row("driving: a second of CCRs on track, ideal sensor (20 times)", 1 / ideal, 1.0, "s", 20.0, at_least=True),
        Row("driving: the same by a 65,536-ray lidar at 10 Hz (3 times)", 1 / lidar, 1.0, "s", 3.0, at_least=True),
    ]


def _speed(name: str) -> float:
    """Scenario seconds a processor second: stepping, sensing, deciding, judging; not the world's loading."""
    from sim.runners.driving import assess, expand, nominal_speeds
    from sim.runners.driving.trial import Trial

    _, layout, spec = load_scenario(Library(starter_root()), name)
    whole = expand(spec, layout, name)
    trial = Trial(whole, layout, 0, name)
    with trial.world:
        start = time.process_time()
        outcome = trial.run()
        assess(outcome, whole, outcome.layout, nominal_speeds(spec, name))
        return outcome.trace.time[-1] / (time.process_time() - start)


def _rays() -> list[Row]:
    with World.load("track", Library(starter_root())) as world:
        scene = RayScene.of(world.layout, world.parts)
        a, e = np.meshgrid(np.linspace(0, 2 * np.pi, 1024), np.deg2rad(np.linspace(-25, 15, 64)), indexing="ij")
        directions = np.stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)], -1).reshape(-1, 3)
        at, state = np.array([0.0, -1.9, 2.0]), world.read()
        ours, theirs = np.inf, np.inf
        for _ in range(ROUNDS + 1):
            start = time.process_time()
            scene.cast(state, at, directions, 120.0)
            ours = min(ours, time.process_time() - start)
            start = time.process_time()
            world.cast_rays(np.broadcast_to(at, directions.shape), at + directions * 120.0)
            theirs = min(theirs, time.process_time() - start)
    n = len(directions) / 1e6
    return [
        Row("lidar: rays a second on track (3 M/s)", ours / n, 1 / 3.0, "s/M", 1.0, at_least=True),
        Row("lidar: against rayTestBatch", ours / n, theirs / n, "s/M", 5.0, at_least=True),
    ]


def _sweep() -> list[Row]:
    vary = {"parameters.speed_kmh": [str(v) for v in range(31, 61)]}
    seconds = {}
    for workers in (1, 2):
        library = Library(Path(mkdtemp()), starter_root())
        start = time.perf_counter()
        done = run_sweep(library, "track/ccrs", vary, workers=workers)
        seconds[workers] = time.perf_counter() - start
        assert len(done.done) == 30
    return [Row("sweep: 30 runs on two processes", seconds[2], seconds[1], "s", 1.8, at_least=True)]


def _peers() -> list[Row]:
    """One car that brakes for another, without pictures; each simulator at the physics rate it recommends."""
    ours = 1 / max(_speed("track/ccrs") for _ in range(ROUNDS))
    rows = []
    for name, race in (("highway-env", _highway), ("metadrive", _metadrive)):
        try:
            rows.append(Row(f"driving: a scenario second, two actors, beside {name}", ours, 1 / race(), "s"))
        except Exception as error:  # not installed, or without its assets, which it fetches by itself
            print(f"{name}: {type(error).__name__}: {error}"[:120])
    return rows


def _highway() -> float:
    """Scenario seconds a processor second of highway-env with two vehicles (kinematic, 15 Hz)."""
    import gymnasium
    import highway_env  # noqa: F401

    config = {"vehicles_count": 1, "duration": 20, "simulation_frequency": 15, "policy_frequency": 15}
    world = gymnasium.make("highway-v0", config=config)
    world.reset(seed=0)
    start, n = time.process_time(), 0
    while time.process_time() - start < 2.0:
        _, _, over, cut, _ = world.step(1)
        n += 1
        if over or cut:
            world.reset(seed=n)
    return n / 15 / (time.process_time() - start)


def _metadrive() -> float:
    """Scenario seconds a processor second of MetaDrive with a few vehicles (Bullet, 50 Hz)."""
    from metadrive import MetaDriveEnv

    world = MetaDriveEnv({"use_render": False, "traffic_density": 0.02, "map": "S", "log_level": 50})
    try:
        world.reset()
        start, n = time.process_time(), 0
        while time.process_time() - start < 2.0:
            _, _, over, cut, _ = world.step([0.0, 0.3])
            n += 1
            if over or cut:
                world.reset()
        return n * 0.1 / (time.process_time() - start)
    finally:
        world.close()


BENCHES = [driving]
