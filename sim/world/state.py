"""All of a world that changes, at one step, as arrays. Handed out, never watched."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from sim.assets.mesh import Mesh
from sim.errors import unknown_name
from sim.pose import Array, Pose


@dataclass(frozen=True, eq=False)
class State:
    """All of a world that changes.

    | field            | shape    | is                                                             |
    |------------------|----------|----------------------------------------------------------------|
    | step             |          | steps since the start; seconds are ``step / step_hz``           |
    | parts            | n names  | movable parts, in the order of the arrays                        |
    | position         | (n, 3)   | m, of each part's own frame in the world                         |
    | orientation      | (n, 4)   | xyzw, of each part's own frame in the world                      |
    | linear_velocity  | (n, 3)   | m/s, of each part's centre of mass                               |
    | angular_velocity | (n, 3)   | rad/s, about world axes                                          |
    | joints           | j names  | joints, in the order of their arrays                             |
    | joint_position   | (j,)     | rad or m                                                         |
    | joint_velocity   | (j,)     | rad/s or m/s                                                     |
    | lamps            | l names  | lights that can be switched, ``thing/light``                      |
    | lit              | (l,)     | bool, whether each burns                                         |
    | fields           | by name  | what systems add: ``temperature`` (n,) K, ``car/vehicle`` (k,), …  |
    | shapes           | by part  | the mesh, in the part's frame, of a part that is no longer as its asset made it |

    Arrays in ``fields`` keep their shape while a world lives. A mesh in ``shapes`` is never changed: a part that
    changes again gets another one, so whoever draws compares identities.
    """

    step: int
    step_hz: int
    parts: tuple[str, ...]
    position: Array
    orientation: Array
    linear_velocity: Array
    angular_velocity: Array
    joints: tuple[str, ...] = ()
    joint_position: Array = field(default_factory=lambda: np.empty(0))
    joint_velocity: Array = field(default_factory=lambda: np.empty(0))
    lamps: tuple[str, ...] = ()
    lit: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    fields: Mapping[str, Array] = field(default_factory=dict)
    shapes: Mapping[str, Mesh] = field(default_factory=dict)

    @property
    def time(self) -> float:
        """Seconds since the start."""
        return self.step / self.step_hz

    def row(self, part: str) -> int:
        """The row of a part in the arrays.

        Raises:
            InputError: No movable part has that name.
        """
        try:
            return self.parts.index(part)
        except ValueError:
            raise unknown_name("state", "movable part", part, self.parts) from None

    def pose(self, part: str) -> Pose:
        """Where one part is."""
        i = self.row(part)
        return Pose(self.position[i], self.orientation[i])

    @property
    def switched(self) -> dict[str, bool]:
        """Whether each lamp burns, by name."""
        return dict(zip(self.lamps, self.lit.tolist(), strict=True))

    def sha256(self) -> str:
        """The hash of every number, to the last bit."""
        digest = hashlib.sha256(str(self.step).encode())
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                digest.update(np.ascontiguousarray(value).tobytes())
        for name in sorted(self.fields):
            digest.update(name.encode() + np.ascontiguousarray(self.fields[name]).tobytes())
        for part in sorted(self.shapes):
            for primitive in self.shapes[part].primitives:
                digest.update(part.encode() + np.ascontiguousarray(primitive.vertices).tobytes())
        return digest.hexdigest()

    def between(self, other: State, fraction: float) -> State:
        """The state a fraction of the way to ``other``: straight in place, shortest way in turn (normalised lerp)."""
        sign = np.where(np.sum(self.orientation * other.orientation, axis=1, keepdims=True) < 0, -1.0, 1.0)
        turn = self.orientation * (1 - fraction) + other.orientation * sign * fraction
        blend = {
            name: getattr(self, name) * (1 - fraction) + getattr(other, name) * fraction
            for name in ("position", "linear_velocity", "angular_velocity", "joint_position", "joint_velocity")
        }
        blend["fields"] = {
            name: values * (1 - fraction) + other.fields[name] * fraction if name in other.fields else values
            for name, values in self.fields.items()
        }
        return replace(self, orientation=turn / np.linalg.norm(turn, axis=1, keepdims=True), **blend)
