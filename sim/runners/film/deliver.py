"""What leaves the lab: the film itself, a poster, a sheet with one frame a shot, the timeline for editors.

Owns the files beside the report, each written whole or not at all.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sim.exchange.otio import EditList, Stretch, write_otio
from sim.files import write_whole
from sim.plot import font_file
from sim.render.video import VideoWriter, read_frames
from sim.runners.film.lab import CRF, PRESET, Lab, Piece
from sim.runners.film.timeline import Timeline

RATE = 48_000  # samples a second of the film's sound
SHEET = 1920  # px wide


def frame_of(lab: Lab, pieces: Sequence[Piece], frame: int) -> NDArray[np.uint8]:
    """One frame ``(h, w, 3)`` of the film, from the piece that holds it."""
    piece = next(piece for piece in pieces if piece.first <= frame < piece.first + len(piece))
    return next(rgb for i, (_, rgb) in enumerate(read_frames(lab.path(piece))) if piece.first + i == frame)


def write_excerpt(
    path: Path, lab: Lab, pieces: Sequence[Piece], frames: Sequence[int], sound: NDArray[np.float32] | None
) -> None:
    """Writes some frames of the film, in order, as an mp4 of their own, with their sound."""
    wanted, fps = set(frames), lab.bench.fps
    with VideoWriter(path, lab.bench.size, fps, RATE if sound is not None else None, crf=CRF, preset=PRESET) as film:
        for frame, rgb in _decoded(lab, pieces, wanted):
            film.write_frame(rgb)
            if sound is not None:
                film.write_audio(sound[_sample(frame, fps) : _sample(frame + 1, fps)])


def _decoded(lab: Lab, pieces: Sequence[Piece], wanted: set[int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    for piece in pieces:
        if wanted & set(range(piece.first, piece.first + len(piece))):
            for i, (_, rgb) in enumerate(read_frames(lab.path(piece))):
                if piece.first + i in wanted:
                    yield piece.first + i, rgb


def _sample(frame: int, fps: int) -> int:
    return round(frame * RATE / fps)


def write_poster(path: Path, rgb: NDArray[np.uint8]) -> None:
    """Writes one frame as a JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=92, subsampling=0)
    write_whole(path, buffer.getvalue())


def write_sheet(path: Path, lab: Lab, pieces: Sequence[Piece], timeline: Timeline) -> None:
    """Writes a contact sheet: the middle frame of every shot, with its number, name and times under it."""
    n = len(timeline.shots)
    columns = max(1, min(4, int(np.ceil(np.sqrt(n)))))
    w = SHEET // columns
    h = round(w * lab.bench.size[1] / lab.bench.size[0])
    strip = max(14, w // 18)
    sheet = Image.new("RGB", (w * columns, (h + strip) * -(-n // columns)), (18, 18, 18))
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(str(font_file()), round(strip * 0.56))
    for shot in timeline.shots:
        x, y = shot.index % columns * w, shot.index // columns * (h + strip)
        middle = frame_of(lab, pieces, shot.first + shot.n // 2)
        sheet.paste(Image.fromarray(middle).resize((w, h), Image.Resampling.LANCZOS), (x, y))
        begin = shot.first / timeline.fps
        words = f"{shot.index + 1}  {shot.label}   {begin:.1f}–{begin + shot.n / timeline.fps:.1f} s"
        draw.text((x + strip // 2, y + h + strip // 2), words, (225, 225, 225), font, anchor="lm")
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=90)
    write_whole(path, buffer.getvalue())


def edit_list(name: str, timeline: Timeline, film: str, stems: Sequence[str]) -> EditList:
    """The film's cuts for editors: stretches of the film's own file, and the sound's stems where they are."""
    shots = tuple(
        Stretch(
            shot.label,
            film,
            shot.first,
            shot.n,
            {
                "shot": shot.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True),
                "world_seconds": [shot.step / timeline.step_hz, (shot.step + shot.n * shot.stride) / timeline.step_hz],
            },
        )
        for shot in timeline.shots
    )
    whole = (0, timeline.n_frames)
    tracks = {"picture": shots, "sound": (Stretch("mix", film, *whole),)}
    tracks |= {f"sound {Path(stem).stem}": (Stretch(Path(stem).stem, stem, *whole),) for stem in stems}
    return EditList(name, timeline.fps, tracks)


def write_edit_list(path: Path, edit: EditList) -> None:
    """Writes ``timeline.otio``."""
    write_otio(path, edit)
