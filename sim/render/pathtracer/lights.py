"""Lamps, sun and sky as mitsuba's emitters, in the cd, lux and cd/m² a channel of `sim.render.light`."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.pose import Array
from sim.render.camera import Camera
from sim.render.light import SUN_RADIUS, Sky, lamp_candela, lamp_rgb, luminance, spot_cosines
from sim.render.pathtracer.air import Air
from sim.render.pathtracer.library import mitsuba
from sim.render.scene import SceneLight
from sim.world.state import State

SUN_DISTANCE = 50_000.0  # m
SKY_SIZE = (512, 256)
SKY_SHARE = 0.4  # of its lux: rays that bounce find the sky too
LEAST_SHARE = 0.02  # of the samples that the weakest emitter gets, against the strongest


def sky_emitters(sky: Sky) -> dict[str, Any]:
    """The sun's disc and the sky around, as descriptions; every emitter gets samples by the lux it gives."""
    out: dict[str, Any] = {}
    panorama = _panorama(sky)
    sky_lux, sun_lux = float(luminance(sky.level_rgb)), float(luminance(sky.sun_rgb))
    if panorama.max() > 0:
        mi = mitsuba()
        frame = mi.ScalarTransform4f(_WORLD_FROM_MAP)
        out["sky"] = {
            "type": "envmap",
            "bitmap": mi.Bitmap(panorama),
            "to_world": frame,
            "sampling_weight": max(SKY_SHARE * sky_lux, 1e-3),
        }
    if sun_lux > 0 and sky.sun_direction[2] > -0.02:
        out["sun"] = {
            "type": "disk",
            "to_world": _facing(
                sky.sun_direction * SUN_DISTANCE, -sky.sun_direction, SUN_DISTANCE * np.tan(SUN_RADIUS)
            ),
            "bsdf": {"type": "null"},
            "emitter": {
                "type": "area",
                "sampling_weight": max(sun_lux, 1e-3),
                "radiance": _rgb(sky.sun_rgb / (np.pi * np.sin(SUN_RADIUS) ** 2)),
            },
        }
    return out


_WORLD_FROM_MAP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])  # mitsuba's maps have Y up


def _panorama(sky: Sky) -> np.ndarray:
    """The sky ``(h, w, 3)``, hazy at the horizon, as mitsuba lays panoramas out: row 0 at the zenith."""
    width, height = SKY_SIZE
    phi = (np.arange(width) + 0.5) / width * 2 * np.pi
    theta = (np.arange(height) + 0.5)[:, None] / height * np.pi
    local = np.stack(np.broadcast_arrays(np.sin(phi) * np.sin(theta), np.cos(theta), -np.cos(phi) * np.sin(theta)), -1)
    toward = local @ _WORLD_FROM_MAP[:3, :3].T
    return np.ascontiguousarray(Air(sky).before_sky(sky.luminance(toward), toward), np.float32)


def lamp_emitters(
    lights: tuple[SceneLight, ...],
    state: State | None,
    camera: Camera,
    daylight: float,
) -> dict[str, Any]:
    """The lamps that burn, as descriptions; ``daylight``: lux of sun and sky."""
    switched = {} if state is None else state.switched
    lit = [light for light in lights if switched.get(light.name, light.spec.lit)]
    lit = [light for light in lit if lamp_candela(light.spec) > 0]
    lux = [lamp_candela(light.spec) / _distance(light.place(state)[0], camera) ** 2 for light in lit]
    least = LEAST_SHARE * max([daylight, *lux])
    return {f"lamp{i:04d}": _lamp(light, state, max(lux[i], least, 1e-3)) for i, light in enumerate(lit)}


def _lamp(light: SceneLight, state: State | None, weight: float) -> dict[str, Any]:
    mi = mitsuba()
    spec = light.spec
    at, aim = light.place(state)
    candela = lamp_candela(spec) * lamp_rgb(spec)
    if spec.kind == "point":
        return {"type": "point", "position": at.tolist(), "intensity": _rgb(candela), "sampling_weight": weight}
    if spec.kind == "spot":
        outer, inner = np.rad2deg(np.arccos(spot_cosines(spec)))
        side = _across(aim)
        frame = mi.ScalarTransform4f().look_at(at.tolist(), (at + aim).tolist(), side.tolist())
        return {
            "type": "spot",
            "to_world": frame,
            "intensity": _rgb(candela),
            "sampling_weight": weight,
            "cutoff_angle": float(outer),
            "beam_width": float(min(inner, outer * 0.999)),
        }
    assert spec.size is not None
    width, height = (side * light.scale for side in spec.size)
    return {
        "type": "rectangle",
        "to_world": _panel(light, state, at, aim, width, height),
        "bsdf": {"type": "null"},
        "emitter": {"type": "area", "radiance": _rgb(candela / (width * height)), "sampling_weight": weight},
    }


def _panel(light: SceneLight, state: State | None, at: Array, aim: Array, width: float, height: float) -> Any:
    """The transform of a panel: its width along the carrier's X as far as that is possible."""
    from sim.pose import Pose, rotate

    carrier = light.pose
    if light.row >= 0 and state is not None:
        carrier = Pose(state.position[light.row], state.orientation[light.row])
    x, y = rotate(carrier.orientation, (1.0, 0, 0)), rotate(carrier.orientation, (0, 1.0, 0))
    along = x if abs(x @ aim) < 0.9 else y
    along = along - (along @ aim) * aim
    along /= np.linalg.norm(along)
    frame = np.eye(4)
    frame[:3] = np.stack([along * width / 2, np.cross(aim, along) * height / 2, aim, at], axis=-1)
    return mitsuba().ScalarTransform4f(frame)


def _distance(at: Array, camera: Camera) -> float:
    """m from a lamp to the nearest of what the camera looks at, and at least one."""
    forward = camera.pose.matrix[:3, 0]
    focus = min(camera.focus_m or 12.0, 60.0)
    along = float(np.clip((at - camera.pose.position) @ forward, 0, 2 * focus))
    return max(float(np.linalg.norm(at - camera.pose.position - along * forward)) + 0.3 * along, 1.0)


def _facing(at: Array, normal: Array, radius: float) -> Any:
    mi = mitsuba()
    up = _across(normal)
    return mi.ScalarTransform4f().look_at(at.tolist(), (at + normal).tolist(), up.tolist()).scale(float(radius))


def _across(direction: Array) -> Array:
    """A unit vector ``(3,)`` at right angles to another."""
    other = np.array([0.0, 0, 1]) if abs(direction[2]) < 0.9 else np.array([1.0, 0, 0])
    side = np.cross(direction, other)
    return side / np.linalg.norm(side)


def _rgb(value: Array) -> dict[str, Any]:
    return {"type": "rgb", "value": [float(v) for v in value]}
