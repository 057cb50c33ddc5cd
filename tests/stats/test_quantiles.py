"""Quantiles of histograms, and ranks that bound a quantile."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from eventlive_sim.stats import Ranks, StatisticsError, histogram_quantile, quantile_ranks, samples_needed
from eventlive_sim.stats.quantiles import SAMPLES_MIN, TAIL_SAMPLES_MIN


@pytest.mark.parametrize(
    "quantile, needed",
    [(0.5, 300), (0.95, 300), (0.99, 300), (0.995, 600), (0.999, 3000), (0.001, 3000), (0, 1), (1, 1)],
)
def test_samples_that_a_quantile_needs(quantile, needed):
    """At least 300, and 3 beyond the quantile; the extremes are exact from the first sample."""
    assert needed == samples_needed(quantile)
    assert (SAMPLES_MIN, TAIL_SAMPLES_MIN) == (300, 3)


@pytest.mark.parametrize("count, known", [(299, False), (300, True)])
def test_p99_of_few_samples_is_insufficient_data(count, known):
    """Section 3.3: p99 of under 300 samples is no number."""
    found = histogram_quantile([0, 10], [count], 0.99, least=0, most=10)
    assert (found is not None) == known


def test_interpolation_inside_the_bin():
    """300 samples below 100, 100 from there to 200: p50 at 2/3 of the first bin, p87.5 in the middle of the second."""
    edges, counts = [0, 100, 200], [300, 100]
    assert histogram_quantile(edges, counts, 0.5, 0, 200) == pytest.approx(200 / 3)
    assert histogram_quantile(edges, counts, 0.875, 0, 200) == pytest.approx(150)
    assert histogram_quantile(edges, counts, 0.75, 0, 200) == pytest.approx(100)


def test_empty_bins_are_stepped_over():
    """A quantile at the edge of a gap is the end of the bin before it, not somewhere in the gap."""
    assert histogram_quantile([0, 10, 20, 30], [200, 0, 200], 0.5, 0, 30) == 10
    assert histogram_quantile([0, 10, 20, 30], [200, 0, 200], 0.51, 0, 30) > 20  # type: ignore[operator]  # not None


def test_the_exact_extremes_bound_the_result():
    """The recorded minimum and maximum are exact, the bins are not: 400 equal samples have every quantile equal."""
    for quantile in (0, 0.01, 0.5, 0.99, 1):
        assert histogram_quantile([0, 100], [400], quantile, least=42, most=42) == 42


def test_no_samples_are_insufficient_data():
    """An empty window has not even a maximum."""
    assert histogram_quantile([0, 10], [0], 1, 0, 0) is None
    assert histogram_quantile([0, 10], [0], 0.5, 0, 0) is None


def test_edges_of_centuries_do_not_overflow():
    """Edges near 2**63: differences are taken as whole numbers."""
    top = 2**63 - 1
    found = histogram_quantile([-top, top], [1000], 0.5, -top, top)
    assert found == pytest.approx(0, abs=top * 1e-15)


@given(st.lists(st.integers(0, 10**6), min_size=300, max_size=600), st.floats(0.01, 0.99))
def test_off_by_at_most_a_bin(samples, quantile):
    """Bins 1 % wide: the quantile is within 1 % (and 1 ns) of the samples that surround it."""
    edges = np.unique(np.floor(1.01 ** np.arange(0, 1600)).astype(np.int64)) - 1
    edges = edges[: np.searchsorted(edges, 1_100_000)]
    counts, _ = np.histogram(samples, edges)
    found = histogram_quantile(edges, counts, quantile, min(samples), max(samples))
    ordered = sorted(samples)
    rank = quantile * len(samples)
    below, above = ordered[max(0, math.floor(rank) - 1)], ordered[min(len(samples) - 1, math.ceil(rank))]
    assert found is not None
    assert below / 1.011 - 2 <= found <= above * 1.011 + 2
    assert min(samples) <= found <= max(samples)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20).filter(lambda counts: sum(counts) >= 300))
def test_quantiles_rise(counts):
    """A larger quantile is not a smaller value."""
    edges = np.arange(len(counts) + 1) * 10
    found = [histogram_quantile(edges, counts, q, 0, edges[-1]) for q in np.linspace(0.01, 0.99, 30)]
    assert found == sorted(found)  # type: ignore[type-var]  # none is None


@pytest.mark.parametrize(
    "edges, counts", [([0, 1], [1, 2]), ([0, 0], [1]), ([1, 0], [1]), ([0, 1], [-1]), ([0], []), ([[0, 1]], [1])]
)
def test_what_is_no_histogram(edges, counts):
    """Shapes that do not fit, edges that do not increase, negative counts."""
    with pytest.raises(StatisticsError, match="; give"):
        histogram_quantile(edges, counts, 0.5, 0, 1)


def test_ranks_of_p99_of_a_thousand():
    """Section 3.2: p99 of 1,000 samples lies between order statistics 983 and 996 at 95 %."""
    assert quantile_ranks(1000, 0.99) == Ranks(983, 996)


@given(samples=st.integers(1, 5000), quantile=st.floats(0.01, 0.99), confidence=st.floats(0.5, 0.999))
def test_ranks_cover(samples, quantile, confidence):
    """P(low <= Binomial(n, q) < high) is at least the confidence; without such ranks there is no number."""
    ranks = quantile_ranks(samples, quantile, confidence)
    if ranks is None:
        assert binom.cdf(samples - 1, samples, quantile) - binom.cdf(0, samples, quantile) < (1 + confidence) / 2
        return
    assert 1 <= ranks.low < ranks.high <= samples
    covered = binom.cdf(ranks.high - 1, samples, quantile) - binom.cdf(ranks.low - 1, samples, quantile)
    assert covered >= confidence - 1e-9


def test_few_samples_bound_no_quantile():
    """298 samples have no upper bound of p99 at 95 %; so they say nothing."""
    assert quantile_ranks(298, 0.99) is None


def test_quantiles_are_shares():
    """99 is no quantile; 0.99 is."""
    with pytest.raises(StatisticsError, match=r"give a number in 0\.\.1, such as 0\.99"):
        samples_needed(99)
    with pytest.raises(StatisticsError, match="samples is 0"):
        quantile_ranks(0, 0.5)
