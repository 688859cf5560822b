"""The one door to PyBullet: merged scenery keeps its names, worlds keep apart, and parts answer by name."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import InputError
from sim.pose import rotate

SCENERY = {
    "post": ("box", (0.4, 0.4, 1.0)),
    "column": ("cylinder", (0.2, 1.0)),
    "globe": ("sphere", (0.4,)),
    "bollard": ("capsule", (0.2, 1.0)),
}


def park(project, count: int = 10):
    """Many static things of four shapes, 100 of each: enough to be merged; and what falls on some of them."""
    for name, (shape, size) in SCENERY.items():
        project.asset(name, shape, size, physics={"motion": "static"}, surface={"restitution": 0.0})
    project.ball("ball", radius=0.1, surface={"restitution": 0.0})
    grid = {"count": [count, count, 1], "step": [2, 2, 1]}
    objects = {}
    for i, name in enumerate(SCENERY):
        objects[name] = {"asset": name, "at": [i % 2, i // 2, 0.5], "yaw_deg": 30, "grid": grid}
    return objects


def place(i: int, shape: int, count: int = 10) -> np.ndarray:
    """Where thing ``i`` of a shape stands."""
    return np.array([2 * (i % count) + shape % 2, 2 * (i // count) + shape // 2, 0.5])


def test_static_things_are_merged(project):
    with project.build(park(project)) as world:
        bodies = {owners[0]: owners for owners in world._engine._owners.values()}
        assert sum(map(len, bodies.values())) == 400
        assert len(bodies) < 60


def test_a_contact_names_the_right_one_of_many_merged_things(project):
    objects = park(project)
    for i in (7, 42, 99):
        for k in range(4):
            x, y, _ = place(i, k)
            objects[f"ball_{i}_{k}"] = {"asset": "ball", "at": [float(x), float(y), 1.2]}
    with project.build(objects) as world:
        world.step(60)
        touching = world.contacts()
        pairs = {(world.names[a], world.names[b]) for a, b in zip(touching.part_a, touching.part_b, strict=True)}
    assert {tuple(sorted(pair)) for pair in pairs} == {
        tuple(sorted((f"ball_{i}_{k}", f"{name}_{i}"))) for i in (7, 42, 99) for k, name in enumerate(SCENERY)
    }


def test_rays_name_the_right_ones_of_many_merged_things(project):
    with project.build(park(project)) as world:
        names, starts = [], []
        for i in range(100):
            for k, name in enumerate(SCENERY):
                names.append(f"{name}_{i}")
                starts.append(place(i, k) + np.array([0.03, 0.02, 2.0]))
        hits = world.cast_rays(starts, np.array(starts) - [0, 0, 4])
        assert [world.names[row] for row in hits.part] == names
        sides = world.cast_rays(
            np.array(starts) * [1, 1, 0] + [0.7, 0, 0.5], np.array(starts) * [1, 1, 0] + [0, 0, 0.5]
        )
        assert [world.names[row] for row in sides.part] == names


def test_few_static_things_and_moving_ones_answer_rays_too(project):
    project.asset("post", size=(0.4, 0.4, 1.0), physics={"motion": "static"})
    project.ball()
    objects = {"post": {"asset": "post", "at": [0, 0, 0.5]}, "ball": {"asset": "ball", "at": [2, 0, 0.5]}}
    with project.build(objects, ground=project.ground) as world:
        hits = world.cast_rays(
            [[0, 0, 5], [2, 0, 5], [4, 0, 5], [4, 0, 5]], [[0, 0, -1], [2, 0, -1], [4, 0, -1], [4, 0, 1]]
        )
        assert [world.names[row] if row >= 0 else None for row in hits.part] == ["post", "ball", "ground", None]
        assert hits.position[:3, 2] == pytest.approx([1.0, 0.6, 0.0], abs=2e-3)
        assert hits.normal[:3] == pytest.approx(np.tile([0.0, 0, 1], (3, 1)), abs=1e-6)
        assert hits.fraction[3] == 1


def test_more_rays_than_bullet_takes_at_once_are_cast_in_batches(project):
    project.ball(radius=0.5)
    with project.build({"ball": {"asset": "ball"}}) as world:
        starts = np.random.default_rng(0).uniform(-1, 1, (20_000, 3)) * [1, 1, 0] + [0, 0, 5]
        hits = world.cast_rays(starts, starts - [0, 0, 10])
    inside = np.linalg.norm(starts[:, :2], axis=1)
    assert np.all(hits.part[inside < 0.499] == 0)
    assert np.all(hits.part[inside > 0.501] == -1)
    height = 5 - 10 * hits.fraction[inside < 0.45]
    assert height == pytest.approx(np.sqrt(0.25 - inside[inside < 0.45] ** 2), abs=3e-3)


def test_contacts_of_one_part_are_its_own(project):
    project.asset("box")
    objects = {"box": {"asset": "box", "at": [0, 0, 0.1], "grid": {"count": [3, 1, 1], "step": [1, 1, 1]}}}
    with project.build(objects, ground=project.ground) as world:
        world.step(20)
        own, every = world.contacts("box_1"), world.contacts()
        assert {world.names[row] for row in own.part_a} == {"box_1"}
        assert {world.names[row] for row in own.part_b} == {"ground"}
        assert own.normal == pytest.approx(np.tile([0.0, 0, 1], (len(own.normal), 1)), abs=1e-6)
        assert len(every.force) == 3 * len(own.force)


def test_two_worlds_in_one_process_do_not_disturb_each_other(project):
    project.asset("box")
    project.ball(surface={"restitution": 0.6})
    objects = {
        "box": {"asset": "box", "at": [0, 0, 0.4], "grid": {"count": [2, 2, 3], "step": [0.3, 0.3, 0.3]}},
        "ball": {"asset": "ball", "at": [0.1, 0.1, 2]},
    }
    with project.build(objects, ground=project.ground) as alone:
        alone.step(300)
        expected = alone.read().sha256()
    with project.build(objects, ground=project.ground) as a, project.build(objects, ground=project.ground) as b:
        for _ in range(100):
            a.step(3)
            b.push("ball", [5, 0, 0])
            b.step(2)
        assert a.read().sha256() == expected
        assert b.read().sha256() != expected


def test_closing_one_world_leaves_the_other(project):
    project.ball()
    first = project.build({"ball": {"asset": "ball"}})
    with project.build({"ball": {"asset": "ball"}}) as second:
        first.close()
        first.close()
        second.step(10)
        assert second.step_count == 10


# Forces and joints


def test_a_push_accelerates_by_its_mass_for_one_step(project):
    project.ball(mass=2.0)
    with project.build({"ball": {"asset": "ball"}}, gravity=[0, 0, 0]) as world:
        world.push("ball", [48, 0, 0])
        world.step()
        assert world.read().linear_velocity[0] == pytest.approx([0.1, 0, 0], abs=1e-12)
        world.step(10)
        assert world.read().linear_velocity[0] == pytest.approx([0.1, 0, 0], abs=1e-12)


def test_a_push_beside_the_centre_turns(project):
    project.ball(mass=1.0, radius=0.5)
    with project.build({"ball": {"asset": "ball", "at": [1, 2, 3]}}, gravity=[0, 0, 0]) as world:
        world.push("ball", [0, 24, 0], at=[1.5, 2, 3])
        world.step()
        assert world.read().angular_velocity[0] == pytest.approx([0, 0, 24 * 0.5 / (0.4 * 0.25) / 240], rel=1e-6)


@pytest.mark.parametrize("act", ["push", "throw", "write"])
def test_what_sleeps_wakes_and_forgets_nothing(project, act):
    project.asset("box", physics={"mass": 1.0}, surface={"dynamic_friction": 0.0, "restitution": 0.0})
    with project.build({"box": {"asset": "box", "at": [0, 0, 0.1]}}, ground=project.ground) as world:
        world.step(240 * 4)
        asleep = world.read()
        world.step(10)
        assert np.array_equal(world.read().position, asleep.position)
        if act == "push":
            world.push("box", [480, 0, 0])
        elif act == "throw":
            world.throw("box", [2, 0, 0])
        else:
            world.write(replace(asleep, linear_velocity=np.array([[2.0, 0, 0]])))
        world.step(3)
        assert world.read().linear_velocity[0, 0] == pytest.approx(2.0, abs=1e-6)


def test_joints_are_driven_by_name(project):
    with project.build({"arm": {"asset": "kuka_iiwa"}}, sleeping=False) as world:
        world.command({"arm/lbr_iiwa_joint_2": 0.8, "arm/lbr_iiwa_joint_4": -1.0})
        world.step(240 * 3)
        joints = dict(zip(world.joints, world.read().joint_position, strict=True))
        assert joints["arm/lbr_iiwa_joint_2"] == pytest.approx(0.8, abs=0.02)
        assert joints["arm/lbr_iiwa_joint_4"] == pytest.approx(-1.0, abs=0.02)


def test_a_joint_keeps_a_commanded_speed(project):
    with project.build({"arm": {"asset": "kuka_iiwa"}}, gravity=[0, 0, 0], sleeping=False) as world:
        world.command({"arm/lbr_iiwa_joint_1": 0.5}, mode="velocity")
        world.step(240)
        i = world.joints.index("arm/lbr_iiwa_joint_1")
        state = world.read()
        assert state.joint_velocity[i] == pytest.approx(0.5, abs=0.01)
        assert state.joint_position[i] == pytest.approx(0.5, abs=0.02)


WHEEL = """<robot name="wheel">
  <link name="axle">
    <inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>
  </link>
  <link name="disc">
    <inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="2" ixy="0" ixz="0" iyz="0"/></inertial>
  </link>
  <joint name="spin" type="continuous"><parent link="axle"/><child link="disc"/><axis xyz="0 0 1"/></joint>
</robot>"""


@pytest.fixture
def wheel(project):
    project.write("assets/wheel/wheel.urdf", WHEEL)
    project.asset("wheel", model="wheel.urdf", physics={"motion": "static"})
    with project.build({"wheel": {"asset": "wheel", "at": [0, 0, 1]}}, sleeping=False) as world:
        yield world


def test_a_torque_acts_for_one_step(wheel):
    wheel.command({"wheel/spin": 48.0}, mode="torque")
    wheel.step()
    assert wheel.read().joint_velocity[0] == pytest.approx(48 / 2 / 240, rel=1e-6)
    wheel.step(20)
    assert wheel.read().joint_velocity[0] == pytest.approx(48 / 2 / 240, rel=1e-6)


def test_a_force_on_a_part_acts_on_that_part(wheel):
    wheel.push("wheel/disc", [0, 24, 0], at=[0.5, 0, 1])
    wheel.step()
    assert wheel.read().joint_velocity[0] == pytest.approx(24 * 0.5 / 2 / 240, rel=1e-6)


def test_a_parts_speeds_are_its_own(wheel):
    wheel.command({"wheel/spin": 3.0}, mode="velocity", effort=1e6)
    wheel.step(10)
    state = wheel.read()
    assert state.angular_velocity[state.row("wheel/disc")] == pytest.approx([0, 0, 3], abs=1e-6)
    assert state.angular_velocity[state.row("wheel")] == pytest.approx([0, 0, 0], abs=1e-9)


def test_what_commands_cannot_say_is_refused(wheel):
    with pytest.raises(InputError, match="no joint is called 'wheel/spn'\n  hint: did you mean 'wheel/spin'"):
        wheel.command({"wheel/spn": 1})
    with pytest.raises(InputError, match="no mode is called 'speed'"):
        wheel.command({"wheel/spin": 1}, mode="speed")
    with pytest.raises(InputError, match="command wheel/spin: is no number; got nan"):
        wheel.command({"wheel/spin": float("nan")})
    with pytest.raises(InputError, match="no movable part is called 'whel'\n  hint: did you mean 'wheel'"):
        wheel.push("whel", [1, 0, 0])


# Frames


def test_a_pose_is_that_of_the_things_own_frame_not_its_centre_of_mass(project):
    project.asset("bat", size=(0.1, 0.1, 1.0), physics={"mass": 1.0, "center_of_mass": [0, 0, 0.4]})
    objects = {"bat": {"asset": "bat", "at": [1, 2, 3], "rotate_deg": [0, 90, 0], "angular_velocity": [0, 0, 2]}}
    with project.build(objects, gravity=[0, 0, 0], sleeping=False) as world:
        start = world.read()
        assert start.position[0] == pytest.approx([1, 2, 3], abs=1e-9)
        center = start.position[0] + rotate(start.orientation[0], [0, 0, 0.4])
        world.step(240)
        now = world.read()
        drift = now.position[0] + rotate(now.orientation[0], [0, 0, 0.4]) - center
        assert drift == pytest.approx(now.linear_velocity[0], abs=1e-6)
        assert np.linalg.norm(now.position[0] - [1, 2, 3]) > 0.1


def test_what_is_written_is_read_back(project):
    project.asset("bat", size=(0.1, 0.1, 1.0), physics={"mass": 1.0, "center_of_mass": [0.1, 0, 0.4]})
    objects = {
        "bat": {
            "asset": "bat",
            "at": [0, 0, 5],
            "grid": {"count": [3, 1, 1], "step": [1, 1, 1]},
            "angular_velocity": [1, 2, 3],
        }
    }
    with project.build(objects, sleeping=False) as world:
        world.step(30)
        state = world.read()
        world.step(30)
        world.write(state)
        again = world.read()
    for name in ("position", "orientation", "linear_velocity", "angular_velocity"):
        assert getattr(again, name) == pytest.approx(getattr(state, name), abs=1e-12)
    assert again.step == state.step


def test_a_large_world_at_rest_begins_asleep_and_wakes_when_struck(project):
    crowd = {"asset": project.asset("block"), "at": [0, 0, 0.1], "grid": {"count": [12, 10, 1], "step": [1, 1, 0]}}
    world = project.build(
        {"blocks": crowd, "ball": {"asset": project.ball(), "at": [0, 0, 0.9]}}, ground=project.ground
    )
    with world:
        start = world.read()
        world.step(30)  # 0.125 s: the ball has fallen 77 mm, its shadow wakes nobody
        now = world.read()
        moved = [name for i, name in enumerate(world.parts) if (now.position[i] != start.position[i]).any()]
        assert moved == ["ball"]
        world.throw("blocks_119", (0, 0, 1))
        world.step(120)
        now = world.read()
        moved = {name for i, name in enumerate(world.parts) if np.abs(now.position[i] - start.position[i]).max() > 1e-6}
        assert {"ball", "blocks_119", "blocks_0"} >= moved >= {"ball", "blocks_119"}


def test_a_large_world_goes_on_alike_from_a_save(project):
    crowd = {"asset": project.asset("block"), "at": [0, 0, 0.1], "grid": {"count": [12, 10, 1], "step": [1, 1, 0]}}
    things = {"blocks": crowd, "ball": {"asset": project.ball(), "at": [0, 0, 0.9]}}
    with project.build(things, ground=project.ground) as world:
        world.step(200)
        saved = world.save()
        world.step(60)
        first = world.read().sha256()
        world.restore(saved)
        world.step(60)
        assert world.read().sha256() == first


def test_a_command_wakes_a_robot_that_sleeps(project):
    world = project.build({"husky": {"asset": "husky", "at": [0, 0, 0.03]}}, ground=project.ground)
    with world:
        world.step(5 * 240)
        wheel = next(name for name in world.joints if "wheel" in name)
        assert abs(world.read().joint_velocity).max() < 0.01
        world.command({wheel: 3.0}, "velocity")
        world.step(24)
        assert world.read().joint_velocity[world.joints.index(wheel)] == pytest.approx(3.0, abs=0.1)
