"""The compact car as a taxi."""

from sim.assets.kit.car import compact


def model():
    return compact("taxi", "#d8cfae", "PH 2020", taxi=True)
