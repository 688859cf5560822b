"""An engine, a clutch that slips below idle, an automatic gearbox: throttle becomes torque at the axles."""

from __future__ import annotations

import math
from bisect import bisect_right

from sim.assets.vehicle import EngineSpec, GearboxSpec

RPM = 60 / (2 * math.pi)  # from rad/s
ECONOMY, FULL = 0.38, 0.96  # of the limiting speed: when it changes up at no and at full throttle
DOWN = 0.72  # of the speed after a change up, below which it changes back
BLIP = 0.35  # of the way from idle to the limit: what a slipping clutch lets the engine do at full throttle


class Drivetrain:
    """An engine and its gearbox; gear 0 is neutral, −1 reverse.

    | attribute | is                                       |
    |-----------|------------------------------------------|
    | gear      | the gear that is in                        |
    | rpm       | of the engine                              |
    | inertia   | kg m² that the driven wheels feel, all together |
    """

    __slots__ = ("_box", "_engine", "_n", "_rpm", "_torque", "gear", "inertia", "rpm", "shifting")

    def __init__(self, engine: EngineSpec, box: GearboxSpec):
        self._engine, self._box, self._n = engine, box, len(box.ratios)
        self._rpm, self._torque = [r for r, _ in engine.torque], [t for _, t in engine.torque]
        self.gear, self.rpm, self.inertia, self.shifting = 1, float(engine.idle), 0.0, 0.0

    def ratio(self, gear: int) -> float:
        """Engine speed over wheel speed; negative in reverse, 0 in neutral."""
        box = self._box
        if gear == 0:
            return 0.0
        return (box.ratios[gear - 1] if gear > 0 else -(box.reverse or box.ratios[0])) * box.final_drive

    def full_torque(self, rpm: float) -> float:
        """N m at full throttle."""
        rpms, torques = self._rpm, self._torque
        if rpm >= self._engine.limit:
            return 0.0
        i = bisect_right(rpms, rpm)
        if i == 0 or i == len(rpms):
            return torques[0] if i == 0 else torques[-1]
        f = (rpm - rpms[i - 1]) / (rpms[i] - rpms[i - 1])
        return torques[i - 1] + f * (torques[i] - torques[i - 1])

    def step(self, dt: float, throttle: float, spin: float, wanted: int | None, braking: bool) -> float:
        """The torque on the driven wheels, N m, all together.

        Args:
            dt: s
            throttle: 0 to 1.
            spin: rad/s of the driven wheels.
            wanted: A gear to hold; the automatic chooses among the forward ones when None.
            braking: Whether the brakes act; the clutch then opens below idle.
        """
        engine = self._engine
        self._choose(throttle, spin, wanted)
        ratio = self.ratio(self.gear)
        self.shifting = max(0.0, self.shifting - dt)
        turned = spin * ratio * RPM
        low = engine.idle + BLIP * throttle * (engine.limit - engine.idle)
        coupled = ratio != 0.0 and turned > low
        self.rpm = turned if coupled else low
        self.inertia = engine.inertia * ratio * ratio if coupled and not braking else 0.0
        if ratio == 0.0 or self.shifting > 0:
            self.inertia = 0.0
            return 0.0
        push = throttle * self.full_torque(self.rpm)
        if coupled:
            push -= (1 - throttle) * engine.drag_torque
        return push * ratio * (self._box.efficiency if push > 0 else 1 / self._box.efficiency)

    def _choose(self, throttle: float, spin: float, wanted: int | None) -> None:
        """Changes gear, one at a time, with a pause without torque."""
        gear = self.gear
        if wanted is not None:
            gear = min(max(wanted, -1), self._n)
        elif self.shifting <= 0:
            gear = max(gear, 1)
            turned = spin * self.ratio(gear) * RPM
            up = (ECONOMY + (FULL - ECONOMY) * throttle) * self._engine.limit
            if turned > up and gear < self._n:
                gear += 1
            elif gear > 1 and turned < DOWN * up * self._box.ratios[gear - 1] / self._box.ratios[gear - 2]:
                gear -= 1
        if gear != self.gear:
            self.gear, self.shifting = gear, self._box.shift_time

    def most(self, spin: float) -> float:
        """The largest torque on the driven wheels, N m, in the gear that is in (in first, when in none)."""
        ratio = abs(self.ratio(self.gear or 1))
        rpm = max(abs(spin) * ratio * RPM, self._engine.idle + BLIP * (self._engine.limit - self._engine.idle))
        return self.full_torque(rpm) * ratio * self._box.efficiency

    def drag(self, spin: float) -> float:
        """The torque, N m, with which the engine holds the driven wheels back at no throttle."""
        ratio = self.ratio(self.gear)
        if ratio == 0.0 or spin * ratio * RPM <= self._engine.idle:
            return 0.0
        return self._engine.drag_torque * abs(ratio) / self._box.efficiency

    def save(self) -> tuple[float, ...]:
        """Everything that changes."""
        return float(self.gear), self.rpm, self.inertia, self.shifting

    def restore(self, saved: tuple[float, ...]) -> None:
        """Goes back to what `save` gave."""
        self.gear, self.rpm, self.inertia, self.shifting = int(saved[0]), *saved[1:]
