"""Where a player sees the level from."""

from __future__ import annotations

from math import cos, exp, pi, remainder, sin
from typing import Any

import numpy as np

from sim.pose import Array, Pose
from sim.runners.game.players import TICK_HZ, Player
from sim.world.world import World

BEHIND = {"walk": (2.7, 2.3), "drive": (7.0, 2.9), "push": (4.5, 2.2), "fly": (0.0, 0.0)}  # m behind and above
ABOVE = {"walk": 14.0, "drive": 34.0, "push": 18.0, "fly": 30.0}  # m
BESIDE = {"walk": 0.75, "drive": 0.0, "push": 0.0, "fly": 0.0}  # m to the right: over the shoulder of who walks
EASE = {"walk": 0.12, "drive": 0.25, "push": 0.25, "fly": 0.01}  # s in which a camera follows


class Chase:
    """A camera that follows one player; where it is is worked out when somebody looks.

    Args:
        world: The world.
        player: Who is followed.
    """

    def __init__(self, world: World, player: Player):
        self._world, self.player = world, player
        self._wanted = self._yaw = player.place(world)[1]

    def follow(self, world: World) -> None:
        """Goes on for one tick."""
        player = self.player
        self._wanted = player.place(world)[1] if player.spec.control == "drive" else player.inputs.look[0]
        turn = remainder(self._wanted - self._yaw, 2 * pi)
        self._yaw += turn * (1 - exp(-1 / (TICK_HZ * EASE[player.spec.control])))

    @property
    def pose(self) -> Pose:
        """Where it is."""
        return self._place(self._world, self._wanted)

    def _place(self, world: World, wanted: float) -> Pose:
        player, control = self.player, self.player.spec.control
        at, _ = player.place(world)
        pitch = player.inputs.look[1]
        if player.spec.camera == "first_person" or control == "fly":
            eye = self._seat(world, player)
            yaw = wanted if control != "drive" else wanted + player.inputs.look[0]
            return Pose.looking(eye, eye + _direction(yaw, pitch))
        if player.spec.camera == "top":
            return Pose.looking(at + np.array([-0.02, 0.0, ABOVE[control]]), at)
        back, up = BEHIND[control]
        right = BESIDE[control] * np.array([sin(self._yaw), -cos(self._yaw), 0.0])
        middle = at + np.array([0.0, 0.0, 0.55 * up]) + right
        eye = middle - back * _direction(self._yaw, min(pitch, 0.3)) + np.array([0.0, 0.0, 0.45 * up])
        return Pose.looking(self._clear(world, middle, eye), middle + 0.15 * back * _direction(self._yaw, 0))

    def _seat(self, world: World, player: Player) -> Array:
        if player.spec.control != "drive":
            return player.eye(world)
        at, heading = player.place(world)
        frames = world.layout.placement(player.part).asset.spec.frames
        frame = frames.get("driver_eye") or frames.get("camera")
        seat = frame.at if frame else (0.0, 0.0, 1.2)
        return at + Pose.of((0, 0, 0), (0, 0, np.rad2deg(heading))).apply(seat)

    def _clear(self, world: World, middle: Array, eye: Array) -> Array:
        """Nearer, where a wall is between the player and the camera."""
        gap = 0.9 if self.player.spec.control == "walk" else 3.0
        way = eye - middle
        length = float(np.linalg.norm(way))
        start = middle + way * min(gap / length, 0.9)
        hit = world.cast_rays([start], [eye])
        if int(hit.part[0]) == -1 or int(hit.part[0]) < len(world.parts):
            return eye
        reach = float(np.linalg.norm(hit.position[0] - middle)) - 0.15
        return middle + way * max(reach, 0.5) / length

    def save(self) -> Any:
        """Everything a continuation needs."""
        return self._wanted, self._yaw

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        self._wanted, self._yaw = saved


def _direction(yaw: float, pitch: float) -> Array:
    return np.array([cos(yaw) * cos(pitch), sin(yaw) * cos(pitch), sin(pitch)])
