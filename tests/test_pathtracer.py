"""Final frames: true to theory and to the preview, the same twice, taken up where they stopped."""

import os
import sys
from dataclasses import replace

import numpy as np
import pytest

from sim.assets.library import Library, starter_root
from sim.errors import InputError
from sim.pose import Pose
from sim.render.camera import Camera, camera_named
from sim.render.light import Sky, card_luminance, luminance
from sim.render.pathtracer import PathTracer, render_sequence
from sim.render.scene import Scene
from sim.world.layout import Layout
from sim.world.take import record
from sim.world.world import World

SIZE = (96, 54)


@pytest.fixture(autouse=True, scope="module")
def _library():
    pytest.importorskip("mitsuba", reason='needs pip install "prophouse[final]"')


def _project(root, look, sky="", extra=""):
    """A world with one half-metre cube on a plain floor."""
    asset = root / "assets" / "cube"
    asset.mkdir(parents=True)
    from sim.assets.mesh import Mesh, primitive_mesh
    from sim.assets.meshfile import write_glb

    box = primitive_mesh("box", (0.5, 0.5, 0.5)).moved(Pose.of((0, 0, 0.25)))
    write_glb(Mesh(box.primitives), asset / "cube.glb")
    (asset / "asset.yaml").write_text(
        "schema: asset/1\nabout: a cube\ntags: [prop]\nlicense: CC0-1.0\nmesh: cube.glb\nsubstance: concrete\n"
        f"materials: {{material: {look}}}\nappearance: {look}\nphysics: {{mass: 5}}\n"
    )
    world = root / "worlds" / "w"
    world.mkdir(parents=True)
    (world / "world.yaml").write_text(
        "schema: world/1\nabout: one cube\n"
        + sky
        + "ground: {substance: concrete, appearance: {base_color: [0.3, 0.3, 0.3], roughness: 1}}\n"
        "objects: {cube: {asset: cube, at: [0, 0, 0], velocity: [1, 0, 0]}}\n" + extra
    )
    from sim.assets.library import Library, starter_root

    return Layout.load("w", Library(root, starter_root()))


MATT = "{base_color: [0.18, 0.18, 0.18], metallic: 0, roughness: 1, ior: 1.0}"
SUN_ONLY = "sky: {sun: {elevation_deg: 50, azimuth_deg: 0, illuminance: 80000}, illuminance: 0}\n"
ABOVE = Camera(Pose.looking((0, 0, 4), (0.001, 0, 0)), lens_mm=200, ev100=14.0)
CORNER = Camera(Pose.looking((2.5, -2.0, 1.4), (0, 0, 0.2)), lens_mm=35, ev100=14.0)


def test_a_grey_card_in_the_sun_is_as_bright_as_theory_says(tmp_path):
    layout = _project(tmp_path, MATT, SUN_ONLY)
    tracer = PathTracer(Scene.of(layout), spp=16, denoise=False, bounces=1)
    frame = tracer.render(None, ABOVE, (32, 18), ("luminance", "ids"))
    card = luminance(frame.luminance)[frame.ids == 0]
    assert len(card) > 100
    assert card.mean() == pytest.approx(card_luminance(0.18, 80_000, np.sin(np.deg2rad(50))), rel=0.02)


@pytest.mark.parametrize(
    "look",
    [
        "{base_color: [1, 1, 1], metallic: 0, roughness: 1, ior: 1.0}",
        "{base_color: [1, 1, 1], metallic: 0, roughness: 0.8}",
        "{base_color: [1, 1, 1], metallic: 0, roughness: 0.3}",
        "{base_color: [1, 1, 1], metallic: 1, roughness: 0.1}",
        "{base_color: [1, 1, 1], metallic: 1, roughness: 0.7}",
        "{base_color: [1, 1, 1], metallic: 0, roughness: 0.02, transmission: 1, ior: 1.5}",
    ],
)
def test_a_white_thing_in_a_white_furnace_gives_back_what_comes(tmp_path, look):
    layout = replace(_project(tmp_path, look), ground=None)
    tracer = PathTracer(Scene.of(layout), spp=64, denoise=False, sky=Sky.uniform(1000.0), bounces=24)
    frame = tracer.render(None, CORNER, (32, 18), ("luminance", "ids"))
    assert luminance(frame.luminance)[frame.ids == 0].mean() == pytest.approx(1000.0, rel=0.12)


@pytest.mark.parametrize(
    "light",
    [
        "{kind: point, at: [0, 0, HEIGHT], candela: 1000}",
        "{kind: spot, at: [0, 0, HEIGHT], candela: 1000, cone_deg: 60}",
        "{kind: area, at: [0, 0, HEIGHT], lumens: 3141.5927, size: [0.1, 0.1]}",
    ],
)
def test_lamps_follow_the_inverse_square(tmp_path, light):
    levels = []
    for height in (2.5, 4.5):
        layout = _project(
            tmp_path / str(height),
            MATT,
            "sky: {sun: null, illuminance: 0}\n",
            f"lights: {{lamp: {light.replace('HEIGHT', str(height))}}}\n",
        )
        tracer = PathTracer(Scene.of(layout), spp=16, denoise=False, bounces=1)
        eye = Camera(Pose.looking((1, 0, 1.8), (0, 0, 0.5)), lens_mm=200, ev100=8.0)
        levels.append(luminance(tracer.render(None, eye, (32, 18), ("luminance",)).luminance)[9, 16])
    assert levels[0] == pytest.approx(card_luminance(0.18, 1000 / 2.0**2), rel=0.04)
    assert levels[1] == pytest.approx(card_luminance(0.18, 1000 / 4.0**2), rel=0.04)


def test_the_same_frame_twice_is_the_same_to_the_last_bit(tmp_path):
    layout = _project(tmp_path, MATT)
    scene = Scene.of(layout)
    passes = ("rgb", "depth", "ids", "normals")
    hashes = {PathTracer(scene, spp=4).render(None, CORNER, SIZE, passes).sha256() for _ in range(2)}
    assert len(hashes) == 1


def test_final_and_preview_agree(tmp_path):
    from sim.render.rasteriser import Rasteriser, available

    if available() is not None:
        pytest.skip(f"needs an OpenGL driver: {available()}")
    layout = _project(tmp_path, "{base_color: [0.5, 0.2, 0.1], metallic: 0, roughness: 0.8}", SUN_ONLY)
    scene, passes = Scene.of(layout), ("luminance", "ids", "depth", "normals")
    sky = Sky.of(layout.sky)  # without what the ground throws back: direct light only
    with Rasteriser(scene, sky=sky, occlusion=False) as preview:
        fast = preview.render(None, CORNER, (192, 108), passes)
    true = PathTracer(scene, spp=16, bounces=1, sky=sky).render(None, CORNER, (192, 108), passes)
    assert luminance(true.luminance).mean() == pytest.approx(luminance(fast.luminance).mean(), rel=0.1)
    both = (fast.ids == 0) & (true.ids == 0)
    assert both.sum() / ((fast.ids == 0) | (true.ids == 0)).sum() > 0.98
    assert np.abs(fast.depth - true.depth)[both].max() < 1e-3
    assert np.percentile(np.linalg.norm(fast.normals - true.normals, axis=-1)[both], 95) < 0.02


@pytest.mark.parametrize("name", ["yard", "bench", "crossing"])
def test_final_and_preview_agree_on_worlds_in_direct_light(name):
    from sim.render.rasteriser import Rasteriser, available

    if available() is not None:
        pytest.skip(f"needs an OpenGL driver: {available()}")
    layout = Layout.load(name, Library(starter_root()))
    with World(layout) as world:
        scene, state = Scene.of(layout, world.parts), world.read()
    sky, camera, passes = Sky.of(layout.sky), camera_named(layout, None), ("luminance", "ids")
    with Rasteriser(scene, sky=sky, occlusion=False, bounce=False) as preview:
        fast = preview.render(state, camera, (384, 216), passes)
    true = PathTracer(scene, spp=8, bounces=1, sky=sky).render(state, camera, (384, 216), passes)
    assert luminance(true.luminance).mean() == pytest.approx(luminance(fast.luminance).mean(), rel=0.1)
    ground = scene.names.index("ground")
    a, b = ((frame.ids >= 0) & (frame.ids != ground) for frame in (fast, true))
    assert (a & b).sum() / (a | b).sum() >= 0.98
    assert (fast.ids == true.ids).mean() >= 0.98


def test_depth_of_field_blurs_what_is_out_of_focus(tmp_path):
    scene = Scene.of(_project(tmp_path, "{base_color: [0.9, 0.9, 0.9], metallic: 0, roughness: 1}"))
    tracer = PathTracer(scene, spp=32, denoise=False)
    sharpness = []
    for focus in (3.2, 0.8):
        eye = replace(CORNER, lens_mm=50, aperture=1.4, focus_m=focus)
        light = luminance(tracer.render(None, eye, SIZE, ("luminance",)).luminance)
        sharpness.append(np.percentile(np.abs(np.diff(light, axis=1)), 99))
    assert sharpness[0] > 1.5 * sharpness[1]


def test_what_moves_is_blurred_along_its_way(tmp_path):
    layout = _project(tmp_path, "{base_color: [0.9, 0.9, 0.9], metallic: 0, roughness: 1}")
    with World(layout) as world:
        take = record(world, 0.25, fps=12)
    scene = Scene.of(layout, take.parts)
    eye = Camera(Pose.looking((0.1, -3, 0.3), (0.1, 0, 0.3)), lens_mm=35, ev100=14.0)
    edge = []
    for shutter in (0.0, 1.0):
        tracer = PathTracer(scene, spp=32, denoise=False, shutter=shutter)
        frame = tracer.render(take.state(1), eye, SIZE, ("luminance", "motion"), take.state(0))
        edge.append(np.abs(np.diff(luminance(frame.luminance)[30], axis=0)).max())
    assert edge[1] < 0.6 * edge[0]
    moved = frame.motion[30, 48]
    way = (take.state(1).position - take.state(0).position)[0, 0]
    assert moved[0] == pytest.approx(way / 2.75 * 96 * 35 / 36, rel=0.05)
    assert abs(moved[1]) < 0.1


def test_a_run_that_was_stopped_is_taken_up(tmp_path):
    scene = Scene.of(_project(tmp_path, MATT))
    folder = tmp_path / "shot"
    made = render_sequence(scene, [None] * 3, CORNER, (32, 18), folder, workers=1, spp=1, denoise=False)
    first = made.path(0).read_bytes()
    made.path(1).unlink()
    before = made.path(0).stat().st_mtime_ns
    render_sequence(scene, [None] * 3, CORNER, (32, 18), folder, workers=1, spp=1, denoise=False)
    assert made.missing(3) == []
    assert made.path(0).stat().st_mtime_ns == before
    assert made.path(1).read_bytes() == first


def test_frames_made_side_by_side_are_those_made_one_by_one(tmp_path):
    scene = Scene.of(_project(tmp_path, MATT))
    one, many = (render_sequence(scene, [None] * 2, CORNER, (32, 18), tmp_path / str(n), n, spp=4) for n in (1, 2))
    assert one.path(1).read_bytes() == many.path(1).read_bytes()


def test_a_missing_library_names_the_extra(tmp_path, monkeypatch):
    from sim.render.pathtracer import library

    scene = Scene.of(_project(tmp_path, MATT))
    library.mitsuba.cache_clear()
    monkeypatch.setitem(sys.modules, "mitsuba", None)
    with pytest.raises(InputError, match=r'pip install "prophouse\[final\]"'):
        PathTracer(scene)
    library.mitsuba.cache_clear()


def test_importing_it_does_not_import_mitsuba():
    import subprocess

    code = "import sys, sim.render.pathtracer; sys.exit('mitsuba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
