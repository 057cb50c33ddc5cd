"""Closed pingers, Engset and retrials."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive_sim.theory import (
    ArgumentError,
    UnstableQueue,
    engset,
    erlang_b,
    pingers,
    pingers_knee,
    pollers_overloaded,
    retrial_orbit_mean,
)


@pytest.mark.parametrize(
    "sources, think_s, service_s, throughput, response_s, digits",
    [
        (20, 18.0, 2.0, 0.87806, 4.77746, 5e-6),
        (1000, 120.0, 0.22, 8.25376, 1.15684, 5e-6),
        (1000, 120.0, 0.30, 6.66667, 30.0, 5e-6),
    ],
)
def test_closed_pingers(sources, think_s, service_s, throughput, response_s, digits):
    """O13: machine repairman with 2 servers, insensitive to the law of the think time."""
    closed = pingers(sources, think_s, service_s, 2)
    assert throughput == pytest.approx(closed.throughput, abs=digits)
    assert response_s == pytest.approx(closed.response_s, abs=digits)


@given(
    sources=st.integers(1, 2000),
    think_s=st.floats(0.1, 500),
    service_s=st.floats(0.01, 10),
    servers=st.integers(1, 20),
)
def test_closed_pingers_keep_the_laws(sources, think_s, service_s, servers):
    """N = X (R + Z), L = X R, X <= c / S, R >= S."""
    closed = pingers(sources, think_s, service_s, servers)
    assert closed.throughput * (closed.response_s + think_s) == pytest.approx(sources, rel=1e-8)
    assert closed.number == pytest.approx(closed.throughput * closed.response_s, rel=1e-12)
    assert closed.throughput <= servers / service_s * (1 + 1e-9)
    assert closed.response_s >= service_s * (1 - 1e-8)


def test_knee():
    """O13: N* = c (Z + S) / S."""
    assert pingers_knee(120.0, 0.22, 2) == pytest.approx(2 * 120.22 / 0.22, rel=1e-12)


def test_pollers_limit_themselves():
    """Back of the envelope of O13: 1,000 pollers of 2 s: 500/s free; at C = 300/s they wait N / C - Z = 1.33 s."""
    assert pollers_overloaded(1000, 2.0, 1e9).throughput == 500
    crowd = pollers_overloaded(1000, 2.0, 300.0)
    assert (crowd.throughput, round(crowd.response_s, 2)) == (300.0, 1.33)


@given(sources=st.integers(1, 500), think_s=st.floats(0.1, 100), servers=st.integers(1, 10))
def test_the_asymptotes_bound_the_exact_values(sources, think_s, servers):
    """X at most, and R at least, what the asymptote says."""
    exact, bound = pingers(sources, think_s, 0.5, servers), pollers_overloaded(sources, think_s, servers / 0.5)
    assert exact.throughput <= bound.throughput * (1 + 1e-9)
    assert exact.response_s >= bound.response_s - 1e-6


@pytest.mark.parametrize(
    "sources, servers, load, time, call",
    [(10, 3, 0.5, 0.46512, 0.42), (100, 15, 0.15, 0.1223, 0.11772)],
)
def test_engset(sources, servers, load, time, call):
    """O15: time and call congestion."""
    lines = engset(sources, servers, load)
    assert time == pytest.approx(lines.time, abs=5e-5 if sources == 100 else 5e-6)
    assert call == pytest.approx(lines.call, abs=5e-6)


def test_engset_of_many_sources_is_erlang_b():
    """N to infinity with N alpha = a: both congestions go to B(c, a)."""
    lines = engset(1_000_000, 10, 8e-6)
    assert [lines.time, lines.call] == [pytest.approx(erlang_b(10, 8.0), rel=1e-4)] * 2


@pytest.mark.parametrize("rho, retry_rate, orbit", [(0.5, 1.0, 1.0), (0.8, 1.0, 6.4), (0.8, 0.1, 35.2)])
def test_retrials(rho, retry_rate, orbit):
    """O16: orbit of M/M/1/1, rho (lambda + rho theta) / ((1 - rho) theta)."""
    assert orbit == pytest.approx(retrial_orbit_mean(rho, 1.0, retry_rate), rel=1e-12)


def test_retrials_against_the_chain():
    """The states (busy, orbit), solved as linear equations with the orbit cut at 200."""
    rate, retry, most = 0.5, 0.7, 200
    flow = np.zeros((2 * most, 2 * most))  # state 2 n + busy
    for waiting in range(most):
        idle, busy = 2 * waiting, 2 * waiting + 1
        flow[idle, busy] += rate
        flow[busy, idle] += 1.0
        if waiting:
            flow[idle, busy - 2] += waiting * retry
        if waiting < most - 1:
            flow[busy, busy + 2] += rate
    balance = flow.T - np.diag(flow.sum(axis=1))
    balance[0] = 1.0
    held = np.linalg.solve(balance, np.eye(2 * most)[0])
    orbit = float(held @ (np.arange(2 * most) // 2))
    assert retrial_orbit_mean(rate, 1.0, retry) == pytest.approx(orbit, rel=1e-9)


def test_what_cannot_be_is_refused():
    """More lines than callers, no sources, an unstable retrial queue."""
    with pytest.raises(ArgumentError, match="sources is 3; give at least 4"):
        engset(3, 3, 0.5)
    with pytest.raises(ArgumentError, match="sources"):
        pingers(0, 1.0, 1.0, 1)
    with pytest.raises(UnstableQueue):
        retrial_orbit_mean(1.0, 1.0, 1.0)
