"""A 20-foot shipping container in rusty red: the blue one in another paint."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location(
    "container_blue_model", Path(__file__).parents[1] / "container_blue" / "model.py"
)
_blue = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_blue)


def model():
    return _blue.container("#7a3427", 8)
