"""The fullest of b bins."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest

from eventlive_sim.theory import ArgumentError, burst_law, burst_mean, burst_quantile


def test_joins_by_the_second():
    """O20: 1,000 joins in 120 bins of 1 s: E max 16.632, p95 19, p99 21."""
    assert burst_mean(1000, 120) == pytest.approx(16.632, abs=5e-4)
    assert (burst_quantile(1000, 120, 0.95), burst_quantile(1000, 120, 0.99)) == (19, 21)


def test_pollers_by_the_tenth():
    """O20: 1,000 pollers in 20 bins of 100 ms: E max 63.645, p95 70."""
    assert burst_mean(1000, 20) == pytest.approx(63.645, abs=5e-4)
    assert burst_quantile(1000, 20, 0.95) == 70


@pytest.mark.parametrize("events, bins", [(1, 1), (5, 1), (1, 4), (3, 3), (6, 3), (5, 4)])
def test_law_by_counting_all_throws(events, bins):
    """All b^n throws, counted."""
    most = Counter(max(Counter(throw).values()) for throw in product(range(bins), repeat=events))
    shares = np.cumsum([most[k] for k in range(events + 1)]) / bins**events
    law = burst_law(events, bins)
    assert law == pytest.approx(shares[: law.size], abs=1e-12)
    assert law[-1] == pytest.approx(1, abs=1e-12)


def test_too_many_events_are_refused():
    """An exact law that would take minutes says so."""
    with pytest.raises(ArgumentError, match="give at most 20000"):
        burst_law(20_001, 10)
