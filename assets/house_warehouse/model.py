"""A brick warehouse of the harbour: arched windows with iron grids, a gate for carts."""

from sim.assets.kit import finish
from sim.assets.kit.facade import House, house


def model():
    return house(
        House(
            wall=finish.brick(color="#7f4432", dark="#4a251c", seed=14),
            trim=finish.stone("granite", "#8f8b85", 2),
            width=18.0,
            bays=6,
            storeys=5,
            ground_height=4.4,
            storey_height=3.5,
            ground=("window", "gate", "window", "window", "gate", "window"),
            head="arch",
            panes="grid",
            window=(1.5, 2.2),
            frame_color="#27302e",
            door_color="#31433c",
            dentils=True,
            seed=17,
            lit=0.2,
        )
    )
