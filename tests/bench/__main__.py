"""Runs every bench, prints the table and writes ``renders/bench.json``."""

import json
import pkgutil
import platform
import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

import tests.bench
from tests.bench.harness import ROOT, Row


def main() -> None:
    """Runs the benches whose names are given, or all."""
    rows: list[Row] = []
    for module in sorted(
        info.name for info in pkgutil.iter_modules(tests.bench.__path__) if info.name.startswith("bench_")
    ):
        for bench in getattr(import_module(f"tests.bench.{module}"), "BENCHES", []):  # some run by themselves
            if len(sys.argv) == 1 or bench.__name__ in sys.argv[1:]:
                print(f"{bench.__name__} …", file=sys.stderr, flush=True)
                rows += bench()
    Console().print(table(rows))
    path = ROOT / "renders" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"machine": machine(), "rows": [row.to_json() for row in rows]}, indent=2) + "\n")
    sys.exit(0 if all(row.kept is not False for row in rows) else 1)


def table(rows: list[Row]) -> Table:
    """The rows as people read them."""
    shown = Table("name", "ours", "peer", "ratio", "promise", "kept")
    for row in rows:
        promise = "" if row.promise is None else f"{'≥' if row.at_least else '≤'} {row.promise:g}"
        kept = {None: "", True: "yes", False: "NO"}[row.kept]
        shown.add_row(
            row.name, f"{row.ours:.3g} {row.unit}", f"{row.peer:.3g} {row.unit}", f"{row.ratio:.3g}", promise, kept
        )
    return shown


def machine() -> dict[str, str]:
    """Where it was measured."""
    return {"python": platform.python_version(), "system": platform.platform(), "processor": platform.machine()}


if __name__ == "__main__":
    main()
