"""Printed pictures: letters, arrows, labels and traffic signs.

Places and sizes are parts of the picture, 0 to 1 from its top left corner; heights of letters are parts of its height.
Pictures are drawn in place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Place = tuple[float, float]


def canvas(width: int, height: int, color: str = "#ffffff") -> Image.Image:
    """An empty picture of that many pixels."""
    return Image.new("RGB", (width, height), color)


def write(
    image: Image.Image, text: str, middle: Place, height: float, color: str = "#000000", bold: float = 0.06
) -> None:
    """Letters about a middle; ``bold`` is the extra stroke as a part of the letters' height."""
    size = height * image.height
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(image)
    draw.text(
        (middle[0] * image.width, middle[1] * image.height),
        text,
        color,
        font,
        "mm",
        stroke_width=round(bold * size / 2),
        stroke_fill=color,
    )


def polygon(image: Image.Image, corners: Sequence[Place], color: str) -> None:
    """A filled polygon."""
    ImageDraw.Draw(image).polygon([(x * image.width, y * image.height) for x, y in corners], color)


def ellipse(
    image: Image.Image,
    bounds: tuple[float, float, float, float],
    fill: str | None,
    line: str | None = None,
    width: float = 0.0,
) -> None:
    """An ellipse in a frame of left, top, right, bottom; the line's width is a part of the picture's width."""
    x0, y0, x1, y1 = bounds
    w, h = image.size
    ImageDraw.Draw(image).ellipse((x0 * w, y0 * h, x1 * w, y1 * h), fill, line, max(1, round(width * w)))


def rectangle(
    image: Image.Image,
    bounds: tuple[float, float, float, float],
    fill: str | None,
    line: str | None = None,
    width: float = 0.0,
    radius: float = 0.0,
) -> None:
    """A rectangle in a frame of left, top, right, bottom, its corners rounded by a part of the picture's width."""
    x0, y0, x1, y1 = bounds
    w, h = image.size
    ImageDraw.Draw(image).rounded_rectangle(
        (x0 * w, y0 * h, x1 * w, y1 * h), radius * w, fill, line, max(1, round(width * w))
    )


def barcode(image: Image.Image, bounds: tuple[float, float, float, float], seed: int = 1) -> None:
    """Bars of three widths."""
    x0, y0, x1, y1 = bounds
    widths = np.random.Generator(np.random.PCG64(seed)).choice([1, 1, 2, 3], 80)
    edges = x0 + (x1 - x0) * np.cumsum(np.append(0, widths)) / widths.sum()
    for left, right in zip(edges[:-1:2], edges[1::2], strict=False):
        rectangle(image, (left, y0, right, y1), "#111111")


def glass_symbol(image: Image.Image, middle: Place, height: float, color: str) -> None:
    """The wine glass that stands for fragile."""
    x, y = middle
    h = height / 2
    w = h * 0.5 * image.height / image.width
    polygon(
        image,
        [
            (x - w, y - h),
            (x + w, y - h),
            (x + 0.75 * w, y - 0.15 * h),
            (x + 0.15 * w, y + 0.1 * h),
            (x + 0.12 * w, y + 0.75 * h),
            (x + 0.7 * w, y + h),
            (x - 0.7 * w, y + h),
            (x - 0.12 * w, y + 0.75 * h),
            (x - 0.15 * w, y + 0.1 * h),
            (x - 0.75 * w, y - 0.15 * h),
        ],
        color,
    )
