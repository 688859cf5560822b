"""Where the camera of every shot is in every frame, and through which lens it looks.

Owns camera moves. A camera depends on nothing but the storyboard, the take and the frame: any frame can be had alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.errors import InputError, Problem, unknown_name
from sim.pose import Array, Pose, from_axis_angle, multiply, rotate
from sim.render.camera import Camera
from sim.runners.film.spec import MoveSpec, ShotSpec
from sim.runners.film.timeline import Shot, Timeline
from sim.world.layout import Layout
from sim.world.take import Take

TRAIL = -np.log((np.arange(12) + 0.5) / 12)  # how far back, in lags, a camera that trails looks: mean 1
SWAY_HZ = np.array([0.31, 0.53, 0.89, 1.37, 2.21, 3.49])  # unrest of a hand: mostly slow
SWAY = 1 / SWAY_HZ / np.sqrt(np.sum(1 / SWAY_HZ**2) / 2)  # amplitudes of unit variance
SWAY_DEG, SWAY_M = np.array([0.22, 0.28, 0.34]), np.array([0.006, 0.008, 0.006])  # roll, pitch, yaw; x, y, z
Z = np.array([0.0, 0.0, 1.0])


class Subject:
    """A thing that a shot speaks of: where it is at any step, and where its middle is in it."""

    def __init__(self, take: Take, name: str, where: str):
        placement = next((p for p in take.layout.placements if p.name == name), None)
        row = _row(take.parts, name)
        if placement is None and row is None:
            raise unknown_name(where, "thing", name, {*(p.name for p in take.layout.placements), *take.parts})
        self.name = name
        self._steps = take.steps
        self._moves = row is not None
        if row is not None:
            self._position, self._turn = take.arrays["position"][:, row], take.arrays["orientation"][:, row]
        else:
            assert placement is not None
            self._position, self._turn = placement.pose.position[None], placement.pose.orientation[None]
        self.faces_ahead = placement is not None and placement.asset.articulated
        self._middle = np.zeros(3) if placement is None else placement.asset.bounds.mean(axis=0) * placement.scale

    def pose(self, step: float) -> Pose:
        """Where it is at a step, between steps too; before the first and after the last as in these."""
        if not self._moves:
            return Pose(self._position[0], self._turn[0])
        step = float(np.clip(step, self._steps[0], self._steps[-1]))
        i = int(np.searchsorted(self._steps, step, side="right")) - 1
        j = min(i + 1, len(self._steps) - 1)
        if i == j or step == self._steps[i]:
            return Pose(self._position[i], self._turn[i])
        part = (step - self._steps[i]) / (self._steps[j] - self._steps[i])
        sign = -1.0 if self._turn[i] @ self._turn[j] < 0 else 1.0
        turn = self._turn[i] * (1 - part) + self._turn[j] * sign * part
        return Pose(self._position[i] * (1 - part) + self._position[j] * part, turn)

    def middle(self, step: float) -> Array:
        """The middle ``(3,)`` of its bounds, m."""
        return self.pose(step).apply(self._middle)

    def trailing(self, step: float, steps_of_lag: float) -> tuple[Array, float]:
        """Its place ``(3,)`` and heading, rad, as someone sees it who is late by a lag."""
        poses = [self.pose(step - back * steps_of_lag) for back in TRAIL]
        forward = np.mean([rotate(pose.orientation, (1.0, 0.0, 0.0)) for pose in poses], axis=0)
        return np.mean([pose.position for pose in poses], axis=0), float(np.arctan2(forward[1], forward[0]))


def _row(parts: tuple[str, ...], name: str) -> int | None:
    """The row of a part; of a thing with joints that of its base, which comes first."""
    if name in parts:
        return parts.index(name)
    return next((i for i, part in enumerate(parts) if part.startswith(f"{name}/")), None)


@dataclass(frozen=True, eq=False)
class _Stand:
    """Where a camera is before it moves: pose, and what it looks at, if anything."""

    pose: Pose
    target: Array | None


class CameraCrew:
    """The cameras of a film.

    Args:
        timeline: When each shot is.
        take: What was recorded.
        seed: Of hands that are not steady.
        where: The storyboard, for errors.

    Raises:
        InputError: With every camera, target and thing that does not exist.
    """

    def __init__(self, timeline: Timeline, take: Take, seed: int, where: str):
        self._timeline, self._take, self._seed, self._where = timeline, take, seed, where
        self._subjects: dict[str, Subject] = {}
        problems: list[Problem] = []
        for shot in timeline.shots:
            for key, name in _named(shot.spec):
                try:
                    self._subject(name, f"{where}: shots.{shot.index}.{key}")
                except InputError as error:
                    problems += error.problems
            if shot.spec.camera is not None and shot.spec.camera not in take.layout.cameras:
                place = f"{where}: shots.{shot.index}.camera"
                problems += unknown_name(place, "camera", shot.spec.camera, take.layout.cameras).problems
        if problems:
            raise InputError(*problems)

    def camera(self, shot: Shot, frame: int) -> Camera:
        """The camera of a shot in a frame of the film; before and after the shot it stands as at its ends."""
        seconds = float(np.clip(frame - shot.first, -shot.half, shot.n + 240)) / self._timeline.fps
        step = shot.step_at(frame)
        length = max((shot.n - 1) / self._timeline.fps, 1e-9)
        part = float(np.clip(seconds / length, 0, 1))
        base = self._base(shot)
        try:
            pose, target = self._pose(shot, base, seconds, step, part)
        except InputError as error:
            where = f"{self._where}: shots.{shot.index}: frame {frame}"
            raise InputError(*(replace(problem, where=where) for problem in error.problems)) from None
        pose = self._sway(shot, pose, seconds)
        return replace(
            base,
            pose=pose,
            lens_mm=self._lens(shot.spec, base, part, seconds),
            focus_m=self._focus(shot, base, pose, target, step, part),
            aperture=shot.spec.aperture or base.aperture,
            ev100=shot.spec.ev100 if shot.spec.ev100 is not None else base.ev100,
        )

    # -----------------------------------------------------------------------------------------------------------------
    # Where it stands

    def _base(self, shot: Shot) -> Camera:
        """The world's camera that a shot begins with, or one at the origin."""
        layout, name = self._take.layout, shot.spec.camera
        free = shot.spec.at is not None or shot.spec.keys or shot.spec.follow is not None
        if name is None and not free and layout.cameras:
            name = next(iter(layout.cameras))
        return Camera.of(layout.cameras[name]) if name is not None else Camera(Pose())

    def _pose(self, shot: Shot, base: Camera, seconds: float, step: int, part: float) -> tuple[Pose, Array | None]:
        spec = shot.spec
        if spec.keys:
            return self._on_track(shot, seconds, step)
        stand = self._follow(shot, step) if spec.follow else self._stand(shot, base, step)
        return _moved(stand, spec.move, eased(part, spec.move.ease))

    def _stand(self, shot: Shot, base: Camera, step: int) -> _Stand:
        spec = shot.spec
        at = np.asarray(spec.at, float) if spec.at is not None else base.pose.position
        target = self._target(shot, step)
        if target is not None:
            return _Stand(Pose.looking(at, target), target)
        if spec.rotate_deg is not None:
            return _Stand(Pose.of(at, spec.rotate_deg), None)
        seen = self._take.layout.cameras.get(spec.camera or next(iter(self._take.layout.cameras), ""))
        if spec.at is not None and spec.camera is None:
            raise InputError(Problem("camera", "looks nowhere", "look_at or rotate_deg"))
        own = None if seen is None or seen.look_at is None else np.asarray(seen.look_at, float)
        return _Stand(Pose(at, base.pose.orientation), own)

    def _follow(self, shot: Shot, step: int) -> _Stand:
        """Beside a thing that goes its way."""
        spec, follow = shot.spec, shot.spec.follow
        assert follow is not None
        subject = self._subject(follow.thing)
        lag = follow.lag * self._timeline.step_hz
        offset = self._offset(shot, subject, lag)
        turns = subject.faces_ahead if follow.turn is None else follow.turn
        if lag == 0 and turns:  # bolted on
            carrier = subject.pose(step)
            place, turn = carrier.apply(offset), carrier.orientation
        else:
            middle, heading = subject.trailing(step, lag)
            turn = from_axis_angle(Z, heading if turns else 0.0)
            place = middle + rotate(turn, offset)
        if spec.rotate_deg is not None:
            own = Pose.of((0, 0, 0), spec.rotate_deg).orientation
            return _Stand(Pose(place, multiply(turn, own)), None)
        target = self._target(shot, step)
        if target is None:
            target = subject.middle(step) + np.asarray(spec.aim_offset)
        return _Stand(Pose.looking(place, target), target)

    def _offset(self, shot: Shot, subject: Subject, lag: float) -> Array:
        follow = shot.spec.follow
        assert follow is not None
        if follow.offset is not None:
            return np.asarray(follow.offset, float)
        if shot.spec.at is None:
            return np.array([-7.0, 0.0, 2.2])  # behind it and above
        middle, heading = subject.trailing(shot.step, lag)
        turns = subject.faces_ahead if follow.turn is None else follow.turn
        turn = from_axis_angle(Z, -heading if turns else 0.0)
        return rotate(turn, np.asarray(shot.spec.at, float) - middle)

    def _target(self, shot: Shot, step: int) -> Array | None:
        look_at = shot.spec.look_at
        if look_at is None:
            return None
        place = self._subject(look_at).middle(step) if isinstance(look_at, str) else np.asarray(look_at, float)
        return place + np.asarray(shot.spec.aim_offset)

    def _on_track(self, shot: Shot, seconds: float, step: int) -> tuple[Pose, Array | None]:
        """On a smooth way through keys (Akima's spline: it does not swing over)."""
        keys = shot.spec.keys
        times = [key.t for key in keys]
        at = _through(times, [key.at for key in keys], seconds)
        aims = [key.look_at if key.look_at is not None else shot.spec.look_at for key in keys]
        if any(aim is None for aim in aims):
            if shot.spec.rotate_deg is None:
                raise InputError(Problem("camera", "looks nowhere", "look_at in the shot or in every key"))
            return Pose.of(at, shot.spec.rotate_deg), None
        places = [self._subject(aim).middle(step) if isinstance(aim, str) else np.asarray(aim, float) for aim in aims]
        target = _through(times, places, seconds) + np.asarray(shot.spec.aim_offset)
        roll = float(_through(times, [[key.roll_deg] for key in keys], seconds)[0])
        return _rolled(Pose.looking(at, target), roll), target

    def _sway(self, shot: Shot, pose: Pose, seconds: float) -> Pose:
        amount = shot.spec.handheld
        if amount == 0:
            return pose
        rng = np.random.default_rng([self._seed, shot.index, 7])
        phase = rng.uniform(0, 2 * np.pi, (6, len(SWAY_HZ)))
        noise = np.sin(2 * np.pi * SWAY_HZ * seconds + phase) @ SWAY * amount
        turned = multiply(pose.orientation, Pose.of((0, 0, 0), noise[:3] * SWAY_DEG).orientation)
        return Pose(pose.position + noise[3:] * SWAY_M, turned)

    # -----------------------------------------------------------------------------------------------------------------
    # Through which lens

    def _lens(self, spec: ShotSpec, base: Camera, part: float, seconds: float) -> float:
        if spec.keys and any(key.lens_mm for key in spec.keys):
            first = spec.lens_mm if isinstance(spec.lens_mm, float) else base.lens_mm
            lenses = [[np.log(key.lens_mm or first)] for key in spec.keys]
            return float(np.exp(_through([key.t for key in spec.keys], lenses, seconds)[0]))
        if isinstance(spec.lens_mm, tuple):
            first, last = spec.lens_mm[0], spec.lens_mm[-1]
            return float(first * (last / first) ** eased(part, spec.move.ease))
        return spec.lens_mm or base.lens_mm

    def _focus(
        self, shot: Shot, base: Camera, pose: Pose, target: Array | None, step: int, part: float
    ) -> float | None:
        wanted = shot.spec.focus
        if wanted is None:
            return max(float(pose.inverse.apply(target)[0]), 0.05) if target is not None else base.focus_m
        both = wanted if isinstance(wanted, tuple) else (wanted, wanted)
        near = [
            max(float(pose.inverse.apply(self._subject(one).middle(step))[0]), 0.05) if isinstance(one, str) else one
            for one in (both[0], both[-1])
        ]
        turn = eased(part, 0.5)  # a focus ring goes about evenly in 1 / distance
        return 1 / ((1 - turn) / near[0] + turn / near[1])

    def _subject(self, name: str, where: str = "") -> Subject:
        if name not in self._subjects:
            self._subjects[name] = Subject(self._take, name, where)
        return self._subjects[name]


def eased(part: float, ease: float) -> float:
    """How far a move is, 0 to 1, when a part of its time is over: it gathers way, goes evenly, slows down."""
    if ease == 0:
        return part
    top = 1 / (1 - ease)
    if part < ease:
        return top * part**2 / (2 * ease)
    if part > 1 - ease:
        return 1 - top * (1 - part) ** 2 / (2 * ease)
    return top * (part - ease / 2)


def _moved(stand: _Stand, move: MoveSpec, share: float) -> tuple[Pose, Array | None]:
    """A camera's pose after a share of its move; what it looks at stays in the middle."""
    pose, target = stand.pose, stand.target
    forward = rotate(pose.orientation, (1.0, 0.0, 0.0)) * (1, 1, 0)
    if np.linalg.norm(forward) < 1e-6:  # it looks straight down: what is up in the picture is forward
        forward = rotate(pose.orientation, (0.0, 0.0, 1.0)) * (1, 1, 0)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, Z)
    at = pose.position + share * (move.dolly * forward + move.truck * right + move.crane * Z)
    orientation = pose.orientation
    if move.orbit_deg:
        if target is None:
            raise InputError(Problem("camera", "has nothing to orbit", "look_at, a thing or a place"))
        turn = from_axis_angle(Z, np.deg2rad(move.orbit_deg * share))
        at = target + rotate(turn, at - target)
        orientation = multiply(turn, orientation)
    if target is not None and (move.dolly or move.truck or move.crane or move.orbit_deg):
        orientation = Pose.looking(at, target).orientation
    if move.pan_deg:
        orientation = multiply(from_axis_angle(Z, np.deg2rad(move.pan_deg * share)), orientation)
    own = Pose.of((0, 0, 0), (0, -move.tilt_deg * share, 0)).orientation
    return _rolled(Pose(at, multiply(orientation, own)), move.roll_deg * share), target


def _rolled(pose: Pose, roll_deg: float) -> Pose:
    return Pose(pose.position, multiply(pose.orientation, Pose.of((0, 0, 0), (roll_deg, 0, 0)).orientation))


def _through(times: list[float], values: list, now: float) -> Array:
    """The smooth way through values ``(k, d)`` at times, at one time; ``(d,)``."""
    table = np.asarray(values, float)
    now = float(np.clip(now, times[0], times[-1]))
    if len(times) == 1:
        return table[0]
    if len(times) == 2:
        share = eased((now - times[0]) / (times[1] - times[0]), 0.2)
        return table[0] * (1 - share) + table[1] * share
    from scipy.interpolate import Akima1DInterpolator

    return Akima1DInterpolator(times, table)(now)


def _named(spec: ShotSpec) -> list[tuple[str, str]]:
    """Every thing that a shot speaks of, and where it does."""
    named = [("look_at", spec.look_at)] if isinstance(spec.look_at, str) else []
    if spec.follow:
        named.append(("follow.thing", spec.follow.thing))
    focus = spec.focus if isinstance(spec.focus, tuple) else (spec.focus,)
    named += [("focus", one) for one in focus if isinstance(one, str)]
    named += [(f"keys.{i}.look_at", key.look_at) for i, key in enumerate(spec.keys) if isinstance(key.look_at, str)]
    return named


def through_walls(crew: CameraCrew, timeline: Timeline, world, layout: Layout) -> list[str]:
    """A sentence for every shot whose camera goes through what never moves, or comes too near to it.

    Args:
        crew: The cameras.
        timeline: The shots.
        world: A `World` of the layout, for its rays.
        layout: Whose things are named.
    """
    fixed = {p.name for p in layout.placements if not p.movable} | {"ground"}
    notes = []
    for shot in timeline.shots:
        frames = range(shot.first, shot.first + shot.n)
        at = np.array([crew.camera(shot, frame).pose.position for frame in frames])
        before = np.vstack([at[:1] + np.array([0, 0, 1e-3]), at[:-1]])
        moved = np.linalg.norm(at - before, axis=1) > 1e-6
        if not moved.any():
            continue
        hits = world.cast_rays(before[moved], at[moved])
        struck = [
            (int(f), world.names[part]) for f, part in zip(np.flatnonzero(moved), hits.part, strict=True) if part >= 0
        ]
        wall = next(((f, name) for f, name in struck if name in fixed), None)
        if wall:
            seconds = wall[0] / timeline.fps
            notes.append(f"shots.{shot.index}: the camera goes through {wall[1]} {seconds:.2f} s into the shot")
    return notes
