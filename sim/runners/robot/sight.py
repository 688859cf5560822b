"""What cameras see of a cell, through the same renderer as everything else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.pose import Pose
from sim.render.camera import Camera, camera_named
from sim.runners.robot.cell import Cell
from sim.runners.robot.spec import ViewSpec
from sim.world.state import State

FILM_SIZE = (640, 480)


class Sight:
    """A renderer for one cell, made when first used.

    Args:
        cell: What is seen.
        wide: Whether all of the world is seen, or what is simulated, in small pictures.
    """

    def __init__(self, cell: Cell, wide: bool = True):
        self._cell, self._wide = cell, wide
        self._renderer: Any = None

    def close(self) -> None:
        """Frees the renderer."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def _open(self) -> Any:
        if self._renderer is None:
            from sim.render.preview import preview
            from sim.render.scene import Scene

            layout = self._cell.scenery if self._wide else self._cell.surroundings
            self._renderer = preview(Scene.of(layout, self._cell.world.parts), small=not self._wide)
        return self._renderer

    def camera(self, view: ViewSpec, state: State, light: float = 1.0) -> Camera:
        """Where a view is now; all light ``light`` times as strong is an exposure so much shorter.

        Raises:
            InputError: The world has no such camera, or the robot no such part.
        """
        cell = self._cell
        if view.camera is not None:
            camera = camera_named(cell.scenery, view.camera)
        else:
            assert view.at is not None
            assert view.look_at is not None
            local = Pose.looking(view.at, view.look_at)
            if view.part is None:
                pose = cell.frame.pose @ local
            else:
                name = f"{cell.name}/{view.part}"
                if name not in state.parts:
                    raise InputError(Problem(f"{cell.where}: part", "no part of the robot is called so", got=view.part))
                pose = state.pose(name) @ local
            camera = Camera(pose, view.lens_mm, ev100=view.ev100, near=0.01)
        if camera.ev100 is not None and light != 1.0:
            camera = replace(camera, ev100=camera.ev100 - float(np.log2(light)))
        return camera

    def look(
        self, view: ViewSpec, state: State, light: float = 1.0
    ) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.float32]]]:
        """Colours ``(h, w, 3)`` and, where asked for, ``depth`` and ``thermal``.

        Depth ``(h, w, 1)`` is m along the axis, 0 where nothing is; thermal ``(h, w, 1)`` is K.
        """
        passes = ("rgb", *(("depth",) if view.depth else ()), *(("thermal",) if view.thermal else ()))
        frame = self._open().render(state, self.camera(view, state, light), view.size, passes)
        more = {}
        if view.depth:
            more["depth"] = np.where(np.isfinite(frame.depth), frame.depth, 0.0).astype(np.float32)[..., None]
        if view.thermal and frame.thermal is not None:
            more["thermal"] = frame.thermal[..., None]
        return frame.rgb, more

    def film_view(self) -> ViewSpec:
        """From where the cell is filmed."""
        given = self._cell.spec.film
        if given is not None:
            return given
        return ViewSpec(at=(0.75, -0.95, 0.62), look_at=(-0.12, 0.0, 0.12), lens_mm=30.0, size=FILM_SIZE)


def with_shapes(state: State, shapes: dict[str, Any]) -> State:
    """A state in which some parts look otherwise."""
    return replace(state, shapes={**state.shapes, **shapes}) if shapes else state
