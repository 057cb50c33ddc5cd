"""The band of 4 standard errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t

from eventlive_sim.stats import StatisticsError, band
from eventlive_sim.stats.band import REPLICATIONS_MIN, SIGMAS


def test_distance_in_standard_errors():
    """20 values of mean 1 and s = .10260 against 1.05: .05 / (s / sqrt 20) = 2.179."""
    result = band([0.9, 1.1] * 10, 1.05)
    assert result.standard_error == pytest.approx(0.1 * math.sqrt(20 / 19) / math.sqrt(20))
    assert result.distance == pytest.approx(0.05 / result.standard_error)
    assert result.holds
    assert not band([0.9, 1.1] * 10, 1.1).holds


def test_a_right_program_seldom_leaves_the_band():
    """20 replications, 4 sigma: once in 1,300 tests by Student's law; at most 8 of 2,000 seeded ones here."""
    assert (REPLICATIONS_MIN, SIGMAS) == (20, 4.0)
    assert 1 / (2 * t.sf(SIGMAS, REPLICATIONS_MIN - 1)) == pytest.approx(1300, rel=0.01)
    rng = np.random.default_rng(41)
    assert sum(not band(rng.normal(5, 2, 20), 5.0).holds for _ in range(2000)) <= 8


def test_a_wrong_program_leaves_it():
    """A mean that is off by 7 standard errors is found out in nearly every one of 200 seeded tests."""
    rng = np.random.default_rng(43)
    off = 5 + 7 * 2 / math.sqrt(20)
    assert sum(not band(rng.normal(off, 2, 20), 5.0).holds for _ in range(200)) > 180


def test_replications_that_do_not_differ_must_be_exact():
    """Without spread there is no error to hide behind."""
    assert band([2.0] * 20, 2.0).holds
    assert band([2.0] * 20, 2.001).distance == math.inf


def test_the_text_says_it_all():
    """A failed test prints what was found, what was expected, and how far off it is."""
    assert str(band([0.9, 1.1] * 10, 1.1)) == (
        "1 +- 0.023 of 20 replications, expected 1.1: 4.36 standard errors, outside 4"
    )


@pytest.mark.parametrize(
    "values, expected, message",
    [
        ([1.0] * 19, 1.0, "at least 20"),
        ([1.0] * 19 + [math.inf], 1.0, "replication 19 is inf"),
        ([1.0] * 20, math.nan, "give a finite value"),
    ],
)
def test_too_little_to_judge(values, expected, message):
    """Fewer than 20 replications, or something that is no number."""
    with pytest.raises(StatisticsError, match=message):
        band(values, expected)
