"""A white block of flats of six storeys with balconies and wide single panes."""

from sim.assets.kit import finish
from sim.assets.kit.facade import House, house


def model():
    return house(
        House(
            wall=finish.plaster(color="#dcdad3", seed=9),
            trim=finish.concrete("concrete", "#aaa69d", 3, 1.6, 256),
            width=16.0,
            bays=5,
            storeys=6,
            storey_height=3.0,
            ground_height=3.6,
            ground=("window", "window", "door", "window", "window"),
            head="plain",
            panes="single",
            window=(2.0, 1.5),
            frame_color="#2d3235",
            door_color="#2d3235",
            courses=False,
            balconies=(1, 3),
            seed=21,
            lit=0.35,
        )
    )
