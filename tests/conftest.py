"""Scratch projects: a tiny real world in a temporary folder is what most tests stand on."""

import os
from pathlib import Path

import pytest

from sim.assets.library import Library, starter_root
from sim.assets.mesh import primitive_mesh
from sim.assets.meshfile import write_glb
from sim.schema import write_yaml
from sim.world.world import World


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Nothing a test measures is kept in the home folder, and nothing kept there is believed."""
    before = os.environ.get("PROPHOUSE_CACHE")
    os.environ["PROPHOUSE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["PROPHOUSE_CACHE"]
    else:
        os.environ["PROPHOUSE_CACHE"] = before


class Project:
    """A project of its own over the shipped library: write assets and worlds, then load or build them."""

    ground = {"substance": "reference"}

    def __init__(self, root: Path):
        self.root = root
        self.substance("reference")

    @property
    def library(self) -> Library:
        """A library that has read nothing yet."""
        return Library(self.root, starter_root())

    def write(self, path: str, content: dict | str) -> Path:
        """A file of the project: YAML of a mapping, or text as it is."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            file.write_text(content, "utf-8")
        else:
            write_yaml(file, content)
        return file

    def substance(self, name: str, density: float = 1000.0, **surface: float) -> str:
        """A substance whose surface is the reference one unless said otherwise."""
        self.write(
            f"assets/substances/{name}.yaml",
            {
                "schema": "substance/1",
                "about": name,
                "density": density,
                "surface": {"dynamic_friction": 1.0, "restitution": 1.0, **surface},
                "appearance": {},
            },
        )
        return name

    def asset(self, name: str, shape: str = "box", size: tuple = (0.2, 0.2, 0.2), **spec) -> str:
        """A rigid asset centred on its origin: a primitive that collides as itself unless ``spec`` says otherwise."""
        folder = self.root / "assets" / name
        folder.mkdir(parents=True, exist_ok=True)
        if "mesh" not in spec and "model" not in spec:
            write_glb(primitive_mesh(shape, size), folder / f"{name}.glb")
            spec = {
                "mesh": f"{name}.glb",
                "collision": {"approximation": shape, "size": list(size), "at": [0, 0, 0]},
            } | spec
        self.write(
            f"assets/{name}/asset.yaml",
            {"schema": "asset/1", "about": name, "license": "CC0-1.0", "substance": "reference"} | spec,
        )
        return name

    def ball(self, name: str = "ball", radius: float = 0.1, mass: float = 1.0, **spec) -> str:
        """A solid ball with the inertia of a perfect one."""
        moment = 0.4 * mass * radius**2
        physics = {"mass": mass, "diagonal_inertia": [moment] * 3, "center_of_mass": [0, 0, 0]}
        return self.asset(name, "sphere", (radius,), physics=physics, **spec)

    def world(self, objects: dict, name: str = "scratch", **spec) -> str:
        """A world of some objects; no ground unless asked for."""
        self.write(f"worlds/{name}/world.yaml", {"schema": "world/1", "about": name, **spec, "objects": objects})
        return name

    def build(self, objects: dict, events: bool = False, **spec) -> World:
        """A world of some objects, alive."""
        return World.load(self.world(objects, **spec), self.library, events)


@pytest.fixture
def project(tmp_path):
    """A scratch project."""
    return Project(tmp_path)
