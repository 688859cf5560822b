"""A world before it lives: grids, scatters, includes, and everything that is refused on the way."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.pose import Pose, rotate
from sim.world.layout import SCATTER_TRIES, Layout
from sim.world.world import World


def layout(project, objects, **spec) -> Layout:
    return Layout.load(project.world(objects, **spec), project.library)


def names(loaded: Layout) -> list[str]:
    return [p.name for p in loaded.placements]


# One thing, and what is its own


def test_an_instance_has_its_own_scale_velocity_and_nail(project):
    project.ball()
    own = {"scale": 2, "velocity": [1, 0, 0], "angular_velocity": [0, 1, 0]}
    big = {"asset": "ball", "at": [1, 2, 3], "yaw_deg": 90, **own}
    loaded = layout(project, {"big": big, "nailed": {"asset": "ball", "fixed": True}})
    big, nailed = loaded.placement("big"), loaded.placement("nailed")
    assert (big.scale, big.velocity, big.angular_velocity, big.motion) == (2, (1, 0, 0), (0, 1, 0), "dynamic")
    assert rotate(big.pose.orientation, [1, 0, 0]) == pytest.approx([0, 1, 0])
    assert (nailed.motion, nailed.movable) == ("static", False)


def test_an_unknown_object_gets_a_guess(project):
    project.ball()
    with pytest.raises(InputError, match="world scratch: no object is called 'bal'\n  hint: did you mean 'ball'"):
        layout(project, {"ball": {"asset": "ball"}}).placement("bal")


def test_joints_of_a_thing_without_any_are_refused(project):
    project.ball()
    with pytest.raises(InputError, match=r"objects\.ball\.joints: ball has no joints"):
        layout(project, {"ball": {"asset": "ball", "joints": {"knee": 1}}})


def test_an_unknown_joint_gets_a_guess(project):
    objects = {"arm": {"asset": "kuka_iiwa", "joints": {"lbr_iiwa_joint_11": 0.5}}}
    with pytest.raises(
        InputError, match="no joint is called 'lbr_iiwa_joint_11'\n  hint: did you mean 'lbr_iiwa_joint_1'"
    ):
        project.build(objects)


def test_a_joint_may_not_start_beyond_its_limits(project):
    objects = {"arm": {"asset": "kuka_iiwa", "joints": {"lbr_iiwa_joint_2": 3.0}}}
    with pytest.raises(InputError, match=r"arm: joints\.lbr_iiwa_joint_2: starts outside its limits; .* got 3"):
        project.build(objects)


# Grids


def test_a_grid_counts_along_x_then_y_then_z(project):
    project.ball()
    loaded = layout(
        project, {"b": {"asset": "ball", "at": [1, 0, 0], "grid": {"count": [2, 3, 2], "step": [1, 10, 100]}}}
    )
    assert names(loaded) == [f"b_{i}" for i in range(12)]
    at = {p.name: p.pose.position.tolist() for p in loaded.placements}
    assert (at["b_0"], at["b_1"], at["b_2"], at["b_11"]) == ([1, 0, 0], [2, 0, 0], [1, 10, 0], [2, 20, 100])


# Scatters


def scattered(project, seed: int = 3, **spec) -> Layout:
    scatter = {"count": 60, "within": [[-4, -4], [4, 4]], "scale": [0.5, 1.5]} | spec
    return layout(project, {"b": {"asset": "ball", "scatter": scatter}}, seed=seed)


def test_scattered_things_keep_apart_and_inside(project):
    project.ball(radius=0.2)
    loaded = scattered(project, min_gap=0.1)
    at = np.array([p.pose.position for p in loaded.placements])
    radius = 0.2 * np.array([p.scale for p in loaded.placements])
    apart = np.linalg.norm(at[:, None] - at[None], axis=-1) - radius[:, None] - radius[None]
    assert np.all(apart[~np.eye(60, dtype=bool)] >= 0.1)
    assert np.all(np.abs(at[:, :2]) <= 4)
    assert {p.scale for p in loaded.placements} != {1.0}


def test_a_scatter_is_told_by_the_seed_and_its_own_name(project):
    project.ball()
    first = np.array([p.pose.position for p in scattered(project).placements])
    again = np.array([p.pose.position for p in scattered(project).placements])
    other = np.array([p.pose.position for p in scattered(project, seed=4).placements])
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_scatter_keeps_its_look_when_another_is_added(project):
    project.ball()
    one = {"asset": "ball", "scatter": {"count": 5, "within": [[0, 0], [4, 4]]}}
    other = {"asset": "ball", "scatter": {"count": 5, "within": [[10, 0], [14, 4]]}}
    alone = [p.pose.position.tolist() for p in layout(project, {"b": one}).placements]
    beside = layout(project, {"a": other, "b": one})
    assert [p.pose.position.tolist() for p in beside.placements if p.name.startswith("b")] == alone


def test_a_scatter_keeps_away_from_what_stands_there(project):
    project.ball()
    project.asset("wall", size=(6, 0.2, 1), physics={"motion": "static"})
    wall = {"asset": "wall", "at": [0, 0, 0.5], "yaw_deg": 45}
    loaded = layout(
        project, {"wall": wall, "b": {"asset": "ball", "scatter": {"count": 80, "within": [[-3, -3], [3, 3]]}}}
    )
    at = np.array([p.pose.position for p in loaded.placements if p.name != "wall"])
    from_wall = np.abs(at[:, 0] - at[:, 1]) / np.sqrt(2)
    assert np.all((from_wall >= 0.2 - 1e-9) | (np.abs(at[:, 0] + at[:, 1]) / np.sqrt(2) > 3))


def test_a_scatter_says_when_there_is_no_room(project):
    project.ball(radius=0.5)
    with pytest.raises(
        InputError, match=r"objects\.b\.scatter: there is no room for all; expected 60 × ball, got \d+ placed"
    ):
        scattered(project, within=[[0, 0], [2, 2]])
    assert SCATTER_TRIES >= 100


# Includes


def test_an_included_world_is_moved_and_turned_as_a_whole(project):
    project.ball()
    camera = {"at": [1, 0, 1], "look_at": [0, 0, 0]}
    lamp = {"kind": "spot", "candela": 100, "at": [1, 0, 2], "aim": [1, 0, 0]}
    cameras = {"eye": camera, "side": {"at": [0, 0, 1], "rotate_deg": [0, 10, 20]}}
    ball = {"asset": "ball", "at": [1, 0, 0], "velocity": [2, 0, 0]}
    project.world({"ball": ball}, "inner", cameras=cameras, lights={"lamp": lamp})
    loaded = layout(project, {}, include={"north": {"world": "inner", "at": [0, 10, 0], "yaw_deg": 90}})
    ball = loaded.placement("north/ball")
    assert ball.pose.position == pytest.approx([0, 11, 0])
    assert ball.velocity == pytest.approx((0, 2, 0))
    assert loaded.cameras["north/eye"].at == pytest.approx((0, 11, 1))
    assert loaded.cameras["north/eye"].look_at == pytest.approx((0, 10, 0))
    assert loaded.cameras["north/side"].rotate_deg == pytest.approx((0, 10, 110))
    assert loaded.lights["north/lamp"].at == pytest.approx((0, 11, 2))
    assert loaded.lights["north/lamp"].aim == pytest.approx((0, 1, 0))


def test_includes_nest(project):
    project.ball()
    project.world({"ball": {"asset": "ball", "at": [1, 0, 0]}}, "a")
    project.world({}, "b", include={"x": {"world": "a", "yaw_deg": 90}})
    loaded = layout(project, {}, include={"y": {"world": "b", "at": [5, 0, 0]}})
    assert loaded.placement("y/x/ball").pose.position == pytest.approx([5, 1, 0])
    assert set(loaded.files) == {f"worlds/{name}/world.yaml" for name in ("a", "b", "scratch")}


def test_worlds_that_include_one_another_are_refused(project):
    project.world({}, "a", include={"x": {"world": "b"}})
    project.world({}, "b", include={"x": {"world": "a"}})
    with pytest.raises(InputError, match="worlds include one another in a loop; got a → b → a"):
        Layout.load("a", project.library)
    project.world({}, "self", include={"x": {"world": "self"}})
    with pytest.raises(InputError, match="in a loop; got self → self"):
        Layout.load("self", project.library)


def test_a_missing_included_world_gets_a_guess(project):
    project.world({}, "quarter")
    with pytest.raises(
        InputError, match=r"include\.n\.world: no world is called 'quartr'\n  hint: did you mean 'quarter'"
    ):
        layout(project, {}, include={"n": {"world": "quartr"}})


# What is refused


def test_clashing_names_are_refused(project):
    project.ball()
    objects = {
        "b": {"asset": "ball", "grid": {"count": [2, 1, 1], "step": [1, 1, 1]}},
        "b_1": {"asset": "ball", "at": [9, 0, 0]},
    }
    with pytest.raises(InputError, match="two things are called 'b_1'"):
        layout(project, objects)


def test_every_missing_asset_and_substance_is_named_at_once(project):
    project.ball()
    with pytest.raises(
        InputError, match=r"objects\.a\.asset: no asset is called 'bal'\n  hint: did you mean 'ball'"
    ) as caught:
        layout(project, {"a": {"asset": "bal"}, "b": {"asset": "no_such"}}, ground={"substance": "concret"})
    assert len(caught.value.problems) == 3
    assert "ground.substance: no substance is called 'concret'\n  hint: did you mean 'concrete'?" in str(caught.value)


def test_an_unknown_world_gets_a_guess(project):
    project.world({}, "quarter")
    with pytest.raises(InputError, match="no world is called 'quater'\n  hint: did you mean 'quarter'"):
        Layout.load("quater", project.library)


def test_contradictions_in_a_world_are_refused(project):
    project.ball()
    grid, scatter = {"count": [1, 1, 1], "step": [1, 1, 1]}, {"count": 1, "within": [[0, 0], [1, 1]]}
    for wrong, message in [
        ({"yaw_deg": 1, "rotate_deg": [0, 0, 1]}, "say either yaw_deg or rotate_deg"),
        ({"grid": grid, "scatter": scatter}, "say either grid or scatter"),
        ({"at": [0, 0, 0], "scatter": scatter}, "scatter says where: leave out at"),
        ({"scale": 0}, r"objects\.b\.scale"),
    ]:
        with pytest.raises(InputError, match=message):
            layout(project, {"b": {"asset": "ball", **wrong}})
    with pytest.raises(InputError, match=r"cameras\.c: say either look_at or rotate_deg"):
        layout(project, {}, cameras={"c": {"at": [0, 0, 0]}})


def test_things_that_start_inside_each_other_are_refused_with_the_depth(project):
    project.asset("box", size=(1, 1, 1))
    objects = {"a": {"asset": "box", "at": [0, 0, 0.5]}, "b": {"asset": "box", "at": [0.9, 0, 0.5]}}
    with pytest.raises(
        InputError, match=r"objects\.[ab]: starts 100\.\d mm inside [ab]\n  hint: move one of them apart"
    ):
        project.build(objects)
    with pytest.raises(InputError, match=r"objects\.a: starts 250\.\d mm inside ground"):
        project.build({"a": {"asset": "box", "at": [0, 0, 0.25]}}, ground=project.ground)


def test_things_that_only_touch_may_start_so(project):
    project.asset("box", size=(1, 1, 1))
    grid = {"count": [1, 1, 5], "step": [1, 1, 1]}
    project.build({"a": {"asset": "box", "at": [0, 0, 0.5], "grid": grid}}, ground=project.ground).close()


# Kept and found again


def test_a_layout_comes_back_from_plain_data(project):
    project.ball()
    objects = {"b": {"asset": "ball", "scatter": {"count": 5, "within": [[0, 0], [3, 3]], "height": 0.2}}}
    cameras = {"c": {"at": [1, 1, 1], "look_at": [0, 0, 0]}}
    loaded = layout(project, objects, ground=project.ground, cameras=cameras)
    again = Layout.from_json(loaded.to_json(), project.library)
    assert again.to_json() == loaded.to_json()
    assert again.hashes() == loaded.hashes()
    assert np.array_equal(again.placements[3].pose.position, loaded.placements[3].pose.position)
    with World(again) as a, World(loaded) as b:
        a.step(50)
        b.step(50)
        assert a.read().sha256() == b.read().sha256()


def test_a_world_is_loaded_by_path_too(project):
    project.ball()
    project.world({"ball": {"asset": "ball"}})
    assert names(Layout.load(project.root / "worlds/scratch/world.yaml", project.library)) == ["ball"]


def test_a_moved_placement_is_seen_from_the_outer_world(project):
    project.ball()
    placement = (
        layout(project, {"b": {"asset": "ball", "at": [1, 0, 0]}})
        .placement("b")
        .moved("n", Pose.of((0, 0, 1), (0, 0, 180)))
    )
    assert placement.name == "n/b"
    assert placement.pose.position == pytest.approx([-1, 0, 1])
