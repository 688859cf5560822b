"""A film's cuts as an OpenTimelineIO file, which editors open.

Owns the door to opentimelineio. The film's picture is one mp4: every clip is a stretch of it, with what the storyboard
says of the shot in its metadata. Transitions are in the picture already, so none is said again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem
from sim.files import write_whole

OWN = "prophouse"  # under which our metadata stands


@dataclass(frozen=True)
class Stretch:
    """One clip: `n` frames of a media file from frame `start` on; metadata is what JSON can hold."""

    name: str
    media: str
    start: int
    n: int
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EditList:
    """A timeline: tracks of clips without gaps, by name; those whose name begins with ``sound`` are heard.

    Media are paths relative to the file.
    """

    name: str
    fps: int
    tracks: Mapping[str, tuple[Stretch, ...]]


def write_otio(path: Path, edit: EditList) -> None:
    """Writes a timeline, whole or not at all."""
    import opentimelineio as otio

    timeline = otio.schema.Timeline(edit.name)
    timeline.global_start_time = otio.opentime.RationalTime(0, edit.fps)
    lengths: dict[str, int] = {}
    for stretches in edit.tracks.values():
        for one in stretches:
            lengths[one.media] = max(lengths.get(one.media, 0), one.start + one.n)
    for name, stretches in edit.tracks.items():
        kind = otio.schema.TrackKind.Audio if name.startswith("sound") else otio.schema.TrackKind.Video
        track = otio.schema.Track(name, kind=kind)
        for one in stretches:
            track.append(
                otio.schema.Clip(
                    one.name,
                    otio.schema.ExternalReference(one.media, _range(otio, 0, lengths[one.media], edit.fps)),
                    _range(otio, one.start, one.n, edit.fps),
                    {OWN: json.loads(json.dumps(one.metadata))},
                )
            )
        timeline.tracks.append(track)
    write_whole(path, otio.adapters.write_to_string(timeline, "otio_json").encode())


def _range(otio: Any, start: int, n: int, fps: int) -> Any:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, fps), otio.opentime.RationalTime(n, fps))


def read_otio(path: Path) -> EditList:
    """The timeline in a file that `write_otio` wrote.

    Raises:
        InputError: It is missing, no timeline, or has what we have no name for.
    """
    import opentimelineio as otio

    try:
        timeline = otio.adapters.from_name("otio_json").read_from_file(str(path))
        tracks = {track.name: tuple(_stretch(clip) for clip in track) for track in timeline.tracks}
        return EditList(timeline.name, int(timeline.global_start_time.rate), tracks)
    except FileNotFoundError:
        raise InputError(Problem(str(path), "does not exist")) from None
    except (AttributeError, ValueError, TypeError, otio.exceptions.OTIOError) as error:
        raise InputError(Problem(str(path), "is no timeline of ours", got=str(error)[:80])) from None


def _stretch(clip: Any) -> Stretch:
    said = clip.source_range
    metadata = json.loads(json.dumps(_plain(clip.metadata.get(OWN, {}))))
    return Stretch(
        clip.name, clip.media_reference.target_url, int(said.start_time.value), int(said.duration.value), metadata
    )


def _plain(value: Any) -> Any:
    """OpenTimelineIO's dictionaries and vectors as Python's own."""
    if hasattr(value, "items"):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return value
    return [_plain(item) for item in value]
