"""Shadow maps: the sun's in cascades, those of the few lamps that matter; drawn again only when something changed.

Where a processor draws, what stands still in a map is remembered, and only what moves is drawn over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array
from sim.render.camera import Camera
from sim.render.rasteriser.detail import Detail
from sim.render.rasteriser.device import Device, uniform
from sim.render.rasteriser.draws import PLAIN, Draws
from sim.render.rasteriser.instances import Instances
from sim.render.rasteriser.meshes import Drawable

SUN_REACH = 260.0  # m from the camera at which the sun stops casting shadows
FEW = 40  # still casters that are drawn again as quickly as they are remembered
SPECK = 0.5  # texels of radius below which nothing casts a shadow
PADDING = 1.25  # how much more than it must a cascade covers, so that it can stay where it is


@dataclass(eq=False)
class Casters:
    """Everything that may cast a shadow now."""

    instances: Instances
    drawables: list[list[Drawable]]
    matrices: NDArray[np.float64]  # (n, 3, 4)
    middles: Array  # (n, 3)
    detail: Detail
    version: int = 0  # counts changes of what the instances look like
    moving: NDArray[np.bool_] | None = None  # (n,) which moved lately; None: not known

    def large(self, chosen: NDArray[np.bool_], texel: Array) -> NDArray[np.int64]:
        """Those of the chosen ``(n,)`` whose shadow is larger than a texel of ``(n,)`` m."""
        if self.detail.whole:
            return np.flatnonzero(chosen)
        return np.flatnonzero(chosen & (self.instances.radius > SPECK * texel))


class Atlas:
    """A depth texture of 2×2 tiles, one map in each."""

    def __init__(self, dev: Device, side: int):
        self.dev, self.side = dev, side
        self.texture = dev.ctx.depth_texture((side, side))
        self.texture.compare_func = "<="
        self.texture.filter = (dev.gl.LINEAR, dev.gl.LINEAR)
        self.texture.repeat_x = self.texture.repeat_y = False
        self.frame = dev.ctx.framebuffer(depth_attachment=self.texture)
        self.kept: dict[int, tuple[Any, ...]] = {}
        self._still: dict[int, tuple[tuple[Any, ...], bytes]] = {}  # what stood still in a tile, and its depths

    def tile(self, i: int, whole: bool) -> tuple[int, int, int, int]:
        """x, y, width and height of a tile, px."""
        half = self.side // 2
        return (0, 0, self.side, self.side) if whole else (half * (i % 2), half * (i // 2), half, half)

    def draw(
        self,
        i: int,
        whole: bool,
        clip_from_world: Array,
        casters: Casters,
        chosen: NDArray[np.bool_],
        texel: Array,
        draws: Draws,
        pancake: bool,
    ) -> None:
        """Draws a tile, unless the same casters stand there already; a texel covers ``(n,)`` m at each of them."""
        x, y, w, h = self.tile(i, whole)
        index = casters.large(chosen, texel)
        pixel = texel[index] / casters.instances.scale[index]
        key = (whole, clip_from_world.tobytes(), index.tobytes(), casters.matrices[index].tobytes(), casters.version)
        if self.kept.get(i) == key:
            return
        if whole:
            self.kept.clear()
        self.kept[i] = key
        moves = None if casters.moving is None else casters.moving[index]
        if moves is None or not self.dev.software or not moves.any() or (~moves).sum() < FEW:
            self._cast(i, (x, y, w, h), True, clip_from_world, casters, index, pixel, draws, pancake)
            return
        still, box = index[~moves], (x, y, w, h)
        key = (whole, clip_from_world.tobytes(), still.tobytes(), casters.matrices[still].tobytes(), casters.version)
        if i in self._still and self._still[i][0] == key:
            self.texture.write(self._still[i][1], viewport=box)
        else:
            self._cast(i, box, True, clip_from_world, casters, still, pixel[~moves], draws, pancake)
            self._still[i] = key, self.frame.read(viewport=box, components=1, attachment=-1, dtype="f4")
        self._cast(i, box, False, clip_from_world, casters, index[moves], pixel[moves], draws, pancake)

    def _cast(
        self,
        i: int,
        box: tuple[int, int, int, int],
        anew: bool,
        clip_from_world: Array,
        casters: Casters,
        index: NDArray[np.int64],
        pixel: Array,
        draws: Draws,
        pancake: bool,
    ) -> None:
        """Draws casters into a tile's box, cleared before or not."""
        ctx, gl = self.dev.ctx, self.dev.gl
        self.frame.use()
        self.frame.viewport, self.frame.scissor = box, box
        if anew:
            self.frame.clear(depth=1.0)
        ctx.enable_only(gl.DEPTH_TEST)
        ctx.depth_func = "<"
        ctx.polygon_offset = 2.0, 4.0
        group = casters.instances.group[index]
        order = np.argsort(group, kind="stable")
        index, pixel, bounds = (
            index[order],
            pixel[order],
            np.searchsorted(group[order], np.arange(len(casters.drawables) + 1)),
        )
        matrix = tuple(clip_from_world.T.reshape(-1))
        for g, primitives in enumerate(casters.drawables):
            n = int(bounds[g + 1] - bounds[g])
            solid = [p for p in primitives if not p.blended]
            if not n or not solid:
                continue
            mine = index[bounds[g] : bounds[g + 1]]
            for step, cell, which in casters.detail.bins(g, pixel[bounds[g] : bounds[g + 1]]):
                slot = ("shadow", id(self), i, g, step)
                draws.write(slot, casters.matrices[mine[which]].reshape(-1, 12).astype("f4"))
                for p in solid:
                    program = self._program(p, matrix, pancake)
                    draws.draw(slot, p, p.level(cell), program, PLAIN, len(which))
        ctx.polygon_offset = 0.0, 0.0
        self.frame.scissor = None

    def _program(self, p: Drawable, matrix: tuple[float, ...], pancake: bool) -> Any:
        cut = "MASK" in p.features and "base_map" in p.maps
        defines = (("MASK",) if cut else ()) + (("PANCAKE",) if pancake else ())
        program = self.dev.program("shadow.vert", "shadow.frag", defines)
        uniform(program, "clip_from_world", matrix)
        if cut:
            p.maps["base_map"].use(8)
            uniform(program, "base_map", 8)
            uniform(program, "u_cut", (p.material.base_color[3], p.material.alpha_cutoff))
        return program

    def close(self) -> None:
        """Gives everything back."""
        self.frame.release()
        self.texture.release()


@dataclass(eq=False)
class Cascades:
    """What a shader must know of the sun's maps."""

    matrices: Array  # (4, 4, 4) atlas_from_world
    splits: Array  # (4,) m
    texels: Array  # (4,) m


def sun_cascades(
    atlas: Atlas, casters: Casters, camera: Camera, size: tuple[int, int], sun: Array, draws: Draws
) -> Cascades | None:
    """The sun's shadow maps for a view; None when nothing casts one."""
    eye, forward = camera.pose.position, camera.pose.matrix[:3, 0]
    if not casters.instances.n:
        return None
    away = np.linalg.norm(casters.middles - eye, axis=1)
    radius = casters.instances.radius
    reach = _rounded(float(min((away + radius).max() * 1.05, SUN_REACH)))
    first = _rounded(float(np.clip((away - radius).min(), reach / 400, reach / 1.5)))
    n = int(np.clip(np.ceil(np.log(reach / max(first, camera.near)) / np.log(2.6)), 1, 4))
    ends = max(first, camera.near) * (reach / max(first, camera.near)) ** (np.arange(1, n + 1) / n)
    ends = 0.8 * ends + 0.2 * np.linspace(first, reach, n + 1)[1:]
    starts = np.concatenate([[0.0], ends[:-1] * 0.95])
    tan_x = camera.sensor_mm / 2 / camera.lens_mm
    corner2 = tan_x**2 * (1 + (size[1] / size[0]) ** 2)
    axes = _light_axes(sun)
    out = Cascades(np.tile(np.eye(4), (4, 1, 1)), np.full(4, ends[-1]), np.ones(4))
    out.splits[:n] = ends
    out.splits[n - 1 :] = ends[-1]
    for i in range(n):
        near, far = starts[i], ends[i]
        middle = min((near + far) / 2 * (1 + corner2), far)  # of the smallest ball around this slice of the view
        ball = max(np.hypot(far - middle, far * corner2**0.5), np.hypot(middle - near, near * corner2**0.5))
        half = _rounded(float(ball)) * PADDING
        pixels = atlas.tile(i, n == 1)[2]
        texel = 2 * half / pixels
        step = max(round(half * (PADDING - 1) / PADDING / texel), 1) * texel
        place = np.round(axes @ (eye + forward * middle) / step) * step
        local = casters.middles @ axes.T - place
        chosen = (np.abs(local[:, :2]) < half + radius[:, None]).all(axis=1) & (local[:, 2] > -half - radius)
        lows = (local[:, 2] - radius)[chosen]
        deep = half if not len(lows) else float(np.clip(-lows.min(), half * 0.25, 2 * half))
        deep = _rounded(deep)
        view = np.eye(4)
        view[:3, :3], view[:3, 3] = axes, -place
        ortho = np.diag([1 / half, 1 / half, -1 / (half * 2), 1.0])  # towards the sun is near
        top, bottom = half * 2, -max(deep, half * 1.5)
        ortho[2, 2], ortho[2, 3] = -2 / (top - bottom), (top + bottom) / (top - bottom)
        clip = ortho @ view
        atlas.draw(i, n == 1, clip, casters, chosen, np.full(len(radius), texel), draws, pancake=True)
        out.matrices[i] = _atlas_from_clip(atlas, i, n == 1) @ clip
        out.texels[i] = texel
    return out


def lamp_map(
    atlas: Atlas,
    i: int,
    at: Array,
    aim: Array,
    half_angle: float,
    reach: float,
    casters: Casters,
    draws: Draws,
    near: float = 0.05,
) -> Array:
    """Draws the shadow map of a lamp into a tile; its matrix ``(4, 4)`` atlas_from_world."""
    axes = _light_axes(-aim)
    view = np.eye(4)
    view[:3, :3], view[:3, 3] = axes, -axes @ at
    tan = np.tan(min(half_angle * 1.06, np.deg2rad(80)))
    far = reach
    deep = far - near
    clip = (
        np.array(
            [
                [1 / tan, 0, 0, 0],
                [0, 1 / tan, 0, 0],
                [0, 0, -(far + near) / deep, -2 * far * near / deep],
                [0, 0, -1.0, 0],
            ]
        )
        @ view
    )
    local = casters.middles @ axes.T + view[:3, 3]
    radius = casters.instances.radius
    depth = -local[:, 2]
    chosen = (depth + radius > near) & (depth - radius < far)
    chosen &= ((np.abs(local[:, :2]) - depth[:, None] * tan) / np.hypot(1, tan) < radius[:, None]).all(axis=1)
    texel = np.maximum(depth - radius, near) * (2 * tan / atlas.tile(i, False)[2])
    atlas.draw(i, False, clip, casters, chosen, texel, draws, pancake=False)
    return _atlas_from_clip(atlas, i, False) @ clip


def _light_axes(toward: Array) -> Array:
    """Rows: right, up and towards the light."""
    helper = np.array([0.0, 0, 1]) if abs(toward[2]) < 0.95 else np.array([1.0, 0, 0])
    right = np.cross(helper, toward)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(toward, right), toward])


def _atlas_from_clip(atlas: Atlas, i: int, whole: bool) -> Array:
    x, y, w, h = atlas.tile(i, whole)
    s = atlas.side
    return np.array(
        [[w / s / 2, 0, 0, (x + w / 2) / s], [0, h / s / 2, 0, (y + h / 2) / s], [0, 0, 0.5, 0.5], [0, 0, 0, 1.0]]
    )


def _rounded(value: float) -> float:
    """The next step of a scale of quarter octaves, so that small moves change nothing."""
    return float(2.0 ** (np.ceil(np.log2(max(value, 1e-6)) * 4 - 1e-9) / 4))
