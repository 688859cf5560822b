"""The things of a world that have a temperature of their own: solid ones, and ones that melt.

Owns how a part becomes something `sim.physics.heat` can reckon with: its substance, its mass, points on its surface,
its voxels. Knows nothing of time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.assets.hull import hull, hull_faces
from sim.assets.mesh import Mesh
from sim.errors import InputError, Problem
from sim.physics.heat.flux import GRAVITY, Pressed
from sim.physics.heat.matter import Matter
from sim.physics.heat.shells import Shells, shells_for
from sim.physics.heat.surface import Skin, ball_points, spread_points
from sim.physics.heat.voxels import Voxels, lattice, voxelise
from sim.physics.relief import Relief
from sim.pose import Array, Pose, from_matrix
from sim.world.layout import Layout, Placement

STRONGEST = 400.0  # W/(m² K): exchange that decides whether one temperature will do; boiling is stronger, but short
BYTES = 160  # of memory a voxel needs while it is stepped and drawn
SHARE = 0.25  # of the free memory that voxels may take
THROUGH = 3.0  # m under a thing where the bottom of a hole melted through it lies
UPRIGHT = 0.985  # cosine: farther from upright, heights cannot stand in for a thing
WET = 0.5  # friction of a melting surface over that of the dry one; ice: Kietzig, Hatzikiriakos and Englezos 2010


@dataclass(eq=False)
class Warm:
    """A solid part: its heat, and where its surface is.

    | field            | is                                                       |
    |------------------|----------------------------------------------------------|
    | points, normals  | ``(m, 3)`` on the surface, in the part's frame              |
    | patch            | m² that each point stands for                              |
    | middle, reach    | of a ball that holds it, in the part's frame, m              |
    | place            | m, where its middle is in the world                         |
    | drawn            | W/m² drawn from where it touched last, for the skin's drop   |
    | seen             | ``(m,)`` rows that points see, −1 for the surroundings; and where ``(m, 3)`` m |
    """

    part: str
    row: int
    matter: Matter
    shells: Shells
    points: Array
    normals: Array
    aims: Array
    patch: float
    middle: Array
    reach: float
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    drawn: float = 0.0
    boiling: float = 0.0
    touched: float = 0.0  # s for which something hotter has touched it
    hot_spot: float = 0.0  # K of its skin there
    seen: NDArray[np.int64] | None = None
    seen_at: Array = field(default_factory=lambda: np.empty((0, 3)))

    @property
    def surface(self) -> float:
        """K at the surface."""
        return self.shells.outside - (0.0 if self.shells.n == 1 else self.drawn / self.shells.skin)

    @property
    def pressed(self) -> Pressed:
        """How it rests on what it melts, were that to carry all of its weight but what its melt's buoyancy does."""
        mass = float(self.shells.masses.sum())
        return Pressed(self.shells.radius, mass * GRAVITY)

    def save(self) -> Any:
        """Everything that changes."""
        touch = self.touched, self.hot_spot
        return self.shells.energy.copy(), self.place, self.drawn, self.boiling, touch, self.seen, self.seen_at

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        energy, self.place, self.drawn, self.boiling, touch, self.seen, self.seen_at = saved
        self.touched, self.hot_spot = touch
        self.shells.energy = energy.copy()


@dataclass(eq=False)
class Melting:
    """A part that melts or is dented: its voxels, its look, and what stands in for its collider."""

    part: str
    row: int
    matter: Matter
    voxels: Voxels
    skin: Skin
    start: float
    placement: Placement
    first_heights: dict[int, Array] = field(default_factory=dict)
    mesh: Mesh | None = None
    mesh_version: int = 0
    mesh_mass: float = 0.0
    relief_version: int = 0
    melted: float = 0.0  # kg so far
    told: float = 0.0  # kg of which events told
    boiling: float = 0.0  # W
    gone: bool = False
    foot: Pose = field(default_factory=Pose)  # where it lay last
    sunny: float = 0.0  # part of it on which the sun shines

    def save(self) -> Any:
        """Everything that changes."""
        return (
            self.voxels.save(),
            self.mesh,
            self.mesh_version,
            self.mesh_mass,
            self.relief_version,
            self.melted,
            self.told,
            self.boiling,
            self.gone,
            self.foot,
            self.sunny,
        )

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        voxels, *rest = saved
        self.voxels.restore(voxels)
        (
            self.mesh,
            self.mesh_version,
            self.mesh_mass,
            self.relief_version,
            self.melted,
            self.told,
            self.boiling,
            self.gone,
            self.foot,
            self.sunny,
        ) = rest

    def relief(self, pose: Pose) -> Relief | None:
        """The heights that stand in for its collider, as it lies; None of sheets and when it lies askew."""
        if self.voxels.is_sheet:
            return None
        upward = pose.inverse.matrix[:3, :3] @ np.array([0.0, 0.0, 1.0])
        axis = int(np.argmax(np.abs(upward)))
        if abs(upward[axis]) < UPRIGHT:
            return None
        up = bool(upward[axis] > 0)
        v = self.voxels
        side = [i for i in range(3) if i != axis]
        heights = v.heights(axis, up)
        sign = 1.0 if up else -1.0
        frame = np.zeros((3, 3))
        frame[side[0], 0] = frame[side[1], 1] = 1.0
        frame[axis, 2] = sign
        if np.linalg.det(frame) < 0:
            side, heights = side[::-1], heights.T
            frame = frame[:, [1, 0, 2]]
        size = np.array(v.fill.shape) * v.spacing
        bottom = float(v.origin[axis]) if up else -float(v.origin[axis] + size[axis])
        top, low = bottom + float(size[axis]), bottom - THROUGH
        heights = np.where(np.isnan(heights), low, heights)
        first = self.first_heights.setdefault(axis * 2 + up, heights)
        heights = np.pad(_worn(heights, first, float(v.spacing[axis])), 1, constant_values=bottom)
        middle = np.zeros(3)
        for i in side:
            middle[i] = v.origin[i] + size[i] / 2
        placed = pose @ Pose(middle, from_matrix(frame))
        step = (float(v.spacing[side[0]]), float(v.spacing[side[1]]))
        dry = self.placement.asset.surface()
        wet = dry.model_copy(update={"dynamic_friction": (dry.dynamic_friction or 0.0) * WET})
        return Relief(self.row, placed, step, heights, low, top + 0.01, wet if self.melted else dry)


def _worn(heights: Array, first: Array, voxel: float) -> Array:
    """Heights as a thing feels them that lies where something is gone.

    Between two voxels heights are interpolated, so the wall of a shaft would clip what fits it: there the lowest
    neighbour counts. A hollow is smoothed, since a thing would roll about in its voxels' steps.
    """
    from scipy.ndimage import binary_dilation, gaussian_filter, grey_dilation, grey_erosion

    lost = first - heights > 0.02 * voxel
    if not lost.any():
        return heights
    near = binary_dilation(lost, np.ones((3, 3), bool))
    lowest, highest = grey_erosion(heights, size=(3, 3)), grey_dilation(heights, size=(3, 3))
    steep = binary_dilation(highest - lowest > 1.5 * voxel, np.ones((3, 3), bool))
    return np.where(near, np.where(steep, lowest, gaussian_filter(heights, 1.0, mode="nearest")), heights)


# ---------------------------------------------------------------------------------------------------------------------
# Making


def own_temperature(placement: Placement, matter: Matter | None, air: float) -> float:
    """K at which a thing starts: what it says, or the air's, but no more than its melting point."""
    if placement.temperature is not None:
        return placement.temperature
    return min(air, matter.melting_point) if matter is not None else air


def matter_of(layout: Layout, placement: Placement, link: str) -> Matter:
    """What a part is made of.

    Raises:
        InputError: Its substance lacks heat data.
    """
    own = placement.asset.spec.parts.get(link)
    name = (own and own.substance) or placement.asset.spec.substance
    where = f"world {layout.name}: {placement.name}{'/' + link if link else ''}"
    return Matter.of(name, layout.library.substances[name], where)


def make_warm(
    layout: Layout, placement: Placement, link: str, part: str, row: int, mass: float, temperature: float, voxel: float
) -> Warm:
    """A solid part with a temperature."""
    matter = matter_of(layout, placement, link)
    _refuse_molten(layout, placement, matter, temperature)
    points, normals, area = _surface(placement, link, voxel, mass / matter.density)
    n = shells_for(matter, mass, area, STRONGEST)
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    size = np.sort(high - low)
    rounds = 2 if size[0] > 0.4 * size[2] else 1 if size[1] < 0.4 * size[2] else 0
    return Warm(
        part,
        row,
        matter,
        Shells(matter, mass, area, temperature, n, rounds),
        points,
        normals,
        _aims(normals),
        area / len(points),
        middle,
        float(np.linalg.norm(points - middle, axis=1).max()),
    )


def _refuse_molten(layout: Layout, placement: Placement, matter: Matter, temperature: float) -> None:
    if temperature > matter.melting_point:
        raise InputError(
            Problem(
                f"world {layout.name}: objects.{placement.name}.temperature",
                f"{matter.name} would be molten",
                f"at most {matter.melting_point:g} K",
                f"{temperature:g} K",
            )
        )


def _surface(placement: Placement, link: str, voxel: float, volume: float) -> tuple[Array, Array, float]:
    """Points on a part, their normals and its area; of a part that is not seen, those of a ball of its volume."""
    asset, scale = placement.asset, placement.scale
    if not link and not asset.articulated and asset.measure.collider.kind == "sphere":
        collider = asset.measure.collider
        radius = collider.size[0] * scale
        points, normals, area = ball_points(radius, _count(4 * np.pi * radius**2, voxel))
        return points + collider.pose.position * scale, normals, area
    mesh = asset.part_mesh(link)
    if mesh is None:
        return ball_points((3 * volume / (4 * np.pi)) ** (1 / 3), 100)
    vertices = mesh.vertices * scale
    area = spread_points(vertices, mesh.faces, 1)[2]
    return spread_points(vertices, mesh.faces, _count(area, voxel))


def _count(area: float, voxel: float) -> int:
    return int(np.clip(2 * area / voxel**2, 100, 600))


def _aims(normals: Array) -> Array:
    """Unit directions ``(m, 3)`` that leave each point as often as Lambert's law says, spread evenly."""
    i = np.arange(len(normals))
    u, angle = (i * 0.7548776662466927 + 0.5) % 1.0, 2 * np.pi * ((i * 0.5698402909980532 + 0.5) % 1.0)
    helper = np.where(np.abs(normals[:, :1]) < 0.9, np.array([[1.0, 0, 0]]), np.array([[0.0, 1, 0]]))
    a = np.cross(normals, helper)
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b = np.cross(normals, a)
    across = np.sqrt(u)
    return (
        (across * np.cos(angle))[:, None] * a
        + (across * np.sin(angle))[:, None] * b
        + np.sqrt(1 - u)[:, None] * normals
    )


def make_melting(
    layout: Layout, placement: Placement, part: str, row: int, matter: Matter, temperature: float, voxel: float
) -> Melting:
    """A part cut into voxels.

    Raises:
        InputError: It would be molten; the voxels need more memory than there is.
    """
    _refuse_molten(layout, placement, matter, temperature)
    mesh = placement.asset.mesh
    if placement.scale != 1.0:
        mesh = mesh.moved(Pose(), placement.scale)
    origin, spacing, shape = lattice(mesh.bounds, voxel)
    _refuse_too_fine(layout, part, mesh, shape)
    vertices, faces = mesh.vertices, mesh.faces
    if not placement.asset.measure.closed:
        vertices = hull(vertices)
        faces = np.asarray(hull_faces(vertices))
    fill = voxelise(vertices, faces, origin, spacing, shape)
    voxels = Voxels(matter, origin, spacing, fill, min(temperature, matter.melting_point))
    return Melting(part, row, matter, voxels, Skin(mesh), temperature, placement, mesh_mass=voxels.mass)


def _refuse_too_fine(layout: Layout, part: str, mesh: Mesh, shape: tuple[int, int, int]) -> None:
    cells, room = float(np.prod(np.array(shape, float))), SHARE * free_memory() / BYTES
    if cells > room:
        size = mesh.bounds[1] - mesh.bounds[0]
        fits = float((np.prod(size) / room) ** (1 / 3))
        fits = float(f"{fits * 1.06:.2g}")
        raise InputError(
            Problem(
                f"world {layout.name}: heat.voxel",
                f"{part} would need {cells:.3g} voxels, more than fit into memory",
                f"{fits:g} m or more",
                hint=f"say `heat: {{voxel: {fits:g}}}`",
            )
        )


def free_memory() -> float:
    """Bytes of memory that are free, or 4 GB where nobody tells."""
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return 4e9
