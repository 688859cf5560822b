"""Prop House: things that obey physics, stored once.

    import sim

    with sim.World.load("yard") as world:
        take = sim.record(world, seconds=2.0)
    print(take.sha256(), len(take.events))

Names are loaded when first used, so importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Asset": "sim.assets.asset",
    "Camera": "sim.render.camera",
    "Event": "sim.world.event",
    "Frame": "sim.render.frame",
    "Layout": "sim.world.layout",
    "Library": "sim.assets.library",
    "Pose": "sim.pose",
    "Scene": "sim.render.scene",
    "State": "sim.world.state",
    "Take": "sim.world.take",
    "World": "sim.world.world",
    "make": "sim.runners.gym",
    "make_vec": "sim.runners.gym",
    "camera_named": "sim.render.camera",
    "default_library": "sim.assets.library",
    "preview": "sim.render.preview",
    "record": "sim.world.take",
}

if TYPE_CHECKING:
    from sim.assets.asset import Asset as Asset
    from sim.assets.library import Library as Library
    from sim.assets.library import default_library as default_library
    from sim.pose import Pose as Pose
    from sim.render.camera import Camera as Camera
    from sim.render.camera import camera_named as camera_named
    from sim.render.frame import Frame as Frame
    from sim.render.preview import preview as preview
    from sim.render.scene import Scene as Scene
    from sim.runners.gym import make as make
    from sim.runners.gym import make_vec as make_vec
    from sim.world.event import Event as Event
    from sim.world.layout import Layout as Layout
    from sim.world.state import State as State
    from sim.world.take import Take as Take
    from sim.world.take import record as record
    from sim.world.world import World as World


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
