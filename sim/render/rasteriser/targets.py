"""The pictures that are drawn into, and how they come back from the card."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.render.rasteriser.device import Device

METER = (64, 36)


class Targets:
    """Framebuffers of one size.

    | attribute | is                                                                     |
    |-----------|------------------------------------------------------------------------|
    | hdr       | light, pre-exposed; alpha: which part of it is sky light                 |
    | depth     | the depth buffer                                                         |
    | scene     | the framebuffer of light, depth and what else is drawn                    |
    | later     | whether surfaces are drawn first and lit afterwards, each pixel once        |
    | surfaces  | then the framebuffer of the geometry pass: `surface` instead of light       |
    | light     | the framebuffer of light alone                                             |
    | share     | two half-size pictures: how much of the sky is seen; grainy, then smooth  |
    | glow      | two quarter-size pictures                                                |
    | meter     | log2 of luminance, small                                                 |
    | final     | sRGB bytes; alpha: brightness                                            |
    | smoothed  | the same, without stair steps                                            |
    """

    def __init__(self, dev: Device, size: tuple[int, int], samples: int, aux: bool, motion: bool):
        ctx, self.dev = dev.ctx, dev
        self.size, self.samples, self.has_aux, self.has_motion = size, samples, aux, motion
        many = samples if samples > 1 else 0
        self.hdr = ctx.texture(size, 4, samples=many, dtype="f2")
        self.depth = ctx.depth_texture(size, samples=many)
        if not many:
            self.depth.compare_func = ""
            self.depth.filter = self.hdr.filter = (dev.gl.NEAREST, dev.gl.NEAREST)
        self.later = samples == 1
        wanted = ([4] if aux or self.later else []) + ([2] if motion else [])
        extra = [ctx.texture(size, components, samples=many, dtype="u4") for components in wanted]
        if self.later:
            for texture in extra:
                texture.filter = (dev.gl.NEAREST, dev.gl.NEAREST)
            self.surface = ctx.texture(size, 4, dtype="f2")
            self.surface.filter = (dev.gl.NEAREST, dev.gl.NEAREST)
            self.surfaces, self.light = ctx.framebuffer([self.surface, *extra], self.depth), ctx.framebuffer([self.hdr])
        self.scene = ctx.framebuffer([self.hdr, *extra], self.depth)
        self._kept = [self.scene, self.hdr, self.depth, *extra]
        if self.later:
            self._kept += [self.surface, self.surfaces, self.light]
        self.flat: list[Any] = extra
        if many and extra:
            self.flat = [ctx.texture(size, t.components, dtype="u4") for t in extra]
            self.aux_many, self.aux_one = ctx.framebuffer(extra), ctx.framebuffer(self.flat)
            self._kept += [*self.flat, self.aux_many, self.aux_one]
        half, quarter = ((max(size[0] // n, 1), max(size[1] // n, 1)) for n in (2, 4))
        self.share = [self._picture(half, 2, "f2") for _ in range(2)]
        self.glow = [self._picture(quarter, 3, "f2") for _ in range(2)]
        self.meter = self._picture(METER, 1, "f4")
        self.final = self._picture(size, 4, "f1")
        self.smoothed = self._picture(size, 4, "f1") if samples == 1 else self.final
        self.linear: tuple[Any, Any] | None = None

    def _picture(self, size: tuple[int, int], components: int, dtype: str) -> tuple[Any, Any]:
        texture = self.dev.ctx.texture(size, components, dtype=dtype)
        texture.repeat_x = texture.repeat_y = False
        texture.filter = (self.dev.gl.LINEAR, self.dev.gl.LINEAR)
        frame = self.dev.ctx.framebuffer([texture])
        self._kept += [texture, frame]
        return texture, frame

    def linear_target(self) -> tuple[Any, Any]:
        """A float picture for light itself, made when first asked for."""
        if self.linear is None:
            self.linear = self._picture(self.size, 4, "f4")
        return self.linear

    def read_aux(self) -> tuple[NDArray[np.uint32], NDArray[np.float32] | None]:
        """The packed passes ``(h, w, 4)`` and motion ``(h, w, 2)``, the first row on top."""
        w, h = self.size
        if self.samples > 1:
            self.dev.ctx.copy_framebuffer(self.aux_one, self.aux_many)
        packed = np.frombuffer(self.flat[0].read(), np.uint32).reshape(h, w, 4)[::-1]
        motion = np.frombuffer(self.flat[1].read(), np.float32).reshape(h, w, 2)[::-1] if self.has_motion else None
        return packed, motion

    def close(self) -> None:
        """Gives everything back."""
        for thing in reversed(self._kept):
            thing.release()


def unpack_normals(packed: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Unit normals ``(h, w, 3)`` of two 16 bit octahedral numbers each ``(h, w)``; 0 where there is none."""
    x = (packed & 0xFFFF).astype(np.float32) / 32767 - np.float32(32768 / 32767)
    y = (packed >> 16).astype(np.float32) / 32767 - np.float32(32768 / 32767)
    z = 1 - np.abs(x) - np.abs(y)
    fold = np.maximum(-z, 0)
    x -= np.copysign(fold, x)
    y -= np.copysign(fold, y)
    scale = (packed != 0) / np.sqrt(x * x + y * y + z * z)
    return np.stack([x * scale, y * scale, z * scale], axis=-1)
