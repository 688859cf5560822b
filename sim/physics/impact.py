"""Which parts struck each other in a step, when, and how hard.

Owns the search for impacts. Reading every contact of every step in Python costs more than the step itself, so only
parts that move, and those near them, are read; contacts only when one of these changed its velocity by more than
gravity did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from sim.physics.engine import Engine
from sim.pose import Array, angular_velocity

THRESHOLD = 0.05     # m/s: slower touches are no impacts; also Bullet's restitution threshold
REVIEW_STEPS = 10    # how often it is decided anew who moves
STILL = 2e-5         # m: who moved less since the last review is still


@dataclass(frozen=True)
class Impact:
    """One pair of parts that met in a step; rows as in `Engine.parts`, the rest as in `Event`."""

    part_a: int
    part_b: int
    time: float
    position: Array
    normal: Array
    impulse: float
    speed: float


class ImpactWatch:
    """Steps an engine and reports impacts.

    Args:
        engine: What is stepped.
        radius: ``(n,)`` m, of a ball about each movable part's centre of mass that holds the part.
        gravity: ``(3,)`` m/s².
    """

    def __init__(self, engine: Engine, radius: Array, gravity: Array):
        self._engine, self._radius = engine, radius
        self._fall = np.asarray(gravity, float) * engine.dt
        self.restart()

    def restart(self) -> None:
        """Begins anew, after the engine's state was set from outside."""
        self._place, self._turn = self._engine.read_centers()
        self._velocity, rate = self._engine.read_velocities()
        self._turn_before = self._turn  # the turn rate of the first step is taken from the engine
        self._rate: Array | None = rate
        self._reviewed = self._place
        self._rows = np.arange(len(self._place))
        self._countdown = REVIEW_STEPS

    def stir(self, row: int) -> None:
        """Looks at a part from the next step on, since something outside pushes it."""
        if row not in self._rows:
            self._rows = np.union1d(self._rows, [row])

    def step(self) -> list[Impact]:
        """Advances one step; impacts in it, in the order of time."""
        engine, rows = self._engine, self._rows
        engine.step()
        impacts: list[Impact] = []
        if len(rows):
            place, turn = engine.read_centers(rows)
            velocity = (place - self._place[rows]) / engine.dt  # exact for Bullet's semi-implicit Euler step
            change = velocity - self._velocity[rows]
            squared = np.minimum(np.einsum("ij,ij->i", change, change), np.einsum("ij,ij->i", change - self._fall, change - self._fall))
            if np.any(struck := squared > THRESHOLD**2):
                impacts = self._impacts(rows[struck])
            self._remember(rows, place, turn, velocity)
        self._countdown -= 1
        if self._countdown == 0:
            self._review()
        return impacts

    def _remember(self, rows: Array, place: Array, turn: Array, velocity: Array) -> None:
        if self._turn_before is self._turn:
            self._turn_before = self._turn.copy()
            self._place, self._turn, self._velocity = self._place.copy(), self._turn.copy(), self._velocity.copy()
        self._rate = None
        self._turn_before[rows] = self._turn[rows]
        self._place[rows], self._turn[rows], self._velocity[rows] = place, turn, velocity

    def _impacts(self, struck: Array) -> list[Impact]:
        """Impacts of the struck parts, from the engine's contacts and the velocities before the step."""
        contacts = self._engine.contacts(int(struck[0]) if len(struck) == 1 else None)
        n = self._engine.n_movable
        hit = np.zeros(len(self._engine.parts) + 1, bool)
        hit[struck] = True
        keep = (contacts.force > 0) & (hit[contacts.part_a] | hit[contacts.part_b])
        a, b, position, normal, distance, force = (
            values[keep] for values in (contacts.part_a, contacts.part_b, contacts.position, contacts.normal, contacts.distance, contacts.force))
        if not len(a):
            return []
        rate = self._rate if self._rate is not None else angular_velocity(self._turn_before, self._turn, self._engine.dt)

        def surface_velocity(part: Array) -> Array:
            moving = part < n
            row = np.where(moving, part, 0)
            arm = position - self._place[row]
            return np.where(moving[:, None], self._velocity[row] + np.cross(rate[row], arm), 0.0)

        approach = -np.einsum("ij,ij->i", surface_velocity(a) - surface_velocity(b), normal)
        found = []
        for pair in np.unique(np.stack([a, b], axis=1), axis=0):
            at = np.flatnonzero((a == pair[0]) & (b == pair[1]))
            speed = float(approach[at].max())
            if speed < THRESHOLD:
                continue
            first = at[np.argmax(approach[at])]
            back = min(max(float(-distance[first]) / speed, 0.0), self._engine.dt)
            weight = force[at] / force[at].sum()
            swap = pair[0] >= n  # what does not move comes second
            found.append(Impact(
                int(pair[swap * 1]), int(pair[1 - swap * 1]), (self._engine.step_count - 1) * self._engine.dt - back,
                weight @ position[at], normal[first] * (-1 if swap else 1), float(force[at].sum() * self._engine.dt), speed))
        return sorted(found, key=lambda impact: impact.time)

    def _review(self) -> None:
        """Decides who is read from now on: parts that moved since the last review, and those they could reach before the next."""
        self._countdown = REVIEW_STEPS
        place, turn = self._engine.read_centers()
        moving = np.flatnonzero(np.linalg.norm(place - self._reviewed, axis=1) > STILL)
        still = np.ones(len(place), bool)
        still[self._rows] = False
        self._place, self._turn, self._velocity = place.copy(), turn.copy(), np.where(still[:, None], 0.0, self._velocity)
        self._turn_before = np.where(still[:, None], turn, self._turn_before)
        self._reviewed = place
        if len(moving) * 2 > len(place) or not len(place):
            self._rows = np.arange(len(place))
            return
        if not len(moving):
            self._rows = moving
            return
        reach = self._radius + np.linalg.norm(self._velocity, axis=1) * self._engine.dt * REVIEW_STEPS * 2 + 0.05
        tree = cKDTree(place)
        near = tree.query_ball_point(place[moving], reach[moving] + reach.max())
        rows = set(moving.tolist())
        for i, candidates in zip(moving, near, strict=True):
            candidates = np.asarray(candidates)
            apart = np.linalg.norm(place[candidates] - place[i], axis=1)
            rows.update(candidates[apart < reach[i] + reach[candidates]].tolist())
        self._rows = np.array(sorted(rows))
