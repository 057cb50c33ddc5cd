"""What pydantic finds wrong, as errors that a person can act on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from eventlive_sim.errors import ModelError, ModelErrors
from eventlive_sim.model.nodes import Node, Path, find, nearest_place, plain, printable, shown, split, suggestion
from eventlive_sim.model.shape import field_names, kinds_at, tree_path
from eventlive_sim.model.steps import STEP_KINDS

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

AnyModel = TypeVar("AnyModel", bound=BaseModel)

_RULES = {
    "literal_error": "not-one-of",
    "string_pattern_mismatch": "bad-name",
    "string_too_long": "too-long",
    "string_too_short": "too-short",
    "too_long": "too-long",
    "too_short": "too-short",
    "recursion_loop": "too-deep",
    "finite_number": "bad-number",
}
_BY_WORDS = (
    ("bad-duration", r"is not a duration|has no unit; write a duration|longer than 31 years"),
    ("bad-distribution", r"has no unit; write 3ms|unknown law|: write \w+\(|leaves nothing to draw|low end of uniform"),
    ("bad-distribution", r"write a ratio above 0|could not convert string to float"),
    ("bad-condition", r"is not a condition|is no outcome|any takes a list|is not true or false|condition may name"),
    ("bad-errors", r"is no status|is no reaction|write errors: ignored"),
    ("unknown-table", r"no table is called"),
    ("unknown-channel", r"no channel is called|holds no channel"),
    ("bad-while", r"nothing that a channel can be|a handler knows no channels"),
    ("bad-disturbance", r"a disturbance is|a disturbance has|does not fit load|0 leaves nothing|another disturbance"),
    ("bad-webinars", r"stand beside webinars|it meets two faults"),
    ("bad-tenancy", r"project_kept is of"),
    ("bad-fault", r"does not fit|changes the speed of"),
    ("bad-answers", r"is nothing that a call comes to|lists no answers|maps no answers|is nothing that a loop does"),
    ("bad-policy", r"are both given|after says back_off|cap is shorter|around takes"),
    ("unknown-plan", r"realtime.quotas has no plan"),
    ("too-many-channels", r"a socket takes"),
    ("bad-channel", r"new rows of a table are told to all"),
    ("unknown-step", r"no step before it is called"),
    ("unknown-endpoint", r"no endpoint is called"),
    ("unknown-station", r"no \w+ station is called"),
    ("unknown-attribute", r"no client has the attribute"),
    ("duplicate-step", r"two steps of one endpoint"),
    ("bad-shares", r"shares? of tabs|tabs maps|has the share"),
    ("bad-key-columns", r"key column|a table with a key"),
    ("no-rate", r"a bucket needs every"),
    ("bad-looks", r"^looks .* do not grow"),
    ("bad-window", r"ends before it begins"),
    ("bad-bins", r"write wider bins"),
    ("bad-edit", r"an edit has|takes .*; write that"),
    ("bad-position", r"belongs to add, once"),
    ("unknown-option", r"is no option"),
)
_PATH_FIRST = re.compile(r"^((?:[^\s.:]+\.)+[^\s.:]+): (.*)$", re.DOTALL)
_BOUNDS = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}


def validated(model: type[AnyModel], node: Node) -> AnyModel:
    """Model of a tree.

    Raises
    ------
    ModelErrors
        If the tree does not fit; one error for every part that is wrong, in the order of files and lines.
    """
    try:
        return model.model_validate(plain(node))
    except ValidationError as error:
        found: dict[tuple[Path, str], ModelError] = {}
        for detail in error.errors(include_url=False):
            complaint, path = _complaint(model, node, detail)
            found.setdefault((path, "" if _is_union_member(detail) else complaint.rule), complaint)
        raise ModelErrors(sorted(found.values(), key=_order)) from error
    except RecursionError as error:
        place = node.place()
        raise ModelErrors([ModelError("it is nested too deep", "flatten it", place, "too-deep")]) from error


def _order(error: ModelError) -> tuple[str, int]:
    return (error.place.file, error.place.line or 0) if error.place else ("", 0)


def _is_union_member(detail: ErrorDetails) -> bool:
    return any("[" in str(element) or "-" in str(element) for element in detail["loc"][-1:])


def _complaint(model: type[BaseModel], node: Node, detail: ErrorDetails) -> tuple[ModelError, Path]:
    kind = detail["type"]
    path = tree_path(model, detail["loc"])
    if kind == "missing":
        problem, remedy, rule = _missing(node, path), f"add {path[-1]}", "missing-field"
    elif kind == "extra_forbidden":
        names = field_names(kinds_at(model, node, path[:-1]))
        problem, remedy, rule = (
            f"{shown(path[-1])} is not known here",
            suggestion(str(path[-1]), names),
            "unknown-field",
        )
    elif kind.startswith("union_tag"):
        problem, remedy, rule = _no_kind(node, path)
    elif kind == "value_error":
        problem, remedy, rule, path = _said(node, path, detail)
    else:
        problem, remedy, rule = _mistyped(node, path, detail)
    return ModelError(printable(problem), printable(remedy), nearest_place(node, path), rule), path


def _missing(node: Node, path: Path) -> str:
    owner = find(node, path[:-1])
    known = [str(key) for key, _ in owner.entries()] if owner is not None else []
    return f"{path[-1]} is missing" + (f" beside {', '.join(known[:6])}" if known else "")


def _no_kind(node: Node, path: Path) -> tuple[str, str, str]:
    owner = find(node, path)
    said = [str(key) for key, _ in owner.entries()] if owner is not None else []
    kinds = [key for key in said if key in STEP_KINDS]
    if len(kinds) > 1:
        return f"the step has {len(kinds)} kinds: {', '.join(kinds)}", "split it into one step for each", "two-kinds"
    if owner is None or not owner.is_mapping:
        return f"{shown(None if owner is None else plain(owner))} is no step", _step_example(), "wrong-type"
    close = [suggestion(key, STEP_KINDS) for key in said if suggestion(key, STEP_KINDS).startswith("did")]
    remedy = close[0] if close else f"give it exactly one of {', '.join(STEP_KINDS)}"
    return f"the step has no kind{' among ' + ', '.join(said) if said else ''}", remedy, "no-kind"


def _step_example() -> str:
    return "write a mapping with one kind, such as {delay: 3ms}"


def _said(node: Node, path: Path, detail: ErrorDetails) -> tuple[str, str, str, Path]:
    """Problem, remedy, rule and path of an error that the grammar itself raised."""
    error = detail.get("ctx", {}).get("error")
    message = str(error) if error is not None else str(detail["msg"])
    named = _PATH_FIRST.match(message)
    if named is not None and find(node, split(named.group(1))[:1]) is not None:
        path, message = split(named.group(1)), named.group(2)
    path = _down_to_the_value(node, path, message)
    found = find(node, path)
    rule = getattr(error, "rule", None) or _rule_of(message)
    if rule in {"bad-duration", "bad-distribution"} and found is not None and isinstance(found.value, int | float):
        rule = "bare-number"
    problem, _, remedy = message.rpartition("; ")
    if not problem:
        problem, _, remedy = message.partition(": ") if ": " in message else (message, "", "correct it")
    return problem, remedy, rule, path


def _down_to_the_value(node: Node, path: Path, message: str) -> Path:
    """Path of the part that a message begins with or quotes, where the message is about its owner."""
    owner = find(node, path)
    for key, child in owner.entries() if owner is not None else ():
        if message.startswith(f"{key} ") or (isinstance(child.value, str) and repr(child.value) in message):
            return (*path, key)
    return path


def _rule_of(message: str) -> str:
    return next((rule for rule, words in _BY_WORDS if re.search(words, message)), "inconsistent")


def _mistyped(node: Node, path: Path, detail: ErrorDetails) -> tuple[str, str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    found = find(node, path)
    value = shown(detail["input"] if found is None else plain(found))
    bounds = [f"{words} {context[key]}" for key, words in _BOUNDS.items() if key in context]
    if kind.startswith(("greater_than", "less_than")):
        return (
            f"{value} is out of range",
            f"write a number {' and '.join(_readable(b) for b in bounds)}",
            "out-of-range",
        )
    if kind == "literal_error":
        return f"{value} is not known here", f"write {context.get('expected', 'one of those listed')}", "not-one-of"
    if kind == "string_pattern_mismatch":
        return f"{value} is no name", "write a letter, then letters, digits and underscores", "bad-name"
    words = str(detail["msg"])
    problem = f"{value} does not fit: {words[:1].lower()}{words[1:]}"
    return problem, _remedy_of_type(kind, context), _RULES.get(kind, "wrong-type")


def _readable(bound: str) -> str:
    return bound.removesuffix(".0")


def _remedy_of_type(kind: str, context: dict[str, Any]) -> str:
    wanted = {
        "string": "text",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "dict": "a mapping of names to parts",
        "tuple": "a list",
        "list": "a list",
        "model": "a mapping of its fields",
    }
    stem = kind.split("_", 1)[0]
    if kind.endswith("too_short"):
        return f"write at least {context.get('min_length', 1)}"
    if kind.endswith("too_long"):
        return f"write at most {context.get('max_length', '')}".rstrip()
    return f"write {wanted[stem]}" if stem in wanted else "correct it"
