"""Every file that ships, damaged in many ways: it is read, or refused with a file and a line; in no time and little memory."""

from __future__ import annotations

import os
import random
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from eventlive_sim.errors import EventLiveError, ModelError, ModelErrors
from eventlive_sim.model.checklist import CHECKLIST_FILE, read_checklist
from eventlive_sim.model.chosen import read_ticket
from eventlive_sim.model.files import Files
from eventlive_sim.model.lint import lint
from eventlive_sim.model.order import ORDER_FILE, read_order
from eventlive_sim.model.prices import PRICES, read_prices
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from tests.model.damage import WAYS, damaged

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("models", "experiments")
    for path in (ROOT / folder).rglob("*.yaml")
)
TIMES = int(os.environ.get("EVENTLIVE_DAMAGES", "8"))
"""How often each file is damaged; a thousand takes an hour."""
_SLOWEST_S = 20.0
_GROWN_MOST_KIB = 300 << 10
_OF_A_FILE = {"empty-file", "not-utf-8", "too-large", "bad-yaml", "missing-field"}
"""What a whole file has, and no line of it."""


def reader(name: str, root: Path) -> Callable[[], object]:
    """How a file is read that has its place in a project."""
    path, files = root / name, Files(root)
    if path.name == CHECKLIST_FILE:
        return lambda: read_checklist(path)
    if path.name == ORDER_FILE:
        return lambda: read_order(path)
    if path.name == PRICES:
        return lambda: read_prices(root)
    if path.parent.name == "tickets":
        return lambda: _with_ticket(path, files, root)
    if path.parts[-2] == "platforms" or path.name == "schema.yaml":
        return lambda: lint(resolve_design("before", root=root).design)
    if "experiments" in name:
        return lambda: resolve_scenario(str(path), root=root)
    return lambda: lint(resolve_design(str(path), root=root).design)


def _with_ticket(path: Path, files: Files, root: Path) -> None:
    """Each option of a ticket, upon the design."""
    ticket, _ = read_ticket(path, files)
    for option in ticket.options:
        resolve_design(f"before+{path.stem}:{option}", root=root)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of its own."""
    root = tmp_path_factory.mktemp("shipped")
    for folder in ("models", "experiments"):
        shutil.copytree(ROOT / folder, root / folder)
    return root


@pytest.mark.parametrize("name", SHIPPED)
def test_a_damaged_file_is_read_or_refused(name: str, copy: Path) -> None:
    """No other exception, no wait, no heap of memory; each message on one line, with a remedy."""
    text = (ROOT / name).read_text(encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(TIMES):
        content = damaged(text, random.Random(f"{name} {number}"))
        (copy / name).write_bytes(content)
        began = time.monotonic()
        try:
            reader(name, copy)()
        except (ModelError, ModelErrors) as error:
            for one in error.errors if isinstance(error, ModelErrors) else (error,):
                _helps(one, number)
        assert time.monotonic() - began < _SLOWEST_S, f"damage {number} of {name}"
    shutil.copy(ROOT / name, copy / name)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < _GROWN_MOST_KIB


def _helps(error: ModelError, number: int) -> None:
    told = f"damage {number}: {error}"
    assert "\n" not in str(error), told
    assert error.problem, told
    assert error.remedy, told
    assert error.place is not None, told
    assert error.place.file, told
    assert error.place.line is not None or error.rule in _OF_A_FILE, told


@pytest.mark.parametrize("way", list(dict.fromkeys(WAYS)))
def test_each_way_of_damage_breaks_something(way: Callable[[str, random.Random], bytes], tmp_path: Path) -> None:
    """A way that no file minds would test nothing: each makes at least one of many be refused."""
    text = (ROOT / "models" / "eventlive" / ORDER_FILE).read_text(encoding="utf-8")
    refused = 0
    for number in range(20):
        file = tmp_path / f"{number}.yaml"
        file.write_bytes(way(text, random.Random(number)))
        try:
            read_order(file)
        except EventLiveError:
            refused += 1
    assert refused
