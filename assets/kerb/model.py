"""A metre of granite kerb, 150 x 250 mm, its upper front edge dressed round; the road is towards +X."""

from sim.assets.kit import finish, outline, shape
from sim.assets.kit.paint import assemble, paint


def model():
    granite = finish.stone("granite", "#9c9892", 4, 0.9, 0.2)
    profile = outline.rounded([(-0.075, 0), (0.075, 0), (0.06, 0.25), (-0.075, 0.25)], (0.004, 0.004, 0.025, 0.005), 4)
    body = shape.extrude(profile, 0.994, 0.003, "y")
    return assemble(paint(body, granite, box=True))
