"""Meshes: what is measured of them against closed forms, hulls, normals, and files that come back as they went."""

import numpy as np
import pytest
import trimesh
from PIL import Image

from sim.assets.hull import (
    MAX_HULL_VERTICES,
    best_primitive,
    fibonacci_sphere,
    fit_primitive,
    hull,
    hull_faces,
    hull_volume,
)
from sim.assets.mass import mass_properties
from sim.assets.mesh import Material, Mesh, Primitive, linear_to_srgb, pieces, primitive_mesh, shaded, srgb_to_linear
from sim.assets.meshfile import load_mesh, write_glb, write_obj
from sim.errors import InputError
from sim.pose import Pose, matrix


def grid_of(kind: str, size: tuple, n: int = 200) -> Mesh:
    """A fine mesh of a round thing: a cylinder or sphere with so many segments that it is nearly round."""
    if kind == "sphere":
        body = trimesh.creation.icosphere(subdivisions=5, radius=size[0])
    else:
        body = trimesh.creation.cylinder(radius=size[0], height=size[1], sections=n)
    return Mesh((shaded(np.asarray(body.vertices), np.asarray(body.faces), Material()),))


# Mass


def test_a_box_has_the_mass_properties_of_a_box():
    a, b, c = 0.4, 0.2, 0.1
    mesh = primitive_mesh("box", (a, b, c)).moved(Pose.of((1, 2, 3)))
    got = mass_properties(mesh.solid.vertices, mesh.solid.faces, 6.0)
    assert got.center == pytest.approx((1, 2, 3), abs=1e-6)
    tensor = matrix(got.axes) @ np.diag(got.inertia) @ matrix(got.axes).T
    expected = 6.0 / 12 * np.diag([b * b + c * c, a * a + c * c, a * a + b * b])
    assert tensor == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_a_turned_box_keeps_its_principal_moments():
    straight = primitive_mesh("box", (0.4, 0.2, 0.1))
    turned = straight.moved(Pose.of((0.3, 0, 0), (20, 50, -70)))
    a, b = (mass_properties(m.solid.vertices, m.solid.faces, 1.0) for m in (straight, turned))
    assert b.inertia == pytest.approx(a.inertia, rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "size", "volume", "moments"),
    [
        ("sphere", (0.5,), 4 / 3 * np.pi * 0.5**3, [0.4 * 0.25] * 3),
        ("cylinder", (0.3, 1.0), np.pi * 0.09, [0.5 * 0.09, (3 * 0.09 + 1) / 12, (3 * 0.09 + 1) / 12]),
    ],
)
def test_round_things_have_the_mass_properties_of_the_book(kind, size, volume, moments):
    mesh = grid_of(kind, size)
    got = mass_properties(mesh.solid.vertices, mesh.solid.faces, 1.0)
    assert mesh.volume == pytest.approx(volume, rel=2e-3)
    assert sorted(got.inertia) == pytest.approx(sorted(moments), rel=2e-3)
    assert got.center == pytest.approx((0, 0, 0), abs=1e-6)


def test_a_mesh_turned_inside_out_weighs_the_same():
    mesh = primitive_mesh("box", (1, 1, 1))
    got = mass_properties(mesh.solid.vertices, mesh.solid.faces[:, ::-1], 2.0)
    assert got.inertia == pytest.approx((1 / 3,) * 3, rel=1e-6)


def test_a_flat_mesh_has_no_mass_properties():
    with pytest.raises(InputError, match="mesh: encloses no volume"):
        mass_properties([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]], 1.0)


def test_twice_the_size_is_eight_times_the_mass_and_thirty_two_times_the_inertia():
    mesh = primitive_mesh("box", (0.4, 0.2, 0.1)).moved(Pose.of((0.1, 0, 0)))
    one = mass_properties(mesh.solid.vertices, mesh.solid.faces, 1.0)
    two = one.scaled(2.0)
    assert two.mass == 8.0
    assert two.center == pytest.approx(np.multiply(2, one.center))
    assert two.inertia == pytest.approx(np.multiply(32, one.inertia))


def test_an_open_mesh_encloses_its_hull():
    box = primitive_mesh("box", (1, 1, 1))
    faces = box.solid.faces[box.solid.face_normals[:, 2] < 0.9]  # no lid
    bowl = Mesh((shaded(np.asarray(box.solid.vertices), np.asarray(faces), Material()),))
    assert box.closed
    assert not bowl.closed
    assert bowl.volume == pytest.approx(1.0, rel=1e-6)


# Hulls


def test_a_hull_has_at_most_256_corners_and_never_grows():
    rng = np.random.default_rng(0)
    points = fibonacci_sphere(5000) * [1.0, 0.5, 0.3] + rng.normal(size=3)
    corners = hull(points)
    assert len(corners) <= MAX_HULL_VERTICES
    assert {tuple(c) for c in corners} <= {tuple(p) for p in points}
    assert 0.95 < hull_volume(corners) / hull_volume(hull(points, 5000)) <= 1


def test_a_hull_keeps_a_cube_as_it_is():
    corners = hull(np.vstack([primitive_mesh("box", (1, 2, 3)).vertices, np.zeros((5, 3))]))
    assert len(corners) == 8
    assert hull_volume(corners) == pytest.approx(6)


def test_the_faces_of_a_hull_look_outwards():
    corners = hull(np.random.default_rng(2).normal(size=(100, 3)))
    a, b, c = (corners[hull_faces(corners)[:, i]] for i in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6
    assert volume == pytest.approx(hull_volume(corners))
    assert np.all(np.einsum("ij,ij->i", np.cross(b - a, c - a), a - corners.mean(axis=0)) > 0)


@pytest.mark.parametrize(
    "points", [np.zeros((4, 3)), np.eye(3), np.c_[np.random.default_rng(0).normal(size=(50, 2)), np.zeros(50)]]
)
def test_a_flat_cloud_has_no_hull(points):
    with pytest.raises(InputError, match="mesh: is flat"):
        hull(points)


def test_separate_pieces_come_largest_first():
    small, large = primitive_mesh("box", (1, 1, 1)), primitive_mesh("box", (2, 2, 2)).moved(Pose.of((5, 0, 0)))
    found = pieces(Mesh(small.primitives + large.primitives))
    assert [p.volume for p in found] == pytest.approx([8, 1])


# Primitives that fit


@pytest.mark.parametrize(
    ("kind", "size"), [("box", (0.4, 0.2, 0.1)), ("sphere", (0.3,)), ("cylinder", (0.2, 0.7)), ("capsule", (0.2, 0.9))]
)
def test_a_primitive_is_found_again_where_it_stands(kind, size):
    mesh = primitive_mesh(kind, size).moved(Pose.of((1, 2, 3)))
    fit = fit_primitive(mesh.vertices, kind)
    assert fit.size == pytest.approx(size, rel=1e-3)
    assert fit.at == pytest.approx((1, 2, 3), abs=1e-5)
    assert fit.excess < 0.05
    assert best_primitive(mesh.vertices).approximation == kind


@pytest.mark.parametrize(("axis", "turn"), [("x", (0, 90, 0)), ("y", (90, 0, 0)), ("z", (0, 0, 0))])
def test_a_lying_cylinder_is_found_along_its_axis(axis, turn):
    mesh = primitive_mesh("cylinder", (0.1, 1.0)).moved(Pose.of(rotate_deg=turn))
    assert fit_primitive(mesh.vertices, "cylinder").axis == axis


def test_a_primitive_holds_every_point():
    points = np.random.default_rng(3).normal(size=(200, 3))
    sphere, box = fit_primitive(points, "sphere"), fit_primitive(points, "box")
    assert np.linalg.norm(points - sphere.at, axis=1).max() <= sphere.size[0] * (1 + 1e-12)
    assert np.all(np.abs(points - box.at) <= np.array(box.size) / 2 * (1 + 1e-12))


def test_nothing_fits_a_wedge():
    assert best_primitive([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) is None


# Normals


def test_the_edges_of_a_box_stay_sharp():
    box = primitive_mesh("box", (1, 1, 1)).primitives[0]
    assert len(box.vertices) == 24
    assert np.sort(np.abs(box.normals), axis=1) == pytest.approx(np.tile([0.0, 0, 1], (24, 1)), abs=1e-6)


def test_a_sphere_is_smooth_and_looks_outwards():
    ball = primitive_mesh("sphere", (2.0,)).primitives[0]
    assert len(ball.vertices) == 642
    assert ball.normals == pytest.approx(ball.vertices / 2, abs=0.02)


def test_a_cylinder_is_smooth_around_and_sharp_at_its_rims():
    tin = primitive_mesh("cylinder", (1.0, 1.0)).primitives[0]
    up = np.abs(tin.normals[:, 2])
    assert np.all((up < 1e-3) | (up > 1 - 1e-3))
    side = up < 0.5
    assert tin.normals[side][:, :2] == pytest.approx(tin.vertices[side][:, :2], abs=0.04)


def test_a_crease_angle_decides_what_is_an_edge():
    box = primitive_mesh("box", (1, 1, 1)).solid
    soft = shaded(np.asarray(box.vertices), np.asarray(box.faces), Material(), crease_deg=120)
    assert len(soft.vertices) == 8


def test_triangles_without_area_are_dropped():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [2.0, 0, 0]])
    assert len(shaded(vertices, np.array([[0, 1, 2], [0, 1, 3], [1, 1, 2]]), Material()).faces) == 1


# Files


def textured() -> Mesh:
    box = primitive_mesh("box", (1, 2, 3)).primitives[0]
    picture = Image.fromarray(np.random.default_rng(4).integers(0, 256, (16, 16, 3), np.uint8))
    uv = np.random.default_rng(5).uniform(size=(len(box.vertices), 2)).astype(np.float32)
    material = Material("paint", (1.0, 1.0, 1.0, 1.0), metallic=0.25, roughness=0.5, base_texture=picture)
    return Mesh((Primitive(box.vertices, box.faces, box.normals, uv, material),))


def test_a_textured_mesh_comes_back_from_glb_as_it_went(tmp_path):
    mesh = textured()
    write_glb(mesh, tmp_path / "a.glb")
    got = load_mesh(tmp_path / "a.glb")
    (a,), (b,) = mesh.primitives, got.primitives
    assert b.vertices == pytest.approx(a.vertices, abs=1e-6)
    assert np.array_equal(b.faces, a.faces)
    assert b.normals == pytest.approx(a.normals, abs=1e-6)
    assert b.uv == pytest.approx(a.uv, abs=1e-6)
    assert (b.material.name, b.material.metallic, b.material.roughness) == ("paint", 0.25, 0.5)
    assert np.array_equal(np.asarray(b.material.base_texture.convert("RGB")), np.asarray(a.material.base_texture))


def test_a_colour_comes_back_from_glb(tmp_path):
    box = primitive_mesh("box", (1, 1, 1)).primitives[0]
    material = Material("red", (0.5, 0.1, 0.05, 1.0), metallic=1.0, roughness=0.3)
    write_glb(Mesh((Primitive(box.vertices, box.faces, box.normals, None, material),)), tmp_path / "a.glb")
    got = load_mesh(tmp_path / "a.glb").primitives[0].material
    assert got.base_color == pytest.approx(material.base_color, abs=1 / 255)
    assert got.given


def test_the_same_mesh_gives_the_same_bytes(tmp_path):
    write_glb(textured(), tmp_path / "a.glb")
    write_glb(textured(), tmp_path / "b.glb")
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_up_can_be_said_where_the_format_does_not(tmp_path):
    corners = hull(primitive_mesh("box", (1, 2, 3)).vertices)
    write_obj(corners, hull_faces(corners), tmp_path / "a.obj")
    assert np.ptp(load_mesh(tmp_path / "a.obj").bounds, axis=0) == pytest.approx([1, 2, 3])
    assert np.ptp(load_mesh(tmp_path / "a.obj", up="y").bounds, axis=0) == pytest.approx([1, 3, 2])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", b"%PDF", "is no mesh file that can be read; expected .glb"),
        ("a.obj", b"", "is empty"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "holds no triangles|cannot be read"),
        ("a.obj", b"v 0 0 nan\nv 1 0 0\nv 0 1 0\nv 1 1 1\nf 1 2 3\nf 2 3 4\n", "vertices that are no numbers"),
        ("a.glb", b"glTF\x02\x00\x00\x00\xff\x00\x00\x00", "cannot be read as a mesh"),
        ("a.stl", b"%PDF-1.4 nothing to see", "cannot be read as a mesh|holds no triangles"),
    ],
)
def test_a_broken_mesh_is_refused_in_a_sentence(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_mesh(tmp_path / name)


def test_a_missing_mesh_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.obj: does not exist"):
        load_mesh(tmp_path / "nowhere.obj")


# Colours


def test_colours_survive_the_way_to_linear_and_back():
    values = np.linspace(0, 1, 256)
    assert linear_to_srgb(srgb_to_linear(values)) == pytest.approx(values, abs=1e-6)
    assert srgb_to_linear(0.5) == pytest.approx(0.2140411, abs=1e-6)
