"""Token bucket as M/D/1/b."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from eventlive_sim.stats import band
from eventlive_sim.theory import ArgumentError, bucket_loss


@pytest.mark.parametrize(
    "ratio, burst, refused",
    [(0.8, 1, 0.44444), (0.8, 2, 0.19957), (0.8, 5, 0.03529), (0.8, 10, 0.00364), (1.2, 10, 0.17091)],
)
def test_refused_fraction(ratio, burst, refused):
    """O17: fraction refused by arrivals per token and size of the bucket."""
    assert refused == pytest.approx(bucket_loss(ratio, 1.0, burst), abs=5e-6)


def by_matrix(ratio: float, burst: int) -> float:
    """Loss from the chain of departures, written as its matrix and solved as linear equations."""
    chain = np.zeros((burst, burst))
    for left in range(burst):
        start = max(left - 1, 0)
        for arrived in range(burst - start):
            chain[left, start + arrived] = poisson.pmf(arrived, ratio)
        chain[left, burst - 1] += 1 - chain[left].sum()
    balance = chain.T - np.eye(burst)
    balance[0] = 1.0
    empty = np.linalg.solve(balance, np.eye(burst)[0])[0]
    return float(1 - 1 / (empty + ratio))


@settings(max_examples=50)
@given(ratio=st.floats(0.05, 5), burst=st.integers(2, 40))
def test_recursion_is_the_chain(ratio, burst):
    """Two ways to solve one chain."""
    assert bucket_loss(ratio, 1.0, burst) == pytest.approx(by_matrix(ratio, burst), abs=1e-9)


def gcra_refused(seed: int, ratio: float, burst: int, arrivals: int = 20_000) -> float:
    """GCRA as it is programmed: refuse while the theoretical arrival time is too far ahead."""
    refused, theoretical = 0, 0.0
    for now in np.cumsum(np.random.default_rng(seed).exponential(1 / ratio, arrivals)).tolist():
        if theoretical - now > burst - 1:
            refused += 1
        else:
            theoretical = max(theoretical, now) + 1
    return refused / arrivals


@pytest.mark.parametrize("ratio, burst", [(0.8, 1), (0.8, 2), (1.2, 5)])
def test_gcra_by_itself(ratio, burst):
    """O17: the rule itself, 40 seeded replications, in the 4-sigma band."""
    result = band([gcra_refused(1700 + seed, ratio, burst) for seed in range(40)], bucket_loss(ratio, 1.0, burst))
    assert result.holds, result


def test_deep_buckets_and_floods():
    """A bucket of thousands refuses what exceeds the refill; a flood is refused but for the refill."""
    assert bucket_loss(1.5, 1.0, 3000) == pytest.approx(1 / 3, rel=1e-9)
    assert bucket_loss(0.5, 1.0, 3000) == pytest.approx(0, abs=1e-12)
    assert bucket_loss(499.0, 1.0, 3) == pytest.approx(bucket_loss(501.0, 1.0, 3), rel=1e-4)
    assert bucket_loss(1e6, 1.0, 3) == pytest.approx(1 - 1e-6, rel=1e-12)


def test_no_bucket_is_refused():
    """A burst of 0 lets nothing pass, ever."""
    with pytest.raises(ArgumentError, match="burst is 0; give at least 1"):
        bucket_loss(1.0, 1.0, 0)
