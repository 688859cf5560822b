"""People who walk: the pace that was asked for, feet that stay where they tread, and a fall when struck."""

import numpy as np
import pytest

from sim.actors.gait import Gait, Legs, Style
from sim.actors.walker import Walker
from sim.errors import InputError
from sim.world.path import Path
from sim.world.speed import SpeedProfile

GROWN, SMALL = Legs(0.425, 0.42, 0.085), Legs(0.26, 0.26, 0.06)


def soles(gait, angles, i):
    """Heel and roll-off point ``(2, 2)``, m along the way and up, of a foot, from the joint angles alone."""
    legs, side = gait.legs, "lr"[i]
    hip, knee, ankle = (angles[f"{name}_{side}"] for name in ("hip", "knee", "ankle"))
    x = gait.way - legs.thigh * np.sin(hip) - legs.shin * np.sin(hip + knee)
    z = gait.height - legs.thigh * np.cos(hip) - legs.shin * np.cos(hip + knee)
    c, s = np.cos(hip + knee + ankle), np.sin(hip + knee + ankle)
    return np.array([[x + a * c - legs.ankle * s, z - a * s - legs.ankle * c] for a in (-legs.heel, legs.ball)])


@pytest.mark.parametrize("legs", [GROWN, SMALL], ids=["grown", "small"])
@pytest.mark.parametrize("speed", [0.4, 1.39, 2.22, 4.0])
def test_feet_stay_where_they_tread(legs, speed):
    gait, dt, lowest = Gait(legs), 1 / 240, 0.0
    trodden: dict = {}
    for step in range(1200):
        gait.go(speed * dt, dt)
        angles = gait.joints()
        if step < 480:
            continue
        duty = Style.at(speed, legs.hip).duty
        for i, foot in enumerate(gait.feet):
            heel, ball = soles(gait, angles, i)
            lowest = min(lowest, heel[1], ball[1])
            if not foot.swings:
                u = (gait.phase + 0.5 * i) % 1 / duty
                trodden.setdefault((i, foot.at, u < 0.12), []).append(heel if u < 0.12 else ball)
    slip = max(np.ptp(np.array(places)[:, 0]) for places in trodden.values())
    assert slip < 0.01, "a foot slides"
    assert max(abs(place[1]) for places in trodden.values() for place in places) < 0.005, "a foot floats or sinks"
    assert lowest > -0.005


@pytest.mark.parametrize(("speed", "cadence"), [(0.8, (80, 100)), (1.4, (105, 125)), (3.0, (155, 180))])
def test_cadence_is_that_of_people(speed, cadence):
    """Steps a minute: Grieve & Gear 1966 for walking; runners at 3 m/s take 160 to 175 (Cavanagh & Kram 1989)."""
    assert cadence[0] < 120 * speed / Style.at(speed, GROWN.hip).stride < cadence[1]


def test_who_stops_brings_the_feet_together():
    gait, dt = Gait(GROWN), 1 / 240
    for _ in range(500):
        gait.go(1.4 * dt, dt)
        gait.joints()
    for _ in range(480):
        gait.go(0.0, dt)
        angles = gait.joints()
    assert gait.settled
    assert all(abs(gait.landing(i)) < 0.03 for i in (0, 1))
    assert abs(angles["hip_l"]) < 0.25


@pytest.fixture
def street(project):
    """Builds a street with a person in it, and whatever else."""

    def build(objects=None, events=True, **spec):
        things = {"anna": {"asset": "adult_woman"}} | (objects or {})
        return project.build(things, events=events, ground={"substance": "asphalt"}, **spec)

    return build


def test_a_walker_keeps_the_pace_exactly(street):
    world = street()
    world.add(Walker(world, "anna", Path([(0, 0), (40, 0)]), 5 / 3.6))
    for seconds in (1, 2, 5):
        world.step(seconds * 240 - world.step_count)
        assert world.read().pose("anna").position[0] == pytest.approx(5 / 3.6 * seconds, abs=1e-9)
    state = world.read()
    assert state.linear_velocity[state.row("anna")][0] == pytest.approx(5 / 3.6, abs=1e-6)


def test_a_walker_follows_a_profile_of_speeds(street):
    world = street()
    profile = SpeedProfile([(0, 0), (1, 1.4), (3, 1.4), (4, 0)])
    world.add(Walker(world, "anna", Path([(0, 0), (40, 0)]), profile))
    world.step(600)
    assert world.read().pose("anna").position[0] == pytest.approx(profile.distance_at(2.5), abs=1e-9)
    world.step(600)
    assert world.read().pose("anna").position[0] == pytest.approx(profile.distance_at(5.0), abs=1e-9)


def test_a_walker_stops_at_the_end_turns_at_corners_and_may_return(street):
    world = street({"ben": {"asset": "adult", "at": [0, 3, 0]}})
    anna = Walker(world, "anna", Path.rounded([(0, 0), (2, 0), (2, 1.5)], 0.4), 1.4, acceleration=1.5)
    ben = Walker(world, "ben", Path([(0, 3), (2, 3)]), 1.0, end="return")
    world.add(anna)
    world.add(ben)
    world.step(720)
    assert ben.way == pytest.approx(1.0)
    world.step(480)
    assert anna.arrived
    assert anna.position == pytest.approx([2, 1.5, 0], abs=1e-3)
    assert anna.figure.heading == pytest.approx(np.pi / 2, abs=0.02)


def test_footsteps_are_events_of_what_is_stepped_on(street):
    world = street()
    world.add(Walker(world, "anna", Path([(0, 0), (40, 0)]), 1.4))
    world.step(1200)
    steps = [event for event in world.events if event.kind == "footstep"]
    stride = Style.at(1.4, world.layout.placement("anna").asset.model.rest[10].position[2]).stride
    assert {event.a for event in steps} == {"anna/foot_l", "anna/foot_r"}
    assert {event.b for event in steps} == {"ground"}
    assert len(steps) == pytest.approx(2 * 7.0 / stride, abs=2)
    assert {event.kind for event in world.events} == {"footstep"}, "a walker's own feet strike nothing"


def test_a_walker_climbs_a_kerb(street):
    world = street({"slab": {"asset": "pavement_slab", "at": [3, 0, 0]}})
    walker = Walker(world, "anna", Path([(0, 0), (3, 0)]), 1.4)
    world.add(walker)
    top = world.layout.placement("slab").asset.bounds[1, 2]
    world.step(720)
    assert walker.position[2] == pytest.approx(top, abs=0.01)


def test_who_is_struck_hard_falls_and_who_struck_feels_it(street):
    world = street({"ball": {"asset": "crate", "at": [-2, 0, 1.0], "velocity": [9, 0, 1]}})
    walker = Walker(world, "anna", Path([(0, 0), (40, 0)]), 1.0)
    world.add(walker)
    world.step(480)
    assert walker.down
    state = world.read()
    assert state.pose("anna/head").position[2] < 0.5
    assert state.linear_velocity[state.row("ball")][0] < 6.0
    assert next(event.a for event in world.events if event.kind == "contact") in ("ball", "anna/torso", "anna/pelvis")


def test_a_light_ball_knocks_nobody_over(street):
    world = street({"ball": {"asset": "rubber_ball", "at": [-2, 0, 1.0], "velocity": [9, 0, 1]}})
    walker = Walker(world, "anna", Path([(0, 0), (40, 0)]), 1.0)
    world.add(walker)
    world.step(480)
    assert not walker.down
    assert any("ball" in (event.a, event.b) and "anna" in event.a + event.b for event in world.events)


def test_what_goes_on_from_a_saved_moment_is_the_same(street):
    world = street()
    world.add(Walker(world, "anna", Path([(0, 0), (3, 0), (3, 3)], closed=True), 1.4))
    world.step(333)
    save = world.save()
    world.step(400)
    there = world.read().sha256()
    world.restore(save)
    world.step(400)
    assert world.read().sha256() == there


def test_an_end_that_is_none_is_refused(street):
    with pytest.raises(InputError, match="walker anna: cannot end so; expected stop or return, got jump"):
        Walker(street(), "anna", Path([(0, 0), (1, 0)]), 1.0, end="jump")
