"""Which parts struck each other in a step, when, and how hard.

Owns the search for impacts. PyBullet hands out poses and contacts one body and one contact at a time, which for every
body and every step would cost more than the steps. So only parts that move, and those near them, are read, and
contacts only of those whose velocity changed by more than gravity does.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from sim.physics.body import Contacts
from sim.physics.engine import Engine
from sim.pose import Array, angular_velocity, cross

SLOWEST = 0.05  # m/s: slower touches are no impacts, however small the steps
SETTLING_STEPS = 4  # nor are those no faster than a fall of so many steps, which Bullet lets not bounce either
LASTING = 0.02  # s: a pair that touched so short a time ago, or that touches elsewhere, still touches, and
LASTING_FACTOR = 2.0  # needs so much more speed for its next corner to count as a blow of its own
STILL = 0.02  # m/s: who is slower, corners included, is still
REVIEW_STEPS = 5  # how often it is decided anew who moves
RUB_EVERY = 0.05  # s: how often what lasts, slips or rolls is looked at
RUBBING = 0.05  # m/s: slower touches make no noise
FEW = 120  # contacts of less than a sixth of so many parts are asked for part by part, in a world of hundreds
FEW_MOVING = 24  # so many are compared with all; for more a tree is faster
FULL_REVIEW = 20, 160  # steps after which the still ones are looked at as well: at first, and when all stays still


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


@dataclass(frozen=True)
class Rub:
    """One pair of parts that has touched for a while and slips or rolls; `force` in N, `slip` in m/s."""

    part_a: int
    part_b: int
    position: Array
    normal: Array
    force: float
    slip: float


class ImpactWatch:
    """Steps an engine and reports impacts; `rubs` holds what was found to rub in the last step.

    Args:
        engine: What is stepped.
        radius: ``(n,)`` m, of a ball about each movable part's centre of mass that holds the part.
        gravity: ``(3,)`` m/s².
    """

    def __init__(self, engine: Engine, radius: Array, gravity: Array):
        self._engine, self._radius = engine, radius
        self._fall = np.asarray(gravity, float) * engine.dt
        self._threshold = max(SLOWEST, SETTLING_STEPS * float(np.linalg.norm(self._fall)))
        self._held = np.zeros(len(radius), bool)  # parts whose motion is prescribed: they are no one's news
        self._lasting = max(2, round(LASTING / engine.dt))
        self._rub_every = max(1, round(RUB_EVERY / engine.dt))
        self._still = STILL * REVIEW_STEPS * engine.dt  # m in one review
        falling = 0.5 * REVIEW_STEPS * float(np.linalg.norm(self._fall))
        self._steady = (
            falling or STILL
        )  # m/s: whose speed changes by more in one review may be at the top of its flight
        self.restart()

    def restart(self) -> None:
        """Begins anew, after the engine's state was set from outside."""
        self._place, self._turn = self._engine.read_centers()
        self._velocity, self._rate = self._engine.read_velocities()  # before the coming step
        self._turn_before = self._turn.copy()
        self._first = True  # until a step was read, turn rates are the engine's
        self._reviewed = self._place.copy(), self._turn.copy(), self._velocity.copy()
        self._rows = np.flatnonzero(~self._held)
        self._countdown, self._full_every = REVIEW_STEPS, FULL_REVIEW[0]
        self._until_full = self._full_every
        self._touched: dict[int, int] = {}  # pair -> the last step in which it was seen to touch
        self._rubbed: set[int] = set()  # pairs that touched when last looked at
        self.rubs: list[Rub] = []

    def stir(self, row: int) -> None:
        """Looks at a part and all that hangs on it from the next step on, since something outside pushes it."""
        if row not in self._rows:
            self._watch(self._families(np.append(self._rows, row)))

    def hold(self, rows: NDArray[np.int64], held: bool) -> None:
        """Whether the motion of parts is prescribed: then only what runs into them is watched."""
        self._held[rows] = held
        self._rows = self._rows[~self._held[self._rows]]
        if not held:
            self._watch(np.union1d(self._rows, rows))

    def carry(self, rows: NDArray[np.int64], velocity: ArrayLike) -> None:
        """Says how fast held parts go, m/s: what runs into them runs into that."""
        self._velocity[rows] = velocity

    def step(self) -> list[Impact]:
        """Advances one step; impacts in it, in the order of time."""
        engine, rows = self._engine, self._rows
        engine.step()
        impacts: list[Impact] = []
        self.rubs = []
        if len(rows):
            place, turn = engine.read_centers(rows)
            velocity = (place - self._place[rows]) / engine.dt  # exact for Bullet's semi-implicit Euler step
            change = velocity - self._velocity[rows]
            unfallen = change - self._fall
            squared = np.minimum(np.einsum("ij,ij->i", change, change), np.einsum("ij,ij->i", unfallen, unfallen))
            struck = squared > (self._threshold / 2) ** 2  # of two that meet, one changes by half their speed at least
            if struck.any():
                impacts = self._impacts(rows[struck])
            if engine.step_count % self._rub_every == 0:
                self.rubs = self._find_rubs(rows, velocity)
            self._turn_before[rows] = self._turn[rows]
            self._place[rows], self._turn[rows], self._velocity[rows] = place, turn, velocity
            self._first = False
        self._countdown -= 1
        if self._countdown == 0:
            self._review()
        return impacts

    # -----------------------------------------------------------------------------------------------------------------
    # Impacts

    def _impacts(self, struck: NDArray[np.int64]) -> list[Impact]:
        """Impacts of the struck parts, from the engine's contacts and the velocities before the step."""
        contacts = self._contacts(struck)
        if not np.any(contacts.force > 0):
            return []
        a, b, position, normal = contacts.part_a, contacts.part_b, contacts.position, contacts.normal
        approach = -np.einsum(
            "ij,ij->i", self._surface_velocity(a, position) - self._surface_velocity(b, position), normal
        )
        return self._events(a, b, position, normal, contacts.distance, contacts.force, approach)

    def _contacts(self, of: NDArray[np.int64]) -> Contacts:
        """Each contact of some parts once; part a is the one with the lower row, so movable ones come first."""
        few = len(of) * 6 < max(len(self._rows), FEW)
        contacts = self._engine.contacts(of.tolist() if few else None)
        hit = np.zeros(len(self._engine.parts) + 1, bool)
        hit[of] = True
        hit_a, hit_b = hit[contacts.part_a], hit[contacts.part_b]
        keep = (hit_a | hit_b) & (np.minimum(contacts.part_a, contacts.part_b) >= 0)
        if few:  # between two of these, a contact comes twice
            keep &= ~(hit_a & hit_b & (contacts.part_a > contacts.part_b))
        a, b, normal = contacts.part_a[keep], contacts.part_b[keep], contacts.normal[keep]
        return Contacts(
            np.minimum(a, b),
            np.maximum(a, b),
            contacts.position[keep],
            np.where((a > b)[:, None], -normal, normal),
            contacts.distance[keep],
            contacts.force[keep],
        )

    # -----------------------------------------------------------------------------------------------------------------
    # Rubs

    def _find_rubs(self, rows: NDArray[np.int64], velocity: Array) -> list[Rub]:
        """Pairs that touched when last looked at and still do, and slip or roll."""
        moved = np.einsum("ij,ij->i", velocity, velocity)
        turned = angular_velocity(self._turn_before[rows], self._turn[rows], self._engine.dt)
        moved += np.einsum("ij,ij->i", turned, turned) * self._radius[rows] ** 2
        moving = rows[moved > RUBBING**2]
        before, self._rubbed = self._rubbed, set()
        if not len(moving):
            return []
        contacts = self._contacts(moving)
        key = contacts.part_a * len(self._engine.parts) + contacts.part_b
        key[contacts.force <= 0] = -1
        self._rubbed = set(key.tolist()) - {-1}
        return [rub for pair in sorted(self._rubbed & before) if (rub := self._rub(contacts, key == pair))]

    def _rub(self, contacts: Contacts, which: NDArray[np.bool_]) -> Rub | None:
        """How one pair rubs, from its contacts; None when it neither slips nor rolls."""
        a, b, position = contacts.part_a[which], contacts.part_b[which], contacts.position[which]
        force = contacts.force[which]
        weight = force / force.sum()
        normal = weight @ contacts.normal[which]
        normal /= max(float(np.linalg.norm(normal)), 1e-9)
        of_b = weight @ self._surface_velocity(b, position)
        slip = _along(weight @ self._surface_velocity(a, position) - of_b, normal)
        rolls = max(_along(self._velocity[i] - of_b, normal) for i in (a[0], b[0]) if i < self._engine.n_movable)
        if max(slip, rolls) < RUBBING:
            return None
        return Rub(int(a[0]), int(b[0]), weight @ position, normal, float(force.sum()), slip)

    def _surface_velocity(self, part: NDArray[np.int64], position: Array) -> Array:
        """Velocities ``(k, 3)`` before the step of points ``(k, 3)`` on parts ``(k,)``."""
        moving = part < self._engine.n_movable
        row = np.where(moving, part, 0)
        rate = (
            self._rate[row]
            if self._first
            else angular_velocity(self._turn_before[row], self._turn[row], self._engine.dt)
        )
        velocity = self._velocity[row] + cross(rate, position - self._place[row])
        return np.where(moving[:, None], velocity, 0.0)

    def _events(
        self,
        a: NDArray[np.int64],
        b: NDArray[np.int64],
        position: Array,
        normal: Array,
        distance: Array,
        force: Array,
        approach: Array,
    ) -> list[Impact]:
        """One impact for each pair whose contacts came together fast enough."""
        dt, step = self._engine.dt, self._engine.step_count
        key = a * len(self._engine.parts) + b
        order = np.argsort(key, kind="stable")
        start = np.flatnonzero(np.diff(key[order], prepend=-1))
        pairs = key[order[start]].tolist()
        pushing = force > 0
        speed = np.maximum.reduceat(np.where(pushing, approach, -np.inf)[order], start)
        last = np.array(list(map(self._touched.get, pairs, repeat(-self._lasting - 1))))
        self._touched.update(zip(pairs, repeat(step), strict=False))
        gap_before = np.minimum.reduceat((distance + approach * dt)[order], start)  # m, at the step before
        lasting = (gap_before <= 0) | (step - last <= self._lasting)
        least = np.where(lasting, LASTING_FACTOR, 1.0) * self._threshold
        found = []
        for i in np.flatnonzero(speed >= least):
            at = order[start[i] : start[i + 1] if i + 1 < len(start) else None]
            at = at[pushing[at]]
            first = at[np.argmax(approach[at])]
            back = min(max(float(-distance[first]) / float(speed[i]), 0.0), dt)
            weight = force[at] / force[at].sum()
            found.append(
                Impact(
                    int(a[first]),
                    int(b[first]),
                    (step - 1) * dt - back,
                    weight @ position[at],
                    normal[first],
                    float(force[at].sum() * dt),
                    float(speed[i]),
                )
            )
        return sorted(found, key=lambda impact: impact.time)

    # -----------------------------------------------------------------------------------------------------------------
    # Who is read

    def _review(self) -> None:
        """Decides who is read from now on: parts that move, and those they could reach before the next review.

        What is still can only be set off by what is near it, by a push (`stir`), or by losing its hold, which goes so
        slowly at first that looking at everything now and then is enough.
        """
        self._countdown = REVIEW_STEPS
        self._until_full -= REVIEW_STEPS
        rows = self._rows
        if self._until_full <= 0:
            rows = np.union1d(rows, self._look_at_all())
        if not len(rows):
            return
        now = self._place[rows], self._turn[rows], self._velocity[rows]
        change = np.linalg.norm(now[2] - self._reviewed[2][rows], axis=1)
        moving = rows[(self._drift(rows, *now[:2]) > self._still) | (change > self._steady)]
        for reviewed, values in zip(self._reviewed, now, strict=True):
            reviewed[rows] = values
        if len(moving) * 2 > len(self._place):
            self._watch(np.arange(len(self._place)))
        else:
            self._watch(self._families(self._near(moving)) if len(moving) else moving)

    def _drift(self, rows: NDArray[np.int64], place: Array, turn: Array) -> Array:
        """How far, m, any point of parts ``(k,)`` can have come since the last review."""
        before, turn_before = self._reviewed[0][rows], self._reviewed[1][rows]
        half_angle = np.minimum(np.linalg.norm(turn - turn_before, axis=1), np.linalg.norm(turn + turn_before, axis=1))
        return np.linalg.norm(place - before, axis=1) + 2 * half_angle * self._radius[rows]

    def _look_at_all(self) -> NDArray[np.int64]:
        """Parts nobody watched that move all the same; everything is read."""
        place, turn = self._engine.read_centers()
        unseen = np.setdiff1d(np.flatnonzero(~self._held), self._rows, assume_unique=True)
        woken = unseen[self._drift(unseen, place[unseen], turn[unseen]) > self._still]
        self._place[unseen], self._turn[unseen], self._turn_before[unseen] = place[unseen], turn[unseen], turn[unseen]
        still = np.setdiff1d(unseen, woken, assume_unique=True)
        self._reviewed[0][still], self._reviewed[1][still] = place[still], turn[still]
        if len(woken):
            self._velocity[woken] = self._reviewed[2][woken] = self._engine.read_velocities()[0][woken]
            self._rows = np.union1d(self._rows, woken)
        self._full_every = FULL_REVIEW[0] if len(woken) else min(2 * self._full_every, FULL_REVIEW[1])
        self._until_full = self._full_every
        step = self._engine.step_count
        self._touched = {pair: last for pair, last in self._touched.items() if step - last <= self._lasting}
        return woken

    def _near(self, moving: NDArray[np.int64]) -> NDArray[np.int64]:
        """The moving parts and all that they could touch before the next review."""
        ahead = np.zeros(len(self._place))
        ahead[moving] = np.linalg.norm(self._velocity[moving], axis=1) + np.linalg.norm(self._fall) * REVIEW_STEPS
        reach = self._radius + ahead * (2 * REVIEW_STEPS * self._engine.dt) + 0.05
        if len(moving) <= FEW_MOVING:
            away = self._place[None] - self._place[moving][:, None]
            touching = np.einsum("ijk,ijk->ij", away, away) < (reach[None] + reach[moving][:, None]) ** 2
            return np.union1d(moving, np.flatnonzero(touching.any(axis=0)))
        candidates = cKDTree(self._place).query_ball_point(self._place[moving], reach[moving] + reach.max())
        who = np.repeat(moving, [len(c) for c in candidates])
        near = np.concatenate([np.asarray(c, np.int64) for c in candidates])
        apart = np.linalg.norm(self._place[near] - self._place[who], axis=1)
        return np.union1d(moving, near[apart < reach[near] + reach[who]])

    def _families(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Parts and all that hangs together with them by joints."""
        family = self._engine.families
        wanted = np.zeros(len(family), bool)
        wanted[family[rows]] = True
        return np.flatnonzero(wanted[family])

    def _watch(self, rows: NDArray[np.int64]) -> None:
        """Reads these from now on; who comes new was still until now."""
        rows = rows[~self._held[rows]]
        if np.array_equal(rows, self._rows):
            return
        new = np.setdiff1d(rows, self._rows, assume_unique=True)
        if len(new):
            self._place[new], self._turn[new] = self._engine.read_centers(new)
            self._turn_before[new], self._velocity[new] = self._turn[new], 0.0
            self._reviewed[0][new], self._reviewed[1][new] = self._place[new], self._turn[new]
            self._reviewed[2][new] = 0.0
        self._rows = rows


def _along(velocity: Array, normal: Array) -> float:
    """How fast, m/s, a velocity ``(3,)`` runs along a surface with a unit normal ``(3,)``."""
    return float(np.linalg.norm(velocity - (velocity @ normal) * normal))
