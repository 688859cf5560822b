"""Assets placed somewhere, under a sky and a clock. The only thing that steps.

Owns the live side of a `Layout`: builds the engine's bodies, advances them, hands out State and Events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.assets.library import Library
from sim.assets.mesh import Mesh
from sim.assets.substance import SurfaceSpec
from sim.errors import Diverged, InputError, Problem, unknown_name
from sim.physics.body import Body, Contacts, RayHits, Snapshot
from sim.physics.engine import Engine
from sim.physics.impact import Impact, ImpactWatch, Rub
from sim.physics.pillar import Pillar
from sim.physics.puppet import Puppet
from sim.pose import Array, Pose, rotate, vector
from sim.world.event import Event
from sim.world.layout import Layout, Placement
from sim.world.state import State
from sim.world.system import System

if TYPE_CHECKING:
    from sim.world.heat import Heat

START_OVERLAP = 0.00125  # m: deeper overlaps at the start are refused; 1 mm, and a little for rounding and margins
SPEED_OF_SOUND = 343.0  # m/s: nothing here is meant to be faster
CHECK_SECONDS = 0.5  # how often a world looks whether it blew up
AWAY = 1000.0  # m below its place: where a thing is that is not there yet
DEEP = 0.5  # overlap, as part of the smaller thing's radius, that counts as blown up


@dataclass(frozen=True, eq=False)
class Save:
    """A moment of a world to go back to, bit for bit."""

    snapshot: Snapshot
    events: int
    lit: NDArray[np.bool_]
    away: frozenset[str]
    held: tuple[str, ...]
    systems: tuple[Any, ...]


class World:
    """A layout that lives.

    | method            | does                                                                  |
    |-------------------|-----------------------------------------------------------------------|
    | load              | reads a world by name                                                   |
    | step              | advances                                                                |
    | read, write       | hands out and takes a State                                             |
    | save, restore     | goes back to an earlier moment, bit for bit                              |
    | push, twist, command | acts on parts and joints by name                                      |
    | switch, appear, vanish | lamps, and things that are not always there                           |
    | hold, place, release | things whose motion is prescribed                                     |
    | add               | lets a system take part: a driven car, a person who walks, heat           |
    | contacts, cast_rays  | asks what touches and what is seen                                     |

    Use it as a context manager, or `close` it, when a process builds many.

    Args:
        layout: What to build.
        events: Whether to log contacts as Events in `events`. It costs time for every part that moves.
        lean: Articulated things whose fixed parts are one with what carries them, and which of their joints are
            locked: they step quicker; contacts name the part that carries.
    """

    def __init__(self, layout: Layout, events: bool = False, lean: Mapping[str, tuple[str, ...]] | None = None):
        self.layout = layout
        self.events: list[Event] = []
        bodies = [_body(p, (lean or {}).get(p.name)) for p in layout.placements]
        ground = layout.library.substances[layout.ground.substance].surface if layout.ground else None
        self._engine = Engine(
            bodies,
            layout.step_hz,
            layout.gravity,
            layout.sleeping,
            ground,
            layout.ground.height if layout.ground else 0.0,
        )
        self._parts = tuple(self._engine.parts[: self._engine.n_movable])
        self._row = {name: i for i, name in enumerate(self._engine.parts)}
        self._joints = tuple(joint.name for joint in self._engine.joints)
        lamps = _lamps(layout)
        self._joint_row = {name: i for i, name in enumerate(self._joints)}
        self._lamps, self._lit = tuple(lamps), np.array(list(lamps.values()), bool)
        self._away: set[str] = set()
        self._held: dict[str, Puppet] = {}
        self._systems: list[System] = []
        self._radius = self._ball_radii()
        self._check_every = max(1, round(CHECK_SECONDS * layout.step_hz))
        self._good = self._read()
        self._refuse_overlaps()
        self._watch: ImpactWatch | None = None
        if events:
            self.watch()
        self.heat: Heat | None = None
        if layout.heated:
            from sim.world.heat import Heat

            self.heat = Heat(self)
            self._cold_start = self.heat.save()
            self.add(self.heat)

    @classmethod
    def load(cls, name: str | Path, library: Library | None = None, events: bool = False) -> World:
        """The world of that name, or of a ``world.yaml``, built and ready to step.

        Raises:
            InputError: With everything that is wrong with the files; things that start inside each other.
        """
        return cls(Layout.load(name, library), events)

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the engine."""
        self._engine.close()

    # -----------------------------------------------------------------------------------------------------------------
    # Time

    @property
    def time(self) -> float:
        """Seconds since the start."""
        return self._engine.step_count / self.layout.step_hz

    @property
    def step_count(self) -> int:
        """Steps since the start."""
        return self._engine.step_count

    def step(self, n: int = 1) -> None:
        """Advances ``n`` steps of ``1 / step_hz`` s.

        Raises:
            Diverged: Physics blew up; the last good state is written beside the message.
        """
        while n > 0:
            now = self._engine.step_count
            stretch = min(n, self._check_every - now % self._check_every)
            if self._watch is None and not self._systems:
                self._engine.step(stretch)
            else:
                for _ in range(stretch):
                    self._step_once()
            if self._engine.step_count % self._check_every == 0:
                self._check()
            n -= stretch

    def _step_once(self) -> None:
        step = self._engine.step_count
        for system in self._systems:
            if step % system.every == 0:
                system.step(self)
        if self._watch is None:
            self._engine.step(1)
        else:
            self._log(self._watch.step())
            self._log_rubs(self._watch.rubs)

    def add(self, system: System) -> None:
        """Lets a system take part from the next step on; systems act in the order in which they were added."""
        self._systems.append(system)

    def rewind(self) -> None:
        """Goes back to before the first step, to the last bit, whatever happened since; of systems only heat stays."""
        self._engine.rewind()
        self._away.clear()
        self._held.clear()
        self.events.clear()
        self._lit = np.array(list(_lamps(self.layout).values()), bool)
        self._systems.clear()
        if self.heat is not None:
            self.heat.restore(self._cold_start)
            self.add(self.heat)
        self._restart()

    @property
    def engine(self) -> Engine:
        """The engine, by rows, for those who read and write a few parts many times a second."""
        return self._engine

    def log(self, event: Event) -> None:
        """Puts an event that is no contact into `events`."""
        self.events.append(event)

    def watch(self) -> None:
        """Logs contacts as Events from now on."""
        if self._watch is None:
            self._watch = ImpactWatch(self._engine, self._radius, np.array(self.layout.gravity))
            for puppet in self._held.values():
                self._watch.hold(puppet.rows, True)

    def _log_rubs(self, rubs: list[Rub]) -> None:
        names, time, step = self._engine.parts, self.time, self._engine.step_count
        for r in rubs:
            place, normal = vector(r.position), vector(r.normal)
            a, b = names[r.part_a], names[r.part_b]
            self.events.append(Event("rub", time, step, a, b, place, normal, speed=r.slip, value=r.force))

    def _log(self, impacts: list[Impact]) -> None:
        names = self._engine.parts
        for i in impacts:
            self.events.append(
                Event(
                    "contact",
                    i.time,
                    self._engine.step_count,
                    names[i.part_a],
                    names[i.part_b],
                    vector(i.position),
                    vector(i.normal),
                    i.impulse,
                    i.speed,
                )
            )

    # -----------------------------------------------------------------------------------------------------------------
    # State

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the movable parts, in the order of a State's arrays."""
        return self._parts

    @property
    def joints(self) -> tuple[str, ...]:
        """Names of the joints, in the order of a State's arrays."""
        return self._joints

    def read(self) -> State:
        """The state now."""
        return self._read(self._systems)

    def _read(self, systems: Sequence[System] = ()) -> State:
        """The state now, with what some systems add."""
        position, orientation = self._engine.read_poses()
        linear, angular = self._engine.read_velocities()
        joint, speed = self._engine.read_joints()
        for puppet in self._held.values():
            linear[puppet.rows], angular[puppet.rows] = puppet.linear, puppet.angular
            speed[puppet.joints] = puppet.speeds
        fields: dict[str, Array] = {}
        shapes: dict[str, Mesh] = {}
        for system in systems:
            fields |= system.fields()
            shapes |= system.shapes()
        state = State(
            self._engine.step_count,
            self.layout.step_hz,
            self._parts,
            position,
            orientation,
            linear,
            angular,
            self._joints,
            joint,
            speed,
            self._lamps,
            self._lit.copy(),
            fields,
            shapes,
        )
        for system in self._systems:
            system.amend(state)
        return state

    def write(self, state: State) -> None:
        """Puts everything where a state says; the clock and the lamps too, not what systems added.

        Contacts are found anew: for bit-equality use `restore`.

        Raises:
            InputError: The state is of other parts or joints.
        """
        if state.parts != self._parts or state.joints != self._joints:
            raise InputError(
                Problem(
                    f"world {self.layout.name}",
                    "the state is of another world",
                    f"{len(self._parts)} parts",
                    f"{len(state.parts)}",
                )
            )
        self._engine.write(
            state.position,
            state.orientation,
            state.linear_velocity,
            state.angular_velocity,
            state.joint_position,
            state.joint_velocity,
        )
        self._engine.step_count = state.step
        if state.lamps == self._lamps:
            self._lit = state.lit.copy()
        self._restart()

    def save(self) -> Save:
        """A moment to go back to; whoever continues from it, this world included, gets the same bits."""
        systems = tuple(system.save() for system in self._systems)
        away, held = frozenset(self._away), tuple(self._held)
        save = Save(self._engine.save(), len(self.events), self._lit.copy(), away, held, systems)
        for puppet in self._held.values():
            puppet.hold()
        self._restart()
        return save

    def restore(self, save: Save) -> None:
        """Goes back to a saved moment of this world, or of one built from the same files with the same systems."""
        for part in self._away - save.away:
            self._engine.put_back(self.row(part))
        for part in set(self._held) - set(save.held):
            self.release(part)
        self._engine.restore(save.snapshot)
        for part in save.held:
            self.hold(part).hold()
        del self.events[save.events :]
        self._lit, self._away = save.lit.copy(), set(save.away)
        for part in self._away:
            self._engine.take_out(self.row(part))
        for system, saved in zip(self._systems, save.systems, strict=True):
            system.restore(saved)
        self._restart()

    def _restart(self) -> None:
        self._good = self._read()
        if self._watch is not None:
            self._watch.restart()

    # -----------------------------------------------------------------------------------------------------------------
    # Acting

    def row(self, part: str) -> int:
        """The row of a movable part in a State's arrays.

        Raises:
            InputError: No movable part has that name.
        """
        row = self._row.get(part, len(self._parts))
        if row >= len(self._parts):
            raise unknown_name(f"world {self.layout.name}", "movable part", part, self._parts)
        return row

    def push(self, part: str, force: ArrayLike, at: ArrayLike | None = None) -> None:
        """Pushes a part during the next step.

        Args:
            part: Its name.
            force: ``(3,)`` N, world axes.
            at: ``(3,)`` m, a place in the world; the centre of mass when left out.
        """
        row = self._stir(part)
        place = self._engine.read_centers(np.array([row]))[0][0] if at is None else at
        self._engine.apply_force(row, force, place)

    def twist(self, part: str, torque: ArrayLike) -> None:
        """Turns a part with ``torque`` ``(3,)`` N m about world axes during the next step."""
        self._engine.apply_torque(self._stir(part), torque)

    def wrench(
        self,
        part: str,
        force: tuple[float, float, float],
        at: tuple[float, float, float],
        torque: tuple[float, float, float],
    ) -> None:
        """Pushes a part at a place and turns it during the next step; plain tuples: the quick way for every step."""
        self._engine.apply_wrench(self._stir(part), force, at, torque)

    def throw(self, part: str, velocity: ArrayLike, angular_velocity: ArrayLike = (0, 0, 0)) -> None:
        """Gives a free thing a velocity, m/s, and a turn rate, rad/s, at once; world axes."""
        self._engine.write_velocity(self._stir(part), velocity, angular_velocity)
        self._restart()

    def move(self, part: str, pose: Pose) -> None:
        """Puts a free or kinematic thing somewhere at once, at rest."""
        self._engine.write_pose(self._stir(part), pose)
        self._restart()

    def command(self, targets: Mapping[str, float], mode: str = "position", effort: float | None = None) -> None:
        """Drives joints until commanded otherwise.

        Args:
            targets: By joint name (``panda/panda_joint1``): rad or m, rad/s or m/s, N m or N.
            mode: ``position``, ``velocity`` or ``torque`` (torque acts during the next step only).
            effort: The largest torque or force; each joint's own limit when left out.

        Raises:
            InputError: No joint has that name, there is no such mode, or a target is no number.
        """
        if mode not in ("position", "velocity", "torque"):
            raise unknown_name("command", "mode", mode, ["position", "velocity", "torque"])
        for name, target in targets.items():
            if name not in self._joint_row:
                raise unknown_name(f"world {self.layout.name}", "joint", name, self._joints)
            if not np.isfinite(target):
                raise InputError(Problem(f"command {name}", "is no number", got=str(target)))
            self._engine.command(self._joint_row[name], mode, float(target), effort)
            self._stir(name.rsplit("/", 1)[0])

    def switch(self, lamp: str, on: bool) -> None:
        """Switches a lamp, ``thing/light``, or all lamps of a thing.

        Raises:
            InputError: No lamp or thing with lamps has that name.
        """
        which = [i for i, name in enumerate(self._lamps) if name == lamp or name.startswith(f"{lamp}/")]
        if not which:
            raise unknown_name(f"world {self.layout.name}", "lamp", lamp, self._lamps)
        for i in which:
            if self._lit[i] != on:
                self._lit[i] = on
                self.log(Event("switch", self.time, self.step_count, self._lamps[i], value=float(on)))

    def vanish(self, part: str) -> None:
        """Takes a thing out of the world until it appears: 1 km below its place, still, touching nothing."""
        row = self._stir(part)
        if part not in self._away:
            pose = self._pose(row)
            self._engine.write_pose(row, Pose(pose.position - np.array([0, 0, AWAY]), pose.orientation))
            self._engine.take_out(row)
            self._away.add(part)
            self.log(Event("vanish", self.time, self.step_count, part))
            self._restart()

    def appear(self, part: str, pose: Pose | None = None, velocity: ArrayLike = (0, 0, 0)) -> None:
        """Puts a thing that had vanished back: at `pose`, or where it was; with a velocity in m/s."""
        row = self._stir(part)
        if part in self._away:
            was = self._pose(row)
            self._engine.put_back(row)
            self._engine.write_pose(row, pose or Pose(was.position + np.array([0, 0, AWAY]), was.orientation))
            if np.any(velocity):
                self._engine.write_velocity(row, velocity, (0, 0, 0))
            self._away.discard(part)
            self.log(Event("appear", self.time, self.step_count, part))
            self._restart()

    def hold(self, part: str) -> Puppet:
        """Prescribes a thing's motion from now on: it goes where the puppet's `place` puts it, until `release`.

        What runs into it feels its mass, and `Puppet.struck` tells.
        """
        if part not in self._held:
            self._held[part] = puppet = Puppet(self._engine, self.row(part))
            if self._watch is not None:
                self._watch.hold(puppet.rows, True)
        return self._held[part]

    def place(
        self,
        part: str,
        pose: Pose,
        velocity: ArrayLike = (0, 0, 0),
        angular_velocity: ArrayLike = (0, 0, 0),
        joints: Sequence[float] = (),
        joint_velocities: Sequence[float] = (),
    ) -> None:
        """Puts a held thing somewhere: m/s and rad/s of its base, world axes; joints in the order of a State's."""
        at, turn = pose.position.tolist(), pose.orientation.tolist()
        v, w = np.asarray(velocity, float).tolist(), np.asarray(angular_velocity, float).tolist()
        self.put(part, at, turn, v, w, joints, joint_velocities)

    def put(
        self,
        part: str,
        at: Sequence[float],
        turn: Sequence[float],
        velocity: Sequence[float],
        angular_velocity: Sequence[float],
        joints: Sequence[float] = (),
        joint_velocities: Sequence[float] = (),
    ) -> None:
        """`place` from plain numbers, ``turn`` xyzw: the quick way for crowds."""
        puppet = self._held[part]
        puppet.put(at, turn, velocity, angular_velocity, joints, joint_velocities)
        if self._watch is not None:
            self._watch.carry(puppet.rows, velocity)

    def held(self, part: str) -> Puppet | None:
        """The puppet of a held thing; None of any other."""
        return self._held.get(part)

    def release(self, part: str) -> None:
        """Lets physics have a held thing, with the velocities it has."""
        puppet = self._held.pop(part, None)
        if puppet is not None:
            puppet.release()
            if self._watch is not None:
                self._watch.hold(puppet.rows, False)
                self._watch.carry(puppet.rows, puppet.linear)

    def _pose(self, row: int) -> Pose:
        position, orientation = self._engine.read_poses()
        return Pose(position[row], orientation[row])

    def set_collides(self, part: str, collides: bool) -> None:
        """Whether a part touches anything; a car on ray wheels has wheels that do not."""
        self._engine.set_collides(self.row(part), collides)

    def _stir(self, part: str) -> int:
        row = self.row(part)
        if self._watch is not None:
            self._watch.stir(row)
        return row

    # -----------------------------------------------------------------------------------------------------------------
    # Asking

    @property
    def names(self) -> list[str]:
        """Names of all parts that touch, movable ones first: what rows of contacts and ray hits mean."""
        return self._engine.parts

    def surface(self, part: str) -> SurfaceSpec:
        """How a part touches that is in `names`.

        Raises:
            InputError: Nothing is called so.
        """
        layout = self.layout
        if part == "ground" and layout.ground:
            return layout.library.substances[layout.ground.substance].surface
        things = {p.name: p.asset for p in layout.placements}
        if part in things:
            asset = things[part]
            return asset.surface(asset.model.links[0] if asset.articulated else "")
        thing, _, link = part.rpartition("/")
        if thing not in things:
            raise unknown_name(f"world {layout.name}", "part", part, self.names)
        return things[thing].surface(link)

    def contacts(self, part: str | None = None) -> Contacts:
        """Where things touch after the last step: rows are indices into `names`."""
        return self._engine.contacts(None if part is None else [self.row(part)])

    def cast_rays(self, origins: ArrayLike, ends: ArrayLike) -> RayHits:
        """What rays ``(n, 3)`` to ``(n, 3)`` in m meet first: rows are indices into `names`, −1 for nothing."""
        return self._engine.cast_rays(origins, ends)

    def pillar(self, radius: float, height: float) -> Pillar:
        """An upright cylinder, m, that asks what it would touch: rows are indices into `names`."""
        return Pillar(self._engine, radius, height)

    def versions(self) -> dict[str, str]:
        """What stepped it."""
        return {"pybullet": self._engine.version()}

    # -----------------------------------------------------------------------------------------------------------------
    # Watching over physics

    def _ball_radii(self) -> Array:
        """Radius, m, of a ball about each movable part's centre of mass that holds it; 1 m for a robot's links."""
        radii = np.full(len(self._parts), 1.0)
        of_asset: dict[str, float] = {}
        for p in self.layout.placements:
            if p.movable and not p.asset.articulated:
                if p.asset.name not in of_asset:
                    low, high = p.asset.measure.bounds - np.array(p.asset.measure.mass.center)
                    of_asset[p.asset.name] = float(np.linalg.norm(np.maximum(-low, high)))
                radii[self._row[p.name]] = of_asset[p.asset.name] * p.scale
        return radii

    def _refuse_overlaps(self) -> None:
        self._engine.detect()
        touching = self._engine.contacts()
        names, things = self._engine.parts, {p.name for p in self.layout.placements}
        deep: dict[tuple[str, str], float] = {}
        for i in np.flatnonzero(touching.distance < -START_OVERLAP):
            pair = (names[touching.part_a[i]], names[touching.part_b[i]])
            a, b = (name if name in things else name.rpartition("/")[0] for name in pair)
            if a != b:  # links of one robot may overlap
                deep[pair] = min(deep.get(pair, 0.0), float(touching.distance[i]))
        if deep:
            self.close()
            worst = sorted(deep.items(), key=lambda item: item[1])
            raise InputError(
                *[
                    Problem(
                        f"world {self.layout.name}: objects.{a}",
                        f"starts {-d * 1000:.1f} mm inside {b}",
                        hint="move one of them apart",
                    )
                    for (a, b), d in worst[:10]
                ]
            )

    def _check(self) -> None:
        state = self._read()
        speed = np.linalg.norm(state.linear_velocity, axis=1)
        bad = ~np.isfinite(state.position).all(axis=1) | ~np.isfinite(speed) | (speed > SPEED_OF_SOUND)
        what, got = "is faster than sound or nowhere", ""
        if bad.any():
            i = int(np.argmax(bad))
            got = f"{speed[i]:.0f} m/s at {np.round(state.position[i], 2).tolist()}"
        elif self._engine.step_count % (4 * self._check_every) == 0:
            touching = self._engine.contacts()
            moving = (touching.part_a < len(self._parts)) & (touching.part_b < len(self._parts))
            limit = np.full(len(moving), np.inf)
            limit[moving] = DEEP * np.minimum(
                self._radius[touching.part_a[moving]], self._radius[touching.part_b[moving]]
            )
            deep = touching.distance < -limit
            if deep.any():
                i = int(touching.part_a[np.argmax(deep)])
                bad[i] = True
                what, got = "is deep inside another thing", f"{-touching.distance[deep].min() * 1000:.0f} mm"
        if not bad.any():
            self._good = state
            return
        path = self._keep_last_good()
        raise Diverged(
            Problem(
                f"world {self.layout.name}: {self._parts[i]}: step {self._engine.step_count} ({self.time:.3f} s)",
                what,
                got=got,
                hint=f"the last good state, step {self._good.step}, is in {path}; "
                "a smaller step (step_hz) or less force may help",
            )
        )

    def _keep_last_good(self) -> Path:
        from sim.world.take import write_state

        path = self.layout.library.root / "renders" / self.layout.name / "last_good_state.npz"
        write_state(path, self._good)
        return path


def _lamps(layout: Layout) -> dict[str, bool]:
    """Every light by name, and whether it burns at the start."""
    lamps = {name: spec.lit for name, spec in layout.lights.items()}
    return lamps | {f"{p.name}/{spec.name}": spec.lit for p in layout.placements for spec in p.asset.spec.lights}


def _body(p: Placement, lean: tuple[str, ...] | None = None) -> Body:
    """What the engine needs of a placement."""
    asset = p.asset
    common: dict[str, Any] = {
        "name": p.name,
        "motion": p.motion,
        "pose": p.pose,
        "scale": p.scale,
        "surface": asset.surface(),
        "linear_damping": asset.spec.physics.linear_damping,
        "angular_damping": asset.spec.physics.angular_damping,
        "velocity": p.velocity,
        "angular_velocity": p.angular_velocity,
    }
    if asset.articulated:
        surfaces: dict[str, SurfaceSpec] = {part: asset.surface(part) for part in asset.spec.parts}
        return Body(
            **common, model=asset.source, joints=asset.spec.joints, positions=p.joints, surfaces=surfaces, lean=lean
        )
    measure = asset.measure
    if any(p.velocity):  # files give the velocity of the thing's own frame; the engine wants its centre of mass's
        arm = rotate(p.pose.orientation, np.array(measure.mass.center) * p.scale)
        common["velocity"] = tuple(np.asarray(p.velocity) + np.cross(p.angular_velocity, arm))
    return Body(**common, collider=measure.collider, mass=measure.mass)
