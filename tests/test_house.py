"""The house stands: imports go down, each outside library has its doors, and every refusal in a test is read."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# from the ground up; a module imports only from its own floor and those below
FLOORS = [
    ["sim.errors", "sim.progress"],
    ["sim.pose", "sim.schema", "sim.files"],
    ["sim.assets"],
    ["sim.physics"],
    ["sim.world"],
    ["sim.actors"],
    ["sim.render"],
    ["sim.sensors"],
    ["sim.sound"],
    ["sim.exchange"],
    ["sim.ledger", "sim.report", "sim.plot", "sim.script"],
    ["sim.runners"],
    [
        "sim.check",
        "sim.clips",
        "sim.listing",
        "sim.project",
        "sim.sheet",
        "sim.stills",
        "sim.sweep",
        "sim.viewer",
        "sim.cost",
        "sim.demo",
        "sim.impact",
        "sim.uses",
    ],
    ["sim.cli"],
]

DOORS = {
    "pybullet": ["sim.physics.bullet"],
    "trimesh": ["sim.assets"],
    "manifold3d": ["sim.assets"],
    "coacd": ["sim.assets"],
    "yaml": ["sim.schema"],
    "moderngl": ["sim.render.rasteriser"],
    "av": ["sim.render.video"],
    "mitsuba": ["sim.render.pathtracer"],
    "matplotlib": ["sim.plot"],
    "mcubes": ["sim.physics.heat.surface"],
    "embreex": ["sim.sensors"],
    "pyloudnorm": ["sim.sound"],
    "opentimelineio": ["sim.exchange"],
    "h5py": ["sim.exchange"],
    "pyarrow": ["sim.exchange"],
    "mujoco": ["sim.exchange"],
    "websockets": ["sim.viewer"],
    "gymnasium": ["sim.runners.robot", "sim.runners.gym"],
    "stable_baselines3": ["sim.runners.robot"],
}

HEAVY = ["numpy", "scipy", "trimesh", "pybullet", "moderngl", "av", "PIL", "manifold3d"]


def modules() -> dict[str, ast.Module]:
    """The parsed source of every module, by its dotted name."""
    found = {}
    for path in sorted((ROOT / "sim").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


MODULES = modules()


def imports(tree: ast.AST) -> set[str]:
    """Every module a tree imports, inside functions too; ``from a import b`` counts as a and a.b."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports say the whole path"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def floor(name: str) -> int | None:
    """The floor of a module; None of the package itself."""
    return next((i for i, names in enumerate(FLOORS) if any(inside(name, one) for one in names)), None)


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down(name):
    if name == "sim":  # the front door: it names what is inside and loads it when asked
        return
    here = floor(name)
    assert here is not None, f"{name} has no floor: put it on the map of the house, here and in the README"
    for other in imports(MODULES[name]):
        if inside(other, "sim") and (there := floor(other)) is not None:
            assert there <= here, f"{name} imports {other}, which is above it"


@pytest.mark.parametrize("library", DOORS)
def test_each_outside_library_has_its_doors(library):
    for name, tree in MODULES.items():
        if any(inside(one, library) for one in imports(tree)):
            assert any(inside(name, door) or name.startswith(door) for door in DOORS[library]), (
                f"{name} imports {library}"
            )


def test_runners_never_import_one_another():
    for name, tree in MODULES.items():
        if inside(name, "sim.runners") and name != "sim.runners":
            own = ".".join(name.split(".")[:3])
            others = {one for one in imports(tree) if one.startswith("sim.runners.") and not inside(one, own)}
            others = {one for one in others if any(inside(module, one) for module in MODULES)}
            assert not others, f"{name} imports {others}"


def test_nothing_imports_the_command_line():
    assert [name for name, tree in MODULES.items() if "sim.cli" in imports(tree) and not inside(name, "sim.cli")] == []


def test_the_ground_floor_stands_by_itself():
    assert not {one for one in imports(MODULES["sim.errors"]) if inside(one, "sim")}
    assert {one for one in imports(MODULES["sim.pose"]) if one in MODULES} == {"sim.errors"}


def loaded(module: str) -> list[str]:
    """Everything a fresh process has loaded after importing one module."""
    code = f"import sys, {module}; print(*sys.modules)"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()


def test_the_command_line_loads_nothing_heavy():
    assert set(HEAVY) & set(loaded("sim.cli")) == set()


def test_importing_the_package_costs_nothing():
    assert [name for name in loaded("sim") if inside(name, "sim")] == ["sim"]


def test_nobody_draws_lots_behind_the_seeds_back():
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random"):
                seeded = ("default_rng", "Generator", "SeedSequence", "PCG64")
                assert node.attr in seeded, f"{name} line {node.lineno}: {ast.unparse(node)}"
        assert "random" not in imports(tree), f"{name} imports random"


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.stem)
def test_every_refusal_is_read(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.raises":
            assert any(keyword.arg == "match" for keyword in node.keywords), f"{path.name} line {node.lineno}"


OF_ASSETS = {
    "mass", "density", "friction", "dynamic_friction", "static_friction", "restitution", "inertia", "collision",
    "collider", "center_of_mass", "substance", "appearance", "emissivity", "conductivity", "wheelbase", "tyre",
}  # fmt: skip
SAID_ELSEWHERE = {"RandomSpec", "ConditionsSpec"}  # draws around the asset's own value; weather on a road


@pytest.mark.parametrize("kind", ["film", "game", "robot", "driving"])
def test_no_scenario_says_what_an_asset_says(kind):
    """A runner never owns a private override: what a thing weighs or how it rubs stands in the thing's own file."""
    module = f"sim.runners.{kind}.spec"
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.ClassDef) and node.name not in SAID_ELSEWHERE:
            fields = {one.target.id for one in node.body if isinstance(one, ast.AnnAssign)}
            assert not fields & OF_ASSETS, f"{module}.{node.name}: {fields & OF_ASSETS} belong to the asset"


def test_no_runner_makes_an_asset_of_its_own_or_changes_one():
    of_assets = {
        "AssetSpec",
        "PhysicsSpec",
        "CollisionSpec",
        "SurfaceSpec",
        "SubstanceSpec",
        "ThermalSpec",
        "VehicleSpec",
    }
    for name, tree in MODULES.items():
        if not any(inside(name, one) for one in ("sim.runners", "sim.actors", "sim.sensors", "sim.sound")):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                assert called not in of_assets, f"{name} line {node.lineno} makes {called}"
                owner = ast.unparse(node.func).rpartition(".")[0]
                of_asset = "asset.spec" in owner or "substance" in owner
                assert not (called == "model_copy" and of_asset), f"{name} line {node.lineno} changes an asset"
