"""How jitter takes out the beat of a join burst."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eventlive_sim.theory import ArgumentError, beat_amplitude, beat_factor, beat_lifetime


def test_ten_seconds_on_two_minutes_hardly_matter():
    """O19: T = 120, j = 10: factor .95493 a ping; a fall by e takes 21.7 pings, 43 min."""
    assert beat_factor(120.0, 10.0) == pytest.approx(0.95493, abs=5e-6)
    assert beat_lifetime(120.0, 10.0) == pytest.approx(21.7, abs=0.05)
    assert beat_lifetime(120.0, 10.0) * 2 == pytest.approx(43, abs=0.5)


@pytest.mark.parametrize("periods, amplitude", [(1, 1.888), (10, 1.247), (30, 0.496)])
def test_a_burst_of_joins_keeps_its_beat(periods, amplitude):
    """O19: joins within J = 10 s."""
    assert amplitude == pytest.approx(beat_amplitude(120.0, 10.0, 10.0, periods), abs=5e-4)


def test_joins_over_exactly_one_period_hide_the_risk():
    """O19: J = T = 120 s has amplitude 0."""
    assert beat_amplitude(120.0, 10.0, 120.0, 1) == pytest.approx(0, abs=1e-12)


def test_amplitude_of_drawn_pings():
    """The mean of exp(2 pi i t / T) over 400,000 seeded pings, times 2, is the amplitude."""
    rng = np.random.default_rng(19)
    at_s = rng.uniform(0, 30, 400_000) + rng.uniform(95, 145, (5, 400_000)).sum(axis=0)
    drawn = 2 * abs(np.exp(2j * np.pi * at_s / 120).mean())
    assert drawn == pytest.approx(beat_amplitude(120.0, 25.0, 30.0, 5), abs=0.01)


def test_without_jitter_the_beat_stays():
    """j = 0: factor 1, for ever. A jitter of half a period takes it out at once."""
    assert beat_lifetime(120.0, 0.0) == math.inf
    assert beat_amplitude(120.0, 0.0, 0.0, 1000) == 2
    assert beat_amplitude(120.0, 60.0, 0.0, 1) == pytest.approx(0, abs=1e-12)


def test_jitter_beyond_the_period_is_refused():
    """An interval cannot be negative."""
    with pytest.raises(ArgumentError, match="give a smaller jitter"):
        beat_factor(120.0, 120.0)
