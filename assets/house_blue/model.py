"""A narrow blue town house of four storeys, one shop."""

from sim.assets.kit import finish
from sim.assets.kit.facade import House, house


def model():
    return house(
        House(
            wall=finish.plaster(color="#6f8ea3", seed=15),
            trim=finish.plaster("stucco", "#e8e6de", 4, 2.0),
            width=8.0,
            bays=3,
            storeys=4,
            ground_height=3.8,
            ground=("door", "shop", "window"),
            head="band",
            panes="sash",
            window=(1.05, 1.8),
            roof="mansard",
            roof_color="#3f444b",
            shop_name="BOOKS",
            shop_color="#1f2d4a",
            door_color="#8a2f25",
            seed=30,
        )
    )
