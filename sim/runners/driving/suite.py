"""The sensors on the vehicle under test: each read when it is due, its data kept, its meaning handed to who drives."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from sim.actors.vehicle import Vehicle
from sim.assets.asset import Asset
from sim.errors import unknown_name
from sim.exchange.pcd import write_points
from sim.files import write_whole
from sim.pose import Array, Pose, rotate
from sim.render.camera import Camera
from sim.runners.driving.actors import Actor, Motion, nearest
from sim.runners.driving.assist import Outline
from sim.runners.driving.perceive import Track, Tracker, of_cloud, of_frame, of_lists
from sim.runners.driving.spec import DrivingSpec, MountSpec, SensorSpec
from sim.schema import Spec
from sim.sensors.camera import CameraSensor, CameraSensorSpec
from sim.sensors.lidar import Lidar, LidarSpec, PointCloud
from sim.sensors.navigation import Navigation, NavigationSpec
from sim.sensors.objects import Detection, ObjectListSpec, RadarSpec, Target, radar_objects, seen_objects
from sim.sensors.rays import RayScene
from sim.world.state import State
from sim.world.world import World

SECTORS = 4  # of a lidar's turn: how often a turn the world is looked at anew
MOST_SIGHT = 150.0  # m: how far the truth is told


class Suite:
    """All sensors of one vehicle.

    Args:
        spec: The scenario.
        world: Where the vehicle is.
        ego: Its name.
        rng: Where errors come from; every sensor has its own stream.
        where: The scenario's file, for errors.
        travel: Centre (3,) and radius, m, of where the vehicle may get about.
    """

    def __init__(
        self,
        spec: DrivingSpec,
        world: World,
        ego: str,
        rng: np.random.Generator,
        where: str,
        travel: tuple[Array, float],
    ):
        self._spec, self._world, self._ego = spec, world, ego
        asset = world.layout.placement(ego).asset
        self._source = spec.ego.aeb.sensor if spec.ego.aeb else None
        if self._source is not None and self._source not in spec.sensors:
            raise unknown_name(f"{where}: ego.aeb.sensor", "sensor", self._source, spec.sensors)
        self._eye = mounted(asset, MountSpec(frame=_eye_frame(asset)), where).position.tolist()
        self._own, self._others = world.row(ego), dict[str, tuple[int, float]]()
        self.devices: dict[str, Any] = {}
        for (name, one), seed in zip(spec.sensors.items(), rng.spawn(len(spec.sensors)), strict=True):
            mount = mounted(asset, one.mount, f"{where}: sensors.{name}")
            self.devices[name] = _device(one, mount, self, world, seed, travel)

    def sense(
        self, time: float, ego: Motion, vehicle: Vehicle, actors: list[Actor], motions: list[Motion], car: Outline
    ) -> list[Track] | None:
        """Reads what is due; the things that whoever assists goes by, or None when nothing new was measured."""
        told = self._truth(ego, actors, motions, car) if self._source is None else None
        moment: Moment | None = None
        for name, device in self.devices.items():
            if not device.due(time):
                continue
            moment = moment or Moment(time, ego, vehicle, actors, motions, self._world, self.hidden)
            found = device.read(moment)
            if name == self._source and found is not None:
                told = found
        return told

    def _truth(self, ego: Motion, actors: list[Actor], motions: list[Motion], car: Outline) -> list[Track]:
        """Everybody in sight, exactly, in the car's frame."""
        c, s = math.cos(ego.heading), math.sin(ego.heading)
        fx, fy = ego.x + c * car.front, ego.y + s * car.front
        tracks = []
        for actor, m in zip(actors, motions, strict=True):
            x, y = nearest(m, actor.box, fx, fy)
            if math.hypot(x - fx, y - fy) > MOST_SIGHT or self.hidden(ego, actor, m):
                continue
            dx, dy, vx, vy = x - ego.x, y - ego.y, m.vx - ego.vx, m.vy - ego.vy
            point, velocity = (c * dx + s * dy, -s * dx + c * dy), (c * vx + s * vy, -s * vx + c * vy)
            tracks.append(Track(actor.name, np.array(point), np.array(velocity), 0.0, 99))
        return tracks

    def hidden(self, ego: Motion, actor: Actor, m: Motion) -> bool:
        """Whether something stands between the vehicle's eye and all of somebody's outline."""
        engine = self._world.engine
        own = self._own
        row, tall = self._others.get(actor.name) or self._look_up(actor.name)
        c, s = math.cos(ego.heading), math.sin(ego.heading)
        ex, ey, ez = self._eye
        base = engine.read_body(own)[0][2] - 0.5
        eye = (ego.x + c * ex - s * ey, ego.y + s * ex + c * ey, base + ez)
        high = base + 0.5 * tall
        ends = []
        hc, hs = math.cos(m.heading), math.sin(m.heading)
        rear, front, right, left = actor.box
        for u, v in ((0.5, 0.5), (0.02, 0.02), (0.02, 0.98), (0.98, 0.02), (0.98, 0.98)):
            x, y = rear + u * (front - rear), right + v * (left - right)
            ends.append((m.x + hc * x - hs * y, m.y + hs * x + hc * y, high))
        families = engine.families
        mine = families[own], families[row]
        return not any(
            hit < 0 or (hit < engine.n_movable and families[hit] in mine)
            for hit, *_ in engine.cast_few([eye] * len(ends), ends)
        )

    def _look_up(self, name: str) -> tuple[int, float]:
        """Row and height, m, of somebody."""
        tall = float(self._world.layout.placement(name).asset.bounds[1, 2])
        self._others[name] = self._world.row(name), tall
        return self._others[name]

    def write(self, folder: Path) -> list[str]:
        """Writes what sensors kept; names of the files."""
        written: list[str] = []
        for name, device in self.devices.items():
            if device.spec.record:
                written += device.write(folder, f"sensors/{name}")
        return written


class Moment:
    """What sensors are read of: the world at one time, with what costs something made when asked for."""

    def __init__(
        self,
        time: float,
        ego: Motion,
        vehicle: Vehicle,
        actors: list[Actor],
        motions: list[Motion],
        world: World,
        hidden: Any,
    ):
        self.time, self.ego, self.vehicle, self.actors, self.motions = time, ego, vehicle, actors, motions
        self.world, self.hidden = world, hidden
        self._state: State | None = None
        at, turn, self.velocity, self.turn_rate = world.engine.read_body(vehicle.row)
        center = world.engine.com_pose(vehicle.row, Pose())
        self.pose = Pose(np.array(at), np.array(turn)) @ center.inverse

    @property
    def state(self) -> State:
        """The world's whole state."""
        if self._state is None:
            self._state = self.world.read()
        return self._state

    @property
    def own(self) -> Array:
        """``(2,)`` m/s, the vehicle's velocity in its own frame."""
        c, s = math.cos(self.ego.heading), math.sin(self.ego.heading)
        return np.array([c * self.ego.vx + s * self.ego.vy, -s * self.ego.vx + c * self.ego.vy])

    def targets(self) -> list[Target]:
        """Everybody in sight as boxes."""
        found = []
        for actor, m in zip(self.actors, self.motions, strict=True):
            if self.hidden(self.ego, actor, m):
                continue
            low, high = self.world.layout.placement(actor.name).asset.bounds
            z = float(self.pose.position[2])
            pose = Pose.of((m.x, m.y, z), (0, 0, math.degrees(m.heading)))
            found.append(Target(actor.name, actor.spec.kind, low, high, pose, np.array([m.vx, m.vy, 0.0])))
        return found


def mounted(asset: Asset, mount: MountSpec, where: str) -> Pose:
    """vehicle_from_sensor.

    Raises:
        InputError: The asset has no such frame.
    """
    frames = asset.spec.frames
    if mount.frame not in frames:
        raise unknown_name(f"{where}.mount.frame", f"frame of {asset.name}", mount.frame, frames)
    frame = frames[mount.frame]
    carrier = Pose()
    if frame.part and asset.articulated:
        carrier = asset.model.rest[asset.model.links.index(frame.part)]
    return carrier @ Pose.of(frame.at, frame.rotate_deg) @ Pose.of(mount.at, mount.rotate_deg)


def _eye_frame(asset: Asset) -> str:
    frames = asset.spec.frames
    return next((name for name in ("camera", "roof", "driver_eye") if name in frames), next(iter(frames), ""))


# ---------------------------------------------------------------------------------------------------------------------
# Devices


class _Device:
    """One sensor that is read so many times a second."""

    rate: float

    def __init__(self, spec: SensorSpec, mount: Pose):
        self.spec, self.mount, self._count = spec, mount, 0

    def due(self, time: float) -> bool:
        """Whether it is time to read it."""
        if time * self.rate + 1e-6 < self._count:
            return False
        self._count = math.floor(time * self.rate + 1e-6) + 1
        return True

    def read(self, moment: Moment) -> list[Track] | None:
        """Measures; what it means, when it means things."""
        raise NotImplementedError

    def write(self, folder: Path, name: str) -> list[str]:
        """Writes what was kept; names of the files."""
        raise NotImplementedError


class _ListDevice(_Device):
    """The truth, or a radar."""

    def __init__(self, spec: SensorSpec, mount: Pose, rng: np.random.Generator):
        super().__init__(spec, mount)
        self._rng, self._tracker = rng, Tracker()
        self.own: ObjectListSpec | RadarSpec = (
            (spec.radar or RadarSpec()) if spec.kind == "radar" else (spec.objects or ObjectListSpec())
        )
        self.rate = self.own.rate_hz
        self._kept: list[dict[str, Any]] = []

    def read(self, moment: Moment) -> list[Track]:
        """The list, as tracks; where speeds are measured they win over those that are filtered."""
        sensor = moment.pose @ self.mount
        velocity = np.array(moment.velocity)
        if isinstance(self.own, RadarSpec):
            found = radar_objects(moment.targets(), sensor, velocity, self.own, self._rng)
        else:
            found = seen_objects(moment.targets(), sensor, velocity, self.own.reach)
        self._kept.append({"time": round(moment.time, 6), "objects": [_plain(one) for one in found]})
        tracks = self._tracker.update(moment.time, of_lists(found, self.mount), moment.own, float(moment.turn_rate[2]))
        for track, one in zip(tracks, found, strict=True):
            measured = rotate(self.mount.orientation, one.velocity)[:2]
            track.velocity = measured if self.spec.kind == "objects" else np.array([measured[0], track.velocity[1]])
        return tracks

    def write(self, folder: Path, name: str) -> list[str]:
        """One line of JSON a reading."""
        lines = "".join(json.dumps(line) + "\n" for line in self._kept)
        write_whole(folder / f"{name}.jsonl", lines.encode())
        return [f"{name}.jsonl"]


class _LidarDevice(_Device):
    """A lidar: a sector of columns at a time, a cloud at every turn."""

    def __init__(self, spec: SensorSpec, mount: Pose, lidar: Lidar):
        super().__init__(spec, mount)
        self.lidar, self._tracker = lidar, Tracker()
        self.rate = SECTORS * lidar.spec.rate_hz
        self._until, self._pieces = 0.0, [PointCloud.joined([])][:0]
        self.clouds: list[PointCloud] = []
        self._turn = 0

    def read(self, moment: Moment) -> list[Track] | None:
        """Shoots the columns up to now; things, when a turn is whole."""
        columns = self.lidar.columns(self._until, moment.time)
        self._until = moment.time
        if len(columns):
            self._pieces.append(self.lidar.sweep(moment.state, moment.pose @ self.mount, columns))
        turn = math.floor(moment.time * self.lidar.spec.rate_hz + 1e-6)
        if turn == self._turn:
            return None
        self._turn = turn
        cloud = PointCloud.joined(self._pieces)
        self._pieces = []
        if self.spec.record:
            self.clouds.append(cloud)
        points = of_cloud(cloud, self.mount, self.lidar.spec.reach)
        return self._tracker.update(moment.time, points, moment.own, float(moment.turn_rate[2]))

    def write(self, folder: Path, name: str) -> list[str]:
        """One cloud a turn, in the sensor's frame."""
        written = []
        for i, cloud in enumerate(self.clouds):
            path = f"{name}/{i:04d}.{self.spec.format}"
            x, y, z = cloud.points.T
            columns = {"x": x, "y": y, "z": z, "intensity": cloud.intensity, "ring": cloud.ring}
            write_points(folder / path, columns | {"time": cloud.time, "id": cloud.id})
            written.append(path)
        names = "".join(f"{i} {n}\n" for i, n in enumerate(self.lidar.scene.names))
        write_whole(folder / f"{name}/ids.txt", names.encode())
        return [*written, f"{name}/ids.txt"]


class _CameraDevice(_Device):
    """A camera: pictures, and whom they show."""

    def __init__(self, spec: SensorSpec, mount: Pose, world: World, rng: np.random.Generator):
        super().__init__(spec, mount)
        self.own = spec.camera or CameraSensorSpec()
        self.rate = self.own.rate_hz
        self._world, self._rng, self._tracker = world, rng, Tracker()
        self._camera: CameraSensor | None = None
        self.frames: list[Any] = []

    def read(self, moment: Moment) -> list[Track]:
        """Takes a picture."""
        if self._camera is None:
            from sim.render.preview import preview
            from sim.render.scene import Scene

            renderer = preview(Scene.of(self._world.layout, self._world.parts))
            wanted = self.own.model_copy(update={"passes": tuple(dict.fromkeys([*self.own.passes, "depth", "ids"]))})
            self._camera = CameraSensor(wanted, renderer, self._rng)
        frame = self._camera.picture(moment.state, moment.pose @ self.mount)
        if self.spec.record:
            self.frames.append(frame)
        camera = Camera(self.mount, self.own.lens_mm, self.own.sensor_mm)
        points = of_frame(frame, camera, self.mount, {actor.name for actor in moment.actors})
        return self._tracker.update(moment.time, points, moment.own, float(moment.turn_rate[2]))

    def write(self, folder: Path, name: str) -> list[str]:
        """PNGs of rgb; depth and ids as npz."""
        written = []
        for i, frame in enumerate(self.frames):
            if frame.rgb is not None:
                frame.write(folder / f"{name}/{i:04d}.png")
                written.append(f"{name}/{i:04d}.png")
            kept = {key: getattr(frame, key) for key in ("depth", "ids") if key in self.own.passes}
            if kept:
                buffer = io.BytesIO()
                np.savez_compressed(buffer, names=np.array(frame.names), **kept)
                write_whole(folder / f"{name}/{i:04d}.npz", buffer.getvalue())
                written.append(f"{name}/{i:04d}.npz")
        return written


class _NavigationDevice(_Device):
    """Satellites and an inertial unit."""

    def __init__(self, spec: SensorSpec, mount: Pose, unit: Navigation):
        super().__init__(spec, mount)
        self._unit, self.rate = unit, unit.spec.rate_hz
        self.rows: list[list[float]] = []

    def read(self, moment: Moment) -> None:
        """One reading."""
        pose = moment.pose @ self.mount
        arm = pose.position - np.array(self._center(moment))
        rate = np.array(moment.turn_rate)
        velocity = np.array(moment.velocity) + np.cross(rate, arm)
        fix = self._unit.read(moment.time, pose, velocity, rate)
        self.rows.append([fix.time, *fix.position, *fix.velocity, *fix.force, *fix.turn_rate])

    @staticmethod
    def _center(moment: Moment) -> Any:
        return moment.world.engine.read_body(moment.vehicle.row)[0]

    def write(self, folder: Path, name: str) -> list[str]:
        """A CSV."""
        head = "time [s]," + ",".join(
            f"{what}_{axis} [{unit}]"
            for what, unit in (("position", "m"), ("velocity", "m/s"), ("force", "m/s2"), ("turn_rate", "rad/s"))
            for axis in "xyz"
        )
        buffer = io.StringIO()
        np.savetxt(buffer, np.array(self.rows), "%.9g", ",", header=head, comments="")
        write_whole(folder / f"{name}.csv", buffer.getvalue().encode())
        return [f"{name}.csv"]


def _device(
    spec: SensorSpec, mount: Pose, suite: Suite, world: World, rng: np.random.Generator, travel: tuple[Array, float]
) -> _Device:
    if spec.kind == "lidar":
        own = spec.lidar or LidarSpec()
        within = travel[0], travel[1] + own.reach
        scene = RayScene.of(world.layout, world.parts, within, without=[suite._ego])
        scene.settle(world.read())
        return _LidarDevice(spec, mount, Lidar(own, scene, rng, suite._spec.conditions.rain))
    if spec.kind == "camera":
        return _CameraDevice(spec, mount, world, rng)
    if spec.kind == "navigation":
        unit = Navigation(spec.navigation or NavigationSpec(), rng, world.layout.gravity)
        return _NavigationDevice(spec, mount, unit)
    return _ListDevice(spec, mount, rng)


def _plain(one: Detection | Spec) -> dict[str, Any]:
    assert isinstance(one, Detection)
    return {
        "name": one.name,
        "kind": one.kind,
        "position": np.round(one.position, 6).tolist(),
        "velocity": np.round(one.velocity, 6).tolist(),
        "size": np.round(one.size, 4).tolist(),
        "heading": round(one.heading, 6),
    }
