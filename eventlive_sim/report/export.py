"""Settings of a design, to take to production: what it sets otherwise than another, as .env, JSON or an SQL upsert.

Values are settings: intervals, limits, sizes, switches. Parts that are there in one design only, and steps and tables that
changed, are code; they are told beside the settings, and nothing pretends to set them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, explicit
from eventlive_sim.study.gate import Checked

Form = Literal["env", "json", "sql"]
FORMS: tuple[Form, ...] = ("env", "json", "sql")
SCHEMA = "eventlive-settings/1"
TABLE = "app_settings"

_CODE = ("endpoints", "tables")
"""Parts of a design that are programs and schema, not settings."""
_WITHOUT = ("format", "title")
_TABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?")
Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Difference:
    """A path on which two designs differ.

    Attributes
    ----------
    path : str
        As ``--set`` takes it.
    before, after : scalar
        None where a design has no such value.
    is_setting : bool
        Whether it is a value to set; otherwise it is code.
    """

    path: str
    before: Scalar
    after: Scalar
    is_setting: bool


@dataclass(frozen=True)
class Settings:
    """What one design sets otherwise than another, and what was found out about it."""

    design: str
    base: str
    differences: tuple[Difference, ...]
    verdict: str = ""
    """The verdict that it rests on, as a sentence."""

    @property
    def values(self) -> dict[str, Scalar]:
        """Settings by path."""
        return {one.path: one.after for one in self.differences if one.is_setting and one.after is not None}

    @property
    def code(self) -> list[str]:
        """Named parts that are code and differ, once each."""
        return list(dict.fromkeys(_part(one.path) for one in self.differences if not one.is_setting))


def settings_of(design: ResolvedDesign, base: ResolvedDesign, verdict: str = "") -> Settings:
    """What a design sets otherwise than a base.

    Parameters
    ----------
    design, base : ResolvedDesign
        Both resolved; defaults are written out in each before they are held against one another.
    verdict : str
        Sentence on what was found out about the design, for the head of the file.

    Examples
    --------
    ``settings_of(tuned, base).values`` may give ``{"clients.viewer.loops.poll.every": "15s"}``.
    """
    before, after = dict(_leaves(explicit(base.design))), dict(_leaves(explicit(design.design)))
    paths = [*after, *(path for path in before if path not in after)]
    differences = tuple(
        Difference(path, before.get(path), after.get(path), _is_setting(path) and path in after)
        for path in paths
        if before.get(path) != after.get(path) and path.split(".")[0] not in _WITHOUT
    )
    return Settings(_title(design), _title(base), differences, verdict)


def verdict_of(checked: Checked) -> str:
    """What the gate found out about a design, as a sentence."""
    budgets = len(checked.rows)
    failed = ", ".join(row.budget.name for row in checked.failed())
    said = (
        f"{checked.verdict} ({checked.result}) in {checked.ground.scenario.name}: {budgets} budgets, "
        f"{checked.replications} replications, seed {checked.ground.seed}"
    )
    return f"{said}; failed: {failed}" if failed else said


def _title(design: ResolvedDesign) -> str:
    return " ".join([design.expression, *(f"--set {text}" for text in design.sets)])


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Scalar]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        yield path, json.dumps(value, ensure_ascii=False)
    else:
        yield path, value


def _is_setting(path: str) -> bool:
    return path.split(".", maxsplit=1)[0] not in _CODE


def _part(path: str) -> str:
    """Named part that a path lies in: an endpoint, a table, a loop that is gone."""
    keys = path.split(".")
    return ".".join(keys[:4] if keys[0] == "clients" else keys[:2])


# ---------------------------------------------------------------- texts


def export(settings: Settings, form: str, *, table: str = TABLE) -> str:
    """Text of settings in a form.

    Parameters
    ----------
    form : str
        ``env``, ``json`` or ``sql``.
    table : str
        For SQL: a table with the columns ``key`` (its key) and ``value`` (jsonb), perhaps with its schema.

    Raises
    ------
    ModelError
        If there is no such form, or the table's name is none.
    """
    if form not in FORMS:
        raise ModelError(f"the form is {form!r}", f"write one of {', '.join(FORMS)}", rule="bad-option")
    if not _TABLE_NAME.fullmatch(table):
        raise ModelError(f"the table is {table!r}", "write its name, perhaps schema.name", rule="bad-option")
    texts: dict[str, Callable[[], str]] = {
        "env": lambda: _env(settings),
        "json": lambda: _json(settings),
        "sql": lambda: _sql(settings, table),
    }
    return texts[form]()


def variable(path: str) -> str:
    """Name of the environment variable of a path.

    Examples
    --------
    >>> variable("clients.viewer.loops.poll.every")
    'CLIENTS_VIEWER_LOOPS_POLL_EVERY'
    """
    return re.sub(r"[^A-Za-z0-9]+", "_", path).strip("_").upper()


def head(settings: Settings) -> list[str]:
    """What stands above the settings: where they come from, what they rest on, the diff, and what is code."""
    lines = [f"{settings.design}, against {settings.base}"]
    lines.append(settings.verdict or "no verdict: nothing was simulated for this file")
    lines += [
        f"{one.path}: {value_text(one.before)} -> {value_text(one.after)}"
        for one in settings.differences
        if one.is_setting
    ]
    lines += [f"code, not a setting: {part}" for part in settings.code]
    return [" ".join(line.split()) for line in lines]


def value_text(value: Scalar) -> str:
    """Text of a setting's value: none for one that is not there."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _env(settings: Settings) -> str:
    lines = [f"# {line}" for line in head(settings)]
    lines += [f"{variable(path)}={_quoted(value_text(value))}" for path, value in settings.values.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Value in single quotes where a shell or dotenv would read it otherwise."""
    if re.fullmatch(r"[A-Za-z0-9_.:/-]+", text):
        return text
    if "'" not in text and "\n" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("$", "\\$").replace("`", "\\`")


def _json(settings: Settings) -> str:
    document = {
        "schema": SCHEMA,
        "design": settings.design,
        "base": settings.base,
        "verdict": settings.verdict,
        "settings": {path: _json_value(value) for path, value in settings.values.items()},
        "before": {one.path: _json_value(one.before) for one in settings.differences if one.is_setting},
        "code": settings.code,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _json_value(value: Scalar) -> Any:
    """Value as JSON has it: a list again, where leaves hold its text."""
    return json.loads(value) if isinstance(value, str) and value.startswith("[") else value


def _sql(settings: Settings, table: str) -> str:
    lines = [f"-- {line}" for line in head(settings)]
    rows = [
        f"  ({_literal(path)}, {_literal(json.dumps(_json_value(value), ensure_ascii=False))}::jsonb)"
        for path, value in settings.values.items()
    ]
    if rows:
        lines += ["begin;", f"insert into {table} (key, value) values", ",\n".join(rows)]
        lines += ["on conflict (key) do update set value = excluded.value;", "commit;"]
    return "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    """Text as SQL has it: quotes doubled, and backslashes left alone, as the standard wants."""
    return "'" + text.replace("'", "''") + "'"
