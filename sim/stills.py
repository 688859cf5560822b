"""Pictures of assets and worlds as files: stills, their passes, thumbnails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from sim.assets.asset import Asset
from sim.assets.library import Library
from sim.assets.mesh import Mesh
from sim.assets.spec import AssetSpec
from sim.errors import InputError, Problem, guess, unknown_name
from sim.files import write_whole
from sim.progress import track
from sim.render.camera import Camera, camera_named
from sim.render.frame import PASSES, Frame
from sim.render.preview import Renderer, preview
from sim.render.scene import Scene
from sim.render.studio import studio_camera, studio_layout
from sim.world.layout import Layout
from sim.world.world import World

FPS = 24  # of films, and how far back motion looks
THUMBNAIL = 256  # px a side


def world_still(
    library: Library,
    name: str,
    camera: str | None = None,
    size: tuple[int, int] = (1280, 720),
    passes: Sequence[str] = ("rgb",),
    seconds: float = 0.0,
    quality: str = "preview",
    output: Path | None = None,
) -> list[Path]:
    """Pictures of a world from one of its cameras, one file a pass.

    Args:
        library: Where it is found.
        name: A world.
        camera: One of its cameras; the first when left out.
        size: Width and height in pixels.
        passes: Of `sim.render.frame.PASSES`.
        seconds: How long to simulate first.
        quality: ``preview`` (the rasteriser) or ``final`` (the path tracer).
        output: Where to write; ``renders/<world>/<camera>.png`` when left out.

    Raises:
        InputError: No such world, camera or pass; a time that is none.
    """
    layout = Layout.load(name, library)
    view = camera_named(layout, camera, size[0] / size[1])
    path = output or picture_path(library, name, camera or next(iter(layout.cameras), "overview"), ".png")
    return _still(layout, view, size, passes, seconds, quality, path)


def picture_path(library: Library, name: str, camera: str, suffix: str) -> Path:
    """Where a picture of a world goes: ``renders/city/corner.png``, of a variant ``renders/city/corner@night.png``."""
    world, at, variant = name.partition("@")
    return library.root / "renders" / world / f"{camera.replace('/', '_')}{at}{variant}{suffix}"


def asset_still(
    library: Library,
    name: str,
    camera: str | None = None,
    size: tuple[int, int] = (1280, 720),
    passes: Sequence[str] = ("rgb",),
    seconds: float = 0.0,
    quality: str = "preview",
    output: Path | None = None,
) -> list[Path]:
    """Pictures of one asset in a studio, one file a pass; arguments as for `world_still`."""
    asset = library.asset(name, "render")
    if camera is not None:
        raise InputError(Problem("--camera", "an asset has no cameras", hint="only worlds have"))
    layout = studio_layout(asset, library)
    path = output or library.root / "renders" / name / f"{name}.png"
    return _still(layout, studio_camera(asset, size[0] / size[1]), size, passes, seconds, quality, path)


def _still(
    layout: Layout,
    camera: Camera,
    size: tuple[int, int],
    passes: Sequence[str],
    seconds: float,
    quality: str,
    path: Path,
) -> list[Path]:
    passes = tuple(dict.fromkeys(passes))
    if not passes:
        raise InputError(Problem("--passes", "names none", hint=guess("", PASSES)))
    for name in passes:
        if name not in PASSES:
            raise unknown_name("--passes", "pass", name, PASSES)
    if not 0 <= seconds < 1e6:
        raise InputError(Problem("--at", "is no time", "0 s or more", f"{seconds:g}"))
    if path.suffix.lower() not in (".png",):
        raise InputError(Problem("--output", "is no picture that can be written", "a .png", path.name))
    frame = shoot(layout, camera, size, passes, seconds, quality)
    paths = []
    for name in passes:
        target = path if name == passes[0] else path.with_suffix(f".{name}.png")
        frame.write(target, name)
        paths.append(target)
    return paths


def shoot(
    layout: Layout,
    camera: Camera,
    size: tuple[int, int],
    passes: Sequence[str] = ("rgb",),
    seconds: float = 0.0,
    quality: str = "preview",
) -> Frame:
    """What a camera sees of a layout after some seconds."""
    with World(layout) as world:
        renderer = open_renderer(Scene.of(layout, world.parts), quality)  # before the wait: it may not be there
        try:
            steps, chunk = round(seconds * layout.step_hz), max(1, layout.step_hz // FPS)
            previous = world.read()
            world.step(steps % chunk)
            for _ in track(range(steps // chunk), "simulating"):
                previous = world.read()  # a frame before the picture, for motion
                world.step(chunk)
            return renderer.render(world.read(), camera, size, passes, previous=previous)
        finally:
            renderer.close()


def open_renderer(scene: Scene, quality: str) -> Renderer:
    """The renderer of a quality: ``preview`` or ``final``.

    Raises:
        InputError: There is no such quality, or what it needs is not installed.
    """
    if quality == "preview":
        return preview(scene)
    if quality == "final":
        from sim.render.pathtracer import PathTracer

        return PathTracer(scene)
    raise unknown_name("--quality", "quality", quality, ["preview", "final"])


def thumbnail(asset: Asset, library: Library) -> Image.Image:
    """A small square picture of an asset, drawn at twice the size and reduced."""
    frame = shoot(studio_layout(asset, library), studio_camera(asset, 1.0), (2 * THUMBNAIL, 2 * THUMBNAIL))
    return frame.picture().resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)


def own_asset(library: Library, name: str, where: str) -> Asset:
    """An asset into whose folder the project may write.

    Raises:
        InputError: There is no such asset, or it was shipped: a project leaves those as they are.
    """
    asset = library.asset(name, where)
    if library.root not in asset.folder.resolve().parents:
        raise InputError(
            Problem(
                where, f"{name} is not this project's own", f"a folder in {library.root / 'assets'}", str(asset.folder)
            )
        )
    return asset


def write_thumbnail(library: Library, name: str) -> Path:
    """Writes an asset's ``thumbnail.png``.

    Raises:
        InputError: There is no such asset, or it is not the project's own.
    """
    import io

    asset = own_asset(library, name, "thumbnail")
    picture = thumbnail(asset, library).quantize(192, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    write_whole(asset.folder / "thumbnail.png", buffer.getvalue())
    return asset.folder / "thumbnail.png"


def thumbnail_of(library: Library) -> Callable[[Path, AssetSpec, Mesh], Image.Image]:
    """What intake calls to picture an asset that is not in the library yet."""

    def picture(folder: Path, spec: AssetSpec, mesh: Mesh) -> Image.Image:
        return thumbnail(Asset(folder.name, folder, spec, library.substances), library)

    return picture
