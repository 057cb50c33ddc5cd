"""Loads at which a limit is met."""

from __future__ import annotations

import pytest

from eventlive_sim.theory import ArgumentError, mmc_arrivals_max, mmc_sojourn_quantile, pingers, pingers_max


def test_arrivals_of_two_servers():
    """O21: M/M/2 with S = .1 s, p99 <= 1 s: lambda* = 15.1595."""
    best = mmc_arrivals_max(2, 10.0, 0.99, 1.0)
    assert best == pytest.approx(15.1595, abs=5e-5)
    assert mmc_sojourn_quantile(2, best, 10.0, 0.99) == pytest.approx(1.0, rel=1e-9)


def test_arrivals_of_one_server():
    """O21: M/M/1 with mu = 10: lambda* = 5.39483."""
    assert mmc_arrivals_max(1, 10.0, 0.99, 1.0) == pytest.approx(5.39483, abs=5e-6)


@pytest.mark.parametrize("service_s, limit_s, sources", [(0.22, 1.0, 979), (0.05, 0.2, 4171)])
def test_pingers(service_s, limit_s, sources):
    """O21: Z = 120 s, c = 2, mean R within its limit: N* = 979 and 4171, and not one more."""
    assert sources == pingers_max(120.0, service_s, 2, limit_s)
    assert pingers(sources, 120.0, service_s, 2).response_s <= limit_s
    assert pingers(sources + 1, 120.0, service_s, 2).response_s > limit_s


def test_a_limit_at_the_service_time_lets_one_in():
    """R = S as long as no two meet: N* is at least the number of servers."""
    assert pingers_max(10.0, 1.0, 3, 1.0) == 3


def test_limits_that_nothing_can_keep():
    """Service alone is longer than the limit; or the limit never binds."""
    with pytest.raises(ArgumentError, match="serve faster"):
        mmc_arrivals_max(2, 10.0, 0.99, 0.4)
    with pytest.raises(ArgumentError, match="serve faster"):
        pingers_max(120.0, 0.22, 2, 0.2)
    with pytest.raises(ArgumentError, match="tighter limit"):
        pingers_max(1e7, 0.01, 2, 1.0)
