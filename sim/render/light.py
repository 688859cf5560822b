"""How bright things are and how a camera shows it, in real units; shared by every renderer.

Owns photometry: the colour of heat, lamps in lumens and candela, sun and sky in lux, exposure and tone mapping.
Pure numpy; knows nothing of how pictures are made. Colours are linear sRGB whose luminance (Rec. 709 weights)
carries the unit: lux, cd or cd/m².
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from sim.assets.spec import LightSpec
from sim.pose import Array
from sim.world.spec import SkySpec

WEIGHTS = np.array([0.2126, 0.7152, 0.0722])  # luminance of linear sRGB, ITU-R BT.709
SRGB_FROM_XYZ = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)  # IEC 61966-2-1
SUN_OUTSIDE = 133_100.0  # lux on a surface that faces the sun above the air; Darula, Kittler and Gueymard 2005
SUN_RADIUS = np.deg2rad(0.2666)  # rad, seen from the ground
SUN_SOLID_ANGLE = 2 * np.pi * (1 - np.cos(SUN_RADIUS))  # sr
MOON_LUX = 0.25  # full moon at 50° or so; Kyba, Mohar and Posch 2017
NIGHT_SKY_LUX = 0.15  # sky of a moonlit night near a town, on level ground; stars alone give 0.002
METER_K = 12.5  # cd s/(m² ISO): constant of reflected-light meters, ISO 2720
BIAS = 0.35  # EV: how much lighter than a meter's grey the middle of a picture looks right
GREY = 0.18  # what a meter takes every scene for, and where the tone curve has its middle


def luminance(rgb: ArrayLike) -> Array:
    """Luminance ``(…)`` of linear sRGB ``(…, 3)``, in the colour's own unit."""
    return np.asarray(rgb, float) @ WEIGHTS


# ---------------------------------------------------------------------------------------------------------------------
# Lamps


def kelvin_rgb(kelvin: float) -> Array:
    """Linear sRGB ``(3,)`` of a black body, luminance 1.

    Source: Planck's law, seen through the fitted CIE 1931 observer of Wyman, Sloan and Shirley, JCGT 2013.
    """
    nm = np.arange(380.0, 781.0, 5.0)
    radiance = (nm / 560.0) ** -5 / np.expm1(1.4388e7 / (nm * kelvin))
    rgb = np.maximum(SRGB_FROM_XYZ @ (_observer(nm) @ radiance), 0.0)
    return rgb / luminance(rgb)


def _observer(nm: Array) -> Array:
    """CIE 1931 colour matching ``(3, n)`` at wavelengths ``(n,)`` in nm."""

    def lobe(mean: float, left: float, right: float) -> Array:
        return np.exp(-0.5 * ((nm - mean) * np.where(nm < mean, left, right)) ** 2)

    return np.stack(
        [
            0.362 * lobe(442.0, 0.0624, 0.0374)
            + 1.056 * lobe(599.8, 0.0264, 0.0323)
            - 0.065 * lobe(501.1, 0.0490, 0.0382),
            0.821 * lobe(568.8, 0.0213, 0.0247) + 0.286 * lobe(530.9, 0.0613, 0.0322),
            1.217 * lobe(437.0, 0.0845, 0.0278) + 0.681 * lobe(459.0, 0.0385, 0.0725),
        ]
    )


def lamp_rgb(spec: LightSpec) -> Array:
    """Colour ``(3,)`` of a lamp: luminance 1 unless a filter takes some of it away."""
    return kelvin_rgb(spec.color_temperature) * np.asarray(spec.color or (1.0, 1.0, 1.0))


def lamp_candela(spec: LightSpec) -> float:
    """Luminous intensity along a lamp's aim, cd, before its colour filter.

    A point shines evenly over 4π sr. A spot is even inside its cone and falls smoothly to nothing over the soft part
    (`spot_cosines`). An area light is Lambertian: intensity flux/π along its normal.
    """
    if spec.candela is not None:
        return float(spec.candela)
    lumens = float(spec.lumens or 0.0)
    if spec.kind == "point":
        return lumens / (4 * np.pi)
    if spec.kind == "area":
        return lumens / np.pi
    outer, inner = spot_cosines(spec)
    return lumens / (2 * np.pi * (1 - (outer + inner) / 2))  # a smoothstep over cosines holds half its span


def spot_cosines(spec: LightSpec) -> tuple[float, float]:
    """Cosines of the angles from a spot's aim where light ends and where it is full.

    Between them intensity is ``smoothstep(cos outer, cos inner, cos angle)``.
    """
    half = np.deg2rad(spec.cone_deg) / 2
    outer = float(np.cos(half))
    return outer, max(float(np.cos(half * (1 - spec.blend))), outer + 1e-4)


# ---------------------------------------------------------------------------------------------------------------------
# Sun and sky


def sun_direction(elevation_deg: float, azimuth_deg: float) -> Array:
    """Unit vector ``(3,)`` towards the sun."""
    e, a = np.deg2rad([elevation_deg, azimuth_deg])
    return np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])


def sun_rgb(elevation_deg: float, turbidity: float) -> Array:
    """Sunlight ``(3,)`` on a surface that faces the sun, lux, after its way through the air.

    Source: Preetham, Shirley and Smits 1999, appendix A.1 (Rayleigh, Ångström's aerosol, ozone; air mass of Kasten
    1965).
    """
    if elevation_deg <= -0.5:
        return np.zeros(3)
    depth = _RAYLEIGH + _haze_depth(turbidity) + _OZONE
    rising = np.clip((elevation_deg + 0.5) / 1.0, 0.0, 1.0)  # the disc comes up over one degree
    return SUN_OUTSIDE * np.maximum(_RGB @ np.exp(-depth * _air_mass(elevation_deg)), 0.0) * rising


_TWILIGHT = np.array([[-18.0, 0.0007], [-12, 0.008], [-6, 3.4], [-4, 30], [-2, 150], [0, 600], [2, 2000], [5, 4200]])
"""Sun's elevation, deg; lux on level ground: Seidelmann, Explanatory Supplement to the Astronomical Almanac, 1992."""


def clear_sky_lux(elevation_deg: float) -> float:
    """lux of a clear sky without its sun on level ground (IES Lighting Handbook 2000, ch. 8; twilight: Seidelmann)."""
    if elevation_deg >= 5:
        return 800 + 15_500 * float(np.sin(np.deg2rad(elevation_deg))) ** 0.5
    return float(np.exp(np.interp(elevation_deg, _TWILIGHT[:, 0], np.log(_TWILIGHT[:, 1]))))


def overcast_sky_lux(elevation_deg: float) -> float:
    """lux of an overcast sky on level ground (IES Lighting Handbook 2000, ch. 8)."""
    if elevation_deg <= 0:
        return 0.5 * clear_sky_lux(elevation_deg)
    return 300 + 21_000 * float(np.sin(np.deg2rad(elevation_deg)))


_CLEAR = np.array([[-1.0, -0.32, 10.0, -3.0, 0.45], [-1.0, -0.32, 16.0, -3.0, 0.30], [-1.0, -0.15, 16.0, -3.0, 0.30]])
"""Gradation a, b and indicatrix c, d, e of cloudless skies, low to high turbidity: ISO 15469:2004, types 12, 13, 14."""
_NM = np.arange(400.0, 701.0, 20.0)  # wavelengths, nm
_RAYLEIGH = 0.008735 * (_NM / 1000) ** -4.08  # optical depth of clear air, Preetham, Shirley and Smits 1999
_OZONE = 0.35 * np.interp(
    _NM,
    [440, 460, 480, 500, 520, 540, 560, 580, 600, 620, 640, 660, 680, 700],
    [0.003, 0.006, 0.014, 0.030, 0.048, 0.075, 0.103, 0.120, 0.125, 0.105, 0.079, 0.057, 0.036, 0.023],
)  # the same


def _haze_depth(turbidity: float) -> Array:
    """Optical depth ``(n,)`` of the air's dust at `_NM` (Ångström's law, Preetham, Shirley and Smits 1999)."""
    return max(0.04608 * turbidity - 0.04586, 0.0) * (_NM / 1000) ** -1.3


def _rgb_from_sunlight() -> Array:
    """Linear sRGB of sunlight of which each wavelength of `_NM` keeps a part: ``(3, n)``; all of it is white, 1."""
    sunlight = (_NM / 560.0) ** -5 / np.expm1(1.4388e7 / (_NM * 5778.0))
    rows = SRGB_FROM_XYZ @ (_observer(_NM) * sunlight)
    return rows / rows.sum(axis=1, keepdims=True)


_RGB = _rgb_from_sunlight()


def _air_mass(elevation_deg: ArrayLike) -> Array:
    """Air in a direction, relative to straight up (Kasten 1965)."""
    e = np.maximum(elevation_deg, 0.0)
    return 1 / (np.sin(np.deg2rad(e)) + 0.15 * (e + 3.885) ** -1.253)


def clear_sky(directions: Array, sun: Array, turbidity: float) -> Array:
    """Colour ``(…, 3)`` of a clear sky in directions ``(…, 3)`` above the horizon; its scale means nothing.

    Luminance is the CIE general sky's (ISO 15469). Colour is that of light scattered once, by air (blue) and dust
    (white), on its way through the air before and after.
    """
    cos_view = np.clip(directions[..., 2], 0.015, 1.0)
    cosine = np.clip(directions @ sun, -1.0, 1.0)
    angle = np.arccos(cosine)
    step = np.clip((turbidity - 2.5) / 2.5, 0.0, 2.0)
    a, b, c, d, e = [np.interp(step, [0, 1, 2], column) for column in _CLEAR.T]
    level = (1 + a * np.exp(b / cos_view)) * (1 + c * (np.exp(d * angle) - np.exp(d * np.pi / 2)) + e * cosine**2)
    dust = _haze_depth(turbidity)
    depth = _RAYLEIGH + dust
    mass = _air_mass(np.rad2deg(np.arcsin(cos_view)))[..., None]
    sun_mass = float(np.minimum(_air_mass(np.rad2deg(np.arcsin(np.clip(sun[2], 0.0, 1.0)))), 14.0))
    phase_air = 0.75 * (1 + cosine[..., None] ** 2)
    phase_dust = (1 - 0.76**2) / (1 + 0.76**2 - 1.52 * cosine[..., None]) ** 1.5  # Henyey and Greenstein, g = 0.76
    through = np.exp(-depth * sun_mass * (0.08 + 0.22 * (1 - np.exp(-mass / 8))))  # high air sees a whiter sun
    through = through * np.exp(-_OZONE * (0.6 * sun_mass + 0.5 * np.minimum(mass, 9.0)))  # which makes it bluer
    spectrum = (_RAYLEIGH * phase_air + 0.3 * dust * phase_dust) / depth * (1 - np.exp(-depth * mass)) * through
    rgb = np.maximum(spectrum @ _RGB.T, 1e-9)
    return rgb / luminance(rgb)[..., None] * level[..., None]


def directions(width: int, height: int) -> tuple[Array, Array]:
    """Unit vectors ``(height, width, 3)`` and solid angles ``(height, width)``, sr, of a panorama's pixels.

    Row 0 looks straight down, column 0 along −X, turning counter-clockwise. Rows are finer near the horizon:
    ``v = 1/2 + sign(e)·sqrt(|e|/(2π))`` at elevation ``e``, so that a small panorama holds a sharp horizon.
    """
    v = (np.arange(height) + 0.5) / height
    edges = np.sin(_elevation(np.arange(height + 1) / height))
    elevation = _elevation(v)[:, None]
    azimuth = ((np.arange(width) + 0.5) / width * 2 - 1)[None, :] * np.pi
    out = np.stack(
        np.broadcast_arrays(
            np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)
        ),
        axis=-1,
    )
    return out, np.repeat(np.diff(edges)[:, None] * 2 * np.pi / width, width, axis=1)


def _elevation(v: Array) -> Array:
    s = 2 * v - 1
    return np.sign(s) * s * s * np.pi / 2


@dataclass(frozen=True, eq=False)
class Sky:
    """The light from above (and what the ground throws back).

    | field         | shape | is                                                                    |
    |---------------|-------|-----------------------------------------------------------------------|
    | sun_direction | (3,)  | unit, towards the sun, or towards the moon at night                    |
    | sun_rgb       | (3,)  | lux on a surface that faces it                                         |
    | shape         |       | function of directions ``(…, 3)``: sky luminance, cd/m² a channel       |
    | bounce        | (3,)  | cd/m² of the ground, as seen from above                                |
    | turbidity     |       | haze                                                                   |
    | night         |       | whether `sun_rgb` is the moon's                                         |
    """

    sun_direction: Array
    sun_rgb: Array
    shape: object = field(repr=False)
    bounce: Array = field(default_factory=lambda: np.zeros(3))
    turbidity: float = 3.0
    night: bool = False

    @classmethod
    def of(cls, spec: SkySpec, ground_albedo: ArrayLike = (0.0, 0.0, 0.0)) -> Sky:
        """The sky that a world file describes, over a ground of a linear albedo ``(3,)``."""
        sun = spec.sun
        elevation = sun.elevation_deg if sun else -20.0
        toward = sun_direction(elevation, sun.azimuth_deg if sun else 130.0)
        night = elevation < -6 and not (sun and sun.illuminance)
        direct = sun_rgb(elevation, spec.turbidity) * (1 - spec.cloud_cover)
        if sun and sun.illuminance is not None:
            tint = sun_rgb(max(elevation, 1.0), spec.turbidity)
            direct = tint / luminance(tint) * sun.illuminance
        lux = (1 - spec.cloud_cover) * clear_sky_lux(elevation) + spec.cloud_cover * overcast_sky_lux(elevation)
        if spec.illuminance is not None:
            lux = spec.illuminance
        elif night:
            lux = max(lux, NIGHT_SKY_LUX)
        if night and spec.illuminance is None:
            direct = kelvin_rgb(9000.0) * MOON_LUX * (1 - spec.cloud_cover)  # as the dark-adapted eye sees it: cool
            toward = sun_direction(42.0, sun.azimuth_deg if sun else 130.0)
        shape = _sky_shape(toward, elevation, spec.turbidity, spec.cloud_cover, night, lux)
        level = direct * max(float(toward[2]), 0.0) + _level_rgb(shape)
        return cls(toward, direct, shape, np.asarray(ground_albedo, float) * level / np.pi, spec.turbidity, night)

    @classmethod
    def uniform(cls, cd_m2: float, ground_cd_m2: float | None = None) -> Sky:
        """A sky without sun that is equally bright everywhere: a furnace, a light tent."""

        def shape(toward: Array) -> Array:
            return np.full(toward.shape, float(cd_m2))

        below = np.full(3, cd_m2 if ground_cd_m2 is None else ground_cd_m2)
        return cls(np.array([0.0, 0, 1]), np.zeros(3), shape, below)

    @classmethod
    def of_panorama(cls, picture: ArrayLike, lux: float, ground_albedo: ArrayLike = (0.2, 0.2, 0.2)) -> Sky:
        """A sky from a picture of all around: its light comes from where the picture has it.

        Args:
            picture: Linear sRGB ``(h, w, 3)``, equirectangular; row 0 at the zenith, the middle column along +X,
                turning clockwise to the right, as panoramas are stored.
            lux: What it gives on level ground; sets its scale.
            ground_albedo: Linear ``(3,)``.
        """
        pixels = np.asarray(picture, float)
        height, width = pixels.shape[:2]

        def shape(toward: Array) -> Array:
            row = np.arccos(np.clip(toward[..., 2], -1, 1)) / np.pi * height - 0.5
            column = (0.5 - np.arctan2(toward[..., 1], toward[..., 0]) / (2 * np.pi)) * width - 0.5
            top, left = np.floor(row).astype(int), np.floor(column).astype(int)
            y, x = (row - top)[..., None], (column - left)[..., None]
            rows = [np.clip(top + i, 0, height - 1) for i in (0, 1)]
            columns = [(left + i) % width for i in (0, 1)]
            upper, lower = (pixels[r, columns[0]] * (1 - x) + pixels[r, columns[1]] * x for r in rows)
            return upper * (1 - y) + lower * y

        scale = lux / max(float(luminance(_level_rgb(shape))), 1e-12)
        bounce = np.asarray(ground_albedo, float) * _level_rgb(shape) * scale / np.pi
        return cls(np.array([0.0, 0, 1]), np.zeros(3), lambda toward: shape(toward) * scale, bounce)

    def luminance(self, toward: ArrayLike) -> Array:
        """cd/m² a channel ``(…, 3)`` in unit directions ``(…, 3)``, without the sun's disc; the ground below."""
        toward = np.asarray(toward, float)
        up = np.clip(toward[..., 2:] * 200 + 0.5, 0.0, 1.0)
        above = toward * [1, 1, 0] + np.maximum(toward, 0.0) * [0, 0, 1]
        above = above / np.maximum(np.linalg.norm(above, axis=-1, keepdims=True), 1e-9)
        return up * self.shape(above) + (1 - up) * self.bounce  # type: ignore[operator]

    @property
    def sun_luminance(self) -> Array:
        """cd/m² a channel ``(3,)`` of the sun's disc."""
        return self.sun_rgb / SUN_SOLID_ANGLE

    def panorama(self, width: int = 256, height: int = 128) -> Array:
        """cd/m² a channel ``(height, width, 3)`` all around, laid out as `directions`, without the sun's disc."""
        return self.luminance(directions(width, height)[0])

    @cached_property
    def level_rgb(self) -> Array:
        """lux a channel ``(3,)`` of the sky alone on level ground."""
        return _level_rgb(self.shape)

    @property
    def level_lux(self) -> float:
        """lux of sun and sky together on level ground."""
        return float(luminance(self.level_rgb + self.sun_rgb * max(float(self.sun_direction[2]), 0.0)))

    @cached_property
    def harmonics(self) -> Array:
        """Nine coefficients ``(9, 3)`` that give the lux a surface gets: ``basis(normal) @ harmonics``.

        Source: Ramamoorthi and Hanrahan, "An efficient representation for irradiance environment maps", 2001.
        """
        toward, weight = directions(96, 64)
        basis = harmonic_basis(toward)
        values = np.einsum("hwk,hwc,hw->kc", basis, self.luminance(toward), weight)
        return values * np.array([np.pi] + [2 * np.pi / 3] * 3 + [np.pi / 4] * 5)[:, None]

    def prefiltered(self, levels: int = 6, width: int = 256, height: int = 128) -> list[Array]:
        """Panoramas ``(h, w, 3)``, each half the one before: what GGX of roughness ``i/(levels − 1)`` mirrors.

        Source: Karis, "Real shading in Unreal Engine 4", 2013 (normal, view and mirror direction taken as one).
        """
        full = self.panorama(width, height)
        half = full.reshape(height // 2, 2, width // 2, 2, 3).mean(axis=(1, 3))
        source, weight = directions(64, 32)
        light, source, weight = self.luminance(source).reshape(-1, 3), source.reshape(-1, 3), weight.reshape(-1)
        out = [full, half]
        for i in range(2, levels):
            alpha2 = (i / (levels - 1)) ** 4
            toward = directions(width >> i, height >> i)[0]
            cosine = np.maximum(toward.reshape(-1, 3) @ source.T, 0.0)
            lobe = alpha2 / ((1 + cosine) / 2 * (alpha2 - 1) + 1) ** 2 * cosine * weight  # (n·h)² = (1 + n·l)/2
            out.append((lobe @ light / lobe.sum(axis=1, keepdims=True)).reshape(*toward.shape))
        return out


def harmonic_basis(toward: Array) -> Array:
    """The first nine real spherical harmonics ``(…, 9)`` in unit directions ``(…, 3)``."""
    x, y, z = np.moveaxis(np.asarray(toward, float), -1, 0)
    return np.stack(
        [
            np.full(x.shape, 0.282095),
            0.488603 * y,
            0.488603 * z,
            0.488603 * x,
            1.092548 * x * y,
            1.092548 * y * z,
            0.315392 * (3 * z * z - 1),
            1.092548 * x * z,
            0.546274 * (x * x - y * y),
        ],
        axis=-1,
    )


def _sky_shape(sun: Array, elevation_deg: float, turbidity: float, cover: float, night: bool, lux: float):
    grey = np.array([0.955, 1.0, 1.132])  # about 7000 K on the daylight locus
    dusk = float(np.clip((-elevation_deg - 2) / 8, 0.0, 1.0))  # how far the blue hour is gone

    def raw(toward: Array) -> Array:
        cloud = (1 + 2 * np.maximum(toward[..., 2:], 0.0)) / 3 * grey  # CIE standard overcast sky, ISO 15469
        dark = (0.75 + 0.9 * (1 - np.maximum(toward[..., 2:], 0.0)) ** 4) * np.array([0.42, 0.95, 2.3])
        clear = dark if night else clear_sky(toward, sun, turbidity)
        if dusk > 0 and not night:
            clear = (1 - dusk) * clear + dusk * dark
        return (1 - cover) * clear + cover * cloud

    scale = lux / luminance(_level_rgb(raw))
    return lambda toward: scale * raw(toward)


def _level_rgb(shape) -> Array:
    toward, weight = directions(96, 64)
    toward, weight = toward[32:], weight[32:]
    return np.einsum("hwc,hw->c", shape(toward), weight * toward[..., 2])


# ---------------------------------------------------------------------------------------------------------------------
# The camera


def ev100_of(aperture: float, shutter_s: float, iso: float = 100.0) -> float:
    """Exposure value at ISO 100 of an f-number, a shutter time in s and a film speed (ISO 2720)."""
    return float(np.log2(aperture**2 / shutter_s * 100 / iso))


def shutter_of(ev100: float, aperture: float, iso: float = 100.0) -> float:
    """Shutter time, s, that gives an exposure value at an f-number and a film speed."""
    return float(aperture**2 / 2.0**ev100 * 100 / iso)


def card_lux(ev100: float) -> float:
    """lux on a grey card (18 %) that an exposure is right for: ISO 2720, K = 12.5."""
    return 2.0**ev100 * 0.125 * np.pi / 0.18


def exposure_scale(ev100: float) -> float:
    """What cd/m² are multiplied with before `tone_map`: what a meter reads as ``ev100`` comes out as middle grey."""
    return GREY * 100 / METER_K / 2.0**ev100


def ev100_reading(cd_m2: float) -> float:
    """The exposure value at ISO 100 of a reflected-light meter that sees a luminance, cd/m²."""
    return float(np.log2(max(cd_m2, 1e-9) * 100 / METER_K))


def meter(cd_m2: ArrayLike, level_lux: float) -> float:
    """The EV100 that shows a picture well.

    The middle of the picture counts most; the darkest twentieth and the brightest eighth not at all. In daylight the
    reading is kept near what an incident meter says, so that a white or a black subject stays white or black.
    Dark scenes are left dark as the eye sees them (key after Krawczyk, Myszkowski and Seidel 2005).

    Args:
        cd_m2: ``(h, w)``, luminance over the picture.
        level_lux: lux of sun and sky on level ground.
    """
    values = np.asarray(cd_m2, float)
    h, w = values.shape
    y, x = np.mgrid[0:h, 0:w]
    weight = np.exp(-2.0 * (((x + 0.5) / w - 0.5) ** 2 + ((y + 0.5) / h - 0.5) ** 2) / 0.3).reshape(-1)
    flat = np.log2(np.maximum(values.reshape(-1), 1e-6))
    order = np.argsort(flat, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    kept = order[(share >= 0.05) & (share <= 0.875)]
    kept = kept if len(kept) else order
    mean = float(2.0 ** (flat[kept] @ weight[kept] / weight[kept].sum()))
    ev = ev100_reading(mean)
    if level_lux > 50:
        incident = float(np.log2(level_lux / 2.5))  # ISO 2720: C = 250 for flat receptors
        ev = float(np.clip(ev, incident - 1.7, incident + 0.25))
    key = 1.03 - 2 / (2 + np.log10(mean + 1))  # 0.03 in the dark, 0.75 in the sun
    return max(ev, -3.5) - BIAS - float(np.log2(np.clip(key / 0.6, 0.25, 1.0)))


# AgX, after Troy Sobotka's colour transform of that name: colours move towards white as they get bright, as on film.
_INSET = np.array(
    [
        [0.842479062253094, 0.0784335999999992, 0.0792237451477643],
        [0.0423282422610123, 0.878468636469772, 0.0791661274605434],
        [0.0423756549057051, 0.0784336, 0.879142973793104],
    ]
)
_OUTSET = np.linalg.inv(_INSET)
_LOW, _HIGH = -12.47393, 4.026069  # log2 of what comes out black and white
_CURVE = (15.5, -40.14, 31.96, -6.868, 0.4298, 0.1191, -0.00232)
CONTRAST, SATURATION = 1.15, 1.20  # the look on top of it


def tone_map(linear: ArrayLike) -> Array:
    """Display values ``(…, 3)``, sRGB-encoded 0 to 1, of exposed linear light ``(…, 3)``; 0.18 is middle grey."""
    value = np.maximum(np.asarray(linear, float) @ _INSET.T, 1e-10)
    x = np.clip((np.log2(value) - _LOW) / (_HIGH - _LOW), 0.0, 1.0)
    y = np.maximum(np.polyval(_CURVE, x), 0.0) ** CONTRAST
    grey = y @ WEIGHTS
    y = grey[..., None] + SATURATION * (y - grey[..., None])
    return np.clip(y @ _OUTSET.T, 0.0, 1.0)


def to_srgb8(display: ArrayLike) -> np.ndarray:
    """Display values 0 to 1 as bytes."""
    return np.clip(np.asarray(display, float) * 255 + 0.5, 0, 255).astype(np.uint8)


def card_luminance(albedo: float, lux: float, cosine: float = 1.0) -> float:
    """cd/m² of a matt card under light of ``lux`` on a surface that faces it (Lambert)."""
    return albedo * lux * max(cosine, 0.0) / np.pi
