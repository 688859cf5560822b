"""Pictures and sound become files: mp4 at a constant frame rate, and numbered PNGs.

Owns the door to av. Knows nothing of cameras, worlds and what is in the pictures.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image

from sim.errors import InputError, Problem
from sim.files import write_whole
from sim.render.camera import check_size

AUDIO_FRAME = 1024  # samples a channel in an AAC frame
SAMPLE_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)  # of AAC, Hz
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
BT709 = 1  # ITU-T H.273: primaries, transfer and matrix of HDTV


class VideoWriter:
    """An mp4 in the making: H.264 and AAC, every frame at exactly ``i / fps`` s, first sample at 0 s.

    A context manager. The file appears under its name when the block ends well; otherwise nothing is left of it.

    Args:
        path: The mp4.
        size: Width and height, px; both even, as 4:2:0 colour asks.
        fps: Frames a second; a whole number or a fraction (30000/1001).
        audio_rate: Samples a second; None: a silent film.
        channels: 1 or 2.
        crf: Constant rate factor of x264: 0 is lossless, 18 looks so, 28 is small.
        preset: x264's speed, ``ultrafast`` to ``veryslow``.

    Raises:
        InputError: A size, rate, crf or place that no mp4 can have.
    """

    def __init__(
        self,
        path: Path | str,
        size: tuple[int, int],
        fps: int | float | Fraction,
        audio_rate: int | None = None,
        channels: int = 2,
        crf: int = 18,
        preset: str = "medium",
    ):
        self.path, self.size, self.fps = Path(path), size, _rate(path, fps)
        self.audio_rate, self.channels = audio_rate, channels
        self.n_frames = self.n_samples = 0
        self._check(crf, preset)
        self._crf, self._preset = crf, preset
        self._pending = np.empty((channels, 0), np.float32)
        self._container: Any = None
        self._beside = ""

    def _check(self, crf: int, preset: str) -> None:
        (width, height), where = self.size, str(self.path)
        check_size(width, height)
        even = f"{width + width % 2}x{height + height % 2}"
        for good, what, expected, got in [
            (even == f"{width}x{height}", "an mp4 needs even sides", even, f"{width}x{height}"),
            (self.path.suffix.lower() == ".mp4", "is no mp4", ".mp4", self.path.suffix or "no ending"),
            (
                self.audio_rate in (None, *SAMPLE_RATES),
                "AAC has no such sample rate",
                f"one of {', '.join(map(str, SAMPLE_RATES))} Hz",
                str(self.audio_rate),
            ),
            (self.channels in (1, 2), "there is no sound of that many channels", "1 or 2", str(self.channels)),
            (0 <= crf <= 51, "there is no such crf", "0 to 51", str(crf)),
            (preset in PRESETS, "x264 has no such preset", ", ".join(PRESETS), preset),
        ]:
            if not good:
                raise InputError(Problem(where, what, expected, got))

    def __enter__(self) -> VideoWriter:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, self._beside = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.", suffix=".mp4")
            os.close(handle)
        except OSError as error:
            raise InputError(Problem(str(self.path), f"cannot be written: {error.strerror}")) from None
        try:
            options = {"movflags": "+faststart", "fflags": "+bitexact"}
            self._container = av.open(self._beside, "w", format="mp4", options=options)
            self._video = self._add_video()
            self._audio = self._add_audio() if self.audio_rate else None
        except BaseException:
            self._discard()
            raise
        return self

    def _add_video(self) -> Any:
        options = {"crf": str(self._crf), "preset": self._preset}
        stream: Any = self._container.add_stream("libx264", rate=self.fps, options=options)
        stream.width, stream.height = self.size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = 1 / self.fps
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = ColorRange.MPEG
        return stream

    def _add_audio(self) -> Any:
        layout = "mono" if self.channels == 1 else "stereo"
        stream: Any = self._container.add_stream("aac", rate=self.audio_rate, layout=layout)
        stream.bit_rate = 96_000 * self.channels
        stream.time_base = Fraction(1, self.audio_rate)
        return stream

    def write_frame(self, rgb: NDArray[np.uint8]) -> None:
        """Appends one picture ``(h, w, 3)`` uint8, sRGB.

        Raises:
            InputError: The picture has another size or type; the disk is full.
        """
        width, height = self.size
        if rgb.shape != (height, width, 3) or rgb.dtype != np.uint8:
            raise InputError(
                Problem(
                    str(self.path),
                    f"frame {self.n_frames} does not fit",
                    f"({height}, {width}, 3) uint8",
                    f"{rgb.shape} {rgb.dtype}",
                )
            )
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        picture = picture.reformat(
            format="yuv420p",
            interpolation="AREA",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
        )
        picture.color_primaries = picture.color_trc = BT709
        picture.pts, picture.time_base = self.n_frames, 1 / self.fps
        self._mux(self._video, picture)
        self.n_frames += 1

    def write_audio(self, samples: NDArray[np.float32]) -> None:
        """Appends sound ``(n, channels)`` float, −1 to 1, that follows what was appended before without a gap.

        Raises:
            InputError: The film is silent, or the sound has another shape; the disk is full.
        """
        if self._audio is None:
            raise InputError(Problem(str(self.path), "was begun without sound", "an audio_rate"))
        samples = np.asarray(samples, np.float32)
        if samples.ndim != 2 or samples.shape[1] != self.channels or not np.isfinite(samples).all():
            raise InputError(
                Problem(
                    str(self.path), "the sound does not fit", f"finite numbers (n, {self.channels})", str(samples.shape)
                )
            )
        self._pending = np.concatenate([self._pending, np.clip(samples, -1, 1).T], axis=1)
        whole = self._pending.shape[1] // AUDIO_FRAME * AUDIO_FRAME
        for start in range(0, whole, AUDIO_FRAME):
            self._encode_audio(self._pending[:, start : start + AUDIO_FRAME])
        self._pending = self._pending[:, whole:]

    def _encode_audio(self, planes: NDArray[np.float32]) -> None:
        assert self._audio is not None
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), format="fltp", layout=self._audio.layout.name)
        assert self.audio_rate is not None
        frame.sample_rate, frame.pts, frame.time_base = self.audio_rate, self.n_samples, Fraction(1, self.audio_rate)
        self._mux(self._audio, frame)
        self.n_samples += planes.shape[1]

    def _mux(self, stream: Any, frame: Any) -> None:
        try:
            self._container.mux(stream.encode(frame))
        except OSError as error:  # av's errors are OSErrors
            raise self._unwritten(error) from None

    def _unwritten(self, error: OSError) -> InputError:
        return InputError(Problem(str(self.path), f"cannot be written: {error.strerror or error}"))

    def __exit__(self, kind: Any, *_: object) -> None:
        if kind is not None:
            self._discard()
            return
        try:
            if self.n_frames == 0:
                raise InputError(Problem(str(self.path), "has no frame", "at least one"))
            if self._pending.shape[1]:
                self._encode_audio(self._pending)
            self._mux(self._video, None)
            if self._audio is not None and self.n_samples:
                self._mux(self._audio, None)
            self._close()
            self._check_whole()
            os.chmod(self._beside, 0o644)
            os.replace(self._beside, self.path)
        except OSError as error:
            self._discard()
            raise self._unwritten(error) from None
        except BaseException:
            self._discard()
            raise

    def _check_whole(self) -> None:
        """Reads the file once: ffmpeg does not say when a disk is full."""
        n_packets = 0
        try:
            with av.open(self._beside) as written:
                stream = written.streams.video[0]
                n_packets = sum(packet.size > 0 and not packet.is_corrupt for packet in written.demux(stream))
        except (OSError, ValueError, IndexError):
            pass
        if n_packets != self.n_frames:
            raise InputError(
                Problem(
                    str(self.path),
                    "cannot be written whole",
                    f"{self.n_frames} frames",
                    str(n_packets),
                    "is the disk full?",
                )
            )

    def _close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def _discard(self) -> None:
        try:
            self._close()
        except (OSError, ValueError):
            pass  # nobody will read it
        finally:
            Path(self._beside).unlink(missing_ok=True)


def _rate(path: Path | str, fps: int | float | Fraction) -> Fraction:
    """Frames a second as the fraction that is meant: 29.97 is 30000/1001."""
    rate = Fraction(fps) if isinstance(fps, int | Fraction) else Fraction(fps).limit_denominator(1001)
    if isinstance(fps, float) and rate.denominator > 1:
        rate = Fraction(round(fps * 1.001) * 1000, 1001)
        if abs(float(rate) - fps) > 0.005:
            rate = Fraction(fps).limit_denominator(1001)
    if not 1 <= rate <= 1000:
        raise InputError(Problem(str(path), "there is no such frame rate", "1 to 1000 a second", str(fps)))
    return rate


# ---------------------------------------------------------------------------------------------------------------------
# Reading back


def read_frames(path: Path | str) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """The time in s and the picture ``(h, w, 3)`` uint8, sRGB, of every frame of a video.

    Raises:
        InputError: The file is missing or no video.
    """
    with _opened(path, "video") as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            picture = frame.reformat(
                format="rgb24",
                interpolation="BICUBIC",
                src_colorspace=Colorspace.ITU709,
                dst_colorspace=Colorspace.ITU709,
                src_color_range=ColorRange.MPEG,
                dst_color_range=ColorRange.JPEG,
            )
            yield float(frame.pts * frame.time_base), picture.to_ndarray()


def read_audio(path: Path | str) -> tuple[NDArray[np.float32], int]:
    """The sound ``(n, channels)`` float32 of a file, from 0 s on, and its samples a second.

    Raises:
        InputError: The file is missing or silent.
    """
    with _opened(path, "audio") as container:
        stream = container.streams.audio[0]
        blocks = []
        for frame in container.decode(stream):
            values = frame.to_ndarray()
            if frame.format.is_planar:
                values = values.T
            values = values.reshape(-1, frame.layout.nb_channels)
            blocks.append(_float_samples(values))
        return np.concatenate(blocks).astype(np.float32), stream.rate


def _float_samples(values: NDArray) -> NDArray:
    """Samples −1 to 1 of any type; 8-bit ones have their zero at 128."""
    if values.dtype.kind == "f":
        return values
    middle = np.float32(128) if values.dtype == np.uint8 else np.float32(0)
    return (values - middle) / np.float32(np.iinfo(values.dtype).max - middle)


def load_sound(path: Path | str, rate: int) -> NDArray[np.float32]:
    """The sound ``(n, 2)`` float32 of any file that holds one, at ``rate`` samples a second; mono on both sides.

    Raises:
        InputError: The file is missing, silent, empty or broken.
    """
    with _opened(path, "audio") as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=rate)
        blocks = []
        try:
            for frame in container.decode(container.streams.audio[0]):
                frame.pts = None  # gaps between packets are the file's, not the sound's
                blocks += [out.to_ndarray() for out in resampler.resample(frame)]
            blocks += [out.to_ndarray() for out in resampler.resample(None)] if blocks else []
        except (OSError, ValueError) as error:  # av's errors are both
            raise InputError(Problem(str(path), "is a broken sound file", got=str(error)[:80])) from None
    if not sum(block.shape[1] for block in blocks):
        raise InputError(Problem(str(path), "holds no sound", "at least one sample", "0 s"))
    return np.concatenate(blocks, axis=1).T.astype(np.float32)


def _opened(path: Path | str, kind: str) -> Any:
    try:
        container = av.open(str(path))
    except FileNotFoundError:
        raise InputError(Problem(str(path), "does not exist")) from None
    except (OSError, ValueError) as error:
        noun = "a video" if kind == "video" else "sound"
        raise InputError(Problem(str(path), f"cannot be read as {noun}", got=str(error)[:80])) from None
    if not getattr(container.streams, kind):
        container.close()
        raise InputError(Problem(str(path), f"has no {kind}"))
    return container


# ---------------------------------------------------------------------------------------------------------------------
# Numbered pictures


@dataclass(frozen=True)
class PictureSequence:
    """A folder of ``frame_0001.png``, ``frame_0002.png``, …; frame 0 is the first."""

    folder: Path

    def path(self, i: int) -> Path:
        """Where frame ``i`` is, or will be."""
        return self.folder / f"frame_{i + 1:04d}.png"

    def missing(self, n: int) -> list[int]:
        """Which of the first ``n`` frames are not there yet."""
        return [i for i in range(n) if not self.path(i).is_file()]

    def write(self, i: int, rgb: NDArray[np.uint8]) -> None:
        """Writes frame ``i`` ``(h, w, 3)``, whole or not at all."""
        buffer = io.BytesIO()
        Image.fromarray(rgb).save(buffer, "PNG", compress_level=4)
        write_whole(self.path(i), buffer.getvalue())

    def read(self, i: int) -> NDArray[np.uint8]:
        """Frame ``i`` ``(h, w, 3)``.

        Raises:
            InputError: It is not there, or no picture.
        """
        try:
            with Image.open(self.path(i)) as picture:
                return np.asarray(picture.convert("RGB"))
        except FileNotFoundError:
            raise InputError(Problem(str(self.path(i)), "does not exist")) from None
        except OSError as error:
            raise InputError(Problem(str(self.path(i)), "cannot be read as a picture", got=str(error)[:80])) from None
