"""Listings of EventLive's endpoints are golden: a change of a lowering shows as a difference that a person reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import resolve_design
from eventlive_sim.program.listing import listing
from eventlive_sim.program.lower import lower
from eventlive_sim.program.lower.stage import stage
from eventlive_sim.program.program import Program

GOLDEN = Path(__file__).parent.parent / "files" / "listings"
SHOWN = [
    (design, endpoint)
    for design in ("before", "after")
    for endpoint in ("presence_ping", "access_track", "stats_access", "messages_poll")
]


def _program(expression: str) -> Program:
    design = resolve_design(expression).design
    return lower(design, stage(design))


@pytest.mark.parametrize(("design", "endpoint"), SHOWN)
def test_listing_is_golden(design: str, endpoint: str) -> None:
    """The listing is the committed one; EVENTLIVE_REGENERATE=1 writes it anew."""
    path = GOLDEN / f"{design}.{endpoint}.txt"
    text = listing(_program(design), endpoint)
    if os.environ.get("EVENTLIVE_REGENERATE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_queries_can_be_counted_in_a_listing() -> None:
    """Each query of a handler raises the call's counter once: nine times on the longest way through before's ping."""
    text = listing(_program("before"), "presence_ping")
    assert text.count("call.queries := call.queries + 1") == 9


def test_the_same_design_gives_the_same_program() -> None:
    """Lowering twice gives the same bytes."""
    assert _program("before").digest == _program("before").digest


def test_an_unknown_entry_lists_the_known() -> None:
    """The error names what there is to list."""
    with pytest.raises(ModelError, match="presence_ping"):
        listing(_program("before"), "nonsense")
