"""How much heat passes between a hot surface and what it touches or stands in: one law for all regimes.

A hot thing on what melts rides on one of two films:

| surface                          | film                        | heat flux                                     |
|----------------------------------|-----------------------------|-----------------------------------------------|
| over the Leidenfrost temperature | steam                       | film boiling, and radiation                   |
| over the melt's boiling point    | boiling melt                | close contact, at most the critical heat flux |
| cooler                           | melt squeezed out by weight | close contact                                 |

Sources: film boiling on spheres and the critical heat flux: Incropera and DeWitt, equations 10.8 (C = 0.67) and 10.6
(Zuber); close contact: lubrication of the film under a sphere, after Emerman and Turcotte, "Stokes's problem with
melting", Int. J. Heat Mass Transfer 26, 1983; Leidenfrost temperature of water on metal near 250 °C, 1.4 times the
boiling point: Bernardin and Mudawar, J. Heat Transfer 121, 1999.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.physics.heat.matter import Matter
from sim.physics.heat.planck import SIGMA
from sim.pose import Array

GRAVITY = 9.81  # m/s²
LEIDENFROST = 1.4  # of the boiling point in K
COLLAPSE = 10.0  # K on either side of the Leidenfrost temperature within which the film goes
CRITICAL = 1.11e6  # W/m²: critical heat flux of water at 1 bar
STEAM_LATENT, STEAM_HEAT = 2.257e6, 2010.0  # J/kg, J/(kg K): water at 1 bar, IAPWS-95
WATER_DENSITY = 958.4  # kg/m³ at 100 °C
TOUCH = 2000.0  # W/(m² K): dry solids that touch; Incropera and DeWitt, table 3.1: 1e3 to 1e4


@dataclass(frozen=True)
class Pressed:
    """How a hot thing rests on what it melts: its radius of curvature, m, and the force, N, it presses with."""

    radius: float
    force: float


def steam_conductivity(temperature: float) -> float:
    """W/(m K) of steam at 1 bar; power law through IAPWS values at 373 and 773 K."""
    return 0.0248 * (temperature / 373.15) ** 1.36


def film_boiling(diameter: float, surface: float, boiling: float) -> float:
    """W/(m² K) through the steam film round a sphere; temperatures in K, against the boiling point."""
    excess = max(surface - boiling, 1.0)
    mean = (surface + boiling) / 2
    density = 219.6 / mean  # ideal gas at 1 bar
    viscosity = 1.227e-5 * (mean / 373.15) ** 1.16  # Pa s, through IAPWS values at 373 and 773 K
    latent = STEAM_LATENT + 0.8 * STEAM_HEAT * excess
    drive = steam_conductivity(mean) ** 3 * density * (WATER_DENSITY - density) * GRAVITY * latent
    return 0.67 * float(drive / (viscosity * diameter * excess)) ** 0.25


def close_contact_speed(pressed: Pressed, excess: float, melting: Matter, start: float) -> float:
    """m/s at which a sphere sinks into what it melts.

    Args:
        pressed: The sphere and what presses it down.
        excess: K of its surface over the melting point.
        melting: What it sinks into.
        start: K of that, far from the sphere.
    """
    m = melting
    need = m.density * (m.latent_heat - float(m.enthalpy(start)))
    squeeze = 2 * pressed.force / (np.pi * m.liquid_viscosity * pressed.radius**4 * m.density / m.liquid_density)
    return float(squeeze**0.25 * (m.liquid_conductivity * max(excess, 0.0) / need) ** 0.75)


def close_contact_flux(pressed: Pressed, excess: float, melting: Matter, start: float) -> float:
    """W/m² at the lowest point of a sphere that sinks by its weight; elsewhere times the cosine from there."""
    need = melting.density * (melting.latent_heat - float(melting.enthalpy(start)))
    return close_contact_speed(pressed, excess, melting, start) * need


def grey(emissivity_a: float, emissivity_b: float) -> float:
    """Emissivity of two surfaces that face each other closely."""
    return 1.0 / (1.0 / max(emissivity_a, 1e-6) + 1.0 / max(emissivity_b, 1e-6) - 1.0)


def film_share(surface: float, melting: Matter) -> float:
    """How much of the surface rides on steam: 1 well over the Leidenfrost temperature, 0 well under it."""
    if not np.isfinite(melting.boiling_point):
        return 0.0
    return float(np.clip((surface - LEIDENFROST * melting.boiling_point) / (2 * COLLAPSE) + 0.5, 0.0, 1.0))


def melt_flux(
    surface: float, hot: Matter, melting: Matter, start: float, pressed: Pressed, down: Array, gap: Array
) -> Array:
    """W/m² ``(n,)`` from places on a hot thing into what melts beside them.

    Args:
        surface: K of the hot surface.
        hot: What the hot thing is made of.
        melting: What melts.
        start: K of that, far away.
        pressed: How the hot thing rests.
        down: ``(n,)`` cosine between each place's normal and the way it presses.
        gap: ``(n,)`` m, empty way before what melts.
    """
    excess = surface - melting.melting_point
    radiation = grey(hot.emissivity, melting.emissivity) * SIGMA * (surface**4 - melting.melting_point**4)
    if excess <= 0:
        return np.zeros_like(gap)
    steam = film_share(surface, melting)
    flux = np.zeros_like(gap)
    if steam > 0:
        film = film_boiling(2 * pressed.radius, surface, melting.boiling_point)
        mean = steam_conductivity((surface + melting.boiling_point) / 2)
        flux += steam * (surface - melting.boiling_point) / (1 / film + gap / mean)
    if steam < 1:
        wet = close_contact_flux(pressed, excess, melting, start) * np.maximum(down, 0.0)
        if surface > melting.boiling_point:
            wet = np.minimum(wet, CRITICAL)
        wet = wet / (1 + wet / excess * gap / melting.liquid_conductivity)
        flux += (1 - steam) * wet
    return flux + radiation


def still_air(length: float, surface: float, air: float) -> float:
    """W/(m² K) of free convection at a sphere of diameter ``length`` m; temperatures in K.

    Source: Churchill, 1983 (Incropera and DeWitt, equation 9.35); air as an ideal gas at the mean temperature.
    """
    mean = (surface + air) / 2
    conductivity, viscosity = air_conductivity(mean), air_viscosity(mean)
    prandtl = 0.7
    diffusivity = viscosity / prandtl
    rayleigh = GRAVITY / mean * abs(surface - air) * length**3 / (viscosity * diffusivity)
    nusselt = 2 + 0.589 * rayleigh**0.25 / (1 + (0.469 / prandtl) ** (9 / 16)) ** (4 / 9)
    return nusselt * conductivity / length


def moving_air(length: float, wind: float, mean: float) -> float:
    """W/(m² K) at a sphere of diameter ``length`` m in wind of ``wind`` m/s (Ranz and Marshall, 1952)."""
    reynolds = wind * length / air_viscosity(mean)
    return (2 + 0.6 * reynolds**0.5 * 0.7 ** (1 / 3)) * air_conductivity(mean) / length


def air_conductivity(temperature: float) -> float:
    """W/(m K) of air at 1 bar; power law through Incropera and DeWitt, table A.4, 300 and 1000 K."""
    return 0.0263 * (temperature / 300.0) ** 0.775


def air_viscosity(temperature: float) -> float:
    """m²/s, kinematic, of air at 1 bar; power law through the same table."""
    return 15.9e-6 * (temperature / 300.0) ** 1.695


def air_film(length: float, surface: float, air: float, wind: float = 0.0) -> float:
    """W/(m² K) between a surface and the air: the stronger of free and forced convection."""
    free = still_air(length, surface, air)
    return max(free, moving_air(length, wind, (surface + air) / 2)) if wind > 0 else free


def contact_warming(film: float, matter: Matter, kelvin: float, seconds: float) -> float:
    """How far, 0 to 1, a thick thing's skin has come to the temperature of what has touched it for ``seconds``.

    Source: semi-infinite solid with a film of ``film`` W/(m² K), Incropera and DeWitt, equation 5.60.
    """
    from scipy.special import erfcx

    k = float(matter.conductivity(kelvin))
    alpha = k / (matter.density * float(matter.specific_heat(kelvin)))
    return float(1.0 - erfcx(film * np.sqrt(alpha * seconds) / k))


def dry_contact(gap: Array, temperature: float) -> Array:
    """W/(m² K) ``(n,)`` between dry surfaces ``gap`` ``(n,)`` m apart: touch, then conduction through air."""
    return 1.0 / (1.0 / TOUCH + np.maximum(gap, 0.0) / air_conductivity(temperature))
