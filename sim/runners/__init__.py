"""Why worlds step: film, game, robot, driving; each a module of its own that knows none of the others.

A scenario says by its ``schema:`` line which runner reads it. A runner's module (or package) has

| name    | is                                                                                            |
|---------|-----------------------------------------------------------------------------------------------|
| `Spec`  | the file kind                                                                                  |
| `FLAGS` | options of the command line that only it knows: name → help                                     |
| `run`   | ``run(layout, spec, options) -> Report``; writes ``options.folder``, the report included         |
| `check` | ``check(layout, spec, where) -> list[Problem]``: what is wrong with a scenario beyond its grammar  |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.assets.library import Library
from sim.errors import InputError, Problem, guess, unknown_name
from sim.schema import Spec, parse_spec, read_yaml
from sim.world.layout import Layout

KINDS = {
    "film": "a finished multi-shot video with picture and sound in sync",
    "game": "a level a person plays in a browser, or a script plays headless",
    "robot": "a Gymnasium environment, a trained policy and its success rate",
    "driving": "a verdict with the evidence: metrics, trace, sensor data, a report",
}


@dataclass(frozen=True)
class Options:
    """What the command line says of a run, whatever the runner."""

    name: str = ""
    """``world/scenario``; a variant of the world, ``city@night/chase``, too."""
    root: Path = Path()
    """The project folder: a run writes under ``renders/`` in it and nowhere else."""
    seed: int | None = None
    quality: str = "preview"
    settings: dict[str, Any] = field(default_factory=dict)
    """What `--set` said; the spec has it already."""
    allow_scripts: bool = False
    """Whether Python that a scenario names may run."""
    flags: dict[str, Any] = field(default_factory=dict)
    """What only some runners know (``shots``, ``record``, …), by the names in their module's ``FLAGS``."""

    place: Path | None = None
    """Where a run writes instead of ``renders/WORLD/SCENARIO``."""
    brief: bool = False
    """Whether the report and raw numbers are enough: one run of many, that nobody looks at by itself."""

    @property
    def folder(self) -> Path:
        """Where everything goes that the run makes."""
        return self.place or self.root / "renders" / self.name


def available() -> dict[str, str]:
    """The runners that are there, and what comes out of each."""
    return {kind: what for kind, what in KINDS.items() if find_spec(f"sim.runners.{kind}")}


def runner(kind: str, where: str) -> ModuleType:
    """The module of a runner.

    Raises:
        InputError: There is no runner of that kind, or not yet.
    """
    if kind not in KINDS:
        raise InputError(Problem(where, f"no runner reads {kind!r}", hint=guess(kind, KINDS)))
    if kind not in available():
        have = ", ".join(available()) or "none"
        raise InputError(
            Problem(where, f"the {kind} runner is not part of this version", hint=f"runners there are: {have}")
        )
    return import_module(f"sim.runners.{kind}")


def scenario_path(library: Library, name: str) -> Path:
    """The file of ``world/scenario``.

    Raises:
        InputError: There is none.
    """
    world, _, scenario = name.partition("/")
    if not scenario:
        own = [s for s in library.scenarios() if s.startswith(f"{world}/")]
        raise InputError(
            Problem(f"run {name}", "names a world, not a scenario", "WORLD/SCENARIO", hint=guess(scenario, own))
        )
    path = library.world(world, f"run {name}") / f"{scenario}.yaml"
    if not path.is_file() or scenario == "world" or "/" in scenario:
        raise unknown_name(f"run {name}", "scenario", name, library.scenarios())
    return path


def load_scenario(
    library: Library, name: str, settings: Mapping[str, str] | None = None, layout: Layout | None = None
) -> tuple[ModuleType, Layout, Spec]:
    """The runner, the world and the spec of ``world/scenario``, or of ``world@variant/scenario``.

    Args:
        library: Where worlds are.
        name: The scenario.
        settings: Values instead of the file's own, as YAML, by path (``shots.0.lens_mm``).
        layout: The world, when it has been composed already.

    Raises:
        InputError: With everything that is wrong with it.
    """
    world, _, scenario = name.partition("/")
    path = scenario_path(library, f"{world.partition('@')[0]}/{scenario}" if scenario else name)
    content = read_yaml(path)
    module = runner(str(content.get("schema", "")).partition("/")[0], f"{path}: schema")
    for key, value in (settings or {}).items():
        put(content, key, read_yaml(Path(f"--set {key}"), f"value: {value}")["value"])
    layout, spec = layout or Layout.load(world, library), parse_spec(content, module.Spec, path)
    for asset in layout.assets().values():
        asset.reads.clear()  # what a run reads is counted from here on
    return module, layout, spec


def put(content: Any, path: str, value: Any) -> None:
    """Puts a value at a dotted path into what a file says.

    Raises:
        InputError: The path leads through something that has no such place.
    """
    *way, last = path.split(".")
    place, walked = content, ""
    for key in way:
        walked += f".{key}" if walked else key
        place = _inside(place, key, path, walked)
    if isinstance(place, list):
        _inside(place, last, path, path)
        place[int(last)] = value
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise InputError(Problem(f"--set {path}", f"{walked} holds no further values", got=str(place)))


def _inside(place: Any, key: str, path: str, walked: str) -> Any:
    if isinstance(place, list) and key.lstrip("-").isdigit() and -len(place) <= int(key) < len(place):
        return place[int(key)]
    if isinstance(place, dict):
        return place.setdefault(key, {})
    expected = f"an index under {len(place)}" if isinstance(place, list) else "names to choose from"
    raise InputError(Problem(f"--set {path}", f"leads nowhere at {walked}", expected, key))


def env_id(name: str) -> str:
    """Gymnasium's name of a robot scenario: ``prophouse/city-pick-v0`` of ``city/pick``."""
    return f"prophouse/{name.replace('/', '-').replace('@', '_at_')}-v0"
