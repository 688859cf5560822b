"""What things are made of.

Owns the file kind ``substance/1`` and the look (`AppearanceSpec`), which an asset may override.
A substance is plain data; who uses it decides what it means for a step, a picture or a sound.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from sim.schema import Color, Fraction, NonNegative, Pair, Positive, Spec

Table = Annotated[tuple[Pair, ...], Field(strict=False)]


class AppearanceSpec(Spec):
    """How a surface looks, in the terms of glTF's metallic-roughness model; colours are linear sRGB, 0 to 1."""

    base_color: Color | None = None
    """Linear reflectance of the surface, or specular colour of a metal."""
    metallic: Fraction | None = None
    roughness: Fraction | None = None
    opacity: Fraction | None = None
    """1 is solid; less lets what is behind shine through unbent (leaves, nets)."""
    transmission: Fraction | None = None
    """Part of the light that goes through, refracted: 1 for clear glass."""
    ior: Positive | None = None
    """Index of refraction."""
    emissive_color: Color | None = None
    """Colour of light the surface gives off by itself."""
    emissive_luminance: NonNegative | None = None
    """cd/m² of that light."""

    def over(self, base: AppearanceSpec) -> AppearanceSpec:
        """This look, with everything it leaves open taken from ``base``."""
        return base.model_copy(update={k: v for k, v in self.model_dump().items() if v is not None})


class SurfaceSpec(Spec):
    """How a surface touches.

    Bullet knows one friction coefficient a body and multiplies those of a pair, restitution likewise. So each number
    here is against a reference surface of 1 (dry, rough, rigid); a pair's coefficient is the product of the two.
    """

    static_friction: NonNegative | None = None
    """Kept for tools that tell static from dynamic; Bullet uses ``dynamic_friction`` for both."""
    dynamic_friction: NonNegative | None = None
    torsional_friction: NonNegative | None = None
    """Coefficient times the radius of the contact patch, m."""
    rolling_friction: NonNegative | None = None
    """Lever arm of rolling resistance, m."""
    restitution: Fraction | None = None


class PhaseSpec(Spec):
    """Heat properties of one phase (solid or liquid)."""

    conductivity: Positive | None = None
    """W/(m K)"""
    specific_heat: Positive | None = None
    """J/(kg K)"""
    density: Positive | None = None
    """kg/m³"""
    viscosity: Positive | None = None
    """Pa s"""


class ThermalSpec(PhaseSpec):
    """How a substance takes heat; the fields of `PhaseSpec` are those of the solid, or of the only phase."""

    melting_point: Positive | None = None
    """K"""
    latent_heat_fusion: Positive | None = None
    """J/kg"""
    boiling_point: Positive | None = None
    """K"""
    latent_heat_vaporization: Positive | None = None
    """J/kg"""
    emissivity: Fraction | None = None
    """Part of a black body's radiation."""
    service_temperature: Positive | None = None
    """K: hotter, it no longer does its work (softens, burns, lets go)."""
    enthalpy_table: Table = ()
    """Instead of `specific_heat`, where that changes much: pairs of K and J/kg, rising, of the solid."""
    conductivity_table: Table = ()
    """Instead of `conductivity`, where that changes much: pairs of K and W/(m K), K rising."""
    liquid: PhaseSpec | None = None

    @model_validator(mode="after")
    def _in_order(self) -> ThermalSpec:
        if self.melting_point and self.boiling_point and self.melting_point > self.boiling_point:
            raise ValueError(f"melting_point {self.melting_point:g} K is above boiling_point {self.boiling_point:g} K")
        for name in ("enthalpy_table", "conductivity_table"):
            kelvins = [pair[0] for pair in getattr(self, name)]
            if len(kelvins) == 1 or any(b <= a for a, b in pairwise(kelvins)):
                raise ValueError(f"{name} needs two pairs at least, their temperatures rising")
        heats = [pair[1] for pair in self.enthalpy_table]
        if any(b <= a for a, b in pairwise(heats)):
            raise ValueError("enthalpy_table needs rising heats")
        return self


class AcousticSpec(Spec):
    """How a struck thing rings: Rayleigh damping ``ξ = (α/ω + β ω)/2`` and the roughness that scraping plays."""

    rayleigh_alpha: NonNegative
    """1/s"""
    rayleigh_beta: NonNegative
    """s"""
    roughness: NonNegative
    """Root mean square height of the surface's fine profile, m."""


class SubstanceSpec(Spec):
    """What one substance is, in SI units at room temperature unless a field says otherwise."""

    SCHEMA: ClassVar[str] = "substance/1"

    about: str
    density: Positive
    """kg/m³"""
    surface: SurfaceSpec
    youngs_modulus: Positive | None = None
    """Pa"""
    poissons_ratio: float | None = None
    hardness: Positive | None = None
    """Dynamic indentation hardness: energy lost per volume of crater, Pa."""
    thermal: ThermalSpec | None = None
    acoustic: AcousticSpec | None = None
    appearance: AppearanceSpec
    sources: dict[str, str] = {}
    """Where each group of numbers came from."""
