"""A grown person of 1.80 m in a jacket and trousers."""

from sim.assets.kit.mannequin import Person, person


def model():
    return person(
        Person(
            "adult",
            78,
            hip=0.93,
            knee=0.505,
            ankle=0.085,
            waist=1.06,
            shoulder=1.455,
            neck=1.535,
            top=1.8,
            shoulder_half=0.19,
            hip_half=0.092,
            upper_arm=0.3,
            forearm=0.26,
        )
    )
