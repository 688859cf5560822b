"""A worker of 1.78 m in an orange vest and a yellow helmet."""

from sim.assets.kit.mannequin import Person, person


def model():
    return person(
        Person(
            "worker",
            82,
            hip=0.92,
            knee=0.5,
            ankle=0.085,
            waist=1.05,
            shoulder=1.44,
            neck=1.518,
            top=1.78,
            shoulder_half=0.195,
            hip_half=0.094,
            upper_arm=0.295,
            forearm=0.258,
            girth=1.06,
            skin="#c08f73",
            hair="#5b4632",
            jacket="#3b4a3f",
            trousers="#2f3a4d",
            shoes="#3a2a1c",
            vest="#e2631d",
            helmet="#e0b31a",
        )
    )
