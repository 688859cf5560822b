"""A cube between two fingers, against Coulomb's law: it stays while 2 μ F > m g, and falls when not."""

import numpy as np
import pytest

from sim.assets.library import starter_root
from sim.runners.gym import open_env

HOLD = 10.0  # N on each finger


@pytest.fixture
def held():
    """An arm that holds the 40 mm cube of aluminium in the air, its friction with the fingers as given."""
    made = []

    def hold(friction: float):
        settings = {
            "objects.cube.asset": "cube_40mm",
            "control.gripper_force": str(HOLD),
            "randomise": "{touch: {term: randomize_rigid_body_material, objects: [cube], operation: abs, "
            f"dynamic_friction_range: [{friction}, {friction}], restitution_range: [0, 0]}}}}",
        }
        env = open_env("bench/pick", pixels=False, root=str(starter_root()), settings=settings)
        made.append(env)
        env.reset(seed=0)
        driver, engine, thing = env.driver, env.cell.world.engine, env.task.things[0]
        home = [driver.joints[i] for i in driver.arm]
        driver.machine.put([*home, 0.0201, 0.0201])
        driver.read(fresh=True)
        engine.write_center(thing.row, env.cell.frame.out(driver.tool), np.array([0, 0, 0, 1.0]))
        engine.set_gravity((0, 0, 0))

        def grip(seconds: float) -> np.ndarray:
            driver.machine.drive(driver.arm + driver.fingers, "position", [*home, 0.0, 0.0], [500.0] * 7 + [HOLD] * 2)
            env.cell.world.step(round(seconds * env.cell.layout.step_hz))
            driver.read()
            return env.task.center(thing) - driver.tool

        return env, grip

    yield hold
    for env in made:
        env.close()


def test_a_cube_held_at_ten_newtons_stays(held):
    env, grip = held(1.0)
    before = grip(0.3)
    env.cell.world.engine.set_gravity(env.cell.layout.gravity)
    after = grip(2.0)
    assert 2 * 1.0 * HOLD > 0.173 * 9.81
    assert np.linalg.norm(after - before) < 0.002


def test_a_slippery_cube_drops(held):
    env, grip = held(0.05)
    grip(0.3)
    env.cell.world.engine.set_gravity(env.cell.layout.gravity)
    assert 2 * 0.05 * HOLD < 0.173 * 9.81
    assert grip(1.0)[2] < -0.05


def test_both_fingers_press_alike(held):
    env, grip = held(1.0)
    grip(0.5)
    forces = env.driver.finger_forces()
    assert forces == pytest.approx([HOLD, HOLD], rel=0.15)
