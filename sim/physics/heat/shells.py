"""Solid things that warm and cool without melting: one temperature, or shells of them.

A thing whose surface cannot draw heat faster than its inside brings it (Biot number up to 0.1) has one temperature.
Another is cut into shells of a ball, cylinder or slab with its own volume and surface. The state is heat, not
temperature, so nothing is lost when the specific heat changes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.physics.heat.matter import Matter
from sim.pose import Array

BIOT = 0.1  # up to here one temperature will do (Incropera and DeWitt, chapter 5)
MOST_SHELLS = 24
SAFE = 0.5  # of the longest stable explicit step


class Shells:
    """The heat of one solid thing.

    | attribute | shape | is                                               |
    |-----------|-------|--------------------------------------------------|
    | energy    | (n,)  | J, from the innermost shell to the outermost       |
    | masses    | (n,)  | kg                                               |
    | area      |       | m² of its surface                                 |

    Args:
        matter: What it is made of.
        mass: kg.
        area: Surface, m².
        temperature: K, or ``(n,)`` K a shell.
        n: Shells; 1 for one temperature.
        rounds: Directions in which it is round: 2 ball, 1 cylinder, 0 slab.
    """

    def __init__(
        self, matter: Matter, mass: float, area: float, temperature: ArrayLike, n: int = 1, rounds: int = 2
    ) -> None:
        self.matter, self.area, self.n = matter, area, n
        self.radius = (rounds + 1) * mass / matter.density / area
        edges = np.linspace(0.0, 1.0, n + 1)
        self.masses = mass * np.diff(edges ** (rounds + 1))
        self._inner_areas = area * edges[1:-1] ** rounds
        self._spacing = self.radius / n
        self.energy = self.masses * matter.enthalpy(np.broadcast_to(np.asarray(temperature, float), n))

    @property
    def temperatures(self) -> Array:
        """K ``(n,)``, innermost first."""
        return self.matter.temperature(self.energy / self.masses)

    @property
    def temperature(self) -> float:
        """K, were all heat spread evenly."""
        return float(self.matter.temperature(self.energy.sum() / self.masses.sum()))

    @property
    def outside(self) -> float:
        """K of the outermost shell's middle."""
        return float(self.temperatures[-1])

    @property
    def skin(self) -> float:
        """W/(m² K) from the outermost shell's middle to the surface; infinite for one temperature."""
        if self.n == 1:
            return np.inf
        return float(self.matter.conductivity(self.outside)) / (self._spacing / 2)

    def add(self, joules: float) -> None:
        """Heats the outermost shell."""
        self.energy[-1] += joules

    def conduct(self, dt: float) -> int:
        """Lets heat spread inside for ``dt`` s; returns the steps it took."""
        if self.n == 1:
            return 0
        kelvins = self.temperatures
        fastest = self.matter.most_diffusive(float(kelvins.min()), float(kelvins.max()) + 1e-9)
        steps = max(1, int(np.ceil(dt * 2 * fastest / self._spacing**2 / SAFE)))
        for _ in range(steps):
            kelvins = self.temperatures
            k = self.matter.conductivity((kelvins[1:] + kelvins[:-1]) / 2)
            flow = k * self._inner_areas * (kelvins[:-1] - kelvins[1:]) / self._spacing * (dt / steps)
            self.energy[:-1] -= flow
            self.energy[1:] += flow
        return steps


def shells_for(matter: Matter, mass: float, area: float, film: float) -> int:
    """How many shells a thing needs.

    Args:
        matter: What it is made of.
        mass: kg.
        area: Surface, m².
        film: W/(m² K), the strongest exchange expected at its surface.
    """
    length = mass / matter.density / area
    biot = film * length / float(matter.conductivities[:, 1].min())
    return 1 if biot <= BIOT else int(np.clip(round(3 * length / 0.0015), 4, MOST_SHELLS))
