"""What a player does in one tick, wherever it comes from: a browser, a file, a bot."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.errors import InputError, Problem
from sim.runners.game.spec import AXES, KEYS

ACTIONS = frozenset(KEYS)


@dataclass(frozen=True)
class Inputs:
    """What is held down, what axes say, where the player looks.

    | field   | is                                                               |
    |---------|------------------------------------------------------------------|
    | actions | names of `spec.KEYS` that are held                                 |
    | axes    | −1 to 1 by name (`spec.AXES`), where a number wins over keys        |
    | look    | yaw and pitch in rad: counter-clockwise from +X, and upwards        |
    """

    actions: frozenset[str] = frozenset()
    axes: Mapping[str, float] = field(default_factory=dict)
    look: tuple[float, float] = (0.0, 0.0)

    def held(self, action: str) -> bool:
        """Whether an action is held."""
        return action in self.actions

    def axis(self, name: str, plus: str = "", minus: str = "") -> float:
        """An axis, or what two actions make of it: −1 to 1."""
        if name in self.axes:
            return self.axes[name]
        return float(plus in self.actions) - float(minus in self.actions)

    def to_json(self) -> dict[str, Any]:
        """Plain data; what is at rest is left out."""
        data: dict[str, Any] = {}
        if self.actions:
            data["actions"] = sorted(self.actions)
        if self.axes:
            data["axes"] = {name: self.axes[name] for name in sorted(self.axes)}
        if any(self.look):
            data["look"] = list(self.look)
        return data

    @classmethod
    def from_json(cls, data: Any, where: str = "inputs") -> Inputs:
        """The inputs that plain data describe.

        Raises:
            InputError: It is no such data, names no such action or axis, or holds what is no number.
        """
        if not isinstance(data, dict) or set(data) - {"actions", "axes", "look"}:
            raise InputError(Problem(where, "are no inputs", "actions, axes and look", str(data)[:80]))
        actions, axes, look = data.get("actions", ()), data.get("axes", {}), data.get("look", (0.0, 0.0))
        good = isinstance(actions, (list, tuple)) and isinstance(axes, dict) and isinstance(look, (list, tuple))
        if not good or not all(isinstance(a, str) and a in ACTIONS for a in actions) or set(axes) - set(AXES):
            raise InputError(Problem(where, "name what no player does", got=str(data)[:80]))
        numbers = [*axes.values(), *look]
        if len(look) != 2 or not all(isinstance(v, (int, float)) and math.isfinite(v) for v in numbers):
            raise InputError(Problem(where, "hold what is no number", got=str(data)[:80]))
        clipped = {str(name): min(max(float(value), -1.0), 1.0) for name, value in axes.items()}
        return cls(frozenset(actions), clipped, (math.remainder(float(look[0]), math.tau), _pitch(float(look[1]))))


def _pitch(angle: float) -> float:
    return min(max(angle, -1.5), 1.5)


REST = Inputs()
"""Nothing is done."""
