"""The geometry pass: everything that is seen, drawn into the targets; surfaces first, then light, then glass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.pose import Array
from sim.render.camera import Camera
from sim.render.rasteriser.detail import UNSEEN, Detail, pixel_sizes
from sim.render.rasteriser.device import Device, uniform
from sim.render.rasteriser.draws import CAMERA, CAMERA_IDS, CAMERA_MOTION, Draws
from sim.render.rasteriser.floor import Floor, tile
from sim.render.rasteriser.hidden import hidden, pyramid
from sim.render.rasteriser.instances import Instances, seen
from sim.render.rasteriser.meshes import Drawable, Level
from sim.render.rasteriser.shadows import Casters
from sim.render.rasteriser.targets import Targets
from sim.world.state import State

TEXTURES: dict[str, Any] = {}  # floor tiles on the card, by substance
WALL, MANY = 2.5, 60  # m of radius from which a thing may hide others; how many others make it worth asking
SAMPLERS = ("sun_atlas", "sky_map", "spot_atlas", "tile_lights")


@dataclass(eq=False)
class View:
    """What one picture needs of its camera and instances.

    | field    | shape     | is                                     |
    |----------|-----------|----------------------------------------|
    | matrices | (n, 3, 4) | world_from_local of all instances       |
    | axes     | (3, 3)    | rows right, up and forward, in the world |
    | tan      | 2         | tangents of half the width and height    |
    """

    camera: Camera
    size: tuple[int, int]
    matrices: Array
    casters: Casters
    axes: Array
    tan: tuple[float, float]


@dataclass(eq=False)
class Maps:
    """Textures that every lit shader reads."""

    sun: Any
    sky: Any
    spots: Any
    tiles: Any


class Geometry:
    """Draws the instances, the floor and the sky of one scene."""

    def __init__(
        self,
        dev: Device,
        instances: Instances,
        drawables: list[list[Drawable]],
        draws: Draws,
        floor: Floor,
        pre_exposure: float,
        detail: Detail,
    ):
        self.dev, self.instances, self.drawables, self.draws = dev, instances, drawables, draws
        self.floor, self.pre_exposure, self.detail = floor, pre_exposure, detail
        corners = np.array([[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, -1, 0, 0]], "f4")
        self._fan = dev.ctx.buffer(corners[[0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 1]].tobytes())
        self._fans: dict[int, Any] = {}
        self._kinds = [_by_kind(group) for group in drawables]

    def close(self) -> None:
        """Gives everything back."""
        for thing in (*self._fans.values(), self._fan):
            thing.release()
        self._fans = {}

    def set_group(self, g: int, drawables: list[Drawable]) -> None:
        """Takes the primitives of a group that is new, or that looks otherwise now."""
        if g == len(self._kinds):
            self._kinds.append({})
        self._kinds[g] = _by_kind(drawables)

    def draw(
        self,
        targets: Targets,
        view: View,
        maps: Maps,
        defines: tuple[str, ...],
        before: State | None,
        narrow: Callable[[NDArray[np.float32]], Callable[[], None]],
    ) -> None:
        """Draws everything that is seen into the targets.

        Args:
            targets: What is drawn into.
            view: Who looks at what.
            maps: Textures that lit shaders read.
            defines: What the shaders must be able to do.
            before: The state of the frame before, for motion.
            narrow: Takes the depth buffer before surfaces are lit; gives back what is to be called after.
        """
        ctx, gl = self.dev.ctx, self.dev.gl
        visible, pixel = self._visible(view)
        order = _Order(self.instances.group[visible])
        rows = self._rows(view, visible, before, "MOTION" in defines)
        for unit, texture in enumerate((maps.sun, maps.sky, maps.spots, maps.tiles)):
            if texture is not None:
                texture.use(unit)
        first = targets.surfaces if targets.later else targets.scene
        first.use()
        ctx.enable_only(gl.DEPTH_TEST)
        ctx.depth_func = "<="
        first.depth_mask = True
        first.clear(depth=1.0)
        surfaces = tuple(dict.fromkeys((*defines, "AUX", "LATER") if targets.later else defines))
        drawn = self._walls(targets, view, order, visible, pixel, rows, surfaces)
        self._solid(order, drawn, pixel, rows, surfaces)
        self._backdrop(surfaces)
        if targets.later and "UNLIT" not in defines:
            self._light(targets, view, defines, narrow)
        through = tuple(dict.fromkeys((*defines, "AUX"))) if targets.later else defines
        self._glass(targets, order.without(drawn < 0), pixel, rows, through)
        ctx.enable_only(gl.NOTHING)

    def _light(
        self,
        targets: Targets,
        view: View,
        defines: tuple[str, ...],
        narrow: Callable[[NDArray[np.float32]], Callable[[], None]],
    ) -> None:
        """Lights the surfaces that were drawn."""
        lamps = "LIGHTS" in defines
        widen = narrow(_depths(targets, view)) if lamps else None
        wanted = tuple(d for d in defines if d not in ("AUX", "MOTION"))
        program = self.dev.program("full.vert", "light.frag", wanted, lit=True)
        _bind(program)
        for unit, name, texture in ((4, "surface_map", targets.surface), (5, "aux_map", targets.flat[0])):
            texture.use(unit)
            uniform(program, name, unit)
        targets.light.use()
        self.dev.ctx.enable_only(self.dev.gl.NOTHING)
        self.dev.full(program).render()
        if widen is not None:
            widen()

    def _visible(self, view: View) -> tuple[NDArray[np.int64], Array]:
        """Which instances are seen, the nearest first; and m, unscaled, that a pixel covers at each."""
        local = (view.casters.middles - view.camera.pose.position) @ view.axes.T
        radius = self.instances.radius
        found = seen(local, radius, *view.tan, view.camera.near)
        pixel = pixel_sizes(local[:, 2], radius, view.tan[0], view.camera.near, view.size[0])
        if not self.detail.whole:
            found &= radius > UNSEEN * pixel
        visible = np.flatnonzero(found)
        visible = visible[np.argsort(local[visible, 2], kind="stable")]
        return visible, pixel[visible] / self.instances.scale[visible]

    def _walls(
        self,
        targets: Targets,
        view: View,
        order: _Order,
        visible: NDArray[np.int64],
        pixel: Array,
        rows: Array,
        defines: tuple[str, ...],
    ) -> NDArray[np.int8]:
        """Draws what is so large that it may hide much, and finds what it hides.

        Returns:
            ``(n,)``: 1 drawn, 0 to be drawn, −1 hidden. Only where a processor draws: a card has no time to be asked.
        """
        state = np.zeros(len(visible), np.int8)
        radius = self.instances.radius[visible]
        walls = (radius > WALL) & (radius / (pixel * self.instances.scale[visible]) > 0.04 * view.size[0])
        holey = np.array(["cut" in kinds for kinds in self._kinds], bool)  # trees hide little and are dear to draw
        walls &= ~holey[self.instances.group[visible]]
        if (
            self.detail.whole
            or not self.dev.software
            or not targets.later
            or len(visible) - walls.sum() < MANY
            or not walls.any()
        ):
            return state
        state[walls] = 1
        shown = order.without(~walls)
        for g in shown.nearest_first():
            self._group("solid", g, shown.members(g), pixel, rows, defines)
        levels = pyramid(_depths(targets, view))
        others = np.flatnonzero(~walls)
        corners = self.instances.boxes(visible[others], view.matrices, view.casters.middles)
        corners = (corners - view.camera.pose.position) @ view.axes.T
        state[others[hidden(corners, view.tan, view.camera.near, view.size, levels)]] = -1
        return state

    def _glass(self, targets: Targets, order: _Order, pixel: Array, rows: Array, defines: tuple[str, ...]) -> None:
        """Draws what can be seen through, the group that reaches farthest first."""
        ctx, gl = self.dev.ctx, self.dev.gl
        groups = [g for g in order.farthest_first() if "blend" in self._kinds[g]]
        if not groups:
            return
        targets.scene.use()
        ctx.enable_only(gl.DEPTH_TEST | gl.BLEND)
        ctx.blend_func = gl.ONE, gl.ONE_MINUS_SRC_ALPHA, gl.ZERO, gl.ONE_MINUS_SRC_ALPHA
        targets.scene.depth_mask = False
        for g in groups:
            self._group("blend", g, order.members(g), pixel, rows, defines)
        targets.scene.depth_mask = True

    def _solid(
        self, order: _Order, drawn: NDArray[np.int8], pixel: Array, rows: Array, defines: tuple[str, ...]
    ) -> None:
        """Draws all that is solid, near groups first; what has holes last, because most of it may be hidden by then."""
        for kind, left in (("solid", order.without(drawn != 0)), ("cut", order.without(drawn < 0))):
            for g in left.nearest_first():
                self._group(kind, g, left.members(g), pixel, rows, defines)

    def _group(
        self, kind: str, g: int, members: NDArray[np.int64], pixel: Array, rows: Array, defines: tuple[str, ...]
    ) -> None:
        """Draws the primitives of one kind of one group, the farthest steps of glass first."""
        wanted = self._kinds[g].get(kind)
        if not wanted:
            return
        bins = list(self.detail.bins(g, pixel[members]))
        for step, cell, chosen in bins if kind != "blend" else bins[::-1]:
            slot = (kind, g, step)
            self.draws.write(slot, rows[members[chosen[::-1] if kind == "blend" else chosen]])
            for drawable in wanted:
                self._draw(slot, drawable, drawable.level(cell), defines, len(chosen))

    def _rows(self, view: View, visible: Array, before: State | None, motion: bool) -> Array:
        rows = np.zeros((len(visible), 25), np.float32)
        matrices = view.matrices[visible]
        matrices[:, :, 3] -= view.camera.pose.position
        rows[:, :12] = matrices.reshape(-1, 12)
        rows[:, 12] = self.instances.id[visible]
        if motion:
            rows[:, 13:] = self.instances.matrices(before)[visible].reshape(-1, 12)
        return rows

    def _cull(self, drawable: Drawable) -> None:
        if drawable.culled:
            self.dev.ctx.enable(self.dev.gl.CULL_FACE)
        else:
            self.dev.ctx.disable(self.dev.gl.CULL_FACE)

    def _draw(self, slot: Any, drawable: Drawable, level: Level, defines: tuple[str, ...], n: int) -> None:
        program = self.dev.program("mesh.vert", "mesh.frag", (*drawable.features, *defines), lit=True)
        _bind(program)
        drawable.set_material(program, self.pre_exposure)
        self._cull(drawable)
        layout = CAMERA_MOTION if "MOTION" in defines else CAMERA_IDS if "AUX" in defines else CAMERA
        self.draws.draw(slot, drawable, level, program, layout, n)

    def _backdrop(self, defines: tuple[str, ...]) -> None:
        """Draws the floor, then the sky where nothing is."""
        ctx, gl = self.dev.ctx, self.dev.gl
        ctx.disable(gl.CULL_FACE)
        if self.floor.there:
            program = self.dev.program("ground.vert", "ground.frag", defines, lit=True)
            _bind(program)
            _floor_texture(self.dev, self.floor.substance).use(8)
            uniform(program, "tile_map", 8)
            if id(program) not in self._fans:
                self._fans[id(program)] = ctx.vertex_array(program, [(self._fan, "4f", "in_corner")])
            ctx.polygon_offset = 0.0, 4.0  # what lies on the floor is seen
            self._fans[id(program)].render()
            ctx.polygon_offset = 0.0, 0.0
        sky_only = tuple(d for d in defines if d in ("AUX", "MOTION", "UNLIT", "LATER"))
        program = self.dev.program("full.vert", "sky.frag", sky_only, lit=True)
        _bind(program)
        self.dev.full(program).render()


class _Order:
    """What is seen, nearest first, by group: ``group_of`` ``(n,)``."""

    def __init__(self, group_of: NDArray[np.int64], which: NDArray[np.int64] | None = None):
        self._group_of = group_of
        self._which = np.arange(len(group_of)) if which is None else which
        mine = group_of[self._which]
        self._sorted = self._which[np.argsort(mine, kind="stable")]
        groups, self._start, count = np.unique(group_of[self._sorted], return_index=True, return_counts=True)
        self._end = self._start + count
        self._place = {g: i for i, g in enumerate(groups.tolist())}

    def without(self, gone: NDArray[np.bool_]) -> _Order:
        """The same but for some of the n."""
        return _Order(self._group_of, self._which[~gone[self._which]]) if gone.any() else self

    def members(self, g: int) -> NDArray[np.int64]:
        """Which of the n belong to a group."""
        i = self._place[g]
        return self._sorted[self._start[i] : self._end[i]]

    def nearest_first(self) -> list[int]:
        """Groups by their nearest instance."""
        return list(dict.fromkeys(self._group_of[self._which].tolist()))

    def farthest_first(self) -> list[int]:
        """Groups by their farthest instance, the farthest first."""
        return list(dict.fromkeys(self._group_of[self._which][::-1].tolist()))


def _depths(targets: Targets, view: View) -> NDArray[np.float32]:
    """The depth buffer ``(h, w)`` as drawn so far; row 0 lowest."""
    return np.frombuffer(targets.depth.read(), np.float32).reshape(view.size[1], view.size[0])


def _by_kind(drawables: list[Drawable]) -> dict[str, list[Drawable]]:
    """Primitives that are solid, cut out by a mask, or see-through."""
    kinds: dict[str, list[Drawable]] = {}
    for d in drawables:
        kinds.setdefault("blend" if d.blended else "cut" if "MASK" in d.features else "solid", []).append(d)
    return kinds


def _bind(program: Any) -> None:
    for unit, name in enumerate(SAMPLERS):
        uniform(program, name, unit)


def _floor_texture(dev: Device, substance: str) -> Any:
    if substance not in TEXTURES:
        TEXTURES[substance] = dev.texture(tile(substance)[0], anisotropy=1.0)
    return TEXTURES[substance]
