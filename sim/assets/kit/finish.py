"""Finishes: how wood, metal, stone, cloth and glass look, as glTF materials with computed pictures.

Colours are sRGB hex texts; sizes in metres. Knows nothing of shapes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from sim.assets.kit import texture as tx
from sim.assets.kit.paint import Finish
from sim.assets.mesh import Material
from sim.pose import Array


def plain(
    name: str, color: str, roughness: float = 0.5, metallic: float = 0.0, alpha: float = 1.0, double_sided: bool = False
) -> Finish:
    """One even colour, for small parts."""
    r, g, b = map(float, tx.color(color))
    return Finish(
        Material(
            name,
            (r, g, b, alpha),
            metallic,
            roughness,
            alpha_mode="OPAQUE" if alpha >= 1 else "BLEND",
            double_sided=double_sided,
        )
    )


def glass(name: str = "glass", color: str = "#9fb4b8", alpha: float = 0.35) -> Finish:
    """Clear glass, by its name refracted where a renderer can."""
    return plain(name, color, 0.04, alpha=alpha)


def window(name: str = "window_glass", color: str = "#1d2830") -> Finish:
    """A pane seen from outside by day: dark, smooth, mirroring the sky."""
    return plain(name, color, 0.06)


def glow(name: str, color: str, base: str = "#e8e8e0", strength: float = 1.0) -> Finish:
    """A surface that gives off light; a lamp's lens."""
    r, g, b = map(float, tx.color(base))
    emissive = tuple(float(c * strength) for c in tx.color(color))
    return Finish(Material(name, (r, g, b, 1.0), 0.0, 0.4, emissive=emissive))  # type: ignore[arg-type]


def printed(name: str, image: Image.Image, roughness: float = 0.5, metallic: float = 0.0, lit: float = 0.0) -> Finish:
    """A picture laid once over the surface, glowing if ``lit``; with `paint.planar`."""
    image = tx.as_jpeg(image)
    return Finish(
        Material(
            name,
            (1.0, 1.0, 1.0, 1.0),
            metallic,
            roughness,
            base_texture=image,
            emissive=(lit,) * 3,
            emissive_texture=image if lit else None,
        )
    )


def textured(
    name: str,
    colors: Array,
    tile: float | tuple[float, float],
    roughness: float | Array = 0.7,
    metallic: float | Array = 0.0,
    height: Array | None = None,
    depth: float = 1.0,
    data_size: int = 256,
) -> Finish:
    """A material of fields.

    Args:
        name: The material's name.
        colors: ``(h, w, 3)`` linear.
        tile: Surface that the picture covers, m.
        roughness: One number or ``(h, w)``.
        metallic: One number or ``(h, w)``.
        height: ``(h, w)`` in m times ``depth``; becomes the normal picture.
        depth: What one unit of height is, m.
        data_size: Side of the roughness picture, pixels.
    """
    across = (tile, tile) if isinstance(tile, (int, float)) else tile
    varied = np.ndim(roughness) == 2 or np.ndim(metallic) == 2
    return Finish(
        Material(
            name,
            (1.0, 1.0, 1.0, 1.0),
            1.0 if varied else float(metallic),
            1.0 if varied else float(roughness),
            base_texture=tx.picture(np.clip(colors, 0.005, 0.95)),
            metallic_roughness_texture=tx.data_picture(1.0, roughness, metallic, size=data_size) if varied else None,
            normal_texture=None if height is None else tx.normals(height, depth / across[0]),
        ),
        across,
    )


def worn(colors: Array | ArrayLike, size: int, seed: int, amount: float = 0.15) -> Array:
    """A colour made uneven: cloudy, with fine grain; ``(h, w, 3)``."""
    cloud = tx.noise(size, seed, 2.4) + 0.35 * tx.noise(size, seed + 1, 0.6)
    return np.asarray(colors, float) * np.exp(amount * 0.6 * cloud)[..., None]


# ---------------------------------------------------------------------------------------------------------------------
# Wood


def wood(
    name: str = "wood",
    light: str = "#c89b62",
    dark: str = "#8f6236",
    seed: int = 1,
    tile: float = 0.8,
    size: int = 512,
    rings: int = 9,
    knots: int = 3,
    roughness: float = 0.62,
    weathered: float = 0.0,
) -> Finish:
    """Sawn wood, its grain along u.

    Args:
        name: The material's name.
        light: Early wood.
        dark: Late wood.
        seed: Another seed, another board.
        tile: Length of board that the picture covers; half of it across.
        size: Pixels along the grain.
        rings: Growth rings across the picture.
        knots: Knots in the picture.
        roughness: Of planed wood; sawn is 0.8.
        weathered: 0 fresh, 1 silver grey.
    """
    shape = (size // 2, size)
    u, v = tx.grid(shape)
    bend = 0.9 * tx.noise(shape, seed, 3.4, (5, 1))
    ring = v * rings + bend
    dark_knots = np.zeros(shape)
    rng = np.random.Generator(np.random.PCG64(seed + 77))
    for x, y, r in zip(rng.random(knots), rng.random(knots), 0.018 + 0.014 * rng.random(knots), strict=True):
        dx, dy = (u - x + 0.5) % 1 - 0.5, ((v - y + 0.5) % 1 - 0.5) / 2
        d = np.hypot(dx / 1.6, dy) / r
        ring += np.sign(dy) * 1.6 * np.exp(-((d / 2.2) ** 2)) * tx.step(np.abs(dy) / r, 0, 1.2)
        dark_knots = np.maximum(dark_knots, tx.step(-d, -1.25, -0.7) * (0.75 + 0.25 * np.sin(9 * d)))
    saw = ring % 1.0
    late = tx.step(saw, 0.35, 0.92) * (1 - tx.step(saw, 0.94, 1.0))
    fiber = tx.noise(shape, seed + 2, 0.9, (26, 1), 6)
    tone = np.clip(0.62 * late + 0.13 * fiber + 0.08 * tx.noise(shape, seed + 3, 2.5, (4, 1)), 0, 1)
    colors = tx.mix(tx.color(light), tx.color(dark), tone)
    colors = tx.mix(colors, tx.color(dark) * 0.35, 0.9 * dark_knots)
    if weathered > 0:
        grey = tx.mix(tx.color("#9a958c"), tx.color("#5e5952"), tx.unit(fiber * 0.8 + late - 0.5))
        colors = tx.mix(colors, grey, weathered * tx.unit(tx.noise(shape, seed + 4, 2.2) + 1.2))
    height = 0.5 * fiber - 1.2 * late
    return textured(
        name,
        colors,
        (tile, tile / 2),
        np.clip(roughness + 0.06 * fiber - 0.08 * late, 0.2, 0.98),
        height=tx.blur(height, 0.7),
        depth=0.00035,
    )


def plywood(name: str = "plywood", seed: int = 5) -> Finish:
    """A birch face veneer: broad pale figure."""
    return wood(name, "#d9b98a", "#b98f5c", seed, 1.2, rings=4, knots=1, roughness=0.5)


def bark(name: str = "bark", light: str = "#8a7a68", dark: str = "#3c3129", seed: int = 3, tile: float = 0.6) -> Finish:
    """Furrowed bark; v runs up the trunk."""
    size = 256
    rough = tx.noise(size, seed, 1.7, (1, 3.5))
    furrow = tx.step(np.abs(tx.noise(size, seed + 1, 2.2, (1, 5))), 0.0, 0.7)
    height = furrow + 0.25 * rough
    colors = tx.mix(tx.color(dark), tx.color(light), tx.unit(1.6 * (furrow - 0.55) + 0.5 * rough))
    return textured(name, colors, tile, 0.95, height=height, depth=0.012)


# ---------------------------------------------------------------------------------------------------------------------
# Metal


def metal(
    name: str, color: str = "#c8c8cc", roughness: float = 0.35, seed: int = 1, brushed: float = 0.0, tile: float = 0.4
) -> Finish:
    """Bare metal; ``brushed`` 1 draws fine lines along u."""
    size = 256
    lines = tx.noise(size, seed, 0.7, (40, 1), 4) if brushed else tx.noise(size, seed, 1.4)
    smear = tx.noise(size, seed + 1, 2.4)
    rough = np.clip(roughness + 0.06 * lines * max(brushed, 0.4) + 0.07 * smear, 0.08, 0.95)
    return textured(name, worn(tx.color(color), size, seed + 2, 0.06), tile, rough, 1.0)


def painted(
    name: str,
    color: str,
    roughness: float = 0.42,
    seed: int = 1,
    chipped: float = 0.0,
    tile: float = 0.6,
    dirt: float = 0.12,
    size: int = 256,
) -> Finish:
    """Painted metal: slightly uneven gloss, some dirt, and chips down to rusty metal.

    Args:
        name: The material's name.
        color: The paint.
        roughness: Of the clean paint.
        seed: Another seed, other stains.
        chipped: Part of the surface where the paint is gone, 0 to 0.3.
        tile: Surface that the picture covers, m.
        dirt: How uneven the colour is.
        size: Pixels.
    """
    colors = worn(tx.color(color), size, seed, dirt)
    peel = tx.noise(size, seed + 5, 2.0)
    rough = np.clip(roughness + 0.08 * peel + 0.05 * tx.noise(size, seed + 6, 0.8), 0.1, 0.95)
    height = None
    if chipped > 0:
        field = tx.noise(size, seed + 7, 1.9)
        edge = np.quantile(field, 1 - chipped)
        gone, halo = tx.step(field, edge, edge + 0.12), tx.step(field, edge - 0.35, edge + 0.1)
        colors = tx.mix(colors, colors * 0.5 + 0.3 * tx.color("#7a4526"), 0.7 * halo)
        colors = tx.mix(colors, _rust(size, seed + 8), gone)
        rough = rough * (1 - gone) + 0.85 * gone
        height = -gone
    return textured(name, colors, tile, rough, height=height, depth=0.0004)


def _rust(size: int, seed: int) -> Array:
    patch = tx.unit(tx.noise(size, seed, 1.8))
    colors = tx.mix(tx.color("#4a2617"), tx.color("#8f4a22"), patch)
    return tx.mix(colors, tx.color("#b36a33"), 0.6 * tx.step(tx.noise(size, seed + 1, 1.2), 0.8, 2.0))


def rusty(name: str = "rust", seed: int = 1, tile: float = 0.5) -> Finish:
    """Steel under an even coat of rust."""
    bumps = tx.noise(256, seed + 3, 1.4)
    return textured(name, _rust(256, seed), tile, np.clip(0.86 + 0.05 * bumps, 0.6, 1), height=bumps, depth=0.0004)


def galvanised(name: str = "galvanised", seed: int = 1, tile: float = 0.35, color: str = "#a7adb1") -> Finish:
    """Hot-dip zinc, dulled by weather: spangles of several greys."""
    size = 256
    _, value = tx.cells(size, seed, 90)
    tone = 0.78 + 0.28 * value + 0.05 * tx.noise(size, seed + 1, 1.0)
    colors = tx.color(color) * tone[..., None]
    return textured(name, colors, tile, np.clip(0.42 + 0.16 * value + 0.05 * tx.noise(size, seed + 2), 0.2, 0.9), 1.0)


def cast_iron(name: str = "cast_iron", color: str = "#3d3e40", seed: int = 2) -> Finish:
    """Cast or forged iron with its dark scale."""
    bumps = tx.noise(256, seed, 1.3, lowest=6)
    colors = worn(tx.color(color), 256, seed + 1, 0.25)
    return textured(name, colors, 0.15, np.clip(0.5 + 0.09 * bumps, 0.2, 0.9), 1.0, height=bumps, depth=0.00012)


# ---------------------------------------------------------------------------------------------------------------------
# Stone and street


def concrete(
    name: str = "concrete", color: str = "#a39e95", seed: int = 1, tile: float = 1.6, size: int = 512
) -> Finish:
    """Cast concrete: cloudy, with pores."""
    cloud, grain = tx.noise(size, seed, 2.2), tx.noise(size, seed + 1, 0.5)
    pores = tx.step(tx.noise(size, seed + 2, 1.0, lowest=24), 2.3, 2.9)
    colors = tx.color(color) * np.exp(0.11 * cloud + 0.06 * grain - 0.7 * pores)[..., None]
    return textured(
        name,
        colors,
        tile,
        np.clip(0.86 + 0.05 * cloud, 0.5, 1),
        height=0.18 * grain + 0.4 * tx.noise(size, seed + 3, 1.6, lowest=5) - 3 * pores,
        depth=0.0006,
    )


def asphalt(
    name: str = "asphalt", seed: int = 1, tile: float = 2.0, size: int = 512, mortar: str = "#414141"
) -> Finish:
    """Stone mastic asphalt: pale stones up to 8 mm in black mortar, worn patches."""
    edge, value = tx.cells(size, seed, 16000)
    stone = tx.step(edge, 0.0002, 0.0016)
    shade = tx.mix(tx.color("#5f5f5e"), tx.color("#8f8e8b"), value**2)
    colors = tx.mix(tx.color(mortar), shade, stone * (0.35 + 0.65 * value))
    colors = colors * np.exp(0.06 * tx.noise(size, seed + 1, 2.0))[..., None]
    return textured(
        name,
        colors,
        tile,
        np.clip(0.9 - 0.12 * stone * value, 0, 1),
        height=tx.blur(stone * (0.5 + value), 0.8),
        depth=0.0011,
    )


def brick(
    name: str = "brick",
    color: str = "#8d4632",
    mortar: str = "#a8a096",
    seed: int = 1,
    courses: int = 12,
    size: int = 512,
    dark: str = "#5b2a20",
) -> Finish:
    """Running bond of bricks 240 × 71 mm with 10 and 12 mm joints (German NF, DIN 105): a course is 83.3 mm."""
    u, v = tx.grid(size)
    columns = courses // 3
    row = np.floor(v * courses).astype(int)
    x = u * columns + 0.5 * (row % 2)
    column = np.floor(x).astype(int) % columns
    tile = courses * 0.25 / 3
    dx, dy = (0.5 - np.abs(x % 1 - 0.5)) * 0.25, (0.5 - np.abs(v * courses % 1 - 0.5)) * 0.0833
    rag = 0.0012 * tx.noise(size, seed, 1.4, lowest=8)
    inside = tx.step(np.minimum(dx - 0.005, dy - 0.006) + rag, -0.0012, 0.0022)
    value = np.random.Generator(np.random.PCG64(seed + 9)).random((courses, columns))[row, column]
    tint = tx.mix(tx.color(dark), tx.color(color), 0.25 + 0.75 * value)
    grain = tx.noise(size, seed + 1, 0.9, lowest=4)
    tint = tint * np.exp(0.13 * grain + 0.1 * tx.noise(size, seed + 2, 2.0))[..., None]
    bed = tx.color(mortar) * np.exp(0.08 * tx.noise(size, seed + 3, 0.6))[..., None]
    return textured(
        name,
        tx.mix(bed, tint, inside),
        tile,
        np.clip(0.93 - 0.1 * inside + 0.03 * grain, 0, 1),
        height=inside + 0.1 * grain,
        depth=0.006,
    )


def plaster(name: str = "plaster", color: str = "#d8c8a8", seed: int = 1, tile: float = 2.0, size: int = 256) -> Finish:
    """Rendered wall: fine grain and broad weather stains that run down."""
    grain = tx.noise(size, seed, 0.7, lowest=8)
    stains = tx.noise(size, seed + 1, 2.6, (1, 2.5))
    colors = tx.color(color) * np.exp(0.045 * grain + 0.07 * stains)[..., None]
    return textured(name, colors, tile, 0.92, height=grain, depth=0.00045)


def stone(
    name: str = "stone", color: str = "#b5aa98", seed: int = 1, tile: float = 1.0, speckle: float = 0.12
) -> Finish:
    """Dressed sandstone or granite by its speckle."""
    size = 256
    grain = tx.noise(size, seed, 0.3, lowest=10)
    colors = tx.color(color) * np.exp(speckle * grain + 0.08 * tx.noise(size, seed + 1, 2.2))[..., None]
    return textured(name, colors, tile, 0.85, height=grain, depth=0.00022)


def paving(
    name: str = "paving",
    color: str = "#9d978d",
    seed: int = 1,
    tile: float = 1.2,
    count: int = 4,
    joint: float = 0.006,
    bond: bool = True,
    size: int = 512,
) -> Finish:
    """Square slabs with joints, ``count`` a side of the picture."""
    u, v = tx.grid(size)
    row = np.floor(v * count).astype(int)
    x = u * count + (0.5 * (row % 2) if bond else 0)
    column = np.floor(x).astype(int) % count
    side = tile / count
    d = np.minimum(0.5 - np.abs(x % 1 - 0.5), 0.5 - np.abs(v * count % 1 - 0.5)) * side
    inside = tx.step(d, joint / 2 - 0.001, joint / 2 + 0.004)
    value = np.random.Generator(np.random.PCG64(seed + 3)).random((count, count))[row, column]
    grain = tx.noise(size, seed, 0.6, lowest=6)
    slab = (
        tx.color(color) * np.exp(0.3 * (value - 0.5) + 0.09 * grain + 0.06 * tx.noise(size, seed + 1, 2.2))[..., None]
    )
    return textured(
        name, tx.mix(tx.color("#4f4a43"), slab, inside), tile, 0.9, height=inside + 0.03 * grain, depth=0.004
    )


def roof_tiles(name: str = "roof_tiles", color: str = "#8a4a36", seed: int = 1, size: int = 512) -> Finish:
    """Overlapping clay tiles, 0.25 m wide and 0.33 m deep; v rises with the slope."""
    u, v = tx.grid(size)
    columns, rows = 8, 6
    row = np.floor(v * rows).astype(int)
    column = np.floor(u * columns).astype(int)
    value = np.random.Generator(np.random.PCG64(seed)).random((rows, columns))[row, column]
    wave = np.cos(2 * np.pi * u * columns)
    lap = v * rows % 1
    height = 0.55 * wave + 0.9 * lap
    shade = np.exp(
        0.35 * (value - 0.5) + 0.1 * tx.noise(size, seed + 1, 1.0) - 0.9 * tx.step(lap, 0.9, 1.0) + 0.12 * wave
    )
    return textured(name, tx.color(color) * shade[..., None], 2.0, 0.85, height=tx.blur(height, 1.0), depth=0.03)


# ---------------------------------------------------------------------------------------------------------------------
# Soft things


def rubber(
    name: str = "rubber", color: str = "#262626", seed: int = 1, roughness: float = 0.82, tile: float = 0.3
) -> Finish:
    """Black rubber, dusty."""
    dust = tx.step(tx.noise(256, seed, 1.8), 0.3, 2.4)
    colors = tx.mix(worn(tx.color(color), 256, seed + 1, 0.15), tx.color("#7d766c"), 0.22 * dust)
    return textured(name, colors, tile, np.clip(roughness + 0.1 * dust, 0, 0.97))


def plastic(
    name: str, color: str, roughness: float = 0.45, seed: int = 1, tile: float = 0.3, dirt: float = 0.05
) -> Finish:
    """Moulded plastic with a fine grain."""
    grain = tx.noise(256, seed, 0.6, lowest=12)
    rough = np.clip(roughness + 0.05 * tx.noise(256, seed + 1, 2.0) + 0.02 * grain, 0.1, 0.95)
    return textured(name, worn(tx.color(color), 256, seed + 2, dirt), tile, rough)


def cloth(
    name: str,
    color: str,
    seed: int = 1,
    tile: float = 0.12,
    threads: int = 48,
    second: str | None = None,
    roughness: float = 0.92,
) -> Finish:
    """Plain weave: ``threads`` each way in the picture; ``second`` colours the weft."""
    size = 256
    u, v = tx.grid(size)
    a, b = np.abs(np.sin(np.pi * u * threads)), np.abs(np.sin(np.pi * v * threads))
    over = (np.floor(u * threads) + np.floor(v * threads)) % 2
    height = np.where(over > 0, a, b)
    slub = 0.12 * tx.noise(size, seed, 1.2)
    base = tx.mix(tx.color(color), tx.color(second or color), over)
    colors = base * (0.72 + 0.4 * height + slub)[..., None]
    return textured(name, colors, tile, roughness, height=height, depth=tile / threads * 0.25)


def leather(
    name: str = "leather", color: str = "#6b3a1e", seed: int = 1, tile: float = 0.12, grain: int = 900
) -> Finish:
    """Grained leather."""
    edge, _ = tx.cells(256, seed, grain)
    height = tx.step(edge, 0.0, 0.012)
    colors = worn(tx.color(color), 256, seed + 1, 0.2) * (0.7 + 0.35 * height)[..., None]
    return textured(name, colors, tile, np.clip(0.62 - 0.14 * height, 0, 1), height=height, depth=0.0005)


def cardboard(name: str = "cardboard", color: str = "#b08d62", seed: int = 1, tile: float = 0.3) -> Finish:
    """Brown kraft board whose flutes show a little along u."""
    size = 256
    _, v = tx.grid(size)
    flutes = np.sin(2 * np.pi * v * 40)
    fleck = tx.noise(size, seed, 0.7, (3, 1), 10)
    colors = tx.color(color) * np.exp(0.04 * fleck + 0.015 * flutes + 0.05 * tx.noise(size, seed + 1, 2.2))[..., None]
    return textured(name, colors, tile, 0.9, height=flutes, depth=0.00006)


def soil(name: str = "soil", color: str = "#4a3a2b", seed: int = 1, tile: float = 1.0) -> Finish:
    """Loose earth."""
    edge, value = tx.cells(256, seed, 1500)
    height = tx.step(edge, 0, 0.012) * (0.4 + 0.6 * value)
    colors = tx.color(color) * (0.45 + 0.8 * height)[..., None]
    return textured(name, colors, tile, 0.97, height=height, depth=0.012)


def clumps(
    name: str = "leaves",
    light: str = "#7f9c45",
    dark: str = "#31481f",
    seed: int = 1,
    tile: float = 0.9,
    leaves: int = 700,
    stretch: float = 1.6,
) -> Finish:
    """A closed skin of leaves, for hedges and far crowns."""
    edge, value = tx.cells(256, seed, leaves, stretch)
    depth = tx.step(edge, 0, 0.02)
    colors = tx.mix(tx.color(dark), tx.color(light), 0.15 + 0.85 * value) * (0.25 + 0.85 * depth)[..., None]
    return textured(name, colors, tile, 0.8, height=depth + 0.4 * value, depth=0.03)
