"""A bank in sandstone: high storeys, hoods over the windows, a heavy cornice."""

from sim.assets.kit import finish
from sim.assets.kit.facade import House, house


def model():
    return house(
        House(
            wall=finish.paving("ashlar", "#b7a482", 7, 2.4, 4, 0.008),
            trim=finish.stone("sandstone", "#c3b292", 3),
            width=20.0,
            depth=12.0,
            bays=7,
            storeys=3,
            ground_height=5.2,
            storey_height=4.4,
            window=(1.35, 2.6),
            sill_height=0.95,
            head="pediment",
            ground=("window", "window", "window", "gate", "window", "window", "window"),
            door_color="#3b2a1c",
            dentils=True,
            quoins=True,
            seed=5,
            lit=0.25,
        )
    )
