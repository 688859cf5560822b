"""Many pictures on one: the whole library, a cell an asset; a world, a cell a camera."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from sim.assets.library import Library
from sim.errors import InputError, Problem
from sim.files import write_whole
from sim.progress import track
from sim.render.camera import camera_named
from sim.render.scene import Scene
from sim.stills import open_renderer, picture_path, thumbnail
from sim.world.layout import Layout
from sim.world.world import World

CAPTION = 26  # px under each picture
PAPER, INK = (246, 246, 244), (40, 40, 42)


def contact_sheet(library: Library, output: Path | None = None, columns: int = 10, cell: int = 192) -> Path:
    """Writes one picture of all assets with their names, each drawn anew; ``renders/library.jpg`` when left out."""
    names = library.assets()
    pictures = ((name, thumbnail(library.asset(name), library)) for name in track(names, "picturing"))
    return _sheet(pictures, len(names), columns, (cell, cell), output or library.root / "renders" / "library.jpg")


def camera_sheet(library: Library, name: str, output: Path | None = None, columns: int = 3, width: int = 640) -> Path:
    """Writes one picture of a world from all of its own cameras, with their names.

    Args:
        library: Where it is found.
        name: A world, or ``world@variant``.
        output: Where; ``renders/<world>/cameras.jpg`` when left out.
        columns: Pictures in a row.
        width: Of a picture, px.

    Raises:
        InputError: No such world, or one without cameras.
    """
    layout = Layout.load(name, library)
    cameras = [camera for camera in layout.cameras if "/" not in camera]  # not those of the worlds it includes
    if not cameras:
        raise InputError(Problem(f"world {name}", "has no camera of its own"))
    size = (width, width * 9 // 16)
    double = (2 * size[0], 2 * size[1])  # drawn twice as large and reduced: edges without stairs
    with World(layout) as world:
        renderer, state = open_renderer(Scene.of(layout, world.parts), "preview"), world.read()
        try:
            pictures = (
                (camera, renderer.render(state, camera_named(layout, camera), double).picture())
                for camera in track(cameras, "picturing")
            )
            path = output or picture_path(library, name, "cameras", ".jpg")
            return _sheet(pictures, len(cameras), columns, size, path)
        finally:
            renderer.close()


def _sheet(
    pictures: Iterable[tuple[str, Image.Image]], n: int, columns: int, cell: tuple[int, int], path: Path
) -> Path:
    width, height = cell[0], cell[1] + CAPTION
    sheet = Image.new("RGB", (min(columns, n) * width, -(-n // columns) * height), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for i, (name, picture) in enumerate(pictures):
        x, y = i % columns * width, i // columns * height
        sheet.paste(picture.convert("RGB").resize((cell[0] - 4, cell[1] - 4), Image.Resampling.LANCZOS), (x + 2, y + 2))
        draw.text((x + width / 2, y + cell[1] + CAPTION / 2 - 2), name, INK, font, anchor="mm")
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG" if path.suffix.lower() in (".jpg", ".jpeg") else "PNG", quality=86)
    write_whole(path, buffer.getvalue())
    return path
