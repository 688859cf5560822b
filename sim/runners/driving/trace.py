"""What happened in a run, sample by sample, as columns; and as the CSV that others read."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from sim.files import write_whole
from sim.pose import Array

CSV_HZ = 100
EGO = (
    "x", "y", "heading", "speed", "lateral_speed", "acceleration", "lateral_acceleration", "yaw_rate", "way",
    "lateral", "throttle", "brake", "steer", "friction_used", "slide",
)  # fmt: skip
ACTOR = ("x", "y", "heading", "vx", "vy", "acceleration", "way", "due", "beside")
SYSTEM = ("aeb_ttc", "asked")
UNITS = {
    "time": "s", "x": "m", "y": "m", "heading": "rad", "speed": "m/s", "lateral_speed": "m/s", "acceleration": "m/s2",
    "lateral_acceleration": "m/s2", "yaw_rate": "rad/s", "way": "m", "lateral": "m", "throttle": "1", "brake": "1",
    "steer": "rad", "friction_used": "1", "slide": "m/s", "vx": "m/s", "vy": "m/s", "aeb_ttc": "s", "asked": "m/s2",
    "gap": "m", "closing": "m/s", "ttc": "s", "thw": "s", "drac": "m/s2", "distance": "m",
    "due": "m/s", "beside": "m",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Trace:
    """Columns by name, all ``(n,)``: ``time`` s, ``ego.x``, ``target.vx``, …; `rate` samples a second."""

    rate: int
    columns: dict[str, Array]

    @classmethod
    def of_rows(cls, rate: int, names: Sequence[str], rows: Sequence[Sequence[float]]) -> Trace:
        """The trace of rows of numbers."""
        table = np.array(rows, float).reshape(-1, len(names))
        return cls(rate, {name: table[:, i].copy() for i, name in enumerate(names)})

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["time"])

    @property
    def time(self) -> Array:
        """s"""
        return self.columns["time"]

    def with_columns(self, more: Mapping[str, ArrayLike]) -> Trace:
        """The same with more columns."""
        return Trace(self.rate, self.columns | {name: np.asarray(values, float) for name, values in more.items()})

    def index(self, time: float) -> int:
        """The last sample at or before a time in s."""
        return int(np.clip(np.searchsorted(self.time, time + 1e-9, side="right") - 1, 0, len(self) - 1))

    def sha256(self) -> str:
        """The hash of every number, to the last bit."""
        digest = hashlib.sha256()
        for name in sorted(self.columns):
            digest.update(name.encode() + np.ascontiguousarray(self.columns[name]).tobytes())
        return digest.hexdigest()

    def write_csv(self, path: Path) -> None:
        """Writes every column at 100 Hz; between the simulation's own samples values are interpolated straight.

        The first line has names with units. An infinite value is ``inf``.
        """
        n = int(np.floor(self.time[-1] * CSV_HZ + 1e-6)) + 1
        time = np.arange(n) / CSV_HZ
        table = [time] + [_interpolated(time, self.time, v) for k, v in self.columns.items() if k != "time"]
        names = ["time"] + [name for name in self.columns if name != "time"]
        head = ",".join(f"{name} [{UNITS.get(name.rpartition('.')[2], '1')}]" for name in names)
        buffer = io.StringIO()
        np.savetxt(buffer, np.stack(table, axis=1), "%.9g", ",", header=head, comments="")
        write_whole(path, buffer.getvalue().encode())


def _interpolated(at: Array, time: Array, values: Array) -> Array:
    """Straight between samples; where one is infinite the nearer one."""
    if np.isfinite(values).all() or len(time) < 2:
        return np.interp(at, time, values)
    nearest = np.clip(np.searchsorted(time, at - 0.5 * (time[1] - time[0])), 0, len(time) - 1)
    with np.errstate(invalid="ignore"):
        between = np.interp(at, time, values)
    return np.where(np.isfinite(between), between, values[nearest])
