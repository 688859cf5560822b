"""A child of seven, 1.154 m, in a rain jacket, with a backpack."""

from sim.assets.kit.mannequin import Person, person


def model():
    return person(
        Person(
            "child",
            23,
            hip=0.555,
            knee=0.3,
            ankle=0.062,
            waist=0.645,
            shoulder=0.885,
            neck=0.925,
            top=1.154,
            shoulder_half=0.128,
            hip_half=0.062,
            upper_arm=0.19,
            forearm=0.165,
            head=0.86,
            girth=0.68,
            skin="#c68f6e",
            hair="#6b4423",
            jacket="#c9981d",
            trousers="#2f4a78",
            shoes="#7a2222",
            backpack="#a33a2a",
        )
    )
