"""Numbers written long: a value with its source, whether it is a guess, and the range it may lie in."""

from __future__ import annotations

from dataclasses import dataclass

from eventlive_sim.errors import ModelError, Place
from eventlive_sim.model.nodes import Node, Path, Scalar, dotted, plain, shown, suggestion

SOURCED_KEYS = ("value", "source", "guess", "range", "note")


@dataclass(frozen=True)
class Sourced:
    """A value that says where it comes from.

    Attributes
    ----------
    path : str
        Where it lands in the explicit tree; ``--set`` takes it.
    value : scalar
        As written, with its unit.
    source : str
        Where it comes from; empty if not said.
    guess : bool
        Whether nobody measured it.
    range : pair of scalars, optional
        What it may lie between.
    note : str
        Free text.
    place : Place
        File and line.
    """

    path: str
    value: Scalar
    source: str = ""
    guess: bool = False
    range: tuple[Scalar, Scalar] | None = None
    note: str = ""
    place: Place | None = None


def is_sourced(node: Node) -> bool:
    """Whether a mapping stands for one number: a scalar ``value``, and nothing but what may stand beside it."""
    if not isinstance(node.value, dict) or "value" not in node.value:
        return False
    return not isinstance(node.value["value"].value, dict | tuple) and all(key in SOURCED_KEYS for key in node.value)


def unwrap(node: Node, path: Path = ()) -> tuple[Node, list[Sourced]]:
    """Tree with every long number replaced by its value, and the list of them in the order of the tree.

    Raises
    ------
    ModelError
        If a long number is written wrongly: a guess that is not true or false, a range that is not two values.
    """
    if is_sourced(node):
        return _unwrapped(node, path)
    found: list[Sourced] = []
    if isinstance(node.value, dict):
        _check_slip(node, path)
        parts: dict[str, Node] = {}
        for key, child in node.value.items():
            parts[key], inner = unwrap(child, (*path, key))
            found += inner
        return node.with_value(parts), found
    if isinstance(node.value, tuple):
        items: list[Node] = []
        for position, child in enumerate(node.value):
            item, inner = unwrap(child, (*path, position))
            items.append(item)
            found += inner
        return node.with_value(tuple(items)), found
    return node, found


def _unwrapped(node: Node, path: Path) -> tuple[Node, list[Sourced]]:
    said = plain(node)
    for key, kind, wanted in (("guess", bool, "true or false"), ("source", str, "text"), ("note", str, "text")):
        if key in said and not isinstance(said[key], kind):
            raise _wrong(node, path, key, said[key], f"write {wanted}")
    bounds = said.get("range")
    if "range" in said and not _is_pair(bounds):
        raise _wrong(node, path, "range", bounds, "write two values, such as [2ms, 6ms]")
    entry = Sourced(
        path=dotted(path),
        value=said["value"],
        source=said.get("source", ""),
        guess=said.get("guess", False),
        range=None if bounds is None else (bounds[0], bounds[1]),
        note=said.get("note", ""),
        place=node.place(path),
    )
    return node.with_value(said["value"]), [entry]


def _is_pair(bounds: object) -> bool:
    return isinstance(bounds, list) and len(bounds) == 2 and not any(isinstance(end, dict | list) for end in bounds)


def _wrong(node: Node, path: Path, key: str, value: object, remedy: str) -> ModelError:
    child = node.child(key)
    place = (child or node).place((*path, key))
    return ModelError(f"the {key} of a number is {shown(value)}", remedy, place, "bad-sourced")


def _check_slip(node: Node, path: Path) -> None:
    """Refuse what was meant as a long number but holds an unknown key."""
    parts = node.value if isinstance(node.value, dict) else {}
    if "value" not in parts or isinstance(parts["value"].value, dict | tuple):
        return
    known = [key for key in parts if key in SOURCED_KEYS[1:]]
    for key, child in parts.items():
        close = suggestion(key, SOURCED_KEYS).startswith("did")
        if key not in SOURCED_KEYS and (known or close):
            problem = f"{shown(key)} is not known beside a value"
            raise ModelError(problem, suggestion(key, SOURCED_KEYS), child.place((*path, key)), "unknown-field")
