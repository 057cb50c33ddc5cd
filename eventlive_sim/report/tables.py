"""Tables for people, with rich; numbers as they are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from eventlive_sim.model.lint import Finding
from eventlive_sim.stats.quantiles import SAMPLES_MIN
from eventlive_sim.study.compare import Comparison, Row, mean, measured
from eventlive_sim.study.figures import Figure, figures
from eventlive_sim.study.preflight import Preflight
from eventlive_sim.study.run import Run
from eventlive_sim.study.tickets import TicketStudy

_NOTHING = "-"


def number(value: float, digits: int) -> str:
    """Text of a number; a dash for one that is not there, and no minus before what rounds to 0."""
    if math.isnan(value):
        return _NOTHING
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def comparison_table(comparison: Comparison) -> Table:
    """Figures of two designs side by side, with paired differences."""
    one, other = comparison.one, comparison.other
    table = _table(
        f"{one.scenario.name}: {one.scenario.scenario.title}", [_cells(row) for row in comparison.rows], one, other
    )
    table.add_column("figure")
    table.add_column("unit")
    for run in (one, other):
        table.add_column(Text(run.design.expression), justify="right")
    table.add_column("difference", justify="right")
    several = len(one.replications) > 1
    if several:
        table.add_column("95 % interval", justify="right")
    for row in comparison.rows:
        table.add_row(*(Text(cell) for cell in (_cells(row) if several else _cells(row)[:-1])))
    return table


def _table(title: str, cells: Sequence[Sequence[str]], *runs: Run) -> Table:
    """Empty table with its title, and below it what was run and what a dash means."""
    run = runs[0]
    programs = " and ".join(one.program.digest[:12] for one in runs)
    said = f"seed {run.seed}, replications {len(run.replications)}, engine {run.engine}, program {programs}"
    if any(_NOTHING in row for row in cells):
        said += f"\n{_NOTHING}: no data, or insufficient data for a quantile (fewer than {SAMPLES_MIN} samples)"
    return Table(title=Text(title), title_justify="left", caption=Text(said), caption_justify="left")


def _cells(row: Row) -> tuple[str, ...]:
    digits = row.figure.digits
    left, right = mean(row.one), mean(row.other)
    interval = ""
    if row.difference is not None:
        low, high = number(row.difference.low, digits), number(row.difference.high, digits)
        interval = "" if row.difference.low == row.difference.high else f"{low} to {high}"
    cells = (number(left, digits), number(right, digits), number(right - left, digits), interval)
    return (row.figure.name, row.figure.unit, *cells)


def run_table(run: Run) -> Table:
    """Figures of one design; of several replications their mean, least and most."""
    several = len(run.replications) > 1
    rows = []
    for figure in figures([run.design.design], run.scenario.scenario):
        values = measured(figure, run)
        numbers = (mean(values), min(values), max(values)) if several else values
        rows.append((figure.name, figure.unit, *(number(value, figure.digits) for value in numbers)))
    table = _table(f"{run.design.expression} in {run.scenario.name}: {run.scenario.scenario.title}", rows, run)
    for heading in ("figure", "unit"):
        table.add_column(heading)
    for heading in ("mean", "least", "most") if several else ("value",):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def ticket_table(study: TicketStudy) -> Table:
    """Each ticket option alone, a row each: what it moves against the base is bright."""
    base = study.base.design.expression
    table = Table(title=Text(f"each option alone on {base}, in {study.base.scenario.name}"), title_justify="left")
    table.add_column("option", no_wrap=True)
    for figure in study.figures:
        heading = f"{figure.name} [{figure.unit}]" if figure.unit else figure.name
        table.add_column(Text(heading.replace("_", " ")), justify="right", min_width=6)
    table.add_row(Text(base), *(number(mean(measured(figure, study.base)), figure.digits) for figure in study.figures))
    for option, rows in study.rows.items():
        table.add_row(Text(option), *(_moved(row.figure, row) for row in rows))
    return table


def _moved(figure: Figure, row: Row) -> Text:
    before, after = mean(row.one), mean(row.other)
    text = number(after, figure.digits)
    return Text(text, style="dim") if text == number(before, figure.digits) else Text(text, style="bold")


def lint_table(findings: Sequence[Finding], expression: str) -> Table:
    """Findings of a design."""
    table = Table(title=Text(f"{expression}: {len(findings)} findings"), title_justify="left")
    for heading in ("id", "where", "what", "remedy"):
        table.add_column(heading)
    for finding in findings:
        table.add_row(Text(finding.id), Text(finding.path), Text(finding.text), Text(finding.remedy))
    return table


def preflight_tables(result: Preflight) -> list[Table]:
    """Offered load by endpoint and by part."""
    offered = Table(title="offered load with everybody present (arithmetic)", title_justify="left")
    parts = Table(title="against what there is", title_justify="left")
    offered.add_column("endpoint")
    headings = ("calls/s", "queries/s", "queries a call", "database cores", "REST connections", "Auth connections")
    for heading in headings:
        offered.add_column(heading, justify="right")
    for item in result.offered:
        rates = (item.calls_per_s, item.queries_per_s, item.queries_per_call)
        values = (*rates, item.cpu, item.pool, item.auth_pool)
        offered.add_row(Text(item.endpoint), *(number(value, 3) for value in values))
    parts.add_column("part")
    for heading in ("offered", "capacity", "share", "while people come"):
        parts.add_column(heading, justify="right")
    for part in result.parts:
        entry = f"{part.at_entry / part.capacity:.1%}" if part.capacity else "-"
        parts.add_row(part.name, number(part.offered, 3), number(part.capacity, 2), f"{part.share:.1%}", entry)
    return [offered, parts]
