"""An enamelled workshop lamp on its flex: the shade's rim 0.55 m under the ceiling it hangs from (the origin is below it, on the floor)."""

import numpy as np

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

RIM, CEILING = 2.3, 3.5


def model():
    green, white = (
        finish.painted("enamel", "#1f3d33", 0.25, seed=3, dirt=0.06),
        finish.plain("enamel_inside", "#efece2", 0.3),
    )
    bulb = finish.glow("bulb_lit", "#ffca7a", strength=1.0)
    out = [(0.02, 0.16), (0.05, 0.15), (0.06, 0.1), (0.12, 0.08), (0.2, 0.02), (0.21, 0.0)]
    inn = [(0.205, 0.0), (0.195, 0.018), (0.115, 0.072), (0.02, 0.09)]
    shade = shape.lathe(np.array([*out[::-1], (0, 0.16)]) + (0, RIM), 40)
    inside = shape.lathe(np.array([(0, 0.09), *inn[::-1]]) + (0, RIM), 40)
    flex = shape.cylinder(0.005, CEILING - RIM - 0.15, n=8).at(z=RIM + 0.15)
    return assemble(
        paint(shape.join([shade, flex]), green, box=True),
        paint(inside, white, box=True),
        paint(shape.icosphere(0.045, 3).at(z=RIM + 0.035), bulb, box=True),
    )
