"""A line measured along itself."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.world.path import Path


def test_a_line_is_measured_along_itself():
    line = Path([(0, 0), (3, 0), (3, 4)])
    assert line.length == 7
    assert line.at(5).tolist() == [3, 2, 0]
    assert line.at(99).tolist() == [3, 4, 0]
    assert line.heading(1) == 0
    assert line.heading(5) == pytest.approx(np.pi / 2)
    assert line.direction(5).tolist() == [0, 1, 0]


def test_a_closed_line_goes_round():
    line = Path([(0, 0), (2, 0), (2, 2), (0, 2)], closed=True)
    assert line.length == 8
    assert line.at(9).tolist() == [1, 0, 0]
    assert line.at(-1).tolist() == [0, 1, 0]


def test_the_nearest_place_on_a_line_is_found_and_one_near_a_way_if_asked():
    line = Path([(0, 0), (4, 0), (4, 1), (0, 1)])
    assert line.project((1, 0.2)) == pytest.approx(1)
    assert line.project((1, 0.2), near=8, within=2) == pytest.approx(8)
    for s in np.linspace(0, line.length, 40):
        assert np.linalg.norm(line.at(line.project(line.at(s))) - line.at(s)) < 1e-12


@pytest.mark.parametrize("points", [[(0, 0)], [(1, 1), (1, 1)], [(0, 0), (np.nan, 1)], [(0, 0, 0, 0), (1, 1, 1, 1)]])
def test_a_line_needs_two_places(points):
    with pytest.raises(InputError, match="path: (is no line|has no length)"):
        Path(points)
