"""Every runner keeps the runner contract."""

import pytest

from sim.assets.library import Library, starter_root
from sim.errors import InputError
from sim.runners import KINDS, available, load_scenario, runner


@pytest.fixture
def library(tmp_path):
    world = tmp_path / "worlds" / "plain"
    world.mkdir(parents=True)
    (world / "world.yaml").write_text("schema: world/1\nabout: nothing yet\n")
    return Library(tmp_path, starter_root())


def test_the_table_names_the_four_industries():
    assert list(KINDS) == ["film", "game", "robot", "driving"]
    assert set(available()) <= set(KINDS)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(available())))
def test_a_runner_that_is_not_there_yet_says_which_are(kind):
    with pytest.raises(InputError, match=f"(?s)the {kind} runner is not part of this version.*runners there are"):
        runner(kind, "here")


def test_a_scenario_of_an_unknown_kind_is_refused_with_a_guess(library):
    (library.root / "worlds" / "plain" / "a.yaml").write_text("schema: flim/1\n")
    with pytest.raises(InputError, match=r"no runner reads 'flim'\n  hint: did you mean 'film'"):
        load_scenario(library, "plain/a")


def test_a_missing_scenario_lists_what_there_is(library):
    (library.root / "worlds" / "plain" / "chase.yaml").write_text("schema: film/1\n")
    with pytest.raises(InputError, match="no scenario is called 'plain/chaze'\n  hint: did you mean 'plain/chase'"):
        load_scenario(library, "plain/chaze")


def test_a_world_alone_is_no_scenario(library):
    with pytest.raises(InputError, match="names a world, not a scenario; expected WORLD/SCENARIO"):
        load_scenario(library, "plain")
