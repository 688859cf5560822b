"""Loads many instances of one mesh of 1,280 triangles, our way or with loadURDF; prints seconds and MB.

Run by `bench_load` in a process of its own: ``python -m tests.bench.load ours|peer FOLDER many|none``. What an empty
PyBullet world costs (32 MB) is told by ``none``.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pybullet
import scipy.spatial  # noqa: F401 - what both sides import is not counted

from sim.assets.library import Library, starter_root
from sim.assets.mesh import primitive_mesh
from sim.assets.meshfile import write_obj
from sim.schema import write_yaml
from sim.world.world import World
from tests.bench.harness import resident_mb

SIDE = 10  # 10 × 10 × 10 instances
URDF = """<robot name="ball"><link name="ball">
  <inertial><mass value="1"/><inertia ixx="0.004" iyy="0.004" izz="0.004" ixy="0" ixz="0" iyz="0"/></inertial>
  <visual><geometry><mesh filename="ball.obj"/></geometry></visual>
  <collision><geometry><mesh filename="ball.obj"/></geometry></collision>
</link></robot>"""


def write_project(root: Path) -> None:
    """The asset, the world and the URDF that both sides load."""
    folder = root / "assets" / "ball"
    folder.mkdir(parents=True)
    ball = primitive_mesh("sphere", (0.1,))
    write_obj(np.asarray(ball.vertices), np.asarray(ball.faces), folder / "ball.obj")
    (folder / "ball.urdf").write_text(URDF)
    write_yaml(folder / "asset.yaml", {"schema": "asset/1", "about": "a ball of 1,280 triangles", "license": "CC0-1.0",
                                       "mesh": "ball.obj", "substance": "steel", "physics": {"mass": 1.0}})  # fmt: skip
    objects = {"ball": {"asset": "ball", "grid": {"count": [SIDE] * 3, "step": [0.5] * 3}}}
    for name, things in (("many", objects), ("none", {})):
        (root / "worlds" / name).mkdir(parents=True)
        write_yaml(root / "worlds" / name / "world.yaml", {"schema": "world/1", "about": "bench", "objects": things})


def ours(root: Path, world: str) -> object:
    """The world, loaded with nothing measured before."""
    os.environ["PROPHOUSE_CACHE"] = str(root / f"cache{os.getpid()}")
    return World.load(world, Library(root, starter_root()))


def peer(root: Path, world: str) -> object:
    """PyBullet's own way: one loadURDF for each."""
    client = pybullet.connect(pybullet.DIRECT)
    for i in range(SIDE**3 if world == "many" else 0):
        place = [0.5 * (i % SIDE), 0.5 * (i // SIDE % SIDE), 0.5 * (i // SIDE**2)]
        pybullet.loadURDF(str(root / "assets/ball/ball.urdf"), place, physicsClientId=client)
    return client


if __name__ == "__main__":
    before, start = resident_mb(), time.process_time()
    kept = {"ours": ours, "peer": peer}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
    print(json.dumps({"seconds": time.process_time() - start, "mb": resident_mb() - before}))
