"""Space and turn: laws that hold for any poses, tried on random ones."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sim.errors import InputError
from sim.pose import (
    IDENTITY,
    Pose,
    angular_velocity,
    conjugate,
    from_axis_angle,
    from_euler_deg,
    from_matrix,
    matrix,
    multiply,
    rotate,
)

N = 200


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def turns(rng, n: int = N) -> np.ndarray:
    q = rng.normal(size=(n, 4))
    return q / np.linalg.norm(q, axis=1, keepdims=True)


def same_turn(a, b) -> bool:
    """Whether quaternions mean the same turn; q and −q do."""
    return bool(np.allclose(np.abs(np.sum(np.asarray(a) * b, axis=-1)), 1, atol=1e-12))


def test_turning_agrees_with_scipy(rng):
    q, v = turns(rng), rng.normal(size=(N, 3))
    assert rotate(q, v) == pytest.approx(Rotation.from_quat(q).apply(v), abs=1e-12)
    assert matrix(q) == pytest.approx(Rotation.from_quat(q).as_matrix(), abs=1e-12)


def test_a_product_turns_by_its_right_side_first(rng):
    a, b, v = turns(rng), turns(rng), rng.normal(size=(N, 3))
    assert rotate(multiply(a, b), v) == pytest.approx(rotate(a, rotate(b, v)), abs=1e-12)


def test_turning_there_and_back_changes_nothing(rng):
    q = turns(rng)
    assert same_turn(multiply(q, conjugate(q)), IDENTITY)


def test_a_turn_survives_its_matrix(rng):
    half_turns = np.vstack([np.eye(4), [[0.5, 0.5, 0.5, -0.5], [1e-9, 0, 0, 1], [0.6, 0.8, 0, 0]]])
    for q in np.vstack([turns(rng), half_turns]):
        assert same_turn(from_matrix(matrix(q)), q / np.linalg.norm(q))


def test_roll_pitch_yaw_turn_about_fixed_axes_in_urdf_order(rng):
    for roll, pitch, yaw in rng.uniform(-180, 180, (N, 3)):
        assert same_turn(
            from_euler_deg(roll, pitch, yaw), Rotation.from_euler("xyz", [roll, pitch, yaw], degrees=True).as_quat()
        )


def test_yaw_turns_forward_to_the_left():
    assert rotate(from_euler_deg(0, 0, 90), [1, 0, 0]) == pytest.approx([0, 1, 0], abs=1e-15)
    assert rotate(from_euler_deg(0, 90, 0), [1, 0, 0]) == pytest.approx([0, 0, -1], abs=1e-15)


def test_turn_rate_takes_one_turn_to_the_next(rng):
    before, rate, dt = turns(rng), rng.normal(size=(N, 3)) * 20, 1 / 240
    speed = np.linalg.norm(rate, axis=1)
    after = multiply(from_axis_angle(rate / speed[:, None], speed * dt), before)
    assert angular_velocity(before, after, dt) == pytest.approx(rate, abs=1e-9)
    assert angular_velocity(before, -after, dt) == pytest.approx(rate, abs=1e-9)


def test_turn_rate_of_what_does_not_turn_is_zero(rng):
    q = turns(rng)
    assert np.all(angular_velocity(q, q, 0.01) == pytest.approx(0, abs=1e-12))


def test_poses_chain_as_their_matrices_do(rng):
    for (a, b), (p, q) in zip(turns(rng).reshape(-1, 2, 4), rng.normal(size=(N // 2, 2, 3)), strict=True):
        one, two = Pose(p, a), Pose(q, b)
        assert (one @ two).matrix == pytest.approx(one.matrix @ two.matrix, abs=1e-12)
        assert (one @ one.inverse).matrix == pytest.approx(np.eye(4), abs=1e-12)
        assert Pose.from_matrix(one.matrix).matrix == pytest.approx(one.matrix, abs=1e-12)


def test_chaining_is_associative(rng):
    a, b, c = (Pose(p, q) for p, q in zip(rng.normal(size=(3, 3)), turns(rng, 3), strict=True))
    assert ((a @ b) @ c).matrix == pytest.approx((a @ (b @ c)).matrix, abs=1e-12)


def test_points_follow_their_pose(rng):
    pose, points = Pose(rng.normal(size=3), turns(rng, 1)[0]), rng.normal(size=(N, 3))
    assert pose.apply(points) == pytest.approx(points @ pose.matrix[:3, :3].T + pose.position, abs=1e-12)
    assert pose.inverse.apply(pose.apply(points)) == pytest.approx(points, abs=1e-12)


@pytest.mark.parametrize("target", [[5, 2, 1], [-3, 0, 0], [0, 0, 9], [0, 0, -9], [1e-3, 0, 5]])
def test_a_camera_looks_at_its_target_and_stands_upright(target):
    at = np.array([1.0, 2.0, 3.0])
    pose = Pose.looking(at, at + target)
    forward, left, up = (rotate(pose.orientation, axis) for axis in np.eye(3))
    assert forward == pytest.approx(np.array(target) / np.linalg.norm(target), abs=1e-12)
    assert up[2] >= -1e-12
    if abs(forward[2]) < 0.999:
        assert left[2] == pytest.approx(0, abs=1e-12)


def test_a_camera_cannot_look_at_itself():
    with pytest.raises(InputError, match="camera: looks at the place where it stands"):
        Pose.looking([1, 2, 3], [1, 2, 3])


def test_a_unit_turn_is_kept_to_the_last_bit(rng):
    for q in turns(rng):
        assert np.array_equal(Pose(np.zeros(3), q).orientation, q)


def test_a_long_quaternion_is_made_unit():
    assert Pose(np.zeros(3), np.array([0, 0, 0, 2.0])).orientation == pytest.approx(IDENTITY)


@pytest.mark.parametrize("quaternion", [[0, 0, 0, 0], [np.nan, 0, 0, 1], [np.inf, 0, 0, 1]])
def test_what_is_no_turn_is_refused(quaternion):
    with pytest.raises(InputError, match="pose: is no turn"):
        Pose(np.zeros(3), np.array(quaternion))
