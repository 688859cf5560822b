"""What is shown in the page: a live world, or a take; each ticks 60 times a second and answers commands.

Knows nothing of clients, sockets and clocks.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.assets.library import Library
from sim.errors import Diverged, InputError, Problem, unknown_name
from sim.pose import Pose
from sim.viewer.edits import Edits
from sim.viewer.saves import seal, state_bytes, state_of, unseal
from sim.viewer.wire import Held
from sim.world.event import Event
from sim.world.layout import Layout
from sim.world.spec import ObjectSpec
from sim.world.state import State
from sim.world.take import Recorder, Take
from sim.world.world import World

HZ = 60  # ticks a second
LOUDEST = 12  # events a tick that are worth hearing
MOST_EVENTS = 20_000  # kept of a world that nobody records
MOST_SAVES = 500
MAX_CONTACTS = 400  # shown at once
OVERLAY_TICKS = 6  # between two pictures of contacts


class Stage:
    """The base of everything shown.

    | attribute | is                                                        |
    |-----------|-----------------------------------------------------------|
    | kind      | ``world``, ``take`` or ``game``                            |
    | title     | what the page is called                                     |
    | layout    | what is placed                                              |
    | folder    | where saves and takes are written                           |
    | paused    | whether time stands still                                   |
    """

    kind = "world"

    def __init__(self, title: str, layout: Layout, folder: Path):
        self.title, self.layout, self.folder = title, layout, folder
        self.paused = False
        self._news: list[dict[str, Any]] = []

    def tick(self) -> None:
        """Advances 1/60 s."""

    def read(self) -> State:
        """The state now."""
        raise NotImplementedError

    def describe(self, player: int | None = None) -> dict[str, Any]:
        """What the page of a player, or of none, must know once, as plain data."""
        state = self.read()
        return {
            "kind": self.kind,
            "title": self.title,
            "parts": list(state.parts),
            "lamps": dict(zip(state.lamps, state.lit.tolist(), strict=True)),
            "saves": self.saves(),
        }

    def news(self) -> list[dict[str, Any]]:
        """What is to be said to everybody since the last call."""
        news, self._news = self._news, []
        return news

    def say(self, **message: Any) -> None:
        """Says something to everybody."""
        self._news.append(message)

    def join(self, name: str) -> int | None:
        """A player for a client; None when there is none to have."""
        return None

    def leave(self, player: int) -> None:
        """Frees a player."""

    def hold(self, player: int, held: Held) -> None:
        """What a player does from now on."""

    def do(self, what: str, values: Mapping[str, Any], writes: bool) -> dict[str, Any]:
        """Obeys a command of the page.

        Args:
            what: Its name: a method ``do_…``.
            values: Its values, not checked yet.
            writes: Whether this client may change files of the project.

        Raises:
            InputError: There is no such command, or it cannot be done.
        """
        method = getattr(self, f"do_{what}", None)
        if method is None:
            raise unknown_name("view", "command", what, [name[3:] for name in dir(self) if name.startswith("do_")])
        if what == "write" and not writes:
            raise InputError(Problem("view", "files are written only for a page on this machine"))
        try:
            return method(**values) or {}
        except (TypeError, ValueError, KeyError, OverflowError):
            raise InputError(Problem(f"view: {what}", "has values that mean nothing")) from None

    def close(self) -> None:
        """Frees what it holds."""

    # -----------------------------------------------------------------------------------------------------------------
    # Commands that everything shown has

    def do_pause(self, on: bool = True) -> None:
        """Stops time, or lets it go on."""
        self.paused = bool(on)
        self.say(t="paused", on=self.paused)

    def saves(self) -> list[str]:
        """The saves there are, newest first."""
        found = sorted((self.folder / "saves").glob("*.save"), key=lambda path: path.stat().st_mtime, reverse=True)
        return [path.stem for path in found]

    def _write_save(self, data: bytes) -> dict[str, Any]:
        from sim.files import write_whole

        if len(self.saves()) >= MOST_SAVES:
            raise InputError(Problem("view", f"{self.folder / 'saves'} is full", f"at most {MOST_SAVES} saves"))
        stem = time.strftime("%Y-%m-%d_%H-%M-%S")
        path = self.folder / "saves" / f"{stem}.save"
        i = 1
        while path.exists():
            i += 1
            path = self.folder / "saves" / f"{stem}_{i}.save"
        write_whole(path, data)
        self.say(t="saves", saves=self.saves())
        return {"said": f"saved {path.stem}", "name": path.stem}

    def _read_save(self, name: str | None) -> tuple[bytes, str]:
        saves = self.saves()
        if not saves:
            raise InputError(Problem("view", "nothing is saved yet"))
        name = name or saves[0]
        if name not in saves:
            raise unknown_name("view", "save", str(name), saves)
        path = self.folder / "saves" / f"{name}.save"
        return path.read_bytes(), path.name


class Listener:
    """Makes of a world's events what the page needs: lamps that switched, the loudest contacts."""

    def __init__(self) -> None:
        self._heard = 0

    def news(self, events: list[Event]) -> list[dict[str, Any]]:
        """Messages of the events since the last call."""
        fresh, self._heard = events[self._heard :], len(events)
        news: list[dict[str, Any]] = [
            {"t": "lamp", "name": event.a, "on": bool(event.value)} for event in fresh if event.kind == "switch"
        ]
        return news + loudest(fresh)

    def skip(self, events: list[Event]) -> None:
        """Passes over what is there already."""
        self._heard = len(events)

    def forget(self, events: list[Event]) -> None:
        """Empties a log that has grown long and that nobody else reads."""
        if len(events) > MOST_EVENTS:
            events.clear()
            self._heard = 0


def loudest(events: Sequence[Event]) -> list[dict[str, Any]]:
    """The message of what is worth hearing; none when nothing is."""
    heard = sorted((e for e in events if e.kind in ("contact", "footstep")), key=lambda e: -e.impulse)[:LOUDEST]
    return [{"t": "events", "events": [event_json(event) for event in heard]}] if heard else []


class WorldStage(Stage):
    """A live world: stepped, edited, looked into."""

    def __init__(self, library: Library, name: str, objects: Mapping[str, ObjectSpec] | None = None):
        self.edits = Edits(library, name)
        self._objects = objects or {}
        layout = self.edits.layout().with_objects(self._objects, name)
        world = name.partition("@")[0]
        super().__init__(name, layout, library.root / "renders" / world / "view")
        self.world = World(layout, events=True)
        self._listener, self._ticks = Listener(), 0
        self._overlay = False
        self._recorder: Recorder | None = None

    def close(self) -> None:
        """Frees the engine and the edits."""
        self.world.close()
        self.edits.close()

    def tick(self) -> None:
        """Steps the world 1/60 s; says what was heard."""
        if self.paused:
            return
        self._ticks += 1
        due = self._ticks * self.layout.step_hz // HZ - (self._ticks - 1) * self.layout.step_hz // HZ
        try:
            (self._recorder or self.world).step(due)
        except Diverged as error:
            self.do_pause()
            self.say(t="toast", text=str(error).splitlines()[0], bad=True)
        for message in self._listener.news(self.world.events):
            self.say(**message)
        if self._recorder is None:
            self._listener.forget(self.world.events)
        if self._overlay and self._ticks % OVERLAY_TICKS == 0:
            self._tell_contacts()

    def _tell_contacts(self) -> None:
        touching = self.world.contacts()
        order = np.argsort(-touching.force)[:MAX_CONTACTS]
        points = np.round(touching.position[order], 3).tolist()
        self.say(t="contacts", at=points, force=np.round(touching.force[order], 1).tolist())

    def read(self) -> State:
        """The state now."""
        return self.world.read()

    def describe(self, player: int | None = None) -> dict[str, Any]:
        """What the page must know, editing included."""
        names = [p.name for p in self.layout.placements]
        owners = {name: self.edits.owner(name) for name in names} if len(names) <= 5000 else {}
        return super().describe(player) | {
            "edit": {name: key for name, (key, _) in owners.items() if key},
            "substances": self.edits.substances(self.layout),
            "changed": self.edits.changed,
            "record": True,
        }

    # -----------------------------------------------------------------------------------------------------------------
    # Commands

    def do_restart(self) -> None:
        """Goes back to before the first step."""
        self._stop_recording()
        self.world.rewind()
        self._listener, self._ticks = Listener(), 0
        self.say(t="restarted")

    def do_step(self) -> None:
        """One tick while time stands still."""
        self.paused = False
        self.tick()
        self.paused = True

    def do_overlay(self, contacts: bool) -> None:
        """Whether contacts are told."""
        self._overlay = bool(contacts)
        if self._overlay:
            self._tell_contacts()

    def do_save(self) -> dict[str, Any]:
        """Saves the moment."""
        state = self.world.read()
        return self._write_save(seal(self._head(), state_bytes(state)))

    def do_load(self, name: str | None = None) -> dict[str, Any]:
        """Goes back to a saved moment, the newest when none is named."""
        data, file = self._read_save(name)
        state = state_of(unseal(data, self._head(), file), self.world.read())
        self._stop_recording()
        self.world.write(state)
        self.say(t="restarted")
        return {"said": f"loaded {file.removesuffix('.save')}"}

    def _head(self) -> dict[str, Any]:
        return {"kind": "world", "world": self.title, "parts": len(self.world.parts), "joints": len(self.world.joints)}

    def do_record(self, on: bool) -> dict[str, Any]:
        """Begins a take, or ends it and writes it."""
        if on and self._recorder is None:
            self._recorder = Recorder(self.world, next(f for f in (60, 50, 30, 25, 24, 12, 1) if self._fits(f)))
            self.say(t="recording", on=True)
            return {"said": "recording"}
        path = self._stop_recording()
        return {"said": f"recorded {path}" if path else "nothing was recorded"}

    def _fits(self, fps: int) -> bool:
        return self.layout.step_hz % fps == 0

    def _stop_recording(self) -> Path | None:
        if self._recorder is None:
            return None
        take, self._recorder = self._recorder.take(), None
        path = self.folder / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}.npz"
        take.write(path)
        self.say(t="recording", on=False)
        return path

    def do_move(self, name: str, at: list[float], rotate_deg: list[float]) -> dict[str, Any]:
        """Changes a start pose and begins again."""
        with self.edits.tried():
            self.edits.move(str(name), [float(x) for x in at], [float(x) for x in rotate_deg])
            self._rebuild()
        return {"said": f"{name} starts there"}

    def do_substance(self, name: str, field: str, value: float) -> dict[str, Any]:
        """Changes a substance and begins again."""
        with self.edits.tried():
            self.edits.substance(str(name), str(field), float(value))
            self._rebuild()
        return {"said": f"{name}: {field} {float(value):g}"}

    def do_forget(self) -> dict[str, Any]:
        """Takes every change back."""
        self.edits.forget()
        self._rebuild()
        return {"said": "changes taken back"}

    def do_write(self) -> dict[str, Any]:
        """Writes the changes to the YAML."""
        paths = self.edits.write()
        self.say(t="changed", files=self.edits.changed)
        return {"said": "written: " + ", ".join(map(str, paths)) if paths else "nothing was changed"}

    def _rebuild(self) -> None:
        """Builds the changed world in place of the old one, which stays when the new one cannot be."""
        layout = self.edits.layout().with_objects(self._objects, self.title)
        world = World(layout, events=True)
        self._stop_recording()
        self.world.close()
        self.world, self.layout = world, layout
        self._listener, self._ticks = Listener(), 0
        places = {p.name: _pose_json(p.pose) for p in layout.placements if not p.movable}
        self.say(t="places", places=places, substances=self.edits.substances(layout), changed=self.edits.changed)
        self.say(t="restarted")


class TakeStage(Stage):
    """A recorded run, played and scrubbed."""

    kind = "take"

    def __init__(self, take: Take, path: Path):
        super().__init__(path.stem, take.layout, path.parent)
        self.take = take
        self._begin = float(take.steps[0]) / take.step_hz
        self.time, self.speed = self._begin, 1.0
        self._lit: dict[str, bool] = {}

    def tick(self) -> None:
        """Plays 1/60 s; from the end it begins again."""
        if self.paused:
            return
        before = self.time
        self.time += self.speed / HZ
        if self.time > self._begin + self.take.duration:
            self.time = self._begin
            self.say(t="restarted")
            return
        for message in loudest([e for e in self.take.events if before < e.time <= self.time]):
            self.say(**message)

    def read(self) -> State:
        """The state at the time shown."""
        state = self.take.at(min(max(self.time, self._begin), self._begin + self.take.duration))
        lit = state.switched
        for name, on in lit.items():
            if self._lit.get(name, on) != on:
                self.say(t="lamp", name=name, on=on)
        self._lit = lit
        return state

    def describe(self, player: int | None = None) -> dict[str, Any]:
        """What the page must know: how long it is, what happened when."""
        marks = [[round(e.time, 3), e.kind] for e in self.take.events if e.impulse > 0 or e.kind != "contact"]
        return super().describe(player) | {
            "begin": self._begin,
            "duration": self.take.duration,
            "marks": marks[:2000],
            "changed": self.take.changed(),
        }

    def do_seek(self, time: float) -> None:
        """Shows a moment."""
        self.time = min(max(float(time), self._begin), self._begin + self.take.duration)
        self.say(t="seek", time=self.time)

    def do_speed(self, factor: float) -> None:
        """How fast it plays."""
        self.speed = min(max(float(factor), 0.05), 8.0)

    def do_restart(self) -> None:
        """Begins again."""
        self.do_seek(self._begin)
        self.say(t="restarted")


def event_json(event: Event) -> dict[str, Any]:
    """What the page needs to play an event: kind, place, impulse, speed and what it is between."""
    return {
        "kind": event.kind,
        "a": event.a,
        "b": event.b,
        "at": [round(x, 3) for x in event.position],
        "impulse": round(event.impulse, 4),
        "speed": round(event.speed, 3),
    }


def _pose_json(pose: Pose) -> list[float]:
    return [round(float(x), 6) for x in (*pose.position, *pose.orientation)]
