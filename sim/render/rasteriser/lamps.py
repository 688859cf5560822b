"""Which lamps are drawn, how far each reaches, and which part of the picture each touches. Pure numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array
from sim.render.camera import Camera
from sim.render.light import lamp_candela, lamp_rgb, luminance, spot_cosines
from sim.render.looks import Glow
from sim.render.rasteriser.instances import seen
from sim.render.rasteriser.uniforms import MAX_LIGHTS
from sim.render.scene import SceneLight
from sim.world.state import State

KINDS = {"point": 0.0, "spot": 1.0, "area": 2.0}
TILE = 16  # px
DOWN = np.array([0.0, 0, -1])
FAINT = 0.25  # lux that are not missed at night
FAINT_SHARE = 0.008  # of the daylight, that are not missed by day
AREA_HALF_ANGLE = np.deg2rad(62)


@dataclass(eq=False)
class Lamp:
    """One lamp, placed."""

    kind: float
    at: Array
    aim: Array
    rgb: Array  # cd a channel along the aim
    reach: float  # m
    outer: float  # cosine
    inner: float
    radius2: float  # m², of the emitter
    weight: float = 0.0

    @property
    def half_angle(self) -> float:
        """rad around the aim that its shadow map must show."""
        return AREA_HALF_ANGLE if self.kind == 2 else float(np.arccos(np.clip(self.outer, -1, 1)))


def placed_lamps(
    lights: tuple[SceneLight, ...],
    state: State | None,
    camera: Camera,
    size: tuple[int, int],
    daylight: float,
    glows: Sequence[Glow] = (),
) -> list[Lamp]:
    """The lamps that matter for a view, the strongest first; at most `MAX_LIGHTS`; what glows among them."""
    faint = max(FAINT, FAINT_SHARE * daylight)
    lamps = []
    switched = {} if state is None else state.switched
    for glow in glows:
        reach = float(np.sqrt(luminance(glow.candela) / faint))
        if reach > glow.radius:
            lamps.append(Lamp(KINDS["point"], glow.at, DOWN, glow.candela, reach, -1.0, 1.0, glow.radius**2))
    for light in lights:
        spec = light.spec
        if not switched.get(light.name, spec.lit):
            continue
        rgb = lamp_candela(spec) * lamp_rgb(spec)
        reach = float(np.sqrt(luminance(rgb) / faint))
        if reach < 0.02:
            continue
        at, aim = light.place(state)
        outer, inner = spot_cosines(spec) if spec.kind == "spot" else (-1.0, 1.0)
        area = float(np.prod(spec.size)) * light.scale**2 if spec.kind == "area" and spec.size else 0.0
        lamps.append(Lamp(KINDS[spec.kind], at, aim, rgb, reach, outer, inner, area / np.pi))
    if not lamps:
        return []
    local = np.array([lamp.at for lamp in lamps]) - camera.pose.position
    local = local @ _axes(camera).T
    reach = np.array([lamp.reach for lamp in lamps])
    tan_x = camera.sensor_mm / 2 / camera.lens_mm
    visible = seen(local, reach, tan_x, tan_x * size[1] / size[0], camera.near)
    focus = min(camera.focus_m or 12.0, 60.0)
    along = np.clip(local[:, 2], 0.0, 2 * focus)
    distance = np.sqrt(local[:, 0] ** 2 + local[:, 1] ** 2 + (local[:, 2] - along) ** 2) + 0.5 * along + 1.0
    weights = np.array([luminance(lamp.rgb) for lamp in lamps]) / distance**2
    for lamp, weight in zip(lamps, weights, strict=True):
        lamp.weight = float(weight)
    order = np.argsort(-weights, kind="stable")
    return [lamps[i] for i in order if visible[i]][:MAX_LIGHTS]


def tile_masks(lamps: list[Lamp], camera: Camera, size: tuple[int, int]) -> NDArray[np.uint32]:
    """For every tile of `TILE` px, a bit for each lamp that may touch it; ``(rows, columns)``, row 0 lowest."""
    columns, rows = -(-size[0] // TILE), -(-size[1] // TILE)
    out = np.zeros((rows, columns), np.uint32)
    tan = camera.sensor_mm / 2 / camera.lens_mm
    for i, lamp in enumerate(lamps):
        x, y, depth = _axes(camera) @ (lamp.at - camera.pose.position)
        x0, x1 = _span(x, depth, lamp.reach, tan, camera.near)
        y0, y1 = _span(y, depth, lamp.reach, tan * size[1] / size[0], camera.near)
        left, right = int(np.floor(x0 * size[0] / TILE)), int(np.ceil(x1 * size[0] / TILE))
        low, high = int(np.floor(y0 * size[1] / TILE)), int(np.ceil(y1 * size[1] / TILE))
        out[max(low, 0) : max(high, 0), max(left, 0) : max(right, 0)] |= np.uint32(1 << i)
    return out


def _span(x: float, depth: float, radius: float, tan: float, near: float) -> tuple[float, float]:
    """The part, 0 to 1, of a picture's side that a ball may touch."""
    front = depth - radius
    if front <= near:
        return 0.0, 1.0
    low, high = x - radius, x + radius
    a = low / (front if low < 0 else depth + radius)
    b = high / (front if high > 0 else depth + radius)
    return float(np.clip(a / tan / 2 + 0.5, 0, 1)), float(np.clip(b / tan / 2 + 0.5, 0, 1))


def _axes(camera: Camera) -> Array:
    """Rows: right, up and forward of a camera, in the world."""
    forward, left, up = camera.pose.matrix[:3, :3].T
    return np.stack([-left, up, forward])
