"""Every asset keeps the asset contract."""

import pytest

from sim.assets.library import Library, starter_root
from sim.check import check_asset

LIBRARY = Library(starter_root())


@pytest.mark.parametrize("name", LIBRARY.assets())
def test_asset_keeps_its_contract(name):
    findings = list(check_asset(LIBRARY, name))
    assert [f"{finding.check}: {finding.complaint}" for finding in findings if not finding.kept] == []


@pytest.mark.parametrize("name", LIBRARY.assets())
def test_every_number_a_person_measured_names_its_source(name):
    spec = LIBRARY.asset(name).spec
    assert spec.physics.mass is None or "mass" in spec.sources


def test_every_substance_names_a_source_for_each_group_of_numbers():
    for name, substance in LIBRARY.substances.items():
        assert substance.sources, name
        assert substance.thermal is None or any("thermal" in key or "heat" in key for key in substance.sources), name


def test_the_library_has_the_substances_that_worlds_are_made_of():
    wanted = [
        "steel",
        "iron",
        "aluminium",
        "copper",
        "glass",
        "ice",
        "water",
        "oak",
        "pine",
        "concrete",
        "asphalt",
        "brick",
        "granite",
        "rubber",
        "tyre_rubber",
        "abs",
        "foam",
        "leather",
        "cotton",
        "soil",
        "ceramic",
        "skin",
    ]
    assert set(wanted) <= set(LIBRARY.substances)
