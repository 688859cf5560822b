"""A world before it lives: every thing by name, placed.

Owns composing: grids, scatters and included worlds become one flat list of placements. Pictures and takes need no more
than a layout and a state; only `World` needs the engine.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sim.assets.asset import Asset
from sim.assets.library import Library, default_library
from sim.assets.spec import LightSpec
from sim.errors import InputError, Problem, guess, unknown_name
from sim.pose import Array, Pose, rotate
from sim.schema import read_spec
from sim.world.roads import RoadMap, Roads
from sim.world.spec import AirSpec, CameraSpec, GroundSpec, HeatSpec, ObjectSpec, ScatterSpec, SkySpec, WorldSpec

SCATTER_TRIES = 200  # throws for each thing before a scatter gives up
EVEN = 0.5  # K from the air's temperature within which nothing is hot or cold
STEP_OVER = 0.05  # m: what is no higher than this over the ground does not keep a scattered thing away


@dataclass(frozen=True, eq=False)
class Placement:
    """One instance of an asset in a world; `pose` is that of the asset's own frame."""

    name: str
    asset: Asset
    pose: Pose
    scale: float = 1.0
    fixed: bool = False
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angular_velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    joints: dict[str, float] = field(default_factory=dict)
    temperature: float | None = None

    @property
    def motion(self) -> str:
        """``static``, ``kinematic`` or ``dynamic``."""
        return "static" if self.fixed else self.asset.spec.physics.motion

    @property
    def movable(self) -> bool:
        """Whether its pose is part of a State: it moves, or it has joints."""
        return self.motion != "static" or self.asset.articulated

    def moved(self, prefix: str, pose: Pose) -> Placement:
        """The same in a world that includes this one."""
        name, place = f"{prefix}/{self.name}", pose @ self.pose
        if not any(self.velocity) and not any(self.angular_velocity):
            return replace(self, name=name, pose=place)
        return replace(
            self,
            name=name,
            pose=place,
            velocity=tuple(rotate(pose.orientation, self.velocity)),
            angular_velocity=tuple(rotate(pose.orientation, self.angular_velocity)),
        )


@dataclass(frozen=True, eq=False)
class Layout:
    """Everything a world is before its first step."""

    name: str
    placements: tuple[Placement, ...]
    cameras: dict[str, CameraSpec]
    lights: dict[str, LightSpec]
    sky: SkySpec
    air: AirSpec
    ground: GroundSpec | None
    step_hz: int
    seed: int
    gravity: tuple[float, float, float]
    sleeping: bool
    library: Library
    files: dict[str, str] = field(default_factory=dict)
    """sha256 of every YAML file it was composed from, by name."""
    heat: HeatSpec | None = None
    maps: tuple[RoadMap, ...] = ()
    """What its files say of roads, those of included worlds first."""

    @classmethod
    def load(cls, name: str | Path, library: Library | None = None) -> Layout:
        """The layout of a world by name (``city``, or ``city@night`` for a variant), or of a ``world.yaml`` by path.

        Raises:
            InputError: With everything that is wrong.
        """
        library = library or default_library()
        path, variant = Path(name), ""
        if path.suffix not in (".yaml", ".yml"):
            world, _, variant = str(name).partition("@")
            path = library.world(world) / "world.yaml"
        spec = read_spec(path, WorldSpec)
        return compose(_varied(spec, variant, path) if variant else spec, path.resolve().parent.name, library, path)

    def with_objects(self, objects: Mapping[str, ObjectSpec], where: str) -> Layout:
        """The same with things that a scenario brings along, after those of the world.

        Args:
            objects: What a scenario's ``objects:`` says; no scatter.
            where: The scenario's file, for errors.

        Raises:
            InputError: With every missing asset and every name that is taken.
        """
        placements: list[Placement] = list(self.placements)
        problems: list[Problem] = []
        for key, thing in objects.items():
            try:
                asset = self.library.asset(thing.asset, f"{where}: objects.{key}.asset")
            except InputError as error:
                problems += error.problems
                continue
            if thing.joints and not asset.articulated:
                problems.append(Problem(f"{where}: objects.{key}.joints", f"{asset.name} has no joints"))
            if thing.scatter:
                problems.append(Problem(f"{where}: objects.{key}.scatter", "is for worlds; a scenario says at or grid"))
            else:
                placements += _placed(key, thing, asset)
        problems += _clashes(placements, Path(where))
        if problems:
            raise InputError(*problems)
        return replace(self, placements=tuple(placements))

    def placement(self, name: str) -> Placement:
        """The placement of that name.

        Raises:
            InputError: There is none.
        """
        found = next((p for p in self.placements if p.name == name), None)
        if found is None:
            raise InputError(
                Problem(
                    f"world {self.name}",
                    f"no object is called {name!r}",
                    hint=guess(name, [p.name for p in self.placements]),
                )
            )
        return found

    @property
    def heated(self) -> bool:
        """Whether anything starts at a temperature that the air has not, or the file asks for heat."""
        air = self.air.temperature
        return self.heat is not None or any(
            p.temperature is not None and abs(p.temperature - air) > EVEN for p in self.placements
        )

    @cached_property
    def roads(self) -> Roads:
        """Lanes, junctions and crossings, connected.

        Raises:
            InputError: A road's line leads nowhere, or bends tighter than its lanes allow.
        """
        return Roads(self.maps, f"world {self.name}")

    def assets(self) -> dict[str, Asset]:
        """Every asset it uses, by name."""
        return {p.asset.name: p.asset for p in sorted(self.placements, key=lambda p: p.asset.name)}

    def hashes(self) -> dict[str, str]:
        """sha256 of every asset and every file it is made of."""
        return {name: asset.sha256 for name, asset in self.assets().items()} | self.files

    def to_json(self) -> dict[str, Any]:
        """Plain data from which `from_json` makes an equal layout, given the same library."""
        return {
            "name": self.name,
            "step_hz": self.step_hz,
            "seed": self.seed,
            "gravity": self.gravity,
            "sleeping": self.sleeping,
            "sky": self.sky.model_dump(),
            "air": self.air.model_dump(),
            "files": self.files,
            "ground": self.ground.model_dump() if self.ground else None,
            "heat": self.heat.model_dump() if self.heat else None,
            "cameras": {k: v.model_dump() for k, v in self.cameras.items()},
            "lights": {k: v.model_dump() for k, v in self.lights.items()},
            "maps": [one.to_json() for one in self.maps],
            "placements": [
                {
                    "name": p.name,
                    "asset": p.asset.name,
                    "at": p.pose.position.tolist(),
                    "orientation": p.pose.orientation.tolist(),
                    "scale": p.scale,
                    "fixed": p.fixed,
                    "velocity": list(p.velocity),
                    "angular_velocity": list(p.angular_velocity),
                    "joints": p.joints,
                    "temperature": p.temperature,
                }
                for p in self.placements
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any], library: Library) -> Layout:
        """The layout that `to_json` gave; assets come from the library by name."""
        return cls(
            name=data["name"],
            library=library,
            step_hz=data["step_hz"],
            seed=data["seed"],
            gravity=tuple(data["gravity"]),
            sleeping=data["sleeping"],
            files=data["files"],
            sky=SkySpec.model_validate(data["sky"], strict=False),
            air=AirSpec.model_validate(data["air"], strict=False),
            ground=GroundSpec.model_validate(data["ground"], strict=False) if data["ground"] else None,
            heat=HeatSpec.model_validate(data["heat"]) if data.get("heat") else None,
            cameras={k: CameraSpec.model_validate(v, strict=False) for k, v in data["cameras"].items()},
            lights={k: LightSpec.model_validate(v, strict=False) for k, v in data["lights"].items()},
            maps=tuple(RoadMap.from_json(one) for one in data.get("maps", ())),
            placements=tuple(
                Placement(
                    p["name"],
                    library.asset(p["asset"], f"take of {data['name']}"),
                    Pose(np.array(p["at"]), np.array(p["orientation"])),
                    p["scale"],
                    p["fixed"],
                    tuple(p["velocity"]),
                    tuple(p["angular_velocity"]),
                    p["joints"],
                    p.get("temperature"),
                )
                for p in data["placements"]
            ),
        )


def _varied(spec: WorldSpec, variant: str, path: Path) -> WorldSpec:
    """A world under another sky."""
    if variant not in spec.variants:
        raise unknown_name(str(path), "variant", variant, spec.variants)
    other = spec.variants[variant]
    return spec.model_copy(
        update={name: value for name in ("sky", "air") if (value := getattr(other, name)) is not None}
    )


def compose(
    spec: WorldSpec,
    name: str,
    library: Library,
    path: Path,
    above: tuple[str, ...] = (),
    made: dict[str, Layout] | None = None,
) -> Layout:
    """The layout of a world spec; included worlds are composed first.

    Args:
        spec: What the file says.
        name: The world's name.
        library: Where assets and included worlds are.
        path: The file, for errors and hashes.
        above: The worlds that include this one.
        made: Worlds composed already, by name: one included twice is composed once.

    Raises:
        InputError: With every missing asset, clash and loop.
    """
    made = {} if made is None else made
    if name in above:
        raise InputError(
            Problem(f"{path}: include", "worlds include one another in a loop", got=" → ".join([*above, name]))
        )
    placements: list[Placement] = []
    cameras, lights = dict(spec.cameras), dict(spec.lights)
    maps: list[RoadMap] = []
    files = {f"worlds/{name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()} if path.is_file() else {}
    problems: list[Problem] = []
    for key, include in spec.include.items():
        try:
            folder = library.world(include.world, f"{path}: include.{key}.world")
            inner_path = folder / "world.yaml"
            if include.world not in made:
                made[include.world] = compose(
                    read_spec(inner_path, WorldSpec), include.world, library, inner_path, (*above, name), made
                )
            inner = made[include.world]
        except InputError as error:
            problems += error.problems
            continue
        pose = Pose.of(include.at, (0, 0, include.yaw_deg))
        placements += [p.moved(key, pose) for p in inner.placements]
        cameras |= {f"{key}/{k}": _moved_camera(c, pose) for k, c in inner.cameras.items()}
        lights |= {f"{key}/{k}": _moved_light(light, pose) for k, light in inner.lights.items()}
        files |= inner.files
        maps += [one.moved(key, pose) for one in inner.maps]
    scatters = []
    for key, thing in spec.objects.items():
        try:
            asset = library.asset(thing.asset, f"{path}: objects.{key}.asset")
        except InputError as error:
            problems += error.problems
            continue
        if thing.joints and not asset.articulated:
            problems.append(Problem(f"{path}: objects.{key}.joints", f"{asset.name} has no joints"))
        if thing.scatter:
            scatters.append((key, thing, asset, thing.scatter))
        else:
            placements += _placed(key, thing, asset)
    if not problems:
        for key, thing, asset, scatter in scatters:
            try:
                placements += _scattered(key, thing, asset, scatter, spec.seed, placements, path)
            except InputError as error:
                problems += error.problems
    if spec.ground and spec.ground.substance not in library.substances:
        problems.append(
            Problem(
                f"{path}: ground.substance",
                f"no substance is called {spec.ground.substance!r}",
                hint=guess(spec.ground.substance, library.substances),
            )
        )
    problems += _clashes(placements, path)
    if problems:
        raise InputError(*problems)
    return Layout(
        name,
        tuple(placements),
        cameras,
        lights,
        spec.sky,
        spec.air,
        spec.ground,
        spec.step_hz,
        spec.seed,
        spec.gravity,
        spec.sleeping,
        library,
        files,
        spec.heat,
        (*maps, RoadMap(spec.roads, spec.junctions, spec.crossings)),
    )


def _placed(key: str, thing: ObjectSpec, asset: Asset) -> Iterator[Placement]:
    turn = thing.rotate_deg or (0.0, 0.0, thing.yaw_deg or 0.0)
    first = Placement(
        key,
        asset,
        Pose.of(thing.at, turn),
        thing.scale,
        thing.fixed,
        thing.velocity,
        thing.angular_velocity,
        dict(thing.joints),
        thing.temperature,
    )
    if thing.grid is None:
        yield first
        return
    nx, ny, nz = thing.grid.count
    for i in range(nx * ny * nz):
        offset = np.array([i % nx, i // nx % ny, i // (nx * ny)]) * thing.grid.step
        yield replace(first, name=f"{key}_{i}", pose=Pose(first.pose.position + offset, first.pose.orientation))


def _clashes(placements: list[Placement], path: Path) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for p in placements:
        if p.name in seen:
            problems.append(
                Problem(
                    f"{path}: objects",
                    f"two things are called {p.name!r}",
                    hint="rename one; copies are called name_0, name_1, …",
                )
            )
        seen.add(p.name)
    return problems


def _moved_camera(camera: CameraSpec, pose: Pose) -> CameraSpec:
    update: dict[str, Any] = {"at": tuple(pose.apply(camera.at))}
    if camera.look_at is not None:
        update["look_at"] = tuple(pose.apply(camera.look_at))
    else:
        yaw = np.rad2deg(2 * np.arctan2(pose.orientation[2], pose.orientation[3]))
        assert camera.rotate_deg is not None
        roll, pitch, own = camera.rotate_deg
        update["rotate_deg"] = (roll, pitch, own + yaw)
    return camera.model_copy(update=update)


def _moved_light(light: LightSpec, pose: Pose) -> LightSpec:
    return light.model_copy(
        update={"at": tuple(pose.apply(light.at)), "aim": tuple(rotate(pose.orientation, light.aim))}
    )


# ---------------------------------------------------------------------------------------------------------------------
# Scattering


def _scattered(
    key: str, thing: ObjectSpec, asset: Asset, scatter: ScatterSpec, seed: int, there: list[Placement], path: Path
) -> list[Placement]:
    """Things thrown on a rectangle one after another, each where it is clear of all before it."""
    rng = np.random.default_rng([seed, zlib.crc32(key.encode())])  # a scatter keeps its look when others are added
    low, high = np.min(scatter.within, axis=0), np.max(scatter.within, axis=0)
    radius_at_1 = _radius(asset)
    standing = _Footprints([p for p in there if _height(p) > scatter.height + STEP_OVER])
    centers, radii = np.empty((scatter.count, 2)), np.empty(scatter.count)
    placed: list[Placement] = []
    for _ in range(scatter.count):
        for _ in range(SCATTER_TRIES):
            x, y = rng.uniform(low, high)
            yaw, scale = rng.uniform(*scatter.yaw_deg), rng.uniform(*scatter.scale) * thing.scale
            place, radius, n = np.array([x, y]), radius_at_1 * scale + scatter.min_gap, len(placed)
            clear = np.all(np.linalg.norm(centers[:n] - place, axis=1) >= radius + radii[:n] - scatter.min_gap)
            if clear and standing.clear(place, radius):
                break
        else:
            raise InputError(
                Problem(
                    f"{path}: objects.{key}.scatter",
                    "there is no room for all",
                    f"{scatter.count} × {asset.name}",
                    f"{len(placed)} placed",
                    "enlarge within, or lower count, min_gap or scale",
                )
            )
        centers[n], radii[n] = place, radius
        placed.append(
            Placement(
                f"{key}_{n}",
                asset,
                Pose.of((x, y, scatter.height), (0, 0, yaw)),
                scale,
                thing.fixed,
                thing.velocity,
                thing.angular_velocity,
                dict(thing.joints),
                thing.temperature,
            )
        )
    return placed


def _radius(asset: Asset) -> float:
    """Radius, m, of the circle around the asset's origin that holds its outline seen from above."""
    return float(np.linalg.norm(np.abs(asset.bounds[:, :2]).max(axis=0)))


def _height(p: Placement) -> float:
    return float(p.pose.position[2] + p.asset.bounds[1, 2] * p.scale)


class _Footprints:
    """Outlines of placed things, seen from above: boxes turned by their yaw."""

    def __init__(self, placements: list[Placement]):
        bounds = [p.asset.bounds[:, :2] * p.scale for p in placements]
        forward = [rotate(p.pose.orientation, (1.0, 0.0, 0.0))[:2] for p in placements]
        self.at = np.array([p.pose.position[:2] for p in placements]).reshape(-1, 2)
        self.low = np.array([b[0] for b in bounds]).reshape(-1, 2)
        self.high = np.array([b[1] for b in bounds]).reshape(-1, 2)
        self.yaw = np.array([np.arctan2(f[1], f[0]) for f in forward])

    def clear(self, place: Array, radius: float) -> bool:
        """Whether a circle touches none of them."""
        d = place - self.at
        local = np.stack(
            [
                d[:, 0] * np.cos(self.yaw) + d[:, 1] * np.sin(self.yaw),
                -d[:, 0] * np.sin(self.yaw) + d[:, 1] * np.cos(self.yaw),
            ],
            axis=-1,
        )
        outside = np.maximum(np.maximum(self.low - local, local - self.high), 0.0)
        return bool(np.all(np.linalg.norm(outside, axis=1) >= radius))
