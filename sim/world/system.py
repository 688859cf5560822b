"""What takes part in a world beside the engine: a driven car, a person who walks, heat.

A system acts before an engine step, through the world's own methods, and hands out what it adds to the State.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.assets.mesh import Mesh
from sim.pose import Array

if TYPE_CHECKING:
    from sim.world.state import State
    from sim.world.world import World


class System:
    """The base of every system; each method may be left as it is.

    Attributes:
        every: Engine steps from one call of `step` to the next.
    """

    every: int = 1

    def step(self, world: World) -> None:
        """Acts, before the engine's step."""

    def fields(self) -> Mapping[str, Array]:
        """What it adds to `State.fields`: arrays whose shapes never change, copies of its own."""
        return {}

    def shapes(self) -> Mapping[str, Mesh]:
        """What it adds to `State.shapes`: meshes of parts that are no longer as their assets made them."""
        return {}

    def amend(self, state: State) -> None:
        """Writes into the arrays of a State just read what the engine does not know: where a sprung wheel hangs."""

    def save(self) -> Any:
        """Everything a continuation needs, as a copy."""
        return None

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
