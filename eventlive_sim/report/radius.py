"""The blast radius for people and programs."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report.document import digest_of, number_of
from eventlive_sim.report.tables import number
from eventlive_sim.study.radius import Noticed, Radius

RADIUS_SCHEMA = "eventlive-radius/1"


def radius_table(done: Radius) -> Table:
    """What the watched webinar sees, a column for each design; in brackets the same webinar alone."""
    said = (
        f"seed {done.seed}, {done.replications} replications; in brackets: {done.webinar} alone, under the same seeds\n"
        "-: no data, or too few for a quantile"
    )
    table = Table(
        title=Text(f"{done.webinar} in {done.scenario.name}: {done.scenario.scenario.title}"),
        title_justify="left",
        caption=Text(said),
        caption_justify="left",
    )
    for heading in ("window", "figure", "unit"):
        table.add_column(heading)
    for design in done.designs:
        table.add_column(Text(design.expression), justify="right")
    for before, row in zip((None, *done.rows), done.rows, strict=False):
        if before is not None and before.window != row.window:
            table.add_section()
        cells = (Text(_cell(value, row.digits)) for value in row.values)
        table.add_row(Text(row.window), Text(row.figure), row.unit, *cells)
    return table


def _cell(value: Noticed, digits: int) -> str:
    return f"{number(value.beside, digits)} ({number(value.alone, digits)})"


def radius_document(done: Radius) -> dict[str, Any]:
    """Document of a blast radius: each figure beside the others and alone, by design and window."""
    return {
        "schema": RADIUS_SCHEMA,
        "designs": [
            {"expression": design.expression, "sets": list(design.sets), "digest": digest_of(design.tree)}
            for design in done.designs
        ],
        "scenario": {
            "name": done.scenario.name,
            "sets": list(done.scenario.sets),
            "digest": digest_of(done.scenario.tree),
        },
        "webinar": done.webinar,
        "seed": done.seed,
        "replications": done.replications,
        "rows": [
            {
                "window": row.window,
                "figure": row.figure,
                "unit": row.unit,
                "values": [
                    {"beside": number_of(value.beside), "alone": number_of(value.alone)} for value in row.values
                ],
            }
            for row in done.rows
        ],
    }
