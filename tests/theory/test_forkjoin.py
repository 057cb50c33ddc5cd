"""The slowest of n branches."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from eventlive_sim.theory import ArgumentError, fork_join_mean, fork_join_quantile


def test_ten_branches():
    """O8: H_10 = 2.92897."""
    assert fork_join_mean(10, 1.0) == pytest.approx(2.92897, abs=5e-6)


@given(branches=st.integers(1, 1000), branch_s=st.floats(1e-3, 1e3))
def test_the_mean_is_a_harmonic_number(branches, branch_s):
    """H_n = 1 + 1/2 + ... + 1/n."""
    expected = branch_s * sum(1 / k for k in range(1, branches + 1))
    assert expected == pytest.approx(fork_join_mean(branches, branch_s), rel=1e-10)


def test_the_quantile_belongs_to_that_mean():
    """The integral of the quantile over 0..1 is the mean; one branch is exponential."""
    assert fork_join_quantile(1, 2.0, 0.99) == pytest.approx(2 * math.log(100))
    area = quad(lambda q: fork_join_quantile(6, 1.0, q), 0, 1)[0]
    assert fork_join_mean(6, 1.0) == pytest.approx(area, rel=1e-6)


def test_no_branches_is_refused():
    """A join needs something to join."""
    with pytest.raises(ArgumentError, match="branches is 0; give at least 1"):
        fork_join_mean(0, 1.0)
