"""Preview frames beside TinyRenderer, PyBullet's EGL plugin and MuJoCo, all with shadows, readback and ids."""

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pybullet

from sim.assets.library import Library, starter_root
from sim.assets.mesh import linear_to_srgb
from sim.assets.meshfile import write_glb, write_obj
from sim.render.camera import Camera, camera_named
from sim.render.fallback import TinyRenderer
from sim.render.rasteriser import Rasteriser
from sim.render.scene import Scene
from sim.world.layout import Layout
from sim.world.state import State
from sim.world.world import World
from tests.bench.harness import Row, fresh

SIZES = {"360p": (640, 360), "720p": (1280, 720)}
ROUNDS = 5
ALL = ("rgb", "depth", "ids", "classes", "normals", "motion")
Shot = Callable[[tuple[int, int]], object]
"""Draws one frame of a size, as a user would get it."""

BALL = """schema: asset/1
about: a ball of 1,280 triangles
license: CC0-1.0
mesh: ball.glb
substance: rubber
physics: {motion: dynamic}
collision: {approximation: sphere}
"""
PILE = """schema: world/1
about: %(n)d balls
ground: {substance: concrete}
objects:
  ball: {asset: ball, at: [%(x)g, %(x)g, 0.001], grid: {count: [%(k)d, %(k)d, %(layers)d], step: [0.42, 0.42, 0.42]}}
cameras:
  corner: {at: [-7, -8, 5], look_at: [0, 0, 0.5], lens_mm: 35}
"""


def preview_beside_peers() -> list[Row]:
    """500 boxes, the yard and a pile of 500 balls at two sizes; each renderer in a process of its own, twice in turns.

    OpenGL contexts of several libraries in one process break one another, so they do not share one.
    """
    rows = []
    for world in ("bench", "yard", "pile"):
        times: dict[str, dict[str, float]] = {}
        for _ in range(2):
            for name in WAYS:
                try:
                    found = fresh("tests.bench.bench_render", name, world)
                except subprocess.CalledProcessError as error:
                    print(
                        f"{name} is left out: {(error.stderr.splitlines() or ['no reason given'])[-1]}", file=sys.stderr
                    )
                    continue
                best = times.setdefault(name, found)
                times[name] = {label: min(best[label], found[label]) for label in SIZES}
        for label in SIZES:
            for name, (_, promise) in WAYS.items():
                if name != "ours" and name in times:
                    rows.append(
                        Row(
                            f"preview, {world} {label}, {name}",
                            times["ours"][label],
                            times[name][label],
                            "ms",
                            promise,
                            at_least=True,
                        )
                    )
    return rows


def one_way(name: str, world: str) -> dict[str, float]:
    """Least wall-clock ms of one renderer for one frame with ids, by size."""
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout.load(world, _balls(Path(folder), "pile", 10, 5))
        with World(layout) as live:
            scene, state, camera = Scene.of(layout, live.parts), live.read(), camera_named(layout, "corner")
            with WAYS[name][0](scene, state, camera) as shot:
                return {label: _in_turns({name: shot}, size)[name] for label, size in SIZES.items()}


def all_passes_beside_rgb() -> list[Row]:
    """Six passes from one drawing, against colour alone."""
    layout = Layout.load("bench", Library(starter_root()))
    with World(layout) as world, Rasteriser(Scene.of(layout, world.parts)) as drawer:
        before = world.read()
        world.step(10)
        state, camera = world.read(), camera_named(layout, "corner")
        rows = []
        for label, size in SIZES.items():
            times = _in_turns(
                {
                    "all": lambda s: drawer.render(state, camera, s, ALL, previous=before),
                    "rgb": lambda s: drawer.render(state, camera, s),
                },
                size,
            )
            rows.append(Row(f"all passes against rgb, 500 boxes {label}", times["all"], times["rgb"], "ms", 1.5))
    return rows


def many_instances() -> list[Row]:
    """10,000 balls of 1,280 triangles against 500: twenty times as many, at most ten times the time."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        shots = {}
        for name, k, layers in (("few", 10, 5), ("many", 50, 4)):
            library = _balls(Path(folder) / name, "pile", k, layers)
            layout = Layout.load("pile", library)
            world = stack.enter_context(World(layout))
            shots[name] = stack.enter_context(
                _ours(Scene.of(layout, world.parts), world.read(), camera_named(layout, "corner"))
            )
        times = _in_turns(shots, SIZES["720p"])
    return [Row("10,000 instances against 500, 720p", times["many"], times["few"], "ms", 10.0)]


def _in_turns(shots: dict[str, Shot], size: tuple[int, int]) -> dict[str, float]:
    """Least wall-clock ms of each way to draw, taken in turns after one frame to warm up."""
    best = dict.fromkeys(shots, np.inf)
    for shot in shots.values():
        shot(size)
    gc.collect()
    for _ in range(ROUNDS):
        for name, shot in shots.items():
            start = time.perf_counter()
            shot(size)
            best[name] = min(best[name], (time.perf_counter() - start) * 1e3)
    return best


def _balls(folder: Path, world: str, k: int, layers: int) -> Library:
    import trimesh

    from sim.assets.mesh import Material, Mesh, shaded

    asset = folder / "assets" / "ball"
    asset.mkdir(parents=True, exist_ok=True)
    (asset / "asset.yaml").write_text(BALL)
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.2)
    ball.apply_translation([0, 0, 0.2])
    write_glb(
        Mesh((shaded(ball.vertices, ball.faces, Material("red", (0.6, 0.1, 0.05, 1.0), roughness=0.4)),)),
        asset / "ball.glb",
    )
    (folder / "worlds" / world).mkdir(parents=True, exist_ok=True)
    text = PILE % {"n": k * k * layers, "x": -0.21 * (k - 1), "k": k, "layers": layers}
    (folder / "worlds" / world / "world.yaml").write_text(text)
    return Library(folder, starter_root())


@contextmanager
def _ours(scene: Scene, state: State, camera: Camera) -> Iterator[Shot]:
    with Rasteriser(scene) as drawer:
        yield lambda size: drawer.render(state, camera, size, ("rgb", "ids"))


@contextmanager
def _tiny(scene: Scene, state: State, camera: Camera) -> Iterator[Shot]:
    with TinyRenderer(scene) as drawer:
        yield lambda size: drawer.render(state, camera, size, ("rgb", "ids"))


@contextmanager
def _egl(scene: Scene, state: State, camera: Camera) -> Iterator[Shot]:
    """The same meshes, textures and places in PyBullet's own OpenGL renderer."""
    from importlib.util import find_spec

    plugin = find_spec("eglRenderer")
    if plugin is None:
        raise ImportError("this PyBullet has no eglRenderer")
    p, client = pybullet, pybullet.connect(pybullet.DIRECT)
    number = p.loadPlugin(plugin.origin, "_eglRendererPlugin", physicsClientId=client)
    if number < 0:
        raise RuntimeError("the plugin does not load")
    try:
        _bodies(scene, state, client)
        view, near, far = camera.view().T.reshape(-1).tolist(), 0.1, 200.0

        def shoot(size: tuple[int, int]) -> object:
            projection = (
                Camera(camera.pose, camera.lens_mm, near=near, far=far).projection(*size).T.reshape(-1).tolist()
            )
            return p.getCameraImage(
                *size,
                view,
                projection,
                shadow=1,
                lightDirection=[1, -1.5, 2],
                renderer=p.ER_BULLET_HARDWARE_OPENGL,
                physicsClientId=client,
            )

        yield shoot
    finally:
        p.disconnect(client)


def _bodies(scene: Scene, state: State, client: int) -> None:
    p = pybullet
    with tempfile.TemporaryDirectory() as folder:
        for g, group in enumerate(scene.groups):
            position, orientation = group.poses(state)
            for k, primitive in enumerate(group.mesh.primitives):
                path = Path(folder) / f"{g}_{k}.obj"
                write_obj(primitive.vertices.astype(float), primitive.faces, path, primitive.uv, primitive.normals)
                color = [*map(float, linear_to_srgb(primitive.material.base_color[:3])), 1.0]
                texture = -1
                if primitive.material.base_texture is not None:
                    primitive.material.base_texture.convert("RGB").save(path.with_suffix(".png"))
                    texture = p.loadTexture(str(path.with_suffix(".png")), physicsClientId=client)
                for i in range(len(group.id)):
                    shape = p.createVisualShape(
                        p.GEOM_MESH,
                        fileName=str(path),
                        meshScale=[float(group.scale[i])] * 3,
                        rgbaColor=color,
                        physicsClientId=client,
                    )
                    body = p.createMultiBody(
                        0, -1, shape, position[i].tolist(), orientation[i].tolist(), physicsClientId=client
                    )
                    if texture >= 0:
                        p.changeVisualShape(body, -1, textureUniqueId=texture, physicsClientId=client)
        floor = p.createVisualShape(
            p.GEOM_BOX, halfExtents=[200, 200, 0.01], rgbaColor=[0.5, 0.5, 0.5, 1], physicsClientId=client
        )
        p.createMultiBody(0, -1, floor, [0, 0, -0.01], physicsClientId=client)


@contextmanager
def _mujoco(scene: Scene, state: State, camera: Camera) -> Iterator[Shot]:
    """The same meshes and places in MuJoCo, plain colours; its ids take a second drawing."""
    os.environ.setdefault("MUJOCO_GL", "egl")
    import mujoco

    with tempfile.TemporaryDirectory() as folder:
        meshes, bodies = [], []
        for g, group in enumerate(scene.groups):
            position, orientation = group.poses(state)
            for k, primitive in enumerate(group.mesh.primitives):
                path = Path(folder) / f"{g}_{k}.obj"
                write_obj(primitive.vertices.astype(float), primitive.faces, path, primitive.uv, primitive.normals)
                scale = float(group.scale[0])
                meshes.append(f'<mesh name="m{g}_{k}" file="{path}" scale="{scale} {scale} {scale}" inertia="shell"/>')
                color = " ".join(f"{c:.3f}" for c in linear_to_srgb(primitive.material.base_color[:3]))
                for at, (x, y, z, w) in zip(position, orientation, strict=True):
                    bodies.append(
                        f'<geom type="mesh" mesh="m{g}_{k}" pos="{at[0]} {at[1]} {at[2]}" quat="{w} {x} {y} {z}" rgba="{color} 1"/>'
                    )
        forward = camera.pose.matrix[:3, :3]
        right, up = -forward[:, 1], forward[:, 2]
        xyaxes = " ".join(f"{v:.6f}" for v in (*right, *up))
        fovy = np.rad2deg(2 * np.arctan(18.0 / camera.lens_mm * 9 / 16))
        model = mujoco.MjModel.from_xml_string(f"""<mujoco><visual><global offwidth="1280" offheight="720"/><quality shadowsize="2048"/></visual>
            <asset>{"".join(meshes)}</asset><worldbody><light directional="true" dir="-0.4 0.6 -0.8" castshadow="true"/>
            <camera name="c" pos="{" ".join(map(str, camera.pose.position))}" xyaxes="{xyaxes}" fovy="{fovy}"/>
            <geom type="plane" size="200 200 1" rgba="0.5 0.5 0.5 1"/>{"".join(bodies)}</worldbody></mujoco>""")
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    renderers: dict[tuple[int, int], object] = {}

    def shoot(size: tuple[int, int]) -> object:
        if size not in renderers:
            renderers[size] = mujoco.Renderer(model, size[1], size[0], max_geom=20_000)
        drawer = renderers[size]
        drawer.update_scene(data, "c")
        rgb = drawer.render()
        drawer.enable_segmentation_rendering()
        ids = drawer.render()
        drawer.disable_segmentation_rendering()
        return rgb, ids

    yield shoot
    for drawer in renderers.values():
        drawer.close()


WAYS = {
    "ours": (_ours, None),
    "TinyRenderer": (_tiny, 10.0),
    "PyBullet EGL": (_egl, 1.0),
    "MuJoCo EGL": (_mujoco, 1.0),
}
"""How a frame is drawn, and how many times as fast as it ours is to be."""
BENCHES = [preview_beside_peers, all_passes_beside_rgb, many_instances]

if __name__ == "__main__":
    print(json.dumps(one_way(*sys.argv[1:])))
