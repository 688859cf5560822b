"""A fixed steel bollard with a domed cap, a foot plate and a reflecting band."""

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint


def model():
    paintwork = finish.painted("anthracite_paint", "#34383b", 0.42, seed=6, chipped=0.01, tile=0.5)
    red = finish.plastic("red_band", "#b3201b", 0.3)
    white = finish.plastic("white_band", "#e9e8e2", 0.3)
    zinc = finish.galvanised(tile=0.2)
    r = 0.051
    corners = [
        (r, 0.0),
        (r, 0.93),
        (r + 0.004, 0.935),
        (r + 0.004, 0.952),
        (r - 0.003, 0.958),
        (r - 0.006, 0.975),
        (0, 1.0),
    ]
    post = shape.lathe(outline.rounded(corners, (0, 0.004, 0.003, 0.003, 0.004, 0.03, 0), 4, closed=False), 32)
    plate = shape.extrude(outline.rectangle(0.2, 0.2, 0.015, 4), 0.012, 0.002)
    bolts = shape.ring(shape.cylinder(0.012, 0.01, 0.002, 6).at(0.102, 0, 0.012), 4, 45)
    bands = [shape.pipe(r + 0.0012, r - 0.001, 0.07, 0.0006, 32).at(z=z) for z in (0.68, 0.75, 0.82)]
    return assemble(
        paint(post, paintwork),
        paint(plate + bolts, zinc, box=True),
        paint(bands[1], red),
        paint(bands[0] + bands[2], white),
    )
