"""What a robot scenario may say.

Owns the file kind ``robot/1``: a robot in a world, how it is driven, what it is to do, what it perceives, what it is
rewarded for and what changes from episode to episode. Places are in the scenario's own frame, `origin`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from sim.schema import Fraction, Name, NonNegative, Pair, Positive, Spec, Strings, Vector
from sim.world.spec import ObjectSpec

Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]*$", max_length=200)]
"""The name of something in a world, ``south_east/panda``."""
Range3 = Annotated[tuple[Vector, Vector], Field(strict=False)]


class OriginSpec(Spec):
    """The frame in which a scenario says places: its own, or that of one of the world's things."""

    at: Vector = (0.0, 0.0, 0.0)
    """m, in the world, or in the frame of `object`."""
    yaw_deg: float = 0.0
    object: Path | None = None


class NearSpec(Spec):
    """What of the world is simulated; all of it is seen."""

    radius: NonNegative
    """m around the origin: things that reach into this circle."""
    without: Strings = ()
    """Things that are not there, by name; ``*`` stands for anything."""
    seen_only: Strings = ()
    """Things near that are seen but not simulated: a roof out of reach."""


class RobotSpec(Spec):
    """The robot: one of the world's own, or an asset placed here."""

    object: Path | None = None
    asset: Name | None = None
    at: Vector = (0.0, 0.0, 0.0)
    yaw_deg: float = 0.0
    joints: dict[str, float] = {}
    """Start positions, rad or m, also where an arm likes to be; the asset's own when left out."""
    tool: str | None = None
    """The part that reaches; the last link when left out."""
    fingers: Strings = ()
    """Joints of the gripper, which open by growing."""
    left_wheels: Strings = ()
    """Joints that drive the left side."""
    right_wheels: Strings = ()

    @model_validator(mode="after")
    def _one(self) -> RobotSpec:
        if (self.object is None) == (self.asset is None):
            raise ValueError("say either object (one of the world's things) or asset")
        return self


class ControlSpec(Spec):
    """How an action, −1 to 1 a number, moves the robot.

    | mode           | action                                                                    |
    |----------------|---------------------------------------------------------------------------|
    | ee_position    | x, y, z: the tool moves up to `step` m, its turn held                       |
    | joint_position | one a joint: it moves up to `step` rad                                      |
    | joint_velocity | one a joint: part of `step` rad/s                                           |
    | torque         | one a joint: part of the joint's own limit times `step`                     |
    | wheel_velocity | forward and turn: part of `step` m/s and of `turn` rad/s                    |

    With `gripper`, one more: the change of its opening, part of 0.2 m.
    """

    mode: Literal["ee_position", "joint_position", "joint_velocity", "torque", "wheel_velocity"] = "ee_position"
    step: Positive = 0.05
    turn: Positive = 1.0
    """rad/s"""
    hz: Annotated[int, Field(ge=1, le=1000)] = 25
    """Actions a second."""
    substeps: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Steps of physics an action; the world's own step rate when left out."""
    gripper: bool = False
    gripper_force: Positive | None = None
    """N; the joints' own limit when left out."""
    efforts: Annotated[tuple[Positive, ...], Field(strict=False)] = ()
    """N m or N: the largest of each joint that is driven, or one for all; each joint's own limit when left out."""
    tool_rotate_deg: Vector = (180.0, 0.0, 0.0)
    """The turn at which ``ee_position`` holds the tool."""
    floor: float | None = 0.0
    """m: the tool is not sent below."""
    wheel_radius: Positive = 0.165
    track: Positive = 0.55
    """m between left and right wheels; skid-steered robots behave as if it were wider."""


class RegionSpec(Spec):
    """A box to draw places from, m."""

    low: Vector
    high: Vector
    on_floor: Fraction = 0.0
    """Part of the draws that lie at `low`'s height."""

    @model_validator(mode="after")
    def _ordered(self) -> RegionSpec:
        if any(a > b for a, b in zip(self.low, self.high, strict=True)):
            raise ValueError("low is above high")
        return self


class TaskSpec(Spec):
    """What the robot is to do. Things count by their centre of mass.

    | kind           | done when                                                                  |
    |----------------|----------------------------------------------------------------------------|
    | reach          | the tool is within `threshold` of the goal                                   |
    | push, slide, pick_and_place | the object is                                                    |
    | stack          | the two objects, one on the other, are; the goal is where the lower one goes   |
    | open_drawer    | the `joint` of the object is open as far as the goal says, along x             |
    | navigate       | the robot stands within `threshold` of the goal                              |
    """

    kind: Literal["reach", "push", "slide", "pick_and_place", "stack", "open_drawer", "navigate"]
    goal: RegionSpec
    threshold: Positive = 0.05
    objects: Annotated[tuple[Path, ...], Field(strict=False)] = ()
    """What is handled. Of several, one an episode is drawn (pick_and_place), or they are stacked in this order."""
    start: RegionSpec | None = None
    """Where objects begin (their lowest point), or the robot of ``navigate``; where they stand when left out."""
    start_yaw_deg: Pair = (0.0, 0.0)
    min_gap: NonNegative = 0.0
    """m between the starts of several objects."""
    travel_height: float | None = None
    """m: how high the expert lifts things on their way over others."""
    joint: str | None = None
    """open_drawer: the joint."""
    handle: str | None = None
    """open_drawer: the frame of the asset that is pulled."""
    end_on_success: bool = True
    end_on_collision: bool = False
    """navigate: an episode ends, failed, when the robot runs into something."""

    @model_validator(mode="after")
    def _complete(self) -> TaskSpec:
        needs = {"push": 1, "slide": 1, "pick_and_place": 1, "stack": 2, "open_drawer": 1}.get(self.kind, 0)
        if len(self.objects) < needs:
            raise ValueError(f"{self.kind} needs {needs} objects" if needs > 1 else f"{self.kind} needs an object")
        if self.kind == "open_drawer" and (self.joint is None or self.handle is None):
            raise ValueError("open_drawer needs joint and handle")
        return self


class ViewSpec(Spec):
    """A camera the robot sees through."""

    camera: Path | None = None
    """One of the world's; or"""
    at: Vector | None = None
    """m, in the scenario's frame, or in that of `part`."""
    look_at: Vector | None = None
    part: str | None = None
    """The robot's part that carries it."""
    lens_mm: Positive = 24.0
    ev100: float | None = None
    """Exposure; measured from each picture when left out."""
    size: Annotated[tuple[int, int], Field(strict=False)] = (84, 84)
    depth: bool = False
    """Distance along the axis, m, beside the colours."""
    thermal: bool = False
    """Temperature of what is seen, K, beside the colours: a thermal camera's picture."""

    @model_validator(mode="after")
    def _aimed(self) -> ViewSpec:
        if (self.camera is None) == (self.at is None or self.look_at is None):
            raise ValueError("say either camera (one of the world's) or at and look_at")
        if not all(8 <= side <= 1024 for side in self.size):
            raise ValueError("size is 8 to 1024 px a side")
        return self


class LidarSpec(Spec):
    """Distances around the robot, in a plane."""

    beams: Annotated[int, Field(ge=4, le=2048)] = 36
    range: Positive = 8.0
    """m"""
    height: float = 0.5
    """m above the robot's own frame."""


class ObserveSpec(Spec):
    """What the robot perceives.

    | of `state`     | is                                                                               |
    |----------------|----------------------------------------------------------------------------------|
    | proprioception | tool: place, velocity, opening of the gripper; joint modes: positions and velocities; |
    |                | wheels: heading as cosine and sine, speed, turn rate                               |
    | objects        | place, roll pitch yaw, velocity, turn rate of every object of the task              |
    | contact        | N on each finger                                                                    |
    | lidar          | distances over the range, 0 to 1                                                    |
    | people         | of every walker, ahead and to the left of the robot: place m, velocity m/s             |
    """

    state: Annotated[
        tuple[Literal["proprioception", "objects", "contact", "lidar", "people"], ...], Field(strict=False)
    ] = (
        "proprioception",
        "objects",
    )
    lidar: LidarSpec = LidarSpec()
    cameras: dict[Name, ViewSpec] = {}


class RewardTerm(Spec):
    """One part of a reward.

    | term      | is                                                |
    |-----------|---------------------------------------------------|
    | distance  | m from what is achieved to the goal                 |
    | success   | 1 when done                                         |
    | reaching  | m from the tool to the first object                 |
    | action    | the square of the action                            |
    | collision | 1 when the robot runs into something                 |
    | time      | 1                                                   |
    """

    term: Literal["distance", "success", "reaching", "action", "collision", "time"]
    weight: float


class RandomSpec(Spec):
    """One thing that differs from episode to episode; names, modes and distributions as in Isaac Lab.

    | term                            | changes, by                                                   |
    |---------------------------------|---------------------------------------------------------------|
    | randomize_rigid_body_mass       | the mass of `objects`: mass_distribution_params                 |
    | randomize_rigid_body_material   | their touch: dynamic_friction_range, restitution_range          |
    | randomize_joint_parameters      | viscous friction of the robot's joints: friction_distribution_params |
    | randomize_actuator_gains        | how hard its joints are driven: stiffness_distribution_params,   |
    |                                 | damping_distribution_params                                     |
    | randomize_physics_scene_gravity | gravity's strength: gravity_distribution_params                 |
    | reset_root_state_uniform        | where `objects` begin, relative: pose_range, velocity_range      |
    | reset_joints_by_offset          | where its joints begin, relative: position_range, velocity_range_joints |
    | push_by_setting_velocity        | the velocity of `objects`, now and then: velocity_range, interval_range_s |
    | randomize_visual_color          | the colour of `objects`: colors                                 |
    | randomize_light_intensity       | all light, seen at a fixed exposure: intensity_range            |
    """

    term: Literal[
        "randomize_rigid_body_mass",
        "randomize_rigid_body_material",
        "randomize_joint_parameters",
        "randomize_actuator_gains",
        "randomize_physics_scene_gravity",
        "reset_root_state_uniform",
        "reset_joints_by_offset",
        "push_by_setting_velocity",
        "randomize_visual_color",
        "randomize_light_intensity",
    ]
    mode: Literal["startup", "reset", "interval"] = "reset"
    objects: Annotated[tuple[Path, ...], Field(strict=False)] = ()
    operation: Literal["add", "scale", "abs"] = "scale"
    distribution: Literal["uniform", "log_uniform", "gaussian"] = "uniform"
    """gaussian: the parameters are mean and standard deviation, cut off at three of them."""
    mass_distribution_params: Pair | None = None
    dynamic_friction_range: Pair | None = None
    restitution_range: Pair | None = None
    friction_distribution_params: Pair | None = None
    stiffness_distribution_params: Pair | None = None
    damping_distribution_params: Pair | None = None
    gravity_distribution_params: Pair | None = None
    position_range: Pair | None = None
    velocity_range_joints: Pair | None = None
    intensity_range: Pair | None = None
    pose_range: dict[Literal["x", "y", "z", "roll", "pitch", "yaw"], Pair] = {}
    """m and rad"""
    velocity_range: dict[Literal["x", "y", "z", "roll", "pitch", "yaw"], Pair] = {}
    """m/s and rad/s"""
    colors: dict[Literal["r", "g", "b"], Pair] = {}
    interval_range_s: Pair = (1.0, 2.0)

    PARAMETERS: ClassVar[dict[str, tuple[str, ...]]] = {
        "randomize_rigid_body_mass": ("mass_distribution_params",),
        "randomize_rigid_body_material": ("dynamic_friction_range", "restitution_range"),
        "randomize_joint_parameters": ("friction_distribution_params",),
        "randomize_actuator_gains": ("stiffness_distribution_params", "damping_distribution_params"),
        "randomize_physics_scene_gravity": ("gravity_distribution_params",),
        "reset_root_state_uniform": ("pose_range", "velocity_range"),
        "reset_joints_by_offset": ("position_range", "velocity_range_joints"),
        "push_by_setting_velocity": ("velocity_range",),
        "randomize_visual_color": ("colors",),
        "randomize_light_intensity": ("intensity_range",),
    }

    @model_validator(mode="after")
    def _sound(self) -> RandomSpec:
        mine = self.PARAMETERS[self.term]
        if not any(getattr(self, name) for name in mine):
            raise ValueError(f"{self.term} needs {' or '.join(mine)}")
        others = {name for names in self.PARAMETERS.values() for name in names} - set(mine)
        strays = sorted(others & self.model_fields_set)
        if strays:
            raise ValueError(f"{self.term} knows no {strays[0]}; it takes {', '.join(mine)}")
        if (self.mode == "interval") != (self.term == "push_by_setting_velocity"):
            raise ValueError("mode interval and push_by_setting_velocity belong together")
        for low, high in self.pairs():
            if self.distribution != "gaussian" and low > high:
                raise ValueError(f"a range runs backwards: {low:g} to {high:g}")
            if self.distribution == "log_uniform" and low <= 0:
                raise ValueError("log_uniform needs positive values")
        return self

    def pairs(self) -> list[tuple[float, float]]:
        """Every pair of parameters it has."""
        found = [getattr(self, name) for name in self.PARAMETERS[self.term]]
        flat = [list(value.values()) if isinstance(value, dict) else [value] for value in found if value]
        return [pair for group in flat for pair in group]


class TrainSpec(Spec):
    """How a policy is trained and judged."""

    algorithm: Literal["bc", "cem", "expert", "ppo", "sac", "tqc"] = "bc"
    demonstrations: Annotated[int, Field(ge=1, le=100_000)] = 60
    """Episodes of the expert to begin with."""
    rounds: Annotated[int, Field(ge=0, le=100)] = 3
    """Rounds in which the policy acts and the expert says what it would have done (DAgger)."""
    hidden: Annotated[tuple[int, ...], Field(strict=False)] = (128, 128)
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 60
    generations: Annotated[int, Field(ge=1, le=10_000)] = 12
    """Of the cross-entropy method."""
    steps: Annotated[int, Field(ge=1, le=10**9)] = 20_000
    """Of the environment, for ppo, sac and tqc."""
    evaluation_episodes: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Held-out seeds on which the policy is judged."""
    record_episodes: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Episodes in a dataset."""
    workers: Annotated[int, Field(ge=1, le=256)] = 2
    """Processes."""
    success_rate: Fraction | None = None
    """What the policy must reach; the verdict is then pass or fail."""


class WalkerSpec(Spec):
    """A person who walks along a line and back, m in the scenario's frame."""

    asset: Name = "adult"
    path: Annotated[tuple[Pair, ...], Field(strict=False, min_length=2)]
    speed: Positive = 1.3
    """m/s"""


class RobotScenarioSpec(Spec):
    """A robot, a task and what changes between its episodes."""

    SCHEMA: ClassVar[str] = "robot/1"

    about: str
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    origin: OriginSpec = OriginSpec()
    near: NearSpec | None = None
    """What of the world is simulated; all when left out."""
    objects: dict[Name, ObjectSpec] = {}
    """What the scenario brings along, in its own frame."""
    walkers: dict[Name, WalkerSpec] = {}
    """People who walk to and fro."""
    robot: RobotSpec
    control: ControlSpec = ControlSpec()
    task: TaskSpec
    observe: ObserveSpec = ObserveSpec()
    reward: Literal["sparse", "dense"] | Annotated[tuple[RewardTerm, ...], Field(strict=False)] = "sparse"
    randomise: dict[Name, RandomSpec] = {}
    horizon: Annotated[int, Field(ge=1, le=100_000)] = 50
    """Actions an episode."""
    film: ViewSpec | None = None
    """From where the video is filmed; one that frames the robot when left out."""
    train: TrainSpec = TrainSpec()
