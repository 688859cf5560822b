"""Robot scenarios as Gymnasium environments by name: ``prophouse/city-pick-v0`` is the scenario ``city/pick``.

Gymnasium calls `register` when it is imported, so nothing heavy is loaded before an environment is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.runners import env_id


def register() -> None:
    """Makes every robot scenario of the project and of the shipped library known to Gymnasium."""
    import gymnasium

    for name in scenario_names():
        if env_id(name) not in gymnasium.registry:
            gymnasium.register(
                id=env_id(name),
                entry_point="sim.runners.gym:open_env",
                kwargs={"name": name},
                order_enforce=False,
                disable_env_checker=True,
            )


def scenario_names() -> list[str]:
    """``world/scenario`` of every robot scenario, found by the first lines of the files."""
    from sim.assets.library import project_root, starter_root

    names = {}
    for root in (project_root(), starter_root()):
        for path in sorted(root.glob("worlds/*/*.yaml")):
            name = f"{path.parent.name}/{path.stem}"
            if path.stem != "world" and name not in names:
                names[name] = _is_robot(path)
    return [name for name, is_robot in names.items() if is_robot]


def _is_robot(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return "schema: robot/" in file.read(400)
    except OSError:
        return False


def open_env(
    name: str,
    render_mode: str | None = None,
    pixels: bool = True,
    root: str | None = None,
    settings: dict[str, str] | None = None,
) -> Any:
    """The environment of a scenario.

    Args:
        name: ``world/scenario``.
        render_mode: None or ``rgb_array``.
        pixels: Whether its cameras are part of the observation.
        root: The project folder; the one around the working folder when left out.
        settings: Values instead of the file's own, as YAML, by path (``reward: dense``).

    Raises:
        InputError: There is no such scenario, or it is of another runner; everything that is wrong with it.
    """
    from sim.assets.library import default_library
    from sim.errors import InputError, Problem
    from sim.runners import load_scenario

    runner, layout, spec = load_scenario(default_library(Path(root) if root else None), name, settings)
    if not hasattr(runner, "environment"):
        raise InputError(Problem(f"make {name}", "is no robot scenario", "schema: robot/1", spec.SCHEMA))
    return runner.environment(layout, spec, name, render_mode, pixels)


def make(name: str, **options: Any) -> Any:
    """The Gymnasium environment of a robot scenario, ``sim.make("city/pick")``; `options` as in `open_env`."""
    import gymnasium

    known = env_id(name)
    if known not in gymnasium.registry:
        gymnasium.register(
            id=known,
            entry_point="sim.runners.gym:open_env",
            kwargs={"name": name},
            order_enforce=False,
            disable_env_checker=True,
        )
    return gymnasium.make(known, **options).unwrapped


def make_vec(name: str, num_envs: int, processes: int = 0, **options: Any) -> Any:
    """Many environments of a scenario as one: in this process, or over several.

    Args:
        name: ``world/scenario``.
        num_envs: How many.
        processes: Over how many processes; 0: all here, each with an engine of its own.
        options: ``root``, ``settings`` and ``pixels`` as in `open_env`; ``same_step`` for the kind of autoreset.
    """
    from sim.runners import runner

    return runner("robot", f"make_vec {name}").environments(name, num_envs, processes, **options)
