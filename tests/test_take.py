"""A recorded run: written, read, sliced, looked at between its frames; and what is refused."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.world.take import Recorder, Take, record


@pytest.fixture
def falling(project):
    """A world in which a few balls fall, bounce and roll."""
    project.ball(surface={"dynamic_friction": 0.5, "restitution": 0.6})
    objects = {"ball": {"asset": "ball", "at": [0, 0, 0.4], "grid": {"count": [2, 2, 2], "step": [0.25, 0.3, 0.4]}}}
    with project.build(objects, ground=project.ground) as world:
        yield world


def test_a_take_has_the_frames_and_events_of_the_run(falling):
    take = record(falling, 1.0, fps=24)
    assert len(take) == 25
    assert take.steps.tolist() == list(range(0, 241, 10))
    assert take.duration == 1.0
    assert take.state(24).sha256() == falling.read().sha256()
    assert list(take.events) == falling.events
    assert len(take.events) > 4


def test_recording_changes_nothing(project, falling):
    record(falling, 1.0)
    from sim.world.world import World

    with World.load("scratch", project.library) as bare:
        bare.step(240)
        assert bare.read().sha256() == falling.read().sha256()


def test_a_take_comes_back_from_its_file_to_the_last_bit(project, falling, tmp_path):
    take = record(falling, 0.5)
    take.write(tmp_path / "take.npz")
    again = Take.load(tmp_path / "take.npz", project.library)
    assert again.sha256() == take.sha256()
    assert again.events == take.events
    assert (again.parts, again.joints, again.hashes) == (take.parts, take.joints, take.hashes)
    assert again.layout.to_json() == take.layout.to_json()
    assert [s.sha256() for s in again] == [s.sha256() for s in take]


def test_a_robots_joints_are_recorded(project, tmp_path):
    with project.build({"arm": {"asset": "kuka_iiwa"}}, sleeping=False) as world:
        world.command({"arm/lbr_iiwa_joint_2": 0.6})
        take = record(world, 1.0)
    take.write(tmp_path / "take.npz")
    joints = Take.load(tmp_path / "take.npz", project.library).arrays["joint_position"]
    assert joints.shape == (25, 7)
    assert joints[-1, 1] == pytest.approx(0.6, abs=0.05)


def test_the_same_world_gives_the_same_take(project, falling):
    from sim.world.world import World

    with World.load("scratch", project.library) as other:
        assert record(falling, 0.5).sha256() == record(other, 0.5).sha256()


def test_a_slice_keeps_its_frames_and_events(falling):
    take = record(falling, 1.0)
    part = take.slice(0.25, 0.5)
    assert part.steps.tolist() == list(range(60, 121, 10))
    assert part.state(0).sha256() == take.state(6).sha256()
    assert part.events == tuple(e for e in take.events if 0.25 <= e.time <= 0.5)
    assert part.at(0.3).step == take.at(0.3).step
    with pytest.raises(InputError, match="take: has no frame in that span; expected 0 to 1 s, got 3 to 4 s"):
        take.slice(3, 4)


def test_between_two_frames_everything_is_between(falling):
    take = record(falling, 1.0)
    a, b, middle = take.state(3), take.state(4), take.at(3.5 / 24)
    assert middle.position == pytest.approx((a.position + b.position) / 2)
    assert np.linalg.norm(middle.orientation, axis=1) == pytest.approx(np.ones(8))
    assert take.at(3 / 24).sha256() == a.sha256()
    assert take.at(1.0).sha256() == take.state(24).sha256()


@pytest.mark.parametrize("time", [-0.1, 1.1])
def test_a_time_outside_the_take_is_refused(falling, time):
    with pytest.raises(InputError, match="take: does not cover the time; expected 0 to 1 s"):
        record(falling, 1.0).at(time)


def test_a_take_may_begin_in_the_middle_of_a_run(falling):
    falling.step(7)
    take = record(falling, 0.5)
    assert take.steps[0] == 7
    assert take.at(7 / 240).step == 7


def test_a_recorder_goes_on_where_it_stopped(falling):
    recorder = Recorder(falling, 24)
    for n in (3, 10, 17, 1, 89):
        recorder.step(n)
    take = recorder.take()
    assert take.steps.tolist() == list(range(0, 121, 10))


@pytest.mark.parametrize("fps", [0, 7, 25, 1000])
def test_a_rate_that_does_not_divide_the_steps_is_refused(falling, fps):
    with pytest.raises(
        InputError, match=f"recorder: fps does not divide step_hz; expected one of .*24.*, got {fps} at 240 Hz"
    ):
        Recorder(falling, fps)


def test_what_changed_since_the_recording_is_named(project, falling, tmp_path):
    record(falling, 0.1).write(tmp_path / "take.npz")
    assert Take.load(tmp_path / "take.npz", project.library).changed() == []
    project.ball(mass=2.0)
    assert Take.load(tmp_path / "take.npz", project.library).changed() == ["ball"]


def test_a_take_of_an_asset_that_is_gone_is_refused(project, falling, tmp_path):
    record(falling, 0.1).write(tmp_path / "take.npz")
    (project.root / "assets/ball/asset.yaml").unlink()
    with pytest.raises(InputError, match="take of scratch: no asset is called 'ball'"):
        Take.load(tmp_path / "take.npz", project.library)


@pytest.mark.parametrize("keep", [0, 10, 500, -1])
def test_a_truncated_take_is_refused(project, falling, tmp_path, keep):
    path = tmp_path / "take.npz"
    record(falling, 0.1).write(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"take\.npz: is no whole take"):
        Take.load(path, project.library)


def test_what_is_no_take_is_refused(project, tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.npz: does not exist"):
        Take.load(tmp_path / "nowhere.npz", project.library)
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(InputError, match="is no whole take"):
        Take.load(tmp_path / "text.npz", project.library)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(InputError, match="is no whole take"):
        Take.load(tmp_path / "other.npz", project.library)


def test_a_take_is_written_whole_or_not_at_all(falling, tmp_path):
    take = record(falling, 0.1)
    take.write(tmp_path / "deep" / "take.npz")
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["take.npz"]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        take.write(tmp_path / "file" / "take.npz")


def test_a_take_without_anything_that_moves_is_a_take(project, tmp_path):
    project.asset("wall", physics={"motion": "static"})
    with project.build({"wall": {"asset": "wall"}}) as world:
        take = record(world, 0.5)
    take.write(tmp_path / "take.npz")
    assert len(Take.load(tmp_path / "take.npz", project.library)) == 13
