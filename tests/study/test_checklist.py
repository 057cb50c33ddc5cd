"""A checklist on the bug in small: what refutes a line, what proves it, and what leaves it open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.errors import EventLiveError, ModelError
from eventlive_sim.model.checklist import Checklist, read_checklist
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.checklist import CheckedLine, CheckedList, checklist
from tests.study.small import DOOR, NIGHT, changed, write

FIXED = {
    "look": {"select": "seats", "columns": ["who"]},
    "sit": {"insert": "seats", "when": {"look": "missing"}},
}
NEVER = {"after": "queries{status:400}", "follows": "write"}
GONE = "tables.seats.columns=[who]"
CALM = {**NIGHT, "duration": "20s", "windows": {}, "gate": {"looks": [10, 20], "risk": 0.4}}


def held(
    folder: Path, steps: dict[str, Any] | None, shown: Sequence[dict[str, Any]], *, columns: Sequence[str] = ("who",)
) -> CheckedList:
    design = DOOR if steps is None else changed(DOOR, endpoints__door__steps=steps)
    place = str(write(folder / "door.yaml", changed(design, tables__seats__columns=list(columns))))
    write(folder / "night.yaml", CALM)
    lines = Checklist.model_validate({"format": 1, "lines": {"line": {"says": "It is so.", "shown": list(shown)}}})

    def resolve(scenario: str, sets: Sequence[str]) -> tuple[ResolvedDesign, ResolvedScenario]:
        of_scenario = [text for text in sets if not text.startswith("tables")]
        of_design = [text for text in sets if text.startswith("tables")]
        there = resolve_scenario(str(folder / f"{scenario}.yaml"), sets=of_scenario)
        return resolve_design(place, sets=of_design), there

    return checklist("door", lines, resolve)


def only(done: CheckedList) -> CheckedLine:
    (line,) = done.lines
    return line


def test_one_call_refutes_what_no_call_may_do(tmp_path: Path) -> None:
    """The first event shows it; the call is the evidence."""
    line = only(held(tmp_path, None, [{"in": "night", "never": [NEVER]}]))
    (item,) = line.items
    assert (line.verdict, item.verdict, item.broken, item.looked) == (Verdict.FAIL, Verdict.FAIL, 1, 1)
    assert "after look was answered 400 42703 follow sit" in item.why
    assert line.example is not None
    assert [query.tags["step"] for query in line.example.queries] == ["look", "sit"]


def test_that_no_call_does_it_is_shown_where_there_is_occasion(tmp_path: Path) -> None:
    """Where a column is taken away the fixed handler stops; where nothing fails, nothing is shown: undecided."""
    probe = {"in": "night", "never": [NEVER]}
    stops = {"look": {"select": "seats", "columns": ["gone"]}, "sit": {"insert": "seats"}}
    line = only(held(tmp_path, stops, [{**probe, "set": [GONE]}], columns=("who", "gone")))
    (item,) = line.items
    assert line.verdict is Verdict.PASS
    assert item.value == 0
    assert item.looked >= 10
    assert item.bound <= 0.4
    quiet = only(held(tmp_path, stops, [probe], columns=("who", "gone")))
    assert quiet.verdict is Verdict.UNDECIDED
    assert "no query was answered so in 10 events" in quiet.items[0].why


@pytest.mark.parametrize(("steps", "verdict"), [(None, Verdict.FAIL), (FIXED, Verdict.PASS)])
def test_budgets_and_ratios(tmp_path: Path, steps: dict[str, Any] | None, verdict: Verdict) -> None:
    """Conflicts a call: almost one with the bug, none without; judged by looks, exact budgets at once."""
    shown = {
        "in": "night",
        "budgets": {"queries{status:400}": ["count==0"], "lint{rule:L001}": ["count==0"]},
        "ratios": [{"of": "queries{status:409}:count", "over": "calls:count", "threshold": "value<=0.01"}],
    }
    line = only(held(tmp_path, steps, [shown]))
    first, second, third = line.items
    assert (first.verdict, second.verdict, third.verdict) == (verdict, verdict, verdict)
    assert second.exact
    assert third.value == pytest.approx(0 if verdict is Verdict.PASS else 0.95, abs=0.05)
    assert third.looked in {10, 20}


def test_nothing_to_compare_with_fails(tmp_path: Path) -> None:
    """A ratio over nothing is no success."""
    ratio = {"of": "queries{status:409}:count", "over": "queries{status:418}:count", "threshold": "value<=1"}
    line = only(held(tmp_path, FIXED, [{"in": "night", "ratios": [ratio]}]))
    assert line.verdict is Verdict.FAIL
    assert "nothing to compare with in 10 of 10 events" in line.items[0].why


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ({"in": "day", "budgets": {"goodput": ["rate>0"]}}, "there is no such file"),
        ({"in": "night", "set": ["clients.guest.peopel=3"], "budgets": {"goodput": ["rate>0"]}}, "peopel"),
        ({"in": "night", "budgets": {"sighs": ["count==0"]}}, "no metric 'sighs'"),
        ({"in": "night", "budgets": {"queries{endpoint:window}": ["count==0"]}}, "no endpoint of queries 'window'"),
        ({"in": "night", "never": [{"after": "calls{status:400}", "follows": "query"}]}, "is no answer to a query"),
        ({"in": "night", "never": [{"after": "queries{step}", "follows": "query"}]}, "a tag and its value"),
        ({"in": "night", "ratios": [{"of": "calls:count", "over": "sighs:count", "threshold": "value<1"}]}, "'sighs'"),
        ({"in": "night", "ratios": [{"of": "calls:count", "over": "calls:rate", "threshold": "avg<1"}]}, "one value"),
    ],
)
def test_what_is_not_there_is_undecided_with_the_reason(tmp_path: Path, shown: dict[str, Any], why: str) -> None:
    """Never PASS; the other claims of the list are judged all the same."""
    good = {"in": "night", "budgets": {"queries_per_call{endpoint:door}": ["max<=2"]}}
    line = only(held(tmp_path, FIXED, [shown, good]))
    bad, fine = line.items
    assert (line.verdict, bad.verdict, fine.verdict) == (Verdict.UNDECIDED, Verdict.UNDECIDED, Verdict.PASS)
    assert why in bad.why


def test_a_dead_system_fails_every_line_of_its_event(tmp_path: Path) -> None:
    """Nobody served: the budgets hold, the line fails."""
    dead = {"closed": {"answer": 500}}
    line = only(held(tmp_path, dead, [{"in": "night", "budgets": {"queries{status:400}": ["count==0"]}}]))
    assert line.verdict is Verdict.FAIL
    assert "nobody is served" in line.items[-1].why


def test_commands_print_the_evidence_again(tmp_path: Path) -> None:
    """The line alone, and each event with what is set, quoted for a shell."""
    line = only(held(tmp_path, FIXED, [{"in": "night", "set": [GONE], "budgets": {"goodput": ["rate>0"]}}]))
    assert line.commands == (
        "eventlive-sim checklist door --line line",
        "eventlive-sim run door night --set 'tables.seats.columns=[who]'",
    )


def test_a_file_that_is_wrong_is_refused_with_its_place(tmp_path: Path) -> None:
    """File, path and remedy; a line that nothing can refute is none."""
    file = write(tmp_path / "checklist.yaml", {"format": 1, "lines": {"a": {"says": "x", "shown": [{"in": "night"}]}}})
    with pytest.raises(EventLiveError, match="nothing is asked of this event"):
        read_checklist(file)
    shown = {"in": "night", "calls": ["queries"]}
    file = write(tmp_path / "checklist.yaml", {"format": 1, "lines": {"a": {"says": "x", "shown": [shown]}}})
    with pytest.raises(EventLiveError, match=r"checklist.yaml.*no event of this line can refute it"):
        read_checklist(file)
    with pytest.raises(ModelError, match="there is no checklist"):
        read_checklist(tmp_path / "nothing.yaml")
