"""What heat costs: a minute of hot iron on ice, a world in which nothing is hot, marching cubes."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.assets.library import Library, starter_root
from sim.assets.mesh import primitive_mesh
from sim.assets.meshfile import write_glb
from sim.physics.heat.surface import marching_cubes
from sim.schema import write_yaml
from sim.world.layout import Layout
from sim.world.spec import HeatSpec
from sim.world.world import World
from tests.bench.harness import Row, race

BALL_LIMIT, CUBES_LIMIT = 10.0, 0.025  # s
THINGS, STEPS, STRETCH = 1000, 240, 20


def ball_on_ice() -> list[Row]:
    """Sixty seconds of a red-hot ball on a block of ice, in voxels of 4 mm, on one core; against what is allowed."""
    layout = Layout.load("forge", Library(starter_root()))
    kept = [p for p in layout.placements if p.name in ("iron_ball", "ice", "ice_table", "floor")]
    with World(replace(layout, placements=tuple(kept))) as world:
        start = time.process_time()
        world.step(60 * layout.step_hz)
        took = time.process_time() - start
        assert world.heat is not None
        assert world.heat.melting["ice"].melted > 0.02
    return [Row("60 s of hot iron on ice, 4 mm; allowed", took, BALL_LIMIT, "s", 1)]


def many_things(root: Path) -> Layout:
    """A thousand boxes on a floor, all as warm as the air."""
    folder = root / "assets" / "box"
    folder.mkdir(parents=True)
    write_glb(primitive_mesh("box", (0.2, 0.2, 0.2)), folder / "box.glb")
    box = {"approximation": "box", "size": [0.2, 0.2, 0.2], "at": [0, 0, 0]}
    asset = {"schema": "asset/1", "about": "box", "license": "CC0-1.0", "mesh": "box.glb", "substance": "pine"}
    write_yaml(folder / "asset.yaml", asset | {"collision": box})
    side = round(THINGS**0.5) + 1
    grid = {"asset": "box", "at": [0, 0, 0.1], "grid": {"count": [side, side, 1], "step": [0.3, 0.3, 0]}}
    world = root / "worlds" / "many"
    world.mkdir(parents=True)
    spec = {"schema": "world/1", "about": "many", "sleeping": False, "ground": {"substance": "concrete"}}
    write_yaml(world / "world.yaml", spec | {"objects": {"box": grid}})
    return Layout.load("many", Library(root, starter_root()))


def one_temperature() -> list[Row]:
    """A thousand things at one temperature with heat switched on, against the same without."""
    with tempfile.TemporaryDirectory() as folder:
        layout = many_things(Path(folder))

        def side(heat: HeatSpec | None) -> Iterator[object]:
            with World(replace(layout, heat=heat)) as world:
                yield
                for _ in range(STEPS // STRETCH):
                    world.step(STRETCH)
                    yield

        ours, peer = race(lambda: side(HeatSpec()), lambda: side(None))
    return [Row(f"{THINGS} things at one temperature, heat off", ours, peer, "s", 1.03)]


def cubes() -> list[Row]:
    """Marching cubes with smooth normals of a ball in 64³ cells, against what is allowed."""
    place = np.stack(np.meshgrid(*[np.arange(64) - 31.5] * 3, indexing="ij"), -1)
    fill = np.clip(25.5 - np.linalg.norm(place, axis=-1), 0, 1)
    took = []
    for _ in range(8):
        start = time.process_time()
        marching_cubes(fill)
        took.append(time.process_time() - start)
    return [Row("marching cubes of 64³; allowed", min(took), CUBES_LIMIT, "s", 1)]


BENCHES = [ball_on_ice, one_temperature, cubes]
