"""From light to a picture: occlusion, the exposure meter, glow, tone mapping; each one pass over the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array
from sim.render import light
from sim.render.rasteriser.device import Device, uniform
from sim.render.rasteriser.targets import METER, Targets

REACH = 1.2  # m: nothing farther away hides the sky


def occlusion(dev: Device, targets: Targets, near: float, tan: tuple[float, float]) -> None:
    """Fills ``targets.share[1]`` with how much of the sky each place sees."""
    w, h = targets.size
    sampler = "sampler2DMS" if targets.samples > 1 else "sampler2D"
    program = dev.program("full.vert", "occlusion.frag", (f"DEPTH_SAMPLER {sampler}", "DIRECTIONS 5", "STEPS 4"))
    (grainy, first), (_, second) = targets.share
    targets.depth.use(0)
    uniform(program, "depth_map", 0)
    uniform(program, "lens", (near, *tan, REACH))
    uniform(program, "grid", (w, h, *first.size))
    _run(dev, first, program)
    program = dev.program("full.vert", "smooth.frag")
    grainy.use(0)
    uniform(program, "share_map", 0)
    _run(dev, second, program)


def levels(dev: Device, targets: Targets) -> Array:
    """Luminances ``(h, w)`` of a small copy of the picture, pre-exposed."""
    program = dev.program("full.vert", "meter.frag", (_hdr(targets),))
    targets.hdr.use(0)
    uniform(program, "hdr_map", 0)
    uniform(program, "grid", (*targets.size, *METER))
    texture, frame = targets.meter
    _run(dev, frame, program)
    return np.exp2(np.frombuffer(texture.read(), np.float32).reshape(METER[1], METER[0])[::-1].astype(float))


def picture(dev: Device, targets: Targets, scale: float, shaded: bool, glow: float) -> NDArray[np.uint8]:
    """The picture ``(h, w, 3)`` as sRGB bytes, the first row on top."""
    w, h = targets.size
    glowing = glow > 0 and min(w, h) >= 64
    if glowing:
        _glow(dev, targets, 60.0 / scale)
    program = _develop_program(dev, targets, shaded, glowing, ())
    uniform(program, "exposure", (scale, glow if glowing else 0.0, light.CONTRAST, light.SATURATION))
    uniform(program, "inset", tuple(light._INSET.T.reshape(-1)))
    uniform(program, "outset", tuple(light._OUTSET.T.reshape(-1)))
    texture, frame = targets.final
    _run(dev, frame, program)
    if targets.samples == 1:
        program = dev.program("full.vert", "edges.frag")
        texture.use(0)
        uniform(program, "picture_map", 0)
        uniform(program, "grid", (w, h, 1 / w, 1 / h))
        texture, frame = targets.smoothed
        _run(dev, frame, program)
    return np.ascontiguousarray(np.frombuffer(texture.read(), np.uint8).reshape(h, w, 4)[..., :3])


def linear(dev: Device, targets: Targets, shaded: bool) -> NDArray[np.float32]:
    """Light ``(h, w, 3)``, pre-exposed, the first row on top."""
    w, h = targets.size
    program = _develop_program(dev, targets, shaded, False, ("LINEAR",))
    uniform(program, "exposure", (1.0, 0.0, 1.0, 1.0))
    texture, frame = targets.linear_target()
    _run(dev, frame, program)
    return np.ascontiguousarray(np.frombuffer(texture.read(), np.float32).reshape(h, w, 4)[..., :3])


def _develop_program(dev: Device, targets: Targets, shaded: bool, glowing: bool, more: tuple[str, ...]) -> Any:
    defines = (_hdr(targets), f"SAMPLES {targets.samples}", *more)
    defines += (("OCCLUSION",) if shaded else ()) + (("GLOW",) if glowing else ())
    program = dev.program("full.vert", "develop.frag", defines)
    targets.hdr.use(0)
    targets.share[1][0].use(1)
    targets.glow[0][0].use(2)
    for unit, name in enumerate(("hdr_map", "share_map", "glow_map")):
        uniform(program, name, unit)
    return program


def _glow(dev: Device, targets: Targets, bound: float) -> None:
    (one, frame_one), (two, frame_two) = targets.glow
    program = dev.program("full.vert", "glow.frag", (_hdr(targets),))
    uniform(program, "hdr_map", 0)
    targets.hdr.use(0)
    uniform(program, "grid", (*targets.size, *one.size))
    uniform(program, "step_px", (0.0, 0.0, 1.0, bound))
    _run(dev, frame_one, program)
    program = dev.program("full.vert", "glow.frag", ("HDR_SAMPLER sampler2D",))
    uniform(program, "hdr_map", 0)
    uniform(program, "grid", (*one.size, *one.size))
    for source, frame, step in ((one, frame_two, (1.0, 0.0)), (two, frame_one, (0.0, 1.0))):
        source.use(0)
        uniform(program, "step_px", (*step, 0.0, 0.0))
        _run(dev, frame, program)


def _hdr(targets: Targets) -> str:
    return "HDR_SAMPLER sampler2DMS" if targets.samples > 1 else "HDR_SAMPLER sampler2D"


def _run(dev: Device, frame: Any, program: Any) -> None:
    frame.use()
    dev.ctx.enable_only(dev.gl.NOTHING)
    dev.full(program).render()
