"""A puck for sliding: a turned body in a coloured ring on a slick plate."""

from sim.assets.kit import finish, shape
from sim.assets.kit.paint import assemble, paint

R, H = 0.03, 0.03


def model():
    grey = finish.metal("lead", "#7c8085", 0.4, 4, tile=0.1)
    red = finish.plastic("ring", "#b8352d")
    white = finish.plastic("plate", "#eceae4")
    body = shape.cylinder(R - 0.001, H - 0.003, 0.002, 40).at(z=0.003)
    ring = shape.pipe(R, R - 0.004, 0.012, 0.0015, 40).at(z=0.009)
    plate = shape.cylinder(R - 0.0005, 0.003, 0.001, 40)
    knob = shape.cylinder(0.011, 0.0012, 0.0005, 24).at(z=H - 0.001)
    return assemble(paint(body, grey, box=True), paint(ring, red), paint(plate, white), paint(knob, red))
