"""Stepping and recording, beside PyBullet used directly."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pybullet

from sim.assets.library import Library, starter_root
from sim.assets.mesh import primitive_mesh
from sim.assets.meshfile import write_glb
from sim.assets.substance import SurfaceSpec
from sim.schema import write_yaml
from sim.world.layout import Layout
from sim.world.take import Recorder
from sim.world.world import World
from tests.bench.harness import Row, race

STEPS, STRETCH = 240, 10
TAKE_STEPS = 960  # a take of 4 s, in the second half of which the boxes sleep
FPS = 24


def library() -> Library:
    """The shipped library."""
    return Library(starter_root())


def bare(layout: Layout) -> tuple[int, list[int]]:
    """A PyBullet client with the boxes of a layout on a plane, made without Prop House but with its settings."""
    p, client = pybullet, pybullet.connect(pybullet.DIRECT)
    p.setTimeStep(1 / layout.step_hz, physicsClientId=client)
    p.setGravity(*layout.gravity, physicsClientId=client)
    bounce = max(0.05, 4 * 9.81 / layout.step_hz)
    p.setPhysicsEngineParameter(deterministicOverlappingPairs=1, contactERP=0.02, numSubSteps=0,
                                restitutionVelocityThreshold=bounce, physicsClientId=client)  # fmt: skip
    collider, mass = layout.placements[0].asset.measure.collider, layout.placements[0].asset.measure.mass
    shape = p.createCollisionShape(p.GEOM_BOX, halfExtents=[x / 2 for x in collider.size], physicsClientId=client,
                                   collisionFramePosition=collider.pose.position.tolist())  # fmt: skip
    numbers = []
    for placement in layout.placements:
        at, turn = placement.pose.position.tolist(), placement.pose.orientation.tolist()
        number = p.createMultiBody(mass.mass, shape, -1, at, turn, mass.center, mass.axes,
                                   flags=p.URDF_ENABLE_SLEEPING, physicsClientId=client)  # fmt: skip
        p.changeDynamics(number, -1, localInertiaDiagonal=mass.inertia, physicsClientId=client)
        _touch(client, number, placement.asset.surface())
        p.changeDynamics(number, -1, linearDamping=0, angularDamping=0, maxJointVelocity=1e4,
                         activationState=p.ACTIVATION_STATE_ENABLE_SLEEPING, physicsClientId=client)  # fmt: skip
        numbers.append(number)
    plane = p.createCollisionShape(p.GEOM_PLANE, physicsClientId=client)
    ground = p.createMultiBody(0, plane, physicsClientId=client)
    _touch(client, ground, layout.library.substances[layout.ground.substance].surface)
    return client, numbers


def _touch(client: int, number: int, surface: SurfaceSpec) -> None:
    pybullet.changeDynamics(
        number, -1, contactProcessingThreshold=0, physicsClientId=client,
        lateralFriction=surface.dynamic_friction or 0, restitution=surface.restitution or 0,
        rollingFriction=surface.rolling_friction or 0, spinningFriction=surface.torsional_friction or 0,
    )  # fmt: skip


def boxes_stepped() -> Iterator[None]:
    """The 500 boxes, stepped one by one."""
    with World.load("bench", library()) as world:
        yield
        for _ in range(STEPS // STRETCH):
            for _ in range(STRETCH):
                world.step()
            yield


def boxes_stepped_bare() -> Iterator[None]:
    """The same in PyBullet alone; where they come to lie is compared."""
    layout = Layout.load("bench", library())
    client, numbers = bare(layout)
    yield
    for _ in range(STEPS // STRETCH):
        for _ in range(STRETCH):
            pybullet.stepSimulation(client)
        yield
    places = np.array([pybullet.getBasePositionAndOrientation(n, client)[0] for n in numbers])
    start = np.array([p.pose.position + p.asset.measure.mass.center for p in layout.placements])
    assert np.abs(places - start).max() < 0.05, "the boxes of the bare loop do not rest as ours do"
    pybullet.disconnect(client)


def step() -> list[Row]:
    """`World.step` against a bare loop on the same 500 bodies."""
    return [Row("step, 500 boxes", *race(boxes_stepped, boxes_stepped_bare), "s", 1.03)]


# Recording


def boxes_recorded(n_steps: int = STEPS) -> Iterator[None]:
    """The 500 boxes, recorded at 24 fps with their events."""
    with World.load("bench", library()) as world:
        recorder = Recorder(world, FPS)
        yield
        for _ in range(n_steps // STRETCH):
            recorder.step(STRETCH)
            yield


def boxes_recorded_as_kubric_does() -> Iterator[None]:
    """Poses, velocities, contacts of every body read in Python every step; kept are contacts and 24 frames a second."""
    layout = Layout.load("bench", library())
    client, numbers = bare(layout)
    names = {number: placement.name for number, placement in zip(numbers, layout.placements, strict=True)}
    frames = {
        name: {"position": [], "quaternion": [], "velocity": [], "angular_velocity": []} for name in names.values()
    }
    collisions = []
    yield
    for i in range(TAKE_STEPS):
        for point in pybullet.getContactPoints(physicsClientId=client):
            if point[9] > 1e-6:
                collisions.append({"instances": (names.get(point[1]), names.get(point[2])), "position": point[6],
                                   "contact_normal": point[7], "force": point[9], "step": i})  # fmt: skip
        for number, name in names.items():
            position, quaternion = pybullet.getBasePositionAndOrientation(number, client)
            velocity, rate = pybullet.getBaseVelocity(number, client)
            if i % (layout.step_hz // FPS) == 0:
                kept = frames[name]
                kept["position"].append(position)
                kept["quaternion"].append(quaternion)
                kept["velocity"].append(velocity)
                kept["angular_velocity"].append(rate)
        pybullet.stepSimulation(client)
        if i % STRETCH == STRETCH - 1:
            yield
    pybullet.disconnect(client)


def kubric() -> list[Row]:
    """A take against reading everything in Python every step."""
    ours, peer = race(lambda: boxes_recorded(TAKE_STEPS), boxes_recorded_as_kubric_does, 2)
    return [Row("Kubric's way, 500 boxes for 4 s", ours, peer, "s", 1.5, at_least=True)]


def _scratch(path: str, objects: dict, assets: dict[str, dict]) -> Library:
    """A project with one world ``scratch`` of primitives."""
    root = Path(path)
    common = {"schema": "asset/1", "license": "CC0-1.0", "mesh": "a.glb", "substance": "steel"}
    for name, spec in assets.items():
        folder = root / "assets" / name
        folder.mkdir(parents=True)
        if "shape" in spec:
            write_glb(primitive_mesh(*spec["shape"]), folder / "a.glb")
        rest = {key: value for key, value in spec.items() if key != "shape"}
        write_yaml(folder / "asset.yaml", common | {"about": name} | rest)
    world = root / "worlds" / "scratch"
    world.mkdir(parents=True)
    ground = {"substance": "concrete"}
    write_yaml(world / "world.yaml", {"schema": "world/1", "about": "bench", "ground": ground, "objects": objects})
    return Library(root, starter_root())


DUCK = {"mesh": "package://pybullet_data/duck.obj", "mesh_fit": {"up": "y", "scale": 0.1}, "substance": "abs"}
DUCKS = {"duck": {"asset": "duck", "at": [0, 0, 0.3], "grid": {"count": [5, 5, 4], "step": [0.2, 0.2, 0.25]}}}


def recording() -> list[Row]:
    """Recording a take at 24 fps against not recording: things at rest, and a pile in which all hit all."""
    with tempfile.TemporaryDirectory() as folder:
        ducks = _scratch(folder, DUCKS, {"duck": DUCK})

        def piled(recorded: bool) -> Iterator[None]:
            with World.load("scratch", ducks) as world:
                recorder = Recorder(world, FPS) if recorded else world
                yield
                for _ in range(2 * STEPS // STRETCH):
                    recorder.step(STRETCH)
                    yield

        return [
            Row("recording, 500 boxes", *race(boxes_recorded, boxes_stepped), "s", 1.05),
            Row("recording, a pile of 100 ducks", *race(lambda: piled(True), lambda: piled(False), 3), "s"),
        ]


# Scenery


def scenery() -> list[Row]:
    """100 tins rolling in lanes between 10,000 things that stand, against the 100 alone."""
    lanes = {"asset": "tin", "at": [0, 0, 0.2], "rotate_deg": [90, 0, 0], "velocity": [3, 0, 0]}
    lanes["grid"] = {"count": [1, 100, 1], "step": [1, 2, 1]}
    posts = {"asset": "post", "at": [0, 1, 0.5], "grid": {"count": [100, 100, 1], "step": [2, 2, 1]}}
    return [
        Row("scenery, 10,000 boxes", *_rolled(lanes, posts, "box"), "s", 1.5),
        Row("scenery, 10,000 hulls (not merged)", *_rolled(lanes, posts, "convex_hull"), "s"),
    ]


def _rolled(lanes: dict, posts: dict, approximation: str) -> tuple[float, float]:
    assets = {
        "tin": {"shape": ("cylinder", (0.2, 0.5)), "collision": {"approximation": "cylinder"}},
        "post": {
            "shape": ("box", (0.6, 0.6, 1.0)),
            "physics": {"motion": "static"},
            "collision": {"approximation": approximation},
        },
    }

    def rolled(library: Library) -> Iterator[None]:
        with World.load("scratch", library) as world:
            yield
            for _ in range(2 * STEPS // STRETCH):
                world.step(STRETCH)
                yield

    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        among, alone = _scratch(one, {"tin": lanes, "post": posts}, assets), _scratch(other, {"tin": lanes}, assets)
        return race(lambda: rolled(among), lambda: rolled(alone), 3)


BENCHES = [step, scenery, recording, kubric]
