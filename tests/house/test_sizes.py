"""Functions fit a screen and files fit a sitting; what does not is listed with its reason."""

from __future__ import annotations

import ast

from tests.house.source import ROOT, package_files, tree_of

MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_FILE = 400

# "eventlive_sim/engine/kernel.py::run": "one loop, measured: calls between its arms cost a third"
LONG_FUNCTIONS: dict[str, str] = {}
LONG_FILES: dict[str, str] = {}


def functions() -> dict[str, int]:
    """Lines of each function of the package, its signature and docstring included, decorators not."""
    found: dict[str, int] = {}
    for path in package_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                key = f"{path.relative_to(ROOT).as_posix()}::{node.name}"
                found[key] = max(found.get(key, 0), node.end_lineno - node.lineno + 1)
    return found


def files() -> dict[str, int]:
    return {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in package_files()}


def test_no_function_is_longer_than_a_screen():
    """60 lines, docstring included."""
    lengths = functions()
    assert len(lengths) > 10
    long = {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FUNCTION}
    assert {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS} == {}


def test_no_file_is_longer_than_a_sitting():
    """400 lines."""
    long = {name: lines for name, lines in files().items() if lines > MOST_LINES_OF_A_FILE}
    assert {name: lines for name, lines in long.items() if name not in LONG_FILES} == {}


def test_lists_of_exceptions_are_current():
    """An exception goes when what it excuses has become short, and gives a reason while it stays."""
    assert [name for name in LONG_FUNCTIONS if functions().get(name, 0) <= MOST_LINES_OF_A_FUNCTION] == []
    assert [name for name in LONG_FILES if files().get(name, 0) <= MOST_LINES_OF_A_FILE] == []
    assert all({**LONG_FUNCTIONS, **LONG_FILES}.values())
