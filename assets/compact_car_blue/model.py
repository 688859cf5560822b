"""The compact car in dark blue."""

from sim.assets.kit.car import compact


def model():
    return compact("compact_car_blue", "#21406e", "PH 1887")
