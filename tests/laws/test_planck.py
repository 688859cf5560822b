"""What is hot glows as Planck says."""

import numpy as np
import pytest

from sim.physics.heat.planck import SIGMA, emittance, glow, luminance, spectral_radiance, xyz


def srgb_bytes(linear):
    shown = np.asarray(linear) / np.max(linear)
    return 255 * np.where(shown <= 0.0031308, 12.92 * shown, 1.055 * shown ** (1 / 2.4) - 0.055)


def test_illuminant_a_has_its_colour():
    value = xyz(2856.0)
    assert (value / value.sum())[:2] == pytest.approx([0.4476, 0.4074], abs=0.003)


def test_iron_at_900_degrees_is_cherry_red():
    assert srgb_bytes(glow(1173.15)) == pytest.approx([255, 73, 0], abs=3)


def test_luminance_climbs_fivefold_from_900_to_1000_degrees():
    assert luminance(1273.15) / luminance(1173.15) == pytest.approx(4.96, rel=0.01)
    assert glow(1173.15, 0.5) @ [0.2126, 0.7152, 0.0722] == pytest.approx(0.5 * luminance(1173.15), rel=1e-12)


def test_all_wavelengths_together_give_stefan_and_boltzmann():
    nm = np.geomspace(100.0, 1e7, 20_000)
    flux = np.pi * spectral_radiance(nm, 1173.15)
    total = np.sum((flux[1:] + flux[:-1]) / 2 * np.diff(nm)) * 1e-9
    assert total == pytest.approx(SIGMA * 1173.15**4, rel=1e-3)
    assert emittance(1173.15, 0.8) == pytest.approx(0.8 * total, rel=1e-3)


def test_what_has_no_temperature_is_dark():
    assert not glow([np.nan, 300.0])[0].any()
    assert glow([np.nan, 300.0])[1].max() < 1e-15
