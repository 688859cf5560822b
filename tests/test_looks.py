"""What a State says of looks is what both renderers draw: glow, switched lenses, changed shapes, pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.assets.library import default_library
from sim.assets.mesh import Mesh, Primitive
from sim.errors import InputError
from sim.physics.heat.planck import glow
from sim.pose import Pose
from sim.render.camera import Camera
from sim.render.light import luminance
from sim.render.looks import Looks
from sim.render.rasteriser import Rasteriser, available
from sim.render.scene import Scene
from sim.world.layout import Layout, Placement
from sim.world.spec import AirSpec, SkySpec, SunSpec
from sim.world.state import State

pytestmark = [pytest.mark.gl, pytest.mark.skipif(available() is not None, reason=str(available()))]

DARK = SkySpec(sun=SunSpec(elevation_deg=90, illuminance=0.0), illuminance=0.0)
DAY = SkySpec(sun=SunSpec(elevation_deg=40, azimuth_deg=180))
SIZE = (160, 120)


def placed(things, sky=DARK):
    library = default_library()
    placements = tuple(Placement(name, library.asset(asset), Pose.of(at)) for name, asset, at in things)
    return Layout("test", placements, {}, {}, sky, AirSpec(), None, 240, 0, (0, 0, -9.81), True, library)


def state(layout, **more):
    n = len(layout.placements)
    position = np.array([p.pose.position for p in layout.placements])
    still = np.zeros((n, 3))
    turn = np.tile([0.0, 0, 0, 1], (n, 1))
    return State(0, 240, tuple(p.name for p in layout.placements), position, turn, still, still, **more)


def scene(layout, **more):
    return Scene.of(layout, tuple(p.name for p in layout.placements))


def eye(at=(-2.0, 0, 0.3), target=(0.0, 0, 0.02), **more):
    return Camera(Pose.looking(at, target), **{"ev100": 6.0, **more})


IRON = [("ball", "iron_ball", (0, 0, 0)), ("block", "ice_block", (0, 0.6, -0.2))]


def test_hot_iron_is_as_bright_as_planck_says_and_lights_what_is_beside_it():
    layout = placed(IRON)
    with Rasteriser(scene(layout), glow=0.0) as r:
        hot = state(layout, fields={"temperature": np.array([1273.15, 273.0])})
        seen = r.render(hot, eye(lens_mm=200), SIZE, ("luminance", "ids")).luminance
        cold = r.render(state(layout), eye(), SIZE, ("luminance",)).luminance
        wide = r.render(hot, eye(), SIZE, ("luminance", "ids"))
    emissivity = layout.library.substances["iron"].thermal.emissivity
    middle = luminance(seen[58:62, 78:82]).mean()
    assert middle == pytest.approx(float(luminance(glow(1273.15, emissivity))), rel=0.02)
    assert cold.max() == 0
    assert luminance(wide.luminance[wide.ids == 1]).max() > 0.01


def test_the_thermal_pass_tells_kelvin():
    layout = placed(IRON)
    with Rasteriser(scene(layout)) as r:
        frame = r.render(
            state(layout, fields={"temperature": np.array([900.0, 263.0])}), eye(), SIZE, ("thermal", "ids")
        )
    assert set(np.unique(frame.thermal[frame.ids == 0])) == {900.0}
    assert set(np.unique(frame.thermal[frame.ids == 1])) == {263.0}
    assert set(np.unique(frame.thermal[frame.ids == -1])) == {np.float32(288.15)}


def box(half, material):
    import trimesh

    mesh = trimesh.creation.box(2 * np.asarray(half))
    v = mesh.vertices[mesh.faces].reshape(-1, 3).astype(np.float32)
    n = np.repeat(mesh.face_normals, 3, axis=0).astype(np.float32)
    return Mesh((Primitive(v, np.arange(len(v), dtype=np.int32).reshape(-1, 3), n, None, material),))


def test_a_part_whose_shape_changed_is_drawn_as_it_is_now_and_as_it_was_when_it_is_put_back():
    layout = placed([("ball", "iron_ball", (0, 0, 0))], DAY)
    material = layout.placements[0].asset.part_mesh("").primitives[0].material
    large, small = box((0.3, 0.3, 0.3), material), box((0.1, 0.1, 0.1), material)
    with Rasteriser(scene(layout)) as r:
        areas = []
        for shapes in ({}, {"ball": large}, {"ball": small}, {"ball": Mesh(())}, {}):
            frame = r.render(state(layout, shapes=shapes), eye(), SIZE, ("rgb", "ids"))
            areas.append(int((frame.ids == 0).sum()))
        again = r.render(state(layout), eye(), SIZE, ("rgb",)).rgb
        first = Rasteriser(scene(layout))
        same = first.render(state(layout), eye(), SIZE, ("rgb",)).rgb
        first.close()
    assert areas[1] > areas[2] > 0
    assert areas[3] == 0
    assert areas[4] == areas[0]
    assert np.array_equal(again, same)


def test_a_picture_is_shown_on_a_thing_and_the_next_one_replaces_it():
    layout = placed([("sign", "cardboard_box", (0, 0, -0.15))], DAY)
    red, blue = (np.full((32, 32, 3), color, np.uint8) for color in ((220, 20, 20), (20, 20, 220)))
    with Rasteriser(scene(layout)) as r:
        means = []
        for picture in (red, blue, red):
            r.show("sign", picture)
            frame = r.render(state(layout), eye(ev100=14.0), SIZE, ("rgb", "ids"))
            means.append(frame.rgb[frame.ids == 0].mean(axis=0))
    assert means[0][0] > means[0][2] + 30
    assert means[1][2] > means[1][0] + 30
    assert np.array_equal(means[0], means[2])


def test_a_picture_for_nothing_is_refused_with_a_guess():
    layout = placed([("sign", "cardboard_box", (0, 0, 0))])
    looks = Looks(scene(layout))
    with pytest.raises(InputError, match=r"no thing to show it on is called 'sing'\n  hint: did you mean 'sign'"):
        looks.show("sing", None)
    with pytest.raises(InputError, match="no material is called 'glass'"):
        looks.show("sign/glass", None)


def test_a_switched_lamp_lights_up_its_lens():
    layout = placed([("lamp", "street_lamp", (0, 0, 0))])
    name = layout.placements[0].asset.spec.lights[0].name
    seen = {}
    with Rasteriser(scene(layout), glow=0.0) as r:
        for on in (True, False):
            now = state(layout, lamps=(f"lamp/{name}",), lit=np.array([on]))
            seen[on] = r.render(now, eye((-6, -3, 1), (0, 0, 4)), SIZE, ("luminance",)).luminance
    assert luminance(seen[True]).max() > 100
    assert luminance(seen[False]).max() == 0


def test_looks_that_stay_the_same_are_the_same_objects():
    layout = placed(IRON)
    looks = Looks(scene(layout))
    hot = state(layout, fields={"temperature": np.array([1000.0, np.nan])})
    first, again = looks.of(hot), looks.of(replace(hot, step=5))
    assert list(first) == list(again) == [(0, 0)]
    assert first[0, 0] is again[0, 0]
    assert looks.of(None) == {}


def test_the_path_tracer_shows_the_same_glow():
    pytest.importorskip("mitsuba")
    from sim.render.pathtracer import PathTracer

    layout = placed(IRON)
    tracer = PathTracer(scene(layout), spp=4, denoise=False, glow=0.0)
    hot = state(layout, fields={"temperature": np.array([1273.15, 273.0])})
    seen = tracer.render(hot, eye(lens_mm=200), (40, 30), ("luminance", "thermal"))
    expected = float(luminance(glow(1273.15, layout.library.substances["iron"].thermal.emissivity)))
    assert luminance(seen.luminance[14:16, 19:21]).mean() == pytest.approx(expected, rel=0.02)
    assert seen.thermal[15, 20] == np.float32(1273.15)
