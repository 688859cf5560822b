"""What a thing sounds like when something pushes it: its modes, how they die away and how much of them is heard.

The lowest modes come from finite elements and are kept between runs. What is above their reach is drawn by statistics:
as many modes as Weyl's law counts, in places that chance decides once for each asset.

Sources: Cremer, Heckl and Petersson, Structure-Borne Sound, chapters 2 (loss), 6 (radiation) and 8 (modal density).
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from sim.assets.asset import Asset, cache_folder, keep
from sim.assets.hull import hull, hull_volume
from sim.assets.mesh import Mesh
from sim.assets.model import link_masses
from sim.assets.substance import SubstanceSpec
from sim.pose import Array
from sim.sound.bank import Bank
from sim.sound.modal import Elastic, Modes
from sim.sound.voxels import cells

VERSION = 2  # raise when modes are found otherwise
MAX_NODES, N_MODES = 1200, 30
HEARD = 16.0, 18_000.0  # Hz
DRAWN_MODES = 40  # modes drawn above the reach of the elements; each stands for several where there are more
NORMAL_SHARE = 0.5  # of a mode's motion that is across the surface: a third in a solid, all in a plate
JOINT_LOSS = 0.01  # loss factor that joints add to built things, Cremer and Heckl, table 2.3
OVERDAMPED = 0.5  # damping ratio from which a mode is a thud no longer than its push
SCENERY = 2.5  # m: what is fixed and larger is part of the ground
HOLLOW = 0.15  # of its substance's weight: lighter things are shells; in between, part of it is something lighter
CORNER = 0.15  # of its thinnest extent: how round a thing's corners and faces are taken to be
SOUND = 343.0  # m/s
AIR = 400.0  # Pa s/m, ρ c for which levels are given
SPARSE = 0.5  # of its outline: things that fill less are made of walls and bars, unless those are thick


@dataclass(frozen=True, eq=False)
class Resonator:
    """A part that rings.

    | attribute | is                                                                      |
    |-----------|-------------------------------------------------------------------------|
    | substance | what it is made of                                                       |
    | mass      | kg; infinite for what does not move                                      |
    | size      | m, radius of a ball with its hull's volume: that of the sound it makes    |
    | roundness | m, radius of curvature where others touch it; infinite for flat ground    |
    | yields    | Pa, pressure under which it gives way for good                            |
    | built     | whether it is made of walls and bars                                       |
    | frequency | ``(m,)`` Hz, rising                                                       |
    | decay     | ``(m,)`` 1/s                                                              |
    | level     | ``(m,)`` Pa at 1 m for a modal velocity of 1, in air of 400 Pa s/m         |
    """

    substance: SubstanceSpec
    mass: float = np.inf
    size: float = 1.0
    roundness: float = np.inf
    yields: float = np.inf
    built: bool = False
    frequency: Array = field(default_factory=lambda: np.empty(0))
    decay: Array = field(default_factory=lambda: np.empty(0))
    level: Array = field(default_factory=lambda: np.empty(0))
    nodes: Array | None = None
    shape: Array | None = None  # (k, m_found, 3)
    waves: Array = field(default_factory=lambda: np.empty((0, 3)))  # (m_drawn, 3) 1/m
    phase: Array = field(default_factory=lambda: np.empty(0))
    weight: Array = field(default_factory=lambda: np.empty(0))  # (m_drawn,) kg^-1/2

    @cached_property
    def _tree(self) -> Any:
        return cKDTree(self.nodes)

    @lru_cache(maxsize=4)  # noqa: B019 (a resonator lives as long as its soundtrack)
    def bank(self, rate: int) -> Bank:
        """Its modes as resonators."""
        return Bank(self.frequency, self.decay, rate)

    def coupling(self, place: Array, direction: Array) -> Array:
        """How a push at a place in its own frame, along a unit direction, moves each mode: ``(m,)`` kg^-1/2."""
        if not len(self.frequency):
            return np.empty(0)
        found = np.empty(0)
        if self.shape is not None and self.shape.shape[1]:
            found = self.shape[self._tree.query(place)[1]] @ direction
        return np.concatenate([found, self.weight * np.sqrt(2) * np.cos(self.waves @ place + self.phase)])

    def compliance(self, coupling: Array) -> float:
        """How far it gives way to a steady push of 1 N, m."""
        return float(np.sum((coupling / (2 * np.pi * self.frequency)) ** 2))


def ground(substance: SubstanceSpec) -> Resonator:
    """What is too large or too firm to ring."""
    return Resonator(substance, yields=substance.hardness or np.inf)


@lru_cache(maxsize=256)
def resonator(asset: Asset, part: str, scale: float, fixed: bool) -> Resonator:
    """How one part of an asset rings.

    Args:
        asset: The thing.
        part: One of its links; ``""`` of a rigid thing.
        scale: Of its size.
        fixed: Whether it stands fast.
    """
    if asset.articulated and not part:
        part = asset.model.links[0]  # the base, which goes by the thing's own name
    substance = asset.substance_of(part)
    mesh = asset.part_mesh(part)
    if mesh is None:
        return Resonator(substance, size=0.1)
    extent = np.ptp(mesh.bounds, axis=0) * scale
    if fixed and extent.max() > SCENERY:
        return ground(substance)
    body = _Body.of(asset, part, mesh, substance)
    modes = _kept_modes(asset, part, body, fixed) if substance.youngs_modulus else None
    return _resonator(asset, part, body, modes, scale, fixed)


@dataclass(frozen=True, eq=False)
class _Body:
    """One part at its asset's own size: what its modes are made from."""

    vertices: Array
    faces: NDArray[np.int64]
    substance: SubstanceSpec
    mass: float
    area: float  # m², of all surfaces
    filled: float  # m³ of substance, or of it and of something lighter
    wall: float | None  # m of substance under every surface of what is built of walls and bars; None: it is solid
    volume: float  # m³ of its hull
    joined: bool  # of several pieces
    radius: float | None  # m, when it is a ball

    @classmethod
    def of(cls, asset: Asset, part: str, mesh: Mesh, substance: SubstanceSpec) -> _Body:
        solid = mesh.solid
        vertices, faces = np.asarray(solid.vertices, float), np.asarray(solid.faces, np.int64)
        area, outline = float(solid.area), float(np.prod(np.maximum(np.ptp(mesh.bounds, axis=0), 1e-6)))
        hull_size = hull_volume(hull(vertices))
        radius = None
        if asset.articulated:
            closed, volume = False, 0.0
            mass = link_masses(asset.source).get(part) or substance.density * area * 2e-3
        else:
            closed, volume, mass = asset.measure.closed, asset.measure.volume, asset.measure.mass.mass
            if asset.measure.collider.kind == "sphere":
                radius = asset.measure.collider.size[0]
        if not closed or mass < HOLLOW * substance.density * volume:
            volume, closed = mass / substance.density, False
        solid_looking = volume > SPARSE * outline or 2 * volume / area > 1.2 * (volume / MAX_NODES) ** (1 / 3)
        wall = None if closed and solid_looking else min(volume / area, 0.1 * float(np.cbrt(outline)))
        joined = len(mesh.primitives) > 1 and wall is not None
        return cls(vertices, faces, substance, mass, area, volume, wall, hull_size, joined, radius)

    @property
    def modulus(self) -> float:
        """Young's modulus, Pa; less where part of it is something lighter."""
        assert self.substance.youngs_modulus is not None
        return self.substance.youngs_modulus * min(1.0, self.mass / (self.substance.density * self.filled))

    @property
    def yields(self) -> float:
        """Pa under which it gives way: the substance's hardness, or what crushes a body of walls and bars.

        A frame that fills a part φ of its outline crushes at 0.3 φ^1.5 of its walls' yield stress (Gibson and Ashby,
        Cellular Solids, 5.3), which is a third of their hardness (Tabor).
        """
        hardness = self.substance.hardness or np.inf
        if self.wall is None:
            return hardness
        return hardness / 3 * 0.3 * min(1.0, self.mass / (self.substance.density * self.volume)) ** 1.5


def _kept_modes(asset: Asset, part: str, body: _Body, fixed: bool) -> Modes:
    """The lowest modes of a part; worked out once and kept under the asset's content hash."""
    name = f"{asset.sha256[2:]}.{VERSION}.{zlib.crc32(part.encode()):08x}.{'fixed' if fixed else 'free'}.modes.npz"
    path = cache_folder() / asset.sha256[:2] / name
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            return Modes(file["frequency"], file["nodes"], file["shape"].astype(float))
    except Exception:  # not there, or not whole: work it out again
        modes = _modes(body, fixed)
    buffer = io.BytesIO()
    np.savez(buffer, frequency=modes.frequency, nodes=modes.nodes, shape=modes.shape.astype(np.float32))
    keep(path, buffer.getvalue())
    return Modes(modes.frequency, modes.nodes, modes.shape.astype(np.float32).astype(float))


def _modes(body: _Body, fixed: bool) -> Modes:
    bricks = cells(body.vertices, body.faces, body.wall, MAX_NODES)
    density = body.mass / float(np.prod(bricks.size) * bricks.fill.sum())
    elastic = Elastic(bricks, body.modulus, _poisson(body.substance), density)
    lowest = elastic.nodes[:, 2] < elastic.nodes[:, 2].min() + 0.01 * bricks.size[2]
    return elastic.modes(N_MODES, lowest if fixed else None)


def _resonator(asset: Asset, part: str, body: _Body, modes: Modes | None, scale: float, fixed: bool) -> Resonator:
    mass, size = body.mass * scale**3, float(np.cbrt(3 * body.volume / (4 * np.pi))) * scale
    extent = np.ptp(body.vertices, axis=0) * scale
    roundness = body.radius * scale if body.radius else max(CORNER * float(extent.min()), 1e-3)
    built = body.wall is not None
    plain = Resonator(body.substance, np.inf if fixed else mass, size, roundness, body.yields, built)
    if modes is None or body.substance.acoustic is None:
        return plain
    rng = np.random.default_rng(zlib.crc32(f"{asset.name}/{part}".encode()))
    found = modes.frequency / scale
    drawn, weight = _drawn(body, float(found[-1]) if len(found) else HEARD[0], scale, mass, rng)
    frequency = np.concatenate([found, drawn])
    decay = _decay(body.substance, frequency, JOINT_LOSS if body.joined or asset.articulated else 0.0)
    sign = rng.choice([-1.0, 1.0], len(frequency))
    share = radiation(frequency, size)
    if body.wall:
        share = share * _wall_radiation(frequency, body, scale)
    level = sign * AIR * np.sqrt(share * body.area * scale**2 * NORMAL_SHARE / (4 * np.pi * mass))
    waves = _waves(drawn, float(extent.max()), rng)
    phase = rng.uniform(0, 2 * np.pi, len(drawn))
    heard = (frequency > HEARD[0]) & (frequency < HEARD[1]) & (decay < OVERDAMPED * 2 * np.pi * frequency)
    low, high = heard[: len(found)], heard[len(found) :]
    return replace(
        plain,
        frequency=frequency[heard],
        decay=decay[heard],
        level=level[heard],
        nodes=modes.nodes * scale,
        shape=modes.shape[:, low] * scale**-1.5,
        waves=waves[high],
        phase=phase[high],
        weight=weight[high],
    )


def _decay(substance: SubstanceSpec, frequency: Array, joint_loss: float) -> Array:
    """How fast modes ``(m,)`` die away, 1/s: Rayleigh's damping of the substance, and what joints take."""
    assert substance.acoustic is not None
    omega = 2 * np.pi * frequency
    return (substance.acoustic.rayleigh_alpha + substance.acoustic.rayleigh_beta * omega**2 + joint_loss * omega) / 2


def radiation(frequency: Array, size: float) -> Array:
    """Radiation efficiency ``(m,)`` of a body of radius ``size`` m: that of a ball that moves to and fro."""
    ka = 2 * np.pi * frequency * size / SOUND
    return ka**4 / (4 + ka**4)


def _wall_radiation(frequency: Array, body: _Body, scale: float) -> Array:
    """Radiation efficiency ``(m,)`` of walls: below the frequency of coincidence only their edges are heard."""
    assert body.wall
    side = np.sqrt(body.area / 2) * scale
    coincidence = SOUND**2 / (1.8 * _plate_speed(body.substance) * 2 * body.wall * scale)
    edges = 4 * side * SOUND / coincidence / (np.pi**2 * side**2)
    below = np.minimum(edges * np.sqrt(frequency / coincidence) + (frequency / coincidence) ** 2, 1.0)
    return np.where(frequency < coincidence, below, 1.0)


def _plate_speed(substance: SubstanceSpec) -> float:
    """m/s of waves along a plate."""
    assert substance.youngs_modulus is not None
    return float(np.sqrt(substance.youngs_modulus / (substance.density * (1 - _poisson(substance) ** 2))))


def _poisson(substance: SubstanceSpec) -> float:
    """Poisson's ratio, less where bricks would lock because nothing can be squeezed."""
    return float(np.clip(substance.poissons_ratio or 0.3, 0.0, 0.45))


def _drawn(body: _Body, above: float, scale: float, mass: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Frequencies ``(m,)`` Hz of modes above the reach of the elements, and how strong each is, ``(m,)`` kg^-1/2."""
    substance = body.substance
    low, high = max(above * 1.03, 60.0), HEARD[1]
    if low >= high or substance.youngs_modulus is None:
        return np.empty(0), np.empty(0)
    fast = _plate_speed(substance)
    shear = np.sqrt(substance.youngs_modulus / (2 * (1 + _poisson(substance)) * substance.density))
    if body.wall:  # bending waves of all walls; the surface has two sides
        thickness = body.wall * scale * 2
        count = np.sqrt(3) * body.area * scale**2 / 2 / (thickness * fast) * (high - low)
    else:
        count = 4 / 3 * np.pi * body.filled * scale**3 * (high**3 - low**3) * (1 / fast**3 + 2 / shear**3)
    n = int(min(DRAWN_MODES, count))
    if n == 0:
        return np.empty(0), np.empty(0)
    power = 1.0 if body.wall else 3.0
    even = (np.arange(n) + rng.uniform(0, 1, n)) / n
    frequency = (low**power + even * (high**power - low**power)) ** (1 / power)
    if count > n:  # as many to each octave, since each stands for many
        frequency = low * (high / low) ** even
    density = power * frequency ** (power - 1) / (high**power - low**power) * count  # modes a Hz
    spacing = np.gradient(frequency) if n > 1 else np.array([1.0])
    return frequency, np.sqrt(np.clip(density * spacing, 1.0, None) / mass)


def _waves(frequency: Array, length: float, rng: np.random.Generator) -> Array:
    """Wave vectors ``(m, 3)``, 1/m, of drawn modes: the higher, the finer their pattern on the thing."""
    way = rng.standard_normal((len(frequency), 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    return way * (2 * np.pi / (0.4 * length) * np.sqrt(frequency / HEARD[1]))[:, None]
