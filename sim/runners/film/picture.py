"""What becomes of a drawn frame: the blur of an open shutter and of a wide lens, grading, transitions, words.

Pure functions of pictures ``(h, w, 3)`` uint8, sRGB. Knows nothing of worlds and shots.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sim.plot import font_file
from sim.render.camera import Camera
from sim.runners.film.spec import LookSpec

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]

UNSEEN = 0.6  # px: nobody sees a blur this small
TILE = 16  # px: neighbourhood in which the fastest motion smears over what is beside it
MOST_SAMPLES = 10
GAP = 3.0  # px between samples that nobody sees
DITHER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16  # Bayer's
MOST_SIGMA = 12.0  # px, at 720 lines
WORDS_HEIGHT = 0.052  # of the picture's


# ---------------------------------------------------------------------------------------------------------------------
# The shutter


def shutter_blur(rgb: Picture, motion: Plane, shutter: float) -> Picture:
    """A frame as an open shutter sees it.

    Every pixel gathers along the fastest motion near it; what moves so covers what does not (after McGuire et al., "A
    Reconstruction Filter for Plausible Motion Blur", I3D 2012).

    Args:
        rgb: The frame at the end of the exposure.
        motion: ``(h, w, 2)`` px right and down from the frame before to this one.
        shutter: Part of the time between frames for which it is open.
    """
    h, w = rgb.shape[:2]
    own = np.nan_to_num(motion) * np.float32(shutter)
    fastest = _fastest(own)
    length = np.hypot(fastest[..., 0], fastest[..., 1])
    at_rows, at_columns = np.nonzero(length > UNSEEN)
    if not len(at_rows):
        return rgb
    lead, here, long = fastest[at_rows, at_columns], own[at_rows, at_columns], length[at_rows, at_columns]
    most = float(np.percentile(long, 99))
    n = int(np.clip(np.ceil(most / GAP), 2, MOST_SAMPLES))
    grain = float(np.clip(most / n - GAP, 0, 1))  # where samples are far apart, steps become fine grain
    dither = 0.5 + (DITHER[at_rows % 4, at_columns % 4] - 0.47) * grain
    packed = np.concatenate([rgb, np.zeros((h, w, 1), np.uint8)], axis=2).view(np.uint32).reshape(-1)
    x, y = at_columns.astype(np.float32), at_rows.astype(np.float32)
    near = 0.25 * long + 1
    slow = np.flatnonzero(np.abs(lead - here).max(axis=1) > near)  # what leads here is something else, that is faster
    flow = own.reshape(-1, 2)
    total = np.zeros((len(x), 4), np.uint16)
    for k in range(n):
        back = (k + dither) / n
        at = _index(x + back * lead[:, 0], y + back * lead[:, 1], w, h)
        if len(slow):
            covers = np.abs(flow[at[slow]] - lead[slow]).max(axis=1) < near[slow]
            bare = slow[~covers]
            at[bare] = _index(x[bare] + back[bare] * here[bare, 0], y[bare] + back[bare] * here[bare, 1], w, h)
        total += packed[at].view(np.uint8).reshape(-1, 4)
    blurred = rgb.copy()
    blurred[at_rows, at_columns] = ((total[:, :3] + n // 2) // n).astype(np.uint8)
    return blurred


def _index(x: NDArray, y: NDArray, w: int, h: int) -> NDArray[np.int32]:
    column = np.clip(x + np.float32(0.5), 0, w - 1).astype(np.int32)
    return np.clip(y + np.float32(0.5), 0, h - 1).astype(np.int32) * np.int32(w) + column


def _fastest(motion: Plane) -> Plane:
    """For every pixel ``(h, w, 2)`` the fastest motion in its tile and those beside it."""
    h, w = motion.shape[:2]
    rows, columns = -(-h // TILE), -(-w // TILE)
    padded = np.pad(motion, ((0, rows * TILE - h), (0, columns * TILE - w), (0, 0)))
    tiles = padded.reshape(rows, TILE, columns, TILE, 2).transpose(0, 2, 1, 3, 4).reshape(rows, columns, -1, 2)
    best = np.einsum("ijkl,ijkl->ijk", tiles, tiles).argmax(axis=2)
    top = np.take_along_axis(tiles, best[..., None, None], axis=2)[:, :, 0]
    around = np.pad(top, ((1, 1), (1, 1), (0, 0)))
    near = np.stack([around[i : i + rows, j : j + columns] for i in range(3) for j in range(3)])
    pick = np.einsum("nijl,nijl->nij", near, near).argmax(axis=0)
    chosen = np.take_along_axis(near, pick[None, ..., None], axis=0)[0]
    return np.repeat(np.repeat(chosen, TILE, axis=0), TILE, axis=1)[:h, :w]


# ---------------------------------------------------------------------------------------------------------------------
# The lens


def confusion(depth: Plane, camera: Camera, width: int) -> Plane:
    """Radius ``(h, w)``, px, of the circle that a point becomes: negative before what is in focus (thin lens)."""
    if camera.focus_m is None:
        return np.zeros(depth.shape, np.float32)
    f = camera.lens_mm / 1000
    focus = max(camera.focus_m, 2 * f)
    scale = f * f / camera.aperture / (focus - f) / 2 / (camera.sensor_mm / 1000) * width
    return (scale * (1 - focus / np.maximum(depth, 1e-3))).astype(np.float32)


def lens_blur(rgb: Picture, depth: Plane, camera: Camera) -> Picture:
    """A frame as a wide lens sees it: what is nearer or farther than the focus is soft.

    What is in focus does not bleed into what is behind; what is before it lies softly over it.

    Args:
        rgb: A frame that is sharp everywhere.
        depth: ``(h, w)`` m along the camera's axis.
        camera: Its lens, aperture and focus.
    """
    h, w = rgb.shape[:2]
    most = MOST_SIGMA * h / 720
    sigma = np.clip(confusion(depth, camera, w) / 2, -most, most).astype(
        np.float32
    )  # a disc of radius r has the spread of σ = r / 2
    result = rgb.astype(np.float32)
    if sigma.max() > UNSEEN:
        result = _soft_behind(rgb, result, sigma)
    if sigma.min() < -UNSEEN:
        result = _soft_before(rgb, result, -sigma)
    return np.clip(result + 0.5, 0, 255).astype(np.uint8)


def _soft_behind(rgb: Picture, result: Plane, sigma: Plane) -> Plane:
    """Blends from level to level of blur, each made only of what is that soft itself."""
    levels = [s for s in (1.2, 3.0, 8.0, 16.0) if s / 2 < sigma.max()]
    behind, before = result, 0.0
    for level in levels:
        soft = _blurred(rgb, np.clip(sigma / level * 2 - 0.5, 0.02, 1), level)
        known = np.clip(soft[..., 3] * 8 - 0.5, 0, 1)  # where nearly all around is sharp nothing soft is known
        share = (np.clip((sigma - before) / (level - before), 0, 1) * known)[..., None]
        behind = behind * (1 - share) + soft[..., :3] * share
        before = level
    return behind


def _soft_before(rgb: Picture, result: Plane, sigma: Plane) -> Plane:
    level = float(np.percentile(sigma[sigma > UNSEEN], 75))
    soft = _blurred(rgb, np.clip(sigma / level * 2 - 0.5, 0, 1), level)
    return result * (1 - soft[..., 3:]) + soft[..., :3] * soft[..., 3:]


def _blurred(rgb: Picture, weight: Plane, sigma: float) -> Plane:
    """Colours ``(h, w, 3)`` blurred by weight, and the blurred weight 0 to 1 as a fourth channel."""
    h, w = weight.shape
    part = np.concatenate([rgb * weight[..., None], weight[..., None] * 255], axis=2).astype(np.uint8)
    picture = Image.fromarray(part, "RGBA")
    factor = 4 if sigma >= 6 else 2 if sigma >= 2 else 1
    if factor > 1:
        picture = picture.reduce(factor)
    channels = Image.merge("RGBA", [band.filter(ImageFilter.GaussianBlur(sigma / factor)) for band in picture.split()])
    if factor > 1:
        channels = Image.merge("RGBA", [band.resize((w, h), Image.Resampling.BILINEAR) for band in channels.split()])
    values = np.asarray(channels).astype(np.float32)
    alpha = values[..., 3:] / 255
    return np.concatenate([np.minimum(values[..., :3] / np.maximum(alpha, 1e-3), 255), alpha], axis=2)


# ---------------------------------------------------------------------------------------------------------------------
# Grading


def graded(rgb: Picture, look: LookSpec) -> Picture:
    """A frame in the film's look."""
    plain = look.contrast == 1 and look.saturation == 1 and look.warmth == 0
    if plain and look.vignette == 0 and look.letterbox is None:
        return rgb
    result = rgb
    if not plain:
        table = _curves(look.contrast, look.warmth)
        result = np.stack([table[k][result[..., k]] for k in range(3)], axis=2)
        if look.saturation != 1:
            picture = result.astype(np.float32)
            grey = picture @ np.array([0.2126, 0.7152, 0.0722], np.float32)
            result = np.clip(grey[..., None] + (picture - grey[..., None]) * look.saturation, 0, 255).astype(np.uint8)
    if look.vignette:
        result = (result * _vignette(rgb.shape[1], rgb.shape[0], look.vignette)).astype(np.uint8)
    if look.letterbox:
        h, w = rgb.shape[:2]
        bar = max(0, round((h - w / look.letterbox) / 2))
        result = result.copy()
        result[:bar], result[h - bar :] = 0, 0
    return result


@lru_cache(4)
def _curves(contrast: float, warmth: float) -> NDArray[np.uint8]:
    """Tables ``(3, 256)``: an S about middle grey, and red against blue."""
    x = np.linspace(0, 1, 256)
    middle = 0.42
    bent = np.where(
        x < middle, middle * (x / middle) ** contrast, 1 - (1 - middle) * ((1 - x) / (1 - middle)) ** contrast
    )
    gains = np.array([1 + 0.1 * warmth, 1.0, 1 - 0.12 * warmth])
    return np.clip(bent[None] * gains[:, None] * 255 + 0.5, 0, 255).astype(np.uint8)


@lru_cache(4)
def _vignette(w: int, h: int, amount: float) -> Plane:
    x, y = np.meshgrid(np.linspace(-1, 1, w), np.linspace(-1, 1, h))
    radius2 = (x**2 + y**2) / 2
    return (1 - amount * radius2**1.2).astype(np.float32)[..., None]


# ---------------------------------------------------------------------------------------------------------------------
# Editing


def mixed(first: Picture, second: Picture, share: float, kind: str) -> Picture:
    """One picture over another: ``dissolve`` mixes them, ``wipe`` draws the second over from the left."""
    if kind == "wipe":
        edge = round(first.shape[1] * share)
        return np.concatenate([second[:, :edge], first[:, edge:]], axis=1)
    return np.clip(first * (1 - share) + second * share + 0.5, 0, 255).astype(np.uint8)


def dimmed(rgb: Picture, light: float) -> Picture:
    """A picture on its way to black: 1 is whole, 0 is black."""
    return rgb if light >= 1 else (rgb * light + 0.5).astype(np.uint8)


def captioned(rgb: Picture, words: str) -> Picture:
    """A picture with words under it, white with a thin dark edge, in at most two lines."""
    h, w = rgb.shape[:2]
    font = _font(max(6, round(h * WORDS_HEIGHT)))
    picture = Image.fromarray(rgb)
    draw = ImageDraw.Draw(picture)
    edge = max(1, round(h / 360))
    draw.multiline_text(
        (w / 2, h * 0.93),
        _lines(draw, words, font, w * 0.86),
        fill=(245, 245, 245),
        font=font,
        anchor="md",
        align="center",
        stroke_width=edge,
        stroke_fill=(12, 12, 12),
    )
    return np.asarray(picture)


@lru_cache(4)
def _font(height: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file()), height)


def _lines(draw: ImageDraw.ImageDraw, words: str, font, width: float) -> str:
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and draw.textlength(longer, font=font) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)
