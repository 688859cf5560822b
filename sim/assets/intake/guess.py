"""Name, unit, up and substance where nobody said them.

Owns the rules of guessing; each guess comes with the sentence that says so. Knows nothing of files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.errors import InputError, Problem, unknown_name
from sim.pose import Array

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
TAKEN = ("substances",)  # assets/substances is no asset
SAYS_NOTHING = ("scene", "model", "mesh", "untitled", "source", "object", "export")
DEFAULT_SUBSTANCE = "abs"
SUBSTANCE_OF = {
    "wood": "pine",
    "wooden": "pine",
    "timber": "pine",
    "bark": "oak",
    "stone": "granite",
    "rock": "granite",
    "metal": "steel",
    "chrome": "steel",
    "inox": "steel",
    "aluminum": "aluminium",
    "alu": "aluminium",
    "brass": "copper",
    "bronze": "copper",
    "cement": "concrete",
    "tarmac": "asphalt",
    "bricks": "brick",
    "tire": "tyre_rubber",
    "tyre": "tyre_rubber",
    "plastic": "abs",
    "styrofoam": "foam",
    "sponge": "foam",
    "fabric": "cotton",
    "cloth": "cotton",
    "textile": "cotton",
    "dirt": "soil",
    "earth": "soil",
    "porcelain": "ceramic",
    "clay": "ceramic",
    "cardboard": "paper",
    "carton": "paper",
    "leaf": "foliage",
    "leaves": "foliage",
    "grass": "foliage",
}


def asset_name(source: Path, given: str | None) -> str:
    """The folder's name: as given, or made of the file's name in small letters.

    Raises:
        InputError: The name is not allowed, or none can be made.
    """
    if given is not None:
        if not NAME.match(given) or given.lower() in TAKEN:
            allowed = "letters, digits, _ . and -, a letter or digit first, at most 100"
            made = _plain(given)
            raise InputError(
                Problem(
                    "--name",
                    "is not allowed",
                    allowed,
                    repr(given[:120]),
                    f"--name {made}" if made and made not in TAKEN else None,
                )
            )
        return given
    stem = source.stem
    if stem.lower() in SAYS_NOTHING and source.resolve().parent.name:
        stem = source.resolve().parent.name
    made = _plain(stem)
    if not made or made in TAKEN:
        raise InputError(Problem(str(source), "no name can be made of its file name", hint="say one: --name chair"))
    return made


def _plain(text: str) -> str:
    """``Ölfass (alt) 2`` becomes ``olfass_alt_2``."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")[:60].strip("_")


def words(*texts: str) -> list[str]:
    """The words of names such as ``OakTable_02.legs``: oak, table, legs."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", " ".join(texts))
    return re.findall(r"[a-z]+", spaced.lower())


def unit_of(extent: float, suffix: str) -> str:
    """The unit of a file that names none, from its longest side in that unit.

    Things are mostly 1 cm to 20 m long. Files for 3D printers (stl) are in mm unless that makes a crumb.
    """
    if suffix == ".stl":
        return "m" if extent <= 3 else "mm"
    return "m" if extent <= 20 else "cm" if extent <= 200 else "mm"


def up_of(bounds: Array) -> tuple[str, bool]:
    """The axis that points up in a file that does not say, and whether the mesh itself shows it.

    A mesh that stands on the plane y = 0 (or z = 0) and is not lopsided enough to stand on the other was modelled
    that way up.

    Args:
        bounds: ``(2, 3)``, in any unit.
    """
    low, extent = bounds[0], bounds[1] - bounds[0]
    stands = [extent[i] > 0 and abs(low[i]) < 0.07 * extent[i] for i in range(3)]
    if stands[1] != stands[2]:
        return ("y" if stands[1] else "z"), True
    return "z", False


def substance_of(
    names: Sequence[tuple[str, float]], file_name: str, known: Mapping[str, object]
) -> tuple[str, str | None]:
    """The substance that names speak of, and the name that did; the default and None when they say nothing.

    Args:
        names: Names of materials and the surface each covers; a third of it must agree.
        file_name: What is asked when the materials say nothing.
        known: All substances.
    """
    votes: dict[str, tuple[float, str]] = {}
    for name, area in names:
        found = _spoken(name, known)
        if found:
            votes[found] = (votes.get(found, (0.0, ""))[0] + area, name)
    best = max(votes, key=lambda substance: votes[substance][0], default="")
    if best and 3 * votes[best][0] > sum(area for _, area in names):
        return best, f"material {votes[best][1]!r}"
    found = _spoken(file_name, known)
    if found:
        return found, f"name {file_name!r}"
    if DEFAULT_SUBSTANCE not in known:
        raise InputError(Problem("--substance", "is needed: nothing says what it is made of"))
    return DEFAULT_SUBSTANCE, None


def _spoken(name: str, known: Mapping[str, object]) -> str | None:
    for word in words(name):
        substance = word if word in known else SUBSTANCE_OF.get(word)
        if substance in known:
            return substance
    return None


def check_substance(name: str, known: Mapping[str, object]) -> str:
    """The name itself.

    Raises:
        InputError: No substance is called so.
    """
    if name not in known:
        raise unknown_name("--substance", "substance", name, known)
    return name
