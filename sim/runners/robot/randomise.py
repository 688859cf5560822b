"""What differs from episode to episode, drawn from the assets' own attributes and recorded.

Names, modes, operations and distributions are those of Isaac Lab's events. A value equal to the nominal one changes
nothing, so ranges of zero width give the nominal episode to the last bit.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from sim.assets.mesh import Mesh
from sim.errors import InputError, Problem, unknown_name
from sim.pose import Array, from_euler_deg, multiply
from sim.runners.robot.cell import Cell
from sim.runners.robot.drive import Driver
from sim.runners.robot.spec import RandomSpec

AXES = ("x", "y", "z", "roll", "pitch", "yaw")
Drawn = dict[str, Any]


def draw_value(spec: RandomSpec, pair: tuple[float, float], rng: np.random.Generator) -> float:
    """One value of a range."""
    low, high = pair
    if spec.distribution == "gaussian":
        return float(np.clip(rng.normal(low, high), low - 3 * high, low + 3 * high))
    if spec.distribution == "log_uniform":
        return float(math.exp(rng.uniform(math.log(low), math.log(high))) if high > low else low)
    return float(rng.uniform(low, high)) if high > low else low


def bounds_of(spec: RandomSpec, pair: tuple[float, float]) -> tuple[float, float]:
    """The least and greatest value that `draw_value` can give."""
    low, high = pair
    return (low - 3 * high, low + 3 * high) if spec.distribution == "gaussian" else (low, high)


def combine(operation: str, nominal: float, value: float) -> float:
    """The nominal value after an operation."""
    return {"add": nominal + value, "scale": nominal * value, "abs": value}[operation]


class Randomiser:
    """Draws and applies what a scenario's ``randomise:`` says.

    Attributes:
        drawn: Every value of this episode, by the scenario's names and the things.
        light: Factor on all light.
        shapes: Meshes in other colours, by part.
    """

    def __init__(self, cell: Cell, driver: Driver):
        self.cell, self.driver, self.specs = cell, driver, cell.spec.randomise
        self._rows = {}
        for key, spec in self.specs.items():
            for name in spec.objects or (cell.name,):
                if name not in cell.world.parts:
                    raise unknown_name(f"{cell.where}: randomise.{key}.objects", "movable part", name, cell.world.parts)
                self._rows[name] = cell.world.row(name)
            if not spec.objects and spec.term in NEEDS_OBJECTS:
                raise InputError(Problem(f"{cell.where}: randomise.{key}.objects", "is missing", "names of things"))
        self.begin_values()

    def begin_values(self) -> None:
        """Everything nominal."""
        self.drawn: Drawn = {}
        self.light = 1.0
        self.shapes: dict[str, Mesh] = {}
        self._pushes: list[tuple[str, RandomSpec, np.random.Generator, int]] = []

    def begin(self, rng: np.random.Generator, step_hz: int) -> None:
        """Draws and applies an episode's values in a world just rewound.

        Args:
            rng: The episode's own.
            step_hz: Steps of physics a second.
        """
        self.begin_values()
        self._hz = step_hz
        for i, (key, spec) in enumerate(self.specs.items()):
            own = np.random.default_rng([self.cell.spec.seed, i]) if spec.mode == "startup" else rng
            if spec.mode == "interval":
                self._pushes.append((key, spec, own, self._next_push(spec, own, 0)))
            else:
                self.drawn[key] = getattr(self, f"_{spec.term}")(spec, own)

    def step(self, step: int) -> None:
        """Acts on what happens now and then, before an action's steps."""
        for i, (key, spec, rng, due) in enumerate(self._pushes):
            if step >= due:
                self.drawn.setdefault(key, []).append({"step": step} | self._push(spec, rng))
                self._pushes[i] = (key, spec, rng, self._next_push(spec, rng, step))

    def _next_push(self, spec: RandomSpec, rng: np.random.Generator, step: int) -> int:
        return step + max(1, round(draw_value(spec, spec.interval_range_s, rng) * self._hz))

    def _push(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        drawn = {}
        for name in spec.objects or (self.cell.name,):
            change = self._six(spec, spec.velocity_range, rng)
            _, _, linear, angular = self.cell.world.engine.read_body(self._rows[name])
            turn = self.cell.frame.rotation
            self.cell.world.engine.write_velocity(
                self._rows[name], np.array(linear) + turn @ change[:3], np.array(angular) + turn @ change[3:]
            )
            drawn[name] = change.tolist()
        return drawn

    def _six(self, spec: RandomSpec, ranges: Any, rng: np.random.Generator) -> Array:
        return np.array([draw_value(spec, ranges[axis], rng) if axis in ranges else 0.0 for axis in AXES])

    # -----------------------------------------------------------------------------------------------------------------
    # Terms

    def _randomize_rigid_body_mass(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        engine, drawn = self.cell.world.engine, {}
        assert spec.mass_distribution_params is not None
        for name in spec.objects:
            value = draw_value(spec, spec.mass_distribution_params, rng)
            nominal = engine.mass(self._rows[name])
            mass = combine(spec.operation, nominal, value)
            if mass <= 0:
                raise InputError(
                    Problem(f"{self.cell.where}: randomise", f"the mass of {name} becomes {mass:g} kg", "more than 0")
                )
            if mass != nominal:
                engine.set_mass(self._rows[name], mass)
            drawn[name] = {"drawn": value, "mass": mass}
        return drawn

    def _randomize_rigid_body_material(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        engine, drawn = self.cell.world.engine, {}
        for name in spec.objects:
            nominal = engine.surface(self._rows[name])
            values, now = [], list(nominal)
            for i, pair in enumerate((spec.dynamic_friction_range, spec.restitution_range)):
                values.append(None if pair is None else draw_value(spec, pair, rng))
                value = values[i]
                if value is not None:
                    now[i] = max(combine(spec.operation, nominal[i], value), 0.0)
            if tuple(now) != nominal:
                engine.set_surface(self._rows[name], *now)
            drawn[name] = {"drawn": values, "dynamic_friction": now[0], "restitution": now[1]}
        return drawn

    def _randomize_joint_parameters(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        assert spec.friction_distribution_params is not None
        value = draw_value(spec, spec.friction_distribution_params, rng)
        machine = self.cell.machine
        for i in range(len(machine.joints)):
            nominal = machine.damping(i)
            damping = combine(spec.operation, nominal, value)
            if damping != nominal:
                machine.set_damping(i, damping)
        return {"drawn": value}

    def _randomize_actuator_gains(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        values = [
            1.0 if pair is None else combine(spec.operation, 1.0, draw_value(spec, pair, rng))
            for pair in (spec.stiffness_distribution_params, spec.damping_distribution_params)
        ]
        self.driver.gains = (values[0], values[1])
        return {"stiffness": values[0], "damping": values[1]}

    def _randomize_physics_scene_gravity(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        assert spec.gravity_distribution_params is not None
        value = draw_value(spec, spec.gravity_distribution_params, rng)
        nominal = np.array(self.cell.layout.gravity)
        strength = float(np.linalg.norm(nominal))
        now = combine(spec.operation, strength, value)
        if now != strength and strength > 0:
            self.cell.world.engine.set_gravity(nominal / strength * now)
        return {"drawn": value, "gravity": now}

    def _reset_root_state_uniform(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        engine, frame, drawn = self.cell.world.engine, self.cell.frame, {}
        for name in spec.objects:
            pose = self._six(spec, spec.pose_range, rng)
            speed = self._six(spec, spec.velocity_range, rng)
            row = self._rows[name]
            if pose.any():
                at, turn, _, _ = engine.read_body(row)
                change = frame.turn_out(multiply(from_euler_deg(*np.rad2deg(pose[3:])), frame.turn(turn)))
                engine.write_center(row, np.array(at) + frame.rotation @ pose[:3], change)
            if speed.any():
                engine.write_velocity(row, frame.rotation @ speed[:3], frame.rotation @ speed[3:])
            drawn[name] = {"pose": pose.tolist(), "velocity": speed.tolist()}
        return drawn

    def _reset_joints_by_offset(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        machine = self.cell.machine
        joints, speeds = machine.read()
        pairs = spec.position_range or (0.0, 0.0), spec.velocity_range_joints or (0.0, 0.0)
        moves = [[draw_value(spec, pair, rng) for _ in joints] for pair in pairs]
        if np.any(moves):
            places = np.clip(np.add(joints, moves[0]), machine.lower, machine.upper)
            machine.put(places.tolist(), np.add(speeds, moves[1]).tolist())
        return {"position": moves[0], "velocity": moves[1]}

    def _randomize_visual_color(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        drawn = {}
        for name in spec.objects:
            color = tuple(draw_value(spec, spec.colors.get(c, (0.5, 0.5)), rng) for c in ("r", "g", "b"))
            asset = self.cell.layout.placement(name).asset
            self.shapes[name] = painted(asset.mesh, color)
            drawn[name] = list(color)
        return drawn

    def _randomize_light_intensity(self, spec: RandomSpec, rng: np.random.Generator) -> Drawn:
        assert spec.intensity_range is not None
        self.light = max(combine(spec.operation, 1.0, draw_value(spec, spec.intensity_range, rng)), 1e-6)
        return {"light": self.light}


NEEDS_OBJECTS = {
    "randomize_rigid_body_mass",
    "randomize_rigid_body_material",
    "reset_root_state_uniform",
    "randomize_visual_color",
}


def painted(mesh: Mesh, color: tuple[float, ...]) -> Mesh:
    """A mesh in one colour, linear RGB, its textures gone."""
    changed = tuple(
        replace(p, material=replace(p.material, base_color=(color[0], color[1], color[2], 1.0), base_texture=None))
        for p in mesh.primitives
    )
    return Mesh(changed)
