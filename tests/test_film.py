"""Films: storyboards that are tiny, laws that hold for all."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sim.errors import InputError
from sim.exchange.otio import read_otio, write_otio
from sim.render.camera import Camera
from sim.render.video import VideoWriter, read_audio, read_frames
from sim.render.videojoin import join
from sim.runners import Options, load_scenario
from sim.runners.film import check, picture
from sim.runners.film.cut import chosen, seconds
from sim.runners.film.deliver import edit_list
from sim.runners.film.lab import between
from sim.runners.film.run import prepare, recorded, run
from sim.runners.film.shots import CameraCrew, eased, through_walls
from sim.runners.film.spec import FilmSpec
from sim.runners.film.timeline import Timeline
from sim.schema import parse_spec
from sim.sound import write_wav
from sim.world.take import Take
from sim.world.world import World

SIZE = [64, 36]


def lot(project) -> str:
    """A ball above a floor, a crate, a wall and a lamp."""
    project.asset("wall", size=(0.2, 4.0, 2.0), physics={"motion": "static"})
    project.write(
        "assets/substances/rubber_like.yaml",
        (Path(__file__).parent.parent / "assets/substances/rubber.yaml").read_text(),
    )
    project.ball(mass=0.6, substance="rubber_like")
    return project.world(
        {
            "ball": {"asset": "ball", "at": [0, 0, 1.0]},
            "crate": {"asset": "crate", "at": [1.5, 0.6, 0]},
            "wall": {"asset": "wall", "at": [3, 0, 1]},
            "lamp": {"asset": "street_lamp", "at": [2, 2, 0]},
        },
        "lot",
        ground={"substance": "concrete"},
        cameras={"wide": {"at": [-4, -4, 1.7], "look_at": [0.5, 0, 0.4]}},
    )


def film(project, name="take_one", **spec):
    """A storyboard on disk, loaded: layout, spec, options."""
    if not (project.root / "worlds/lot").is_dir():
        lot(project)
    content = {"schema": "film/1", "size": SIZE, "shutter_deg": 0, **spec}
    project.write(f"worlds/lot/{name}.yaml", json.dumps(content))
    _, layout, read = load_scenario(project.library, f"lot/{name}")
    return layout, read, Options(name=f"lot/{name}", root=project.root)


def timeline(hz=240, **spec) -> Timeline:
    return Timeline.of(parse_spec({"schema": "film/1", **spec}, FilmSpec, Path("x.yaml")), hz, "x.yaml")


def crew_of(project, **spec):
    """The cameras of a storyboard and its timeline, over a take of the world."""
    made = prepare(*film(project, **spec))
    folder = made.folder / ".cache"
    folder.mkdir(parents=True, exist_ok=True)
    take, _ = recorded(made, folder)
    return CameraCrew(made.timeline, take, 0, "x"), made.timeline, take


# ---------------------------------------------------------------------------------------------------------------------
# Time


def test_a_frame_shows_exactly_its_moment():
    line = timeline(shots=[{"duration": 1}, {"duration": 0.5}, {"in": 0.25, "out": 0.5, "slow_motion": 5}])
    assert line.n_frames == 24 + 12 + 30
    assert [line.shots[0].step_at(frame) for frame in (0, 1, 23)] == [0, 10, 230]
    assert line.shots[1].step_at(24) == 240
    assert [line.shots[2].step_at(36 + k) for k in (0, 1, 29)] == [60, 62, 118]
    assert {60, 62, 118} <= set(line.steps().tolist())


def test_slow_motion_raises_the_worlds_steps_to_a_whole_multiple():
    assert timeline(shots=[{"duration": 1, "slow_motion": 4}]).step_hz == 480
    with pytest.raises(InputError, match=r"steps a second; .*\n  hint: slow_motion: one of 1, 2, 5, 10"):
        timeline(shots=[{"duration": 1, "slow_motion": 301}])


def test_transitions_show_two_shots_and_leave_the_length_as_it_is():
    line = timeline(shots=[{"duration": 1}, {"duration": 1, "transition": {"kind": "dissolve", "seconds": 0.5}}])
    assert line.n_frames == 48
    assert [len(line.layers(frame)) for frame in (17, 18, 29, 30)] == [1, 2, 2, 1]
    weights = [line.layers(frame)[1].weight for frame in range(18, 30)]
    assert weights == pytest.approx([(k + 0.5) / 12 for k in range(12)])


def test_a_fade_passes_through_black():
    line = timeline(shots=[{"duration": 1}, {"duration": 1, "transition": "fade"}], fade_out=0.5)
    light = [line.dim(frame) for frame in range(48)]
    assert light[10] == 1
    assert light[23] < 0.2
    assert light[24] < 0.2
    assert light[34] == 1
    assert light[47] < 0.1


def test_pieces_cover_the_film_without_crossing_a_cut():
    line = timeline(shots=[{"duration": 3}, {"duration": 1, "transition": "wipe"}, {"duration": 0.1}])
    pieces = list(line.segments(48))
    assert [frame for piece in pieces for frame in piece] == list(range(line.n_frames))
    assert max(map(len, pieces)) <= 48
    assert {66, 78, 96} <= {piece.start for piece in pieces}


@pytest.mark.parametrize(
    ("shots", "says"),
    [
        ([{"duration": 0.001}], r"shots.0: is empty; expected at least one frame of 1/24 s, got 0.001 s"),
        ([{"in": 2, "out": 1}], r"shots.0: is empty: in 2 s is not before out 1 s"),
        ([{"duration": 1, "transition": {"kind": "fade", "seconds": 3}}], "its transitions overlap"),
        ([{"duration": 1, "out": 2}], "say either duration or out"),
        ([{"duration": 1, "lens_mm": 0}], "is no lens: expected mm over 0, or two of them to zoom, got 0"),
        ([{"duration": 1, "focus": -2}], "is no focus: expected m over 0 or a thing's name"),
        ([{"duration": 1, "transiton": "cut"}], "is unknown\n  hint: did you mean 'transition'"),
        ([], "has no shots"),
    ],
)
def test_shots_that_cannot_be_are_refused_in_one_line(shots, says):
    with pytest.raises(InputError, match=says):
        timeline(shots=shots)


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ({"at": 1}, "does nothing: an action says one of push, throw"),
        ({"at": 1, "throw": "ball"}, "throw needs velocity"),
        ({"at": 1, "vanish": "ball", "on": True}, "vanish knows no on: nothing more"),
    ],
)
def test_actions_that_cannot_be_are_refused(action, says):
    with pytest.raises(InputError, match=says):
        timeline(shots=[{"duration": 1}], action=[action])


def test_times_are_read_as_people_write_them():
    assert [seconds("--from", text) for text in ("12", "00:12", "1:02:03.5")] == [12, 12, 3723.5]
    with pytest.raises(InputError, match="--to: is no time; expected such as 00:12, got soon"):
        seconds("--to", "soon")
    line = timeline(shots=[{"duration": 1}, {"duration": 1}, {"duration": 1}])
    assert chosen(line, "1,3", None, None) == [*range(24), *range(48, 72)]
    assert chosen(line, None, "00:02", None) == list(range(48, 72))
    with pytest.raises(InputError, match="--shots: there is no such shot; expected 1 to 3, got 4"):
        chosen(line, "4", None, None)


# ---------------------------------------------------------------------------------------------------------------------
# Cameras


def at_frame(crew, line, frame):
    return crew.camera(line.shot_at(frame), frame)


def test_moves_go_as_far_as_they_say(project):
    moves = {"dolly": 1.0, "truck": 0.5, "crane": 0.25, "ease": 0}
    crew, line, _ = crew_of(project, shots=[{"duration": 1, "at": [0, -3, 1], "rotate_deg": [0, 0, 90], "move": moves}])
    first, last = at_frame(crew, line, 0), at_frame(crew, line, 23)
    assert last.pose.position - first.pose.position == pytest.approx([0.5, 1.0, 0.25])
    pan = {"pan_deg": 30, "tilt_deg": 10}
    crew, line, _ = crew_of(
        project, name="pan", shots=[{"duration": 1, "at": [0, -3, 1], "rotate_deg": [0, 0, 90], "move": pan}]
    )
    ahead = at_frame(crew, line, 23).pose.apply([1, 0, 0]) - [0, -3, 1]
    assert math.degrees(math.atan2(ahead[1], ahead[0])) == pytest.approx(120)
    assert math.degrees(math.asin(ahead[2])) == pytest.approx(10)


def test_an_orbit_keeps_its_distance_and_its_target(project):
    shot = {"duration": 1, "at": [-1, 0.6, 1], "look_at": "crate", "move": {"orbit_deg": 90}}
    crew, line, take = crew_of(project, shots=[shot])
    middle = np.array([1.5, 0.6, take.layout.placement("crate").asset.bounds[:, 2].mean()])
    cameras = [at_frame(crew, line, frame) for frame in range(24)]
    distances = [np.linalg.norm(camera.pose.position - middle) for camera in cameras]
    assert np.ptp(distances) < 1e-3
    assert all(abs(camera.pixels(middle, 640, 360)[:2] - [320, 180]).max() < 0.5 for camera in cameras)
    assert cameras[-1].pose.position[:2] == pytest.approx([1.5, -1.9], abs=5e-3)


def test_a_camera_follows_what_falls_and_focus_racks(project):
    shots = [{"duration": 0.4, "follow": {"thing": "ball", "offset": [-2, 0, 0.5], "lag": 0}, "focus": [1.0, 4.0]}]
    crew, line, take = crew_of(project, shots=shots)
    for frame in (0, 5, 9):
        ball = take.state(frame).pose("ball").position
        assert at_frame(crew, line, frame).pose.position - ball == pytest.approx([-2, 0, 0.5], abs=1e-9)
    assert [at_frame(crew, line, frame).focus_m for frame in (0, 9)] == pytest.approx([1, 4])


def test_keys_are_passed_through_and_handheld_is_seeded(project):
    keys = [{"t": t, "at": [t, -3, 1 + t * t], "look_at": "ball"} for t in (0, 0.5, 1)]
    shots = [{"duration": 1.05, "keys": keys}, {"duration": 1, "camera": "wide", "handheld": 1}]
    crew, line, take = crew_of(project, shots=shots)
    assert at_frame(crew, line, 12).pose.position == pytest.approx([0.5, -3, 1.25])
    still = [at_frame(crew, line, frame).pose for frame in range(26, 48)]
    assert 0 < np.ptp([pose.position for pose in still], axis=0).max() < 0.1
    again = CameraCrew(line, take, 0, "x")
    assert (at_frame(again, line, 40).pose.matrix == at_frame(crew, line, 40).pose.matrix).all()
    other = CameraCrew(line, take, 1, "x")
    assert (at_frame(other, line, 40).pose.matrix != at_frame(crew, line, 40).pose.matrix).any()


def test_moves_gather_way_and_slow_down():
    assert [eased(part, 0.25) for part in (0, 0.5, 1)] == pytest.approx([0, 0.5, 1])
    assert eased(0.05, 0.25) < 0.05 / 2


def test_what_a_shot_speaks_of_must_be_there(project):
    shots = [{"duration": 1, "at": [0, 0, 1], "look_at": "bal"}, {"duration": 1, "camera": "widee"}]
    with pytest.raises(InputError, match=r"shots.0.look_at: no thing is called 'bal'\n  hint: did you mean 'ball'"):
        crew_of(project, shots=shots)
    with pytest.raises(InputError, match=r"shots.1.camera: no camera is called 'widee'"):
        crew_of(project, shots=shots)


def test_a_camera_that_goes_through_a_wall_is_warned_of(project):
    shots = [{"duration": 1, "at": [1, 0, 1], "rotate_deg": [0, 0, 0], "move": {"dolly": 4}}]
    crew, line, take = crew_of(project, shots=shots)
    with World(take.layout) as world:
        notes = through_walls(crew, line, world, take.layout)
    assert len(notes) == 1
    assert "shots.0: the camera goes through wall" in notes[0]


# ---------------------------------------------------------------------------------------------------------------------
# Pictures


def test_the_shutter_smears_what_moves_and_leaves_the_rest():
    rgb = np.zeros((64, 96, 3), np.uint8)
    rgb[20:40, 40:60] = 200
    motion = np.zeros((64, 96, 2), np.float32)
    motion[20:40, 40:60] = (16, 0)  # it came from the left
    blurred = picture.shutter_blur(rgb, motion, 0.5)
    assert (blurred[:20] == 0).all()
    assert (blurred[30, 60:] == 0).all()
    trail = blurred[30, 30:40, 0].astype(int)
    assert trail[-1] > trail[4] > 0
    assert trail[0] == 0
    assert (picture.shutter_blur(rgb, np.zeros_like(motion), 0.5) == rgb).all()


def test_an_even_pan_blurs_by_its_length():
    rgb = np.zeros((32, 128, 3), np.uint8)
    rgb[:, 64:] = 240
    blurred = picture.shutter_blur(rgb, np.full((32, 128, 2), (8.0, 0.0), np.float32), 1.0)
    ramp = (blurred[16, :, 0] > 10) & (blurred[16, :, 0] < 230)
    assert 4 <= ramp.sum() <= 9


def test_circles_of_confusion_follow_the_thin_lens():
    camera = Camera(Camera.framing(np.zeros(3), np.ones(3)).pose, lens_mm=50, aperture=2.0, focus_m=2.0)
    depth = np.array([[1.0, 2.0, 1e9]], np.float32)
    near, focus, far = picture.confusion(depth, camera, 1280)[0]
    expected = 0.05**2 / 2.0 / (2.0 - 0.05) / 2 / 0.036 * 1280  # px: f² / (N (s − f)), half of it, on the sensor
    assert focus == 0
    assert far == pytest.approx(expected, rel=1e-5)
    assert near == pytest.approx(-expected, rel=1e-5)


def test_what_is_in_focus_does_not_bleed_into_what_is_behind():
    rgb = np.full((120, 160, 3), 40, np.uint8)
    rgb[40:80, 60:100] = 250
    depth = np.full((120, 160), 50.0, np.float32)
    depth[40:80, 60:100] = 2.0
    camera = Camera(Camera.framing(np.zeros(3), np.ones(3)).pose, lens_mm=135, aperture=2.0, focus_m=2.0)
    soft = picture.lens_blur(rgb, depth, camera)
    assert (soft[45:75, 65:95] == 250).all()
    assert soft[:30].max() < 60


def test_captions_are_set_in_the_lower_third():
    rgb = np.full((180, 320, 3), 90, np.uint8)
    written = picture.captioned(rgb, "Ten past nine. Δt = 5 s")
    changed = np.flatnonzero((written != rgb).any(axis=(1, 2)))
    assert changed.min() > 120
    assert written.max() > 230


# ---------------------------------------------------------------------------------------------------------------------
# Whole films


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A film of two seconds with everything in it: project, report, folder."""
    from tests.conftest import Project

    project = Project(tmp_path_factory.mktemp("film"))
    shots = [
        {"duration": 0.5, "camera": "wide", "caption": "The ball."},
        {"in": 0.35, "out": 0.5, "slow_motion": 5, "at": [-2, 1, 0.8], "look_at": "ball", "transition": "dissolve"},
        {"duration": 0.5, "at": [1, -2, 0.5], "look_at": "ball"},
    ]
    layout, spec, options = film(project, shots=shots, action=[{"at": 0.6, "light": "lamp", "on": False}])
    return project, run(layout, spec, options), options.folder


def again(project, name="take_one", **flags):
    _, layout, spec = load_scenario(project.library, f"lot/{name}")
    return run(layout, spec, Options(name=f"lot/{name}", root=project.root, flags=flags))


def test_the_film_has_exactly_its_frames_and_its_sound(short):
    _, report, folder = short
    frames = list(read_frames(folder / "take_one.mp4"))
    n = report.metrics["frames"]
    assert len(frames) == n == 12 + 18 + 12
    assert [time for time, _ in frames] == pytest.approx([i / 24 for i in range(n)], abs=1e-6)
    sound, rate = read_audio(folder / "take_one.mp4")
    assert rate == 48_000
    assert 0 <= len(sound) / rate - n / 24 < 0.03  # AAC ends with a whole frame of 1024 samples


def test_everything_that_was_promised_is_there(short):
    _, report, folder = short
    assert {"take_one.mp4", "poster.jpg", "sheet.jpg", "take_one.srt", "timeline.otio", "take.npz"} <= set(
        report.outputs
    )
    assert all((folder / name).is_file() for name in report.outputs)
    assert (folder / "take_one.srt").read_text() == "1\n00:00:00,000 --> 00:00:00,500\nThe ball.\n"
    with Image.open(folder / "sheet.jpg") as sheet:
        assert sheet.width == 1920
    assert not list(folder.rglob(".*.mp4"))


def test_the_first_frame_that_shows_a_hit_is_the_one_after_it(short):
    project, _, folder = short
    take = Take.load(folder / "take.npz", project.library)
    hit = next(event for event in take.events if event.kind == "contact" and event.a == "ball")
    assert hit.time == pytest.approx(math.sqrt(2 * 0.9 / 9.81), abs=3e-3)
    first = math.ceil(hit.time * 24)
    speeds = [take.at(frame / 24).linear_velocity[take.parts.index("ball"), 2] for frame in (first - 1, first)]
    assert speeds[0] < 0 < speeds[1]


def test_the_timeline_reads_back_equal(short, tmp_path):
    _, _, folder = short
    edit = read_otio(folder / "timeline.otio")
    assert [stretch.n for stretch in edit.tracks["picture"]] == [12, 18, 12]
    write_otio(tmp_path / "again.otio", edit)
    assert read_otio(tmp_path / "again.otio") == edit
    own = edit_list(
        "x", timeline(shots=[{"duration": 1, "look_at": [0, 0, 1], "at": [1, 1, 1]}]), "x.mp4", ["stems/a.wav"]
    )
    write_otio(tmp_path / "own.otio", own)
    assert read_otio(tmp_path / "own.otio").tracks["sound a"] == own.tracks["sound a"]


def test_nothing_is_drawn_twice_and_the_same_comes_out(short):
    project, first, _ = short
    second = again(project)
    assert second.metrics["frames_drawn"] == 0
    for name in ("frames_sha256", "sound_sha256"):
        assert second.metrics[name] == first.metrics[name]
    assert second.trajectory_sha256 == first.trajectory_sha256


def test_only_the_shot_that_changed_is_drawn_again(short):
    project, _, _ = short
    path = project.root / "worlds/lot/take_one.yaml"
    content = json.loads(path.read_text())
    content["shots"][2]["lens_mm"] = 70
    path.with_name("take_two.yaml").write_text(json.dumps(content))
    folder = project.root / "renders/lot"
    shutil.copytree(folder / "take_one", folder / "take_two")
    assert again(project, "take_two").metrics["frames_drawn"] == 12


def test_a_film_from_scratch_has_the_same_frames_and_the_same_sound(short):
    project, first, _folder = short
    content = (project.root / "worlds/lot/take_one.yaml").read_text()
    (project.root / "worlds/lot/twin.yaml").write_text(content)
    twin = again(project, "twin")
    assert twin.metrics["frames_drawn"] == twin.metrics["frames"]
    for name in ("frames_sha256", "sound_sha256"):
        assert twin.metrics[name] == first.metrics[name]


def test_a_take_films_like_what_it_recorded(short):
    project, first, _ = short
    content = json.loads((project.root / "worlds/lot/take_one.yaml").read_text())
    del content["action"]
    content["take"] = "renders/lot/take_one/take.npz"
    (project.root / "worlds/lot/refilmed.yaml").write_text(json.dumps(content))
    refilmed = again(project, "refilmed")
    assert refilmed.metrics["frames_sha256"] == first.metrics["frames_sha256"]
    content["shots"][2]["duration"] = 60
    (project.root / "worlds/lot/refilmed.yaml").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"shots.2: shows what the take does not cover; expected 0 to .* s"):
        again(project, "refilmed")


def test_an_excerpt_is_made_of_the_shots_asked_for(short):
    project, _, folder = short
    report = again(project, shots="1,3", stems=True)
    assert len(list(read_frames(folder / "take_one.excerpt.mp4"))) == 24
    stems = [name for name in report.outputs if name.startswith("stems/")]
    assert "stems/impacts.wav" in stems
    mix = sum(read_audio(folder / name)[0] for name in stems)
    assert np.abs(mix).max() > 0.01


def test_a_stopped_film_goes_on_where_it_stopped(short):
    project, first, folder = short
    pieces = sorted((folder / ".cache").glob("*.mp4"))
    pieces[0].unlink()
    (folder / ".cache" / ".half.mp4").write_bytes(b"half")
    report = again(project)
    assert 0 < report.metrics["frames_drawn"] < report.metrics["frames"]
    assert report.metrics["frames_sha256"] == first.metrics["frames_sha256"]
    assert not (folder / ".cache" / ".half.mp4").exists()


def test_a_full_disk_leaves_what_was_drawn_and_nothing_half(project, monkeypatch):
    layout, spec, options = film(project, sound={"silent": True}, shots=[{"duration": 0.2, "camera": "wide"}])
    whole = VideoWriter.write_frame

    def fails(self, rgb):
        if self.n_frames == 3:
            raise InputError(*_full(self.path))
        whole(self, rgb)

    def _full(path):
        from sim.errors import Problem

        return [Problem(str(path), "cannot be written: No space left on device")]

    monkeypatch.setattr(VideoWriter, "write_frame", fails)
    with pytest.raises(InputError, match="No space left on device"):
        run(layout, spec, options)
    assert not list(options.folder.rglob("*.mp4"))
    assert (options.folder / "take.npz").is_file()
    monkeypatch.undo()
    assert run(layout, spec, options).verdict == "done"


def test_action_is_done_when_it_says(project):
    action = [
        {"at": 0.25, "throw": "ball", "velocity": [2, 0, 0]},
        {"at": 0.5, "light": "lamp", "on": False},
        {"at": 0.25, "spawn": "crate", "place": [0, 1, 0.2]},
        {"at": 0.5, "vanish": "extra"},
        {"at": 0.5, "release": "held"},
    ]
    objects = {"extra": {"asset": "ball", "at": [0, 2, 0.1]}, "held": {"asset": "ball", "at": [0, -2, 2]}}
    made = prepare(*film(project, action=action, objects=objects, shots=[{"duration": 1, "camera": "wide"}]))
    made.folder.mkdir(parents=True)
    take, _ = recorded(made, made.folder)
    ball, crate, extra, held = (take.parts.index(name) for name in ("ball", "crate", "extra", "held"))
    assert take.at(0.25).linear_velocity[ball, 0] == 0
    assert take.at(0.25 + 1 / 24).linear_velocity[ball, 0] == pytest.approx(2.0)
    lamp = next(name for name in take.lamps if name.startswith("lamp/"))
    assert [take.at(t).switched[lamp] for t in (0.5 - 1 / 24, 0.5)] == [True, False]
    assert take.at(0.2).position[crate, 2] < -100
    assert abs(take.at(0.25).position[crate, 1] - 1) < 1e-3
    assert take.at(0.45).position[extra, 2] > 0
    assert take.at(0.5).position[extra, 2] < -100
    assert take.at(0.5).position[held] == pytest.approx([0, -2, 2], abs=1e-3)
    fallen = 0.5 * 9.81 * 0.25**2
    assert take.at(0.75).position[held, 2] == pytest.approx(2 - fallen, abs=0.02)


def test_unknown_names_in_actions_come_together(project):
    action = [{"at": 0, "throw": "bal", "velocity": [1, 0, 0]}, {"at": 0, "light": "lmp", "on": True}]
    layout, spec, _ = film(project, action=action, shots=[{"duration": 1, "camera": "wide"}])
    problems = check(layout, spec, "worlds/lot/take_one.yaml")
    assert [str(problem).partition(": no")[0] for problem in problems] == [
        "worlds/lot/take_one.yaml: action.0.throw",
        "worlds/lot/take_one.yaml: action.1.light",
    ]


# ---------------------------------------------------------------------------------------------------------------------
# References


def video(path: Path, n: int, size=(32, 18)) -> None:
    with VideoWriter(path, size, 24) as writer:
        for i in range(n):
            writer.write_frame(np.full((size[1], size[0], 3), 10 * i, np.uint8))


def test_references_that_cannot_be_used_are_named_together(project, tmp_path):
    lot(project)
    folder = project.root / "worlds/lot"
    (folder / "empty.png").write_bytes(b"")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n broken")
    video(folder / "clip.mp4", 4)
    references = [
        {"picture": "missing.png", "on": "crate"},
        {"picture": "empty.png", "on": "crate"},
        {"picture": "broken.png", "on": "crate"},
        {"video": "broken.png", "on": "crate"},
        {"sound": "clip.mp4"},
        {"video": "clip.mp4", "on": "scren"},
    ]
    layout, spec, _ = film(project, references=references, shots=[{"duration": 1, "camera": "wide"}])
    said = [str(problem) for problem in check(layout, spec, "worlds/lot/take_one.yaml")]
    assert len(said) == 6
    for text, line in zip(
        [
            "does not exist",
            "is empty",
            "cannot be read as a picture",
            "cannot be read as a video",
            "has no audio",
            "'scren'",
        ],
        said,
        strict=True,
    ):
        assert text in line, line


def test_a_reference_says_one_medium_and_where():
    for reference, says in [
        ({}, "say one of picture, video, sound"),
        ({"picture": "a.png"}, "say where the picture is seen"),
        ({"video": "a.mp4"}, "say on which thing/material"),
        ({"sound": "a.wav", "on": "x"}, "a sound is heard, not seen"),
    ]:
        with pytest.raises(InputError, match=says):
            timeline(shots=[{"duration": 1}], references=[reference])


def test_a_video_on_a_screen_shows_the_frame_that_is_due(tmp_path):
    from sim.runners.film.references import Player, Reference
    from sim.runners.film.spec import ReferenceSpec

    video(tmp_path / "clip.mp4", 10)
    spec = ReferenceSpec(video="clip.mp4", on="screen", at=1.0)
    player = Player(Reference(spec, tmp_path / "clip.mp4", ""))
    assert [player.index(time) for time in (0.9, 1.0, 1.0 + 3 / 24, 1.0 + 3.9 / 24, 9.0)] == [None, 0, 3, 3, 9]
    assert [round(float(player.frame(i).mean()) / 10) for i in (4, 7, 2)] == [4, 7, 2]
    looped = Player(Reference(replace_spec(spec, loop=True), tmp_path / "clip.mp4", ""))
    assert looped.index(1.0 + 13 / 24) == 3


def replace_spec(spec, **changes):
    return spec.model_copy(update=changes)


def test_music_and_pictures_are_in_the_film_and_in_its_report(project):
    lot(project)
    folder = project.root / "worlds/lot"
    tone = np.zeros((24_000, 2), np.float32)
    tone[:] = 0.3 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 48_000)[:, None]
    write_wav(folder / "tone.wav", tone, 48_000)
    Image.fromarray(np.full((8, 16, 3), (250, 20, 20), np.uint8)).save(folder / "sky.png")
    references = [{"sound": "tone.wav", "at": 0.2, "gain_db": -3}, {"picture": "sky.png", "sky": True}]
    layout, spec, options = film(project, references=references, shots=[{"duration": 0.5, "camera": "wide"}])
    report = run(layout, spec, replace(options, flags={"stems": True}))
    assert [entry["sets"] for entry in report.references] == ["music from 0.2 s", "the sky"]
    assert all(len(entry["sha256"]) == 64 for entry in report.references)
    heard, rate = read_audio(options.folder / "stems/references.wav")
    assert np.abs(heard[: int(0.19 * rate)]).max() < 1e-3 < np.abs(heard[int(0.25 * rate) :]).max()
    frame = next(iter(read_frames(options.folder / "take_one.mp4")))[1]
    assert frame[2, 32, 0] > frame[2, 32, 2] + 60


# ---------------------------------------------------------------------------------------------------------------------
# Joining


def duration_of(path):
    """s that a player shows of a film's pictures."""
    import av

    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        return float(stream.duration * stream.time_base)


def test_pieces_join_without_a_frame_lost_or_moved(tmp_path):
    paths = []
    for i, n in enumerate((5, 1, 3)):
        paths.append(tmp_path / f"{i}.mp4")
        with VideoWriter(paths[-1], (64, 36), 24) as writer:
            for k in range(n):
                writer.write_frame(np.full((36, 64, 3), 20 * i + 8 * k + 10, np.uint8))
    sound = np.zeros((18_000, 2), np.float32)
    sound[9_000:9_010] = 0.9
    assert join(tmp_path / "all.mp4", paths, (64, 36), 24, sound) == 9
    frames = list(read_frames(tmp_path / "all.mp4"))
    assert [round(time * 24, 6) for time, _ in frames] == list(range(9))
    assert duration_of(tmp_path / "all.mp4") == pytest.approx(9 / 24)
    grey = [int(rgb.mean()) for _, rgb in frames]
    assert grey == pytest.approx([10, 18, 26, 34, 42, 30, 50, 58, 66], abs=2)
    heard, rate = read_audio(tmp_path / "all.mp4")
    assert abs(np.argmax(np.abs(heard[:, 0]) > 0.3) / rate - 9_000 / rate) < 1e-3


def test_sound_stays_with_the_picture_for_a_minute(tmp_path):
    with VideoWriter(tmp_path / "second.mp4", (64, 36), 24, preset="ultrafast") as writer:
        for k in range(24):  # white for one frame a second
            writer.write_frame(np.full((36, 64, 3), 255 * (k == 12), np.uint8))
    sound = np.zeros((60 * 48_000, 2), np.float32)
    clicks = np.arange(60) * 48_000 + 24_000
    sound[clicks] = 0.9
    join(tmp_path / "film.mp4", [tmp_path / "second.mp4"] * 60, (64, 36), 24, sound)
    flashes = [time for time, rgb in read_frames(tmp_path / "film.mp4") if rgb.mean() > 128]
    heard, rate = read_audio(tmp_path / "film.mp4")
    peaks = [np.argmax(np.abs(heard[k * rate : (k + 1) * rate, 0])) / rate + k for k in range(60)]
    assert len(flashes) == 60
    assert np.abs(np.subtract(flashes, peaks)).max() < 1e-3


def test_pieces_of_another_kind_are_refused(tmp_path):
    for name, size in (("a", (64, 36)), ("b", (32, 18))):
        with VideoWriter(tmp_path / f"{name}.mp4", size, 24) as writer:
            writer.write_frame(np.zeros((size[1], size[0], 3), np.uint8))
    with pytest.raises(InputError, match="was encoded otherwise than the pieces before it"):
        join(tmp_path / "all.mp4", [tmp_path / "a.mp4", tmp_path / "b.mp4"], (64, 36), 24)
    assert not (tmp_path / "all.mp4").exists()


def test_a_moment_between_two_recorded_ones_is_between_them(short):
    take = Take.load(short[2] / "take.npz", short[0].library)
    first, second = take.steps[:2].tolist()
    assert between(take, first) == (0, 0, 0.0)
    assert between(take, second + 1)[0] >= 1
    assert between(take, -5) == (0, 0, 0.0)
    assert between(replace(take, steps=take.steps * 4), first * 4 + 1) == (0, 1, pytest.approx(0.25 / (second - first)))
