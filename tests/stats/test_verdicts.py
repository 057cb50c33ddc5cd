"""Verdicts: bounds, looks, and how often a gate of known truth is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eventlive_sim.stats import Looks, StatisticsError, Verdict, judge_mean, judge_probability, mean_bounds
from eventlive_sim.stats.intervals import mean_interval
from eventlive_sim.stats.thresholds import parse_threshold
from eventlive_sim.theory import mmc_sojourn_mean
from tests.stats.mmc import sojourns

LOOKS = Looks()
BELOW = parse_threshold("avg<=10")


def test_looks_spend_the_risk_once() -> None:
    """All looks together have the risk, each as much of it as it has new replications."""
    spent = [1 - LOOKS.passes(look) for look in LOOKS.replications]
    assert spent == pytest.approx([0.01 / 6, 0.01 / 3, 0.01 / 2])
    failing = [1 - LOOKS.fails(look, 5, early=True) for look in (5, 20, 60, 120)]
    assert sum(failing) == pytest.approx(0.01 / 5)


def test_looks_end_where_they_are_told_to() -> None:
    """Fewer replications than the first look are a look of their own."""
    assert LOOKS.up_to(60).replications == (20, 60)
    assert LOOKS.up_to(90).replications == (20, 60, 90)
    assert LOOKS.up_to(8).replications == (8,)
    assert LOOKS.up_to(500).last == 500


@pytest.mark.parametrize(
    ("broken", "replications", "verdict"),
    [(0, 20, "UNDECIDED"), (0, 60, "UNDECIDED"), (0, 120, "PASS"), (1, 120, "UNDECIDED"), (20, 20, "FAIL"),
     (6, 120, "UNDECIDED"), (20, 120, "FAIL")],
)  # fmt: skip
def test_probability_against_a_risk(broken: int, replications: int, verdict: str) -> None:
    """No break in 120 shows less than 5 %; a break in 120 does not; 20 of 120 are too many."""
    found = judge_probability(broken, replications, 0.05, LOOKS.passes(replications), LOOKS.fails(replications))
    assert found.verdict == verdict
    assert found.low <= found.estimate == broken / replications <= found.high


def test_replications_needed_decide() -> None:
    """With as many as are said to be needed, and breaks at the same rate, there is a verdict; one fewer is too few."""
    passes, fails = LOOKS.passes(20), LOOKS.fails(20)
    needed = judge_probability(0, 20, 0.05, passes, fails).needed
    assert needed is not None
    assert judge_probability(0, needed, 0.05, passes, fails).verdict is Verdict.PASS
    assert judge_probability(0, needed - 1, 0.05, passes, fails).verdict is Verdict.UNDECIDED
    assert judge_probability(1, 20, 0.05, passes, fails).needed is None
    values = [9.0, 10.5] * 10
    needed = judge_mean(values, BELOW, passes, fails).needed
    assert needed is not None
    assert needed > 20
    assert judge_mean([9.0, 10.5] * math.ceil(needed / 2 * 1.1), BELOW, passes, fails).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("threshold", "centre", "verdict"),
    [("avg<=10", 8, "PASS"), ("avg<=10", 12, "FAIL"), ("avg<=10", 10, "UNDECIDED"),
     ("avg>10", 12, "PASS"), ("avg>10", 8, "FAIL"), ("avg>10", 10, "UNDECIDED")],
)  # fmt: skip
def test_mean_against_a_limit(threshold: str, centre: float, verdict: str) -> None:
    """Far on either side, and between; in both directions."""
    values = [centre - 0.5, centre + 0.5] * 10
    found = judge_mean(values, parse_threshold(threshold), LOOKS.passes(20), LOOKS.fails(20))
    assert found.verdict == verdict
    assert found.low < centre < found.high


def test_values_that_are_all_the_same_pass_at_the_last_look_only() -> None:
    """Twenty zeros do not show that there is never anything else; beyond the limit they fail at once."""
    bounds = (LOOKS.passes(20), LOOKS.fails(20))
    assert judge_mean([0.0] * 20, BELOW, *bounds, last=False).verdict is Verdict.UNDECIDED
    assert judge_mean([0.0] * 20, BELOW, *bounds, last=True).verdict is Verdict.PASS
    assert judge_mean([11.0] * 20, BELOW, *bounds, last=False).verdict is Verdict.FAIL


@pytest.mark.parametrize("values", [[1.0], [1.0, math.nan], [1.0, math.inf]])
def test_what_is_no_sample(values: list[float]) -> None:
    """One value, or one that is not there, is no evidence."""
    with pytest.raises(StatisticsError):
        judge_mean(values, BELOW, 0.99, 0.99)


def test_bounds_of_values_without_skewness_are_those_of_student() -> None:
    """The correction does nothing where there is nothing to correct."""
    values = [1.0, 2.0, 3.0, 4.0] * 5
    plain = mean_interval(values, 0.99)
    assert mean_bounds(values, 0.995) == pytest.approx((plain.low, plain.high))


def test_bounds_of_skewed_values_are_wrong_less_often() -> None:
    """The bound above a mean of exponential values: corrected, it is too low about as often as it says."""
    rng = np.random.default_rng(11)
    samples = rng.exponential(1.0, (3_000, 20))
    corrected = np.mean([mean_bounds(sample.tolist(), 0.95)[1] < 1 for sample in samples])
    plain = np.mean([mean_interval(sample, 0.95, "upper").high < 1 for sample in samples])
    assert corrected < 0.08 < plain


def verdict_of(values: list[float], limit: float, estimand: str) -> Verdict:
    """What the gate says of replications that come one after the other."""
    threshold = parse_threshold(f"avg<={limit!r}")
    for look in LOOKS.replications:
        seen, passes, fails = values[:look], LOOKS.passes(look), LOOKS.fails(look)
        if estimand == "mean":
            found = judge_mean(seen, threshold, passes, fails, last=look == LOOKS.last)
        else:
            broken = sum(not threshold.holds(value) for value in seen)
            found = judge_probability(broken, look, 0.05, passes, fails)
        if found.verdict is not Verdict.UNDECIDED:
            return found.verdict
    return Verdict.UNDECIDED


def test_the_gate_is_seldom_wrong_about_a_queue() -> None:
    """M/M/2 of known mean sojourn, 5 % under and over the budget: of 300 gates none says the opposite, most decide."""
    truth = mmc_sojourn_mean(2, 1.0, 1.0)
    values = sojourns(np.random.default_rng(7), 300 * LOOKS.last, servers=2, arrivals=1.0, customers=200)
    gates = values.reshape(300, LOOKS.last).tolist()
    for ratio, right, wrong in ((0.95, Verdict.PASS, Verdict.FAIL), (1.05, Verdict.FAIL, Verdict.PASS)):
        found = [verdict_of(gate, truth / ratio, "mean") for gate in gates]
        assert found.count(wrong) == 0
        assert found.count(right) > 150
    at_the_limit = [verdict_of(gate, truth, "mean") for gate in gates]
    assert at_the_limit.count(Verdict.UNDECIDED) > 285


def test_the_gate_of_probabilities_is_seldom_wrong() -> None:
    """Events that break their budget with a probability of 0.1 %, 5 % and 25 %, the risk being 5 %."""
    rng = np.random.default_rng(5)
    for truth, wrong, right in ((0.001, Verdict.FAIL, Verdict.PASS), (0.25, Verdict.PASS, Verdict.FAIL)):
        gates = (rng.random((300, LOOKS.last)) < truth).astype(float).tolist()
        found = [verdict_of(gate, 0.5, "probability") for gate in gates]
        assert found.count(wrong) == 0
        assert found.count(right) > 240
    gates = (rng.random((300, LOOKS.last)) < 0.05).astype(float).tolist()
    assert [verdict_of(gate, 0.5, "probability") for gate in gates].count(Verdict.UNDECIDED) > 285
