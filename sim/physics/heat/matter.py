"""What a substance does with heat: enthalpy, conductivity and melting, complete or refused.

Owns reading a `ThermalSpec`. Energies are J/kg of solid, 0 at the melting point, or at 273.15 K for what never melts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.assets.substance import SubstanceSpec
from sim.errors import InputError, Problem
from sim.pose import Array

REFERENCE = 273.15  # K, where energies are 0 of what never melts


@dataclass(frozen=True, eq=False)
class Matter:
    """The heat data of one substance.

    | field             | is                                                                 |
    |-------------------|--------------------------------------------------------------------|
    | density           | kg/m³                                                                |
    | kelvins, heats    | ``(k,)`` K and J/kg: enthalpy of the solid, straight between, rising   |
    | conductivities    | ``(c, 2)`` K and W/(m K), straight between                            |
    | emissivity        | part of a black body's radiation                                      |
    | melting_point     | K, infinite for what never melts                                      |
    | latent_heat       | J/kg                                                                  |
    | boiling_point     | K, of the melt                                                        |
    | liquid_*          | of the melt: W/(m K), J/(kg K), kg/m³, Pa s                            |
    """

    name: str
    density: float
    kelvins: Array
    heats: Array
    conductivities: Array
    emissivity: float
    melting_point: float = np.inf
    latent_heat: float = np.inf
    boiling_point: float = np.inf
    liquid_conductivity: float = np.nan
    liquid_specific_heat: float = np.nan
    liquid_density: float = np.nan
    liquid_viscosity: float = np.nan
    service_temperature: float = np.inf
    hardness: float = np.inf

    @classmethod
    def of(cls, name: str, spec: SubstanceSpec, where: str = "heat") -> Matter:
        """The heat data of a substance.

        Args:
            name: The substance's name, for errors.
            spec: What its file says.
            where: What is heated, for errors.

        Raises:
            InputError: Every field that is missing.
        """
        thermal = spec.thermal
        missing = []
        if thermal is None:
            missing = ["thermal"]
        else:
            if not thermal.conductivity and not thermal.conductivity_table:
                missing.append("thermal.conductivity")
            if not thermal.specific_heat and not thermal.enthalpy_table:
                missing.append("thermal.specific_heat")
            if thermal.emissivity is None:
                missing.append("thermal.emissivity")
        if missing or thermal is None:
            raise InputError(
                *[
                    Problem(where, f"is heated, but its substance {name} does not say {field}", hint=_hint(name))
                    for field in missing
                ]
            )
        melts = thermal.melting_point is not None and thermal.latent_heat_fusion is not None
        liquid = thermal.liquid
        zero = thermal.melting_point if melts and thermal.melting_point else REFERENCE
        if thermal.enthalpy_table:
            kelvins, heats = np.array(thermal.enthalpy_table).T
        else:
            kelvins = np.array([0.0, zero, zero + 1000.0])
            heats = (kelvins - zero) * (thermal.specific_heat or 0.0)
        heats = heats - _straight(zero, kelvins, heats)
        conductivities = thermal.conductivity_table or ((REFERENCE, thermal.conductivity or 0.0),)
        return cls(
            name,
            spec.density,
            kelvins,
            heats,
            np.array(conductivities, float),
            float(thermal.emissivity or 0.0),
            float(thermal.melting_point or np.inf) if melts else np.inf,
            float(thermal.latent_heat_fusion or np.inf) if melts else np.inf,
            float(thermal.boiling_point or np.inf),
            float((liquid and liquid.conductivity) or np.nan),
            float((liquid and liquid.specific_heat) or np.nan),
            float((liquid and liquid.density) or spec.density),
            float((liquid and liquid.viscosity) or np.nan),
            float(thermal.service_temperature or np.inf),
            float(spec.hardness or np.inf),
        )

    @property
    def melts(self) -> bool:
        """Whether it can melt at all."""
        return bool(np.isfinite(self.melting_point))

    def enthalpy(self, temperature: ArrayLike) -> Array:
        """J/kg ``(…)`` of the solid at temperatures ``(…)`` in K."""
        return _straight(temperature, self.kelvins, self.heats)

    def temperature(self, enthalpy: ArrayLike) -> Array:
        """K ``(…)`` of the solid with enthalpies ``(…)`` in J/kg."""
        return _straight(enthalpy, self.heats, self.kelvins)

    def conductivity(self, temperature: ArrayLike) -> Array:
        """W/(m K) ``(…)`` of the solid at temperatures ``(…)`` in K."""
        return np.interp(np.asarray(temperature, float), self.conductivities[:, 0], self.conductivities[:, 1])

    def specific_heat(self, temperature: ArrayLike) -> Array:
        """J/(kg K) ``(…)`` of the solid at temperatures ``(…)`` in K."""
        slopes = np.diff(self.heats) / np.diff(self.kelvins)
        return slopes[np.clip(np.searchsorted(self.kelvins, temperature) - 1, 0, len(slopes) - 1)]

    def most_diffusive(self, low: float, high: float) -> float:
        """The largest diffusivity, m²/s, between two temperatures in K."""
        at = np.linspace(low, high, 16)
        return float(np.max(self.conductivity(at) / (self.density * self.specific_heat(at))))


def _straight(x: ArrayLike, xs: Array, ys: Array) -> Array:
    """Straight lines through points, the outer ones going on."""
    at = np.asarray(x, float)
    i = np.clip(np.searchsorted(xs, at) - 1, 0, len(xs) - 2)
    return ys[i] + (at - xs[i]) * (ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i])


def _hint(name: str) -> str:
    return f"add it to assets/substances/{name}.yaml, or keep the thing away from what is hot"
