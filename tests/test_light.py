"""Photometry: lamps, sun, sky and exposure against what books say."""

from __future__ import annotations

import numpy as np
import pytest

from sim.assets.spec import LightSpec
from sim.render import light
from sim.world.spec import SkySpec, SunSpec


def flux(spec: LightSpec) -> float:
    """lm that a point or spot gives off, integrated over the sphere."""
    cosine = (np.arange(200_000) + 0.5) / 100_000 - 1
    if spec.kind == "point":
        shape = np.ones_like(cosine)
    else:
        outer, inner = light.spot_cosines(spec)
        t = np.clip((cosine - outer) / (inner - outer), 0, 1)
        shape = t * t * (3 - 2 * t)
    return float(shape.mean()) * 4 * np.pi * light.lamp_candela(spec)


@pytest.mark.parametrize(
    "spec",
    [
        LightSpec(kind="point", lumens=800),
        LightSpec(kind="spot", lumens=800, cone_deg=60, blend=0.5),
        LightSpec(kind="spot", lumens=800, cone_deg=120, blend=0.0),
    ],
)
def test_a_lamp_gives_off_the_lumens_it_says(spec):
    assert flux(spec) == pytest.approx(800, rel=1e-3)


def test_warm_lamps_are_red_and_cold_ones_blue():
    warm, cold = light.kelvin_rgb(2700), light.kelvin_rgb(9000)
    assert warm[0] > 2 * warm[2]
    assert cold[2] > cold[0]
    assert light.luminance(warm) == pytest.approx(1)
    assert light.kelvin_rgb(6500) == pytest.approx(np.ones(3), abs=0.06)


def test_the_sun_is_as_bright_as_books_say():
    assert 85_000 < light.luminance(light.sun_rgb(60, 2.5)) < 105_000
    assert light.luminance(light.sun_rgb(5, 3)) < 15_000
    low = light.sun_rgb(5, 3)
    assert low[0] > low[1] > low[2]


def test_the_sky_gives_the_lux_that_were_asked_for():
    sky = light.Sky.of(SkySpec(sun=SunSpec(illuminance=80_000), illuminance=9_000))
    assert light.luminance(sky.level_rgb) == pytest.approx(9_000, rel=1e-6)
    assert light.luminance(sky.sun_rgb) == pytest.approx(80_000, rel=1e-6)
    flat = light.harmonic_basis(np.array([0.0, 0, 1])) @ sky.harmonics
    assert light.luminance(flat) == pytest.approx(9_000, rel=0.03)


@pytest.mark.parametrize("elevation", [80, 40, 10, 1, -3, -8, -15])
@pytest.mark.parametrize("turbidity", [1.0, 3.0, 10.0])
def test_every_sky_is_bright_and_finite(elevation, turbidity):
    sky = light.Sky.of(SkySpec(sun=SunSpec(elevation_deg=elevation), turbidity=turbidity))
    panorama = sky.panorama(64, 32)
    assert np.isfinite(panorama).all()
    assert (panorama >= 0).all()
    assert sky.level_lux > 0.01


def test_sunny_sixteen_is_right():
    ev = light.ev100_of(16, 1 / 100)
    assert ev == pytest.approx(14.64, abs=0.01)
    assert light.shutter_of(ev, 16) == pytest.approx(1 / 100)
    card = light.card_luminance(0.18, 80_000)
    assert 0.12 < card * light.exposure_scale(ev) < 0.30


def test_the_meter_is_right_in_sun_overcast_and_at_night():
    rng = np.random.default_rng(0)
    pattern = np.exp(rng.normal(0, 0.6, (36, 64)))
    sun = light.meter(pattern * 0.25 * 95_000 / np.pi, 95_000)
    overcast = light.meter(pattern * 0.25 * 12_000 / np.pi, 12_000)
    street = light.meter(pattern * 0.25 * 10 / np.pi, 0.3)
    assert 13.5 < sun < 15.5
    assert 11 < overcast < 13
    assert 2 < street < 5


def test_tone_mapping_keeps_order_and_middle_grey():
    ramp = light.tone_map(np.repeat(np.geomspace(1e-4, 50, 100)[:, None], 3, axis=1))
    assert (np.diff(ramp[:, 1]) >= -1e-3).all()
    assert 0.40 < float(light.tone_map([0.18] * 3)[1]) < 0.52
    assert light.to_srgb8([[0, 0.5, 1]]).tolist() == [[0, 128, 255]]


def test_a_panorama_lights_from_where_its_picture_is_bright_with_the_lux_asked_for():
    picture = np.full((64, 128, 3), 0.2)
    picture[:32, 28:36] = 40.0  # a quarter turn to the left of the middle: +Y
    sky = light.Sky.of_panorama(picture, 800.0)
    assert sky.level_lux == pytest.approx(800, rel=0.02)
    towards, away = (light.luminance(sky.luminance([0.0, y, 0.5])) for y in (1.0, -1.0))
    assert towards > 20 * away
