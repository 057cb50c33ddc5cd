"""What the documents show is true: their YAML resolves and runs, and the commands that they name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from eventlive_sim.cli import app
from eventlive_sim.engine.reference import simulate
from eventlive_sim.model.lint import lint
from eventlive_sim.model.resolve import resolve_design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(r"eventlive-sim ([a-z]+)")
_LINK = re.compile(r"`((?:docs|models|experiments|benchmarks|tests|scripts)/[\w./-]+)`")


def _designs() -> list[str]:
    blocks = [block for page in PAGES for block in _BLOCK.findall(page.read_text(encoding="utf-8"))]
    return [block for block in blocks if block.startswith("format: 1")]


def test_there_is_something_to_check() -> None:
    """The pages hold at least one whole design."""
    assert _designs()


@pytest.mark.parametrize("text", _designs())
def test_a_design_that_is_shown_runs(text: str, tmp_path: Path) -> None:
    """It resolves, can be linted, and serves people for a minute."""
    path = tmp_path / "shown.yaml"
    path.write_text(text, encoding="utf-8")
    design = resolve_design(str(path)).design
    lint(design)
    people = {name: {"people": 3} for name in design.clients}
    scenario = Scenario.model_validate({"format": 1, "duration": "10m", "clients": people})
    program = lower(design, scenario)
    recording = simulate(program, 1)
    served = sum(
        int(bins.sum())
        for (series, tag), bins in recording.counts.items()
        if program.series[series].metric == "calls" and tag == 200
    )
    assert served > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_are_there(page: Path) -> None:
    """Each `eventlive-sim WORD` of a page is a command."""
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert set(_COMMAND.findall(page.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_places_that_are_named_are_there(page: Path) -> None:
    """Each path of a page that stands in code marks exists."""
    missing = [name for name in _LINK.findall(page.read_text(encoding="utf-8")) if not (ROOT / name).exists()]
    assert missing == []
