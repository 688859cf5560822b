"""Mass, centre and inertia of rigid things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import ArrayLike

from sim.errors import InputError, Problem
from sim.pose import Pose, vector


@dataclass(frozen=True)
class MassProperties:
    """Mass, centre and inertia of a rigid thing.

    | field        | is                                                   |
    |--------------|------------------------------------------------------|
    | mass         | kg                                                   |
    | center       | centre of mass ``(3,)``, m, in the part's frame      |
    | inertia      | principal moments ``(3,)``, kg m², about the centre  |
    | axes         | xyzw: the principal axes in the part's frame         |
    """

    mass: float
    center: tuple[float, float, float]
    inertia: tuple[float, float, float]
    axes: tuple[float, float, float, float]

    def scaled(self, scale: float) -> MassProperties:
        """The same substance and shape, ``scale`` times as large."""
        return MassProperties(
            self.mass * scale**3,
            vector(np.multiply(scale, self.center)),
            vector(np.multiply(scale**5, self.inertia)),
            self.axes,
        )


def mass_properties(vertices: ArrayLike, faces: ArrayLike, mass: float) -> MassProperties:
    """Mass properties of a closed surface ``(n, 3)``, ``(m, 3)`` filled evenly with ``mass`` kg.

    Source: Eberly, "Polyhedral Mass Properties (Revisited)"; computed by trimesh.

    Raises:
        InputError: The surface encloses no volume.
    """
    body = trimesh.Trimesh(np.asarray(vertices, float), np.asarray(faces), process=False)
    with np.errstate(divide="ignore", invalid="ignore"):  # a flat surface has its centre nowhere
        volume = body.volume
    if volume < 0:
        body.invert()
        volume = -volume
    if not volume > 1e-15:
        raise InputError(Problem("mesh", "encloses no volume", got=f"{volume:.3g} m³"))
    body.density = mass / volume
    moments, axes = np.linalg.eigh(np.asarray(body.moment_inertia))
    if np.linalg.det(axes) < 0:
        axes[:, 0] *= -1
    if np.ptp(moments) < 1e-6 * moments.max():  # a ball has no axes of its own
        axes = np.eye(3)
    frame = Pose.from_matrix(np.block([[axes, np.zeros((3, 1))], [np.zeros((1, 3)), np.ones((1, 1))]]))
    return MassProperties(
        float(mass),
        vector(body.center_mass),
        vector(moments),
        (*vector(frame.orientation[:3]), float(frame.orientation[3])),
    )
