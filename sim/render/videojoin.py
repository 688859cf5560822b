"""Pieces of a film become one mp4 without being encoded again.

Pieces come from `VideoWriter` with the same size, rate, crf and preset, so that one decoder's settings fit all.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.render.video import VideoWriter

SOUND_BLOCK = 48_000  # samples that are encoded at a time
REORDERED = 2  # frames that x264 decodes before they are shown: it refers to at most two later ones


class VideoJoiner(VideoWriter):
    """An mp4 in the making, of pieces; a context manager like `VideoWriter`, whose sound it takes as well."""

    def __enter__(self) -> VideoJoiner:
        super().__enter__()
        return self

    def _add_video(self) -> Any:
        self._template: bytes | None = None
        self._stream: Any = None
        return None

    def _add_audio(self) -> Any:
        return None  # pictures come first in the file

    def write_piece(self, path: Path) -> None:
        """Appends all frames of a piece.

        Raises:
            InputError: It is missing, no video, or was encoded otherwise than the first one.
        """
        try:
            with av.open(str(path)) as piece:
                stream = piece.streams.video[0]
                self._match(stream, path)
                tick = 1 / self.fps / stream.time_base
                packets = [packet for packet in piece.demux(stream) if packet.pts is not None]
                for k, packet in enumerate(packets):  # in the order of decoding
                    packet.pts = round(packet.pts / tick) + self.n_frames
                    packet.dts = k - REORDERED + self.n_frames
                    packet.duration = 1
                    packet.time_base, packet.stream = 1 / self.fps, self._stream
                    self._container.mux(packet)
        except OSError as error:
            raise InputError(Problem(str(path), f"cannot be joined: {error.strerror or error}")) from None
        self.n_frames += len(packets)

    def _match(self, stream: Any, path: Path) -> None:
        extra = bytes(stream.codec_context.extradata or b"")
        if self._template is None:
            self._template = extra
            self._stream = self._container.add_stream_from_template(stream)
            self._stream.time_base = 1 / self.fps
            self._audio = VideoWriter._add_audio(self) if self.audio_rate else None
        elif extra != self._template:
            raise InputError(Problem(str(path), "was encoded otherwise than the pieces before it"))

    def _mux(self, stream: Any, frame: Any) -> None:
        if stream is not None:  # pictures are encoded already: nothing to flush
            super()._mux(stream, frame)


def join(
    path: Path,
    pieces: Iterable[Path],
    size: tuple[int, int],
    fps: int | Fraction,
    sound: NDArray[np.float32] | None = None,
    rate: int = 48_000,
) -> int:
    """Writes pieces one after another as one mp4, with sound ``(n, 2)`` from 0 s on; how many frames it has."""
    with VideoJoiner(path, size, fps, rate if sound is not None else None) as film:
        for piece in pieces:
            film.write_piece(piece)
        if sound is not None:
            for start in range(0, len(sound), SOUND_BLOCK):
                film.write_audio(sound[start : start + SOUND_BLOCK])
        return film.n_frames
