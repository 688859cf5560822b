"""One asset on a plain floor in soft light: for product pictures, turntables and thumbnails."""

from __future__ import annotations

import numpy as np

from sim.assets.asset import Asset
from sim.assets.library import Library
from sim.assets.substance import AppearanceSpec
from sim.pose import Array, Pose
from sim.render.camera import Camera
from sim.world.layout import Layout, Placement, asset_bounds
from sim.world.spec import AirSpec, GroundSpec, SkySpec, SunSpec

SKY = SkySpec(sun=SunSpec(elevation_deg=46, azimuth_deg=-105), turbidity=2.5, cloud_cover=0.35)
FLOOR = GroundSpec(substance="paper", appearance=AppearanceSpec(base_color=(0.56, 0.56, 0.555), roughness=0.75))


def studio_layout(asset: Asset, library: Library) -> Layout:
    """A world with nothing but the asset, standing on a plain floor at the origin, held still."""
    low = float(asset_bounds(asset)[0, 2])
    placement = Placement(asset.name, asset, Pose(np.array([0.0, 0.0, -low])), fixed=True)
    return Layout(f"studio of {asset.name}", (placement,), {}, {}, SKY, AirSpec(), FLOOR, 240, 0, (0.0, 0.0, -9.81), True, library)


def studio_bounds(asset: Asset) -> Array:
    """Lowest and highest corner ``(2, 3)``, m, of the asset as it stands in its studio."""
    bounds = asset_bounds(asset)
    return bounds - np.array([0.0, 0.0, bounds[0, 2]])


def studio_camera(asset: Asset, aspect: float = 16 / 9) -> Camera:
    """A camera that frames the asset from before and a little above; flat things from higher up."""
    low, high = studio_bounds(asset)
    size = high - low
    flat = size[2] < 0.12 * max(size[0], size[1])
    return Camera.framing(low, high, aspect, lens_mm=60.0, azimuth_deg=-38.0, elevation_deg=48.0 if flat else 18.0, margin=1.06)
