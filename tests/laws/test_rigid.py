"""Rigid bodies against theory. The tolerances are what the integrator can be held to, not what it happens to reach."""

import numpy as np
import pytest

G = 9.81


def leaning(degrees: float) -> list[float]:
    """Gravity on a slope that falls towards +X, told in the slope's own frame."""
    angle = np.deg2rad(degrees)
    return [float(G * np.sin(angle)), 0.0, float(-G * np.cos(angle))]


@pytest.mark.parametrize("hz", [240, 960])
def test_free_fall_errs_by_exactly_half_a_step(project, hz):
    project.ball()
    world = project.build({"ball": {"asset": "ball", "at": [0, 0, 100]}}, step_hz=hz)
    for _ in range(4):
        world.step(hz // 4)
        t, dt = world.time, 1 / hz
        assert world.read().position[0, 2] == pytest.approx(100 - G * t**2 / 2 - G * dt * t / 2, abs=1e-9)


def test_a_projectile_keeps_its_speed_along_the_ground(project):
    project.ball()
    world = project.build({"ball": {"asset": "ball", "at": [0, 0, 100], "velocity": [30, -7, 5]}})
    world.step(480)
    assert world.read().position[0, :2] == pytest.approx([60, -14], abs=1e-9)


@pytest.mark.parametrize("friction", [0.2, 0.5])
def test_a_sliding_box_stops_where_friction_says(project, friction):
    project.asset("box", size=(0.4, 0.4, 0.1), surface={"dynamic_friction": friction, "restitution": 0.0})
    speed = 3.0
    world = project.build(
        {"box": {"asset": "box", "at": [0, 0, 0.05], "velocity": [speed, 0, 0]}}, ground=project.ground
    )
    world.step(240 * 4)
    state = world.read()
    assert abs(state.linear_velocity[0, 0]) < 1e-3
    assert state.position[0, 0] == pytest.approx(speed**2 / (2 * friction * G), rel=0.01)


def test_a_ball_rolls_down_at_five_sevenths(project):
    project.ball(surface={"dynamic_friction": 0.8, "restitution": 0.0})
    world = project.build(
        {"ball": {"asset": "ball", "at": [0, 0, 0.1]}}, ground=project.ground, gravity=leaning(10), sleeping=False
    )
    world.step(240 * 2)
    expected = 5 / 7 * G * np.sin(np.deg2rad(10)) * world.time
    state = world.read()
    assert state.linear_velocity[0, 0] == pytest.approx(expected, rel=0.005)
    assert state.angular_velocity[0, 1] * 0.1 == pytest.approx(state.linear_velocity[0, 0], rel=0.005)  # no slip


PENDULUM = """<robot name="pendulum">
  <link name="pivot">
    <inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>
  </link>
  <link name="bob">
    <inertial>
      <origin xyz="0 0 -1"/><mass value="2"/>
      <inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial>
  </link>
  <joint name="hinge" type="continuous">
    <parent link="pivot"/><child link="bob"/><axis xyz="0 1 0"/>
  </joint>
</robot>"""


def test_a_pendulum_keeps_its_period(project):
    project.write("assets/pendulum/pendulum.urdf", PENDULUM)
    project.asset("pendulum", model="pendulum.urdf", physics={"motion": "static"})
    amplitude = 0.1
    world = project.build({"pendulum": {"asset": "pendulum", "joints": {"hinge": amplitude}}}, sleeping=False)
    angles = []
    for _ in range(240 * 20):
        world.step()
        angles.append(world.read().joint_position[0])
    angles = np.array(angles)
    up = np.flatnonzero((angles[:-1] < 0) & (angles[1:] >= 0))
    crossing = (up + angles[up] / (angles[up] - angles[up + 1])) / 240
    ideal = 2 * np.pi * np.sqrt((2 * 1 + 0.01) / (2 * G))
    exact = ideal * (1 + amplitude**2 / 16 + 11 * amplitude**4 / 3072)
    assert np.diff(crossing).mean() == pytest.approx(exact, rel=0.0005)
    assert angles[-480:].max() == pytest.approx(amplitude, rel=0.001)  # nothing brakes it


@pytest.mark.parametrize(("slope", "slides"), [(16.6, False), (16.8, True)])
def test_a_box_slides_from_the_friction_angle_on(project, slope, slides):
    project.asset(
        "box", size=(0.4, 0.4, 0.1), surface={"dynamic_friction": 0.3, "restitution": 0.0}
    )  # atan 0.3 = 16.70°
    world = project.build(
        {"box": {"asset": "box", "at": [0, 0, 0.05]}}, ground=project.ground, gravity=leaning(slope), sleeping=False
    )
    world.step(240 * 2)
    if slides:
        sliding = G * (np.sin(np.deg2rad(slope)) - 0.3 * np.cos(np.deg2rad(slope)))
        assert world.read().position[0, 0] > 0.5 * sliding * 2**2 / 2
        assert world.read().linear_velocity[0, 0] > 0.01
    else:
        assert world.read().position[0, 0] <= 0.004


@pytest.mark.parametrize("restitution", [0.5, 1.0])
def test_colliding_balls_keep_their_momentum_and_restitution(project, restitution):
    project.ball("light", mass=1.0, surface={"dynamic_friction": 0.0, "restitution": restitution})
    project.ball("heavy", mass=3.0)
    world = project.build(
        {
            "light": {"asset": "light", "at": [-0.5, 0, 0], "velocity": [2, 0, 0]},
            "heavy": {"asset": "heavy", "at": [0.5, 0, 0], "velocity": [-1, 0, 0]},
        },
        gravity=[0, 0, 0],
        sleeping=False,
    )
    masses = np.array([1.0, 3.0])
    before = masses @ world.read().linear_velocity
    world.step(240)
    after = world.read().linear_velocity
    assert masses @ after == pytest.approx(before, abs=1e-9)
    effective = (after[1, 0] - after[0, 0]) / 3.0
    assert restitution * 0.99 <= effective <= restitution * 1.06


def test_spin_is_kept_when_nothing_touches(project):
    project.asset("brick", size=(0.3, 0.2, 0.1))
    world = project.build(
        {"brick": {"asset": "brick", "at": [0, 0, 0], "angular_velocity": [0, 0, 5]}}, gravity=[0, 0, 0], sleeping=False
    )
    world.step(240 * 5)
    assert world.read().angular_velocity[0] == pytest.approx([0, 0, 5], abs=1e-9)


def test_what_rests_presses_with_its_weight(project):
    project.asset(
        "box", size=(0.4, 0.4, 0.4), physics={"mass": 8.0}, surface={"dynamic_friction": 0.5, "restitution": 0.0}
    )
    world = project.build({"box": {"asset": "box", "at": [0, 0, 0.2]}}, ground=project.ground, sleeping=False)
    world.step(480)
    assert world.contacts().force.sum() == pytest.approx(8 * G, rel=0.001)


def test_no_hidden_air_holds_a_fall_back(project):
    project.ball()
    world = project.build({"ball": {"asset": "ball", "at": [0, 0, 1000]}})
    world.step(240 * 5)
    assert world.read().linear_velocity[0, 2] == pytest.approx(-49.05, rel=0.001)


def test_a_fast_thing_is_not_held_at_100_metres_a_second(project):
    project.ball()
    world = project.build({"ball": {"asset": "ball", "at": [0, 0, 0], "velocity": [250, 0, 0]}}, gravity=[0, 0, 0])
    world.step(24)
    assert world.read().position[0, 0] == pytest.approx(25, abs=1e-6)
