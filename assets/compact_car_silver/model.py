"""The compact car in silver."""

from sim.assets.kit.car import compact


def model():
    return compact("compact_car_silver", "#a9adb0", "PH 4711")
