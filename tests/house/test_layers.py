"""Imports go one way, and a library that one layer needs stays in that layer."""

from __future__ import annotations

import ast

import pytest

from tests.house.source import ROOT, imported, imports_of, module_of, package_files

GROUND = {"units", "errors", "data"}
# What each part of the package may import of the others; itself is understood.
MAY_SEE: dict[str, set[str]] = {"units": set(), "errors": {"units"}, "data": {"units", "errors"}}
MAY_SEE["theory"] = {"units", "errors"}
MAY_SEE["model"] = GROUND
MAY_SEE["program"] = MAY_SEE["model"] | {"model"}
MAY_SEE["engine"] = MAY_SEE["program"] | {"program"}
MAY_SEE["stats"] = MAY_SEE["engine"] | {"engine"}
MAY_SEE["study"] = MAY_SEE["stats"] | {"stats", "theory"}
MAY_SEE["calibrate"] = MAY_SEE["stats"] | {"stats"}
MAY_SEE["report"] = MAY_SEE["stats"] | {"stats", "study", "calibrate", "theory"}
MAY_SEE["cli"] = MAY_SEE["report"] | {"report", ""}
MAY_SEE["app"] = MAY_SEE["report"] | {"report", ""}
MAY_SEE["pytest_plugin"] = MAY_SEE["study"] | {"study"}
MAY_SEE[""] = set()  # the package itself: eventlive_sim/__init__.py
MAY_SEE["__main__"] = {"cli"}
MAY_SEE["generate"] = MAY_SEE["report"] | {"report"}  # writes schemas and tables of the docs

# Libraries that one place alone may import.
HOMES = {
    "simpy": "eventlive_sim.engine.reference",
    "llvmlite": "eventlive_sim.engine.kernel",
    "streamlit": "eventlive_sim.app",
    "optuna": "eventlive_sim.study.search",
    "SALib": "eventlive_sim.study.sensitivity",
    "distributed": "eventlive_sim.study.cluster",
}


def part_of(name: str) -> str:
    """Part of the package that a dotted name belongs to; empty for the package itself and its own names."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in MAY_SEE else ""


def breaches(module: str, names: list[tuple[int, str]]) -> list[str]:
    """Imports of a module that the layers forbid."""
    own = part_of(module)
    found = []
    for line, name in names:
        root = name.split(".")[0]
        home = HOMES.get(root)
        if home and not module.startswith(home):
            found.append(f"{module}:{line}: {root} belongs in {home}")
        if root == "eventlive_sim" and part_of(name) not in MAY_SEE[own] | {own}:
            found.append(f"{module}:{line}: {own or 'the package'} may not import {name}")
    return found


def test_every_part_has_its_place_in_the_layers():
    """A new folder or module at the top of the package says what it may see before it is used."""
    tops = {path.relative_to(ROOT / "eventlive_sim").parts[0].removesuffix(".py") for path in package_files()}
    assert tops - {"__init__"} <= set(MAY_SEE), "add it to MAY_SEE"


def test_imports_go_one_way():
    """No module imports from a layer above its own, nor a library that belongs elsewhere."""
    looked_at = {path: list(imports_of(path)) for path in package_files()}
    assert sum(name.startswith("eventlive_sim.") for names in looked_at.values() for _, name in names) > 0
    assert [line for path, names in looked_at.items() for line in breaches(module_of(path), names)] == []


def test_tests_of_theory_are_its_only_users_below_the_studies():
    """What a simulation is checked against must not reach into the simulation."""
    for part in ("model", "program", "engine", "stats"):
        assert "theory" not in MAY_SEE[part]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("eventlive_sim.model.design", "from eventlive_sim.program import program"),
        ("eventlive_sim.model.design", "from eventlive_sim import engine"),
        ("eventlive_sim.model.design", "from ..study import run"),
        ("eventlive_sim.model.design", "def f():\n    import eventlive_sim.app.main"),
        ("eventlive_sim.theory.queues", "from eventlive_sim.model import design"),
        ("eventlive_sim.engine.audit", "import simpy"),
        ("eventlive_sim.engine.reference.machine", "import llvmlite"),
        ("eventlive_sim.report.tables", "import streamlit as st"),
        ("eventlive_sim.stats.verdicts", "from eventlive_sim.theory import queues"),
    ],
)
def test_forbidden_import_is_found(module: str, text: str):
    """The rule itself works: absolute, relative, from the package and inside functions."""
    assert breaches(module, list(imported(ast.parse(text), module)))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("eventlive_sim.engine.reference.machine", "import simpy"),
        ("eventlive_sim.engine.kernel", "from llvmlite import ir"),
        ("eventlive_sim.app.pages.lab", "import streamlit as st"),
        ("eventlive_sim.study.run", "from eventlive_sim.theory import queues"),
        ("eventlive_sim.cli", "from eventlive_sim import __version__"),
    ],
)
def test_allowed_import_passes(module: str, text: str):
    """What has its home there is let through."""
    assert breaches(module, list(imported(ast.parse(text), module))) == []
