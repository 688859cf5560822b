"""A grown woman of 1.67 m in a red coat."""

from sim.assets.kit.mannequin import Person, person


def model():
    return person(
        Person(
            "adult_woman",
            64,
            hip=0.865,
            knee=0.47,
            ankle=0.08,
            waist=0.995,
            shoulder=1.345,
            neck=1.425,
            top=1.67,
            shoulder_half=0.172,
            hip_half=0.09,
            upper_arm=0.275,
            forearm=0.24,
            head=0.96,
            girth=0.9,
            skin="#8a5638",
            hair="#17110d",
            jacket="#8e2b2b",
            trousers="#1d1d22",
            shoes="#241b18",
            bun=True,
        )
    )
