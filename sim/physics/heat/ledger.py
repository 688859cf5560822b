"""Where every joule went."""

from __future__ import annotations

from dataclasses import dataclass, field

ACCOUNTS = {
    "solid": "heat in solid things",
    "melt": "carried away by melt",
    "crumbs": "carried away by crumbs and chips",
    "air": "given to the air",
    "radiation": "radiated away",
    "ground": "given to what is too large to warm",
    "steam": "carried away by steam",
    "dent": "spent on crushing craters",
    "kinetic": "lost by blows",
    "sun": "taken from the sun",
}
SOURCES = ("kinetic", "sun")


@dataclass
class Ledger:
    """The accounts of a run, J.

    `start` is the heat in solid things at the beginning, with that of things that joined later; what is in them now
    and what left or came makes up for the difference.
    """

    start: float = 0.0
    flows: dict[str, float] = field(default_factory=dict)
    turnover: float = 0.0

    def book(self, account: str, joules: float) -> None:
        """Books joules that left the solid things, or came in: `kinetic`, `sun`."""
        self.flows[account] = self.flows.get(account, 0.0) + joules
        self.turnover += abs(joules)

    def join(self, joules: float) -> None:
        """A thing joins with its heat."""
        self.start += joules

    def residual(self, solid: float) -> float:
        """J that are missing, given the heat in solid things now; 0 but for rounding."""
        came = sum(self.flows.get(name, 0.0) for name in SOURCES)
        left = sum(joules for name, joules in self.flows.items() if name not in SOURCES)
        return self.start + came - left - solid

    def closure(self, solid: float) -> float:
        """The residual as part of all that was turned over."""
        return abs(self.residual(solid)) / max(self.turnover, abs(self.start - solid), 1e-3)

    def rows(self, solid: float) -> dict[str, float]:
        """Every account in J; what solid things lost first."""
        return {"solid": self.start - solid} | {name: self.flows[name] for name in ACCOUNTS if name in self.flows}

    def copy(self) -> Ledger:
        """A copy of its own."""
        return Ledger(self.start, dict(self.flows), self.turnover)
