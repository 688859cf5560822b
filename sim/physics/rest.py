"""Which things of a world lie still from its first step on, so that they may begin asleep.

Bullet lets a thing sleep after two seconds of rest, which in a world of hundreds cost more than a minute of the rest of
the run. So a large world is tried once for a quarter of a second: what neither falls, turns nor moves in it is
at rest. The answer depends on nothing but the bodies, and is kept between runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.assets.asset import Collider, cache_folder, keep
from sim.physics.body import Body

if TYPE_CHECKING:
    from sim.physics.engine import Engine

MANY = 100  # things that can move: with fewer it is not worth a trial
TRIAL = 0.25  # s
SUNK = 0.005  # m: how far a thing at rest may sink onto what it stands on
TURNED = 0.02  # rad
STILL = 0.02  # m/s at the end of the trial
_VERSION = 2


def worth_a_trial(bodies: Sequence[Body]) -> bool:
    """Whether there are so many things that those at rest should begin asleep."""
    return sum(body.motion == "dynamic" for body in bodies) >= MANY


def resting(engine: Engine, bodies: Sequence[Body], gravity: ArrayLike) -> NDArray[np.int64]:
    """Rows of the things that lie still; steps the engine unless the answer is known."""
    path = _kept(bodies, engine.step_hz, gravity)
    try:
        return np.array(json.loads(path.read_text("ascii")), np.int64)
    except (OSError, ValueError):
        rows = _try(engine)
        keep(path, json.dumps(rows.tolist()).encode())
        return rows


def _try(engine: Engine) -> NDArray[np.int64]:
    place, turn = engine.read_centers()
    engine.step(round(TRIAL * engine.step_hz))
    later, later_turn = engine.read_centers()
    angle = 2 * np.arccos(np.clip(np.abs(np.sum(turn * later_turn, axis=1)), 0, 1))
    speed = np.linalg.norm(engine.read_velocities()[0], axis=1)
    still = (np.linalg.norm(later - place, axis=1) < SUNK) & (angle < TURNED) & (speed < STILL)
    moving = set(engine.families[~still].tolist())  # a thing with joints rests as a whole
    jointed = np.flatnonzero(np.bincount(engine.families) > 1).tolist()  # also those that stand fast
    bases = sorted({*engine.free_rows(), *jointed} - moving)
    return np.array(bases, np.int64)


def _kept(bodies: Sequence[Body], step_hz: int, gravity: ArrayLike) -> Path:
    """Where the answer for these bodies is kept."""
    digest = hashlib.sha256(f"{_VERSION} {step_hz} {np.asarray(gravity, float).tolist()}".encode())
    shapes: dict[int, bytes] = {}
    for body in bodies:
        if id(body.collider) not in shapes:
            shapes[id(body.collider)] = _shape(body.collider)
        said = (body.name, body.motion, body.scale, body.mass, body.velocity, body.angular_velocity, body.positions)
        digest.update(repr((said, body.surface.model_dump(), body.joints, body.surfaces)).encode())
        digest.update(body.pose.position.tobytes() + body.pose.orientation.tobytes() + shapes[id(body.collider)])
        digest.update(body.model.read_bytes() if body.model else b"")
    key = digest.hexdigest()
    return cache_folder().parent / "rest" / key[:2] / f"{key[2:]}.json"


def _shape(collider: Collider | None) -> bytes:
    if collider is None:
        return b""
    parts = [repr((collider.kind, collider.size)).encode(), collider.pose.position.tobytes()]
    parts += [collider.pose.orientation.tobytes(), *(np.ascontiguousarray(c).tobytes() for c in collider.corners)]
    return b"".join(parts)
