"""A camera on a vehicle: colour, depth and ids through the rasteriser."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from sim.pose import Pose
from sim.render.camera import Camera
from sim.render.frame import Frame
from sim.render.preview import Renderer
from sim.schema import NonNegative, Positive, Spec, Strings
from sim.world.state import State


class CameraSensorSpec(Spec):
    """What a vehicle's camera is."""

    size: Annotated[tuple[int, int], Field(strict=False)] = (640, 400)
    """Width and height, px."""
    lens_mm: Positive = 6.0
    sensor_mm: Positive = 7.2
    """Width of the sensor."""
    rate_hz: Positive = 10.0
    passes: Strings = ("rgb", "depth", "ids")
    noise: NonNegative = 0.0
    """Standard deviation of each pixel's colour, of 255."""


class CameraSensor:
    """A camera in a world.

    Args:
        spec: What it is.
        renderer: What draws the world.
        rng: Where its noise comes from.
    """

    def __init__(self, spec: CameraSensorSpec, renderer: Renderer, rng: np.random.Generator):
        self.spec, self._renderer, self._rng = spec, renderer, rng

    def picture(self, state: State, pose: Pose) -> Frame:
        """What it sees; `pose` is world_from_sensor, looking along X."""
        spec = self.spec
        camera = Camera(pose, spec.lens_mm, spec.sensor_mm)
        frame = self._renderer.render(state, camera, spec.size, spec.passes)
        if spec.noise and frame.rgb is not None:
            noisy = frame.rgb + self._rng.normal(0, spec.noise, frame.rgb.shape)
            frame = replace(frame, rgb=np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
        return frame
