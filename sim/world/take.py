"""A recorded run: states and events, with the hashes of everything that made them.

Replay it, film it again from elsewhere, measure it: nothing is simulated again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.assets.library import Library, default_library
from sim.assets.mesh import Material, Mesh, Primitive
from sim.errors import InputError, Problem
from sim.files import write_whole
from sim.pose import Array
from sim.world.event import Event
from sim.world.layout import Layout
from sim.world.state import State
from sim.world.world import World

VERSION = "take/2"
_ARRAYS = ("position", "orientation", "linear_velocity", "angular_velocity", "joint_position", "joint_velocity", "lit")


@dataclass(frozen=True, eq=False)
class Take:
    """A recorded run.

    | field   | is                                                                    |
    |---------|-----------------------------------------------------------------------|
    | layout  | the world before its first step                                        |
    | steps   | ``(f,)`` the step of every frame                                       |
    | arrays  | the fields of `State`, each with a leading axis of f frames             |
    | events  | what happened, in the order of time                                    |
    | hashes  | sha256 of every asset and file, as recorded                            |
    | lamps   | lights that can be switched                                            |
    | fields  | what systems added to every State, each with a leading axis of f        |
    | shapes  | changed meshes of every frame; empty when none ever changed             |
    """

    layout: Layout
    parts: tuple[str, ...]
    joints: tuple[str, ...]
    steps: np.ndarray
    arrays: dict[str, Array]
    events: tuple[Event, ...]
    hashes: dict[str, str]
    lamps: tuple[str, ...] = ()
    fields: dict[str, Array] = field(default_factory=dict)
    shapes: tuple[Mapping[str, Mesh], ...] = ()

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[State]:
        return (self.state(i) for i in range(len(self)))

    @property
    def step_hz(self) -> int:
        """Steps a second."""
        return self.layout.step_hz

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return float(self.steps[-1] - self.steps[0]) / self.step_hz

    def state(self, i: int) -> State:
        """The state of frame ``i``."""
        return State(
            int(self.steps[i]),
            self.step_hz,
            self.parts,
            joints=self.joints,
            lamps=self.lamps,
            fields={name: values[i] for name, values in self.fields.items()},
            shapes=self.shapes[i] if self.shapes else {},
            **{name: values[i] for name, values in self.arrays.items()},
        )

    def at(self, time: float) -> State:
        """The state at a time in s: a recorded one, or between two.

        Raises:
            InputError: The take does not cover that time.
        """
        step = time * self.step_hz
        if not self.steps[0] - 1e-6 <= step <= self.steps[-1] + 1e-6:
            low, high = self.steps[[0, -1]] / self.step_hz
            raise InputError(Problem("take", "does not cover the time", f"{low:g} to {high:g} s", f"{time:g} s"))
        i = int(np.clip(np.searchsorted(self.steps, step + 1e-6, side="right") - 1, 0, len(self) - 1))
        if abs(step - self.steps[i]) < 1e-6 or i + 1 == len(self):
            return self.state(i)
        return self.state(i).between(
            self.state(i + 1), float((step - self.steps[i]) / (self.steps[i + 1] - self.steps[i]))
        )

    def slice(self, start: float, stop: float) -> Take:
        """The part of the take from ``start`` to ``stop`` s."""
        seconds = self.steps / self.step_hz
        keep = (seconds >= start - 1e-9) & (seconds <= stop + 1e-9)
        if not keep.any():
            raise InputError(
                Problem(
                    "take",
                    "has no frame in that span",
                    f"{seconds[0]:g} to {seconds[-1]:g} s",
                    f"{start:g} to {stop:g} s",
                )
            )
        events = tuple(e for e in self.events if start <= e.time <= stop)
        return replace(
            self,
            steps=self.steps[keep],
            arrays={k: v[keep] for k, v in self.arrays.items()},
            events=events,
            fields={k: v[keep] for k, v in self.fields.items()},
            shapes=tuple(shape for shape, kept in zip(self.shapes, keep, strict=True) if kept) if self.shapes else (),
        )

    def sha256(self) -> str:
        """The hash of the trajectory, to the last bit."""
        digest = hashlib.sha256(self.steps.astype(np.int64).tobytes())
        for name in _ARRAYS:
            digest.update(np.ascontiguousarray(self.arrays[name]).tobytes())
        for name in sorted(self.fields):
            digest.update(name.encode() + np.ascontiguousarray(self.fields[name]).tobytes())
        return digest.hexdigest()

    def changed(self) -> list[str]:
        """Names of assets and files that are no longer what they were when this was recorded."""
        now = {name: asset.sha256 for name, asset in self.layout.assets().items()}
        return sorted(name for name, sha in now.items() if self.hashes.get(name, sha) != sha)

    def write(self, path: Path) -> None:
        """Writes one compressed npz, whole or not at all."""
        head = {
            "version": VERSION,
            "layout": self.layout.to_json(),
            "parts": self.parts,
            "joints": self.joints,
            "lamps": self.lamps,
            "fields": list(self.fields),
            "hashes": self.hashes,
            "events": [asdict(event) for event in self.events],
        }
        meshes, head["shapes"] = _packed_shapes(self.shapes)
        buffer = io.BytesIO()
        packed: dict[str, Any] = {"head": np.frombuffer(json.dumps(head).encode(), np.uint8), "steps": self.steps}
        packed |= self.arrays | {f"field_{i}": values for i, values in enumerate(self.fields.values())} | meshes
        np.savez_compressed(buffer, **packed)
        write_whole(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path, library: Library | None = None) -> Take:
        """The take in a file.

        Raises:
            InputError: The file is missing, truncated, of another kind, or needs an asset that is gone.
        """
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                head: dict[str, Any] = json.loads(bytes(file["head"]))
                arrays = {name: file[name] for name in _ARRAYS}
                added = {name: file[f"field_{i}"] for i, name in enumerate(head["fields"])}
                steps = file["steps"]
                packed = {name: file[name] for name in file.files if name.startswith("mesh_")}
        except FileNotFoundError:
            raise InputError(Problem(str(path), "does not exist")) from None
        except Exception as error:  # numpy and zipfile raise many kinds for a broken file
            raise InputError(Problem(str(path), "is no whole take", got=str(error)[:80])) from None
        if head.get("version") != VERSION:
            raise InputError(Problem(str(path), "is of another kind", VERSION, str(head.get("version"))))
        layout = Layout.from_json(head["layout"], library or default_library())
        names = {f.name for f in fields(Event)}
        events = tuple(Event(**_event_fields(event, names)) for event in head["events"])
        parts, joints, lamps = (tuple(head[name]) for name in ("parts", "joints", "lamps"))
        shapes = _unpacked_shapes(packed, head.get("shapes", []), layout)
        return cls(layout, parts, joints, steps, arrays, events, head["hashes"], lamps, added, shapes)


GRAINS = {"vertices": 1e-6, "faces": 1, "normals": 2.0**-12, "uv": 2.0**-16, "color": 2.0**-10}  # m, and so on


def _packed_shapes(shapes: tuple[Mapping[str, Mesh], ...]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Arrays of every mesh, once, and for every frame which part looks like which; materials by their names."""
    arrays: dict[str, Any] = {}
    known: dict[int, tuple[int, list[str]]] = {}
    frames = []
    for frame in shapes:
        looks = {}
        for part, mesh in frame.items():
            if id(mesh) not in known:
                i = len(known)
                known[id(mesh)] = i, [p.material.name for p in mesh.primitives]
                for k, p in enumerate(mesh.primitives):
                    for name in ("vertices", "faces", "normals", "uv", "color"):
                        if (values := getattr(p, name)) is not None:
                            arrays[f"mesh_{i}_{k}_{name}"] = _steps(values, GRAINS[name])
            looks[part] = known[id(mesh)]
        frames.append(looks)
    return arrays, frames


def _unpacked_shapes(
    arrays: Mapping[str, np.ndarray], frames: list[dict[str, Any]], layout: Layout
) -> tuple[Mapping[str, Mesh], ...]:
    """What `_packed_shapes` packed; materials are those of the parts' assets."""
    made: dict[int, Mesh] = {}
    for frame in frames:
        for part, (i, materials) in frame.items():
            if i not in made:
                own = _materials(layout, part)
                made[i] = Mesh(
                    tuple(
                        Primitive(
                            material=replace(own.get(name, Material(name)), double_sided=False),
                            **_mesh_arrays(arrays, f"mesh_{i}_{k}_"),
                        )
                        for k, name in enumerate(materials)
                    )
                )
    return tuple({part: made[i] for part, (i, _) in frame.items()} for frame in frames)


def _steps(values: np.ndarray, grain: float) -> np.ndarray:
    """Values as whole numbers of grains, each less the one before: what lies close together packs well."""
    whole = np.round(np.asarray(values, float) / grain).astype(np.int32)
    return np.diff(whole, axis=0, prepend=np.zeros((1, whole.shape[1]), np.int32))


def _mesh_arrays(arrays: Mapping[str, np.ndarray], start: str) -> dict[str, Any]:
    """What `_steps` made of a primitive, undone."""
    found: dict[str, Any] = {"uv": None, "color": None}
    for name, grain in GRAINS.items():
        if start + name in arrays:
            whole = np.cumsum(arrays[start + name], axis=0)
            found[name] = whole.astype(np.int32) if name == "faces" else (whole * grain).astype(np.float32)
    return found


def _materials(layout: Layout, part: str) -> dict[str, Material]:
    """Materials of a part's mesh by name."""
    name = next(p.name for p in layout.placements if part == p.name or part.startswith(f"{p.name}/"))
    asset = layout.placement(name).asset
    mesh = asset.part_mesh(part[len(name) + 1 :])
    return {} if mesh is None else {p.material.name: p.material for p in mesh.primitives}


def _event_fields(event: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """What an event's JSON says, lists made tuples; fields of later versions are left out."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in event.items() if k in names}


class Recorder:
    """Steps a world and keeps what happens.

    Args:
        world: What is stepped; its contacts are logged from now on.
        fps: States kept a second; must divide ``step_hz``.

    Raises:
        InputError: ``fps`` does not divide ``step_hz``.
    """

    def __init__(self, world: World, fps: int = 24):
        hz = world.layout.step_hz
        if fps < 1 or hz % fps:
            divisors = [f for f in (12, 15, 24, 25, 30, 48, 50, 60, 120, 240) if hz % f == 0]
            raise InputError(
                Problem("recorder", "fps does not divide step_hz", f"one of {divisors}", f"{fps} at {hz} Hz")
            )
        self.world, self.stride = world, hz // fps
        world.watch()
        self._first_event = len(world.events)
        self._states = [world.read()]

    def step(self, n: int) -> None:
        """Advances ``n`` steps, keeping every frame on the way."""
        end = self.world.step_count + n
        while self.world.step_count < end:
            due = self.stride - (self.world.step_count - self._states[0].step) % self.stride
            self.world.step(min(due, end - self.world.step_count))
            if (self.world.step_count - self._states[0].step) % self.stride == 0:
                self._states.append(self.world.read())

    def step_to(self, step: int) -> None:
        """Advances to a step, keeping the state there and none on the way."""
        if step > self.world.step_count:
            self.world.step(step - self.world.step_count)
            self._states.append(self.world.read())

    def take(self) -> Take:
        """What was recorded so far."""
        layout = self.world.layout
        return Take(
            layout,
            self.world.parts,
            self.world.joints,
            np.array([s.step for s in self._states], np.int64),
            {name: np.stack([getattr(s, name) for s in self._states]) for name in _ARRAYS},
            tuple(self.world.events[self._first_event :]),
            layout.hashes(),
            self._states[0].lamps,
            {name: np.stack([s.fields[name] for s in self._states]) for name in self._states[0].fields},
            tuple(s.shapes for s in self._states) if any(s.shapes for s in self._states) else (),
        )


def record(world: World, seconds: float, fps: int = 24) -> Take:
    """A take of the next ``seconds`` of a world."""
    recorder = Recorder(world, fps)
    recorder.step(round(seconds * world.layout.step_hz))
    return recorder.take()


def write_state(path: Path, state: State) -> None:
    """Writes one state as npz, whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, step=state.step, parts=np.array(state.parts), **{name: getattr(state, name) for name in _ARRAYS}
    )
    write_whole(path, buffer.getvalue())
