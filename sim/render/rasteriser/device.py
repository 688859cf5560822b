"""The one door to moderngl: a context without a window, shaders, and what is kept on the graphics card.

Owns the GL context of the process. Knows nothing of scenes.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import InputError, Problem

SHADERS = Path(__file__).resolve().parent / "shaders"
LIT = ("lamps.glsl", "shade.glsl", "sky.glsl")
FRAME_BINDING = 0


class NoDriver(InputError):
    """There is no OpenGL driver to draw with."""


@cache
def available() -> str | None:
    """None when pictures can be rasterised here; else why not, and the package that would mend it."""
    try:
        device()
    except NoDriver as error:
        problem = error.problems[0]
        return f"{problem.what}; {problem.hint}"
    return None


@cache
def device() -> Device:
    """The process's own device, made when first asked for.

    Raises:
        NoDriver: No context can be made.
    """
    try:
        import moderngl
    except ImportError:
        raise NoDriver(Problem("rasteriser", "needs the package moderngl", hint="pip install moderngl")) from None
    reasons = []
    for settings in ({"backend": "egl"}, {}) if sys.platform.startswith("linux") else ({},):
        try:
            return Device(moderngl, moderngl.create_context(standalone=True, require=330, **settings))
        except Exception as error:  # whatever the platform's loader raises
            reasons.append((str(error).splitlines() or [type(error).__name__])[0])
    linux = sys.platform.startswith("linux")
    hint = "apt install libegl1 libgl1-mesa-dri" if linux else "install a graphics driver with OpenGL 3.3"
    raise NoDriver(Problem("rasteriser", f"no OpenGL 3.3 driver ({reasons[0]})", hint=hint))


class Device:
    """A GL context and what is shared in it.

    | attribute | is                                                             |
    |-----------|----------------------------------------------------------------|
    | gl        | the moderngl module, for its constants                          |
    | ctx       | the context                                                     |
    | driver    | the renderer's name                                             |
    | software  | whether a processor draws, so that taps and samples are dear     |
    """

    def __init__(self, gl: Any, ctx: Any):
        self.gl, self.ctx, self.pid = gl, ctx, os.getpid()
        self.driver = str(ctx.info["GL_RENDERER"])
        self.software = any(name in self.driver.lower() for name in ("llvmpipe", "softpipe", "swrast", "swr"))
        self.max_texture = min(int(ctx.info["GL_MAX_TEXTURE_SIZE"]), 16_384)
        self.max_samples = int(ctx.max_samples)
        self._programs: dict[tuple[str, str, tuple[str, ...]], Any] = {}
        corners = np.array([-1, -1, 3, -1, -1, 3], "f4")
        self._triangle = ctx.buffer(corners.tobytes())
        self._full: dict[int, Any] = {}

    def program(self, vertex: str, fragment: str, defines: tuple[str, ...] = (), lit: bool = False) -> Any:
        """The program of two shader files; ``defines`` are like ``"AUX"`` or ``"SAMPLES 4"``.

        Raises:
            InputError: This driver does not take the shader.
        """
        key = (vertex, fragment, defines)
        if key not in self._programs:
            head = "#version 330 core\n" + "".join(f"#define {d}\n" for d in defines) + _text("frame.glsl")
            body = head + _text("aux.glsl") + ("".join(_lit(defines)) if lit else "") + _text(fragment)
            try:
                program = self.ctx.program(vertex_shader=head + _text(vertex), fragment_shader=body)
            except Exception as error:  # moderngl.Error
                lines = [line.strip() for line in str(error).splitlines() if "error" in line.lower() and ":" in line]
                complaint = (lines or ["an unknown complaint"])[0][:160]
                raise InputError(
                    Problem(
                        f"rasteriser: {fragment}",
                        f"does not compile on {self.driver}",
                        "OpenGL 3.3 core",
                        complaint,
                        "update the graphics driver",
                    )
                ) from None
            if "Frame" in program:
                program["Frame"].binding = FRAME_BINDING
            self._programs[key] = program
        return self._programs[key]

    def full(self, program: Any) -> Any:
        """A vertex array that draws one triangle over the whole picture."""
        if id(program) not in self._full:
            self._full[id(program)] = self.ctx.vertex_array(program, [(self._triangle, "2f", "in_corner")])
        return self._full[id(program)]

    def texture(
        self,
        pixels: np.ndarray,
        srgb: bool = False,
        repeat: bool = True,
        mipmaps: bool = True,
        anisotropy: float | None = None,
    ) -> Any:
        """A texture of ``(h, w, c)`` bytes or float16; row 0 is the lowest."""
        h, w, c = pixels.shape
        dtype = "f1" if pixels.dtype == np.uint8 else "f2"
        extra = {"internal_format": 0x8C43} if srgb and c == 4 else {}  # GL_SRGB8_ALPHA8
        texture = self.ctx.texture((w, h), c, np.ascontiguousarray(pixels).tobytes(), dtype=dtype, **extra)
        texture.repeat_x = texture.repeat_y = repeat
        if mipmaps:
            texture.build_mipmaps()
            between = self.gl.LINEAR_MIPMAP_NEAREST if self.software else self.gl.LINEAR_MIPMAP_LINEAR
            texture.filter = (between, self.gl.LINEAR)
            if not self.software:  # llvmpipe walks the whole ellipse, which at a horizon has no end
                texture.anisotropy = anisotropy or min(float(self.ctx.max_anisotropy), 8.0)
        else:
            texture.filter = (self.gl.LINEAR, self.gl.LINEAR)
        return texture


def uniform(program: Any, name: str, value: Any) -> None:
    """Sets a uniform, if the program has kept it."""
    member = program.get(name, None)  # `in` would walk through all of them
    if member is not None:
        member.value = value


@cache
def _text(name: str) -> str:
    return (SHADERS / name).read_text(encoding="utf-8")


def _lit(defines: tuple[str, ...]) -> list[str]:
    return [_text(name) for name in LIT if name != "lamps.glsl" or "LIGHTS" in defines]
