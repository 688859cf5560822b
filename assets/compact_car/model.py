"""The compact car in red."""

from sim.assets.kit.car import compact


def model():
    return compact("compact_car", "#8f1d1b")
