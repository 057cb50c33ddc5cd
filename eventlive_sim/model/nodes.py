"""A tree of values in which every value knows the file and line that it came from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from eventlive_sim.errors import ModelError, Place

Scalar = str | int | float | bool | None
Path = tuple[str | int, ...]
"""Keys of mappings and positions in lists, from the root."""

_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it was written.

    Attributes
    ----------
    value : dict of str to Node, tuple of Node, or scalar
        Shared between trees, so never changed in place.
    file, line
        Where it was written; line from 1.
    gone : bool
        Whether an edit removed it: it keeps its position among its neighbours until the tree is pruned.
    alone : bool
        Whether a preset beneath it must not show through, because an edit put it there whole.
    """

    value: dict[str, Node] | tuple[Node, ...] | Scalar
    file: str
    line: int
    gone: bool = False
    alone: bool = False

    def place(self, path: Path = ()) -> Place:
        """Place of this value, known under a path."""
        return Place(self.file, self.line, dotted(path))

    def entries(self) -> Iterator[tuple[str | int, Node]]:
        """Children by key or position; nothing for a scalar."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, tuple):
            yield from enumerate(self.value)

    def child(self, key: str | int) -> Node | None:
        """Child by key or position (as a number or as its text); None when there is none, or it is gone."""
        found: Node | None = None
        if isinstance(self.value, dict):
            found = self.value.get(str(key))
        elif isinstance(self.value, tuple):
            position = int(key) if str(key).isascii() and str(key).isdigit() and len(str(key)) < 8 else -1
            found = self.value[position] if 0 <= position < len(self.value) else None
        return None if found is None or found.gone else found

    def with_value(self, value: dict[str, Node] | tuple[Node, ...] | Scalar) -> Node:
        """The same place with another value."""
        return Node(value, self.file, self.line, self.gone, self.alone)

    @property
    def is_mapping(self) -> bool:
        """Whether it holds named parts."""
        return isinstance(self.value, dict)


def plain(node: Node) -> Any:
    """Dicts, lists and scalars of a tree, without what is gone."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items() if not child.gone}
    if isinstance(node.value, tuple):
        return [plain(child) for child in node.value if not child.gone]
    return node.value


def pruned(node: Node) -> Node:
    """The tree without what is gone."""
    if isinstance(node.value, dict):
        return node.with_value({key: pruned(child) for key, child in node.value.items() if not child.gone})
    if isinstance(node.value, tuple):
        return node.with_value(tuple(pruned(child) for child in node.value if not child.gone))
    return node


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """A node and all below it, with their paths, owners first."""
    yield path, node
    for key, child in node.entries():
        yield from walk(child, (*path, key))


def grown(value: Any, file: str, line: int) -> Node:
    """Tree of plain data, all of it written at one place."""
    if isinstance(value, dict):
        return Node({str(key): grown(item, file, line) for key, item in value.items()}, file, line)
    if isinstance(value, list | tuple):
        return Node(tuple(grown(item, file, line) for item in value), file, line)
    return Node(value, file, line)


def find(node: Node, path: Path) -> Node | None:
    """Node at a path."""
    found: Node | None = node
    for key in path:
        found = None if found is None else found.child(key)
    return found


def nearest_place(node: Node, path: Path) -> Place:
    """Place of the deepest value that exists on the way to a path, under the whole path."""
    for key in path:
        deeper = node.child(key)
        if deeper is None:
            break
        node = deeper
    return node.place(path)


def dotted(path: Path) -> str:
    """Text of a path: ``endpoints.ping.steps``."""
    return printable(".".join(str(key) for key in path))


def printable(text: str) -> str:
    """Text on one line: what cannot be printed is written as its escape."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def split(text: str) -> tuple[str, ...]:
    """Path of its text."""
    return tuple(text.split("."))


def suggestion(name: str, names: Iterable[str]) -> str:
    """Remedy for a name that does not exist: the nearest that does, or all of them."""
    known = sorted({printable(other) for other in names})
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if not known:
        return "there is none to name here; remove it"
    more = ", ..." if len(known) > _MOST_LISTED else ""
    return f"write one of {', '.join(known[:_MOST_LISTED])}{more}"


def shown(value: Any, most: int = 60) -> str:
    """Short text of a value, for messages."""
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = "nothing" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def mapping(node: Node, what: str, path: Path = ()) -> dict[str, Node]:
    """Parts of a node that must be a mapping.

    Raises
    ------
    ModelError
        If it is a list or a scalar.
    """
    if isinstance(node.value, dict):
        return node.value
    problem = f"{what} is {shown(plain(node))}, not a mapping"
    raise ModelError(problem, "write named parts, such as format: 1", node.place(path), "not-a-mapping")
