"""What ``asset.yaml`` may say of a thing that drives: axles, tyres, springs, engine, brakes, steering.

Terms are those of ISO 8855. What the model file knows (masses, where the wheels are, how large they are) is not said
twice: `sim.assets.chassis` reads it there.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from sim.schema import Fraction, NonNegative, Positive, Spec


class TyreSpec(Spec):
    """One tyre of an axle; stiffnesses hold at the wheel's load at rest."""

    cornering_stiffness: Positive
    """Side force over slip angle, N/rad, with what the suspension gives way."""
    slip_stiffness: Positive | None = None
    """Longitudinal force over slip, N; the cornering stiffness when left out."""
    load_exponent: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Stiffness grows with the load to this power."""
    friction: Positive = 1.0
    """Of this tyre over that of its substance."""
    friction_load_sensitivity: Annotated[float, Field(ge=0, le=0.3)] = 0.05
    """How much of its friction it loses when its load doubles."""
    relaxation_length: Positive = 0.35
    """m rolled until a slip has become a force."""
    rolling_resistance: Annotated[float, Field(ge=0, le=0.2)] = 0.01
    """Force over load."""


class AxleSpec(Spec):
    """Two wheels side by side, or one in the middle; numbers are of one wheel."""

    wheels: Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=2)]
    """Parts: left and right, or the only one."""
    steered: bool = False
    drive: Fraction = 0.0
    """This axle's part of the engine's torque; those of all axles sum to 1."""
    brake_torque: NonNegative
    """N m at a full pedal."""
    parking_torque: NonNegative = 0.0
    """N m of the parking brake."""
    spring_rate: Positive
    """N/m at the wheel."""
    bump_damping: NonNegative
    """N s/m at the wheel, going in."""
    rebound_damping: NonNegative
    """N s/m at the wheel, coming out."""
    anti_roll_rate: NonNegative = 0.0
    """N/m at the wheel for each m the other wheel of the axle is less compressed."""
    brake_support: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """Load its links take, N for each N of braking force: keeps the nose up at the front, holds the tail down behind
    when negative."""
    bump_travel: Positive = 0.08
    """m from rest to the bump stop."""
    rebound_travel: Positive = 0.09
    """m from rest to the end of the droop."""
    tyre: TyreSpec


class SteeringSpec(Spec):
    """From the wheel in the driver's hands to those on the road."""

    limit_deg: Annotated[float, Field(gt=0, le=80)] = 35.0
    """Largest road-wheel angle of the single track."""
    rate_deg: Positive = 45.0
    """Largest speed of the road-wheel angle, deg/s: a driver's fast hands over the ratio."""
    ratio: Positive = 15.0
    """Steering-wheel angle over road-wheel angle."""


class EngineSpec(Spec):
    """What turns the wheels."""

    torque: Annotated[tuple[Annotated[tuple[NonNegative, NonNegative], Field(strict=False)], ...], Field(strict=False)]
    """Full-load curve: rpm and N m, in rising order of rpm."""
    idle: NonNegative = 800.0
    """rpm"""
    limit: Positive
    """rpm above which it gives nothing."""
    drag_torque: NonNegative = 0.0
    """N m it takes when pushed."""
    inertia: NonNegative = 0.15
    """kg m², with the flywheel."""

    @model_validator(mode="after")
    def _rising(self) -> EngineSpec:
        speeds = [rpm for rpm, _ in self.torque]
        if len(speeds) < 2 or speeds != sorted(set(speeds)):
            raise ValueError("torque needs at least two rows [rpm, N m] in rising order of rpm")
        return self


class GearboxSpec(Spec):
    """From the engine to the axles."""

    ratios: Annotated[tuple[Positive, ...], Field(strict=False, min_length=1, max_length=18)]
    """Of the forward gears, first gear first."""
    reverse: Positive | None = None
    """Of the reverse gear; the first gear's when left out."""
    final_drive: Positive = 1.0
    efficiency: Annotated[float, Field(gt=0, le=1)] = 0.92
    shift_time: NonNegative = 0.3
    """s without torque at each change."""


class BrakesSpec(Spec):
    """How the pedal's wish becomes torque."""

    rise_time: NonNegative = 0.15
    """s from nothing to the full torque."""
    anti_lock: bool = True
    """Keeps wheels from locking above walking pace."""
    traction_control: bool = True
    """Keeps driven wheels from spinning."""


class VehicleSpec(Spec):
    """What makes an articulated asset drivable; its origin is on the ground, X forward."""

    axles: Annotated[tuple[AxleSpec, ...], Field(strict=False, min_length=2, max_length=6)]
    """From the front to the back."""
    steering: SteeringSpec = SteeringSpec()
    engine: EngineSpec
    gearbox: GearboxSpec
    brakes: BrakesSpec = BrakesSpec()
    drag_area: NonNegative
    """Drag coefficient times frontal area, m²."""

    @model_validator(mode="after")
    def _driven(self) -> VehicleSpec:
        if abs(sum(axle.drive for axle in self.axles) - 1) > 1e-6:
            raise ValueError("the axles' drive shares must sum to 1")
        if not any(axle.steered for axle in self.axles) or all(axle.steered for axle in self.axles):
            raise ValueError("at least one axle is steered and at least one is not")
        return self
