"""A pose that looks, with a lens in millimetres.

Owns the conventions of pictures: pixel (0, 0) is the top left one, its centre at (0.5, 0.5); a camera looks along its
own +X, +Z is up in the picture, so +Y is left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.errors import InputError, Problem
from sim.pose import Array, Pose
from sim.world.layout import Layout
from sim.world.spec import CameraSpec

MAX_SIZE = 16_384  # px a side: what OpenGL promises
MAX_PIXELS = 1 << 26  # 8192 x 8192: with every pass a renderer holds about 100 bytes for each


@dataclass(frozen=True, eq=False)
class Camera:
    """A pose that looks.

    | field     | is                                                      |
    |-----------|---------------------------------------------------------|
    | pose      | world_from_camera                                        |
    | lens_mm   | focal length                                             |
    | sensor_mm | width of the sensor                                      |
    | aperture  | f-number                                                 |
    | focus_m   | distance in focus; None: everything                      |
    | ev100     | exposure value at ISO 100; None: measured from the scene |
    | near, far | m, what is nearer or farther is not seen                 |
    """

    pose: Pose
    lens_mm: float = 35.0
    sensor_mm: float = 36.0
    aperture: float = 8.0
    focus_m: float | None = None
    ev100: float | None = None
    near: float = 0.05
    far: float = 2000.0

    @classmethod
    def of(cls, spec: CameraSpec) -> Camera:
        """The camera that a world file describes."""
        focus = spec.focus_m
        if spec.look_at is not None:
            pose = Pose.looking(spec.at, spec.look_at)
            focus = focus or float(np.linalg.norm(np.subtract(spec.look_at, spec.at)))
        else:
            assert spec.rotate_deg is not None
            pose = Pose.of(spec.at, spec.rotate_deg)
        return cls(pose, spec.lens_mm, spec.sensor_mm, spec.aperture, focus, spec.ev100)

    @classmethod
    def framing(
        cls,
        low: Array,
        high: Array,
        aspect: float = 16 / 9,
        lens_mm: float = 50.0,
        azimuth_deg: float = -50.0,
        elevation_deg: float = 22.0,
        margin: float = 1.12,
    ) -> Camera:
        """A camera that has a box in its picture, seen a little from above.

        Args:
            low: Lowest corner ``(3,)``, m.
            high: Highest corner ``(3,)``, m.
            aspect: Width over height of the picture.
            lens_mm: Focal length on a 36 mm sensor.
            azimuth_deg: From where it looks, counter-clockwise from +X.
            elevation_deg: From how high it looks.
            margin: Room around the box; 1 is none.
        """
        center = (np.asarray(low, float) + np.asarray(high, float)) / 2
        a, e = np.deg2rad([azimuth_deg, elevation_deg])
        out = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
        look = Pose.looking(center + out, center)
        corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        local = look.inverse.apply(corners) - np.array([1.0, 0, 0])  # camera axes, centred
        tan_x = 18.0 / lens_mm / margin
        tan_y = tan_x / aspect
        distance = max(
            np.max(np.abs(local[:, 1]) / tan_x - local[:, 0]), np.max(np.abs(local[:, 2]) / tan_y - local[:, 0]), 1e-3
        )
        reach = float(np.linalg.norm(np.asarray(high) - np.asarray(low)))
        return cls(
            Pose.looking(center + out * distance, center),
            lens_mm,
            focus_m=float(distance),
            near=max((distance - reach) * 0.5, distance * 0.02, 1e-3),
            far=max(2000.0, distance * 20),
        )

    def projection(self, width: int, height: int) -> Array:
        """The OpenGL projection ``(4, 4)`` from camera axes in OpenGL's order (X right, Y up, looking along −Z)."""
        fx = 2 * self.lens_mm / self.sensor_mm
        fy = fx * width / height
        n, f = self.near, self.far
        return np.array([[fx, 0, 0, 0], [0, fy, 0, 0], [0, 0, -(f + n) / (f - n), -2 * f * n / (f - n)], [0, 0, -1, 0]])

    def view(self) -> Array:
        """The transform ``(4, 4)`` from the world to camera axes in OpenGL's order."""
        gl_from_camera = np.array([[0.0, -1, 0, 0], [0, 0, 1, 0], [-1, 0, 0, 0], [0, 0, 0, 1]])
        return gl_from_camera @ self.pose.inverse.matrix

    def pixels(self, points: Array, width: int, height: int) -> Array:
        """Pixel coordinates ``(…, 2)`` and depth along the axis, m, as ``(…, 3)`` of world points ``(…, 3)``."""
        local = self.pose.inverse.apply(points)
        focal = width * self.lens_mm / self.sensor_mm
        depth = local[..., 0]
        return np.stack(
            [width / 2 - focal * local[..., 1] / depth, height / 2 - focal * local[..., 2] / depth, depth], axis=-1
        )


def camera_named(layout: Layout, name: str | None, aspect: float = 16 / 9) -> Camera:
    """A world's camera by name; the first one when left out; one that frames everything when there is none.

    Raises:
        InputError: No camera has that name, or it looks nowhere.
    """
    if name is not None and name not in layout.cameras:
        from sim.errors import unknown_name

        raise unknown_name(f"world {layout.name}", "camera", name, layout.cameras)
    if layout.cameras:
        name = name or next(iter(layout.cameras))
        try:
            return Camera.of(layout.cameras[name])
        except InputError as error:
            where = f"world {layout.name}: cameras.{name}"
            raise InputError(*(replace(problem, where=where) for problem in error.problems)) from None
    low, high = layout_bounds(layout)
    return Camera.framing(low, high, aspect, lens_mm=35.0)


def layout_bounds(layout: Layout) -> Array:
    """Corners ``(2, 3)`` of the box, m, that holds everything placed."""
    corners = []
    for p in layout.placements:
        low, high = p.asset.bounds * p.scale
        box = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        corners.append(p.pose.apply(box))
    if not corners:
        return np.array([[-2.0, -2, 0], [2, 2, 2]])
    points = np.concatenate(corners)
    return np.stack([points.min(axis=0), points.max(axis=0)])


def check_size(width: int, height: int, most: int = MAX_PIXELS) -> None:
    """Refuses pictures that cannot be.

    Args:
        width: px
        height: px
        most: How many pixels a renderer can hold.

    Raises:
        InputError: A side is under 1 or over 16,384 pixels, or there are more than ``most``.
    """
    if not (1 <= width <= MAX_SIZE and 1 <= height <= MAX_SIZE and width * height <= most):
        expected = f"1 to {MAX_SIZE} pixels a side, {most / 1e6:.0f} million in all"
        raise InputError(Problem("size", "no such picture can be made", expected, f"{width}x{height}"))
