"""A layout that lives: time, state, moments to go back to, and what happens when physics blows up."""

import numpy as np
import pytest

from sim.errors import Diverged, InputError
from sim.pose import Pose
from sim.world.world import World


def test_time_is_counted_in_steps(project):
    project.ball()
    with project.build({"ball": {"asset": "ball"}}, step_hz=960) as world:
        world.step(480)
        assert (world.step_count, world.time) == (480, 0.5)
        state = world.read()
        assert (state.step, state.time) == (480, 0.5)


def test_many_steps_at_once_are_the_same_as_one_after_another(project):
    project.ball(surface={"restitution": 0.7})
    objects = {"ball": {"asset": "ball", "at": [0, 0, 1], "grid": {"count": [3, 1, 3], "step": [0.21, 1, 0.3]}}}
    with project.build(objects, ground=project.ground) as a, project.build(objects, ground=project.ground) as b:
        a.step(400)
        for _ in range(400):
            b.step()
        assert a.read().sha256() == b.read().sha256()


def test_a_state_names_its_parts(project):
    project.ball()
    project.asset("wall", physics={"motion": "static"})
    with project.build({"ball": {"asset": "ball", "at": [1, 2, 3]}, "wall": {"asset": "wall"}}) as world:
        state = world.read()
        assert state.parts == world.parts == ("ball",)
        assert state.pose("ball").position == pytest.approx([1, 2, 3])
        with pytest.raises(InputError, match="state: no movable part is called 'wall'"):
            state.pose("wall")


def test_halfway_between_two_states_is_halfway(project):
    project.ball()
    with project.build(
        {"ball": {"asset": "ball", "velocity": [1, 0, 0], "angular_velocity": [0, 0, 1]}}, gravity=[0, 0, 0]
    ) as world:
        a = world.read()
        world.step(240)
        b = world.read()
    middle = a.between(b, 0.5)
    assert middle.position[0] == pytest.approx([0.5, 0, 0], abs=1e-9)
    assert middle.orientation[0] == pytest.approx([0, 0, np.sin(0.25), np.cos(0.25)], abs=1e-9)
    assert a.between(b, 0.0).position == pytest.approx(a.position)


def test_a_saved_moment_is_gone_back_to_with_its_events(project):
    project.ball(surface={"restitution": 0.7})
    with project.build({"ball": {"asset": "ball", "at": [0, 0, 0.5]}}, events=True, ground=project.ground) as world:
        world.step(100)
        save = world.save()
        n_events = len(world.events)
        world.step(200)
        first, events = world.read().sha256(), list(world.events)
        assert len(events) > n_events
        world.restore(save)
        assert (world.step_count, len(world.events)) == (100, n_events)
        world.step(200)
        assert world.read().sha256() == first
        assert world.events == events


def test_a_state_of_another_world_is_refused(project):
    project.ball()
    a, b = project.build({"ball": {"asset": "ball"}}), project.build({"other": {"asset": "ball"}})
    with pytest.raises(InputError, match="world scratch: the state is of another world"):
        b.write(a.read())


def test_a_written_state_goes_on_as_the_one_it_was_read_from(project):
    project.ball()
    with project.build({"ball": {"asset": "ball", "at": [0, 0, 50], "velocity": [1, 2, 3]}}) as world:
        world.step(20)
        state = world.read()
        world.step(50)
        expected = world.read().position
        world.write(state)
        world.step(50)
        assert world.read().position == pytest.approx(expected, abs=1e-9)


def test_things_are_thrown_and_moved_at_once(project):
    project.ball()
    with project.build({"ball": {"asset": "ball"}}, gravity=[0, 0, 0]) as world:
        world.throw("ball", [3, 0, 0], [0, 0, 1])
        world.step(240)
        assert world.read().position[0] == pytest.approx([3, 0, 0], abs=1e-9)
        world.move("ball", Pose.of((0, 5, 0)))
        world.step(240)
        assert world.read().position[0] == pytest.approx([0, 5, 0], abs=1e-9)


def test_a_kinematic_thing_goes_only_where_it_is_put_and_carries_others_away(project):
    project.asset("plate", size=(1, 1, 0.1), physics={"motion": "kinematic"}, surface={"restitution": 0.0})
    project.ball(mass=5.0)
    objects = {"plate": {"asset": "plate", "at": [0, 0, 0]}, "ball": {"asset": "ball", "at": [0, 0, 0.2]}}
    with project.build(objects) as world:
        world.step(240)
        assert world.read().pose("plate").position == pytest.approx([0, 0, 0], abs=1e-12)
        assert world.read().pose("ball").position[2] == pytest.approx(0.15, abs=2e-3)


def test_what_is_nailed_does_not_fall_and_is_touched(project):
    project.ball(surface={"restitution": 0.0})
    objects = {
        "nailed": {"asset": "ball", "fixed": True, "at": [0, 0, 1]},
        "free": {"asset": "ball", "at": [0, 0, 1.201]},
    }
    with project.build(objects) as world:
        world.step(10)
        assert world.parts == ("free",)
        assert [world.names[row] for row in world.contacts().part_b] == ["nailed"]


def test_links_of_one_robot_may_overlap_and_things_of_an_included_world_may_not(project):
    project.asset("box", size=(1, 1, 1))
    with project.build({"arm": {"asset": "franka_panda"}}):
        pass
    project.world({"a": {"asset": "box"}, "b": {"asset": "box", "at": [0.5, 0, 0]}}, "inner")
    with pytest.raises(InputError, match=r"objects\.n/[ab]: starts 500\.\d mm inside n/[ab]"):
        project.build({}, include={"n": {"world": "inner"}})


# Blowing up


def fire(world: World, part: str, n_steps: int) -> None:
    for _ in range(n_steps):
        world.push(part, [300, 0, 0])
        world.step()


def test_what_gets_faster_than_sound_stops_the_run_and_leaves_the_last_good_state(project):
    project.ball()
    world = project.build({"calm": {"asset": "ball", "at": [5, 0, 0]}, "rocket": {"asset": "ball"}})
    with pytest.raises(
        Diverged, match=r"world scratch: rocket: step \d+ \(.* s\): is faster than sound or nowhere; got \d+ m/s"
    ) as caught:
        fire(world, "rocket", 1000)
    assert caught.value.exit_code == 1
    path = project.root / "renders/scratch/last_good_state.npz"
    assert str(path) in str(caught.value)
    with np.load(path) as kept:
        assert kept["parts"].tolist() == ["calm", "rocket"]
        assert 0 < kept["step"] < world.step_count
        assert np.all(np.abs(kept["linear_velocity"]) < 343)


def test_what_is_nowhere_stops_the_run(project):
    project.ball()
    with project.build({"ball": {"asset": "ball"}}) as world:
        world.push("ball", [np.nan, 0, 0])
        with pytest.raises(Diverged, match=r"ball: .*is faster than sound or nowhere"):
            world.step(240)


def test_an_unwatched_world_logs_nothing(project):
    project.ball(surface={"restitution": 0.7})
    with project.build({"ball": {"asset": "ball", "at": [0, 0, 0.5]}}, ground=project.ground) as world:
        world.step(240)
        assert world.events == []
        assert World.load("scratch", project.library, events=True).events == []
