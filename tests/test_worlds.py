"""Every world keeps the world contract."""

import subprocess
import sys

import numpy as np
import pytest

import sim
from sim.assets.library import Library, starter_root
from sim.check import check_world

LIBRARY = Library(starter_root())


@pytest.mark.parametrize("name", LIBRARY.worlds())
def test_world_keeps_its_contract(name):
    assert [f"{finding.check}: {finding.complaint}" for finding in check_world(LIBRARY, name) if not finding.kept] == []


@pytest.mark.parametrize("name", LIBRARY.worlds())
def test_two_runs_give_the_same_bits(name):
    def run() -> str:
        with sim.World.load(name, LIBRARY) as world:
            world.step(60)
            return world.read().sha256()

    assert run() == run()


def test_two_processes_give_the_same_trajectory_of_the_yard():
    code = (
        "import sim; from sim.assets.library import *; w = sim.World.load('yard', Library(starter_root())); "
        "print(sim.record(w, 1.0).sha256())"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout.strip()) == 64


@pytest.mark.parametrize("name", LIBRARY.worlds())
def test_every_camera_sees_something(name):
    with sim.World.load(name, LIBRARY) as world:
        renderer = sim.preview(sim.Scene.of(world.layout, world.parts))
        try:
            for camera in [
                name for name in world.layout.cameras if "/" not in name
            ]:  # included ones: in their own world
                frame = renderer.render(world.read(), sim.camera_named(world.layout, camera), (160, 90), ("rgb", "ids"))
                things = set(np.unique(frame.ids)) - {
                    -1,
                    frame.names.index("ground") if "ground" in frame.names else -1,
                }
                assert len(things) >= 3, camera
                assert frame.rgb.std() > 8, camera
        finally:
            renderer.close()
