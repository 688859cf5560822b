"""Draw calls: one for each primitive, for all of its instances at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.render.rasteriser.device import Device
from sim.render.rasteriser.meshes import Drawable, Level

PLAIN = ("4f 4f 4f/i", ("in_row0", "in_row1", "in_row2"))
CAMERA = ("4f 4f 4f 4x 48x/i", ("in_row0", "in_row1", "in_row2"))
CAMERA_IDS = ("4f 4f 4f 1f 48x/i", (*CAMERA[1], "in_id"))
CAMERA_MOTION = ("4f 4f 4f 1f 4f 4f 4f/i", (*CAMERA_IDS[1], "in_prev0", "in_prev1", "in_prev2"))


class Draws:
    """The instance buffers and vertex arrays of one rasteriser; a slot is one list of instances of one group."""

    def __init__(self, dev: Device):
        self.dev = dev
        self._buffers: dict[Any, Any] = {}
        self._arrays: dict[Any, Any] = {}

    def write(self, slot: Any, rows: NDArray[np.float32]) -> None:
        """Sends the instances ``(n, columns)`` of a slot to the card."""
        data = np.ascontiguousarray(rows, "f4")
        buffer = self._buffers.get(slot)
        if buffer is None or buffer.size < data.nbytes:
            self._drop(slot)
            buffer = self._buffers[slot] = self.dev.ctx.buffer(reserve=max(int(data.nbytes * 1.5), 256), dynamic=True)
        else:
            buffer.orphan()
        buffer.write(data)

    def draw(
        self, slot: Any, drawable: Drawable, level: Level, program: Any, layout: tuple[str, tuple[str, ...]], n: int
    ) -> None:
        """Draws the first ``n`` instances of a slot."""
        key = (slot, id(level), id(program))
        array = self._arrays.get(key)
        if array is None:
            columns = zip(drawable.layout.split(), drawable.names, strict=True)
            formats = [form if name in program else _padding(form) for form, name in columns]
            names = [name for name in drawable.names if name in program]
            array = self._arrays[key] = self.dev.ctx.vertex_array(
                program,
                [(level.vertices, " ".join(formats), *names), (self._buffers[slot], layout[0], *layout[1])],
                level.indices,
                index_element_size=4,
            )
        array.render(instances=n)

    def forget(self, level: Level) -> None:
        """Drops what draws the triangles of a level that is no longer drawn."""
        for key in [k for k in self._arrays if k[1] == id(level)]:
            self._arrays.pop(key).release()

    def _drop(self, slot: Any) -> None:
        for key in [k for k in self._arrays if k[0] == slot]:
            self._arrays.pop(key).release()
        if slot in self._buffers:
            self._buffers.pop(slot).release()

    def close(self) -> None:
        """Gives everything back."""
        for slot in list(self._buffers):
            self._drop(slot)


def _padding(form: str) -> str:
    return f"{4 * int(form[0])}x"
