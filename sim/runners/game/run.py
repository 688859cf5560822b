"""A level played headless: by a recorded file or by bots, as fast as it goes; with the replay, a film and a report."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

from sim.errors import InputError, Problem
from sim.progress import track
from sim.report import Meter, Report
from sim.runners import Options
from sim.runners.game.bots import Bot, Idle, make_bot
from sim.runners.game.check import check
from sim.runners.game.game import Game
from sim.runners.game.inputs import Inputs
from sim.runners.game.movie import best_moments, film, replay_moments
from sim.runners.game.players import TICK_HZ
from sim.runners.game.replay import Replay
from sim.runners.game.spec import GameSpec
from sim.world.layout import Layout

SIZE = (960, 540)  # px
AFTER = 45  # ticks played on after it was decided, for the film's sake
REPLAY = "replay.jsonl"


def run(layout: Layout, spec: GameSpec, options: Options) -> Report:
    """Plays a level; writes the replay, the film and the report.

    Raises:
        InputError: The level cannot be played as it is, or the recorded inputs are of another level.
    """
    meter, where = Meter(), f"{options.name}.yaml"
    problems = check(layout, spec, where)
    if problems:
        raise InputError(*problems)
    game = Game(layout, spec, options.seed, options.allow_scripts, where)
    try:
        recorded, given = None, options.flags.get("inputs")
        if given is not None:
            if "bot" in options.flags:
                raise InputError(Problem("--inputs", "does not go with --bot"))
            recorded = Replay.load(Path(given))
            _fits(recorded, game, Path(given))
            if recorded.seed != game.seed:
                game.close()
                game = Game(layout, spec, recorded.seed, options.allow_scripts, where)
        began = perf_counter()
        replay = _play_file(game, recorded, options) if recorded else _play_bots(game, options)
        took = perf_counter() - began
        replay.sha256 = game.sha256()
        notes = _notes(recorded, replay)
        options.folder.mkdir(parents=True, exist_ok=True)
        replay.write(options.folder / REPLAY)
        outputs, metrics = [REPLAY], _metrics(game, took)
        seen, steps = list(game.world.events), game.world.step_count
    finally:
        game.close()
    if options.flags.get("video", True):
        outputs.append(_film(layout, spec, options, replay, seen))
    verdict = {"win": "pass", "lose": "fail"}.get(metrics["verdict"], "fail")
    report = Report.of(
        game.layout,
        "game",
        options.name,
        meter,
        verdict=verdict,
        seed=replay.seed,
        steps=steps,
        metrics=metrics,
        outputs=outputs,
        trajectory_sha256=replay.sha256,
        notes=notes,
    )
    report.write(options.folder)
    return report


def _fits(replay: Replay, game: Game, path: Path) -> None:
    if replay.players != tuple(game.players):
        raise InputError(Problem(str(path), "is of another level", ", ".join(game.players), ", ".join(replay.players)))


def bots_of(game: Game, name: str | None = None) -> list[Bot]:
    """Who plays: the first player's bot may be named; the others are the level's own."""
    made: list[Bot] = []
    for i, (slot, player) in enumerate(game.spec.players.items()):
        who = (name if i == 0 and name else player.bot) or ""
        where = "--bot" if i == 0 and name else f"{game.where}: players.{slot}.bot"
        made.append(make_bot(who, game.spec, slot, game.seed, where) if who else Idle(game.spec, slot, game.seed))
    return made


def _play_bots(game: Game, options: Options) -> Replay:
    bots, replay = bots_of(game, options.flags.get("bot")), Replay.of(game, options.name)
    most, after = round(game.spec.limit * TICK_HZ) * 2, 0
    for _ in track(range(most), "playing"):
        view = game.view(eyes=False)
        row = [Inputs.from_json(bot(view).to_json()) for bot in bots]
        replay.note(row)
        game.tick(row)
        after += game.over
        if after >= AFTER:
            break
    return replay


def _play_file(game: Game, recorded: Replay, options: Options) -> Replay:
    replay = Replay.of(game, options.name)
    for tick, row in enumerate(recorded.inputs()):
        if tick in recorded.saves:
            replay.mark_save()
            game.save()
        replay.note(row)
        game.tick(row)
    return replay


def _metrics(game: Game, took: float) -> dict[str, Any]:
    tally = game.rules.tally
    first = next(iter(game.players))
    ended = tally.ended or game.ticks
    return {
        "verdict": tally.verdict,
        "winner": tally.winner,
        "score": tally.scores[first],
        "time_s": round(ended / TICK_HZ, 3),
        "scores": dict(tally.scores),
        "counts": dict(tally.counts),
        "health": {slot: p.health for slot, p in game.players.items() if p.spec.health},
        "ticks": game.ticks,
        "real_time_factor": round(game.ticks / TICK_HZ / max(took, 1e-9), 2),
    }


def _notes(recorded: Replay | None, replay: Replay) -> list[str]:
    if recorded is None or not recorded.sha256:
        return []
    if recorded.hashes != replay.hashes:
        return ["files have changed since the inputs were recorded"]
    if recorded.sha256 != replay.sha256:
        return ["the recorded inputs came to another run: another machine, or another version of PyBullet"]
    return []


def _film(layout: Layout, spec: GameSpec, options: Options, replay: Replay, events: list[Any]) -> str:
    game = Game(layout, spec, replay.seed, options.allow_scripts)
    try:
        spans = best_moments(events, replay.ticks, spec.video)
        scenes = replay_moments(game, replay.inputs(), replay.saves, spans, spec.video.fps)
    finally:
        game.close()
    size = options.flags.get("size") or SIZE
    film(scenes, options.folder / "highlights.mp4", size, spec.video.fps, replay.seed)
    return "highlights.mp4"
