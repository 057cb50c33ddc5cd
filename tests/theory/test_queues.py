"""M/M/1, Erlang B and C, M/M/c against printed values, against each other, and against integration."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import poisson

from eventlive_sim.theory import (
    ArgumentError,
    UnstableQueue,
    erlang_b,
    erlang_c,
    mm1_sojourn_mean,
    mm1_sojourn_quantile,
    mm1_sojourn_tail,
    mmc_sojourn_mean,
    mmc_sojourn_quantile,
    mmc_sojourn_tail,
    mmc_wait_mean,
    mmc_wait_quantile,
)


@pytest.mark.parametrize("rho, mean, p99", [(0.5, 2.0, 9.2103), (0.8, 5.0, 23.026), (0.95, 20.0, 92.103)])
def test_mm1_sojourn_is_exponential(rho, mean, p99):
    """O1: W = 1 / (mu - lambda), p99 = ln 100 / (mu - lambda)."""
    assert mean == pytest.approx(mm1_sojourn_mean(rho, 1.0), rel=1e-12)
    assert p99 == pytest.approx(mm1_sojourn_quantile(rho, 1.0, 0.99), abs=5e-4)
    assert mm1_sojourn_tail(rho, 1.0, mm1_sojourn_quantile(rho, 1.0, 0.99)) == pytest.approx(0.01, rel=1e-12)


def test_timeouts_that_do_not_cancel_are_the_tail_of_the_sojourn():
    """O11: without cancellation the queue is unchanged and P(T > tau) = exp(-(mu - lambda) tau) of the calls time out."""
    assert math.exp(-0.2 * 3.0) == pytest.approx(mm1_sojourn_tail(0.8, 1.0, 3.0), rel=1e-12)


def test_mmc_of_two_servers():
    """O2: c = 2, a = 1.6."""
    assert erlang_c(2, 1.6) == pytest.approx(0.71111, abs=5e-6)
    assert mmc_sojourn_mean(2, 1.6, 1.0) == pytest.approx(2.77778, abs=5e-6)
    assert mmc_sojourn_quantile(2, 1.6, 1.0, 0.99) == pytest.approx(11.937, abs=5e-4)


def test_mmc_of_ten_servers():
    """O2: c = 10, a = 8."""
    assert erlang_c(10, 8.0) == pytest.approx(0.40918, abs=5e-6)
    assert 8.0 * mmc_wait_mean(10, 8.0, 1.0) == pytest.approx(1.63672, abs=5e-6)


def test_mmc_of_the_pool():
    """O2: a pool of c = 15 at a = 12."""
    assert erlang_c(15, 12.0) == pytest.approx(0.31919, abs=5e-6)
    assert mmc_wait_mean(15, 12.0, 1.0) == pytest.approx(0.10640, abs=5e-6)
    assert mmc_wait_quantile(15, 12.0, 1.0, 0.99) == pytest.approx(1.154, abs=5e-4)


@pytest.mark.parametrize("servers, load, lost", [(2, 1, 0.2), (10, 8, 0.121661), (60, 50, 0.021668)])
def test_erlang_b(servers, load, lost):
    """O4: B(k) = a B / (k + a B), in all servers and offered loads of the table."""
    assert lost == pytest.approx(erlang_b(servers, load), abs=5e-7)


@given(servers=st.integers(1, 300), load=st.floats(0.01, 300))
def test_erlang_b_is_a_truncated_poisson_law(servers, load):
    """B(c, a) = P(N = c) / P(N <= c) of a Poisson(a) variable."""
    expected = poisson.logpmf(servers, load) - poisson.logcdf(servers, load)
    assert erlang_b(servers, load) == pytest.approx(math.exp(expected), rel=1e-8, abs=1e-300)


@given(rho=st.floats(0.01, 0.99), time_s=st.floats(0, 50))
def test_one_server_is_mm1(rho, time_s):
    """M/M/c with c = 1 is M/M/1, in mean and tail; an arrival waits with probability rho."""
    assert erlang_c(1, rho) == pytest.approx(rho)
    assert mmc_sojourn_mean(1, rho, 1.0) == pytest.approx(mm1_sojourn_mean(rho, 1.0))
    assert mmc_sojourn_tail(1, rho, 1.0, time_s) == pytest.approx(mm1_sojourn_tail(rho, 1.0, time_s), abs=1e-12)


@pytest.mark.parametrize("arrival_rate", [0.5, 1.6, 2.0, 2.0 + 1e-9, 2.9])
def test_the_tail_integrates_to_the_mean(arrival_rate):
    """The integral of P(T > t) is W, also where c mu - lambda equals mu (c = 3, lambda = 2) or nearly."""
    area = quad(lambda time_s: mmc_sojourn_tail(3, arrival_rate, 1.0, time_s), 0, math.inf)[0]
    assert mmc_sojourn_mean(3, arrival_rate, 1.0) == pytest.approx(area, rel=1e-7)


@given(
    servers=st.integers(1, 40),
    rho=st.floats(0.01, 0.999),
    service_rate=st.floats(1e-3, 1e3),
    quantile=st.floats(0.001, 0.9999),
)
def test_the_quantile_inverts_the_tail(servers, rho, service_rate, quantile):
    """P(T > quantile q) = 1 - q, in any unit of time."""
    arrival_rate = rho * servers * service_rate
    time_s = mmc_sojourn_quantile(servers, arrival_rate, service_rate, quantile)
    assert mmc_sojourn_tail(servers, arrival_rate, service_rate, time_s) == pytest.approx(1 - quantile, rel=1e-6)


def test_a_wait_that_few_have_has_quantile_zero():
    """If at most 1 - q of the arrivals wait, quantile q of the wait is 0."""
    assert erlang_c(20, 2.0) < 0.01
    assert mmc_wait_quantile(20, 2.0, 1.0, 0.99) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: mm1_sojourn_mean(1.0, 1.0),
        lambda: erlang_c(2, 2.0),
        lambda: mmc_wait_mean(2, 2.1, 1.0),
        lambda: mmc_sojourn_tail(2, 2.1, 1.0, 1.0),
    ],
)
def test_an_unstable_queue_is_an_error_with_a_remedy(call):
    """No steady state: the error says how to get one."""
    with pytest.raises(UnstableQueue, match="add servers"):
        call()


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: mm1_sojourn_mean(-1.0, 1.0), "arrival_rate"),
        (lambda: mm1_sojourn_mean(0.5, math.nan), "service_rate"),
        (lambda: mm1_sojourn_quantile(0.5, 1.0, 1.0), "quantile"),
        (lambda: mm1_sojourn_tail(0.5, 1.0, -1.0), "time_s"),
        (lambda: erlang_b(-1, 1.0), "servers"),
        (lambda: erlang_b(2, math.inf), "offered_load"),
        (lambda: erlang_c(0, 0.0), "servers"),
        (lambda: mmc_wait_mean(1.5, 1.0, 1.0), "servers"),  # type: ignore[arg-type]  # what is tested
    ],
)
def test_an_impossible_argument_is_named(call, name):
    """The error names the argument, and is a ValueError too."""
    with pytest.raises(ArgumentError, match=f"{name} is .*; give"):
        call()
    assert issubclass(ArgumentError, ValueError)
