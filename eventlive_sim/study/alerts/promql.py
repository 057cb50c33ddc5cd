"""Functions of scraped series as Prometheus computes them, its extrapolation to the edges of a range included.

Series are rows of a matrix, scrapes its columns. A range is open at its beginning and closed at its end; no scrape lies on
either, so that versions of Prometheus that differ there agree here.

References
----------
.. [1] Prometheus, ``extrapolatedRate`` in promql/functions.go and ``bucketQuantile`` in promql/quantile.go.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
_EDGE = 1.1
"""So many mean distances between samples from the edge of a range its series is thought to reach the edge."""


def increase(values: Matrix, times_s: Matrix, at_s: float, over_s: float) -> Matrix:
    """Increase of each counter over a range; empty where there are fewer than two scrapes.

    Parameters
    ----------
    values : float array, shape (series, scrapes)
        Cumulative counters that begin with 0.
    times_s : float array, shape (scrapes,)
        When they were scraped [s].
    at_s, over_s : float
        End and length of the range [s].

    Returns
    -------
    float array, shape (series,)
        Or shape (0,) where there is nothing to say.
    """
    first = int(np.searchsorted(times_s, at_s - over_s, side="right"))
    last = int(np.searchsorted(times_s, at_s, side="right")) - 1
    if last - first < 1 or not len(values):
        return np.zeros(0)
    sampled = float(times_s[last] - times_s[first])
    between = sampled / (last - first)
    start, end = float(times_s[first]) - (at_s - over_s), at_s - float(times_s[last])
    grown = values[:, last] - values[:, first]
    with np.errstate(divide="ignore", invalid="ignore"):
        to_zero = np.where(grown > 0, sampled * values[:, first] / grown, np.inf)
    before = np.minimum(to_zero, start)
    reached = np.where(before < _EDGE * between, before, between / 2)
    extended = sampled + reached + (end if end < _EDGE * between else between / 2)
    found: Matrix = grown * extended / sampled
    return found


def last_value(values: Matrix, times_s: Matrix, at_s: float) -> Matrix:
    """What each series was when last scraped; empty before the first scrape."""
    last = int(np.searchsorted(times_s, at_s, side="right")) - 1
    return np.zeros(0) if last < 0 or not len(values) else values[:, last]


def bucket_quantile(level: float, bounds: Sequence[float], counts: Matrix) -> float:
    """Quantile of cumulative buckets, linear within one; beyond the last bound that bound.

    Parameters
    ----------
    level : float
        In 0..1.
    bounds : sequence of float
        Upper bounds, growing, without the one at infinity.
    counts : float array, shape (bounds + 1,)
        Values up to each bound, and all.
    """
    whole = float(counts[-1])
    if not whole:
        return math.nan
    rank = level * whole
    place = int(np.searchsorted(counts[:-1], rank, side="left"))
    if place == len(bounds):
        return float(bounds[-1])
    below, low = (float(counts[place - 1]), float(bounds[place - 1])) if place else (0.0, 0.0)
    inside = float(counts[place]) - below
    return low + (float(bounds[place]) - low) * ((rank - below) / inside) if inside else float(bounds[place])
