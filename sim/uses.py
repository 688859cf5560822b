"""What runs used of each asset: the reuse table, attributes that nobody reads, assets that are loaded for nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from sim.assets.library import Library
from sim.errors import PropHouseError
from sim.report import Report
from sim.runners import KINDS

READ_AS = {  # what an asset's or a substance's YAML says, by the name under which reading it is noted
    "mesh": "mesh",
    "mesh_fit": "mesh",
    "model": "collider",
    "collision": "collider",
    "surface": "friction",
    "appearance": "appearance",
    "materials": "appearance",
    "lights": "lights",
    "joints": "joints",
    "physics.mass": "mass",
    "physics.density": "mass",
    "physics.center_of_mass": "mass",
    "physics.diagonal_inertia": "mass",
    "physics.linear_damping": "physics.linear_damping",
    "physics.angular_damping": "physics.angular_damping",
}
COMPOSED = {"about", "tags", "label", "license", "sources", "substance", "parts", "physics", "authoring_hours"}
SAID = {  # a noted name as a person says it
    "physics.motion": "motion",
    "physics.linear_damping": "damping",
    "physics.angular_damping": "damping",
    "materials": "appearance",
    "bounds": "size",
    "volume": "size",
    "closed": "size",
    "substance.acoustic": "sound",
    "substance.thermal": "heat",
    "substance.density": "mass",
    "substance.youngs_modulus": "elasticity",
    "substance.poissons_ratio": "elasticity",
    "substance.hardness": "hardness",
    "substance.surface": "friction",
    "substance.appearance": "appearance",
}
HIDDEN = {"parts", "substance", "model"}  # how a thing is composed
OF_SUBSTANCE = {"density": "mass", "surface": "friction", "appearance": "appearance"}


def reuse_table(reports: Iterable[Report]) -> list[dict[str, Any]]:
    """One row an asset, one column a runner: what it read of the asset in any of its runs."""
    read: dict[str, dict[str, set[str]]] = {}
    for report in reports:
        for asset, fields in report.uses.items():
            read.setdefault(asset, {}).setdefault(report.runner, set()).update(fields)
    rows = []
    for asset in sorted(read, key=lambda name: (-len([1 for f in read[name].values() if f]), name)):
        row: dict[str, Any] = {"asset": asset}
        for kind in KINDS:
            row[kind] = ", ".join(sorted({SAID.get(name, name) for name in read[asset].get(kind, ())} - HIDDEN))
        rows.append(row)
    return rows


def dead_data(library: Library, reports: Iterable[Report]) -> list[dict[str, str]]:
    """Attributes that assets and substances declare and no run of any runner read; of what was run with only."""
    read: dict[str, set[str]] = {}
    for report in reports:
        for asset, fields in report.uses.items():
            read.setdefault(asset, set()).update(fields)
    rows: list[dict[str, str]] = []
    of_substance: dict[str, set[str]] = {}
    for name in sorted(read):
        with contextlib.suppress(PropHouseError):
            spec = library.asset(name).spec
            rows += [{"thing": name, "attribute": a} for a, as_ in _declared(spec) if as_ not in read[name]]
            made_of = {spec.substance, *(p.substance for p in spec.parts.values() if p.substance)}
            for substance in made_of:
                of_substance.setdefault(substance, set()).update(read[name])
    for name in sorted(of_substance):
        for field in sorted(library.substances[name].model_fields_set - COMPOSED):
            known_as = {OF_SUBSTANCE.get(field, f"substance.{field}"), f"substance.{field}"}
            if not known_as & of_substance[name]:
                rows.append({"thing": f"substance {name}", "attribute": field})
    return rows


def _declared(spec: Any) -> list[tuple[str, str]]:
    """(attribute in the YAML, name under which reading it is noted) of everything an asset says."""
    said = [name for name in sorted(spec.model_fields_set) if name not in COMPOSED]
    said += [f"physics.{name}" for name in sorted(spec.physics.model_fields_set) if name != "motion"]
    return [(name, READ_AS.get(name, name)) for name in said]


def loaded_for_nothing(reports: Iterable[Report]) -> list[dict[str, str]]:
    """Assets that a run loaded and read nothing of."""
    return [
        {"scenario": report.scenario, "asset": asset}
        for report in reports
        for asset, fields in sorted(report.uses.items())
        if not fields
    ]
