"""Pictures at speed, with or without a graphics card."""

from sim.render.rasteriser.device import NoDriver, available
from sim.render.rasteriser.rasteriser import Rasteriser

__all__ = ["NoDriver", "Rasteriser", "available"]
