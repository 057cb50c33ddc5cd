"""What the grammar allows at a path: read from the types of the pydantic models."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Annotated, Any, Union, get_args
from typing import get_origin as _origin

from pydantic import BaseModel

from eventlive_sim.model.nodes import Node, Path

Kinds = tuple[Any, ...]
"""Types that a value may have: models, containers, leaves."""


def origin_of(kind: Any) -> Any:
    """What a generic type is made from: ``dict`` of ``dict[str, int]``."""
    return _origin(kind)


def kinds_of(annotation: Any) -> Kinds:
    """Types of an annotation, without what merely decorates them."""
    origin = origin_of(annotation)
    if origin is Annotated:
        return kinds_of(get_args(annotation)[0])
    if origin is Union or origin is types.UnionType:
        return tuple(kind for part in get_args(annotation) for kind in kinds_of(part) if kind is not type(None))
    return (annotation,)


def below(kinds: Kinds, key: str | int) -> Kinds:
    """Types of the part under a key; none if there can be no such part."""
    found: list[Any] = []
    for kind in kinds:
        if _is_model(kind):
            found += [part for name, part in _fields(kind) if name == key]
        elif origin_of(kind) is dict:
            found += kinds_of(get_args(kind)[1])
        elif origin_of(kind) in {tuple, list}:
            found += _item(get_args(kind), key)
    return tuple(found)


def _item(arguments: tuple[Any, ...], key: str | int) -> Kinds:
    if len(arguments) == 1 or arguments[1] is Ellipsis:
        return kinds_of(arguments[0])
    position = int(key) if str(key).isdigit() else len(arguments)
    return kinds_of(arguments[position]) if position < len(arguments) else ()


def field_names(kinds: Kinds) -> list[str]:
    """Names of the fields that the models among the types have."""
    return [name for kind in kinds if _is_model(kind) for name, _ in _fields(kind)]


def kinds_at(model: type[BaseModel], node: Node, path: Path) -> Kinds:
    """Types of the part at a path; the tree tells which kind a step is."""
    kinds: Kinds = (model,)
    here: Node | None = node
    for key in path:
        kinds = below(_narrowed(kinds, here), key)
        here = None if here is None else here.child(key)
    return _narrowed(kinds, here)


def _narrowed(kinds: Kinds, node: Node | None) -> Kinds:
    if len(kinds) == 1 or node is None or not isinstance(node.value, dict):
        return kinds
    said = {key for key in node.value if node.child(key) is not None}
    fitting = tuple(kind for kind in kinds if getattr(kind, "KIND", None) in said)
    return fitting or kinds


def tree_path(model: type[BaseModel], location: Iterable[str | int]) -> Path:
    """Path in the tree of a location of pydantic, which also names kinds of steps and members of unions."""
    kinds: Kinds = (model,)
    path: list[str | int] = []
    for element in location:
        tagged = tuple(kind for kind in kinds if getattr(kind, "KIND", None) == element)
        if len(kinds) > 1 and tagged:
            kinds = tagged
            continue
        if element == "[key]":
            break
        known = any(_is_model(kind) or origin_of(kind) in {dict, tuple, list} for kind in kinds)
        if not known:
            break
        path.append(element)
        kinds = below(kinds, element)
    return tuple(path)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _fields(model: type[BaseModel]) -> Iterable[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        for kind in kinds_of(field.annotation):
            yield field.alias or name, kind
