"""Same in, same out: to the last bit, on one machine, in any process.

Only stepping on shows a difference, so all tests do.
"""

import subprocess
import sys

import numpy as np
import pytest
import trimesh

from sim.assets.library import Library
from sim.world.world import World

STEPS = 300


def mixed(project, **spec):
    """The files of a world of 100 mixed things that fall on one another."""
    project.asset("box", size=(0.3, 0.2, 0.1))
    project.ball("ball", radius=0.12, surface={"dynamic_friction": 0.5, "restitution": 0.5})
    project.asset("tin", "cylinder", (0.08, 0.25))
    project.asset("rock", "capsule", (0.1, 0.4))
    grid = {"count": [5, 5, 1], "step": [0.5, 0.5, 0.5]}
    objects = {
        "box": {"asset": "box", "at": [0, 0, 0.4], "grid": grid, "angular_velocity": [1, 2, 3]},
        "ball": {"asset": "ball", "at": [0.1, 0.05, 0.9], "grid": grid},
        "tin": {"asset": "tin", "at": [0.05, 0.1, 1.5], "grid": grid, "angular_velocity": [3, 0, 0]},
        "rock": {"asset": "rock", "at": [0.1, 0.1, 2.2], "grid": grid, "velocity": [0.2, 0, 0]},
    }
    return project.world(objects, ground=project.ground, **spec)


def run(library: Library, name: str, steps: int = STEPS) -> str:
    with World.load(name, library) as world:
        world.step(steps)
        return world.read().sha256()


def test_rebuilding_in_one_process_gives_the_same_bits(project):
    name = mixed(project)
    first = run(project.library, name)
    with World.load(name, project.library) as other:  # something else in between
        other.push("ball_3", [100, 0, 0])
        other.step(50)
    assert run(project.library, name) == first


def test_another_process_gives_the_same_bits(project):
    name = mixed(project)
    code = (
        "import sys; from pathlib import Path; from sim.assets.library import Library, starter_root;"
        "from sim.world.world import World; world = World.load(sys.argv[2],"
        "Library(Path(sys.argv[1]), starter_root()));"
        f"world.step({STEPS}); print(world.read().sha256())"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code, str(project.root), name], check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    }
    assert hashes == {run(project.library, name) + "\n"}


def test_restoring_single_shapes_goes_on_as_if_nothing_was_saved(project):
    name = mixed(project, sleeping=False)
    straight = run(project.library, name)
    with World.load(name, project.library) as world:
        world.step(STEPS // 2)
        save = world.save()
        world.step(STEPS // 2)
        assert world.read().sha256() == straight
        world.restore(save)
        world.step(STEPS // 2)
        assert world.read().sha256() == straight


CRANE = """<robot name="crane">
  <link name="post">
    <inertial><mass value="5"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>
  </link>
  <link name="arm">
    <inertial>
      <origin xyz="0.5 0 0"/><mass value="2"/>
      <inertia ixx="0.1" iyy="0.2" izz="0.2" ixy="0" ixz="0" iyz="0"/>
    </inertial>
    <collision><origin xyz="0.5 0 0"/><geometry><box size="1 0.1 0.1"/></geometry></collision>
  </link>
  <joint name="swing" type="revolute">
    <parent link="post"/><child link="arm"/><axis xyz="0 0 1"/><limit lower="-3" upper="3" effort="50" velocity="2"/>
  </joint>
</robot>"""


def compounds(project):
    """A world with all that plain restore gets wrong: compounds, a driven joint, sleeping things, merged scenery."""
    halves = trimesh.util.concatenate(
        [trimesh.creation.box((0.2, 0.2, 0.2)).apply_translation([x, 0, 0]) for x in (-0.15, 0.15)]
    )
    folder = project.root / "assets" / "dumbbell"
    folder.mkdir(parents=True)
    halves.export(folder / "dumbbell.ply")
    project.asset(
        "dumbbell", mesh="dumbbell.ply", collision={"approximation": "convex_decomposition", "mesh": "dumbbell.ply"}
    )
    project.asset("post", size=(0.2, 0.2, 1.0), physics={"motion": "static"})
    project.write("assets/crane/crane.urdf", CRANE)
    project.asset("crane", model="crane.urdf", physics={"motion": "static"}, joints={"swing": {"motor": True}})
    project.asset("box", size=(0.3, 0.2, 0.1))
    return project.world(
        {
            "dumbbell": {"asset": "dumbbell", "at": [0, 0, 0.3], "grid": {"count": [3, 3, 2], "step": [0.6, 0.5, 0.4]}},
            "crane": {"asset": "crane", "at": [0.6, -1.2, 0.3]},
            "sleeper": {"asset": "box", "at": [-2, 0, 0.05], "grid": {"count": [1, 3, 2], "step": [1, 0.5, 0.1]}},
            "fence": {"asset": "post", "at": [-4, 3, 0.5], "grid": {"count": [70, 1, 1], "step": [0.3, 1, 1]}},
        },
        ground=project.ground,
    )


def test_a_canonical_checkpoint_continues_to_the_same_bits(project):
    with World.load(compounds(project), project.library) as world:
        world.command({"crane/swing": 1.5})
        world.step(240 * 3)
        save = world.save()
        hashes = []
        for _ in range(2):
            world.step(STEPS)
            hashes.append(world.read().sha256())
            world.restore(save)
    assert hashes[0] == hashes[1]
    with World.load("scratch", project.library) as other:
        other.restore(save)
        other.step(STEPS)
        assert other.read().sha256() == hashes[0]


def test_a_checkpoint_moves_nothing(project):
    with World.load(compounds(project), project.library) as world:
        world.step(100)
        before = world.read()
        world.save()
        after = world.read()
    assert after.step == before.step
    for name in ("position", "orientation", "linear_velocity", "joint_position", "joint_velocity"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-12)


def test_a_seed_scatters_the_same_in_every_run(project):
    project.ball()
    objects = {"balls": {"asset": "ball", "scatter": {"count": 30, "within": [[-3, -3], [3, 3]]}}}
    with project.build(objects, seed=5) as a, project.build(objects, seed=5) as b, project.build(objects, seed=6) as c:
        assert np.array_equal(a.read().position, b.read().position)
        assert not np.array_equal(a.read().position, c.read().position)
