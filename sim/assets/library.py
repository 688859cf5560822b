"""Where assets, substances, worlds and scenarios are found and loaded.

The folder is the registry: a project's own ``assets/`` and ``worlds/`` come first, then those shipped with Prop House.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from sim.assets.asset import Asset
from sim.assets.spec import AssetSpec
from sim.assets.substance import SubstanceSpec
from sim.errors import InputError, Problem, unknown_name
from sim.schema import read_spec


def starter_root() -> Path:
    """The folder that holds the shipped ``assets/`` and ``worlds/``: the source tree's, or the wheel's."""
    package = Path(__file__).resolve().parent.parent
    return package / "starter" if (package / "starter" / "assets").is_dir() else package.parent


def project_root(start: Path | None = None) -> Path:
    """The project a command works in.

    ``PROPHOUSE_PROJECT`` when set; else the nearest folder at or above ``start`` with an ``assets`` or ``worlds``
    folder in it; else ``start`` itself.

    Raises:
        InputError: ``PROPHOUSE_PROJECT`` names no folder.
    """
    named = os.environ.get("PROPHOUSE_PROJECT")
    if named:
        if not Path(named).is_dir():
            raise InputError(Problem("PROPHOUSE_PROJECT", "is no folder", got=named))
        return Path(named).resolve()
    start = (start or Path.cwd()).resolve()
    for folder in [start, *start.parents]:
        if (folder / "assets").is_dir() or (folder / "worlds").is_dir():
            return folder
    return start


class Substances(Mapping[str, SubstanceSpec]):
    """Every substance by name, each read when first asked for; a project's own come before the shipped ones."""

    def __init__(self, folders: list[Path]):
        self._paths = {path.stem: path for folder in reversed(folders) for path in sorted(folder.glob("*.yaml"))}
        self._read: dict[str, SubstanceSpec] = {}

    def __getitem__(self, name: str) -> SubstanceSpec:
        if name not in self._read:
            self._read[name] = read_spec(self._paths[name], SubstanceSpec)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._paths))

    def __len__(self) -> int:
        return len(self._paths)

    def path(self, name: str) -> Path:
        """The file of a substance."""
        return self._paths[name]


class Library:
    """What there is to build worlds from.

    | method    | gives                                                          |
    |-----------|----------------------------------------------------------------|
    | asset     | one asset, loaded once                                          |
    | assets    | the names of all assets                                         |
    | world     | the folder of one world                                         |
    | worlds    | the names of all worlds                                         |
    | scenarios | ``world/scenario`` of all scenarios                             |
    """

    def __init__(self, *roots: Path):
        self.roots = tuple(dict.fromkeys(root.resolve() for root in roots))
        self.substances = Substances([root / "assets" / "substances" for root in self.roots])
        self._assets: dict[str, Asset] = {}

    @property
    def root(self) -> Path:
        """The project's own folder; what is written goes under it."""
        return self.roots[0]

    def asset(self, name: str, where: str = "library") -> Asset:
        """The asset of that name.

        Args:
            name: A folder's name under ``assets/``.
            where: Who asks, for the error.

        Raises:
            InputError: There is none, or its asset.yaml is wrong.
        """
        if name not in self._assets:
            folder = self._folder("assets", name, "asset.yaml")
            if folder is None:
                raise unknown_name(where, "asset", name, self.assets())
            self._assets[name] = Asset(name, folder, read_spec(folder / "asset.yaml", AssetSpec), self.substances)
        return self._assets[name]

    def assets(self) -> list[str]:
        """The names of all assets."""
        return self._names("assets", "asset.yaml")

    def world(self, name: str, where: str = "library") -> Path:
        """The folder of a world.

        Raises:
            InputError: There is none of that name.
        """
        folder = self._folder("worlds", name, "world.yaml")
        if folder is None:
            raise unknown_name(where, "world", name, self.worlds())
        return folder

    def worlds(self) -> list[str]:
        """The names of all worlds."""
        return self._names("worlds", "world.yaml")

    def scenarios(self) -> list[str]:
        """``world/scenario`` of every scenario file."""
        return [
            f"{world}/{path.stem}"
            for world in self.worlds()
            for path in sorted(self.world(world).glob("*.yaml"))
            if path.stem != "world"
        ]

    def _names(self, kind: str, file: str) -> list[str]:
        return sorted({path.parent.name for root in self.roots for path in (root / kind).glob(f"*/{file}")})

    def _folder(self, kind: str, name: str, file: str) -> Path | None:
        if "/" in name or "\\" in name or name.startswith("."):
            return None
        return next((root / kind / name for root in self.roots if (root / kind / name / file).is_file()), None)


@cache
def default_library(root: Path | None = None) -> Library:
    """The library of the project around ``root`` (or the working folder), over the shipped one; one a process."""
    return Library(project_root(root), starter_root())
