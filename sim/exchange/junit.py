"""Verdicts as JUnit XML, which test servers read: a suite, a case for each run, its metrics as properties.

The dialect is Jenkins' (junit-10.xsd): invalid runs are errors, failed ones failures, with what was said of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sim.files import write_whole


@dataclass(frozen=True)
class Case:
    """One run: its name, ``pass``, ``fail``, ``invalid`` or ``done``, seconds on the clock, and what was measured."""

    name: str
    verdict: str
    seconds: float
    metrics: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()


def write_junit(path: Path, suite: str, cases: Sequence[Case]) -> None:
    """Writes one suite of cases, whole or not at all."""
    failures, errors = (sum(case.verdict == verdict for case in cases) for verdict in ("fail", "invalid"))
    total = f"{sum(case.seconds for case in cases):.3f}"
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors), "time": total}
    top = ElementTree.Element("testsuites", counts)
    group = ElementTree.SubElement(top, "testsuite", {"name": suite, **counts})
    for case in cases:
        group.append(_case(suite, case))
    ElementTree.indent(top)
    write_whole(path, ElementTree.tostring(top, encoding="utf-8", xml_declaration=True) + b"\n")


def _case(suite: str, case: Case) -> ElementTree.Element:
    element = ElementTree.Element(
        "testcase", {"classname": suite.replace("/", "."), "name": case.name, "time": f"{case.seconds:.3f}"}
    )
    if case.metrics:
        properties = ElementTree.SubElement(element, "properties")
        for name, value in case.metrics.items():
            ElementTree.SubElement(properties, "property", {"name": _plain(name), "value": _plain(value)})
    said = "; ".join(case.notes) or case.verdict
    if case.verdict in ("fail", "invalid"):
        tag = "failure" if case.verdict == "fail" else "error"
        wrong = ElementTree.SubElement(element, tag, {"message": _plain(said), "type": case.verdict})
        wrong.text = _plain("\n".join(case.notes))
    return element


def _plain(value: Any) -> str:
    """Text that XML 1.0 may hold."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return "".join(c for c in text if c in "\t\n\r" or ord(c) >= 32)
