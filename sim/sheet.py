"""The whole library on one picture, a cell an asset, for people to find what they need."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from sim.assets.library import Library
from sim.files import write_whole
from sim.progress import track
from sim.stills import THUMBNAIL, thumbnail

CAPTION = 26                     # px under each picture
PAPER, INK = (246, 246, 244), (40, 40, 42)


def contact_sheet(library: Library, output: Path | None = None, columns: int = 10, cell: int = 192,
                  fresh: bool = False) -> Path:
    """Writes one picture of all assets with their names.

    Args:
        library: What to show.
        output: Where; ``renders/library.jpg`` when left out.
        columns: Cells in a row.
        cell: Width and height of a picture, px.
        fresh: Whether to draw every asset anew rather than take its thumbnail.
    """
    names = library.assets()
    rows = -(-len(names) // columns)
    sheet = Image.new("RGB", (columns * cell, rows * (cell + CAPTION)), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for i, name in enumerate(track(names, "picturing")):
        x, y = i % columns * cell, i // columns * (cell + CAPTION)
        picture = _picture(library, name, fresh).resize((cell - 4, cell - 4), Image.Resampling.LANCZOS)
        sheet.paste(picture, (x + 2, y + 2))
        draw.text((x + cell / 2, y + cell + CAPTION / 2 - 2), name, INK, font, anchor="mm")
    path = output or library.root / "renders" / "library.jpg"
    import io

    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG" if path.suffix.lower() in (".jpg", ".jpeg") else "PNG", quality=88)
    write_whole(path, buffer.getvalue())
    return path


def _picture(library: Library, name: str, fresh: bool) -> Image.Image:
    asset = library.asset(name)
    path = asset.folder / "thumbnail.png"
    if not fresh and path.is_file():
        with Image.open(path) as image:
            return image.convert("RGB")
    return thumbnail(asset, library).resize((THUMBNAIL, THUMBNAIL))
