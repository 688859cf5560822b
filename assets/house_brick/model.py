"""A red brick house of four storeys with two shops under striped awnings."""

from sim.assets.kit import finish
from sim.assets.kit.facade import House, house


def model():
    return house(
        House(
            wall=finish.brick(color="#96503a", seed=4),
            trim=finish.stone("sandstone", "#c8bca4", 2),
            width=11.0,
            bays=4,
            storeys=4,
            ground=("shop", "door", "shop", "shop"),
            head="lintel",
            panes="sash",
            roof="slope",
            roof_color="#6d4038",
            awning=("#7c2a22", "#e4ddca"),
            shop_name="GREENGROCER",
            shop_color="#22372e",
            door_color="#7a2a20",
            seed=3,
        )
    )
