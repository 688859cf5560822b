"""A vehicle between its body and the road: suspension, tyres, steering, brakes, drive, air.

Owns the forces; where the body is and where the ground is it is told at every step. Knows nothing of PyBullet, worlds
or who drives. Plain numbers instead of arrays: four wheels are too few for numpy to pay.

Sources: Pacejka (tyres, see `sim.physics.tyre`); Gillespie, Fundamentals of Vehicle Dynamics (load transfer, Ackermann,
anti-roll bars); the single-track theory it is tested against: ISO 4138, Mitschke and Wallentowitz.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from sim.assets.chassis import Chassis, Wheel
from sim.assets.vehicle import AxleSpec, VehicleSpec
from sim.physics.drivetrain import Drivetrain
from sim.physics.tyre import Tyre

GRAVITY = 9.81
STOP = 8.0  # times the spring's rate: how stiff a bump stop is

Vec = tuple[float, float, float]


@dataclass(frozen=True)
class Controls:
    """What a driver's hands and feet do.

    | field    | is                                                                        |
    |----------|---------------------------------------------------------------------------|
    | throttle | 0 to 1                                                                    |
    | brake    | 0 to 1                                                                    |
    | steer    | −1 (right) to 1 (left) of the largest road-wheel angle                      |
    | angle    | the road-wheel angle itself, rad, positive to the left; wins over `steer`     |
    | gear     | None: the automatic drives forwards; 0 neutral, −1 reverse, 1… held           |
    | parking  | 0 to 1, the parking brake                                                  |
    """

    throttle: float = 0.0
    brake: float = 0.0
    steer: float = 0.0
    angle: float | None = None
    gear: int | None = None
    parking: float = 0.0


class Ground(NamedTuple):
    """What a wheel stands on."""

    compression: float  # m of the suspension from rest, positive going in
    normal: Vec
    velocity: Vec  # m/s of the body's point at the contact, over the ground
    friction: float


class WheelState:
    """One wheel of a vehicle, live; `load` N, `spin` rad/s, `steer` rad, `slip` and `slip_angle` of the tyre."""

    __slots__ = (
        "angle",
        "axle",
        "compression",
        "index",
        "inertia",
        "load",
        "mount",
        "partner",
        "radius",
        "rest_load",
        "slide",
        "slip",
        "slip_angle",
        "spin",
        "steer",
        "tyre",
        "x",
        "y",
    )  # fmt: skip

    def __init__(self, mount: Wheel, axle: AxleSpec, index: int, rest_load: float, partner: int):
        self.mount, self.axle, self.index, self.rest_load, self.partner = mount, axle, index, rest_load, partner
        self.radius, self.inertia = mount.radius, max(mount.inertia, 1e-3)
        self.x, self.y = mount.hub[0], mount.hub[1]
        spec = axle.tyre
        self.tyre = Tyre(
            spec.cornering_stiffness,
            spec.slip_stiffness or spec.cornering_stiffness,
            rest_load,
            spec.load_exponent,
            spec.friction_load_sensitivity,
            spec.relaxation_length,
        )
        self.spin = self.angle = self.steer = self.compression = self.load = 0.0
        self.slip = self.slip_angle = self.slide = 0.0


class VehicleModel:
    """Axles, tyres and drive of one vehicle.

    Args:
        spec: What the asset says.
        chassis: What its model file says; wheels in the order of the spec's axles.
    """

    def __init__(self, spec: VehicleSpec, chassis: Chassis):
        self.spec, self.chassis = spec, chassis
        self.wheels: list[WheelState] = []
        axles = [axle for axle in spec.axles for _ in axle.wheels]
        loads = _rest_loads(chassis, axles)
        for i, (mount, axle) in enumerate(zip(chassis.wheels, axles, strict=True)):
            first = axle.wheels[0] == mount.part
            partner = i if len(axle.wheels) == 1 else i + 1 if first else i - 1
            self.wheels.append(WheelState(mount, axle, i, loads[i], partner))
        fixed = [w.x for w in self.wheels if not w.axle.steered]
        self.reference = sum(fixed) / len(fixed)  # m: x of the axle, or the middle of the axles, about which it turns
        steered = [w.x for w in self.wheels if w.axle.steered]
        self.wheelbase = sum(steered) / len(steered) - self.reference
        self.limit = math.radians(spec.steering.limit_deg)
        self.rate = math.radians(spec.steering.rate_deg)
        self.drivetrain = Drivetrain(spec.engine, spec.gearbox)
        self.angle = self.pressure = self.parking = self.throttle = 0.0
        self._driven = [(w, w.axle.drive / len(w.axle.wheels)) for w in self.wheels if w.axle.drive]
        self.parked_friction = 1.0

    # -----------------------------------------------------------------------------------------------------------------
    # Stepping

    def step(self, dt: float, forward: Vec, left: Vec, controls: Controls, grounds: list[Ground | None]) -> list[Vec]:
        """Advances wheels, tyres and drive by ``dt`` s.

        Args:
            dt: s
            forward: The body's X, in the world.
            left: The body's Y, in the world.
            controls: What the driver does.
            grounds: Of each wheel; None in the air.

        Returns:
            The force on each wheel at its contact, N, in the world.
        """
        self._steer(dt, controls)
        self._squeeze(dt, controls)
        torque = self._drive(dt, controls)
        self._load(grounds)
        return [self._turn(dt, w, forward, left, grounds[w.index], controls, torque) for w in self.wheels]

    def _steer(self, dt: float, controls: Controls) -> None:
        """Moves the single track's angle at the steering's rate, and each wheel to its share (Ackermann)."""
        wanted = controls.angle if controls.angle is not None else controls.steer * self.limit
        wanted = min(max(wanted, -self.limit), self.limit)
        self.angle += min(max(wanted - self.angle, -self.rate * dt), self.rate * dt)
        curvature = math.tan(self.angle) / self.wheelbase
        for w in self.wheels:
            if w.axle.steered:
                w.steer = math.atan2((w.x - self.reference) * curvature, 1 - w.y * curvature)

    def _squeeze(self, dt: float, controls: Controls) -> None:
        """Builds up the brakes' pressure."""
        rise = self.spec.brakes.rise_time
        most = dt / rise if rise > 0 else 1.0
        wanted = min(max(controls.brake, 0.0), 1.0)
        self.pressure += min(max(wanted - self.pressure, -2 * most), most)
        self.parking = min(max(controls.parking, 0.0), 1.0)

    def _drive(self, dt: float, controls: Controls) -> float:
        self.throttle = min(max(controls.throttle, 0.0), 1.0)
        spin = sum(w.spin * share for w, share in self._driven)
        return self.drivetrain.step(dt, self.throttle, spin, controls.gear, self.pressure > 0)

    def _load(self, grounds: list[Ground | None]) -> None:
        """Finds the load of each wheel: spring, damper, anti-roll bar, bump stop."""
        wheels = self.wheels
        for w, ground in zip(wheels, grounds, strict=True):
            w.compression = ground.compression if ground is not None else -w.axle.rebound_travel
        for w, ground in zip(wheels, grounds, strict=True):
            if ground is None:
                w.load = 0.0
                continue
            axle, n, v = w.axle, ground.normal, ground.velocity
            rate = -(n[0] * v[0] + n[1] * v[1] + n[2] * v[2])
            load = w.rest_load + axle.spring_rate * w.compression
            load += (axle.bump_damping if rate > 0 else axle.rebound_damping) * rate
            if axle.anti_roll_rate:
                load += axle.anti_roll_rate * (w.compression - wheels[w.partner].compression)
            if axle.brake_support and w.tyre.fx * w.spin < 0:
                load += axle.brake_support * abs(w.tyre.fx)
            if w.compression > axle.bump_travel:
                load += STOP * axle.spring_rate * (w.compression - axle.bump_travel)
            w.load = max(0.0, load)

    def _turn(
        self,
        dt: float,
        w: WheelState,
        forward: Vec,
        left: Vec,
        ground: Ground | None,
        controls: Controls,
        torque: float,
    ) -> Vec:
        """Turns one wheel; the force on it, N."""
        axle, brakes = w.axle, self.spec.brakes
        share = axle.drive / len(axle.wheels)
        brake = axle.brake_torque * self.pressure + axle.parking_torque * self.parking
        anti_lock = brakes.anti_lock and not self.parking
        inertia = w.inertia + self.drivetrain.inertia * share
        w.angle += dt * w.spin
        if ground is None or w.load <= 0:
            w.spin = w.tyre.step(dt, 0, 0, w.spin, w.radius, inertia, 0, 0, torque * share, brake, False, False)
            w.slip = w.slip_angle = w.slide = 0.0
            return 0.0, 0.0, 0.0
        n = ground.normal
        c, s = math.cos(w.steer), math.sin(w.steer)
        ax, ay, az = left[0] * c - forward[0] * s, left[1] * c - forward[1] * s, left[2] * c - forward[2] * s
        fx, fy, fz = ay * n[2] - az * n[1], az * n[0] - ax * n[2], ax * n[1] - ay * n[0]
        size = math.sqrt(fx * fx + fy * fy + fz * fz) or 1.0
        fx, fy, fz = fx / size, fy / size, fz / size
        sx, sy, sz = n[1] * fz - n[2] * fy, n[2] * fx - n[0] * fz, n[0] * fy - n[1] * fx
        v = ground.velocity
        vx, vy = v[0] * fx + v[1] * fy + v[2] * fz, v[0] * sx + v[1] * sy + v[2] * sz
        brake += axle.tyre.rolling_resistance * w.load * w.radius
        tyre = w.tyre
        w.spin = tyre.step(
            dt, vx, vy, w.spin, w.radius, inertia, w.load, ground.friction * axle.tyre.friction, torque * share, brake,
            anti_lock and self.pressure > 0, brakes.traction_control,
        )  # fmt: skip
        along = max(abs(vx), 1.0)
        w.slip, w.slip_angle = (w.radius * w.spin - vx) / along, -math.atan2(vy, along)
        w.slide = math.hypot(w.radius * w.spin - vx, vy)
        load, tx, ty = w.load, tyre.fx, tyre.fy
        return (
            load * n[0] + tx * fx + ty * sx,
            load * n[1] + tx * fy + ty * sy,
            load * n[2] + tx * fz + ty * sz,
        )

    # -----------------------------------------------------------------------------------------------------------------
    # What it can do

    @property
    def understeer_gradient(self) -> float:
        """Single-track theory: ``m / L (b / Cf − a / Cr)``, rad s²/m, of the first axle against the others."""
        front = [w for w in self.wheels if w.axle.steered]
        rear = [w for w in self.wheels if not w.axle.steered]
        cf = sum(w.axle.tyre.cornering_stiffness for w in front)
        cr = sum(w.axle.tyre.cornering_stiffness for w in rear)
        b = self.chassis.center[0] - self.reference
        a = self.wheelbase - b
        return self.chassis.mass / self.wheelbase * (b / cf - a / cr)

    def most_drive(self) -> float:
        """The largest force, N, with which the engine can push now."""
        if not self._driven:
            return 0.0
        spin = sum(w.spin * share for w, share in self._driven)
        return self.drivetrain.most(spin) / self._driven[0][0].radius

    def most_brake(self) -> float:
        """The force, N, of a full brake pedal where the road allows it."""
        return sum(w.axle.brake_torque / w.radius for w in self.wheels)

    def resistance(self, speed: float, density: float) -> float:
        """What holds it back, N: air, rolling, engine."""
        spin = sum(w.spin * share for w, share in self._driven)
        engine = self.drivetrain.drag(spin) / self._driven[0][0].radius if self._driven else 0.0
        rolling = sum(w.axle.tyre.rolling_resistance * w.rest_load for w in self.wheels)
        return 0.5 * density * self.spec.drag_area * speed * abs(speed) + (rolling + engine if speed > 0.1 else 0.0)

    def save(self) -> tuple:
        """Everything that changes."""
        own = (self.angle, self.pressure, self.parking, self.throttle)
        keys = ("spin", "angle", "steer", "compression", "load", "slip", "slip_angle", "slide")
        wheels = [(*(getattr(w, key) for key in keys), w.tyre.ux, w.tyre.uy, w.tyre.fx, w.tyre.fy) for w in self.wheels]
        return own, tuple(wheels), self.drivetrain.save()

    def restore(self, saved: tuple) -> None:
        """Goes back to what `save` gave."""
        own, wheels, drivetrain = saved
        self.angle, self.pressure, self.parking, self.throttle = own
        keys = ("spin", "angle", "steer", "compression", "load", "slip", "slip_angle", "slide")
        for w, values in zip(self.wheels, wheels, strict=True):
            for key, value in zip(keys, values, strict=False):
                setattr(w, key, value)
            w.tyre.ux, w.tyre.uy, w.tyre.fx, w.tyre.fy = values[len(keys) :]
        self.drivetrain.restore(drivetrain)


def _rest_loads(chassis: Chassis, axles: list[AxleSpec]) -> list[float]:
    """Load of each wheel on level ground, N: springs share it so that forces and pitching moments balance."""
    weight, k = chassis.mass * GRAVITY, [axle.spring_rate for axle in axles]
    x = [w.hub[0] - chassis.center[0] for w in chassis.wheels]
    total = sum(k)
    if len({round(v, 6) for v in x}) < 2:
        return [weight * v / total for v in k]
    s1, s2 = sum(a * b for a, b in zip(k, x, strict=True)), sum(a * b * b for a, b in zip(k, x, strict=True))
    drop = weight * s2 / (total * s2 - s1 * s1)
    tilt = -drop * s1 / s2
    return [a * (drop + tilt * b) for a, b in zip(k, x, strict=True)]
