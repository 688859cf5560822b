"""Which lamps are drawn, how far each reaches, and which part of the picture each touches. Pure numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array, rotate
from sim.render.camera import Camera
from sim.render.light import card_lux, lamp_candela, lamp_rgb, luminance, spot_cosines
from sim.render.looks import Glow
from sim.render.rasteriser.instances import seen
from sim.render.rasteriser.uniforms import MAX_LIGHTS
from sim.render.scene import SceneLight
from sim.world.state import State

KINDS = {"point": 0.0, "spot": 1.0, "area": 2.0}
TILE = 16  # px
DOWN = np.array([0.0, 0, -1])
FAINT = 0.25  # lux that are never missed
FAINT_SHARE = 0.01  # of what a picture is exposed for, that are not missed in it
NEAR_LAMP, NEAR_CAMERA = 4.0, 40.0  # m from a lamp, and from a camera, where it is bright enough to be exposed for
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


class Lamps:
    """All lamps of a scene as arrays, so that the few that matter for a view are found quickly.

    Args:
        lights: All lamps of the scene.
    """

    def __init__(self, lights: tuple[SceneLight, ...]):
        self._names = [light.name for light in lights]
        self._lit = np.array([light.spec.lit for light in lights], bool)
        self._candela = np.array([lamp_candela(light.spec) for light in lights])
        self._rgb = np.array([lamp_candela(light.spec) * lamp_rgb(light.spec) for light in lights]).reshape(-1, 3)
        self._kind = np.array([KINDS[light.spec.kind] for light in lights])
        cosines = [spot_cosines(light.spec) if light.spec.kind == "spot" else (-1.0, 1.0) for light in lights]
        self._cosines = np.array(cosines).reshape(-1, 2)
        self._radius2 = np.array([_area(light) / np.pi for light in lights])
        places = [light.place(None) for light in lights]
        self._at = np.array([at for at, _ in places]).reshape(-1, 3)
        self._aim = np.array([aim for _, aim in places]).reshape(-1, 3)
        row = np.array([light.row for light in lights], int)
        self._moving = np.flatnonzero(row >= 0)
        self._row = row[self._moving]
        carried = [lights[i] for i in self._moving]
        self._local_at = np.array([np.asarray(light.spec.at, float) * light.scale for light in carried]).reshape(-1, 3)
        aims = np.array([light.spec.aim for light in carried], float).reshape(-1, 3)
        self._local_aim = aims / np.maximum(np.linalg.norm(aims, axis=1, keepdims=True), 1e-12)
        self._known: tuple[tuple[str, ...], NDArray[np.int64]] = ((), np.empty(0, np.int64))

    def placed(
        self,
        state: State | None,
        camera: Camera,
        size: tuple[int, int],
        daylight: float,
        glows: Sequence[Glow] = (),
        measured: bool = False,
    ) -> list[Lamp]:
        """The lamps that matter for a view, the strongest first; at most `MAX_LIGHTS`; what glows among them.

        Args:
            state: Where things are, and which lamps burn.
            camera: Who looks.
            size: px.
            daylight: lux of sun and sky.
            glows: Light of hot things.
            measured: Whether light itself is asked for, not only a picture that is exposed for the brighter part of it.
        """
        at, aim = self._places(state)
        lit = self._burning(state)
        faint = max(FAINT, FAINT_SHARE * (daylight if measured else self._exposed_for(at[lit], lit, camera, daylight)))
        lamps = [
            Lamp(KINDS["point"], g.at, DOWN, g.candela, reach, -1.0, 1.0, g.radius**2)
            for g in glows
            if (reach := float(np.sqrt(luminance(g.candela) / faint))) > g.radius
        ]
        reach = np.sqrt(luminance(self._rgb) / faint)
        weight, visible = _weights(at, reach, luminance(self._rgb), camera, size)
        some = np.flatnonzero(lit & visible & (reach > 0.02))
        for i in some[np.argsort(-weight[some], kind="stable")][:MAX_LIGHTS].tolist():
            outer, inner = self._cosines[i].tolist()
            look = self._rgb[i], float(reach[i]), outer, inner, float(self._radius2[i]), float(weight[i])
            lamps.append(Lamp(float(self._kind[i]), at[i], aim[i], *look))
        for lamp in lamps[: len(glows)]:
            if not lamp.weight:
                values = lamp.at[None], np.array([lamp.reach]), np.array([luminance(lamp.rgb)])
                lamp.weight = float(_weights(*values, camera, size)[0][0])
        return sorted(lamps, key=lambda lamp: -lamp.weight)[:MAX_LIGHTS]

    def _places(self, state: State | None) -> tuple[Array, Array]:
        if state is None or not len(self._moving):
            return self._at, self._aim
        at, aim = self._at.copy(), self._aim.copy()
        turn = state.orientation[self._row]
        at[self._moving] = state.position[self._row] + rotate(turn, self._local_at)
        aim[self._moving] = rotate(turn, self._local_aim)
        return at, aim

    def _burning(self, state: State | None) -> NDArray[np.bool_]:
        if state is None or not state.lamps:
            return self._lit
        if self._known[0] is not state.lamps:
            index = {name: i for i, name in enumerate(state.lamps)}
            self._known = state.lamps, np.array([index.get(name, -1) for name in self._names], np.int64)
        where = self._known[1]
        return np.where(where >= 0, state.lit[where], self._lit)

    def _exposed_for(self, at: Array, lit: NDArray[np.bool_], camera: Camera, daylight: float) -> float:
        """lux that a picture is exposed for: what its camera says, or daylight and half of the best lamp near."""
        if camera.ev100 is not None:
            return card_lux(camera.ev100)
        away = np.linalg.norm(at - camera.pose.position, axis=1)
        lux = self._candela[lit] / np.maximum(NEAR_LAMP, away - NEAR_CAMERA) ** 2
        return daylight + 0.5 * float(lux.max(initial=0.0))


def _area(light: SceneLight) -> float:
    """m² of an area light; 0 of others."""
    return float(np.prod(light.spec.size)) * light.scale**2 if light.spec.kind == "area" and light.spec.size else 0.0


def _weights(
    at: Array, reach: Array, candela: Array, camera: Camera, size: tuple[int, int]
) -> tuple[Array, NDArray[np.bool_]]:
    """How much each lamp ``(n,)`` matters for a view, and whether what it reaches is seen at all."""
    local = (at - camera.pose.position) @ _axes(camera).T
    tan_x = camera.sensor_mm / 2 / camera.lens_mm
    visible = seen(local, reach, tan_x, tan_x * size[1] / size[0], camera.near)
    focus = min(camera.focus_m or 12.0, 60.0)
    along = np.clip(local[:, 2], 0.0, 2 * focus)
    distance = np.sqrt(local[:, 0] ** 2 + local[:, 1] ** 2 + (local[:, 2] - along) ** 2) + 0.5 * along + 1.0
    return candela / distance**2, visible


def tile_spans(depth: NDArray[np.float32], near: float) -> Array:
    """Least and greatest m ``(rows, columns, 2)`` along the axis of what each tile shows; (inf, 0) where it is sky.

    Args:
        depth: The depth buffer ``(h, w)``, ``1 − near/m``; row 0 lowest.
        near: m.
    """
    h, w = depth.shape
    padded = np.pad(depth, ((0, -h % TILE), (0, -w % TILE)), mode="edge")
    blocks = padded.reshape(padded.shape[0] // TILE, TILE, padded.shape[1] // TILE, TILE)
    least = blocks.min(axis=1).min(axis=2)
    greatest = np.where(blocks < 1, blocks, 0).max(axis=1).max(axis=2)
    with np.errstate(divide="ignore"):
        low, high = near / (1 - np.asarray(least, float)), near / (1 - np.asarray(greatest, float))
    return np.stack([low, np.where(greatest > 0, high, 0)], axis=-1)


def lit_tiles(lamps: list[Lamp], camera: Camera, spans: Array, size: tuple[int, int]) -> NDArray[np.uint32]:
    """For every tile, a bit for each lamp that reaches what the tile shows; ``(rows, columns)``, row 0 lowest.

    Args:
        lamps: At most 32.
        camera: Who looks.
        spans: What `tile_spans` made.
        size: px.
    """
    rows, columns = spans.shape[:2]
    out = np.zeros((rows, columns), np.uint32)
    shown = spans[..., 1] >= spans[..., 0]
    if not lamps or not shown.any():
        return out
    tan = camera.sensor_mm / 2 / camera.lens_mm
    low, high = spans[shown, 0], spans[shown, 1]
    r, c = np.nonzero(shown)
    edges = []
    for place, half in ((c, tan), (r, tan * size[1] / size[0])):
        n = size[0] if place is c else size[1]
        a, b = ((place + i) * TILE / n * 2 - 1 for i in (0, 1))
        edges.append((np.minimum(a * low, a * high) * half, np.maximum(b * low, b * high) * half))
    box_low = np.stack([edges[0][0], edges[1][0], low], axis=-1)
    box_high = np.stack([edges[0][1], edges[1][1], high], axis=-1)
    middle, radius = (box_low + box_high) / 2, np.linalg.norm(box_high - box_low, axis=1) / 2
    axes = _axes(camera)
    mask = np.zeros(len(low), np.uint32)
    for i, lamp in enumerate(lamps):
        at, aim = axes @ (lamp.at - camera.pose.position), axes @ lamp.aim
        d2 = np.sum((np.clip(at, box_low, box_high) - at) ** 2, axis=1)
        touched = d2 < lamp.reach**2
        if lamp.kind == 2:  # gives a share of cos θ
            ahead = (middle - at) @ aim + (box_high - box_low) / 2 @ np.abs(aim)
            touched &= np.clip(ahead / np.sqrt(np.maximum(d2, 1e-9)), 0, 1) * lamp.reach**2 > d2
        elif lamp.kind > 0:
            touched &= _in_cone(middle - at, radius, aim, lamp.outer)
        mask |= touched.astype(np.uint32) << np.uint32(i)
    out[shown] = mask
    return out


def _in_cone(offset: Array, radius: Array, aim: Array, cosine: float) -> NDArray[np.bool_]:
    """Which balls, ``offset`` ``(n, 3)`` from a cone's tip, may meet it."""
    along = offset @ aim
    across = np.sqrt(np.maximum(np.sum(offset**2, axis=1) - along**2, 0))
    sine = float(np.sqrt(max(1 - cosine * cosine, 0)))
    return cosine * across - sine * along < radius


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
