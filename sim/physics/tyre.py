"""A brush tyre: how a wheel's slip becomes a force on the road, from standing still to sliding.

Source: H. B. Pacejka, Tire and Vehicle Dynamics, 3rd ed., chapter 3 (brush model, parabolic pressure, combined slip)
and chapter 7 (a tread that deflects first: `relaxation_length`). The deflection is a state, so a braked wheel holds a
car on a slope as a spring does; a damper that fades out by 2 m/s keeps it from swaying.
"""

from __future__ import annotations

import math

WALKING = 2.0  # m/s: slip damping fades out by here, anti-lock brakes act from here on
DAMPING = 0.35  # of critical, of the tread at standstill
LEAST_FRICTION = 0.5  # of the nominal friction, however large the load
SLIP_ROOM = 0.3  # m/s that a driven wheel may always spin faster


class Tyre:
    """One tyre; its state is how far the tread is deflected, m, along and across the wheel's heading.

    Forces hold in the plane of the contact: x along the wheel's heading, y to its left.

    Args:
        cornering_stiffness: N/rad at the nominal load.
        slip_stiffness: N at the nominal load.
        load: Nominal load, N.
        load_exponent: Stiffness grows with the load to this power.
        friction_load_sensitivity: Part of the friction lost when the load doubles.
        relaxation_length: m
    """

    __slots__ = ("cx", "cy", "damping", "fx", "fy", "length", "load", "power", "sensitivity", "ux", "uy")

    def __init__(
        self,
        cornering_stiffness: float,
        slip_stiffness: float,
        load: float,
        load_exponent: float = 0.8,
        friction_load_sensitivity: float = 0.05,
        relaxation_length: float = 0.35,
    ):
        self.cx, self.cy, self.load = slip_stiffness, cornering_stiffness, load
        self.power, self.sensitivity, self.length = load_exponent, friction_load_sensitivity, relaxation_length
        self.damping = 2 * DAMPING * math.sqrt(max(self.cx, self.cy) / relaxation_length * load / 9.81)
        self.ux = self.uy = self.fx = self.fy = 0.0

    def grip(self, load: float, friction: float) -> float:
        """The largest force, N, at a load in N."""
        return friction * load * max(LEAST_FRICTION, 1 - self.sensitivity * (load / self.load - 1))

    def step(
        self,
        dt: float,
        vx: float,
        vy: float,
        spin: float,
        radius: float,
        inertia: float,
        load: float,
        friction: float,
        drive: float,
        brake: float,
        anti_lock: bool,
        traction_control: bool,
    ) -> float:
        """Turns the wheel and deflects the tread for ``dt`` s; `fx` and `fy` are then the force on the wheel, N.

        The wheel's spin is solved for implicitly, so that neither its small inertia nor a locked brake limits dt.

        Args:
            dt: s
            vx: m/s of the contact along the wheel's heading.
            vy: m/s to its left.
            spin: rad/s, positive when rolling forwards.
            radius: m
            inertia: kg m² of the wheel and what turns with it.
            load: N
            friction: Coefficient.
            drive: N m
            brake: N m that can hold the wheel.
            anti_lock: Whether the brake gives way before the tread slides.
            traction_control: Whether the drive gives way before the tread slides.

        Returns:
            The new spin, rad/s.
        """
        if load <= 0:
            self.ux = self.uy = self.fx = self.fy = 0.0
            return _held(spin + dt * drive / inertia, dt * brake / inertia)
        size = (load / self.load) ** self.power
        kx, ky = self.cx * size / self.length, self.cy * size / self.length
        limit = friction * load * max(LEAST_FRICTION, 1 - self.sensitivity * (load / self.load - 1))
        fade = 1 + dt * abs(spin) * radius / self.length
        slow = max(0.0, 1 - (abs(vx) + abs(vy)) / WALKING) * self.damping
        uy = (self.uy + dt * vy) / fade
        rest = self.ux + dt * vx
        # secant stiffness where the tread is about to be
        held = _share(kx * (rest - dt * radius * spin) / fade, ky * uy, limit) * kx
        own = inertia + dt * radius * radius * (dt * held / fade + slow)
        ground = inertia * spin + dt * radius * (held * rest / fade + slow * vx)
        free = ground / own
        new = _held(free + dt * drive / own, dt * brake / own)
        if anti_lock and brake and abs(vx) > WALKING:
            least = vx * max(0.0, 1 - 2.7 * limit / (kx * self.length)) / radius
            if vx > 0:
                new = max(new, min(least, free))
            else:
                new = min(new, max(least, free))
        elif traction_control and drive * vx >= 0 and drive:
            most = (abs(vx) * (1 + 2.7 * limit / (kx * self.length)) + SLIP_ROOM) / radius
            new = min(new, max(most, free)) if drive > 0 else max(new, min(-most, free))
        self._deflect((rest - dt * radius * new) / fade, uy, kx, ky, limit)
        self.fx -= slow * (vx - radius * new)
        self.fy -= slow * vy
        force = math.hypot(self.fx, self.fy)
        if force > limit:
            self.fx, self.fy = self.fx * limit / force, self.fy * limit / force
        return new

    def _deflect(self, ux: float, uy: float, kx: float, ky: float, limit: float) -> None:
        """Deflects the tread, no farther than to where all of it slides, and finds the force."""
        gx, gy = kx * ux, ky * uy
        full = math.hypot(gx, gy) / (3 * limit) if limit > 0 else math.inf
        if full >= 1:
            gx, gy, ux, uy = gx / full, gy / full, ux / full, uy / full
        share = 1 - full + full * full / 3 if full < 1 else 1 / 3
        self.ux, self.uy, self.fx, self.fy = ux, uy, -gx * share, -gy * share


def _share(gx: float, gy: float, limit: float) -> float:
    """What is left of a force of the undiminished tread when parts of it slide."""
    full = math.hypot(gx, gy) / (3 * limit) if limit > 0 else math.inf
    return 1 - full + full * full / 3 if full < 1 else 1 / (3 * full)


def _held(spin: float, change: float) -> float:
    """A spin that a brake slows by at most ``change``, and never turns round."""
    return 0.0 if abs(spin) <= change else spin - math.copysign(change, spin)
