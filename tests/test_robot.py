"""Robot scenarios: environments keep Gymnasium's contract, experts do their tasks, what is drawn is recorded."""

import json
import os
import signal
import warnings

import numpy as np
import pytest

from sim.assets.library import starter_root
from sim.errors import InputError
from sim.exchange.lerobot import write_lerobot
from sim.exchange.minari import read_minari, write_minari
from sim.runners import Options, load_scenario
from sim.runners.gym import env_id, make, make_vec, open_env, scenario_names
from sim.runners.robot.clone import clone
from sim.runners.robot.episode import JUDGE, Job, play_job, seed_for, success_rate, wilson
from sim.runners.robot.expert import expert_for
from sim.runners.robot.ik import dls_step, turn_error
from sim.runners.robot.policy import Policy, Signature, features, fit, fresh
from sim.runners.robot.randomise import bounds_of
from sim.runners.robot.reachable import unreachable
from sim.runners.robot.record import facts_of, replay
from sim.runners.robot.spec import RandomSpec
from sim.runners.robot.transfer import paths, reach_there
from sim.runners.robot.workers import Where, Workers

BENCH = ["bench/reach", "bench/push", "bench/pick", "bench/slide", "bench/stack", "bench/drawer"]
ROOT = str(starter_root())
WHERE = Where("bench/reach", ROOT)


@pytest.fixture
def opened():
    """Opens environments and closes them."""
    made = []

    def open_one(name="bench/reach", **options):
        made.append(open_env(name, root=ROOT, **{"pixels": False} | options))
        return made[-1]

    yield open_one
    for env in made:
        env.close()


def played(env, n, **job):
    return [play_job(env, Job(seed_for(0, JUDGE, i), **job)) for i in range(n)]


def run_bits(env, seed, n=20):
    """Everything seen in the first steps of an episode of fixed actions."""
    rng = np.random.default_rng(3)
    seen, _ = env.reset(seed=seed)
    found = [seen]
    for _ in range(n):
        found.append(env.step(rng.uniform(-1, 1, env.driver.n_actions))[0])
    return np.concatenate([one[key].ravel() for one in found for key in sorted(one)])


# ---------------------------------------------------------------------------------------------------------------------
# The environment


@pytest.mark.parametrize("name", BENCH)
def test_every_bench_scenario_keeps_gymnasiums_contract(name):
    from gymnasium.utils.env_checker import check_env

    env = make(name, root=ROOT, pixels=False)
    check_env(env, skip_render_check=True)
    env.close()


@pytest.mark.gl
def test_pixels_are_seen_and_rendered(opened):
    view = "{cameras: {eye: {at: [0.75, -0.95, 0.55], look_at: [-0.1, 0, 0.1], size: [48, 32], depth: true}}}"
    env = opened("bench/pick", pixels=True, render_mode="rgb_array", settings={"observe": view})
    seen, _ = env.reset(seed=0)
    assert env.observation_space.contains(seen)
    assert seen["eye"].shape == (32, 48, 3)
    assert seen["eye"].std() > 10
    assert 0.5 < np.median(seen["eye_depth"]) < 3
    assert env.render().shape == (480, 640, 3)


def test_names_are_known_to_gymnasium():
    import gymnasium

    assert {"bench/reach", "city/pick", "city/navigate"} <= set(scenario_names())
    env = gymnasium.make(env_id("bench/reach"), root=ROOT)
    assert env.unwrapped.name == "bench/reach"
    env.close()


def test_the_same_seed_gives_the_same_bits_after_any_other_episodes(opened):
    one, other = opened("bench/pick"), opened("bench/pick")
    first = run_bits(one, 5)
    run_bits(other, 8)
    run_bits(other, 9, 40)
    assert np.array_equal(first, run_bits(other, 5))
    assert not np.array_equal(first, run_bits(other, 6))


def test_panda_gyms_numbers(opened):
    env = opened("bench/pick")
    assert env.robot_spec.horizon == 50
    assert env.cell.layout.step_hz == 500
    assert env.cell.substeps == 20
    goals, starts = [], []
    for seed in range(60):
        seen, _ = env.reset(seed=seed)
        goals.append(seen["desired_goal"])
        starts.append(seen["achieved_goal"])
    assert np.abs(np.array(starts)[:, :2]).max() <= 0.15
    assert np.allclose(np.array(starts)[:, 2], 0.02, atol=1e-4)
    assert np.array(goals)[:, 2].max() <= 0.22
    assert 0.15 < np.mean(np.array(goals)[:, 2] == np.float32(0.02)) < 0.5
    assert env.compute_reward(np.zeros((2, 3)), np.array([[0, 0, 0.04], [0, 0, 0.06]]), [{}, {}]).tolist() == [0, -1]


def test_a_weighted_reward_adds_its_terms(opened):
    terms = "[{term: distance, weight: -2}, {term: action, weight: -0.5}, {term: time, weight: 1}]"
    env = opened(settings={"reward": terms})
    env.reset(seed=0)
    seen, reward, _, _, info = env.step(np.array([1.0, 0, 0]))
    away = np.linalg.norm(seen["achieved_goal"] - seen["desired_goal"])
    assert reward == pytest.approx(-2 * away - 0.5 + 1, abs=1e-5)
    assert set(info["terms"]) == {"reaching", "action", "collision", "time"}


@pytest.mark.parametrize(
    ("mode", "n"), [("joint_position", 8), ("joint_velocity", 8), ("torque", 8), ("ee_position", 4)]
)
def test_every_control_mode_moves_the_arm(opened, mode, n):
    step = {"joint_velocity": "1.0", "torque": "0.2"}.get(mode, "0.05")
    settings = {"control.mode": mode, "control.step": step, "control.efforts": "[]"}
    env = opened("bench/pick", settings=settings)
    env.reset(seed=0)
    assert env.action_space.shape == (n,)
    before = env.driver.tool.copy()
    for _ in range(5):
        env.step(np.full(n, 0.5))
    assert np.linalg.norm(env.driver.tool - before) > 0.01


def test_bad_actions_are_refused(opened):
    env = opened()
    with pytest.raises(InputError, match="comes before reset"):
        env.step(np.zeros(3))
    env.reset(seed=0)
    with pytest.raises(InputError, match=r"action: has the wrong shape; expected \(3,\), got \(4,\)"):
        env.step(np.zeros(4))
    with pytest.raises(InputError, match="action: is no number; expected finite numbers"):
        env.step(np.array([0, np.nan, 0]))
    assert env.step(np.array([3.0, 0, 0]))[4]["action_clipped"]


def test_a_goal_out_of_reach_is_named(opened):
    far = opened(settings={"task.goal": "{low: [2, 0, 0], high: [3, 1, 1]}"})
    far.reset(seed=0)
    assert "task.goal: cannot be reached" in str(unreachable(far, all_of_it=True)[0])
    part = opened(settings={"task.goal": "{low: [0, 0, 0.1], high: [0.9, 0, 0.1]}"})
    part.reset(seed=0)
    assert "can be reached in part only" in str(unreachable(part)[0])
    near = opened()
    near.reset(seed=0)
    assert unreachable(near) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task.objects": "[cubes]"}, "no object is called 'cubes'"),
        ({"robot.tool": "hand"}, "no part is called 'hand'"),
        ({"robot.fingers": "[thumb]"}, "no joint is called 'thumb'"),
        ({"control.hz": "7", "control.substeps": "null"}, "control.hz: does not fit the steps of physics"),
        ({"control.efforts": "[1, 2]"}, "control.efforts: has the wrong length; expected 1 or 7, got 2"),
        ({"task.kind": "stack"}, "stack needs 2 objects"),
        ({"randomise": "{m: {term: randomize_rigid_body_mass, objects: [cube]}}"}, "needs mass_distribution_params"),
        ({"origin": "{object: nothing}"}, "origin.object: no object is called 'nothing'"),
    ],
)
def test_what_is_not_there_is_named(opened, settings, message):
    with pytest.raises(InputError, match=message.replace("[", r"\[")):
        opened("bench/pick", settings=settings)


# ---------------------------------------------------------------------------------------------------------------------
# Experts and chance


@pytest.mark.parametrize(
    ("name", "least"),
    [("reach", 1.0), ("push", 0.9), ("pick", 0.95), ("slide", 0.8), ("stack", 0.9), ("drawer", 0.95)],
)
def test_the_expert_does_the_task(opened, name, least):
    assert success_rate(played(opened(f"bench/{name}"), 20)) >= least


def test_chance_does_not(opened):
    for name, most in (("reach", 0.5), ("push", 0.15), ("pick", 0.15)):
        assert success_rate(played(opened(f"bench/{name}"), 12, chance=True)) <= most


def test_an_expert_under_little_friction_and_much_mass_is_told_not_hidden(opened):
    harder = """{
      friction: {term: randomize_rigid_body_material, objects: [cube], operation: scale,
              dynamic_friction_range: [0.3, 0.3]},
      mass: {term: randomize_rigid_body_mass, objects: [cube], mass_distribution_params: [3.0, 3.0]}}"""
    episodes = played(opened("bench/pick", settings={"randomise": harder}), 10)
    assert all(e.randomised["mass"]["cube"]["mass"] == pytest.approx(3.0) for e in episodes)
    assert all(e.randomised["friction"]["cube"]["dynamic_friction"] == pytest.approx(0.15) for e in episodes)
    assert 0.0 <= success_rate(episodes) <= 1.0


# ---------------------------------------------------------------------------------------------------------------------
# Randomisation


RANDOM = """{
  mass: {term: randomize_rigid_body_mass, objects: [cube], mass_distribution_params: [0.8, 1.2]},
  touch: {term: randomize_rigid_body_material, objects: [cube], operation: abs,
          dynamic_friction_range: [0.3, 0.9], restitution_range: [0, 0.1]},
  place: {term: reset_root_state_uniform, objects: [cube], pose_range: {x: [-0.01, 0.01], yaw: [-0.5, 0.5]}},
  joints: {term: reset_joints_by_offset, position_range: [-0.05, 0.05]},
  gains: {term: randomize_actuator_gains, stiffness_distribution_params: [0.8, 1.2]},
  gravity: {term: randomize_physics_scene_gravity, distribution: log_uniform,
            gravity_distribution_params: [0.95, 1.05]},
  oil: {term: randomize_joint_parameters, operation: abs, friction_distribution_params: [0.0, 0.5]},
  light: {term: randomize_light_intensity, intensity_range: [0.5, 1.5]},
  shove: {term: push_by_setting_velocity, mode: interval, objects: [cube],
          velocity_range: {x: [-0.3, 0.3]}, interval_range_s: [0.2, 0.4]}}"""


def test_every_value_drawn_is_inside_its_range_and_recorded(opened):
    env = opened("bench/pick", settings={"randomise": RANDOM, "task.end_on_success": "false"})
    for seed in range(12):
        drawn = play_job(env, Job(seed, chance=True)).randomised
        assert 0.8 <= drawn["mass"]["cube"]["mass"] <= 1.2
        assert 0.3 <= drawn["touch"]["cube"]["dynamic_friction"] <= 0.9
        assert abs(drawn["place"]["cube"]["pose"][0]) <= 0.01
        assert np.abs(drawn["joints"]["position"]).max() <= 0.05
        assert 0.8 <= drawn["gains"]["stiffness"] <= 1.2
        assert 0.95 * 9.81 <= drawn["gravity"]["gravity"] <= 1.05 * 9.81
        assert 0.5 <= drawn["light"]["light"] <= 1.5
        assert len(drawn["shove"]) >= 3
        assert all(abs(one["cube"][0]) <= 0.3 for one in drawn["shove"])
        json.dumps(drawn)


def test_ranges_of_no_width_give_the_nominal_bits(opened):
    nothing = """{
      mass: {term: randomize_rigid_body_mass, objects: [cube], mass_distribution_params: [1.0, 1.0]},
      touch: {term: randomize_rigid_body_material, objects: [cube], operation: scale,
              dynamic_friction_range: [1.0, 1.0]},
      place: {term: reset_root_state_uniform, objects: [cube], pose_range: {x: [0, 0], yaw: [0, 0]}},
      joints: {term: reset_joints_by_offset, position_range: [0.0, 0.0]},
      gravity: {term: randomize_physics_scene_gravity, gravity_distribution_params: [1.0, 1.0]}}"""
    assert np.array_equal(
        run_bits(opened("bench/pick"), 4), run_bits(opened("bench/pick", settings={"randomise": nothing}), 4)
    )


def test_a_gaussian_is_cut_off_at_three_deviations():
    spec = RandomSpec(term="randomize_light_intensity", intensity_range=(1.0, 0.1), distribution="gaussian")
    assert bounds_of(spec, (1.0, 0.1)) == pytest.approx((0.7, 1.3))


# ---------------------------------------------------------------------------------------------------------------------
# Learning


def test_the_gradient_is_the_slope(opened):
    from sim.runners.robot.policy import _gradients

    rng = np.random.default_rng(0)
    signature = Signature("a/b", 4, 3, 2, "r", "ee_position", "reach", 3)
    x, wanted = rng.normal(size=(16, 5)).astype(np.float32), rng.normal(size=(16, 2)).astype(np.float32)
    policy = fresh(signature, x, (8,), rng)
    policy.mean, policy.scale = np.zeros(5, np.float32), np.ones(5, np.float32)
    gradients, before = _gradients(policy, x, wanted)
    policy.weights[0][1, 2] += 1e-3
    assert (_gradients(policy, x, wanted)[1] - before) / 1e-3 == pytest.approx(gradients[0][1, 2], rel=0.05, abs=2e-4)


def test_fitting_finds_a_linear_map():
    rng = np.random.default_rng(0)
    signature = Signature("a/b", 4, 3, 2, "r", "ee_position", "reach", 3)
    x = rng.normal(size=(512, 5)).astype(np.float32)
    wanted = (x @ rng.normal(size=(5, 2))).astype(np.float32) * 0.1
    policy = fresh(signature, x, (), rng)
    assert fit(policy, x, wanted, 200, rng, rate=1e-2) < 1e-4


def test_cloning_reaches_and_its_file_is_for_its_environment_only(opened, tmp_path):
    env = opened()
    signature = Signature.of(env)
    spec = env.robot_spec.train.model_copy(update={"demonstrations": 30, "rounds": 1})
    with Workers(WHERE, 1, env) as workers:
        policy, curve, _ = clone(workers, signature, spec, 0, lambda _: None)
    assert success_rate(played(env, 20, policy=policy)) >= 0.95
    assert len(curve.x) == len(curve.success) == 3
    policy.write(tmp_path / "policy.npz")
    again = Policy.load(tmp_path / "policy.npz", signature)
    seen, _ = env.reset(seed=1)
    assert np.array_equal(again.act(seen), policy.act(seen))
    with pytest.raises(InputError, match="is a policy for another environment; expected env bench/pick"):
        Policy.load(tmp_path / "policy.npz", Signature.of(opened("bench/pick")))
    (tmp_path / "half.npz").write_bytes((tmp_path / "policy.npz").read_bytes()[:500])
    with pytest.raises(InputError, match="is no whole policy"):
        Policy.load(tmp_path / "half.npz")
    with pytest.raises(InputError, match="does not exist"):
        Policy.load(tmp_path / "none.npz")


def test_features_have_the_same_shape_for_one_and_for_many(opened):
    env = opened("bench/stack")
    seen, _ = env.reset(seed=0)
    one = features(seen, Signature.of(env))
    many = features({key: np.stack([value] * 3) for key, value in seen.items()}, Signature.of(env))
    assert many.shape == (3, *one.shape)
    assert np.array_equal(many[1], one)


def test_wilsons_interval():
    assert wilson(95, 100) == pytest.approx((0.8882, 0.9785), abs=1e-4)  # Newcombe 1998
    assert wilson(10, 10)[0] == pytest.approx(0.7225, abs=1e-4)


def test_damped_least_squares_goes_where_it_is_wanted():
    rng = np.random.default_rng(1)
    jacobian = rng.normal(size=(6, 7))
    step = dls_step(jacobian, np.array([0.01, 0, 0]), np.zeros(3), np.zeros(7))
    assert jacobian @ step == pytest.approx([0.01, 0, 0, 0, 0, 0], abs=1e-3)
    assert turn_error((0, 0, np.sin(0.05), np.cos(0.05)), (0, 0, 0, 1)) == pytest.approx([0, 0, 0.1], abs=1e-4)


# ---------------------------------------------------------------------------------------------------------------------
# Many at once


def test_processes_play_the_same_episodes_and_survive_a_death(opened, capfd):
    env = opened()
    jobs = [Job(seed, chance=True) for seed in range(10)]
    alone = Workers(WHERE, 1, env).play(jobs)
    with Workers(WHERE, 2, env) as workers:
        found = {}
        for i, episode in workers.stream(jobs):
            found[i] = episode
            if len(found) == 3:
                os.kill(workers.pids[0], signal.SIGKILL)
    assert [found[i].sha256() for i in range(10)] == [episode.sha256() for episode in alone]
    assert capfd.readouterr().err.count("the others go on") <= 1


def test_vectors_agree_in_one_process_and_over_two(capfd):
    here, there = make_vec("bench/reach", 2, root=ROOT), make_vec("bench/reach", 2, 2, root=ROOT)
    rng = np.random.default_rng(0)
    first, second = here.reset(seed=3)[0], there.reset(seed=3)[0]
    for _ in range(8):
        assert all(np.array_equal(first[key], second[key]) for key in first)
        actions = rng.uniform(-1, 1, (2, 3)).astype(np.float32)
        first, second = here.step(actions)[0], there.step(actions)[0]
    os.kill(there.pids[0], signal.SIGKILL)
    _, _, _, truncated, infos = there.step(actions)
    assert truncated.tolist() == [True, False]
    assert infos["worker_lost"].tolist() == [True, False]
    assert "its 1 environments begin anew, the others go on" in capfd.readouterr().err
    there.step(actions)
    here.close()
    there.close()
    with pytest.raises(InputError, match="processes that divide num_envs, got 3 over 2"):
        make_vec("bench/reach", 3, 2, root=ROOT)


# ---------------------------------------------------------------------------------------------------------------------
# Datasets and other engines


def test_a_dataset_is_read_by_minari_and_replays_bit_for_bit(opened, tmp_path, monkeypatch):
    minari = pytest.importorskip("minari")
    env = opened("bench/pick", settings={"randomise": RANDOM})
    episodes = played(env, 2)
    path = write_minari(tmp_path, "prophouse/bench-pick-v0", episodes, facts_of(env, "expert"))
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = minari.load_dataset("prophouse/bench-pick-v0")
        assert dataset.total_steps == sum(e.length for e in episodes)
        assert np.array_equal(dataset[1].observations["observation"], episodes[1].seen["observation"])
    kept = read_minari(path, 1)
    again = replay(env, kept["seed"], kept["actions"])
    assert all(np.array_equal(again.seen[key], kept["observations"][key]) for key in again.seen)
    assert kept["randomised"] == json.loads(json.dumps(again.randomised))
    with pytest.raises(InputError, match="has no episode 7"):
        read_minari(path, 7)


def test_a_dataset_has_lerobots_layout(opened, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    env = opened("bench/pick")
    episodes = played(env, 2)
    info = json.loads(write_lerobot(tmp_path, episodes, facts_of(env, "expert")).read_text())
    n = sum(e.length for e in episodes)
    assert (info["codebase_version"], info["total_episodes"], info["total_frames"]) == ("v3.0", 2, n)
    frames = parquet.read_table(tmp_path / "data/chunk-000/file-000.parquet").to_pydict()
    assert np.array_equal(np.array(frames["action"], np.float32), np.concatenate([e.actions for e in episodes]))
    rows = parquet.read_table(tmp_path / "meta/episodes/chunk-000/file-000.parquet").to_pydict()
    assert rows["dataset_from_index"] == [0, episodes[0].length]
    assert rows["seed"] == [e.seed for e in episodes]
    assert parquet.read_table(tmp_path / "meta/tasks.parquet").to_pydict()["task"] == [env.robot_spec.about]


def test_the_arm_moves_alike_in_mujoco(opened, tmp_path):
    pytest.importorskip("mujoco")
    env = opened()
    here, there = paths(env, tmp_path, 5.0, seed=1)
    assert np.linalg.norm(np.diff(here, axis=0), axis=1).sum() > 0.5
    assert np.linalg.norm(here - there, axis=1).max() < 0.01

    class Expert:
        act = staticmethod(expert_for(env).act)

    assert reach_there(env, Expert(), range(10), tmp_path) >= 0.9


# ---------------------------------------------------------------------------------------------------------------------
# Runs


def test_a_run_reports_what_it_came_to(tmp_path):
    from sim.assets.library import Library

    library = Library(tmp_path, starter_root())
    settings = {"train.workers": "1", "train.evaluation_episodes": "5", "horizon": "10"}
    module, layout, spec = load_scenario(library, "bench/reach", settings)
    flags = {"algorithm": "expert", "video": False}
    options = Options("bench/reach", library.root, None, "preview", settings, False, flags)
    report = module.run(layout, spec, options)
    assert report.verdict == "pass"
    assert report.metrics["success_rate"] == 1.0
    assert report.metrics["success_low"] < 1.0
    assert module.run(layout, spec, options).trajectory_sha256 == report.trajectory_sha256
    assert [path.name for path in options.folder.iterdir()] == ["report.json"]
    with pytest.raises(InputError, match="no algorithm is called 'ppoo'"):
        module.run(layout, spec, Options("bench/reach", library.root, flags={"algorithm": "ppoo"}))


# ---------------------------------------------------------------------------------------------------------------------
# Robots of one's own


def arm(n, inertia="0.01", mass="0.5", mimic=""):
    """A chain of ``n`` links on continuous joints without limits, each 5 cm long."""
    links = [
        f'<link name="l{i}"><inertial><mass value="{mass}"/><inertia ixx="{inertia}" iyy="{inertia}" izz="{inertia}" '
        'ixy="0" ixz="0" iyz="0"/></inertial></link>'
        for i in range(n)
    ]
    joints = [
        f'<joint name="j{i}" type="continuous"><parent link="l{i - 1}"/><child link="l{i}"/><origin xyz="0 0 0.05"/>'
        f'<axis xyz="{i % 2} {(i + 1) % 2} 0"/>{mimic if i == n - 1 else ""}</joint>'
        for i in range(1, n)
    ]
    return f'<?xml version="1.0"?><robot name="arm">{"".join(links + joints)}</robot>'


def own_robot(project, urdf, control="joint_position"):
    """A scenario in a project with an arm of its own."""
    project.write("assets/arm/arm.urdf", urdf)
    spec = {"schema": "asset/1", "about": "arm", "license": "CC0-1.0", "model": "arm.urdf", "substance": "reference"}
    project.write("assets/arm/asset.yaml", spec | {"physics": {"motion": "static"}})
    project.world({}, "lab")
    scenario = {
        "schema": "robot/1",
        "about": "own",
        "robot": {"asset": "arm"},
        "control": {"mode": control, "hz": 24, "efforts": [50], "floor": None},
        "task": {"kind": "reach", "goal": {"low": [0, 0, 0.1], "high": [0.1, 0, 0.1]}},
    }
    project.write("worlds/lab/reach.yaml", scenario)
    _, layout, loaded = load_scenario(project.library, "lab/reach")
    from sim.runners.robot.env import RobotEnv

    return RobotEnv(layout, loaded, "lab/reach")


def test_joints_without_limits_and_a_hundred_links_are_driven(project):
    for n, control in ((6, "ee_position"), (100, "joint_position")):
        env = own_robot(project, arm(n), control)
        env.reset(seed=0)
        for _ in range(3):
            seen = env.step(np.full(env.driver.n_actions, 0.1))[0]
        assert np.isfinite(seen["observation"]).all()
        env.close()


def test_a_joint_that_mimics_follows(project):
    env = own_robot(project, arm(4, mimic='<mimic joint="j1" multiplier="2"/>'))
    env.reset(seed=0)
    for _ in range(24):
        env.step(np.array([0.5, 0, 1.0]))
    joints = env.cell.machine.read()[0]
    assert joints[2] == pytest.approx(2 * joints[0], abs=0.05)
    env.close()


@pytest.mark.parametrize(
    ("urdf", "message"),
    [
        (arm(3, inertia="-0.01"), "link l0: has a negative mass or inertia"),
        (arm(3, mass="-1"), "has a negative mass or inertia"),
        (arm(3, inertia="0"), "link l1: has mass but no inertia"),
        (
            arm(3).replace("</link>", '<visual><geometry><mesh filename="gone.stl"/></geometry></visual></link>', 1),
            "mesh is missing",
        ),
        (arm(3, mimic='<mimic joint="j9"/>'), "no joint is called 'j9'"),
    ],
)
def test_a_broken_robot_is_refused_in_one_line(project, urdf, message):
    with pytest.raises(InputError, match=message):
        own_robot(project, urdf)
