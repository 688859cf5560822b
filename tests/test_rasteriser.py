"""The rasteriser against theory: light, depth, ids and motion."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.assets.library import Library
from sim.assets.spec import LightSpec
from sim.errors import InputError
from sim.pose import Pose, from_euler_deg
from sim.render.camera import Camera
from sim.render.light import Sky, card_luminance, exposure_scale, lamp_candela, luminance, tone_map
from sim.render.rasteriser import Rasteriser, available
from sim.render.scene import Scene
from sim.world.layout import Layout, Placement
from sim.world.spec import AirSpec, GroundSpec, SkySpec, SunSpec
from sim.world.state import State

pytestmark = [pytest.mark.gl, pytest.mark.skipif(available() is not None, reason=str(available()))]

SHIPPED = Path(__file__).resolve().parent.parent
DARK = SkySpec(sun=SunSpec(elevation_deg=90, illuminance=0.0), illuminance=0.0)
SIZE = (160, 120)

YAML = """
schema: asset/1
about: test piece
license: CC0-1.0
mesh: {mesh}
substance: concrete
physics: {{mass: 1}}
collision: {{approximation: box}}
appearance: {{base_color: [{albedo}, {albedo}, {albedo}], metallic: {metallic}, roughness: {roughness}, ior: {ior}}}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    import trimesh

    root = tmp_path_factory.mktemp("pieces")

    def piece(name, mesh, albedo=0.18, metallic=0, roughness=1, ior=1.0):
        folder = root / "assets" / name
        folder.mkdir(parents=True)
        mesh.export(folder / "piece.ply" if mesh.visual.kind != "texture" else folder / "piece.glb")
        file = next(p.name for p in folder.iterdir())
        look = {"albedo": albedo, "metallic": metallic, "roughness": roughness, "ior": ior}
        text = YAML.format(mesh=file, **look) if mesh.visual.kind != "texture" else _textured(file)
        (folder / "asset.yaml").write_text(text)

    piece("card", trimesh.creation.box((0.02, 4, 4)))
    piece("cube", trimesh.creation.box((1, 1, 1)))
    for kind, metallic, ior in (("paint", 0, 1.5), ("metal", 1, 1.5)):
        for roughness in (0.2, 0.6, 1.0):
            piece(f"{kind}_{int(roughness * 10)}", trimesh.creation.icosphere(4, 1.0), 1.0, metallic, roughness, ior)
    piece("checker", _checkered_cube())
    return Library(root, SHIPPED)


def _textured(file: str) -> str:
    text = YAML.format(mesh=file, albedo=1, metallic=0, roughness=1, ior=1.0)
    return text.split("appearance")[0] + "mesh_fit: {up: z}\n"


def _checkered_cube():
    import trimesh
    from PIL import Image

    rng = np.random.default_rng(3)
    coarse = rng.integers(40, 220, (8, 8, 3)).astype(np.uint8)
    image = Image.fromarray(coarse).resize((128, 128), Image.Resampling.BICUBIC)
    box = trimesh.creation.box((1, 1, 1))
    vertices, faces, uv = [], [], []
    for normal in np.vstack([np.eye(3), -np.eye(3)]):
        side = np.roll(normal, 1)
        up = np.cross(normal, side)
        start = len(vertices)
        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
            vertices.append((normal + a * side + b * up) / 2)
            uv.append(((a + 1) / 2, (b + 1) / 2))
        faces += [(start, start + 1, start + 2), (start, start + 2, start + 3)]
    box = trimesh.Trimesh(vertices, faces, process=False)
    box.visual = trimesh.visual.TextureVisuals(
        uv=np.array(uv),
        material=trimesh.visual.material.PBRMaterial(
            baseColorTexture=image, metallicFactor=0.0, roughnessFactor=1.0, doubleSided=True
        ),
    )
    return box


def layout(library, things, sky=DARK, lights=None, ground=None):
    placements = tuple(Placement(name, library.asset(asset), pose) for name, asset, pose in things)
    return Layout("test", placements, {}, lights or {}, sky, AirSpec(), ground, 240, 0, (0, 0, -9.81), True, library)


def camera(at=(-4.0, 0, 0), target=(0.0, 0, 0), **more):
    return Camera(Pose.looking(at, target), **{"ev100": 12.0, **more})


def state(parts, positions, orientations=None):
    n = len(parts)
    turn = np.tile([0.0, 0, 0, 1], (n, 1)) if orientations is None else np.asarray(orientations, float)
    return State(0, 240, tuple(parts), np.asarray(positions, float), turn, np.zeros((n, 3)), np.zeros((n, 3)))


@pytest.mark.parametrize("angle", [0, 45, 70])
def test_a_grey_card_in_the_sun_is_as_bright_as_theory_says(library, angle):
    sky = SkySpec(sun=SunSpec(elevation_deg=angle, azimuth_deg=180, illuminance=80_000), illuminance=0.0)
    with Rasteriser(Scene.of(layout(library, [("card", "card", Pose())], sky))) as r:
        seen = r.render(None, camera(), SIZE, ("luminance",)).luminance
    expected = card_luminance(0.18, 80_000, np.cos(np.deg2rad(angle)))
    assert luminance(seen[50:70, 70:90]).mean() == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("distance", [0.5, 2.0, 8.0])
def test_a_lamp_follows_the_inverse_square(library, distance):
    lamp = LightSpec(kind="point", lumens=3000, at=(-0.01 - distance, 0, 0))
    with Rasteriser(Scene.of(layout(library, [("card", "card", Pose())], lights={"lamp": lamp}))) as r:
        seen = r.render(None, camera((-12, 0, 0), lens_mm=400), SIZE, ("luminance",)).luminance
    middle = luminance(seen[59:61, 79:81]).mean()
    assert middle == pytest.approx(lamp_candela(lamp) / distance**2 * 0.18 / np.pi, rel=0.01)


def test_a_spot_casts_a_shadow_and_a_lamp_switched_off_gives_no_light(library):
    lamp = LightSpec(kind="spot", candela=5000, at=(-3, 0, 0), aim=(1, 0, 0), cone_deg=60, blend=0.0)
    world = layout(library, [("card", "card", Pose()), ("cube", "cube", Pose.of((-1.2, 0, 0)))], lights={"lamp": lamp})
    with Rasteriser(Scene.of(world)) as r:
        view = camera((-3, -3, 0), (0, 0, 0))
        lit = luminance(r.render(None, view, SIZE, ("luminance", "ids")).luminance)
        nothing = np.empty((0, 3))
        off = State(0, 240, (), nothing, np.empty((0, 4)), nothing, nothing, lamps=("lamp",), lit=np.array([False]))
        dark = luminance(r.render(off, view, SIZE, ("luminance",)).luminance)
    x, y, _ = view.pixels(np.array([-0.011, 0.0, 0.3]), *SIZE)
    assert lit[int(y), int(x)] < 0.02 * lit.max()
    assert dark.max() == 0


def test_depth_of_a_wall_is_right_to_a_millimetre(library):
    with Rasteriser(Scene.of(layout(library, [("card", "card", Pose())]))) as r:
        for distance in (0.5, 4.0, 30.0):
            frame = r.render(None, camera((-distance, 0, 0), lens_mm=200), SIZE, ("depth",))
            assert frame.depth[40:80, 60:100] == pytest.approx(distance - 0.01, abs=1e-3)


def test_depth_of_the_floor_is_right(library):
    with Rasteriser(Scene.of(layout(library, [], SkySpec(), ground=GroundSpec()))) as r:
        view = camera((0, 0, 2), (10, 0, 0))
        frame = r.render(None, view, SIZE, ("depth", "ids", "normals"))
    y, x = 100, 30
    left, up = np.array([80 - x - 0.5, 60 - y - 0.5]) / SIZE[0] * 36 / 35
    point = view.pose.apply(np.array([1, left, up]) * frame.depth[y, x])
    assert point[2] == pytest.approx(0, abs=1e-3)
    assert frame.names[frame.ids[y, x]] == "ground"
    assert frame.normals[y, x] == pytest.approx([0, 0, 1], abs=1e-3)
    assert np.isinf(frame.depth[0]).all()
    assert (frame.ids[0] == -1).all()


def test_ids_and_classes_name_what_is_seen(library):
    things = [("left", "cube", Pose.of((0, 1.5, 0))), ("right", "card", Pose.of((0, -2.5, 0)))]
    with Rasteriser(Scene.of(layout(library, things))) as r:
        frame = r.render(None, camera((-8, 0, 0)), SIZE, ("ids", "classes"))
    view = camera((-8, 0, 0))
    for name, asset, pose in things:
        x, y, _ = view.pixels(pose.position, *SIZE)
        assert frame.names[frame.ids[int(y), int(x)]] == name
        assert frame.class_names[frame.classes[int(y), int(x)]] == asset
    # the cube's front face, by hand
    corners = view.pixels(np.array([[-0.5, 1, -0.5], [-0.5, 2, 0.5]]), *SIZE)
    (x1, y0), (x0, y1) = corners[0, :2], corners[1, :2]
    xs, ys = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    expected = (xs > min(x0, x1)) & (xs < max(x0, x1)) & (ys > min(y0, y1)) & (ys < max(y0, y1))
    assert (frame.ids[expected] == 0).all()


def test_motion_carries_one_frame_onto_the_next(library):
    parts = ("cube",)
    scene = Scene.of(layout(library, [("cube", "checker", Pose())]), parts)
    before = state(parts, [[0, 0, 0]])
    after = state(parts, [[0.05, 0.12, 0.04]], [from_euler_deg(3, 2, 6)])
    view = camera((-3.0, -0.8, 0.7), ev100=10.5)
    size = (320, 240)
    with Rasteriser(scene, sky=Sky.uniform(1000.0), glow=0, occlusion=False) as r:  # as bright whichever way it faces
        first = r.render(before, view, size, ("luminance", "ids"))
        second = r.render(after, view, size, ("luminance", "ids", "motion"), previous=before)
        still = r.render(after, view, size, ("motion",)).motion
    y, x = np.nonzero(second.ids == 0)
    source = np.stack([x, y], axis=-1) - second.motion[y, x]
    from scipy.ndimage import map_coordinates

    there = map_coordinates((first.ids == 0).astype(float), source[:, ::-1].T, order=1) > 0.999
    assert there.mean() > 0.8
    carried = map_coordinates(luminance(first.luminance), source[there][:, ::-1].T, order=1)
    actual = luminance(second.luminance)[y, x][there]
    unmoved = luminance(first.luminance)[y, x][there]
    assert np.median(np.abs(carried - actual) / actual) < 0.02  # the mean holds the edges between faces, too
    assert np.median(np.abs(carried - actual)) < 0.2 * np.median(np.abs(unmoved - actual))
    assert (still == 0).all()


def test_motion_is_that_of_a_projected_point(library):
    parts = ("cube",)
    scene = Scene.of(layout(library, [("cube", "cube", Pose())], ground=GroundSpec()), parts)
    before, after = state(parts, [[0, 0, 0.5]]), state(parts, [[0, 0.3, 0.5]])
    old, new = camera((-5, 0, 1)), camera((-4.9, 0.1, 1), (0, 0.05, 0))
    with Rasteriser(scene) as r:
        frame = r.render(after, new, SIZE, ("motion", "ids", "depth"), previous=before, previous_camera=old)
    face = np.array([-0.5, 0.3, 0.5])
    moved = new.pixels(face, *SIZE)[:2] - old.pixels(face - [0, 0.3, 0], *SIZE)[:2]
    x, y, _ = new.pixels(face, *SIZE)
    assert frame.motion[int(y), int(x)] == pytest.approx(moved, abs=0.15)


def test_the_same_state_gives_the_same_frame(library):
    things = [(f"cube_{i}", "cube", Pose.of((i % 5 * 1.5, i // 5 * 1.5, 0.5))) for i in range(20)]
    world = layout(library, things, SkySpec(), ground=GroundSpec())
    passes = ("rgb", "depth", "ids", "classes", "normals")
    hashes = []
    for _ in range(2):
        with Rasteriser(Scene.of(world)) as r:
            hashes += [r.render(None, camera((-6, -5, 4), ev100=None), SIZE, passes).sha256() for _ in range(2)]
    assert len(set(hashes)) == 1


@pytest.mark.parametrize(
    ("asset", "low", "high"),
    [
        ("paint_10", 0.90, 1.02),
        ("paint_6", 0.90, 1.02),
        ("paint_2", 0.90, 1.02),
        ("metal_10", 0.93, 1.02),
        ("metal_6", 0.93, 1.02),
        ("metal_2", 0.93, 1.02),
    ],
)
def test_a_white_ball_in_a_white_furnace_all_but_vanishes(library, asset, low, high):
    scene = Scene.of(layout(library, [("ball", asset, Pose())]))
    with Rasteriser(scene, sky=Sky.uniform(1000.0), occlusion=False) as r:
        frame = r.render(None, camera(), SIZE, ("luminance", "ids"))
    ball = luminance(frame.luminance)[frame.ids == 0] / 1000
    assert low < ball.mean() < high
    assert ball.max() < 1.05


def test_the_shader_develops_as_the_numbers_say(library):
    view = camera(ev100=11.0)
    with Rasteriser(Scene.of(layout(library, [("card", "card", Pose())], SkySpec())), glow=0) as r:
        frame = r.render(None, view, SIZE, ("rgb", "luminance"))
    expected = tone_map(frame.luminance[55:65, 70:90] * exposure_scale(11.0)) * 255
    assert np.abs(frame.rgb[55:65, 70:90] - expected).max() < 1.6


def test_pictures_are_right_from_inside_an_object_and_without_anything(library):
    world = layout(library, [("cube", "cube", Pose())], SkySpec(), ground=GroundSpec(height=-1.0))
    with Rasteriser(Scene.of(world)) as r:
        assert r.render(None, camera((0, 0, 0), (1, 0, 0)), SIZE).rgb.shape == (120, 160, 3)
    with Rasteriser(Scene.of(layout(library, [], SkySpec()))) as r:
        assert r.render(None, camera(ev100=None), (33, 17), ("rgb", "depth")).rgb.mean() > 20


@pytest.mark.parametrize("size", [(0, 100), (100, 100_000)])
def test_a_size_that_cannot_be_is_refused(library, size):
    with Rasteriser(Scene.of(layout(library, []))) as r, pytest.raises(InputError, match="1 to 16384 pixels"):
        r.render(None, camera(), size)


def test_an_unknown_pass_is_named(library):
    with Rasteriser(Scene.of(layout(library, []))) as r, pytest.raises(InputError, match="did you mean 'depth'"):
        r.render(None, camera(), SIZE, ("dephts",))


def test_what_stands_still_is_not_drawn_into_its_shadow_map_twice(library):
    things = [(f"cube_{i}", "cube", Pose.of((i * 1.5, 0, 0.5))) for i in range(4)]
    with Rasteriser(Scene.of(layout(library, things, SkySpec(), ground=GroundSpec()))) as r:
        r.render(None, camera((-6, -5, 4)), SIZE)
        kept = dict(r._sun_atlas.kept)
        started = time.perf_counter()
        r.render(None, replace(camera((-6, -5, 4.001)), ev100=9.0), SIZE)
        assert time.perf_counter() - started < 5
        assert r._sun_atlas.kept == kept
