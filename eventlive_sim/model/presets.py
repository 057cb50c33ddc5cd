"""Presets: ``like: file/part`` puts a named mapping of ``models/platforms`` beneath a mapping's own parts."""

from __future__ import annotations

from pathlib import Path as FilePath

from eventlive_sim.errors import ModelError
from eventlive_sim.model.files import Files
from eventlive_sim.model.nodes import Node, mapping, suggestion
from eventlive_sim.model.sourced import is_sourced

LIKE = "like"


class Presets:
    """The presets of one folder."""

    def __init__(self, folder: FilePath, files: Files) -> None:
        self._folder = folder
        self._files = files
        self._explicit: dict[str, Node] = {}
        # An edit leaves all parts beside it the same objects: what they come to is looked up. Parts are held, so that
        # no other part takes their identity.
        self._known: dict[tuple[int, int], tuple[Node, Node | None, Node]] = {}

    def expand(self, node: Node, beneath: Node | None = None) -> Node:
        """The explicit tree: own parts win, then later presets, then earlier ones, then what lies beneath.

        Raises
        ------
        ModelError
            If a preset does not exist, or is made of itself.
        """
        return self._expand(node, beneath, ())

    def _expand(self, node: Node, beneath: Node | None, asking: tuple[str, ...]) -> Node:
        if isinstance(node.value, tuple):
            return node.with_value(tuple(self._expand(child, None, asking) for child in node.value))
        if not isinstance(node.value, dict) or node.gone or is_sourced(node):
            return node
        identity = id(node), id(beneath)
        if identity not in self._known:
            self._known[identity] = node, beneath, self._mapping(node, beneath, asking)
        return self._known[identity][2]

    def _mapping(self, node: Node, beneath: Node | None, asking: tuple[str, ...]) -> Node:
        """A mapping with what its presets and what lies beneath put under its own parts."""
        base = None if node.alone or beneath is None or is_sourced(beneath) else beneath
        for reference in _references(node):
            base = self._expand(self._named(reference, asking), base, asking)
        below = base.value if base is not None and isinstance(base.value, dict) else {}
        parts = dict(below)
        own = node.value if isinstance(node.value, dict) else {}
        for key, child in own.items():
            if key != LIKE or not _references(node):
                parts[key] = self._expand(child, below.get(key), asking)
        return node.with_value(parts)

    def _named(self, reference: Node, asking: tuple[str, ...]) -> Node:
        """Explicit tree of the preset that a text names."""
        text = str(reference.value)
        if text in asking:
            problem = f"the preset {text!r} is made of itself ({' -> '.join((*asking, text))})"
            raise ModelError(problem, "take one like out of the circle", reference.place(), "preset-cycle")
        if text not in self._explicit:
            self._explicit[text] = self._expand(self._written(reference, text), None, (*asking, text))
        return self._explicit[text]

    def _written(self, reference: Node, text: str) -> Node:
        stem, *keys = text.split("/")
        stems = [path.stem for path in sorted(self._folder.glob("*.yaml"))]
        if stem not in stems:
            problem = f"there is no preset file {stem!r}"
            raise ModelError(problem, suggestion(stem, stems), reference.place(), "unknown-preset")
        node = self._files.load(self._folder / f"{stem}.yaml").node
        for key in keys:
            deeper = node.child(key)
            if deeper is None:
                names = [str(name) for name, _ in node.entries()]
                problem = f"the preset {text!r} has no part {key!r}"
                raise ModelError(problem, suggestion(key, names), reference.place(), "unknown-preset")
            node = deeper
        mapping(node, f"the preset {text!r}")
        return node


def _references(node: Node) -> tuple[Node, ...]:
    """Presets that a mapping names; a part that merely is called like names none."""
    like = node.child(LIKE)
    if like is None:
        return ()
    if isinstance(like.value, str):
        return (like,)
    if isinstance(like.value, tuple) and like.value and all(isinstance(item.value, str) for item in like.value):
        return like.value
    return ()
