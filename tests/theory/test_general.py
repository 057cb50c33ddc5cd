"""M/G/1, D/M/1, batches, and Kingman's bound."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive_sim.theory import (
    ArgumentError,
    UnstableQueue,
    batch_number_mean,
    dm1_sigma,
    dm1_sojourn_mean,
    kingman_bound,
    mg1_sojourn_mean,
    mg1_wait_mean,
    mixture_moments,
    mm1_sojourn_mean,
)


@pytest.mark.parametrize("cv2, sojourn", [(0.0, 3.0), (1.0, 5.0), (4.0, 11.0)])
def test_pollaczek_khinchine(cv2, sojourn):
    """O5: rho = .8; deterministic 3, exponential 5 (M/M/1), lognormal of cv2 = 4 11."""
    assert sojourn == pytest.approx(mg1_sojourn_mean(0.8, 1.0, cv2), rel=1e-12)


def test_brooker_bimodal_service():
    """O5: service of mean 0.1 ms (99.9 %) or 10 ms (0.1 %), each exponential, at rho = .8: W = 4.11318 ms."""
    mean_ms, cv2 = mixture_moments((0.999, 0.001), (0.1, 10.0))
    assert mean_ms == pytest.approx(0.1099)
    assert mg1_sojourn_mean(0.8 / mean_ms, mean_ms, cv2) == pytest.approx(4.11318, abs=5e-6)


@given(part=st.floats(0.01, 100))
def test_a_mixture_of_one_is_exponential(part):
    """One part: its mean, and cv2 = 1."""
    assert list(mixture_moments((1.0,), (part,))) == pytest.approx([part, 1.0])


@pytest.mark.parametrize("rho, sojourn, digits", [(0.5, 1.2550, 5e-5), (0.8, 2.69273, 5e-6), (0.95, 10.1724, 5e-5)])
def test_even_arrivals(rho, sojourn, digits):
    """O6: D/M/1, W = 1 / (mu (1 - sigma))."""
    assert sojourn == pytest.approx(dm1_sojourn_mean(rho, 1.0), abs=digits)


@given(rho=st.floats(0.02, 0.9999))
def test_sigma_is_the_root_below_the_utilisation(rho):
    """Sigma = exp(-(1 - sigma) / rho), and even arrivals wait less than Poisson ones."""
    sigma = dm1_sigma(rho, 1.0)
    assert sigma == pytest.approx(math.exp(-(1 - sigma) / rho), abs=1e-12)
    assert sigma < rho


@given(rho=st.floats(0.02, 0.999))
def test_kingman_bounds_the_wait(rho):
    """O6: Wq <= lambda (sa^2 + ss^2) / (2 (1 - rho)) for D/M/1 and M/M/1."""
    assert dm1_sojourn_mean(rho, 1.0) - 1 <= kingman_bound(rho, 1.0, 0.0, 1.0)
    assert mm1_sojourn_mean(rho, 1.0) - 1 <= kingman_bound(rho, 1.0, rho**-2, 1.0)


def test_batches():
    """O7: a page that fires b = 6 queries at rho = .8 has L = 14, against 4 one by one."""
    assert batch_number_mean(6, 0.8) == pytest.approx(14, rel=1e-12)
    assert batch_number_mean(1, 0.8) == pytest.approx(4, rel=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mg1_wait_mean(1.0, 1.0, 0.0),
        lambda: dm1_sigma(1.0, 1.0),
        lambda: batch_number_mean(2, 1.0),
        lambda: kingman_bound(2.0, 1.0, 0.0, 0.0),
    ],
)
def test_an_unstable_queue_is_refused(call):
    """rho >= 1 has no steady state."""
    with pytest.raises(UnstableQueue):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: mixture_moments((0.5, 0.4), (1.0, 2.0)),
        lambda: mixture_moments((1.0,), (1.0, 2.0)),
        lambda: mixture_moments((1.5, -0.5), (1.0, 2.0)),
        lambda: mg1_wait_mean(0.5, 1.0, -0.1),
    ],
)
def test_an_impossible_argument_is_refused(call):
    """Weights that are none, and a negative variance."""
    with pytest.raises(ArgumentError, match="give"):
        call()
