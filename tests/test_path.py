"""Lines by arc length and speeds along them, against geometry and kinematics."""

import numpy as np
import pytest
from scipy.integrate import simpson

from sim.errors import InputError
from sim.pose import Pose
from sim.world.path import Path
from sim.world.speed import SpeedProfile


def test_a_straight_path_is_its_chord():
    path = Path([(0, 0), (3, 4)])
    assert path.length == pytest.approx(5)
    assert path.at(2.5) == pytest.approx([1.5, 2.0, 0.0])
    assert path.heading(1) == pytest.approx(np.arctan2(4, 3))
    assert path.project((3, -1)) == pytest.approx((1.0, -3.0))


def test_rounded_corners_are_arcs():
    path = Path.rounded([(0, 0), (10, 0), (10, 10)], 4)
    assert path.length == pytest.approx(6 + 2 * np.pi + 6, rel=1e-3)
    assert path.curvature(6 + np.pi) == pytest.approx(0.25)
    assert path.heading(path.length) == pytest.approx(np.pi / 2)
    assert np.linalg.norm(path.at(6 + np.pi)[:2] - (6, 4)) == pytest.approx(4, abs=2e-3)


def test_a_closed_rounded_path_goes_round():
    path = Path.rounded([(0, 0), (20, 0), (20, 20), (0, 20)], 5, closed=True)
    assert path.length == pytest.approx(4 * 10 + 2 * np.pi * 5, rel=1e-3)
    assert path.at(path.length + 3) == pytest.approx(path.at(3))
    assert path.project(path.at(path.length - 0.01))[0] == pytest.approx(path.length - 0.01, abs=1e-3)
    across = path.part(path.length - 2, 3)
    assert across.length == pytest.approx(5, abs=1e-3)


def test_a_sharp_corner_turns_at_once():
    path = Path([(0, 0), (2, 0), (2, 2)])
    assert path.heading(1.999) == pytest.approx(0)
    assert path.heading(2.001) == pytest.approx(np.pi / 2)
    assert path.sample(3)[:2] == pytest.approx((2, 1))
    assert path.project((2.5, -0.5))[0] == pytest.approx(2)
    assert path.project((1.6, 1.0), near=2.5) == pytest.approx((3.0, 0.4))
    left = path.offset(0.5)
    assert left.at([0, left.length])[:, :2] == pytest.approx(np.array([[0, 0.5], [1.5, 2]]))
    assert left.length == pytest.approx(3)


def test_pieces_are_lines_arcs_and_spirals():
    circle = Path.of_geometry((0, 0), 0.0, [(2 * np.pi * 50, 0.02, 0.02)], closed=True)
    assert circle.at(np.pi * 50) == pytest.approx([0, 100, 0], abs=5e-4)
    spiral = Path.of_geometry((0, 0), 0.0, [(40, 0, 0.05)])
    assert spiral.heading(40) == pytest.approx(1.0)
    # Fresnel's integrals: x = ∫ cos(s²/1600), y = ∫ sin(s²/1600)
    s = np.linspace(0, 40, 20001)
    x, y = (simpson(f(s**2 / 1600), x=s) for f in (np.cos, np.sin))
    assert spiral.at(40)[:2] == pytest.approx([x, y], abs=1e-6)
    assert circle.offset(-5).length == pytest.approx(2 * np.pi * 55, rel=1e-4)
    with pytest.raises(InputError, match="cannot be offset"):
        circle.offset(60)


def test_a_smooth_path_goes_through_its_points():
    points = [(0, 0), (10, 2), (20, -1), (30, 4)]
    path = Path.smooth(points)
    for point in points:
        s, side = path.project(point)
        assert abs(side) < 1e-3
        assert path.at(s)[:2] == pytest.approx(point, abs=2e-3)


def test_projection_near_a_place_agrees_with_the_whole_search():
    path = Path.rounded([(0, 0), (40, 0), (40, 30), (-5, 30)], 8)
    for s in np.linspace(0, path.length, 40):
        x, y, _, heading, _ = path.sample(s)
        point = (x - 1.2 * np.sin(heading), y + 1.2 * np.cos(heading))
        assert path.project(point) == pytest.approx((s, 1.2), abs=0.02)
        assert path.project(point, near=max(s - 3, 0)) == pytest.approx((s, 1.2), abs=0.02)


def test_paths_are_turned_joined_moved_and_climb():
    a, b = Path([(0, 0, 0), (10, 0, 1)]), Path([(12, 0, 1), (12, 5, 1)])
    whole = a.joined(b)
    assert whole.length == pytest.approx(np.hypot(10, 1) + 2 + 5)
    assert np.degrees(a.slope(3)) == pytest.approx(5.71, abs=0.01)
    assert a.pose(5).apply((1, 0, 0))[2] > a.pose(5).position[2]
    back = whole.reversed()
    assert back.at(0) == pytest.approx([12, 5, 1])
    assert whole.part(7, 3).at(0) == pytest.approx(whole.at(7))
    moved = a.moved(Pose.of((5, 5, 0), (0, 0, 90)))
    assert moved.at(a.length) == pytest.approx([5, 15, 1])
    assert moved.heading(1) == pytest.approx(np.pi / 2)


def test_a_closed_line_goes_round():
    line = Path([(0, 0), (2, 0), (2, 2), (0, 2)], closed=True)
    assert line.length == 8
    assert line.at(9).tolist() == [1, 0, 0]
    assert line.at(-1).tolist() == [0, 1, 0]
    assert line.direction(3) == pytest.approx([0, 1, 0])


@pytest.mark.parametrize("points", [[(0, 0)], [(1, 1), (1, 1)], [(0, 0), (np.nan, 1)], [(0, 0, 0, 0), (1, 1, 1, 1)]])
def test_a_path_to_nowhere_is_refused(points):
    with pytest.raises(InputError, match="path"):
        Path(points)


def test_a_speed_profile_is_integrated_exactly():
    profile = SpeedProfile([(0, 0), (4, 8), (10, 8), (12, 0)])
    assert profile.speed_at(2) == pytest.approx(4)
    assert profile.distance_at(4) == pytest.approx(16)
    assert profile.distance_at(20) == pytest.approx(16 + 48 + 8)
    assert profile.time_at(16) == pytest.approx(4)
    assert profile.time_at(4) == pytest.approx(2)
    assert profile.time_at(100) == np.inf
    assert profile.acceleration_at(11) == pytest.approx(-4)
    by_place = SpeedProfile.of_distance([(0, 0), (16, 8), (64, 8), (72, 0)])
    assert by_place.duration == pytest.approx(12)
    assert by_place.speed_at(11) == pytest.approx(profile.speed_at(11))
    assert SpeedProfile.change(50 / 3.6, 2 / 3.6, 6).duration == pytest.approx(48 / 3.6 / 6)


def test_what_no_car_does_is_refused():
    with pytest.raises(InputError, match=r"asks for too much; expected at most 11 m/s², got 49\.1 m/s² \(5 g\)"):
        SpeedProfile([(0, 0), (1, 5 * 9.81)])
    with pytest.raises(InputError, match="a jump"):
        SpeedProfile([(0, 0), (1, 0), (1, 5)])
    with pytest.raises(InputError, match="goes back in time"):
        SpeedProfile([(0, 0), (-1, 5)])
    with pytest.raises(InputError, match="stands still"):
        SpeedProfile.of_distance([(0, 0), (5, 0)])
    with pytest.raises(InputError, match="none"):
        SpeedProfile([(0, -3)])
