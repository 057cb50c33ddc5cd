"""Exact mean value analysis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive_sim.theory import ArgumentError, mva, pingers


def test_two_stations():
    """O14: D = (.04, .05), Z = 1."""
    assert mva((0.04, 0.05), 1.0, 10).throughput == pytest.approx(8.79129, abs=5e-6)
    assert mva((0.04, 0.05), 1.0, 30).throughput == pytest.approx(19.26195, abs=5e-6)
    assert mva((0.04, 0.05), 1.0, 30).response_s == pytest.approx(0.55747, abs=5e-6)


@given(demand_s=st.floats(0.01, 2), think_s=st.floats(0.1, 50), customers=st.integers(1, 200))
def test_one_station_is_the_machine_repairman(demand_s, think_s, customers):
    """Two methods, one number: O13 with one server is O14 with one station."""
    closed = pingers(customers, think_s, demand_s, 1)
    assert mva((demand_s,), think_s, customers).response_s == pytest.approx(closed.response_s, rel=1e-6)


@pytest.mark.parametrize("demands", [(), (0.0,), (-1.0, 1.0)])
def test_demands_must_be_above_zero(demands):
    """No station, or one without demand, is refused."""
    with pytest.raises(ArgumentError, match="give"):
        mva(demands, 1.0, 1)
