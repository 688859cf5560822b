"""The driving runner: metrics on closed forms, limits by the book, protocol runs, negative controls, bad input."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from sim.assets.library import default_library
from sim.errors import InputError
from sim.runners import Options, driving, load_scenario
from sim.runners.driving.assist import Outline, point_ttc
from sim.runners.driving.criteria import r152_limit, r157_limit
from sim.runners.driving.metrics import (
    conflict_area,
    corridor_gap,
    distance,
    jerk,
    outline_ttc,
    outlines,
    overlap,
    post_encroachment_time,
    required_deceleration,
    time_headway,
    time_to_collision,
)
from sim.runners.driving.reference import KMH, Careful, Reg157, Rss, Sight, drive
from sim.runners.driving.templates import TEMPLATES, expand
from sim.world.layout import Layout

CAR = (-2.0, 2.0, -0.9, 0.9)


def box(x, y, heading=0.0, size=CAR):
    return outlines(np.array(x, float), np.array(y, float), np.array(heading, float), size)


# ---------------------------------------------------------------------------------------------------------------------
# Metrics


@pytest.mark.parametrize(("gap", "closing", "ttc"), [(20, 10, 2.0), (0.5, 25, 0.02), (30, 0, np.inf), (30, -3, np.inf)])
def test_time_to_collision_is_gap_over_closing_speed(gap, closing, ttc):
    assert time_to_collision(gap, closing) == pytest.approx(ttc, rel=1e-6)


def test_other_metrics_keep_their_closed_forms():
    assert time_to_collision(-1.0, 5.0) == 0
    assert time_headway(36.0, 12.0) == pytest.approx(3.0, rel=1e-6)
    assert np.isinf(time_headway(36.0, 0.0))
    assert required_deceleration(25.0, 10.0) == pytest.approx(2.0, rel=1e-6)
    assert required_deceleration(25.0, -1.0) == 0
    assert np.isinf(required_deceleration(0.0, 1.0))
    t = np.arange(0, 2, 0.01)
    np.testing.assert_allclose(jerk(3.0 * t, 0.01), 3.0, rtol=1e-6)


def test_post_encroachment_time_is_entry_minus_exit():
    t = np.arange(0, 10, 0.1)
    first, second = (t > 2) & (t < 4), (t > 6.05) & (t < 8)
    expected = t[second][0] - t[first][-1]
    assert post_encroachment_time(first, second, t) == pytest.approx(expected, abs=1e-9)
    assert post_encroachment_time(second, first, t) == pytest.approx(expected, abs=1e-9)
    assert post_encroachment_time(first, first, t) == 0
    assert np.isinf(post_encroachment_time(first, np.zeros(len(t), bool), t))


def test_outlines_meet_when_gap_over_speed_says_so():
    a, b = box(0, 0), box(24, 0)
    assert distance(a, b) == pytest.approx(20.0, abs=1e-6)
    assert corridor_gap(a, b, 0.0) == pytest.approx(20.0, abs=1e-6)
    assert outline_ttc(a, b, np.array([10.0, 0])) == pytest.approx(2.0, rel=1e-6)
    assert np.isinf(outline_ttc(a, b, np.array([-10.0, 0])))
    assert np.isinf(outline_ttc(a, box(24, 3), np.array([10.0, 0])))  # passes beside it
    assert outline_ttc(a, box(1, 0.5), np.array([1.0, 0])) == 0  # touch already


def test_a_crossing_walker_is_met_where_both_arrive():
    walker = box(10.3, -4.25, np.pi / 2, (-0.25, 0.25, -0.3, 0.3))  # walks along +Y; front at y = −4
    ttc = outline_ttc(box(0, 0), walker, np.array([5.0, -2.0]))
    assert ttc == pytest.approx(max(8.0 / 5.0, 3.1 / 2.0), rel=1e-6)
    assert np.isinf(outline_ttc(box(0, 0), walker, np.array([5.0, -0.1])))  # too slow to be in the way


def test_distance_between_turned_boxes_and_many_at_once():
    turned = box(6, 6, np.pi / 4, (-1, 1, -1, 1))
    corner = np.array([6 - np.sqrt(2), 6.0])
    assert distance(box(0, 0), turned) == pytest.approx(np.hypot(corner[0] - 2, max(corner[1] - 0.9, 0)), rel=0.2)
    x = np.linspace(3, 30, 7)
    many = distance(box(np.zeros(7), np.zeros(7), np.zeros(7)), box(x, np.zeros(7), np.zeros(7)))
    np.testing.assert_allclose(many, np.maximum(x - 4, 0), atol=1e-9)
    assert overlap(box(0, 0), box(3.9, 1.7))
    assert not overlap(box(0, 0), box(3.9, 1.9))


def test_a_conflict_area_is_where_two_strips_cross():
    area = conflict_area(
        np.array([0, -1.0]), np.array([0, 1.0]), 0.0, np.array([5.5, 0]), np.array([4.5, 0]), np.pi / 2
    )
    np.testing.assert_allclose(sorted(area[:, 0]), [4.5, 4.5, 5.5, 5.5], atol=1e-9)
    np.testing.assert_allclose(sorted(area[:, 1]), [-1, -1, 1, 1], atol=1e-9)
    assert conflict_area(np.zeros(2), np.ones(2), 0.0, np.zeros(2), np.ones(2), np.pi) is None


def test_what_passes_beside_the_car_does_not_trigger_it():
    car = Outline(-2.0, 2.0, 0.9)
    assert point_ttc(np.array([22.0, 0]), np.array([-10.0, 0]), car, 0.3) == pytest.approx(2.0)
    assert np.isinf(point_ttc(np.array([22.0, 1.3]), np.array([-10.0, 0]), car, 0.3))
    assert np.isinf(point_ttc(np.array([22.0, 0.0]), np.array([10.0, 0]), car, 0.3))


# ---------------------------------------------------------------------------------------------------------------------
# By the book


@pytest.mark.parametrize(("kmh", "metres"), [(20, 9.97), (30, 16.54), (40, 24.13), (50, 32.73), (60, 42.34)])
def test_a_careful_driver_needs_the_distance_of_the_regulation(kmh, metres):
    assert Careful.distance(kmh * KMH) == pytest.approx(metres, rel=0.01)
    short, long = metres * 0.99, metres * 1.01

    def standing(_):
        return Sight(0, 0, 0.0, slowing=9.0)

    assert not drive(Careful(), kmh * KMH, short, standing).avoided
    assert drive(Careful(), kmh * KMH, long, standing).avoided


def test_rss_keeps_its_safe_distance_and_avoids_what_it_is_meant_to():
    v = 50 * KMH
    assert Rss.safe_distance(v, 0.0) == pytest.approx(v * 0.75 + v**2 / (2 * 0.774 * 9.81), rel=1e-9)
    assert Rss.safe_distance(v, v) == pytest.approx(v * 0.75, rel=1e-9)
    assert Rss.safe_distance(5.0, 40.0) == 0
    assert drive(Rss(), v, 60.0, lambda _: Sight(0, 0, 0.0)).avoided


def test_reg157_avoids_what_it_must_and_is_not_asked_for_more():
    closing = 20 * KMH
    limit = closing / 12 + 0.35
    assert Reg157.must_avoid(limit + 0.01, closing)
    assert not Reg157.must_avoid(limit - 0.01, closing)
    assert r157_limit(limit + 0.01, closing) == 0
    assert np.isinf(r157_limit(limit - 0.01, closing))
    assert drive(Reg157(), 60 * KMH, 40.0, lambda _: Sight(0, 0, 40 * KMH)).avoided


@pytest.mark.parametrize(
    ("table", "speed", "limit"),
    [("r152_car", 40, 0), ("r152_car", 42, 0), ("r152_car", 43, 15), ("r152_car", 50, 25), ("r152_car", 60, 35),
     ("r152_pedestrian", 30, 0), ("r152_pedestrian", 33, 20), ("r152_pedestrian", 60, 45)],
)  # fmt: skip
def test_limits_are_those_of_r152(table, speed, limit):
    assert r152_limit(table, speed) == limit


def test_faster_than_the_table_nothing_is_asked_for():
    assert np.isinf(r152_limit("r152_car", 80))


# ---------------------------------------------------------------------------------------------------------------------
# Runs on a plain field


FIELD = {"at": [0, 0, 0], "run_up": 200.0, "run_out": 80.0}


@pytest.fixture
def field(project):
    """Runs scenarios on an endless asphalt floor."""
    project.world({}, "field", ground={"substance": "asphalt"})

    class Field:
        library = project.library
        root = project.root

        def write(self, **content) -> str:
            start = {"schema": "driving/1", "about": "a test", "place": FIELD, "ego": {"aeb": {}}}
            project.write("worlds/field/a.yaml", start | content)
            return "field/a"

        def run(self, brief=True, allow_scripts=False, flags=None, **content):
            name = self.write(**content)
            module, layout, spec = load_scenario(self.library, name)
            options = Options(name, self.root, allow_scripts=allow_scripts, flags=flags or {}, brief=brief)
            return module.run(layout, spec, options)

    return Field()


def ccrs(**parameters):
    return {"template": "ccrs", "parameters": parameters}


def test_emergency_braking_avoids_a_standing_car(field):
    report = field.run(**ccrs(speed_kmh=50.0))
    assert report.verdict == "pass"
    assert report.metrics["impact_speed_kmh"] == 0
    assert 8.0 < report.metrics["deceleration_max"] < 9.81
    assert report.metrics["reference_careful"].startswith("avoids it")


def test_without_it_the_impact_is_at_the_speed_of_the_test(field):
    report = field.run(**ccrs(speed_kmh=50.0), ego={"aeb": {"enabled": False}})
    assert report.verdict == "fail"
    assert report.metrics["impact_speed_kmh"] == pytest.approx(50.0, abs=0.5)
    assert report.metrics["impact_speed_kmh_cause"] == "ego.aeb.enabled"


def test_a_second_late_it_must_fail(field):
    report = field.run(**ccrs(speed_kmh=55.0), ego={"aeb": {"latency": 1.15}})
    assert report.verdict == "fail"
    assert report.metrics["impact_speed_kmh_cause"] == "ego.aeb.latency"
    assert "first at" in report.notes[0]


def test_on_a_slippery_road_it_must_fail_and_the_tyre_is_named(field):
    report = field.run(**ccrs(speed_kmh=50.0), conditions={"road_friction": 0.3})
    assert report.verdict == "fail"
    assert report.metrics["impact_speed_kmh_cause"] == "tyre_rubber.dynamic_friction"
    assert report.metrics["deceleration_max"] == pytest.approx(0.3 * 9.81, rel=0.08)


@pytest.mark.parametrize("name", ["ccrs_off", "ccrs_late", "ccrs_slippery"])
def test_the_shipped_negative_controls_fail(name, tmp_path):
    module, layout, spec = load_scenario(default_library(), f"track/{name}")
    report = module.run(layout, spec, Options(f"track/{name}", tmp_path, brief=True))
    assert report.verdict == "fail", report.notes


@pytest.mark.parametrize("template", ["ccrm", "ccrb", "cpna", "cpla", "cbla"])
def test_protocol_runs_are_valid_and_pass(field, template):
    report = field.run(template=template)
    assert report.verdict == "pass", report.notes


@pytest.mark.parametrize(("template", "impact"), [("cpna", 25.0), ("cpfa", 50.0), ("cpnco", 50.0)])
def test_a_walker_is_struck_where_the_protocol_says(field, template, impact):
    field.run(template=template, parameters={"speed_kmh": 30.0, "impact": impact}, ego={"aeb": {"enabled": False}})
    path = field.root / "renders" / "field" / "a" / "trace.csv"
    names = path.read_text().splitlines()[0].split(",")
    rows = np.genfromtxt(path, delimiter=",", skip_header=1)
    distance_to = rows[:, names.index("target.distance [m]")]
    at = rows[np.argmax(distance_to == 0)]
    side = 1 if template == "cpfa" else -1
    from_side = 0.5 - side * at[names.index("target.y [m]")] / 2.12  # of the car's width
    assert from_side == pytest.approx(impact / 100, abs=0.06)


@pytest.mark.parametrize("template", ["cut_in", "cut_out", "deceleration"])
def test_a_careful_driver_masters_the_scenarios_of_r157(field, template):
    report = field.run(template=template, ego={"driver": {"kind": "careful"}})
    assert report.verdict == "pass", report.notes


def test_nobody_who_sleeps_masters_a_cut_in(field):
    report = field.run(template="cut_in", ego={})
    assert report.verdict == "fail"


def test_a_child_is_seen_only_once_it_is_out_from_between_the_cars(field):
    hidden = field.run(template="cpnco", parameters={"speed_kmh": 40.0}, ego={"aeb": {"ttc": 3.0}})
    open_road = field.run(template="cpna", parameters={"speed_kmh": 40.0, "impact": 50.0}, ego={"aeb": {"ttc": 3.0}})
    assert hidden.metrics["aeb_ttc_s"] < open_road.metrics["aeb_ttc_s"] - 0.3


def test_a_run_off_its_speed_is_invalid_and_never_a_pass(field):
    report = field.run(**ccrs(speed_kmh=50.0), ego={"aeb": {}, "speed_kmh": 52.0})
    assert report.verdict == "invalid"
    assert report.notes[0].startswith("the ego's speed is off by +2")


def test_an_acc_keeps_its_time_gap(field):
    paths = {"way": {"points": [[-150, 0, 0], [400, 0, 0]]}}
    lead = {"asset": "compact_car_silver", "path": "way", "start": 60.0, "speed_kmh": 50.0}
    driver = {"kind": "acc", "acc": {"set_kmh": 80.0, "time_gap": 1.5}}
    report = field.run(
        place=None, paths=paths, actors={"lead": lead}, duration=20.0,
        ego={"path": "way", "speed_kmh": 60.0, "driver": driver}, criteria={"thw_min_s": {"at_least": 1.3}},
    )  # fmt: skip
    assert report.verdict == "pass", report.notes
    assert report.metrics["speed_end_kmh"] == pytest.approx(50.0, abs=1.5)


def test_evidence_is_whole(field):
    report = field.run(brief=False, flags={"size": (160, 90)}, template="ccrs", parameters={"speed_kmh": 20.0},
                       duration=2.0, after=0.0)  # fmt: skip
    folder = field.root / "renders" / "field" / "a"
    assert {"trace.csv", "film.mp4", "take.npz", "plots.svg", "index.html", "junit.xml"} <= set(report.outputs)
    assert all((folder / name).is_file() for name in report.outputs)
    page = (folder / "index.html").read_text()
    assert "http" not in page.replace("http://www.w3.org", "")  # opens offline
    assert page.count("data:image/jpeg") >= 3
    rows = np.genfromtxt(folder / "trace.csv", delimiter=",", skip_header=1)
    np.testing.assert_allclose(np.diff(rows[:, 0]), 0.01, atol=1e-9)
    case = ElementTree.parse(folder / "junit.xml").find(".//testcase")
    assert {p.get("name") for p in case.iter("property")} >= {"impact_speed_kmh", "ttc_min_s"}
    assert json.loads((folder / "report.json").read_text())["verdict"] == report.verdict


def test_the_same_seed_gives_the_same_bytes_in_two_processes(field):
    sensors = {"radar": {"kind": "radar"}, "position": {"kind": "navigation", "mount": {"frame": "rear_axle"}}}
    name = field.write(**ccrs(speed_kmh=30.0), ego={"aeb": {"sensor": "radar"}}, sensors=sensors)
    code = (
        "import sys; from pathlib import Path; from sim.assets.library import Library, starter_root\n"
        "from sim.runners import Options, load_scenario\n"
        "root = Path(sys.argv[1]); module, layout, spec = load_scenario(Library(root, starter_root()), sys.argv[2])\n"
        "module.run(layout, spec, Options(sys.argv[2], root, brief=True, place=root / sys.argv[3]))\n"
    )
    for out in ("one", "two"):
        subprocess.run([sys.executable, "-c", code, str(field.root), name, out], check=True, capture_output=True)
    first, second = ((field.root / out / "trace.csv").read_bytes() for out in ("one", "two"))
    assert first == second
    assert len(first) > 50_000


@pytest.mark.parametrize("kind", ["objects", "radar", "lidar"])
def test_each_sensor_lets_the_system_brake(field, kind):
    if kind == "lidar":
        pytest.importorskip("embreex")
    spec = {"kind": kind, "mount": {"frame": "roof", "at": [0.3, 0, 0.1]}}
    if kind == "lidar":
        spec["lidar"] = {"beams": 24, "columns": 360, "elevation_deg": [-12, 3], "azimuth_deg": [-60, 60]}
    report = field.run(**ccrs(speed_kmh=30.0), ego={"aeb": {"sensor": "it"}}, sensors={"it": spec})
    assert report.verdict == "pass", report.notes
    assert report.metrics["aeb_ttc_s"] < 1.5


# ---------------------------------------------------------------------------------------------------------------------
# A driver of the user's


def script(field, code: str, **more):
    (field.root / "worlds" / "field" / "mine.py").write_text(code)
    ego = {"driver": {"kind": "script", "script": "mine.py", **more}}
    return field.run(allow_scripts=True, **ccrs(speed_kmh=30.0), ego=ego, tolerances=None)


def test_a_users_driver_drives(field):
    code = (
        "class Driver:\n    def step(self, seen):\n"
        "        near = [o.point[0] for o in seen.objects]\n"
        "        return {'acceleration': -6.0 if near and min(near) < 16 else 0.0}\n"
    )
    report = script(field, code)
    assert report.verdict == "pass", report.notes
    assert report.metrics["ended"] == "stopped"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ValueError('no map')", "mine.py: Driver raised ValueError: no map"),
        ("return {'brake': float('nan')}", "gave brake = nan at 0.000 s; expected a number"),
        ("return 7", "gave 7; expected a mapping"),
        ("while True: pass", "did not answer within 0.2 s"),
    ],
)
def test_a_users_driver_that_goes_wrong_makes_the_run_invalid(field, body, reason):
    report = script(field, f"def Driver(seen):\n    {body}\n", limit=0.2)
    assert report.verdict == "invalid"
    assert reason in report.notes[0]


def test_python_runs_only_when_allowed(field):
    (field.root / "worlds" / "field" / "mine.py").write_text("class Driver: pass\n")
    with pytest.raises(InputError, match="read it, then say --allow-scripts"):
        field.run(**ccrs(), ego={"driver": {"kind": "script", "script": "mine.py"}})


# ---------------------------------------------------------------------------------------------------------------------
# Bad input


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"template": "ccrx"}, "no template is called 'ccrx'\n  hint: did you mean"),
        (ccrs(speed=50.0), r"parameters.speed: is unknown\n  hint: did you mean 'speed_kmh'"),
        (ccrs(overlap=60), r"parameters.overlap: has the wrong value; expected -50, -75, 100, 75 or 50, got 60"),
        (ccrs(speed_kmh=180.0), r"place.run_up: is too short .* expected at least 25\d"),
        ({**ccrs(), "criteria": {"impact": {"at_most": 1.0}}}, "criteria.impact: no metric is called 'impact'"),
        ({**ccrs(), "ego": {"aeb": {"sensor": "nose"}}}, "ego.aeb.sensor: no sensor is called 'nose'"),
        (
            {**ccrs(), "sensors": {"eye": {"kind": "objects", "mount": {"frame": "roff"}}}},
            "sensors.eye.mount.frame: no frame of compact_car is called 'roff'\n  hint: did you mean 'roof'",
        ),
        (
            {**ccrs(), "actors": {"other": {"asset": "taxi", "path": "ego", "profile": [[0, 50], [0.2, 14]]}}},
            r"actors.other.profile: 0 to 0.2 s: asks for too much; expected at most 11 m/s², got 50 m/s² \(5.1 g\)",
        ),
        (
            {**ccrs(), "actors": {"other": {"asset": "taxi", "path": "target", "start": 0.5}}},
            "actors.other: starts inside target",
        ),
        ({"place": None}, "ego.path: is missing"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said_in_one_line(field, content, message):
    with pytest.raises(InputError, match=message):
        field.run(**content)


def test_a_path_that_leaves_the_road_says_where(tmp_path):
    library = default_library()
    module, layout, spec = load_scenario(library, "track/ccrs")
    off = spec.model_copy(update={"place": spec.place.model_copy(update={"lateral": -6.0})})
    with pytest.raises(InputError, match=r"paths.ego: leaves the road after 0 m, at \(-320.0, -7.9\)"):
        module.run(layout, off, Options("track/ccrs", tmp_path, brief=True))


def test_templates_lay_out_in_the_citys_streets_too():
    layout = Layout.load("crossing")
    place = {"lane": "east/-1", "along": 4.0, "run_up": 90.0, "run_out": 60.0}
    for name in TEMPLATES:
        spec = driving.Spec.model_validate({"about": name, "template": name, "place": place}, strict=False)
        if name not in ("cut_in", "cut_out", "cbna"):  # need more room
            assert expand(spec, layout, name).ego.start >= 0
