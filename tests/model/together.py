"""Sets of ticket options, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from eventlive_sim.model.resolve import tickets_of
from eventlive_sim.model.ticket import Option, Ticket


@cache
def tickets(base: str, root: Path | None = None) -> tuple[str, ...]:
    """All options of all tickets of a design, as ``TICKET:OPTION``."""
    return tuple(f"{ticket.ticket}:{name}" for ticket in _tickets(base, root).values() for name in ticket.options)


@cache
def _tickets(base: str, root: Path | None) -> dict[str, Ticket]:
    return {ticket.ticket: ticket for ticket in tickets_of(base, root=root)}


def _option(base: str, root: Path | None, text: str) -> Option:
    ticket, name = text.split(":")
    return _tickets(base, root)[ticket].options[name]


def completed(base: str, chosen: Iterable[str], root: Path | None = None) -> list[str]:
    """Options with all that they require, and what that requires; of a whole ticket its default or first option."""
    found = list(chosen)
    for text in found:  # grows while it is walked
        for reference in _option(base, root, text).requires:
            there = any(other == reference or other.split(":")[0] == reference for other in found)
            if not there:
                found.append(reference if ":" in reference else _usual(_tickets(base, root)[reference]))
    return found


def _usual(ticket: Ticket) -> str:
    return f"{ticket.ticket}:{ticket.default or next(iter(ticket.options))}"
