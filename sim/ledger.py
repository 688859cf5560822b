"""Where the heat of a run went: figures for its report, and a chart.

Reads what `sim.world.heat` left in a take; a take of a world without heat gives nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.files import write_whole
from sim.physics.heat.ledger import ACCOUNTS
from sim.plot import Line, Panel, chart
from sim.world.take import Take

LINES = 6  # curves that one panel shows
STEADY = 1.0  # K: what changes by less is not drawn


def heat_sheet(take: Take, folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Metrics of a take's heat, J by account, and the chart ``heat.png`` written beside its report.

    Args:
        take: What was recorded.
        folder: Where the chart goes.

    Returns:
        Metrics and names of files; both empty when nobody reckoned heat.
    """
    if "heat" not in take.fields:
        return {}, []
    heat = take.fields["heat"]
    names = [name for i, name in enumerate(ACCOUNTS) if np.any(heat[:, i])]
    metrics: dict[str, Any] = {f"heat_{name}_J": float(heat[-1, list(ACCOUNTS).index(name)]) for name in names}
    metrics["heat_closure"] = float(heat[:, len(ACCOUNTS)].max())
    melted = sum(event.value for event in take.events if event.kind == "melt")
    if melted:
        metrics["melted_kg"] = melted
    write_whole(folder / "heat.png", chart(heat_panels(take), width=8.0, height=3.2))
    return metrics, ["heat.png"]


def heat_panels(take: Take) -> list[Panel]:
    """The accounts of heat over time, and the temperatures that change most."""
    time = take.steps / take.step_hz
    heat = take.fields["heat"] / 1000
    used = [i for i in range(len(ACCOUNTS)) if np.any(heat[:, i])]
    used = sorted(used, key=lambda i: -np.abs(heat[:, i]).max())[:LINES]
    accounts = list(ACCOUNTS)
    closure = float(take.fields["heat"][:, len(ACCOUNTS)].max())
    kelvin = take.fields["temperature"]
    spread = np.ptp(kelvin, axis=0)
    parts = [i for i in np.argsort(-spread, kind="stable")[:LINES] if spread[i] > STEADY]
    panels = [
        Panel(
            "time (s)",
            "heat (kJ)",
            [Line(time, heat[:, i], f"{accounts[i]}: {ACCOUNTS[accounts[i]]}") for i in used],
            title=f"What solid things lost, and where it went; closes to {closure:.0e}",
        )
    ]
    if parts:
        lines = [Line(time, kelvin[:, i] - 273.15, take.parts[i]) for i in parts]
        panels.append(Panel("time (s)", "temperature (°C)", lines, title="Temperatures"))
    return panels
