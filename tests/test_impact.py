"""Contacts as events: when, how hard, in which order, and nothing where nothing happens."""

import numpy as np
import pytest

G = 9.81


def blows(world) -> list:
    """The contacts a world has logged, without what rubs."""
    return [event for event in world.events if event.kind == "contact"]


def dropped(project, height: float, hz: int = 240, restitution: float = 0.5):
    """A world with one ball that falls ``height`` on the ground."""
    project.ball("ball", mass=2.0, surface={"dynamic_friction": 0.5, "restitution": restitution})
    objects = {"ball": {"asset": "ball", "at": [0, 0, 0.1 + height]}}
    return project.build(objects, events=True, step_hz=hz, ground=project.ground)


def meeting(project, height: float, hz: int) -> float:
    """When the ball's simulated path, straight between steps, meets the ground."""
    with dropped(project, height, hz) as world:
        before = world.read().position[0, 2] - 0.1
        while True:
            world.step()
            gap = world.read().position[0, 2] - 0.1
            if gap <= 0:
                return (world.step_count - 1 + before / (before - gap)) / hz
            before = gap


@pytest.mark.parametrize("hz", [240, 960])
@pytest.mark.parametrize("height", [0.05, 0.123, 0.5, 1.0, 2.7])
def test_the_time_of_a_blow_is_when_the_simulated_surfaces_met(project, height, hz):
    with dropped(project, height, hz) as world:
        world.step(hz)
        first = blows(world)[0]
    assert (first.kind, first.a, first.b) == ("contact", "ball", "ground")
    assert first.time == pytest.approx(meeting(project, height, hz), abs=1e-4)
    assert first.time == pytest.approx(np.sqrt(2 * height / G), abs=0.6 / hz)  # half a step: the integrator's own error


@pytest.mark.parametrize("restitution", [0.0, 0.5, 0.8])
def test_the_impulse_of_a_blow_is_the_momentum_it_turned(project, restitution):
    height = 0.5
    with dropped(project, height, restitution=restitution) as world:
        world.step(120)
        first = blows(world)[0]
    speed = np.sqrt(2 * G * height)
    assert first.speed == pytest.approx(speed, rel=0.02)
    assert first.impulse == pytest.approx(2.0 * speed * (1 + restitution), rel=0.06)
    assert first.position == pytest.approx((0, 0, 0), abs=0.02)
    assert first.normal == pytest.approx((0, 0, 1), abs=1e-6)


def test_a_ball_logs_one_event_a_bounce_until_it_rests(project):
    with dropped(project, 0.5) as world:
        world.step(240 * 4)
        speeds = [e.speed for e in blows(world)]
        flights = np.diff([e.time for e in blows(world)])
    assert 3 <= len(speeds) <= 6
    assert np.array(speeds[1:]) / speeds[:-1] == pytest.approx(np.full(len(speeds) - 1, 0.5), rel=0.15)
    assert flights == pytest.approx(2 * np.array(speeds[1:]) / G, abs=3 / 240)  # it starts from where it had sunk in


def test_what_rests_logs_nothing(project):
    project.asset("box", size=(0.4, 0.4, 0.4), surface={"dynamic_friction": 0.5, "restitution": 0.1})
    grid = {"count": [3, 3, 4], "step": [0.6, 0.6, 0.4]}
    objects = {"box": {"asset": "box", "at": [0, 0, 0.2], "grid": grid}}
    for sleeping in (True, False):
        with project.build(objects, events=True, ground=project.ground, sleeping=sleeping) as world:
            world.step(240 * 2)
            assert world.events == []


def test_a_box_that_slides_and_a_ball_that_rolls_log_no_blows(project):
    project.asset("box", size=(0.4, 0.4, 0.1), surface={"dynamic_friction": 0.3, "restitution": 0.0})
    project.ball(surface={"dynamic_friction": 0.5, "restitution": 0.0})
    objects = {
        "box": {"asset": "box", "at": [0, 0, 0.05], "velocity": [3, 0, 0]},
        "ball": {"asset": "ball", "at": [0, 2, 0.1], "velocity": [2, 0, 0]},
    }
    with project.build(objects, events=True, ground=project.ground) as world:
        world.step(240 * 2)
        assert blows(world) == []


def test_what_slides_or_rolls_for_a_while_rubs_with_its_weight(project):
    project.asset(
        "box", size=(0.4, 0.4, 0.1), physics={"mass": 4.0}, surface={"dynamic_friction": 0.3, "restitution": 0.0}
    )
    project.ball(mass=2.0, surface={"dynamic_friction": 0.2, "restitution": 0.0})
    objects = {
        "box": {"asset": "box", "at": [0, 0, 0.05], "velocity": [3, 0, 0]},
        "ball": {"asset": "ball", "at": [0, 2, 0.1], "velocity": [2, 0, 0]},
    }
    with project.build(objects, events=True, ground=project.ground) as world:
        world.step(240 * 3)
        rubs = {name: [e for e in world.events if e.kind == "rub" and e.a == name] for name in objects}
        half = rubs["box"][5]
    stop = 3 / (0.3 * G)
    assert {e.b for e in world.events} == {"ground"}
    assert len(rubs["box"]) == pytest.approx(stop / 0.05, abs=3)  # until it lies still
    assert half.speed == pytest.approx(3 - 0.3 * G * half.time, rel=0.03)
    assert np.mean([e.value for e in rubs["box"]]) == pytest.approx(4 * G, rel=0.15)  # of a push that flickers
    assert np.mean([e.value for e in rubs["ball"]]) == pytest.approx(2 * G, rel=0.05)
    first = rubs["ball"][0]
    assert first.speed == pytest.approx(2 - 3.5 * 0.2 * G * first.time, rel=0.05)  # it slides at first
    assert rubs["ball"][-1].speed < 0.02  # and rolls
    assert rubs["ball"][-1].normal == pytest.approx((0, 0, 1), abs=1e-6)


def dominoes(project, n: int, wait: int = 0):
    """A row of dominoes, the first of which gets a push after ``wait`` steps."""
    project.asset(
        "domino", size=(0.02, 0.1, 0.2), physics={"mass": 0.2}, surface={"dynamic_friction": 0.5, "restitution": 0.1}
    )
    grid = {"count": [n, 1, 1], "step": [0.1, 1, 1]}
    world = project.build(
        {"d": {"asset": "domino", "at": [0, 0, 0.1], "grid": grid}}, events=True, ground=project.ground
    )
    world.step(wait)
    asleep = len(blows(world))
    world.throw("d_0", [0.4, 0, 0], [0, 4, 0])
    world.step(240 * 3)
    first: dict[tuple[str, str], float] = {}
    for event in blows(world)[asleep:]:
        if "ground" not in (event.a, event.b):
            first.setdefault((event.a, event.b), event.time)
    return first


@pytest.mark.parametrize("wait", [0, 240 * 3])
def test_dominoes_log_in_the_order_they_fall_also_when_they_were_asleep(project, wait):
    first = dominoes(project, 12, wait)
    neighbours = [(f"d_{i}", f"d_{i + 1}") for i in range(11)]
    assert [pair for pair in first if pair in neighbours] == neighbours
    times = [first[pair] for pair in neighbours]
    assert times == sorted(times)
    assert all(0 < gap < 0.3 for gap in np.diff(times))


def test_a_blow_wakes_and_names_what_slept_far_from_all_else(project):
    project.asset("box", size=(0.4, 0.4, 0.4), physics={"mass": 5.0})
    project.ball(mass=1.0, surface={"dynamic_friction": 0.5, "restitution": 0.3})
    objects = {"sleeper": {"asset": "box", "at": [0, 0, 0.2]}, "ball": {"asset": "ball", "at": [-40, 0, 0.1]}}
    with project.build(objects, events=True, ground=project.ground) as world:
        world.step(240 * 3)
        assert world.events == []
        world.throw("ball", [25, 0, 0], [0, 250, 0])
        world.step(240 * 3)
        blow = next(e for e in world.events if "sleeper" in (e.a, e.b) and "ball" in (e.a, e.b))
    assert blow.speed == pytest.approx(25, rel=0.15)
    assert blow.impulse > 10


def test_a_pile_logs_blows_and_not_its_settling(project):
    project.asset("brick", size=(0.24, 0.12, 0.08), surface={"dynamic_friction": 0.5, "restitution": 0.2})
    grid = {"count": [3, 3, 5], "step": [0.3, 0.3, 0.2]}
    objects = {"brick": {"asset": "brick", "at": [0, 0, 0.3], "rotate_deg": [10, 20, 30], "grid": grid}}
    with project.build(objects, events=True, ground=project.ground) as world:
        world.step(240 * 3)
        events = blows(world)
        step = world.step_count
        world.step(240)
        assert [e for e in world.events if e.step > step] == []
    assert 45 < len(events) < 45 * 12
    assert min(e.speed for e in events) >= 4 * G / 240
    last: dict[tuple[str, str], int] = {}
    for event in events:  # a blow soon after another of the same two is a harder one
        pair = (event.a, event.b)
        assert event.step - last.get(pair, -100) > 5 or event.speed >= 8 * G / 240
        last[pair] = event.step


def test_who_hovers_at_the_top_of_a_flight_is_not_lost_from_sight(project):
    project.ball(radius=0.05, surface={"dynamic_friction": 0.5, "restitution": 0.0})
    for hz in (240, 960):
        up = {f"ball_{i}": {"asset": "ball", "at": [i, 0, 0.5], "velocity": [0, 0, 0.05 * i]} for i in range(40)}
        with project.build(up, events=True, step_hz=hz, ground=project.ground) as world:
            world.step(hz)
            assert {e.a for e in world.events} == set(up)


def test_finer_steps_hear_softer_touches(project):
    counts = []
    for hz in (240, 960):
        with dropped(project, 0.004, hz) as world:  # 0.28 m/s, then 0.14, 0.07
            world.step(hz)
            counts.append(len(blows(world)))
    assert counts[0] < counts[1]


def test_watching_does_not_change_what_happens(project):
    project.asset("brick", size=(0.24, 0.12, 0.08), surface={"dynamic_friction": 0.5, "restitution": 0.2})
    grid = {"count": [3, 3, 3], "step": [0.3, 0.3, 0.2]}
    objects = {
        "brick": {"asset": "brick", "at": [0, 0, 0.3], "rotate_deg": [10, 20, 30], "grid": grid},
        "arm": {"asset": "kuka_iiwa", "at": [1, 0, 0]},
    }
    hashes = set()
    for events in (False, True):
        with project.build(objects, events=events, ground=project.ground) as world:
            world.command({"arm/lbr_iiwa_joint_2": 0.5})
            world.step(400)
            hashes.add(world.read().sha256())
    assert len(hashes) == 1


def test_a_robot_that_strikes_is_named_by_its_part(project):
    project.ball("ball", radius=0.1, mass=1.0)
    arm = {"asset": "kuka_iiwa", "joints": {"lbr_iiwa_joint_2": 1.5}}
    with project.build(
        {"arm": arm, "ball": {"asset": "ball", "at": [0.25, 0.40, -0.06]}}, events=True, gravity=[0, 0, 0]
    ) as world:
        world.command({"arm/lbr_iiwa_joint_1": 2.0}, mode="velocity")
        world.step(240)
        struck = {name for e in world.events for name in (e.a, e.b)}
    assert "ball" in struck
    assert any(name.startswith("arm/") for name in struck)
