"""Export to glTF: a second reader finds the same things in the same places, and physics beside them."""

import io
import json
import struct

import numpy as np
import pytest
import trimesh

from sim.errors import InputError
from sim.exchange import export
from sim.exchange.gltf import asset_scene, glb_of, y_up
from sim.render.scene import Scene
from sim.world.layout import Layout
from sim.world.world import World


@pytest.fixture(scope="module")
def yard():
    """The yard's layout, its state before the first step, and its .glb."""
    with World(Layout.load("yard")) as world:
        state = world.read()
        scene = Scene.of(world.layout, world.parts)
        return world.layout, state, glb_of(scene, state, max_texture=64)


def tree_of(glb: bytes) -> dict:
    magic, version, total = struct.unpack_from("<4sII", glb)
    assert (magic, version, total) == (b"glTF", 2, len(glb))
    length = struct.unpack_from("<I", glb, 12)[0]
    return json.loads(glb[20 : 20 + length])


def test_a_second_reader_finds_every_object_where_it_stands(yard):
    layout, state, glb = yard
    scene = trimesh.load_scene(io.BytesIO(glb), file_type="glb")
    nodes = set(scene.graph.nodes)
    rows = {part: i for i, part in enumerate(state.parts)}
    found = 0
    for p in layout.placements:
        assert p.name in nodes
        found += 1
        place = state.position[rows[p.name]] if p.name in rows else p.pose.position
        transform, _ = scene.graph.get(p.name)
        assert np.linalg.norm(transform[:3, 3] - y_up(place)) < 1e-3, p.name
    tree = tree_of(glb)
    kinds = [node.get("extras", {}).get("kind") for node in tree["nodes"]]
    assert found == len(layout.placements) == kinds.count("object")


def test_links_stand_where_the_joints_put_them(yard):
    _layout, state, glb = yard
    scene = trimesh.load_scene(io.BytesIO(glb), file_type="glb")
    links = [part for part in state.parts if "/" in part and part in set(scene.graph.nodes)]
    assert len(links) > 10
    for part in links:
        transform, _ = scene.graph.get(part)
        assert np.linalg.norm(transform[:3, 3] - y_up(state.pose(part).position)) < 1e-3, part


def test_vertices_turn_as_their_nodes_do(yard):
    layout, _state, glb = yard
    scene = trimesh.load_scene(io.BytesIO(glb), file_type="glb")
    p = layout.placement("bench")
    corners = []
    for name in scene.graph.nodes_geometry:
        transform, geometry = scene.graph.get(name)
        if scene.graph.transforms.parents.get(name, name) == "bench" or name == "bench":
            body = scene.geometry[geometry]
            corners.append(body.vertices @ transform[:3, :3].T + transform[:3, 3])
    ours = y_up(p.pose.apply(p.asset.mesh.vertices))
    read = np.concatenate(corners)
    assert np.abs(read.min(axis=0) - ours.min(axis=0)).max() < 1e-3
    assert np.abs(read.max(axis=0) - ours.max(axis=0)).max() < 1e-3


def test_copies_share_their_mesh(yard):
    tree = tree_of(yard[2])
    meshes = {node["mesh"] for node in tree["nodes"] if node["name"].startswith("crate") and "mesh" in node}
    assert len(meshes) == 1


def test_mass_collider_and_friction_are_in_the_drafts_words(yard):
    layout, _, glb = yard
    tree = tree_of(glb)
    node = next(node for node in tree["nodes"] if node["name"] == "barrels_0")
    asset = layout.placement("barrels_0").asset
    body = node["extensions"]["KHR_physics_rigid_bodies"]
    assert body["motion"]["mass"] == pytest.approx(asset.measure.mass.mass) == pytest.approx(node["extras"]["mass"])
    assert set(tree["extensionsUsed"]) >= {"KHR_physics_rigid_bodies", "KHR_implicit_shapes", "KHR_lights_punctual"}
    collider = body.get("collider")
    if collider is None:
        child = tree["nodes"][node["children"][0]]
        collider = child["extensions"]["KHR_physics_rigid_bodies"]["collider"]
    material = tree["extensions"]["KHR_physics_rigid_bodies"]["physicsMaterials"][collider["physicsMaterial"]]
    assert material["dynamicFriction"] == pytest.approx(asset.surface().dynamic_friction)
    assert material["frictionCombine"] == "multiply"
    geometry = collider["geometry"]
    if "shape" in geometry:
        shape = tree["extensions"]["KHR_implicit_shapes"]["shapes"][geometry["shape"]]
        assert shape[shape["type"]]
    else:
        assert geometry["convexHull"]
        assert "mesh" in tree["nodes"][geometry["node"]]


def test_colliders_of_meshes_are_outside_the_scene(yard):
    tree = tree_of(yard[2])
    inside, queue = set(), list(tree["scenes"][0]["nodes"])
    while queue:
        i = queue.pop()
        inside.add(i)
        queue += tree["nodes"][i].get("children", [])
    outside = [node for i, node in enumerate(tree["nodes"]) if i not in inside]
    assert outside
    assert all(":collider" in node["name"] for node in outside)


def test_lamps_are_in_candela_and_the_sun_in_lux(yard):
    layout, _, glb = yard
    tree = tree_of(glb)
    lights = tree["extensions"]["KHR_lights_punctual"]["lights"]
    sun = next(light for light in lights if light["type"] == "directional")
    assert 50_000 < sun["intensity"] < 133_100
    lamp = next(node for node in tree["nodes"] if node["name"].startswith("lamp/"))
    spec = layout.placement("lamp").asset.spec.lights[0]
    light = lights[lamp["extensions"]["KHR_lights_punctual"]["light"]]
    assert light["type"] in ("point", "spot")
    assert light["intensity"] > 0
    assert lamp["extras"].get("lumens") == spec.lumens


def test_a_camera_looks_along_minus_z(yard):
    layout, _, glb = yard
    tree = tree_of(glb)
    node = next(node for node in tree["nodes"] if node["name"] == "corner")
    x, y, z, w = node["rotation"]
    forward = -np.array([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])
    spec = layout.cameras["corner"]
    wanted = y_up(np.subtract(spec.look_at, spec.at))
    assert forward == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-6)
    assert tree["cameras"][node["camera"]]["perspective"]["yfov"] == pytest.approx(
        2 * np.arctan(spec.sensor_mm / (16 / 9) / 2 / spec.lens_mm)
    )


def test_the_same_world_gives_the_same_bytes(project):
    project.write("worlds/w/world.yaml", WORLD)
    layout = Layout.load("w", project.library)
    assert glb_of(Scene.of(layout)) == glb_of(Scene.of(Layout.load("w", project.library)))


WORLD = {
    "schema": "world/1",
    "about": "a crate",
    "ground": {"substance": "reference"},
    "objects": {"crate": {"asset": "crate", "at": [0, 0, 0], "scale": 2.0, "velocity": [1, 0, 0], "yaw_deg": 90}},
}


def test_a_scaled_thing_weighs_what_it_weighs_in_the_world(project):
    project.write("worlds/w/world.yaml", WORLD)
    layout = Layout.load("w", project.library)
    tree = tree_of(glb_of(Scene.of(layout)))
    node = next(node for node in tree["nodes"] if node["name"] == "crate")
    assert node["scale"] == [2.0, 2.0, 2.0]
    motion = node["extensions"]["KHR_physics_rigid_bodies"]["motion"]
    assert motion["mass"] == pytest.approx(8 * layout.placement("crate").asset.measure.mass.mass)
    assert motion["linearVelocity"] == pytest.approx([0, 0, 1], abs=1e-9)  # our +X seen from a thing turned left


def test_one_asset_is_a_file_too(tmp_path):
    from sim.assets.library import default_library

    library = default_library()
    path = export(library, "crate", "gltf", tmp_path / "crate.glb")
    scene = trimesh.load_scene(path)
    low, high = library.asset("crate").bounds
    assert scene.extents == pytest.approx((high - low)[[0, 2, 1]], abs=1e-4)
    assert tree_of(glb_of(asset_scene(library.asset("r2d2"), library)))["nodes"]


def test_an_unknown_format_and_an_unknown_thing_are_named(project):
    with pytest.raises(InputError, match=r"--to: no format is called 'gtlf'\n  hint: did you mean 'gltf'"):
        export(project.library, "crate", "gtlf")
    with pytest.raises(InputError, match="export: no asset or world is called 'crat'"):
        export(project.library, "crat", "gltf")
