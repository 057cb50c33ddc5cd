"""The one grammar of conditions, in ``when`` and ``while``.

A mapping of subject to value is an AND; ``any: [...]`` is an OR of conditions; ``not:`` turns one round. A subject is
the name of an earlier step of the endpoint, ``person.NAME``, an attribute of the person, ``degraded``, whose value is a level
of degrade mode that holds or is exceeded, or (in ``while``) a channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetPydanticSchema
from pydantic_core import core_schema

OUTCOMES = ("ok", "found", "missing", "conflict", "failed", "skipped")
"""What a step can have come to, besides a status."""

STATES = ("up", "down")
"""What a channel of a tab can be."""

PERSON_PREFIX = "person."
DEGRADED = "degraded"


@dataclass(frozen=True)
class Is:
    """A subject has a value: an outcome, a status as text, or for a person's attribute ``true`` or ``false``."""

    subject: str
    value: str


@dataclass(frozen=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True)
class All:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


Condition = Is | Not | All | AnyOf


def parse_condition(value: Any) -> Condition:
    """Condition of its mapping.

    Raises
    ------
    ValueError
        If it is not a mapping of subjects to values; the message shows how to write one.
    """
    if isinstance(value, Is | Not | All | AnyOf):
        return value
    if not isinstance(value, dict) or not value:
        message = f"{value!r} is not a condition; write a mapping such as {{registration: missing}}"
        raise ValueError(message)
    parts = tuple(_parse_entry(str(key), item) for key, item in value.items())
    return parts[0] if len(parts) == 1 else All(parts)


def _parse_entry(key: str, item: Any) -> Condition:
    if key == "any":
        if not isinstance(item, list) or not item:
            message = "any takes a list of conditions, such as any: [{a: ok}, {b: missing}]"
            raise ValueError(message)
        return AnyOf(tuple(parse_condition(entry) for entry in item))
    if key == "not":
        return Not(parse_condition(item))
    if key.startswith(PERSON_PREFIX):
        if not isinstance(item, bool):
            message = f"{key}: {item!r} is not true or false; an attribute of a person is one of the two"
            raise ValueError(message)
        return Is(key, "true" if item else "false")
    if key == DEGRADED:
        if not isinstance(item, str) or not item.isidentifier():
            message = f"{key}: {item!r} is no level; write the name of a level of degrade mode"
            raise ValueError(message)
        return Is(key, item)
    if isinstance(item, int) and not isinstance(item, bool) and 100 <= item <= 599:
        return Is(key, str(item))
    if isinstance(item, str) and (item in OUTCOMES or item in STATES or (item.isdigit() and len(item) == 3)):
        return Is(key, item)
    message = f"{key}: {item!r} is no outcome; write one of {', '.join(OUTCOMES)}, a status such as 409, or up or down of a channel"
    raise ValueError(message)


def subjects(condition: Condition) -> set[str]:
    """All subjects that a condition names."""
    match condition:
        case Is(subject, _):
            return {subject}
        case Not(inner):
            return subjects(inner)
        case All(inners) | AnyOf(inners):
            return set().union(*(subjects(inner) for inner in inners))


def values_of(condition: Condition, of: str | None = None) -> set[str]:
    """All values that a condition names, or those of one subject."""
    match condition:
        case Is(subject, value):
            return {value} if of in {None, subject} else set()
        case Not(inner):
            return values_of(inner, of)
        case All(inners) | AnyOf(inners):
            return set().union(*(values_of(inner, of) for inner in inners))


def written(condition: Condition) -> dict[str, Any]:
    """Mapping that a condition is written as."""
    match condition:
        case Is(subject, value) if subject.startswith(PERSON_PREFIX):
            return {subject: value == "true"}
        case Is(subject, value):
            return {subject: int(value) if value.isdigit() else value}
        case Not(inner):
            return {"not": written(inner)}
        case AnyOf(inners):
            return {"any": [written(inner) for inner in inners]}
        case All(inners):
            return {key: value for inner in inners for key, value in written(inner).items()}


When = Annotated[
    Condition,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_plain_validator_function(
            parse_condition, serialization=core_schema.plain_serializer_function_ser_schema(written)
        ),
        lambda _core, _handler: {"type": "object", "examples": [{"registration": "missing"}]},
    ),
]
"""A condition, written as a mapping."""
