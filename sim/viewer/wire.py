"""What goes over the WebSocket.

To a client: binary frames of poses, and JSON. A frame holds only parts whose quantised pose changed since the client's
last one, each as a whole, so a client that lags misses frames and never a change. From a client: small JSON messages;
everything about them is checked here.

A frame, little-endian:

| bytes | is                                                              |
|-------|-----------------------------------------------------------------|
| 1     | 1                                                                |
| 1     | 1: every part is in it                                           |
| 2     | n parts                                                          |
| 4     | the tick it shows                                                |
| 8     | s on the server's clock, float64                                 |
| 8     | s of the world's time, float64                                   |
| 17 n  | row uint16; high parts of x, y, z int16; low parts uint8; three uint16 of the turn |

A place is 24 bits an axis, in units of the grid's step. A turn is its three smallest components (15 bits each, range
±1/√2), the sign chosen so that the fourth, whose index is in the top bits of the first two, is positive.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.pose import Array

HEAD = struct.Struct("<BBHIdd")
RECORD = np.dtype([("row", "<u2"), ("high", "<i2", 3), ("low", "u1", 3), ("turn", "<u2", 3)])
FINEST = 1 / 4096  # m: a grid of 24 bits reaches 2 km either way
REACH = 2**23 - 1  # steps from the origin
HALF_TURN = 32767
MAX_PARTS = 65_535

MAX_MESSAGE = 8192  # bytes a client may send at once
MAX_HELD, MAX_AXES, MAX_TEXT = 64, 32, 64


# ---------------------------------------------------------------------------------------------------------------------
# To the client


def grid_step(reach: float) -> float:
    """The finest step, m, whose 24 bits hold places up to ``reach`` m from the origin."""
    return FINEST * 2.0 ** max(0, math.ceil(math.log2(max(reach, 1e-9) / (FINEST * REACH))))


def pack(position: Array, orientation: Array, step: float) -> NDArray[Any]:
    """Records ``(n,)`` of `RECORD` of places ``(n, 3)`` m and turns ``(n, 4)`` xyzw."""
    out = np.zeros(len(position), RECORD)
    out["row"] = np.arange(len(position))
    place = np.nan_to_num(np.asarray(position, float) / step)
    steps = np.clip(np.rint(place), -REACH, REACH).astype(np.int32)
    out["high"], out["low"] = steps >> 8, steps & 255
    out["turn"] = _smallest_three(np.asarray(orientation, float))
    return out


def _smallest_three(q: Array) -> NDArray[np.uint16]:
    largest = np.argmax(np.abs(q), axis=1)
    rows = np.arange(len(q))
    q = q * np.where(q[rows, largest] < 0, -1.0, 1.0)[:, None]
    rest = q[rows[:, None], _OTHERS[largest]]
    value = np.rint((np.clip(rest * math.sqrt(0.5), -0.5, 0.5) + 0.5) * HALF_TURN).astype(np.uint16)
    value[:, 0] |= ((largest & 1) << 15).astype(np.uint16)
    value[:, 1] |= ((largest >> 1) << 15).astype(np.uint16)
    return value


_OTHERS = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])


def unpack(records: NDArray[Any], step: float) -> tuple[Array, Array]:
    """Places ``(n, 3)`` m and turns ``(n, 4)`` xyzw of records ``(n,)``: what a client sees."""
    position = (records["high"].astype(float) * 256 + records["low"]) * step
    turn = records["turn"].astype(np.int32)
    largest = (turn[:, 0] >> 15) | (turn[:, 1] >> 15 << 1)
    rest = ((turn & 32767) / HALF_TURN - 0.5) / math.sqrt(0.5)
    q = np.empty((len(records), 4))
    rows = np.arange(len(records))
    q[rows[:, None], _OTHERS[largest]] = rest
    q[rows, largest] = np.sqrt(np.maximum(1 - np.sum(rest * rest, axis=1), 0.0))
    return position, q


class PoseTable:
    """The newest record of every part and the tick at which it last changed.

    Args:
        n: How many parts.

    Raises:
        InputError: There are more parts than a record can name.
    """

    def __init__(self, n: int):
        if n > MAX_PARTS:
            raise InputError(Problem("view", "has too many movable parts", f"at most {MAX_PARTS}", str(n)))
        self.records = np.zeros(n, RECORD)
        self.records["row"] = np.arange(n)
        self.changed = np.full(n, -1, np.int64)
        self.tick = -1

    def update(self, tick: int, records: NDArray[Any]) -> NDArray[Any]:
        """Takes the records ``(n,)`` of all parts; returns those that are not as before."""
        before, now = self.records.view(np.uint8).reshape(-1, 17), records.view(np.uint8).reshape(-1, 17)
        new = (before != now).any(axis=1) | (self.changed < 0)
        return self.take(tick, records[new])

    def take(self, tick: int, records: NDArray[Any]) -> NDArray[Any]:
        """Takes the records of some parts; returns them."""
        rows = records["row"]
        self.records[rows], self.changed[rows], self.tick = records, tick, tick
        return records

    def since(self, tick: int) -> NDArray[Any]:
        """Records of the parts that changed after a tick; of all when it is −1."""
        return self.records[self.changed > tick] if tick >= 0 else self.records


def frame(tick: int, clock: float, time: float, records: NDArray[Any], whole: bool = False) -> bytes:
    """The bytes of a frame."""
    return HEAD.pack(1, int(whole), len(records), tick, clock, time) + records.tobytes()


def read_frame(data: bytes) -> tuple[int, float, float, NDArray[Any]]:
    """Tick, clock, time and records of a frame's bytes."""
    _, _, n, tick, clock, time = HEAD.unpack_from(data)
    return tick, clock, time, np.frombuffer(data, RECORD, n, HEAD.size)


# ---------------------------------------------------------------------------------------------------------------------
# From the client


class Refused(Exception):
    """A message that is none; says why."""


@dataclass(frozen=True)
class Held:
    """What a player does at a moment: actions held, axes −1 to 1, where it looks (yaw, pitch in rad)."""

    held: frozenset[str] = frozenset()
    axes: dict[str, float] = field(default_factory=dict)
    look: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Message:
    """One thing that a client said.

    | kind | is                                                               |
    |------|------------------------------------------------------------------|
    | in   | what its player does: `held`                                      |
    | do   | a command: `what`, `values`; its number comes back in the answer   |
    | ack  | the newest tick it has                                            |
    """

    kind: str
    number: int = 0
    ack: int = -1
    held: Held | None = None
    what: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def parse(data: str | bytes) -> Message:
    """The message in what a client sent.

    Raises:
        Refused: It is no message.
    """
    if isinstance(data, bytes) or len(data) > MAX_MESSAGE:
        raise Refused("is no text of at most 8 kB")
    try:
        content = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused("is no JSON") from None
    if not isinstance(content, dict):
        raise Refused("is no object")
    kind, number, ack = content.get("t"), _integer(content.get("n", 0)), _integer(content.get("ack", -1))
    if kind == "in":
        return Message("in", number, ack, held=_held(content))
    if kind == "do":
        what, values = content.get("what"), content.get("values", {})
        if not (isinstance(what, str) and len(what) <= MAX_TEXT and isinstance(values, dict)):
            raise Refused("is no command")
        return Message("do", number, ack, what=what, values=values)
    if kind == "ack":
        return Message("ack", number, ack)
    raise Refused("is of no known kind")


def _no_number(text: str) -> float:
    raise ValueError(text)


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -1 <= value < 2**53:
        raise Refused("has a number that is none")
    return value


def _real(value: Any, low: float, high: float) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) < 1e9:
        raise Refused("has a value that is no number")
    return min(max(float(value), low), high)


def _held(content: dict[str, Any]) -> Held:
    held, axes, look = content.get("held", []), content.get("axes", {}), content.get("look", [0, 0])
    if not (isinstance(held, list) and len(held) <= MAX_HELD and all(_word(item) for item in held)):
        raise Refused("holds no actions")
    if not (isinstance(axes, dict) and len(axes) <= MAX_AXES and all(_word(name) for name in axes)):
        raise Refused("has no axes")
    if not (isinstance(look, list) and len(look) == 2):
        raise Refused("looks nowhere")
    yaw, pitch = _real(look[0], -1e6, 1e6), _real(look[1], -math.pi / 2, math.pi / 2)
    values = {name: _real(value, -1, 1) for name, value in axes.items()}
    return Held(frozenset(held), values, (math.remainder(yaw, 2 * math.pi), pitch))


def _word(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT
