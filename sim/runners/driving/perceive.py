"""From what sensors measure to things with a place and a speed, in the frame of the vehicle.

The truth and radar come as lists; lidar points are gathered into clumps; a camera's pixels are gathered by what they
show. What comes as places only gets its speed from a filter over time (alpha-beta, Kalata 1984).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.pose import Array, Pose
from sim.render.camera import Camera
from sim.render.frame import Frame
from sim.sensors.lidar import PointCloud
from sim.sensors.objects import Detection

CELL = 0.4  # m: points nearer than this are of one thing
LOW, HIGH = 0.25, 2.2  # m over the road: what is between is in the way
ALPHA, BETA = 0.5, 0.2  # of the filter
NEAR = 2.5  # m: a clump nearer to where a thing should be now is that thing
FORGET = 0.5  # s without sight
ENOUGH = 3  # points, or pixels, that make a thing


@dataclass(eq=False)
class Track:
    """One thing seen again and again: `point` ``(2,)`` m nearest to the car, `velocity` ``(2,)`` m/s relative to it."""

    name: str
    point: Array
    velocity: Array
    time: float
    seen: int = 1


@dataclass
class Tracker:
    """Keeps things apart and finds their speeds.

    `static` holds what a new thing's relative velocity is taken for: ``(2,)`` m/s, minus the car's own.
    """

    tracks: list[Track] = field(default_factory=list)

    def update(self, time: float, points: list[tuple[str, Array]], own: Array, turn_rate: float) -> list[Track]:
        """The things seen now.

        Args:
            time: s
            points: Names (empty: unknown) and places ``(2,)`` m in the car's frame.
            own: ``(2,)`` m/s, the car's velocity in its frame.
            turn_rate: rad/s of the car.
        """
        free, now = [t for t in self.tracks if time - t.time <= FORGET], []
        for name, point in points:
            known = [t for t in free if (t.name == name if name else self._gap(t, point, time) < NEAR)]
            if known:
                track = min(known, key=lambda t: self._gap(t, point, time))
                free.remove(track)
                self._follow(track, point, time, turn_rate)
            else:
                track = Track(name, point, -own, time)
            now.append(track)
        self.tracks = now + free
        return now

    @staticmethod
    def _gap(track: Track, point: Array, time: float) -> float:
        return float(np.linalg.norm(track.point + track.velocity * (time - track.time) - point))

    @staticmethod
    def _follow(track: Track, point: Array, time: float, turn_rate: float) -> None:
        dt = time - track.time
        if dt <= 0:
            return
        expected = track.point + track.velocity * dt
        error = point - expected
        track.point = expected + ALPHA * error
        track.velocity = track.velocity + BETA * error / dt
        track.time, track.seen = time, track.seen + 1


def of_lists(found: list[Detection], mount: Pose) -> list[tuple[str, Array]]:
    """Names and places ``(2,)`` m, in the car's frame, of what a list holds."""
    return [(one.name, mount.apply(one.position)[:2]) for one in found]


def of_cloud(cloud: PointCloud, mount: Pose, reach: float) -> list[tuple[str, Array]]:
    """The nearest points ``(2,)`` m, in the car's frame, of clumps that stand on the road ahead."""
    from scipy.ndimage import label

    points = mount.apply(cloud.points.astype(float))
    high = (points[:, 2] > LOW) & (points[:, 2] < HIGH)
    ahead = high & (points[:, 0] > 0) & (points[:, 0] < reach) & (np.abs(points[:, 1]) < 12)
    flat = points[ahead, :2]
    if len(flat) < ENOUGH:
        return []
    cells = np.floor(flat / CELL).astype(int)
    cells -= cells.min(axis=0)
    grid = np.zeros(cells.max(axis=0) + 1, bool)
    grid[cells[:, 0], cells[:, 1]] = True
    marks, n = label(grid, np.ones((3, 3)))
    clump = marks[cells[:, 0], cells[:, 1]]
    found: list[tuple[str, Array]] = []
    for i in range(1, n + 1):
        own = flat[clump == i]
        if len(own) >= ENOUGH:
            found.append(("", _nearest(own)))
    return found


def of_frame(frame: Frame, camera: Camera, mount: Pose, names: set[str]) -> list[tuple[str, Array]]:
    """Names and nearest points ``(2,)`` m, in the car's frame, of the things among ``names`` that a picture shows."""
    assert frame.ids is not None
    assert frame.depth is not None
    height, width = frame.ids.shape
    focal = width * camera.lens_mm / camera.sensor_mm
    found = []
    for number in np.unique(frame.ids[frame.ids >= 0]).tolist():
        if frame.names[number] not in names:
            continue
        v, u = np.nonzero(frame.ids == number)
        if len(u) < ENOUGH:
            continue
        depth = frame.depth[v, u].astype(float)
        local = np.stack([depth, (width / 2 - u - 0.5) / focal * depth, (height / 2 - v - 0.5) / focal * depth], axis=1)
        found.append((frame.names[number], _nearest(mount.apply(local)[:, :2])))
    return found


def _nearest(points: Array) -> Array:
    """Where a thing begins: as near as its nearest twentieth, in the middle of that."""
    edge = np.quantile(points[:, 0], 0.05)
    front = points[points[:, 0] <= edge + 0.3]
    y = front[:, 1]
    side = 0.0 if y.min() <= 0 <= y.max() else float(y[np.argmin(np.abs(y))])
    return np.array([edge, side])
