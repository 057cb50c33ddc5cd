"""The model is data: no string of the package is the name of something in models/ or experiments/."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.house.source import ROOT, package_files, tree_of

_PART = re.compile(r"(?:endpoints|tables)\.([\w-]+)")


@cache
def names_of_the_models() -> frozenset[str]:
    """Names of endpoints and tables, ids of tickets and scenarios."""
    found: set[str] = set()
    for path in _platform_files("models"):
        content = YAML(typ="safe", pure=True).load(path)
        found.update(named_in(content))
        if path.parent.name == "tickets":
            found.add(path.stem)
    for path in _platform_files("experiments"):
        found.update({path.stem, path.stem.split("_")[0]})
    return frozenset(found)


def _platform_files(folder: str) -> list[Path]:
    """Files that describe a platform; the oracles are the program's own, and `study/oracles.py` names them."""
    return sorted(path for path in (ROOT / folder).rglob("*.yaml") if path.parent.name != "oracles")


def named_in(content: object) -> Iterator[str]:
    """Names that one file gives: parts under endpoints and tables, paths of edits, the id of a ticket."""
    if isinstance(content, str):
        yield from _PART.findall(content)
    elif isinstance(content, list):
        for item in content:
            yield from named_in(item)
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from named_in(value)
            if key in {"endpoints", "tables"} and isinstance(value, dict):
                yield from map(str, value)
            if key == "ticket" and isinstance(value, str):
                yield value


def strings_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and value of each string that is no docstring, the pieces of f-strings included."""
    docstrings = {id(node) for node in _docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    """Strings that stand alone: docstrings, and those of fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def places_of(path: Path) -> list[str]:
    names = names_of_the_models()
    where = path.relative_to(ROOT).as_posix()
    return [f"{where}:{line}: {text!r}" for line, text in strings_of(tree_of(path)) if text in names]


def test_names_were_found():
    """The rule has something to look for: of each kind at least one that must be there."""
    assert {"presence_ping", "registrations", "1-1", "s1"} <= names_of_the_models()


def test_no_string_is_a_name_of_the_models():
    """Another team models its own platform without touching Python."""
    files = package_files()
    assert sum(1 for path in files for _ in strings_of(tree_of(path))) > 10
    assert [place for path in files for place in places_of(path)] == []


@pytest.mark.parametrize("text", ['x = "a-name"', 'def f(x="a-name"): ...', 'x = f"a-name{1}"', '{"a-name": 1}'])
def test_string_is_seen_wherever_it_stands(text: str):
    """Values, defaults, pieces of f-strings and keys count."""
    assert "a-name" in [value for _, value in strings_of(ast.parse(text))]


@pytest.mark.parametrize(
    "text", ['"""a-name"""', 'def f():\n    """a-name"""', 'class A:\n    x: int\n    """a-name"""']
)
def test_docstring_does_not_count(text: str):
    """Examples in docstrings may speak of EventLive."""
    assert list(strings_of(ast.parse(text))) == []
