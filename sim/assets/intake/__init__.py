"""How any mesh becomes an asset: the engine behind ``prophouse add``.

| module   | owns                                                                   |
|----------|------------------------------------------------------------------------|
| source   | the file that was given: unpacked, counted and refused before it is read |
| gltf     | what glTF's JSON says of itself                                          |
| picture  | textures: where they may lie, how large they may be                      |
| guess    | name, unit, up and substance where nobody said them                      |
| shape    | faces turned outwards, volumes of open surfaces, the collider that fits   |
| intake   | the act: one folder, written whole or not at all                         |
"""

from sim.assets.intake.intake import Intake, intake

__all__ = ["Intake", "intake"]
