"""Which of an asset's attributes were read: what a run used of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")

PAPERS = {"about", "license", "sources", "tags", "label"}
"""What people read and no simulation."""


class Noted:
    """Looks and reads like what it holds, and notes the name of every attribute that is read.

    Args:
        held: A spec or a measure.
        reads: Where names are noted.
        prefix: Before each name.
        inner: Attributes whose own attributes are noted instead, with their prefix.
        names: What an attribute is noted as, where that is not its own name.
    """

    __slots__ = ("_held", "_inner", "_names", "_prefix", "_reads")

    def __init__(
        self,
        held: Any,
        reads: set[str],
        prefix: str = "",
        inner: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
    ):
        self._held, self._reads, self._prefix = held, reads, prefix
        self._inner, self._names = inner or {}, names or {}

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._held, name)
        if name in self._inner:
            return None if value is None else Noted(value, self._reads, self._inner[name])
        said = value is not None and not (isinstance(value, (tuple, dict)) and not value)  # else nothing was used
        if said and not name.startswith(("model_", "_")) and name not in PAPERS and name != "SCHEMA":
            self._reads.add(self._prefix + self._names.get(name, name))
        return value

    def __repr__(self) -> str:
        return repr(self._held)

    def __eq__(self, other: object) -> bool:
        return self._held == (other._held if isinstance(other, Noted) else other)

    def __hash__(self) -> int:
        return hash(self._held)

    def __reduce__(self) -> tuple[Any, ...]:
        return _itself, (self._held,)


def _itself(held: T) -> T:
    return held
