"""Functions of scraped series against figures by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eventlive_sim.study.alerts.promql import bucket_quantile, increase, last_value

TIMES = np.arange(0.0, 121.0, 15.0)


def counter(*values: float) -> np.ndarray:
    return np.asarray([values], dtype=float)


def test_increase_reaches_to_the_edges_of_its_range() -> None:
    """Ten a second; the range (1, 61] holds scrapes from 15 to 60 s, and so 450; 14 s before and 1 s after belong to it."""
    steady = counter(*(10 * TIMES))
    assert increase(steady, TIMES, 61, 60) == pytest.approx([600])


def test_increase_does_not_reach_below_zero() -> None:
    """A counter that was 10 at the first scrape of the range and grew 10 a second was 0 only a second before."""
    values = counter(*np.maximum(0, 10 * (TIMES - 14)))
    assert increase(values, TIMES, 61, 60) == pytest.approx([450 + 10 + 10])


def test_a_series_that_ends_early_is_extended_by_half_a_scrape() -> None:
    """Scrapes from 15 to 60 s in (1, 101]: none in the last 41 s, which is farther than 1.1 scrapes; 14 s before belong to it."""
    times, values = TIMES[:5], counter(*(10 * TIMES[:5]))
    assert increase(values, times, 101, 100) == pytest.approx([450 + 140 + 75])


def test_fewer_than_two_scrapes_say_nothing() -> None:
    """An empty vector, not 0: a comparison with it holds nowhere."""
    assert increase(counter(*(10 * TIMES)), TIMES, 16, 10).size == 0
    assert increase(np.zeros((0, TIMES.size)), TIMES, 61, 60).size == 0
    assert last_value(counter(*TIMES), TIMES, -1).size == 0


def test_level_is_the_last_scrape() -> None:
    """At 46 s that of 45 s."""
    assert last_value(counter(*TIMES), TIMES, 46).tolist() == [45]


@pytest.mark.parametrize(("level", "expected"), [(0.25, 0.5), (0.5, 1.0), (0.75, 1.5), (1.0, 2.0)])
def test_quantile_is_linear_within_a_bucket(level: float, expected: float) -> None:
    """Four up to 1 s, four up to 2 s, none above."""
    assert bucket_quantile(level, [1, 2], np.asarray([4.0, 8.0, 8.0])) == pytest.approx(expected)


def test_beyond_the_last_bucket_is_the_last_bound() -> None:
    """And of nothing there is no quantile."""
    assert bucket_quantile(0.95, [1, 2], np.asarray([0.0, 0.0, 5.0])) == 2
    assert math.isnan(bucket_quantile(0.95, [1, 2], np.zeros(3)))
