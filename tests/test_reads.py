"""What is read of an asset is noted, and nothing else."""

import pickle

import sim
from sim.assets.library import Library, starter_root
from sim.world.layout import Layout


def yard():
    layout = Layout.load("yard", Library(starter_root()))
    for asset in layout.assets().values():
        asset.reads.clear()
    return layout


def test_a_world_reads_mass_collider_and_friction_and_no_lights():
    layout = yard()
    sim.World(layout).close()
    assert {"mass", "collider", "friction", "physics.motion"} <= layout.assets()["crate"].reads
    assert "mesh" not in layout.assets()["crate"].reads


def test_a_picture_reads_meshes_looks_and_lights_and_no_mass():
    layout = yard()
    sim.Scene.of(layout)
    lamp = layout.assets()["street_lamp"].reads
    assert {"mesh", "lights", "appearance"} <= lamp
    assert not {"mass", "collider", "friction"} & lamp


def test_papers_are_not_counted_and_hashes_read_nothing():
    layout = yard()
    crate = layout.assets()["crate"]
    assert crate.spec.about
    assert crate.spec.sources is not None
    assert crate.sha256
    assert crate.reads == set()
    assert crate.substance.thermal is not None
    assert crate.reads == {"substance.thermal"}


def test_a_spec_that_notes_is_as_good_as_one_that_does_not():
    crate = yard().assets()["crate"]
    assert crate.spec == crate.spec
    assert pickle.loads(pickle.dumps(crate.substance)).density == crate.substance.density
