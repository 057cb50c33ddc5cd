"""Beside the verdicts: tickets alone, a baseline, guesses over their ranges."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.model.sourced import Sourced
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.baseline import SCHEMA, Baseline, regressions
from eventlive_sim.study.evidence import Evidence
from eventlive_sim.study.gate import Checked, Result, gate
from eventlive_sim.study.robust import Draws, between, robust
from eventlive_sim.study.run import unstarted
from eventlive_sim.study.trials import tickets_alone
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, resolved, write
from tests.study.test_compare import TICKET

SURE = {"looks": [6], "risk": 0.5, "alpha": 0.2}


def checked(
    folder: Path, budgets: dict[str, Any], design: dict[str, Any] = BAR, scenario: dict[str, Any] = EVENING
) -> Checked:
    world = changed(scenario, budgets=budgets, gate=SURE)
    (found,) = gate([unstarted(*resolved(folder, design, world))], workers=1)
    return found


# ---------------------------------------------------------------- tickets alone


def test_a_ticket_that_turns_everything_is_told_from_one_that_turns_a_part(tmp_path: Path) -> None:
    """Both options mend the column; only one of them takes the insert's conflict away as well."""
    write(tmp_path / "tickets" / "7.yaml", TICKET)
    budgets = {"queries{status:400}": ["count==0"], "queries{status:409}": ["count==0"], "calls": ["count>0"]}
    found = checked(tmp_path, budgets, DOOR, changed(NIGHT, clients__guest__people=60))
    trials = tickets_alone(found, replications=2, workers=1)
    turned = {one.option: set(one.turned) for one in trials.tried}
    assert set(turned) == {"7:A", "7:B"}
    assert all("queries{status:400}: count==0" in names for names in turned.values())
    assert all(one.whole is (len(one.turned) == 2) for one in trials.tried)


def test_what_no_ticket_turns_has_its_nearest(tmp_path: Path) -> None:
    """The failed budget with the options that bring it closer to its limit, the closest first."""
    write(tmp_path / "tickets" / "7.yaml", TICKET)
    night = changed(NIGHT, clients__guest__people=60)
    found = checked(tmp_path, {"queries": ["count<10"]}, DOOR, night)
    (row,) = [row for row in found.failed() if not row.budget.guards]
    trials = tickets_alone(found, replications=2, workers=1)
    nearest = trials.nearest(row)
    assert not trials.turning
    assert nearest
    assert all(10 < value < row.value for _, value in nearest)
    assert nearest == sorted(nearest, key=lambda pair: pair[1])


def test_tickets_are_not_tried_where_nothing_failed(tmp_path: Path) -> None:
    """Nor is a budget that only warns a reason."""
    write(tmp_path / "tickets" / "7.yaml", TICKET)
    found = checked(tmp_path, {"queries": [{"threshold": "count<10", "severity": "warn"}]}, DOOR, NIGHT)
    assert tickets_alone(found, workers=1).tried == ()


# ---------------------------------------------------------------- baseline


def earlier(
    values: Sequence[float | None], name: str = "call_duration: avg<500", **more: Any
) -> dict[str, dict[str, Any]]:
    return {name: {"exact": False, "values": list(values), "value": None, **more}}


def test_a_difference_must_be_certain_and_large(tmp_path: Path) -> None:
    """Six events of 100 ms each: worse than 90, no worse than 99 (under 2 %), than 110, or than values all over the place."""
    found = checked(tmp_path, {"call_duration": ["avg<500"]})
    assert found.rows[0].values == (100.0,) * 6
    cases = {(90.0,) * 6: True, (99.0,) * 6: False, (110.0,) * 6: False, (20.0, 170.0, 20.0, 170.0, 20.0, 170.0): False}
    assert {values: regressions(found, earlier(values))[0].worse for values in cases} == cases
    assert regressions(found, earlier((90.0,) * 6), tolerance=0.2)[0].worse is False


def test_a_floor_is_worse_below(tmp_path: Path) -> None:
    """Of `>` less is worse, of an equality what is further away."""
    found = checked(tmp_path, {"calls": ["count>5", "count==10"]})
    assert regressions(found, earlier((12.0,) * 6, "calls: count>5"))[0].worse
    assert not regressions(found, earlier((8.0,) * 6, "calls: count>5"))[0].worse
    assert not regressions(found, earlier((8.0,) * 6, "calls: count==10"))[0].worse


def test_what_cannot_be_compared_is_left_out(tmp_path: Path) -> None:
    """Too few pairs, values that were not there, budgets that one of both does not have."""
    found = checked(tmp_path, {"call_duration": ["avg<500"]})
    for before in (earlier([90.0] * 4), earlier([None] * 6), earlier([90.0] * 6, "other: avg<1"), {}):
        assert regressions(found, before) == ()


def test_a_regression_is_a_fail_though_all_budgets_hold(tmp_path: Path) -> None:
    """And stops the deployment."""
    found = checked(tmp_path, {"call_duration": ["avg<500"]})
    worse = Evidence(found, regressions(found, earlier((90.0,) * 6)))
    assert (found.verdict, worse.verdict, worse.result, worse.exit_code()) == (
        Verdict.PASS,
        Verdict.FAIL,
        Result.STOP,
        1,
    )


@pytest.mark.parametrize(
    ("text", "words"), [("{", "no JSON"), ("[]", "schema"), ('{"schema": "eventlive-run/1"}', "schema"), (None, "read")]
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    """With the file's name and what would do."""
    file = tmp_path / "before.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ModelError, match=words) as raised:
        Baseline(file)
    assert "before.json" in str(raised.value)


def test_a_baseline_knows_its_scenarios(tmp_path: Path) -> None:
    """By name, world and seed."""
    file = tmp_path / "before.json"
    budget = {"name": "x", "exact": False, "value": 1.0, "values": [1.0, None]}
    check = {"scenario": {"name": "night", "world": "abc"}, "seed": 3, "budgets": [budget]}
    file.write_text(json.dumps({"schema": SCHEMA, "checks": [check]}))
    baseline = Baseline(file)
    assert baseline.of("night", "abc", 3) == {"x": budget}
    for arguments, words in (
        (("day", "abc", 3), "of night"),
        (("night", "abd", 3), "changed"),
        (("night", "abc", 4), "seed 3"),
    ):
        with pytest.raises(ModelError, match=words):
            baseline.of(*arguments)


# ---------------------------------------------------------------- guesses


@pytest.mark.parametrize(
    ("low", "high", "share", "value"),
    [
        ("2ms", "6ms", 0.5, "4000000ns"),
        ("500us", "4ms", 0.0, "500000ns"),
        ("1h30m", "2h30m", 0.5, "7200000000000ns"),
        (1, 4, 0.5, "2"),
        (0.6, 1.0, 0.25, "0.7"),
        (0.0, 0.3, 1.0, "0.3"),
        ("lognormal(mean=3ms, cv=0.5)", "lognormal(mean=25ms, cv=0.7)", 0.5, "lognormal(mean=14000000ns, cv=0.6)"),
        ("exp(4m)", "exp(1h)", 1.0, "exp(3600000000000ns)"),
        ("symmetric", "asymmetric", 0.4, "symmetric"),
        ("symmetric", "asymmetric", 0.6, "asymmetric"),
        (False, True, 0.6, True),
        ("exp(4m)", "uniform(1m, 4m)", 0.6, "uniform(1m, 4m)"),
        ("ap-northeast-2", "ap-northeast-1", 0.1, "ap-northeast-2"),
    ],
)
def test_a_value_between_two(low: Any, high: Any, share: float, value: Any) -> None:
    """Every number of a range moves by the same share; words are one or the other."""
    assert between(Sourced("x", low, range=(low, high)), share) == value


def test_every_draw_of_the_shipped_designs_resolves() -> None:
    """All guesses at either end and between: what a range allows is a design."""
    for name in ("before", "after"):
        ground = unstarted(resolve_design(name), resolve_scenario("s3", sets=["clients.participant.people=5"]))
        draws = Draws(ground, 1, 3)
        assert len(draws.guesses) > 20
        for share in (0.0, 1.0):
            design, _ = draws.at([between(guess, share) for guess in draws.guesses])
            assert design.tree != ground.design.tree
        assert draws(2)[1].digest != draws(1)[1].digest
        assert draws(2)[1] is draws(2)[1]


def test_draws_fill_the_ranges(tmp_path: Path) -> None:
    """A Latin hypercube: one point in each tenth; what somebody set by hand is no guess."""
    guess = {"value": "100ms", "guess": True, "range": ["50ms", "150ms"]}
    file = write(tmp_path / "guessed.yaml", changed(BAR, endpoints__order__steps__serve__service=guess))
    ground = unstarted(resolve_design(str(file)), resolve_scenario(str(write(tmp_path / "evening.yaml", EVENING))))
    draws = Draws(ground, 1, 10)
    assert sorted(int(u * 10) for u in draws.points[:, 0]) == list(range(10))
    path = "endpoints.order.steps.serve.service"
    fixed = unstarted(resolve_design(str(file), sets=[f"{path}=70ms"]), ground.scenario)
    assert Draws(fixed, 1, 2)(0)[0].tree == fixed.design.tree


def test_arithmetic_must_hold_at_every_point(tmp_path: Path) -> None:
    """A share of the pool that is small as guessed, and above its limit where the guess is at its worst."""
    costs = {"value": "1ms", "guess": True, "range": ["500us", "30ms"]}
    design = changed(
        DOOR,
        platform__project__postgres__costs__select=costs,
        endpoints__door__steps={"look": {"select": "seats", "columns": ["who"]}},
    )
    world = changed(NIGHT, budgets={"offered_load{part:database cores}": ["value<0.1"]}, gate=SURE)
    (plain,) = gate([unstarted(*resolved(tmp_path, design, world))], workers=1)
    assert plain.verdict is Verdict.PASS
    found = robust(plain, workers=1)
    assert found.checked.verdict is Verdict.FAIL
    assert "points of the guesses" in found.checked.rows[0].why
    assert [flip.path for flip in found.flips] == ["platform.project.postgres.costs.select"]
    assert (found.guesses, found.without_range) == (1, 0)
