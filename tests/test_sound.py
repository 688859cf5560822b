"""Soundtracks: what sounds, that stems add up, that nothing clips, clicks or is silent, and what cannot be heard."""

import wave
from dataclasses import replace

import numpy as np
import pytest

from sim.errors import InputError
from sim.pose import Pose
from sim.render.camera import Camera
from sim.sound import Clip, Cut, measure, soundtrack, true_peak, write_wav
from sim.sound.air import absorption
from sim.sound.footsteps import steps
from sim.sound.impacts import strikes
from sim.sound.motion import Motion
from sim.sound.reference import place_clips
from sim.sound.ringing import resonator
from sim.sound.rolling import rolled
from sim.sound.room import Plane, Room, Walls
from sim.sound.soundtrack import STEMS
from sim.world.event import Event
from sim.world.layout import Layout
from sim.world.take import record

RATE = 48000


def camera(at=(-2.0, -1.5, 1.0), look_at=(0.0, 0.0, 0.2)):
    seen = Camera(Pose.looking(at, look_at))
    return lambda time: seen


def fallen(project, seconds=1.2, substance="pine", height=0.6, size=0.3, **spec):
    """A take in which a box falls on the ground."""
    project.asset("box", size=(size, size, size), substance=substance)
    objects = {"box": {"asset": "box", "at": [0, 0, size / 2 + height], "rotate_deg": [25, 10, 0]}}
    with project.build(objects, events=True, ground={"substance": "concrete"}, **spec) as world:
        return record(world, seconds)


def centroid(sound) -> float:
    """The mean frequency, Hz, of a sound's power."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(np.sum(np.fft.rfftfreq(len(sound), 1 / RATE) * power) / power.sum())


def blow(project, **spec):
    """The pressure 1 m from the first blow of a falling box."""
    return strikes(Motion(fallen(project, 0.9, **spec)))[0].sound(RATE, 1.0)[1]


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """A soundtrack of two cuts, with what made it."""
    from conftest import Project

    take = fallen(Project(tmp_path_factory.mktemp("heard")))
    cuts = [Cut(0.0, 0.5, 0.0, camera()), Cut(0.5, 1.2, 0.5, camera((1.5, 2.0, 1.2)))]
    return take, cuts, soundtrack(take, cuts)


# ---------------------------------------------------------------------------------------------------------------------
# The whole


def test_stems_add_up_to_the_mix_to_the_last_bit(heard):
    _, _, track = heard
    assert tuple(track.stems) == STEMS
    total = np.zeros_like(track.mix)
    for stem in track.stems.values():
        total += stem
    assert np.array_equal(total, track.mix)
    assert track.mix.shape == (round(1.2 * RATE), 2)
    assert track.mix.dtype == np.float32


@pytest.mark.parametrize("loudness", [-23.0, -16.0, -31.0])
def test_a_mix_is_as_loud_as_asked_and_no_peak_too_high(heard, loudness):
    take, cuts, _ = heard
    track = soundtrack(take, cuts, loudness=loudness)
    assert measure(track.mix, RATE) == pytest.approx(loudness, abs=0.5)
    assert 20 * np.log10(true_peak(track.mix, RATE)) < -1.0


def test_a_mix_begins_and_ends_softly_and_is_nowhere_silent(heard):
    _, _, track = heard
    assert np.abs(track.mix[[0, -1]]).max() < 1e-4
    blocks = np.sqrt(np.mean(track.mix[: 100 * 576].reshape(100, 576, 2) ** 2, axis=(1, 2)))
    assert blocks.min() > 10 ** (-80 / 20)
    assert abs(track.mix.mean()) < 1e-3 * np.abs(track.mix).max()


def test_the_same_take_and_seed_give_the_same_samples(heard):
    take, cuts, track = heard
    assert np.array_equal(soundtrack(take, cuts).mix, track.mix)
    other = soundtrack(take, cuts, seed=1)
    assert not np.array_equal(other.stems["ambience"], track.stems["ambience"])


def test_nothing_happens_and_still_the_air_is_heard(project):
    project.asset("box")
    with project.build({"box": {"asset": "box", "at": [0, 0, 0.1]}}, ground=project.ground) as world:
        take = record(world, 1.0)
    track = soundtrack(take, [Cut(0.0, 1.0, 0.0, camera())])
    assert measure(track.mix, RATE) == pytest.approx(-23, abs=0.5)
    assert not track.stems["impacts"].any()


def test_a_cut_does_not_click(project):
    take = fallen(project, substance="steel", height=0.2)
    views = [camera((-2, -1.5, 1)), camera((1, 3, 2))]
    moment = take.events[0].time + 0.05
    cuts = [Cut(0.0, moment, 0.0, views[0]), Cut(moment, 1.0, moment, views[1])]
    sound = soundtrack(take, cuts).mix[:, 0].astype(float)
    rough = np.abs(np.diff(sound, 3))
    at = round(moment * RATE)
    assert rough[at - 20 : at + 320].max() < 1.3 * rough[at - 1500 : at - 100].max()


def test_slow_motion_sounds_later_longer_and_lower(project):
    take = fallen(project, substance="steel")
    plain = soundtrack(take, [Cut(0.0, 1.0, 0.0, camera())]).stems["impacts"][:, 0]
    slow = soundtrack(take, [Cut(0.0, 4.0, 0.0, camera(), speed=0.25)]).stems["impacts"][:, 0]
    onset = [np.argmax(np.abs(x) > 0.02 * np.abs(x).max()) for x in (plain, slow)]
    assert onset[1] / onset[0] == pytest.approx(4, rel=0.01)
    rings = [x[o + 1000 * k : o + 9000 * k] for x, o, k in zip((plain, slow), onset, (1, 4), strict=True)]
    peaks = [np.argmax(np.abs(np.fft.rfft(x * np.hanning(len(x))))) / len(x) for x in rings]
    assert peaks[1] == pytest.approx(peaks[0] / 4, rel=0.01)


def test_what_is_left_of_the_camera_is_louder_and_earlier_on_the_left(project):
    take = fallen(project)
    track = soundtrack(take, [Cut(0.0, 1.0, 0.0, camera((-2, -2, 0.5), (0, -2, 0.5)))])  # the box is at its left
    left, right = track.stems["impacts"].T
    assert np.sum(left**2) > 2 * np.sum(right**2)
    first = [np.argmax(np.abs(x) > 0.05 * np.abs(x[: np.argmax(np.abs(left)) + 400]).max()) for x in (left, right)]
    assert 2 < first[1] - first[0] < 30


# ---------------------------------------------------------------------------------------------------------------------
# Blows


def test_the_same_fall_sounds_otherwise_with_substance_size_and_force(project):
    pine, steel, large, hard = (
        blow(project),
        blow(project, substance="steel"),
        blow(project, size=0.6),
        blow(project, height=2.4),
    )
    assert len(steel) > 3 * len(pine)  # steel rings
    assert centroid(large[: len(pine)]) < 0.8 * centroid(pine)  # what is larger is lower
    assert np.abs(hard).max() > 1.6 * np.abs(pine).max()  # twice the speed


@pytest.mark.parametrize(
    "name", ["cup", "barrel", "iron_ball", "traffic_cone", "linden", "compact_car", "franka_panda"]
)
def test_closed_open_soft_and_jointed_things_all_take_a_blow(project, name):
    asset = project.library.asset(name)
    part = asset.model.links[0] if asset.articulated else ""
    rings = resonator(asset, part, 1.0, False)
    assert rings.mass > 0
    assert rings.size > 0
    assert np.all(np.diff(rings.frequency[: rings.shape.shape[1] if rings.shape is not None else 0]) >= 0)
    assert np.isfinite(rings.coupling(np.zeros(3), np.array([0, 0, 1.0]))).all()


def test_twice_the_size_rings_an_octave_lower(project):
    asset = project.library.asset("cup")
    one, two = resonator(asset, "", 1.0, False), resonator(asset, "", 2.0, False)
    assert two.frequency[0] == pytest.approx(one.frequency[0] / 2, rel=1e-6)


def test_modes_are_kept_between_runs(project, monkeypatch):
    asset = project.library.asset("cup")
    first = resonator(asset, "", 1.0, False)
    resonator.cache_clear()
    monkeypatch.setattr("sim.sound.ringing._modes", lambda *_: pytest.fail("worked out again"))
    again = resonator(asset, "", 1.0, False)
    assert np.array_equal(first.frequency, again.frequency)


# ---------------------------------------------------------------------------------------------------------------------
# All that lasts


def slid(project, speed, substance="pine"):
    project.asset("box", size=(0.3, 0.3, 0.1), substance=substance, surface={"dynamic_friction": 0.5, "restitution": 0})
    objects = {"box": {"asset": "box", "at": [0, 0, 0.05], "velocity": [speed, 0, 0]}}
    with project.build(objects, events=True, ground={"substance": "concrete"}) as world:
        return record(world, 2.0)


def test_scraping_is_heard_while_it_lasts_and_faster_is_louder(project):
    takes = [slid(project, speed) for speed in (1.5, 4.0)]
    sounds = [list(rolled(Motion(take), RATE, 0)) for take in takes]
    assert [len(found) for found in sounds] == [1, 1]
    slow, fast = (found[0].samples for found in sounds)
    assert len(fast) > len(slow)
    assert np.abs(fast).max() > np.abs(slow).max()
    stops = takes[1].events[-1].time
    assert len(fast) / RATE == pytest.approx(stops, abs=0.8)


def test_a_car_is_heard_by_its_engine_before_its_field_and_without_one(project):
    objects = {"car": {"asset": "compact_car", "at": [-8, 3, 0], "velocity": [8, 0, 0]}}
    with project.build(objects, events=True, ground={"substance": "asphalt"}) as world:
        take = record(world, 2.0)
    track = soundtrack(take, [Cut(0.0, 2.0, 0.0, camera((0, -3, 1.5), (0, 3, 1)))])
    level = np.sqrt(np.mean(track.stems["engines"][: 20 * 4800].reshape(20, 4800, 2) ** 2, axis=(1, 2)))
    assert level.min() > 1e-4
    early, late = (np.sum(part**2, axis=0) for part in np.split(track.stems["engines"], 2))
    assert early[0] / early[1] > late[0] / late[1]  # it passes from left to right


def test_steps_sound_like_what_they_fall_on(project):
    sounds = {}
    for ground in ("concrete", "soil"):
        project.asset("box")
        with project.build({"box": {"asset": "box", "at": [9, 9, 0.1]}}, ground={"substance": ground}) as world:
            take = record(world, 0.5)
        step = Event("footstep", 0.2, 48, "anna/foot_l", "ground", (0.0, 0.0, 0.0), impulse=7.0, speed=1.4)
        found = list(steps(Motion(replace(take, events=(step,))), RATE, 3))
        assert len(found) == 1
        assert found[0].first / RATE == pytest.approx(0.2, abs=0.003)
        sounds[ground] = found[0].samples
    n = min(map(len, sounds.values()))
    assert not np.allclose(sounds["soil"][:n], sounds["concrete"][:n], rtol=0.2)


def test_weather_is_heard(project):
    project.asset("box")
    loud = {}
    for wind in (0.0, 12.0):
        box = {"box": {"asset": "box", "at": [0, 0, 0.1]}}
        layout = Layout.load(project.world(box, air={"wind": [wind, 0, 0]}), project.library)
        from sim.sound.ambience import ambience

        loud[wind] = np.std(ambience(layout, RATE, RATE, 0))
    assert loud[12.0] > 5 * loud[0.0]


# ---------------------------------------------------------------------------------------------------------------------
# Rooms and air


def test_images_of_a_room_are_where_mirrors_put_them():
    room = Room((Plane(2, 0.0, 0.8), Plane(0, 5.0, 0.5)))
    images = {tuple(np.round(place, 9)): gain for place, gain in room.images(np.array([1.0, 2.0, 3.0]))}
    assert images == pytest.approx({(1.0, 2.0, -3.0): 0.8, (9.0, 2.0, 3.0): 0.5, (9.0, 2.0, -3.0): 0.4})
    shoebox = Room(tuple(Plane(axis, at, 0.9) for axis in range(3) for at in (0.0, 4.0)))
    assert len(list(shoebox.images(np.ones(3)))) == 62  # Allen and Berkley: 6 + 18 + 38


def test_walls_and_a_ceiling_are_found_where_they_stand(project):
    for name, size in (("long", (8.0, 0.3, 3.0)), ("short", (0.3, 8.0, 3.0)), ("roof", (8.0, 8.0, 0.2))):
        project.asset(name, size=size, physics={"motion": "static"}, substance="brick")
    objects = {
        "a": {"asset": "long", "at": [0, 4, 1.5]},
        "b": {"asset": "long", "at": [0, -4, 1.5]},
        "c": {"asset": "short", "at": [4, 0, 1.5]},
        "roof": {"asset": "roof", "at": [0, 0, 3.1]},
    }
    layout = Layout.load(project.world(objects, ground={"substance": "concrete"}), project.library)
    walls = Walls.of(layout)
    inside = walls.room(np.array([0.5, -1.0, 1.5]))
    found = {(plane.axis, round(plane.offset, 2)) for plane in inside.planes}
    assert found == {(2, 0.0), (2, 3.0), (0, 3.85), (1, 3.85), (1, -3.85)}  # the fourth side is open
    assert [plane.axis for plane in walls.room(np.array([60.0, 60.0, 1.5])).planes] == [2]


def test_air_takes_what_iso_9613_says():
    # table 1 of ISO 9613-2: 20 °C, 70 % is 1 kHz 5.0, 4 kHz 22.9, 8 kHz 76.6 dB/km; here at 60 %
    assert absorption([1000, 4000, 8000], 293.15) * 1000 == pytest.approx([4.9, 25.0, 84.0], rel=0.12)


# ---------------------------------------------------------------------------------------------------------------------
# Recordings


def tone(seconds=2.0, frequency=440.0, level=0.2):
    return (level * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def test_music_begins_ends_and_fades_where_it_is_told():
    clip = Clip(tone(), start=0.5, stop=1.5, fade_in=0.2, fade_out=0.2)
    stem = place_clips([clip], [], lambda *_: np.zeros((1, 3)), 2 * RATE, RATE, -23.0)
    level = np.abs(stem[0]).reshape(20, -1).max(axis=1)
    assert level[:5].max() == level[15:].max() == 0
    assert level[5] < 0.6 * level[8]
    assert measure(stem[:, RATE // 2 : 3 * RATE // 2].T, RATE) == pytest.approx(-23, abs=1)


def test_music_steps_back_while_someone_speaks():
    music = Clip(tone(4.0), kind="music")
    speech = Clip(tone(1.0, 1000.0), start=1.5, kind="speech")
    alone = place_clips([music], [], lambda *_: np.zeros((1, 3)), 4 * RATE, RATE, -23.0)
    both = place_clips([music, speech], [], lambda *_: np.zeros((1, 3)), 4 * RATE, RATE, -23.0)
    spoken = place_clips([speech], [], lambda *_: np.zeros((1, 3)), 4 * RATE, RATE, -23.0)
    under = both - spoken
    ratio = [np.std(under[0, a:b]) / np.std(alone[0, a:b]) for a, b in ((0, RATE), (2 * RATE - 4800, 2 * RATE + 4800))]
    assert 20 * np.log10(ratio) == pytest.approx([0.0, -9.0], abs=0.3)


def test_speech_at_a_place_comes_from_there(heard):
    take, cuts, _ = heard
    clip = Clip(tone(0.5), start=0.1, kind="speech", at=(0.0, 8.0, 1.0))
    stem = soundtrack(take, cuts[:1], references=[clip]).stems["references"]
    assert np.sum(stem[:, 0] ** 2) > 1.3 * np.sum(stem[:, 1] ** 2)
    away = np.linalg.norm(np.array([-2.0, -1.5, 1.0]) - (0, 8, 1))
    assert np.argmax(np.abs(stem[:, 0]) > 1e-5) / RATE == pytest.approx(0.1 + away / 340, abs=0.003)


def test_a_telephones_8_bit_recording_is_a_reference_like_any_other(tmp_path, heard):
    take, cuts, _ = heard
    path = tmp_path / "call.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes((128 + 90 * np.sin(np.arange(8000) * 0.35)).astype(np.uint8).tobytes())
    track = soundtrack(take, cuts, references=[Clip(path)])
    assert np.abs(track.stems["references"].mean(axis=0)).max() < 1e-3  # no offset
    assert measure(track.mix, RATE) == pytest.approx(-23, abs=0.5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        (b"", "cannot be read as sound"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt \x00", "cannot be read as sound|holds no sound|has no audio"),
        (b"nothing that sounds" * 40, "cannot be read as sound"),
        ("no samples", "holds no sound"),
    ],
)
def test_a_recording_that_is_none_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "music.wav"
    if content == "no samples":
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(44100)
            file.writeframes(b"")
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        Clip(path).sound(RATE, -23.0)


@pytest.mark.parametrize(
    ("clip", "message"),
    [
        (Clip(np.zeros(0)), "clip: is no sound"),
        (Clip(np.full(100, np.nan)), "clip: is no sound"),
        (Clip(tone(), start=2.0, stop=1.0, name="score.mp3"), r"score\.mp3: ends before it begins"),
        (Clip(tone(), begin=9.0), "ends before it begins"),
        (Clip(tone(), fade_in=-1.0), "times that cannot be"),
        (Clip(tone(), kind="noise"), "of no such kind; expected music, ambience, speech, effect, got noise"),
    ],
)
def test_a_clip_that_makes_no_sense_is_refused(clip, message):
    with pytest.raises(InputError, match=message):
        clip.sound(RATE, -23.0)


@pytest.mark.parametrize(
    ("cuts", "options", "message"),
    [
        ([], {}, "nobody listens"),
        ([Cut(1.0, 0.5, 0.0, camera())], {}, "cut: ends before it begins"),
        ([Cut(0.0, 1.0, 0.0, camera(), speed=0.0)], {}, "has no such speed"),
        ([Cut(0.0, 1.0, 0.0, camera())], {"rate": 8000}, "no such rate"),
    ],
)
def test_cuts_that_cannot_be_heard_are_refused(heard, cuts, options, message):
    with pytest.raises(InputError, match=message):
        soundtrack(heard[0], cuts, **options)


# ---------------------------------------------------------------------------------------------------------------------
# Files


def test_a_wav_reads_back_to_24_bits(tmp_path):
    sound = np.stack([tone(0.1), -tone(0.1, 300.0)], axis=1)
    write_wav(tmp_path / "a.wav", sound, RATE)
    with wave.open(str(tmp_path / "a.wav"), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 3, RATE)
        raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, 3)
    whole = (raw.astype(np.int32) * [1 << 8, 1 << 16, 1 << 24]).sum(axis=1, dtype=np.int32) >> 8
    assert whole.reshape(-1, 2) / 8388607 == pytest.approx(sound, abs=1e-6)


def test_a_wav_of_no_numbers_is_refused_and_nothing_left(tmp_path):
    with pytest.raises(InputError, match="the sound does not fit"):
        write_wav(tmp_path / "a.wav", np.full((10, 2), np.nan, np.float32), RATE)
    assert not list(tmp_path.iterdir())
