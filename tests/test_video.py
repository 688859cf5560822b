"""Video files: exact in time, true in colour, whole or not at all."""

from fractions import Fraction

import numpy as np
import pytest

from sim.errors import InputError
from sim.render.frame import Frame
from sim.render.video import PictureSequence, VideoWriter, read_audio, read_frames


def _picture(i: int, width: int = 96, height: int = 54) -> np.ndarray:
    """A grey picture that says its number in brightness."""
    return np.full((height, width, 3), 20 + 3 * i, np.uint8)


def _film(path, pictures, error=None):
    with VideoWriter(path, (96, 54), 24, crf=1) as film:
        for picture in pictures:
            film.write_frame(picture)
        if error:
            raise error("cut short")


@pytest.mark.parametrize("fps", [24, 60, Fraction(30000, 1001), 29.97])
def test_every_frame_is_there_at_its_time(tmp_path, fps):
    path = tmp_path / "film.mp4"
    with VideoWriter(path, (96, 54), fps, preset="ultrafast") as film:
        for i in range(50):
            film.write_frame(_picture(i))
    frames = list(read_frames(path))
    exact = Fraction(30000, 1001) if fps == 29.97 else Fraction(fps)
    assert len(frames) == 50
    assert np.allclose([t for t, _ in frames], [float(i / exact) for i in range(50)], rtol=0, atol=1e-5)
    assert all(abs(float(rgb.mean()) - (20 + 3 * i)) < 2 for i, (_, rgb) in enumerate(frames))


def test_colours_come_back(tmp_path):
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [128, 64, 200]], np.uint8)
    picture = np.repeat(np.repeat(colors[None], 32, axis=0), 32, axis=1)
    path = tmp_path / "colors.mp4"
    with VideoWriter(path, (192, 32), 24, crf=8) as film:
        film.write_frame(picture)
    back = next(iter(read_frames(path)))[1]
    assert np.abs(back[16, 16::32].astype(int) - colors).max() <= 4


def test_file_says_it_is_bt709_and_starts_fast(tmp_path):
    import av

    path = tmp_path / "film.mp4"
    with VideoWriter(path, (96, 54), 24) as film:
        film.write_frame(_picture(0))
    with av.open(str(path)) as file:
        context = file.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert file.streams.video[0].average_rate == 24
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_clap_is_heard_when_it_is_seen(tmp_path):
    fps, rate, at = 25, 48000, 30
    sound = np.zeros((2 * rate, 2), np.float32)
    clap = at * rate // fps
    sound[clap : clap + 48] = 0.9
    path = tmp_path / "clap.mp4"
    with VideoWriter(path, (96, 54), fps, audio_rate=rate) as film:
        for i in range(2 * fps):
            film.write_frame(np.full((54, 96, 3), 255 if i == at else 0, np.uint8))
            film.write_audio(sound[i * rate // fps : (i + 1) * rate // fps])
    seen = next(t for t, rgb in read_frames(path) if rgb.mean() > 128)
    heard, rate_back = read_audio(path)
    energy = np.abs(heard[:, 0])
    middle = float(np.sum(np.arange(len(energy)) * energy**2) / np.sum(energy**2)) - 23.5
    assert rate_back == rate
    assert abs(middle / rate - seen) < 1e-3
    assert abs(len(heard) - len(sound)) <= 1024


def test_the_same_pictures_give_the_same_film(tmp_path):
    """To the eye: x264's assembly may choose otherwise by a bit from run to run in small pictures."""
    for name in ("a.mp4", "b.mp4"):
        with VideoWriter(tmp_path / name, (96, 54), 24, audio_rate=44100, channels=1) as film:
            for i in range(10):
                film.write_frame(_picture(i))
            film.write_audio(np.sin(np.arange(18375) / 20)[:, None].astype(np.float32))
    (first, second) = (list(read_frames(tmp_path / name)) for name in ("a.mp4", "b.mp4"))
    assert [t for t, _ in first] == [t for t, _ in second]
    for (_, a), (_, b) in zip(first, second, strict=True):
        assert np.abs(a.astype(int) - b).mean() < 0.5
    (heard, _), (again, _) = (read_audio(tmp_path / name) for name in ("a.mp4", "b.mp4"))
    np.testing.assert_array_equal(heard, again)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_nothing_half_written_is_left(tmp_path, error):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"the film before")
    with pytest.raises(error, match="cut short"):
        _film(path, [_picture(0)], error)
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]
    assert path.read_bytes() == b"the film before"


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path):
    resource, signal = pytest.importorskip("resource"), pytest.importorskip("signal")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    noise = list(np.random.default_rng(0).integers(0, 255, (60, 54, 96, 3), np.uint8))
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(InputError, match="cannot be written"):
            _film(tmp_path / "f.mp4", noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": (97, 54)}, "an mp4 needs even sides; expected 98x54, got 97x54"),
        ({"size": (0, 54)}, "no such picture can be made"),
        ({"path": "film.avi"}, "is no mp4"),
        ({"fps": 0}, "no such frame rate"),
        ({"audio_rate": 12345}, "AAC has no such sample rate"),
        ({"crf": 99}, "no such crf"),
        ({"preset": "fats"}, "x264 has no such preset"),
    ],
)
def test_what_no_mp4_can_be_is_refused(tmp_path, change, message):
    asked = {"path": "film.mp4", "size": (96, 54), "fps": 24} | change
    with pytest.raises(InputError, match=message):
        VideoWriter(tmp_path / asked.pop("path"), **asked)
    assert not list(tmp_path.iterdir())


def test_a_frame_of_another_size_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"frame 0 does not fit; expected \(54, 96, 3\) uint8"):
        _film(tmp_path / "f.mp4", [_picture(0, 54, 96)])


def test_a_film_without_frames_is_refused(tmp_path):
    with pytest.raises(InputError, match="has no frame"):
        _film(tmp_path / "f.mp4", [])
    assert not list(tmp_path.iterdir())


def test_a_missing_video_is_said(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        next(read_frames(tmp_path / "none.mp4"))


def test_a_sequence_knows_what_is_missing(tmp_path):
    pictures = PictureSequence(tmp_path / "shot")
    for i in (0, 2):
        pictures.write(i, _picture(i))
    assert pictures.path(0).name == "frame_0001.png"
    assert pictures.missing(4) == [1, 3]
    assert np.array_equal(pictures.read(2), _picture(2))
    with pytest.raises(InputError, match="does not exist"):
        pictures.read(1)


def test_all_passes_come_back_from_exr(tmp_path):
    pytest.importorskip("OpenEXR", reason="needs the extra exr")
    from sim.render.exr import read_exr, write_exr

    rng = np.random.default_rng(1)
    ids = rng.integers(-1, 3, (9, 16)).astype(np.int32)
    frame = Frame(
        ("a", "b", "c"),
        ("x",),
        rgb=rng.integers(0, 255, (9, 16, 3), np.uint8),
        ids=ids,
        depth=np.where(ids < 0, np.inf, 12.345).astype(np.float32),
        normals=np.zeros((9, 16, 3), np.float32),
        motion=rng.normal(size=(9, 16, 2)).astype(np.float32),
        luminance=rng.uniform(0, 1e6, (9, 16, 3)).astype(np.float32),
    )
    write_exr(tmp_path / "f.exr", frame)
    channels, header = read_exr(tmp_path / "f.exr")
    assert np.array_equal(channels["ids.id"].astype(int), ids)
    assert np.array_equal(channels["depth.Z"], frame.depth)
    assert np.array_equal(channels["motion.V"], frame.motion[..., 1])
    assert np.array_equal(channels["luminance.B"], frame.luminance[..., 2])
    assert header["prophouse:names"] == '["a", "b", "c"]'
    assert [p.name for p in tmp_path.iterdir()] == ["f.exr"]
