"""Options of a design's tickets that it does not have yet, each with what it requires."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eventlive_sim.model.completed import completed
from eventlive_sim.model.resolve import tickets_in, tickets_of
from eventlive_sim.model.ticket import Option


@dataclass(frozen=True)
class Candidate:
    """An option that may be put upon a design.

    Attributes
    ----------
    name : str
        The option, ``TICKET:OPTION``.
    text : str
        What to write after the design and a plus: the option, and those that it requires and the design lacks.
    title : str
        Titles of ticket and option.
    option : Option
        The option itself.
    """

    name: str
    text: str
    title: str
    option: Option


def candidates_upon(expression: str) -> Iterator[Candidate]:
    """Yield the options of a design's tickets that it does not have; whether they fit is for `resolve_design` to say.

    Parameters
    ----------
    expression : str
        A design, with the ticket options upon it.
    """
    tickets = {ticket.ticket: ticket for ticket in tickets_of(expression.split("+", 1)[0])}
    there = [one.id for one in tickets_in(expression)]
    for ticket in tickets.values():
        for name, option in ticket.options.items():
            one = f"{ticket.ticket}:{name}"
            if one not in there:
                text = "+".join(completed(tickets, [one], there))
                yield Candidate(one, text, f"{ticket.title}: {option.title}", option)
