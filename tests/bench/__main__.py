"""Runs every bench, prints one table and writes it to ``renders/bench.json`` and ``renders/bench.md``."""

import json
import pkgutil
import platform
import sys
from dataclasses import fields
from importlib import import_module

from rich.console import Console
from rich.table import Table

import tests.bench
from sim.errors import PropHouseError
from tests.bench.harness import ROOT, Row

OUT = ROOT / "renders"


def main() -> None:
    """Runs the benches whose names are given, or all; what was measured before of the others stays in the table."""
    rows = {} if len(sys.argv) == 1 else kept_rows()
    broken = []
    for module in sorted(
        info.name for info in pkgutil.iter_modules(tests.bench.__path__) if info.name.startswith("bench_")
    ):
        for bench in getattr(import_module(f"tests.bench.{module}"), "BENCHES", []):  # some run by themselves
            if len(sys.argv) == 1 or bench.__name__ in sys.argv[1:]:
                print(f"{bench.__name__} …", file=sys.stderr, flush=True)
                try:
                    rows |= {row.name: row for row in bench()}
                except (ImportError, PropHouseError) as error:  # a peer that is not installed
                    broken.append(f"{bench.__name__}: {error}")
                write(list(rows.values()))
    Console().print(table(list(rows.values())))
    for line in broken:
        print(f"not measured: {line}", file=sys.stderr)
    sys.exit(0 if all(row.kept is not False for row in rows.values()) else 1)


def kept_rows() -> dict[str, Row]:
    """The rows of the run before, by name."""
    try:
        rows = json.loads((OUT / "bench.json").read_text())["rows"]
        known = {field.name for field in fields(Row)}
        return {row["name"]: Row(**{k: v for k, v in row.items() if k in known}) for row in rows}
    except (OSError, ValueError, KeyError):
        return {}


def write(rows: list[Row]) -> None:
    """Writes ``renders/bench.json`` and the same as a table, ``renders/bench.md``."""
    OUT.mkdir(exist_ok=True)
    content = {"machine": machine(), "rows": [row.to_json() for row in rows]}
    (OUT / "bench.json").write_text(json.dumps(content, indent=2) + "\n")
    lines = ["| what | ours | peer | ratio | promise | kept |", "|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    (OUT / "bench.md").write_text("\n".join(lines) + "\n")


def cells(row: Row) -> list[str]:
    """A row as people read it."""
    promise = "–" if row.promise is None else f"{'≥' if row.at_least else '≤'} {row.promise:g}"
    kept = {None: "–", True: "yes", False: "no"}[row.kept]
    return [row.name, f"{row.ours:.3g} {row.unit}", f"{row.peer:.3g} {row.unit}", f"{row.ratio:.3g}", promise, kept]


def table(rows: list[Row]) -> Table:
    """The rows as people read them."""
    shown = Table("name", "ours", "peer", "ratio", "promise", "kept")
    for row in rows:
        shown.add_row(*cells(row))
    return shown


def machine() -> dict[str, str]:
    """Where it was measured."""
    return {"python": platform.python_version(), "system": platform.platform(), "processor": platform.machine()}


if __name__ == "__main__":
    main()
