"""A small modelling kit: shapes, textures and finishes from which `model.py` files build the starter library.

| file       | owns                                                              |
|------------|-------------------------------------------------------------------|
| `outline`  | flat closed curves: rectangles, circles, rounded corners           |
| `shape`    | bare solids: boxes, lathes, extrusions, tubes, booleans            |
| `texture`  | tileable pictures computed from noise                              |
| `finish`   | materials made of those pictures, with their size in metres        |
| `paint`    | shapes and finishes put together into a mesh                       |
| `sign`     | printed pictures: letters, arrows, labels                          |
| `signpost` | traffic signs on their posts                                       |
| `road`     | street pieces with their markings                                  |
| `facade`   | house fronts                                                       |
| `plant`    | trees and shrubs grown on a skeleton                               |
| `urdf`     | articulated things as URDF text                                    |
| `vehicle`  | lofted bodies, panes and lamps in their skin, wheels               |
| `car`      | the compact car, in any colour                                     |
| `mannequin`| people                                                             |
| `build`    | runs a folder's `model.py` and writes what it returns               |

A material named ``lamp_x`` is the lens of the asset's lights whose names begin with ``x``.

Everything is computed from fixed seeds: the same script gives the same bytes. Knows nothing of physics.
"""
