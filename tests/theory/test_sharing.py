"""Processor sharing and the pool before it."""

from __future__ import annotations

import pytest

from eventlive_sim.theory import ArgumentError, erlang_c, mmc_sojourn_mean, pool_wait_probability, sharing_sojourn_mean


def test_sharing_has_the_mean_of_mmc():
    """O9: 2 cores at a = 1.6, one job on at most one core: W as M/M/2, whatever the law of the demand."""
    assert sharing_sojourn_mean(2, 1.6, 1.0) == pytest.approx(2.77778, abs=5e-6)
    assert sharing_sojourn_mean(4, 30.0, 0.1) == pytest.approx(mmc_sojourn_mean(4, 30.0, 10.0))


def test_a_pool_before_the_cpu():
    """O10: K = 8 connections over 2 cores at a = 1.6."""
    assert pool_wait_probability(8, 2, 1.6) == pytest.approx(0.18641, abs=5e-6)


def test_a_pool_as_small_as_the_cpu_is_erlang_c():
    """K = c: who finds no connection finds no core."""
    assert pool_wait_probability(2, 2, 1.6) == erlang_c(2, 1.6)


def test_a_pool_smaller_than_the_cpu_is_refused():
    """K < c leaves cores idle; the formula does not hold."""
    with pytest.raises(ArgumentError, match="connections is 1; give at least 2"):
        pool_wait_probability(1, 2, 1.6)
