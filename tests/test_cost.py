"""What runs used, what they cost, and what an edit changes."""

import json

import pytest

from sim.assets.library import Library, starter_root
from sim.cost import computing, load_rates, marginal_rows, run_rows, world_rows
from sim.errors import InputError
from sim.impact import stale
from sim.report import Cost, Report, reports
from sim.uses import dead_data, loaded_for_nothing, reuse_table
from sim.world.layout import Layout

WORLD = """schema: world/1
about: two crates
objects:
  a: {asset: crate}
  b: {asset: barrel, at: [2, 0, 0]}
"""


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "worlds" / "two"
    folder.mkdir(parents=True)
    (folder / "world.yaml").write_text(WORLD)
    (folder / "one.yaml").write_text("schema: film/1\n")
    return Library(tmp_path, starter_root())


def report(library, runner="film", scenario="two/one", uses=None, **more):
    layout = Layout.load("two", library)
    values = {"verdict": "done", "seed": 1, "steps": 240, "metrics": {"seconds": 10.0}, "outputs": []}
    uses = {"crate": ["mass", "mesh"], "barrel": []} if uses is None else uses
    return Report(
        scenario, runner, step_hz=240, assets=layout.hashes(), cost=Cost(5.0, 36.0, 100.0), uses=uses, **values | more
    )


def test_the_reuse_table_says_what_each_runner_read(library):
    both = [report(library), report(library, "driving", "two/test", {"crate": ["collider"], "barrel": []})]
    rows = reuse_table(both)
    assert rows[0] == {"asset": "crate", "film": "mass, mesh", "game": "", "robot": "", "driving": "collider"}
    assert {"scenario": "two/test", "asset": "barrel"} in loaded_for_nothing(both)


def test_what_nobody_reads_is_dead_data(library):
    dead = dead_data(library, [report(library)])
    assert {"thing": "crate", "attribute": "collision"} in dead
    assert {"thing": "crate", "attribute": "mesh"} not in dead
    assert any(row["thing"] == "substance pine" for row in dead)


def test_a_core_hour_costs_what_the_rate_card_says(library):
    rates = load_rates(library)
    price = computing(report(library), rates)
    kwh = 36.0 * rates.watts_a_core / 3.6e6
    assert price["kwh"] == pytest.approx(kwh)
    assert price["price"] == pytest.approx(kwh * rates.electricity_kwh + 0.01 * rates.cpu_hour)
    row = run_rows([report(library)], rates)[0]
    assert row["per_unit_€"] == pytest.approx(price["price"] / 10)


def test_generated_video_costs_0_383_yuan_a_second(library):
    video = load_rates(library).video
    assert video.price_a_second == pytest.approx(0.3833, abs=1e-4)
    assert "69 ¥ / 1080 credits × 90 credits / 15 s = 0.383 ¥/s" in video.arithmetic()


def test_the_second_industry_pays_for_its_scenario_alone(library):
    rates = load_rates(library)
    (library.root / "worlds" / "two" / "test.yaml").write_text("schema: driving/1\nabout: x\n")
    both = [report(library), report(library, "driving", "two/test")]
    first, second = marginal_rows(library, "two", both, rates)
    assert first["part_of_the_first"] == 1
    assert second["part_of_the_first"] < 0.2
    assert second["authoring_€"] == pytest.approx(2 / rates.lines_an_hour * rates.artist_hour)


def test_declared_hours_win_over_lines(library):
    path = library.root / "worlds" / "two" / "world.yaml"
    path.write_text(WORLD + "authoring_hours: 3\n")
    row = next(row for row in world_rows(library, ["two"], load_rates(library)) if row["made_once"] == "two: world")
    assert (row["hours"], row["hours_are"]) == (3.0, "declared")


def test_only_what_an_edit_touches_is_stale(library):
    one = report(library)
    assert stale(library, [one]) == []
    (library.root / "worlds" / "two" / "world.yaml").write_text(WORLD.replace("[2, 0", "[3, 0"))
    found = stale(Library(library.root, starter_root()), [one])
    assert [s.changed for s in found] == [("worlds/two/world.yaml",)]


def test_an_asset_that_is_gone_makes_its_runs_stale(library):
    one = report(library)
    found = stale(library, [Report(**vars(one) | {"assets": {"no_such_thing": "0" * 64}})])
    assert [s.changed for s in found] == [("no_such_thing",)]


def test_reports_are_found_and_half_written_ones_left_out(library):
    folder = library.root / "renders" / "two" / "one"
    report(library).write(folder)
    broken = folder.parent / "two"
    broken.mkdir()
    (broken / "report.json").write_text(json.dumps({"schema": "report/1"})[:9])
    assert [r.scenario for r in reports(library.root)] == ["two/one"]


def test_a_rate_card_with_a_mistake_is_refused(library):
    path = library.root / "rates.yaml"
    path.write_text("schema: rates/1\nabout: x\nartist_hour: -3\n")
    with pytest.raises(InputError, match=r"artist_hour.*expected"):
        load_rates(library)
