"""Forty metres of taller street front along Y as seen from afar: five houses, facing +X."""

import importlib.util
from pathlib import Path

from sim.assets.kit.paint import assemble

_spec = importlib.util.spec_from_file_location(
    "terrace_far_model", Path(__file__).parents[1] / "terrace_far" / "model.py"
)
_far = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_far)

HOUSES = [
    (9.0, 6, 4, "#b8ab92", "#e6dcc3", "#54433b"),
    (6.5, 5, 3, "#6e4b42", "#c9bba4", "#3f4449"),
    (9.5, 6, 4, "#d9d4c6", "#f4efe2", "#4b4f55"),
    (7.0, 5, 3, "#93a19b", "#e2dfd2", "#5d463d"),
    (8.0, 6, 3, "#a88c76", "#ead9c0", "#44484d"),
]


def model():
    return assemble(_far.row(HOUSES, 77))
