"""Roads: lanes and what they lead to; and every world's lanes lie on its streets."""

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sim.assets.library import default_library
from sim.errors import InputError
from sim.pose import Pose
from sim.world.layout import Layout, compose
from sim.world.roads import CrossingSpec, JunctionSpec, LaneSpec, PieceSpec, RoadMap, Roads, RoadSpec
from sim.world.spec import WorldSpec
from sim.world.world import World

LANES = {"right": (LaneSpec(width=3.75),), "left": (LaneSpec(width=3.75),)}


def cross() -> RoadMap:
    arms = {
        "east": RoadSpec(points=((8, 0), (50, 0)), **LANES),
        "west": RoadSpec(points=((-50, 0), (-8, 0)), speed_kmh=30, **LANES),
        "north": RoadSpec(points=((0, 8), (0, 50)), **LANES),
    }
    people = {"zebra": CrossingSpec(points=((20, -4), (20, 4)))}
    return RoadMap(arms, {"middle": JunctionSpec(at=(0, 0), radius=10)}, people)


def test_traffic_keeps_right():
    roads = Roads([cross()])
    east = roads.lane("east/-1")
    assert east.path.at(0) == pytest.approx([8, -1.875, 0])
    assert east.path.heading(0) == pytest.approx(0)
    back = roads.lane("east/1")
    assert back.path.at(0) == pytest.approx([50, 1.875, 0])
    assert math.cos(back.path.heading(1)) == pytest.approx(-1)
    assert (east.left, east.right) == ("broken", "solid")
    assert roads.lane("west/-1").speed == pytest.approx(30 / 3.6)
    left, right = east.edges()
    assert left.at(0)[1] == pytest.approx(0)
    assert right.at(0)[1] == pytest.approx(-3.75)


def test_a_junction_connects_what_meets_in_it():
    roads = Roads([cross()])
    into = roads.lane("west/-1").successors
    assert sorted(into) == ["middle/west.-1_east.-1", "middle/west.-1_north.-1"]
    turn = roads.lane("middle/west.-1_north.-1")
    assert turn.successors == ("north/-1",)
    assert turn.predecessors == ("west/-1",)
    assert np.abs(turn.path.samples[:, 5]).max() == pytest.approx(1 / 9.875, rel=1e-3)
    assert turn.path.heading(turn.path.length) == pytest.approx(math.pi / 2)


def test_a_route_is_one_path_without_a_kink():
    roads = Roads([cross()])
    path = roads.route("west/-1", "north/-1")
    assert path.at(0) == pytest.approx([-50, -1.875, 0])
    assert path.at(path.length) == pytest.approx([1.875, 50, 0])
    s = np.arange(0, path.length, 0.1)
    assert np.abs(np.diff(path.heading(s))).max() < 0.02
    assert roads.route("west/-1", "north/-1", via=["middle/west.-1_north.-1"]).length == path.length
    with pytest.raises(InputError, match="no way leads from lane 'east/-1' to lane 'west/-1'"):
        roads.route("east/-1", "west/-1")
    with pytest.raises(InputError, match=r"no lane is called 'ost/-1'"):
        roads.route("ost/-1", "west/-1")


def test_the_nearest_lane_is_found_by_place_and_direction():
    roads = Roads([cross()])
    lane, s, side = roads.nearest((30, -1.5))
    assert (lane.name, s) == ("east/-1", pytest.approx(22))
    assert side == pytest.approx(0.375)
    assert roads.nearest((30, -1.5), heading=math.pi)[0].name == "east/1"
    assert roads.on_road((30, 3.7))
    assert not roads.on_road((30, 4.0))
    assert roads.on_road((30, 4.0), margin=0.5)


def test_included_roads_move_and_join():
    here = RoadMap({"on": RoadSpec(points=((0, 0), (0, 30)), **LANES)}, {}, {})
    there = cross().moved("town", Pose.of((0, -50, 0), (0, 0, 0)))
    roads = Roads([there, here])
    assert roads.lane("town/north/-1").successors == ("on/-1",)
    assert roads.lane("on/1").successors == ("town/north/1",)
    assert roads.lane("town/middle/west.-1_east.-1").junction == "town/middle"
    turned = Roads([cross().moved("town", Pose.of((0, 0, 0), (0, 0, 90)))])
    assert turned.lane("town/east/-1").path.at(0) == pytest.approx([1.875, 8, 0])
    assert turned.crossing("town/zebra").path.at(0) == pytest.approx([4, 20, 0])


def test_pieces_say_lines_arcs_and_spirals():
    pieces = (PieceSpec(length=20), PieceSpec(length=30, to_curvature=0.02), PieceSpec(length=50, curvature=0.02))
    roads = Roads([RoadMap({"bend": RoadSpec(at=(0, 0), pieces=pieces, **LANES)}, {}, {})])
    lane = roads.lane("bend/-1").path
    assert lane.heading(lane.length) == pytest.approx(0.3 + 1.0)
    assert lane.curvature(lane.length - 1) == pytest.approx(0.02 / (1 + 0.02 * 1.875))


def test_a_map_survives_being_written_down():
    one = cross().moved("town", Pose.of((3, 4, 0), (0, 0, 30)))
    again = RoadMap.from_json(one.to_json())
    a, b = Roads([one]), Roads([again])
    assert list(a.lanes) == list(b.lanes)
    assert b.lane("town/west/-1").path.at(5) == pytest.approx(a.lane("town/west/-1").path.at(5))
    assert Layout.from_json(Layout.load("crossing").to_json(), default_library()).roads.lanes.keys()


def test_roads_that_cannot_be_are_refused(tmp_path):
    tight = RoadMap({"r": RoadSpec(at=(0, 0), pieces=(PieceSpec(length=4, curvature=1.0),))}, {}, {})
    with pytest.raises(InputError, match=r"roads\.r: cannot be offset by 1\.75 m"):
        Roads([tight])
    path = tmp_path / "world.yaml"
    path.write_text("schema: world/1\nabout: a\nroads: {r: {points: [[0, 0], [0, 0]]}}\n")
    with pytest.raises(InputError, match=r"roads\.r: leads nowhere"):
        _ = Layout.load(path, default_library()).roads
    for text, message in (
        ("{points: [[0, 0]]}", "at least 2 items"),
        ("{radius: 3}", "say either points, or at and pieces"),
        ("{at: [0, 0]}", "at needs pieces"),
        ("{points: [[0, 0], [9, 0]], right: [{width: 0}]}", "greater than 0"),
        ("{points: [[0, 0], [9, 0]], lanes: 2}", "is unknown"),
    ):
        path.write_text(f"schema: world/1\nabout: a\nroads: {{r: {text}}}\n")
        with pytest.raises(InputError, match=message):
            Layout.load(path, default_library())


def test_a_world_without_roads_says_so():
    layout = compose(WorldSpec(about="bare"), "bare", default_library(), Path("bare.yaml"))
    assert not layout.roads
    with pytest.raises(InputError, match="has no lane there"):
        layout.roads.nearest((0, 0))


@cache
def laid(name: str) -> Layout:
    return Layout.load(name)


WITH_ROADS = [name for name in default_library().worlds() if laid(name).roads]


def test_town_and_track_have_roads():
    assert {"city", "crossing", "track"} <= set(WITH_ROADS)


@pytest.mark.parametrize("name", WITH_ROADS)
def test_lanes_lie_on_streets(name):
    layout = laid(name)
    with World(layout) as world:
        tags = {p.name: p.asset.spec.tags for p in layout.placements}
        places, labels = [], []
        for lane in layout.roads.lanes.values():
            s = np.arange(0.5, lane.path.length, 2.0)
            edge = 0.9  # m from the middle: where wheels go
            for line in (lane.path, lane.path.offset(edge), lane.path.offset(-edge)):
                places.append(line.at(s * line.length / lane.path.length))
                labels += [lane.name] * len(s)
        at = np.vstack(places)
        hits = world.cast_rays(
            at + np.array([0, 0, 0.3]), at - np.array([0, 0, 0.5])
        )  # from under parked cars, over kerbs
        names = [world.names[row] if row >= 0 else "nothing" for row in hits.part]
        off = set()
        for i, part in enumerate(names):
            thing = tags.get(part) or tags.get(part.rpartition("/")[0]) or ()
            if not {"road", "vehicle", "manhole"} & set(thing):
                off.add((labels[i], part, *at[i].round(1)[:2]))
            elif "road" in thing:
                assert abs(hits.position[i, 2] - at[i, 2]) < 0.015, (labels[i], part)
        assert not off


@pytest.mark.parametrize("name", WITH_ROADS)
def test_cars_can_take_every_bend(name):
    for lane in laid(name).roads.lanes.values():
        assert np.abs(lane.path.samples[:, 5]).max() < 1 / 4.5, lane.name


def test_the_town_is_one_network():
    roads = laid("city").roads
    plain = [name for name, lane in roads.lanes.items() if not lane.junction]
    assert all(roads.lanes[name].successors and roads.lanes[name].predecessors for name in plain)
    for end in plain:
        if end != "crossing/west/-1":
            assert roads.lanes_between("crossing/west/-1", end)
