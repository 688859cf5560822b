"""Many runs of one scenario with other values: on several processors, resumed when stopped, one bad run among them.

Knows nothing of what a runner does: it puts values at paths of a scenario's file, runs it, and keeps what its report
says. What is done stands in ``renders/WORLD/SCENARIO/sweep/runs.jsonl``, a line a run.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import math
import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from sim import __version__
from sim.assets.library import Library
from sim.errors import InputError, Problem, PropHouseError, missing_extra
from sim.exchange.junit import Case, write_junit
from sim.files import write_whole
from sim.plot import matrix
from sim.progress import track
from sim.runners import Options, load_scenario, scenario_path
from sim.world.layout import Layout

MANY = 1000  # runs from which `--yes` is asked for
CELLS = 3000  # more of them make no picture that anybody reads
COLORS = {"pass": "#b7e4c0", "done": "#cfe0f5", "fail": "#f4b8b3", "invalid": "#f6dfa4"}


@dataclass(frozen=True)
class Job:
    """One run of a sweep: its settings as YAML by path, where it writes, and a key that says what made it."""

    name: str
    settings: tuple[tuple[str, str], ...]
    folder: Path
    key: str
    seed: int | None = None
    allow_scripts: bool = False

    @property
    def title(self) -> str:
        """``speed_kmh=40, overlap=100``"""
        return ", ".join(f"{path.rpartition('.')[2]}={value}" for path, value in self.settings)


@dataclass(frozen=True)
class Done:
    """What one run came to."""

    key: str
    title: str
    settings: Mapping[str, str]
    verdict: str
    seconds: float
    metrics: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    trajectory_sha256: str = ""


@dataclass(frozen=True)
class Sweep:
    """All of it: what was asked, what is done, where it stands."""

    name: str
    folder: Path
    vary: Mapping[str, tuple[str, ...]]
    done: tuple[Done, ...]
    resumed: int

    @property
    def counts(self) -> dict[str, int]:
        """How many runs came to each verdict."""
        return {verdict: n for verdict in COLORS if (n := sum(one.verdict == verdict for one in self.done))}


def parse_vary(items: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What ``--vary path=a,b,c`` says, by path.

    Raises:
        InputError: It says no values, or one path twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for item in items:
        path, equals, values = item.partition("=")
        chosen = tuple(_parts(values))
        if not (equals and path and all(chosen) and chosen):
            raise InputError(Problem("--vary", "is no variation", "path=a,b,c", item))
        if path in found:
            raise InputError(Problem("--vary", f"{path} is varied twice"))
        found[path] = chosen
    return found


def _parts(text: str) -> Iterator[str]:
    """Values between commas; commas inside brackets do not count."""
    depth, start = 0, 0
    for i, c in enumerate(text):
        depth += (c in "[{") - (c in "]}")
        if c == "," and depth == 0:
            yield text[start:i].strip()
            start = i + 1
    yield text[start:].strip()


def run_sweep(
    library: Library,
    name: str,
    vary: Mapping[str, Sequence[str]] | None = None,
    *,
    workers: int = 0,
    yes: bool = False,
    seed: int | None = None,
    allow_scripts: bool = False,
    timeout: float = 600.0,
    ray: str | None = None,
) -> Sweep:
    """Runs every combination that has not been run before, and writes the matrix of verdicts.

    Args:
        library: Where worlds are.
        name: ``world/scenario``.
        vary: YAML values by path; the runner's own table when left out.
        workers: Processes; as many as there are processors when 0, this one alone when 1.
        yes: Whether a very long sweep may begin.
        seed: Instead of the scenario's own.
        allow_scripts: Whether Python that a scenario names may run.
        timeout: s for one run; what takes longer is invalid.
        ray: Address of a Ray cluster to run on instead.

    Raises:
        InputError: Nothing to vary; more than a thousand runs without ``yes``; a scenario that cannot be read at all.
    """
    module, layout, spec = load_scenario(library, name)
    chosen = {path: tuple(values) for path, values in (vary or {}).items()}
    if not chosen and (table := getattr(module, "table", None)) is not None:
        chosen = {path: tuple(json.dumps(value) for value in values) for path, values in table(spec).items()}
    if not chosen:
        raise InputError(Problem(f"sweep {name}", "varies nothing", "--vary path=a,b,c"))
    folder = library.root / "renders" / name / "sweep"
    base = _fingerprint(library, name, layout, seed)
    jobs = _jobs(name, chosen, folder, base, seed, allow_scripts)
    total = math.prod(len(values) for values in chosen.values())
    before = _read(folder / "runs.jsonl")
    if total > MANY and not yes:
        _refuse(library, name, next(jobs), total, before, workers)
    left = [job for job in jobs if job.key not in before] if total <= 1_000_000 or yes else []
    done = _all(library, left, workers, timeout, ray, folder / "runs.jsonl")
    keys = {one.key: one for one in (*before.values(), *done)}
    ordered = [keys[job.key] for job in _jobs(name, chosen, folder, base, seed, allow_scripts) if job.key in keys]
    sweep = Sweep(name, folder, chosen, tuple(ordered), total - len(left))
    write_summary(sweep)
    return sweep


def _fingerprint(library: Library, name: str, layout: Layout, seed: int | None) -> str:
    """A hash of everything that decides what the runs come to, but for their settings."""
    world, _, scenario = name.partition("/")
    path = scenario_path(library, f"{world.partition('@')[0]}/{scenario}")
    own = [path.read_bytes(), *(script.read_bytes() for script in sorted(path.parent.glob("*.py")))]
    text = json.dumps([name, sorted(layout.hashes().items()), seed, __version__]).encode()
    return hashlib.sha256(text + b"".join(own)).hexdigest()


def _jobs(
    name: str,
    vary: Mapping[str, Sequence[str]],
    folder: Path,
    base: str,
    seed: int | None,
    allow_scripts: bool,
) -> Iterator[Job]:
    for values in itertools.product(*vary.values()):
        settings = tuple(zip(vary, values, strict=True))
        key = hashlib.sha256((base + json.dumps(settings)).encode()).hexdigest()[:24]
        title = "_".join(f"{path.rpartition('.')[2]}={value}" for path, value in settings)
        clean = "".join(c if c.isalnum() or c in "=_.-+" else "-" for c in title)[:100]
        yield Job(name, settings, folder / f"{clean}_{key[:6]}", key, seed, allow_scripts)


def _refuse(library: Library, name: str, first: Job, total: int, before: Mapping[str, Done], workers: int) -> None:
    """Says how long a very long sweep will take; one run is made to know."""
    one = before.get(first.key) or run_one(library.roots, first)
    hours = total * one.seconds / max(1, workers or os.cpu_count() or 1) / 3600
    length = f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.0f} days"
    raise InputError(
        Problem(
            f"sweep {name}",
            f"is {total:,} runs",
            hint=f"at {one.seconds:.1f} s a run that is about {length}; say --yes to begin",
        )
    )


# ---------------------------------------------------------------------------------------------------------------------
# Running


@lru_cache(maxsize=2)
def _library(roots: tuple[Path, ...]) -> Library:
    return Library(*roots)


@lru_cache(maxsize=2)
def _layout(roots: tuple[Path, ...], world: str) -> Layout:
    return Layout.load(world, _library(roots))


def run_one(roots: tuple[Path, ...], job: Job) -> Done:
    """What one run came to, whatever goes wrong in it."""
    start, library = time.perf_counter(), _library(roots)

    def came_to(verdict: str, **rest: Any) -> Done:
        return Done(job.key, job.title, dict(job.settings), verdict, round(time.perf_counter() - start, 3), **rest)

    try:
        layout = _layout(roots, job.name.partition("/")[0])
        module, layout, spec = load_scenario(library, job.name, dict(job.settings), layout)
        options = Options(
            job.name, library.root, job.seed, allow_scripts=job.allow_scripts, place=job.folder, brief=True
        )
        report = module.run(layout, spec, options)
    except PropHouseError as error:
        return came_to("invalid", notes=[str(problem).replace("\n", " ") for problem in error.problems[:3]])
    except Exception as error:
        return came_to("invalid", notes=[f"{type(error).__name__}: {error}"])
    return came_to(
        report.verdict,
        metrics=_finite(report.metrics),
        notes=list(report.notes),
        trajectory_sha256=report.trajectory_sha256,
    )


def _finite(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and texts that JSON can hold."""
    plain = {k: v.item() if hasattr(v, "item") else v for k, v in metrics.items()}
    return {
        k: v for k, v in plain.items() if isinstance(v, (int, str, bool)) or (isinstance(v, float) and math.isfinite(v))
    }


def _all(
    library: Library, jobs: Sequence[Job], workers: int, timeout: float, ray: str | None, index: Path
) -> list[Done]:
    """Runs jobs and appends a line for each as soon as it is done."""
    if not jobs:
        return []
    n = min(workers or os.cpu_count() or 1, len(jobs))
    if ray is not None:
        results = _on_ray(library.roots, jobs, ray)
    elif n == 1:
        results = (run_one(library.roots, job) for job in jobs)
    else:
        results = _on_processes(library.roots, jobs, n, timeout)
    index.parent.mkdir(parents=True, exist_ok=True)
    done = []
    with index.open("a", encoding="utf-8") as file:
        for one in track(results, "sweep", len(jobs)):
            file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
            file.flush()
            done.append(one)
    return done


def _read(index: Path) -> dict[str, Done]:
    """Runs that are done, by key; what a stop has cut short does not count."""
    found: dict[str, Done] = {}
    try:
        lines = index.read_text("utf-8").splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            one = Done(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[one.key] = one
    return found


@dataclass(eq=False)
class _Worker:
    """A process that runs one job after another; `job` is what it is at, since `since` s."""

    process: Any
    pipe: Connection
    job: Job | None = None
    since: float = 0.0


def _on_processes(roots: tuple[Path, ...], jobs: Sequence[Job], n: int, timeout: float) -> Iterator[Done]:
    """Results as they come; a process that hangs or dies costs its own run only."""
    waiting, workers = list(reversed(jobs)), [_hire(roots) for _ in range(n)]
    try:
        while waiting or any(worker.job for worker in workers):
            for worker in workers:
                if worker.job is None and waiting:
                    worker.job, worker.since = waiting.pop(), time.monotonic()
                    worker.pipe.send(worker.job)
            busy = {worker.pipe: worker for worker in workers if worker.job}
            for pipe in wait(list(busy), timeout=0.5):
                worker = busy[pipe]  # type: ignore[index]
                assert worker.job is not None
                try:
                    yield worker.pipe.recv()
                except (EOFError, OSError):
                    yield _lost(worker.job, "its process died")
                    workers[workers.index(worker)] = _hire(roots)
                worker.job = None
            for i, worker in enumerate(workers):
                if worker.job and time.monotonic() - worker.since > timeout:
                    worker.process.kill()
                    yield _lost(worker.job, f"did not end within {timeout:g} s")
                    workers[i] = _hire(roots)
    finally:
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join(5)


def _hire(roots: tuple[Path, ...]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(roots, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _work(roots: tuple[Path, ...], pipe: Connection) -> None:
    """What a process does: jobs in, results out, until nobody asks any more."""
    import contextlib
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops us
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send(run_one(roots, pipe.recv()))


def _lost(job: Job, why: str) -> Done:
    return Done(job.key, job.title, dict(job.settings), "invalid", 0.0, notes=[why])


def _on_ray(roots: tuple[Path, ...], jobs: Sequence[Job], address: str) -> Iterator[Done]:
    """Results as they come from a Ray cluster whose machines have the same folders."""
    try:
        import ray
    except ImportError:
        raise missing_extra("--ray", "ray", "ray") from None
    ray.init(address=None if address == "local" else address, logging_level="ERROR", include_dashboard=False)
    try:
        remote = ray.remote(run_one)
        pending = [remote.remote(roots, job) for job in jobs]
        while pending:
            ready, pending = ray.wait(pending)
            yield from ray.get(ready)
    finally:
        ray.shutdown()


# ---------------------------------------------------------------------------------------------------------------------
# What is left behind


def write_summary(sweep: Sweep) -> list[str]:
    """Writes the matrix as a picture, all runs as CSV, JSON and JUnit XML; names of the files."""
    written = ["runs.csv", "sweep.json", "junit.xml"]
    write_whole(sweep.folder / "runs.csv", _csv(sweep).encode())
    summary: dict[str, Any] = {"schema": "sweep/1", "scenario": sweep.name, "vary": sweep.vary, "counts": sweep.counts}
    summary["runs"] = [asdict(one) for one in sweep.done]
    write_whole(sweep.folder / "sweep.json", (json.dumps(summary, indent=1, ensure_ascii=False) + "\n").encode())
    cases = [Case(one.title, one.verdict, one.seconds, one.metrics, one.notes) for one in sweep.done]
    write_junit(sweep.folder / "junit.xml", sweep.name, cases)
    rows, columns, cells = _cells(sweep)
    if len(rows) * len(columns) <= CELLS:
        title = f"{sweep.name}: " + ", ".join(f"{n} {verdict}" for verdict, n in sweep.counts.items())
        write_whole(sweep.folder / "matrix.png", matrix(cells, rows, columns, COLORS, title))
        written.append("matrix.png")
    return written


def _cells(sweep: Sweep) -> tuple[list[str], list[str], list[list[str]]]:
    """Row names, column names and what stands in each cell; the last path that is varied makes the columns."""
    paths = list(sweep.vary)
    *row_paths, column_path = paths if len(paths) > 1 else [paths[0], ""]
    columns = [_named(column_path, v) for v in sweep.vary[column_path]] if column_path else ["verdict"]
    keys = list(itertools.product(*(sweep.vary[path] for path in row_paths)))
    rows = [", ".join(_named(path, v) for path, v in zip(row_paths, key, strict=True)) for key in keys]
    by_settings = {tuple(one.settings.values()): one for one in sweep.done}
    cells = []
    for key in keys:
        found = [by_settings.get((*key, v)) for v in sweep.vary[column_path]] if column_path else [by_settings.get(key)]
        cells.append([_cell(one) for one in found])
    return rows, columns, cells


def _named(path: str, value: str) -> str:
    return f"{path.rpartition('.')[2]} {value}"


def _cell(one: Done | None) -> str:
    """The verdict, and the first number that the runner put first."""
    if one is None:
        return ""
    first = next((v for v in one.metrics.values() if isinstance(v, (int, float)) and not isinstance(v, bool)), None)
    return one.verdict if first is None or one.verdict == "invalid" else f"{one.verdict} {first:.3g}"


def _csv(sweep: Sweep) -> str:
    metrics = list(dict.fromkeys(name for one in sweep.done for name in one.metrics))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*sweep.vary, "verdict", "seconds", *metrics, "notes"])
    for one in sweep.done:
        values = [one.metrics.get(name, "") for name in metrics]
        writer.writerow([*one.settings.values(), one.verdict, one.seconds, *values, "; ".join(one.notes)])
    return buffer.getvalue()
