"""Game: a level a person plays in a browser, or a script plays headless.

Owns what players may do, what happens when, who plays when no person does, and what is kept of a run.

| module  | owns                                                            |
|---------|-----------------------------------------------------------------|
| spec    | what a level may say                                              |
| inputs  | what a player does in one tick                                     |
| players | how that becomes what the player's thing does                       |
| actors  | who is about beside the players                                     |
| zones   | places that matter                                                |
| rules   | when something happens, something else does                         |
| cameras | where a player sees the level from                                  |
| view    | what everyone may know                                            |
| game    | the level, live: ticks, saves                                      |
| bots    | who plays when no person does                                      |
| replay  | inputs of a run, and what they came to                              |
| movie   | a run's best moments as a film with sound                            |
| check   | what is wrong with a level beyond its grammar                        |
| run     | a level played headless                                            |
"""

from sim.runners.game.check import check
from sim.runners.game.run import run
from sim.runners.game.spec import GameSpec as Spec

FLAGS = {
    "inputs": "a recorded input file to play",
    "bot": "the bot that plays, by name",
    "video": "whether to film the best moments",
    "size": "pixels of the film: 1280x720",
}

__all__ = ["FLAGS", "Spec", "check", "run"]
