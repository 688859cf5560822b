"""A rose house with a row of shops and balconies on its outer bays."""

from sim.assets.kit import finish
from sim.assets.kit.facade import House, house


def model():
    return house(
        House(
            wall=finish.plaster(color="#c48f80", seed=18),
            trim=finish.plaster("stucco", "#ece3d6", 4, 2.0),
            ground_wall=finish.stone("base", "#a89c8c", 8),
            width=15.0,
            bays=5,
            storeys=5,
            ground_height=4.1,
            storey_height=3.35,
            ground=("shop", "shop", "door", "shop", "shop"),
            head="hood",
            panes="cross",
            window=(1.2, 1.95),
            roof="slope",
            roof_color="#5c4640",
            balconies=(0, 4),
            shop_name="HARDWARE & TOYS",
            shop_color="#4a2a22",
            awning=("#b98a3a", "#efe6d2"),
            door_color="#39281d",
            seed=44,
        )
    )
