"""Heights that stand in for a thing's shape: what rests on them follows, rays see them, saves bring them back."""

import dataclasses

import numpy as np
import pytest

from sim.physics.relief import Relief


def block_and_ball(project, **spec):
    project.asset("block", size=(0.2, 0.2, 0.16), surface={"dynamic_friction": 0.5, "restitution": 0.0})
    project.ball("ball", 0.02, 0.25, surface={"dynamic_friction": 0.5, "restitution": 0.0})
    return project.build(
        {"block": {"asset": "block", "at": [1, 2, 0.08]}, "ball": {"asset": "ball", "at": [1, 2, 0.18]}},
        ground=project.ground,
        **spec,
    )


def relief(world, top=0.08):
    heights = np.full((42, 42), top)
    heights[[0, -1], :] = heights[:, [0, -1]] = -0.08
    surface = world.layout.placement("block").asset.surface()
    pose = world.read().pose("block")
    return Relief(world.row("block"), pose, (0.005, 0.005), heights, -0.3, 0.1, surface)


@pytest.mark.parametrize("sleeping", [True, False])
def test_h10_what_rests_on_falling_heights_follows(project, sleeping):
    world = block_and_ball(project, sleeping=sleeping)
    world.engine.stand_in(relief(world))
    world.step(480)
    assert world.read().pose("ball").position[2] == pytest.approx(0.18, abs=1e-3)
    world.engine.stand_in(relief(world, 0.05))
    world.step(60)
    assert world.read().pose("ball").position[2] <= 0.151 + 1e-3
    assert world.read().pose("block").position == pytest.approx([1, 2, 0.08], abs=1e-4)


def test_rays_and_contacts_name_the_part_whose_heights_they_meet(project):
    world = block_and_ball(project)
    field = relief(world, 0.05)
    field.heights[10, 30] = 0.09
    world.engine.stand_in(field)
    peak = np.array([1 + (10 - 20.5) * 0.005, 2 + (30 - 20.5) * 0.005, 0])
    hit = world.cast_rays(peak + np.array([0, 0, 1]), peak)
    assert hit.part[0] == world.row("block")
    assert hit.position[0, 2] == pytest.approx(0.17, abs=1e-3)
    world.step(240)
    touching = world.contacts("ball")
    assert {world.names[i] for i in touching.part_b} == {"block"}


@pytest.mark.parametrize("sleeping", [True, False])
def test_saves_bring_heights_back_bit_for_bit(project, sleeping):
    world = block_and_ball(project, sleeping=sleeping)
    world.step(60)
    before = world.save()
    world.engine.stand_in(relief(world))
    world.step(30)
    saved = world.save()
    world.engine.stand_in(relief(world, 0.06))
    world.step(60)
    world.restore(saved)
    states = []
    for _ in range(2):
        world.restore(saved)
        world.engine.stand_in(dataclasses.replace(relief(world, 0.07)))
        world.step(60)
        states.append(world.read().sha256())
    assert states[0] == states[1]
    world.restore(before)
    assert not world.engine.reliefs
    assert world.engine.mass(world.row("block")) > 1
    world.step(60)
    assert world.read().pose("ball").position[2] == pytest.approx(0.18, abs=2e-3)
    world.rewind()
    assert world.read().pose("ball").position[2] == pytest.approx(0.18)
