"""Changes of a tree: the edits of tickets, and values set from outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel

from eventlive_sim.errors import ModelError, Place
from eventlive_sim.model.chosen import Chosen
from eventlive_sim.model.nodes import Node, Path, dotted, find, plain, shown, split, suggestion
from eventlive_sim.model.presets import LIKE, Presets
from eventlive_sim.model.shape import field_names, kinds_at
from eventlive_sim.model.sourced import is_sourced
from eventlive_sim.model.ticket import Edit
from eventlive_sim.model.yaml import load

_PARAMETER = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*)")


@dataclass
class Workpiece:
    """A design while it is edited.

    Attributes
    ----------
    root : Node
        The tree, presets still unexpanded: what edits write are own parts, which win over presets.
    presets : Presets
        What shows through where there are no own parts.
    model : type
        Grammar that tells which fields may be set though nothing is written there yet.
    """

    root: Node
    presets: Presets
    model: type[BaseModel]
    _expanded: tuple[Node, Node] | None = None

    def find(self, path: Path) -> Node | None:
        """Part at a path, own or of a preset."""
        return find(self.root, path) or find(self.explicit, path)

    @property
    def explicit(self) -> Node:
        """The tree with its presets, as it stands now."""
        if self._expanded is None or self._expanded[0] is not self.root:
            self._expanded = (self.root, self.presets.expand(self.root))
        return self._expanded[1]

    def require(self, path: Path, place: Place) -> Node:
        """Part at a path that must be there.

        Raises
        ------
        ModelError
            If it is not; the message names the nearest that is.
        """
        found = self.find(path)
        if found is not None:
            return found
        explicit = self.explicit
        depth = next(depth for depth in range(len(path)) if find(explicit, path[: depth + 1]) is None)
        owner = find(explicit, path[:depth])
        siblings = [] if owner is None else [str(key) for key, child in owner.entries() if not child.gone]
        names = [*siblings, *field_names(kinds_at(self.model, explicit, path[:depth]))]
        problem = f"there is no {dotted(path[: depth + 1])} in the design"
        remedy = suggestion(str(path[depth]), set(names))
        raise ModelError(problem, remedy, Place(place.file, place.line, dotted(path)), "missing-path")

    def settable(self, path: Path) -> bool:
        """Whether a path is there, or is made of fields that the grammar knows."""
        if find(self.root, path) is not None:
            return True
        if path[-1] == LIKE and self.find(path[:-1]) is not None:
            return True
        explicit = self.explicit
        for depth, key in enumerate(path):
            known = str(key) in field_names(kinds_at(self.model, explicit, path[:depth]))
            if find(explicit, path[: depth + 1]) is None and not known:
                return False
        return True

    def put(self, path: Path, node: Node) -> None:
        """Write a part; mappings on the way that only presets have become own ones."""
        self.root = _put(self.root, path, node)

    def add(self, path: Path, node: Node, edit: Edit, place: Place) -> None:
        """Write a part that is not there yet, at its position among its neighbours."""
        owner = self.require(path[:-1], place)
        if not owner.is_mapping:
            problem = f"{dotted(path[:-1])} is {shown(plain(owner))}"
            raise ModelError(problem, "add to a mapping of named parts", place, "not-a-mapping")
        if self.find(path) is not None:
            problem = f"{dotted(path)} is there already"
            raise ModelError(problem, "replace it, or give the new one another name", place, "already-there")
        anchor = edit.after or edit.before
        own = find(self.root, path[:-1])
        parts = dict(own.value) if own is not None and isinstance(own.value, dict) else {}
        parts.pop(str(path[-1]), None)
        if anchor is not None and anchor not in parts:
            problem = f"{dotted(path[:-1])} has no {anchor!r} to stand beside"
            names = [key for key, child in parts.items() if not child.gone]
            raise ModelError(problem, suggestion(anchor, names), place, "missing-path")
        ordered = _inserted(parts, str(path[-1]), node, edit)
        self.put(path[:-1], (own or owner).with_value(ordered))


def _put(node: Node, path: Path, new: Node) -> Node:
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(node.value, tuple):
        position = int(key)
        child = _put(node.value[position], rest, new)
        return node.with_value((*node.value[:position], child, *node.value[position + 1 :]))
    parts = node.value if isinstance(node.value, dict) else {}
    stub = Node({}, new.file, new.line)
    child = parts.get(str(key), stub)
    return node.with_value({**parts, str(key): _put(stub if child.gone else child, rest, new)})


def _inserted(parts: dict[str, Node], name: str, node: Node, edit: Edit) -> dict[str, Node]:
    keys = list(parts)
    position = len(keys)
    if edit.first:
        position = 0
    elif edit.after is not None:
        position = keys.index(edit.after) + 1
    elif edit.before is not None:
        position = keys.index(edit.before)
    keys.insert(position, name)
    return {key: node if key == name else parts[key] for key in keys}


def apply_tickets(piece: Workpiece, chosen: Sequence[Chosen]) -> tuple[str, ...]:
    """Apply chosen tickets in their order.

    Returns
    -------
    tuple of str
        Edits that were dropped because another ticket supersedes the part, one sentence each.

    Raises
    ------
    ModelError
        If an edit needs a part that is not there, or adds one that is.
    """
    dropped: list[str] = []
    for position, one in enumerate(chosen):
        written = one.node.child("edits")
        for number, edit in enumerate(one.option.edits):
            node = (written.child(number) if written is not None else None) or one.node
            winner = _superseder(split(edit.path), position, chosen)
            if winner is None:
                _apply(piece, one, edit, node)
            else:
                dropped.append(f"{one.id}: {edit.kind} {edit.path} is dropped; {winner} supersedes it")
    return tuple(dropped)


def _superseder(path: Path, position: int, chosen: Sequence[Chosen]) -> str | None:
    """Other ticket that supersedes a part; of two that do, the later one keeps its edits."""
    ours = any(_covers(part, path) for part in chosen[position].option.supersedes)
    for other_position, other in enumerate(chosen):
        theirs = any(_covers(part, path) for part in other.option.supersedes)
        if other_position != position and theirs and not (ours and position > other_position):
            return other.id
    return None


def _covers(part: str, path: Path) -> bool:
    prefix = split(part)
    return path[: len(prefix)] == prefix


def _apply(piece: Workpiece, one: Chosen, edit: Edit, node: Node) -> None:
    path, place = split(edit.path), Place(node.file, node.line, edit.path)
    match edit.kind:
        case "remove":
            found = piece.require(path, place)
            piece.put(path, replace(found, gone=True))
        case "replace":
            piece.require(path, place)
            piece.put(path, replace(_new(one, node, "with"), alone=True))
        case "add":
            piece.add(path, _new(one, node, "with"), edit, place)
        case _:
            if not piece.settable(path):
                piece.require(path, place)
            piece.put(path, replace(_new(one, node, "to"), alone=True))


def _new(one: Chosen, node: Node, key: str) -> Node:
    written = node.child(key)
    return Node(None, node.file, node.line) if written is None else _substituted(written, one)


def _substituted(node: Node, one: Chosen) -> Node:
    """Tree with parameters in the place of their names."""
    if isinstance(node.value, dict):
        return node.with_value({key: _substituted(child, one) for key, child in node.value.items()})
    if isinstance(node.value, tuple):
        return node.with_value(tuple(_substituted(child, one) for child in node.value))
    if not isinstance(node.value, str):
        return node
    whole = _PARAMETER.fullmatch(node.value)
    if whole is not None:
        return node.with_value(_value(whole.group(1), one, node).value)
    return node.with_value(_PARAMETER.sub(lambda found: _inside(found.group(1), one, node), node.value))


def _inside(name: str, one: Chosen, node: Node) -> str:
    value = _value(name, one, node)
    inner = find(value, ("value",)) if is_sourced(value) else value
    return str(None if inner is None else plain(inner))


def _value(name: str, one: Chosen, node: Node) -> Node:
    if name not in one.values:
        problem = f"${name} is no parameter of {one.id}"
        raise ModelError(problem, suggestion(name, one.values), node.place(), "unknown-parameter")
    return one.values[name]


def set_values(piece: Workpiece, sets: Sequence[str]) -> None:
    """Set leaves, each given as ``path=value``.

    Raises
    ------
    ModelError
        If there is no equals sign, no such path, the path is no leaf, or the value is no YAML scalar.
    """
    for text in sets:
        path_text, sign, value_text = text.partition("=")
        name = f"--set {path_text.strip()}"
        if not sign or not path_text.strip():
            problem = f"{text!r} sets nothing"
            raise ModelError(problem, "write path=value", Place("--set"), "bad-set")
        path = split(path_text.strip())
        place = Place("--set", None, dotted(path))
        if not piece.settable(path):
            piece.require(path, place)
        there = piece.find(path)
        if there is not None and there.is_mapping and not is_sourced(there):
            names = ", ".join(f"{dotted(path)}.{key}" for key, _ in list(there.entries())[:4])
            problem = f"{dotted(path)} is a mapping"
            raise ModelError(problem, f"set a leaf of it, such as {names or 'a field of it'}", place, "not-a-leaf")
        node = load(value_text, name).node if value_text.strip() else Node(None, name, 1)
        if node.is_mapping or any(child.is_mapping for _, child in node.entries()):
            problem = f"{shown(value_text)} is no scalar"
            raise ModelError(problem, "write a text, a number, true, false or a list of them", place, "bad-set")
        piece.put(path, replace(node, alone=True))
