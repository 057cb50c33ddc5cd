"""Every invalid file breaks the rule that it is named by, on the line that it marks; every valid file stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlive_sim.errors import EventLiveError, ModelError, ModelErrors
from eventlive_sim.model.chosen import read_ticket
from eventlive_sim.model.design import Design
from eventlive_sim.model.files import Files
from eventlive_sim.model.resolve import explicit, resolve_design, resolve_scenario
from eventlive_sim.model.scenario import Scenario

FOLDER = Path(__file__).parents[1] / "files"
INVALID = sorted((FOLDER / "invalid").glob("*.yaml"))
VALID = sorted((FOLDER / "valid").glob("*.yaml"))
MARK = "# <- here"


def read(path: Path) -> object:
    """Read a file as what its name or content says that it is."""
    text = path.read_bytes().decode("utf-8", "replace")
    if path.stem.endswith("--ticket") or "\noptions:" in text:
        return read_ticket(path, Files(FOLDER / "project"))[0]
    if path.stem.endswith("--scenario") or "\nduration:" in text:
        return resolve_scenario(str(path), root=FOLDER / "project").scenario
    return resolve_design(str(path), root=FOLDER / "project").design


def complaints(path: Path) -> tuple[ModelError, ...]:
    """Errors that reading a file ends with."""
    with pytest.raises(EventLiveError) as caught:
        read(path)
    if isinstance(caught.value, ModelErrors):
        return caught.value.errors
    assert isinstance(caught.value, ModelError)
    return (caught.value,)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_file_breaks_its_rule_on_its_line(path: Path) -> None:
    """One error, with the rule of the file's name, the marked line, a problem and a remedy."""
    lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    marked = [number for number, line in enumerate(lines, start=1) if line.endswith(MARK)]
    (error,) = complaints(path)
    assert error.rule == path.stem.split("--")[0], str(error)
    assert error.place is not None
    assert error.place.file.endswith(path.name), str(error)
    assert ([error.place.line] if marked else []) == marked, str(error)
    assert error.problem
    assert error.remedy
    assert "\n" not in str(error)


def test_corpus_is_wide() -> None:
    """Over fifty ways to be wrong, under over thirty rules."""
    assert len(INVALID) > 50
    assert len({path.stem.split("--")[0] for path in INVALID}) > 30


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_file_stands_and_its_explicit_twin_says_the_same(path: Path) -> None:
    """A valid file is read, and what it resolves to is read back as the same."""
    model = read(path)
    if isinstance(model, Design | Scenario):
        assert type(model).model_validate(explicit(model)) == model


def test_all_errors_of_a_file_are_reported_in_its_order(tmp_path: Path) -> None:
    """Three slips of the pen are three errors, by line, not one."""
    path = tmp_path / "three.yaml"
    path.write_text(
        "format: 1\ntitel: x\nendpoints:\n  a: {steps: {b: {delay: 3}}}\nclients:\n  c: {loops: {d: {every: 1s}}}\n"
    )
    assert [(error.rule, error.place and error.place.line) for error in complaints(path)] == [
        ("unknown-field", 2),
        ("bare-number", 4),
        ("missing-field", 6),
    ]
