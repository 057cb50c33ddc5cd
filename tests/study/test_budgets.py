"""Budgets: what holds, what breaks, and what is refused before anything is judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.study.budgets import METRICS, BudgetRow, check
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, simulated


def judged(
    folder: Path, budgets: dict[str, Any], design: dict[str, Any] = BAR, scenario: dict[str, Any] = EVENING, n: int = 1
) -> list[BudgetRow]:
    return check(simulated(folder, design, changed(scenario, budgets=budgets), n))


@pytest.mark.parametrize(
    ("metric", "threshold", "holds", "value"),
    [
        ("calls{endpoint:order}", "count==10", True, 10),
        ("calls", "count<10", False, 10),
        ("calls{window:early}", "rate<=1", True, 1),
        ("calls{window:early,outcome:served}", "count==5", True, 5),
        ("calls{status:500}", "count==0", True, 0),
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


def test_every_budget_has_a_row_and_the_living_one_more(tmp_path: Path) -> None:
    """Two thresholds on one metric are two rows; that anybody is served is always asked."""
    rows = judged(tmp_path, {"calls": ["count>0", "rate<5"]})
    assert [(row.metric, row.threshold) for row in rows] == [
        ("calls", "count>0"),
        ("calls", "rate<5"),
        ("goodput", "rate>0 in each"),
    ]


def test_mean_over_replications_decides(tmp_path: Path) -> None:
    """Values of replications differ; a limit just above their mean holds though one of them is above it."""
    scenario = changed(NIGHT, budgets={"calls": ["count<1000000"]})
    values = check(simulated(tmp_path, DOOR, scenario, 4))[0].values
    mean = sum(values) / 4
    assert max(values) > mean + 0.01
    row = judged(tmp_path, {"calls": [f"count<{mean + 0.01}"]}, DOOR, NIGHT, 4)[0]
    assert row.holds
    assert row.value == pytest.approx(mean)


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


@pytest.mark.parametrize("hot", [True, False])
def test_a_dead_system_never_passes(tmp_path: Path, hot: bool) -> None:
    """Everybody is answered 500 at once: errors of 400 are 0 and answers are quick, and the check fails all the same."""
    dead = changed(BAR, endpoints__order={"runs_on": "nothing", "hot": hot, "steps": {"no": {"answer": 500}}})
    rows = judged(tmp_path, {"queries{status:400}": ["count==0"], "call_duration": ["max<500"]}, dead)
    assert [row.holds for row in rows] == [True, True, False]
    assert rows[-1].why == "nobody is served"


def test_nobody_coming_is_no_pass(tmp_path: Path) -> None:
    """With no people there is no goodput."""
    rows = judged(tmp_path, {"calls": ["count<5"]}, scenario=changed(EVENING, clients__guest__people=0))
    assert not all(row.holds for row in rows)


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
    assert [row.holds for row in rows] == [True, True, True, True]
    assert [row.why for row in rows][1] == "the design has no step 'sit'"
    assert [row.holds for row in judged(tmp_path, budgets, DOOR, NIGHT)] == [False, False, True, True]


def test_every_metric_of_a_run_can_be_budgeted(tmp_path: Path) -> None:
    """Whatever is counted has a row in the table of metrics, with its tags."""
    run = simulated(tmp_path, DOOR, NIGHT)
    for sample in run.replications[0].samples:
        assert sample.metric in METRICS
        assert set(sample.tags) <= set(METRICS[sample.metric][1])
        assert sample.kind == {"duration": "trend"}.get(METRICS[sample.metric][0], METRICS[sample.metric][0])
