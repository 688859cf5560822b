"""The contracts that assets and worlds keep, each check by name.

A check is a function that complains: it yields what is wrong with one asset or world. Runs real physics for a moment
where that is what a contract is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sim.assets.asset import Asset
from sim.assets.chassis import read_chassis
from sim.assets.library import Library
from sim.errors import PropHouseError
from sim.physics.vehicle import VehicleModel
from sim.pose import Pose
from sim.world.layout import Layout, Placement
from sim.world.spec import AirSpec, GroundSpec, SkySpec
from sim.world.world import World

SIZE = (0.0005, 1000.0)  # m: nothing here is smaller or larger
DENSITY_BAND = 0.30  # mass over volume against the substance's density
HULL_BAND = 0.05  # how much larger than the mesh's hull a convex collider may be
ORIGIN = 0.005  # m: how far the origin may be from the ground under the centre
REST_SECONDS, REST_DRIFT = 2.0, 0.005
TRACK, KERB = 1.8, 0.02  # m: between wheels, and how far a lane may be from its street in height
SETTLE_SECONDS, SETTLE_SPEED = 2.0, 0.01


@dataclass(frozen=True)
class Finding:
    """What one check says of one thing; `complaint` is empty when the contract is kept."""

    kind: str
    name: str
    check: str
    complaint: str = ""

    @property
    def kept(self) -> bool:
        """Whether the contract is kept."""
        return not self.complaint


def check(library: Library, names: Iterable[str] = ()) -> Iterator[Finding]:
    """Findings of every check of the named assets, worlds and scenarios; of everything when none is named.

    Raises:
        InputError: A name that nobody has.
    """
    from sim.errors import unknown_name

    assets, worlds, scenarios = library.assets(), library.worlds(), library.scenarios()
    for name in names:
        if name not in assets and name not in worlds and name not in scenarios:
            raise unknown_name("check", "asset, world or scenario", name, [*assets, *worlds, *scenarios])
    chosen = set(names)
    for name in assets:
        if not chosen or name in chosen:
            yield from check_asset(library, name)
    for name in worlds:
        if not chosen or name in chosen:
            yield from check_world(library, name)
    for name in scenarios:
        if not chosen or name in chosen:
            yield from check_scenario(library, name)


def check_asset(library: Library, name: str) -> Iterator[Finding]:
    """Findings of every check of one asset."""
    try:
        asset = library.asset(name)
        if asset.articulated:
            asset.model.bounds  # noqa: B018 - reads every mesh
        else:
            asset.measure  # noqa: B018
    except PropHouseError as error:
        yield Finding("asset", name, "loads", str(error))
        return
    yield Finding("asset", name, "loads")
    for title, find in ASSET_CHECKS.items():
        try:
            yield Finding("asset", name, title, find(asset, library))
        except PropHouseError as error:
            yield Finding("asset", name, title, str(error))


def check_world(library: Library, name: str) -> Iterator[Finding]:
    """Findings of every check of one world."""
    try:
        world = World.load(name, library)
    except PropHouseError as error:
        yield Finding("world", name, "loads", str(error))
        return
    yield Finding("world", name, "loads")
    with world:
        for title, find in WORLD_CHECKS.items():
            try:
                yield Finding("world", name, title, find(world))
            except PropHouseError as error:
                yield Finding("world", name, title, str(error))


def check_scenario(library: Library, name: str) -> Iterator[Finding]:
    """Whether a scenario's file is read by its runner, and whether it can be run."""
    from sim.runners import load_scenario, scenario_path

    try:
        module, layout, spec = load_scenario(library, name)
        yield Finding("scenario", name, "loads")
        problems = module.check(layout, spec, str(scenario_path(library, name)))
        yield Finding("scenario", name, "can be run", "\n".join(str(problem) for problem in problems))
    except PropHouseError as error:
        yield Finding("scenario", name, "loads", str(error))


# ---------------------------------------------------------------------------------------------------------------------
# Assets


def _size(asset: Asset, _: Library) -> str:
    bounds = asset.bounds
    largest, smallest = float(np.ptp(bounds, axis=0).max()), float(np.ptp(bounds, axis=0).min())
    if largest == 0.0 and asset.articulated:
        return ""  # nothing to see of it
    if not SIZE[0] <= largest <= SIZE[1] or smallest < 0:
        return f"is {largest:.4g} m long; expected {SIZE[0]} to {SIZE[1]} m"
    return ""


def _density(asset: Asset, _: Library) -> str:
    if asset.articulated or asset.spec.physics.motion == "static" or {"mass", "density"} & set(asset.spec.sources):
        return ""
    measure = asset.measure
    density, expected = measure.mass.mass / measure.volume, asset.substance.density
    if abs(density / expected - 1) > DENSITY_BAND:
        return (
            f"is {density:.0f} kg/m³, {asset.spec.substance} is {expected:.0f}; "
            "say in sources.mass or sources.density why"
        )
    return ""


def _hull(asset: Asset, _: Library) -> str:
    if asset.articulated or asset.measure.collider.kind in ("nothing", "triangles") or asset.spec.collision.mesh:
        return ""
    from sim.assets.hull import hull, hull_volume

    collider, whole = asset.measure.collider.volume(), hull_volume(hull(asset.mesh.vertices))
    if asset.spec.physics.motion == "static" and asset.spec.collision.size is not None:
        return ""  # scenery whose trunk or mast alone is meant to touch
    in_pieces = len(asset.measure.collider.corners) > 1
    if collider > whole * (1 + HULL_BAND) or (not in_pieces and collider < whole * (1 - HULL_BAND)):
        return f"the {asset.measure.collider.kind} collider holds {collider:.4g} m³, the mesh's hull {whole:.4g} m³"
    return ""


def _origin(asset: Asset, _: Library) -> str:
    if asset.articulated or asset.spec.frames.get("origin"):
        return ""
    low, high = asset.measure.bounds
    center = (low + high)[:2] / 2
    reach = max(ORIGIN, 0.02 * float(np.ptp(asset.measure.bounds, axis=0).max()))
    beside = np.abs(center).max() > max(reach, 0.25 * float((high - low)[:2].max()))
    if abs(low[2]) > reach or (asset.spec.physics.motion == "dynamic" and beside):
        return (
            "the origin is not on the ground under the centre: "
            f"lowest point {low[2]:.4f} m, centre {center.round(4).tolist()}"
        )
    return ""


def _rests(asset: Asset, library: Library) -> str:
    stays = asset.articulated or asset.spec.physics.motion != "dynamic"
    if stays or asset.measure.collider.kind in ("nothing", "sphere"):
        return ""
    thing = Placement("thing", asset, Pose.of((0, 0, 0.001 - asset.measure.bounds[0, 2])))
    layout = Layout(
        "check", (thing,), {}, {}, SkySpec(), AirSpec(), GroundSpec(), 240, 0, (0.0, 0.0, -9.81), False, library
    )
    with World(layout) as world:
        world.step(round(0.5 * layout.step_hz))
        before = world.read()
        world.step(round((REST_SECONDS - 0.5) * layout.step_hz))
        after = world.read()
    drift = float(np.linalg.norm(after.position[0] - before.position[0]))
    speed = float(np.linalg.norm(after.linear_velocity[0]))
    if drift > REST_DRIFT or speed > SETTLE_SPEED:
        return (
            f"does not rest on a floor: drifts {drift * 1000:.1f} mm in {REST_SECONDS - 0.5} s, "
            f"{speed * 100:.1f} cm/s at the end"
        )
    return ""


def _thumbnail(asset: Asset, _: Library) -> str:
    there = (asset.folder / "thumbnail.png").is_file()
    return "" if there else f"has no thumbnail.png; make one: prophouse render {asset.name} --thumbnail"


def _license(asset: Asset, _: Library) -> str:
    return "" if asset.spec.license.strip() else "names no license"


def _drives(asset: Asset, _: Library) -> str:
    spec = asset.spec.vehicle
    if spec is None:
        return ""
    parts = [part for axle in spec.axles for part in axle.wheels]
    model = VehicleModel(spec, read_chassis(asset.source, parts, str(asset.folder / "asset.yaml")))
    lifted = [w.mount.part for w in model.wheels if w.rest_load <= 0]
    return f"{', '.join(lifted)} carry nothing: the centre of mass lies outside the axles" if lifted else ""


ASSET_CHECKS: dict[str, Callable[[Asset, Library], str]] = {
    "license": _license,
    "size": _size,
    "density": _density,
    "hull": _hull,
    "origin": _origin,
    "rests": _rests,
    "drives": _drives,
    "thumbnail": _thumbnail,
}


# ---------------------------------------------------------------------------------------------------------------------
# Worlds


def _settles(world: World) -> str:
    hz = world.layout.step_hz
    meant = {
        p.name
        for p in world.layout.placements
        if any(p.velocity) or any(p.angular_velocity) or p.asset.articulated or "mover" in p.asset.spec.tags
    }
    world.step(round(SETTLE_SECONDS * hz))
    state = world.read()
    if not np.isfinite(state.position).all():
        return "things are nowhere after 2 s"
    speed = np.linalg.norm(state.linear_velocity, axis=1)
    loud = [
        f"{part} {v * 100:.1f} cm/s"
        for part, v in zip(state.parts, speed, strict=True)
        if v > SETTLE_SPEED and part.split("/")[0] not in meant and part not in meant
    ]
    return f"does not settle in {SETTLE_SECONDS:g} s: " + ", ".join(loud[:8]) if loud else ""


def _cameras(world: World) -> str:
    return "" if world.layout.cameras else "has no named camera"


def _roads(world: World) -> str:
    """Lanes where wheels would find no ground at the lane's own height."""
    off = []
    for lane in world.layout.roads.lanes.values():
        if lane.type not in ("driving", "biking"):
            continue
        for line in (lane.path.offset(TRACK / 2), lane.path.offset(-TRACK / 2)):
            at = line.at(np.arange(0.5, line.length, 2.0))
            hits = world.cast_rays(at + np.array([0, 0, 0.3]), at - np.array([0, 0, 0.5]))
            parked = (hits.part >= 0) & (hits.part < len(world.parts))
            missed = (hits.part < 0) | (~parked & (np.abs(hits.position[:, 2] - at[:, 2]) > KERB))
            if missed.any():
                x, y, _ = at[np.argmax(missed)]
                off.append(f"{lane.name} at {x:.1f}, {y:.1f}")
                break
    return "lanes leave the ground at their height: " + "; ".join(off[:6]) if off else ""


WORLD_CHECKS: dict[str, Callable[[World], str]] = {"cameras": _cameras, "roads": _roads, "settles": _settles}
