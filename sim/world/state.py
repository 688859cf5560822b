"""All of a world that changes, at one step, as arrays. Handed out, never watched."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, replace

import numpy as np

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

    def sha256(self) -> str:
        """The hash of every number, to the last bit."""
        digest = hashlib.sha256(str(self.step).encode())
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                digest.update(np.ascontiguousarray(value).tobytes())
        return digest.hexdigest()

    def between(self, other: State, fraction: float) -> State:
        """The state a fraction of the way to ``other``: straight in place, shortest way in turn (normalised lerp)."""
        sign = np.where(np.sum(self.orientation * other.orientation, axis=1, keepdims=True) < 0, -1.0, 1.0)
        turn = self.orientation * (1 - fraction) + other.orientation * sign * fraction
        blend = {
            name: getattr(self, name) * (1 - fraction) + getattr(other, name) * fraction
            for name in ("position", "linear_velocity", "angular_velocity", "joint_position", "joint_velocity")
        }
        return replace(self, orientation=turn / np.linalg.norm(turn, axis=1, keepdims=True), **blend)
