"""Sound: a minute of film beside the minute it lasts, with a car, blows, a drum that rolls and a person who walks."""

import tempfile
import time
from pathlib import Path

from sim.actors.vehicle import Vehicle
from sim.assets.library import Library, starter_root
from sim.physics.vehicle import Controls
from sim.pose import Pose
from sim.render.camera import Camera
from sim.schema import write_yaml
from sim.sound import Cut, soundtrack
from sim.world.event import Event
from sim.world.take import Recorder, Take
from sim.world.world import World
from tests.bench.harness import Row

SECONDS, N_CUTS, N_STEPS = 60, 12, 90
OBJECTS = {
    "car": {"asset": "compact_car", "at": [-60, 3, 0], "velocity": [5, 0, 0]},
    "crates": {"asset": "crate", "at": [0, -3, 0], "grid": {"count": [3, 3, 4], "step": [0.66, 0.46, 0.41]}},
    "drum": {"asset": "barrel", "at": [-9, -3, 0.3], "rotate_deg": [90, 0, 0], "velocity": [4, 0, 0], "angular_velocity": [0, 13, 0]},
    "football": {"asset": "football", "at": [-4, -2.7, 0.5], "velocity": [11, 0, 2]},
}  # fmt: skip


def filmed(root: Path) -> Take:
    """A take of a street in which something happens all the time."""
    folder = root / "worlds" / "street"
    folder.mkdir(parents=True)
    content = {"schema": "world/1", "about": "bench", "ground": {"substance": "asphalt"}, "objects": OBJECTS}
    write_yaml(folder / "world.yaml", content)
    with World.load("street", Library(root, starter_root())) as world:
        car = Vehicle(world, "car")
        world.add(car)
        recorder = Recorder(world, 24)
        for second in range(SECONDS):
            car.controls = Controls(throttle=0.25 if second % 20 < 12 else 0.0, brake=0.3 if second % 20 > 15 else 0.0)
            recorder.step(world.layout.step_hz)
        take = recorder.take()
    steps = tuple(
        Event("footstep", 0.3 + 0.55 * i, 0, "anna", "ground", (0.7 * i - 30, -6.0, 0.0), impulse=7.0, speed=1.3)
        for i in range(N_STEPS)
    )
    return Take(**{**vars(take), "events": tuple(sorted(take.events + steps, key=lambda e: e.time))})


def heard(take: Take) -> float:
    """Seconds of processor time that the sound of the film takes."""
    length = SECONDS / N_CUTS

    def cut(i: int) -> Cut:
        camera = Camera(Pose.looking((4 * i - 22, -7, 1.7), (2 * i - 12, 2, 1)))
        return Cut(i * length, (i + 1) * length, i * length, lambda t: camera)

    start = time.process_time()
    soundtrack(take, [cut(i) for i in range(N_CUTS)])
    return time.process_time() - start


def sound() -> list[Row]:
    """A soundtrack against real time; the modes of its things are kept from an earlier run."""
    with tempfile.TemporaryDirectory() as folder:
        take = filmed(Path(folder))
        heard(take)
        return [Row("sound of a minute of film", min(heard(take) for _ in range(4)), SECONDS, "s", 50, at_least=True)]


BENCHES = [sound]
