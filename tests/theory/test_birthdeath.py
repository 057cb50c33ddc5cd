"""The birth-death solver, and bounded, impatient and balking queues."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from eventlive_sim.theory import ArgumentError, balking, birth_death, erlang_a, erlang_b, erlang_c, mmc_wait_mean, mmck

RATES = st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)), min_size=1, max_size=30)


@given(RATES)
def test_flows_across_each_cut_balance(rates):
    """p(i) birth(i) = p(i+1) death(i+1), and the probabilities sum to 1."""
    births, deaths = np.array(rates).T
    held = birth_death(births, deaths)
    assert held.sum() == pytest.approx(1)
    assert held[:-1] * births == pytest.approx(held[1:] * deaths, rel=1e-9)


def test_thousands_of_states_neither_overflow_nor_vanish():
    """5,000 states in which each is 10 times as likely as the one before: the last holds 90 %."""
    held = birth_death(np.full(5000, 10.0), np.ones(5000))
    assert held[-1] == pytest.approx(0.9)
    assert np.isfinite(held).all()


def test_no_births_leaves_the_rest_empty():
    """A birth rate of 0 cuts the states above it off."""
    assert birth_death([1.0, 0.0, 1.0], [1.0, 1.0, 1.0]).tolist() == [0.5, 0.5, 0.0, 0.0]


@pytest.mark.parametrize(
    "births, deaths",
    [([1.0], [0.0]), ([-1.0], [1.0]), ([1.0], [1.0, 2.0]), ([np.nan], [1.0]), ([[1.0]], [[1.0]])],
)
def test_impossible_rates_are_refused(births, deaths):
    """Negative, not finite, of unlike shapes; a death rate of 0 never comes back."""
    with pytest.raises(ArgumentError, match="give"):
        birth_death(births, deaths)


@pytest.mark.parametrize(
    "rate, servers, places, blocked, number",
    [(0.9, 1, 5, 0.12602, 2.19478), (2.4, 2, 10, 0.19563, 6.81672)],
)
def test_bounded_queue(rate, servers, places, blocked, number):
    """O3: blocked fraction and mean number of M/M/c/K, also above capacity."""
    pool = mmck(servers, places, rate, 1.0)
    assert blocked == pytest.approx(pool.lost, abs=5e-6)
    assert number == pytest.approx(pool.number, abs=5e-6)


def test_bounded_queue_in_overload():
    """O3: 20/s on 15 servers and 115 places: a quarter is blocked, the rest waits 7.467 s; throughput c mu."""
    pool = mmck(15, 115, 20.0, 1.0)
    assert pool.lost == pytest.approx(0.25, abs=5e-5)
    assert pool.number == pytest.approx(112, abs=5e-3)
    assert pool.sojourn_s == pytest.approx(7.467, abs=5e-4)
    assert pool.throughput == pytest.approx(15, rel=1e-5)


@given(servers=st.integers(1, 50), load=st.floats(0.1, 60))
def test_without_a_line_it_is_erlang_b(servers, load):
    """M/M/c/c."""
    assert mmck(servers, servers, load, 1.0).lost == pytest.approx(erlang_b(servers, load), rel=1e-9)


def test_with_a_long_line_it_is_erlang_c():
    """M/M/c/K goes to M/M/c as K grows."""
    assert mmck(2, 500, 1.6, 1.0).sojourn_s == pytest.approx(mmc_wait_mean(2, 1.6, 1.0) + 1, rel=1e-9)


@pytest.mark.parametrize("rate, servers, patience, lost", [(10.0, 10, 0.5, 0.10391), (2.4, 2, 0.2, 0.24239)])
def test_erlang_a(rate, servers, patience, lost):
    """O11: fraction that abandons, the work being cancelled."""
    station = erlang_a(servers, rate, 1.0, patience)
    assert lost == pytest.approx(station.lost, abs=5e-6)
    assert station.throughput == pytest.approx(rate * (1 - station.lost), rel=1e-12)


def test_erlang_a_of_long_patience_is_erlang_c():
    """Whoever waits long enough is served: the wait goes to that of M/M/c."""
    station = erlang_a(2, 1.6, 1.0, 1e-7)
    assert station.sojourn_s == pytest.approx(1 + erlang_c(2, 1.6) / 0.4, rel=1e-4)


def test_erlang_a_with_patience_like_service_is_poisson():
    """theta = mu: M/M/infinity, so the number is Poisson(a)."""
    assert erlang_a(5, 8.0, 1.0, 1.0).number == pytest.approx(8.0, rel=1e-9)
    assert erlang_a(5, 8.0, 1.0, 1.0).lost == pytest.approx(
        float(poisson.expect(lambda n: np.maximum(n - 5, 0), (8.0,))) / 8, rel=1e-6
    )


def test_a_patience_of_years_is_refused():
    """A line of over a million is not solved for in silence."""
    with pytest.raises(ArgumentError, match="give a shorter patience"):
        erlang_a(1, 2.0, 1.0, 1e-9)


def test_balking():
    """O12: arrivals lambda / (n + 1) at rho = 2: L = 2, throughput .86466."""
    shop = balking(2.0, 1.0)
    assert shop.number == 2
    assert shop.throughput == pytest.approx(0.86466, abs=5e-6)


@given(rho=st.floats(0.01, 20))
def test_balking_is_a_birth_death_process(rho):
    """The closed form against the solver with births lambda / (n + 1)."""
    states = np.arange(200)
    held = birth_death(rho / (states + 1), np.ones(200))
    assert balking(rho, 1.0).number == pytest.approx(float(held @ np.arange(201)), rel=1e-9)
    assert balking(rho, 1.0).throughput == pytest.approx(1 - float(held[0]), rel=1e-9)
