"""JSON Schema of each kind of file that people write, for editors: generated from the types that validate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from eventlive_sim.model.checklist import Checklist
from eventlive_sim.model.design import Design
from eventlive_sim.model.order import Order
from eventlive_sim.model.presets import LIKE
from eventlive_sim.model.prices import Prices
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.ticket import Ticket

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCALARS = {"string", "number", "integer", "boolean"}
_NUMERIC = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "ge", "gt", "le", "lt")
_OUTSIDE = ("title", "description", "default", "examples")
_LONG: Schema = {"$ref": "#/$defs/LongNumber"}
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_PRESET: Schema = {
    "description": "Preset, or presets, of models/platforms beneath the parts written here: FILE/PART/...",
    "anyOf": [{"type": "string"}, {**_TEXTS, "minItems": 1}],
}
_ANY_SCALAR: Schema = {"type": ["string", "number", "boolean", "null"]}
_LONG_NUMBER: Schema = {
    "description": "A value that says where it comes from.",
    "type": "object",
    "additionalProperties": False,
    "required": ["value"],
    "properties": {
        "value": {**_ANY_SCALAR, "description": "The value, as it would stand alone."},
        "source": {"type": "string", "description": "Where it comes from."},
        "guess": {"type": "boolean", "description": "Whether nobody measured it."},
        "range": {
            "type": "array",
            "items": _ANY_SCALAR,
            "minItems": 2,
            "maxItems": 2,
            "description": "What it may lie between.",
        },
        "note": {"type": "string", "description": "Free text."},
    },
}


def schemas() -> dict[str, Schema]:
    """Schemas by the name of their file."""
    return {
        "checklist.json": _finished(Checklist, "A checklist", _tidy(Checklist.model_json_schema())),
        "design.json": _of_design(),
        "included.json": _of_included(),
        "order.json": _finished(Order, "An order of work", _tidy(Order.model_json_schema())),
        "prices.json": _finished(Prices, "What platforms charge", _written(Prices)),
        "scenario.json": _finished(Scenario, "A scenario", _including(_written(Scenario))),
        "ticket.json": _of_ticket(),
    }


def text_of(schema: Schema) -> str:
    """Text of a schema as it is committed."""
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write(folder: Path) -> list[Path]:
    """Write all schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, schema in schemas().items():
        (folder / name).write_text(text_of(schema), encoding="utf-8")
        written.append(folder / name)
    return written


def _of_design() -> Schema:
    schema = _including(_written(Design))
    schema["properties"]["base"] = {"type": "string", "description": "Design that this one is made from."}
    schema["properties"]["tickets"] = {**_TEXTS, "description": "Tickets upon the base: ID[:OPTION][:name=value]..."}
    schema["required"] = ["format"]
    schema["anyOf"] = [{"required": ["endpoints"]}, {"required": ["include"]}, {"required": ["base"]}]
    return _finished(Design, "A design", schema)


def _of_included() -> Schema:
    """A file that designs include: some of their parts, none of which it must have."""
    return {
        **_finished(Design, "Parts of designs", {**_including(_written(Design)), "required": []}),
        "minProperties": 1,
    }


def _of_ticket() -> Schema:
    schema = _tidy(Ticket.model_json_schema())
    default = schema["$defs"]["Parameter"]["properties"]["default"]
    default["anyOf"] = [*default["anyOf"], _LONG]
    for name in ("with", "to"):
        schema["$defs"]["Edit"]["properties"][name].pop("default", None)
    return _finished(Ticket, "A ticket", schema)


def _written(model: type[BaseModel]) -> Schema:
    """Schema of a model as people may write it: long numbers for scalars, presets in mappings."""
    schema = _tidy(model.model_json_schema())
    parts = {name: _spread(part) for name, part in schema.pop("$defs", {}).items()}
    return {**_spread(schema), "$defs": parts}


def _including(schema: Schema) -> Schema:
    schema["properties"]["include"] = {**_TEXTS, "description": "Files whose top-level parts stand beside these."}
    return schema


def _finished(model: type[BaseModel], title: str, schema: Schema) -> Schema:
    parts = {**schema.pop("$defs", {}), "LongNumber": _LONG_NUMBER}
    return {"$schema": _DIALECT, **schema, "title": title, "description": model.__doc__ or "", "$defs": parts}


def _tidy(schema: Any) -> Any:
    """Schema without titles that repeat a name, and without limits of numbers on text."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    unwanted = {"ge"} | (set(_NUMERIC) if schema.get("type") == "string" else set())
    if isinstance(schema.get("title"), str):
        unwanted.add("title")
    return {key: _tidy(item) for key, item in schema.items() if key not in unwanted}


def _spread(schema: Schema) -> Schema:
    """Schema in which every scalar may be written long and every mapping may name presets."""
    if _is_scalar(schema):
        outside = {key: item for key, item in schema.items() if key in _OUTSIDE}
        inside = {key: item for key, item in schema.items() if key not in _OUTSIDE}
        return {**outside, "anyOf": [inside, _LONG]}
    spread = dict(schema)
    for key in ("properties", "patternProperties"):
        if key in schema:
            spread[key] = {name: _spread(part) for name, part in schema[key].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            spread[key] = _spread(schema[key])
    if "prefixItems" in schema:
        spread["prefixItems"] = [_spread(part) for part in schema["prefixItems"]]
    if "anyOf" in schema:
        parts = [part if _is_scalar(part) else _spread(part) for part in schema["anyOf"]]
        spread["anyOf"] = [*parts, _LONG] if any(_is_scalar(part) for part in parts) else parts
    return _with_presets(spread) if schema.get("type") == "object" else spread


def _is_scalar(schema: Schema) -> bool:
    return schema.get("type") in _SCALARS and "const" not in schema


def _with_presets(schema: Schema) -> Schema:
    """Schema of a mapping that may hold ``like``, which then is not one of its names."""
    if "properties" in schema:
        return {**schema, "properties": {**schema["properties"], LIKE: _PRESET}}
    if "patternProperties" in schema:
        named = {f"^(?!{LIKE}$){pattern[1:]}": part for pattern, part in schema["patternProperties"].items()}
        return {**schema, "patternProperties": named, "properties": {LIKE: _PRESET}, "additionalProperties": False}
    if isinstance(schema.get("additionalProperties"), dict):
        return {**schema, "properties": {LIKE: _PRESET}}
    return schema
