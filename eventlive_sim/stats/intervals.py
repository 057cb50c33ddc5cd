"""Confidence intervals between replications: of a mean, of a paired difference, of a probability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy.typing as npt
from scipy.special import betaincinv, stdtrit

from eventlive_sim.stats import _errors as check

Side = Literal["both", "upper", "lower"]
"""Both bounds, or one: a one-sided bound puts the whole risk on its side."""


@dataclass(frozen=True)
class Interval:
    """An interval that covers the true value with a stated confidence."""

    low: float
    """Lower bound; minus infinity, or 0 for a probability, if only the upper one is asked for."""
    estimate: float
    """Point estimate."""
    high: float
    """Upper bound; infinity, or 1 for a probability, if only the lower one is asked for."""
    confidence: float
    """Probability that the procedure covers the true value, in 0..1."""

    def __contains__(self, value: float) -> bool:
        """Whether a value lies between the bounds, bounds included."""
        return self.low <= value <= self.high


def mean_interval(values: npt.ArrayLike, confidence: float = 0.95, side: Side = "both") -> Interval:
    """Student's t interval of the mean over replications.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        One value a replication, at least 2. Never the requests within one run: those are not independent.
    confidence : float
        Confidence, above 0 and below 1.
    side : {"both", "upper", "lower"}
        Which bounds to compute.

    Returns
    -------
    Interval
        In the unit of the values.

    Raises
    ------
    StatisticsError
        If there are fewer than 2 values, or one is not finite.

    Notes
    -----
    Assumes that the mean is near normal. Where outcomes are bimodal (retries, breakers) it is not: use
    `proportion_interval` of the replications that break the budget.

    References
    ----------
    .. [1] A. M. Law, Simulation Modeling and Analysis, 5th ed., McGraw-Hill 2015, section 4.5.

    Examples
    --------
    >>> bounds = mean_interval([9.0, 10.0, 11.0])
    >>> round(bounds.low, 3), bounds.estimate, round(bounds.high, 3)
    (7.516, 10.0, 12.484)
    """
    sample = check.replications(values, 2)
    mean, error = float(sample.mean()), float(sample.std(ddof=1)) / math.sqrt(sample.size)
    half = float(stdtrit(sample.size - 1, 1 - _risk(confidence, side))) * error
    low = mean - half if side != "upper" else -math.inf
    high = mean + half if side != "lower" else math.inf
    return Interval(low, mean, high, confidence)


def paired_interval(
    before: npt.ArrayLike, after: npt.ArrayLike, confidence: float = 0.95, side: Side = "both"
) -> Interval:
    """Student's t interval of the mean of after - before, replication by replication.

    Parameters
    ----------
    before, after : array_like of float, shape (n,)
        One value a replication of each design, in the same order of seeds, at least 2.
    confidence : float
        Confidence, above 0 and below 1.
    side : {"both", "upper", "lower"}
        Which bounds to compute.

    Returns
    -------
    Interval
        Of the difference, below 0 if `after` is smaller.

    Notes
    -----
    Under common random numbers both designs meet the same people, and the interval is narrower than with two samples.

    Examples
    --------
    >>> paired_interval([5.0, 7.0, 9.0], [4.0, 6.0, 8.0]).estimate
    -1.0
    """
    first, second = check.replications(before, 2), check.replications(after, 2)
    if first.size != second.size:
        message = f"{first.size} replications before and {second.size} after; run both designs under the same seeds"
        raise check.StatisticsError(message)
    return mean_interval(second - first, confidence, side)


def proportion_interval(hits: int, trials: int, confidence: float = 0.95, side: Side = "both") -> Interval:
    """Exact interval of a probability (Clopper and Pearson): of the events that break their budget.

    Parameters
    ----------
    hits : int
        Replications in which it happened, 0..trials.
    trials : int
        Replications, at least 1.
    confidence : float
        Confidence, above 0 and below 1. The true coverage is at least that.
    side : {"both", "upper", "lower"}
        Which bounds to compute.

    Returns
    -------
    Interval
        Within 0..1.

    Raises
    ------
    StatisticsError
        If hits are not in 0..trials.

    References
    ----------
    .. [1] C. J. Clopper, E. S. Pearson, The use of confidence or fiducial limits, Biometrika 26 (1934),
       doi 10.1093/biomet/26.4.404.

    Examples
    --------
    >>> round(proportion_interval(0, 59, side="upper").high, 4)
    0.0495
    """
    if trials < 1 or not 0 <= hits <= trials:
        message = f"{hits!r} of {trials!r} replications; give at least 1 replication, and hits from 0 to their number"
        raise check.StatisticsError(message)
    risk = _risk(confidence, side)
    low = float(betaincinv(hits, trials - hits + 1, risk)) if hits > 0 and side != "upper" else 0.0
    high = float(betaincinv(hits + 1, trials - hits, 1 - risk)) if hits < trials and side != "lower" else 1.0
    return Interval(low, hits / trials, high, confidence)


def bonferroni(confidence: float, comparisons: int) -> float:
    """Confidence of each of several intervals with which all hold together at the given confidence.

    Parameters
    ----------
    confidence : float
        Confidence of all together, above 0 and below 1.
    comparisons : int
        How many intervals, looks or budgets m, at least 1.

    Returns
    -------
    float
        1 - (1 - confidence) / m.

    Examples
    --------
    >>> round(bonferroni(0.99, 3), 6)
    0.996667
    """
    check.share("confidence", confidence)
    if comparisons < 1:
        message = f"comparisons is {comparisons!r}; give at least 1"
        raise check.StatisticsError(message)
    return 1 - (1 - confidence) / comparisons


def _risk(confidence: float, side: Side) -> float:
    """Risk on each side that has a bound."""
    check.share("confidence", confidence)
    risk = 1 - confidence
    return risk / 2 if side == "both" else risk
