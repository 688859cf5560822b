"""How a solid moves by itself: modes by finite elements, and what static loads do to it.

One kernel for whatever is elastic and strains little: eight-node bricks with incompatible modes, which bend as they
should even when a wall is one brick thick.

Sources: Wilson, Taylor, Doherty and Ghaboussi 1973 (incompatible modes); Zienkiewicz and Taylor, The Finite Element
Method, volume 1 (bricks, consistent mass).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, eigsh, splu

from sim.pose import Array
from sim.sound.voxels import Cells

RIGID = 6  # modes of a free thing that cost no energy
CORNERS = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)]) * 2.0 - 1.0  # (8, 3), x fastest


@dataclass(frozen=True, eq=False)
class Modes:
    """How a thing vibrates, undamped.

    | field     | is                                                               |
    |-----------|------------------------------------------------------------------|
    | frequency | ``(m,)`` Hz, rising                                               |
    | nodes     | ``(k, 3)`` m, in the thing's frame                                |
    | shape     | ``(k, m, 3)`` kg^-1/2, mass-normalised displacement of each node   |
    """

    frequency: Array
    nodes: Array
    shape: Array


class Elastic:
    """A body of bricks that strains linearly.

    | attribute | is                                                    |
    |-----------|-------------------------------------------------------|
    | nodes     | ``(k, 3)`` m                                           |
    | stiffness | sparse ``(3k, 3k)`` N/m                                |
    | mass      | sparse ``(3k, 3k)`` kg, consistent                     |

    Args:
        cells: Its bricks.
        youngs_modulus: Pa
        poissons_ratio: Of the substance.
        density: kg/m³
    """

    def __init__(self, cells: Cells, youngs_modulus: float, poissons_ratio: float, density: float):
        self.nodes, self._cell = cells.nodes()
        k, m = brick(tuple(cells.size.tolist()), poissons_ratio)
        self.stiffness = self._assembled(k, youngs_modulus * cells.stiffness)
        self.mass = self._assembled(m, density * cells.fill)
        self._strain_force = incompatible_free(tuple(cells.size.tolist()), poissons_ratio)
        self._modulus = youngs_modulus * cells.stiffness

    def _assembled(self, element: Array, factor: Array) -> Any:
        dof = (3 * self._cell[:, :, None] + np.arange(3)).reshape(len(self._cell), 24)
        rows, columns = np.repeat(dof, 24, axis=1).ravel(), np.tile(dof, (1, 24)).ravel()
        values = (factor[:, None] * element.ravel()).ravel()
        n = 3 * len(self.nodes)
        return sparse.coo_matrix((values, (rows, columns)), shape=(n, n)).tocsc()

    def solve(self, force: ArrayLike, fixed: NDArray[np.bool_]) -> Array:
        """Displacements ``(k, 3)`` m under nodal forces ``(k, 3)`` N.

        Args:
            force: N
            fixed: ``(k, 3)``, which displacements are zero; at least six, so that the thing cannot move as a whole.
        """
        free = np.flatnonzero(~fixed.ravel())
        moved = np.zeros(3 * len(self.nodes))
        moved[free] = _factor(self.stiffness[free][:, free]).solve(np.asarray(force, float).ravel()[free])
        return moved.reshape(-1, 3)

    def eigenstrain_force(self, strain: ArrayLike) -> Array:
        """Nodal forces ``(k, 3)`` N of a thing that wants to be strained evenly by ``strain`` (active contraction).

        Args:
            strain: ``(6,)`` xx, yy, zz, and engineering shears yz, zx, xy.
        """
        force = np.zeros((len(self.nodes), 3))
        element = (self._strain_force @ np.asarray(strain, float)).reshape(8, 3)
        np.add.at(force, self._cell.ravel(), (self._modulus[:, None, None] * element).reshape(-1, 3))
        return force

    def modes(self, n: int, fixed: NDArray[np.bool_] | None = None) -> Modes:
        """The lowest ``n`` modes, without those in which a free thing moves as a whole.

        Args:
            n: How many.
            fixed: ``(k,)`` nodes that cannot move; none when left out.
        """
        held = np.zeros(len(self.nodes), bool) if fixed is None else fixed
        free = np.flatnonzero(~np.repeat(held, 3))
        stiffness, mass = self.stiffness[free][:, free], self.mass[free][:, free]
        rigid = 0 if held.any() else RIGID
        n = min(n, len(free) - rigid - 1)
        if n < 1:
            return Modes(np.empty(0), self.nodes, np.empty((len(self.nodes), 0, 3)))
        shift = -1e-4 * stiffness.diagonal().sum() / mass.diagonal().sum() / len(self.nodes) ** (2 / 3)
        solver = _factor(stiffness - shift * mass)
        inverse = LinearOperator(stiffness.shape, matvec=solver.solve, dtype=float)
        start = np.random.default_rng(0).standard_normal(len(free))
        values, vectors = eigsh(
            stiffness, n + rigid, mass, sigma=shift, OPinv=inverse, v0=start, tol=1e-9, ncv=max(2 * (n + rigid), 20)
        )
        order = np.argsort(values)[rigid:]
        shape = np.zeros((3 * len(self.nodes), len(order)))
        shape[free] = vectors[:, order]
        frequency = np.sqrt(np.maximum(values[order], 0)) / (2 * np.pi)
        return Modes(frequency, self.nodes, shape.reshape(-1, 3, len(order)).transpose(0, 2, 1))


def _factor(matrix: Any) -> Any:
    return splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})


# ---------------------------------------------------------------------------------------------------------------------
# One brick


@lru_cache(maxsize=64)
def brick(size: tuple[float, float, float], poissons_ratio: float) -> tuple[Array, Array]:
    """Stiffness ``(24, 24)`` m for a modulus of 1 Pa, and mass ``(24, 24)`` m³ for a density of 1 kg/m³."""
    elastic = _elasticity(poissons_ratio)
    nodal, mixed, inner, mass = np.zeros((24, 24)), np.zeros((24, 9)), np.zeros((9, 9)), np.zeros((24, 24))
    for point, weight in _gauss(size):
        b, a, shape = _strains(point, size)
        nodal += weight * b.T @ elastic @ b
        mixed += weight * b.T @ elastic @ a
        inner += weight * a.T @ elastic @ a
        interpolate = np.kron(shape, np.eye(3))
        mass += weight * interpolate.T @ interpolate
    return nodal - mixed @ np.linalg.solve(inner, mixed.T), mass


@lru_cache(maxsize=64)
def incompatible_free(size: tuple[float, float, float], poissons_ratio: float) -> Array:
    """Nodal forces ``(24, 6)`` m² of even eigenstrains, for a modulus of 1 Pa."""
    elastic, force = _elasticity(poissons_ratio), np.zeros((24, 6))
    for point, weight in _gauss(size):
        force += weight * _strains(point, size)[0].T @ elastic
    return force


def _gauss(size: tuple[float, float, float]) -> list[tuple[Array, float]]:
    """Two points an axis; exact for what a brick's shape functions make."""
    return [(corner / np.sqrt(3), float(np.prod(size)) / 8) for corner in CORNERS]


def _strains(point: Array, size: tuple[float, float, float]) -> tuple[Array, Array, Array]:
    """Strain ``(6, 24)`` by the corners' displacements, ``(6, 9)`` by the inner modes; shape functions ``(1, 8)``."""
    factor = 1 + CORNERS * point  # (8, 3)
    shape = np.prod(factor, axis=1) / 8
    jacobian = 2 / np.asarray(size)
    gradient = np.stack(
        [CORNERS[:, i] * factor[:, (i + 1) % 3] * factor[:, (i + 2) % 3] / 8 * jacobian[i] for i in range(3)], axis=-1
    )
    inner = np.diag(-2 * point * jacobian)  # bubbles 1 − ξ², 1 − η², 1 − ζ²
    return _strain_of(gradient), _strain_of(inner), shape[None]


def _strain_of(gradient: Array) -> Array:
    """The matrix ``(6, 3n)`` that makes strains of displacements whose functions have these gradients ``(n, 3)``."""
    strain = np.zeros((6, 3 * len(gradient)))
    gx, gy, gz = gradient.T
    for row, column, values in [
        (0, 0, gx), (1, 1, gy), (2, 2, gz), (3, 1, gz), (3, 2, gy), (4, 0, gz), (4, 2, gx), (5, 0, gy), (5, 1, gx),
    ]:  # fmt: skip
        strain[row, column::3] = values
    return strain


def _elasticity(poissons_ratio: float) -> Array:
    """Hooke's law ``(6, 6)`` of an isotropic solid with a modulus of 1 Pa."""
    nu = poissons_ratio
    law = np.zeros((6, 6))
    law[:3, :3] = nu
    law[np.arange(3), np.arange(3)] = 1 - nu
    law[np.arange(3, 6), np.arange(3, 6)] = (1 - 2 * nu) / 2
    return law / ((1 + nu) * (1 - 2 * nu))
