"""How long to watch an M/M/1 queue."""

from __future__ import annotations

import pytest

from eventlive_sim.theory import UnstableQueue, mm1_relaxation, mm1_run_length


@pytest.mark.parametrize("rho, time, digits", [(0.5, 11.7, 0.05), (0.8, 89.7, 0.05), (0.95, 1560, 0.5)])
def test_relaxation(rho, time, digits):
    """Section 2: 1 / (mu (1 - sqrt rho)^2)."""
    assert time == pytest.approx(mm1_relaxation(rho), abs=digits)


@pytest.mark.parametrize("rho, length", [(0.5, 3.7e4), (0.8, 1.7e5), (0.9, 6.5e5), (0.95, 2.5e6)])
def test_run_length_for_five_percent(rho, length):
    """Section 2: service times until L is known to +-5 % at 95 %, as printed to two digits."""
    assert f"{length:.1e}" == f"{mm1_run_length(rho, 0.05):.1e}"


def test_a_queue_without_a_steady_state():
    """rho >= 1 never settles."""
    with pytest.raises(UnstableQueue):
        mm1_relaxation(1.0)
