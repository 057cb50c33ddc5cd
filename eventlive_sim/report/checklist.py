"""A checked list for people and machines: a table a line, the call that shows it, and a document."""

from __future__ import annotations

import math
from importlib import metadata
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report.document import number_of
from eventlive_sim.report.tables import number
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.calls import Call
from eventlive_sim.study.checklist import CheckedLine, CheckedList, Item

CHECKLIST_SCHEMA = "eventlive-checklist/1"
_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.UNDECIDED: "yellow"}


def checklist_tables(done: CheckedList) -> list[Table]:
    """The lines with their verdicts, then the evidence of each."""
    counted = ", ".join(
        f"{sum(line.verdict is verdict for line in done.lines)} {verdict}"
        for verdict in Verdict
        if any(line.verdict is verdict for line in done.lines)
    )
    title = f"{done.expression}: {done.title}: {counted}" if done.title else f"{done.expression}: {counted}"
    table = Table(title=Text(title), title_justify="left", show_header=False)
    for place, line in enumerate(done.lines, 1):
        table.add_row(str(place), _mark(line.verdict), Text(line.says), Text(line.name))
    return [table, *(_evidence(place, line) for place, line in enumerate(done.lines, 1))]


def _mark(verdict: Verdict) -> Text:
    return Text(str(verdict), style=_STYLES[verdict])


def _evidence(place: int, line: CheckedLine) -> Table:
    table = Table(
        title=Text(f"{place} {line.verdict}: {line.says}"),
        title_justify="left",
        caption=Text("\n".join(line.commands)),
        caption_justify="left",
    )
    for name in ("", "claim", "event", "value", "broken", "chance below", "why"):
        table.add_column(
            name, justify="right" if name in {"value", "broken", "chance below"} else "left", overflow="fold"
        )
    for item in line.items:
        bound = "-" if math.isnan(item.bound) else f"{item.bound:.1%}"
        cells = (Text(item.claim), Text(item.event), number(item.value, 3), _broken(item), bound, Text(item.why))
        table.add_row(_mark(item.verdict), *cells)
    return table


def _broken(item: Item) -> str:
    if item.exact and not item.looked:
        return "exact"
    return f"{item.broken} of {item.looked}" if item.looked else "-"


def examples(done: CheckedList) -> str:
    """A call for each line, as the listing of its queries."""
    told = []
    for place, line in enumerate(done.lines, 1):
        if line.example is not None:
            told.append(f"{place} {line.name}, {done.expression} in {line.example_from}:\n{line.example}")
    return "\n\n".join(told)


def checklist_document(done: CheckedList) -> dict[str, Any]:
    """Document of a checked list: every claim with the figures that it was judged by."""
    return {
        "schema": CHECKLIST_SCHEMA,
        "version": metadata.version("eventlive-sim"),
        "design": done.expression,
        "title": done.title,
        "seed": done.seed,
        "verdict": str(done.verdict),
        "lines": [_line(line) for line in done.lines],
    }


def _line(line: CheckedLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "says": line.says,
        "verdict": str(line.verdict),
        "commands": list(line.commands),
        "claims": [
            {
                "claim": item.claim,
                "event": item.event,
                "verdict": str(item.verdict),
                "exact": item.exact,
                "value": number_of(item.value),
                "broken": item.broken,
                "looked": item.looked,
                "chance_below": number_of(item.bound),
                "why": item.why,
            }
            for item in line.items
        ],
        "example": None if line.example is None else {"event": line.example_from, **_call(line.example)},
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "endpoint": call.endpoint,
        "person": call.person,
        "began_ns": call.began_ns,
        "answered": call.status,
        "queries": [
            {**dict(query.tags), "answered_after_ns": query.at_ns - call.began_ns, "writes": query.writes}
            for query in call.queries
        ],
    }
