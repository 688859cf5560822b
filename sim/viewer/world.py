"""What the page loads: the .glb that export writes too, the sky as a picture, and what else it must know of a world."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np

from sim.assets.asset import cache_folder, keep
from sim.exchange.gltf import glb_of, y_up
from sim.render.camera import Camera, camera_named, layout_bounds
from sim.render.light import Sky, exposure_scale
from sim.render.rasteriser.floor import Floor
from sim.render.scene import Scene
from sim.world.layout import Layout

VERSION = 2  # raise when the .glb of the same world changes
SKY_SIZE = (512, 256)
HAZE = 0.03  # sine of the elevation under which the air hides where sky and floor meet
SHADE_LUX = 12.0  # what the eye makes do with at night, beside lamps
CALIBRATION = 2.5  # lux that a flat receptor reads as EV 0, ISO 2720


class WorldFiles:
    """The files of one layout, each made when first asked for.

    Args:
        layout: What is placed.
        parts: Movable parts, in the order of the poses to come.
    """

    def __init__(self, layout: Layout, parts: tuple[str, ...]):
        self.layout, self.parts = layout, parts
        self._made: dict[str, tuple[bytes, str, str]] = {}
        self._lock = threading.Lock()

    def file(self, path: str) -> tuple[bytes, str, str]:
        """Bytes, media type and entity tag of a file."""
        with self._lock:
            if path not in self._made:
                make, kind = {
                    "/world.glb": (self._glb, "model/gltf-binary"),
                    "/sky.bin": (self._sky, "application/octet-stream"),
                    "/world.json": (self._facts, "application/json"),
                }[path]
                body = make()
                self._made[path] = body, kind, f'"{hashlib.sha256(body).hexdigest()[:24]}"'
            return self._made[path]

    def _glb(self) -> bytes:
        """The .glb; kept between runs under the hash of all that makes it."""
        said = json.dumps([VERSION, self.layout.to_json(), self.layout.hashes(), self.parts], sort_keys=True)
        key = hashlib.sha256(said.encode()).hexdigest()
        path = cache_folder().parent / "views" / key[:2] / f"{key[2:]}.glb"
        try:
            return path.read_bytes()
        except OSError:
            data = glb_of(Scene.of(self.layout, self.parts))
            keep(path, data)
            return data

    def _sky(self) -> bytes:
        """cd/m² all around as float16 ``(h, w, 4)``, equirectangular as three.js has it; row 0 lowest."""
        width, height = SKY_SIZE
        elevation = ((np.arange(height) + 0.5) / height - 0.5)[:, None] * np.pi
        azimuth = ((np.arange(width) + 0.5) / width - 0.5)[None, :] * 2 * np.pi
        level = np.cos(elevation)
        axes = level * np.cos(azimuth), -level * np.sin(azimuth), np.sin(elevation)  # three.js turns the other way
        toward = np.stack(np.broadcast_arrays(*axes), axis=-1)
        low = (toward[..., 2] > -HAZE) & (toward[..., 2] < HAZE)
        toward[low] = _unit(toward[low] * [1, 1, 0] + [0, 0, HAZE])  # the floor ends in haze, not in a bright line
        rgb = self.sky.luminance(toward) * self._exposure()
        rgba = np.concatenate([rgb, np.ones((height, width, 1))], axis=-1)
        return np.clip(rgba, 0, 60_000).astype(np.float16).tobytes()

    @property
    def sky(self) -> Sky:
        """The sky over this ground."""
        return Sky.of(self.layout.sky, Floor(self.layout).albedo)

    def _ev(self) -> float:
        """The exposure value at ISO 100 that shows the place well: an incident meter's, or what lamps ask for."""
        return float(np.log2(max(self.sky.level_lux, SHADE_LUX) / CALIBRATION)) - 0.35

    def _exposure(self) -> float:
        """What cd/m² are multiplied with so that a grey card comes out as 0.18."""
        return exposure_scale(self._ev())

    def _facts(self) -> bytes:
        sky, low, high = self.sky, *layout_bounds(self.layout)
        first = camera_named(self.layout, None)
        facts: dict[str, Any] = {
            "name": self.layout.name,
            "sun": {"toward": y_up(sky.sun_direction).tolist(), "lux": sky.sun_rgb.tolist(), "night": sky.night},
            "sky_size": SKY_SIZE,
            "exposure": self._exposure(),
            "horizon": (sky.luminance(_ring()).mean(axis=0) * self._exposure()).tolist(),
            "turbidity": sky.turbidity,
            "bounds": [low.tolist(), high.tolist()],
            "view": _camera_json(first),
            "substances": self._substances(),
            "cameras": {name: _camera_json(Camera.of(spec)) for name, spec in self.layout.cameras.items()},
        }
        return json.dumps(facts).encode()

    def _substances(self) -> dict[str, dict[str, float | None]]:
        """What makes each substance here sound as it does."""
        names = {asset.spec.substance for asset in self.layout.assets().values()}
        names |= {self.layout.ground.substance} if self.layout.ground else set()
        specs = {name: self.layout.library.substances[name] for name in sorted(names)}
        return {
            name: {
                "density": spec.density,
                "youngs_modulus": spec.youngs_modulus,
                "alpha": spec.acoustic.rayleigh_alpha if spec.acoustic else None,
                "beta": spec.acoustic.rayleigh_beta if spec.acoustic else None,
            }
            for name, spec in specs.items()
        }

    def stamps(self) -> dict[str, float]:
        """When each file that makes the world was changed last, by a short name."""
        paths = {path for asset in self.layout.assets().values() for path in asset.files}
        stamps = {}
        for path in paths:
            stamps[f"{path.parent.name}/{path.name}"] = _stamp(path)
        for name in self.layout.files:
            for root in self.layout.library.roots:
                if (root / name).is_file():
                    stamps[name] = _stamp(root / name)
                    break
        return stamps


def _stamp(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _ring() -> np.ndarray:
    """Directions ``(n, 3)`` just over the horizon."""
    a = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    return np.stack([np.cos(a), np.sin(a), np.full(32, HAZE)], axis=-1)


def _camera_json(camera: Camera) -> dict[str, Any]:
    return {
        "at": camera.pose.position.tolist(),
        "orientation": camera.pose.orientation.tolist(),
        "lens_mm": camera.lens_mm,
        "sensor_mm": camera.sensor_mm,
        "focus_m": camera.focus_m,
    }
