"""One reusable thing: where its numbers come from, what refuses to load, and when its hash changes."""

import numpy as np
import pytest

import sim.assets.asset as asset_module
from sim.assets.asset import Fit, primitive_collider
from sim.assets.library import default_library
from sim.errors import InputError


def test_mass_is_density_times_volume_when_none_is_given(project):
    project.substance("lead", density=11340)
    project.asset("weight", size=(0.1, 0.1, 0.2), substance="lead")
    measure = project.library.asset("weight").measure
    assert measure.volume == pytest.approx(0.002, rel=1e-5)
    assert measure.mass.mass == pytest.approx(22.68, rel=1e-5)


def test_a_given_mass_wins_over_density(project):
    project.asset("box", physics={"mass": 3.0, "density": 100.0})
    assert project.library.asset("box").measure.mass.mass == 3.0


def test_an_assets_own_density_wins_over_its_substances(project):
    project.asset("box", size=(1, 1, 1), physics={"density": 50.0})
    assert project.library.asset("box").measure.mass.mass == pytest.approx(50, rel=1e-5)


def test_an_open_mesh_is_weighed_as_what_it_collides_as(project):
    project.write("assets/bowl/bowl.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\n")
    project.asset("bowl", mesh="bowl.obj")
    measure = project.library.asset("bowl").measure
    assert not measure.closed
    assert measure.mass.mass == pytest.approx(1000 / 6, rel=1e-5)


def test_given_centre_and_inertia_are_taken_as_they_are(project):
    project.asset("box", physics={"mass": 2.0, "center_of_mass": [0, 0, 0.05], "diagonal_inertia": [1, 2, 3]})
    mass = project.library.asset("box").measure.mass
    assert (mass.center, mass.inertia, mass.axes) == ((0, 0, 0.05), (1, 2, 3), (0, 0, 0, 1))


def test_size_and_turn_of_a_foreign_mesh_are_fitted(project):
    project.write(
        "assets/own/own.obj", "v 0 0 0\nv 100 0 0\nv 0 200 0\nv 0 0 300\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
    )
    project.asset("own", mesh="own.obj", mesh_fit={"scale": 0.01, "up": "y", "at": [1, 0, 0]})
    assert project.library.asset("own").measure.bounds == pytest.approx(np.array([[1, -3, 0], [2, 0, 2]]), abs=1e-6)


def test_mass_grows_with_the_cube_and_inertia_with_the_fifth_power_of_size(project):
    project.asset("box", size=(0.2, 0.3, 0.4), physics={"mass": 2.0})
    push = {"gravity": [0, 0, 0], "sleeping": False}
    world = project.build({"one": {"asset": "box"}, "two": {"asset": "box", "at": [5, 0, 0], "scale": 2}}, **push)
    for name in ("one", "two"):
        world.push(name, [10, 0, 0])
        world.twist(name, [0, 0, 3])
    world.step()
    state = world.read()
    assert state.linear_velocity[0, 0] / state.linear_velocity[1, 0] == pytest.approx(2**3)
    assert state.angular_velocity[0, 2] / state.angular_velocity[1, 2] == pytest.approx(2**5)


@pytest.mark.parametrize(
    ("shape", "size"),
    [("box", (0.4, 0.2, 0.1)), ("sphere", (0.3,)), ("cylinder", (0.2, 0.7)), ("capsule", (0.1, 0.5))],
)
def test_a_primitive_collider_is_fitted_to_the_mesh(project, shape, size):
    project.asset("thing", shape, size)
    project.asset("fitted", mesh="../fitted/thing.glb", collision={"approximation": shape})
    (project.root / "assets/thing/thing.glb").rename(project.root / "assets/fitted/thing.glb")
    collider = project.library.asset("fitted").measure.collider
    assert collider.kind == shape
    assert collider.size == pytest.approx(size, rel=1e-3)


def test_a_collider_without_touch_is_nothing(project):
    project.asset("ghost", collision={"enabled": False})
    assert project.library.asset("ghost").measure.collider.kind == "nothing"


@pytest.mark.parametrize(
    ("kind", "size", "message"),
    [
        ("box", (1.0, 2.0), "has the wrong length for a box; expected 3 values, got 2"),
        ("sphere", (1.0, 2.0), "has the wrong length for a sphere; expected 1 values, got 2"),
        ("capsule", (1.0, 1.0), "is no capsule; expected a whole height of at least two radii"),
    ],
)
def test_a_primitive_of_the_wrong_size_is_refused(kind, size, message):
    with pytest.raises(InputError, match=message):
        primitive_collider(Fit(kind, size, (0, 0, 0)), "asset.yaml")


# What refuses to load


def test_an_unknown_asset_gets_a_guess(project):
    project.asset("crane_hook")
    with pytest.raises(InputError, match="library: no asset is called 'crane_hok'\n  hint: did you mean 'crane_hook'"):
        project.library.asset("crane_hok")


def test_an_unknown_substance_gets_a_guess(project):
    project.asset("thing", substance="concret")
    with pytest.raises(
        InputError, match=r"asset\.yaml: substance: no substance .*'concret'\n  hint: did you mean 'concrete'"
    ):
        project.library.asset("thing")
    project.asset("other", parts={"lid": {"substance": "stele"}})
    with pytest.raises(InputError, match=r"parts\.lid\.substance: .*\n  hint: did you mean 'steel'"):
        project.library.asset("other")


@pytest.mark.parametrize("path", ["../ball/ball.glb", "/etc/passwd", "a/../../x.obj", "package://numpy/../../x.obj"])
def test_a_path_that_leaves_its_folder_is_refused(project, path):
    project.ball()
    project.asset("thief", mesh=path)
    with pytest.raises(InputError, match=r"assets/thief/asset\.yaml: a path leaves its folder"):
        _ = project.library.asset("thief").source


def test_a_link_that_leaves_its_folder_is_refused(project):
    project.ball()
    project.asset("thief", mesh="stolen.glb")
    (project.root / "assets/thief/stolen.glb").symlink_to(project.root / "assets/ball/ball.glb")
    with pytest.raises(InputError, match="a path leaves its folder"):
        _ = project.library.asset("thief").source


def test_a_missing_file_gets_a_guess(project):
    project.asset("crate")
    project.asset("crate", mesh="craet.glb")
    with pytest.raises(InputError, match=r"'craet\.glb' does not exist\n  hint: did you mean 'crate\.glb'"):
        _ = project.library.asset("crate").source


def test_a_package_path_finds_the_file_in_the_package(project):
    project.asset("duck", mesh="package://pybullet_data/duck.obj", mesh_fit={"up": "y"})
    assert project.library.asset("duck").measure.bounds[1, 2] > 0
    project.asset("gone", mesh="package://pybulet_data/duck.obj")
    with pytest.raises(InputError, match="the Python package 'pybulet_data' is not installed\n  hint: pip install"):
        _ = project.library.asset("gone").source
    project.asset("odd", mesh="package://os;import/duck.obj")
    with pytest.raises(InputError, match="is not installed"):
        _ = project.library.asset("odd").source


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"mesh": "a.glb", "model": "a.urdf"}, "say either mesh .* or model"),
        ({"mesh": "a.glb", "collision": {"approximation": "none"}}, "triangles.* is for static things"),
        ({"mesh": "a.glb", "lights": [{"kind": "point"}]}, "say either lumens or candela"),
        ({"mesh": "a.glb", "lights": [{"kind": "area", "lumens": 5}]}, "an area light needs size and lumens"),
        ({"mesh": "a.glb", "lights": [{"kind": "spot", "candela": 5, "cone_deg": 200}]}, r"lights\.0\.cone_deg"),
    ],
)
def test_contradictions_are_refused(project, spec, message):
    project.asset("thing", **spec)
    with pytest.raises(InputError, match=message):
        project.library.asset("thing")


# Surfaces


def test_an_asset_has_its_word_over_its_substance_and_a_part_over_both(project):
    project.substance("felt", dynamic_friction=0.6, restitution=0.1, rolling_friction=0.01)
    project.asset(
        "thing", substance="felt", surface={"restitution": 0.3}, parts={"lid": {"surface": {"dynamic_friction": 0.2}}}
    )
    asset = project.library.asset("thing")
    assert (asset.surface().dynamic_friction, asset.surface().restitution) == (0.6, 0.3)
    lid = asset.surface("lid")
    assert (lid.dynamic_friction, lid.restitution, lid.rolling_friction) == (0.2, 0.3, 0.01)


# Hash and cache


def test_the_hash_changes_with_anything_that_makes_the_asset_and_with_nothing_else(project):
    project.substance("wood")
    project.asset("box", substance="wood")
    folder = project.root / "assets/box"
    seen = [project.library.asset("box").sha256]
    for name in ("thumbnail.png", "model.py"):  # neither is part of it
        (folder / name).write_text("x")
    assert project.library.asset("box").sha256 == seen[0]
    mesh = (folder / "box.glb").read_bytes()
    (folder / "box.glb").write_bytes(mesh + b" ")
    seen.append(project.library.asset("box").sha256)
    (folder / "asset.yaml").write_text((folder / "asset.yaml").read_text() + "tags: [new]\n")
    seen.append(project.library.asset("box").sha256)
    project.substance("wood", density=600)
    seen.append(project.library.asset("box").sha256)
    (folder / "texture.png").write_bytes(b"x")
    seen.append(project.library.asset("box").sha256)
    assert len(set(seen)) == 5


def test_an_asset_is_read_once_a_process_however_many_use_it(project, monkeypatch):
    project.asset("box")
    read = []
    real = asset_module.load_mesh
    monkeypatch.setattr(asset_module, "load_mesh", lambda *args, **kwargs: read.append(args) or real(*args, **kwargs))
    library = project.library
    objects = {f"box_{i}": {"asset": "box", "at": [i, 0, 0]} for i in range(50)}
    from sim.world.world import World

    for name in ("one", "two"):
        World.load(project.world(objects, name), library).close()
    assert len(read) <= 1  # none at all when its measures were kept by an earlier run
    assert library.asset("box") is library.asset("box")


def test_measures_are_kept_between_runs_and_a_spoilt_one_is_made_anew(project, monkeypatch, tmp_path):
    monkeypatch.setenv("PROPHOUSE_CACHE", str(tmp_path / "cache"))
    project.asset("box", size=(0.4, 0.2, 0.1))
    first = project.library.asset("box").measure
    (kept,) = (tmp_path / "cache").rglob("*.npz")
    again = project.library.asset("box").measure
    assert again.mass == first.mass
    assert np.array_equal(again.bounds, first.bounds)
    kept.write_bytes(kept.read_bytes()[:100])
    assert project.library.asset("box").measure.mass == first.mass


def test_a_folder_that_cannot_be_written_only_costs_time(project, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PROPHOUSE_CACHE", str(tmp_path / "file"))
    project.asset("box")
    assert project.library.asset("box").measure.mass.mass > 0


# The library


def test_a_projects_own_asset_comes_before_the_shipped_one(project):
    shipped = project.library.asset("crate").sha256
    project.asset("crate")
    assert project.library.asset("crate").sha256 != shipped
    assert project.library.asset("crate").folder.is_relative_to(project.root)


@pytest.mark.parametrize("name", ["../crate", "a/b", ".", "..", "substances"])
def test_a_name_is_no_way_out_of_the_folder(project, name):
    with pytest.raises(InputError, match="no asset is called"):
        project.library.asset(name)


def test_a_mast_whose_collider_has_a_size_stands_upright():
    collider = default_library().asset("street_lamp").measure.collider
    assert (collider.kind, collider.size) == ("cylinder", (0.085, 5.8))
    assert collider.pose.apply([0.0, 0.0, 2.9]) == pytest.approx([0.0, 0.0, 5.8])
