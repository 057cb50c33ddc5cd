"""Tables for people."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from eventlive_sim.model.lint import lint
from eventlive_sim.report.tables import (
    comparison_table,
    lint_table,
    number,
    preflight_tables,
    run_table,
    ticket_table,
)
from eventlive_sim.study.compare import compare
from eventlive_sim.study.preflight import preflight
from eventlive_sim.study.tickets import ticket_study
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, resolved, simulated, write
from tests.study.test_compare import FIXED, TICKET


def text_of(*tables: Table) -> str:
    console = Console(file=io.StringIO(), width=400)
    for table in tables:
        console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def cells(text: str, figure: str) -> list[str]:
    line = next(line for line in text.splitlines() if figure in line)
    return [cell.strip() for cell in line.strip("│").split("│")]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(1234.5678, 2, "1,234.57"), (0, 0, "0"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"), (math.nan, 3, "-")],
)
def test_number(value: float, digits: int, text: str) -> None:
    """Thousands are parted, nothing is no number, and what rounds to 0 has no sign."""
    assert number(value, digits) == text


def test_a_run_has_one_column_or_three(tmp_path: Path) -> None:
    """One replication shows its value, several their mean, least and most."""
    one = text_of(run_table(simulated(tmp_path, BAR, EVENING)))
    assert cells(one, "order: calls") == ["order: calls", "", "10"]
    two = text_of(run_table(simulated(tmp_path, BAR, EVENING, 2)))
    assert cells(two, "order: calls") == ["order: calls", "", "10", "10", "10"]


def test_too_few_samples_are_said_to_be(tmp_path: Path) -> None:
    """A quantile of ten calls is a dash, and the table says what a dash means; with enough there is no such line."""
    few = text_of(run_table(simulated(tmp_path, BAR, EVENING)))
    assert cells(few, "order: duration, p95") == ["order: duration, p95", "ms", "-"]
    assert "insufficient data" in few
    many = text_of(run_table(simulated(tmp_path, DOOR, changed(NIGHT, clients__guest__people=60))))
    assert "insufficient data" not in many


def test_what_was_run_stands_below(tmp_path: Path) -> None:
    """Seed, replications, engine and program."""
    run = simulated(tmp_path, BAR, EVENING)
    assert f"seed 1, replications 1, engine fast, program {run.program.digest[:12]}" in " ".join(
        text_of(run_table(run)).split()
    )


def test_comparison_shows_both_difference_and_interval(tmp_path: Path) -> None:
    """Queries a call fall from 2 to 1 in every replication; an interval of no width is left out."""
    one, world = resolved(tmp_path, DOOR, NIGHT)
    other, _ = resolved(tmp_path, FIXED, NIGHT, name="other")
    text = text_of(comparison_table(compare(one, other, world, replications=2, workers=1)))
    assert cells(text, "queries a call, mean")[2:] == ["2.00", "1.00", "-1.00", ""]
    assert " to " in cells(text, "queries answered 400")[5]
    assert one.expression in text
    alone = text_of(comparison_table(compare(one, other, world, replications=1, workers=1)))
    assert "interval" not in alone


def test_tickets_lint_and_preflight_are_tables(tmp_path: Path) -> None:
    """Each names what it is about."""
    write(tmp_path / "tickets" / "7.yaml", TICKET)
    design, world = resolved(tmp_path, DOOR, NIGHT)
    study = ticket_study(str(tmp_path / "design.yaml"), world, workers=1)
    text = text_of(ticket_table(study))
    assert cells(text, "7:A")[2] == cells(text, "7:B")[2] == "0"
    assert "400" in text
    assert "L001" in text_of(lint_table(lint(design.design), design.expression))
    text = text_of(*preflight_tables(preflight(design.design, world.scenario)))
    assert cells(text, "door")[1:4] == ["12.000", "24.000", "2.000"]
