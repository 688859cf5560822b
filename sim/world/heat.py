"""Heat takes part in a world: things warm each other, melt, sink in and are dented.

Joins `sim.physics.heat` to a world's parts. A thing takes part when it starts at another temperature than the air's,
or as soon as something hot touches or nearly reaches it; all others cost nothing. What melts keeps its voxels here
and its changed shape in the State; the asset never changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.assets.mesh import Mesh
from sim.errors import InputError, Problem
from sim.physics.heat.ledger import ACCOUNTS, Ledger
from sim.physics.heat.matter import Matter
from sim.physics.heat.voxels import SOLID, Loss
from sim.pose import Array, Pose, vector
from sim.world.dents import Dents
from sim.world.event import Event
from sim.world.exchange import Exchange
from sim.world.layout import EVEN, Placement
from sim.world.spec import HeatSpec
from sim.world.system import System
from sim.world.warm import WET, Melting, Warm, make_melting, make_warm, matter_of, own_temperature
from sim.world.weather import Weather

if TYPE_CHECKING:
    from sim.world.world import World

RATE = 20  # Hz at which heat passes between things
SLOW = 5  # of these steps between two of conduction in voxels, of air on them, of pictures and shapes
LOOKS = 10  # of these steps between two looks at who sees whose radiation
STILL, TURNING = 0.05, 0.3  # m/s, rad/s: slower, a thing rests
SMEARED = 0.05  # friction left of what got too hot; estimate
PUDDLE = 0.002  # m, how deep water lies on a level floor; its capillary length is 2.7 mm
PUDDLE_GRIP = 0.6  # friction on the puddle over that of the dry floor; tyres on wet asphalt: 0.5 to 0.7


class Heat(System):
    """The heat of a world.

    | attribute | is                                                            |
    |-----------|---------------------------------------------------------------|
    | ledger    | where every joule went                                          |
    | warm      | solid things that take part, by part                             |
    | melting   | things cut into voxels, by part                                  |
    | spoilt    | parts that got hotter than their substance may be                |
    | spec, air, wind, dt, ticks | how heat is reckoned: K, m/s, s of a step, steps so far     |
    | places    | every placement, by name                                         |
    | notes     | what a person should know of how it was reckoned                  |

    Args:
        world: Whose heat; what starts hot or cold there takes part at once.

    Raises:
        InputError: A substance lacks heat data; a thing would start molten; voxels need more memory than there is.
    """

    def __init__(self, world: World):
        self._layout, self.spec = world.layout, world.layout.heat or HeatSpec()
        self.air = world.layout.air.temperature
        self.wind = float(np.linalg.norm(world.layout.air.wind))
        self.every = max(1, round(world.layout.step_hz / RATE))
        self.dt = self.every / world.layout.step_hz
        self.ledger = Ledger()
        self.warm: dict[str, Warm] = {}
        self.melting: dict[str, Melting] = {}
        self.notes: list[str] = []
        self.spoilt: set[str] = set()
        self._engine, self._rows = world.engine, {part: i for i, part in enumerate(world.parts)}
        self._made: dict[tuple[str, type], Warm | Melting] = {}
        self.ticks = 0
        self.events_read = 0
        self.places = {p.name: p for p in world.layout.placements}
        self._matters: dict[tuple[str, str], Matter] = {}
        self._exchange, self._weather, self._dents = Exchange(self), Weather(self, world.layout.sky), Dents(self)
        self._start = np.full(len(world.parts), self.air)
        ground = world.layout.ground
        dry = world.layout.library.substances[ground.substance].surface.dynamic_friction if ground else None
        self._ground = dry or 0.9
        problems: list[Problem] = []
        own = {p.name: p.temperature for p in world.layout.placements if p.temperature is not None}
        for p in world.layout.placements:
            if p.name in own and p.movable and abs(own[p.name] - self.air) > EVEN:
                others = [kelvin for name, kelvin in own.items() if name != p.name]
                try:
                    self.join(world, world.row(p.name), max([*others, self.air]))
                except InputError as error:
                    problems += error.problems
        if problems:
            raise InputError(*problems)
        for part, row in ((part, i) for i, part in enumerate(world.parts)):
            placement, _ = self.whose(part)
            if placement.temperature is not None:
                self._start[row] = placement.temperature
            elif part in self.melting:
                self._start[row] = self.melting[part].start
        if self.warm or self.melting or self.spec.dents:
            world.watch()

    # -----------------------------------------------------------------------------------------------------------------
    # Who takes part

    def whose(self, part: str) -> tuple[Placement, str]:
        """The placement a part belongs to, and its link; ``""`` for rigid things."""
        if part in self.places:
            p = self.places[part]
            return p, p.asset.model.links[0] if p.asset.articulated else ""
        name, _, link = part.rpartition("/")
        return self.places[name], link

    def matter(self, placement: Placement, link: str) -> Matter:
        """What a part is made of."""
        key = (placement.name, link)
        if key not in self._matters:
            self._matters[key] = matter_of(self._layout, placement, link)
        return self._matters[key]

    def join(self, world: World, row: int, hot: float) -> Warm | Melting | None:
        """The thing of that row, which something of ``hot`` K is near; None for what never moves."""
        if row < 0 or row >= len(world.parts):
            return None
        part = world.parts[row]
        found = self.warm.get(part) or self.melting.get(part)
        if isinstance(found, Melting) or (found is not None and hot <= found.matter.melting_point):
            return found
        placement, link = self.whose(part)
        matter = self.matter(placement, link)
        if matter.melts and hot > matter.melting_point and not placement.asset.articulated:
            return self.cut(world, part)
        if found is None:
            mass = world.engine.mass(row)
            if mass <= 0:
                mass = placement.asset.measure.mass.mass * placement.scale**3 if not link else 1.0
            start = own_temperature(placement, matter, self.air)
            found = make_warm(self._layout, placement, link, part, row, mass, start, self.spec.voxel)
            self._enter(found)
        return found

    def cut(self, world: World, part: str) -> Melting:
        """A part cut into voxels, as warm as it was."""
        placement, link = self.whose(part)
        matter, was = self.matter(placement, link), self.warm.pop(part, None)
        start = was.shells.temperature if was else own_temperature(placement, matter, self.air)
        if was:
            self.ledger.join(-float(was.shells.energy.sum()))
        made = make_melting(self._layout, placement, part, world.row(part), matter, start, self.spec.voxel)
        self._enter(made)
        return made

    def _enter(self, made: Warm | Melting) -> None:
        self._made[made.part, type(made)] = made
        if isinstance(made, Warm):
            self.warm[made.part] = made
            self.ledger.join(float(made.shells.energy.sum()))
        else:
            self.melting[made.part] = made
            self.ledger.join(made.voxels.heat)
            self._mind_the_step(made)

    def _mind_the_step(self, made: Melting) -> None:
        if self.dt * SLOW > made.voxels.longest_step and not self.notes:
            steps = int(np.ceil(self.dt * SLOW / made.voxels.longest_step))
            size = made.voxels.spacing.min() * 1000
            self.notes.append(
                f"heat in voxels of {size:.2g} mm is stable for steps up to {made.voxels.longest_step:.2g} s: "
                f"every {self.dt * SLOW:g} s are done in {steps} steps"
            )

    # -----------------------------------------------------------------------------------------------------------------
    # A step

    def step(self, world: World) -> None:
        """Lets heat pass for one of its own steps."""
        if self.spec.dents or self.melting or self.warm:
            self._dents.step(world)
        if not self.warm and not self.melting:
            return
        active = [w for w in self.warm.values() if abs(w.shells.outside - self.air) > EVEN]
        if active or self.melting:
            position, orientation = world.engine.read_poses()
            self.ticks += 1
            for melting in self.melting.values():
                melting.boiling = 0.0
            for warm in active:
                self._exchange.step(world, warm, Pose(position[warm.row], orientation[warm.row]), position, orientation)
            self._let_go(world)
            for melting in list(self.melting.values()):
                self._settle(world, melting, Pose(position[melting.row], orientation[melting.row]))

    def _let_go(self, world: World) -> None:
        """What is hotter than its substance may be no longer holds: it smears and slips."""
        for w in self.warm.values():
            hottest = max(w.surface, w.hot_spot)
            if w.part not in self.spoilt and hottest > w.matter.service_temperature:
                self.spoilt.add(w.part)
                self._slip(w.part)
                world.log(Event("overheat", world.time, world.step_count, w.part, position=w.place, value=hottest))
            w.touched, w.hot_spot = (w.touched, 0.0) if w.hot_spot else (0.0, 0.0)

    def _slip(self, part: str, share: float = SMEARED) -> None:
        placement, link = self.whose(part)
        dry = placement.asset.surface(link)
        friction, restitution = dry.dynamic_friction or 0.0, dry.restitution or 0.0
        self._engine.set_surface(self._rows[part], friction * share, restitution)

    # -----------------------------------------------------------------------------------------------------------------
    # Melting

    def _settle(self, world: World, m: Melting, pose: Pose) -> None:
        """Lets melt drain, heat spread and the shape follow."""
        if m.gone:
            return
        v = m.voxels
        loss = v.settle()
        m.foot = pose
        if self.ticks % LOOKS == 1:
            self._weather.look_at_the_sun(world, m, pose)
        if self.ticks % SLOW == 0:
            self._weather.step(m, self.dt * SLOW)
            v.conduct(self.dt * SLOW)
            loss += v.settle()
        if self.ticks % RATE == 0:
            loss += v.drop_crumbs()
        self.book(m, loss)
        if self.ticks % 2 == 0:
            self._follow(world, m, pose)
        if self.ticks % LOOKS == 0:
            self._tell(world, m, pose)

    def book(self, m: Melting, loss: Loss) -> None:
        """Books what left a thing's voxels."""
        if loss.melt or loss.melt_heat:
            self.ledger.book("melt", loss.melt_heat)
            m.melted += loss.melt
        if loss.crumbs or loss.crumb_heat:
            self.ledger.book("crumbs", loss.crumb_heat)

    def _follow(self, world: World, m: Melting, pose: Pose) -> None:
        """Lets what others touch and see follow what is left."""
        v = m.voxels
        if v.shape_version == m.relief_version:
            return
        if v.fill.max() <= (SOLID if v.is_sheet else 0.5):  # what is left has no shape
            self._vanish(world, m)
            return
        if m.row in world.engine.reliefs or self._rests(world, m):
            relief = m.relief(pose)
            if relief is not None:
                world.engine.stand_in(relief)
                m.relief_version = v.shape_version
                return
        if world.engine.mass(m.row) > 0:
            world.engine.set_mass(m.row, v.mass)

    def _rests(self, world: World, m: Melting) -> bool:
        """Whether a thing lies still on something, and nothing holds it that can move it."""
        if m.placement.motion == "kinematic":
            return True
        linear, angular = world.engine.read_velocities()
        if np.linalg.norm(linear[m.row]) > STILL or np.linalg.norm(angular[m.row]) > TURNING:
            return False
        touching = world.engine.contacts([m.row])
        holders = [self.whose(world.parts[i])[0] for i in touching.part_b.tolist() if i < len(world.parts) and i >= 0]
        if any(p.asset.articulated for p in holders):
            return False
        return bool(np.any((touching.normal[:, 2] > 0.5) & (touching.force >= 0))) or world.engine.mass(m.row) == 0

    def _vanish(self, world: World, m: Melting) -> None:
        """Nothing worth a shape is left."""
        cells = np.flatnonzero(m.voxels.fill.reshape(-1) > 0)
        self.book(m, m.voxels.remove(cells, np.ones(len(cells))))
        world.engine.take_down(m.row)
        m.gone = True
        world.vanish(m.part)

    def _tell(self, world: World, m: Melting, pose: Pose) -> None:
        at = pose.apply(m.voxels.origin + np.array(m.voxels.fill.shape) * m.voxels.spacing / 2)
        if m.melted - m.told > 1e-6:
            world.log(Event("melt", world.time, world.step_count, m.part, position=vector(at), value=m.melted - m.told))
            m.told = m.melted
        if m.boiling > 1.0:
            hottest = max(self.warm.values(), key=lambda w: w.boiling)
            world.log(Event("boil", world.time, world.step_count, m.part, hottest.part, hottest.place, value=m.boiling))

    # -----------------------------------------------------------------------------------------------------------------
    # Dents

    # -----------------------------------------------------------------------------------------------------------------
    # What it adds to the State

    @property
    def solid(self) -> float:
        """J in all solid things that take part."""
        return sum(float(w.shells.energy.sum()) for w in self.warm.values()) + sum(
            m.voxels.heat for m in self.melting.values()
        )

    def fields(self) -> Mapping[str, Array]:
        """Temperatures, puddles and boiling of parts, and the ledger.

        | field       | shape | is                                                        |
        |-------------|-------|-----------------------------------------------------------|
        | temperature | (n,)  | K at the surface of each part                               |
        | boiling     | (n,)  | W that boil water at each part                              |
        | puddle      | (n,)  | m, radius of the puddle under each part                      |
        | heat        | (k,)  | J of each of the ledger's accounts, and its closure at the end |
        """
        kelvin, boiling, puddle = self._start.copy(), np.zeros(len(self._start)), np.zeros(len(self._start))
        for w in self.warm.values():
            kelvin[w.row], boiling[w.row] = w.surface, w.boiling
        for m in self.melting.values():
            kelvin[m.row], puddle[m.row] = m.voxels.temperature, self._puddle(m)
        solid = self.solid
        rows = self.ledger.rows(solid)
        heat = np.array([rows.get(name, 0.0) for name in ACCOUNTS] + [self.ledger.closure(solid)])
        return {"temperature": kelvin, "boiling": boiling, "puddle": puddle, "heat": heat}

    def _puddle(self, m: Melting) -> float:
        volume = m.melted / m.matter.liquid_density
        return float(np.sqrt(volume / (np.pi * PUDDLE)))

    def grip(self, place: Sequence[float], part: str) -> float:
        """Friction at a place on a part, over what the part has dry: what melts is wet, and so is the puddle about it.

        Args:
            place: ``(3,)`` m, in the world.
            part: What is touched there.
        """
        for m in self.melting.values():
            if not m.melted:
                continue
            local = m.foot.inverse.apply(np.asarray(place, float))
            v = m.voxels
            inside = (local - v.origin) / (np.array(v.fill.shape) * v.spacing)
            if part == m.part and not m.gone:
                cell = v.cells_at(np.append(local[:2], v.origin[2] + v.spacing[2] / 2))
                left = cell >= 0 and v.fill.reshape(-1)[cell] > SOLID
                dry = m.placement.asset.surface().dynamic_friction or 1.0
                return WET if left or not v.is_sheet else PUDDLE_GRIP * self._ground / dry
            if v.is_sheet and np.all((inside[:2] > 0) & (inside[:2] < 1)) and abs(local[2]) < 0.05:
                return PUDDLE_GRIP
            if np.hypot(*local[:2]) < self._puddle(m) and abs(local[2]) < 0.05:
                return PUDDLE_GRIP
        return 1.0

    def shapes(self) -> Mapping[str, Mesh]:
        """Meshes of what is no longer as its asset made it."""
        found = {}
        for m in self.melting.values():
            if m.gone:
                continue
            v = m.voxels
            least = 2.0 * v.cell_mass
            if v.shape_version != m.mesh_version and abs(m.mesh_mass - v.mass) > least:
                m.mesh, m.mesh_version, m.mesh_mass = m.skin.mesh(v), v.shape_version, v.mass
            if m.mesh is not None:
                found[m.part] = m.mesh
        return found

    def metrics(self) -> dict[str, float]:
        """What a report says of heat: every account, J, and how well they close."""
        solid = self.solid
        found = {f"heat_{name}_J": joules for name, joules in self.ledger.rows(solid).items()}
        found["heat_closure"] = self.ledger.closure(solid)
        melted = sum(m.melted for m in self.melting.values())
        return found | ({"melted_kg": melted} if melted else {})

    def save(self) -> Any:
        """Everything a continuation needs."""
        things: dict[tuple[str, type], Any] = {(part, Warm): thing.save() for part, thing in self.warm.items()}
        things |= {(part, Melting): thing.save() for part, thing in self.melting.items()}
        return things, self.ledger.copy(), self.ticks, self.events_read, list(self.notes), set(self.spoilt)

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        things, ledger, self.ticks, self.events_read, notes, spoilt = saved
        self.notes = list(notes)
        for part in self.spoilt | spoilt:
            self._slip(part, SMEARED if part in spoilt else 1.0)
        self.spoilt = set(spoilt)
        self.ledger = ledger.copy()
        self.warm, self.melting = {}, {}
        for key, state in things.items():
            thing = self._made[key]
            thing.restore(state)
            if isinstance(thing, Warm):
                self.warm[thing.part] = thing
            else:
                self.melting[thing.part] = thing
