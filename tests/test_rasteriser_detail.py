"""Fewer triangles far away: pieces keep their shape, and nobody sees the difference."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import trimesh

from sim.assets.library import Library, starter_root
from sim.assets.mesh import Material, shaded
from sim.render.camera import camera_named
from sim.render.rasteriser import Rasteriser, available
from sim.render.rasteriser.hidden import hidden, pyramid
from sim.render.rasteriser.simplify import coarser
from sim.render.scene import Scene
from sim.world.layout import Layout

SIZE = (320, 180)
PASSES = ("rgb", "ids", "depth")


def primitive(*bodies, **material):
    body = trimesh.util.concatenate(bodies)
    return shaded(np.asarray(body.vertices), np.asarray(body.faces), Material(**material))


def open_edges(p):
    body = trimesh.Trimesh(p.vertices, p.faces, process=False)
    body.merge_vertices(merge_tex=True, merge_norm=True)
    return not body.is_watertight


def test_each_level_has_at_most_half_the_triangles_of_the_one_before():
    ball = primitive(trimesh.creation.icosphere(4, 1.0))
    counts = [len(ball.faces), *(len(level.primitive.faces) for level in coarser(ball))]
    assert len(counts) >= 4
    assert all(b <= a / 2 for a, b in pairwise(counts))


def test_a_ball_stays_closed_and_near_its_surface():
    for level in coarser(primitive(trimesh.creation.icosphere(4, 1.0)))[:3]:
        p = level.primitive
        assert not open_edges(p)
        assert np.abs(np.linalg.norm(p.vertices, axis=1) - 1).max() < 0.5 * level.cell
        assert np.linalg.norm(p.normals, axis=1) == pytest.approx(1, abs=1e-4)
        a, b, c = (p.vertices[p.faces[:, i]] for i in range(3))
        outward = (np.cross(b - a, c - a) * p.normals[p.faces].sum(axis=1)).sum(axis=1)
        assert (outward >= -1e-9).all()


def test_a_thin_rod_stays_a_rod():
    rods = [trimesh.creation.cylinder(0.005, segment=[(x, 0, 0), (x, 0, 2)], sections=24) for x in np.arange(10) / 5]
    levels = coarser(primitive(*rods))
    assert levels
    for level in levels:
        p = level.primitive
        a, b, c = (p.vertices[p.faces[:, i]].astype(float) for i in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
        assert area > 0.7 * 10 * 2 * np.pi * 0.005 * 2
        assert p.vertices[:, 2].min() == pytest.approx(0, abs=1e-4)
        assert p.vertices[:, 2].max() == pytest.approx(2, abs=1e-4)


def test_hard_edges_and_the_rim_of_a_sheet_stay_where_they_are():
    box = trimesh.creation.box((1, 1, 1)).subdivide().subdivide().subdivide()
    for level in coarser(primitive(box)):
        assert np.abs(level.primitive.vertices).max(axis=0) == pytest.approx(0.5, abs=1e-4)
        assert np.abs(level.primitive.normals).max(axis=1) == pytest.approx(1, abs=1e-3)  # no corner is rounded
    x, y = np.meshgrid(np.linspace(0, 1, 33), np.linspace(0, 1, 33))
    grid = np.arange(33 * 33).reshape(33, 33)
    quads = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=-1).reshape(-1, 4)
    sheet = trimesh.Trimesh(
        np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3),
        np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]),
        process=False,
    )
    for level in coarser(primitive(sheet)):
        assert np.ptp(level.primitive.vertices, axis=0) == pytest.approx([1, 1, 0], abs=0.05 * level.cell)


def test_few_triangles_are_left_alone():
    assert coarser(primitive(trimesh.creation.icosphere(1, 1.0))) == []


def test_only_what_is_wholly_behind_a_wall_is_hidden():
    size, tan, near, wall = (160, 90), (0.8, 0.45), 0.1, 10.0
    depth = np.ones((90, 160), np.float32)
    depth[:, :80] = 1 - near / wall  # the left half of the picture
    at = np.array([[-4.0, 0, 12], [-4, 0, 10.5], [-0.5, 0, 12], [4, 0, 12], [-4, 0, 3], [0, 0, 0.1]])
    corners = at[:, None] + np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    found = hidden(corners, tan, near, size, pyramid(depth))
    assert found.tolist() == [True, False, False, False, False, False]


@cache
def bench():
    return Layout.load("bench", Library(starter_root()))


@pytest.mark.gl
@pytest.mark.skipif(available() is not None, reason=str(available()))
def test_nobody_sees_the_difference():
    scene, view = Scene.of(bench()), camera_named(bench(), "corner")
    with Rasteriser(scene, detail=False) as whole, Rasteriser(scene) as less:
        a, b = (r.render(None, view, SIZE, PASSES) for r in (whole, less))
    both = (a.ids == b.ids) & (a.ids >= 0)
    assert both.sum() / ((a.ids >= 0) | (b.ids >= 0)).sum() > 0.99
    assert np.abs(a.rgb.astype(float) - b.rgb).mean() < 1.5
    assert np.median(np.abs(a.depth[both] - b.depth[both])) < 0.01


@pytest.mark.gl
@pytest.mark.skipif(available() is not None, reason=str(available()))
def test_the_same_state_gives_the_same_frame_whatever_was_drawn_between():
    view = camera_named(bench(), "corner")
    near = view.__class__(view.pose, lens_mm=200)
    with Rasteriser(Scene.of(bench())) as r:
        first = r.render(None, view, SIZE, PASSES).sha256()
        r.render(None, near, SIZE, PASSES)
        assert r.render(None, view, SIZE, PASSES).sha256() == first
