"""A PyBullet world that steps, with settings that are physics and not PyBullet's defaults.

Owns every PyBullet id. Outside, a rigid part is a row: the movable parts come first (their order is the order of the
arrays in a State), then static things. Knows nothing of assets' files, pictures or runners.

Why the settings differ from PyBullet's defaults:

| setting                          | because                                                                     |
|----------------------------------|-----------------------------------------------------------------------------|
| linear, angular damping 0        | the default 0.04 gives everything a terminal speed of 15 m/s                 |
| contactProcessingThreshold 0     | predictive contacts eat restitution by luck of phase (bullet3 #3094)         |
| contactERP 0.02                  | the default 0.08 adds up to 12 % energy to a bounce; 0 lets stacks sink      |
| deterministicOverlappingPairs 1  | without it a restored state takes another path                               |
| restitution threshold 4 g dt     | at the default's 0.2 m/s (or a fixed 0.05) small bounces stop too early, or   |
|                                  | a flat steel thing on a floor rattles for ever: no bounce is shorter than 8 steps |
| numSubSteps 0                    | contacts of earlier sub-steps cannot be seen                                 |
| maxJointVelocity 1e4             | the default stops free bodies at 100 m/s                                     |
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.assets.substance import SurfaceSpec
from sim.errors import InputError, Problem
from sim.physics import relief as reliefs
from sim.physics.body import Body, Contacts, RayHits, Snapshot
from sim.physics.build import Build
from sim.physics.bullet import bullet, scratch, silenced
from sim.physics.rest import resting, worth_a_trial
from sim.pose import Array, Pose, multiply, rotate

BOUNCE_STEPS = 8  # flights shorter than this end in rest
NOBODY, MERGED = -1, -2  # in place of a row: a body that is not ours; several static things in one body
RAYS_PER_CALL = 16_000  # PyBullet's limit is 16,384


class Engine:
    """A PyBullet world of its own: built from bodies, stepped, read and written by rows.

    | attribute | is                                                        |
    |-----------|-----------------------------------------------------------|
    | parts     | names of all parts: movable ones first, then static ones   |
    | n_movable | how many of them are movable                               |
    | joints    | the joints of articulated bodies, in the order of arrays    |
    | families  | of each movable part, the row of the base it hangs on       |
    """

    def __init__(
        self,
        bodies: Sequence[Body],
        step_hz: int,
        gravity: ArrayLike = (0, 0, -9.81),
        sleeping: bool = True,
        ground: SurfaceSpec | None = None,
        ground_height: float = 0.0,
    ):
        self._p = bullet()
        self._client = self._p.connect(self._p.DIRECT)
        if self._client < 0:
            raise InputError(
                Problem("engine", "PyBullet has no room for another world", hint="close worlds that are done")
            )
        self.step_hz, self.dt, self.sleeping = step_hz, 1.0 / step_hz, sleeping
        self._gravity = tuple(map(float, np.asarray(gravity, float)))
        self._bodies, self._ground, self._ground_height = tuple(bodies), ground, ground_height
        self.step_count = 0
        self._motors: dict[tuple[int, int], tuple[Any, ...]] = {}
        self.reliefs: dict[int, reliefs.Relief] = {}  # what stands in for the colliders of parts, by row
        self._relief_at: dict[int, tuple[int, int]] = {}  # PyBullet's body and shape of each
        self._weights: dict[int, tuple[float, Any]] = {}  # mass and inertia of what was taken out, by row
        self._untouchable: set[int] = set()  # rows of movable parts that touch nothing
        self._asleep = np.empty(0, np.int64)  # rows of what lies still from the start
        self._build()
        if sleeping and worth_a_trial(self._bodies):
            self._asleep = resting(self, self._bodies, self._gravity)
            if self.step_count:
                self._build()
                self.step_count = 0
            self._lay_asleep()

    def rewind(self) -> None:
        """Builds everything anew: to the last bit as it was before the first step, whatever has happened since."""
        self._weights.clear()
        self.reliefs.clear()
        self._untouchable.clear()
        self._build()
        if len(self._asleep):
            self._lay_asleep()
        self.step_count = 0

    def close(self) -> None:
        """Frees what PyBullet holds; the engine is of no use after."""
        if self._client >= 0:
            with contextlib.suppress(Exception):
                self._p.disconnect(self._client)
            self._client = -1

    def __del__(self) -> None:
        if getattr(self, "_client", -1) >= 0:
            self.close()

    # -----------------------------------------------------------------------------------------------------------------
    # Building

    def _build(self) -> None:
        p, c = self._p, self._client
        p.resetSimulation(physicsClientId=c)
        p.setTimeStep(self.dt, physicsClientId=c)
        p.setGravity(*self._gravity, physicsClientId=c)
        p.setPhysicsEngineParameter(
            deterministicOverlappingPairs=1,
            contactERP=0.02,
            numSubSteps=0,
            restitutionVelocityThreshold=max(0.05, BOUNCE_STEPS / 2 * float(np.linalg.norm(self._gravity)) * self.dt),
            physicsClientId=c,
        )
        built = Build(p, c, self._bodies, self.sleeping)
        if self._ground is not None:
            built.add_ground(self._ground, self._ground_height)
        self._rows, self._frames, self._static, self._owners = built.rows, built.frames, built.static, built.owners
        self.joints, self._joint_at, self._carried = built.joints, built.joint_at, built.carried
        self._followers = built.followers
        self._asked: list[tuple[int, Callable[[], None]]] = []
        self._motors.clear()
        for drive in built.drives:
            self._drive(*drive)
        self.n_movable = len(self._rows)
        can_move = {body.name for body in self._bodies if body.motion == "dynamic"}
        self._bodies_move = [row.name in can_move for row in self._rows]
        self.parts = [row.name for row in self._rows] + [body.name for body in self._static]
        self._index()
        for relief in self.reliefs.values():
            self._erect(relief)
        for row in sorted(self._untouchable):
            self._filter(row, False)

    def _index(self) -> None:
        """Splits the rows into those read with one call a body and those read with one call an articulated body.

        Also says for every PyBullet body which row its base is; its links follow in order.
        """
        bases = [(row.body, i) for i, row in enumerate(self._rows) if row.link == -1]
        first = dict(bases)
        self.families = np.array([first[row.body] for row in self._rows], np.int64)
        bases += [
            (number, self.n_movable + owners[0] if len(owners) == 1 else MERGED)
            for number, owners in self._owners.items()
        ]
        self._base_row = np.full(max((number for number, _ in bases), default=0) + 1, NOBODY)
        for number, base in bases:
            self._base_row[number] = base
        self._free = np.array([i for i, row in enumerate(self._rows) if row.link == -1], int)
        self._free_ids = [self._rows[i].body for i in self._free]
        chains: dict[int, list[int]] = {}
        for i, row in enumerate(self._rows):
            if row.link >= 0:
                chains.setdefault(row.body, []).append(i)
        self._chains = list(chains.items())
        self._all = self._free, self._free_ids, self._chains
        self._choice: tuple[Any, tuple[Any, ...]] = (None, self._all)
        self._com_position = np.array([frame.position for frame, _ in self._frames]).reshape(-1, 3)
        self._com_turn = np.array([frame.orientation for frame, _ in self._frames]).reshape(-1, 4)
        self._com_inverse_position = np.array([back.position for _, back in self._frames]).reshape(-1, 3)
        self._com_inverse_turn = np.array([back.orientation for _, back in self._frames]).reshape(-1, 4)
        self._centered = not (np.any(self._com_position) or np.any(self._com_turn[:, :3]))

    def _lay_asleep(self) -> None:
        """Lets what lies still sleep, in a world just built.

        Bullet takes a step to let a body sleep: it is a step without gravity, after which all stands where it stood.
        """
        p, c = self._p, self._client
        before = [*self.read_poses(), *self.read_velocities(), *self.read_joints()]
        p.setGravity(0, 0, 0, physicsClientId=c)
        for row in self._asleep.tolist():
            p.changeDynamics(self._rows[row].body, -1, activationState=p.ACTIVATION_STATE_SLEEP, physicsClientId=c)
        p.stepSimulation(c)
        p.setGravity(*self._gravity, physicsClientId=c)
        self._put(*before)

    # -----------------------------------------------------------------------------------------------------------------
    # Stepping and reading

    def step(self, n: int = 1) -> None:
        """Advances ``n`` steps of ``1 / step_hz`` s."""
        step, client = self._p.stepSimulation, self._client
        if self._asked and n > 0:
            step(client)
            self._ask_again()
            n, self.step_count = n - 1, self.step_count + 1
        for _ in range(n):
            step(client)
        self.step_count += n

    def _ask(self, row: int, act: Callable[[], None]) -> None:
        """Sets a body's speed or pushes it, now and, should it have slept, once more after the next step.

        PyBullet wakes a body only after the step in which it was told to, and forgets in it what it was told.
        """
        act()
        self.wake(row)
        if self.sleeping and self._rows[row].link == -1 and self._bodies_move[row]:
            self._asked.append((row, act))

    def _ask_again(self) -> None:
        asked, self._asked = self._asked, []
        for row, act in asked:
            if not any(chain.from_iterable(self._p.getBaseVelocity(self._rows[row].body, self._client))):
                act()

    def free_rows(self) -> list[int]:
        """Rows of things that can go anywhere, and of the bases of those with joints that can."""
        return [i for i in self._free.tolist() if self._bodies_move[i]]

    def read_poses(self) -> tuple[Array, Array]:
        """Positions ``(n, 3)`` m and orientations ``(n, 4)`` xyzw of all movable parts' own frames."""
        position, orientation = self.read_centers()
        if not self._centered:
            turn = multiply(orientation, self._com_inverse_turn)
            position = position + rotate(orientation, self._com_inverse_position)
            orientation = turn
        return position, orientation

    def read_centers(self, rows: NDArray[np.int64] | None = None) -> tuple[Array, Array]:
        """Positions ``(n, 3)`` of movable parts' centres of mass and orientations ``(n, 4)`` of their principal axes.

        Args:
            rows: Which parts, in rising order; all when left out. Articulated bodies are read whole.
        """
        p, c = self._p, self._client
        some = rows is not None and len(rows) < self.n_movable
        free, ids, chains = self._chosen(rows) if rows is not None and some else self._all
        position, orientation = np.empty((self.n_movable, 3)), np.empty((self.n_movable, 4))
        if ids:
            poses = chain.from_iterable(map(p.getBasePositionAndOrientation, ids, repeat(c)))
            numbers = np.fromiter(chain.from_iterable(poses), float, 7 * len(ids)).reshape(-1, 7)
            position[free], orientation[free] = numbers[:, :3], numbers[:, 3:]
        for number, links in chains:
            states = p.getLinkStates(number, [self._rows[i].link for i in links], 0, 1, c)
            position[links] = [link[4] for link in states]  # links: their own frame, which `_frames` leaves as it is
            orientation[links] = [link[5] for link in states]
        return (position[rows], orientation[rows]) if some else (position, orientation)

    def _chosen(self, rows: NDArray[np.int64]) -> tuple[Any, ...]:
        """Who has to be asked for some rows; kept while the same array is asked for again and again."""
        if self._choice[0] is not rows:
            wanted = np.zeros(self.n_movable, bool)
            wanted[rows] = True
            free = self._free[wanted[self._free]]
            ids = [self._rows[i].body for i in free.tolist()]
            chains = [(number, links) for number, links in self._chains if wanted[links].any()]
            self._choice = rows, (free, ids, chains)
        return self._choice[1]

    def read_velocities(self) -> tuple[Array, Array]:
        """Velocities ``(n, 3)`` m/s of all movable parts' centres of mass, turn rates ``(n, 3)`` rad/s; world axes."""
        p, c = self._p, self._client
        linear, angular = np.empty((self.n_movable, 3)), np.empty((self.n_movable, 3))
        if self._free_ids:
            speeds = chain.from_iterable(map(p.getBaseVelocity, self._free_ids, repeat(c)))
            numbers = np.fromiter(chain.from_iterable(speeds), float, 6 * len(self._free_ids)).reshape(-1, 6)
            linear[self._free], angular[self._free] = numbers[:, :3], numbers[:, 3:]
        for number, rows in self._chains:
            links = p.getLinkStates(number, [self._rows[i].link for i in rows], 1, 0, c)
            linear[rows] = [link[6] for link in links]
            angular[rows] = [link[7] for link in links]
        for row in self._carried:  # they move about the centre of mass of what carries them
            part = self._rows[row]
            link = p.getLinkState(part.body, part.link, 0, 1, c)
            arm = np.array(link[4]) + rotate(np.array(link[5]), self._com_inverse_position[row]) - link[0]
            linear[row] += np.cross(angular[row], arm)
        return linear, angular

    def read_joints(self) -> tuple[Array, Array]:
        """Positions and velocities ``(j,)`` of all joints, in rad and rad/s, or m and m/s."""
        if not self._joint_at:
            return np.empty(0), np.empty(0)
        states = [self._p.getJointState(number, link, self._client) for number, link in self._joint_at]
        return np.array([s[0] for s in states]), np.array([s[1] for s in states])

    def write_pose(self, row: int, pose: Pose) -> None:
        """Puts a body that is no articulated part somewhere, at once; its velocity becomes zero."""
        world = pose @ self._frames[row][0]
        self._p.resetBasePositionAndOrientation(
            self._rows[row].body, world.position.tolist(), world.orientation.tolist(), physicsClientId=self._client
        )
        self.wake(row)

    @property
    def door(self) -> tuple[Any, int]:
        """PyBullet and the client, for the rest of this floor."""
        return self._p, self._client

    def body(self, row: int) -> int:
        """PyBullet's number of the body that a movable part belongs to."""
        return self._rows[row].body

    def link(self, row: int) -> int:
        """PyBullet's index of a movable part in its body, −1 for a base."""
        return self._rows[row].link

    def pose_in_link(self, row: int) -> Pose:
        """Where a part is in the frame of PyBullet's link that it belongs to."""
        return self._frames[row][1] if row in self._carried else Pose()

    def com_pose(self, row: int, pose: Pose) -> Pose:
        """Where PyBullet puts the base of a movable part whose own frame is at ``pose``."""
        return pose @ self._frames[row][0]

    @property
    def joint_at(self) -> list[tuple[int, int]]:
        """PyBullet's body and link of every joint."""
        return self._joint_at

    def rows_at(self, numbers: Sequence[int], links: Sequence[int], position: Array) -> NDArray[np.int64]:
        """Rows ``(n,)`` of PyBullet's bodies and links; of a merged static body, by the place ``(n, 3)``."""
        return self._rows_at(numbers, links, position)

    def follows(self, joint: int) -> bool:
        """Whether a joint (index into `joints`) follows another one."""
        return self._joint_at[joint] in self._followers

    def free_joint(self, joint: int) -> None:
        """Takes every motor off a joint (index into `joints`)."""
        self._free_joint(*self._joint_at[joint])

    def write(
        self, position: Array, orientation: Array, linear: Array, angular: Array, joints: Array, speeds: Array
    ) -> None:
        """Puts every movable part where a state says; contacts are found anew, so the next step is not bit-exact."""
        self._put(position, orientation, linear, angular, joints, speeds)
        for i in self._free.tolist():
            self.wake(i)
            if linear[i].any() or angular[i].any():
                self.write_velocity(i, linear[i], angular[i])

    def _put(
        self, position: Array, orientation: Array, linear: Array, angular: Array, joints: Array, speeds: Array
    ) -> None:
        """Puts every movable part where a state says; who sleeps sleeps on."""
        p, c = self._p, self._client
        position, orientation = (
            position + rotate(orientation, self._com_position),
            multiply(orientation, self._com_turn),
        )
        for i in self._free:
            number = self._rows[i].body
            p.resetBasePositionAndOrientation(number, position[i].tolist(), orientation[i].tolist(), physicsClientId=c)
            p.resetBaseVelocity(number, linear[i].tolist(), angular[i].tolist(), physicsClientId=c)
        for (number, link), q, v in zip(self._joint_at, joints, speeds, strict=True):
            p.resetJointState(number, link, float(q), float(v), physicsClientId=c)

    def set_collides(self, row: int, collides: bool) -> None:
        """Whether a movable part touches anything at all; it stays so when the engine goes back to another moment."""
        (self._untouchable.discard if collides else self._untouchable.add)(row)
        self._filter(row, collides)

    def _filter(self, row: int, collides: bool) -> None:
        part, group = self._rows[row], int(collides)
        self._p.setCollisionFilterGroupMask(part.body, part.link, group, -group, physicsClientId=self._client)

    def take_out(self, row: int) -> None:
        """Makes a free body fixed and untouchable where it is; forces and gravity pass it by."""
        p, c, body = self._p, self._client, self._rows[row].body
        if row not in self._weights:
            info = p.getDynamicsInfo(body, -1, physicsClientId=c)
            self._weights[row] = info[0], info[2]
        p.resetBaseVelocity(body, [0, 0, 0], [0, 0, 0], physicsClientId=c)
        p.changeDynamics(body, -1, mass=0.0, physicsClientId=c)
        for link in range(-1, p.getNumJoints(body, physicsClientId=c)):
            p.setCollisionFilterGroupMask(body, link, 0, 0, physicsClientId=c)

    def put_back(self, row: int) -> None:
        """Undoes `take_out`."""
        p, c, body = self._p, self._client, self._rows[row].body
        mass, inertia = self._weights.pop(row)
        if mass > 0:
            p.changeDynamics(body, -1, mass=mass, localInertiaDiagonal=inertia, physicsClientId=c)
        for link in range(-1, p.getNumJoints(body, physicsClientId=c)):
            p.setCollisionFilterGroupMask(body, link, 1, -1, physicsClientId=c)
        for other in sorted(self._untouchable):
            if self._rows[other].body == body:
                self._filter(other, False)
        self.wake(row)

    def read_body(self, row: int) -> tuple[Any, ...]:
        """Of one free body: place of its centre of mass m, turn of its principal axes xyzw, m/s, rad/s; as tuples."""
        number, c = self._rows[row].body, self._client
        return (*self._p.getBasePositionAndOrientation(number, c), *self._p.getBaseVelocity(number, c))

    def write_center(self, row: int, position: ArrayLike, orientation: ArrayLike) -> None:
        """Puts a free body's centre of mass and principal axes somewhere at once; it keeps its velocity."""
        at, turn = np.asarray(position, float).tolist(), np.asarray(orientation, float).tolist()
        self._p.resetBasePositionAndOrientation(self._rows[row].body, at, turn, physicsClientId=self._client)
        self.wake(row)

    def mass(self, row: int) -> float:
        """kg of a movable part."""
        part = self._rows[row]
        return float(self._p.getDynamicsInfo(part.body, part.link, physicsClientId=self._client)[0])

    def set_mass(self, row: int, mass: float) -> None:
        """Gives a movable part another mass, kg, spread as before."""
        p, c, part = self._p, self._client, self._rows[row]
        info = p.getDynamicsInfo(part.body, part.link, physicsClientId=c)
        inertia = [x * mass / info[0] for x in info[2]]
        p.changeDynamics(part.body, part.link, mass=mass, localInertiaDiagonal=inertia, physicsClientId=c)

    def surface(self, row: int) -> tuple[float, float]:
        """Friction and restitution of a movable part."""
        part = self._rows[row]
        info = self._p.getDynamicsInfo(part.body, part.link, physicsClientId=self._client)
        return float(info[1]), float(info[5])

    def set_surface(self, row: int, friction: float, restitution: float) -> None:
        """Gives a movable part another friction and restitution, each a factor of a pair's."""
        part = self._rows[row]
        self._p.changeDynamics(
            part.body, part.link, lateralFriction=friction, restitution=restitution, physicsClientId=self._client
        )

    def set_gravity(self, gravity: ArrayLike) -> None:
        """Another gravity, m/s², until the engine is rewound."""
        self._p.setGravity(*np.asarray(gravity, float).tolist(), physicsClientId=self._client)

    def stand_in(self, relief: reliefs.Relief) -> None:
        """Lets heights stand in for the collider of a part from now on, or changes them; wakes what rests on it."""
        known, self.reliefs[relief.row] = relief.row in self.reliefs, relief
        if not known:
            self._wake_touching(self._rows[relief.row].body)
            self._erect(relief)
            return
        body, shape = self._relief_at[relief.row]
        self._wake_touching(body)
        reliefs.put(self._p, self._client, body, shape, relief)

    def take_down(self, row: int) -> None:
        """Undoes `stand_in`, but leaves the part as `take_out` does."""
        if self.reliefs.pop(row, None) is not None:
            body, _ = self._relief_at.pop(row)
            self._wake_touching(body)
            self._p.removeBody(body, physicsClientId=self._client)

    def _erect(self, relief: reliefs.Relief) -> None:
        self.take_out(relief.row)
        body, shape = reliefs.build(self._p, self._client, relief)
        self._relief_at[relief.row] = body, shape
        missing = body + 1 - len(self._base_row)
        self._base_row = np.append(self._base_row, np.full(max(missing, 0), NOBODY))
        self._base_row[body] = relief.row

    def _wake_touching(self, body: int) -> None:
        for point in self._p.getContactPoints(bodyA=body, physicsClientId=self._client) or ():
            base = int(self._base_row[point[2]])
            if 0 <= base < self.n_movable:
                self.wake(base)

    def wake(self, row: int) -> None:
        """Lets a sleeping body take notice."""
        if self.sleeping:
            self._p.changeDynamics(
                self._rows[row].body, -1, activationState=self._p.ACTIVATION_STATE_WAKE_UP, physicsClientId=self._client
            )

    def write_velocity(self, row: int, linear: ArrayLike, angular: ArrayLike) -> None:
        """Sets the velocity, m/s, and turn rate, rad/s, of a free body."""
        body, v, w = self._rows[row].body, np.asarray(linear, float).tolist(), np.asarray(angular, float).tolist()
        self._ask(row, lambda: self._p.resetBaseVelocity(body, v, w, physicsClientId=self._client))

    def apply_force(self, row: int, force: ArrayLike, at: ArrayLike) -> None:
        """Pushes a part with ``force`` N at a place ``at`` in m, both world, during the next step."""
        part, f, place = self._rows[row], np.asarray(force, float).tolist(), np.asarray(at, float).tolist()
        self._ask(
            row,
            lambda: self._p.applyExternalForce(
                part.body, part.link, f, place, self._p.WORLD_FRAME, physicsClientId=self._client
            ),
        )

    def apply_torque(self, row: int, torque: ArrayLike) -> None:
        """Turns a part with ``torque`` N m about world axes during the next step."""
        part, t = self._rows[row], np.asarray(torque, float).tolist()
        self._ask(
            row,
            lambda: self._p.applyExternalTorque(
                part.body, part.link, t, self._p.WORLD_FRAME, physicsClientId=self._client
            ),
        )

    def apply_wrench(
        self,
        row: int,
        force: tuple[float, float, float],
        at: tuple[float, float, float],
        torque: tuple[float, float, float],
    ) -> None:
        """Pushes a part with a force, N, at a place, m, and turns it, N m, during the next step; the quick way."""
        p, c, part = self._p, self._client, self._rows[row]
        self.wake(row)
        p.applyExternalForce(part.body, part.link, force, at, p.WORLD_FRAME, c)
        p.applyExternalTorque(part.body, part.link, torque, p.WORLD_FRAME, c)

    def command(self, joint: int, mode: str, target: float, effort: float | None = None) -> None:
        """Drives a joint until commanded otherwise.

        Args:
            joint: Index into `joints`.
            mode: ``position`` (rad, m), ``velocity`` (rad/s, m/s) or ``torque`` (N m, N; the next step only).
            target: What to reach.
            effort: The largest torque or force; the joint's own limit when left out.
        """
        p = self._p
        modes = {"position": p.POSITION_CONTROL, "velocity": p.VELOCITY_CONTROL, "torque": p.TORQUE_CONTROL}
        limit = self.joints[joint].effort if effort is None else effort
        number, link = self._joint_at[joint]
        self._ask(int(self._base_row[number]), lambda: self._drive(number, link, modes[mode], target, limit))

    def drive(
        self,
        joints: Sequence[int],
        mode: str,
        targets: Sequence[float],
        efforts: Sequence[float],
        gains: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        """Drives several joints of one body, which must be awake, with one call.

        Args:
            joints: Indices into `joints`.
            mode: As in `command`.
            targets: What each is to reach.
            efforts: The largest torque or force of each.
            gains: Factors on PyBullet's position gain and velocity gain.
        """
        p, c = self._p, self._client
        at = [self._joint_at[i] for i in joints]
        number, links = at[0][0], [link for _, link in at]
        if mode == "torque":
            for (body, link), target in zip(at, targets, strict=True):
                self._drive(body, link, p.TORQUE_CONTROL, target, 0.0)
            return
        kind, key = (
            (p.POSITION_CONTROL, "targetPositions") if mode == "position" else (p.VELOCITY_CONTROL, "targetVelocities")
        )
        more: dict[str, Any] = {key: list(targets)}
        if gains != (1.0, 1.0):
            more |= {"positionGains": [0.1 * gains[0]] * len(links), "velocityGains": [gains[1]] * len(links)}
        p.setJointMotorControlArray(number, links, kind, forces=list(efforts), physicsClientId=c, **more)
        for place, target, effort in zip(at, targets, efforts, strict=True):
            self._motors[place] = (kind, target, effort)

    def _drive(self, number: int, link: int, mode: int, target: float, effort: float) -> None:
        p, c = self._p, self._client
        if mode == p.TORQUE_CONTROL:
            if self._motors.get((number, link), (None,))[0] != "free":
                self._free_joint(number, link)
            p.setJointMotorControl2(number, link, mode, force=float(target), physicsClientId=c)
            return
        key = "targetPosition" if mode == p.POSITION_CONTROL else "targetVelocity"
        p.setJointMotorControl2(number, link, mode, force=float(effort), **{key: float(target)}, physicsClientId=c)
        self._motors[number, link] = (mode, float(target), float(effort))

    def _free_joint(self, number: int, link: int) -> None:
        """Takes PyBullet's default motor off a joint, so that only torques drive it."""
        self._p.setJointMotorControl2(number, link, self._p.VELOCITY_CONTROL, force=0.0, physicsClientId=self._client)
        self._motors[number, link] = ("free",)

    # -----------------------------------------------------------------------------------------------------------------
    # Contacts and rays

    def detect(self) -> None:
        """Finds contacts without stepping."""
        self._p.performCollisionDetection(physicsClientId=self._client)

    def contacts(self, rows: Iterable[int] | None = None) -> Contacts:
        """Where parts touch after the last step: all contacts, or those of some movable parts.

        Args:
            rows: Which parts; each contact comes once for every part of these that has a share in it, as part a.
        """
        p, c = self._p, self._client
        if rows is None:
            points = p.getContactPoints(physicsClientId=c) or ()
        else:
            parts = [self._rows[i] for i in rows]
            points = [
                q
                for part in parts
                for q in p.getContactPoints(bodyA=part.body, linkIndexA=part.link, physicsClientId=c) or ()
            ]
        if not points:
            none = np.empty(0, np.int64)
            return Contacts(none, none, np.empty((0, 3)), np.empty((0, 3)), np.empty(0), np.empty(0))
        _, body_a, body_b, link_a, link_b, _, on_b, normals, distance, force, *_ = zip(*points, strict=True)
        position, normal = (
            np.fromiter(chain.from_iterable(v), float, 3 * len(points)).reshape(-1, 3) for v in (on_b, normals)
        )
        return Contacts(
            self._rows_at(body_a, link_a, position),
            self._rows_at(body_b, link_b, position),
            position,
            normal,
            np.array(distance),
            np.array(force),
        )

    def cast_rays(self, origins: ArrayLike, ends: ArrayLike) -> RayHits:
        """What rays from ``origins`` ``(n, 3)`` to ``ends`` ``(n, 3)``, in m, meet first."""
        p, c = self._p, self._client
        a, b = np.atleast_2d(np.asarray(origins, float)), np.atleast_2d(np.asarray(ends, float))
        hits: list[tuple] = []
        for start in range(0, len(a), RAYS_PER_CALL):
            stop = start + RAYS_PER_CALL
            hits += p.rayTestBatch(a[start:stop].tolist(), b[start:stop].tolist(), numThreads=1, physicsClientId=c)
        position = np.array([h[3] for h in hits]).reshape(-1, 3)
        normal = np.array([h[4] for h in hits]).reshape(-1, 3)
        part = self._rows_at([h[0] for h in hits], [h[1] for h in hits], position)
        return RayHits(part, np.array([h[2] for h in hits]), position, normal)

    def cast_few(self, origins: Sequence[Any], ends: Sequence[Any]) -> list[tuple[int, float, Any, Any]]:
        """What a few rays meet first: row or −1, part of the way, place m, normal; tuples: the quick way for wheels."""
        hits = self._p.rayTestBatch(origins, ends, numThreads=1, physicsClientId=self._client)
        found = []
        for number, link, fraction, place, normal in hits:
            row = int(self._base_row[number]) if number >= 0 else NOBODY
            if row == MERGED:
                row = int(self._rows_at([number], [link], np.array([place]))[0])
            elif 0 <= row < self.n_movable:
                row += link + 1
            found.append((row, fraction, place, normal))
        return found

    def _rows_at(self, numbers: Sequence[int], links: Sequence[int], position: Array) -> NDArray[np.int64]:
        """Rows ``(n,)`` of PyBullet's bodies and links; of a merged static body, by the place ``(n, 3)``."""
        number, link = np.asarray(numbers, np.int64), np.asarray(links, np.int64)
        base = np.where(number >= 0, self._base_row[number], NOBODY) if len(number) else number
        rows = np.where((base >= 0) & (base < self.n_movable), base + link + 1, base)
        merged = base == MERGED
        for one in np.unique(number[merged]).tolist():
            at = merged & (number == one)
            rows[at] = self.n_movable + self._nearest(self._owners[one], position[at])
        return rows

    def _nearest(self, owners: list[int], places: Array) -> NDArray[np.int64]:
        """Which of the primitives in one compound has its surface at each place ``(n, 3)``."""
        outside = np.empty((len(owners), len(places)))  # signed distances, m
        for k, i in enumerate(owners):
            body = self._static[i]
            assert body.collider is not None
            inner = Pose(body.collider.pose.position * body.scale, body.collider.pose.orientation)
            local = np.abs((body.pose @ inner).inverse.apply(places))
            kind, size = body.collider.kind, np.array(body.collider.size) * body.scale
            if kind == "box":
                outside[k] = np.max(local - size / 2, axis=1)
            elif kind == "cylinder":
                outside[k] = np.maximum(np.hypot(local[:, 0], local[:, 1]) - size[0], local[:, 2] - size[1] / 2)
            else:  # a sphere is a capsule without a straight part
                straight = size[1] / 2 - size[0] if kind == "capsule" else 0.0
                local[:, 2] = np.maximum(local[:, 2] - straight, 0.0)
                outside[k] = np.linalg.norm(local, axis=1) - size[0]
        return np.asarray(owners)[np.argmin(outside, axis=0)]

    # -----------------------------------------------------------------------------------------------------------------
    # Save and restore

    @property
    def restores_exactly(self) -> bool:
        """Whether PyBullet's own restore continues bit for bit: no sleeping, no compounds, no articulated bodies."""
        compound = any(len(owners) > 1 for owners in self._owners.values()) or any(
            body.collider is not None and len(body.collider.corners) > 1 for body in self._bodies
        )
        return not (self.sleeping or compound or self._chains)

    def save(self) -> Snapshot:
        """A snapshot from which every continuation is bit-identical, this run's own included.

        Where PyBullet's restore is not exact the engine is rebuilt from the snapshot on the spot (the canonical
        checkpoint), so this run goes on exactly as one that starts from it.
        """
        handle, name = tempfile.mkstemp(suffix=".bullet", dir=scratch())
        os.close(handle)
        try:
            self._p.saveBullet(name, physicsClientId=self._client)
            data = Path(name).read_bytes()
        finally:
            os.unlink(name)
        motors = tuple((self._joint_at.index(key), *value) for key, value in self._motors.items())
        snapshot = Snapshot(self.step_count, data, motors, tuple(self.reliefs.values()))
        if self.reliefs or not self.restores_exactly:
            self.restore(snapshot)
        return snapshot

    def restore(self, snapshot: Snapshot) -> None:
        """Goes back to a snapshot of this engine, or of one built from the same bodies."""
        if self.reliefs or snapshot.reliefs or not self.restores_exactly:
            wanted = {relief.row: relief for relief in snapshot.reliefs}
            for row in self.reliefs.keys() - wanted.keys():
                self._weights.pop(row, None)
            self.reliefs = wanted
            self._build()
            if len(self._asleep):
                self._lay_asleep()
        start = self.read_centers()
        handle, name = tempfile.mkstemp(suffix=".bullet", dir=scratch())
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(snapshot.bullet)
            with silenced():
                self._p.restoreState(fileName=name, physicsClientId=self._client)
        finally:
            os.unlink(name)
        self._wake_moved(*start)
        for joint, *motor in snapshot.motors:
            number, link = self._joint_at[joint]
            if motor[0] == "free":
                self._free_joint(number, link)
            else:
                mode, target, effort = motor
                self._drive(number, link, mode, target, effort)
        self.step_count = snapshot.step

    def _wake_moved(self, place: Array, turn: Array) -> None:
        """Wakes those laid asleep that are not where they were laid."""
        if len(self._asleep):
            now, now_turn = self.read_centers()
            speed = np.abs(np.hstack(self.read_velocities())).max(axis=1)
            moved = np.any(now != place, axis=1) | np.any(now_turn != turn, axis=1) | (speed > 0)
            for row in self._asleep[np.isin(self._asleep, self.families[moved])].tolist():
                self.wake(row)

    def version(self) -> str:
        """PyBullet's version."""
        from importlib.metadata import version

        return version("pybullet")
