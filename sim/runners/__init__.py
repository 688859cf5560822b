"""Why worlds step: film, game, robot, driving; each a module of its own that knows none of the others.

A scenario says by its ``schema:`` line which runner reads it. A runner's module has ``Spec``, the file kind, and
``run(layout, spec, options) -> Report``.
"""

from __future__ import annotations

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

    seed: int | None = None
    quality: str = "preview"
    settings: dict[str, Any] = field(default_factory=dict)


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


def load_scenario(library: Library, name: str) -> tuple[ModuleType, Layout, Spec]:
    """The runner, the world and the spec of ``world/scenario``.

    Raises:
        InputError: With everything that is wrong with it.
    """
    path = scenario_path(library, name)
    content = read_yaml(path)
    module = runner(str(content.get("schema", "")).partition("/")[0], f"{path}: schema")
    return module, Layout.load(path.parent.name, library), parse_spec(content, module.Spec, path)
