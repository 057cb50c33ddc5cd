"""Ticket options together with what they require."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from eventlive_sim.model.ticket import Ticket


def completed(tickets: Mapping[str, Ticket], chosen: Iterable[str], there: Sequence[str] = ()) -> list[str]:
    """Options with all that they require, and what that requires.

    Parameters
    ----------
    tickets : mapping of str to Ticket
        The design's tickets by id.
    chosen : iterable of str
        Options as ``TICKET:OPTION``.
    there : sequence of str
        Options that the design has already; what they meet is not added.

    Returns
    -------
    list of str
        The options chosen, then those added: of a ticket that is required whole its default option, or else its first.
    """
    found = list(chosen)
    for text in found:  # grows while it is walked
        ticket, name = text.split(":", 1)
        for reference in tickets[ticket].options[name].requires:
            if any(_meets(other, reference) for other in [*there, *found] if other != text):
                continue
            wanted, _, named = reference.partition(":")
            # What the design has no ticket for cannot be added; whoever resolves the option is told so.
            if wanted in tickets and (not named or named in tickets[wanted].options):
                found.append(reference if named else usual(tickets[wanted]))
    return found


def usual(ticket: Ticket) -> str:
    """What a ticket stands for when no option is named: its default, or its first."""
    return f"{ticket.ticket}:{ticket.default or next(iter(ticket.options))}"


def _meets(option: str, reference: str) -> bool:
    return option == reference or option.split(":", 1)[0] == reference
