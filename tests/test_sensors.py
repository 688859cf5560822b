"""What sensors report: rays against PyBullet's, the lidar equation, errors that are seeded."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.exchange.pcd import read_points, write_points
from sim.pose import Pose
from sim.sensors.lidar import Lidar, LidarSpec, PointCloud, rain_extinction
from sim.sensors.navigation import Navigation, NavigationSpec
from sim.sensors.objects import RadarSpec, Target, nearest_point, radar_objects, seen_objects
from sim.sensors.rays import RayScene

pytest.importorskip("embreex")
GROUND = {"substance": "reference"}
QUIET = {"range_noise": 0.0, "dropout": 0.0, "reach_10": 1000.0}


def sphere_of_rays(n: int, seed: int = 0):
    """Unit directions ``(n, 3)`` all round."""
    directions = np.random.default_rng(seed).normal(size=(n, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


@pytest.fixture
def boxes(project):
    """Boxes that move and a wall that does not, on a floor."""
    project.asset("box", size=(1.0, 0.6, 0.8))
    project.asset("wall", size=(0.3, 30.0, 6.0), physics={"motion": "static"})
    objects = {f"box_{i}": {"asset": "box", "at": [3 + 2 * i, (-1) ** i * 1.5, 0.4 + 0.001]} for i in range(6)}
    world = project.build(objects | {"wall": {"asset": "wall", "at": [25, 0, 3.2]}}, ground=GROUND)
    yield world
    world.close()


def test_rays_agree_with_pybullet_at_rest_and_in_motion(boxes):
    scene = RayScene.of(boxes.layout, boxes.parts, touch=True)
    at, reach = np.array([0.0, 0.2, 1.2]), 60.0
    for i in range(3):
        directions = sphere_of_rays(4000, i)
        state = boxes.read()
        ours = scene.cast(state, at, directions, reach)
        theirs = boxes.cast_rays(np.tile(at, (4000, 1)), at + directions * reach)
        met = theirs.part >= 0
        gap = np.abs(ours.distance[met] - theirs.fraction[met] * reach)
        assert np.median(gap) < 1e-5
        assert np.mean(~(gap < 0.05)) < 1e-3
        assert np.mean((ours.id >= 0) != met) < 1e-3
        for part in boxes.parts:
            boxes.throw(part, (0.5, 0.4, 3.0), (1.0, 2.0, 0.5))
        boxes.step(60)


def test_what_moves_is_met_where_it_is_and_what_rests_where_it_was(boxes):
    scene = RayScene.of(boxes.layout, boxes.parts, touch=True)
    ahead = np.array([[1.0, 0, 0]])
    assert scene.cast(boxes.read(), np.array([0, 1.5, 0.4]), ahead, 50).distance[0] == pytest.approx(2.5, abs=1e-3)
    boxes.move("box_0", Pose.of((6.0, 1.5, 0.401)))
    hit = scene.cast(boxes.read(), np.array([0, 1.5, 0.4]), ahead, 50)
    assert hit.distance[0] == pytest.approx(5.5, abs=1e-3)
    assert scene.names[hit.id[0]] == "box_0"
    boxes.vanish("box_0")
    assert scene.names[scene.cast(boxes.read(), np.array([0, 1.5, 0.4]), ahead, 50).id[0]] == "box_2"


def test_what_carries_the_sensor_is_not_in_its_way(boxes):
    scene = RayScene.of(boxes.layout, boxes.parts, without=["box_0"])
    hit = scene.cast(boxes.read(), np.array([3.0, 1.5, 0.4]), np.array([[1.0, 0, 0]]), 50)
    assert scene.names[hit.id[0]] == "box_2"


def test_a_lidar_measures_a_wall_as_far_as_it_is(boxes):
    spec = LidarSpec(beams=8, columns=90, elevation_deg=(0.0, 10.0), azimuth_deg=(-20.0, 20.0), **QUIET)
    scene = RayScene.of(boxes.layout, boxes.parts)
    lidar = Lidar(spec, scene, np.random.default_rng(0))
    cloud = lidar.sweep(boxes.read(), Pose.of((0, 0, 2.0)))
    wall = cloud.points[cloud.id == scene.names.index("wall")]
    assert len(wall) > 400
    np.testing.assert_allclose(wall[:, 0], 24.85, atol=1e-4)


def test_a_turn_in_pieces_has_every_column_once(boxes):
    lidar = Lidar(
        LidarSpec(beams=2, columns=64, **QUIET), RayScene.of(boxes.layout, boxes.parts), np.random.default_rng(0)
    )
    pieces = [lidar.columns(i / 120, (i + 1) / 120) for i in range(12)]
    np.testing.assert_array_equal(np.concatenate(pieces), np.arange(64))
    whole = lidar.sweep(boxes.read(), Pose.of((0, 0, 2.0)))
    joined = PointCloud.joined([lidar.sweep(boxes.read(), Pose.of((0, 0, 2.0)), piece) for piece in pieces])
    np.testing.assert_array_equal(whole.points, joined.points)
    assert whole.time.max() < 0.1


def test_dark_slanted_and_rainy_surfaces_give_less_back(boxes):
    scene = RayScene.of(boxes.layout, boxes.parts)

    def seen(rain: float, **spec):
        lidar = Lidar(LidarSpec(beams=16, columns=256, dropout=0.0, **spec), scene, np.random.default_rng(0), rain)
        return lidar.sweep(boxes.read(), Pose.of((0, 0, 2.0)))

    clear, wet = seen(0.0, reach_10=40.0), seen(100.0, reach_10=40.0)
    assert len(wet) < len(clear)
    assert len(seen(0.0, reach_10=5.0)) < len(clear)
    ground = clear.id == scene.names.index("ground")
    far = np.linalg.norm(clear.points[ground], axis=1)
    assert np.corrcoef(far, clear.intensity[ground])[0, 1] < -0.5  # the flatter the ray, the less comes back
    assert rain_extinction(10.0) == pytest.approx(1.076 * 10**0.67 / 4342.94, rel=1e-5)


def test_noise_has_the_spread_it_is_said_to_have_and_the_seed_decides_it(boxes):
    scene = RayScene.of(boxes.layout, boxes.parts)
    spec = LidarSpec(
        beams=16,
        columns=200,
        elevation_deg=(-25.0, -2.0),
        azimuth_deg=(-20.0, 20.0),
        range_noise=0.05,
        dropout=0.1,
        reach_10=1000.0,
    )

    def sweep(seed: int):
        return Lidar(spec, scene, np.random.default_rng(seed)).sweep(boxes.read(), Pose.of((0, 0, 2.0)))

    first, again, other = sweep(1), sweep(1), sweep(2)
    np.testing.assert_array_equal(first.points, again.points)
    assert first.points.shape != other.points.shape or not np.array_equal(first.points, other.points)
    assert len(first) / (16 * 200) == pytest.approx(0.9, abs=0.03)
    plain = Lidar(spec.model_copy(update={"range_noise": 0.0, "dropout": 0.0}), scene, np.random.default_rng(1))
    true = plain.sweep(boxes.read(), Pose.of((0, 0, 2.0)))
    noisy = Lidar(spec.model_copy(update={"dropout": 0.0}), scene, np.random.default_rng(1))
    error = np.linalg.norm(noisy.sweep(boxes.read(), Pose.of((0, 0, 2.0))).points, axis=1) - np.linalg.norm(
        true.points, axis=1
    )
    assert np.std(error) == pytest.approx(0.05, rel=0.05)


@pytest.mark.parametrize("suffix", [".npz", ".pcd", ".ply"])
def test_clouds_come_back_as_they_were_written(tmp_path, suffix):
    rng = np.random.default_rng(3)
    columns = {name: rng.normal(size=50).astype("f4") for name in "xyz"}
    columns |= {"ring": np.arange(50, dtype="u2"), "time": np.linspace(0, 1, 50)}
    write_points(tmp_path / f"cloud{suffix}", columns)
    read = read_points(tmp_path / f"cloud{suffix}")
    assert list(read) == list(columns)
    for name, values in columns.items():
        np.testing.assert_array_equal(read[name], values)


def test_a_ply_is_one_that_others_read(tmp_path):
    import trimesh

    write_points(tmp_path / "cloud.ply", {name: np.arange(4, dtype="f4") for name in "xyz"})
    assert trimesh.load(tmp_path / "cloud.ply").vertices.shape == (4, 3)


def test_a_cut_cloud_is_refused(tmp_path):
    write_points(tmp_path / "cloud.pcd", {name: np.arange(9, dtype="f4") for name in "xyz"})
    data = (tmp_path / "cloud.pcd").read_bytes()
    (tmp_path / "cloud.pcd").write_bytes(data[:-8])
    with pytest.raises(InputError, match="is no whole point cloud"):
        read_points(tmp_path / "cloud.pcd")
    with pytest.raises(InputError, match=r"no format of point clouds is called '\.las'"):
        write_points(tmp_path / "cloud.las", {"x": np.zeros(1)})


def box_at(name: str, x: float, y: float, velocity=(0.0, 0, 0)) -> Target:
    return Target(
        name, "car", np.array([-2.0, -0.9, 0]), np.array([2.0, 0.9, 1.4]), Pose.of((x, y, 0)), np.array(velocity)
    )


def test_the_truth_is_the_nearest_point_and_the_relative_speed():
    (one,) = seen_objects([box_at("car", 20, 0, (5.0, 0, 0))], Pose.of((0, 0, 0.5)), np.array([15.0, 0, 0]), 100)
    np.testing.assert_allclose(one.position, [18, 0, 0], atol=1e-12)
    np.testing.assert_allclose(one.velocity, [-10, 0, 0], atol=1e-12)
    np.testing.assert_allclose(nearest_point(box_at("car", 0, 0), np.array([1.0, 5.0, 0.5])), [1, 0.9, 0.5])
    assert seen_objects([box_at("car", 200, 0)], Pose(), np.zeros(3), 100) == []


def test_a_radar_misses_what_is_hidden_and_what_is_beside_its_field():
    spec = RadarSpec(range_noise=0.0, speed_noise=0.0, azimuth_noise_deg=0.0, missed=0.0)
    targets = [box_at("near", 20, 0, (-3.0, 0, 0)), box_at("behind", 60, 0), box_at("beside", -30, 0)]
    found = radar_objects(targets, Pose(), np.array([10.0, 0, 0]), spec, np.random.default_rng(0))
    assert [one.name for one in found] == ["near"]
    np.testing.assert_allclose(found[0].velocity, [-13, 0, 0], atol=1e-12)


def test_an_accelerometer_at_rest_feels_its_weight():
    spec = NavigationSpec(position_noise=0, position_drift=0, accelerometer_noise=0, accelerometer_bias=0)
    unit = Navigation(spec, np.random.default_rng(0), (0.0, 0.0, -9.81))
    tilted = Pose.of((1.0, 2, 3), (0, 30, 0))
    unit.read(0.0, tilted, np.zeros(3), np.zeros(3))
    fix = unit.read(0.01, tilted, np.zeros(3), np.zeros(3))
    np.testing.assert_allclose(fix.force, [-9.81 * 0.5, 0, 9.81 * np.sqrt(0.75)], atol=1e-9)
    np.testing.assert_allclose(fix.position, [1, 2, 3], atol=1e-12)


def test_a_ray_scene_without_embree_names_the_extra(boxes, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "embreex.rtcore_scene", None)
    with pytest.raises(InputError, match=r'needs the package embreex\n  hint: pip install "prophouse\[driving\]"'):
        RayScene.of(boxes.layout, boxes.parts)
