"""Where traffic goes: roads with lanes, junctions that connect them, crossings for people.

Named and numbered as in ASAM OpenDRIVE: a road has a reference line; lanes to its right are −1, −2, … outwards, lanes
to its left 1, 2, …; traffic keeps right, so right lanes lead along the line and left lanes against it. A lane is called
``<road>/<number>``. Knows nothing of who drives, and nothing of how a road looks.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from sim.errors import InputError, Problem, unknown_name
from sim.pose import Array, Pose
from sim.schema import Pair, Positive, Spec
from sim.world.path import Path

Mark = Literal["none", "solid", "broken", "solid solid"]
LaneType = Literal["driving", "biking", "parking", "shoulder", "sidewalk"]
TOUCH, ALIGNED = 0.6, math.radians(25)  # m and rad: how near a lane's start is to the end of the one it goes on from
BACK = math.radians(150)  # a junction connects no lanes that ask for a sharper turn


class LaneSpec(Spec):
    """One lane of a road."""

    width: Positive = 3.5
    """m"""
    type: LaneType = "driving"
    speed_kmh: Positive | None = None
    """Limit; the road's when left out."""
    mark: Mark = "solid"
    """What is painted along its outer edge."""


class PieceSpec(Spec):
    """A piece of a reference line: straight, an arc, or a spiral (OpenDRIVE's ``line``, ``arc`` and ``spiral``)."""

    length: Positive
    """m"""
    curvature: float = 0.0
    """1/m, positive to the left."""
    to_curvature: float | None = None
    """1/m at its end; as at its start when left out."""


Point = Annotated[tuple[float, ...], Field(strict=False, min_length=2, max_length=3)]


class RoadSpec(Spec):
    """A road: a reference line, given by points or by pieces, with lanes beside it."""

    points: Annotated[tuple[Point, ...], Field(strict=False, min_length=2)] | None = None
    """m: corners x, y and perhaps z."""
    radius: Positive = 10.0
    """m: how corners are rounded."""
    at: Point | None = None
    """m: where the pieces begin, instead of points."""
    heading_deg: float = 0.0
    """Where the first piece leads."""
    pieces: Annotated[tuple[PieceSpec, ...], Field(strict=False)] = ()
    closed: bool = False
    """Whether it ends where it begins."""
    speed_kmh: Positive = 50.0
    """Limit."""
    right: Annotated[tuple[LaneSpec, ...], Field(strict=False)] = (LaneSpec(),)
    """From the reference line outwards; they lead along it."""
    left: Annotated[tuple[LaneSpec, ...], Field(strict=False)] = (LaneSpec(),)
    """From the reference line outwards; they lead against it."""
    mark: Mark = "broken"
    """What is painted along the reference line."""

    @model_validator(mode="after")
    def _one_line(self) -> RoadSpec:
        if (self.points is None) == (self.at is None):
            raise ValueError("say either points, or at and pieces")
        if self.at is not None and not self.pieces:
            raise ValueError("at needs pieces")
        return self


class JunctionSpec(Spec):
    """A place where lanes meet: each one that ends here leads to every one that begins here, but not back."""

    at: Pair
    """m"""
    radius: Positive
    """m: lanes that end or begin no farther away belong to it."""
    speed_kmh: Positive = 30.0


class CrossingSpec(Spec):
    """Where people cross a road."""

    points: Annotated[tuple[Point, ...], Field(strict=False, min_length=2)]
    """m: from kerb to kerb."""
    width: Positive = 3.0
    """m"""


@dataclass(frozen=True, eq=False)
class Lane:
    """A lane to go along.

    | field            | is                                                              |
    |------------------|-----------------------------------------------------------------|
    | name             | ``<road>/<number>``, or ``<junction>/<from>_<to>`` inside one      |
    | path             | along its middle, the way traffic goes                            |
    | width            | m                                                                 |
    | speed            | limit, m/s                                                        |
    | type             | driving, biking, parking, shoulder, sidewalk                      |
    | left, right      | marks on either side, as traffic sees them                        |
    | successors, predecessors | names of lanes it leads to and comes from                  |
    | junction         | the junction it is in; empty on roads                             |
    """

    name: str
    path: Path
    width: float
    speed: float
    type: str = "driving"
    left: str = "none"
    right: str = "none"
    successors: tuple[str, ...] = ()
    predecessors: tuple[str, ...] = ()
    junction: str = ""

    def edges(self) -> tuple[Path, Path]:
        """Its left and right edge."""
        return self.path.offset(self.width / 2), self.path.offset(-self.width / 2)


@dataclass(frozen=True, eq=False)
class Crossing:
    """Where people cross: along the path, ``width`` m wide."""

    path: Path
    width: float


@dataclass(frozen=True, eq=False)
class RoadMap:
    """What one world's file says of roads, and where that world lies in the one that includes it."""

    roads: Mapping[str, RoadSpec]
    junctions: Mapping[str, JunctionSpec]
    crossings: Mapping[str, CrossingSpec]
    prefix: str = ""
    pose: Pose = field(default_factory=Pose)

    def moved(self, prefix: str, pose: Pose) -> RoadMap:
        """The same in a world that includes this one."""
        return RoadMap(self.roads, self.junctions, self.crossings, f"{prefix}/{self.prefix}", pose @ self.pose)

    def to_json(self) -> dict[str, Any]:
        """Plain data from which `from_json` makes an equal one."""
        dump = {
            key: {name: one.model_dump() for name, one in getattr(self, key).items()}
            for key in ("roads", "junctions", "crossings")
        }
        at, turn = self.pose.position.tolist(), self.pose.orientation.tolist()
        return {**dump, "prefix": self.prefix, "at": at, "orientation": turn}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RoadMap:
        """What `to_json` gave."""

        def read(key: str, kind: type[Spec]) -> dict[str, Any]:
            return {name: kind.model_validate(one, strict=False) for name, one in data[key].items()}

        pose = Pose(np.array(data["at"]), np.array(data["orientation"]))
        return cls(
            read("roads", RoadSpec), read("junctions", JunctionSpec), read("crossings", CrossingSpec),
            data["prefix"], pose,
        )  # fmt: skip


class Roads:
    """All lanes of a world, connected.

    | attribute | is                                          |
    |-----------|---------------------------------------------|
    | lanes     | by name                                       |
    | crossings | by name                                       |
    | junctions | place ``(2,)`` m and radius m, by name         |

    Args:
        maps: What the files say, those of included worlds first.
        where: The world, for errors.

    Raises:
        InputError: A road's line leads nowhere, or bends tighter than its lanes allow.
    """

    def __init__(self, maps: Sequence[RoadMap] = (), where: str = "world"):
        self._where = where
        self.lanes: dict[str, Lane] = {}
        self.crossings: dict[str, Crossing] = {}
        self.junctions: dict[str, tuple[Array, float]] = {}
        following: dict[str, list[str]] = {}
        for one in maps:
            for key, road in one.roads.items():
                for lane in _lanes(one.prefix + key, road, one.pose, f"{where}: roads.{key}"):
                    self.lanes[lane.name] = lane
        for one in maps:
            for key, spec in one.junctions.items():
                self._connect(one.prefix, key, spec, one.pose, following)
            for key, crossing in one.crossings.items():
                path = Path(crossing.points, where=f"{where}: crossings.{key}").moved(one.pose)
                self.crossings[one.prefix + key] = Crossing(path, crossing.width)
        self._link(following)

    def __bool__(self) -> bool:
        return bool(self.lanes)

    def _connect(self, prefix: str, key: str, spec: JunctionSpec, pose: Pose, following: dict[str, list[str]]) -> None:
        """Lays lanes through a junction."""
        name, center = prefix + key, pose.apply((*spec.at, 0.0))[:2]
        self.junctions[name] = (center, spec.radius)
        open_lanes = [lane for lane in self.lanes.values() if not lane.path.closed and not lane.junction]
        ends = [lane for lane in open_lanes if _near(lane.path.at(lane.path.length), center, spec.radius)]
        starts = [lane for lane in open_lanes if _near(lane.path.at(0.0), center, spec.radius)]
        for a in ends:
            for b in starts:
                turn = math.remainder(float(b.path.heading(0.0) - a.path.heading(a.path.length)), 2 * math.pi)
                if a.type != b.type or abs(turn) > BACK:
                    continue
                title = f"{name}/{_flat(a.name, prefix)}_{_flat(b.name, prefix)}"
                path = _through(a.path, b.path)
                width, speed = min(a.width, b.width), spec.speed_kmh / 3.6
                self.lanes[title] = Lane(title, path, width, speed, a.type, junction=name)
                following.setdefault(a.name, []).append(title)
                following.setdefault(title, []).append(b.name)

    def _link(self, following: dict[str, list[str]]) -> None:
        """Finds what each lane leads to: what a junction says, and lanes that begin where it ends."""
        plain = [lane for lane in self.lanes.values() if not lane.junction]
        for a in plain:
            end, heading = a.path.at(a.path.length), float(a.path.heading(a.path.length))
            for b in plain:
                gap = np.linalg.norm(b.path.at(0.0) - end)
                turn = math.remainder(float(b.path.heading(0.0)) - heading, 2 * math.pi)
                if gap < TOUCH and abs(turn) < ALIGNED and a.type == b.type and (a is not b or a.path.closed):
                    following.setdefault(a.name, []).append(b.name)
        before: dict[str, list[str]] = {}
        for name, nexts in following.items():
            for other in nexts:
                before.setdefault(other, []).append(name)
        self.lanes = {
            name: Lane(
                name, lane.path, lane.width, lane.speed, lane.type, lane.left, lane.right,
                tuple(following.get(name, ())), tuple(before.get(name, ())), lane.junction,
            )
            for name, lane in self.lanes.items()
        }  # fmt: skip

    # -----------------------------------------------------------------------------------------------------------------
    # Asking

    def lane(self, name: str, where: str = "") -> Lane:
        """The lane of that name.

        Raises:
            InputError: There is none.
        """
        if name not in self.lanes:
            raise unknown_name(where or self._where, "lane", name, self.lanes)
        return self.lanes[name]

    def crossing(self, name: str, where: str = "") -> Crossing:
        """The crossing of that name.

        Raises:
            InputError: There is none.
        """
        if name not in self.crossings:
            raise unknown_name(where or self._where, "crossing", name, self.crossings)
        return self.crossings[name]

    def nearest(self, point: ArrayLike, heading: float | None = None) -> tuple[Lane, float, float]:
        """The lane a place is on or nearest to, the arc length along it, m, and how far left of its middle, m.

        Args:
            point: ``(2,)`` or ``(3,)`` m.
            heading: rad: lanes that lead elsewhere, by more than a right angle, do not count.

        Raises:
            InputError: There are no lanes, or none that leads there.
        """
        best: tuple[float, Lane, float, float] | None = None
        place = np.asarray(point, float)[:2]
        for lane in self.lanes.values():
            s, side = lane.path.project(place)
            if heading is not None and math.cos(float(lane.path.heading(s)) - heading) < 0:
                continue
            gap = float(np.linalg.norm(lane.path.at(s)[:2] - place)) + (1e-3 if lane.junction else 0.0)
            if best is None or gap < best[0]:
                best = gap, lane, s, side
        if best is None:
            raise InputError(Problem(self._where, "has no lane there", "a world with roads", str(place.tolist())))
        return best[1:]

    def on_road(self, point: ArrayLike, margin: float = 0.0) -> bool:
        """Whether a place is on a lane, ``margin`` m beyond its edges allowed."""
        place = np.asarray(point, float)[:2]
        for lane in self.lanes.values():
            s, _ = lane.path.project(place)
            if np.linalg.norm(lane.path.at(s)[:2] - place) <= lane.width / 2 + margin:
                return True
        return False

    def lanes_between(self, start: str, end: str, where: str = "") -> list[str]:
        """Names of the lanes of the shortest way from one lane to another, both included.

        Raises:
            InputError: A lane is unknown, or no way leads there.
        """
        self.lane(start, where), self.lane(end, where)
        heap: list[tuple[float, str, tuple[str, ...]]] = [(0.0, start, (start,))]
        done: set[str] = set()
        while heap:
            length, name, way = heapq.heappop(heap)
            if name == end and (len(way) > 1 or start == end):
                return list(way)
            if name in done:
                continue
            done.add(name)
            for following in self.lanes[name].successors:
                heapq.heappush(heap, (length + self.lanes[following].path.length, following, (*way, following)))
        raise InputError(
            Problem(
                where or self._where, f"no way leads from lane {start!r} to lane {end!r}",
                hint="lanes lead one way; look at their successors",
            )
        )  # fmt: skip

    def route(self, start: str, end: str, where: str = "", via: Sequence[str] = ()) -> Path:
        """The path along the shortest way from the start of one lane to the end of another.

        Args:
            start: The first lane.
            end: The last lane.
            where: The file and the path in it, for errors.
            via: Lanes to pass on the way, in this order.

        Raises:
            InputError: A lane is unknown, or no way leads there.
        """
        names, stops = [start], [start, *via, end]
        for a, b in pairwise(stops):
            names += self.lanes_between(a, b, where)[1:]
        first, *others = (self.lane(name, where).path for name in names)
        return first.joined(*others) if others else first


def _near(place: Array, center: Array, radius: float) -> bool:
    return float(np.linalg.norm(place[:2] - center)) <= radius


def _flat(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).replace("/", ".")


def _line(road: RoadSpec, where: str) -> Path:
    if road.points is not None:
        return Path.rounded(road.points, road.radius, road.closed, where)
    assert road.at is not None
    pieces = [(p.length, p.curvature, p.curvature if p.to_curvature is None else p.to_curvature) for p in road.pieces]
    return Path.of_geometry(road.at, math.radians(road.heading_deg), pieces, road.closed)


def _lanes(name: str, road: RoadSpec, pose: Pose, where: str) -> list[Lane]:
    line, found = _line(road, where).moved(pose), []
    for side, lanes in ((-1, road.right), (1, road.left)):
        outer, inner = 0.0, road.mark
        for i, lane in enumerate(lanes, 1):
            try:
                path = line.offset(side * (outer + lane.width / 2))
            except InputError as error:
                raise InputError(*[Problem(where, p.what, p.expected, p.got, p.hint) for p in error.problems]) from None
            speed = (lane.speed_kmh or road.speed_kmh) / 3.6
            path = path if side < 0 else path.reversed()
            found.append(Lane(f"{name}/{side * i}", path, lane.width, speed, lane.type, inner, lane.mark))
            outer, inner = outer + lane.width, lane.mark
    return found


def _through(a: Path, b: Path) -> Path:
    """The way from the end of one lane to the start of another: straight, or lines and one arc."""
    ax, ay, az, ah, _ = a.sample(a.length)
    bx, by, bz, bh, _ = b.sample(0.0)
    start, end = np.array([ax, ay, az]), np.array([bx, by, bz])
    cross = math.cos(ah) * math.sin(bh) - math.sin(ah) * math.cos(bh)
    if abs(cross) < 0.05:
        if abs((bx - ax) * math.sin(ah) - (by - ay) * math.cos(ah)) < 0.05:
            return Path([start, end])
        reach = np.linalg.norm(end - start) / 3
        lead, trail = (reach * np.array([math.cos(h), math.sin(h), 0.0]) for h in (ah, bh))
        u = np.linspace(0, 1, 25)[:, None]
        curve = (1 - u) ** 3 * start + 3 * u * (1 - u) ** 2 * (start + lead) + 3 * u * u * (1 - u) * (end - trail)
        return Path.smooth(curve + u**3 * end)
    t = ((bx - ax) * math.sin(bh) - (by - ay) * math.cos(bh)) / cross
    corner = np.array([ax + t * math.cos(ah), ay + t * math.sin(ah), (az + bz) / 2])
    return Path.rounded([start, corner, end], math.inf, where="junction")
