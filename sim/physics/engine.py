"""The one door through which worlds step: PyBullet, with settings that are physics and not its defaults.

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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.assets.asset import Collider
from sim.assets.mass import MassProperties
from sim.assets.model import urdf_for_physics
from sim.assets.spec import JointSpec
from sim.assets.substance import SurfaceSpec
from sim.errors import InputError, Problem
from sim.pose import Array, Pose, multiply, rotate

COMPOUND = 16          # shapes PyBullet takes in one compound
HULL_MARGIN = 0.001    # m: Bullet keeps hulls this far apart, so they are made smaller by as much
NO_EFFORT_LIMIT = 1e4  # N m or N: what drives a joint whose file names no limit
BOUNCE_STEPS = 8       # flights shorter than this end in rest
NOBODY, MERGED = -1, -2  # in place of a row: a body that is not ours; several static things in one body
RAYS_PER_CALL = 16_000  # PyBullet's limit is 16,384


def _bullet() -> Any:
    """PyBullet, imported when a world is built: it takes longer to import than most commands take to run."""
    with _silenced():
        import pybullet
    return pybullet


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Keeps what PyBullet's C++ prints (its build time, notes on URDFs) off the terminal."""
    saved = [os.dup(1), os.dup(2)]
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 1)
        os.dup2(null.fileno(), 2)
        try:
            yield
        finally:
            for i, old in enumerate(saved, 1):
                os.dup2(old, i)
                os.close(old)


@dataclass(frozen=True, eq=False)
class Body:
    """One thing to simulate: a rigid one (`collider`, `mass`) or an articulated one (`model`).

    `pose` is that of the thing's own frame; `velocity` (m/s) and `angular_velocity` (rad/s) are of its centre of mass.
    """

    name: str
    motion: str                                # static, kinematic, dynamic
    pose: Pose
    surface: SurfaceSpec
    scale: float = 1.0
    collider: Collider | None = None
    mass: MassProperties | None = None
    linear_damping: float = 0.0
    angular_damping: float = 0.0
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angular_velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    model: Path | None = None
    joints: dict[str, JointSpec] = field(default_factory=dict)
    positions: dict[str, float] = field(default_factory=dict)   # start position by joint, rad or m
    surfaces: dict[str, SurfaceSpec] = field(default_factory=dict)  # by part, where it differs


@dataclass(frozen=True, eq=False)
class Contacts:
    """Places where parts touch after the last step; n of them.

    `part_a`, `part_b` ``(n,)`` rows; `position` ``(n, 3)`` m on b; `normal` ``(n, 3)`` from b to a;
    `distance` ``(n,)`` m, negative when inside; `force` ``(n,)`` N along the normal.
    """

    part_a: NDArray[np.int64]
    part_b: NDArray[np.int64]
    position: Array
    normal: Array
    distance: Array
    force: Array


@dataclass(frozen=True, eq=False)
class RayHits:
    """What rays met; n of them.

    `part` ``(n,)`` row or −1; `fraction` ``(n,)`` of the way, 1 when nothing was met; `position`, `normal` ``(n, 3)``.
    """

    part: NDArray[np.int64]
    fraction: Array
    position: Array
    normal: Array


@dataclass(frozen=True)
class Snapshot:
    """Everything a continuation needs, bit for bit, on the same machine and PyBullet wheel."""

    step: int
    bullet: bytes
    motors: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Joint:
    """One joint that moves: its path, its kind and its limits (rad or m; N m or N; rad/s or m/s)."""

    name: str
    kind: str            # revolute, prismatic, spherical, planar
    lower: float
    upper: float
    effort: float
    speed: float


@dataclass
class _Row:
    """Where PyBullet keeps one movable part."""

    name: str
    body: int
    link: int


class Engine:
    """A PyBullet world of its own: built from bodies, stepped, read and written by rows.

    | attribute | is                                                        |
    |-----------|-----------------------------------------------------------|
    | parts     | names of all parts: movable ones first, then static ones   |
    | n_movable | how many of them are movable                               |
    | joints    | the joints of articulated bodies, in the order of arrays    |
    | families  | of each movable part, the row of the base it hangs on       |
    """

    def __init__(self, bodies: Sequence[Body], step_hz: int, gravity: ArrayLike = (0, 0, -9.81), sleeping: bool = True,
                 ground: SurfaceSpec | None = None, ground_height: float = 0.0):
        self._p = _bullet()
        self._client = self._p.connect(self._p.DIRECT)
        if self._client < 0:
            raise InputError(Problem("engine", "PyBullet has no room for another world", hint="close worlds that are done"))
        self.step_hz, self.dt, self.sleeping = step_hz, 1.0 / step_hz, sleeping
        self._gravity = tuple(map(float, np.asarray(gravity, float)))
        self._bodies, self._ground, self._ground_height = tuple(bodies), ground, ground_height
        self.step_count = 0
        self._motors: dict[tuple[int, int], tuple[Any, ...]] = {}
        self._build()

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
            deterministicOverlappingPairs=1, contactERP=0.02, numSubSteps=0,
            restitutionVelocityThreshold=max(0.05, BOUNCE_STEPS / 2 * float(np.linalg.norm(self._gravity)) * self.dt),
            physicsClientId=c)
        self._shapes: dict[tuple[int, float], int] = {}
        self._masses: dict[tuple[int, float], tuple[MassProperties, Pose, Pose]] = {}
        self._rows: list[_Row] = []
        self._frames: list[tuple[Pose, Pose]] = []   # frame_from_com and back, of every row
        self._static: list[Body] = []
        self._owners: dict[int, list[int]] = {}       # static PyBullet id -> indices into _static
        self.joints: list[Joint] = []
        self._joint_at: list[tuple[int, int]] = []
        self._asked: list[tuple[int, Callable[[], None]]] = []
        moving = [b for b in self._bodies if b.motion != "static" and not b.model]
        models = [b for b in self._bodies if b.model]
        for body in moving:
            self._add_rigid(body)
        for body in models:
            self._add_model(body)
        self.n_movable = len(self._rows)
        can_move = {b.name for b in self._bodies if b.motion == "dynamic"}
        self._bodies_move = [row.name in can_move for row in self._rows]
        self._add_static([b for b in self._bodies if b.motion == "static" and not b.model])
        if self._ground is not None:
            plane = p.createCollisionShape(p.GEOM_PLANE, physicsClientId=c)
            self._own_static([Body("ground", "static", Pose(np.array([0, 0, self._ground_height])), self._ground)],
                             p.createMultiBody(0, plane, basePosition=[0, 0, self._ground_height], physicsClientId=c))
        self.parts = [row.name for row in self._rows] + [body.name for body in self._static]
        self._index()

    def _index(self) -> None:
        """Splits the rows into those read with one call a body and those read with one call an articulated body.

        Also says for every PyBullet body which row its base is; its links follow in order.
        """
        bases = [(row.body, i) for i, row in enumerate(self._rows) if row.link == -1]
        first = {number: i for number, i in bases}
        self.families = np.array([first[row.body] for row in self._rows], np.int64)
        bases += [(number, self.n_movable + owners[0] if len(owners) == 1 else MERGED) for number, owners in self._owners.items()]
        self._base_row = np.full(max((number for number, _ in bases), default=0) + 1, NOBODY)
        for number, row in bases:
            self._base_row[number] = row
        self._free = np.array([i for i, row in enumerate(self._rows) if row.link == -1], int)
        self._free_ids = [self._rows[i].body for i in self._free]
        chains: dict[int, list[int]] = {}
        for i, row in enumerate(self._rows):
            if row.link >= 0:
                chains.setdefault(row.body, []).append(i)
        self._chains = list(chains.items())
        self._com_position = np.array([frame.position for frame, _ in self._frames]).reshape(-1, 3)
        self._com_turn = np.array([frame.orientation for frame, _ in self._frames]).reshape(-1, 4)
        self._com_inverse_position = np.array([back.position for _, back in self._frames]).reshape(-1, 3)
        self._com_inverse_turn = np.array([back.orientation for _, back in self._frames]).reshape(-1, 4)
        self._centered = not (np.any(self._com_position) or np.any(self._com_turn[:, :3]))

    def _add_rigid(self, body: Body) -> None:
        p, c = self._p, self._client
        assert body.collider is not None
        mass, frame, back = self._mass_of(body)
        flags = p.URDF_ENABLE_SLEEPING if self.sleeping else 0
        dynamic = body.motion == "dynamic"
        number = p.createMultiBody(
            baseMass=mass.mass if dynamic else 0.0, baseCollisionShapeIndex=self._shape(body.collider, body.scale),
            basePosition=body.pose.position.tolist(), baseOrientation=body.pose.orientation.tolist(),
            baseInertialFramePosition=mass.center, baseInertialFrameOrientation=frame.orientation.tolist(),
            flags=flags, physicsClientId=c)
        if dynamic:
            p.changeDynamics(number, -1, localInertiaDiagonal=mass.inertia, physicsClientId=c)
        self._touch(number, -1, body.surface, body.linear_damping, body.angular_damping)
        if dynamic and (any(body.velocity) or any(body.angular_velocity)):
            p.resetBaseVelocity(number, list(body.velocity), list(body.angular_velocity), physicsClientId=c)
        self._rows.append(_Row(body.name, number, -1))
        self._frames.append((frame, back))

    def _mass_of(self, body: Body) -> tuple[MassProperties, Pose, Pose]:
        """Scaled mass, the frame of its principal axes and the way back; reckoned once for all bodies that share it."""
        assert body.mass is not None
        key = (id(body.mass), body.scale)
        if key not in self._masses:
            mass = body.mass.scaled(body.scale)
            frame = Pose(np.array(mass.center), np.array(mass.axes))
            self._masses[key] = mass, frame, frame.inverse
        return self._masses[key]

    def _touch(self, number: int, link: int, surface: SurfaceSpec, linear: float = 0.0, angular: float = 0.0) -> None:
        """Sets what PyBullet gets wrong by default; in separate calls, since one call drops some of it on links."""
        p, c = self._p, self._client
        p.changeDynamics(number, link, lateralFriction=surface.dynamic_friction or 0.0, restitution=surface.restitution or 0.0,
                         rollingFriction=surface.rolling_friction or 0.0, spinningFriction=surface.torsional_friction or 0.0,
                         contactProcessingThreshold=0.0, physicsClientId=c)
        p.changeDynamics(number, link, linearDamping=linear, angularDamping=angular, physicsClientId=c)
        p.changeDynamics(number, link, maxJointVelocity=1e4, physicsClientId=c)
        if self.sleeping and link == -1:
            p.changeDynamics(number, -1, activationState=p.ACTIVATION_STATE_ENABLE_SLEEPING, physicsClientId=c)

    def _shape(self, collider: Collider, scale: float) -> int:
        """The PyBullet shape of a collider; made once for all bodies that share it."""
        key = (id(collider), scale)
        if key not in self._shapes:
            self._shapes[key] = self._make_shape(collider, scale)
        return self._shapes[key]

    def _make_shape(self, collider: Collider, scale: float) -> int:
        p, c = self._p, self._client
        if collider.kind == "nothing":
            return -1
        place = {"collisionFramePosition": (collider.pose.position * scale).tolist(),
                 "collisionFrameOrientation": collider.pose.orientation.tolist(), "physicsClientId": c}
        if collider.kind == "triangles":
            return p.createCollisionShape(p.GEOM_MESH, vertices=(collider.corners[0] * scale).tolist(),
                                          indices=np.asarray(collider.faces).reshape(-1).tolist(), physicsClientId=c)
        if collider.kind == "hulls" and len(collider.corners) == 1:
            corners = _less_margin(collider.corners[0] * scale)
            return p.createCollisionShape(p.GEOM_MESH, vertices=corners.tolist(), physicsClientId=c)
        if collider.kind == "hulls":
            return self._compound_of_hulls(collider, scale)
        size = [x * scale for x in collider.size]
        if collider.kind == "box":
            return p.createCollisionShape(p.GEOM_BOX, halfExtents=[x / 2 for x in size], **place)
        if collider.kind == "sphere":
            return p.createCollisionShape(p.GEOM_SPHERE, radius=size[0], **place)
        if collider.kind == "cylinder":
            return p.createCollisionShape(p.GEOM_CYLINDER, radius=size[0], height=size[1], **place)
        return p.createCollisionShape(p.GEOM_CAPSULE, radius=size[0], height=max(size[1] - 2 * size[0], 1e-6), **place)

    def _compound_of_hulls(self, collider: Collider, scale: float) -> int:
        """A compound; PyBullet takes its hulls from obj files only, at most 16 an array."""
        from sim.assets.hull import hull_faces
        from sim.assets.meshfile import write_obj

        p, c = self._p, self._client
        if len(collider.corners) > COMPOUND:
            raise InputError(Problem("collider", "has too many convex pieces", f"at most {COMPOUND}", f"{len(collider.corners)}"))
        paths = []
        for corners in collider.corners:
            handle, name = tempfile.mkstemp(suffix=".obj", dir=_scratch())
            os.close(handle)
            write_obj(_less_margin(corners * scale), hull_faces(corners), Path(name))
            paths.append(name)
        shape = p.createCollisionShapeArray(shapeTypes=[p.GEOM_MESH] * len(paths), fileNames=paths,
                                            meshScales=[[1, 1, 1]] * len(paths), physicsClientId=c)
        for path in paths:
            os.unlink(path)
        return shape

    # Static scenery: primitives share compounds of neighbours, hulls share their shape and need no solver body.

    def _add_static(self, bodies: list[Body]) -> None:
        p, c = self._p, self._client
        bodies = [b for b in bodies if b.collider is not None and b.collider.kind != "nothing"]
        simple = [b for b in bodies if b.collider is not None and b.collider.kind in ("box", "sphere", "cylinder", "capsule")]
        if len(simple) <= 4 * COMPOUND:  # too few to be worth merging
            simple = []
        merged = {id(b) for b in simple}
        flags = p.URDF_ENABLE_SLEEPING if self.sleeping else 0
        for body in bodies:
            if id(body) in merged:
                continue
            assert body.collider is not None
            number = p.createMultiBody(0, self._shape(body.collider, body.scale), -1, body.pose.position.tolist(),
                                       body.pose.orientation.tolist(), useMaximalCoordinates=1, flags=flags, physicsClientId=c)
            self._own_static([body], number)
        for group in _neighbours(simple):
            for start in range(0, len(group), COMPOUND):
                self._add_compound(group[start : start + COMPOUND], flags)

    def _add_compound(self, bodies: list[Body], flags: int) -> None:
        p, c = self._p, self._client
        kinds = {"box": p.GEOM_BOX, "sphere": p.GEOM_SPHERE, "cylinder": p.GEOM_CYLINDER, "capsule": p.GEOM_CAPSULE}
        poses, sizes = [], []
        for body in bodies:
            assert body.collider is not None
            inner = Pose(body.collider.pose.position * body.scale, body.collider.pose.orientation)
            poses.append(body.pose @ inner)
            sizes.append([x * body.scale for x in body.collider.size])
        colliders = [body.collider for body in bodies if body.collider is not None]
        box = [k.kind == "box" for k in colliders]
        shape = p.createCollisionShapeArray(
            shapeTypes=[kinds[k.kind] for k in colliders],
            halfExtents=[[x / 2 for x in s] if b else [0, 0, 0] for s, b in zip(sizes, box, strict=True)],
            radii=[0 if b else s[0] for s, b in zip(sizes, box, strict=True)],
            lengths=[0 if b or len(s) < 2 else (s[1] if k.kind == "cylinder" else max(s[1] - 2 * s[0], 1e-6))
                     for s, b, k in zip(sizes, box, colliders, strict=True)],
            collisionFramePositions=[pose.position.tolist() for pose in poses],
            collisionFrameOrientations=[pose.orientation.tolist() for pose in poses], physicsClientId=c)
        number = p.createMultiBody(0, shape, -1, useMaximalCoordinates=1, flags=flags, physicsClientId=c)
        self._own_static(bodies, number)

    def _own_static(self, bodies: list[Body], number: int) -> None:
        self._owners[number] = list(range(len(self._static), len(self._static) + len(bodies)))
        self._static += bodies
        surface = bodies[0].surface
        self._p.changeDynamics(
            number, -1, lateralFriction=surface.dynamic_friction or 0.0, restitution=surface.restitution or 0.0,
            rollingFriction=surface.rolling_friction or 0.0, spinningFriction=surface.torsional_friction or 0.0,
            contactProcessingThreshold=0.0, physicsClientId=self._client)

    # Articulated models

    def _add_model(self, body: Body) -> None:
        p, c = self._p, self._client
        assert body.model is not None
        number = self._load_model(body)
        inertial = p.getDynamicsInfo(number, -1, physicsClientId=c)[3:5]
        frame = Pose(np.array(inertial[0]), np.array(inertial[1]))
        world = body.pose @ frame
        p.resetBasePositionAndOrientation(number, world.position.tolist(), world.orientation.tolist(), physicsClientId=c)
        p.resetBaseVelocity(number, list(body.velocity), list(body.angular_velocity), physicsClientId=c)
        root = p.getBodyInfo(number, physicsClientId=c)[0].decode()
        self._rows.append(_Row(body.name, number, -1))
        self._frames.append((frame, frame.inverse))
        self._touch(number, -1, body.surfaces.get(root, body.surface), body.linear_damping, body.angular_damping)
        kinds = {p.JOINT_REVOLUTE: "revolute", p.JOINT_PRISMATIC: "prismatic", p.JOINT_SPHERICAL: "spherical", p.JOINT_PLANAR: "planar"}
        known = set()
        for i in range(p.getNumJoints(number, physicsClientId=c)):
            info = p.getJointInfo(number, i, physicsClientId=c)
            joint, part = info[1].decode(), info[12].decode()
            self._rows.append(_Row(f"{body.name}/{part}", number, i))
            self._frames.append((Pose(), Pose()))
            self._touch(number, i, body.surfaces.get(part, body.surface), body.linear_damping, body.angular_damping)
            known.add(joint)
            if info[2] in kinds:
                self._add_joint(body, number, i, joint, kinds[info[2]], info)
        unknown = (set(body.joints) | set(body.positions)) - known
        if unknown:
            from sim.errors import unknown_name
            raise unknown_name(body.name, "joint", sorted(unknown)[0], known)

    def _load_model(self, body: Body) -> int:
        p, c = self._p, self._client
        assert body.model is not None
        fixed = body.motion != "dynamic"
        flags = p.URDF_USE_INERTIA_FROM_FILE | (p.URDF_ENABLE_SLEEPING if self.sleeping else 0)
        try:
            with _silenced():
                if body.model.suffix.lower() == ".urdf":
                    return p.loadURDF(_stripped(body.model), useFixedBase=int(fixed), globalScaling=body.scale, flags=flags,
                                      physicsClientId=c)
                numbers = p.loadMJCF(str(body.model), flags=flags, physicsClientId=c)
        except self._p.error as error:
            raise InputError(Problem(f"{body.name}: {body.model}", "PyBullet cannot load the model", got=str(error))) from None
        keep = max(numbers, key=lambda n: p.getNumJoints(n, physicsClientId=c))
        for number in numbers:
            if number != keep:
                p.removeBody(number, physicsClientId=c)
        return keep

    def _add_joint(self, body: Body, number: int, link: int, name: str, kind: str, info: tuple) -> None:
        p, c = self._p, self._client
        spec = body.joints.get(name, JointSpec())
        lower, upper, effort, speed = info[8:12]
        if lower > upper:
            lower, upper = -np.inf, np.inf
        if effort <= 0:
            effort = NO_EFFORT_LIMIT
        self.joints.append(Joint(f"{body.name}/{name}", kind, lower, upper, effort, speed))
        self._joint_at.append((number, link))
        start = body.positions.get(name, spec.position or 0.0)
        if kind in ("revolute", "prismatic"):
            if not lower - 1e-6 <= start <= upper + 1e-6:
                start = min(max(start, lower), upper) if name not in body.positions else _refuse_start(body, name, start, lower, upper)
            p.resetJointState(number, link, start, physicsClientId=c)
            hold = spec.motor and effort > 0
            self._drive(number, link, p.POSITION_CONTROL if hold else p.VELOCITY_CONTROL, start if hold else 0.0,
                        effort if hold else spec.friction or 0.0)
            if spec.damping is not None:
                p.changeDynamics(number, link, jointDamping=spec.damping, physicsClientId=c)
        else:
            p.setJointMotorControlMultiDof(number, link, p.POSITION_CONTROL, targetPosition=[0, 0, 0, 1], positionGain=0,
                                           velocityGain=0, force=[0, 0, 0], physicsClientId=c)

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
        free, ids, chains = self._free, self._free_ids, self._chains
        if some:
            wanted = np.zeros(self.n_movable, bool)
            wanted[rows] = True
            free = self._free[wanted[self._free]]
            ids = [self._rows[i].body for i in free.tolist()]
            chains = [(number, links) for number, links in self._chains if wanted[links].any()]
        position, orientation = np.empty((self.n_movable, 3)), np.empty((self.n_movable, 4))
        if ids:
            poses = chain.from_iterable(map(p.getBasePositionAndOrientation, ids, repeat(c)))
            numbers = np.fromiter(chain.from_iterable(poses), float, 7 * len(ids)).reshape(-1, 7)
            position[free], orientation[free] = numbers[:, :3], numbers[:, 3:]
        for number, links in chains:
            states = p.getLinkStates(number, [self._rows[i].link for i in links], 0, 1, c)
            position[links] = [link[4] for link in states]     # links: their own frame, which `_frames` leaves as it is
            orientation[links] = [link[5] for link in states]
        return (position[rows], orientation[rows]) if some else (position, orientation)

    def read_velocities(self) -> tuple[Array, Array]:
        """Velocities ``(n, 3)`` m/s of all movable parts' centres of mass and turn rates ``(n, 3)`` rad/s, world axes."""
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
        self._p.resetBasePositionAndOrientation(self._rows[row].body, world.position.tolist(), world.orientation.tolist(),
                                                physicsClientId=self._client)
        self.wake(row)

    def write(self, position: Array, orientation: Array, linear: Array, angular: Array, joints: Array, speeds: Array) -> None:
        """Puts every movable part where a state says; contacts are found anew, so the next step is not bit-exact."""
        p, c = self._p, self._client
        position, orientation = position + rotate(orientation, self._com_position), multiply(orientation, self._com_turn)
        for i in self._free:
            number = self._rows[i].body
            p.resetBasePositionAndOrientation(number, position[i].tolist(), orientation[i].tolist(), physicsClientId=c)
            self.wake(int(i))
            if linear[i].any() or angular[i].any():
                self.write_velocity(int(i), linear[i], angular[i])
            else:
                p.resetBaseVelocity(number, [0, 0, 0], [0, 0, 0], physicsClientId=c)
        for (number, link), q, v in zip(self._joint_at, joints, speeds, strict=True):
            p.resetJointState(number, link, float(q), float(v), physicsClientId=c)

    def wake(self, row: int) -> None:
        """Lets a sleeping body take notice."""
        if self.sleeping:
            self._p.changeDynamics(self._rows[row].body, -1, activationState=self._p.ACTIVATION_STATE_WAKE_UP,
                                   physicsClientId=self._client)

    def write_velocity(self, row: int, linear: ArrayLike, angular: ArrayLike) -> None:
        """Sets the velocity, m/s, and turn rate, rad/s, of a free body."""
        body, v, w = self._rows[row].body, np.asarray(linear, float).tolist(), np.asarray(angular, float).tolist()
        self._ask(row, lambda: self._p.resetBaseVelocity(body, v, w, physicsClientId=self._client))

    def apply_force(self, row: int, force: ArrayLike, at: ArrayLike) -> None:
        """Pushes a part with ``force`` N at a place ``at`` in m, both world, during the next step."""
        part, f, place = self._rows[row], np.asarray(force, float).tolist(), np.asarray(at, float).tolist()
        self._ask(row, lambda: self._p.applyExternalForce(part.body, part.link, f, place, self._p.WORLD_FRAME,
                                                          physicsClientId=self._client))

    def apply_torque(self, row: int, torque: ArrayLike) -> None:
        """Turns a part with ``torque`` N m about world axes during the next step."""
        part, t = self._rows[row], np.asarray(torque, float).tolist()
        self._ask(row, lambda: self._p.applyExternalTorque(part.body, part.link, t, self._p.WORLD_FRAME,
                                                           physicsClientId=self._client))

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
        self._drive(*self._joint_at[joint], modes[mode], target, limit)

    def _drive(self, number: int, link: int, mode: int, target: float, effort: float) -> None:
        p, c = self._p, self._client
        if mode == p.TORQUE_CONTROL:
            if self._motors.get((number, link), (None,))[0] != "free":
                p.setJointMotorControl2(number, link, p.VELOCITY_CONTROL, force=0.0, physicsClientId=c)
                self._motors[number, link] = ("free",)
            p.setJointMotorControl2(number, link, mode, force=float(target), physicsClientId=c)
            return
        key = "targetPosition" if mode == p.POSITION_CONTROL else "targetVelocity"
        p.setJointMotorControl2(number, link, mode, force=float(effort), **{key: float(target)}, physicsClientId=c)
        self._motors[number, link] = (mode, float(target), float(effort))

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
            points = [q for part in parts
                      for q in p.getContactPoints(bodyA=part.body, linkIndexA=part.link, physicsClientId=c) or ()]
        if not points:
            none = np.empty(0, np.int64)
            return Contacts(none, none, np.empty((0, 3)), np.empty((0, 3)), np.empty(0), np.empty(0))
        _, body_a, body_b, link_a, link_b, _, on_b, normals, distance, force, *_ = zip(*points, strict=True)
        position, normal = (np.fromiter(chain.from_iterable(v), float, 3 * len(points)).reshape(-1, 3) for v in (on_b, normals))
        return Contacts(self._rows_at(body_a, link_a, position), self._rows_at(body_b, link_b, position), position, normal,
                        np.array(distance), np.array(force))

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

    def _rows_at(self, numbers: Sequence[int], links: Sequence[int], position: Array) -> NDArray[np.int64]:
        """Rows ``(n,)`` of PyBullet's bodies and links; a merged static body's share is told by the place ``(n, 3)``."""
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
            body.collider is not None and len(body.collider.corners) > 1 for body in self._bodies)
        return not (self.sleeping or compound or self._chains)

    def save(self) -> Snapshot:
        """A snapshot from which every continuation is bit-identical, this run's own included.

        Where PyBullet's restore is not exact the engine is rebuilt from the snapshot on the spot (the canonical
        checkpoint), so this run goes on exactly as one that starts from it.
        """
        handle, name = tempfile.mkstemp(suffix=".bullet", dir=_scratch())
        os.close(handle)
        try:
            self._p.saveBullet(name, physicsClientId=self._client)
            data = Path(name).read_bytes()
        finally:
            os.unlink(name)
        motors = tuple((self._joint_at.index(key), *value) for key, value in self._motors.items())
        snapshot = Snapshot(self.step_count, data, motors)
        if not self.restores_exactly:
            self.restore(snapshot)
        return snapshot

    def restore(self, snapshot: Snapshot) -> None:
        """Goes back to a snapshot of this engine, or of one built from the same bodies."""
        if not self.restores_exactly:
            self._motors.clear()
            self._build()
        handle, name = tempfile.mkstemp(suffix=".bullet", dir=_scratch())
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(snapshot.bullet)
            with _silenced():
                self._p.restoreState(fileName=name, physicsClientId=self._client)
        finally:
            os.unlink(name)
        for joint, mode, *rest in snapshot.motors:
            if mode == "free":
                self._motors.pop(self._joint_at[joint], None)
                self._p.setJointMotorControl2(*self._joint_at[joint], self._p.VELOCITY_CONTROL, force=0.0, physicsClientId=self._client)
                self._motors[self._joint_at[joint]] = ("free",)
            else:
                self._drive(*self._joint_at[joint], mode, *rest)
        self.step_count = snapshot.step

    def version(self) -> str:
        """PyBullet's version."""
        from importlib.metadata import version

        return version("pybullet")


def _less_margin(corners: Array) -> Array:
    """Corners ``(k, 3)`` drawn in along each axis, so that the hull with Bullet's margin has the size it was meant to have."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    half = np.maximum((high - low) / 2, 2 * HULL_MARGIN)
    return (low + high) / 2 + (corners - (low + high) / 2) * (1 - HULL_MARGIN / half)


def _refuse_start(body: Body, joint: str, start: float, lower: float, upper: float) -> float:
    raise InputError(Problem(f"{body.name}: joints.{joint}", "starts outside its limits", f"{lower:g} to {upper:g}", f"{start:g}"))


def _neighbours(bodies: list[Body]) -> list[list[Body]]:
    """Bodies of equal surface, each list in the order of a walk through 10 m tiles, so that neighbours stand together."""
    groups: dict[str, list[Body]] = {}
    for body in bodies:
        groups.setdefault(body.surface.model_dump_json(), []).append(body)

    def tile(body: Body) -> tuple[float, ...]:
        x, y, z = np.floor(body.pose.position / 10)
        return (x, y if x % 2 else -y, z, *body.pose.position)

    return [sorted(group, key=tile) for _, group in sorted(groups.items())]


@cache
def _scratch() -> str:
    """A folder for files that live a moment: in memory where there is such a folder."""
    shm = Path("/dev/shm")
    return str(shm) if shm.is_dir() and os.access(shm, os.W_OK) else tempfile.gettempdir()


_scratch_models = tempfile.TemporaryDirectory(prefix="prophouse-")


@cache
def _stripped(path: Path) -> str:
    """A copy of a URDF without anything to see, for loading; made once a process."""
    copy = Path(_scratch_models.name) / f"{abs(hash(str(path)))}.urdf"
    copy.write_text(urdf_for_physics(path), "utf-8")
    return str(copy)
