"""What rays meet first, by Embree: many millions a second on one core.

Things that never move are one scene, built once. Things that can move but rest are another, built anew when one of them
starts to move. Each thing that moves is a scene of its own: rays are carried into its frame, and only those that come
near the ball around it. Knows nothing of sensors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.assets.hull import hull_faces
from sim.assets.mesh import Material, primitive_mesh
from sim.errors import missing_extra
from sim.pose import Array, conjugate, matrix, rotate
from sim.render.rasteriser.kept import kept_levels
from sim.render.rasteriser.simplify import area
from sim.render.scene import Group, Scene
from sim.world.layout import Layout
from sim.world.state import State

NOTHING = -1
STILL = 1e-3  # m, and rad: what has moved less since its scene was built rests
COARSE = 0.01  # m that a corner may be out of place: half of what a good lidar's range is uncertain by
GROUND_HALF = 5000.0  # m: half the side of the square that stands for endless ground
_kept: dict[tuple[str, str], Shape | None] = {}


@dataclass(frozen=True, eq=False)
class Hits:
    """What n rays met first.

    | field        | shape | is                                                              |
    |--------------|-------|-----------------------------------------------------------------|
    | distance     | (n,)  | m; inf where nothing was met                                     |
    | id           | (n,)  | index into `RayScene.names`; −1 where nothing was met             |
    | incidence    | (n,)  | cosine between ray and normal, 0 to 1                             |
    | reflectivity | (n,)  | of the surface met, 0 to 1                                        |
    """

    distance: Array
    id: NDArray[np.int32]
    incidence: Array
    reflectivity: Array


@dataclass(frozen=True, eq=False)
class Shape:
    """Triangles of one part in its own frame, unscaled: `vertices` (v, 3) m, `faces` (f, 3), `reflectivity` (f,)."""

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    reflectivity: NDArray[np.float32]

    @property
    def radius(self) -> float:
        """m, of the ball about the part's origin that holds it."""
        return float(np.linalg.norm(self.vertices, axis=1).max())


@dataclass(frozen=True, eq=False)
class _Instance:
    """One shape somewhere: `row` of a State that moves it, or −1, then `position` and `orientation` say where."""

    shape: Shape
    id: int
    row: int
    scale: float
    position: Array
    orientation: Array


class _Lump:
    """Instances baked into one Embree scene, in world axes or, for a single one, in its own frame."""

    def __init__(self, instances: list[_Instance], poses: tuple[Array, Array] | None):
        vertices, faces, n = [], [], 0
        for i, one in enumerate(instances):
            points = one.shape.vertices.astype(float) * one.scale
            if poses is not None:
                points = points @ matrix(poses[1][i]).T + poses[0][i]
            vertices.append(points.astype(np.float32))
            faces.append(one.shape.faces + n)
            n += len(points)
        self._id = np.repeat([one.id for one in instances], [len(one.shape.faces) for one in instances])
        self._reflectivity = np.concatenate([one.shape.reflectivity for one in instances])
        self._scene = _embree_scene(np.concatenate(vertices), np.concatenate(faces).astype(np.int32))

    def cast(self, origins: NDArray, directions: NDArray, best: Hits, which: NDArray | slice = slice(None)) -> None:
        """Puts what is nearer than `best` into it; origins and directions ``(k, 3)`` float32 belong to ``which``."""
        reach = best.distance[which]
        found = self._scene.run(
            origins, directions, dists=np.minimum(reach, 3e38).astype(np.float32), query="INTERSECT", output=1
        )
        primitive = found["primID"]
        hit = np.flatnonzero(primitive >= 0)
        if not len(hit):
            return
        rows = hit if isinstance(which, slice) else which[hit]
        normal = found["Ng"][hit]
        length = np.maximum(np.sqrt(np.einsum("ij,ij->i", normal, normal)), 1e-12)
        best.distance[rows] = found["tfar"][hit]
        best.incidence[rows] = np.abs(np.einsum("ij,ij->i", normal, directions[hit])) / length
        best.id[rows] = self._id[primitive[hit]]
        best.reflectivity[rows] = self._reflectivity[primitive[hit]]


class RayScene:
    """Everything rays can meet in a layout.

    Args:
        instances: Shapes and what moves them.
        names: What ids mean.
        ground: Height of endless ground, m; None: there is none.
        ground_reflectivity: Of that ground.
    """

    def __init__(
        self,
        instances: list[_Instance],
        names: tuple[str, ...],
        ground: float | None = None,
        ground_reflectivity: float = 0.2,
    ):
        self.names = names
        fixed = [one for one in instances if one.row < 0]
        self._loose = [one for one in instances if one.row >= 0]
        self._row = np.array([one.row for one in self._loose], int)
        self._radius = np.array([one.shape.radius * one.scale for one in self._loose])
        if ground is not None:
            fixed.append(_floor(ground, names.index("ground"), ground_reflectivity))
        self._fixed = _baked(fixed)
        self._resting: _Lump | None = None
        self._rests = np.zeros(len(self._loose), bool)
        self._rest_position, self._rest_orientation = np.empty((0, 3)), np.empty((0, 4))
        self._own: dict[int, _Lump] = {}

    @classmethod
    def of(
        cls,
        layout: Layout,
        parts: tuple[str, ...],
        within: tuple[Array, float] | None = None,
        without: Collection[str] = (),
        touch: bool = False,
    ) -> RayScene:
        """The rays' scene of a layout.

        Args:
            layout: What is placed.
            parts: Movable parts, in the order of the States to come.
            within: Centre (3,) and radius, m: what never moves and is wholly outside is left out.
            without: Placements that rays pass through, such as what carries the sensor.
            touch: Meet what collides instead of what is seen; rigid things only.
        """
        scene = Scene.of(layout, parts)
        shape: Callable[[Group], Shape | None] = _touched if touch else _seen
        instances = []
        left_out = {scene.names.index(name) for name in without}
        for group in scene.groups:
            found = shape(group)
            if found is None:
                continue
            for i in range(len(group.id)):
                one = _Instance(
                    found,
                    int(group.id[i]),
                    int(group.row[i]),
                    float(group.scale[i]),
                    group.position[i],
                    group.orientation[i],
                )
                if one.id not in left_out and (one.row >= 0 or _near(one, within)):
                    instances.append(one)
        ground = layout.ground
        reflectivity = 0.2
        if ground is not None:
            look = ground.appearance.over(layout.library.substances[ground.substance].appearance)
            reflectivity = _luminance(look.base_color or (0.2, 0.2, 0.2))
        return cls(instances, scene.names, ground.height if ground else None, reflectivity)

    def cast(self, state: State, origins: Array, directions: Array, reach: float) -> Hits:
        """What rays meet.

        Args:
            state: Where things are.
            origins: ``(n, 3)`` or ``(3,)``, m, world.
            directions: ``(n, 3)``, unit, world.
            reach: m, how far rays go.
        """
        n = len(directions)
        origins = np.broadcast_to(np.asarray(origins, float), (n, 3))
        best = Hits(np.full(n, float(reach)), np.full(n, NOTHING, np.int32), np.zeros(n), np.zeros(n))
        single_o, single_d = origins.astype(np.float32), np.ascontiguousarray(directions, np.float32)
        self._fixed.cast(single_o, single_d, best)
        if len(self._loose):
            self.settle(state)
            if self._resting is not None:
                self._resting.cast(single_o, single_d, best)
            self._cast_moving(state, origins, np.asarray(directions, float), best)
        best.distance[best.id == NOTHING] = np.inf
        return best

    def settle(self, state: State) -> None:
        """Sorts out what rests; builds the scene of what rests anew when one of these has begun to move.

        `cast` does this by itself; whoever wants the first cast to be quick does it before.
        """
        if not len(self._loose):
            return
        position, orientation = state.position[self._row], state.orientation[self._row]
        if self._resting is None and not self._own:
            self._rests[:] = True
            self._rest(position, orientation)
            return
        apart = np.abs(position - self._rest_position).max(axis=1)
        turned = np.abs(orientation - self._rest_orientation).max(axis=1)
        moved = self._rests & ((apart > STILL) | (turned > STILL))
        if moved.any():
            self._rests &= ~moved
            self._rest(position, orientation)

    def _rest(self, position: Array, orientation: Array) -> None:
        keep = np.flatnonzero(self._rests)
        # what rests stays where its scene has it: small drifts must not add up unseen
        if not len(self._rest_position):
            self._rest_position, self._rest_orientation = position.copy(), orientation.copy()
        poses = self._rest_position[keep], self._rest_orientation[keep]
        self._resting = _Lump([self._loose[i] for i in keep], poses) if len(keep) else None
        for i in np.flatnonzero(~self._rests).tolist():
            if i not in self._own:
                self._own[i] = _Lump([self._loose[i]], None)

    def _cast_moving(self, state: State, origins: Array, directions: Array, best: Hits) -> None:
        for i, lump in self._own.items():
            center, turn = state.position[self._row[i]], state.orientation[self._row[i]]
            which = _near_rays(origins, directions, best.distance, center, self._radius[i])
            if len(which):
                back = matrix(conjugate(turn)).T
                local = ((origins[which] - center) @ back).astype(np.float32)
                lump.cast(local, (directions[which] @ back).astype(np.float32), best, which)


def _near_rays(origins: Array, directions: Array, reach: Array, center: Array, radius: float) -> NDArray[np.int64]:
    """Which rays pass the ball about ``center`` before they end."""
    if origins.strides[0] == 0:  # one origin: a cone
        way = center - origins[0]
        along = directions @ way
        square = float(way @ way)
    else:
        ways = center - origins
        along = np.einsum("ij,ij->i", directions, ways)
        square = np.einsum("ij,ij->i", ways, ways)
    beside = square - along * along <= radius * radius
    return np.flatnonzero(beside & (along > -radius) & (along - radius < reach))


# ---------------------------------------------------------------------------------------------------------------------
# Shapes


def _embree_scene(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> Any:
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError:
        raise missing_extra("lidar", "embreex", "driving") from None
    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(vertices), np.ascontiguousarray(faces))
    return scene


def _baked(instances: list[_Instance]) -> _Lump:
    if not instances:  # far below anything: Embree wants at least one triangle
        corners = np.array([[0, 0, -1e6], [1, 0, -1e6], [0, 1, -1e6]], np.float32)
        shape = Shape(corners, np.array([[0, 1, 2]], np.int32), np.zeros(1, np.float32))
        instances = [_Instance(shape, NOTHING, -1, 1.0, np.zeros(3), np.array([0.0, 0, 0, 1]))]
    return _Lump(instances, (np.array([i.position for i in instances]), np.array([i.orientation for i in instances])))


def _floor(height: float, number: int, reflectivity: float) -> _Instance:
    a = GROUND_HALF
    corners = np.array([[-a, -a, height], [a, -a, height], [a, a, height], [-a, a, height]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    shape = Shape(corners, faces, np.full(2, reflectivity, np.float32))
    return _Instance(shape, number, -1, 1.0, np.zeros(3), np.array([0.0, 0, 0, 1]))


def _near(one: _Instance, within: tuple[Array, float] | None) -> bool:
    if within is None:
        return True
    vertices = one.shape.vertices
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    center = rotate(one.orientation, middle * one.scale) + one.position
    radius = float(np.linalg.norm(np.ptp(vertices, axis=0))) / 2 * one.scale
    return float(np.linalg.norm(center - within[0])) < within[1] + radius


def _seen(group: Group) -> Shape | None:
    """What is seen of a part, as coarse as a lidar cannot tell; made once a process."""
    key = (group.asset.sha256, group.part)
    if key not in _kept:
        _kept[key] = _coarse(group)
    return _kept[key]


def _coarse(group: Group) -> Shape | None:
    total = sum(area(p) for p in group.mesh.primitives)
    vertices, faces, reflectivity, n = [], [], [], 0
    for p in group.mesh.primitives:
        if not len(p.faces):
            continue
        fine = [c.primitive for c in kept_levels(p, total) if c.cell <= COARSE and len(c.primitive.faces)]
        chosen = fine[-1] if fine else p
        vertices.append(chosen.vertices)
        faces.append(chosen.faces + n)
        reflectivity.append(np.full(len(chosen.faces), _reflectivity(p.material), np.float32))
        n += len(chosen.vertices)
    if not vertices:
        return None
    return Shape(
        np.concatenate(vertices).astype(np.float32),
        np.concatenate(faces).astype(np.int32),
        np.concatenate(reflectivity),
    )


def _touched(group: Group) -> Shape | None:
    """What collides of a rigid asset: boxes, hulls and triangles as they are, round things in facets."""
    if group.asset.articulated or group.asset.measure.collider.kind == "nothing":
        return None
    collider = group.asset.measure.collider
    pieces: list[tuple[Array, NDArray]]
    if collider.kind == "triangles":
        assert collider.faces is not None
        pieces = [(collider.corners[0], np.asarray(collider.faces))]
    elif collider.kind == "hulls":
        pieces = [(corners, hull_faces(corners)) for corners in collider.corners]
    else:
        mesh = primitive_mesh(collider.kind, collider.size)
        pieces = [(collider.pose.apply(mesh.vertices), mesh.faces)]
    starts = np.cumsum([0] + [len(corners) for corners, _ in pieces])
    faces = np.concatenate([f + start for (_, f), start in zip(pieces, starts, strict=False)]).astype(np.int32)
    vertices = np.concatenate([corners for corners, _ in pieces]).astype(np.float32)
    return Shape(vertices, faces, np.full(len(faces), 0.5, np.float32))


def _reflectivity(material: Material) -> float:
    """Share of a laser's light that comes back from a surface: its luminance; less where light passes through."""
    color = np.asarray(material.base_color[:3])
    if material.base_texture is not None:
        small = np.asarray(material.base_texture.convert("RGB").resize((8, 8)), float).reshape(-1, 3).mean(axis=0) / 255
        color = color * small**2.2
    opaque = material.base_color[3] if material.alpha_mode == "BLEND" else 1.0
    return float(np.clip(_luminance(color) * opaque * (1 - material.transmission), 0.01, 1.0))


def _luminance(color: Any) -> float:
    return float(np.dot(color, (0.2126, 0.7152, 0.0722)))  # Rec. 709
