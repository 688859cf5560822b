"""An ochre corner-shop house with green shutters of paint, french windows and little railings."""

from sim.assets.kit import finish
from sim.assets.kit.facade import House, house


def model():
    return house(
        House(
            wall=finish.plaster(color="#c79a63", seed=5),
            trim=finish.plaster("stucco", "#e5d9bf", 4, 2.0),
            width=9.0,
            bays=3,
            storeys=5,
            ground=("shop", "door", "shop"),
            head="hood",
            panes="french",
            window=(1.1, 1.85),
            roof="slope",
            roof_color="#8c4a32",
            shop_name="CAFE MATERIA",
            shop_color="#3a2620",
            awning=("#2c4a3b", "#d9d2bf"),
            door_color="#2e4a44",
            seed=12,
        )
    )
