"""House fronts: walls with recessed windows, doors, shops, cornices and roofs, described by a few numbers.

A house faces +X, stands over the origin and is as wide as its front; its sides are party walls, its back is plain.
Lit panes have the material ``window_lit``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from sim.assets.kit import finish, outline, shape, sign
from sim.assets.kit import texture as tx
from sim.assets.kit.paint import Finish, assemble, paint, planar
from sim.assets.kit.shape import Shape
from sim.assets.mesh import Mesh, Primitive, srgb_to_linear
from sim.pose import Array

WALL, RECESS = 0.32, 0.2
"""Thickness of the front wall and depth of the panes behind its face, m."""


@dataclass(frozen=True)
class House:
    """What a house front looks like; lengths in m.

    | field      | says                                                               |
    |------------|--------------------------------------------------------------------|
    | wall, trim | finishes of the wall and of sills, surrounds and cornices          |
    | bays       | windows side by side                                               |
    | ground     | for each bay from the left: ``window``, ``door``, ``shop``, ``gate`` |
    | window     | width and height of the upper windows                              |
    | head       | what crowns a window: ``band``, ``hood``, ``pediment``, ``lintel``, ``arch``, ``plain`` |
    | roof       | ``parapet``, ``slope`` or ``mansard``                              |
    | balconies  | bays (counted from 0) with balconies from the second storey up     |
    """

    wall: Finish
    trim: Finish
    width: float = 12.0
    depth: float = 10.0
    storeys: int = 4
    bays: int = 4
    ground_height: float = 4.0
    storey_height: float = 3.3
    ground: tuple[str, ...] = ("shop", "shop", "door", "shop")
    ground_wall: Finish | None = None
    window: tuple[float, float] = (1.15, 1.9)
    sill_height: float = 0.85
    head: str = "band"
    panes: str = "cross"  # cross, sash, french, single, grid
    frame_color: str = "#e6e3da"
    door_color: str = "#27443a"
    shop_color: str = "#20342d"
    shop_name: str = "PROP HOUSE"
    awning: tuple[str, str] | None = None
    roof: str = "parapet"
    roof_color: str = "#7d4636"
    quoins: bool = False
    dentils: bool = False
    courses: bool = True
    balconies: tuple[int, ...] = ()
    seed: int = 1
    lit: float = 0.3
    paints: dict[str, Finish] = field(default_factory=dict)

    @property
    def front(self) -> float:
        """X of the front wall's face."""
        return self.depth / 2

    @property
    def eaves(self) -> float:
        """Height of the wall."""
        return self.ground_height + (self.storeys - 1) * self.storey_height

    def middle(self, bay: int) -> float:
        """Y of the middle of a bay; bays are counted from the left as seen from the street."""
        return (bay - (self.bays - 1) / 2) * self.width / self.bays


def house(h: House) -> Mesh:
    """The whole house."""
    paints = _paints(h)
    parts: list[Primitive] = []
    holes, ground_holes = [], []
    rng = np.random.Generator(np.random.PCG64(h.seed))
    for storey in range(1, h.storeys):
        for bay in range(h.bays):
            rim = _window_rim(h, bay, storey)
            holes.append(rim)
            parts += _window(h, rim, _pane_kind(h, rng), storey, paints)
    for bay, kind in enumerate(h.ground):
        rim, made = _GROUND[kind](h, bay, paints)
        ground_holes.append(rim)
        parts += made
    parts += _walls(h, holes, ground_holes)
    parts += _ornament(h)
    parts += _ROOFS[h.roof](h, paints)
    for bay in h.balconies:
        parts += [p for storey in range(2, h.storeys) for p in _balcony(h, bay, storey, paints)]
    parts += _back(h, paints)
    parts += _downpipe(h, paints)
    return assemble(parts)


def _paints(h: House) -> dict[str, Finish]:
    paints = {
        "frame": finish.plain("window_frame", h.frame_color, 0.4),
        "glass": finish.window(),
        "curtain": finish.printed("window_curtain", _curtains("#b9b3a6", "#2a3036"), 0.1),
        "lit": finish.printed("window_lit", _curtains("#f0c98a", "#d99a4e"), 0.1, lit=0.5),
        "door": finish.plain("door_paint", h.door_color, 0.35),
        "shop": finish.plain("shop_front", h.shop_color, 0.35),
        "interior": finish.printed("window_shop", _shop_interior(h.seed), 0.08, lit=0.6),
        "brass": finish.plain("brass", "#b08d4a", 0.3, 1.0),
        "iron": finish.plain("railing", "#1b1d1f", 0.45),
        "zinc": finish.metal("zinc_sheet", "#8d9499", 0.5, 3, tile=1.2),
        "name": finish.printed("shop_sign", _fascia(h), 0.4),
    }
    if h.roof != "parapet":
        paints["roof"] = finish.roof_tiles(color=h.roof_color, seed=h.seed)
    return paints | h.paints


# ---------------------------------------------------------------------------------------------------------------------
# Pictures


def _curtains(cloth: str, room: str) -> Image.Image:
    w, height = 96, 144
    u, v = tx.grid((height, w))
    edge = 0.2 + 0.07 * v + 0.015 * np.sin(9 * v)
    drawn = tx.step(np.minimum(u, 1 - u), edge + 0.02, edge)
    folds = 0.8 + 0.2 * np.sin(2 * np.pi * u * 17 + 2 * np.sin(3 * v))
    room_tone = tx.color(room) * (0.65 + 0.5 * v)[..., None]
    return tx.picture(tx.mix(room_tone, tx.color(cloth) * folds[..., None], drawn))


def _shop_interior(seed: int) -> Image.Image:
    """A lit room behind glass: shelves of goods along the back, lamps above, a counter before."""
    from PIL import ImageFilter

    picture = sign.canvas(320, 240, "#6b4a2c")
    sign.rectangle(picture, (0, 0, 1, 0.14), "#8a6a45")
    sign.rectangle(picture, (0, 0.78, 1, 1), "#3b2a1c")
    rng = np.random.Generator(np.random.PCG64(seed))
    for row in range(4):
        _goods(picture, 0.3 + 0.15 * row, rng)
    sign.rectangle(picture, (0.12, 0.72, 0.6, 0.96), "#2e2018")
    sign.rectangle(picture, (0.1, 0.7, 0.62, 0.735), "#8f6d45")
    for x in (0.2, 0.5, 0.8):
        sign.rectangle(picture, (x - 0.003, 0, x + 0.003, 0.12), "#1c1612")
        sign.ellipse(picture, (x - 0.035, 0.1, x + 0.035, 0.19), "#fff0c8")
    colors = srgb_to_linear(np.asarray(picture.filter(ImageFilter.GaussianBlur(1.2)), float) / 255)
    u, v = tx.grid((240, 320))
    lamps = sum(np.exp(-(((u - x) / 0.16) ** 2 + ((v - 0.3) / 0.3) ** 2)) for x in (0.2, 0.5, 0.8))
    return tx.picture(colors * (0.35 + 0.95 * np.minimum(lamps, 1.2))[..., None] * np.array([1.0, 0.93, 0.8]))


def _goods(picture: Image.Image, floor: float, rng: np.random.Generator) -> None:
    """One shelf, filled from left to right."""
    colors = ["#7a2f25", "#2f5a57", "#c79a3a", "#d8cdb4", "#34496b", "#8a5a38", "#5d6b3a", "#b8b1a0"]
    sign.rectangle(picture, (0.03, floor, 0.97, floor + 0.014), "#33241a")
    x = 0.05
    while x < 0.92:
        w, tall = rng.uniform(0.012, 0.042), rng.uniform(0.035, 0.11)
        tone = colors[int(rng.integers(len(colors)))]
        for _ in range(int(rng.integers(1, 5))):
            if x > 0.93:
                break
            sign.rectangle(picture, (x, floor - tall, x + w, floor), tone, "#241a12", 0.003, 0.006)
            x += w + 0.004
        x += rng.uniform(0.0, 0.03)


def _fascia(h: House) -> Image.Image:
    picture = sign.canvas(512, 64, h.shop_color)
    sign.rectangle(picture, (0.01, 0.1, 0.99, 0.9), None, "#b99b5c", 0.004)
    sign.write(picture, h.shop_name, (0.5, 0.5), 0.56, "#e8d7a8", 0.05)
    return picture


# ---------------------------------------------------------------------------------------------------------------------
# Windows


def _window_rim(h: House, bay: int, storey: int) -> Array:
    """Outline ``(n, 2)`` of a window's opening, y and z, m."""
    w, high = h.window
    bottom = h.ground_height + (storey - 1) * h.storey_height + h.sill_height
    if h.panes == "french" or (bay in h.balconies and storey >= 2):
        high, bottom = high + h.sill_height - 0.08, bottom - h.sill_height + 0.08
    return _opening(h.middle(bay), bottom, w, high, h.head == "arch")


def _opening(y: float, bottom: float, width: float, height: float, arched: bool) -> Array:
    if not arched:
        return outline.rectangle(width, height) + (y, bottom + height / 2)
    rise = width * 0.22
    angle = np.linspace(0, np.pi, 8)
    arc = np.stack([width / 2 * np.cos(angle), height - rise + rise * np.sin(angle)], -1)
    return np.vstack([[(-width / 2, 0), (width / 2, 0)], arc]) + (y, bottom)


def _pane_kind(h: House, rng: np.random.Generator) -> str:
    draw = rng.random()
    return "lit" if draw < h.lit else "curtain" if draw < h.lit + 0.3 else "glass"


def _window(h: House, rim: Array, pane: str, storey: int, paints: dict[str, Finish]) -> Iterator[Primitive]:
    low, high = rim.min(axis=0), rim.max(axis=0)
    yield from _glazing(h, rim, paints["frame"], paints[pane], h.panes)
    x, y, w = h.front, (low[0] + high[0]) / 2, high[0] - low[0]
    if h.panes != "french":
        yield paint(shape.box(0.24, w + 0.24, 0.075, 0.012).at(x - 0.02, y, low[1] - 0.075), h.trim)
    else:
        yield from _rail(x + 0.02, y, w + 0.1, low[1], paints["iron"])
    yield from _head(h, rim, storey)


def _glazing(h: House, rim: Array, frame: Finish, glass: Finish, panes: str, bar: float = 0.055) -> Iterator[Primitive]:
    """A frame with its bars and a pane, recessed behind the wall's face."""
    low, high = rim.min(axis=0), rim.max(axis=0)
    y, (w, t), x = (low[0] + high[0]) / 2, high - low, h.front - RECESS
    yield paint(shape.extrude([rim, outline.inset(rim, bar)], 0.07, 0, "x").at(x), frame)
    upright = [shape.box(0.05, 0.05, t - bar).at(x, y, low[1] + bar / 2)]
    cross = [
        shape.box(0.055, w - bar, 0.06).at(x, y, low[1] + k * t)
        for k in {"sash": (0.5,), "grid": (0.25, 0.5, 0.75)}.get(panes, (0.68,))
    ]
    if panes == "grid":
        upright = [shape.box(0.05, 0.04, t - bar).at(x, y + k * w, low[1] + bar / 2) for k in (-0.25, 0, 0.25)]
    bars = {"single": [], "sash": cross, "grid": upright + cross}.get(panes, upright + cross)
    if bars:
        yield paint(shape.join(bars), frame)
    yield paint(planar(shape.extrude(outline.inset(rim, bar / 2), 0.012, 0, "x").at(x - 0.01), "x", low, high), glass)


def _head(h: House, rim: Array, storey: int) -> Iterator[Primitive]:
    """What surrounds and crowns the opening."""
    low, high = rim.min(axis=0), rim.max(axis=0)
    x, y, w, top = h.front, (low[0] + high[0]) / 2, high[0] - low[0], high[1]
    kind = h.head
    if kind in ("band", "hood", "pediment", "arch"):
        outer = outline.inset(rim, -0.13)
        outer[:, 1] = np.maximum(outer[:, 1], max(low[1] - 0.03, 0.0))
        yield paint(shape.extrude([outer, rim], 0.1, 0.008, "x").at(x + 0.005), h.trim, box=True)
    if kind == "lintel":
        yield paint(shape.box(0.1, w + 0.36, 0.24, 0.012).at(x - 0.03, y, top), h.trim)
    if kind == "arch":
        key = shape.extrude([(-0.08, -0.16), (0.08, -0.16), (0.12, 0.2), (-0.12, 0.2)], 0.16, 0.012, "x")
        yield paint(key.at(x + 0.01, y, top), h.trim, box=True)
    if kind in ("hood", "pediment"):
        yield paint(shape.box(0.2, w + 0.5, 0.06, 0.012).at(x + 0.06, y, top + 0.26), h.trim)
        yield paint(shape.box(0.12, w + 0.34, 0.12, 0.012).at(x + 0.02, y, top + 0.14), h.trim)
    if kind == "pediment" and storey in (1, 2):
        half = w / 2 + 0.25
        gable = (
            [(-half, 0), (half, 0), (0, 0.36)]
            if storey == 1
            else [(half * np.cos(a), 0.3 * np.sin(a)) for a in np.linspace(0, np.pi, 9)]
        )
        yield paint(shape.extrude(gable, 0.16, 0.015, "x").at(x + 0.05, y, top + 0.32), h.trim, box=True)


def _rail(x: float, y: float, width: float, bottom: float, iron: Finish, height: float = 1.0) -> Iterator[Primitive]:
    rails = [shape.box(0.04, width, 0.035, 0.006).at(x, y, bottom + z) for z in (0.1, height)]
    bars = [
        shape.box(0.014, 0.014, height - 0.1).at(x, y + s, bottom + 0.1)
        for s in np.arange(-width / 2 + 0.02, width / 2, 0.125)
    ]
    yield paint(shape.join(rails + bars), iron)


def _balcony(h: House, bay: int, storey: int, paints: dict[str, Finish]) -> Iterator[Primitive]:
    y, z, w, d = h.middle(bay), h.ground_height + (storey - 1) * h.storey_height, h.width / h.bays * 0.86, 1.1
    yield paint(shape.box(d + 0.1, w, 0.16, 0.02).at(h.front + d / 2 - 0.05, y, z - 0.16), h.trim)
    for s in (-1, 1):
        bracket = shape.extrude([(0, 0), (0.55, 0), (0.5, -0.1), (0.12, -0.42), (0, -0.5)], 0.14, 0.015, "y")
        yield paint(bracket.at(h.front - 0.02, y + s * (w / 2 - 0.25), z - 0.16), h.trim, box=True)
    yield from _rail(h.front + d - 0.06, y, w - 0.06, z, paints["iron"])
    for s in (-1, 1):
        ends = shape.join(
            [shape.box(0.04, d - 0.08, 0.035, 0.006).at(0, 0, k) for k in (0.1, 1.0)]
            + [shape.box(0.014, 0.014, 0.9).at(0, k, 0.1) for k in np.arange(-d / 2 + 0.1, d / 2 - 0.1, 0.125)]
        )
        yield paint(ends.turned(yaw=90).at(h.front + d / 2 - 0.04, y + s * (w / 2 - 0.05), z), paints["iron"])


# ---------------------------------------------------------------------------------------------------------------------
# Ground floor: each maker returns the opening and what fills it


def _ground_window(h: House, bay: int, paints: dict[str, Finish]) -> tuple[Array, list[Primitive]]:
    w, high = h.window
    rim = _opening(h.middle(bay), 1.1, w * 1.05, min(high * 1.08, h.ground_height - 1.75), h.head == "arch")
    return rim, list(_window(h, rim, "curtain" if bay % 2 else "glass", 0, paints))


def _door(h: House, bay: int, paints: dict[str, Finish]) -> tuple[Array, list[Primitive]]:
    y, w, t = h.middle(bay), 1.35, min(3.0, h.ground_height - 0.7)
    rim = _opening(y, 0.16, w, t, h.head == "arch")
    x = h.front - RECESS
    leaf = [shape.box(0.06, w - 0.12, 2.12, 0.006).at(x, y, 0.17)]
    leaf += [
        shape.box(0.09, 0.42, high, 0.02).at(x, y + s * 0.28, z)
        for s in (-1, 1)
        for z, high in ((0.3, 0.62), (1.05, 1.1))
    ]
    light = np.array(
        [(-w / 2 + 0.07, 2.36), (w / 2 - 0.07, 2.36), (w / 2 - 0.07, 0.16 + t - 0.07), (-w / 2 + 0.07, 0.16 + t - 0.07)]
    )
    frame = shape.extrude([rim, outline.inset(rim, 0.06)], 0.1, 0.008, "x").at(x)
    bar = shape.box(0.1, w, 0.07, 0.008).at(x, y, 2.29)
    knob = shape.sphere(0.035, 12).at(x + 0.07, y + 0.5, 1.15)
    step = shape.box(0.62, w + 0.3, 0.16, 0.015).at(h.front + 0.06, y)
    made = [
        paint(shape.join(leaf), paints["door"]),
        paint(frame, paints["frame"]),
        paint(bar, paints["frame"]),
        paint(
            planar(shape.extrude(light + (y, 0), 0.01, 0, "x").at(x), "x", (y - w / 2, 2.3), (y + w / 2, 3.1)),
            paints["lit"],
        ),
        paint(knob, paints["brass"]),
        paint(step, h.trim),
        *_head(h, rim, 0),
    ]
    return rim, made


def _shop(h: House, bay: int, paints: dict[str, Finish]) -> tuple[Array, list[Primitive]]:
    y, w, top = h.middle(bay), h.width / h.bays - 0.5, h.ground_height - 0.95
    rim = outline.rectangle(w, top - 0.02) + (y, (top - 0.02) / 2 + 0.02)
    x, c = h.front - RECESS, paints["shop"]
    frame = [shape.extrude([rim, outline.inset(rim, 0.09)], 0.14, 0.012, "x").at(x + 0.02)]
    frame += [
        shape.box(0.16, w - 0.1, 0.5, 0.015).at(x + 0.02, y, 0.05),
        shape.box(0.1, w - 0.16, 0.07, 0.01).at(x + 0.02, y, top * 0.78),
    ]
    frame += [shape.box(0.03, (w - 0.5) / 2, 0.34, 0.012).at(x + 0.105, y + s * (w / 4 - 0.03), 0.13) for s in (-1, 1)]
    frame += [shape.box(0.09, 0.07, top * 0.78 - 0.5, 0.01).at(x + 0.02, y, 0.5)]
    pane = shape.extrude(outline.inset(rim, 0.06), 0.012, 0, "x").at(x)
    board = shape.box(0.2, w + 0.3, 0.62, 0.02).at(h.front + 0.04, y, top + 0.04)
    ledge = shape.box(0.34, w + 0.44, 0.08, 0.02).at(h.front + 0.08, y, top + 0.66)
    face = shape.box(0.006, w + 0.2, 0.46).at(h.front + 0.141, y, top + 0.12)
    low, high = rim.min(axis=0), rim.max(axis=0)
    pilasters = [shape.box(0.16, 0.26, top + 0.1, 0.02).at(h.front + 0.02, y + s * (w / 2 + 0.12)) for s in (-1, 1)]
    made = [
        paint(shape.join([*frame, board, ledge, *pilasters]), c, box=True),
        paint(planar(pane, "x", low, high), paints["interior"]),
        paint(planar(face, "x", (y - w / 2 - 0.1, top + 0.12), (y + w / 2 + 0.1, top + 0.58)), paints["name"]),
    ]
    return rim, made + list(_awning(h, y, w, top))


def _awning(h: House, y: float, w: float, top: float) -> Iterator[Primitive]:
    if h.awning is None:
        return
    size = 256
    u, _ = tx.grid((64, size))
    stripe = tx.step(np.abs((u * 8) % 1 - 0.5), 0.24, 0.26)
    colors = tx.mix(tx.color(h.awning[0]), tx.color(h.awning[1]), stripe)
    cloth = finish.textured("awning", colors * (0.9 + 0.1 * np.sin(2 * np.pi * u * 8))[..., None], (2.4, 1.2), 0.85)
    reach, n = 1.15, 9
    slope = np.stack([np.linspace(0, reach, n), top + 0.05 - 0.5 * np.linspace(0, 1, n) ** 1.15], -1)
    slope = np.vstack([slope, [(reach + 0.012, slope[-1, 1] - 0.04), (reach + 0.012, slope[-1, 1] - 0.2)]])
    grid = np.array([[(h.front + 0.1 + d, y + s * (w / 2 + 0.1), z) for d, z in slope] for s in np.linspace(1, -1, 3)])
    sheet = shape.sheet(grid[::-1].transpose(1, 0, 2), 0.01)
    side = Shape(sheet.vertices, sheet.faces, np.stack([sheet.vertices[:, 1], sheet.vertices[:, 0]], -1))
    yield paint(side, cloth)


def _gate(h: House, bay: int, paints: dict[str, Finish]) -> tuple[Array, list[Primitive]]:
    y, w, t = h.middle(bay), min(2.8, h.width / h.bays - 0.5), h.ground_height - 0.75
    rim = _opening(y, 0.02, w, t, True)
    x = h.front - RECESS
    inner = outline.inset(rim, 0.05)
    boards = shape.extrude(inner, 0.06, 0.004, "x").at(x)
    grooves = [
        shape.box(0.1, 0.12, t * 0.72, 0.014).at(x, y + k, 0.16) for k in np.arange(-w / 2 + 0.18, w / 2 - 0.1, 0.16)
    ]
    bands = [shape.box(0.12, w - 0.16, 0.1, 0.012).at(x, y, z) for z in (0.4, t * 0.62)]
    frame = shape.extrude([rim, outline.inset(rim, 0.07)], 0.12, 0.01, "x").at(x)
    made = [
        paint(shape.join([boards, *grooves]), paints["door"], box=True),
        paint(shape.join([frame, *bands]), paints["door"], box=True),
        *_head(h, rim, 0),
    ]
    return rim, made


_GROUND = {"window": _ground_window, "door": _door, "shop": _shop, "gate": _gate}


# ---------------------------------------------------------------------------------------------------------------------
# Walls, ornament, roof


def _walls(h: House, holes: list[Array], ground_holes: list[Array]) -> Iterator[Primitive]:
    half, x = h.width / 2, h.front - WALL / 2
    split = h.ground_height
    upper = np.array([(-half, split), (half, split), (half, h.eaves), (-half, h.eaves)])
    lower = np.array([(-half, 0), (half, 0), (half, split), (-half, split)])
    yield paint(shape.extrude([upper, *holes], WALL, 0, "x").at(x), h.wall)
    yield paint(shape.extrude([lower, *ground_holes], WALL, 0, "x").at(x), h.ground_wall or h.wall)
    body = shape.box(h.depth - WALL, h.width, h.eaves).at(-WALL / 2)
    yield paint(body, h.wall)


def _ornament(h: House) -> Iterator[Primitive]:
    half, x = h.width / 2, h.front
    if h.courses:
        yield paint(
            _molding(h, [(0, 0), (0.07, 0), (0.1, 0.06), (0.14, 0.1), (0.14, 0.16), (0, 0.2)], h.ground_height - 0.12),
            h.trim,
        )
        for storey in range(2, h.storeys):
            yield paint(
                shape.box(0.1, h.width + 0.02, 0.14, 0.015).at(
                    x, 0, h.ground_height + (storey - 1) * h.storey_height - 0.1
                ),
                h.trim,
            )
    profile = [
        (0, 0),
        (0.08, 0),
        (0.1, 0.12),
        (0.16, 0.16),
        (0.2, 0.3),
        (0.34, 0.38),
        (0.38, 0.46),
        (0.38, 0.52),
        (0, 0.58),
    ]
    yield paint(_molding(h, profile, h.eaves - 0.5), h.trim)
    if h.dentils:
        teeth = [
            shape.box(0.12, 0.1, 0.12).at(x + 0.14, y, h.eaves - 0.37)
            for y in np.arange(-half + 0.15, half - 0.1, 0.26)
        ]
        yield paint(shape.join(teeth), h.trim)
    plinth = [shape.box(0.1, b - a, 0.42, 0.02).at(x, (a + b) / 2) for a, b in _between(h)]
    if plinth:
        yield paint(shape.join(plinth), h.trim)
    if h.quoins:
        blocks = [
            shape.box(0.09, (0.62 if i % 2 else 0.42), 0.4, 0.025).at(
                x + 0.005, s * (half - (0.31 if i % 2 else 0.21)), h.ground_height + 0.1 + 0.44 * i
            )
            for i in range(int((h.eaves - h.ground_height - 0.7) / 0.44))
            for s in (-1, 1)
        ]
        yield paint(shape.join(blocks), h.trim)


def _back(h: House, paints: dict[str, Finish]) -> Iterator[Primitive]:
    """Plain windows on the back, flush with its wall, and a door to the yard."""
    rng = np.random.Generator(np.random.PCG64(h.seed + 1))
    w, high, x = h.window[0], h.window[1] * 0.85, -h.depth / 2
    frames, sills = [], []
    for storey in range(h.storeys):
        for bay in range(h.bays):
            door = storey == 0 and bay == h.bays // 2
            bottom = 0.06 if door else h.sill_height + 0.1 + (storey > 0) * (h.ground_height - h.storey_height)
            rim = _opening(h.middle(bay), bottom + storey * h.storey_height, w, 2.3 if door else high, False)
            low, top = rim.min(axis=0), rim.max(axis=0)
            bars = shape.box(0.05, 0.05, top[1] - low[1]).at(x - 0.01, h.middle(bay), low[1])
            frames += [
                shape.extrude([rim, outline.inset(rim, 0.07)], 0.08, 0, "x").at(x - 0.01),
                *([] if door else [bars]),
            ]
            sills.append(shape.box(0.16, w + 0.16, 0.06).at(x - 0.05, h.middle(bay), low[1] - 0.06))
            pane = shape.extrude(outline.inset(rim, 0.03), 0.03, 0, "x").at(x - 0.005)
            seen = planar(pane, "-x", (-top[0], low[1]), (-low[0], top[1]))
            yield paint(seen, paints["door" if door else _pane_kind(h, rng)])
    yield paint(shape.join(frames), paints["frame"])
    yield paint(shape.join(sills), h.trim)


def _between(h: House) -> list[tuple[float, float]]:
    """Stretches of the front, in y, that no door, gate or shop takes up."""
    taken, bay_width = [], h.width / h.bays
    for i, kind in enumerate(h.ground):
        reach = {"shop": bay_width / 2, "door": 0.84, "gate": 1.58}.get(kind)
        if reach:
            taken.append((h.middle(i) - reach, h.middle(i) + reach))
    edges = [-h.width / 2] + [e for pair in taken for e in pair] + [h.width / 2]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 0.15]


def _molding(h: House, profile: list[tuple[float, float]], z: float) -> Shape:
    """A profile (out from the wall, up) drawn along the front."""
    section = np.asarray(profile, float) + (h.front - 0.02, z)
    return shape.extrude(section, h.width + 0.04, 0.006, "y")


def _parapet(h: House, paints: dict[str, Finish]) -> Iterator[Primitive]:
    rim = shape.extrude([outline.rectangle(h.depth, h.width), outline.rectangle(h.depth - 0.5, h.width - 0.5)], 0.75)
    cap = shape.extrude(
        [outline.rectangle(h.depth + 0.08, h.width + 0.04), outline.rectangle(h.depth - 0.58, h.width - 0.58)],
        0.07,
        0.012,
    )
    yield paint(rim.at(z=h.eaves), h.wall)
    yield paint(cap.at(z=h.eaves + 0.75), h.trim)
    box = shape.box(2.4, 1.8, 1.6, 0.03).at(-1.5, 0.2 * h.width, h.eaves)
    yield paint(box, paints["zinc"])


def _slope(h: House, paints: dict[str, Finish]) -> Iterator[Primitive]:
    rise, over = h.depth / 2 * 0.85, 0.35
    yield from _gable_roof(h, paints, rise, over)
    yield from _chimneys(h, h.eaves + rise * 0.8)


def _gable_roof(h: House, paints: dict[str, Finish], rise: float, over: float) -> Iterator[Primitive]:
    run = h.depth / 2
    length = np.hypot(run + over, rise * (run + over) / run)
    angle = np.rad2deg(np.arctan2(rise, run))
    board = shape.box(length, h.width + 0.1, 0.1, 0.01).at(-length / 2, 0, 0.0)
    for yaw in (0, 180):
        half = board.turned(pitch=angle).at(run + over, 0, h.eaves - over * rise / run + 0.06)
        made = paint(half.turned(yaw=yaw), paints["roof"], along="y")
        yield made
    gable = shape.extrude([(-run + 0.05, h.eaves), (run - 0.05, h.eaves), (0, h.eaves + rise - 0.05)], 0.25, 0, "y")
    yield paint(shape.join(gable.at(y=s * (h.width / 2 - 0.125)) for s in (-1, 1)), h.wall, box=True)
    yield paint(
        shape.cylinder(0.12, h.width + 0.1, 0.01, 10, "y").at(z=h.eaves + rise + 0.08), paints["roof"], box=True
    )
    gutter = shape.cylinder(0.075, h.width, 0.01, 12, "y").at(h.front + over + 0.03, 0, h.eaves - 0.12)
    yield paint(gutter, paints["zinc"], box=True)


def _mansard(h: House, paints: dict[str, Finish]) -> Iterator[Primitive]:
    z, x, steep = h.eaves + 0.05, h.front, 2.6
    lower = shape.extrude([(x - 0.05, z), (x - 0.9, z + steep), (-x + 0.9, z + steep), (-x + 0.05, z)], h.width, 0, "y")
    upper = shape.extrude([(x - 0.8, z + steep), (0, z + steep + 1.1), (-x + 0.8, z + steep)], h.width, 0, "y")
    ridge = shape.box(0.18, h.width, 0.14, 0.04).at(x - 0.86, 0, z + steep - 0.07)
    yield paint(lower, paints["roof"], box=True)
    yield paint(upper, paints["zinc"], box=True)
    yield paint(ridge, paints["zinc"])
    for bay in range(h.bays):
        yield from _dormer(h, h.middle(bay), z + 0.45, paints, "lit" if (bay + h.seed) % 3 == 0 else "glass")
    yield from _chimneys(h, z + steep)


def _dormer(h: House, y: float, z: float, paints: dict[str, Finish], pane: str) -> Iterator[Primitive]:
    x, w, t = h.front - 0.25, 0.95, 1.45
    rim = outline.rectangle(w, t) + (y, z + t / 2)
    outer = outline.rectangle(w + 0.36, t + 0.3) + (y, z + t / 2 + 0.03)
    yield paint(shape.extrude([outer, rim], 0.16, 0.012, "x").at(x - 0.08), h.trim, box=True)
    yield paint(shape.box(1.2, w + 0.3, t + 0.25).at(x - 0.76, y, z - 0.1), paints["zinc"])
    gable = shape.extrude([(-w / 2 - 0.3, 0), (w / 2 + 0.3, 0), (0, 0.42)], 1.5, 0.02, "x").at(x - 0.6, y, z + t + 0.16)
    yield paint(gable, h.trim, box=True)
    frame = shape.extrude([rim, outline.inset(rim, 0.055)], 0.06, 0.005, "x").at(x - 0.1)
    bars = shape.join(
        [
            shape.box(0.05, 0.05, t, 0.004).at(x - 0.1, y, z),
            shape.box(0.05, w, 0.05, 0.004).at(x - 0.1, y, z + 0.66 * t),
        ]
    )
    yield paint(shape.join([frame, bars]), paints["frame"])
    low, high = rim.min(axis=0), rim.max(axis=0)
    yield paint(planar(shape.extrude(rim, 0.012, 0, "x").at(x - 0.11), "x", low, high), paints[pane])


def _chimneys(h: House, z: float) -> Iterator[Primitive]:
    red = h.paints.get("chimney") or finish.brick("chimney_brick", seed=3, size=256)
    pot = finish.plain("chimney_pot", "#8a5038", 0.85)
    for s in (-1, 1):
        place = (-0.5, s * (h.width / 2 - 1.2))
        yield paint(shape.box(0.9, 0.6, 2.2, 0.02).at(*place, z - 0.4), red)
        yield paint(shape.box(1.02, 0.72, 0.14, 0.02).at(*place, z + 1.8), h.trim)
        yield paint(
            shape.join(
                shape.cone(0.12, 0.09, 0.45, 0.01, 12).at(place[0] + d, place[1], z + 1.92) for d in (-0.25, 0.25)
            ),
            pot,
        )


_ROOFS = {"parapet": _parapet, "slope": _slope, "mansard": _mansard}


def _downpipe(h: House, paints: dict[str, Finish]) -> Iterator[Primitive]:
    y = h.width / 2 - 0.12
    x = h.front + 0.13
    path = [
        (x, y, 0.25),
        (x, y, h.eaves - 0.9),
        (h.front + 0.42, y, h.eaves - 0.45),
        (h.front + 0.42, y, h.eaves - 0.1),
    ]
    pipe = shape.tube(outline.rounded(path, 0.12, 3, closed=False), 0.05, 10)
    clips = [shape.pipe(0.06, 0.045, 0.04, 0, 10).at(x, y, z) for z in np.arange(1.2, h.eaves - 1.2, 2.4)]
    yield paint(pipe, paints["zinc"])
    yield paint(shape.join(clips), paints["zinc"])
