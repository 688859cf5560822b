"""What single instances look like that differ from the rest of their group.

A State says what changed: a lamp was switched, a part melted, iron glows; a caller may put pictures on screens and
posters. Renderers ask for the meshes of just these instances and draw all others as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from sim.assets.mesh import Material, Mesh, Primitive
from sim.errors import InputError, Problem, unknown_name
from sim.physics.heat.planck import glow
from sim.pose import Array, Pose
from sim.render.scene import Group, Scene, final_material, is_lens
from sim.world.state import State

GLOW_FROM = 750.0  # K: a black body of 0.0006 cd/m²; Draper's point, where an eye in the dark sees it, is 798 K
EMISSIVITY = 0.8  # of a substance that does not say
Where = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Glow:
    """Light that a hot part gives off: its middle ``(3,)`` m in the world, cd ``(3,)`` a channel, its radius m."""

    at: Array
    candela: Array
    radius: float


class Looks:
    """Finds out, state by state, which instances look unlike their group; ``(group, member)`` names an instance.

    Args:
        scene: What there is to draw.
    """

    def __init__(self, scene: Scene):
        self.scene = scene
        self._of_row: dict[int, Where] = {}
        self._of_thing: dict[str, list[Where]] = {}
        for g, group in enumerate(scene.groups):
            for k, (row, i) in enumerate(zip(group.row.tolist(), group.id.tolist(), strict=True)):
                if row >= 0:
                    self._of_row[row] = g, k
                self._of_thing.setdefault(scene.names[i], []).append((g, k))
        self._rest_lit = {light.name: light.spec.lit for light in scene.lights}
        self._pictures: dict[Where, list[tuple[str | None, Image.Image]]] = {}
        self._made: dict[Where, tuple[tuple, Mesh]] = {}

    def show(self, name: str, picture: Image.Image) -> list[Where]:
        """Puts a picture on a thing's material ``thing/material``, or on its ``screen``, or on all that takes one.

        Raises:
            InputError: There is no such thing or material, or it cannot take a picture (it has no texture coordinates).
        """
        thing, material = (name, None) if name in self._of_thing else name.rpartition("/")[::2]
        if thing not in self._of_thing:
            raise unknown_name("picture", "thing to show it on", name, self._of_thing)
        places = [w for w in self._of_thing[thing] if self._takes(w, material)]
        if not places:
            known = sorted({p.material.name for w in self._of_thing[thing] for p in self._group(w).mesh.primitives})
            if material is not None and material not in known:
                raise unknown_name(f"picture on {thing}", "material", material, known)
            raise InputError(Problem(f"picture on {name}", "cannot be shown: its mesh has no texture coordinates"))
        for where in places:
            shown = [(m, image) for m, image in self._pictures.get(where, []) if m != material]
            self._pictures[where] = [*shown, (material, picture)]
        return places

    def of(self, state: State | None) -> dict[Where, Mesh]:
        """The meshes, materials settled, of all instances that look unlike their group; the same object while equal."""
        wanted: dict[Where, tuple] = dict.fromkeys(self._pictures, ())
        heat = self._hot(state)
        shapes = (
            {} if state is None else {self._of_row.get(state.row(part)): mesh for part, mesh in state.shapes.items()}
        )
        lit = self._switched(state)
        for where in (*heat, *(w for w in shapes if w is not None), *lit):
            wanted[where] = ()
        made = {}
        for where in wanted:
            shape, lamps = shapes.get(where), lit.get(where)
            key = (shape, None if lamps is None else tuple(lamps.items()), heat.get(where), self._shown(where))
            if where not in self._made or self._made[where][0] != key:
                self._made[where] = key, self._mesh(where, shape, lamps, heat.get(where))
            made[where] = self._made[where][1]
        return made

    def glows(self, state: State | None) -> list[Glow]:
        """The light that hot parts throw on what is around them."""
        out = []
        for where, kelvin in self._hot(state).items():
            group = self._group(where)
            row = int(group.row[where[1]])
            shape = state.shapes.get(state.parts[row]) if state is not None else None
            mesh, scale = shape or group.mesh, float(group.scale[where[1]])
            corners = mesh.vertices[mesh.faces] * scale
            area = float(
                np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
            )
            assert state is not None
            pose = Pose(state.position[row], state.orientation[row])
            at = pose.apply(mesh.bounds.mean(axis=0) * scale)
            radiance = glow(kelvin, self._emissivity(group))
            out.append(Glow(at, radiance * area / 8, float(np.sqrt(area / 4 / np.pi))))  # a convex body shows area / 4
        return out

    # -----------------------------------------------------------------------------------------------------------------

    def _group(self, where: Where) -> Group:
        return self.scene.groups[where[0]]

    def _takes(self, where: Where, material: str | None) -> bool:
        primitives = self._group(where).mesh.primitives
        return any(p.uv is not None and material in (None, p.material.name) for p in primitives)

    def _shown(self, where: Where) -> tuple:
        return tuple((material, id(image)) for material, image in self._pictures.get(where, []))

    def _hot(self, state: State | None) -> dict[Where, float]:
        """Temperatures, K to 0.5, of the parts that glow."""
        kelvin = None if state is None else state.fields.get("temperature")
        if kelvin is None:
            return {}
        rows = np.flatnonzero(np.nan_to_num(kelvin) > GLOW_FROM).tolist()
        return {self._of_row[row]: round(float(kelvin[row]) * 2) / 2 for row in rows if row in self._of_row}

    def _emissivity(self, group: Group) -> float:
        thermal = group.asset.substance.thermal
        return EMISSIVITY if thermal is None or thermal.emissivity is None else thermal.emissivity

    def _switched(self, state: State | None) -> dict[Where, dict[str, bool]]:
        """For instances of things whose lamps are not as at the start: whether each of their own lights burns."""
        if state is None:
            return {}
        changed = {
            name.rpartition("/")[0]
            for name, on in zip(state.lamps, state.lit.tolist(), strict=True)
            if on != self._rest_lit.get(name, on)
        }
        out: dict[Where, dict[str, bool]] = {}
        burning = state.switched if changed else {}
        for thing in changed:
            own = {name.rpartition("/")[2]: on for name, on in burning.items() if name.rpartition("/")[0] == thing}
            for where in self._of_thing.get(thing, []):
                if any(is_lens(p.material.name) for p in self._group(where).mesh.primitives):
                    out[where] = own
        return out

    def _mesh(self, where: Where, shape: Mesh | None, lamps: Mapping[str, bool] | None, kelvin: float | None) -> Mesh:
        group = self._group(where)
        mesh = shape or group.asset.part_mesh(group.part)
        assert mesh is not None
        primitives = []
        for p in mesh.primitives:
            material = final_material(p, group.asset, group.part, lamps)
            if kelvin is not None:
                material = _glowing(material, glow(kelvin, self._emissivity(group)))
            for name, image in self._pictures.get(where, []):
                if self._is_screen(p, name, mesh):
                    material = _showing(material, image)
            primitives.append(replace(p, material=material))
        return Mesh(tuple(primitives))

    @staticmethod
    def _is_screen(p: Primitive, name: str | None, mesh: Mesh) -> bool:
        if p.uv is None:
            return False
        if name is not None:
            return p.material.name == name
        screens = [q for q in mesh.primitives if q.material.name == "screen"]
        return not screens or p.material.name == "screen"


def _glowing(material: Material, radiance: Array) -> Material:
    """A material that gives off linear sRGB light ``(3,)`` cd/m² of its own."""
    level = float(np.max(radiance))
    colour = tuple((radiance / max(level, 1e-12)).tolist())
    return replace(material, emissive=colour, emissive_luminance=level, emissive_texture=None)


def _showing(material: Material, image: Image.Image) -> Material:
    """A material that shows a picture: by its own light where it is a lit screen, else as paint."""
    if any(material.emissive) and material.emissive_luminance > 0:
        return replace(
            material,
            emissive=(1.0, 1.0, 1.0),
            emissive_texture=image,
            base_color=(0.02, 0.02, 0.02, 1.0),
            base_texture=None,
        )
    return replace(material, base_color=(1.0, 1.0, 1.0, material.base_color[3]), base_texture=image)
