"""What may go wrong, and how it is said.

Owns the one grammar of messages: ``where: what; expected …, got …`` with at most one ``hint:``.
Knows nothing of files, physics or pictures.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, in one sentence.

    | field    | says                                                      |
    |----------|-----------------------------------------------------------|
    | where    | the file and the path in it, or the object and the step   |
    | what     | what is wrong                                             |
    | expected | what would have been right                                |
    | got      | what was found instead                                    |
    | hint     | the likely way out                                        |
    """

    where: str
    what: str
    expected: str | None = None
    got: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}"
        sides = [f"expected {self.expected}" if self.expected else "", f"got {self.got}" if self.got else ""]
        if any(sides):
            text += "; " + ", ".join(side for side in sides if side)
        return text + (f"\n  hint: {self.hint}" if self.hint else "")


class PropHouseError(Exception):
    """Something went wrong while doing what was asked; the command line leaves with 1."""

    exit_code = 1

    def __init__(self, *problems: Problem):
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def __reduce__(self):
        return type(self), self.problems


class InputError(PropHouseError):
    """What was asked is wrong: a file, a name, a value; the command line leaves with 2."""

    exit_code = 2


class Diverged(PropHouseError):
    """Physics blew up: a part is at no place, faster than sound or deep inside another."""


def guess(name: str, known: Iterable[str]) -> str | None:
    """The hint for a name that nobody has: what was probably meant, or what there is."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if not names:
        return "there is none yet"
    return "there is " + ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def unknown_name(where: str, noun: str, name: str, known: Iterable[str]) -> InputError:
    """The error for a name that nobody has."""
    return InputError(Problem(where, f"no {noun} is called {name!r}", hint=guess(name, known)))


def missing_extra(where: str, package: str, extra: str) -> InputError:
    """The error for an optional library that is not installed."""
    return InputError(Problem(where, f"needs the package {package}", hint=f'pip install "prophouse[{extra}]"'))
