"""What there is, as rows of a table: assets, worlds, scenarios, substances, runners."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from sim.assets.asset import Asset
from sim.assets.library import Library
from sim.errors import PropHouseError, unknown_name
from sim.progress import track
from sim.runners import KINDS, available
from sim.schema import read_spec, read_yaml
from sim.world.spec import WorldSpec


def rows_of(library: Library, what: str) -> list[dict[str, Any]]:
    """One row a thing; every row has the same columns."""
    listed = {
        "assets": _assets,
        "worlds": _worlds,
        "scenarios": _scenarios,
        "substances": _substances,
        "runners": _runners,
    }
    return listed[what](library)


def uses_of(library: Library, asset: str) -> list[dict[str, Any]]:
    """Every place where worlds put an asset: the world, the objects there, and the scenarios that run in it.

    Raises:
        InputError: There is no such asset, nor does any world ask for it.
    """
    specs = _world_specs(library)
    direct = {
        world: [key for key, thing in spec.objects.items() if thing.asset == asset] for world, spec in specs.items()
    }
    if asset not in library.assets() and not any(direct.values()):
        raise unknown_name("check --uses", "asset", asset, library.assets())
    scenarios = library.scenarios()
    rows = []
    for world in specs:
        through = [inner for inner in _included(specs, world) if direct.get(inner)]
        if direct[world] or through:
            rows.append(
                {
                    "world": world,
                    "objects": ", ".join(direct[world]),
                    "through": ", ".join(through),
                    "scenarios": ", ".join(s for s in scenarios if s.startswith(f"{world}/")),
                }
            )
    return rows


def unread_worlds(library: Library) -> list[str]:
    """The names of the worlds whose files are wrong."""
    return sorted(set(library.worlds()) - set(_world_specs(library)))


def _world_specs(library: Library) -> dict[str, WorldSpec]:
    """The specs of all worlds that can be read."""
    specs = {}
    for world in library.worlds():
        with contextlib.suppress(PropHouseError):
            specs[world] = read_spec(library.world(world) / "world.yaml", WorldSpec)
    return specs


def _included(specs: dict[str, WorldSpec], world: str, seen: tuple[str, ...] = ()) -> list[str]:
    """The worlds that a world includes, at any depth."""
    inner = [
        include.world
        for include in specs[world].include.values()
        if include.world in specs and include.world not in seen
    ]
    below = [name for each in inner for name in _included(specs, each, (*seen, world))]
    return list(dict.fromkeys([*inner, *below]))


def _assets(library: Library) -> list[dict[str, Any]]:
    users: dict[str, list[str]] = {}
    for world, spec in _world_specs(library).items():
        for asset in {thing.asset for thing in spec.objects.values()}:
            users.setdefault(asset, []).append(world)
    rows = []
    for name in track(library.assets(), "measuring"):
        row: dict[str, Any] = {
            "name": name,
            "mass_kg": None,
            "size_m": "",
            "substance": "",
            "motion": "",
            "about": "",
            "used_in": ", ".join(users.get(name, [])),
        }
        try:
            row |= _measured(library.asset(name))
        except PropHouseError as error:
            row["about"] = f"cannot be loaded: {str(error).splitlines()[0]}"
        rows.append(row)
    return rows


def _measured(asset: Asset) -> dict[str, Any]:
    bounds = asset.bounds
    mass = asset.spec.physics.mass if asset.articulated else asset.measure.mass.mass
    size = " × ".join(f"{x:.3g}" for x in np.ptp(bounds, axis=0))
    return {
        "mass_kg": None if mass is None else round(mass, 4),
        "size_m": size,
        "substance": asset.spec.substance,
        "motion": "articulated" if asset.articulated else asset.spec.physics.motion,
        "about": asset.spec.about,
    }


def _worlds(library: Library) -> list[dict[str, Any]]:
    from sim.world.layout import Layout

    rows = []
    for name in track(library.worlds(), "composing"):
        row: dict[str, Any] = {"name": name, "things": None, "movable": None, "cameras": "", "about": ""}
        try:
            layout = Layout.load(name, library)
            row |= {
                "things": len(layout.placements),
                "movable": sum(p.movable for p in layout.placements),
                "cameras": ", ".join(layout.cameras),
                "about": read_spec(library.world(name) / "world.yaml", WorldSpec).about,
            }
        except PropHouseError as error:
            row["about"] = f"cannot be loaded: {str(error).splitlines()[0]}"
        rows.append(row)
    return rows


def _scenarios(library: Library) -> list[dict[str, Any]]:
    rows = []
    for name in library.scenarios():
        world, _, scenario = name.partition("/")
        content = read_yaml(library.world(world) / f"{scenario}.yaml")
        rows.append(
            {
                "name": name,
                "runner": str(content.get("schema", "")).partition("/")[0],
                "about": str(content.get("about", "")),
            }
        )
    return rows


def _substances(library: Library) -> list[dict[str, Any]]:
    rows = []
    for name, s in library.substances.items():
        thermal = s.thermal
        rows.append(
            {
                "name": name,
                "density_kg_m3": s.density,
                "friction": s.surface.dynamic_friction,
                "restitution": s.surface.restitution,
                "youngs_modulus_Pa": s.youngs_modulus,
                "conductivity_W_mK": thermal.conductivity if thermal else None,
                "melting_point_K": thermal.melting_point if thermal else None,
                "about": s.about,
            }
        )
    return rows


def _runners(library: Library) -> list[dict[str, Any]]:
    return [
        {"name": kind, "there": "yes" if kind in available() else "not yet", "what_comes_out": what}
        for kind, what in KINDS.items()
    ]
