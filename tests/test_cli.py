"""The command line answers: data on stdout, one line a problem on stderr, and the right exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.assets.library import default_library
from sim.cli import answer
from sim.errors import InputError
from sim.project import begin

SMALL = ["--size", "64x36"]
NO_DRIVER = {"EGL_PLATFORM": "surfaceless", "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A new project in a folder with a space and an umlaut, in which commands run."""
    folder = tmp_path / "mein Prójekt ü"
    begin(folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("PROPHOUSE_PROJECT", raising=False)
    default_library.cache_clear()
    yield folder
    default_library.cache_clear()


@pytest.fixture
def say(capsys):
    """Runs a command line here; gives exit code, stdout and stderr."""

    def run(*arguments):
        code = answer([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


def command(*arguments, env=None, **how):
    """Runs a command line in a process of its own."""
    how = {"capture_output": True, "text": True, "check": False} | how
    return subprocess.run([sys.executable, "-m", "sim.cli", *arguments], env={**os.environ, **(env or {})}, **how)


def write_world(home, name, text):
    path = home / "worlds" / name / "world.yaml"
    path.parent.mkdir()
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("lits", "error: prophouse: no such command 'lits'. Did you mean 'list'?\n"),
        ("list --foo", "error: prophouse list: no such option: --foo\n"),
        ("init", "error: prophouse init: missing argument"),
        ("list wolds", "error: list: no list is called 'wolds'\n  hint: did you mean 'worlds'?"),
        ("schema wrld", "error: schema: no file kind is called 'wrld'\n  hint: did you mean 'world'?"),
        ("check nope", "error: check: no asset, world or scenario is called 'nope'"),
        ("check first --uses crate", "error: --uses: does not go with names of what to check; got first"),
        ("check --uses crat", "error: check --uses: no asset is called 'crat'\n  hint: did you mean 'crate'?"),
        ("run first", "error: run first: names a world, not a scenario; expected WORLD/SCENARIO"),
        ("run first/x --set y", "error: --set: is no setting; expected path=value, got y"),
        ("render", "error: render: what is to be pictured?"),
        ("render cratee", "error: render: no asset or world is called 'cratee'\n  hint: did you mean 'crate'?"),
        ("render ../first", "error: render: no asset or world is called '../first'"),
        ("render first@night", "no variant is called 'night'"),
        ("render first --size 640", "error: --size: is no size; expected WIDTHxHEIGHT, such as 1280x720, got 640"),
        ("render first --size ²x³", "error: --size: is no size"),
        ("render first --size 0x0", "error: size: no such picture can be made"),
        ("render first --size 100000x100000", "got 100000x100000"),
        ("render first --size 16384x16384", "67 million in all, got 16384x16384"),
        ("render first --passes ,", "error: --passes: names none\n  hint: there is classes, depth"),
        ("render first --passes rgb,dept", "error: --passes: no pass is called 'dept'\n  hint: did you mean 'depth'?"),
        ("render first --quality finl", "error: --quality: no quality is called 'finl'\n  hint: did you mean 'final'?"),
        ("render first --camera mian", "error: world first: no camera is called 'mian'\n  hint: did you mean 'main'?"),
        ("render crate --camera main", "error: --camera: an asset has no cameras"),
        ("render first --at nan", "error: --at: is no time; expected 0 s or more, got nan"),
        ("render first --at=-1", "error: --at: is no time"),
        ("render first --at soon", "error: prophouse render: invalid value for '--at'"),
        ("render first -o x.jpg", "error: --output: is no picture that can be written; expected a .png, got x.jpg"),
        ("render first --seconds soon", "error: --seconds: is no time; expected seconds, such as 4 or 4s, got soon"),
        ("render first --seconds nan", "error: --seconds: is no length for a film"),
        ("render first --seconds 1e9", "error: --seconds: is no length for a film; expected 0.042 to 600 s"),
        ("render first --seconds 1 --size 65x37", "an mp4 needs even sides; expected 66x38, got 65x37"),
        ("render first --seconds 1 --passes depth", "error: --seconds: does not go with --passes\n"),
        ("render first --turntable 1", "error: --turntable: first is no asset\n  hint: for a world: --seconds"),
        ("render crate --turntable 1 --at 2 --camera x", "error: --turntable: does not go with --at, --camera\n"),
        ("render crate --turntable 1 -o x.gif", "error: x.gif: is no mp4; expected .mp4, got .gif"),
        ("render crate --seconds 1", "error: --seconds: crate is no world\n  hint: for an asset: --turntable"),
        ("render crate --all", "error: --all: crate is no world\n"),
        ("render first --thumbnail", "error: --thumbnail: first is no asset\n"),
        ("render crate --thumbnail", "error: thumbnail: crate is not this project's own; expected a folder in"),
        ("model crate", "error: model: crate is not this project's own"),
        ("add missing.obj", "error: missing.obj: does not exist"),
    ],
)
def test_a_wrong_question_is_answered_in_a_line_and_nothing_is_left_behind(home, say, line, complaint):
    before = sorted(home.rglob("*"))
    code, out, err = say(*line.split())
    assert (code, out) == (2, "")
    assert complaint in err
    assert err.count("\n") == 1 + err.count("\n  hint: ") <= 2
    assert sorted(home.rglob("*")) == before


def test_a_world_and_an_asset_are_pictured_and_filmed(home, say):
    code, out, err = say("render", "first", *SMALL, "--passes", "rgb,depth,ids,rgb", "--at", "0.1")
    assert (code, err) == (0, "")
    names = [Path(line).relative_to(home).as_posix() for line in out.splitlines()]
    assert names == [f"renders/first/main{ending}.png" for ending in ("", ".depth", ".ids")]
    assert say("render", "first", *SMALL, "--seconds", "0.1s")[0] == 0
    assert say("render", "crate", *SMALL, "--turntable", "0.1", "-o", "ö ü/turn.mp4")[:2] == (0, "ö ü/turn.mp4\n")
    assert {path.suffix for path in home.rglob("*.*") if path.is_file()} <= {".png", ".mp4", ".yaml", ".json", ""}


def test_asking_for_motion_does_not_change_the_picture(home, say):
    say("render", "first", *SMALL, "--at", "0.3", "-o", "plain.png")
    say("render", "first", *SMALL, "--at", "0.3", "--passes", "rgb,motion", "-o", "both.png")
    assert (home / "plain.png").read_bytes() == (home / "both.png").read_bytes()


def test_what_cannot_be_written_is_named(home, say):
    (home / "taken").write_text("a file")
    code, out, err = say("render", "first", *SMALL, "-o", "taken/x.png")
    assert (code, out) == (2, "")
    assert err.startswith("error: taken/x.png: cannot be written: ")


@pytest.mark.parametrize("what", ["scenarios", "substances", "runners"])
def test_every_list_is_read_by_machines_too(home, say, what):
    code, out, err = say("list", what, "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    assert len({tuple(row) for row in rows}) <= 1


def test_crlf_is_read_and_every_problem_of_a_world_is_named_with_its_place(home, say):
    lines = ["schema: world/1", "about: b", "objects:", "  q: {asset: crate, at: [1, .nan, 0], scal: 2}", ""]
    path = write_world(home, "b", "\r\n".join(lines))
    code, out, err = say("check", "b")
    assert code == 2
    assert f"{path}:4: objects.q.at.1: has the wrong value; expected a finite number, got nan" in out
    assert f"{path}:4: objects.q.scal: is unknown\n  hint: did you mean 'scale'?" in out
    assert err == "1 checks of 1 things: 1 not kept\n"


def test_a_renamed_asset_is_reported_with_every_place(home, say):
    path = write_world(home, "b", "schema: world/1\nabout: b\nobjects:\n  q: {asset: crates}\n  r: {asset: crates}\n")
    code, out, _ = say("check", "b", "--json")
    complaint = json.loads(out)[0]["complaint"]
    assert code == 2
    for key in "qr":
        assert f"{path}: objects.{key}.asset: no asset is called 'crates'\n  hint: did you mean 'crate'?" in complaint
    assert say("render", "b", *SMALL)[2].startswith(f"error: {path}: objects.q.asset: no asset is called 'crates'")
    code, out, _ = say("check", "--uses", "crates", "--json")  # gone, and yet it can be asked who misses it
    assert (code, json.loads(out)) == (0, [{"world": "b", "objects": "q, r", "through": "", "scenarios": ""}])


def test_a_world_that_cannot_be_read_is_not_passed_over_when_uses_are_counted(home, say):
    write_world(home, "b", "schema: world/1\n\tabout: b\n")
    code, out, err = say("check", "--uses", "crate")
    assert code == 0
    assert "first" in out
    assert err == "doubt: the world b cannot be read, so what it uses is not known: prophouse check b\n"


def test_a_camera_that_looks_nowhere_is_named(home, say):
    write_world(home, "b", "schema: world/1\nabout: b\ncameras:\n  c: {at: [1, 0, 1], look_at: [1, 0, 1]}\n")
    code, _, err = say("render", "b", *SMALL)
    assert (code, err) == (2, "error: world b: cameras.c: looks at the place where it stands; got [1.0, 0.0, 1.0]\n")


def test_a_camera_inside_a_thing_sees_something(home, say):
    write_world(
        home,
        "b",
        "schema: world/1\nabout: b\nobjects:\n  z: {asset: crate}\n"
        "cameras:\n  c: {at: [0, 0, 0.2], look_at: [1, 0, 0.2]}\n",
    )
    assert say("render", "b", *SMALL, "-o", "in.png") == (0, "in.png\n", "")


def test_a_project_is_begun_in_an_empty_folder_but_not_over_another(tmp_path):
    assert begin(tmp_path / "a")[0].is_file()
    with pytest.raises(InputError, match="exists and is not empty"):
        begin(tmp_path / "a")
    (tmp_path / "b").mkdir()
    assert begin(tmp_path / "b")[0].is_file()


def test_a_project_is_begun_whole_or_not_at_all(tmp_path):
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); "  # a disk with little left
        "from sim.cli import main; main()"
    )
    init = [sys.executable, "-c", code, "init", "new"]
    done = subprocess.run(init, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: new/.schemas/asset.json: cannot be written: File too large\n"
    assert list(tmp_path.iterdir()) == []


def test_the_next_step_can_be_pasted(tmp_path, say):
    code, _, err = say("init", tmp_path / "my props")
    assert (code, err) == (0, f"next: cd '{tmp_path / 'my props'}' && prophouse render first\n")


def test_ctrl_c_leaves_no_half_film(home):
    line = [sys.executable, "-m", "sim.cli", "render", "first", "--seconds", "60", *SMALL, "-o", "out/x.mp4"]
    film = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while time.monotonic() < until and not list(home.glob("out/.x*")):
        time.sleep(0.1)
    film.send_signal(signal.SIGINT)
    out, err = film.communicate(timeout=30)
    assert (film.returncode, out, err) == (130, "", "stopped\n")
    assert list((home / "out").iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's always full device")
def test_a_full_disk_behind_stdout_is_said():
    with open("/dev/full", "w") as full:
        done = command("list", "runners", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, "error: stdout: No space left on device\n")


def test_a_reader_that_leaves_early_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = command("list", "runners", capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_that_cannot_write_a_name_is_no_error():
    done = command("list", "substances", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="how a driver is hidden is Linux's")
def test_without_a_driver_it_says_so_once_and_draws_all_the_same(home):
    done = command("render", "first", *SMALL, "--passes", "rgb,depth,ids,classes", "-o", "x.png", env=NO_DRIVER)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 4)
    assert done.stderr.startswith("preview: no OpenGL 3.3 driver")
    assert "apt install libegl1 libgl1-mesa-dri" in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_answers_at_once():
    begun = time.monotonic()
    assert command("--help").returncode == 0
    help_s = time.monotonic() - begun
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "import numpy"], check=True)
    assert help_s < 3 * (time.monotonic() - begun) + 0.5
