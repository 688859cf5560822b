"""Something that happened. One log drives sound, score and verdict."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """Something that happened at one moment.

    A ``contact`` is the start of a touch that changed how a part moves:

    | field    | is                                                                              |
    |----------|---------------------------------------------------------------------------------|
    | time     | s, back-dated inside the step to when the surfaces met                            |
    | step     | the step in which it was found                                                   |
    | a, b     | names of the two parts; what does not move comes second                           |
    | position | m, in the world                                                                  |
    | normal   | unit, from b to a                                                                |
    | impulse  | N s, along the normal, during the step                                           |
    | speed    | m/s at which the surfaces approached each other                                   |

    Other kinds use the same fields as far as they mean something:

    | kind     | a, b                          | value                                   |
    |----------|-------------------------------|-----------------------------------------|
    | contact  | the two parts                 |                                         |
    | rub      | the two parts, 20 times a second while they slip or roll | normal force N; `speed` is of the slip |
    | footstep | the walker, what is stepped on|                                         |
    | switch   | the lamp                      | 1 on, 0 off                              |
    | appear   | the thing that is there now   |                                         |
    | vanish   | the thing that is gone         |                                         |
    | zone, score, message, … | what a scenario's rules say | theirs                         |
    | melt, dent, boil | the part, what acts on it | kg, m³, W                             |
    | overheat | the part that no longer holds | K                                        |
    """

    kind: str
    time: float
    step: int
    a: str
    b: str = ""
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    normal: tuple[float, float, float] = (0.0, 0.0, 1.0)
    impulse: float = 0.0
    speed: float = 0.0
    value: float = 0.0
