"""From what people write to the explicit, validated design or scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from eventlive_sim.errors import ModelError
from eventlive_sim.model.chosen import Chosen, choose, read_ticket, ticket_files
from eventlive_sim.model.complaints import validated
from eventlive_sim.model.design import Design
from eventlive_sim.model.edits import Workpiece, apply_tickets, set_values
from eventlive_sim.model.expression import Choice, parse_choice, parse_expression
from eventlive_sim.model.files import Files
from eventlive_sim.model.nodes import Node, mapping, plain, pruned, shown, suggestion
from eventlive_sim.model.presets import Presets
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.sourced import Sourced, unwrap
from eventlive_sim.model.ticket import Ticket

AnyModel = TypeVar("AnyModel", bound=BaseModel)

_BASED_KEYS = ("format", "title", "base", "tickets")


@dataclass(frozen=True)
class ResolvedDesign:
    """A design, explicit and valid.

    Attributes
    ----------
    design : Design
        What the rest of the program reads.
    expression : str
        Canonical text that names it: tickets in canonical order, defaults left out.
    sets : tuple of str
        Values set from outside, as given.
    sourced : tuple of Sourced
        Numbers that say where they come from, in the order of the tree.
    dropped : tuple of str
        Edits that another ticket superseded, one sentence each.
    tree : dict
        The explicit tree before validation: presets, tickets and set values applied, long numbers shortened.
    files : tuple of Path
        Files that were read.
    """

    design: Design
    expression: str
    sets: tuple[str, ...]
    sourced: tuple[Sourced, ...]
    dropped: tuple[str, ...]
    tree: dict[str, Any]
    files: tuple[Path, ...]

    @property
    def guesses(self) -> tuple[Sourced, ...]:
        """Numbers that nobody measured."""
        return tuple(number for number in self.sourced if number.guess)


@dataclass(frozen=True)
class ResolvedScenario:
    """A scenario, explicit and valid.

    Attributes
    ----------
    scenario : Scenario
        What the rest of the program reads.
    name : str
        Stem of its file.
    sets : tuple of str
        Values set from outside, as given.
    sourced : tuple of Sourced
        Numbers that say where they come from.
    tree : dict
        The explicit tree before validation.
    file : Path
        Where it is written.
    """

    scenario: Scenario
    name: str
    sets: tuple[str, ...]
    sourced: tuple[Sourced, ...]
    tree: dict[str, Any]
    file: Path


def resolve_design(expression: str, *, sets: Sequence[str] = (), root: Path | None = None) -> ResolvedDesign:
    """Design that an expression names.

    Parameters
    ----------
    expression : str
        A short name or a path to a YAML file, then tickets: ``NAME+TICKET[:OPTION][:name=value]...``.
    sets : sequence of str
        ``path=value`` for leaves, applied after the tickets.
    root : Path, optional
        Folder that holds ``models``; by default the models that come with the program.

    Raises
    ------
    ModelError, ModelErrors
        If anything is not as it must be; each says where, what and what to write instead.
    """
    files = Files(root)
    base, typed = parse_expression(expression)
    written = _read_design(files.design(base), files, ())
    chosen = choose(written.choices, typed, written.tickets, files)
    piece = Workpiece(written.tree, Presets(files.models / "platforms", files), Design)
    dropped = apply_tickets(piece, chosen)
    set_values(piece, sets)
    design, tree, sourced = _finished(piece, Design)
    own = {choice.ticket for choice in typed}
    named = [str(one) for one in chosen if one.ticket.ticket in own or not written.choices]
    text = "+".join([base, *named])
    return ResolvedDesign(design, text, tuple(sets), sourced, dropped, tree, tuple(files.read))


def resolve_scenario(name_or_path: str, *, sets: Sequence[str] = (), root: Path | None = None) -> ResolvedScenario:
    """Scenario of a name or a file.

    Parameters
    ----------
    name_or_path : str
        Stem of a file of ``experiments``, its part before the first underscore, or a path to a YAML file.
    sets : sequence of str
        ``path=value`` for leaves.
    root : Path, optional
        Folder that holds ``experiments``; by default those that come with the program.

    Raises
    ------
    ModelError, ModelErrors
        If anything is not as it must be; each says where, what and what to write instead.
    """
    files = Files(root)
    file = files.scenario(name_or_path.strip())
    node = _included(file, files, ())
    piece = Workpiece(node, Presets(files.models / "platforms", files), Scenario)
    set_values(piece, sets)
    scenario, tree, sourced = _finished(piece, Scenario)
    return ResolvedScenario(scenario, file.stem, tuple(sets), sourced, tree, file)


def design_names(root: Path | None = None) -> tuple[str, ...]:
    """Short names of designs."""
    return tuple(Files(root).designs())


def scenario_names(root: Path | None = None) -> tuple[str, ...]:
    """Names of scenarios."""
    return tuple(Files(root).scenarios())


def tickets_of(base: str, *, root: Path | None = None) -> tuple[Ticket, ...]:
    """Tickets that may be applied to a design, in canonical order.

    Raises
    ------
    ModelError, ModelErrors
        If the design does not exist, or one of its tickets is not well written.
    """
    files = Files(root)
    written = _read_design(files.design(base), files, ())
    tickets = [read_ticket(path, files)[0] for path in ticket_files(written.tickets).values()]
    return tuple(sorted(tickets, key=lambda ticket: (ticket.order, ticket.ticket)))


def tickets_in(expression: str, *, root: Path | None = None) -> tuple[Chosen, ...]:
    """Tickets that a design is made with, its own and those typed upon it, in canonical order.

    Raises
    ------
    ModelError, ModelErrors
        If the design or one of its tickets is not as it must be.
    """
    files = Files(root)
    base, typed = parse_expression(expression)
    written = _read_design(files.design(base), files, ())
    return choose(written.choices, typed, written.tickets, files)


def explicit(model: BaseModel) -> dict[str, Any]:
    """Explicit twin: every field written out, defaults too, in the form that files have."""
    twin: dict[str, Any] = _sayable(model.model_dump(mode="json", by_alias=True, exclude_none=True))
    return twin


def _sayable(value: Any) -> Any:
    """Value without empty reactions to errors, which files say by saying nothing."""
    if isinstance(value, dict):
        return {key: _sayable(item) for key, item in value.items() if not (key == "errors" and item == {})}
    return [_sayable(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class _Written:
    """A design as its files say it: the tree of the base, and the tickets upon it."""

    tree: Node
    choices: tuple[Choice, ...]
    tickets: Path


def _read_design(path: Path, files: Files, asking: tuple[Path, ...]) -> _Written:
    node = files.load(path).node
    parts = mapping(node, "the design")
    if "base" not in parts:
        return _Written(_included(path, files, ()), (), path.parent / "tickets")
    for key, child in parts.items():
        if key not in _BASED_KEYS:
            problem = f"{shown(key)} is not known beside base"
            raise ModelError(problem, suggestion(key, _BASED_KEYS), child.place((key,)), "unknown-field")
    base = parts["base"]
    if not isinstance(base.value, str):
        raise ModelError(f"base is {shown(plain(base))}", "name a design", base.place(("base",)), "wrong-type")
    if path.resolve() in asking:
        raise ModelError("the design is based on itself", "name another", base.place(("base",)), "base-cycle")
    try:
        file = files.design(base.value, near=path.parent)
    except ModelError as error:
        raise ModelError(error.problem, error.remedy, base.place(("base",)), error.rule) from error
    below = _read_design(file, files, (*asking, path.resolve()))
    heading: dict[str, Node] = {key: parts[key] for key in ("format", "title") if key in parts}
    tree = below.tree.with_value({**mapping(below.tree, "the design"), **heading})
    return _Written(tree, (*below.choices, *_own_choices(node)), below.tickets)


def _own_choices(node: Node) -> tuple[Choice, ...]:
    listed = node.child("tickets")
    if listed is None:
        return ()
    place = listed.place(("tickets",))
    if not isinstance(listed.value, tuple) or not all(isinstance(item.value, str) for item in listed.value):
        raise ModelError("tickets is no list of texts", "write tickets: [ID:OPTION, ...]", place, "wrong-type")
    return tuple(parse_choice(str(item.value), item.place(("tickets",))) for item in listed.value)


def _included(path: Path, files: Files, asking: tuple[Path, ...]) -> Node:
    """Tree of a file and of those that it includes, side by side at the top level."""
    node = files.load(path).node
    parts = mapping(node, "the file")
    listed = parts.get("include")
    if listed is None:
        return node
    place = listed.place(("include",))
    if not isinstance(listed.value, tuple) or not all(isinstance(item.value, str) for item in listed.value):
        raise ModelError("include is no list of texts", "write include: [FILE.yaml]", place, "wrong-type")
    if path.resolve() in asking:
        raise ModelError("the file includes itself", "take it out of the list", place, "include-cycle")
    merged: dict[str, Node] = {}
    own = {key: child for key, child in parts.items() if key != "include"}
    for item in listed.value:
        file = path.parent / str(item.value)
        if not file.is_file():
            raise ModelError(
                f"there is no file {item.value}", "check the name", item.place(("include",)), "no-such-file"
            )
        below = mapping(_included(file, files, (*asking, path.resolve())), "the file")
        _join(merged, {key: child for key, child in below.items() if key != "format" or "format" not in own})
    _join(merged, own)
    return node.with_value(merged)


def _join(merged: dict[str, Node], parts: dict[str, Node]) -> None:
    for key, child in parts.items():
        if key in merged and key != "format":
            there = merged[key]
            problem = f"{key} is written here and in {there.file}:{there.line}"
            raise ModelError(problem, "keep one of the two", child.place((key,)), "duplicate-key")
        merged[key] = child


def _finished(piece: Workpiece, model: type[AnyModel]) -> tuple[AnyModel, dict[str, Any], tuple[Sourced, ...]]:
    tree, sourced = unwrap(pruned(piece.explicit))
    return validated(model, tree), plain(tree), tuple(sourced)


__all__ = [
    "Chosen",
    "ResolvedDesign",
    "ResolvedScenario",
    "design_names",
    "explicit",
    "resolve_design",
    "resolve_scenario",
    "scenario_names",
    "tickets_in",
    "tickets_of",
]
