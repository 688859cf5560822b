"""Pictures of a scene, many a second: instanced, lit in real units, all passes at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, unknown_name
from sim.pose import Array
from sim.render.camera import Camera, check_size
from sim.render.frame import PASSES, Frame
from sim.render.light import SUN_RADIUS, Sky, exposure_scale, luminance, meter
from sim.render.rasteriser import develop
from sim.render.rasteriser.changed import Changed
from sim.render.rasteriser.detail import Detail
from sim.render.rasteriser.device import FRAME_BINDING, Device, device
from sim.render.rasteriser.draws import Draws
from sim.render.rasteriser.floor import Floor
from sim.render.rasteriser.geometry import Geometry, Maps, View
from sim.render.rasteriser.instances import Instances
from sim.render.rasteriser.lamps import TILE, Lamp, Lamps, lit_tiles, tile_masks, tile_spans
from sim.render.rasteriser.meshes import drawables
from sim.render.rasteriser.shadows import Atlas, Cascades, Casters, lamp_map, sun_cascades
from sim.render.rasteriser.targets import Targets, unpack_normals
from sim.render.rasteriser.uniforms import MAX_SPOTS, FrameBlock
from sim.render.scene import Scene, temperatures
from sim.world.state import State

ALL_PASSES = (*PASSES, "luminance")
AUX_PASSES = set(PASSES) - {"rgb"}
SUN_MAP, SPOT_MAP = {True: 2048, False: 4096}, {True: 1024, False: 2048}  # px; by whether a processor draws
SETTLED = 8  # pictures after which what has not moved counts as still
_INFINITE = 1e-6  # keeps points at infinity inside the far plane


class Rasteriser:
    """Draws one scene from any camera in any state.

    | attribute | is                                                                    |
    |-----------|-----------------------------------------------------------------------|
    | scene     | what is drawn                                                          |
    | sky       | the light from above                                                   |
    | ev100     | exposure value of the last picture, given or measured                  |

    Args:
        scene: What there is to draw.
        sky: Instead of the layout's own sky.
        samples: Edge samples a pixel: 1, 2, 4 or 8; 4, but 1 where a processor draws, when left out. With 1 the
            picture's edges are smoothed afterwards.
        occlusion: Whether near things keep sky light from one another.
        glow: Share of light that a lens strews around bright things.
        bounce: Whether the floor throws light back; without it only direct light of sun, sky and lamps is seen.
        detail: Whether what is small in the picture is drawn with fewer triangles.
        shadow_px: Side of the shadow maps; large enough for large pictures when left out.
    """

    def __init__(
        self,
        scene: Scene,
        sky: Sky | None = None,
        samples: int | None = None,
        occlusion: bool = True,
        glow: float = 0.03,
        bounce: bool = True,
        detail: bool = True,
        shadow_px: int | None = None,
    ):
        self.dev: Device = device()
        self.scene = scene
        self.occlusion, self.glow, self.bounce = occlusion, glow, bounce
        self.samples = max(1, min(samples or (1 if self.dev.software else 4), self.dev.max_samples))
        self.ev100: float | None = None
        self._instances = Instances(scene)
        self._all_lamps = Lamps(scene.lights)
        self._drawables = [drawables(group) for group in scene.groups]
        self._detail = Detail(self._drawables, whole=not detail)
        self._changed = Changed(scene, self._instances, self._drawables)
        self._classes = np.full(len(scene.names) + 1, -1, np.int32)
        for group in scene.groups:
            self._classes[group.id] = group.class_id
        self._floor = Floor(scene.layout)
        if scene.layout.ground:
            self._classes[scene.names.index("ground")] = scene.class_names.index("ground")
        self.sky = sky or Sky.of(scene.layout.sky, self._floor.albedo if bounce else (0, 0, 0))
        self.pre_exposure = 1 / max(1.0, self.sky.level_lux / np.pi / 16)
        self._draws = Draws(self.dev)
        self._block = FrameBlock(self.dev.ctx)
        sides = [shadow_px or side[self.dev.software] for side in (SUN_MAP, SPOT_MAP)]
        self._sun_atlas, self._spot_atlas = (Atlas(self.dev, side) for side in sides)
        self._sky_map = self._upload_sky()
        self._geometry = Geometry(
            self.dev, self._instances, self._drawables, self._draws, self._floor, self.pre_exposure, self._detail
        )
        self._changed.tell = (self._geometry, self._detail, self._draws)
        self._before: NDArray[np.float64] | None = None
        self._quiet = np.full(self._instances.n, SETTLED)
        self._tiles: Any = None
        self._targets: dict[tuple[Any, ...], Targets] = {}
        self._set_sky()

    def __enter__(self) -> Rasteriser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives back what only this rasteriser used; meshes and textures stay for the next one."""
        for thing in (
            *self._targets.values(),
            self._changed,
            self._draws,
            self._geometry,
            self._sun_atlas,
            self._spot_atlas,
        ):
            thing.close()
        for thing in (self._sky_map, self._block.buffer, self._tiles):
            if thing is not None:
                thing.release()
        self._targets, self._tiles = {}, None

    def render(
        self,
        state: State | None,
        camera: Camera,
        size: tuple[int, int],
        passes: Sequence[str] = ("rgb",),
        previous: State | None = None,
        previous_camera: Camera | None = None,
    ) -> Frame:
        """What a camera sees.

        Args:
            state: Where things are; None: where they start.
            camera: Who looks.
            size: Width and height, px.
            passes: Any of rgb, depth, ids, classes, normals, motion, luminance.
            previous: The state of the frame before, for motion.
            previous_camera: The camera of the frame before, for motion.

        Raises:
            InputError: No such pass, or no such size.
        """
        size = (int(size[0]), int(size[1]))
        check_size(*size)
        for name in passes:
            if name not in ALL_PASSES:
                raise unknown_name("render", "pass", name, ALL_PASSES)
        if previous is not None and (state is None or previous.parts != state.parts):
            raise InputError(Problem("render", "the frame before is of another world", "the same parts in both states"))
        lit = "rgb" in passes or "luminance" in passes
        aux = bool(set(passes) & AUX_PASSES)
        motion = "motion" in passes and (previous is not None or previous_camera is not None)
        targets = self._targets_for(size, aux, motion)
        self._changed.follow(state)
        view = self._view(state, camera, size)
        before = (previous if previous is not None else state, previous_camera or camera)
        lamps = self._lamps(state, camera, size, "luminance" in passes) if lit else []
        defines = self._features(view, lamps, aux, motion, lit)
        self._set_view(view, before[1], lamps)
        maps = Maps(self._sun_atlas.texture, self._sky_map, self._spot_atlas.texture, self._tiles)
        self._geometry.draw(targets, view, maps, defines, before[0], partial(self._ask_few, lamps, view))
        return self._frame(targets, view, passes, lit, state)

    def show(self, name: str, picture: NDArray[np.uint8]) -> None:
        """Puts a picture ``(h, w, 3)``, sRGB, on a thing (its ``screen``) or on a material of it, ``thing/material``.

        Raises:
            InputError: There is no such thing or material, or it cannot take a picture.
        """
        self._changed.show(name, picture)

    def _lamps(self, state: State | None, camera: Camera, size: tuple[int, int], measured: bool) -> list[Lamp]:
        glows = self._changed.looks.glows(state)
        return self._all_lamps.placed(state, camera, size, self.sky.level_lux, glows, measured)

    # -----------------------------------------------------------------------------------------------------------------
    # What is known of the picture before it is drawn

    def _targets_for(self, size: tuple[int, int], aux: bool, motion: bool) -> Targets:
        aux |= self.samples == 1
        key = (size, aux, motion)
        if key not in self._targets:
            if len(self._targets) >= 4:
                self._targets.pop(next(iter(self._targets))).close()
            self._targets[key] = Targets(self.dev, size, self.samples, aux, motion)
        return self._targets[key]

    def _view(self, state: State | None, camera: Camera, size: tuple[int, int]) -> View:
        matrices = self._instances.matrices(state)
        if self._before is not None and self._before is not matrices:
            self._quiet = np.where((self._before != matrices).any(axis=(1, 2)), 0, self._quiet + 1)
        self._before = matrices
        forward, left, up = camera.pose.matrix[:3, :3].T
        tan = camera.sensor_mm / 2 / camera.lens_mm
        casters = Casters(
            self._instances,
            self._drawables,
            matrices,
            self._instances.middles(matrices),
            self._detail,
            self._changed.version,
            self._quiet < SETTLED,
        )
        return View(camera, size, matrices, casters, np.stack([-left, up, forward]), (tan, tan * size[1] / size[0]))

    def _features(self, view: View, lamps: list[Lamp], aux: bool, motion: bool, lit: bool) -> tuple[str, ...]:
        """Draws the shadow maps, and says what the shaders must be able to do."""
        defines = [f"GROUND_ID {self.scene.names.index('ground')}"] if self.scene.layout.ground else []
        defines += (["AUX"] if aux else []) + (["MOTION"] if motion else [])
        if not lit:
            return (*defines, "UNLIT")
        if float(luminance(self.sky.sun_rgb)) > 0:
            defines.append("SUN")
            cascades = sun_cascades(
                self._sun_atlas, view.casters, view.camera, view.size, self.sky.sun_direction, self._draws
            )
            if cascades is not None:
                self._set_cascades(cascades, view.camera.pose.position)
                defines += ["SUN_SHADOWS", f"SHADOW_TEXEL {1 / self._sun_atlas.side:.9f}"]
        if lamps:
            defines += ["LIGHTS", f"SPOT_TEXEL {1 / self._spot_atlas.side:.9f}"]
            self._set_lamps(lamps, view)
        return tuple(defines)

    def _set_sky(self) -> None:
        block, sky, pre = self._block, self.sky, self.pre_exposure
        block["sun_dir"] = (*sky.sun_direction, 0)
        block["sun_rgb"] = (*(sky.sun_rgb * pre), np.cos(SUN_RADIUS))
        block["sh"] = np.pad(sky.harmonics * pre, ((0, 0), (0, 1)))
        ring = np.deg2rad(np.arange(0, 360, 10))
        toward = np.stack([np.cos(ring), np.sin(ring), np.full(ring.shape, np.tan(np.deg2rad(2.5)))], axis=-1)
        toward /= np.linalg.norm(toward, axis=-1, keepdims=True)
        colours = sky.luminance(toward) * pre
        angle = toward[:, :2] @ (sky.sun_direction[:2] / max(float(np.linalg.norm(sky.sun_direction[:2])), 1e-9))
        base = colours[angle <= 0.2].mean(axis=0) if (angle <= 0.2).any() else colours.mean(axis=0)
        extra = np.maximum(colours[angle >= 0.9].mean(axis=0) - base, 0) if (angle >= 0.9).any() else np.zeros(3)
        sight = 90_000 / max(sky.turbidity, 1.5) ** 1.35  # m of clear view
        block["haze"] = (*base, 3.912 / sight / np.log(2))  # Koschmieder's law, as a power of two
        block["haze_sun"] = (*extra, 0)
        block["ground"] = (*self._floor.albedo, self._floor.height)
        block["ground_look"] = (self._floor.roughness, self._floor.f0, self._floor.side, self._floor.metallic)

    def _set_view(self, view: View, before: Camera, lamps: list[Lamp]) -> None:
        block, camera, (w, h) = self._block, view.camera, view.size
        rotation = np.eye(4)
        rotation[:3, :3] = view.axes * np.array([[1.0], [1.0], [-1.0]])
        block.set_matrix("clip_from_rel", _endless(camera, view.size) @ rotation)
        block.set_matrix("prev_clip_from_world", _endless(before, view.size) @ before.view())
        block["eye"] = (*camera.pose.position, self.pre_exposure)
        right, up, forward = view.axes
        block["right"], block["up"] = (*(right * view.tan[0]), 0), (*(up * view.tan[1]), 0)
        block["forward"], block["size"] = (*forward, 0), (w, h, 1 / w, 1 / h)
        block["meter"] = (len(lamps), TILE, float(self.bounce), 0)
        self._block.write(FRAME_BINDING)

    def _set_cascades(self, cascades: Cascades, eye: Array) -> None:
        shift = np.eye(4)
        shift[:3, 3] = eye
        self._block.set_matrix("shadow_from_rel", cascades.matrices @ shift)
        self._block["splits"], self._block["texels"] = cascades.splits, cascades.texels

    def _set_lamps(self, lamps: list[Lamp], view: View) -> None:
        eye, block = view.camera.pose.position, self._block
        shadow = 0
        shift = np.eye(4)
        shift[:3, 3] = eye
        spots = np.tile(np.eye(4), (MAX_SPOTS, 1, 1))
        for i, lamp in enumerate(lamps):
            which = -1.0
            matters = lamp.kind > 0 and lamp.weight > 0.02 * lamps[0].weight and lamp.half_angle < np.deg2rad(80)
            if matters and shadow < MAX_SPOTS:
                spots[shadow] = (
                    lamp_map(
                        self._spot_atlas,
                        shadow,
                        lamp.at,
                        lamp.aim,
                        lamp.half_angle,
                        min(lamp.reach, 60.0),
                        view.casters,
                        self._draws,
                    )
                    @ shift
                )
                which, shadow = float(shadow), shadow + 1
            block.values["light_at"][i] = (*(lamp.at - eye), 1 / lamp.reach**2)
            block.values["light_rgb"][i] = (*(lamp.rgb * self.pre_exposure), lamp.kind)
            block.values["light_aim"][i] = (*lamp.aim, lamp.outer)
            block.values["light_more"][i] = (1 / (lamp.inner - lamp.outer), lamp.radius2, which, 0)
        block.set_matrix("spot_from_rel", spots)
        self._set_tiles(tile_masks(lamps, view.camera, view.size))

    def _set_tiles(self, masks: NDArray[np.uint32]) -> None:
        """Says which lamps each tile of the picture asks."""
        if self._tiles is None or self._tiles.size != masks.shape[::-1]:
            if self._tiles is not None:
                self._tiles.release()
            self._tiles = self.dev.ctx.texture(masks.shape[::-1], 1, dtype="u4")
            self._tiles.filter = (self.dev.gl.NEAREST, self.dev.gl.NEAREST)
        self._tiles.write(masks.tobytes())

    def _ask_few(self, lamps: list[Lamp], view: View, depth: NDArray[np.float32]) -> Callable[[], None]:
        """Lets each tile ask only lamps that reach what it shows; gives back what undoes it, for glass."""
        self._set_tiles(lit_tiles(lamps, view.camera, tile_spans(depth, view.camera.near), view.size))
        return lambda: self._set_tiles(tile_masks(lamps, view.camera, view.size))

    def _upload_sky(self) -> Any:
        levels = [np.minimum(level * self.pre_exposure, 60_000).astype(np.float16) for level in self.sky.prefiltered()]
        texture = self.dev.texture(levels[0], anisotropy=1.0)
        for i, level in enumerate(levels):
            texture.write(np.ascontiguousarray(level).tobytes(), level=i)
        texture.repeat_x, texture.repeat_y = True, False
        return texture

    # -----------------------------------------------------------------------------------------------------------------
    # What comes back

    def _frame(self, targets: Targets, view: View, passes: Sequence[str], lit: bool, state: State | None) -> Frame:
        scene = self.scene
        out: dict[str, Any] = {}
        if lit:
            shaded = self.occlusion and self._occludes()
            if shaded:
                develop.occlusion(self.dev, targets, view.camera.near, view.tan)
            if "luminance" in passes:
                out["luminance"] = develop.linear(self.dev, targets, shaded) / np.float32(self.pre_exposure)
        if "rgb" in passes:
            self.ev100 = view.camera.ev100
            if self.ev100 is None:
                self.ev100 = meter(develop.levels(self.dev, targets) / self.pre_exposure, self.sky.level_lux)
            scale = exposure_scale(self.ev100) / self.pre_exposure
            out["rgb"] = develop.picture(self.dev, targets, scale, shaded, self.glow)
        if set(passes) & AUX_PASSES:
            packed, motion = targets.read_aux()
            ids = (packed[..., 1] & 0xFFFFFF).astype(np.int32) - 1
            if "depth" in passes:
                out["depth"] = packed[..., 0].copy().view(np.float32)
            if "ids" in passes:
                out["ids"] = ids
            if "thermal" in passes:
                out["thermal"] = temperatures(scene, state)[ids]
            if "classes" in passes:
                out["classes"] = self._classes[ids]
            if "normals" in passes:
                out["normals"] = unpack_normals(packed[..., 2])
            if "motion" in passes:
                out["motion"] = np.zeros((*packed.shape[:2], 2), np.float32) if motion is None else motion.copy()
        return Frame(names=scene.names, class_names=scene.class_names, **out)

    def _occludes(self) -> bool:
        return float(luminance(self.sky.level_rgb)) > 0 and self._instances.n > 0


def _endless(camera: Camera, size: tuple[int, int]) -> Array:
    """The camera's projection ``(4, 4)`` with its far plane at infinity: depth is ``1 − near/d``."""
    p = camera.projection(*size)
    p[2, 2], p[2, 3] = -1 + _INFINITE, -2 * camera.near
    return p
