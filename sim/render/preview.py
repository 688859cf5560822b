"""The renderer for previews: the rasteriser where an OpenGL driver is, TinyRenderer where none is."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Protocol

from sim.render.frame import Frame
from sim.render.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.render.camera import Camera
    from sim.world.state import State


SMALL_SHADOWS = 256  # px a side of the shadow maps for small pictures


class Renderer(Protocol):
    """State and camera in, frame out: what every renderer does."""

    def render(
        self,
        state: State | None,
        camera: Camera,
        size: tuple[int, int],
        passes: Sequence[str] = ("rgb",),
        previous: State | None = None,
        previous_camera: Camera | None = None,
    ) -> Frame:
        """What the camera sees."""
        ...

    def close(self) -> None:
        """Frees what the renderer holds."""
        ...


def preview(scene: Scene, small: bool = False) -> Renderer:
    """The fastest renderer this machine has for a scene.

    Args:
        scene: What is drawn.
        small: For pictures of a hundred pixels or so: coarse shadows, no shade in corners, no glare.
    """
    if _driver_missing() is None:
        from sim.render.rasteriser import Rasteriser

        return Rasteriser(scene, occlusion=False, glow=0.0, shadow_px=SMALL_SHADOWS) if small else Rasteriser(scene)
    from sim.render.fallback import TinyRenderer

    return TinyRenderer(scene)


@cache
def _driver_missing() -> str | None:
    """Why there is no OpenGL here, said once on stderr; None when there is."""
    from sim.render.rasteriser import available

    reason = available()
    if reason is not None:
        lacking = "without lamps, shadows, exposure, normals or motion"
        print(f"preview: {reason}; drawing with TinyRenderer, {lacking}", file=sys.stderr)
    return reason
