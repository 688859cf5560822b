"""Pictures without a graphics driver: PyBullet's TinyRenderer behind the same contract as the rasteriser.

One light, plain shading, no lamps and no exposure; enough to see what is where. PyBullet draws here and never steps.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.assets.mesh import Primitive, linear_to_srgb
from sim.assets.meshfile import write_obj
from sim.errors import InputError, Problem
from sim.physics.bullet import bullet
from sim.pose import Array, from_euler_deg, multiply, rotate
from sim.render.camera import Camera, check_size
from sim.render.frame import SKY, Frame
from sim.render.scene import Scene
from sim.world.state import State

PASSES = ("rgb", "depth", "ids", "classes")
TEXTURE_SIZE = 512  # TinyRenderer looks up the nearest texel: larger ones only cost memory
GROUND_SIZE = 400.0  # m
MAX_PIXELS = 1 << 24  # PyBullet hands over about 190 bytes for each
HORIZON, ZENITH = np.array([214, 224, 232]), np.array([122, 164, 206])  # sRGB


class TinyRenderer:
    """Draws a scene on the CPU, without any driver; see `PASSES` for what it can.

    Args:
        scene: What there is to draw.
    """

    def __init__(self, scene: Scene):
        self._p: Any = bullet()
        self._client = self._p.connect(self._p.DIRECT)
        self._scene = scene
        self._bodies: list[tuple[NDArray[np.int64], list[list[int]]]] = []  # per group: rows, bodies of each instance
        self._name_of: dict[int, int] = {}
        self._class_of: dict[int, int] = {}
        with tempfile.TemporaryDirectory(prefix="prophouse-") as folder:
            for group in scene.groups:
                looks = [self._look(p, Path(folder)) for p in group.mesh.primitives]
                instances = []
                for i in range(len(group.id)):
                    bodies = [self._body(*look, float(group.scale[i])) for look in looks]
                    for body in bodies:
                        self._name_of[body], self._class_of[body] = int(group.id[i]), group.class_id
                    self._place(bodies, group.position[i], group.orientation[i])
                    instances.append(bodies)
                self._bodies.append((group.row, instances))
            self._add_ground()

    def close(self) -> None:
        """Frees what PyBullet holds."""
        if self._client >= 0:
            self._p.disconnect(self._client)
            self._client = -1

    def __enter__(self) -> TinyRenderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _look(self, primitive: Primitive, folder: Path) -> tuple[str, list[float], int]:
        """An obj file, a colour and a texture id (−1: none) for a primitive."""
        path = folder / f"{len(list(folder.iterdir()))}.obj"
        write_obj(primitive.vertices.astype(float), primitive.faces, path, primitive.uv, primitive.normals)
        material, texture = primitive.material, -1
        tint = np.array(material.base_color, float)
        if primitive.color is not None:
            tint = tint * primitive.color.mean(axis=0)
        if material.base_texture is not None:
            image = material.base_texture.convert("RGB")
            image.thumbnail((TEXTURE_SIZE, TEXTURE_SIZE))
            file = path.with_suffix(".png")
            image.save(file)
            texture = self._p.loadTexture(str(file), physicsClientId=self._client)
        if any(material.emissive):
            tint[:3] = np.maximum(tint[:3], material.emissive)
        clear = material.alpha_mode == "BLEND" or material.transmission > 0
        alpha = float(tint[3]) * (1 - 0.7 * material.transmission) if clear else 1.0
        return str(path), [*map(float, linear_to_srgb(tint[:3])), alpha], texture

    def _body(self, path: str, color: list[float], texture: int, scale: float) -> int:
        p, c = self._p, self._client
        shape = p.createVisualShape(
            p.GEOM_MESH,
            fileName=path,
            meshScale=[scale] * 3,
            rgbaColor=color,
            specularColor=[0.1, 0.1, 0.1],
            physicsClientId=c,
        )
        body = p.createMultiBody(0, -1, shape, physicsClientId=c)
        if texture >= 0:
            p.changeVisualShape(body, -1, textureUniqueId=texture, physicsClientId=c)
        return body

    def _add_ground(self) -> None:
        ground = self._scene.layout.ground
        if ground is None:
            return
        p, c = self._p, self._client
        substance = self._scene.layout.library.substances[ground.substance]
        look = ground.appearance.over(substance.appearance)
        color = linear_to_srgb(look.base_color or (0.4, 0.4, 0.4))
        shape = p.createVisualShape(
            p.GEOM_BOX,
            halfExtents=[GROUND_SIZE / 2, GROUND_SIZE / 2, 0.01],
            rgbaColor=[*map(float, color), 1.0],
            specularColor=[0, 0, 0],
            physicsClientId=c,
        )
        body = p.createMultiBody(0, -1, shape, [0, 0, ground.height - 0.01], physicsClientId=c)
        self._name_of[body] = self._scene.names.index("ground")
        self._class_of[body] = self._scene.class_names.index("ground")

    def _place(self, bodies: list[int], position: Array, orientation: Array) -> None:
        for body in bodies:
            self._p.resetBasePositionAndOrientation(
                body, position.tolist(), orientation.tolist(), physicsClientId=self._client
            )

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
            state: Where movable things are; the start poses when None.
            camera: Who looks.
            size: Width and height in pixels.
            passes: Of `PASSES`.
            previous: Not used; motion needs the rasteriser.
            previous_camera: Likewise.

        Raises:
            InputError: A pass that this renderer lacks, or a size that cannot be.
        """
        check_size(*size, MAX_PIXELS)
        lacking = [name for name in passes if name not in PASSES]
        if lacking:
            raise InputError(
                Problem(
                    "passes",
                    f"TinyRenderer cannot draw {', '.join(lacking)}",
                    ", ".join(PASSES),
                    hint="install a graphics driver (Debian: apt install libegl1 libgl1-mesa-dri)",
                )
            )
        for group, (rows, instances) in zip(self._scene.groups, self._bodies, strict=True):
            if state is None or not (rows >= 0).any():
                continue
            position, orientation = group.poses(state)
            for i in np.flatnonzero(rows >= 0):
                self._place(instances[i], position[i], orientation[i])
        return self._shoot(camera, size, passes)

    def _shoot(self, camera: Camera, size: tuple[int, int], passes: Sequence[str]) -> Frame:
        p, (width, height) = self._p, size
        sun = self._scene.layout.sky.sun
        direction = np.array([0.3, -0.5, 0.8])
        if sun:
            direction = rotate(_sun_turn(sun.azimuth_deg, max(sun.elevation_deg, 10.0)), [1.0, 0, 0])
        far = min(camera.far, 1000.0)
        near = max(camera.near, far * 2e-5)
        projection = Camera(camera.pose, camera.lens_mm, camera.sensor_mm, near=near, far=far).projection(width, height)
        _, _, rgba, buffer, mask = p.getCameraImage(
            width,
            height,
            camera.view().T.reshape(-1).tolist(),
            projection.T.reshape(-1).tolist(),
            lightDirection=direction.tolist(),
            lightColor=[1, 0.98, 0.94],
            shadow=0,  # its shadow map shades all of the ground
            lightAmbientCoeff=0.55,
            lightDiffuseCoeff=0.5,
            lightSpecularCoeff=0.1,
            renderer=p.ER_TINY_RENDERER,
            physicsClientId=self._client,
        )
        mask = np.asarray(mask, np.int64).reshape(height, width)
        buffer = np.asarray(buffer, np.float64).reshape(height, width)
        sky = mask < 0
        values: dict[str, Any] = {}
        if "rgb" in passes:
            rgb = np.asarray(rgba, np.uint8).reshape(height, width, 4)[..., :3].copy()
            rgb[sky] = _sky(camera, width, height)[sky]
            values["rgb"] = rgb
        if "depth" in passes:
            depth = far * near / (far - (far - near) * buffer)
            values["depth"] = np.where(sky, np.inf, depth).astype(np.float32)
        if "ids" in passes:
            values["ids"] = _looked_up(mask, self._name_of)
        if "classes" in passes:
            values["classes"] = _looked_up(mask, self._class_of)
        return Frame(self._scene.names, self._scene.class_names, **values)


def _sun_turn(azimuth: float, elevation: float) -> Array:
    return multiply(from_euler_deg(0, 0, azimuth), from_euler_deg(0, -elevation, 0))


def _looked_up(mask: NDArray[np.int64], table: dict[int, int]) -> NDArray[np.int32]:
    lookup = np.full(max(table, default=0) + 2, SKY, np.int32)
    for body, value in table.items():
        lookup[body] = value
    return lookup[np.where(mask < 0, -1, mask)]


def _sky(camera: Camera, width: int, height: int) -> NDArray[np.uint8]:
    """A clear sky's colours ``(h, w, 3)`` by the height of each line of sight."""
    focal = width * camera.lens_mm / camera.sensor_mm
    u, v = np.meshgrid((width / 2 - 0.5 - np.arange(width)) / focal, (height / 2 - 0.5 - np.arange(height)) / focal)
    rays = rotate(camera.pose.orientation, np.stack([np.ones_like(u), u, v], axis=-1))
    up = np.clip(rays[..., 2] / np.linalg.norm(rays, axis=-1), 0, 1)[..., None] ** 0.6
    return (HORIZON * (1 - up) + ZENITH * up).astype(np.uint8)
