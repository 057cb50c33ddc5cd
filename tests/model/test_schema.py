"""The committed JSON Schemas are those of the grammar, and judge files as the loader does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from eventlive_sim.model.schema import schemas, text_of, write
from eventlive_sim.model.yaml import load

ROOT = Path(__file__).parents[2]
VALID = ROOT / "tests" / "files" / "valid"


SCHEMAS = schemas()


def validator(name: str) -> Any:
    """Validator of one schema."""
    return jsonschema.Draft202012Validator(SCHEMAS[name])


def kind_of(path: Path) -> str:
    """Schema that a file is meant for."""
    parts = load(path).data
    return "ticket.json" if "options" in parts else "scenario.json" if "duration" in parts else "design.json"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_committed_schema_is_current(name: str) -> None:
    """schema/NAME is what the types give; EVENTLIVE_REGENERATE=1 rewrites it."""
    if os.environ.get("EVENTLIVE_REGENERATE"):
        write(ROOT / "schema")
    assert (ROOT / "schema" / name).read_text(encoding="utf-8") == text_of(SCHEMAS[name])


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schema_is_a_schema(name: str) -> None:
    """Each is itself valid by the dialect that it names."""
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("path", sorted(VALID.rglob("*.yaml")), ids=lambda path: path.stem)
def test_valid_files_are_valid_for_editors(path: Path) -> None:
    """What the loader takes, an editor underlines nowhere: long numbers, presets, includes, bases."""
    if path.parent.name != "platforms":
        problems = [str(error.message)[:200] for error in validator(kind_of(path)).iter_errors(load(path).data)]
        assert problems == []


@pytest.mark.parametrize(
    "name",
    ["unknown-field", "missing-field", "wrong-type", "out-of-range", "no-kind", "two-kinds", "bad-name", "not-one-of"],
)
def test_broken_shapes_are_broken_for_editors(name: str) -> None:
    """What breaks the shape of a design is underlined in an editor too."""
    path = ROOT / "tests" / "files" / "invalid" / f"{name}.yaml"
    assert list(validator(kind_of(path)).iter_errors(load(path).data))
