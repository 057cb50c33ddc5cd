"""Intervals between replications: their numbers, and that they cover as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, t

from eventlive_sim.stats import StatisticsError, bonferroni, mean_interval, paired_interval, proportion_interval


def test_mean_of_three():
    """Mean 10, s = 1, t(2) = 4.303: 10 +- 4.303 / sqrt 3."""
    bounds = mean_interval([9.0, 10.0, 11.0])
    half = t.ppf(0.975, 2) / math.sqrt(3)
    assert [bounds.low, bounds.estimate, bounds.high] == pytest.approx([10 - half, 10, 10 + half])
    assert 10 in bounds
    assert 13 not in bounds


def test_one_sided_bounds_put_the_risk_on_one_side():
    """A one-sided bound at 95 % is the end of a two-sided interval at 90 %."""
    values = [3.0, 4.0, 6.0, 9.0]
    both = mean_interval(values, 0.90)
    assert mean_interval(values, 0.95, "upper").high == pytest.approx(both.high)
    assert mean_interval(values, 0.95, "upper").low == -math.inf
    assert mean_interval(values, 0.95, "lower").low == pytest.approx(both.low)
    assert mean_interval(values, 0.95, "lower").high == math.inf


def test_coverage_of_the_mean():
    """2,000 seeded samples of 10 normal values: 95 % intervals cover 0 in 93.5 to 96.5 % of them."""
    rng = np.random.default_rng(31)
    covered = sum(0 in mean_interval(rng.normal(size=10)) for _ in range(2000))
    assert 0.935 < covered / 2000 < 0.965


def test_pairs_take_out_what_they_share():
    """Under common random numbers the difference is known better than either mean."""
    rng = np.random.default_rng(37)
    people = rng.normal(100, 20, 20)
    before, after = people + rng.normal(0, 1, 20), people - 5 + rng.normal(0, 1, 20)
    paired = paired_interval(before, after)
    alone = mean_interval(before)
    assert -5 in paired
    assert paired.high - paired.low < (alone.high - alone.low) / 5


def test_pairs_need_the_same_seeds():
    """Different numbers of replications are no pairs."""
    with pytest.raises(StatisticsError, match="run both designs under the same seeds"):
        paired_interval([1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "values, message", [([1.0], "at least 2"), ([[1.0, 2.0]], "one value a replication"), ([1.0, math.nan], "is nan")]
)
def test_values_must_be_replications(values, message):
    """Too few, not a vector, or not a number."""
    with pytest.raises(StatisticsError, match=message):
        mean_interval(values)


@pytest.mark.parametrize("trials, risk", [(59, 0.05), (149, 0.02), (299, 0.01)])
def test_no_violation_bounds_the_probability(trials, risk):
    """Section 3.2: 0 violations of 59, 149, 299 show P(violation) < 5, 2, 1 % at 95 %; one replication less does not."""
    assert proportion_interval(0, trials, side="upper").high < risk
    assert proportion_interval(0, trials - 1, side="upper").high > risk


@pytest.mark.parametrize("trials, risk", [(93, 0.05), (236, 0.02), (473, 0.01)])
def test_one_violation_bounds_the_probability(trials, risk):
    """Section 3.2: with one allowed, 93, 236, 473."""
    assert proportion_interval(1, trials, side="upper").high < risk
    assert proportion_interval(1, trials - 1, side="upper").high > risk


@given(trials=st.integers(1, 300), data=st.data(), confidence=st.floats(0.5, 0.999))
def test_bounds_solve_the_binomial_equations(trials, data, confidence):
    """P(X <= k | high) = P(X >= k | low) = risk / 2, and the ends are 0 and 1."""
    hits = data.draw(st.integers(0, trials))
    bounds = proportion_interval(hits, trials, confidence)
    assert bounds.low <= bounds.estimate <= bounds.high
    if hits < trials:
        assert binom.cdf(hits, trials, bounds.high) == pytest.approx((1 - confidence) / 2, rel=1e-6)
    else:
        assert bounds.high == 1
    if hits > 0:
        assert binom.sf(hits - 1, trials, bounds.low) == pytest.approx((1 - confidence) / 2, rel=1e-6)
    else:
        assert bounds.low == 0


@pytest.mark.parametrize("hits, trials", [(-1, 5), (6, 5), (0, 0)])
def test_hits_are_some_of_the_trials(hits, trials):
    """More hits than replications, or no replication."""
    with pytest.raises(StatisticsError, match="give at least 1 replication"):
        proportion_interval(hits, trials)


def test_bonferroni():
    """alpha .01 over 3 looks: each at .00333; a single comparison keeps its confidence."""
    assert bonferroni(0.99, 3) == pytest.approx(1 - 0.01 / 3)
    assert bonferroni(0.95, 1) == pytest.approx(0.95)
    with pytest.raises(StatisticsError, match="give at least 1"):
        bonferroni(0.95, 0)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, math.nan])
def test_confidence_is_a_share(confidence):
    """95 is not a confidence; 0.95 is."""
    with pytest.raises(StatisticsError, match=r"give a number between 0 and 1, such as 0\.95"):
        mean_interval([1.0, 2.0], confidence)
