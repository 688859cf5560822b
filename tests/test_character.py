"""A steered person: steps, slopes, walls, jumps, pushes and what carries it."""

import numpy as np
import pytest

from sim.actors.character import Body, Character
from sim.pose import Pose


@pytest.fixture
def yard(project):
    """Builds a yard with one steered person at the origin, and boxes by name: size, place and the rest."""

    def build(boxes=None, objects=None, body=None, **spec):
        things = {"ben": {"asset": "adult", "at": [0, 0, 0]}}
        for name, (size, at, rest) in (boxes or {}).items():
            motion = rest.pop("motion", "static")
            physics = {"motion": motion} | {k: rest.pop(k) for k in ("mass",) if k in rest}
            project.asset(f"box_{name}", "box", size, physics=physics, surface={"dynamic_friction": 0.5})
            things[name] = {"asset": f"box_{name}", "at": at} | rest
        world = project.build(things | (objects or {}), events=True, ground={"substance": "concrete"}, **spec)
        character = Character(world, "ben", body)
        world.add(character)
        return world, character

    return build


def go(world, character, wish, seconds):
    character.wish = np.array(wish, float)
    world.step(round(seconds * world.layout.step_hz))


def test_it_goes_where_it_is_wished_to_at_the_speed_that_is_wished(yard):
    world, ben = yard()
    go(world, ben, (1.5, 0), 1.0)
    start = ben.position[0]
    go(world, ben, (1.5, 0), 2.0)
    assert ben.position[0] - start == pytest.approx(3.0, abs=1e-6)
    assert world.read().pose("ben").position[:2] == pytest.approx(ben.position[:2], abs=1e-9)
    go(world, ben, (0, 0), 1.0)
    assert np.linalg.norm(ben.velocity) == 0


@pytest.mark.parametrize(("height", "climbs"), [(0.15, True), (0.28, True), (0.34, False), (0.6, False)])
def test_steps_up_to_thirty_centimetres_are_climbed(yard, height, climbs):
    world, ben = yard({"step": ((2, 2, height), [2, 0, height / 2], {})})
    go(world, ben, (1.5, 0), 1.5)
    if climbs:
        assert ben.position[2] == pytest.approx(height, abs=0.002)
        assert ben.position[0] > 1.5
    else:
        assert ben.position[2] == pytest.approx(0, abs=0.002)
        assert ben.position[0] == pytest.approx(1 - ben.body.radius, abs=0.03)


def test_stairs_are_climbed(yard):
    world, ben = yard({f"s{i}": ((0.3, 2, 0.18), [1 + 0.3 * i, 0, 0.09 + 0.18 * i], {}) for i in range(6)})
    go(world, ben, (1.5, 0), 1.7)
    assert ben.position[2] == pytest.approx(1.08, abs=0.01)


@pytest.mark.parametrize(("angle", "climbs"), [(30, True), (60, False)])
def test_slopes_are_climbed_up_to_the_limit(yard, angle, climbs):
    world, ben = yard({"slope": ((6, 3, 0.5), [3.2, 0, 0.0], {"rotate_deg": [0, -angle, 0]})})
    go(world, ben, (1.5, 0), 2.5)
    assert (ben.position[2] > 0.5) == climbs
    assert ben.position[2] < 0.25 or climbs


def test_it_slides_along_walls_and_gets_through_none(yard):
    world, ben = yard({"wall": ((0.2, 8, 2.5), [1.0, 0, 1.25], {})})
    go(world, ben, (3.0, 1.0), 2.0)
    assert ben.position[0] == pytest.approx(0.9 - ben.body.radius, abs=0.03)
    assert ben.position[1] == pytest.approx(2.0, abs=0.15)


def test_a_corner_holds_it(yard):
    world, ben = yard({"a": ((0.2, 8, 2.5), [1.0, 0, 1.25], {}), "b": ((8, 0.2, 2.5), [0, 1.0, 1.25], {})})
    go(world, ben, (4.0, 4.0), 3.0)
    assert np.all(ben.position[:2] < 0.9 - ben.body.radius + 0.02)


def test_a_jump_reaches_its_height_and_a_fall_takes_its_time(yard):
    world, ben = yard()
    world.step(24)
    ben.jump()
    tops = []
    for _ in range(90):
        world.step(4)
        tops.append(ben.position[2])
    assert max(tops) == pytest.approx(Body().jump, abs=0.04)
    aloft = sum(top > 1e-6 for top in tops) / 60
    assert aloft == pytest.approx(2 * (2 * Body().jump / 9.81) ** 0.5, abs=0.05)


def test_a_roof_ends_a_jump(yard):
    world, ben = yard({"roof": ((3, 3, 0.2), [0, 0, 2.1], {})})
    ben.jump()
    tops = []
    for _ in range(60):
        world.step(4)
        tops.append(ben.position[2])
    assert 0.05 < max(tops) < 0.3


def test_it_falls_off_an_edge(yard):
    world, ben = yard({"deck": ((2, 2, 1.0), [3, 0, 0.5], {})})
    ben.put(world, (3, 0, 1.0), 0.0)
    go(world, ben, (1.5, 0), 2.0)
    assert ben.position[2] == pytest.approx(0, abs=1e-3)
    assert ben.position[0] > 4


def test_what_is_light_is_pushed_and_what_is_heavy_stays(yard):
    world, ben = yard({"crate": ((0.6, 0.6, 0.6), [1.2, 0, 0.301], {"motion": "dynamic", "mass": 20.0})})
    go(world, ben, (1.5, 0), 2.0)
    assert world.read().pose("crate").position[0] > 2.0
    heavy, ann = yard({"block": ((0.6, 0.6, 0.9), [1.2, 0, 0.451], {"motion": "dynamic", "mass": 900.0})})
    go(heavy, ann, (1.5, 0), 2.0)
    assert heavy.read().pose("block").position[0] < 1.25
    assert ann.position[0] < 0.65


def test_no_push_is_harder_than_a_person(yard):
    """What slides with more friction than 250 N does not move: 0.5 x 70 kg x g = 343 N."""
    world, ben = yard({"block": ((0.6, 0.6, 0.9), [1.2, 0, 0.451], {"motion": "dynamic", "mass": 140.0})})
    go(world, ben, (3.0, 0), 2.0)
    assert world.read().pose("block").position[0] < 1.3


def test_a_moving_platform_carries_it(yard):
    world, ben = yard({"raft": ((3, 3, 0.2), [5, 0, 0.6], {"motion": "kinematic"})})
    ben.put(world, (5.3, 0, 0.7), 0.0)
    world.hold("raft")
    for i in range(240):
        world.place("raft", Pose.of((5 + 0.5 * (i + 1) / 240, 0, 0.6)), (0.5, 0, 0))
        world.step()
    assert ben.position[0] == pytest.approx(5.8, abs=0.03)
    assert ben.position[2] == pytest.approx(0.7, abs=0.01)


def test_who_is_knocked_over_gets_up_again(yard):
    world, ben = yard(objects={"crate": {"asset": "crate", "at": [-1.5, 0, 1.0], "velocity": [14, 0, 0.5]}})
    world.step(120)
    assert ben.down
    world.step(720)
    assert not ben.down
    assert world.read().pose("ben/head").position[2] > 1.4


def test_it_goes_on_from_a_saved_moment_as_before(yard):
    world, ben = yard({"crate": ((0.6, 0.6, 0.6), [1.2, 0, 0.301], {"motion": "dynamic", "mass": 20.0})})
    go(world, ben, (1.5, 0.2), 1.0)
    save = world.save()
    go(world, ben, (1.5, 0.2), 1.0)
    there = world.read().sha256()
    world.restore(save)
    go(world, ben, (1.5, 0.2), 1.0)
    assert world.read().sha256() == there
