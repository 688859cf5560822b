"""The README's evidence for heat: hot iron on ice over a minute as pictures, its depth beside theory, its ledger.

Run it as ``python -m tests.evidence_heat``; it writes into ``renders/readme``.
"""

import io
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sim.assets.library import Library, starter_root
from sim.assets.mesh import primitive_mesh
from sim.assets.meshfile import write_glb
from sim.ledger import heat_panels
from sim.physics.heat.flux import film_boiling, grey
from sim.physics.heat.planck import SIGMA
from sim.plot import Line, Panel, chart
from sim.render.camera import camera_named
from sim.render.scene import Scene
from sim.schema import write_yaml
from sim.stills import open_renderer
from sim.world.layout import Layout
from sim.world.spec import HeatSpec
from sim.world.take import Take, record
from sim.world.world import World

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "renders" / "readme"
MOMENTS = (0.23, 2.0, 10.0, 30.0, 60.0)  # s
VOXELS = (0.005, 0.004, 0.0025)  # m
BLOCK = (0.12, 0.12, 0.08)  # m
RADIUS, SECONDS = 0.02, 60


def strip() -> Take:
    """The pictures, side by side; the take they are of."""
    layout = Layout.load("forge", Library(starter_root()))
    with World(layout) as world:
        take = record(world, SECONDS, 12)
    renderer = open_renderer(Scene.of(layout, take.parts), "preview")
    camera = camera_named(layout, "close", 4 / 3)
    pictures = [renderer.render(take.at(t), camera, (640, 480)).picture() for t in MOMENTS]
    renderer.close()
    row = take.parts.index("iron_ball")
    wide = Image.new("RGB", (640 * len(pictures), 480))
    for i, (t, picture) in enumerate(zip(MOMENTS, pictures, strict=True)):
        celsius = take.at(t).fields["temperature"][row] - 273.15
        label = f"{t:g} s  {celsius:.0f} °C"
        ImageDraw.Draw(picture).text(
            (20, 430), label, "white", ImageFont.load_default(28), stroke_width=2, stroke_fill="black"
        )
        wide.paste(picture, (640 * i, 0))
    wide.resize((1600, 240), Image.Resampling.LANCZOS).save(OUT / "heat_strip.jpg", quality=88)
    return take


def flat(root: Path) -> Layout:
    """The same ball on a flat block on a floor, so that it goes straight down."""
    library = Library(starter_root())
    ball = {"approximation": "sphere", "size": [RADIUS], "at": [0, 0, 0]}
    for name, kind, size, substance, collision in (
        ("block", "box", BLOCK, "ice", {"approximation": "box", "size": list(BLOCK), "at": [0, 0, 0]}),
        ("shot", "sphere", (RADIUS,), "iron", ball),
    ):
        folder = root / "assets" / name
        folder.mkdir(parents=True)
        write_glb(primitive_mesh(kind, size), folder / f"{name}.glb")
        spec = {"schema": "asset/1", "about": name, "license": "CC0-1.0", "mesh": f"{name}.glb", "substance": substance}
        write_yaml(folder / "asset.yaml", spec | {"collision": collision, "surface": {"restitution": 0.0}})
    objects = {
        "block": {"asset": "block", "at": [0, 0, BLOCK[2] / 2], "temperature": 263.15},
        "shot": {"asset": "shot", "at": [0, 0, BLOCK[2] + RADIUS + 0.001], "temperature": 1173.15},
    }
    (root / "worlds" / "flat").mkdir(parents=True)
    world = {"schema": "world/1", "about": "flat", "ground": {"substance": "concrete"}, "air": {"temperature": 294.0}}
    write_yaml(root / "worlds" / "flat" / "world.yaml", world | {"objects": objects})
    return Layout.load("flat", Library(root, *library.roots))


def sink(layout: Layout, voxel: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seconds, depths in m and temperatures in K of the ball."""
    with World(replace(layout, heat=HeatSpec(voxel=voxel))) as world:
        take = record(world, SECONDS, 4)
    row = take.parts.index("shot")
    depth = BLOCK[2] + RADIUS - take.arrays["position"][:, row, 2]
    return take.steps / take.step_hz, depth, take.fields["temperature"][:, row]


def bounds(seconds: np.ndarray, kelvin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depths in m if only the film of steam brought heat, and if 300 W/(m² K) and all radiation did."""
    need = 917 * (333_550 + 2050 * 10)
    film = np.array([film_boiling(2 * RADIUS, t, 373.15) * (t - 373.15) for t in kelvin])
    most = 300 * (kelvin - 373.15) + grey(0.8, 0.97) * SIGMA * (kelvin**4 - 273.15**4)
    step = np.diff(seconds, prepend=0.0)
    return np.cumsum(film * step) / need, np.cumsum(most * step) / need


def main() -> None:
    """Makes all pictures."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        layout = flat(Path(folder))
        runs = {voxel: sink(layout, voxel) for voxel in VOXELS}
    lines = [Line(t, depth * 1000, f"voxels of {voxel * 1000:g} mm") for voxel, (t, depth, _) in runs.items()]
    seconds, _, kelvin = runs[VOXELS[1]]
    low, high = (x * 1000 for x in bounds(seconds, kelvin))
    theory = Line(
        seconds, (low + high) / 2, "theory: film alone, to 300 W/(m² K) and radiation", low, high, dashed=True
    )
    panel = Panel("time (s)", "depth (mm)", [*lines, theory], title="A red-hot iron ball of 40 mm sinks into ice")
    (OUT / "heat_depth.png").write_bytes(chart([panel], height=3.6))
    last = {voxel: depth[-1] for voxel, (_, depth, _) in runs.items()}
    print({f"{voxel * 1000:g} mm": f"{depth * 1000:.1f} mm deep" for voxel, depth in last.items()})
    take = strip()
    picture = Image.open(io.BytesIO(chart(heat_panels(take), height=3.0)))
    picture.convert("RGB").quantize(64).save(OUT / "heat_ledger.png", optimize=True)


if __name__ == "__main__":
    main()
