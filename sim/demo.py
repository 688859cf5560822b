"""Four industries in one city: runs a scenario of each runner and lays what came out on one page.

The page is one file that opens offline: videos, plots and pictures are inside it.
"""

from __future__ import annotations

import base64
import html
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from sim.assets.library import Library
from sim.cost import computing, load_rates, marginal_rows
from sim.errors import PropHouseError
from sim.files import write_whole
from sim.report import Report
from sim.runners import KINDS, Options, load_scenario
from sim.uses import reuse_table

THUMBNAIL = 96  # px
MOST_ASSETS = 24  # thumbnails under one runner
MEDIA = {".mp4": "video/mp4", ".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml"}
NOT_SHOWN = ("sheet", "depth", "ids")


@dataclass(frozen=True)
class Act:
    """One scenario of the demo, and how it is run quickly."""

    kind: str
    scenario: str
    title: str
    settings: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, Any] = field(default_factory=dict)


SHORT = """
- {name: waiting, in: 6.0, duration: 1.6, at: [-70.8, -0.1, 0.6], look_at: taxi, lens_mm: 45, aperture: 2.8}
- {name: passing, in: 9.5, duration: 2.0, at: [-30, -4.4, 1.3], look_at: taxi, lens_mm: 38}
- {name: town, in: 10.6, duration: 1.6, at: [-30, 1.5, 7], look_at: [-4, 0, 2.5], lens_mm: 30, move: {dolly: 3}}
"""  # of the chase: three shots of the storyboard's own action
QUICK = (
    Act("film", "city/chase", "Film: a taxi in a hurry", {"shots": SHORT}, {"size": (480, 270)}),
    Act(
        "game",
        "city/rush",
        "Game: parcels across the town before time runs out",
        {"counters": "{parcels: 5}", "limit": "60", "video.seconds": "4", "video.moments": "2"},
        {"size": (480, 270)},
    ),
    Act(
        "robot",
        "city/pick",
        "Robot: the dock's arm learns to pick",
        {"train.demonstrations": "24", "train.rounds": "1", "train.evaluation_episodes": "20"},
        {"size": (320, 240)},
    ),
    Act("driving", "city/crossing", "Driving test: a child steps out between parked cars", {}, {"video": False}),
)


def demo(library: Library, say: Callable[[str], None], acts: Sequence[Act] = QUICK) -> Path:
    """Runs the acts one after another and writes ``renders/demo/index.html``.

    An act that fails does not stop the others; the page says what went wrong.

    Args:
        library: Where the city is.
        say: Told what happens, a line at a time.
        acts: What is run.
    """
    folder = library.root / "renders" / "demo"
    done: list[tuple[Act, Report | None, Path, str]] = []
    for n, act in enumerate(acts, 1):
        begun = time.perf_counter()
        say(f"{n} of {len(acts)}: {act.scenario}")
        place = folder / act.scenario
        try:
            report = _run(library, act, place)
            done.append((act, report, place, ""))
            say(f"  {report.verdict}, {time.perf_counter() - begun:.0f} s")
        except PropHouseError as error:
            done.append((act, None, place, str(error)))
            say(f"  {error}")
    path = folder / "index.html"
    write_whole(path, page(library, done).encode())
    return path


def _run(library: Library, act: Act, place: Path) -> Report:
    module, layout, spec = load_scenario(library, act.scenario, act.settings)
    settings, flags = dict(act.settings), dict(act.flags)
    return module.run(layout, spec, Options(act.scenario, library.root, settings=settings, flags=flags, place=place))


def page(library: Library, done: Sequence[tuple[Act, Report | None, Path, str]]) -> str:
    """The page: a section an act, the reuse table, and what each industry paid."""
    reports = [report for _, report, _, _ in done if report is not None]
    sections = "".join(_section(library, *one) for one in done)
    body = f"<header><h1>One city, four industries</h1>{_lead(reports)}</header><main>{sections}</main>"
    body += _reuse(reports) + _price(library, reports)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Prop House: one city, four industries</title><style>{STYLE}</style>{body}</html>\n"
    )


def _lead(reports: Sequence[Report]) -> str:
    shared = [row for row in reuse_table(reports) if all(row[kind] for kind in KINDS)]
    assets = {name for report in reports for name in report.uses}
    seconds = sum(report.cost.wall_s for report in reports)
    return (
        f"<p>The same {len(assets)} assets, made once, used unchanged by a film, a game, a robot lab and a car maker: "
        f"{len(shared)} of them by all four. Computed in {seconds:.0f} s.</p>"
    )


def _section(library: Library, act: Act, report: Report | None, folder: Path, error: str) -> str:
    inner = f'<p class="error">{html.escape(error)}</p>' if report is None else "".join(_shown(library, report, folder))
    return f'<section id="{act.kind}"><h2>{html.escape(act.title)}</h2>{inner}</section>'


def _shown(library: Library, report: Report, folder: Path) -> Iterator[str]:
    media = [folder / name for name in report.outputs if Path(name).suffix in MEDIA]
    media = [p for p in media if p.is_file() and not any(word in p.stem for word in NOT_SHOWN)]
    videos = [p for p in media if p.suffix == ".mp4"][:1]
    pictures = [p for p in media if p.suffix in (".png", ".svg")][: 2 if videos else 3]
    for path in videos:
        yield f'<video controls muted loop autoplay playsinline src="{_data(path)}"></video>'
    for path in pictures:
        yield f'<img alt="{html.escape(path.stem)}" src="{_data(path)}">'
    facts = [("verdict", report.verdict), *_facts(report), ("computing", f"{report.cost.cpu_s:.0f} s of a core")]
    cells = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in facts)
    yield f"<dl>{cells}</dl>"
    used = sorted((n for n, fields in report.uses.items() if fields), key=lambda n: (-len(report.uses[n]), n))
    shown = "".join(_thumbnail(library, name) for name in used[:MOST_ASSETS])
    more = f"<span>and {len(used) - MOST_ASSETS} more</span>" if len(used) > MOST_ASSETS else ""
    yield f'<div class="assets">{shown}{more}</div>'


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    shown = 0
    for name, value in report.metrics.items():
        if isinstance(value, (bool, int, float, str)) and len(str(value)) < 40 and shown < 7:
            shown += 1
            yield name.replace("_", " "), f"{value:.3g}" if isinstance(value, float) else str(value)


def _thumbnail(library: Library, name: str) -> str:
    try:
        path = library.asset(name).folder / "thumbnail.png"
        image = Image.open(path).convert("RGB")
    except (PropHouseError, OSError):
        return f"<span>{html.escape(name)}</span>"
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=82)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img title="{html.escape(name)}" alt="{html.escape(name)}" src="data:image/jpeg;base64,{data}">'


def _data(path: Path) -> str:
    return f"data:{MEDIA[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _reuse(reports: Sequence[Report]) -> str:
    rows = reuse_table(reports)
    head = "".join(f"<th>{kind}</th>" for kind in ("asset", *KINDS))
    lines = "".join(
        f"<tr><th>{html.escape(row['asset'])}</th>"
        + "".join(f"<td>{html.escape(row[kind])}</td>" for kind in KINDS)
        + "</tr>"
        for row in rows
    )
    return (
        '<section id="reuse"><h2>What each industry read of each asset</h2>'
        f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div></section>"
    )


def _price(library: Library, reports: Sequence[Report]) -> str:
    rates = load_rates(library)
    worlds = dict.fromkeys(r.scenario.partition("/")[0].partition("@")[0] for r in reports)
    rows = [row for world in worlds for row in marginal_rows(library, world, reports, rates)]
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in rows[0])
    lines = "".join("<tr>" + "".join(f"<td>{_number(v)}</td>" for v in row.values()) + "</tr>" for row in rows)
    together = sum(computing(report, rates)["price"] for report in reports)
    return (
        '<section id="price"><h2>What each industry paid</h2>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
        f"<p>Computing all four cost {together:.4f} {rates.currency}. A second of generated video: "
        f"{html.escape(rates.video.arithmetic())}. Hours of work that no file declares are estimated at "
        f"{rates.lines_an_hour:g} lines an hour; the rate card is rates.yaml.</p></section>"
    )


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
    return html.escape(str(value))


STYLE = """
:root { color-scheme: light dark; --ink: #1d2127; --paper: #f6f5f2; --card: #fff; --line: #dcdad4; --dim: #6b7078 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e6e1; --paper: #15171a; --card: #1e2125; --line: #33373d; --dim: #9aa0a8 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
header, #reuse, #price { max-width: 1240px; margin: 0 auto; padding: 2rem 1.5rem 1rem }
h1 { font-size: 2rem; margin: 0 0 .4rem; letter-spacing: -.01em } h2 { font-size: 1.05rem; margin: 0 0 .8rem }
header p, #price p { color: var(--dim); max-width: 60rem; margin: 0 }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 1.25rem;
  max-width: 1240px; margin: 0 auto; padding: 1rem 1.5rem }
main section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem }
video, main section > img { width: 100%; display: block; border-radius: 6px; margin-bottom: .7rem; background: #000 }
main section > img { background: #fff }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem 1rem; margin: 0 0 .8rem; font-size: .88rem }
dt { color: var(--dim) } dd { margin: 0; font-variant-numeric: tabular-nums }
.assets { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; font-size: .8rem; color: var(--dim) }
.assets img { width: 44px; height: 44px; object-fit: cover; border-radius: 4px; border: 1px solid var(--line) }
.error { color: #c0392b; white-space: pre-wrap }
.scroll { max-height: 32rem; overflow: auto; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card) }
table { border-collapse: collapse; width: 100%; font-size: .84rem; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top }
thead th { position: sticky; top: 0; background: var(--card); text-transform: capitalize }
#price { padding-bottom: 3rem } #price table { margin-bottom: .8rem; background: var(--card) }
"""
