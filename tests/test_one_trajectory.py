"""One world, four runners: what nobody touches takes the same way, to the last bit, whoever runs it."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from sim.assets.library import Library, starter_root
from sim.runners import Options, load_scenario
from sim.world.state import State

SECONDS, HZ = 1.0, 240

WORLD = """schema: world/1
about: a ball flies into a tower of crates; an arm and a road stand by
seed: 5
ground: {substance: concrete}
objects:
  tower: {asset: crate, grid: {count: [1, 2, 3], step: [0.62, 0.42, 0.4]}}
  ball: {asset: football, at: [-2.5, 0.2, 0.5], velocity: [8, 0, 2]}
  arm: {asset: franka_panda, at: [0, 12, 0]}
cameras:
  main: {at: [-4, -5, 2], look_at: [0, 0, 0.5]}
"""

SCENARIOS = {
    "film": "schema: film/1\nabout: a look\nfps: 24\nshots:\n  - {duration: 1.5, camera: main}\n",
    "game": "schema: game/1\nabout: an idle camera\nlimit: 5\nplayers:\n  pilot: {control: fly}\n"
    "rules:\n  - {when: {timer: 4}, then: {win: true}}\n",
    "robot": "schema: robot/1\nabout: an arm that is told nothing\nrobot: {object: arm, tool: panda_grasptarget}\n"
    "control: {mode: torque, step: 0.001, hz: 24}\n"
    "task: {kind: reach, goal: {low: [0.3, 11.7, 0.2], high: [0.4, 12.3, 0.5]}}\nhorizon: 30\n",
    "driving": "schema: driving/1\nabout: a car far away\nego: {asset: compact_car, path: way, speed_kmh: 0}\n"
    "paths: {way: {points: [[60, 40, 0], [200, 40, 0]]}}\nduration: 1.0\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    root = tmp_path_factory.mktemp("four")
    folder = root / "worlds" / "plain"
    folder.mkdir(parents=True)
    (folder / "world.yaml").write_text(WORLD)
    for kind, text in SCENARIOS.items():
        (folder / f"{kind}.yaml").write_text(text)
    return Library(root, starter_root())


def digest(state: State) -> str:
    """The hash of what every runner's world has in common: tower and ball, after a second."""
    rows = [i for i, part in enumerate(state.parts) if part.startswith(("tower", "ball"))]
    assert len(rows) == 7
    assert state.step == round(SECONDS * HZ)
    arrays = (state.position, state.orientation, state.linear_velocity, state.angular_velocity)
    return hashlib.sha256(b"".join(np.ascontiguousarray(values[rows]).tobytes() for values in arrays)).hexdigest()


def film(library, layout, spec):
    from sim.runners.film.run import prepare, recorded

    production = prepare(layout, spec, Options("plain/film", library.root))
    production.folder.mkdir(parents=True, exist_ok=True)
    take, _ = recorded(production, production.folder)
    return take.at(SECONDS)


def game(library, layout, spec):
    from sim.runners.game.game import Game
    from sim.runners.game.inputs import Inputs

    level = Game(layout, spec)
    for _ in range(60):
        level.tick([Inputs()])
    state = level.world.read()
    level.close()
    return state


def robot(library, layout, spec):
    from sim.runners.robot.env import RobotEnv

    env = RobotEnv(layout, spec)
    env.reset(seed=0)
    for _ in range(24):
        env.step(np.zeros(env.action_space.shape, np.float32))
    state = env.cell.world.read()
    env.close()
    return state


def driving(library, layout, spec):
    from sim.runners.driving.templates import expand
    from sim.runners.driving.trial import Trial

    whole = expand(spec, layout, "plain/driving")
    trial = Trial(whole, layout, 0, "plain/driving", library.world("plain"), False, 24)
    with trial.world:
        trial.world.step(HZ)
        return trial.world.read()


def test_one_world_takes_one_way_under_all_four_runners(library):
    ways = {}
    for run in (film, game, robot, driving):
        kind = run.__name__
        _, layout, spec = load_scenario(library, f"plain/{kind}")
        ways[kind] = digest(run(library, layout, spec))
    assert len(set(ways.values())) == 1, ways
