"""Scripted experts: what a person who knows the task would do, from what the robot perceives.

An expert remembers nothing: the same observation gives the same action, so what it does can be learned from examples,
and it goes on from wherever somebody else has got to. Places are in the scenario's frame.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from sim.errors import InputError, Problem
from sim.pose import Array, from_euler_deg, rotate
from sim.runners.robot.drive import Arm
from sim.runners.robot.env import Observation, RobotEnv
from sim.runners.robot.task import Stack

OPEN, CLOSE = 1.0, -1.0
ABOVE = 0.08  # m over a thing, from where a hand goes down to it
ALIGNED = 0.012  # m: a hand is over a thing
AT_IT = 0.012  # m: a hand is at the height of a thing
GAIN = 0.1  # of the way that PyBullet's joints go in one step of physics
TOOL_RADIUS = 0.012  # m: half of the closed fingers


class Expert(ABC):
    """Acts in one environment."""

    def __init__(self, env: RobotEnv):
        self.env, self.spec = env, env.robot_spec
        self.step = env.robot_spec.control.step

    @abstractmethod
    def act(self, seen: Observation) -> Array:
        """The action ``(n_actions,)`` for an observation."""


class ArmExpert(Expert):
    """What experts with arms share."""

    def __init__(self, env: RobotEnv):
        super().__init__(env)
        if not isinstance(env.driver, Arm) or env.robot_spec.control.mode != "ee_position":
            raise InputError(
                Problem(
                    f"{env.name}: control.mode", "has no scripted expert", "ee_position", env.robot_spec.control.mode
                )
            )
        self.gripper = env.robot_spec.control.gripper
        self._objects = 7 if self.gripper else 6
        self.snap = GAIN * env.cell.layout.step_hz  # 1/s: how fast a tool sets out for what is a metre away

    def tool(self, seen: Observation) -> Array:
        """Where the tool is, ``(3,)`` m."""
        return seen["observation"][:3].astype(float)

    def opening(self, seen: Observation) -> float:
        """Of the gripper, m."""
        return float(seen["observation"][6])

    def thing(self, seen: Observation, i: int = 0) -> Array:
        """The twelve numbers of an object."""
        start = self._objects + 12 * i
        return seen["observation"][start : start + 12].astype(float)

    def go(self, seen: Observation, place: Array, gripper: float = CLOSE, gain: float = 1.0) -> Array:
        """The action that brings the tool nearer to a place, straight, as fast as it may."""
        way = (place - self.tool(seen)) / self.step * gain
        way = way / max(1.0, float(np.abs(way).max()))
        return np.append(way, gripper) if self.gripper else way


class Reach(ArmExpert):
    """Straight to the goal."""

    def act(self, seen: Observation) -> Array:
        """The action for an observation."""
        return self.go(seen, seen["desired_goal"].astype(float))


class Pick(ArmExpert):
    """Over the thing, down, close, over the goal, down; high over what stands between where the task says so."""

    def act(self, seen: Observation) -> Array:
        """The action for an observation."""
        task = self.env.task
        thing = task.things[task.target]
        numbers = self.thing(seen)
        grip = rotate(from_euler_deg(*np.rad2deg(numbers[3:6])), thing.grip)
        goal = seen["desired_goal"].astype(float)
        return self.handle(seen, numbers[:3] + grip, goal + grip, 2 * self.half_width(numbers, thing.half))

    def half_width(self, numbers: Array, half: Array) -> float:
        """Half of a thing's width between the fingers, m."""
        return float(half[1])

    def handle(self, seen: Observation, at: Array, goal: Array, width: float) -> Array:
        """Brings what is gripped at a place to a goal.

        Args:
            seen: The observation.
            at: ``(3,)`` m where the thing is gripped.
            goal: ``(3,)`` m where that place is wanted.
            width: m between the fingers when they hold it.
        """
        tool, opening = self.tool(seen), self.opening(seen)
        off = at - tool
        level = float(np.hypot(off[0], off[1]))
        near = level < 2 * ALIGNED and abs(off[2]) < 2 * AT_IT
        if near and opening < width + 0.006:
            return self.carry(seen, at, goal)
        if level < ALIGNED and abs(off[2]) < AT_IT:
            return self.go(seen, at, CLOSE)
        return self.approach(seen, at)

    def lift(self, place: Array) -> float:
        """How far above a place the hand travels, m."""
        high = self.spec.task.travel_height
        return ABOVE if high is None else max(high - float(place[2]), ABOVE)

    def approach(self, seen: Observation, at: Array) -> Array:
        """Goes over the thing and down on it, hand open."""
        way = at - self.tool(seen)
        near = float(np.hypot(way[0], way[1])) < 2 * ALIGNED
        return self.arch(seen, way, at[2], self.tool(seen)[2], self.lift(at), OPEN, gain=0.7 if near else 1.0)

    def carry(self, seen: Observation, at: Array, goal: Array) -> Array:
        """Brings what is held to the goal: straight, or over what stands between."""
        if self.spec.task.travel_height is None:
            return self.go(seen, self.tool(seen) + goal - at)
        return self.arch(seen, goal - at, goal[2], at[2], self.lift(goal), CLOSE, gain=0.6)

    def arch(
        self, seen: Observation, way: Array, ground: float, height: float, lift: float, hand: float, gain: float = 1.0
    ) -> Array:
        """Along an arch: up first, then across, then down; sideways only as far as it is high enough.

        Args:
            seen: The observation.
            way: ``(3,)`` m that are to be gone.
            ground: Height of the end, m.
            height: Height now, m.
            lift: Height of the arch over its end, m.
            hand: What the gripper does.
            gain: Part of the way that is gone in one step.
        """
        level = float(np.hypot(way[0], way[1]))
        rise = ground + min(lift, max(level - ALIGNED, 0.0) * 4.0) - height
        free = min(max(1.0 - rise / 0.04, 0.0), 1.0)
        move = np.array([way[0] * free, way[1] * free, rise])
        return self.go(seen, self.tool(seen) + move, hand, gain)


class Stacking(Pick):
    """The lower one to its place, then the upper one on it."""

    def act(self, seen: Observation) -> Array:
        """The action for an observation."""
        task = self.env.task
        assert isinstance(task, Stack)
        lower, upper = self.thing(seen, 0)[:3], self.thing(seen, 1)[:3]
        goal = seen["desired_goal"].astype(float)
        first, second = task.things[:2]
        tool = self.tool(seen)
        if float(np.linalg.norm(lower - goal[:3])) > 0.012:
            return self.handle(seen, lower + first.grip, goal[:3] + first.grip, 2 * first.half[1])
        if np.linalg.norm(tool - lower) < 0.03 < np.linalg.norm(tool - upper):  # let go, then straight up
            up = self.opening(seen) > 2 * first.half[1] + 0.012
            return self.go(seen, tool + np.array([0, 0, 0.1 if up else 0.0]), OPEN)
        return self.handle(seen, upper + second.grip, goal[3:] + second.grip, 2 * second.half[1])

    def lift(self, place: Array) -> float:
        """How far above a place the hand travels, m: over the other one."""
        return 0.1

    def carry(self, seen: Observation, at: Array, goal: Array) -> Array:
        """Brings what is held to the goal, over the other one."""
        return self.arch(seen, goal - at, goal[2], at[2], 0.07, CLOSE, gain=0.6)


class Push(ArmExpert):
    """Behind the thing as seen from the goal, then through it; corrects its line while it pushes."""

    far = 0.03  # m behind the surface where the hand comes down
    tool_radius = TOOL_RADIUS

    def corner(self, ahead: Array) -> Array:
        """What of the tool touches the thing, ``(2,)`` m from the tool."""
        return np.zeros(2)

    def act(self, seen: Observation) -> Array:
        """The action for an observation."""
        thing = self.env.task.things[0]
        tool, numbers = self.tool(seen), self.thing(seen)
        at, goal = numbers[:3], seen["desired_goal"].astype(float)
        way = (goal - at)[:2]
        distance = float(np.linalg.norm(way))
        ahead = way / max(distance, 1e-9)
        side = np.array([-ahead[1], ahead[0]])
        radius = float(thing.half[0]) + self.tool_radius
        low = max(float(thing.half[2]) * 0.8, 0.012)
        corner = self.corner(ahead)
        rel = tool[:2] + corner - at[:2]
        along, aside = float(rel @ ahead), float(rel @ side)
        behind = at[:2] - ahead * (radius + self.far) - corner
        if tool[2] < low + 0.02 and along < -0.4 * radius and abs(aside) < 0.02:
            return self.through(seen, at, ahead, side, aside, along, distance, low)
        if np.linalg.norm(tool[:2] - behind) < 0.015:
            return self.go(seen, np.array([*behind, low]))
        clear = float(thing.half[2]) * 2 + 0.05
        if float(np.linalg.norm(rel)) < radius + 0.05 and tool[2] < clear - 0.02:
            return self.go(seen, np.array([*tool[:2], clear + 0.02]))
        if np.linalg.norm(tool[:2] - behind) > 0.05 or tool[2] > clear + 0.03:
            return self.go(seen, np.array([*behind, clear]))
        return self.go(seen, np.array([*behind, clear if tool[2] > clear - 0.02 else low]))

    def through(
        self,
        seen: Observation,
        at: Array,
        ahead: Array,
        side: Array,
        aside: float,
        along: float,
        distance: float,
        low: float,
    ) -> Array:
        """Pushes: towards the goal, the faster the farther, and back onto the line."""
        tool = self.tool(seen)
        gap = max(-along - float(self.env.task.things[0].half[0]) - self.tool_radius, 0.0)
        glide = np.sqrt(2 * self.friction * 9.81 * distance)  # m/s at which it comes to rest at the goal
        go = min(0.5 * gap + 0.8 * glide / self.snap, self.step)
        target = tool[:2] + ahead * go - side * aside
        return self.go(seen, np.array([*target, low]))

    @property
    def friction(self) -> float:
        """Of the thing on what it slides on, from their assets."""
        placement = self.env.task.things[0].placement
        tables = [p.asset for p in self.env.cell.layout.placements if p.motion == "static" and not p.asset.articulated]
        mine = placement.asset.surface().dynamic_friction or 0.0
        return mine * max((asset.surface().dynamic_friction or 0.0 for asset in tables), default=1.0)


class Slide(Push):
    """Pushes until the thing is fast enough to slide the rest: v² = 2 μ g d."""

    far = 0.06
    tool_radius = 0.0

    def corner(self, ahead: Array) -> Array:
        """A corner of the closed fingers: a round thing goes straight from it, from a face it goes across it."""
        return np.array([0.0105, 0.021 if ahead[1] > 0 else -0.021])

    def through(
        self,
        seen: Observation,
        at: Array,
        ahead: Array,
        side: Array,
        aside: float,
        along: float,
        distance: float,
        low: float,
    ) -> Array:
        """Strikes once it is straight behind, as hard as the way is long, then lets go."""
        tool, speed = self.tool(seen), float(self.thing(seen)[6:8] @ ahead)
        need = 1.25 * np.sqrt(2 * self.friction * 9.81 * distance)
        gap = max(-along - float(self.env.task.things[0].half[0]) - self.tool_radius, 0.0)
        if speed > need:
            return self.go(seen, np.array([*tool[:2], 0.15]))
        if speed < 0.05 and (gap > 0.012 or abs(aside) > 0.003):
            target = tool[:2] + ahead * 0.5 * max(gap - 0.006, -0.01) - side * aside
        else:
            target = tool[:2] + ahead * min(gap + 1.6 * need / self.snap, self.step) - side * aside
        return self.go(seen, np.array([*target, low]))


class Drawer(ArmExpert):
    """Fingers down behind the bar, then back."""

    def act(self, seen: Observation) -> Array:
        """The action for an observation."""
        tool = self.tool(seen)
        handle, goal = seen["achieved_goal"].astype(float), seen["desired_goal"].astype(float)
        task: Any = self.env.task
        pull = task.axis / np.linalg.norm(task.axis)
        rel = tool - handle
        behind = handle - pull * 0.024
        along = float(rel @ pull)
        sideways = abs(float(rel @ np.array([-pull[1], pull[0], 0.0])))
        if -0.045 < along < -0.008 and rel[2] < 0.012 and sideways < 0.05:
            ahead = goal + pull * 0.015 - handle
            return self.go(seen, np.array([*(tool + ahead)[:2], handle[2] - 0.012]), gain=0.6)
        level = float(np.hypot(*(behind - tool)[:2]))
        if level > 0.008:
            return self.go(seen, np.array([*behind[:2], handle[2] + 0.06]))
        return self.go(seen, np.array([*behind[:2], handle[2] - 0.014]))


class Navigate(Expert):
    """Towards the goal, through the gap that needs the least turning, at a speed at which nobody is met.

    Directions: a vector field histogram without its memory (Borenstein and Koren 1991), on the distances around the
    robot. Speed: the greatest at which everybody, going on as they go, stays away (after the velocity obstacles of
    Fiorini and Shiller 1998).
    """

    margin = 0.55  # m: half the robot's width and some room
    stop = 0.6  # m from the robot's middle: nearer than this it waits
    away = 1.0  # m that people are kept from the robot's middle
    foresight = np.linspace(0.1, 3.0, 30)  # s
    speeds = (1.0, 0.75, 0.5, 0.25, 0.0, -0.5)  # of the greatest

    def act(self, seen: Observation) -> Array:
        """The action for an observation."""
        numbers = self._named(seen)
        x, y, c, s = numbers["proprioception"][:4]
        way = seen["desired_goal"].astype(float) - (x, y)
        distance = float(np.linalg.norm(way))
        bearing = float(np.arctan2(way[1], way[0]) - np.arctan2(s, c))
        bearing = (bearing + np.pi) % (2 * np.pi) - np.pi
        turn, room = bearing, np.inf
        if "lidar" in numbers:
            turn, room = self._gap(numbers["lidar"] * self.spec.observe.lidar.range, bearing, distance)
        forward = np.clip(np.cos(turn), 0.0, 1.0) * np.clip((room - self.stop) / 0.8, 0.0, 1.0)
        forward = min(float(forward), 0.3 + distance / 2.0) if abs(turn) < 1.2 else 0.0
        if len(numbers.get("people", ())):
            forward = self._safe(numbers["people"].reshape(-1, 4), forward)
        return np.array([forward, np.clip(2.0 * turn, -1.0, 1.0)])

    def _named(self, seen: Observation) -> dict[str, Array]:
        """The parts of an observation by name."""
        sizes = {"proprioception": 6, "objects": self.env.task.n_features, "contact": 1}
        sizes |= {"lidar": self.spec.observe.lidar.beams, "people": 4 * len(self.spec.walkers)}
        names = self.spec.observe.state
        ends = np.cumsum([sizes[name] for name in names])
        parts = np.split(seen["observation"].astype(float), ends[:-1])
        return dict(zip(names, parts, strict=True))

    def _safe(self, people: Array, wanted: float) -> float:
        """The speed up to ``wanted``, parts of the greatest, at which nobody comes near; else the best there is."""
        found = []
        for part in self.speeds:
            speed = min(part, wanted)
            gone = speed * self.step * self.foresight
            ahead = people[:, :1] + people[:, 2:3] * self.foresight - gone
            aside = people[:, 1:2] + people[:, 3:4] * self.foresight
            nearest = float(np.hypot(ahead, aside).min())
            if nearest > self.away:
                return speed
            found.append((nearest, speed))
        return max(found)[1]

    def _gap(self, ranges: Array, bearing: float, distance: float) -> tuple[float, float]:
        """The direction to turn to, rad, and the room straight ahead, m."""
        n = len(ranges)
        angles = (np.arange(n) * 2 * np.pi / n + np.pi) % (2 * np.pi) - np.pi
        reach = np.array([self._clear(ranges, angles, angle) for angle in angles])
        free = np.minimum(reach, min(distance, 3.0)) / min(distance, 3.0)
        off = np.abs((angles - bearing + np.pi) % (2 * np.pi) - np.pi)
        cost = off + 0.25 * np.abs(angles) + 4.0 * (1.0 - free) ** 2
        best = int(np.argmin(cost))
        straight = self._clear(ranges, angles, 0.0)
        if self._clear(ranges, angles, bearing) >= min(distance, 3.0) - 0.05:
            return bearing, straight
        return float(angles[best]), straight

    def _clear(self, ranges: Array, angles: Array, direction: float) -> float:
        """How far the robot's width fits along a direction, m."""
        off = (angles - direction + np.pi) % (2 * np.pi) - np.pi
        ahead, aside = ranges * np.cos(off), np.abs(ranges * np.sin(off))
        hit = (ahead > 0) & (aside < self.margin) & (np.abs(off) < np.pi / 2)
        return float(ahead[hit].min()) if hit.any() else float(ranges.max())


EXPERTS: dict[str, type[Expert]] = {
    "reach": Reach,
    "push": Push,
    "slide": Slide,
    "pick_and_place": Pick,
    "stack": Stacking,
    "open_drawer": Drawer,
    "navigate": Navigate,
}


def expert_for(env: RobotEnv) -> Expert:
    """The expert of an environment's task.

    Raises:
        InputError: Its control mode has none.
    """
    return EXPERTS[env.robot_spec.task.kind](env)
