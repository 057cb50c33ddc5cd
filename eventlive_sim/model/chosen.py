"""Tickets that were chosen: their files, options and values, in canonical order, and whether they fit together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from eventlive_sim.errors import ModelError, Place
from eventlive_sim.model.complaints import validated
from eventlive_sim.model.expression import Choice
from eventlive_sim.model.files import Files
from eventlive_sim.model.nodes import Node, Scalar, find, grown, mapping, plain, shown, suggestion
from eventlive_sim.model.sourced import is_sourced, unwrap
from eventlive_sim.model.ticket import Option, Parameter, Ticket
from eventlive_sim.model.yaml import Document, scalar
from eventlive_sim.units import duration_ns


@dataclass(frozen=True)
class Chosen:
    """One option of a ticket, with its values."""

    ticket: Ticket
    name: str
    option: Option
    node: Node
    """The option as written in the ticket's file."""
    values: dict[str, Node]
    """Value of every parameter."""
    given: tuple[tuple[str, str], ...] = ()
    """Values as they were typed."""

    @property
    def id(self) -> str:
        """Ticket and option, such as ``ID:OPTION``."""
        return f"{self.ticket.ticket}:{self.name}"

    @property
    def order(self) -> tuple[int, str, int]:
        """Key of the canonical order."""
        return self.ticket.order, self.ticket.ticket, list(self.ticket.options).index(self.name)

    def __str__(self) -> str:
        """Canonical text: values in the order of the file, those that are the defaults left out."""
        given = dict(self.given)
        parameters = self.option.parameters.items()
        said = [f"{key}={given[key]}" for key, part in parameters if key in given and _differs(given[key], part)]
        return ":".join([self.id, *said])

    def fits(self, reference: str) -> bool:
        """Whether a reference to a ticket or an option means this one."""
        return reference in {self.ticket.ticket, self.id}


def read_ticket(path: Path, files: Files) -> tuple[Ticket, Node]:
    """Ticket of a file, and its tree.

    Raises
    ------
    ModelError, ModelErrors
        If the file is no ticket, or its id is not its name.
    """
    return _ticket(files.load(path), path.stem)


@lru_cache(maxsize=256)
def _ticket(document: Document, stem: str) -> tuple[Ticket, Node]:
    node = document.node
    mapping(node, "the ticket")
    ticket = validated(Ticket, unwrap(node)[0])
    if ticket.ticket != stem:
        problem = f"the ticket is called {ticket.ticket!r} in a file called {stem!r}"
        place = (node.child("ticket") or node).place(("ticket",))
        raise ModelError(problem, "give both one name", place, "ticket-name")
    for name, option in ticket.options.items():
        _defaults(option, find(node, ("options", name)) or node)
    return ticket, node


def ticket_files(folder: Path) -> dict[str, Path]:
    """Files of tickets by id."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def choose(own: Sequence[Choice], typed: Sequence[Choice], folder: Path, files: Files) -> tuple[Chosen, ...]:
    """Chosen tickets in canonical order.

    Parameters
    ----------
    own : sequence of Choice
        Tickets that the design itself lists.
    typed : sequence of Choice
        Tickets named upon it; their values win over those of the design's list.
    folder : Path
        Where the tickets' files are.
    files : Files
        What reads them.

    Raises
    ------
    ModelError
        If a ticket, option or parameter does not exist, or one excludes, lacks or repeats another.
    """
    known = ticket_files(folder)
    chosen = _once(own, known, files)
    for key, one in _once(typed, known, files).items():
        chosen[key] = _joined(chosen[key], one) if key in chosen else one
    ordered = tuple(sorted(chosen.values(), key=lambda one: one.order))
    for one in ordered:
        _check(one, ordered)
    return ordered


def _once(choices: Sequence[Choice], known: dict[str, Path], files: Files) -> dict[str, Chosen]:
    """Chosen tickets by id, each named with one value for a parameter."""
    chosen: dict[str, Chosen] = {}
    for choice in choices:
        one = _chosen(choice, known, files)
        earlier = chosen.get(one.id, one)
        before = dict(earlier.given)
        for key, text in one.given:
            if before.get(key, text) != text:
                problem = f"{one.id} is named twice, with {key} as {before[key]} and as {text}"
                raise ModelError(problem, "name it once", choice.place, "ticket-twice")
        chosen[one.id] = _joined(earlier, one)
    return chosen


def _chosen(choice: Choice, known: dict[str, Path], files: Files) -> Chosen:
    if choice.ticket not in known:
        problem = f"there is no ticket {choice.ticket!r}"
        raise ModelError(problem, suggestion(choice.ticket, known), choice.place, "unknown-ticket")
    ticket, node = read_ticket(known[choice.ticket], files)
    name = choice.option or ticket.default or (next(iter(ticket.options)) if len(ticket.options) == 1 else None)
    if name is None:
        listed = ", ".join(f"{ticket.ticket}:{key} ({option.title})" for key, option in ticket.options.items())
        problem = f"the ticket {ticket.ticket} has several options"
        raise ModelError(problem, f"write one of {listed}", choice.place, "option-needed")
    if name not in ticket.options:
        problem = f"the ticket {ticket.ticket} has no option {name!r}"
        raise ModelError(problem, suggestion(name, ticket.options), choice.place, "unknown-option")
    option = ticket.options[name]
    written = find(node, ("options", name)) or node
    values = _defaults(option, written)
    given = dict(choice.values)
    for key, text in given.items():
        if key not in option.parameters:
            problem = f"{ticket.ticket}:{name} has no parameter {key!r}"
            raise ModelError(problem, suggestion(key, option.parameters), choice.place, "unknown-parameter")
        values[key] = _value(text, option.parameters[key], f"{ticket.ticket}:{name}:{key}", choice.place)
    return Chosen(ticket, name, option, written, values, choice.values)


def _defaults(option: Option, written: Node) -> dict[str, Node]:
    values: dict[str, Node] = {}
    for key, parameter in option.parameters.items():
        node = find(written, ("parameters", key, "default")) or grown(parameter.default, written.file, written.line)
        value = find(node, ("value",)) if is_sourced(node) else node
        _value(_text_of(value), parameter, key, node.place(("parameters", key, "default")))
        values[key] = node
    return values


def _text_of(node: Node | None) -> str:
    value = None if node is None else plain(node)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(text: str, parameter: Parameter, name: str, place: Place | None) -> Node:
    """Value of a parameter from its text, checked against its type and bounds."""
    try:
        value = _TYPES[parameter.type](text)
    except ValueError as error:
        problem = f"{name} is {shown(text)}, which is no {parameter.type}"
        raise ModelError(problem, _EXAMPLES[parameter.type], place, "bad-parameter") from error
    if parameter.choices and text not in parameter.choices:
        problem = f"{name} is {shown(text)}"
        raise ModelError(problem, suggestion(text, parameter.choices), place, "bad-parameter")
    for bound, below in ((parameter.min, True), (parameter.max, False)):
        if bound is None:
            continue
        limit, size = _limit(bound, parameter, name, place), _size(value)
        if size < limit if below else size > limit:
            problem = f"{name} is {text}"
            remedy = f"write {'at least' if below else 'at most'} {bound}"
            raise ModelError(problem, remedy, place, "parameter-range")
    return grown(value, place.file if place else "", (place.line if place else None) or 1)


def _duration(text: str) -> str:
    duration_ns(text)
    return text


def _number(text: str) -> float:
    value = scalar(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(text)  # noqa: TRY004 - the text is wrong, not its type
    return value


def _integer(text: str) -> int:
    value = scalar(text)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(text)  # noqa: TRY004 - the text is wrong, not its type
    return value


def _flag(text: str) -> bool:
    value = scalar(text)
    if not isinstance(value, bool):
        raise ValueError(text)  # noqa: TRY004 - the text is wrong, not its type
    return value


_TYPES: dict[str, Callable[[str], Scalar]] = {
    "duration": _duration,
    "number": _number,
    "integer": _integer,
    "flag": _flag,
    "text": str,
}
_EXAMPLES = {
    "duration": "write a number and a unit, such as 20s",
    "number": "write a number, such as 0.5",
    "integer": "write a whole number, such as 3",
    "flag": "write true or false",
    "text": "write text",
}


def _size(value: object) -> float:
    return float(duration_ns(value)) if isinstance(value, str) else float(value)  # type: ignore[arg-type]


def _limit(bound: object, parameter: Parameter, name: str, place: Place | None) -> float:
    """Size of a bound; one that is of another type than the values stands in the ticket, whatever was chosen."""
    if parameter.type in {"flag", "text"}:
        raise ModelError(f"{name} is {parameter.type} and has bounds", "remove min and max", place, "bad-parameter")
    if (parameter.type == "duration") == isinstance(bound, str):
        with suppress(ValueError):
            return _size(bound)
    problem = f"a bound of {name} is {shown(bound)}, which is no {parameter.type}"
    raise ModelError(problem, _EXAMPLES[parameter.type], place, "bad-parameter")


def _differs(text: str, parameter: Parameter) -> bool:
    if parameter.type == "duration":
        return duration_ns(text) != duration_ns(str(parameter.default))
    return bool(_TYPES[parameter.type](text) != parameter.default)


def _joined(earlier: Chosen, later: Chosen) -> Chosen:
    """Join the values of one option that is named twice; the later ones win."""
    given = {**dict(earlier.given), **dict(later.given)}
    values = {**earlier.values, **{key: later.values[key] for key, _ in later.given}}
    return replace(later, values=values, given=tuple(given.items()))


def _check(one: Chosen, all_: tuple[Chosen, ...]) -> None:
    others = [other for other in all_ if other.id != one.id]
    for other in others:
        same = other.ticket.ticket == one.ticket.ticket
        if same and not (one.option.with_others and other.option.with_others):
            problem = f"{one.id} and {other.id} are two options of one ticket"
            raise ModelError(problem, "take one of them", one.node.place(), "ticket-excludes")
        if any(other.fits(reference) for reference in one.option.excludes):
            problem = f"{one.id} cannot stand beside {other.id}"
            raise ModelError(problem, "take one of them away", one.node.place(), "ticket-excludes")
    for reference in one.option.requires:
        if not any(other.fits(reference) for other in others):
            problem = f"{one.id} makes no sense without {reference}"
            raise ModelError(problem, f"add +{reference}", one.node.place(), "ticket-requires")
