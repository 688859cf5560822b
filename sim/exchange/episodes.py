"""What a dataset holds: episodes of an environment, as plain arrays. Knows nothing of environments and learning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from numpy.typing import NDArray


class Recorded(Protocol):
    """One episode of t steps: see `Facts` for what holds of all."""

    @property
    def seed(self) -> int:
        """Of the reset."""
        ...

    @property
    def seen(self) -> Mapping[str, NDArray[Any]]:
        """Observations by key, each ``(t + 1, …)``."""
        ...

    @property
    def actions(self) -> NDArray[Any]:
        """``(t, a)``"""
        ...

    @property
    def rewards(self) -> NDArray[Any]:
        """``(t,)``"""
        ...

    @property
    def success(self) -> bool:
        """Whether the task was done at the end."""
        ...

    @property
    def terminated(self) -> bool:
        """Whether it ended by itself."""
        ...

    @property
    def truncated(self) -> bool:
        """Whether it was cut off."""
        ...

    @property
    def randomised(self) -> Mapping[str, Any]:
        """Every value drawn."""
        ...


@dataclass(frozen=True)
class Facts:
    """What holds of all episodes of a dataset.

    | field   | is                                                                        |
    |---------|---------------------------------------------------------------------------|
    | env_id  | Gymnasium's name of the environment                                         |
    | kwargs  | what it was made with                                                       |
    | horizon | steps of an episode, at most                                                |
    | spaces  | of observations by key: dtype, shape, low, high; ``action`` too             |
    | fps     | actions a second                                                            |
    """

    env_id: str
    entry_point: str
    kwargs: Mapping[str, Any]
    horizon: int
    spaces: Mapping[str, Mapping[str, Any]]
    fps: int
    robot: str
    task: str
    algorithm: str
    about: str = ""
    assets: Mapping[str, str] = field(default_factory=dict)
