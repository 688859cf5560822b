"""Sound and small strains against theory: frequencies, decay, impulses, times, distances, beams and balls."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sim.assets.mesh import primitive_mesh
from sim.pose import Pose
from sim.render.camera import Camera
from sim.render.video import VideoWriter, read_audio, read_frames
from sim.sound import Cut, soundtrack
from sim.sound.air import absorption, speed_of_sound
from sim.sound.bank import Bank
from sim.sound.hertz import contact_time, effective_modulus, pulse
from sim.sound.listener import Hearing
from sim.sound.modal import Elastic
from sim.sound.room import Room
from sim.sound.voxels import Cells, cells
from sim.world.take import record

RATE, G = 48000, 9.81
E, NU, RHO = 2.0e11, 0.29, 7850.0  # steel
STEEL_BALL = 4 / 3 * np.pi * 0.02**3 * RHO  # kg


def bar(n: tuple[int, int, int], size: tuple[float, float, float]) -> Cells:
    index = np.stack(np.meshgrid(*(np.arange(k) for k in n), indexing="ij"), axis=-1).reshape(-1, 3)
    return Cells(np.zeros(3), np.array(size) / n, index, np.ones(len(index)))


# ---------------------------------------------------------------------------------------------------------------------
# S1 to S4: resonators and pulses


@pytest.mark.parametrize("frequency", [82.41, 1000.0, 7040.3])
def test_the_spectral_peak_is_the_modes_frequency(frequency):
    decay = 2.0
    sound = Bank(np.array([frequency]), np.array([decay]), RATE).strike(np.array([1.0]), np.ones(1))
    window = np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(sound * window, 8 * len(sound)))
    peak = np.argmax(spectrum) * RATE / (8 * len(sound))
    assert peak == pytest.approx(frequency, rel=5e-4)


@pytest.mark.parametrize("decay", [1.6, 12.0, 90.0])
def test_a_mode_dies_away_in_the_time_its_damping_says(decay):
    sound = Bank(np.array([1500.0]), np.array([decay]), RATE).strike(np.array([1.0]), np.ones(1)).astype(float)
    energy = np.cumsum(sound[::-1] ** 2)[::-1]  # Schroeder
    level = 10 * np.log10(energy / energy[0])
    a, b = np.searchsorted(-level, [5.0, 45.0])
    t60 = 60.0 * (b - a) / RATE / (level[a] - level[b])
    assert t60 == pytest.approx(3 * np.log(10) / decay, rel=0.01)


def test_struck_and_driven_resonators_are_the_same_ones():
    rng = np.random.default_rng(1)
    bank = Bank(np.sort(rng.uniform(60, 15000, 25)), rng.uniform(5, 400, 25), RATE)
    weight = rng.standard_normal(25)
    _, push = pulse(0.01234, 0.0021, 0.3, RATE)
    struck = bank.strike(push, weight)
    force = np.zeros(len(struck))
    force[: len(push)] = push
    driven = bank.response(force, weight)
    assert np.abs(struck - driven).max() < 2e-4 * np.abs(driven).max()  # where quiet modes are let go


@pytest.mark.parametrize("duration", [3e-6, 118.6e-6, 1e-3, 0.0137])
@pytest.mark.parametrize("time", [0.0, 0.1234567, 59.99999])
def test_a_pulse_carries_its_impulse_and_its_moment(duration, time):
    first, push = pulse(time, duration, 0.7, RATE)
    assert push.sum() == pytest.approx(0.7, rel=1e-9)
    center = (first + np.arange(len(push))) @ push / 0.7 / RATE
    assert center == pytest.approx(time + duration / 2, abs=1e-9)
    assert push.min() >= -1e-12


def test_hertz_contact_time_is_that_of_the_equation_of_motion():
    modulus, speed, radius = effective_modulus(E, NU, E, NU), 2.4, 0.02
    stiffness = 4 / 3 * modulus * np.sqrt(radius)

    def move(_, state):
        return state[1], -stiffness * max(state[0], 0.0) ** 1.5 / STEEL_BALL

    def apart(t, state):
        return state[0] if t > 1e-6 else 1.0

    apart.terminal, apart.direction = True, -1  # type: ignore[attr-defined]
    solved = solve_ivp(move, (0, 1e-3), (0.0, speed), events=apart, rtol=1e-10, atol=1e-14)
    found = contact_time(STEEL_BALL, radius, modulus, speed)
    assert found == pytest.approx(solved.t_events[0][0], rel=1e-3)
    assert found == pytest.approx(118.6e-6, rel=1e-3)


# ---------------------------------------------------------------------------------------------------------------------
# S5 to S8: times and distances


def facing(distance: float, height: float = 0.0) -> Camera:
    return Camera(Pose.looking((-distance, 0, height), (0, 0, height)))


def dropped(project, height: float, hz: int):
    project.ball("ball", radius=0.02, mass=STEEL_BALL, substance="steel")
    kick = G / hz / 2  # half a step's fall: the integrator's own error is gone
    objects = {"ball": {"asset": "ball", "at": [0, 0, 0.02 + height], "velocity": [0, 0, kick]}}
    return project.build(objects, events=True, step_hz=hz, ground={"substance": "granite"})


@pytest.mark.parametrize("height", [0.05, 0.123, 0.5, 1.0, 2.7])
def test_a_blow_is_heard_when_the_surfaces_met_and_as_much_later_as_it_is_far(project, height):
    with dropped(project, height, 960) as world:
        before = height
        while True:
            world.step()
            gap = world.read().position[0, 2] - 0.02
            if gap <= 0:
                meeting = (world.step_count - 1 + before / (before - gap)) / 960
                break
            before = gap
    with dropped(project, height, 960) as world:
        take = record(world, 1.0, fps=60)
    distance = 3.0
    track = soundtrack(take, [Cut(0.0, 1.0, 0.0, lambda t: facing(distance, 0.0))])
    heard = np.abs(track.stems["impacts"]).max(axis=1)
    first = take.events[0].time
    later = next(e.time for e in take.events[1:] if e.time > first) if len(take.events) > 1 else 2.0
    one = heard[: int((later + 0.008) * RATE)]
    onset = np.argmax(one > 0.01 * one[: int((first + 0.012) * RATE)].max()) / RATE
    way = np.hypot(distance, 0.085) / speed_of_sound(288.15)
    assert onset == pytest.approx(meeting + way, abs=1e-4)
    assert meeting == pytest.approx(np.sqrt(2 * height / G), abs=2e-4)


def test_the_impulse_of_a_dropped_ball_is_the_momentum_it_turned(project):
    with dropped(project, 0.5, 240) as world:
        take = record(world, 0.5)
    bounce = take.layout.library.substances["steel"].surface.restitution
    bounce *= take.layout.library.substances["granite"].surface.restitution
    turned = STEEL_BALL * np.sqrt(2 * G * 0.5) * (1 + bounce)
    assert take.events[0].impulse == pytest.approx(turned, rel=0.06)


def heard_from(distance: float, moving: bool) -> tuple[float, float]:
    """Level and time of a short sound made 1 m from its place, in free air."""
    ears = Hearing(Cut(0.0, 1.0, 0.0, lambda t: facing(distance)), Room(), 288.15, RATE)
    click = (np.hanning(401) * np.sin(np.arange(401) * 0.02)).astype(np.float32)
    out = ears.silence()
    if moving:
        ears.follow(out, click, RATE // 10, lambda t: np.zeros((len(t), 3)))
    else:
        ears.strike(out, click, RATE // 10, np.zeros(3))
    arrived = np.sum(np.arange(ears.n) * out[0].astype(float) ** 2) / np.sum(out[0].astype(float) ** 2)
    made = np.sum(np.arange(401) * click.astype(float) ** 2) / np.sum(click.astype(float) ** 2)
    return float(np.sqrt(np.sum(out[0].astype(float) ** 2))), float(arrived - made - RATE // 10)


@pytest.mark.parametrize("moving", [False, True])
def test_sound_falls_by_6_db_a_doubling_and_comes_r_over_c_later(moving):
    levels = []
    for distance in (4.0, 8.0, 16.0):
        level, delay = heard_from(distance, moving)
        levels.append(20 * np.log10(level))
        assert delay == pytest.approx(np.hypot(distance, 0.085) / speed_of_sound(288.15) * RATE, abs=1.0)
    assert np.diff(levels) == pytest.approx([-6.02, -6.02], abs=0.1)


@pytest.mark.parametrize("frequency", [500.0, 2000.0, 4000.0])
def test_far_off_sound_is_dulled_by_the_air_on_its_way(frequency):
    level = []
    for distance in (10.0, 110.0):
        ears = Hearing(Cut(0.0, 1.0, 0.5, lambda t, d=distance: facing(d)), Room(), 288.15, RATE)
        tone = np.sin(2 * np.pi * frequency * np.arange(2 * RATE) / RATE).astype(np.float32)
        out = ears.silence()
        ears.follow(out, tone, 0, lambda t: np.zeros((len(t), 3)))
        level.append(20 * np.log10(np.std(out[0, RATE // 4 : 3 * RATE // 4])))
    lost = 20 * np.log10(np.hypot(110, 0.085) / np.hypot(10, 0.085)) + 100 * float(absorption(frequency, 288.15))
    assert level[0] - level[1] == pytest.approx(lost, abs=0.4)


def test_a_source_that_passes_is_higher_before_and_lower_after():
    speed, c = 30.0, speed_of_sound(288.15)
    ears = Hearing(Cut(0.0, 4.0, 0.0, lambda t: facing(3.0)), Room(), 288.15, RATE)
    tone = np.sin(2 * np.pi * 1000 * np.arange(4 * RATE) / RATE).astype(np.float32)
    out = ears.silence()
    ears.follow(out, tone, 0, lambda t: np.stack([0 * t, speed * (2 - t), 0 * t], axis=-1))
    for begin, expected in ((0.5, 1000 / (1 - speed / c)), (3.2, 1000 / (1 + speed / c))):
        piece = out[:, int(begin * RATE) :][:, :16384].sum(axis=0) * np.hanning(16384)
        peak = np.argmax(np.abs(np.fft.rfft(piece, 1 << 17))) * RATE / (1 << 17)
        assert peak == pytest.approx(expected, rel=2e-3)


def test_flash_and_click_stay_together_through_a_minute_of_mp4(tmp_path):
    fps, seconds, moments = 24, 60, (0.5137, 29.9991, 59.4321)
    sound = np.zeros((RATE * seconds, 2), np.float32)
    for t in moments:
        sound[round(t * RATE) : round(t * RATE) + 48] = 0.8
    frames = {int(np.ceil(t * fps)) for t in moments}
    with VideoWriter(tmp_path / "a.mp4", (64, 36), fps, RATE, preset="ultrafast") as film:
        for i in range(fps * seconds):
            film.write_frame(np.full((36, 64, 3), 255 if i in frames else 0, np.uint8))
        film.write_audio(sound)
    heard, rate = read_audio(tmp_path / "a.mp4")
    level = np.abs(heard).max(axis=1)
    for t in moments:
        near = level[round((t - 0.1) * rate) : round((t + 0.1) * rate)]
        onset = np.argmax(near > 0.5 * near.max()) / rate + round((t - 0.1) * rate) / rate
        assert onset == pytest.approx(t, abs=1e-3)
    lit = [time for time, picture in read_frames(tmp_path / "a.mp4") if picture.mean() > 128]
    assert lit == pytest.approx([np.ceil(t * fps) / fps for t in moments], abs=1e-6)


# ---------------------------------------------------------------------------------------------------------------------
# D1 to D5: the elements


def test_even_tension_and_shear_are_met_to_the_last_digit():
    grid = bar((3, 2, 2), (0.3, 0.2, 0.1))
    body = Elastic(grid, E, NU, RHO)
    force, fixed = np.zeros((len(body.nodes), 3)), np.zeros((len(body.nodes), 3), bool)
    stress, area = 1e6, 0.02
    for face, sign in ((0.0, -1), (0.3, 1)):
        on = np.isclose(body.nodes[:, 0], face)
        inner = 2.0 ** np.stack(
            [(body.nodes[:, k] > 1e-9) & (body.nodes[:, k] < top - 1e-9) for k, top in ((1, 0.2), (2, 0.1))]
        ).sum(axis=0)
        share = np.where(on, inner, 0.0)
        force[:, 0] += sign * stress * area * share / share.sum()
    corner = int(np.argmin(np.linalg.norm(body.nodes, axis=1)))
    along_y = int(np.argmin(np.linalg.norm(body.nodes - (0, 0.2, 0), axis=1)))
    along_z = int(np.argmin(np.linalg.norm(body.nodes - (0, 0, 0.1), axis=1)))
    fixed[corner], fixed[along_y, [0, 2]], fixed[along_z, 0] = True, True, True
    moved = body.solve(force, fixed)
    expected = body.nodes * np.array([1, -NU, -NU]) * stress / E
    assert np.abs(moved - expected).max() < 1e-9 * np.abs(expected).max()


@pytest.mark.parametrize("thick", [1, 2])
def test_a_cantilever_bends_and_swings_as_a_beam(thick):
    length, height, modulus, density = 1.0, 0.1, 2e7, 1000.0
    body = Elastic(bar((10 * thick, thick, thick), (length, height, height)), modulus, 0.3, density)
    held = np.isclose(body.nodes[:, 0], 0)
    force = np.zeros((len(body.nodes), 3))
    end = np.isclose(body.nodes[:, 0], length)
    force[end, 2] = -1.0 / end.sum()
    inertia = height**4 / 12
    tip = length**3 / (3 * modulus * inertia)  # Euler and Bernoulli; the clamp's stiffness makes up for the shear
    moved = body.solve(force, np.repeat(held[:, None], 3, axis=1))
    assert -moved[end, 2].mean() == pytest.approx(tip, rel=0.01)
    first = 1.8751**2 / (2 * np.pi * length**2) * np.sqrt(modulus * inertia / (density * height**2))
    assert body.modes(2, held).frequency[0] == pytest.approx(first, rel=0.012)


def test_a_free_steel_bar_rings_as_the_standard_says():
    body = Elastic(bar((45, 3, 3), (0.3, 0.02, 0.02)), E, NU, RHO)
    modes = body.modes(2)
    assert modes.frequency == pytest.approx([1135.2, 1135.2], rel=0.01)  # ASTM E1876
    shape = modes.shape[:, 0].reshape(-1)
    assert shape @ (body.mass @ shape) == pytest.approx(1.0, rel=1e-6)


def test_a_steel_ball_rings_as_lamb_found():
    mesh = primitive_mesh("sphere", (0.5,))
    grid = cells(mesh.solid.vertices, mesh.solid.faces, edge=1 / 12)
    shear = np.sqrt(E / (2 * (1 + NU)) / RHO)
    found = Elastic(grid, E, NU, RHO).modes(10).frequency * 2 * np.pi * 0.5 / shear
    assert found[:5] == pytest.approx(np.full(5, 2.501), rel=0.03)  # torsional, T2
    assert found[5:] == pytest.approx(np.full(5, 2.640), rel=0.03)  # spheroidal, S2


def test_a_thin_tube_rings_as_a_ring_though_its_wall_is_a_fraction_of_a_cell():
    import trimesh

    radius, wall, modulus, density = 0.04, 0.002, 70e9, 2400.0
    tube = trimesh.creation.annulus(r_min=radius - wall / 2, r_max=radius + wall / 2, height=0.1, sections=64)
    grid = cells(tube.vertices, tube.faces, tube.volume / tube.area, 1200)
    assert grid.size.min() > 3 * wall
    body = Elastic(grid, modulus, 0.2, density * tube.volume / (grid.fill.sum() * np.prod(grid.size)))
    ring = wall / (2 * np.pi * radius**2) * np.sqrt(modulus / 12 / density) * 6 / np.sqrt(5)
    assert body.modes(1).frequency[0] == pytest.approx(ring, rel=0.15)


def test_what_contracts_by_itself_keeps_what_it_is_told():
    body = Elastic(bar((4, 2, 2), (0.4, 0.2, 0.2)), 1e5, 0.45, 1000.0)
    fixed = np.zeros((len(body.nodes), 3), bool)
    origin = int(np.argmin(np.linalg.norm(body.nodes, axis=1)))
    far_y = int(np.argmin(np.linalg.norm(body.nodes - (0, 0.2, 0), axis=1)))
    far_z = int(np.argmin(np.linalg.norm(body.nodes - (0, 0, 0.2), axis=1)))
    fixed[origin], fixed[far_y, [0, 2]], fixed[far_z, 0] = True, True, True
    moved = body.solve(body.eigenstrain_force([-0.1, 0, 0, 0, 0, 0]), fixed)
    assert moved[:, 0] == pytest.approx(-0.1 * body.nodes[:, 0], abs=1e-9)
    assert np.abs(moved[:, 1:]).max() < 1e-9
