"""Hidden capacity, triggers and recovery: reference cases R1 and R2."""

from __future__ import annotations

import math

import pytest

from eventlive_sim.theory import (
    ArgumentError,
    crowding_capacity,
    outage_backlog,
    recovery_time,
    retry_amplification,
    stable_capacity,
    standing,
    trigger_can_overload,
)


def test_hidden_capacity_of_one_retry():
    """R1: 300/s and one retry: C_stable = 150."""
    assert stable_capacity(300.0, retry_amplification(1)) == 150


@pytest.mark.parametrize("budget, hidden", [(0.10, 273), (0.05, 286)])
def test_hidden_capacity_of_a_retry_budget(budget, hidden):
    """R1: a budget of 10 % leaves 273 < 280 (collapse), one of 5 % 286 > 280 (slow recovery)."""
    assert hidden == pytest.approx(stable_capacity(300.0, retry_amplification(budget)), abs=0.5)
    assert standing(280.0, 300.0, retry_amplification(budget)) == ("stable" if hidden > 280 else "vulnerable")


def test_hidden_capacity_of_a_cache():
    """HotOS'21 2.2: a cache of 90 % hits multiplies 300/s to 3,000/s; losing it is an amplification of 10."""
    assert stable_capacity(3000.0, 10.0) == 300
    assert stable_capacity(3000.0, 1.0, degradation=10.0) == 300


@pytest.mark.parametrize(
    "load, expected",
    [(100, "stable"), (149, "stable"), (150, "vulnerable"), (280, "vulnerable"), (300, "overloaded")],
)
def test_standing(load, expected):
    """Theorem 2: stable below C_stable, vulnerable below C_norm."""
    assert expected == standing(load, 300.0, 2.0)


def test_unbounded_retries_leave_nothing_stable():
    """w_L infinite: C_stable = 0."""
    assert stable_capacity(300.0, retry_amplification(math.inf)) == 0
    assert standing(1.0, 300.0, math.inf) == "vulnerable"


def test_a_small_trigger_cannot_overload():
    """Theorem 1: m_L + m_C >= C_norm - L_norm, or nothing happens."""
    assert not trigger_can_overload(280.0, 300.0, 10.0, 9.9)
    assert trigger_can_overload(280.0, 300.0, 10.0, 10.0)


def test_backlog_of_the_outage():
    """R1: 10 s outage, timeout 1 s, one retry: B = 19 lambda."""
    assert outage_backlog(1.0, 1, 1.0, 10.0) == 19
    assert outage_backlog(1.0, 4, 3.0, 10.0) == 10 + 7 + 4 + 1


@pytest.mark.parametrize("load, time_s, digits", [(100, 16.0, 0.05), (140, 118, 0.5), (145, 245, 0.6)])
def test_recovery(load, time_s, digits):
    """R1: T_rec = (B - C tau) / (C - (1 + R) lambda); the printed 245 is 245.5."""
    assert time_s == pytest.approx(recovery_time(load, 300.0, 1, 1.0, 10.0), abs=digits)


def test_recovery_close_to_the_edge_takes_longer_than_anyone_waits():
    """R1: 149/s is stable, after over 1,000 s; 150/s never recovers; 280/s never."""
    assert 1000 < recovery_time(149.0, 300.0, 1, 1.0, 10.0) < 1400
    assert recovery_time(150.0, 300.0, 1, 1.0, 10.0) == math.inf
    assert recovery_time(280.0, 300.0, 1, 1.0, 10.0) == math.inf


def test_a_short_outage_leaves_no_trace():
    """R1: a backlog served within the timeout: 0.8 s at 280/s recovers."""
    assert recovery_time(280.0, 300.0, 1, 1.0, 0.8) == 0


def test_crowding():
    """R2: latency 1 s + 10 ms a request, held to 2.8 s: 64.3 attempts/s, over 3 tries 21.4 calls/s."""
    most = crowding_capacity(1.0, 0.01, 2.8)
    assert most == pytest.approx(64.3, abs=0.05)
    assert stable_capacity(most, retry_amplification(2)) == pytest.approx(21.4, abs=0.05)


@pytest.mark.parametrize(
    "call",
    [
        lambda: stable_capacity(300.0, 0.5),
        lambda: stable_capacity(300.0, math.nan),
        lambda: retry_amplification(-1),
        lambda: recovery_time(0.0, 300.0, 1, 1.0, 10.0),
        lambda: crowding_capacity(1.0, 0.01, 1.0),
    ],
)
def test_impossible_arguments(call):
    """Each error says what to give."""
    with pytest.raises(ArgumentError, match="; give"):
        call()
