"""Which stage shows what a name means: a take's file, a world, a scenario."""

from __future__ import annotations

from pathlib import Path

from sim.assets.library import Library
from sim.runners import load_scenario
from sim.viewer.stage import Stage, TakeStage, WorldStage
from sim.world.take import Take


def stage_of(target: str, library: Library, seed: int | None = None, allow_scripts: bool = False) -> Stage:
    """The stage of a take's path, a world, or a world/scenario: a game is played, what was run before is replayed.

    Raises:
        InputError: There is no such thing, or its files are wrong.
    """
    if target.endswith(".npz"):
        return TakeStage(Take.load(Path(target), library), Path(target))
    if "/" not in target:
        return WorldStage(library, target)
    module, layout, spec = load_scenario(library, target)
    if module.__name__.endswith(".game"):
        from sim.runners.game.spec import GameSpec
        from sim.viewer.game import GameStage

        assert isinstance(spec, GameSpec)

        return GameStage(target, layout, spec, library.root / "renders" / target, seed, allow_scripts)
    take = library.root / "renders" / target / "take.npz"
    if take.is_file():
        return TakeStage(Take.load(take, library), take)
    return WorldStage(library, target.partition("/")[0], getattr(spec, "objects", {}))
