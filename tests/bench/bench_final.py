"""Final frames against Blender's Cycles: the time each takes to the same error, each with its denoiser.

Not part of the default bench; Blender lives in an environment of its own:

    python3.11 -m venv /tmp/cycles && /tmp/cycles/bin/pip install bpy numpy
    python tests/bench/bench_final.py /tmp/final --cycles /tmp/cycles/bin/python

The same world is exported with its textures, sun and sky; both render the same view at several numbers of samples, the
second time of two, so that what is kept between frames counts. The error is the mean squared one relative to
``reference² + (0.1 · mean)²``, against a reference of many samples of the same renderer without denoising (their
surface models differ a little). Time to equal error is read off each renderer's curve, straight in logarithms.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

UNIT = 1000.0  # cd/m² that Cycles is told are 1


def error(picture: np.ndarray, reference: np.ndarray) -> float:
    """Relative mean squared error of linear pictures ``(h, w, 3)``."""
    floor = (0.1 * reference.mean()) ** 2
    return float(np.mean((picture - reference) ** 2 / (reference**2 + floor)))


# ---------------------------------------------------------------------------------------------------------------------
# Ours


def scene_of(world: str, camera: str, size: tuple[int, int]):
    """The scene, and the camera with everything in focus."""
    from dataclasses import replace

    from sim.render.camera import camera_named
    from sim.render.scene import Scene
    from sim.world.layout import Layout

    layout = Layout.load(world)
    return Scene.of(layout), replace(camera_named(layout, camera, size[0] / size[1]), focus_m=None)


def export(folder: Path, world: str, camera: str, size: tuple[int, int]) -> None:
    """Writes all that Cycles needs to see the same."""
    from sim.assets.mesh import Mesh, Primitive
    from sim.pose import matrix
    from sim.render.light import SUN_RADIUS, Sky
    from sim.render.pathtracer.air import Air
    from sim.render.pathtracer.ground import HALF, Ground
    from sim.render.pathtracer.materials import base_map, pixels

    scene, eye = scene_of(world, camera, size)
    ground = Ground(scene.layout)
    sky = Sky.of(scene.layout.sky, ground.albedo)
    arrays: dict[str, np.ndarray] = {}
    meshes, instances = [], []

    def add(name: str, p: Primitive, base: np.ndarray | None) -> None:
        m = p.material
        arrays[f"{name}.v"], arrays[f"{name}.f"], arrays[f"{name}.n"] = p.vertices, p.faces, p.normals
        if p.uv is not None:
            arrays[f"{name}.uv"] = p.uv
        if base is not None:
            arrays[f"{name}.base"] = base[..., :3]
        if m.metallic_roughness_texture is not None:
            arrays[f"{name}.mr"] = pixels(m.metallic_roughness_texture, "RGB")
        if m.normal_texture is not None:
            arrays[f"{name}.normal"] = pixels(m.normal_texture, "RGB")
        meshes.append(
            {
                "name": name,
                "base": m.base_color[:3],
                "metallic": m.metallic,
                "roughness": m.roughness,
                "ior": m.ior,
                "transmission": m.transmission,
            }
        )

    for g, group in enumerate(scene.groups):
        names = []
        for k, p in enumerate(group.mesh.primitives):
            add(f"m{g}_{k}", p, base_map(p.material) if p.uv is not None else None)
            names.append(f"m{g}_{k}")
        for i in range(len(group.id)):
            frame = np.eye(4)
            frame[:3, :3] = matrix(group.orientation[i]) * group.scale[i]
            frame[:3, 3] = group.position[i]
            instances.append({"meshes": names, "matrix": frame.tolist()})
    if ground.shape is not None:
        corners = np.array([[-HALF, -HALF, 0], [HALF, -HALF, 0], [HALF, HALF, 0], [-HALF, HALF, 0]], np.float32)
        uv = (corners[:, :2] / ground.side * [1, -1] + [0, 1]).astype(np.float32)
        from sim.assets.mesh import Material

        p = Primitive(
            corners,
            np.array([[0, 1, 2], [0, 2, 3]], np.int32),
            np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
            uv,
            Material(base_color=(*ground.albedo, 1.0), roughness=ground.roughness),
        )
        add("ground", Mesh((p,)).primitives[0], ground.texels)
        instances.append({"meshes": ["ground"], "matrix": np.eye(4).tolist()})
    azimuth = (0.5 - (np.arange(512) + 0.5) / 512) * 2 * np.pi  # Cycles' equirectangular mapping, row 0 lowest
    elevation = ((np.arange(256) + 0.5)[:, None] / 256 - 0.5) * np.pi
    toward = np.stack(
        np.broadcast_arrays(
            np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)
        ),
        axis=-1,
    )
    arrays["sky"] = (Air(sky).before_sky(sky.luminance(toward), toward) / UNIT).astype(np.float32)
    np.savez(folder / "scene.npz", **arrays)
    facts = {
        "meshes": meshes,
        "instances": instances,
        "size": size,
        "sun": (sky.sun_rgb / UNIT).tolist(),
        "sun_direction": sky.sun_direction.tolist(),
        "sun_angle": 2 * float(SUN_RADIUS),
        "eye": eye.pose.matrix.tolist(),
        "lens_mm": eye.lens_mm,
        "sensor_mm": eye.sensor_mm,
    }
    (folder / "scene.json").write_text(json.dumps(facts))


def ours(folder: Path, world: str, camera: str, size: tuple[int, int], counts: list[int], reference: int) -> None:
    """Renders with the path tracer."""
    from sim.render.pathtracer import PathTracer
    from sim.render.pathtracer.library import denoised  # noqa: F401 - the extra is there

    scene, eye = scene_of(world, camera, size)
    times = {}
    for spp in [*counts, -reference]:
        tracer = PathTracer(scene, spp=abs(spp), denoise=spp > 0, seed=1 if spp > 0 else 2)
        if spp > 0:
            tracer.render(None, eye, size, ("luminance",))
        start, cpu = time.perf_counter(), time.process_time()
        frame = tracer.render(None, eye, size, ("luminance",))
        times[spp] = time.perf_counter() - start, time.process_time() - cpu
        print(f"ours    {spp:6d} {times[spp][0]:8.2f} s, {times[spp][1]:8.2f} s of cores", file=sys.stderr)
        np.save(folder / f"ours_{spp}.npy", frame.luminance / UNIT)
    (folder / "ours.json").write_text(json.dumps(times))


# ---------------------------------------------------------------------------------------------------------------------
# Cycles; runs in Blender's environment, where the project is not


def cycles(folder: Path, counts: list[int], reference: int) -> None:
    """Renders with Cycles."""
    import bpy

    facts, arrays = json.loads((folder / "scene.json").read_text()), np.load(folder / "scene.npz")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    _cycles_scene(bpy, scene, facts, arrays)
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = facts["size"]
    scene.render.use_persistent_data = True
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "32"
    scene.view_settings.view_transform = "Raw"
    settings = scene.cycles
    settings.device, settings.pixel_filter_type = "CPU", "BOX"
    settings.max_bounces = settings.diffuse_bounces = settings.glossy_bounces = settings.transmission_bounces = 8
    settings.use_adaptive_sampling = False
    settings.sample_clamp_indirect = 0.0
    times = {}
    for spp in [*counts, -reference]:
        settings.samples, settings.use_denoising, settings.seed = abs(spp), spp > 0, 1 if spp > 0 else 2
        settings.denoiser, settings.denoising_input_passes = "OPENIMAGEDENOISE", "RGB_ALBEDO_NORMAL"
        if spp > 0:
            bpy.ops.render.render()
        start, cpu = time.perf_counter(), time.process_time()
        bpy.ops.render.render()
        times[spp] = time.perf_counter() - start, time.process_time() - cpu
        print(f"cycles  {spp:6d} {times[spp][0]:8.2f} s, {times[spp][1]:8.2f} s of cores", file=sys.stderr)
        path = str(folder / "cycles.exr")
        bpy.data.images["Render Result"].save_render(path)
        image = bpy.data.images.load(path)
        image.colorspace_settings.name = "Non-Color"
        w, h = facts["size"]
        values = np.empty(w * h * 4, np.float32)
        image.pixels.foreach_get(values)
        np.save(folder / f"cycles_{spp}.npy", values.reshape(h, w, 4)[::-1, :, :3])
        bpy.data.images.remove(image)
    (folder / "cycles.json").write_text(json.dumps(times))


def _cycles_scene(bpy, scene, facts, arrays) -> None:
    from mathutils import Matrix, Vector

    made = {m["name"]: _cycles_mesh(bpy, m, arrays) for m in facts["meshes"]}
    for instance in facts["instances"]:
        for name in instance["meshes"]:
            thing = bpy.data.objects.new(name, made[name])
            thing.matrix_world = Matrix(instance["matrix"])
            scene.collection.objects.link(thing)
    sun = bpy.data.lights.new("sun", "SUN")
    level = max(facts["sun"])
    sun.energy, sun.color, sun.angle = level, [c / level for c in facts["sun"]], facts["sun_angle"]
    thing = bpy.data.objects.new("sun", sun)
    thing.rotation_mode = "QUATERNION"
    thing.rotation_quaternion = Vector(facts["sun_direction"]).to_track_quat("Z", "Y")
    scene.collection.objects.link(thing)
    world = bpy.data.worlds.new("sky")
    scene.world = world
    world.use_nodes = True
    nodes = world.node_tree.nodes
    texture = nodes.new("ShaderNodeTexEnvironment")
    texture.image = _cycles_image(bpy, "sky", arrays["sky"])
    world.node_tree.links.new(texture.outputs["Color"], nodes["Background"].inputs["Color"])
    camera = bpy.data.cameras.new("eye")
    camera.lens, camera.sensor_width, camera.sensor_fit = facts["lens_mm"], facts["sensor_mm"], "HORIZONTAL"
    camera.clip_end = 1e5
    thing = bpy.data.objects.new("eye", camera)
    turned = np.array([[0.0, 0, -1, 0], [-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])  # Blender looks along −Z
    thing.matrix_world = Matrix((np.array(facts["eye"]) @ turned).tolist())
    scene.collection.objects.link(thing)
    scene.camera = thing


def _cycles_image(bpy, name, values):
    h, w = values.shape[:2]
    image = bpy.data.images.new(name, w, h, float_buffer=True)
    image.colorspace_settings.name = "Non-Color"
    rgba = np.ones((h, w, 4), np.float32)
    rgba[..., :3] = values
    image.pixels.foreach_set(rgba.ravel())
    image.pack()
    return image


def _cycles_mesh(bpy, m, arrays):
    name = m["name"]
    mesh = bpy.data.meshes.new(name)
    faces = arrays[f"{name}.f"]
    mesh.from_pydata(arrays[f"{name}.v"].tolist(), [], faces.tolist())
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    mesh.normals_split_custom_set_from_vertices(arrays[f"{name}.n"].tolist())
    if f"{name}.uv" in arrays:
        layer = mesh.uv_layers.new(name="UVMap")
        layer.data.foreach_set("uv", arrays[f"{name}.uv"][faces.ravel()].ravel())
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, link = material.node_tree.nodes, material.node_tree.links.new
    surface = nodes["Principled BSDF"].inputs
    surface["Base Color"].default_value = (*m["base"], 1.0)
    surface["Metallic"].default_value, surface["Roughness"].default_value = m["metallic"], max(m["roughness"], 0.04)
    surface["IOR"].default_value, surface["Transmission Weight"].default_value = m["ior"], m["transmission"]

    def texture(kind):
        node = nodes.new("ShaderNodeTexImage")
        node.image = _cycles_image(bpy, f"{name}.{kind}", arrays[f"{name}.{kind}"][::-1])
        return node.outputs["Color"]

    if f"{name}.base" in arrays:
        link(texture("base"), surface["Base Color"])
    if f"{name}.mr" in arrays:
        split = nodes.new("ShaderNodeSeparateColor")
        link(texture("mr"), split.inputs["Color"])
        for channel, factor, target in (("Green", m["roughness"], "Roughness"), ("Blue", m["metallic"], "Metallic")):
            times = nodes.new("ShaderNodeMath")
            times.operation = "MULTIPLY"
            times.inputs[1].default_value = factor
            link(split.outputs[channel], times.inputs[0])
            link(times.outputs["Value"], surface[target])
    if f"{name}.normal" in arrays:
        bend = nodes.new("ShaderNodeNormalMap")
        link(texture("normal"), bend.inputs["Color"])
        link(bend.outputs["Normal"], surface["Normal"])
    mesh.materials.append(material)
    return mesh


# ---------------------------------------------------------------------------------------------------------------------


def compare(folder: Path) -> float:
    """Prints both curves, and gives our time over theirs at equal error, the median over the errors both reach."""
    curves = {}
    for who in ("ours", "cycles"):
        times = {int(k): v for k, v in json.loads((folder / f"{who}.json").read_text()).items()}
        reference = np.load(folder / f"{who}_{min(times)}.npy").astype(float)
        rows = sorted(
            (spp, *seconds, error(np.load(folder / f"{who}_{spp}.npy"), reference))
            for spp, seconds in times.items()
            if spp > 0
        )
        for spp, wall, cpu, relative in rows:
            print(f"{who:8s} {spp:5d} samples {wall:8.2f} s {cpu:8.2f} s of cores   relative error² {relative:.5f}")
        curves[who] = np.array([(wall, cpu, relative) for _, wall, cpu, relative in rows])
    low = max(c[:, 2].min() for c in curves.values())
    high = min(c[:, 2].max() for c in curves.values())
    if low >= high:
        print(f"no error is reached by both: {low:.5f} to {high:.5f}")
        return float("nan")
    errors = np.geomspace(high, low, 9)
    ratios = []
    for column, name in ((0, "time"), (1, "time of cores")):
        seconds = [np.exp(np.interp(-np.log(errors), -np.log(c[:, 2]), np.log(c[:, column]))) for c in curves.values()]
        ratio = seconds[0] / seconds[1]
        ratios.append(float(np.median(ratio)))
        print(f"{name} to equal error, ours / Cycles: {ratio.min():.2f} to {ratio.max():.2f}, median {ratios[-1]:.2f}")
    return ratios[0]


def main() -> None:
    """Exports, renders with both, compares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cycles", help="the Python that has bpy")
    parser.add_argument("--world", default="bench")
    parser.add_argument("--camera", default="corner")
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--samples", default="4,9,16,36,64")
    parser.add_argument("--reference", type=int, default=4096)
    parser.add_argument("--only", choices=["ours", "cycles", "compare", "in-blender"])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    size = tuple(int(side) for side in options.size.split("x"))
    counts = [int(n) for n in options.samples.split(",")]
    if options.only == "in-blender":
        cycles(options.folder, counts, options.reference)
        return
    if options.only in (None, "ours"):
        ours(options.folder, options.world, options.camera, size, counts, options.reference)
    if options.only in (None, "cycles"):
        export(options.folder, options.world, options.camera, size)
        subprocess.run(
            [
                options.cycles,
                __file__,
                str(options.folder),
                "--only",
                "in-blender",
                "--samples",
                options.samples,
                "--reference",
                str(options.reference),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    if options.only in (None, "compare"):
        compare(options.folder)


if __name__ == "__main__":
    main()
