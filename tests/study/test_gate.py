"""The gate: exact budgets first, looks, early ends, and what never passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.errors import ExitCode
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.evidence import Evidence, worst
from eventlive_sim.study.gate import Checked, Result, gate
from eventlive_sim.study.run import unstarted
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, resolved

FIXED = changed(DOOR, endpoints__door__steps={"look": {"select": "seats", "columns": ["who"]}})
QUICK = {"looks": [3, 6], "risk": 0.6, "alpha": 0.2}
"""Few looks, a great risk: verdicts that need few replications."""


def checked(
    folder: Path,
    budgets: dict[str, Any],
    design: dict[str, Any] = BAR,
    scenario: dict[str, Any] = EVENING,
    *,
    sure: dict[str, Any] | None = None,
    **options: Any,
) -> Checked:
    world = changed(scenario, budgets=budgets, gate=sure or QUICK)
    (found,) = gate([unstarted(*resolved(folder, design, world))], workers=1, **options)
    return found


def verdicts(found: Checked) -> list[str]:
    return [str(row.verdict) for row in found.rows]


def test_what_holds_passes_and_what_breaks_fails(tmp_path: Path) -> None:
    """A lone guest every 1.1 s: ten calls; the guard that nobody wrote stands last."""
    found = checked(tmp_path, {"calls": ["count==10", "count<10"]})
    assert verdicts(found) == ["PASS", "FAIL", "PASS"]
    assert found.rows[-1].budget.name == "goodput in each event: rate>0"
    assert (found.verdict, found.result) == (Verdict.FAIL, Result.STOP)
    assert found.rows[0].values == (10.0,) * found.replications


def test_too_few_replications_are_undecided(tmp_path: Path) -> None:
    """As the default gate has it, 20 good events do not show that 95 of 100 are good; how many would is said."""
    found = checked(tmp_path, {"calls": ["count==10"]}, sure={"looks": [20]})
    (row, _) = found.rows
    assert (row.verdict, found.verdict, found.result) == (Verdict.UNDECIDED, Verdict.UNDECIDED, Result.UNDECIDED)
    assert row.judgement is not None
    assert row.judgement.needed == 90
    assert "about 90 replications would decide" in row.why
    assert checked(tmp_path, {"calls": ["count==10"]}, sure={"looks": [90]}).verdict is Verdict.PASS


def test_a_look_ends_what_is_decided(tmp_path: Path) -> None:
    """A FAIL that 3 replications show needs no 6; an open budget beside it does."""
    alone = checked(tmp_path, {"calls": ["count<10"]}, sure={"looks": [3, 60]})
    assert (alone.replications, verdicts(alone)) == (3, ["FAIL", "PASS"])
    beside = checked(tmp_path, {"calls": ["count<10", "count==10"]}, sure={"looks": [3, 60]})
    assert (beside.replications, verdicts(beside)) == (60, ["FAIL", "UNDECIDED", "PASS"])
    assert beside.rows[0].looked == 3
    assert len(beside.rows[0].values) == 60


def test_abort_on_fail_ends_early(tmp_path: Path) -> None:
    """Its FAIL is looked for after 5 replications, and nothing follows it."""
    budgets = {"calls": [{"threshold": "count<10", "abort_on_fail": True}, "count==10"]}
    found = checked(tmp_path, budgets, sure={"looks": [20, 60]})
    assert found.replications == 5
    assert verdicts(found) == ["FAIL", "UNDECIDED", "PASS"]
    assert "ended after 5 replications: calls: count<10 has failed" in found.stopped
    fine = checked(tmp_path, {"calls": [{"threshold": "count==10", "abort_on_fail": True}]}, sure={"looks": [20, 60]})
    assert fine.replications == 60


def test_an_exact_budget_that_fails_saves_the_simulation(tmp_path: Path) -> None:
    """The door asks two queries, and its read answers 400, whoever comes: nothing is simulated, unless it is asked for."""
    budgets = {"queries_per_call{endpoint:door}": ["max<=1"], "queries{status:400}": ["count==0"], "calls": ["count>0"]}
    people = changed(NIGHT, clients__guest__people=60)
    found = checked(tmp_path, budgets, DOOR, people)
    assert (found.replications, verdicts(found)) == (0, ["FAIL", "FAIL", "UNDECIDED", "UNDECIDED"])
    assert found.rows[0].why == "door asks 2: look 400, sit 409"
    assert found.rows[1].why == "door: look is answered 400"
    assert found.rows[2].why.startswith("not simulated")
    whole = checked(tmp_path, budgets, DOOR, people, everything=True)
    assert (whole.replications, verdicts(whole)) == (3, ["FAIL", "FAIL", "PASS", "PASS"])


def test_a_ceiling_that_no_call_exceeds_passes_without_statistics(tmp_path: Path) -> None:
    """One query is one query; the rest is simulated, for somebody must be served."""
    found = checked(tmp_path, {"queries_per_call": ["max<=1"], "queries_per_call{endpoint:door}": ["max<=1"]}, FIXED,
                    changed(NIGHT, clients__guest__people=60))  # fmt: skip
    assert [row.exact for row in found.rows] == [False, True, False]
    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize(("severity", "verdict", "result"), [
    ("stop", Verdict.FAIL, Result.STOP), ("degrade", Verdict.FAIL, Result.DEGRADE), ("warn", Verdict.PASS, Result.GO),
])  # fmt: skip
def test_severity_says_what_follows(tmp_path: Path, severity: str, verdict: Verdict, result: Result) -> None:
    """Of one failed budget beside one that holds."""
    found = checked(tmp_path, {"calls": [{"threshold": "count<10", "severity": severity}, "count==10"]})
    assert (found.verdict, found.result) == (verdict, result)


def test_the_mean_may_hold_where_an_event_breaks(tmp_path: Path) -> None:
    """A limit above the mean and below the largest: the mean passes, and that many an event breaks it fails."""
    values = checked(tmp_path, {"calls": ["count<1000000"]}, DOOR, NIGHT, sure={"looks": [120]}).rows[0].values
    limit = round(sum(values) / 120 + 8)
    assert sum(value >= limit for value in values) > 20
    budgets = {"calls": [{"threshold": f"count<{limit}", "estimand": "mean"}, f"count<{limit}"]}
    found = checked(tmp_path, budgets, DOOR, NIGHT, sure={"looks": [120], "alpha": 0.05})
    assert verdicts(found)[:2] == ["PASS", "FAIL"]
    assert found.rows[0].judgement is not None
    assert found.rows[0].judgement.high < limit


@pytest.mark.parametrize("hot", [True, False])
def test_a_dead_system_never_passes(tmp_path: Path, hot: bool) -> None:
    """Everybody is answered 500 at once: no errors of 400, quick answers, and the check fails all the same."""
    dead = changed(BAR, endpoints__order={"runs_on": "nothing", "hot": hot, "steps": {"no": {"answer": 500}}})
    found = checked(tmp_path, {"queries{status:400}": ["count==0"], "call_duration": ["max<500"]}, dead)
    assert (found.verdict, found.result) == (Verdict.FAIL, Result.STOP)
    assert found.rows[-1].why == "nobody is served in 3 of 3 events"


@pytest.mark.parametrize(("scenario", "why"), [
    (changed(EVENING, clients__guest__people=0), "empty window"),
    (changed(EVENING, clients__guest={"people": 1, "arrive": "6s"}), "empty window: nothing is called in 'early'"),
])  # fmt: skip
def test_an_empty_window_never_passes(tmp_path: Path, scenario: dict[str, Any], why: str) -> None:
    """Nobody comes, or nobody yet: no error was seen because nobody was there to see one."""
    found = checked(tmp_path, {"queries{window:early,status:400}": ["count==0"]}, scenario=scenario)
    assert found.verdict is Verdict.FAIL
    assert why in found.rows[0].why


def test_insufficient_data_never_passes(tmp_path: Path) -> None:
    """Ten samples are no p95."""
    found = checked(tmp_path, {"call_duration": ["p(95)<500"]})
    assert (found.rows[0].verdict, found.rows[0].why) == (Verdict.FAIL, "insufficient data: 10 of 300 samples")


def test_several_scenarios_side_by_side_are_as_each_alone(tmp_path: Path) -> None:
    """What one needs more of does not change the other."""
    grounds = [
        unstarted(*resolved(tmp_path / name, design, changed(scenario, budgets={"calls": ["count>0"]}, gate=QUICK)))
        for name, design, scenario in (("bar", BAR, EVENING), ("door", DOOR, NIGHT))
    ]
    together = gate(grounds, workers=1, most=4)
    alone = [gate([ground], workers=1, most=4)[0] for ground in grounds]
    assert [found.rows for found in together] == [found.rows for found in alone]


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    """Also where the work ends before its last look."""
    told: list[float] = []
    checked(tmp_path, {"calls": ["count<10"]}, sure={"looks": [3, 60]}, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_exit_codes_follow(tmp_path: Path) -> None:
    """PASS 0, FAIL 1, UNDECIDED 3 unless told otherwise; of several the worst wins: 2, 1, 3, 0."""
    found = [
        Evidence(checked(tmp_path, {"calls": [text]}, sure={"looks": [looks]}))
        for text, looks in (("count==10", 120), ("count<10", 20), ("count==10", 20))
    ]
    assert [one.exit_code() for one in found] == [0, 1, 3]
    assert [one.exit_code("fail") for one in found] == [0, 1, 1]
    assert [one.exit_code("warn") for one in found] == [0, 1, 0]
    assert worst([ExitCode.OK, ExitCode.UNDECIDED]) == 3
    assert worst([ExitCode.OK, ExitCode.UNDECIDED, ExitCode.BUDGET_BROKEN]) == 1
    assert worst([ExitCode.BUDGET_BROKEN, ExitCode.BAD_INPUT]) == 2
