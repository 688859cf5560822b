"""Bodies become what PyBullet holds: shapes shared, scenery merged, robots loaded, every id remembered.

Knows nothing of stepping. The same bodies in the same order give the same PyBullet world, to the last bit.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.assets.asset import Collider
from sim.assets.hull import hull_faces
from sim.assets.mass import MassProperties
from sim.assets.meshfile import write_obj
from sim.assets.model import check_urdf_inertia, lean_urdf, urdf_for_physics, urdf_mimics
from sim.assets.spec import JointSpec
from sim.assets.substance import SurfaceSpec
from sim.errors import InputError, Problem, unknown_name
from sim.physics.body import Body, Joint
from sim.physics.bullet import scratch, silenced
from sim.pose import Array, Pose

COMPOUND = 16  # shapes PyBullet takes in one compound
TILE = 6.0  # m: scenery no farther apart than this shares a compound
LARGE = 1.5  # m: scenery larger than this stands alone
HULL_MARGIN = 0.001  # m: Bullet keeps hulls this far apart, so they are made smaller by as much
MIMIC_FORCE = 200.0  # N or N m: how hard a joint that follows another is held to it
OWN = 1 << 20  # the collision group of the links of a lean body
NO_EFFORT_LIMIT = 1e4  # N m or N: what drives a joint whose file names no limit


@dataclass
class Row:
    """Where PyBullet keeps one movable part."""

    name: str
    body: int
    link: int


class Build:
    """A PyBullet world in the making, and where everything went.

    | attribute | is                                                                              |
    |-----------|---------------------------------------------------------------------------------|
    | rows      | where each movable part is kept                                                  |
    | frames    | frame_from_com of each row, and back                                             |
    | joints    | the joints that move; `joint_at` says where each is kept                          |
    | drives    | what drives each joint at the start: body, link, mode, target, effort             |
    | static    | what never moves                                                                 |
    | owners    | by PyBullet body: which of `static` it holds                                     |
    | followers | joints that follow others, as in `joint_at`                                       |
    | carried   | rows of parts that are one with the part they are fixed to                        |

    Args:
        bullet: PyBullet.
        client: Its client, empty.
        bodies: What to build, in this order.
        sleeping: Whether things at rest may sleep.
    """

    def __init__(self, bullet: Any, client: int, bodies: Sequence[Body], sleeping: bool):
        self._p, self._client, self._sleeping = bullet, client, sleeping
        self._shapes: dict[tuple[int, float], int] = {}
        self._masses: dict[tuple[int, float], tuple[MassProperties, Pose, Pose]] = {}
        self.rows: list[Row] = []
        self.frames: list[tuple[Pose, Pose]] = []
        self.joints: list[Joint] = []
        self.joint_at: list[tuple[int, int]] = []
        self.carried: list[int] = []
        self.followers: set[tuple[int, int]] = set()
        self.drives: list[tuple[int, int, int, float, float]] = []
        self.static: list[Body] = []
        self.owners: dict[int, list[int]] = {}
        for body in bodies:
            if body.motion != "static" and not body.model:
                self._add_rigid(body)
        for body in bodies:
            if body.model:
                self._add_model(body)
        self._add_static([body for body in bodies if body.motion == "static" and not body.model])

    def add_ground(self, surface: SurfaceSpec, height: float) -> None:
        """Lays an endless floor."""
        p, c = self._p, self._client
        plane = p.createCollisionShape(p.GEOM_PLANE, physicsClientId=c)
        flags = p.URDF_ENABLE_SLEEPING if self._sleeping else 0
        number = p.createMultiBody(
            0, plane, basePosition=[0, 0, height], useMaximalCoordinates=1, flags=flags, physicsClientId=c
        )
        self._own_static([Body("ground", "static", Pose(np.array([0, 0, height])), surface)], number)

    def _add_rigid(self, body: Body) -> None:
        p, c = self._p, self._client
        assert body.collider is not None
        mass, frame, back = self._mass_of(body)
        flags = p.URDF_ENABLE_SLEEPING if self._sleeping else 0
        dynamic = body.motion == "dynamic"
        number = p.createMultiBody(
            baseMass=mass.mass if dynamic else 0.0,
            baseCollisionShapeIndex=self._shape(body.collider, body.scale),
            basePosition=body.pose.position.tolist(),
            baseOrientation=body.pose.orientation.tolist(),
            baseInertialFramePosition=mass.center,
            baseInertialFrameOrientation=frame.orientation.tolist(),
            flags=flags,
            physicsClientId=c,
        )
        if dynamic:
            p.changeDynamics(number, -1, localInertiaDiagonal=mass.inertia, physicsClientId=c)
        self._touch(number, -1, body.surface, body.linear_damping, body.angular_damping)
        if dynamic and (any(body.velocity) or any(body.angular_velocity)):
            p.resetBaseVelocity(number, list(body.velocity), list(body.angular_velocity), physicsClientId=c)
        self.rows.append(Row(body.name, number, -1))
        self.frames.append((frame, back))

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
        p.changeDynamics(
            number,
            link,
            lateralFriction=surface.dynamic_friction or 0.0,
            restitution=surface.restitution or 0.0,
            rollingFriction=surface.rolling_friction or 0.0,
            spinningFriction=surface.torsional_friction or 0.0,
            contactProcessingThreshold=0.0,
            physicsClientId=c,
        )
        p.changeDynamics(number, link, linearDamping=linear, angularDamping=angular, physicsClientId=c)
        p.changeDynamics(number, link, maxJointVelocity=1e4, physicsClientId=c)
        if self._sleeping and link == -1:
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
        place = {
            "collisionFramePosition": (collider.pose.position * scale).tolist(),
            "collisionFrameOrientation": collider.pose.orientation.tolist(),
            "physicsClientId": c,
        }
        if collider.kind == "triangles":
            return p.createCollisionShape(
                p.GEOM_MESH,
                vertices=(collider.corners[0] * scale).tolist(),
                indices=np.asarray(collider.faces).reshape(-1).tolist(),
                physicsClientId=c,
            )
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

        p, c = self._p, self._client
        if len(collider.corners) > COMPOUND:
            raise InputError(
                Problem("collider", "has too many convex pieces", f"at most {COMPOUND}", f"{len(collider.corners)}")
            )
        paths = []
        for corners in collider.corners:
            handle, name = tempfile.mkstemp(suffix=".obj", dir=scratch())
            os.close(handle)
            write_obj(_less_margin(corners * scale), hull_faces(corners), Path(name))
            paths.append(name)
        shape = p.createCollisionShapeArray(
            shapeTypes=[p.GEOM_MESH] * len(paths),
            fileNames=paths,
            meshScales=[[1, 1, 1]] * len(paths),
            physicsClientId=c,
        )
        for path in paths:
            os.unlink(path)
        return shape

    def _add_static(self, bodies: list[Body]) -> None:
        p, c = self._p, self._client
        bodies = [b for b in bodies if b.collider is not None and b.collider.kind != "nothing"]
        simple = [
            b for b in bodies if b.collider is not None and b.collider.size and max(b.collider.size) * b.scale <= LARGE
        ]
        if len(simple) <= 4 * COMPOUND:  # too few to be worth merging
            simple = []
        merged = {id(b) for b in simple}
        flags = p.URDF_ENABLE_SLEEPING if self._sleeping else 0
        for body in bodies:
            if id(body) in merged:
                continue
            assert body.collider is not None
            number = p.createMultiBody(
                0,
                self._shape(body.collider, body.scale),
                -1,
                body.pose.position.tolist(),
                body.pose.orientation.tolist(),
                useMaximalCoordinates=1,
                flags=flags,
                physicsClientId=c,
            )
            self._own_static([body], number)
        for group in _neighbours(simple):
            self._add_compound(group, flags)

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
            lengths=[
                0 if b or len(s) < 2 else (s[1] if k.kind == "cylinder" else max(s[1] - 2 * s[0], 1e-6))
                for s, b, k in zip(sizes, box, colliders, strict=True)
            ],
            collisionFramePositions=[pose.position.tolist() for pose in poses],
            collisionFrameOrientations=[pose.orientation.tolist() for pose in poses],
            physicsClientId=c,
        )
        number = p.createMultiBody(0, shape, -1, useMaximalCoordinates=1, flags=flags, physicsClientId=c)
        self._own_static(bodies, number)

    def _own_static(self, bodies: list[Body], number: int) -> None:
        self.owners[number] = list(range(len(self.static), len(self.static) + len(bodies)))
        self.static += bodies
        surface = bodies[0].surface
        self._p.changeDynamics(
            number,
            -1,
            lateralFriction=surface.dynamic_friction or 0.0,
            restitution=surface.restitution or 0.0,
            rollingFriction=surface.rolling_friction or 0.0,
            spinningFriction=surface.torsional_friction or 0.0,
            contactProcessingThreshold=0.0,
            physicsClientId=self._client,
        )

    def _add_model(self, body: Body) -> None:
        p, c = self._p, self._client
        assert body.model is not None
        number = self._load_model(body)
        inertial = p.getDynamicsInfo(number, -1, physicsClientId=c)[3:5]
        frame = Pose(np.array(inertial[0]), np.array(inertial[1]))
        world = body.pose @ frame
        p.resetBasePositionAndOrientation(
            number, world.position.tolist(), world.orientation.tolist(), physicsClientId=c
        )
        p.resetBaseVelocity(number, list(body.velocity), list(body.angular_velocity), physicsClientId=c)
        root = p.getBodyInfo(number, physicsClientId=c)[0].decode()
        self.rows.append(Row(body.name, number, -1))
        self.frames.append((frame, frame.inverse))
        self._touch(number, -1, body.surfaces.get(root, body.surface), body.linear_damping, body.angular_damping)
        kinds = {
            p.JOINT_REVOLUTE: "revolute",
            p.JOINT_PRISMATIC: "prismatic",
            p.JOINT_SPHERICAL: "spherical",
            p.JOINT_PLANAR: "planar",
        }
        known = {name for name, _ in _locked(body) or ()}
        for i in range(p.getNumJoints(number, physicsClientId=c)):
            info = p.getJointInfo(number, i, physicsClientId=c)
            joint, part = info[1].decode(), info[12].decode()
            self.rows.append(Row(f"{body.name}/{part}", number, i))
            self.frames.append((Pose(), Pose()))
            self._touch(number, i, body.surfaces.get(part, body.surface), body.linear_damping, body.angular_damping)
            known.add(joint)
            if info[2] in kinds:
                self._add_joint(body, number, i, joint, kinds[info[2]], info)
        self._couple(body, number)
        self._carry(body, number)
        unknown = (set(body.joints) | set(body.positions)) - known
        if unknown:
            raise unknown_name(body.name, "joint", sorted(unknown)[0], known)

    def _carry(self, body: Body, number: int) -> None:
        """Gives parts that are one with others rows of their own, after all that PyBullet knows of."""
        if body.lean is None or body.model is None:
            return
        links = {row.name: row.link for row in self.rows if row.body == number}
        for part, (carrier, pose) in _stripped(body.model, _locked(body))[1].items():
            scaled = Pose(pose.position * body.scale, pose.orientation)
            self.carried.append(len(self.rows))
            self.rows.append(Row(f"{body.name}/{part}", number, links[f"{body.name}/{carrier}"]))
            self.frames.append((scaled.inverse, scaled))
        for link in range(self._p.getNumJoints(number, physicsClientId=self._client)):  # they never touch one another
            self._p.setCollisionFilterGroupMask(number, link, OWN, ~OWN, physicsClientId=self._client)

    def _couple(self, body: Body, number: int) -> None:
        """Makes joints that follow others do so, by gears that PyBullet does not make of ``<mimic>`` itself."""
        p, c = self._p, self._client
        if body.model is None or body.model.suffix.lower() != ".urdf":
            return
        links = {
            joint.name.rpartition("/")[2]: link
            for joint, (n, link) in zip(self.joints, self.joint_at, strict=True)
            if n == number
        }
        for follower, leader, times in _mimics(body.model):
            if follower in (body.lean or ()):
                continue
            if follower not in links or leader not in links:
                raise unknown_name(f"{body.name}: joint {follower}: mimic", "joint", leader, links)
            gear = p.createConstraint(
                number,
                links[follower],
                number,
                links[leader],
                p.JOINT_GEAR,
                [1, 0, 0],
                [0, 0, 0],
                [0, 0, 0],
                physicsClientId=c,
            )
            self.followers.add((number, links[follower]))
            p.changeConstraint(gear, gearRatio=-times, erp=0.1, maxForce=MIMIC_FORCE, physicsClientId=c)

    def _load_model(self, body: Body) -> int:
        p, c = self._p, self._client
        assert body.model is not None
        fixed = body.motion != "dynamic"
        flags = p.URDF_USE_INERTIA_FROM_FILE | (p.URDF_ENABLE_SLEEPING if self._sleeping else 0)
        try:
            with silenced():
                if body.model.suffix.lower() == ".urdf":
                    return p.loadURDF(
                        _stripped(body.model, _locked(body))[0],
                        useFixedBase=int(fixed),
                        globalScaling=body.scale,
                        flags=flags,
                        physicsClientId=c,
                    )
                numbers = p.loadMJCF(str(body.model), flags=flags, physicsClientId=c)
        except self._p.error as error:
            raise InputError(
                Problem(f"{body.name}: {body.model}", "PyBullet cannot load the model", got=str(error))
            ) from None
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
        self.joint_at.append((number, link))
        start = body.positions.get(name, spec.position or 0.0)
        if kind in ("revolute", "prismatic"):
            if not lower - 1e-6 <= start <= upper + 1e-6:
                start = (
                    min(max(start, lower), upper)
                    if name not in body.positions
                    else _refuse_start(body, name, start, lower, upper)
                )
            p.resetJointState(number, link, start, physicsClientId=c)
            hold = spec.motor and effort > 0
            self.drives.append(
                (
                    number,
                    link,
                    p.POSITION_CONTROL if hold else p.VELOCITY_CONTROL,
                    start if hold else 0.0,
                    effort if hold else spec.friction or 0.0,
                )
            )
            if spec.damping is not None:
                p.changeDynamics(number, link, jointDamping=spec.damping, physicsClientId=c)
        else:
            p.setJointMotorControlMultiDof(
                number,
                link,
                p.POSITION_CONTROL,
                targetPosition=[0, 0, 0, 1],
                positionGain=0,
                velocityGain=0,
                force=[0, 0, 0],
                physicsClientId=c,
            )


def _less_margin(corners: Array) -> Array:
    """Corners ``(k, 3)`` drawn in along each axis, so that the hull with Bullet's margin has its true size."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    half = np.maximum((high - low) / 2, 2 * HULL_MARGIN)
    return (low + high) / 2 + (corners - (low + high) / 2) * (1 - HULL_MARGIN / half)


def _refuse_start(body: Body, joint: str, start: float, lower: float, upper: float) -> float:
    raise InputError(
        Problem(f"{body.name}: joints.{joint}", "starts outside its limits", f"{lower:g} to {upper:g}", f"{start:g}")
    )


def _neighbours(bodies: list[Body]) -> list[list[Body]]:
    """Bodies of equal surface that stand in the same tile, at most `COMPOUND` together.

    A compound that spans far has a box around it that everything is in: small tiles keep pairs few.
    """
    tiles: dict[tuple, list[Body]] = {}
    surfaces: dict[int, str] = {}
    for body in bodies:
        surface = surfaces.setdefault(id(body.surface), body.surface.model_dump_json())
        tiles.setdefault((surface, *np.floor(body.pose.position / TILE)), []).append(body)
    return [tile[i : i + COMPOUND] for _, tile in sorted(tiles.items()) for i in range(0, len(tile), COMPOUND)]


_scratch_models = tempfile.TemporaryDirectory(prefix="prophouse-")


def _locked(body: Body) -> tuple[tuple[str, float], ...] | None:
    """The joints of a lean body that are locked, and where; None of a body that is not lean."""
    if body.lean is None:
        return None
    starts = {name: body.joints[name].position or 0.0 for name in body.lean if name in body.joints}
    return tuple((name, body.positions.get(name, starts.get(name, 0.0))) for name in body.lean)


@cache
def _stripped(path: Path, locked: tuple[tuple[str, float], ...] | None) -> tuple[str, dict[str, tuple[str, Pose]]]:
    """A copy of a URDF without anything to see, for loading, and which parts of it are one; made once a process."""
    copy = Path(_scratch_models.name) / f"{abs(hash((str(path), locked)))}.urdf"
    check_urdf_inertia(path)
    text, gone = (urdf_for_physics(path), {}) if locked is None else lean_urdf(path, dict(locked))
    copy.write_text(text, "utf-8")
    return str(copy), gone


@cache
def _mimics(path: Path) -> tuple[tuple[str, str, float], ...]:
    """Joints of a URDF that follow others; read once a process."""
    return tuple(urdf_mimics(path))
