"""A town house of the 1890s: cream stucco, pediments, quoins, a mansard with dormers."""

from sim.assets.kit import finish
from sim.assets.kit.facade import House, house


def model():
    return house(
        House(
            wall=finish.plaster(color="#d9c59a", seed=2),
            trim=finish.plaster("stucco", "#e9e2d0", 4, 2.0),
            ground_wall=finish.stone("rusticated", "#b9ad97", 6),
            width=14.0,
            bays=5,
            storeys=4,
            ground_height=4.2,
            storey_height=3.6,
            ground=("window", "window", "gate", "window", "window"),
            head="pediment",
            window=(1.15, 2.1),
            roof="mansard",
            roof_color="#54565c",
            quoins=True,
            dentils=True,
            door_color="#4a3020",
            seed=8,
        )
    )
