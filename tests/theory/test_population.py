"""How many are present, over time."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive_sim.theory import ArgumentError, joined_evenly_mean, population_mean


def watch_exponential(age_s):
    return math.exp(-age_s / 3600)


def watch_uniform(age_s):
    return max(0.0, 1 - age_s / 7200)


@pytest.mark.parametrize(
    "survival, time_s, present",
    [
        (watch_exponential, 120.0, 983.517),
        (watch_exponential, 3720.0, 361.816),
        (watch_uniform, 120.0, 991.667),
        (watch_uniform, 3720.0, 491.667),
    ],
)
def test_a_thousand_join_in_two_minutes(survival, time_s, present):
    """O18: joins of S1, watching Exp(1 h) or U(0, 2 h)."""
    assert present == pytest.approx(joined_evenly_mean(time_s, 1000, 120.0, survival), abs=5e-4)


@given(time_s=st.floats(0, 1e4), rate=st.floats(0.1, 10))
def test_a_steady_stream_of_exponential_stays(time_s, rate):
    """m(t) = lambda S (1 - exp(-t / S)) from an empty start."""
    expected = rate * 3600 * -math.expm1(-time_s / 3600)
    assert expected == pytest.approx(population_mean(time_s, lambda _: rate, watch_exponential), rel=1e-9, abs=1e-12)


def test_nobody_is_there_before_zero():
    """A negative time is refused."""
    with pytest.raises(ArgumentError, match="time_s"):
        population_mean(-1.0, lambda _: 1.0, watch_uniform)
