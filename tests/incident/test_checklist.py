"""The specification's checklist on the designs before and after, in small events; whole ones are in docs/checklist.md."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from eventlive_sim import data
from eventlive_sim.cli.inputs import resolve
from eventlive_sim.model.checklist import CHECKLIST_FILE, read_checklist
from eventlive_sim.model.order import ORDER_FILE, read_order
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, tickets_of
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.checklist import CheckedLine, checklist

HERE = data.models_dir() / "eventlive"
OF_THE_HOT_PATH = ("missing_column", "failed_read", "conflict", "registration_maker")
FEW = ["clients.participant.people=25"]


@cache
def held(design: str) -> dict[str, CheckedLine]:
    """Lines of the hot path in a few small events: enough to refute, too few to prove."""
    lines = read_checklist(HERE / CHECKLIST_FILE)
    lines = lines.model_copy(update={"lines": {name: lines.lines[name] for name in OF_THE_HOT_PATH}})

    def event(scenario: str, own: Sequence[str]) -> tuple[ResolvedDesign, ResolvedScenario]:
        (one,), world = resolve([design], scenario, [*own, *FEW])
        return one, world

    return {line.name: line for line in checklist(design, lines, event, most=3).lines}


@pytest.mark.parametrize("name", OF_THE_HOT_PATH)
def test_before_is_refuted(name: str) -> None:
    """Each line that the incident broke, with a call that shows it."""
    line = held("before")[name]
    assert line.verdict is Verdict.FAIL
    assert line.example is not None
    assert {query.tags["status"] for query in line.example.queries} >= {"400", "409"}


@pytest.mark.parametrize("name", OF_THE_HOT_PATH)
def test_after_is_not(name: str) -> None:
    """No claim is broken in any event; what needs many events stays undecided in three."""
    line = held("after")[name]
    assert {item.verdict for item in line.items} <= {Verdict.PASS, Verdict.UNDECIDED}
    assert all(item.broken == 0 for item in line.items)
    assert line.example is not None


def test_a_handler_stops_where_a_column_is_missing() -> None:
    """Columns are taken away beneath the design, so that there is a 400 to look at: the call ends there."""
    line = held("after")["failed_read"]
    probe = next(item for item in line.items if item.claim.startswith("after queries"))
    assert probe.looked == 3
    assert line.example is not None
    assert (line.example.queries[-1].tags["status"], line.example.status) == ("400", 500)


def test_seven_lines_and_an_order_of_known_tickets() -> None:
    """Section 6 has seven; section 5 names tickets that are files, or will be."""
    assert len(read_checklist(HERE / CHECKLIST_FILE).lines) == 7
    order = read_order(HERE / ORDER_FILE)
    tickets = {ticket.ticket for ticket in tickets_of("before") if not ticket.ticket.startswith(("P-", "T-"))}
    assert {ticket for ticket in tickets if order.stage_of(ticket) == len(order.stages)} == set()
