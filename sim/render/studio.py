"""One asset on a neutral floor, lit as a product is: for thumbnails, turntables and contact sheets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.assets.asset import Asset
from sim.assets.library import Library
from sim.assets.spec import LightSpec
from sim.assets.substance import AppearanceSpec
from sim.pose import Array, Pose
from sim.render.camera import Camera
from sim.world.layout import Layout, Placement
from sim.world.spec import AirSpec, GroundSpec, SkySpec, SunSpec

VIEW_DEG = -52.0  # from where the camera looks, counter-clockwise from +X
EV = 9.9  # shows a white thing white and a black one black
KEY_LUX = 2400.0  # of the main softbox on the subject; the others and the tent follow


def studio_layout(asset: Asset, library: Library, yaw_deg: float = 0.0) -> Layout:
    """One asset, fixed, on a seamless light floor under a soft tent, a key, a fill and a rim light.

    Args:
        asset: What stands there.
        library: Where it came from.
        yaw_deg: How it is turned; a turntable turns it.
    """
    low, high = asset.bounds
    middle = (low + high) / 2
    size = max(float(np.linalg.norm(high - low)), 0.02)
    turned = Pose.of((0, 0, 0), (0, 0, yaw_deg))
    stand = Pose(turned.apply([-middle[0], -middle[1], -low[2]]), turned.orientation)
    center = np.array([0.0, 0.0, (high[2] - low[2]) / 2])
    lights = {
        "key": _softbox("key", center, size, VIEW_DEG - 48, 48, 2.2, KEY_LUX, 5200),
        "fill": _softbox("fill", center, size, VIEW_DEG + 62, 25, 2.6, KEY_LUX * 0.22, 6500),
        "rim": _softbox("rim", center, size, VIEW_DEG + 165, 40, 2.4, KEY_LUX * 0.75, 6500),
    }
    sun = SunSpec(elevation_deg=35, azimuth_deg=VIEW_DEG - 48, illuminance=0.0)
    sky = SkySpec(sun=sun, cloud_cover=1.0, illuminance=1500.0)
    look = AppearanceSpec(base_color=(0.52, 0.52, 0.525), roughness=0.75)
    ground = GroundSpec(substance=_floor(library), appearance=look)
    placement = Placement(asset.name, asset, stand, fixed=True)
    return Layout(
        f"studio of {asset.name}",
        (placement,),
        {},
        lights,
        sky,
        AirSpec(),
        ground,
        240,
        0,
        (0.0, 0.0, -9.81),
        True,
        library,
    )


def studio_camera(asset: Asset, aspect: float = 4 / 3, lens_mm: float = 70.0) -> Camera:
    """The camera for `studio_layout`: the whole asset, a little from above, whichever way it is turned."""
    low, high = asset.bounds
    extent = high - low
    wide = 0.2 * float(np.linalg.norm(extent[:2]) + extent[:2].max())  # of a square about as wide as it, turned
    box = np.array([[-wide, -wide, 0.0], [wide, wide, float(extent[2])]])
    return replace(Camera.framing(box[0], box[1], aspect, lens_mm, VIEW_DEG, 23.0, 1.12), ev100=EV)


def _softbox(
    name: str,
    center: Array,
    size: float,
    azimuth_deg: float,
    elevation_deg: float,
    away: float,
    lux: float,
    kelvin: float,
) -> LightSpec:
    """A square area light ``away`` sizes from the subject that gives it ``lux``."""
    a, e = np.deg2rad([azimuth_deg, elevation_deg])
    out = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
    side, distance = size * 0.9, size * away
    lumens = lux * np.pi * (distance**2 + side**2 / np.pi)  # on the axis of a disc of that area
    at, aim = center + out * distance, -out
    return LightSpec(
        name=name,
        kind="area",
        at=(float(at[0]), float(at[1]), float(at[2])),
        aim=(float(aim[0]), float(aim[1]), float(aim[2])),
        lumens=float(lumens),
        color_temperature=kelvin,
        size=(side, side),
    )


def _floor(library: Library) -> str:
    """A substance without a pattern."""
    plain = (name for name in ("abs", "paper", "steel") if name in library.substances)
    return next(plain, next(iter(library.substances)))
