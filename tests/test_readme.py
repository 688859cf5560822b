"""What the README says is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sim.assets.library import Library, starter_root
from sim.runners import KINDS
from sim.schema import parse_spec
from sim.world.layout import compose
from sim.world.spec import WorldSpec

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_there_are_two_commands_and_ci_runs_exactly_those():
    marked = README.split("<!-- the two commands -->")[1]
    commands = re.search(r"```bash\n(.*?)```", marked, re.S).group(1).splitlines()
    assert len(commands) == 2
    assert commands[1].endswith("pytest")
    assert "<!-- the two commands -->" in (ROOT / ".ci" / "run").read_text()


def test_the_python_runs_and_prints_what_it_says(tmp_path):
    (code,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\w+ hit \w+ at \d\.\d{3} s with [\d.]+ N s\n\(360, 640, 3\) ", done.stdout)


def test_the_world_in_ten_lines_has_ten_lines_and_composes():
    (text,) = blocks("yaml")
    assert len(text.splitlines()) == 10
    spec = parse_spec(yaml.safe_load(text), WorldSpec, Path("README.md"))
    layout = compose(spec, "first", Library(starter_root()), Path("README.md"))
    assert len(layout.placements) == 12 + 1 + 6


def test_the_table_of_runners_is_current():
    for kind, what in KINDS.items():
        row = next(line for line in README.splitlines() if line.startswith(f"| {kind} |"))
        assert what.split(":")[0] in row


@pytest.mark.parametrize("command", sorted(set(re.findall(r"(?:^\$|`)\s*prophouse (\w+)", README, re.M))))
def test_every_command_it_names_exists(command):
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", command, "--help"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_map_names_every_room():
    described = README.split("## The map")[1].split("##")[0]
    rooms = {
        path.stem for path in (ROOT / "sim").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    } - {"__init__"}
    assert {room for room in rooms if not re.search(rf"\b{room}\b", described)} == set()


def test_every_picture_it_shows_is_there():
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (ROOT / picture).is_file(), picture
