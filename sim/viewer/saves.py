"""Saved moments: sealed, so that one that is cut short, edited, or of another world or version is refused."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import numpy as np

from sim.errors import InputError, Problem
from sim.world.state import State

MAGIC = b"PROPHOUSE SAVE 1\n"
_ARRAYS = ("position", "orientation", "linear_velocity", "angular_velocity", "joint_position", "joint_velocity", "lit")


def seal(head: dict[str, Any], payload: bytes) -> bytes:
    """A save: a head of plain data (whose it is), the payload, and a hash over both."""
    text = json.dumps(head).encode()
    body = len(text).to_bytes(4, "little") + text + payload
    return MAGIC + hashlib.sha256(body).digest() + body


def unseal(data: bytes, head: dict[str, Any], where: str) -> bytes:
    """The payload of a save.

    Args:
        data: The file's bytes.
        head: What the head must say.
        where: The file, for errors.

    Raises:
        InputError: It is no save, another version's, cut short or edited, or of something else.
    """
    if not data.startswith(b"PROPHOUSE SAVE "):
        raise InputError(Problem(where, "is no saved game"))
    if not data.startswith(MAGIC):
        raise InputError(Problem(where, "was saved by another version", MAGIC.decode().strip()))
    seal_, body = data[len(MAGIC) : len(MAGIC) + 32], data[len(MAGIC) + 32 :]
    if len(body) < 4 or hashlib.sha256(body).digest() != seal_:
        raise InputError(Problem(where, "is cut short or was edited"))
    length = int.from_bytes(body[:4], "little")
    found = json.loads(body[4 : 4 + length])
    for name, wanted in head.items():
        if found.get(name) != wanted:
            raise InputError(Problem(f"{where}: {name}", "is another", _short(wanted), _short(found.get(name))))
    return body[4 + length :]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def state_bytes(state: State) -> bytes:
    """A state as a payload."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, step=np.int64(state.step), **{name: getattr(state, name) for name in _ARRAYS})
    return buffer.getvalue()


def state_of(payload: bytes, like: State) -> State:
    """The state in a payload of `state_bytes`; names come from a state of the same world."""
    with np.load(io.BytesIO(payload), allow_pickle=False) as file:
        arrays = {name: file[name] for name in _ARRAYS}
        step = int(file["step"])
    return State(step, like.step_hz, like.parts, joints=like.joints, lamps=like.lamps, **arrays)
