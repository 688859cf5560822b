"""One film, from storyboard to report.

Owns the order of work: find everything that is wrong first, record, draw what is not drawn yet, listen, join, report.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, unknown_name
from sim.files import write_whole
from sim.ledger import heat_sheet
from sim.render.frame import PASSES
from sim.render.videojoin import join
from sim.report import Meter, Report
from sim.runners import Options
from sim.runners.film import deliver
from sim.runners.film.action import Director, direct
from sim.runners.film.cut import Cutting, chosen
from sim.runners.film.lab import Bench, Lab, Piece
from sim.runners.film.references import Reference, find
from sim.runners.film.shots import CameraCrew, through_walls
from sim.runners.film.spec import FilmSpec
from sim.runners.film.timeline import Timeline
from sim.world.layout import Layout
from sim.world.take import Take
from sim.world.world import World


@dataclass(frozen=True, eq=False)
class Production:
    """Everything that is settled before anything is recorded or drawn."""

    spec: FilmSpec
    layout: Layout
    timeline: Timeline
    references: tuple[Reference, ...]
    take: Take | None
    where: str
    folder: Path
    name: str


def prepare(layout: Layout, spec: FilmSpec, options: Options) -> Production:
    """Settles world, timeline and references of a film.

    Raises:
        InputError: With everything that is wrong with the storyboard.
    """
    where = f"worlds/{options.name}.yaml" if options.name else "storyboard"
    size = options.flags.get("size") or spec.size
    seed = spec.seed if options.seed is None else options.seed
    spec = spec.model_copy(update={"size": tuple(size), "seed": seed})
    if size[0] % 2 or size[1] % 2:
        raise InputError(Problem("--size", "a film needs even sides", got=f"{size[0]}x{size[1]}"))
    folders = [*_world_folder(layout), options.root]
    take = None
    if spec.take is not None:
        take = Take.load(_take_path(spec.take, folders, where), layout.library)
        layout = take.layout
    elif spec.variant is not None and "@" not in options.name:
        layout = Layout.load(f"{layout.name}@{spec.variant}", layout.library)
    layout = layout.with_objects(spec.objects, where)
    recorded = None if take is None else (int(take.steps[0]), int(take.steps[-1]))
    timeline = Timeline.of(spec, layout.step_hz, where, recorded)
    references = tuple(find(spec.references, folders, layout, where))
    files = {name: sha for name, sha in layout.files.items() if name != where}  # shots are no part of the world
    layout = replace(layout, step_hz=timeline.step_hz, files=files)
    name = options.name.rpartition("/")[2] or "film"
    return Production(spec, layout, timeline, references, take, where, options.folder, name)


def _world_folder(layout: Layout) -> list[Path]:
    try:
        return [layout.library.world(layout.name)]
    except InputError:  # a layout that was made in memory
        return []


def _take_path(file: str, folders: list[Path], where: str) -> Path:
    for folder in folders:
        if (folder / file).is_file():
            return folder / file
    raise InputError(Problem(f"{where}: take", "does not exist", got=file, hint="run what makes it first"))


def run(layout: Layout, spec: FilmSpec, options: Options) -> Report:
    """Makes the film; everything it leaves is in ``options.folder``.

    Raises:
        InputError: Something is wrong with the storyboard, a reference or the command line.
    """
    meter = Meter()
    film = prepare(layout, spec, options)
    frames = chosen(film.timeline, *(options.flags.get(name) for name in ("shots", "from", "to")))
    passes = _passes(options.flags.get("passes"))
    cache_folder = film.folder / ".cache"
    cache_folder.mkdir(parents=True, exist_ok=True)
    _sweep(cache_folder)
    take, notes = recorded(film, cache_folder)
    crew = CameraCrew(film.timeline, take, film.spec.seed, film.where)
    notes += _walls(film, crew, take)
    cutting = Cutting(film.spec, film.timeline, crew)
    bench = Bench(
        film.folder / "take.npz",
        film.layout.library.roots,
        film.references,
        film.spec.look,
        film.spec.size,
        film.spec.fps,
        options.quality,
        cache_folder,
        passes,
        film.folder / "passes",
        cache_folder / "shapes.pickle" if take.shapes else None,
    )
    with Lab(bench, take) as lab:
        pieces, some = _picture(film, cutting, lab, frames, options.quality)
        if passes:
            lab.passes(some)
        sound, stems = _sound(film, cutting, take, cache_folder, bool(options.flags.get("stems")))
        outputs = _deliver(film, cutting, lab, pieces, frames, sound, stems)
        hashes = [sha for piece in pieces if lab.has(piece) for sha in lab.hashes(piece)]
        drawn = lab.drawn
    if frames is None:
        _prune(cache_folder, lab, pieces)
    heat, heat_chart = heat_sheet(take, film.folder)
    report = Report.of(
        replace(film.layout, files=film.layout.files | layout.files),
        "film",
        options.name,
        meter,
        verdict="done",
        seed=film.spec.seed,
        steps=int(take.steps[-1] - take.steps[0]),
        metrics=_metrics(film, take, hashes, drawn, sound) | heat,
        outputs=[*outputs, *heat_chart, *(["passes"] if passes else [])],
        trajectory_sha256=take.sha256(),
        references=[one.entry() for one in film.references],
        notes=notes,
    )
    report.write(film.folder)
    return report


def _metrics(
    film: Production, take: Take, hashes: list[str], drawn: int, sound: NDArray[np.float32] | None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "seconds": film.timeline.n_frames / film.spec.fps,
        "frames": film.timeline.n_frames,
        "frames_drawn": drawn,
        "shots": len(film.timeline.shots),
        "contacts": sum(event.kind == "contact" for event in take.events),
        "frames_sha256": hashlib.sha256("".join(hashes).encode()).hexdigest(),
    }
    if sound is not None:
        found["sound_sha256"] = hashlib.sha256(np.ascontiguousarray(sound).tobytes()).hexdigest()
    return found


def _passes(text: str | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
    for name in names:
        if name not in PASSES:
            raise unknown_name("--passes", "pass", name, PASSES)
    if names:
        try:
            import OpenEXR  # noqa: F401
        except ImportError:
            from sim.errors import missing_extra

            raise missing_extra("--passes", "OpenEXR", "exr") from None
    return tuple(name for name in names if name != "rgb")


# ---------------------------------------------------------------------------------------------------------------------
# The take


def recorded(film: Production, cache_folder: Path) -> tuple[Take, list[str]]:
    """What is filmed: a take that was given, the one of the run before when nothing changed, or a new one."""
    path, kept = film.folder / "take.npz", cache_folder / "take.json"
    if film.take is not None:
        film.take.write(path)
        return film.take, _coarse(film)
    steps = film.timeline.steps()
    key = _take_key(film, steps)
    shapes = cache_folder / "shapes.pickle"
    try:
        said = json.loads(kept.read_text("ascii"))
        if said["key"] == key and said["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest():
            take = Take.load(path, film.layout.library)
            return (replace(take, shapes=pickle.loads(shapes.read_bytes())) if said["shapes"] else take), []
    except (OSError, ValueError, KeyError):
        pass
    take, world = direct(film.layout, film.spec, steps, film.where)
    world.close()
    take.write(path)
    if take.shapes:
        write_whole(shapes, pickle.dumps(take.shapes))
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    write_whole(kept, json.dumps({"key": key, "sha256": sha, "shapes": bool(take.shapes)}).encode())
    return take, []


def _take_key(film: Production, steps: NDArray[np.int64]) -> str:
    said = [
        film.layout.to_json(),
        film.layout.hashes(),
        [action.model_dump(mode="json") for action in film.spec.action],
        film.spec.fps,
        hashlib.sha256(steps.tobytes()).hexdigest(),
        _code("assets", "physics", "world", "actors", "runners/film/action.py"),
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@cache
def _code(*places: str) -> str:
    """The hash of some of our own source."""
    root, digest = Path(__file__).resolve().parents[2], hashlib.sha256()
    for place in places:
        for file in [root / place] if place.endswith(".py") else sorted((root / place).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _coarse(film: Production) -> list[str]:
    """Says when slow motion shows more frames than the take has."""
    assert film.take is not None
    gap = int(np.diff(film.take.steps).max()) if len(film.take) > 1 else 1
    slow = [shot.label for shot in film.timeline.shots if shot.stride < gap]
    if not slow:
        return []
    rate, names = film.layout.step_hz / gap, ", ".join(slow)
    return [f"the take has {rate:g} states a second; {names}: slow motion goes straight from one to the next"]


def _walls(film: Production, crew: CameraCrew, take: Take) -> list[str]:
    with World(film.layout) as world:
        return through_walls(crew, film.timeline, world, film.layout)


# ---------------------------------------------------------------------------------------------------------------------
# Picture, sound, files


def _picture(
    film: Production, cutting: Cutting, lab: Lab, frames: list[int] | None, quality: str
) -> tuple[list[Piece], list[Piece]]:
    """All pieces of the film, and those that were asked for, which are drawn."""
    wanted = set(range(film.timeline.n_frames)) if frames is None else set(frames)
    cutting.meter(lab, range(len(film.timeline.shots)))
    pieces = cutting.pieces(quality)
    some = [piece for piece in pieces if wanted & set(range(piece.first, piece.first + len(piece)))]
    lab.develop(some)
    return pieces, some


def _sound(
    film: Production, cutting: Cutting, take: Take, cache_folder: Path, stems: bool
) -> tuple[NDArray[np.float32] | None, dict[str, NDArray[np.float32]]]:
    """The film's sound ``(n, 2)``, and its stems when they are asked for."""
    if film.spec.sound.silent:
        return None, {}
    from sim.sound import Cut, soundtrack

    ears = cutting.ears()
    places = [
        [
            cutting.crew.camera(shot, frame).pose.matrix.round(6).tolist()
            for frame in range(shot.first, shot.first + shot.n)
        ]
        for shot in film.timeline.shots
    ]
    said = [
        take.sha256(),
        [(ear[:3], ear[4]) for ear in ears],
        places,
        film.spec.seed,
        film.spec.sound.loudness,
        [(one.sha256, one.spec.model_dump_json()) for one in film.references if one.spec.medium == "sound"],
        _code("sound", "assets/substance.py"),
        film.layout.hashes(),
    ]
    key = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    path = cache_folder / f"{key}.sound.npy"
    if path.is_file() and not stems:
        return np.load(path), {}
    cuts = [Cut(start, stop, at, camera, speed) for start, stop, at, camera, speed in ears]
    track = soundtrack(
        take,
        cuts,
        rate=deliver.RATE,
        seed=film.spec.seed,
        loudness=film.spec.sound.loudness,
        references=_clips(film),
    )
    np.save(path, track.mix)
    return track.mix, dict(track.stems) if stems else {}


def _clips(film: Production) -> list[Any]:
    """The recordings that are heard, on the film's timeline."""
    from sim.sound import Clip

    return [
        Clip(
            one.path,
            spec.at,
            None if spec.duration is None and not spec.loop else spec.at + (spec.duration or _left(film, spec.at)),
            kind="speech" if spec.role == "dialogue" else spec.role,
            gain_db=spec.gain_db,
            fade_in=spec.fade_in,
            fade_out=spec.fade_out,
            loop=spec.loop,
            at=spec.place,
            duck_db=spec.duck_db,
            name=f"{film.where}: {spec.file}",
        )
        for one in film.references
        if (spec := one.spec).medium == "sound"
    ]


def _left(film: Production, start: float) -> float:
    """Seconds of the film from a time on."""
    return max(film.timeline.n_frames / film.spec.fps - start, 1e-3)


def _deliver(
    film: Production,
    cutting: Cutting,
    lab: Lab,
    pieces: list[Piece],
    frames: list[int] | None,
    sound: NDArray[np.float32] | None,
    stems: dict[str, NDArray[np.float32]],
) -> list[str]:
    """Writes all files; their names."""
    folder, name, spec = film.folder, film.name, film.spec
    outputs = []
    if frames is not None:
        deliver.write_excerpt(folder / f"{name}.excerpt.mp4", lab, pieces, frames, sound)
        outputs.append(f"{name}.excerpt.mp4")
    if all(lab.has(piece) for piece in pieces):
        join(folder / f"{name}.mp4", [lab.path(piece) for piece in pieces], spec.size, spec.fps, sound, deliver.RATE)
        longest = max(film.timeline.shots, key=lambda shot: shot.n)
        at = longest.first + longest.n // 2 if spec.poster is None else round(spec.poster * spec.fps)
        poster = deliver.frame_of(lab, pieces, min(at, film.timeline.n_frames - 1))
        deliver.write_poster(folder / "poster.jpg", poster)
        deliver.write_sheet(folder / "sheet.jpg", lab, pieces, film.timeline)
        outputs += [f"{name}.mp4", "poster.jpg", "sheet.jpg"]
    words = cutting.subtitles()
    if words and spec.captions in ("file", "both"):
        write_whole(folder / f"{name}.srt", words.encode())
        outputs.append(f"{name}.srt")
    names = [f"stems/{stem}.wav" for stem in stems]
    for stem, samples in stems.items():
        from sim.sound import write_wav

        write_wav(folder / "stems" / f"{stem}.wav", samples, deliver.RATE)
    edit = deliver.edit_list(name, film.timeline, f"{name}.mp4", names)
    deliver.write_edit_list(folder / "timeline.otio", edit)
    return [*outputs, *names, "timeline.otio", "take.npz"]


def _sweep(cache_folder: Path) -> None:
    """Clears away what a stopped run left half done."""
    for path in cache_folder.glob(".*"):
        path.unlink(missing_ok=True)


def _prune(cache_folder: Path, lab: Lab, pieces: list[Piece]) -> None:
    """Forgets pieces of storyboards that are no more, once they take twice the room of those in use."""
    used = {lab.path(piece).stem for piece in pieces}
    others = sorted((p for p in cache_folder.glob("*.mp4") if p.stem not in used), key=lambda p: p.stat().st_mtime)
    room = 2 * sum(lab.path(piece).stat().st_size for piece in pieces)
    for path in reversed(others):
        room -= path.stat().st_size
        if room < 0:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)


# ---------------------------------------------------------------------------------------------------------------------
# Checking without running


def check(layout: Layout, spec: FilmSpec, where: str) -> list[Problem]:
    """What is wrong with a storyboard beyond its grammar."""
    options = Options(name=layout.name + "/" + Path(where).stem, root=layout.library.root)
    try:
        film = prepare(layout, spec, options)
        with World(film.layout) as world:
            Director(world, film.spec.action, film.where)
            if film.take is None:
                take = _still(world)
                CameraCrew(film.timeline, take, 0, film.where)
    except InputError as error:
        return list(error.problems)
    return []


def _still(world: World) -> Take:
    """A take of one state: what there is to look at."""
    from sim.world.take import Recorder

    return Recorder(world, 1).take()
