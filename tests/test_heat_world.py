"""Heat in a world: hot iron sinks into ice, cold iron does not, every joule is found again."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.world.take import Take, record

PLATE = [0.12, 0.12, 0.06]


def hot_ball(project, kelvin=1173.15, ice=263.15, under="ice", size=PLATE, drop=0.001, heat=None, **spec):
    """An iron ball of 40 mm a little over a flat block."""
    project.asset("block", "box", tuple(size), substance=under, surface={"restitution": 0.0})
    project.asset("shot", "sphere", (0.02,), substance="iron", surface={"restitution": 0.0})
    spec = {"air": {"temperature": 273.15}, "ground": project.ground, "step_hz": 240} | spec
    return project.build(
        {
            "block": {"asset": "block", "at": [0, 0, size[2] / 2], "temperature": ice},
            "shot": {"asset": "shot", "at": [0, 0, size[2] + 0.02 + drop], "temperature": kelvin},
        },
        heat=heat or {"voxel": 0.004},
        **spec,
    )


def depth(world, top=PLATE[2]):
    return top - (world.read().pose("shot").position[2] - 0.02)


def test_h6_red_hot_iron_sinks_as_fast_as_film_boiling_lets_it(project):
    world = hot_ball(project, size=[0.12, 0.12, 0.08])
    at = []
    for _ in range(20):
        world.step(240)
        at.append(depth(world, 0.08))
    speed = (at[-1] - at[4]) / 15
    flux = 144 * 770 + 0.78 * 5.67e-8 * (1140**4 - 273**4)  # film boiling and radiation near 870 °C
    assert speed == pytest.approx(flux / (917 * (333_550 + 20_500)), rel=0.2)
    kelvin = world.read().fields["temperature"]
    assert 1073 < kelvin[world.row("shot")] < 1163
    assert kelvin[world.row("block")] < 273.15
    assert world.heat.ledger.closure(world.heat.solid) <= 1e-9
    assert world.heat.melting["block"].melted > 0.005
    assert {e.kind for e in world.events} >= {"melt", "boil"}


def test_h6_it_sinks_faster_once_the_film_of_steam_collapses(project):
    world = hot_ball(project, kelvin=530.0, size=[0.1, 0.1, 0.06])
    world.step(240)
    speeds, before = [], depth(world)
    for _ in range(10):
        world.step(240)
        speeds.append(depth(world) - before)
        before = depth(world)
    assert max(speeds) > 4 * speeds[0]
    assert world.heat.warm["shot"].surface < 520


def test_h5_a_warm_ball_sinks_at_the_speed_of_close_contact(project):
    """k and μ of the melt are the library's: water at 0 °C."""
    world = hot_ball(project, kelvin=273.15 + 50, ice=263.15, size=[0.1, 0.1, 0.06], heat={"voxel": 0.0025})
    from sim.physics.heat.flux import close_contact_speed

    warm = world.heat.warm["shot"]
    world.step(180)
    start, t, speeds = depth(world), world.time, []
    for _ in range(3):
        world.step(120)
        speeds.append(
            close_contact_speed(warm.pressed, warm.surface - 273.15, world.heat.melting["block"].matter, 263.15)
        )
    assert (depth(world) - start) / (world.time - t) == pytest.approx(np.mean(speeds), rel=0.15)


def test_h3_all_the_heat_of_the_ball_melts_what_it_can(project):
    """No air to speak of: ice at its melting point takes all heat as melt."""
    world = hot_ball(
        project, kelvin=473.15, ice=273.15, size=[0.1, 0.1, 0.1], heat={"voxel": 0.004, "convection": 1e-9}
    )
    iron = world.heat.warm["shot"]
    full = float(iron.shells.energy.sum())
    world.step(240 * 8)
    given = full - float(iron.shells.energy.sum())
    assert given > 0.2 * iron.shells.masses.sum() * (iron.matter.enthalpy(473.15) - iron.matter.enthalpy(273.15))
    radiated = world.heat.ledger.flows.get("radiation", 0.0)
    assert world.heat.melting["block"].melted == pytest.approx((given - radiated) / 333_550, rel=0.01)


def test_a_cold_ball_melts_nothing(project):
    world = hot_ball(project, kelvin=253.15)
    world.step(480)
    assert not world.heat.melting
    assert not world.read().shapes
    assert depth(world) == pytest.approx(0, abs=5e-4)
    assert world.heat.ledger.closure(world.heat.solid) <= 1e-9


def test_the_same_heat_in_wood_does_not_let_it_sink(project):
    world = hot_ball(project, ice=293.15, under="pine", air={"temperature": 293.15})
    world.step(480)
    assert depth(world) == pytest.approx(0, abs=5e-4)
    assert not world.heat.melting
    assert world.heat.warm["block"].shells.temperature > 293.15
    assert world.heat.ledger.closure(world.heat.solid) <= 1e-9


def test_ice_at_its_melting_point_in_air_as_cold_stays_for_ever(project):
    world = hot_ball(project, kelvin=273.15, ice=273.15)
    world.step(240 * 5)
    assert all(m.melted == 0 and m.voxels.shape_version == 0 for m in world.heat.melting.values())
    assert not world.read().shapes


def test_ice_melts_slowly_in_a_warm_room_and_its_shape_follows(project):
    world = hot_ball(project, kelvin=272.0, ice=273.15, air={"temperature": 313.15})
    world.step(240 * 10)
    block = world.heat.melting["block"]
    assert 1e-5 < block.melted < 5e-3
    assert world.read().fields["puddle"][world.row("block")] > 0
    assert world.heat.ledger.closure(world.heat.solid) <= 1e-9


def test_a_heavy_blow_leaves_a_crater_of_the_energy_lost(project):
    world = hot_ball(project, kelvin=None, ice=263.15, drop=1.0, air={"temperature": 273.15})
    world.step(240)
    (dent,) = [e for e in world.events if e.kind == "dent"][:1]
    blow = next(e for e in world.events if e.kind == "contact" and {e.a, e.b} == {"shot", "block"})
    ball, block = 4 / 3 * np.pi * 0.02**3 * 7870, np.prod(PLATE) * 917
    lost = 0.5 * blow.speed**2 / (1 / ball + 1 / block)
    assert dent.value == pytest.approx(lost / 20e6, rel=0.01)
    voxels = world.heat.melting["block"].voxels
    assert (np.prod(PLATE) - voxels.fill.sum() * voxels.cell_volume) == pytest.approx(dent.value, rel=0.01)
    assert world.heat.ledger.rows(world.heat.solid)["dent"] == pytest.approx(lost, rel=0.01)
    assert world.layout.placement("block").asset.measure.volume == pytest.approx(np.prod(PLATE))
    assert "block" in world.read().shapes


def test_soft_things_are_dented_and_hard_ones_are_not(project):
    project.asset("brick", "box", (0.1, 0.1, 0.04), substance="pine")
    project.asset("anvil_block", "box", (0.1, 0.1, 0.04), substance="steel")
    project.asset("shot", "sphere", (0.02,), substance="iron")
    world = project.build(
        {
            "brick": {"asset": "brick", "at": [0, 0, 0.02]},
            "steel": {"asset": "anvil_block", "at": [1, 0, 0.02]},
            "a": {"asset": "shot", "at": [0, 0, 1.5]},
            "b": {"asset": "shot", "at": [1, 0, 1.5]},
        },
        ground=project.ground,
        heat={"dents": True},
    )
    world.step(200)
    assert set(world.read().shapes) == {"brick"}


def test_a_world_at_one_temperature_reckons_nothing(project):
    project.asset("box", substance="iron")
    world = project.build({"box": {"asset": "box", "at": [0, 0, 1]}})
    assert world.heat is None
    world = project.build({"box": {"asset": "box", "at": [0, 0, 1], "temperature": 288.0}}, name="other")
    assert world.heat is None


def test_saves_bring_heat_back_bit_for_bit(project):
    world = hot_ball(project)
    world.step(300)
    saved = world.save()
    hashes = []
    for _ in range(2):
        world.restore(saved)
        world.step(240)
        hashes.append(world.read().sha256())
    assert hashes[0] == hashes[1]
    world.rewind()
    assert not world.read().shapes
    assert world.read().fields["temperature"][world.row("shot")] == pytest.approx(1173.15)


def test_a_take_keeps_changed_shapes_and_their_materials(project, tmp_path):
    world = hot_ball(project)
    take = record(world, 3.0, fps=12)
    take.write(tmp_path / "take.npz")
    back = Take.load(tmp_path / "take.npz", project.library)
    last, kept = take.state(len(take) - 1).shapes["block"], back.state(len(back) - 1).shapes["block"]
    assert np.abs(last.vertices - kept.vertices).max() < 1e-6
    assert np.array_equal(last.faces, kept.faces)
    assert np.abs(last.primitives[0].normals - kept.primitives[0].normals).max() < 1e-3
    assert last.primitives[0].material.name == kept.primitives[0].material.name
    assert len({id(frame["block"]) for frame in back.shapes if frame}) == len(
        {id(frame["block"]) for frame in take.shapes if frame}
    )
    assert np.array_equal(take.fields["temperature"], back.fields["temperature"])


def test_missing_heat_data_names_substance_and_field(project):
    project.asset("box")
    with pytest.raises(InputError, match=r"box: is heated, but its substance reference does not say thermal"):
        project.build({"box": {"asset": "box", "at": [0, 0, 1], "temperature": 900.0}})


def test_what_has_no_heat_data_may_stay_far_from_what_is_hot(project):
    project.asset("far")
    project.asset("shot", "sphere", (0.02,), substance="iron")
    world = project.build(
        {
            "far": {"asset": "far", "at": [5, 0, 0.1]},
            "shot": {"asset": "shot", "at": [0, 0, 0.02], "temperature": 900.0},
        },
        ground=project.ground,
    )
    world.step(240)
    assert world.heat.warm["shot"].surface < 900


def test_a_thing_hotter_than_its_melting_point_is_refused(project):
    with pytest.raises(
        InputError, match=r"shot\.temperature: iron would be molten; expected at most 1811 K, got 1900 K"
    ):
        hot_ball(project, kelvin=1900.0)


def test_temperatures_are_kelvin_above_zero(project):
    with pytest.raises(InputError, match=r"temperature: .*greater than 0"):
        hot_ball(project, kelvin=-3.0)


def test_melting_above_boiling_is_refused(project):
    project.write(
        "assets/substances/odd.yaml",
        {
            "schema": "substance/1", "about": "odd", "density": 900.0, "surface": {}, "appearance": {},
            "thermal": {"melting_point": 400.0, "boiling_point": 300.0},
        },
    )  # fmt: skip
    with pytest.raises(InputError, match="melting_point 400 K is above boiling_point 300 K"):
        hot_ball(project, under="odd")


def test_voxels_too_fine_for_the_memory_are_refused_with_the_size_that_fits(project):
    with pytest.raises(InputError, match=r"heat\.voxel: block would need .* voxels.*expected 0\.0\d+ m or more"):
        hot_ball(project, heat={"voxel": 1e-5})


def test_a_step_too_long_for_the_grid_is_cut_and_said_once(project):
    world = hot_ball(project, size=[0.02, 0.02, 0.02], heat={"voxel": 0.0005})
    assert len(world.heat.notes) == 1
    assert "0.5 mm" in world.heat.notes[0]
    world.step(24)
    assert len(world.heat.notes) == 1


def glaze(project, **sky):
    """A car and a glaze of ice half a tenth of a millimetre thick on the road before it."""
    project.asset(
        "glaze", "box", (8.0, 3.0, 0.00005), substance="ice", physics={"motion": "kinematic"},
        surface={"dynamic_friction": 0.12}, appearance={"base_color": [0.05, 0.05, 0.05]},
    )  # fmt: skip
    return project.build(
        {
            "glaze": {"asset": "glaze", "at": [20, 0, 0.0001], "temperature": 272.15},
            "car": {"asset": "compact_car", "at": [0, 0, 0]},
        },
        ground={"substance": "asphalt"},
        air={"temperature": 275.0},
        sky=sky or {"sun": {"elevation_deg": 50}},
    )


def test_sun_melts_a_glaze_and_the_road_under_it_stays_wet(project):
    world = glaze(project)
    place = np.array([20.0, 0, 0])
    assert world.heat.grip(place, "glaze") == 1.0
    world.step(240 * 12)
    melting = world.heat.grip(place, "glaze")
    assert melting == pytest.approx(0.5)
    world.step(240 * 30)
    assert world.heat.melting["glaze"].melted == pytest.approx(8 * 3 * 0.00005 * 917, rel=0.06)
    assert world.heat.grip(place, "ground") == pytest.approx(0.6)
    assert world.heat.grip(place + np.array([10, 0, 0]), "ground") == 1.0
    assert world.heat.ledger.flows["sun"] > 0
    assert world.heat.ledger.closure(world.heat.solid) <= 1e-9


def test_nothing_melts_in_the_shade_of_the_night(project):
    world = glaze(project, sun={"elevation_deg": -10})
    world.step(240 * 5)
    assert "sun" not in world.heat.ledger.flows


def test_a_car_brakes_longer_on_ice_than_on_the_wet_road_it_leaves(project):
    from sim.actors.vehicle import Controls, Vehicle

    stops = []
    for wait in (0, 45):
        world = glaze(project)
        world.step(240 * wait)
        car = Vehicle(world, "car")
        world.add(car)
        car.launch(9.0)
        start = None
        for _ in range(240 * 8):
            x = world.read().pose("car").position[0]
            car.controls = Controls(brake=0.0 if x < 15.0 else 1.0)
            if x >= 15.0 and start is None:
                start = x
            world.step()
            if car.speed < 0.1:
                break
        stops.append(world.read().pose("car").position[0] - start)
        world.close()
    assert stops[0] > 1.3 * stops[1]


@pytest.mark.parametrize(("kelvin", "fails"), [(350.0, False), (900.0, True)])
def test_rubber_that_gets_too_hot_no_longer_grips(project, kelvin, fails):
    project.asset("cube", size=(0.04, 0.04, 0.04), substance="steel")
    project.asset("pad", size=(0.1, 0.1, 0.02), substance="rubber")
    world = project.build(
        {
            "pad": {"asset": "pad", "at": [0, 0, 0.01]},
            "cube": {"asset": "cube", "at": [0, 0, 0.0405], "temperature": kelvin},
        },
        ground=project.ground,
    )
    grip = world.engine.surface(world.row("pad"))[0]
    saved = world.save()
    world.step(240)
    assert ({e.a for e in world.events if e.kind == "overheat"} == {"pad"}) == fails
    assert world.engine.surface(world.row("pad"))[0] == pytest.approx(grip * (0.05 if fails else 1.0))
    world.restore(saved)
    assert world.engine.surface(world.row("pad"))[0] == pytest.approx(grip)


def test_one_hot_thing_warms_another_that_touches_it_and_the_air_warms_neither(project):
    project.asset("plate", size=(0.1, 0.1, 0.01), substance="copper")
    world = project.build(
        {
            "lower": {"asset": "plate", "at": [0, 0, 0.005]},
            "upper": {"asset": "plate", "at": [0, 0, 0.0155], "temperature": 400.0},
        },
        ground=project.ground,
        air={"temperature": 300.0},
    )
    world.step(240 * 14)
    lower, upper = world.heat.warm["lower"].shells, world.heat.warm["upper"].shells
    assert 300 < lower.temperature < upper.temperature < 400
    assert upper.temperature - lower.temperature < 30
    assert world.heat.ledger.closure(world.heat.solid) <= 1e-9
