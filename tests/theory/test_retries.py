"""Arithmetic of retries: reference case R3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive_sim.theory import ArgumentError, retries_budgeted, retries_fixed, retries_layered

STOCK = 0.004
"""Tokens at the start over calls. Not printed: it is what the printed load at f = 1 implies (1.004, on success)."""


@pytest.mark.parametrize(
    "failure, load, success", [(0.1, 1.1110, 0.9999), (0.5, 1.8750, 0.9375), (0.9, 3.4390, 0.3439), (1.0, 4, 0)]
)
def test_three_retries(failure, load, success):
    """R3: N = 3."""
    policy = retries_fixed(failure, 3)
    assert load == pytest.approx(policy.attempts, abs=5e-5)
    assert success == pytest.approx(policy.success, abs=5e-5)


@given(failure=st.floats(0, 0.999), retries=st.integers(0, 20))
def test_load_in_closed_form(failure, retries):
    """E = (1 - f^(N+1)) / (1 - f), and success is what the last failure leaves."""
    expected = (1 - failure ** (retries + 1)) / (1 - failure)
    assert expected == pytest.approx(retries_fixed(failure, retries).attempts, rel=1e-9)


@pytest.mark.parametrize(
    "deposit, failure, load, success",
    [("call", 0.5, 1.104, 0.552), ("call", 1.0, 1.104, 0), ("success", 0.5, 1.057, 0.530), ("success", 1.0, 1.004, 0)],
)
def test_retry_budget(deposit, failure, load, success):
    """R3: a bucket of 5, 10 %: tokens per call start or per success. The printed values are simulated: within .002."""
    policy = retries_budgeted(failure, 3, 0.1, deposit, STOCK)
    assert load == pytest.approx(policy.attempts, abs=0.0005)
    assert success == pytest.approx(policy.success, abs=0.002)


@given(failure=st.floats(0, 1), budget=st.floats(0, 1), deposit=st.sampled_from(["call", "success"]))
def test_a_budget_never_adds_attempts(failure, budget, deposit):
    """Budgeted attempts are at most those of plain retries, at least 1, at most 1 + b."""
    free, policy = retries_fixed(failure, 3), retries_budgeted(failure, 3, budget, deposit)
    assert 1 <= policy.attempts <= free.attempts
    assert policy.attempts <= 1 + budget + 1e-12
    assert policy.success <= free.success + 1e-12


def test_layers_multiply():
    """R3: L layers of r tries: r^L."""
    assert retries_layered(3, 1) == 3
    assert retries_layered(4, 3) == 64


def test_impossible_arguments():
    """Probabilities are in 0..1, numbers of retries are whole."""
    with pytest.raises(ArgumentError, match=r"failure is 1\.5; give a probability"):
        retries_fixed(1.5, 3)
    with pytest.raises(ArgumentError, match="retries is -1"):
        retries_fixed(0.5, -1)
