"""Many runs of one scenario: resumed when stopped, one bad run among them, the matrix of verdicts."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import sim.sweep
from sim.cli import answer
from sim.errors import InputError
from sim.sweep import parse_vary, run_sweep


@pytest.fixture
def scenario(project):
    """A short drive on an endless floor: the car must not get faster than the limit that is set."""
    project.world({}, "field", ground={"substance": "asphalt"})
    project.write(
        "worlds/field/drive.yaml",
        {
            "schema": "driving/1",
            "about": "a drive",
            "paths": {"way": {"points": [[0, 0, 0], [200, 0, 0]]}},
            "ego": {"path": "way", "start": 10.0, "speed_kmh": 30.0},
            "duration": 0.3,
            "after": 0.0,
            "criteria": {"speed_end_kmh": {"at_most": 41.0}},
            "sweep": {"ego.speed_kmh": [20.0, 40.0]},
        },
    )
    return project


SPEEDS = {"ego.speed_kmh": ["30", "40", "50"]}


def test_a_sweep_says_pass_or_fail_of_every_run(scenario):
    done = run_sweep(scenario.library, "field/drive", SPEEDS, workers=1)
    assert [one.verdict for one in done.done] == ["pass", "pass", "fail"]
    assert done.counts == {"pass": 2, "fail": 1}
    assert {path.name for path in done.folder.iterdir() if path.is_file()} == {
        "runs.jsonl", "runs.csv", "sweep.json", "junit.xml", "matrix.png",
    }  # fmt: skip
    assert done.folder.joinpath("matrix.png").read_bytes()[:4] == b"\x89PNG"
    suite = ElementTree.parse(done.folder / "junit.xml").find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")


def test_without_further_words_the_scenarios_own_table_is_run(scenario):
    done = run_sweep(scenario.library, "field/drive", workers=1)
    assert [one.settings["ego.speed_kmh"] for one in done.done] == ["20", "40"]


def test_what_is_done_is_not_run_again(scenario, monkeypatch):
    first = run_sweep(scenario.library, "field/drive", SPEEDS, workers=1)
    index = first.folder / "runs.jsonl"
    lines = index.read_text().splitlines()
    index.write_text(lines[0] + "\n" + lines[1][:40])  # stopped in the middle of a line
    ran = []
    monkeypatch.setattr(
        sim.sweep, "run_one", lambda roots, job, real=sim.sweep.run_one: ran.append(job) or real(roots, job)
    )
    again = run_sweep(scenario.library, "field/drive", SPEEDS, workers=1)
    assert len(ran) == 2
    assert again.resumed == 1
    assert [one.verdict for one in again.done] == ["pass", "pass", "fail"]


def test_a_changed_scenario_is_run_anew(scenario):
    run_sweep(scenario.library, "field/drive", SPEEDS, workers=1)
    path = scenario.root / "worlds" / "field" / "drive.yaml"
    path.write_text(path.read_text().replace("41.0", "51.0").replace(" 41", " 51"))
    assert run_sweep(scenario.library, "field/drive", SPEEDS, workers=1).counts == {"pass": 3}


def test_two_processes_come_to_the_same_to_the_bit(scenario):
    one = run_sweep(scenario.library, "field/drive", SPEEDS, workers=1)
    (one.folder / "runs.jsonl").unlink()
    two = run_sweep(scenario.library, "field/drive", SPEEDS, workers=2)
    assert [r.trajectory_sha256 for r in one.done] == [r.trajectory_sha256 for r in two.done]


def test_a_run_that_cannot_be_made_is_invalid_and_the_rest_goes_on(scenario):
    done = run_sweep(scenario.library, "field/drive", {"ego.start": ["10", "500", "20"]}, workers=1)
    assert [one.verdict for one in done.done] == ["pass", "invalid", "pass"]
    assert "ego.start: is beyond its path; expected at most 200.0 m, got 500" in done.done[1].notes[0]


def test_a_run_that_hangs_or_kills_its_process_costs_only_itself(scenario):
    (scenario.root / "worlds" / "field" / "mine.py").write_text(
        "import os, time\n"
        "class Driver:\n"
        "    def step(self, seen):\n"
        "        if seen.set_speed > 12: os._exit(3)\n"
        "        if seen.set_speed > 10: time.sleep(60)\n"
        "        return {}\n"
    )
    path = scenario.root / "worlds" / "field" / "drive.yaml"
    text = path.read_text().replace("ego:\n", "ego:\n  driver: {kind: script, script: mine.py, limit: 100.0}\n")
    path.write_text(text)
    vary = {"ego.speed_kmh": ["30", "40", "50"]}
    done = run_sweep(scenario.library, "field/drive", vary, workers=2, timeout=15.0, allow_scripts=True)
    assert [one.verdict for one in done.done] == ["pass", "invalid", "invalid"]
    assert done.done[1].notes == ["did not end within 15 s"]
    assert done.done[2].notes == ["its process died"]


def test_a_million_runs_are_asked_about_with_the_time_they_take(scenario):
    vary = {f"ego.{name}": [str(float(i)) for i in range(1, 101)] for name in ("speed_kmh", "start", "lateral")}
    with pytest.raises(InputError, match=r"is 1,000,000 runs\n  hint: at .* s a run that is about .*; say --yes"):
        run_sweep(scenario.library, "field/drive", vary)


@pytest.mark.parametrize(
    ("items", "found"),
    [
        (["a.b=1,2"], {"a.b": ("1", "2")}),
        (["a=[1, 2],[3, 4]", "b=x"], {"a": ("[1, 2]", "[3, 4]"), "b": ("x",)}),
    ],
)
def test_variations_are_read(items, found):
    assert parse_vary(items) == found


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["a"], "is no variation; expected path=a,b,c, got a"),
        (["a=1,,2"], "is no variation"),
        (["a=1", "a=2"], "varied twice"),
    ],
)
def test_wrong_variations_are_refused(items, message):
    with pytest.raises(InputError, match=message):
        parse_vary(items)


def test_the_command_line_leaves_with_three_when_something_failed(scenario, monkeypatch, capsys):
    monkeypatch.setenv("PROPHOUSE_PROJECT", str(scenario.root))
    from sim.assets.library import default_library

    default_library.cache_clear()
    try:
        assert answer(["sweep", "field/drive", "--vary", "ego.speed_kmh=30,50", "--workers", "1"]) == 3
    finally:
        default_library.cache_clear()
    out = capsys.readouterr()
    assert "2 runs, 0 of them from before: 1 pass, 1 fail" in out.err
    summary = next(line for line in out.out.splitlines() if line.endswith("sweep.json"))
    assert json.loads(Path(summary).read_text())["counts"] == {"pass": 1, "fail": 1}
