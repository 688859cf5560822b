"""Heat against theory: fronts, ablation, close contact, cooling, craters."""

import dataclasses

import numpy as np
import pytest
from scipy.special import erf, erfc

from sim.assets.library import Library, starter_root
from sim.physics.heat.dent import crater_depth, crater_volume, energy_lost
from sim.physics.heat.flux import Pressed, close_contact_flux, close_contact_speed
from sim.physics.heat.matter import Matter
from sim.physics.heat.planck import SIGMA
from sim.physics.heat.shells import Shells
from sim.physics.heat.voxels import Voxels

SUBSTANCES = Library(starter_root()).substances
ICE = dataclasses.replace(
    Matter.of("ice", SUBSTANCES["ice"]), liquid_conductivity=0.562, liquid_specific_heat=4205.0, liquid_density=917.0
)
IRON = Matter.of("iron", SUBSTANCES["iron"])


def neumann(wall: float, start: float) -> float:
    """λ of the two-phase Stefan problem; temperatures in °C (Carslaw and Jaeger, chapter 11)."""
    k_l, c_l, k_s, c_s, latent = 0.562, 4205.0, 2.22, 2050.0, 333_550.0
    nu = np.sqrt((k_l / c_l) / (k_s / c_s))
    hot, cold = c_l * wall / latent, c_s * -start / latent

    def balance(x: float) -> float:
        return hot / (np.exp(x**2) * erf(x)) - cold / (nu * np.exp(nu**2 * x**2) * erfc(nu * x)) - x * np.sqrt(np.pi)

    low, high = 1e-6, 3.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if balance(middle) > 0 else (low, middle)
    return low


def front(dx: float, seconds: float, wall: float = 20.0, start: float = -10.0) -> tuple[float, Voxels]:
    """How far, m, the melt has come into a bar of ice behind a warm wall."""
    n = round(0.16 / dx)
    bar = Voxels(ICE, np.zeros(3), np.array([dx, 0.01, 0.01]), np.ones((n, 1, 1)), 273.15 + start, drained=False)
    step = bar.longest_step * 0.5
    steps = int(np.ceil(seconds / step))
    first = np.zeros(1, np.int64)
    for _ in range(steps):
        dt = seconds / steps
        k = ICE.liquid_conductivity
        flux = k * (273.15 + wall - bar.temperatures()[0, 0, 0]) / (dx / 2)
        bar.add(first, np.array([flux * 1e-4 * dt]))
        bar.conduct(dt)
    return float(bar.liquid_part().sum()) * dx, bar


def test_h1_a_melting_front_goes_as_neumann_says():
    x = 2 * neumann(20.0, -10.0) * np.sqrt(0.562 / (917 * 4205) * 600)
    assert x == pytest.approx(5.5e-3, rel=1e-3)
    errors = []
    for dx in (2e-3, 1e-3, 0.5e-3):
        reached, bar = front(dx, 600.0)
        errors.append(abs(reached - x))
    assert errors[-1] <= min(0.35 * 0.5e-3, 0.03 * x)
    assert np.log2(errors[0] / errors[2]) / 2 >= 0.9
    alpha_l, alpha_s = 0.562 / (917 * 4205), 2.22 / (917 * 2050)
    lam, at = neumann(20.0, -10.0), (np.arange(bar.fill.shape[0]) + 0.5) * 0.5e-3
    nu = np.sqrt(alpha_l / alpha_s)
    liquid = 20 - 20 * erf(at / (2 * np.sqrt(alpha_l * 600))) / erf(lam)
    solid = -10 + 10 * erfc(at / (2 * np.sqrt(alpha_s * 600))) / erfc(nu * lam)
    exact = np.where(at < x, liquid, solid)
    assert np.sqrt(np.mean((bar.temperatures()[:, 0, 0] - 273.15 - exact) ** 2)) <= 0.1


def test_h2_conduction_and_melting_keep_every_joule():
    block = Voxels(ICE, np.zeros(3), np.full(3, 0.004), np.ones((20, 20, 12)), 263.15)
    rng = np.random.default_rng(1)
    given, gone = 0.0, 0.0
    before = block.heat
    for _ in range(50):
        cells = rng.integers(0, block.fill.size, 40)
        cells = cells[block.fill.reshape(-1)[cells] > 0]
        joules = rng.uniform(0, 20, len(cells))
        block.add(cells, joules)
        given += joules.sum()
        gone += block.settle(cells).melt_heat
        block.conduct(1.0)
        gone += block.settle().melt_heat
        crumbs = block.drop_crumbs()
        gone += crumbs.melt_heat + crumbs.crumb_heat
        assert abs(before + given - gone - block.heat) <= 1e-9 * given


def test_h3_a_red_hot_ball_can_melt_so_much_ice_and_no_more():
    heat = 0.2637 * float(IRON.enthalpy(1173.15) - IRON.enthalpy(273.15))
    still = dataclasses.replace(ICE, conductivities=np.array([[273.15, 1e-9]]))
    block = Voxels(still, np.zeros(3), np.full(3, 0.01), np.ones((1, 1, 700)), 263.15)
    left, melted = heat, 0.0
    while left > 1e-6:
        cell = np.array([int(np.argmax(block.fill.reshape(-1) > 0))])
        given = min(left, 50.0)
        block.add(cell, np.array([given]))
        left -= given
        melted += block.settle().melt
    assert melted == pytest.approx(0.451, rel=0.01)


def test_h4_a_constant_flux_ablates_at_landaus_speed():
    flux, dx = 400e3, 1e-3
    speed = flux / (917 * (333_550 + 2050 * 10))
    assert speed == pytest.approx(1.232e-3, rel=1e-3)
    bar = Voxels(ICE, np.zeros(3), np.array([0.01, 0.01, dx]), np.ones((1, 1, 80)), 263.15)
    dt, times, heights = 0.05, [], []
    for i in range(700):
        top = np.array([int(np.flatnonzero(bar.fill[0, 0] > 0)[-1])])
        bar.add(top, np.array([flux * 1e-4 * dt]))
        bar.settle(top)
        bar.conduct(dt)
        times.append((i + 1) * dt)
        heights.append(bar.fill.sum() * dx)
    late = np.array(times) > 10
    got = -np.polyfit(np.array(times)[late], np.array(heights)[late], 1)[0]
    assert got == pytest.approx(speed, rel=0.01)


def test_h5_a_heavy_sphere_sinks_by_its_weight():
    water = dataclasses.replace(ICE, liquid_conductivity=0.58, liquid_viscosity=1e-3, liquid_density=1000.0)
    ball = Pressed(0.02, 4 / 3 * np.pi * 0.02**3 * 6870 * 9.81)
    assert close_contact_speed(ball, 50.0, water, 263.15) == pytest.approx(1.626e-3, rel=1e-3)
    speeds = [close_contact_speed(ball, excess, water, 263.15) for excess in (20.0, 90.0)]
    assert np.log(speeds[1] / speeds[0]) / np.log(90 / 20) == pytest.approx(0.75, abs=0.02)
    # lubrication under a cap: film δ₀ / cos θ, melt pushed out by a pressure that carries the weight
    flux = close_contact_flux(ball, 50.0, water, 263.15)
    film = 0.58 * 50 / flux
    theta = np.linspace(0, np.pi / 2, 20_001)
    slope = (
        6
        * 1e-3
        * close_contact_speed(ball, 50.0, water, 263.15)
        * 0.02**2
        * (917 / 1000)
        * np.sin(theta)
        * np.cos(theta) ** 3
        / film**3
    )
    pressure = np.cumsum(slope[::-1])[::-1] * (theta[1] - theta[0])
    carried = np.sum(pressure * 2 * np.pi * 0.02**2 * np.sin(theta) * np.cos(theta)) * (theta[1] - theta[0])
    assert carried == pytest.approx(ball.force, rel=1e-3)


def test_h7_a_crater_is_as_large_as_the_energy_lost_crushes():
    lost = energy_lost(0.2637, np.inf, np.sqrt(2 * 9.81), 0.0)
    volume = crater_volume(lost, 15e6)
    assert crater_depth(volume, 0.02) == pytest.approx(1.68e-3, rel=0.05)
    block = Voxels(ICE, np.zeros(3), np.full(3, 0.004), np.ones((20, 20, 10)), 263.15)
    before = block.fill.sum()
    _, depth = block.carve(np.array([0.04, 0.04, 0.04]), np.array([0.0, 0.0, -1.0]), 0.02, volume)
    assert (before - block.fill.sum()) * block.cell_volume == pytest.approx(volume, rel=0.01)
    assert depth == pytest.approx(crater_depth(volume, 0.02), rel=0.1)


def test_h8_a_lump_cools_by_radiation_and_by_air_as_the_closed_forms_say():
    steel = dataclasses.replace(
        IRON, kelvins=np.array([0.0, 300.0, 2000.0]), heats=np.array([-300.0, 0.0, 1700.0]) * 500.0
    )
    ball = Shells(steel, 0.264, 4 * np.pi * 0.02**2, 1173.15)
    dt, t = 0.05, 0.0
    while ball.temperature > 800:
        ball.add(-0.8 * SIGMA * ball.temperature**4 * ball.area * dt)
        t += dt
    exact = 0.264 * 500 / (3 * 0.8 * SIGMA * ball.area) * (ball.temperature**-3 - 1173.15**-3)
    assert t == pytest.approx(exact, rel=1e-3)
    ball = Shells(steel, 0.264, ball.area, 400.0)
    tau = 0.264 * 500 / (50 * ball.area)
    for _ in range(2000):
        ball.add(50 * (300 - ball.temperature) * ball.area * tau / 2000)
    assert (ball.temperature - 300) / 100 == pytest.approx(np.exp(-1), rel=1e-3)


def test_h8_shells_follow_heislers_sphere():
    """Sphere, Biot 1 (h R / k), Fourier 0.5: θ at the centre is Σ Cₙ exp(−ζₙ² Fo), Incropera and DeWitt, 5.50."""
    k, radius, c, rho = 40.0, 0.05, 500.0, 7870.0
    plain = dataclasses.replace(
        IRON,
        kelvins=np.array([0.0, 300.0, 2000.0]),
        heats=np.array([-300.0, 0.0, 1700.0]) * c,
        conductivities=np.array([[300.0, k]]),
    )
    mass, area, film = rho * 4 / 3 * np.pi * radius**3, 4 * np.pi * radius**2, k / radius
    ball = Shells(plain, mass, area, 400.0, n=24)
    seconds = 0.5 * radius**2 / (k / (rho * c))
    for _ in range(4000):
        dt = seconds / 4000
        through = 1 / (1 / film + 1 / ball.skin)
        ball.add(through * (300 - ball.outside) * area * dt)
        ball.conduct(dt)
    zeta = np.array([1.570796, 4.712389, 7.853982])  # 1 − ζ cot ζ = 1
    weight = 4 * (np.sin(zeta) - zeta * np.cos(zeta)) / (2 * zeta - np.sin(2 * zeta))
    middle = float(np.sum(weight * np.exp(-(zeta**2) * 0.5)))
    assert (ball.temperatures[0] - 300) / 100 == pytest.approx(middle, rel=0.01)


def test_h9_irons_heat_is_nists():
    assert IRON.enthalpy(1173.15) - IRON.enthalpy(298.15) == pytest.approx(594.2e3, rel=0.005)
    assert (IRON.enthalpy(1000.0) - IRON.enthalpy(298.15)) * 55.845e-3 == pytest.approx(24.0e3, rel=0.005)
    assert IRON.temperature(IRON.enthalpy(845.0)) == pytest.approx(845.0)
