"""The renderer for final frames: light followed through a scene until it is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sim.assets.mesh import Mesh
from sim.errors import unknown_name
from sim.pose import Pose
from sim.render.camera import Camera, check_size
from sim.render.frame import PASSES, SKY, Frame
from sim.render.light import Sky, exposure_scale, luminance, meter, to_srgb8, tone_map
from sim.render.looks import Looks, Where
from sim.render.pathtracer.air import Air, glowing
from sim.render.pathtracer.ground import Ground
from sim.render.pathtracer.library import denoised, mitsuba
from sim.render.pathtracer.lights import lamp_emitters, sky_emitters
from sim.render.pathtracer.primary import (
    GROUND,
    PrimaryRays,
    Seen,
    centers,
    guides,
    lens_guides,
    lens_radius,
    look,
    motion,
    pixel_rays,
)
from sim.render.pathtracer.shapes import Shapes
from sim.render.scene import Scene, temperatures
from sim.world.state import State

BOUNCES = 8
BLUR_STEPS = 8  # pictures an open shutter is made of
SHARP = 0.35  # px: a circle of confusion that nobody sees


class PathTracer:
    """Renders a scene by following light: soft shadows, bounces, depth of field, motion blur, glass and metal.

    What a scene never changes (meshes, materials, things that stand still) is built once; a frame builds the rest.
    The same arguments give the same bits.

    Args:
        scene: What there is to draw.
        spp: Paths a pixel.
        denoise: Whether to take the noise out, guided by albedo and normals.
        seed: Of the paths.
        bounces: Reflections followed; 1 is direct light only.
        shutter: Part of the time from the frame before to this one that the shutter is open; 0.5 is a film camera's.
        sky: Instead of the layout's own.
        glow: Share of light that a lens strews around bright things.

    Raises:
        InputError: The extra ``final`` is not installed.
    """

    def __init__(
        self,
        scene: Scene,
        spp: int = 64,
        denoise: bool = True,
        seed: int = 0,
        bounces: int = BOUNCES,
        shutter: float = 0.0,
        sky: Sky | None = None,
        glow: float = 0.03,
    ):
        self._whole, self._looks = scene, Looks(scene)
        self._own: dict[Where, Mesh] = {}
        self.scene, self.spp, self.denoise, self.seed = scene, max(1, int(spp)), denoise, seed
        self.bounces, self.shutter, self.glow = bounces, shutter, glow
        ground = Ground(scene.layout)
        self._ground = ground.shape
        self.sky = sky or Sky.of(scene.layout.sky, ground.albedo)
        self._air = Air(self.sky)
        self._floor = ground
        self._build(scene)
        daylight = sky_emitters(self.sky)
        self._daylight = {name: mitsuba().load_dict(value) for name, value in daylight.items()}

    def _build(self, scene: Scene) -> None:
        self.scene = scene
        self._shapes = Shapes(scene.groups)
        self._rays = PrimaryRays(self._shapes, self._floor)

    def show(self, name: str, picture: NDArray[np.uint8]) -> None:
        """Puts a picture ``(h, w, 3)``, sRGB, on a thing (its ``screen``) or on a material of it, ``thing/material``.

        Raises:
            InputError: There is no such thing or material, or it cannot take a picture.
        """
        self._looks.show(name, Image.fromarray(picture))

    def _follow(self, state: State | None) -> None:
        """Builds the shapes anew when some instances look otherwise than in the picture before."""
        own = self._looks.of(state)
        if own.keys() != self._own.keys() or any(self._own[where] is not mesh for where, mesh in own.items()):
            self._own = own
            self._build(self._whole.split(own))

    def close(self) -> None:
        """Lets everything go."""
        self._daylight.clear()

    # -----------------------------------------------------------------------------------------------------------------

    def render(
        self,
        state: State | None,
        camera: Camera,
        size: tuple[int, int],
        passes: Sequence[str] = ("rgb",),
        previous: State | None = None,
        previous_camera: Camera | None = None,
    ) -> Frame:
        """What the camera sees.

        Args:
            state: Where everything is; None: where the layout puts it.
            camera: Who looks.
            size: Width and height, px.
            passes: Of `PASSES`, and ``luminance``.
            previous: The state of the frame before: for motion and motion blur.
            previous_camera: The camera of the frame before.

        Raises:
            InputError: There is no such pass or no picture of that size.
        """
        check_size(*size)
        for name in passes:
            if name not in (*PASSES, "luminance"):
                raise unknown_name("render", "pass", name, (*PASSES, "luminance"))
        lit = "rgb" in passes or "luminance" in passes
        self._follow(state)
        placed = self._shapes.place(state)
        self._rays.place(placed, state)
        seen = look(self._rays, camera, size)
        made: dict[str, Any] = self._passes(seen, set(passes), camera, size, state, previous, previous_camera or camera)
        if lit:
            light = self._light(state, camera, size, previous, previous_camera)
            if self.denoise:
                light = self._clean(light, camera, size, seen)
            light = self._air.before(light, pixel_rays(camera, size, *centers(size)), seen.distance)
            if "luminance" in passes:
                made["luminance"] = light
            if "rgb" in passes:
                made["rgb"] = self._developed(light, camera)
        return Frame(self.scene.names, self.scene.class_names, **made)

    def _light(
        self,
        state: State | None,
        camera: Camera,
        size: tuple[int, int],
        previous: State | None,
        previous_camera: Camera | None,
    ) -> NDArray[np.float32]:
        """Linear light ``(h, w, 3)``, cd/m² a channel, noise and all."""
        if self.shutter <= 0 or (previous is None and previous_camera is None):
            return self._traced(state, camera, size, self.spp, self.seed)
        steps = min(BLUR_STEPS, self.spp)
        total = np.zeros((size[1], size[0], 3), np.float64)
        for i in range(steps):
            back = self.shutter * (i + 0.5) / steps  # how far before the frame's own moment
            then = state if previous is None or state is None else state.between(previous, back)
            eye = camera if previous_camera is None else _between(camera, previous_camera, back)
            total += self._traced(then, eye, size, -(-self.spp // steps), self.seed * steps + i)
        return (total / steps).astype(np.float32)

    def _traced(
        self,
        state: State | None,
        camera: Camera,
        size: tuple[int, int],
        spp: int,
        seed: int,
    ) -> NDArray[np.float32]:
        mi = mitsuba()
        lamps = lamp_emitters(self.scene.lights, state, camera, self.sky.level_lux)
        shapes = {name: shape for name, (shape, _) in self._shapes.place(state).items()}
        if self._ground is not None:
            shapes["ground"] = self._ground
        scene = mi.load_dict({"type": "scene", **self._shapes.prototypes(), **shapes, **self._daylight, **lamps})
        if not scene.emitters():
            return np.zeros((size[1], size[0], 3), np.float32)
        integrator = mi.load_dict(
            {"type": "volpath" if self._shapes.volumetric else "path", "max_depth": self.bounces + 1, "rr_depth": 5}
        )
        image = mi.render(scene, sensor=_sensor(camera, size), integrator=integrator, spp=spp, seed=seed)
        return np.nan_to_num(np.array(image, np.float32), posinf=0.0, neginf=0.0)[..., :3]

    def _clean(
        self, light: NDArray[np.float32], camera: Camera, size: tuple[int, int], seen: Seen
    ) -> NDArray[np.float32]:
        if _blurred(camera, size):
            return denoised(light, *lens_guides(self._rays, camera, size), clean=False)
        return denoised(light, *guides(self._rays, camera, size, seen), clean=self.shutter <= 0)

    def _developed(self, light: NDArray[np.float32], camera: Camera) -> NDArray[np.uint8]:
        ev100 = meter(luminance(light), self.sky.level_lux) if camera.ev100 is None else camera.ev100
        scale = exposure_scale(ev100)
        return to_srgb8(tone_map(glowing(light, self.glow, 60.0 / scale) * scale))

    def _passes(
        self,
        seen: Seen,
        wanted: set[str],
        camera: Camera,
        size: tuple[int, int],
        state: State | None,
        previous: State | None,
        previous_camera: Camera,
    ) -> dict[str, Any]:
        shape = size[1], size[0]
        out: dict[str, Any] = {}
        if "depth" in wanted:
            cosine = pixel_rays(camera, size, *centers(size)) @ camera.pose.matrix[:3, 0]
            out["depth"] = (seen.distance * cosine).reshape(shape).astype(np.float32)
        for name in {"ids", "classes"} & wanted:
            out[name] = self._numbers(seen, name).reshape(shape)
        if "thermal" in wanted:
            out["thermal"] = temperatures(self.scene, state)[self._numbers(seen, "ids")].reshape(shape)
        if "normals" in wanted:
            out["normals"] = seen.normal.reshape(*shape, 3).astype(np.float32)
        if "motion" in wanted:
            out["motion"] = motion(self._shapes, seen, camera, size, state, previous or state, previous_camera)
        return out

    def _numbers(self, seen: Seen, name: str) -> NDArray[np.int32]:
        """The id or class ``(n,)`` of what each ray met."""
        values = np.full(len(seen.group), SKY, np.int32)
        values[seen.group == GROUND] = len(self.scene.names if name == "ids" else self.scene.class_names) - 1
        for g, group in enumerate(self.scene.groups):
            rows = seen.group == g
            values[rows] = group.id[seen.instance[rows]] if name == "ids" else group.class_id
        return values


def _between(camera: Camera, other: Camera, fraction: float) -> Camera:
    """A camera a fraction of the way to another."""
    a, b = camera.pose, other.pose
    turn = b.orientation * (-1.0 if a.orientation @ b.orientation < 0 else 1.0)
    pose = Pose(a.position * (1 - fraction) + b.position * fraction, a.orientation * (1 - fraction) + turn * fraction)
    return replace(camera, pose=pose, lens_mm=camera.lens_mm * (1 - fraction) + other.lens_mm * fraction)


def _blurred(camera: Camera, size: tuple[int, int]) -> bool:
    """Whether a lens blurs what is far away by more than `SHARP`."""
    if camera.focus_m is None:
        return False
    lens = camera.lens_mm / 1000
    widest = 2 * lens_radius(camera) * lens / max(camera.focus_m - lens, 1e-3)  # m on the sensor
    return widest / (camera.sensor_mm / 1000) * size[0] > SHARP


def _sensor(camera: Camera, size: tuple[int, int]) -> Any:
    """The camera as mitsuba's: a thin lens where its blur can be seen, a pinhole elsewhere."""
    mi = mitsuba()
    at, forward, up = camera.pose.position, camera.pose.matrix[:3, 0], camera.pose.matrix[:3, 2]
    described: dict[str, Any] = {
        "type": "perspective",
        "fov_axis": "x",
        "fov": float(np.rad2deg(2 * np.arctan(camera.sensor_mm / 2 / camera.lens_mm))),
        "near_clip": camera.near,
        "far_clip": max(camera.far, 1e5),
        "to_world": mi.ScalarTransform4f().look_at(at.tolist(), (at + forward).tolist(), up.tolist()),
        "film": {
            "type": "hdrfilm",
            "width": size[0],
            "height": size[1],
            "rfilter": {"type": "box"},
            "component_format": "float32",
            "pixel_format": "rgb",
        },
        "sampler": {"type": "multijitter"},
    }
    if _blurred(camera, size):
        described |= {"type": "thinlens", "aperture_radius": lens_radius(camera), "focus_distance": camera.focus_m}
    return mi.load_dict(described)
