"""Charts of a run's numbers, in one style; the door to Matplotlib.

Says nothing of what the numbers mean: a runner names its axes, lines and limits.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

INK, GRID = "#20242a", "#d9dde3"
COLORS = ("#1f6fb4", "#d1495b", "#2b9348", "#e09f3e", "#6a4c93", "#4a4e57")


@dataclass(frozen=True)
class Line:
    """One curve: ``y`` over ``x``, with a band from ``low`` to ``high`` around it; points instead of a line."""

    x: ArrayLike
    y: ArrayLike
    label: str = ""
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    dashed: bool = False
    points: bool = False


@dataclass(frozen=True)
class Panel:
    """One chart: axes with their units, curves, limits (horizontal) and moments (vertical) with their names."""

    x: str
    y: str
    lines: Sequence[Line]
    title: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    moments: Mapping[str, float] = field(default_factory=dict)
    equal: bool = False
    y_range: tuple[float, float] | None = None


def chart(panels: Sequence[Panel], kind: str = "png", width: float = 8.0, height: float = 3.0) -> bytes:
    """Panels under one another as a picture.

    Args:
        panels: At least one.
        kind: ``png`` or ``svg``.
        width: Of the whole, inches at 110 dots.
        height: Of each panel.
    """
    figure, axes = _figure(len(panels), width, height)
    for axis, panel in zip(axes, panels, strict=True):
        for i, line in enumerate(panel.lines):
            color = COLORS[i % len(COLORS)]
            style = "o" if line.points else "--" if line.dashed else "-"
            axis.plot(line.x, line.y, style, color=color, label=line.label or None, lw=1.6, ms=4)
            if line.low is not None and line.high is not None:
                axis.fill_between(line.x, line.low, line.high, color=color, alpha=0.18, lw=0)
        for name, value in panel.limits.items():
            axis.axhline(value, color="#b00020", lw=1, ls=":")
            axis.annotate(name, (1, value), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8)
        for name, value in panel.moments.items():
            axis.axvline(value, color="#777777", lw=1, ls=":")
            axis.annotate(name, (value, 1), xycoords=("data", "axes fraction"), ha="left", va="top", fontsize=8)
        axis.set(xlabel=panel.x, ylabel=panel.y)
        axis.set_title(panel.title, loc="left", fontsize=10, color=INK)
        if panel.equal:
            axis.set_aspect("equal", adjustable="datalim")
        if panel.y_range:
            axis.set_ylim(*panel.y_range)
        if any(line.label for line in panel.lines):
            axis.legend(frameon=False, fontsize=8)
    return _written(figure, kind)


def font_file() -> Path:
    """A font for words in pictures, with Latin, Greek and Cyrillic letters: DejaVu Sans, which matplotlib brings."""
    from matplotlib import get_data_path

    return Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def matrix(
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    colors: Mapping[str, str],
    title: str = "",
    kind: str = "png",
) -> bytes:
    """A table of words as a picture, each cell in the colour of its word's first part (``pass 12.1`` → ``pass``).

    Args:
        values: ``(r, c)`` texts.
        rows: r names.
        columns: c names.
        colors: By word.
        title: Above it.
        kind: ``png`` or ``svg``.
    """
    cells = np.asarray(values, object)
    figure, (axis,) = _figure(1, 1.8 + 0.95 * len(columns), 1.0 + 0.42 * len(rows))
    axis.set_axis_off()
    table = axis.table(
        cellText=cells.tolist(),
        cellColours=[[colors.get(str(cell).split(" ")[0], "#ffffff") for cell in row] for row in cells],
        rowLabels=list(rows),
        colLabels=list(columns),
        loc="center",
        cellLoc="center",
    )
    table.scale(1, 1.35)
    axis.set_title(title, loc="left", fontsize=10, color=INK)
    return _written(figure, kind)


def _figure(n: int, width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height * n), dpi=110, layout="constrained", facecolor="white")
    axes = figure.subplots(n, 1, squeeze=False)[:, 0]
    for axis in axes:
        axis.grid(color=GRID, lw=0.6)
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8, colors=INK)
    return figure, axes


def _written(figure: Any, kind: str) -> bytes:
    buffer = io.BytesIO()
    metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()
