"""What is typed to name a design: a base, then tickets, their options and values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from eventlive_sim.errors import ModelError, Place

_ASSIGNMENT = re.compile(r"^([A-Za-z][A-Za-z0-9_]*)=(.*)$", re.DOTALL)
_WORD = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")


@dataclass(frozen=True)
class Choice:
    """A ticket as somebody names it: ``TICKET[:OPTION][:name=value]...``."""

    ticket: str
    option: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    place: Place | None = None

    def __str__(self) -> str:
        """Text that names it."""
        option = [] if self.option is None else [self.option]
        return ":".join([self.ticket, *option, *(f"{name}={value}" for name, value in self.values)])


def parse_expression(text: str) -> tuple[str, tuple[Choice, ...]]:
    """Base and tickets of an expression.

    Raises
    ------
    ModelError
        If it is empty, or what follows a plus names no ticket.

    Examples
    --------
    >>> base, choices = parse_expression("base+7:B:interval=20s")
    >>> base, [str(choice) for choice in choices]
    ('base', ['7:B:interval=20s'])
    """
    stripped = text.strip()
    if _is_file(stripped):
        return stripped, ()
    base, *tickets = (part.strip() for part in stripped.split("+"))
    if not base:
        problem = f"{text!r} names no design"
        raise ModelError(problem, "write its name or file first, then +TICKET:OPTION", rule="bad-expression")
    place = Place(repr(stripped))
    return base, tuple(parse_choice(part, place) for part in tickets)


def parse_choice(text: str, place: Place | None = None) -> Choice:
    """Ticket of its text.

    Raises
    ------
    ModelError
        If the text does not have the form ``TICKET[:OPTION][:name=value]...``.
    """
    ticket, *parts = (part.strip() for part in text.split(":"))
    options = [part for part in parts if not _ASSIGNMENT.match(part)]
    assigned = [found.groups() for found in map(_ASSIGNMENT.match, parts) if found is not None]
    values = {name: value.strip() for name, value in assigned}
    wrong = not _WORD.match(ticket) or len(options) > 1 or (bool(options) and parts[0] != options[0])
    if wrong or len(values) < len(assigned) or not all(_WORD.match(option) for option in options):
        problem = f"{text!r} names no ticket"
        raise ModelError(problem, "write TICKET[:OPTION][:name=value]...", place, "bad-expression")
    return Choice(ticket, options[0] if options else None, tuple(values.items()), place)


def _is_file(text: str) -> bool:
    try:
        return text.endswith((".yaml", ".yml")) and Path(text).is_file()
    except (OSError, ValueError):
        return False
