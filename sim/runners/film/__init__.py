"""Film: a storyboard becomes a finished video with picture and sound in sync.

Owns what happens when: the world is recorded once, every shot is filmed from the recording, sound is heard from the
shots' cameras, pieces are joined. A shot can be filmed again from elsewhere without simulating again.

| module     | owns                                                     |
|------------|----------------------------------------------------------|
| spec       | what a storyboard may say                                 |
| timeline   | which moment every frame shows                            |
| action     | what is done to the world                                 |
| shots      | where cameras are                                         |
| references | pictures, videos and sounds from outside                  |
| lab        | frames, drawn in pieces, none twice                       |
| picture    | blur, grading, transitions, words                         |
| cut        | from storyboard to recipes of frames; sound; captions      |
| deliver    | mp4, poster, contact sheet, timeline, stems                |
"""

from sim.runners.film.run import check, run
from sim.runners.film.spec import FilmSpec as Spec

FLAGS = {
    "size": "pixels: 1280x720",
    "shots": "only these shots: 3,5",
    "from": "from this time of the film on: 00:12",
    "to": "up to this time of the film: 00:20",
    "passes": "EXR frames too: depth,ids,normals,motion",
    "stems": "the sound's stems too",
}

__all__ = ["FLAGS", "Spec", "check", "run"]
