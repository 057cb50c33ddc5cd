"""Sets of ticket options, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from eventlive_sim.model import completed as model
from eventlive_sim.model.resolve import tickets_of
from eventlive_sim.model.ticket import Ticket


@cache
def tickets(base: str, root: Path | None = None) -> tuple[str, ...]:
    """All options of all tickets of a design, as ``TICKET:OPTION``."""
    return tuple(f"{ticket.ticket}:{name}" for ticket in _tickets(base, root).values() for name in ticket.options)


def completed(base: str, chosen: Iterable[str], root: Path | None = None) -> list[str]:
    """Options with all that they require."""
    return model.completed(_tickets(base, root), chosen)


@cache
def _tickets(base: str, root: Path | None) -> dict[str, Ticket]:
    return {ticket.ticket: ticket for ticket in tickets_of(base, root=root)}
