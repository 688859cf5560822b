"""A robot scenario as a Gymnasium environment.

Owns the order of an episode: rewind, draw, step, observe, reward. The same seed gives the same bits in any process and
after any other episodes, since every episode begins with a world built anew.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from sim.errors import Diverged, InputError, Problem
from sim.pose import Array
from sim.runners.robot.cell import Cell
from sim.runners.robot.drive import Arm, Wheels, driver_for
from sim.runners.robot.randomise import Randomiser
from sim.runners.robot.sight import Sight, with_shapes
from sim.runners.robot.spec import RobotScenarioSpec, ViewSpec
from sim.runners.robot.task import Navigate, task_for
from sim.world.layout import Layout

FAR = {"arm": 10.0, "wheels": 200.0}  # m, m/s, rad/s: bounds of what is observed; more is cut off
FORCE = 500.0  # N: the greatest contact force that is observed

Observation = dict[str, NDArray[Any]]


class RobotEnv(gymnasium.Env[Observation, NDArray[np.float32]]):
    """A robot, a task and its rewards, as learners know them.

    | key                        | shape     | is                                                     |
    |----------------------------|-----------|--------------------------------------------------------|
    | observation                | (n,)      | what the scenario's ``observe.state`` names, in order    |
    | achieved_goal, desired_goal | (g,)     | m, in the scenario's frame                              |
    | a camera's name            | (h, w, 3) | uint8                                                   |
    | a camera's name + _depth   | (h, w, 1) | float32, m along the axis                                |
    | a camera's name + _thermal | (h, w, 1) | float32, K of what is seen                               |

    ``info``: ``is_success``, ``randomised`` (every value drawn), ``terms`` (parts of a weighted reward),
    ``action_clipped``, ``collided`` (navigate), ``diverged`` (physics blew up; the episode is cut off).

    Args:
        layout: The scenario's world.
        spec: The scenario.
        name: ``world/scenario``.
        render_mode: None or ``rgb_array``.
        pixels: Whether the cameras of ``observe`` are part of the observation.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 25}

    def __init__(
        self,
        layout: Layout,
        spec: RobotScenarioSpec,
        name: str = "",
        render_mode: str | None = None,
        pixels: bool = True,
    ):
        if render_mode not in (None, "rgb_array"):
            raise InputError(Problem(f"{name}: render_mode", "is unknown", "None or rgb_array", str(render_mode)))
        self.name, self.robot_spec, self.render_mode = name, spec, render_mode
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": spec.control.hz}
        self.cell = Cell(layout, spec, name)
        self.driver = driver_for(self.cell)
        self.task = task_for(self.cell, self.driver)
        self.randomiser = Randomiser(self.cell, self.driver)
        self._views = dict(spec.observe.cameras) if pixels else {}
        self._eyes, self._film = Sight(self.cell, wide=False), Sight(self.cell, wide=True)
        self._far = FAR["arm" if isinstance(self.driver, Arm) else "wheels"]
        self._begun = False
        self._n = 0
        self._rays = self._lidar_rays() if "lidar" in spec.observe.state else None
        self.action_space = spaces.Box(-1.0, 1.0, (self.driver.n_actions,), np.float32)
        self.observation_space: Any = self._space()

    def _space(self) -> spaces.Dict:
        g = self.task.size
        sizes = {"proprioception": len(self.driver.feel()), "objects": self.task.n_features}
        sizes |= {"contact": self._n_contacts(), "lidar": self.robot_spec.observe.lidar.beams}
        sizes["people"] = 4 * len(self.robot_spec.walkers)
        n = sum(sizes[name] for name in self.robot_spec.observe.state)
        parts: dict[str, spaces.Space[Any]] = {
            "observation": spaces.Box(-self._far, self._far, (n,), np.float32),
            "achieved_goal": spaces.Box(-self._far, self._far, (g,), np.float32),
            "desired_goal": spaces.Box(-self._far, self._far, (g,), np.float32),
        }
        for key, view in self._views.items():
            width, height = view.size
            parts[key] = spaces.Box(0, 255, (height, width, 3), np.uint8)
            if view.depth:
                parts[f"{key}_depth"] = spaces.Box(0.0, 2000.0, (height, width, 1), np.float32)
            if view.thermal:
                parts[f"{key}_thermal"] = spaces.Box(0.0, 5000.0, (height, width, 1), np.float32)
        return spaces.Dict(parts)

    def _n_contacts(self) -> int:
        if isinstance(self.driver, Arm):
            return len(self.driver.fingers)
        return 1

    # -----------------------------------------------------------------------------------------------------------------
    # An episode

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begins an episode: rewinds the world, draws what differs, the goal and where things begin."""
        super().reset(seed=seed)
        root = int(self.np_random.integers(2**63))
        self.cell.rewind()
        self.randomiser.begin(np.random.default_rng([root, 1]), self.cell.layout.step_hz)
        self.driver.gains = (1.0, 1.0) if not self.randomiser.drawn else self.driver.gains
        self.task.begin(np.random.default_rng([root, 0]))
        gains = self.driver.gains
        self.driver.rewound()
        self.driver.gains = gains
        self.task.read()
        self._n, self._begun = 0, True
        return self.observe(), self._info(bool(self.task.done(self.task.achieved, self.task.goal)))

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Acts for one control step.

        Args:
            action: ``(n_actions,)`` −1 to 1; what is outside is cut off, and ``info`` says so.

        Raises:
            InputError: It has another shape or holds what is no number; the episode has not begun.
        """
        act, clipped = self._checked(action)
        self.driver.act(act)
        if self.robot_spec.randomise:
            self.randomiser.step(self.cell.world.step_count)
        diverged = ""
        try:
            self.cell.world.step(self.cell.substeps)
        except Diverged as error:
            diverged = str(error)
        self._n += 1
        self.driver.read()
        self.task.read()
        achieved, goal = self.task.achieved, self.task.goal
        away = float(self.task.distance(achieved, goal))
        done = away < self.robot_spec.task.threshold and not diverged
        info = self._info(done)
        if clipped:
            info["action_clipped"] = True
        if diverged:
            info["diverged"] = diverged
        if not isinstance(self.robot_spec.reward, str):
            info["terms"] = self._terms(act)
        kind = self.robot_spec.reward
        if kind == "sparse":  # `compute_reward`, without reckoning the distance again
            reward = float(done) - 1.0
        else:
            reward = -float(np.float32(away)) if kind == "dense" else float(self.compute_reward(achieved, goal, info))
        terminated = (done and self.robot_spec.task.end_on_success) or self.task.failed()
        truncated = bool(diverged) or (self._n >= self.robot_spec.horizon and not terminated)
        return self.observe(), reward, terminated, truncated, info

    def _checked(self, action: Any) -> tuple[Array, bool]:
        if not self._begun:
            raise InputError(Problem(f"{self.name}: step", "comes before reset", hint="call reset first"))
        act = np.asarray(action, float)
        if act.shape != (self.driver.n_actions,):
            raise InputError(
                Problem(f"{self.name}: action", "has the wrong shape", f"({self.driver.n_actions},)", str(act.shape))
            )
        if np.abs(act).max() <= 1.0:
            return act, False
        if not np.isfinite(act).all():
            raise InputError(Problem(f"{self.name}: action", "is no number", "finite numbers", str(act.tolist())))
        return np.minimum(np.maximum(act, -1.0), 1.0), True

    def _info(self, done: bool) -> dict[str, Any]:
        info: dict[str, Any] = {"is_success": done}
        if self.robot_spec.randomise:
            info["randomised"] = deepcopy(self.randomiser.drawn)
        if isinstance(self.task, Navigate):
            info["collided"] = self.task.collided
        if len(self.task.things) > 1 and self.robot_spec.task.kind == "pick_and_place":
            info["object"] = self.task.things[self.task.target].name
        return info

    # -----------------------------------------------------------------------------------------------------------------
    # Rewards

    def compute_reward(self, achieved_goal: Any, desired_goal: Any, info: Any) -> Any:
        """The reward of having achieved one goal while another was wanted; shapes ``(…, g)`` give ``(…)``.

        Args:
            achieved_goal: ``(…, g)`` m.
            desired_goal: ``(…, g)`` m.
            info: Of the step, or one of each; a weighted reward takes its other terms from it.
        """
        kind = self.robot_spec.reward
        distance = self.task.distance(achieved_goal, desired_goal)
        if kind == "dense":
            return -distance.astype(np.float32)
        success = self.task.done(achieved_goal, desired_goal)
        if kind == "sparse":
            return np.asarray(success).astype(np.float32) - np.float32(1.0)
        total = np.zeros(np.shape(distance), np.float32)
        for term in kind:
            if term.term in ("distance", "success"):
                value = distance if term.term == "distance" else success
            elif isinstance(info, dict):
                value = info.get("terms", {}).get(term.term, 0.0)
            else:
                value = np.array([one.get("terms", {}).get(term.term, 0.0) for one in info])
            total = total + np.float32(term.weight) * np.asarray(value, np.float32)
        return total

    def _terms(self, action: Array) -> dict[str, float]:
        """The parts of a weighted reward that goals do not tell."""
        things = self.task.things
        reaching = 0.0
        if things:
            reaching = float(np.linalg.norm(self.task.center(things[self.task.target]) - self.driver.tool))
        collided = isinstance(self.task, Navigate) and self.task.collided
        return {"reaching": reaching, "action": float(action @ action), "collision": float(collided), "time": 1.0}

    # -----------------------------------------------------------------------------------------------------------------
    # Observations

    def observe(self) -> Observation:
        """What is perceived now."""
        numbers: list[float] = []
        for name in self.robot_spec.observe.state:
            if name == "proprioception":
                numbers += self.driver.feel()
            elif name == "objects":
                numbers += self.task.features()
            elif name == "contact":
                numbers += self._contact()
            elif name == "people":
                numbers += self._people()
            else:
                numbers += self._lidar().tolist()
        n, g, far = len(numbers), self.task.size, self._far
        every = np.array(numbers + self.task.achieved.tolist() + self.task.goal.tolist(), np.float32)
        if not np.abs(every).max() <= far:
            every = np.minimum(np.maximum(np.nan_to_num(every), -far), far)
        seen: Observation = {
            "observation": every[:n].copy(),
            "achieved_goal": every[n : n + g].copy(),
            "desired_goal": every[n + g :].copy(),
        }
        if self._views:
            self._see(seen)
        return seen

    def _contact(self) -> list[float]:
        """Forces, in parts of 50 N."""
        if isinstance(self.driver, Arm):
            return [min(force, FORCE) / 50.0 for force in self.driver.finger_forces()]
        return [float(isinstance(self.task, Navigate) and self.task.collided)]

    def _people(self) -> list[float]:
        """Of every walker, in the robot's own directions: place m, velocity m/s."""
        frame, driver = self.cell.frame, self.driver
        heading = driver.heading if isinstance(driver, Wheels) else 0.0
        c, s = np.cos(heading), np.sin(heading)
        numbers = []
        for walker in self.cell.walkers:
            for x, y, _ in (frame.place(walker.position) - driver.tool, frame.direction(walker.figure.velocity)):
                numbers += [float(c * x + s * y), float(c * y - s * x)]
        return numbers

    def _see(self, seen: Observation) -> None:
        state = with_shapes(self.cell.state(), self.randomiser.shapes)
        for key, view in self._views.items():
            rgb, more = self._eyes.look(view, state, self.randomiser.light)
            seen[key] = rgb
            seen |= {f"{key}_{name}": values for name, values in more.items()}

    def _lidar_rays(self) -> Array:
        """Directions ``(beams, 3)`` in the robot's frame, counter-clockwise from straight ahead."""
        angles = np.arange(self.robot_spec.observe.lidar.beams) * 2 * np.pi / self.robot_spec.observe.lidar.beams
        return np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1)

    def _lidar(self) -> Array:
        """Distances ``(beams,)`` over the range; what the robot has of its own is seen through."""
        spec, frame, driver = self.robot_spec.observe.lidar, self.cell.frame, self.driver
        assert self._rays is not None
        heading = driver.heading if isinstance(driver, Wheels) else 0.0
        c, s = np.cos(heading), np.sin(heading)
        turned = self._rays @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
        start = frame.out(driver.tool + np.array([0, 0, spec.height]))
        ends = start + spec.range * (turned @ frame.rotation.T)
        hits = self.cell.world.cast_rays(np.tile(start, (len(ends), 1)), ends)
        return np.asarray(hits.fraction)

    # -----------------------------------------------------------------------------------------------------------------
    # Pictures

    def render(self) -> NDArray[np.uint8] | None:
        """What the scenario's film camera sees, ``(h, w, 3)`` uint8; None without a render mode."""
        return self.picture() if self.render_mode == "rgb_array" else None

    def picture(self, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """The same whatever the render mode, in another size if wanted."""
        view = self._film.film_view()
        if size is not None:
            view = view.model_copy(update={"size": size})
        state = with_shapes(self.cell.state(), self.randomiser.shapes)
        return self._film.look(view, state, self.randomiser.light)[0]

    def look(self, view: ViewSpec) -> NDArray[np.uint8]:
        """What any camera sees of what is simulated, ``(h, w, 3)`` uint8."""
        return self._eyes.look(view, with_shapes(self.cell.state(), self.randomiser.shapes), self.randomiser.light)[0]

    def pixel_of(self, place: Array, size: tuple[int, int]) -> Array:
        """Where a place ``(3,)`` of the scenario's frame is in `picture`, px and depth m: ``(3,)``."""
        camera = self._film.camera(self._film.film_view(), self.cell.state())
        return camera.pixels(self.cell.frame.out(place), *size)

    def film_lens(self) -> float:
        """Focal length of the film's camera over its sensor's width."""
        camera = self._film.camera(self._film.film_view(), self.cell.state())
        return camera.lens_mm / camera.sensor_mm

    def close(self) -> None:
        """Frees engine and renderers."""
        self._eyes.close()
        self._film.close()
        self.cell.close()
