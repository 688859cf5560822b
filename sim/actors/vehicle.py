"""A drivable vehicle in a world: it reads its body and the ground under its wheels, and pushes its body.

The chassis is the asset's root body. Wheels are rays: their colliders touch nothing while a vehicle is driven; where
they hang, steer and turn is written into every State that is read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sim.actors.wheels import Wheels
from sim.assets.chassis import read_chassis
from sim.errors import InputError, Problem
from sim.physics.vehicle import Controls, Ground, Vec, VehicleModel
from sim.pose import Array
from sim.world.state import State
from sim.world.system import System
from sim.world.world import World

VEHICLE_FIELDS = (
    "speed",  # m/s along its heading
    "lateral_speed",  # m/s to its left, of the centre of mass
    "acceleration",  # m/s² along its heading, what its passengers feel on level ground
    "lateral_acceleration",  # m/s² to its left
    "yaw_rate",  # rad/s
    "rpm",  # of the engine
    "gear",  # 0 neutral, −1 reverse
    "throttle",  # 0 to 1
    "brake",  # 0 to 1, the pressure at the wheels
    "steer",  # rad, road-wheel angle of the single track
)
"""The first columns of ``State.fields["<name>/vehicle"]``; those of every wheel follow."""
WHEEL_FIELDS = (
    "load",  # N
    "slip",  # longitudinal slip, negative when braking
    "slip_angle",  # rad
    "spin",  # rad/s
    "slide",  # m/s of the tread over the road
    "compression",  # m from rest
    "friction",  # coefficient of what it stands on
)
ABOVE = 0.12  # m above the bump stop's contact: where the wheels' rays begin, still under the body
BELOW = 0.02  # m beyond the fullest droop: where they end
BRAKE_LIGHT = 0.02  # pedal
BLINK = 1.5  # 1/s, UN R6: 60 to 120 a minute


class Vehicle(System):
    """A vehicle that drives as its `controls` say: add it to its world.

    | attribute  | is                                                                          |
    |------------|-----------------------------------------------------------------------------|
    | controls   | what the driver does; set it at any time                                      |
    | headlights | on or off; None leaves them as they are                                        |
    | indicator  | ``left``, ``right``, ``both`` or ``""``                                         |
    | model      | suspension, tyres, steering, drive                                             |
    | columns    | the names of the columns of its field                                          |

    Args:
        world: Where it is.
        name: Which thing; its asset has a ``vehicle:`` section.
        friction: What a place and the part there do to friction beside their substances, as a factor: a wet patch.

    Raises:
        InputError: There is no such thing, or it is no vehicle.
    """

    def __init__(self, world: World, name: str, friction: Callable[[Vec, str], float] | None = None):
        placement = world.layout.placement(name)
        asset, where = placement.asset, f"world {world.layout.name}: {name}"
        spec = asset.spec.vehicle
        if spec is None or not asset.articulated:
            raise InputError(Problem(where, f"{asset.name} is no vehicle", "an asset with a vehicle section"))
        if placement.scale != 1 or placement.motion != "dynamic":
            raise InputError(Problem(where, "cannot drive", "scale 1, not fixed"))
        self.name, self.world, self._friction = name, world, friction
        parts = [part for axle in spec.axles for part in axle.wheels]
        chassis = read_chassis(asset.source, parts, str(asset.folder / "asset.yaml"))
        self.model = VehicleModel(spec, chassis)
        self.controls = Controls()
        self.headlights: bool | None = None
        self.indicator = ""
        self._engine, self.row = world.engine, world.row(name)
        self._wheels = Wheels(world, name, chassis)
        self._dt, self._gravity = 1 / world.layout.step_hz, tuple(world.layout.gravity)
        air = world.layout.air
        self._drag, self._wind, self.air_density = 0.5 * air.density * spec.drag_area, tuple(air.wind), air.density
        frame = self._engine.com_pose(self.row, type(placement.pose)())
        self._center = tuple(frame.position.tolist())
        self._tilted = None if abs(frame.orientation[3]) > 1 - 1e-9 else frame.inverse
        self._own = set(np.flatnonzero(self._engine.families == self._engine.families[self.row]).tolist())
        self._rays = [self._ray(w) for w in self.model.wheels]
        self._mu: dict[int, tuple[float, str]] = {}
        self._tyre_mu = [world.surface(f"{name}/{part}").dynamic_friction or 0.0 for part in parts]
        self._balance = all(len(axle.wheels) == 1 for axle in spec.axles)
        lamps = [lamp for lamp in world.read().lamps if lamp.startswith(f"{name}/")]
        self._lamps = {lamp: lamp.rpartition("/")[2] for lamp in lamps}
        self._lit: dict[str, bool] = {}
        self._values = np.zeros(len(VEHICLE_FIELDS) + len(WHEEL_FIELDS) * len(parts))
        self.columns = VEHICLE_FIELDS + tuple(f"{field}_{_short(part)}" for part in parts for field in WHEEL_FIELDS)
        self.speed = self.lateral_speed = self.acceleration = self.lateral_acceleration = self.yaw_rate = 0.0
        self.grade = 0.0  # sine of the slope it climbs
        self._frictions = [0.0] * len(parts)
        self._roll(float(np.dot(placement.velocity, placement.pose.apply((1, 0, 0)) - placement.pose.position)))

    def _ray(self, w: Any) -> tuple[Vec, float, float]:
        """Start of a wheel's ray in the body's frame, its length, and how deep it meets the ground at rest."""
        x, y, z = w.mount.hub
        low = z - w.radius
        start = low + w.axle.bump_travel + ABOVE
        droop = w.rest_load / w.axle.spring_rate
        return (x, y, start), start - low + droop + BELOW, start - low

    # -----------------------------------------------------------------------------------------------------------------
    # Stepping

    def step(self, world: World) -> None:
        """Reads body and ground, advances the wheels, pushes the body."""
        at, turn, v, w = self._engine.read_body(self.row)
        if self._tilted is not None:
            turn = (_turned(turn, self._tilted)).tolist()
        forward, left, up = _axes(*turn)
        arms, grounds, hit = self._feel(at, v, w, forward, left, up)
        forces = self.model.step(self._dt, forward, left, self.controls, grounds)
        fx = fy = fz = tx = ty = tz = 0.0
        for i, (gx, gy, gz) in enumerate(forces):
            ax, ay, az = arms[i]
            fx, fy, fz = fx + gx, fy + gy, fz + gz
            tx, ty, tz = tx + ay * gz - az * gy, ty + az * gx - ax * gz, tz + ax * gy - ay * gx
            if hit[i] and forces[i][2]:
                place = (at[0] + ax, at[1] + ay, at[2] + az)
                world.push(hit[i], (-gx, -gy, -gz), place)
        rx, ry, rz = v[0] - self._wind[0], v[1] - self._wind[1], v[2] - self._wind[2]
        drag = self._drag * math.sqrt(rx * rx + ry * ry + rz * rz)
        fx, fy, fz = fx - drag * rx, fy - drag * ry, fz - drag * rz
        if self._balance:
            lean = self._lean(forward, left, v, w)
            tx, ty, tz = tx + lean * forward[0], ty + lean * forward[1], tz + lean * forward[2]
        world.wrench(self.name, (fx, fy, fz), at, (tx, ty, tz))
        self._note(forward, left, v, w, (fx, fy, fz))
        if self._lamps:
            self._light(world)

    def _feel(
        self, at: Vec, v: Vec, w: Vec, forward: Vec, left: Vec, up: Vec
    ) -> tuple[list[Vec], list[Ground | None], list[str]]:
        """What each wheel stands on: arms from the centre of mass, grounds, and movable parts under wheels."""
        (fx, fy, fz), (lx, ly, lz), (ux, uy, uz) = forward, left, up
        cx, cy, cz = self._center
        starts, ends = [], []
        for (x, y, z), length, _ in self._rays:
            x, y, z = x - cx, y - cy, z - cz
            a = at[0] + fx * x + lx * y + ux * z
            b = at[1] + fy * x + ly * y + uy * z
            c = at[2] + fz * x + lz * y + uz * z
            starts.append((a, b, c))
            ends.append((a - ux * length, b - uy * length, c - uz * length))
        arms: list[Vec] = []
        grounds: list[Ground | None] = []
        hit: list[str] = []
        for i, (row, fraction, place, normal) in enumerate(self._engine.cast_few(starts, ends)):
            arm = (place[0] - at[0], place[1] - at[1], place[2] - at[2])
            arms.append(arm)
            if row < 0 or row in self._own:
                grounds.append(None)
                hit.append("")
                continue
            _, length, depth = self._rays[i]
            mu, part = self._grip(row, place)
            velocity = (
                v[0] + w[1] * arm[2] - w[2] * arm[1],
                v[1] + w[2] * arm[0] - w[0] * arm[2],
                v[2] + w[0] * arm[1] - w[1] * arm[0],
            )
            if row < self._engine.n_movable:
                velocity = self._over(row, place, velocity)
            self._frictions[i] = mu * self._tyre_mu[i]
            grounds.append(Ground(depth - fraction * length, normal, velocity, self._frictions[i]))
            hit.append(part if row < self._engine.n_movable else "")
        return arms, grounds, hit

    def _over(self, row: int, place: Vec, velocity: Vec) -> Vec:
        """A velocity, m/s, over a moving part: a turntable, a ferry."""
        at, _, v, w = self._engine.read_body(row)
        x, y, z = place[0] - at[0], place[1] - at[1], place[2] - at[2]
        return (
            velocity[0] - v[0] - w[1] * z + w[2] * y,
            velocity[1] - v[1] - w[2] * x + w[0] * z,
            velocity[2] - v[2] - w[0] * y + w[1] * x,
        )

    def _grip(self, row: int, place: Vec) -> tuple[float, str]:
        """Friction of the ground at a place against the reference, and the part it is."""
        if row not in self._mu:
            part = self._engine.parts[row]
            self._mu[row] = (self.world.surface(part).dynamic_friction or 0.0, part)
        mu, part = self._mu[row]
        if self.world.heat is not None:
            mu *= self.world.heat.grip(place, part)
        return (mu * self._friction(place, part), part) if self._friction is not None else (mu, part)

    def _lean(self, forward: Vec, left: Vec, v: Vec, w: Vec) -> float:
        """The torque about its long axis, N m, by which a rider keeps a single-track vehicle at the lean of its bend.

        In a steady bend it is nothing: gravity and side force balance at ``tan lean = v² κ / g``.
        """
        chassis = self.model.chassis
        speed = v[0] * forward[0] + v[1] * forward[1] + v[2] * forward[2]
        roll = math.asin(max(-1.0, min(1.0, left[2])))
        wanted = -math.atan(speed * speed * math.tan(self.model.angle) / self.model.wheelbase / 9.81)
        stiffness = 4 * chassis.mass * 9.81 * chassis.center[2]
        inertia = chassis.inertia[0] + chassis.mass * chassis.center[2] ** 2
        rate = w[0] * forward[0] + w[1] * forward[1] + w[2] * forward[2]
        return stiffness * (wanted - roll) - 1.4 * math.sqrt(stiffness * inertia) * rate

    def _note(self, forward: Vec, left: Vec, v: Vec, w: Vec, force: Vec) -> None:
        """Keeps what instruments show."""
        mass = self.model.chassis.mass
        total = [f / mass + g for f, g in zip(force, self._gravity, strict=True)]
        self.speed = v[0] * forward[0] + v[1] * forward[1] + v[2] * forward[2]
        self.lateral_speed = v[0] * left[0] + v[1] * left[1] + v[2] * left[2]
        self.acceleration = total[0] * forward[0] + total[1] * forward[1] + total[2] * forward[2]
        self.lateral_acceleration = total[0] * left[0] + total[1] * left[1] + total[2] * left[2]
        self.yaw_rate, self.grade = w[2], forward[2]

    def _light(self, world: World) -> None:
        """Switches lamps whose names say what they are for, when something has changed."""
        blink = (world.time * BLINK) % 1 < 0.5
        for lamp, light in self._lamps.items():
            kind, _, rest = light.partition("_")
            if kind == "brake":
                on = self.model.pressure > BRAKE_LIGHT
            elif kind == "reverse":
                on = self.model.drivetrain.gear < 0
            elif kind == "turn":
                on = blink and (self.indicator == "both" or (bool(self.indicator) and rest.startswith(self.indicator)))
            elif kind in ("head", "tail") and self.headlights is not None:
                on = self.headlights
            else:
                continue
            if self._lit.get(lamp) != on:
                self._lit[lamp] = on
                world.switch(lamp, on)

    # -----------------------------------------------------------------------------------------------------------------
    # Driving

    def launch(self, speed: float) -> None:
        """Lets it roll at a speed, m/s along its heading, at once, in the gear for it."""
        _, turn, _, _ = self._engine.read_body(self.row)
        if self._tilted is not None:
            turn = _turned(turn, self._tilted)
        forward = _axes(*turn)[0]
        self.world.throw(self.name, [speed * f for f in forward])
        self._roll(speed)

    def place(self) -> tuple[Vec, Vec]:
        """Its origin, m, and the direction it heads in, in the world."""
        at, turn, _, _ = self._engine.read_body(self.row)
        if self._tilted is not None:
            turn = _turned(turn, self._tilted)
        forward, left, up = _axes(*turn)
        x, y, z = self._center
        x0, y0, z0 = (a - x * f - y * s - z * u for a, f, s, u in zip(at, forward, left, up, strict=True))
        return (x0, y0, z0), forward

    @property
    def friction(self) -> float:
        """Coefficient of friction under its wheels, the mean of those that stand."""
        on = [mu for mu, w in zip(self._frictions, self.model.wheels, strict=True) if w.load > 0]
        return sum(on) / len(on) if on else 1.0

    def motion(self) -> tuple[Vec, Vec, Vec]:
        """Its centre of mass, m, the direction it heads in, and its velocity, m/s, in the world."""
        at, turn, v, _ = self._engine.read_body(self.row)
        if self._tilted is not None:
            turn = _turned(turn, self._tilted)
        return at, _axes(*turn)[0], v

    def _roll(self, speed: float) -> None:
        model = self.model
        for w in model.wheels:
            w.spin = speed / w.radius
        self.speed = speed
        spin, drive = speed / model.wheels[0].radius, model.drivetrain
        drive.gear = 1
        while spin * drive.ratio(drive.gear) * 9.55 > 0.5 * model.spec.engine.limit:
            if drive.gear == len(model.spec.gearbox.ratios):
                break
            drive.gear += 1

    def pedals(self, acceleration: float) -> tuple[float, float]:
        """Throttle and brake, 0 to 1 each, for an acceleration along its heading, m/s², as far as it can."""
        model = self.model
        held = model.resistance(self.speed, self.air_density)
        force = model.chassis.mass * (acceleration + 9.81 * self.grade) + held
        full = model.most_drive()
        if force >= 0:
            return min(force / full, 1.0) if full > 0 else 1.0, 0.0
        return 0.0, min(-force / model.most_brake(), 1.0)

    # -----------------------------------------------------------------------------------------------------------------
    # State

    def fields(self) -> Mapping[str, Array]:
        """``<name>/vehicle``: `VEHICLE_FIELDS`, then `WHEEL_FIELDS` of each wheel; `columns` has the names."""
        model, values = self.model, self._values.copy()
        drive = model.drivetrain
        values[: len(VEHICLE_FIELDS)] = (
            self.speed, self.lateral_speed, self.acceleration, self.lateral_acceleration, self.yaw_rate, drive.rpm,
            drive.gear, model.throttle, model.pressure, model.angle,
        )  # fmt: skip
        rows = [
            (w.load, w.slip, w.slip_angle, w.spin, w.slide, w.compression, mu)
            for w, mu in zip(model.wheels, self._frictions, strict=True)
        ]
        values[len(VEHICLE_FIELDS) :] = np.ravel(rows)
        return {f"{self.name}/vehicle": values}

    def amend(self, state: State) -> None:
        """Hangs the wheels where they are."""
        wheels = self.model.wheels
        self._wheels.write(
            state,
            [min(max(w.compression, -w.axle.rebound_travel), w.axle.bump_travel * 1.5) for w in wheels],
            [w.steer for w in wheels],
            [w.angle for w in wheels],
            [w.spin for w in wheels],
        )

    def save(self) -> Any:
        """Controls, wheels, drive, lamps."""
        noted = (
            self.speed,
            self.lateral_speed,
            self.acceleration,
            self.lateral_acceleration,
            self.yaw_rate,
            self.grade,
        )
        lamps = (self.headlights, self.indicator, dict(self._lit))
        return self.controls, self.model.save(), noted, lamps, list(self._frictions)

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        self.controls, model, noted, lamps, frictions = saved
        self.model.restore(model)
        (
            self.speed, self.lateral_speed, self.acceleration, self.lateral_acceleration, self.yaw_rate, self.grade,
        ) = noted  # fmt: skip
        self.headlights, self.indicator, lit = lamps
        self._lit, self._frictions = dict(lit), list(frictions)


def _short(part: str) -> str:
    return part.removeprefix("wheel_")


def _turned(turn: Any, back: Any) -> Array:
    from sim.pose import multiply

    return multiply(np.asarray(turn), back.orientation)


def _axes(x: float, y: float, z: float, w: float) -> tuple[Vec, Vec, Vec]:
    """The axes X, Y and Z, in the world, of a frame with a turn xyzw."""
    return (
        (1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)),
        (2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)),
        (2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)),
    )
