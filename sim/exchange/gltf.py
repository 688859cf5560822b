"""Worlds and assets as one binary glTF 2.0 file: what is seen, what shines, what touches and what it weighs.

Owns the layout of the file. Every instance is a node with the name it has in the world; instances of an asset share
its meshes, materials, pictures and colliders. Space becomes glTF's: our (x, y, z) is its (x, z, −y), for points, for
turns and for the vertices of every mesh, so a node's own axes read the same in any tool.

| what is                          | stands in                                                             |
|----------------------------------|-----------------------------------------------------------------------|
| looks                            | core materials, `KHR_materials_emissive_strength`, `_transmission`, `_ior` |
| lamps, sun                       | `KHR_lights_punctual`: candela and lux; an area light is a wide spot     |
| mass, collider, friction         | `KHR_physics_rigid_bodies`, `KHR_implicit_shapes` (the Khronos drafts)   |
| asset, substance, class, sky, air | ``extras``                                                             |

Convex hulls and collision triangles are meshes of nodes outside the scene, to which colliders point;
no tool shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.assets.asset import Asset, Collider
from sim.assets.hull import hull_faces
from sim.assets.library import Library
from sim.assets.spec import LightSpec
from sim.exchange.glb import Chunk
from sim.files import write_whole
from sim.pose import Array, Pose, multiply
from sim.render.camera import Camera
from sim.render.light import Sky, lamp_candela, lamp_rgb, spot_cosines
from sim.render.rasteriser.floor import Floor, tile
from sim.render.scene import Scene, SceneLight
from sim.world.layout import Layout, Placement
from sim.world.spec import AirSpec, SkySpec
from sim.world.state import State
from sim.world.world import World

SUFFIX = ".glb"
_REACH = np.array([25.0, 50, 75, 100, 150, 200, 300, 500, 1000, 2000])  # m: glTF has no endless floor
GROUND_LINES = np.concatenate([-_REACH[::-1], [0.0], _REACH])
"""Where the ground is cut: a card's depth is too coarse over one large triangle for roads that lie 20 mm above it."""
ASPECT = 16 / 9  # glTF cameras are given by their height
LENS = np.array([0.0, -np.sqrt(0.5), 0.0, np.sqrt(0.5)])  # turns what looks along +X so that it looks along −Z


def export(library: Library, name: str, path: Path) -> Path:
    """Writes a world, a world@variant or an asset by name.

    Raises:
        InputError: No such thing, or its files are wrong.
    """
    if name in library.assets():
        write_glb(asset_scene(library.asset(name), library), None, path)
        return path
    layout = Layout.load(name, library)
    with World(layout) as world:
        write_glb(Scene.of(layout, world.parts), world.read(), path)
    return path


def asset_scene(asset: Asset, library: Library) -> Scene:
    """One asset at the origin, under no sky and on no ground."""
    nowhere = Layout(
        asset.name,
        (Placement(asset.name, asset, Pose()),),
        {},
        {},
        SkySpec(sun=None),
        AirSpec(),
        None,
        240,
        0,
        (0.0, 0.0, -9.81),
        True,
        library,
    )
    return Scene.of(nowhere)


def write_glb(scene: Scene, state: State | None, path: Path, max_texture: int = 1024) -> None:
    """Writes a scene as binary glTF, whole or not at all.

    Args:
        scene: What there is.
        state: Where movable parts are; their start poses when None (then joints are at zero).
        path: The file.
        max_texture: px a side: larger pictures are halved.
    """
    write_whole(path, glb_of(scene, state, max_texture))


def glb_of(scene: Scene, state: State | None = None, max_texture: int = 1024) -> bytes:
    """The bytes of `write_glb`."""
    return _Writer(scene, state, max_texture).pack()


def y_up(points: Any) -> Array:
    """Our points ``(…, 3)`` in glTF's axes."""
    x, y, z = np.moveaxis(np.asarray(points, float), -1, 0)
    return np.stack([x, z, -y], axis=-1)


def y_up_turn(orientation: Any) -> Array:
    """Our turns ``(…, 4)`` xyzw in glTF's axes."""
    x, y, z, w = np.moveaxis(np.asarray(orientation, float), -1, 0)
    return np.stack([x, z, -y, w], axis=-1)


@dataclass(frozen=True, eq=False)
class _Seen:
    """A part of a placement that is seen: where, and with which mesh of the file."""

    part: str
    pose: Pose
    mesh: int


class _Writer:
    """Fills one file; every list in it grows in the order of the layout."""

    def __init__(self, scene: Scene, state: State | None, max_texture: int):
        self.scene, self.state, self.layout = scene, state, scene.layout
        self.chunk = Chunk(max_texture)
        self.tree: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "Prop House"},
            "nodes": [],
            "meshes": [],
        }
        self.lights: list[dict[str, Any]] = []
        self.shapes: list[dict[str, Any]] = []
        self.surfaces: list[dict[str, Any]] = []
        self._made: dict[Any, int] = {}
        self.used: set[str] = set()

    def pack(self) -> bytes:
        """The whole file."""
        roots = self._ground() + self._objects() + self._lamps() + self._sun() + self._cameras()
        sky, air = self.layout.sky.model_dump(), self.layout.air.model_dump()
        extras = {"world": self.layout.name, "sky": sky, "air": air, "gravity": list(self.layout.gravity)}
        self.tree["scenes"] = [{"name": self.layout.name, "nodes": roots, "extras": extras}]
        self.tree["scene"] = 0
        extensions = {
            "KHR_lights_punctual": {"lights": self.lights} if self.lights else None,
            "KHR_implicit_shapes": {"shapes": self.shapes} if self.shapes else None,
            "KHR_physics_rigid_bodies": {"physicsMaterials": self.surfaces} if self.surfaces else None,
        }
        self.tree["extensions"] = {name: value for name, value in extensions.items() if value}
        self.used |= self.chunk.used | set(self.tree["extensions"])
        self.tree["extensionsUsed"] = sorted(self.used)
        for name in ("extensions", "extensionsUsed", "cameras", "meshes", "nodes"):
            if not self.tree.get(name):
                self.tree.pop(name, None)
        return self.chunk.pack(self.tree)

    def _add(self, kind: str, item: dict[str, Any]) -> int:
        items = self.tree.setdefault(kind, [])
        items.append(item)
        return len(items) - 1

    def _node(self, name: str, pose: Pose, scale: float = 1.0, looks: bool = False, **more: Any) -> int:
        """Adds a node; what `looks` (a camera, a lamp) does so along our +X, and in glTF along −Z.

        A member of `more` that is empty is left out; mesh 0 is not empty.
        """
        node: dict[str, Any] = {"name": name}
        turn = y_up_turn(pose.orientation)
        turn = multiply(turn, LENS) if looks else turn
        if np.any(pose.position):
            node["translation"] = y_up(pose.position).tolist()
        if np.any(turn[:3]):
            node["rotation"] = turn.tolist()
        if scale != 1.0:
            node["scale"] = [scale] * 3
        return self._add("nodes", node | {key: value for key, value in more.items() if value not in ({}, [], None)})

    # -----------------------------------------------------------------------------------------------------------------
    # Things

    def _objects(self) -> list[int]:
        """A node for every placement; the links of an articulated one are its children."""
        seen: dict[int, list[_Seen]] = {}
        for group in self.scene.groups:
            mesh = self._mesh(group.asset, group.part, group.mesh)
            position, orientation = group.poses(self.state)
            for i, owner in enumerate(group.id.tolist()):
                seen.setdefault(owner, []).append(_Seen(group.part, Pose(position[i], orientation[i]), mesh))
        return [self._object(i, p, seen.get(i, [])) for i, p in enumerate(self.layout.placements)]

    def _object(self, i: int, p: Placement, seen: list[_Seen]) -> int:
        extras = {
            "kind": "object",
            "id": i,
            "asset": p.asset.name,
            "class": p.asset.spec.label or next(iter(p.asset.spec.tags), p.asset.name),
            "substance": p.asset.spec.substance,
            "motion": p.motion,
        }
        if p.asset.articulated:
            return self._articulated(p, seen, extras)
        pose, mesh = (seen[0].pose, seen[0].mesh) if seen else (p.pose, None)
        physics, children = self._physics(p, extras)
        return self._node(p.name, pose, p.scale, mesh=mesh, extras=extras, extensions=physics, children=children)

    def _articulated(self, p: Placement, seen: list[_Seen], extras: dict[str, Any]) -> int:
        base = next((link for link in seen if link.part == p.asset.model.links[0]), None)
        own = base.pose if base else p.pose
        children = []
        for link in seen:
            if link is not base:
                inner = own.inverse @ link.pose
                inner = Pose(inner.position / p.scale, inner.orientation)  # the parent's node is scaled already
                name = {"kind": "link", "link": link.part}
                children.append(self._node(f"{p.name}/{link.part}", inner, mesh=link.mesh, extras=name))
        mesh = base.mesh if base else None
        extras["articulated"] = True
        return self._node(p.name, own, p.scale, mesh=mesh, extras=extras, children=children)

    def _mesh(self, asset: Asset, part: str, mesh: Any) -> int:
        name = f"{asset.name}/{part}" if part else asset.name
        return self._add("meshes", {"name": name, "primitives": [self.chunk.primitive(p) for p in mesh.primitives]})

    def _ground(self) -> list[int]:
        ground = self.layout.ground
        if ground is None:
            return []
        floor = Floor(self.layout)
        picture, side = tile(floor.substance)
        x, y = np.meshgrid(GROUND_LINES, GROUND_LINES)
        corners = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
        attributes = {
            "POSITION": self.chunk.floats(y_up(corners), bounds=True),
            "NORMAL": self.chunk.floats(y_up(np.tile([0.0, 0, 1], (len(corners), 1)))),
            "TEXCOORD_0": self.chunk.floats(corners[:, :2] / [side, -side]),
        }
        material = self.chunk.floor(ground.substance, floor.albedo, picture, floor.roughness, floor.metallic)
        n = len(GROUND_LINES)
        first = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).reshape(-1, 1)
        triangles = self.chunk.indices((first + np.array([0, 1, n + 1, 0, n + 1, n])).reshape(-1, 3))
        primitive = {"attributes": attributes, "indices": triangles, "material": material}
        mesh = self._add("meshes", {"name": "ground", "primitives": [primitive]})
        surface = self.layout.library.substances[ground.substance].surface
        collider = {"geometry": {"node": len(self.tree["nodes"])}, "physicsMaterial": self._surface(surface)}
        self.used.add("KHR_physics_rigid_bodies")
        extras = {"kind": "ground", "substance": ground.substance, "tile_m": side}
        pose = Pose.of((0, 0, floor.height))
        physics = {"KHR_physics_rigid_bodies": {"collider": collider}}
        return [self._node("ground", pose, mesh=mesh, extras=extras, extensions=physics)]

    # -----------------------------------------------------------------------------------------------------------------
    # Physics

    def _physics(self, p: Placement, extras: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        """The extension of a rigid thing's node and the nodes of colliders that lie beside its origin."""
        body: dict[str, Any] = {}
        measure = p.asset.measure
        if p.motion != "static":
            mass = measure.mass.scaled(p.scale)
            extras["mass"] = mass.mass
            inertia, turn = mass.inertia, y_up_turn(mass.axes)
            body["motion"] = {
                "mass": mass.mass,
                "centerOfMass": y_up(measure.mass.center).tolist(),
                "inertiaDiagonal": [inertia[0], inertia[2], inertia[1]],
                "inertiaOrientation": turn.tolist(),
            }
            if p.motion == "kinematic":
                body["motion"]["isKinematic"] = True
            for key, value in (("linearVelocity", p.velocity), ("angularVelocity", p.angular_velocity)):
                if any(value):
                    own = Pose(orientation=p.pose.orientation).inverse.apply(value)
                    body["motion"][key] = y_up(own).tolist()
        colliders = self._colliders(p.asset, measure.collider)
        surface = self._surface(p.asset.surface())
        children = []
        for i, (geometry, pose) in enumerate(colliders):
            collider = {"geometry": geometry, "physicsMaterial": surface}
            if len(colliders) == 1 and pose is None:
                body["collider"] = collider
                continue
            extension = {"KHR_physics_rigid_bodies": {"collider": collider}}
            children.append(self._node(f"{p.name}:collider{i}", pose or Pose(), extensions=extension))
        if body or children:
            self.used.add("KHR_physics_rigid_bodies")
        return ({"KHR_physics_rigid_bodies": body} if body else {}), children

    def _colliders(self, asset: Asset, collider: Collider) -> list[tuple[dict[str, Any], Pose | None]]:
        """Geometry of each piece of a collider, and its pose where it is not the node's own."""
        if collider.kind == "nothing":
            return []
        if collider.kind == "triangles":
            assert collider.faces is not None
            return [({"node": self._hidden(asset, 0, collider.corners[0], collider.faces)}, None)]
        if collider.kind == "hulls":
            return [
                ({"node": self._hidden(asset, i, corners, hull_faces(corners)), "convexHull": True}, None)
                for i, corners in enumerate(collider.corners)
            ]
        plain = not np.any(collider.pose.position) and not np.any(collider.pose.orientation[:3])
        return [({"shape": self._shape(collider)}, None if plain else collider.pose)]

    def _shape(self, collider: Collider) -> int:
        """An implicit shape; the long axis is our Z, which is glTF's Y."""
        key = ("shape", collider.kind, collider.size)
        if key not in self._made:
            shape: dict[str, Any] = {"type": collider.kind}
            if collider.kind == "box":
                x, y, z = collider.size
                shape["box"] = {"size": [x, z, y]}
            elif collider.kind == "sphere":
                shape["sphere"] = {"radius": collider.size[0]}
            else:
                radius, height = collider.size
                height -= 2 * radius if collider.kind == "capsule" else 0.0
                shape[collider.kind] = {"height": height, "radiusBottom": radius, "radiusTop": radius}
            self.shapes.append(shape)
            self._made[key] = len(self.shapes) - 1
        return self._made[key]

    def _hidden(self, asset: Asset, i: int, corners: Array, faces: NDArray) -> int:
        """A node outside the scene whose mesh is collided with."""
        key = ("hidden", asset.name, i)
        if key not in self._made:
            name = f"{asset.name}:collider{i}"
            attributes = {"POSITION": self.chunk.floats(y_up(corners), bounds=True)}
            primitive = {"attributes": attributes, "indices": self.chunk.indices(faces)}
            mesh = self._add("meshes", {"name": name, "primitives": [primitive]})
            self._made[key] = self._node(name, Pose(), mesh=mesh)
        return self._made[key]

    def _surface(self, surface: Any) -> int:
        """A physics material; ours are multiplied, which the draft knows too."""
        friction, restitution = surface.dynamic_friction or 0.0, surface.restitution or 0.0
        static = surface.static_friction if surface.static_friction is not None else friction
        key = ("surface", static, friction, restitution)
        if key not in self._made:
            self.surfaces.append(
                {
                    "staticFriction": static,
                    "dynamicFriction": friction,
                    "restitution": restitution,
                    "frictionCombine": "multiply",
                    "restitutionCombine": "multiply",
                }
            )
            self._made[key] = len(self.surfaces) - 1
        return self._made[key]

    # -----------------------------------------------------------------------------------------------------------------
    # Lights and cameras

    def _lamps(self) -> list[int]:
        return [self._lamp(light) for light in self.scene.lights]

    def _lamp(self, light: SceneLight) -> int:
        at, aim = light.place(self.state)
        spec = light.spec
        key = ("light", spec.model_dump_json())
        if key not in self._made:
            self.lights.append(_punctual(spec))
            self._made[key] = len(self.lights) - 1
        extras: dict[str, Any] = {"kind": "lamp", "light": spec.kind, "lit": spec.lit}
        if light.row >= 0:
            extras["on"] = self.scene.parts[light.row]
        if spec.lumens is not None:
            extras["lumens"] = spec.lumens
        if spec.size is not None:
            extras["size"] = list(spec.size)
        extension = {"KHR_lights_punctual": {"light": self._made[key]}}
        return self._node(light.name, _aimed(at, aim), looks=True, extras=extras, extensions=extension)

    def _sun(self) -> list[int]:
        sky = Sky.of(self.layout.sky)
        top = float(sky.sun_rgb.max())
        if self.layout.sky.sun is None or top <= 0.0:
            return []
        color = (sky.sun_rgb / top).tolist()
        self.lights.append({"type": "directional", "name": "sun", "color": color, "intensity": top})
        extension = {"KHR_lights_punctual": {"light": len(self.lights) - 1}}
        pose = _aimed(sky.sun_direction * 100.0, -sky.sun_direction)
        return [self._node("sun", pose, looks=True, extras={"kind": "sun"}, extensions=extension)]

    def _cameras(self) -> list[int]:
        nodes = []
        for name, spec in self.layout.cameras.items():
            camera = Camera.of(spec)
            half = camera.sensor_mm / ASPECT / 2 / camera.lens_mm
            lens = {"yfov": 2 * float(np.arctan(half)), "aspectRatio": ASPECT, "znear": camera.near, "zfar": camera.far}
            item = {"name": name, "type": "perspective", "perspective": lens}
            extras = {"kind": "camera", "lens_mm": camera.lens_mm, "sensor_mm": camera.sensor_mm}
            node = self._node(name, camera.pose, looks=True, extras=extras)
            self.tree["nodes"][node]["camera"] = self._add("cameras", item)
            nodes.append(node)
        return nodes


def _aimed(at: Array, aim: Array) -> Pose:
    return Pose(at, Pose.looking((0, 0, 0), aim).orientation)


def _punctual(spec: LightSpec) -> dict[str, Any]:
    """A lamp as `KHR_lights_punctual` has it; what a filter takes away is in the intensity."""
    color = lamp_rgb(spec)
    top = float(color.max())
    light: dict[str, Any] = {
        "name": spec.name,
        "type": "point" if spec.kind == "point" else "spot",
        "color": (color / max(top, 1e-9)).tolist(),
        "intensity": lamp_candela(spec) * top,
    }
    if spec.kind == "spot":
        outer, inner = (float(np.arccos(cosine)) for cosine in spot_cosines(spec))
        light["spot"] = {"innerConeAngle": min(inner, outer - 1e-4), "outerConeAngle": outer}
    elif spec.kind == "area":  # Lambert's cosine, as near as a spot comes to it
        light["spot"] = {"innerConeAngle": 0.0, "outerConeAngle": float(np.pi / 2)}
    return light
