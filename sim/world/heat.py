"""Heat takes part in a world: things warm each other, melt, sink in and are dented.

Joins `sim.physics.heat` to a world's parts. A thing takes part when it starts at another temperature than the air's,
or as soon as something hot touches or nearly reaches it; all others cost nothing. What melts keeps its voxels here
and its changed shape in the State; the asset never changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.assets.mesh import Mesh
from sim.errors import InputError, Problem
from sim.physics.heat.dent import crater_depth, crater_volume, energy_lost
from sim.physics.heat.flux import TOUCH, air_film, contact_warming, dry_contact, grey, melt_flux
from sim.physics.heat.ledger import ACCOUNTS, Ledger
from sim.physics.heat.matter import Matter
from sim.physics.heat.planck import SIGMA
from sim.physics.heat.sun import EFFICACY, sun_direction, sun_power
from sim.physics.heat.voxels import SOLID, Loss
from sim.pose import Array, Pose, rotate, vector
from sim.world.event import Event
from sim.world.layout import EVEN, Placement
from sim.world.spec import HeatSpec, SkySpec
from sim.world.system import System
from sim.world.warm import UPRIGHT, WET, Melting, Warm, make_melting, make_warm, matter_of, own_temperature

if TYPE_CHECKING:
    from sim.world.world import World

RATE = 20  # Hz at which heat passes between things
SLOW = 5  # of these steps between two of conduction in voxels, of air on them, of pictures and shapes
LOOKS = 10  # of these steps between two looks at who sees whose radiation
TOUCH_REACH = 0.003  # m: farther apart, things do not touch
SIGHT = 2.0  # m: farther things are the surroundings
WORTH = 0.02  # K/s by radiation from which a thing that is seen takes part
STILL, TURNING = 0.05, 0.3  # m/s, rad/s: slower, a thing rests
SMEARED = 0.05  # friction left of what got too hot; estimate
TEPID = 30.0  # K over the air's temperature from which a thing is too hot to be cut for a dent
SHALLOW = 2e-4  # m: shallower craters are not carved
PUDDLE = 0.002  # m, how deep water lies on a level floor; its capillary length is 2.7 mm
PUDDLE_GRIP = 0.6  # friction on the puddle over that of the dry floor; tyres on wet asphalt: 0.5 to 0.7
SUN_REACH = 60.0  # m: what is farther off casts no shadow
NOBODY, SURROUNDINGS = -1, -1


class Heat(System):
    """The heat of a world.

    | attribute | is                                                            |
    |-----------|---------------------------------------------------------------|
    | ledger    | where every joule went                                          |
    | warm      | solid things that take part, by part                             |
    | melting   | things cut into voxels, by part                                  |
    | spoilt    | parts that got hotter than their substance may be                |
    | notes     | what a person should know of how it was reckoned                  |

    Args:
        world: Whose heat; what starts hot or cold there takes part at once.

    Raises:
        InputError: A substance lacks heat data; a thing would start molten; voxels need more memory than there is.
    """

    def __init__(self, world: World):
        self._layout, self._spec = world.layout, world.layout.heat or HeatSpec()
        self._air = world.layout.air.temperature
        self._wind = float(np.linalg.norm(world.layout.air.wind))
        self.every = max(1, round(world.layout.step_hz / RATE))
        self._dt = self.every / world.layout.step_hz
        self.ledger = Ledger()
        self.warm: dict[str, Warm] = {}
        self.melting: dict[str, Melting] = {}
        self.notes: list[str] = []
        self.spoilt: set[str] = set()
        self._engine, self._rows = world.engine, {part: i for i, part in enumerate(world.parts)}
        self._made: dict[tuple[str, type], Warm | Melting] = {}
        self._ticks = 0
        self._events_read = 0
        self._places = {p.name: p for p in world.layout.placements}
        self._matters: dict[tuple[str, str], Matter] = {}
        self._sunward, self._sun = _sunshine(world.layout.sky)
        self._start = np.full(len(world.parts), self._air)
        ground = world.layout.ground
        dry = world.layout.library.substances[ground.substance].surface.dynamic_friction if ground else None
        self._ground = dry or 0.9
        problems: list[Problem] = []
        own = {p.name: p.temperature for p in world.layout.placements if p.temperature is not None}
        for p in world.layout.placements:
            if p.name in own and p.movable and abs(own[p.name] - self._air) > EVEN:
                others = [kelvin for name, kelvin in own.items() if name != p.name]
                try:
                    self._join(world, world.row(p.name), max([*others, self._air]))
                except InputError as error:
                    problems += error.problems
        if problems:
            raise InputError(*problems)
        for part, row in ((part, i) for i, part in enumerate(world.parts)):
            placement, _ = self._whose(part)
            if placement.temperature is not None:
                self._start[row] = placement.temperature
            elif part in self.melting:
                self._start[row] = self.melting[part].start
        if self.warm or self.melting or self._spec.dents:
            world.watch()

    # -----------------------------------------------------------------------------------------------------------------
    # Who takes part

    def _whose(self, part: str) -> tuple[Placement, str]:
        """The placement a part belongs to, and its link; ``""`` for rigid things."""
        if part in self._places:
            p = self._places[part]
            return p, p.asset.model.links[0] if p.asset.articulated else ""
        name, _, link = part.rpartition("/")
        return self._places[name], link

    def _matter(self, placement: Placement, link: str) -> Matter:
        key = (placement.name, link)
        if key not in self._matters:
            self._matters[key] = matter_of(self._layout, placement, link)
        return self._matters[key]

    def _join(self, world: World, row: int, hot: float) -> Warm | Melting | None:
        """The thing of that row, which something of ``hot`` K is near; None for what never moves."""
        if row < 0 or row >= len(world.parts):
            return None
        part = world.parts[row]
        found = self.warm.get(part) or self.melting.get(part)
        if isinstance(found, Melting) or (found is not None and hot <= found.matter.melting_point):
            return found
        placement, link = self._whose(part)
        matter = self._matter(placement, link)
        if matter.melts and hot > matter.melting_point and not placement.asset.articulated:
            return self._cut(world, part)
        if found is None:
            mass = world.engine.mass(row)
            if mass <= 0:
                mass = placement.asset.measure.mass.mass * placement.scale**3 if not link else 1.0
            start = own_temperature(placement, matter, self._air)
            found = make_warm(self._layout, placement, link, part, row, mass, start, self._spec.voxel)
            self._enter(found)
        return found

    def _cut(self, world: World, part: str) -> Melting:
        """A part cut into voxels, as warm as it was."""
        placement, link = self._whose(part)
        matter, was = self._matter(placement, link), self.warm.pop(part, None)
        start = was.shells.temperature if was else own_temperature(placement, matter, self._air)
        if was:
            self.ledger.join(-float(was.shells.energy.sum()))
        made = make_melting(self._layout, placement, part, world.row(part), matter, start, self._spec.voxel)
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
        if self._dt * SLOW > made.voxels.longest_step and not self.notes:
            steps = int(np.ceil(self._dt * SLOW / made.voxels.longest_step))
            size = made.voxels.spacing.min() * 1000
            self.notes.append(
                f"heat in voxels of {size:.2g} mm is stable for steps up to {made.voxels.longest_step:.2g} s: "
                f"every {self._dt * SLOW:g} s are done in {steps} steps"
            )

    # -----------------------------------------------------------------------------------------------------------------
    # A step

    def step(self, world: World) -> None:
        """Lets heat pass for one of its own steps."""
        if self._spec.dents or self.melting or self.warm:
            self._blows(world)
        if not self.warm and not self.melting:
            return
        active = [w for w in self.warm.values() if abs(w.shells.outside - self._air) > EVEN]
        if active or self.melting:
            position, orientation = world.engine.read_poses()
            self._ticks += 1
            for melting in self.melting.values():
                melting.boiling = 0.0
            for warm in active:
                self._exchange(world, warm, Pose(position[warm.row], orientation[warm.row]), position, orientation)
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
        placement, link = self._whose(part)
        dry = placement.asset.surface(link)
        friction, restitution = dry.dynamic_friction or 0.0, dry.restitution or 0.0
        self._engine.set_surface(self._rows[part], friction * share, restitution)

    def _exchange(self, world: World, w: Warm, pose: Pose, position: Array, orientation: Array) -> None:
        """Heat from one solid thing to all that is about it."""
        points, normals = pose.apply(w.points), rotate(pose.orientation, w.normals)
        free = np.ones(len(points), bool)
        w.place = vector(pose.apply(w.middle))
        w.drawn *= 0.5
        w.boiling = 0.0
        for melting in self.melting.values():
            if not melting.gone:
                there = Pose(position[melting.row], orientation[melting.row])
                self._into_voxels(w, melting, there.inverse, points, normals, free)
        if free.any():
            self._into_neighbours(world, w, points, normals, free)
        if free.any():
            self._into_the_open(world, w, points, rotate(pose.orientation, w.aims), free)
        w.shells.conduct(self._dt)

    def _into_voxels(
        self, w: Warm, m: Melting, inverse: Pose, points: Array, normals: Array, free: NDArray[np.bool_]
    ) -> None:
        v = m.voxels
        voxel = float(v.spacing.min())
        reach = 1.5 * voxel
        local = inverse.apply(points)
        low, high = v.origin - reach, v.origin + np.array(v.fill.shape) * v.spacing + reach
        if np.any(local.max(axis=0) < low) or np.any(local.min(axis=0) > high):
            return
        cells, gap = v.look(local, rotate(inverse.orientation, normals), reach)
        near = (cells >= 0) & free
        if not near.any():
            return
        cells, gap, down = cells[near], gap[near], -normals[near, 2]
        hot, surface = w.shells.outside, w.surface
        if hot > m.matter.melting_point:
            flux = melt_flux(surface, w.matter, m.matter, m.start, w.pressed, down, gap)
            flux = np.minimum(flux, w.shells.skin * (hot - m.matter.melting_point))
        else:
            kelvins = v.temperatures().reshape(-1)[cells]
            flux = dry_contact(gap, hot) * (hot - kelvins)
        joules = flux * (w.patch * self._dt)
        steam = self._spec.steam_fraction if surface > m.matter.boiling_point else 0.0
        v.add(cells, joules * (1 - steam))
        total = float(joules.sum())
        w.shells.add(-total)
        if steam:
            self.ledger.book("steam", total * steam)
        else:
            self.ledger.turnover += abs(total)
        if surface > m.matter.boiling_point:
            w.boiling += total / self._dt
            m.boiling += total / self._dt
        w.drawn += 0.5 * float(flux.mean())
        free &= ~near

    def _into_neighbours(self, world: World, w: Warm, points: Array, normals: Array, free: NDArray[np.bool_]) -> None:
        """Heat into what touches and does not melt, or not yet."""
        touching = world.engine.contacts([w.row])
        others = set(touching.part_b.tolist()) - {w.row} - {m.row for m in self.melting.values()}
        if not others:
            return
        rows = np.flatnonzero(free)
        start, way = points[rows] - normals[rows] * 2e-4, normals[rows] * (TOUCH_REACH + 2e-4)
        hits = world.engine.cast_rays(start, start + way)
        gap = np.maximum(hits.fraction * (TOUCH_REACH + 2e-4) - 2e-4, 0.0)
        for other in sorted(others & set(hits.part.tolist())):
            at = hits.part == other
            there = self._join(world, other, w.shells.outside)
            if isinstance(there, Melting):
                continue
            kelvin = there.shells.outside if there else self._air
            if there and (there.shells.outside > w.shells.outside):
                continue  # the hotter of two sees to both
            film = dry_contact(gap[at], (w.shells.outside + kelvin) / 2)
            film = 1 / (1 / film + 1 / w.shells.skin + (1 / there.shells.skin if there else 0.0))
            joules = float(film.sum()) * w.patch * self._dt * (w.shells.outside - kelvin)
            if there:
                room = 0.25 * min(_capacity(w), _capacity(there)) * abs(w.shells.outside - kelvin)
                joules = float(np.clip(joules, -room, room))
                there.shells.add(joules)
                there.touched += self._dt
                part = contact_warming(TOUCH, there.matter, kelvin, there.touched)
                there.hot_spot = max(there.hot_spot, kelvin + part * (w.surface - kelvin))
            else:
                self.ledger.book("ground", joules)
            w.shells.add(-joules)
            free[rows[at]] = False

    def _into_the_open(self, world: World, w: Warm, points: Array, aims: Array, free: NDArray[np.bool_]) -> None:
        """Heat into the air, and by radiation to whatever each point sees."""
        surface, area = w.surface, w.patch * self._dt
        film = self._spec.convection or air_film(2 * w.shells.radius, surface, self._air, self._wind)
        film = 1 / (1 / film + 1 / w.shells.skin)
        air = film * (w.shells.outside - self._air) * area * int(free.sum())
        if w.seen is None or self._ticks % LOOKS == 0:
            hits = world.engine.cast_rays(points + aims * 1e-3, points + aims * SIGHT)
            w.seen, w.seen_at = np.where(hits.part == w.row, SURROUNDINGS, hits.part), hits.position
        out = 0.0
        power = w.matter.emissivity * SIGMA * (surface**4 - self._air**4)
        for row in np.unique(w.seen[free]).tolist():
            at = free & (w.seen == row)
            there = self._seen(world, row, w, power * w.patch * int(at.sum()))
            if isinstance(there, Melting) and not there.gone:
                out += self._shine_on(world, w, there, w.seen_at[at], aims[at], area)
            elif isinstance(there, Warm):
                if there.surface < surface:
                    mutual = grey(w.matter.emissivity, there.matter.emissivity) * SIGMA
                    joules = mutual * (surface**4 - there.surface**4) * area * int(at.sum())
                    there.shells.add(joules)
                    out += joules
            else:
                lost = power * area * int(at.sum())
                self.ledger.book("radiation", lost)
                out += lost
        self.ledger.book("air", air)
        w.shells.add(-air - out)

    def _seen(self, world: World, row: int, w: Warm, watts: float) -> Warm | Melting | None:
        """What takes part of what is seen: whatever warms by it as fast as to be worth it."""
        if row < 0 or row >= len(world.parts):
            return None
        part = world.parts[row]
        found = self.warm.get(part) or self.melting.get(part)
        if found is not None or watts <= 0:
            return found
        if world.engine.mass(row) * 500.0 * WORTH > watts:
            return None
        return self._join(world, row, self._air + EVEN) if w.shells.outside > self._air else None

    def _shine_on(self, world: World, w: Warm, m: Melting, at: Array, aims: Array, area: float) -> float:
        """Radiation onto voxels where rays ended; J that left, and what missed the voxels is lost to the room."""
        position, orientation = world.engine.read_poses()
        inverse = Pose(position[m.row], orientation[m.row]).inverse
        voxel = float(m.voxels.spacing.min())
        ways = rotate(inverse.orientation, aims)
        cells, _ = m.voxels.look(inverse.apply(at) - ways * voxel, ways, 4 * voxel)
        there = cells >= 0
        kelvins = m.voxels.temperatures().reshape(-1)[cells[there]]
        mutual = grey(w.matter.emissivity, m.matter.emissivity) * SIGMA * area
        joules = mutual * (w.surface**4 - kelvins**4)
        m.voxels.add(cells[there], joules)
        self.ledger.turnover += float(np.abs(joules).sum())
        lost = w.matter.emissivity * SIGMA * area * (w.surface**4 - self._air**4) * int((~there).sum())
        self.ledger.book("radiation", lost)
        return float(joules.sum()) + lost

    # -----------------------------------------------------------------------------------------------------------------
    # Melting

    def _settle(self, world: World, m: Melting, pose: Pose) -> None:
        """Lets melt drain, heat spread and the shape follow."""
        if m.gone:
            return
        v = m.voxels
        loss = v.settle()
        m.foot = pose
        if self._ticks % LOOKS == 1:
            self._look_at_the_sun(world, m, pose)
        if self._ticks % SLOW == 0:
            self._weather(m, self._dt * SLOW)
            v.conduct(self._dt * SLOW)
            loss += v.settle()
        if self._ticks % RATE == 0:
            loss += v.drop_crumbs()
        self._book(m, loss)
        if self._ticks % 2 == 0:
            self._follow(world, m, pose)
        if self._ticks % LOOKS == 0:
            self._tell(world, m, pose)

    def _weather(self, m: Melting, dt: float) -> None:
        """Air and room about the voxels."""
        v = m.voxels
        cells, area = v.exposed()
        if not len(cells):
            return
        kelvins = v.temperatures().reshape(-1)[cells]
        length = (float(v.fill.sum()) * v.cell_volume) ** (1 / 3)
        film = self._spec.convection or air_film(max(length, 1e-3), float(kelvins.mean()), self._air, self._wind)
        air = film * (self._air - kelvins) * area * dt
        room = m.matter.emissivity * SIGMA * (self._air**4 - kelvins**4) * area * dt
        v.add(cells, air + room)
        self.ledger.book("air", -float(air.sum()))
        self.ledger.book("radiation", -float(room.sum()))
        if self._spec.sun:
            self._sunshine(m, dt)

    def _sunshine(self, m: Melting, dt: float) -> None:
        """Sunlight onto the uppermost voxel of each column, as far as nothing is in its way."""
        color = m.placement.asset.appearance().base_color or (0.5, 0.5, 0.5)
        power = self._sun * m.sunny * (1 - float(np.dot(color, (0.2126, 0.7152, 0.0722))))
        if power <= 0:
            return
        fill = m.voxels.fill
        held = fill > SOLID
        top = fill.shape[2] - 1 - np.argmax(held[:, :, ::-1], axis=2)
        i, j = np.nonzero(held.any(axis=2))
        cells = (i * fill.shape[1] + j) * fill.shape[2] + top[i, j]
        joules = power * float(np.prod(m.voxels.spacing[:2])) * dt
        m.voxels.add(cells, np.full(len(cells), joules))
        self.ledger.book("sun", joules * len(cells))

    def _look_at_the_sun(self, world: World, m: Melting, pose: Pose) -> None:
        """Whether the sun shines on a thing: it lies upright, and nothing but itself is between."""
        m.sunny = 0.0
        if self._sun > 0 and self._spec.sun and rotate(pose.orientation, np.array([0.0, 0, 1]))[2] > UPRIGHT:
            v = m.voxels
            top = (
                pose.apply(v.origin + np.array(v.fill.shape) * v.spacing * np.array([0.5, 0.5, 1]))
                + self._sunward * 1e-2
            )
            hit = world.engine.cast_rays(top, top + self._sunward * SUN_REACH).part[0]
            m.sunny = float(hit in (NOBODY, m.row))

    def _book(self, m: Melting, loss: Loss) -> None:
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
        holders = [self._whose(world.parts[i])[0] for i in touching.part_b.tolist() if i < len(world.parts) and i >= 0]
        if any(p.asset.articulated for p in holders):
            return False
        return bool(np.any((touching.normal[:, 2] > 0.5) & (touching.force >= 0))) or world.engine.mass(m.row) == 0

    def _vanish(self, world: World, m: Melting) -> None:
        """Nothing worth a shape is left."""
        cells = np.flatnonzero(m.voxels.fill.reshape(-1) > 0)
        self._book(m, m.voxels.remove(cells, np.ones(len(cells))))
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

    def _blows(self, world: World) -> None:
        """Craters of the blows since the last step."""
        fresh, self._events_read = world.events[self._events_read :], len(world.events)
        for event in fresh:
            if event.kind == "contact" and event.speed > 0.2:
                self._blow(world, event)

    def _blow(self, world: World, event: Event) -> None:
        sides = [name for name in (event.a, event.b) if name in self._places]
        if len(sides) < 2:
            return
        matters = []
        for name in sides:
            placement, link = self._whose(name)
            try:
                matters.append(self._matter(placement, link))
            except InputError:
                return  # nothing is known of how it takes heat, nor is it heated
        soft = int(matters[1].hardness < matters[0].hardness)
        if matters[soft].hardness >= 0.5 * matters[1 - soft].hardness:
            return
        part = sides[soft]
        m = self.melting.get(part)
        if part not in world.parts or not (m or self._spec.dents or part in self.warm) or (m and m.gone):
            return
        surfaces = [self._places[name].asset.surface() for name in sides]
        bounce = (surfaces[0].restitution or 0.0) * (surfaces[1].restitution or 0.0)
        lost = energy_lost(self._mass(world, sides[0]), self._mass(world, sides[1]), event.speed, bounce)
        volume = crater_volume(lost, matters[soft].hardness)
        radius = _striker_radius(self._places[sides[1 - soft]])
        depth = crater_depth(volume, radius)
        if depth < SHALLOW:
            return
        if m is None:
            if not self._dentable(part):
                return
            m = self._cut(world, part)
        row = world.row(part)
        position, orientation = world.engine.read_poses()
        inverse = Pose(position[row], orientation[row]).inverse
        inward = np.array(event.normal) * (-1.0 if soft == 1 else 1.0)  # normals point from b to a
        loss, depth = m.voxels.carve(
            inverse.apply(np.array(event.position)), rotate(inverse.orientation, inward), radius, volume
        )
        self.ledger.book("kinetic", lost)
        self.ledger.book("dent", lost)
        self._book(m, loss)
        m.mesh_mass = np.inf
        world.log(
            Event(
                "dent", event.time, world.step_count, part, sides[1 - soft], event.position, event.normal, value=volume
            )
        )

    def _dentable(self, part: str) -> bool:
        """Whether a part is solid and not so hot that its shells are needed."""
        asset = self._places[part].asset
        cool = part not in self.warm or self.warm[part].shells.temperature < self._air + TEPID
        return cool and not asset.articulated and asset.measure.closed

    def _mass(self, world: World, part: str) -> float:
        if part not in world.parts:
            return np.inf
        if part in self.melting:
            return np.inf if world.row(part) in world.engine.reliefs else self.melting[part].voxels.mass
        mass = world.engine.mass(world.row(part))
        return mass if mass > 0 else np.inf

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
        return things, self.ledger.copy(), self._ticks, self._events_read, list(self.notes), set(self.spoilt)

    def restore(self, saved: Any) -> None:
        """Goes back to what `save` gave."""
        things, ledger, self._ticks, self._events_read, notes, spoilt = saved
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


def _sunshine(sky: SkySpec) -> tuple[Array, float]:
    """Where the sun stands, and W/m² it gives level ground through the clouds."""
    sun = sky.sun
    if sun is None or sun.elevation_deg <= 0:
        return np.array([0.0, 0.0, 1.0]), 0.0
    power = sun_power(sun.elevation_deg) if sun.illuminance is None else sun.illuminance / EFFICACY
    level = power * np.sin(np.deg2rad(sun.elevation_deg)) * (1 - 0.75 * sky.cloud_cover**3.4)  # Kasten and Czeplak 1980
    return sun_direction(sun.elevation_deg, sun.azimuth_deg), float(level)


def _capacity(w: Warm) -> float:
    """J/K of the outermost shell."""
    return float(w.shells.masses[-1] * w.matter.specific_heat(w.shells.outside))


def _striker_radius(placement: Placement) -> float:
    """m, of the ball that a thing strikes like: itself for a ball, else half its least size."""
    collider = placement.asset.measure.collider
    if collider.kind == "sphere":
        return collider.size[0] * placement.scale
    size = placement.asset.measure.bounds
    return float(np.min(size[1] - size[0])) / 2 * placement.scale
