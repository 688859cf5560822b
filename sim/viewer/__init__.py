"""A world, a scenario or a take in a browser.

| module   | owns                                                                                            |
|----------|-------------------------------------------------------------------------------------------------|
| wire     | what goes over the WebSocket: poses in few bytes, and what a client may say                        |
| stage    | what is shown, whatever it is: a live world, a take; ticks 60 times a second                         |
| game     | the same for a game: players, score, messages                                                      |
| edits    | start poses and substances changed in the page, and how they are written back to the YAML           |
| saves    | saved moments, sealed: one that is cut short, edited or of another world is refused                  |
| clock    | the process that ticks a stage; no client can hold it up                                            |
| server   | HTTP and WebSockets: the page, the .glb, one stream of poses to each client                          |
| page/    | the page: one HTML, one script, one style sheet, three.js                                            |
"""

from __future__ import annotations
