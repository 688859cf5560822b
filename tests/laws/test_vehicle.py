"""Cars against theory: braking, cornering, coasting, standing still, changing lanes."""

import math

import numpy as np
import pytest

from sim.actors.driver import Driver
from sim.actors.follow import Follower
from sim.actors.manoeuvre import DoubleLaneChange, circle
from sim.actors.vehicle import VEHICLE_FIELDS, Controls, Vehicle
from sim.assets.library import default_library
from sim.errors import InputError
from sim.physics.tyre import Tyre
from sim.world.layout import Layout, compose
from sim.world.path import Path
from sim.world.spec import AirSpec, GroundSpec, ObjectSpec, WorldSpec
from sim.world.speed import SpeedProfile
from sim.world.world import World

G = 9.81
ASPHALT = 0.9  # asphalt 0.9 times tyre rubber 1


def plain(tmp_path, asset="compact_car", hz=240, gravity=(0.0, 0.0, -G), air=1.225, **more) -> Layout:
    """An endless level asphalt with one thing on it."""
    spec = WorldSpec(
        about="plain",
        step_hz=hz,
        ground=GroundSpec(substance="asphalt"),
        gravity=gravity,
        air=AirSpec(density=air),
        objects={"car": ObjectSpec(asset=asset, **more)},
    )
    return compose(spec, "plain", default_library(), tmp_path / "world.yaml")


def car_on(tmp_path, friction=ASPHALT, **more) -> Vehicle:
    world = World(plain(tmp_path, **more))
    car = Vehicle(world, "car", None if friction == ASPHALT else lambda place, part: friction / ASPHALT)
    world.add(car)
    return car


def braking_distance(car, kmh=100.0):
    """m from ``kmh`` to standing, brakes full since before; and the same by v²/(2 µ g)."""
    car.launch((kmh + 8) / 3.6)
    car.controls = Controls(brake=1)
    start = None
    while car.speed > 0.02:
        car.world.step()
        if start is None and car.speed <= kmh / 3.6:
            start, speed = car.place()[0][0], car.speed
    return car.place()[0][0] - start, speed


# ---------------------------------------------------------------------------------------------------------------------
# The tyre


def settled(tyre, vx, vy, spin=None, load=4000.0, friction=0.9, brake=0.0):
    """Forces of a tyre pushed on for a while; ``spin`` fixed when given."""
    omega = spin if spin is not None else vx / 0.3
    for _ in range(2000):
        turned = tyre.step(1 / 240, vx, vy, omega, 0.3, 1e9 if spin is not None else 1.2, load, friction, 0, brake,
                           False, False)  # fmt: skip
        omega = omega if spin is not None else turned
    return tyre.fx, tyre.fy


@pytest.mark.parametrize("angle", [0.01, 0.05, 0.1, 0.2, 0.4])
def test_side_force_is_that_of_the_brush_model(angle):
    tyre = Tyre(45_000, 80_000, 4000)
    _, fy = settled(tyre, 20.0, 20 * math.tan(angle))
    full = 45_000 * math.tan(angle) / (3 * 0.9 * 4000)
    expected = 0.9 * 4000 * (1 - max(1 - full, 0) ** 3)
    assert -fy == pytest.approx(expected, rel=1e-3)


def test_combined_slip_shares_one_circle():
    tyre = Tyre(60_000, 60_000, 4000)
    fx, fy = settled(tyre, 20.0, 4.0, spin=20 * 0.8 / 0.3)
    assert math.hypot(fx, fy) == pytest.approx(3600, rel=1e-6)
    assert fy / fx == pytest.approx(1.0, rel=1e-6)  # against the slip: 4 m/s along, 4 m/s across


def test_a_locked_wheel_slides_and_a_standing_one_holds():
    sliding, _ = settled(Tyre(45_000, 80_000, 4000), 15.0, 0.0, brake=1e5)
    assert sliding == pytest.approx(-0.9 * 4000)
    tyre = Tyre(45_000, 80_000, 4000)
    for _ in range(24):
        tyre.step(1 / 240, 0.01, 0.0, 0.0, 0.3, 1.2, 4000, 0.9, 0.0, 1e4, False, False)
    for _ in range(2400):
        tyre.step(1 / 240, 0.0, 0.0, 0.0, 0.3, 1.2, 4000, 0.9, 0.0, 1e4, False, False)
    stiffness = 80_000 / 0.35
    assert tyre.fx == pytest.approx(-stiffness * 0.001, rel=0.1)  # a spring that does not creep


def test_stiffness_and_friction_follow_the_load():
    one, two = Tyre(45_000, 80_000, 4000), Tyre(45_000, 80_000, 4000)
    _, light = settled(one, 20.0, 0.02, load=4000)
    _, heavy = settled(two, 20.0, 0.02, load=8000)
    assert heavy / light == pytest.approx(2**0.8, rel=1e-2)
    assert one.grip(8000, 1.0) == pytest.approx(8000 * 0.95)


# ---------------------------------------------------------------------------------------------------------------------
# Straight ahead


def test_a_car_at_rest_stands_on_its_wheels(tmp_path):
    car = car_on(tmp_path)
    car.world.step(480)
    at, _ = car.place()
    assert np.abs(at).max() < 1e-4
    assert max(abs(w.compression) for w in car.model.wheels) < 1e-3
    assert sum(w.load for w in car.model.wheels) == pytest.approx(1500 * G, rel=1e-4)


@pytest.mark.parametrize("friction", [0.9, 0.7, 0.4])
@pytest.mark.parametrize("hz", [240, 120])
def test_braking_distance_is_that_of_friction(tmp_path, friction, hz):
    distance, speed = braking_distance(car_on(tmp_path, friction, hz=hz))
    assert distance == pytest.approx(speed**2 / (2 * friction * G), rel=0.03)


def test_coasting_is_drag_and_rolling_resistance(tmp_path):
    car = car_on(tmp_path)
    car.launch(110 / 3.6)
    car.controls = Controls(gear=0)
    while car.speed > 100 / 3.6:
        car.world.step()
    start = car.world.time
    while car.speed > 50 / 3.6:
        car.world.step()
    mass = 1500 + sum(w.inertia / w.radius**2 for w in car.model.wheels)
    rolling, drag = 0.01 * 1500 * G, 0.5 * 1.225 * 0.62
    root = math.sqrt(drag / rolling)
    expected = mass / math.sqrt(rolling * drag) * (math.atan(root * 100 / 3.6) - math.atan(root * 50 / 3.6))
    assert car.world.time - start == pytest.approx(expected, rel=0.02)


def test_it_gets_going_like_its_class(tmp_path):
    car = car_on(tmp_path)
    car.controls = Controls(throttle=1)
    while car.speed < 100 / 3.6:
        car.world.step()
    assert 8 < car.world.time < 11


@pytest.mark.parametrize("controls", [Controls(brake=0.6), Controls(parking=1)])
def test_brakes_hold_it_on_a_slope_of_15_percent(tmp_path, controls):
    angle = math.atan(0.15)
    car = car_on(tmp_path, gravity=(-G * math.sin(angle), 0.0, -G * math.cos(angle)))
    car.controls = controls
    car.world.step(480)
    before = car.place()[0]
    car.world.step(240 * 20)
    assert math.dist(before, car.place()[0]) < 2e-3
    car.controls = Controls()
    car.world.step(480)
    assert car.speed < -0.5  # and without them it rolls back


def test_it_reverses(tmp_path):
    car = car_on(tmp_path)
    car.controls = Controls(throttle=0.5, gear=-1)
    car.world.step(480)
    assert car.speed < -2
    assert car.world.read().fields["car/vehicle"][VEHICLE_FIELDS.index("gear")] == -1


# ---------------------------------------------------------------------------------------------------------------------
# Round bends


def cornering(car, speed, angle, seconds=6.0):
    """Yaw rate, rad/s, and speed, m/s, at a held road-wheel angle."""
    car.launch(speed)
    for _ in range(int(seconds * car.world.layout.step_hz)):
        throttle, brake = car.pedals(3 * (speed - car.speed))
        car.controls = Controls(throttle, brake, angle=angle)
        car.world.step()
    return car.yaw_rate, car.speed


@pytest.mark.parametrize("kmh", [60, 80, 100])
def test_yaw_gain_and_understeer_are_those_of_the_single_track(tmp_path, kmh):
    car = car_on(tmp_path)
    wheelbase, gradient = car.model.wheelbase, car.model.understeer_gradient
    v = kmh / 3.6
    angle = 1.5 * (wheelbase + gradient * v * v) / (v * v)  # for 1.5 m/s²
    rate, speed = cornering(car, v, angle)
    gain = rate / angle
    assert gain == pytest.approx(speed / (wheelbase + gradient * speed**2), rel=0.07)
    assert (speed / gain - wheelbase) / speed**2 == pytest.approx(gradient, rel=0.15)


def test_a_step_of_the_wheel_is_answered_fast_and_settles(tmp_path):
    """ISO 7401: 80 km/h, a step to about 4 m/s²."""
    car, v, rates = car_on(tmp_path), 80 / 3.6, []
    cornering(car, v, 0.0, 1.0)
    angle = 4.0 * (car.model.wheelbase + car.model.understeer_gradient * v * v) / (v * v)
    for _ in range(240 * 4):
        throttle, brake = car.pedals(3 * (v - car.speed))
        car.controls = Controls(throttle, brake, angle=angle)
        car.world.step()
        rates.append(car.yaw_rate)
    steady = rates[-1]
    assert np.std(rates[-240:]) < 0.01 * steady
    assert next(i for i, rate in enumerate(rates) if rate > 0.9 * steady) / 240 < 0.4
    assert 1.0 < max(rates) / steady < 1.3


def test_a_slow_bend_is_ackermanns(tmp_path):
    car = car_on(tmp_path)
    rate, speed = cornering(car, 2.0, 0.3, 8)
    assert speed / rate == pytest.approx(car.model.wheelbase / math.tan(0.3), rel=0.01)
    left, right = car.model.wheels[0].steer, car.model.wheels[1].steer
    assert 1 / math.tan(right) - 1 / math.tan(left) == pytest.approx(1.55 / 2.7, rel=1e-6)


def test_a_constant_circle_is_held(tmp_path):
    car = car_on(tmp_path)
    driver = Driver(car, circle(100), 14.0)
    car.world.add(driver)
    car.world.step(240 * 12)
    assert abs(driver.lateral) < 0.15
    assert car.lateral_acceleration == pytest.approx(14.0**2 / 100, rel=0.05)


def lane_change(tmp_path, friction):
    car = car_on(tmp_path, friction, at=(-60.0, 0.0, 0.0))
    course = DoubleLaneChange.of(1.79)
    driver = Driver(car, course.path, 80 / 3.6, lateral=99, stop=False)
    car.world.add(driver)
    car.launch(80 / 3.6)
    struck = False
    while car.place()[0][0] < 130 and car.world.time < 12:
        car.world.step(4)
        struck = struck or course.struck(car.world.read().pose("car"), 2.24, -2.14)
    return struck


def test_the_double_lane_change_is_passed_on_asphalt_and_failed_on_snow(tmp_path):
    assert not lane_change(tmp_path, 0.9)
    assert lane_change(tmp_path, 0.4)


# ---------------------------------------------------------------------------------------------------------------------
# Contracts


def drive_about(car, seconds=4.0):
    car.launch(15.0)
    hashes = []
    for i in range(int(seconds * 20)):
        car.controls = Controls(0.4 if i % 20 < 12 else 0.0, 0.0 if i % 20 < 12 else 0.7, math.sin(i / 7) * 0.3)
        car.world.step(12)
        hashes.append(car.world.read().sha256())
    return hashes


def test_driving_twice_gives_the_same_bits(tmp_path):
    assert drive_about(car_on(tmp_path)) == drive_about(car_on(tmp_path))


def test_a_saved_drive_goes_on_with_the_same_bits(tmp_path):
    car = car_on(tmp_path)
    drive_about(car, 1)
    save = car.world.save()
    first = drive_about(car, 1)
    car.world.restore(save)
    assert drive_about(car, 1) == first


def test_a_rewound_world_is_driven_anew_with_the_same_bits(tmp_path):
    car = car_on(tmp_path)
    first = drive_about(car, 1)
    car.world.rewind()
    car.world.step(240)
    assert abs(car.world.read().pose("car").position[2]) < 2e-3  # on its wheels, which touch by themselves again
    car.world.rewind()
    again = Vehicle(car.world, "car")
    car.world.add(again)
    assert drive_about(again, 1) == first


def test_wheels_touch_the_ground_whatever_the_body_does(tmp_path):
    car = car_on(tmp_path)
    for controls in (Controls(brake=1), Controls(throttle=1, steer=0.15)):
        car.launch(20.0)
        car.controls = controls
        car.world.step(150)
        state = car.world.read()
        for part in ("wheel_fl", "wheel_fr", "wheel_rl", "wheel_rr"):
            assert state.pose(f"car/{part}").position[2] == pytest.approx(0.316, abs=0.006)
    spin = state.joints.index("car/spin_rl")
    assert state.joint_velocity[spin] == pytest.approx(car.speed / 0.316, rel=0.05)


@pytest.mark.parametrize("asset", ["van", "bus", "bicycle", "taxi"])
def test_every_vehicle_drives_turns_and_stops(tmp_path, asset):
    car = car_on(tmp_path, asset=asset)
    car.world.step(240)
    assert abs(car.place()[0][2]) < 2e-3
    car.controls = Controls(throttle=0.8)
    car.world.step(240 * 5)
    assert 4 < car.speed < 30
    speed = car.speed
    angle = 2.0 * car.model.wheelbase / speed**2
    car.controls = Controls(throttle=0.1, angle=angle)
    car.world.step(240 * 2)
    assert car.yaw_rate > 0.7 * car.speed * angle / (car.model.wheelbase + car.model.understeer_gradient * car.speed**2)
    car.controls = Controls(brake=0.6)
    car.world.step(240 * 8)
    assert abs(car.speed) < 0.01
    up = car.world.read().pose("car").apply((0, 0, 1)) - car.world.read().pose("car").position
    assert up[2] > 0.99


def test_a_follower_is_exact(tmp_path):
    world = World(plain(tmp_path))
    path = Path.rounded([(0, 0), (60, 0), (60, 40)], 15)
    target = Follower(world, "car", path, SpeedProfile([(0, 50 / 3.6), (1, 50 / 3.6), (3, 2 / 3.6)]))
    world.add(target)
    way = 0.0
    for _ in range(200):
        world.step(4)
        state = world.read()
        way = target.way
        assert np.linalg.norm(state.position[0][:2] - path.at(way)[:2]) < 1e-6
        assert np.linalg.norm(state.linear_velocity[0]) == pytest.approx(target.speed, abs=0.1 / 3.6)
    assert way == pytest.approx(50 / 3.6 + 52 / 3.6 + 2 / 3.6 * (800 / 240 - 3))
    assert state.joint_position[state.joints.index("car/spin_rl")] == pytest.approx(way / 0.316)


def test_a_follower_that_is_struck_is_let_go_on_its_wheels(tmp_path):
    spec = plain(tmp_path).with_objects({"ego": ObjectSpec(asset="compact_car", at=(-20, 0.4, 0))}, "scenario")
    world = World(spec, events=True)
    target, ego = Follower(world, "car", Path([(0, 0), (200, 0)]), 5.0), Vehicle(world, "ego")
    world.add(target)
    world.add(ego)
    ego.launch(15.0)
    while not target.released and world.time < 4:
        world.step()
    assert world.time == pytest.approx((20 - 4.38) / 10, abs=0.1)  # bumper to bumper, closed at 10 m/s
    assert any(e.kind == "contact" and {e.a, e.b} == {"car", "ego"} for e in world.events)
    world.step(480)
    state = world.read()
    assert np.linalg.norm(state.linear_velocity[state.row("car")]) > 3
    assert ego.speed < 14
    assert abs(state.pose("car").position[2]) < 0.06


def test_only_vehicles_are_driven(tmp_path):
    world = World(plain(tmp_path, asset="crate", at=(0, 0, 0.01)))
    with pytest.raises(InputError, match="crate is no vehicle"):
        Vehicle(world, "car")
    with pytest.raises(InputError, match="no object is called 'cart'"):
        Vehicle(world, "cart")


def test_lamps_say_what_it_does(tmp_path):
    car = car_on(tmp_path)
    car.controls, car.indicator, car.headlights = Controls(brake=0.5), "left", False
    car.world.step(60)
    lit = car.world.read().switched
    assert lit["car/brake_left"]
    assert lit["car/brake_right"]
    assert not lit["car/head_left"]
    assert lit["car/turn_left_rear"]
    assert not lit["car/turn_right_rear"]
    car.controls, car.indicator = Controls(throttle=0.2, gear=-1), ""
    car.world.step(60)
    lit = car.world.read().switched
    assert lit["car/reverse_left"]
    assert not lit["car/brake_left"]
    assert not lit["car/turn_left_rear"]
