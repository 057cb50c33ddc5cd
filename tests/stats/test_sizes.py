"""Replications that a question needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive_sim.stats import (
    StatisticsError,
    proportion_interval,
    replications_to_bound,
    replications_to_separate,
)


@pytest.mark.parametrize(
    "risk, hits, needed", [(0.05, 0, 59), (0.02, 0, 149), (0.01, 0, 299), (0.05, 1, 93), (0.02, 1, 236), (0.01, 1, 473)]
)
def test_replications_to_bound_a_probability(risk, hits, needed):
    """Section 3.2: 59, 149, 299 without a violation; 93, 236, 473 with one."""
    assert needed == replications_to_bound(risk, hits)


@given(risk=st.floats(0.005, 0.9), hits=st.integers(0, 10), confidence=st.floats(0.5, 0.999))
def test_they_are_the_fewest(risk, hits, confidence):
    """With n the bound is below the limit; with n - 1 it is not."""
    needed = replications_to_bound(risk, hits, confidence)
    assert proportion_interval(hits, needed, confidence, "upper").high <= risk * (1 + 1e-9)
    assert needed == 1 or proportion_interval(hits, needed - 1, confidence, "upper").high > risk * (1 - 1e-9)


@pytest.mark.parametrize(
    "variation, margin, needed", [(0.1, 0.05, 87), (0.1, 0.1, 22), (0.1, 0.2, 6), (0.3, 0.1, 195), (0.3, 0.2, 49)]
)
def test_replications_to_separate_a_margin(variation, margin, needed):
    """Section 3.2: n = (4.65 CV / d)^2 at a risk of .01 each way."""
    assert needed == replications_to_separate(variation, margin)


def test_what_is_no_question():
    """A negative number of hits, a margin of 0, a risk of one half."""
    with pytest.raises(StatisticsError, match="hits is -1"):
        replications_to_bound(0.05, -1)
    with pytest.raises(StatisticsError, match="margin is 0"):
        replications_to_separate(0.1, 0)
    with pytest.raises(StatisticsError, match=r"risk is 0\.5"):
        replications_to_separate(0.1, 0.1, 0.5)
