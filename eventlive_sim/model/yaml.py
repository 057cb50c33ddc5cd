"""Strict YAML 1.2: what could mean two things, or surprise its reader, is refused with its line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path as FilePath
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from eventlive_sim.errors import ModelError, Place
from eventlive_sim.model.nodes import Node, Path, Scalar, dotted, plain, printable, walk

BYTES_MAX = 1 << 20
DEPTH_MAX = 64
_NUMBER_LENGTH_MAX = 40

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, eq=False)
class Document:
    """What a YAML file says.

    Attributes
    ----------
    name : str
        Name of the file, for messages.
    node : Node
        The tree, each value with its line.
    """

    name: str
    node: Node

    @property
    def data(self) -> Any:
        """Plain dicts, lists and scalars."""
        return plain(self.node)

    @property
    def places(self) -> dict[Path, int]:
        """Line of every path, from 1; of a named part the line of its name."""
        return {path: node.line for path, node in walk(self.node)}


def load(source: FilePath | str, name: str | None = None) -> Document:
    """Document of a file or of a text.

    Parameters
    ----------
    source : Path or str
        A path is read; a text is the YAML itself.
    name : str, optional
        Name for messages; by default the path, or ``<text>``.

    Returns
    -------
    Document
        Keys are text: a whole number as a key, such as a status, becomes its text.

    Raises
    ------
    ModelError
        If the file cannot be read, is not YAML 1.2, or uses what is refused here: duplicate keys, anchors, aliases,
        merge keys, tags, directives, several documents, numbers that are not finite, over 1 MiB, over 64 levels.
    """
    shown_as = name if name is not None else str(source) if isinstance(source, FilePath) else "<text>"
    text = _text(source, shown_as)
    try:
        return Document(shown_as, _Builder(shown_as).build(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        problem = " ".join(str(error.problem or error.context or "not YAML").split())
        remedy = "correct the indentation, quotes or brackets there"
        raise ModelError(problem, remedy, Place(shown_as, line), "bad-yaml") from error
    except (YAMLError, ValueError, IndexError, AttributeError, AssertionError) as error:
        # Besides its own errors the scanner lets these through for a few malformed texts.
        problem = f"not YAML 1.2 ({' '.join(str(error).split())[:120] or type(error).__name__})"
        raise ModelError(problem, "correct the file", Place(shown_as), "bad-yaml") from error


def scalar(text: str) -> Scalar:
    """Value of a plain scalar by the core schema of YAML 1.2.

    Raises
    ------
    ValueError
        If it is a number that is not finite, or of more than 40 digits.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _NOT_FINITE.fullmatch(text):
        message = f"{text} is not a finite number"
        raise ValueError(message)
    whole = _INTEGER.fullmatch(text)
    if whole is None and not _FLOAT.fullmatch(text):
        return text
    if len(text) > _NUMBER_LENGTH_MAX:
        message = f"{text[:20]}... is a number of {len(text)} characters"
        raise ValueError(message)
    if whole is not None:
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    number = float(text)
    if not math.isfinite(number):
        message = f"{text} is not a finite number"
        raise ValueError(message)
    return number


def _text(source: FilePath | str, name: str) -> str:
    try:
        raw = _read(source, name) if isinstance(source, FilePath) else source.encode()
        text = raw.decode("utf-8-sig")
    except UnicodeError as error:
        raise ModelError("the file is not UTF-8", "save it as UTF-8", Place(name), "not-utf-8") from error
    if len(raw) > BYTES_MAX:
        problem = f"the file holds over {BYTES_MAX} bytes (1 MiB)"
        raise ModelError(problem, "split it, and join the parts with include", Place(name), "too-large")
    return text


def _read(path: FilePath, name: str) -> bytes:
    try:
        if path.is_fifo() or path.is_socket():  # opening one may wait for ever
            problem = "it is a pipe or socket, not a file"
            raise ModelError(problem, "write its content into a file", Place(name), "unreadable-file")
        with path.open("rb") as file:
            return file.read(BYTES_MAX + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelError("there is no such file", "check the name", Place(name), "no-such-file") from error
    except (OSError, ValueError) as error:
        problem = f"the file cannot be read ({getattr(error, 'strerror', None) or error})"
        raise ModelError(problem, "check that it is a file you may read", Place(name), "unreadable-file") from error


@dataclass
class _Open:
    """A mapping or list whose end has not come yet."""

    line: int
    items: dict[str, Node] | list[Node]
    key: str | None = None
    key_line: int = 0


class _Builder:
    """Builds the tree from the parser's events, so that nothing is resolved behind our back."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.documents = 0

    def build(self, text: str) -> Node:
        events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
        for event in events:
            self.take(event)
        if self.root is None or (self.root.value is None and self.root.line == 0):
            self.refuse("the file is empty", "write the parts of the model", None, "empty-file")
        return self.root

    def take(self, event: Event) -> None:
        match event:
            case DocumentStartEvent():
                self.start_document(event)
            case AliasEvent():
                self.refuse(f"*{event.anchor} is an alias", "write the value out", event, "alias")
            case ScalarEvent():
                self.check_node(event)
                self.scalar(event)
            case MappingStartEvent() | SequenceStartEvent():
                self.check_node(event)
                self.open(event)
            case MappingEndEvent() | SequenceEndEvent():
                self.close()
            case _:
                pass

    def start_document(self, event: DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            self.refuse("a second document begins", "keep one document a file", event, "several-documents")
        if event.version is not None or event.tags:
            self.refuse("a directive (%) is used", "remove it; files are YAML 1.2", event, "directive")

    def check_node(self, event: Event) -> None:
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self.refuse(f"&{anchor} is an anchor", "remove it and write values out", event, "anchor")
        tag = getattr(event, "ctag", None) or getattr(event, "tag", None)
        if tag is not None and str(tag) not in {"None", ""}:
            self.refuse(f"{tag} is a tag", "remove it; values are plain text, numbers, true, false", event, "tag")

    def open(self, event: Event) -> None:
        if len(self.stack) >= DEPTH_MAX:
            self.refuse(f"it is nested deeper than {DEPTH_MAX} levels", "flatten it", event, "too-deep")
        if self.stack and isinstance(self.stack[-1].items, dict) and self.stack[-1].key is None:
            self.refuse("a mapping or list is used as a key", "write the key as text", event, "bad-key")
        self.stack.append(_Open(_line(event), {} if isinstance(event, MappingStartEvent) else []))

    def close(self) -> None:
        done = self.stack.pop()
        self.put(Node(done.items if isinstance(done.items, dict) else tuple(done.items), self.file, done.line))

    def scalar(self, event: ScalarEvent) -> None:
        try:
            value = scalar(event.value) if event.style in {None, ""} else event.value
        except ValueError as error:
            remedy = "write a finite number of at most 40 characters, or quote it"
            self.refuse(str(error), remedy, event, "bad-number")
        owner = self.stack[-1] if self.stack else None
        if owner is not None and isinstance(owner.items, dict) and owner.key is None:
            self.key(event, value, owner)
        else:
            empty_root = owner is None and value is None and not event.value
            self.put(Node(value, self.file, 0 if empty_root else _line(event)))

    def key(self, event: ScalarEvent, value: Scalar, owner: _Open) -> None:
        if value == "<<" and event.style in {None, ""}:
            self.refuse("<< is a merge key", "write the parts out, or use like with a preset", event, "merge-key")
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.refuse(f"the key {event.value or 'nothing'} is not text", "quote it", event, "bad-key")
        key = str(value)
        if key in owner.items:
            problem = f"{self.path(key)} is written twice"
            self.refuse(problem, "keep one of the two", event, "duplicate-key")
        owner.key, owner.key_line = key, _line(event)

    def put(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        owner = self.stack[-1]
        if isinstance(owner.items, list):
            owner.items.append(node)
        elif owner.key is not None:
            owner.items[owner.key] = Node(node.value, self.file, owner.key_line)
            owner.key = None

    def path(self, key: str | None = None) -> str:
        keys: list[str | int] = []
        for owner in self.stack:
            if isinstance(owner.items, list):
                keys.append(len(owner.items))
            elif owner.key is not None:
                keys.append(owner.key)
        return dotted((*keys, key) if key is not None else tuple(keys))

    def refuse(self, problem: str, remedy: str, event: Event | None, rule: str) -> NoReturn:
        line = None if event is None else _line(event)
        raise ModelError(printable(problem), remedy, Place(self.file, line, self.path()), rule)


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def dump(data: Any) -> str:
    """Text of plain data, which :func:`load` reads back as the same; the order of keys is kept."""
    writer: Any = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False
    writer.allow_unicode = True
    writer.width = 120
    stream = StringIO()
    writer.dump(data, stream)
    return stream.getvalue()
