"""A lidar that turns: beams one above another, swept round, with the errors that lidars have.

How much comes back follows the lidar equation (Wandinger, "Introduction to Lidar", 2005) for surfaces larger than the
beam: P ∝ ρ cos θ / d² · exp(−2 γ d). What is weaker than a surface of 10 % at the range that data sheets state for it
is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.pose import Array, Pose, matrix
from sim.schema import NonNegative, Pair, Positive, Spec
from sim.sensors.rays import RayScene
from sim.world.state import State

TESTED = 0.1  # reflectivity for which data sheets state the range


class LidarSpec(Spec):
    """What a lidar is, as its data sheet says it."""

    beams: Annotated[int, Field(ge=1, le=512)] = 64
    columns: Annotated[int, Field(ge=8, le=8192)] = 1024
    """Shots a beam makes on one turn."""
    elevation_deg: Pair = (-25.0, 15.0)
    """Lowest and highest beam."""
    azimuth_deg: Pair = (-180.0, 180.0)
    """What of the turn is measured; counter-clockwise from straight ahead."""
    rate_hz: Positive = 10.0
    """Turns a second."""
    reach: Positive = 120.0
    """m, beyond which nothing is reported."""
    reach_10: Positive = 60.0
    """m at which a surface of 10 % is just seen, head on, in clear air."""
    range_noise: NonNegative = 0.02
    """m, standard deviation."""
    angle_noise_deg: NonNegative = 0.0
    """Standard deviation of where a beam points."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.002
    """Share of returns that are lost for no reason."""

    @model_validator(mode="after")
    def _ordered(self) -> LidarSpec:
        for name in ("elevation_deg", "azimuth_deg"):
            low, high = getattr(self, name)
            if low > high or (name == "elevation_deg" and (low < -90 or high > 90)):
                raise ValueError(f"{name} goes from low to high")
        return self


@dataclass(frozen=True, eq=False)
class PointCloud:
    """What one or more sweeps measured; n points.

    | field     | shape  | is                                                            |
    |-----------|--------|---------------------------------------------------------------|
    | points    | (n, 3) | m, in the sensor's frame at the moment of each shot             |
    | intensity | (n,)   | share of light that came back, 1: white, head on; range undone |
    | ring      | (n,)   | beam, from below                                                |
    | time      | (n,)   | s                                                              |
    | id        | (n,)   | what was met, index into the scene's names: the truth           |
    """

    points: NDArray[np.float32]
    intensity: NDArray[np.float32]
    ring: NDArray[np.uint16]
    time: NDArray[np.float64]
    id: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def joined(cls, clouds: list[PointCloud]) -> PointCloud:
        """Several clouds as one."""
        if not clouds:
            clouds = [cls(np.empty((0, 3), "f4"), np.empty(0, "f4"), np.empty(0, "u2"), np.empty(0), np.empty(0, "i4"))]
        names = ("points", "intensity", "ring", "time", "id")
        return cls(*(np.concatenate([getattr(cloud, name) for cloud in clouds]) for name in names))


class Lidar:
    """A lidar in a world.

    Args:
        spec: What it is.
        scene: What its rays can meet.
        rng: Where its errors come from.
        rain: mm/h.
    """

    def __init__(self, spec: LidarSpec, scene: RayScene, rng: np.random.Generator, rain: float = 0.0):
        self.spec, self.scene, self._rng, self.rain = spec, scene, rng, rain
        low, high = np.deg2rad(spec.azimuth_deg)
        full = bool(abs(high - low - 2 * np.pi) < 1e-9)
        self.azimuth = np.linspace(low, high, spec.columns, endpoint=not full)  # (columns,) rad
        self.elevation = np.deg2rad(np.linspace(*spec.elevation_deg, spec.beams))  # (beams,) rad
        self._directions = _directions(self.azimuth, self.elevation)  # (columns, beams, 3)
        self.extinction = rain_extinction(rain)

    def columns(self, start: float, stop: float) -> NDArray[np.int64]:
        """Which columns are shot between two times, s; the turn begins at time 0."""
        rate = self.spec.rate_hz * self.spec.columns
        first, last = int(np.ceil(start * rate - 1e-9)), int(np.ceil(stop * rate - 1e-9))
        return np.arange(first, last) % self.spec.columns

    def sweep(self, state: State, pose: Pose, columns: NDArray[np.int64] | None = None) -> PointCloud:
        """What comes back.

        Args:
            state: Where everything is while these columns are shot.
            pose: world_from_sensor.
            columns: Which columns; the whole turn when left out.
        """
        spec, rng = self.spec, self._rng
        which = np.arange(spec.columns) if columns is None else columns
        local = self._directions[which].reshape(-1, 3)
        if spec.angle_noise_deg:
            local = local + rng.normal(0, np.deg2rad(spec.angle_noise_deg), local.shape)
            local /= np.linalg.norm(local, axis=1, keepdims=True)
        hits = self.scene.cast(state, pose.position, local @ matrix(pose.orientation).T, spec.reach)
        met = np.flatnonzero(hits.id >= 0)
        distance = hits.distance[met]
        back = hits.reflectivity[met] * hits.incidence[met] * np.exp(-2 * self.extinction * distance)
        seen = back / distance**2 >= TESTED / spec.reach_10**2
        if spec.dropout:
            seen &= rng.random(len(met)) >= spec.dropout
        met, distance, back = met[seen], distance[seen], back[seen]
        spread = np.hypot(spec.range_noise, rain_noise(self.rain, distance))
        measured = distance + rng.normal(0.0, 1.0, len(met)) * spread
        time = state.time + (which - which[0]) % spec.columns / (spec.rate_hz * spec.columns) if len(which) else which
        return PointCloud(
            (local[met] * measured[:, None]).astype(np.float32),
            back.astype(np.float32),
            (met % spec.beams).astype(np.uint16),
            np.repeat(time, spec.beams)[met],
            hits.id[met],
        )


def rain_extinction(rain: float) -> float:
    """γ, 1/m, of rain of so many mm/h: 1.076 R^0.67 dB/km (Carbonneau and Wisely, SPIE 3232, 1998)."""
    return 1.076 * rain**0.67 / 1000 / (10 / np.log(10)) if rain > 0 else 0.0


def rain_noise(rain: float, distance: Array) -> Array:
    """Standard deviation, m, that rain adds to a range: 0.02 d (1 − e^−R)² (Goodin et al., Electronics 8, 2019)."""
    return 0.02 * distance * (1 - np.exp(-rain)) ** 2


def _directions(azimuth: Array, elevation: Array) -> Array:
    a, e = np.meshgrid(azimuth, elevation, indexing="ij")
    return np.stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)], axis=-1)
