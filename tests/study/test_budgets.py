"""Budgets: what holds, what breaks, and what is refused before anything is judged."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.study.budgets import Budget, gone, known_budgets, lack, measure
from eventlive_sim.study.metrics import METRICS
from eventlive_sim.study.run import unstarted
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, simulated, write


class Found(NamedTuple):
    budget: Budget
    value: float
    holds: bool
    why: str


def judged(
    folder: Path, budgets: dict[str, Any], design: dict[str, Any] = BAR, scenario: dict[str, Any] = EVENING
) -> list[Found]:
    """What each budget measures on one replication."""
    run = simulated(folder, design, changed(scenario, budgets=budgets))
    samples = run.replications[0].samples
    found = []
    for budget in known_budgets(run):
        value = measure(samples, budget)
        why = lack(samples, budget) if math.isnan(value) else gone(run, budget)
        found.append(Found(budget, value, budget.threshold.holds(value), why))
    return found


@pytest.mark.parametrize(
    ("metric", "threshold", "holds", "value"),
    [
        ("calls{endpoint:order}", "count==10", True, 10),
        ("calls", "count<10", False, 10),
        ("calls{window:early}", "rate<=1", True, 1),
        ("calls{window:early,outcome:served}", "count==5", True, 5),
        ("calls{status:500}", "count==0", True, 0),
        ("calls{status:500}", "share<0.01", True, 0),
        ("calls{outcome:served,endpoint:order,window:early}", "share<1", False, 1),
        ("call_duration", "max<=100", True, 100),
        ("call_duration", "avg<0.1s", False, 100),
        ("call_duration", "avg<=100ms", True, 100),
        ("goodput", "rate>0.9", True, 10 / 11),
        ("station_utilisation{station:desk,window:early}", "avg<0.2", True, 0.1),
        ("station_utilisation{station:desk,window:early}", "max<0.2", False, 0.2),
    ],
)
def test_budget_on_figures_known_by_hand(
    tmp_path: Path, metric: str, threshold: str, holds: bool, value: float
) -> None:
    """A lone guest every 1.1 s: ten calls of 100 ms in 11 s, five of them in the first five."""
    row = judged(tmp_path, {metric: [threshold]})[0]
    assert row.holds is holds
    assert row.value == pytest.approx(value)


def test_a_budget_may_be_written_long(tmp_path: Path) -> None:
    """What stands beside a threshold is read; what does not stand there is as the gate has it."""
    long = {"threshold": "rate<5", "window": "early", "estimand": "mean", "severity": "degrade", "abort_on_fail": True}
    scenario = changed(
        EVENING, budgets={"calls": ["count>0", long, {"threshold": "rate<9", "risk": 0.2}]}, gate={"risk": 0.1}
    )
    short, full, risky = known_budgets(simulated(tmp_path, BAR, scenario))
    assert (short.window, short.estimand, short.severity, short.abort_on_fail, short.risk) == (
        "all", "probability", "stop", False, 0.1,
    )  # fmt: skip
    assert (full.window, full.estimand, full.severity, full.abort_on_fail) == ("early", "mean", "degrade", True)
    assert risky.risk == 0.2
    assert [budget.name for budget in (short, full, risky)] == [
        "calls: count>0",
        "calls in early: mean of rate<5",
        "calls: rate<9",
    ]


def test_a_budget_knows_its_line(tmp_path: Path) -> None:
    """The line of the threshold in its list, for whoever marks it in the file."""
    text = "format: 1\nduration: 11s\nclients:\n  guest: {people: 1}\nbudgets:\n  calls:\n    - count>0\n    - rate<5\n"
    (tmp_path / "lines.yaml").write_text(text)
    design = resolve_design(str(write(tmp_path / "design.yaml", BAR)))
    ground = unstarted(design, resolve_scenario(str(tmp_path / "lines.yaml")))
    assert [budget.line for budget in known_budgets(ground)] == [7, 8]


@pytest.mark.parametrize(
    ("metric", "threshold", "why"),
    [
        ("call_duration", "p(95)<500", "insufficient data: 10 of 300 samples"),
        ("call_duration{window:early}", "p(99.9)<500", "insufficient data: 5 of 3000 samples"),
        ("call_duration{endpoint:unused}", "avg<500", "no data"),
    ],
)
def test_what_was_not_measured_never_passes(tmp_path: Path, metric: str, threshold: str, why: str) -> None:
    """Too few samples, or none: the budget breaks and says so."""
    unused = {**BAR["endpoints"], "unused": {"runs_on": "nothing", "steps": {"nap": {"delay": "1ms"}}}}
    row = judged(tmp_path, {metric: [threshold]}, changed(BAR, endpoints=unused))[0]
    assert (row.holds, row.why) == (False, why)


def test_an_empty_window_has_no_figures(tmp_path: Path) -> None:
    """Where nobody calls anything, no error was counted, and that says nothing."""
    scenario = changed(EVENING, clients__guest={"people": 1, "arrive": "6s"})
    row = judged(tmp_path, {"queries{window:early,status:400}": ["count==0"]}, scenario=scenario)[0]
    assert (row.holds, row.why) == (False, "empty window: nothing is called in 'early'")


@pytest.mark.parametrize(
    ("budget", "threshold", "remedy"),
    [
        ("call_durations", "avg<1", "did you mean 'call_duration'?"),
        ("calls{endpoit:order}", "count<1", "did you mean 'endpoint'?"),
        ("calls{endpoint:ordre}", "count<1", "did you mean 'order'?"),
        ("calls{client:gest}", "count<1", "did you mean 'guest'?"),
        ("calls{window:erly}", "count<1", "did you mean 'early'?"),
        ("calls{outcome:served2}", "count<1", "did you mean 'served'?"),
        ("calls{status:4000}", "count<1", "write one of"),
        ("queries{code:42730}", "count==0", "did you mean '42703'?"),
        ("queries{service:rset}", "count==0", "did you mean 'rest'?"),
        ("auth_requests{kind:users}", "count==0", "did you mean 'user'?"),
        ("people{change:joined}", "count>0", "did you mean 'join'?"),
        ("station_wait{station:dsk}", "avg<1", "did you mean 'desk'?"),
        ("station_queue", "avg<1", "write {station:NAME}"),
        ("freshness{of:x}", "avg<1", "there is none"),
        ("calls", "p(95)<1", "write one of: count, rate"),
        ("calls{endpoint:order}", "share<1", "write one of the tags status, outcome"),
        ("attempts", "share<1", "they have no ending"),
        ("lint{rule:L999}", "count==0", "write one of: L001"),
        ("lint{window:early}", "count==0", "write one of: all"),
        ("offered_load{part:database core}", "value<1", "did you mean 'database cores'?"),
        ("offered_load", "value<1", "write {part:NAME}"),
        ("offered_queries", "value<1", "write {endpoint:NAME}"),
        ("call_duration", "count<1", "write one of: avg"),
        ("calls", "count<1s", "leave the unit of time out"),
        ("calls{", "count<1", "write it as k6"),
        ("calls", "cuont<1", "write it as k6"),
    ],
)
def test_budget_on_what_is_not_there_is_refused(tmp_path: Path, budget: str, threshold: str, remedy: str) -> None:
    """A misspelt metric, tag, value, window or aggregate is an error with the nearest name, never a silent pass."""
    with pytest.raises(ModelError) as raised:
        judged(tmp_path, {budget: [threshold]})
    assert remedy in str(raised.value)
    assert f"budgets.{budget}" in str(raised.value)


def test_a_fixed_bug_can_be_asked_for(tmp_path: Path) -> None:
    """Codes, kinds and steps that the mended design lacks count 0; of the step the row says that it is gone."""
    fixed = changed(DOOR, endpoints__door__steps={"look": {"select": "seats", "columns": ["who"]}})
    budgets = {
        "queries{code:42703}": ["count==0"],
        "queries{step:sit}": ["count==0"],
        "auth_requests{kind:user}": ["count==0"],
    }
    rows = judged(tmp_path, budgets, fixed, NIGHT)
    assert [row.holds for row in rows] == [True, True, True]
    assert [row.why for row in rows][1] == "the design has no step 'sit'"
    assert [row.holds for row in judged(tmp_path, budgets, DOOR, NIGHT)] == [False, False, True]


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ({"threshold": "count==0", "estimand": "mean"}, "bad-estimand"),
        ({"threshold": "count<5", "window": "erly"}, "did you mean 'early'"),
    ],
)
def test_long_budgets_that_mean_nothing(tmp_path: Path, written: dict[str, Any], rule: str) -> None:
    """A mean is never shown to equal something; a window must be there."""
    with pytest.raises(ModelError, match=rule):
        judged(tmp_path, {"calls": [written]})


def test_two_windows_are_one_too_many(tmp_path: Path) -> None:
    """The tags and the field beside the threshold may not disagree."""
    with pytest.raises(ModelError, match="keep one"):
        judged(tmp_path, {"calls{window:early}": [{"threshold": "count<5", "window": "late"}]})


def test_no_budgets_is_no_question(tmp_path: Path) -> None:
    """A scenario that asks nothing is refused: it could only pass."""
    with pytest.raises(ModelError, match="no-budgets"):
        judged(tmp_path, {})


def test_every_metric_of_a_run_can_be_budgeted(tmp_path: Path) -> None:
    """Whatever is counted has a row in the table of metrics, with its tags."""
    run = simulated(tmp_path, DOOR, NIGHT)
    for sample in run.replications[0].samples:
        assert sample.metric in METRICS
        assert set(sample.tags) <= set(METRICS[sample.metric][1])
        assert sample.kind == {"duration": "trend"}.get(METRICS[sample.metric][0], METRICS[sample.metric][0])
