"""Where things are: the project's conventions of space, turn and time, said once.

| convention | is                                                                              |
|------------|---------------------------------------------------------------------------------|
| space      | right-handed, Z up, X forward, metres                                            |
| turn       | unit quaternions ``xyzw``; files people write say degrees and end in ``_deg``     |
| angles     | roll about X, then pitch about Y, then yaw about Z, all about the fixed axes (URDF) |
| camera     | looks along its +X, its +Z is up in the picture                                  |
| time       | an integer step; seconds are ``step / step_hz``                                  |

Functions take arrays of any leading shape: ``(3,)`` or ``(n, 3)``; ``(4,)`` or ``(n, 4)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import InputError, Problem

Array = NDArray[np.float64]
IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])


def cross(a: ArrayLike, b: ArrayLike) -> Array:
    """Cross products ``(…, 3)``; the same bits as numpy's, in a fraction of the time for few vectors."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    (ax, ay, az), (bx, by, bz) = (a[..., 0], a[..., 1], a[..., 2]), (b[..., 0], b[..., 1], b[..., 2])
    first = ay * bz - az * by
    product = np.empty((*first.shape, 3))
    product[..., 0], product[..., 1], product[..., 2] = first, az * bx - ax * bz, ax * by - ay * bx
    return product


def rotate(quaternion: ArrayLike, vector: ArrayLike) -> Array:
    """Vectors turned by quaternions; shapes ``(…, 4)`` and ``(…, 3)`` give ``(…, 3)``."""
    q, v = np.asarray(quaternion, float), np.asarray(vector, float)
    u, w = q[..., :3], q[..., 3:]
    t = 2.0 * cross(u, v)
    return v + w * t + cross(u, t)


def multiply(a: ArrayLike, b: ArrayLike) -> Array:
    """The turn ``b`` followed by the turn ``a``; ``(…, 4)`` xyzw."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    av, aw, bv, bw = a[..., :3], a[..., 3:], b[..., :3], b[..., 3:]
    vector = aw * bv + bw * av + cross(av, bv)
    scalar = aw * bw - np.sum(av * bv, axis=-1, keepdims=True)
    return np.concatenate([vector, scalar], axis=-1)


def conjugate(quaternion: ArrayLike) -> Array:
    """The turn back; ``(…, 4)`` xyzw."""
    return np.asarray(quaternion, float) * np.array([-1.0, -1.0, -1.0, 1.0])


def matrix(quaternion: ArrayLike) -> Array:
    """Rotation matrices ``(…, 3, 3)`` of quaternions ``(…, 4)``."""
    columns = [rotate(quaternion, axis) for axis in np.eye(3)]
    return np.stack(columns, axis=-1)


def from_matrix(rotation: ArrayLike) -> Array:
    """The quaternion ``(4,)`` of one rotation matrix ``(3, 3)`` (Shepperd's method)."""
    r = np.asarray(rotation, float)
    trace = np.array([r[0, 0], r[1, 1], r[2, 2], np.trace(r)])
    i = int(np.argmax(trace))
    if i == 3:
        q = np.array([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], 1.0 + trace[3]])
    else:
        j, k = (i + 1) % 3, (i + 2) % 3
        q = np.empty(4)
        q[i] = 1.0 + 2.0 * r[i, i] - trace[3]
        q[j], q[k], q[3] = r[j, i] + r[i, j], r[k, i] + r[i, k], r[k, j] - r[j, k]
    return q / np.linalg.norm(q)


def from_euler_deg(roll: float, pitch: float, yaw: float) -> Array:
    """The quaternion ``(4,)`` of roll, pitch and yaw in degrees (URDF's order)."""
    (sr, cr), (sp, cp), (sy, cy) = [(np.sin(a), np.cos(a)) for a in np.deg2rad([roll / 2, pitch / 2, yaw / 2])]
    return np.array(
        [
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        ]
    )


def from_axis_angle(axis: ArrayLike, angle: ArrayLike) -> Array:
    """Quaternions ``(…, 4)`` of turns about unit axes ``(…, 3)`` by angles ``(…)`` in rad."""
    axis, half = np.asarray(axis, float), np.asarray(angle, float)[..., None] / 2
    return np.concatenate([axis * np.sin(half), np.broadcast_to(np.cos(half), (*axis.shape[:-1], 1))], axis=-1)


def angular_velocity(before: ArrayLike, after: ArrayLike, dt: float) -> Array:
    """The constant turn rate, rad/s in the world frame, that takes ``before`` to ``after`` in ``dt`` s; ``(…, 3)``."""
    q = multiply(after, conjugate(before))
    q = np.where(q[..., 3:] < 0, -q, q)
    sine = np.linalg.norm(q[..., :3], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., 3:])
    return q[..., :3] * np.divide(angle, sine * dt, out=np.full_like(sine, 2.0 / dt), where=sine > 1e-12)


@dataclass(frozen=True)
class Pose:
    """A place and a turn: a point in this frame, in metres, becomes ``rotate(orientation, p) + position``.

    Name a pose by its two frames and they chain: ``world_from_camera @ camera_from_crate``.
    """

    position: Array = field(default_factory=lambda: np.zeros(3))  # (3,) m
    orientation: Array = field(default_factory=lambda: IDENTITY.copy())  # (4,) xyzw

    def __post_init__(self):
        object.__setattr__(self, "position", np.asarray(self.position, float))
        orientation = np.asarray(self.orientation, float)
        norm = float(np.linalg.norm(orientation))
        if not 1e-6 < norm < np.inf:
            raise InputError(Problem("pose", "is no turn", "a quaternion xyzw", str(orientation)))
        # a unit quaternion is kept to the last bit: what is read back must be what was written
        object.__setattr__(self, "orientation", orientation if abs(norm - 1) < 1e-12 else orientation / norm)

    @classmethod
    def of(cls, at: ArrayLike = (0, 0, 0), rotate_deg: ArrayLike = (0, 0, 0)) -> Pose:
        """A pose as files write it: ``at`` in metres, ``rotate_deg`` roll, pitch and yaw."""
        roll, pitch, yaw = np.asarray(rotate_deg, float)
        return cls(np.asarray(at, float), from_euler_deg(roll, pitch, yaw))

    @classmethod
    def looking(cls, at: ArrayLike, target: ArrayLike) -> Pose:
        """A camera's pose ``at`` a place, looking at ``target``, upright where that is possible."""
        at, target = np.asarray(at, float), np.asarray(target, float)
        forward = target - at
        length = np.linalg.norm(forward)
        if length < 1e-9:
            raise InputError(Problem("camera", "looks at the place where it stands", got=str(at.tolist())))
        forward = forward / length
        up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 1 - 1e-9 else np.array([1.0, 0.0, 0.0])
        left = np.cross(up, forward)
        left /= np.linalg.norm(left)
        return cls(at, from_matrix(np.stack([forward, left, np.cross(forward, left)], axis=-1)))

    @classmethod
    def from_matrix(cls, transform: ArrayLike) -> Pose:
        """The pose of a rigid transform ``(4, 4)``."""
        m = np.asarray(transform, float)
        return cls(m[:3, 3], from_matrix(m[:3, :3]))

    @property
    def matrix(self) -> Array:
        """The transform as ``(4, 4)``."""
        m = np.eye(4)
        m[:3, :3], m[:3, 3] = matrix(self.orientation), self.position
        return m

    @property
    def inverse(self) -> Pose:
        """The way back."""
        back = conjugate(self.orientation)
        return Pose(-rotate(back, self.position), back)

    def __matmul__(self, other: Pose) -> Pose:
        return Pose(self.apply(other.position), multiply(self.orientation, other.orientation))

    def apply(self, points: ArrayLike) -> Array:
        """Points ``(…, 3)`` of this frame, seen from the outer one."""
        return rotate(self.orientation, points) + self.position


def vector(values: ArrayLike) -> tuple[float, float, float]:
    """Three numbers as plain floats, for specs, events and files."""
    x, y, z = np.asarray(values, float)
    return float(x), float(y), float(z)
