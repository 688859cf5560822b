"""The whole product on one screen; read this first."""

import numpy as np

import sim

DUCK = """
schema: asset/1
about: a rubber duck, 20 cm tall
tags: [toy]
license: as pybullet_data
mesh: package://pybullet_data/duck.obj
mesh_fit: {up: y, scale: 0.13, at: [0, 0, -0.013]}
substance: rubber
physics: {mass: 0.2}
sources: {mass: "a hollow bath toy, weighed"}
"""

POND = """
schema: world/1
about: ducks fall on a floor
seed: 7
ground: {substance: concrete}
objects:
  duck: {asset: duck, at: [0, 0, 0.4]}
  flock: {asset: duck, scatter: {count: 5, within: [[1, -1], [3, 1]]}}
  crate: {asset: crate, at: [-1, 0, 0]}
cameras:
  shore: {at: [1, -4, 1.5], look_at: [0.5, 0, 0.2], lens_mm: 35}
"""


def test_a_thing_stored_once_is_placed_stepped_recorded_and_seen(tmp_path):
    (tmp_path / "assets" / "duck").mkdir(parents=True)
    (tmp_path / "assets" / "duck" / "asset.yaml").write_text(DUCK)
    (tmp_path / "worlds" / "pond").mkdir(parents=True)
    (tmp_path / "worlds" / "pond" / "world.yaml").write_text(POND)
    library = sim.Library(tmp_path, sim.default_library().root)  # our own things over the shipped ones

    with sim.World.load("pond", library, events=True) as world:  # an asset becomes seven things; one of them is shipped
        take = sim.record(world, seconds=1.0, fps=24)
        state = world.read()

    assert len(take) == 25  # 24 frames a second and the first
    assert state.step == 240  # time is an integer and a rate
    assert 0 < state.pose("duck").position[2] < 0.3  # it fell
    first = next(event for event in take.events if event.a == "duck")  # and was heard to
    assert first.b == "ground"
    assert abs(first.time - np.sqrt(2 * 0.4 / 9.81)) < 0.02  # when theory says

    take.write(tmp_path / "take.npz")
    again = sim.Take.load(tmp_path / "take.npz", library)
    assert again.sha256() == take.sha256()  # nothing is simulated again

    renderer = sim.preview(sim.Scene.of(again.layout, again.parts))
    frame = renderer.render(again.at(0.5), sim.camera_named(again.layout, "shore"), (320, 180), ("rgb", "depth", "ids"))
    renderer.close()
    assert {"duck", "flock_0", "crate", "ground"} <= {frame.names[i] for i in np.unique(frame.ids) if i >= 0}
    assert 3.5 < frame.depth[frame.ids == frame.names.index("crate")].min() < 5
    assert frame.rgb.std() > 10  # there is something to see
