"""Python of the user's own that a scenario names; it runs only when the command line allows it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from sim.errors import InputError, Problem


def load_script(folder: Path, name: str, allowed: bool, where: str) -> ModuleType:
    """The module in a file of a world's folder.

    Args:
        folder: The world's folder.
        name: What the scenario says, ``my_rules.py``.
        allowed: Whether the command line said ``--allow-scripts``.
        where: The scenario and its field, for errors.

    Raises:
        InputError: It is not allowed, not there, outside the folder, or fails to load.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path.suffix != ".py":
        raise InputError(Problem(where, "names a file that is not in the world's folder", "a .py beside it", name))
    if not path.is_file():
        raise InputError(Problem(where, f"{path} does not exist"))
    if not allowed:
        raise InputError(Problem(where, f"names Python of its own, {name}", hint="read it, then say --allow-scripts"))
    spec = importlib.util.spec_from_file_location(f"prophouse_script_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(Problem(f"{where}: {name}", f"fails to load: {type(error).__name__}: {error}")) from None
    return module
