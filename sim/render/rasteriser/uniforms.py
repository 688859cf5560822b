"""The block of numbers every shader reads, in the layout of ``shaders/frame.glsl``."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.pose import Array

MAX_LIGHTS, MAX_SPOTS = 32, 4
_FIELDS = [
    ("clip_from_rel", (4, 4)),
    ("prev_clip_from_world", (4, 4)),
    ("shadow_from_rel", (4, 4, 4)),
    ("spot_from_rel", (4, 4, 4)),
    *((name, (4,)) for name in ("eye", "right", "up", "forward", "size", "sun_dir", "sun_rgb", "splits", "texels")),
    ("sh", (9, 4)),
    *((name, (4,)) for name in ("haze", "haze_sun", "ground", "ground_look", "meter")),
    ("light_at", (MAX_LIGHTS, 4)),
    ("light_rgb", (MAX_LIGHTS, 4)),
    ("light_aim", (MAX_LIGHTS, 4)),
    ("light_more", (MAX_LIGHTS, 4)),
]
DTYPE = np.dtype([(name, "f4", shape) for name, shape in _FIELDS])


class FrameBlock:
    """The block on the card; set fields, then `write` once a frame."""

    def __init__(self, ctx: Any):
        self.values = np.zeros((), DTYPE)
        self.buffer = ctx.buffer(reserve=DTYPE.itemsize, dynamic=True)

    def __setitem__(self, name: str, value: Any) -> None:
        self.values[name] = value

    def set_matrix(self, name: str, value: Array) -> None:
        """Sets matrices ``(…, 4, 4)``, turned to GL's order of columns."""
        self.values[name] = np.swapaxes(value, -1, -2)

    def write(self, binding: int) -> None:
        """Sends everything to the card."""
        self.buffer.orphan()
        self.buffer.write(self.values.tobytes())
        self.buffer.bind_to_uniform_block(binding)
