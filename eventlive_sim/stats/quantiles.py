"""Quantiles of a recorded histogram, and what a quantile of a sample can be trusted for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventlive_sim.stats import _errors as check

SAMPLES_MIN = 300
"""Fewest samples of which a quantile is a number; of fewer it is "insufficient data".

At 299 the largest sample is the first to bound p99 from above at 95 %.
"""
TAIL_SAMPLES_MIN = 3
"""Fewest samples that must be expected beyond a quantile: 300 in all for p99, 3,000 for p99.9."""


@dataclass(frozen=True)
class Ranks:
    """Order statistics that bound a quantile; rank 1 is the smallest sample."""

    low: int
    """Rank of the lower bound, 1..n."""
    high: int
    """Rank of the upper bound, 1..n."""


def samples_needed(quantile: float) -> int:
    """Fewest samples of which a quantile is reported as a number.

    Parameters
    ----------
    quantile : float
        The quantile, in 0..1.

    Returns
    -------
    int
        The larger of `SAMPLES_MIN` and `TAIL_SAMPLES_MIN` over the smaller tail; 1 for the minimum and the maximum,
        which are exact.

    Examples
    --------
    >>> [samples_needed(q) for q in (0.5, 0.99, 0.999, 1.0)]
    [300, 300, 3000, 1]
    """
    _quantile(quantile)
    tail = min(quantile, 1 - quantile)
    if tail == 0:
        return 1
    return max(SAMPLES_MIN, math.ceil(TAIL_SAMPLES_MIN / tail * (1 - 1e-9)))


def histogram_quantile(
    edges: npt.ArrayLike, counts: npt.ArrayLike, quantile: float, least: float, most: float
) -> float | None:
    """Quantile of a histogram, by linear interpolation inside the bin in which it falls.

    Parameters
    ----------
    edges : array_like of int, shape (n + 1,)
        Edges of the bins, increasing; int64, usually [ns].
    counts : array_like of int, shape (n,)
        Samples in each bin, 0 or more.
    quantile : float
        The quantile, in 0..1. The samples of a bin are taken as spread evenly over it.
    least, most : float
        Exact minimum and maximum of the samples, in the unit of the edges. The result is kept between them; quantile 0
        and 1 give them. Not read if there is no sample.

    Returns
    -------
    float or None
        In the unit of the edges. None is "insufficient data": fewer than `samples_needed` samples.

    Raises
    ------
    StatisticsError
        If the edges do not increase, the shapes do not fit, or a count is negative.

    Examples
    --------
    >>> histogram_quantile([0, 100, 200], [400, 100], 0.5, least=3, most=180)
    62.5
    >>> histogram_quantile([0, 100, 200], [30, 10], 0.5, least=3, most=180) is None
    True
    """
    bins, tally = _histogram(edges, counts)
    reached = np.cumsum(tally)
    total = int(reached[-1])
    if total < samples_needed(quantile):
        return None
    if quantile in {0, 1}:
        return float(most if quantile else least)
    wanted = quantile * total
    where = int(np.searchsorted(reached, wanted))
    low, high = int(bins[where]), int(bins[where + 1])
    inside = (wanted - (int(reached[where]) - int(tally[where]))) / int(tally[where])
    return min(max(low + inside * (high - low), float(least)), float(most))


def quantile_ranks(samples: int, quantile: float, confidence: float = 0.95) -> Ranks | None:
    """Ranks of the order statistics between which a quantile lies, whatever the distribution.

    Parameters
    ----------
    samples : int
        Number of independent samples n, at least 1: replications, not the requests of one run.
    quantile : float
        The quantile, above 0 and below 1.
    confidence : float
        Least probability of lying between the two, above 0 and below 1.

    Returns
    -------
    Ranks or None
        None is "insufficient data": n is too small for a bound on one side.

    Notes
    -----
    The lower rank takes at most half of the risk; the upper is the smallest for which both together keep to it.

    References
    ----------
    .. [1] H. A. David, H. N. Nagaraja, Order Statistics, 3rd ed., Wiley 2003, section 7.1.

    Examples
    --------
    >>> quantile_ranks(1000, 0.99)
    Ranks(low=983, high=996)
    """
    check.share("quantile", quantile)
    check.share("confidence", confidence)
    if samples < 1:
        message = f"samples is {samples!r}; give at least 1"
        raise check.StatisticsError(message)
    from scipy.stats import binom  # noqa: PLC0415 - it takes a second to import, and most commands do without

    low = int(binom.ppf((1 - confidence) / 2, samples, quantile))
    high = int(binom.ppf(confidence + binom.cdf(low - 1, samples, quantile), samples, quantile)) + 1
    return Ranks(low, high) if low >= 1 and high <= samples else None


def _quantile(value: float) -> None:
    if not 0 <= value <= 1:
        message = f"quantile is {value!r}; give a number in 0..1, such as 0.99 for p99"
        raise check.StatisticsError(message)


def _histogram(edges: npt.ArrayLike, counts: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    bins, tally = np.asarray(edges, dtype=np.int64), np.asarray(counts, dtype=np.int64)
    if bins.ndim != 1 or tally.ndim != 1 or tally.size == 0 or bins.size != tally.size + 1:
        message = f"edges {bins.shape} and counts {tally.shape} do not fit; give one edge more than counts"
        raise check.StatisticsError(message)
    if (bins[1:] <= bins[:-1]).any() or (tally < 0).any():
        message = "edges do not increase, or a count is negative; give increasing edges and counts of 0 or more"
        raise check.StatisticsError(message)
    return bins, tally
