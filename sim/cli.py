"""The command line: ``prophouse``.

Owns arguments, tables, progress and exit codes; everything else is asked of the modules below. Data goes to stdout,
everything else to stderr. Heavy libraries are imported inside the commands that use them, so ``--help`` is quick.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sim.assets.library import Library

app = typer.Typer(
    name="prophouse",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Things that obey physics, stored once: assets and worlds for film, games, robots and driving tests.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

ADD_UNITS = ("m", "cm", "mm", "in")
NOUNS = ("assets", "worlds", "scenarios", "substances", "runners")


UsageError: Any = typer.BadParameter.__base__  # typer says it in another module with every other version


def main() -> None:
    """Runs the command line; whatever is wrong with what was asked becomes one line and an exit code."""
    stream: Any
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # for a name that this terminal cannot write
    code = answer(sys.argv[1:] or ["--help"])
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left has nowhere to go
        if not isinstance(error, BrokenPipeError):
            _say(f"error: stdout: {error.strerror}")
            code = 1
    sys.exit(code)


def answer(arguments: list[str]) -> int:
    """The exit code of a command line; what went wrong has been said on stderr.

    Args:
        arguments: What follows ``prophouse``.
    """
    from sim.errors import PropHouseError

    try:
        code = app(arguments, prog_name="prophouse", standalone_mode=False) or 0
    except PropHouseError as error:
        _say(f"error: {error}")
        return error.exit_code
    except UsageError as error:
        message = error.format_message().rstrip(".")
        asked = error.ctx.command_path if error.ctx else "prophouse"
        _say(f"error: {asked}: {message[:1].lower()}{message[1:]}\n  hint: {asked} --help")
        return 2
    except typer.Abort:
        code = 130
    except SystemExit:  # typer's answer to a reader that has closed the pipe
        return 0
    except OSError as error:
        _say(f"error: {error.filename or 'stdout'}: {error.strerror or error}")
        return 1
    except MemoryError as error:
        _say(f"error: prophouse: out of memory{f' ({error})' if str(error) else ''}")
        return 1
    if code == 130:
        _say("stopped")
    return code


def _version(value: bool) -> None:
    if value:
        from sim import __version__

        print(f"prophouse {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _library() -> Library:
    from sim.assets.library import default_library

    return default_library()


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _size(text: str) -> tuple[int, int]:
    from sim.errors import InputError, Problem
    from sim.render.camera import check_size

    width, _, height = text.lower().partition("x")
    if not (text.isascii() and width.isdigit() and height.isdigit() and len(text) < 20):
        raise InputError(Problem("--size", "is no size", "WIDTHxHEIGHT, such as 1280x720", text))
    check_size(int(width), int(height))
    return int(width), int(height)


def _seconds(option: str, text: str) -> float:
    from sim.errors import InputError, Problem

    try:
        return float(text.removesuffix("s"))
    except ValueError:
        raise InputError(Problem(option, "is no time", "seconds, such as 4 or 4s", text)) from None


# ---------------------------------------------------------------------------------------------------------------------


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help=f"One of {', '.join(NOUNS)}.")] = "assets",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List what there is."""
    from sim.errors import unknown_name
    from sim.listing import rows_of

    if what not in NOUNS:
        raise unknown_name("list", "list", what, NOUNS)
    rows = rows_of(_library(), what)
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    _print_table(what, rows)


def _print_table(title: str, rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table(title=f"{len(rows)} {title}", title_justify="left", box=None, pad_edge=False, header_style="bold")
    columns = list(rows[0]) if rows else ["name"]
    for column in columns:
        numeric = bool(rows) and all(isinstance(row[column], (int, float)) or row[column] is None for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*[_cell(row[column]) for column in columns])
    console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)


@app.command()
def add(
    mesh: Annotated[Path, typer.Argument(help="glb, gltf, obj, ply, stl, off, 3mf, dae or zip.")],
    name: Annotated[str | None, typer.Option(help="Name of the asset; from the file's name when left out.")] = None,
    substance: Annotated[str | None, typer.Option(help="What it is made of: prophouse list substances.")] = None,
    mass: Annotated[float | None, typer.Option(help="kg")] = None,
    density: Annotated[float | None, typer.Option(help="kg/m³, when it is not the substance's.")] = None,
    scale: Annotated[float | None, typer.Option(help="Factor on top of the unit.")] = None,
    up: Annotated[str | None, typer.Option(help="Which axis is up in the file: z or y.")] = None,
    units: Annotated[str | None, typer.Option(help="m, cm, mm or in.")] = None,
    decompose: Annotated[bool, typer.Option("--decompose", help="Collide with several convex pieces.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an asset of that name.")] = False,
) -> None:
    """Make an asset of a mesh file."""
    from sim.assets.intake import intake
    from sim.stills import thumbnail_of

    library = _library()
    done = intake(
        mesh,
        library.root / "assets",
        name=name,
        substance=substance,
        mass=mass,
        density=density,
        scale=scale,
        up=up,
        units=units,
        decompose=decompose,
        force=force,
        thumbnail=thumbnail_of(library),
        substances=library.substances,
    )
    for line in done.did:
        _say(line)
    for line in done.doubts:
        _say(f"doubt: {line}")
    print(done.folder)


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Assets, worlds, scenarios; all when left out.")] = None,
    uses: Annotated[str | None, typer.Option(help="Instead: which worlds and scenarios use this asset.")] = None,
    fields: Annotated[
        bool, typer.Option("--fields", help="Instead: what runs read of each asset, and what nobody reads.")
    ] = False,
    impact: Annotated[
        bool, typer.Option("--impact", help="Instead: run again what an edit changed, and say what came of it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Check that assets, worlds and scenarios keep their contracts."""
    from sim.check import check as run_checks

    if uses is not None:
        from sim.errors import InputError, Problem
        from sim.listing import unread_worlds, uses_of

        if names:
            raise InputError(Problem("--uses", "does not go with names of what to check", got=" ".join(names)))
        rows = uses_of(_library(), uses)
        for world in unread_worlds(_library()):
            _say(f"doubt: the world {world} cannot be read, so what it uses is not known: prophouse check {world}")
        if as_json:
            print(json.dumps(rows, indent=1))
        else:
            _print_table(f"worlds with {uses}", rows)
        return
    if fields:
        _print_fields(as_json)
        return
    if impact:
        _print_impact(names or [])
        return
    findings = []
    for finding in run_checks(_library(), names or []):
        findings.append(finding)
        if not finding.kept and not as_json:
            print(f"{finding.kind} {finding.name}: {finding.check}: {finding.complaint}")
    broken = [finding for finding in findings if not finding.kept]
    if as_json:
        print(json.dumps([vars(finding) for finding in findings], indent=1))
    things = {(finding.kind, finding.name) for finding in findings}
    _say(f"{len(findings)} checks of {len(things)} things: {len(broken)} not kept")
    if not names:
        _say_dead_data()
    if broken:
        raise typer.Exit(2)


def _print_fields(as_json: bool) -> None:
    from sim.report import reports
    from sim.uses import dead_data, loaded_for_nothing, reuse_table

    library = _library()
    known = reports(library.root)
    tables = {
        "assets and what each runner read of them": reuse_table(known),
        "attributes that no run read": dead_data(library, known),
        "assets loaded for nothing": loaded_for_nothing(known),
    }
    if as_json:
        print(json.dumps(tables, indent=1))
        return
    for title, rows in tables.items():
        _print_table(title, rows)


def _say_dead_data() -> None:
    from sim.report import reports
    from sim.uses import dead_data, loaded_for_nothing

    library = _library()
    if known := reports(library.root):
        dead, idle = dead_data(library, known), loaded_for_nothing(known)
        _say(
            f"of {len(known)} runs: {len(dead)} attributes that none read, {len(idle)} assets loaded for nothing: "
            "prophouse check --fields"
        )


def _print_impact(names: list[str]) -> None:
    from sim.impact import run_again, stale
    from sim.report import reports

    library = _library()
    known = [report for report in reports(library.root) if not names or report.scenario in names]
    old = stale(library, known)
    _say(f"{len(known)} runs: {len(known) - len(old)} still true, {len(old)} to run again")
    for one in old:
        _say(f"{one.report.scenario}: changed {', '.join(one.changed)}")
    for one in old:
        for line in run_again(library, one).lines():
            print(line)


@app.command()
def demo(
    output: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Run one scenario of each runner in the city, and show all four on one page."""
    from sim.demo import demo as run_demo

    path = run_demo(_library(), _say)
    print(path)
    if output:
        import webbrowser

        webbrowser.open(path.as_uri())


@app.command()
def cost(
    world: Annotated[str | None, typer.Argument(help="A world; all with a run when left out.")] = None,
    rates: Annotated[Path | None, typer.Option(help="A rate card; the project's rates.yaml when left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say what each use cost, and what the next one costs."""
    from sim.cost import load_rates, marginal_rows, run_rows, world_rows
    from sim.report import reports

    library = _library()
    card = load_rates(library, rates)
    known = reports(library.root)
    of_world = {report.scenario: report.scenario.partition("/")[0].partition("@")[0] for report in known}
    if world is not None:
        library.world(world, "cost")
        known = [report for report in known if of_world[report.scenario] == world]
    worlds = [world] if world else sorted(set(of_world.values())) or ["city"]
    tables = {"made once": world_rows(library, worlds, card), "computed": run_rows(known, card)}
    for name in worlds:
        if rows := marginal_rows(library, name, known, card):
            tables[f"industries in {name}"] = rows
    if as_json:
        print(json.dumps(tables | {"video": {"yuan_a_second": card.video.price_a_second}}, indent=1))
        return
    for title, rows in tables.items():
        if rows:
            _print_table(title, rows)
    print(f"a second of generated video: {card.video.arithmetic()}")


@app.command()
def render(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="An asset, a world, or a world@variant.")] = None,
    camera: Annotated[str | None, typer.Option(help="One of the world's cameras; the first when left out.")] = None,
    size: Annotated[str, typer.Option(help="Pixels.")] = "1280x720",
    passes: Annotated[str, typer.Option(help="rgb, depth, ids, classes, normals, motion; with commas.")] = "rgb",
    quality: Annotated[str, typer.Option(help="preview, or final (path-traced; needs prophouse[final]).")] = "preview",
    at: Annotated[float, typer.Option(help="Seconds to simulate before the picture.")] = 0.0,
    seconds: Annotated[str | None, typer.Option(help="Film the world's first seconds instead: 4 or 4s.")] = None,
    turntable: Annotated[str | None, typer.Option(help="Film once around the asset in so long: 4 or 4s.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="A sheet of the whole library, or of a world's cameras.")
    ] = False,
    thumbnail: Annotated[bool, typer.Option("--thumbnail", help="Write the asset's own thumbnail.png.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; under renders/ when left out.")] = None,
) -> None:
    """Picture or film an asset or a world."""
    from sim.errors import InputError, Problem, unknown_name
    from sim.stills import asset_still, world_still, write_thumbnail

    _refuse_strays(context)
    library, pixels = _library(), _size(size)
    if everything and name is None:
        from sim.sheet import contact_sheet

        print(contact_sheet(library, output))
        return
    if name is None:
        raise InputError(Problem("render", "what is to be pictured?", "an asset or a world, or --all"))
    is_world = name.partition("@")[0] in library.worlds()
    if not is_world and name not in library.assets():
        raise unknown_name("render", "asset or world", name, [*library.assets(), *library.worlds()])
    if is_world and (thumbnail or turntable is not None):
        option, hint = ("--thumbnail", None) if thumbnail else ("--turntable", "for a world: --seconds")
        raise InputError(Problem(option, f"{name} is no asset", hint=hint))
    if seconds is not None and not is_world:
        raise InputError(Problem("--seconds", f"{name} is no world", hint="for an asset: --turntable"))
    if everything:
        from sim.sheet import camera_sheet

        if not is_world:
            raise InputError(Problem("--all", f"{name} is no world", hint="alone, --all shows the whole library"))
        print(camera_sheet(library, name, output))
    elif thumbnail:
        print(write_thumbnail(library, name))
    elif turntable is not None:
        from sim.clips import turntable as film

        print(film(library, name, _seconds("--turntable", turntable), pixels, quality, output))
    elif seconds is not None:
        from sim.clips import moving

        print(moving(library, name, _seconds("--seconds", seconds), camera, pixels, quality, output))
    else:
        wanted = tuple(part.strip() for part in passes.split(",") if part.strip())
        still = world_still if is_world else asset_still
        for path in still(library, name, camera, pixels, wanted, at, quality, output):
            print(path)


ALONGSIDE = {  # what `render` films or writes instead of a still, and what else may then be said
    "everything": {"name", "output"},
    "thumbnail": {"name"},
    "turntable": {"name", "size", "quality", "output"},
    "seconds": {"name", "camera", "size", "quality", "output"},
}


def _refuse_strays(context: typer.Context) -> None:
    """Refuses options that would be passed over."""
    from sim.errors import InputError, Problem

    said = {
        param.name: param.opts[0]
        for param in context.command.params
        if (source := context.get_parameter_source(param.name or "")) and source.name == "COMMANDLINE"
    }
    mode = next((name for name in ALONGSIDE if name in said), None)
    strays = sorted(said[name] for name in said if mode and name != mode and name not in ALONGSIDE[mode])
    if mode and strays:
        raise InputError(Problem(said[mode], f"does not go with {', '.join(strays)}"))


@app.command()
def run(
    scenarios: Annotated[list[str], typer.Argument(help="WORLD/SCENARIO, or WORLD@VARIANT/SCENARIO.")],
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's own.")] = None,
    quality: Annotated[str, typer.Option(help="preview or final.")] = "preview",
    set_: Annotated[list[str] | None, typer.Option("--set", help="path=value, instead of the scenario's own.")] = None,
    allow_scripts: Annotated[bool, typer.Option("--allow-scripts", help="Run Python that a scenario names.")] = False,
    size: Annotated[str | None, typer.Option(help="Pixels, for films and videos: 1280x720.")] = None,
    shots: Annotated[str | None, typer.Option(help="film: only these shots: 3,5.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="film: from this time on: 00:12.")] = None,
    stop: Annotated[str | None, typer.Option("--to", help="film: up to this time: 00:20.")] = None,
    passes: Annotated[str | None, typer.Option(help="film: EXR frames too: depth,ids,normals,motion.")] = None,
    stems: Annotated[bool, typer.Option("--stems", help="film: the sound's stems too.")] = False,
    inputs: Annotated[Path | None, typer.Option(help="game: a recorded input file to play.")] = None,
    bot: Annotated[str | None, typer.Option(help="game: the bot that plays, by name.")] = None,
    algorithm: Annotated[str | None, typer.Option(help="robot: bc, cem, expert, ppo, sac or tqc.")] = None,
    policy: Annotated[Path | None, typer.Option(help="robot: evaluate this policy file.")] = None,
    record: Annotated[str | None, typer.Option(help="robot: write a dataset: minari or lerobot.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="robot: go on from the last checkpoint.")] = False,
    video: Annotated[bool, typer.Option("--video/--no-video", help="Whether to film the run.")] = True,
) -> None:
    """Run scenarios; what comes out is under renders/WORLD/SCENARIO/."""
    from sim.errors import InputError, Problem, unknown_name
    from sim.report import print_report
    from sim.runners import Options, load_scenario

    if quality not in ("preview", "final"):
        raise unknown_name("--quality", "quality", quality, ["preview", "final"])
    settings = {}
    for item in set_ or []:
        path, equals, value = item.partition("=")
        if not equals:
            raise InputError(Problem("--set", "is no setting", "path=value", item))
        settings[path] = value
    flags = {
        "size": None if size is None else _size(size),
        "shots": shots,
        "from": start,
        "to": stop,
        "passes": passes,
        "stems": stems,
        "inputs": inputs,
        "bot": bot,
        "algorithm": algorithm,
        "policy": policy,
        "record": record,
        "resume": resume,
        "video": None if video else False,
    }
    flags = {name: value for name, value in flags.items() if value is not None and (value or name == "video")}
    library = _library()
    failed = False
    for scenario in scenarios:
        module, layout, spec = load_scenario(library, scenario, settings)
        strays = sorted(set(flags) - set(module.FLAGS))
        if strays:
            kind = module.__name__.rsplit(".", 1)[-1]
            raise InputError(Problem(f"run {scenario}", f"a {kind} scenario knows no --{strays[0]}"))
        options = Options(scenario, library.root, seed, quality, settings, allow_scripts, flags)
        report = module.run(layout, spec, options)
        print_report(report, options.folder)
        failed |= report.verdict not in ("done", "pass")
    if failed:
        raise typer.Exit(3)


@app.command()
def view(
    target: Annotated[str, typer.Argument(help="WORLD, WORLD@VARIANT, WORLD/SCENARIO, or a take's .npz.")],
    host: Annotated[str, typer.Option(help="Address to listen on; only this machine when left out.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="The first free one from 8008 on when left out.")] = None,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Whether to open the page.")] = True,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's own.")] = None,
    allow_scripts: Annotated[bool, typer.Option("--allow-scripts", help="Run Python that a scenario names.")] = False,
) -> None:
    """Show a world, a scenario or a take in a browser; play a game."""
    from sim.viewer.server import view as serve

    serve(target, _library(), host, port, open_, seed, allow_scripts)


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="An asset, a world, or a world@variant.")],
    to: Annotated[str, typer.Option(help="The format: gltf.")] = "gltf",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; under renders/ when left out.")] = None,
) -> None:
    """Write an asset or a world in a format that others read."""
    from sim.exchange import export as write

    print(write(_library(), name, to, output))


@app.command()
def sweep(
    scenario: Annotated[str, typer.Argument(help="WORLD/SCENARIO.")],
    vary: Annotated[list[str] | None, typer.Option(help="path=a,b,c; the runner's own table when left out.")] = None,
    workers: Annotated[int, typer.Option(help="Processes; as many as there are processors when left out.")] = 0,
    ray: Annotated[str | None, typer.Option(help="Run on the Ray cluster at this address instead.")] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's own.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for one run; what takes longer is invalid.")] = 600.0,
    allow_scripts: Annotated[bool, typer.Option("--allow-scripts", help="Run Python that a scenario names.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Begin, however many runs it is.")] = False,
) -> None:
    """Run a scenario many times with other values; a stopped sweep goes on where it stopped."""
    from sim.sweep import parse_vary, run_sweep

    done = run_sweep(
        _library(),
        scenario,
        parse_vary(vary or []),
        workers=workers,
        yes=yes,
        seed=seed,
        allow_scripts=allow_scripts,
        timeout=timeout,
        ray=ray,
    )
    for path in sorted(path for path in done.folder.iterdir() if path.is_file()):
        print(path)
    counts = ", ".join(f"{n} {verdict}" for verdict, n in done.counts.items())
    _say(f"{scenario}: {len(done.done)} runs, {done.resumed} of them from before: {counts}")
    for one in [one for one in done.done if one.verdict in ("fail", "invalid")][:5]:
        _say(f"  {one.title}: {one.verdict}: {'; '.join(one.notes)[:200]}")
    if set(done.counts) - {"pass", "done"}:
        raise typer.Exit(3)


@app.command()
def model(
    names: Annotated[list[str], typer.Argument(help="Assets whose model.py is to be run.")],
) -> None:
    """Build meshes anew from the scripts that model them, and their thumbnails."""
    from sim.assets.kit.build import build
    from sim.assets.library import Library
    from sim.stills import own_asset, write_thumbnail

    library = _library()
    for name in names:
        for path in build(own_asset(library, name, "model").folder):
            print(path)
        print(write_thumbnail(Library(*library.roots), name))


@app.command()
def schema(
    kind: Annotated[str | None, typer.Argument(help="asset, substance, world, …; all names when left out.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write all of them to .schemas/, where editors look.")] = False,
) -> None:
    """Print the JSON Schema of a file kind."""
    from sim.errors import unknown_name
    from sim.project import file_kinds, write_schemas
    from sim.schema import json_schema

    if write:
        for path in write_schemas(_library().root):
            print(path)
        return
    kinds = file_kinds()
    if kind is None:
        print("\n".join(kinds))
        return
    if kind not in kinds:
        raise unknown_name("schema", "file kind", kind, kinds)
    print(json.dumps(json_schema(kinds[kind]), indent=1))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
) -> None:
    """Begin a project: a folder with its own assets/ and worlds/, beside the ones shipped."""
    from sim.project import begin

    for path in begin(folder):
        print(path)
    _say(f"next: cd {shlex.quote(str(folder))} && prophouse render first")


if __name__ == "__main__":
    main()
