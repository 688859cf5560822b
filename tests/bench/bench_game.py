"""What a game tick costs: the town with cars, people and a player, as fast as it goes. A limit instead of a peer."""

import time

import numpy as np

from sim.assets.library import Library, starter_root
from sim.runners import load_scenario
from sim.runners.game.game import Game
from sim.runners.game.run import bots_of
from tests.bench.harness import Row

WARM, MEASURED = 4, 12  # s of the game


def rush() -> list[Row]:
    """A second of `city/rush` must cost at most a quarter of one."""
    _, layout, spec = load_scenario(Library(starter_root()), "city/rush")
    game = Game(layout, spec)
    bots, seconds = bots_of(game), []
    n = len(game.view().things) + len(game.players)
    for second in range(WARM + MEASURED):
        start = time.perf_counter()
        for _ in range(game.tick_hz):
            view = game.view(eyes=False)
            game.tick([bot(view) for bot in bots])
        if second >= WARM:
            seconds.append(time.perf_counter() - start)
    game.close()
    median = float(np.median(seconds))
    return [Row(f"game: a second of city/rush with {n} actors, s (4 times real time)", median, 0.25, "s", 1.0)]


BENCHES = [rush]
