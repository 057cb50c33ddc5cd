"""Verdicts of a gate: PASS, FAIL or UNDECIDED by one-sided bounds, at a few looks at growing numbers of replications."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import stdtrit

from eventlive_sim.stats import _errors as check
from eventlive_sim.stats.intervals import bonferroni, mean_interval, proportion_interval
from eventlive_sim.stats.thresholds import Threshold

EARLY_LOOK = 5
"""Replications of the look before all others, at which only a FAIL is looked for."""
_MOST_NEEDED = 1_000_000
_UPWARDS = {">", ">="}


class Verdict(StrEnum):
    """What a gate says."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Looks:
    """Replications after which a verdict is tried, and the risk that all tries share.

    A look spends as much of the risk as it has new replications: early looks are the ones at which bounds of skewed values
    err most, and late ones those that decide.
    """

    replications: tuple[int, ...] = (20, 60, 120)
    """How many there are at each look, growing."""
    alpha: float = 0.01
    """Probability of a wrong verdict of one budget, over all looks."""

    def up_to(self, most: int) -> Looks:
        """The looks that need no more replications, the last of them with just so many."""
        return Looks((*(one for one in self.replications if one < most), most), self.alpha)

    @property
    def last(self) -> int:
        """Most replications."""
        return self.replications[-1]

    def passes(self, look: int) -> float:
        """Confidence of the bound that a PASS needs at a look. All budgets must pass, so their number costs nothing."""
        return 1 - self.alpha * self._spent(look, self.replications)

    def fails(self, look: int, budgets: int = 1, *, early: bool = False) -> float:
        """Confidence of the bound that a FAIL needs at a look, when any of several budgets may fail by chance."""
        looks = (EARLY_LOOK, *self.replications) if early and self.replications[0] > EARLY_LOOK else self.replications
        return bonferroni(1 - self.alpha * self._spent(look, looks), budgets)

    def _spent(self, look: int, looks: tuple[int, ...]) -> float:
        """Share of the risk that one look spends: as much as it has new replications."""
        place = looks.index(look)
        return (look - (looks[place - 1] if place else 0)) / looks[-1]


@dataclass(frozen=True)
class Judgement:
    """A verdict with the figures that it rests on."""

    verdict: Verdict
    estimate: float
    """Of what is judged: a probability, or the mean in the metric's unit."""
    low: float
    """What the estimand is above, at the confidence of a FAIL."""
    high: float
    """What the estimand is below, at the confidence of a PASS."""
    needed: int | None
    """Replications that would decide if things went on so; None where no number does."""


def judge_probability(broken: int, replications: int, risk: float, passes: float, fails: float) -> Judgement:
    """Verdict on the probability that an event breaks its budget, against an accepted risk.

    Parameters
    ----------
    broken : int
        Replications that broke it.
    replications : int
        How many there are, at least 1.
    risk : float
        Accepted probability, above 0 and below 1.
    passes, fails : float
        Confidence of the bound above for a PASS and of the bound below for a FAIL; see `Looks`.

    Returns
    -------
    Judgement
        PASS if the probability is at most the risk, FAIL if it is above, by exact bounds (Clopper and Pearson).

    Examples
    --------
    >>> passes, fails = Looks().passes(120), Looks().fails(120)
    >>> [str(judge_probability(broken, 120, 0.05, passes, fails).verdict) for broken in (0, 6, 18)]
    ['PASS', 'UNDECIDED', 'FAIL']
    """
    check.share("risk", risk)

    def bounds(hits: int, trials: int) -> tuple[float, float]:
        low = proportion_interval(hits, trials, fails, "lower").low
        return low, proportion_interval(hits, trials, passes, "upper").high

    low, high = bounds(broken, replications)
    verdict = Verdict.PASS if high <= risk else Verdict.FAIL if low > risk else Verdict.UNDECIDED
    share = broken / replications

    def decides(trials: int) -> bool:
        # The next whole number of breaks in the direction that makes a verdict harder.
        hits = math.ceil(share * trials - 1e-9) if share < risk else math.floor(share * trials + 1e-9)
        low, high = bounds(hits, trials)
        return high <= risk if share < risk else low > risk

    needed = None if share == risk else _fewest(decides, replications)
    return Judgement(verdict, share, low, high, replications if verdict is not Verdict.UNDECIDED else needed)


def judge_mean(
    values: Sequence[float], threshold: Threshold, passes: float, fails: float, *, last: bool = True
) -> Judgement:
    """Verdict on the mean over replications of a metric, against a threshold.

    Parameters
    ----------
    values : sequence of float
        One a replication, at least 2.
    threshold : Threshold
        Any but ``==`` and ``!=``: a mean is never shown to equal something.
    passes, fails : float
        Confidences of the bounds; see `Looks`.
    last : bool
        Whether this is the last look. Values that are all the same say nothing of what is rare: they pass no earlier.

    Returns
    -------
    Judgement
        By bounds that are corrected for the skewness of the values; see `mean_bounds`.

    Raises
    ------
    StatisticsError
        If there are fewer than 2 values, or one is not finite.
    """
    sample = check.replications(values, 2)
    mean, spread = float(sample.mean()), float(sample.std(ddof=1))
    upwards = threshold.operator in _UPWARDS
    # A PASS of `>` needs the bound below, at the confidence of a PASS.
    low = mean_bounds(values, passes if upwards else fails)[0]
    high = mean_bounds(values, fails if upwards else passes)[1]
    near, far = (high, low) if upwards else (low, high)
    if not threshold.holds(near):
        verdict = Verdict.FAIL
    elif threshold.holds(far) and (spread > 0 or last):
        verdict = Verdict.PASS
    else:
        verdict = Verdict.UNDECIDED
    confidence = passes if threshold.holds(mean) else fails
    needed = _separating(mean, spread, threshold.limit, confidence)
    return Judgement(verdict, mean, low, high, sample.size if verdict is not Verdict.UNDECIDED else needed)


def mean_bounds(values: Sequence[float], confidence: float) -> tuple[float, float]:
    """One-sided bounds of a mean, each at the confidence, for values that may be skewed.

    Parameters
    ----------
    values : sequence of float
        One a replication, at least 2.
    confidence : float
        Of each bound alone, above 0 and below 1.

    Returns
    -------
    low, high : float

    Notes
    -----
    Student's t is turned by Hall's monotone transformation, whose error is one order smaller in the number of values; it
    does nothing where the skewness is 0. Without it the bound above a mean of waits is too low several times as often
    as it says. With fewer than 10 values the skewness is not known well enough to correct for.

    References
    ----------
    .. [1] P. Hall, On the removal of skewness by transformation, J. R. Stat. Soc. B 54 (1992), 221-228.
    """
    sample = check.replications(values, 2)
    plain = mean_interval(values, 2 * confidence - 1)
    count, mean, spread = sample.size, float(sample.mean()), float(sample.std(ddof=1))
    if count < 10 or spread == 0:
        return plain.low, plain.high
    skewness = float(((sample - mean) ** 3).mean()) / spread**3
    error = spread / math.sqrt(count)
    quantile = (plain.high - plain.low) / (2 * error)
    if abs(skewness) < 1e-9:
        return plain.low, plain.high

    def turned(level: float) -> float:
        third = skewness / 3
        inner = 1 + 3 * third * (level / math.sqrt(count) - skewness / (6 * count))
        return math.sqrt(count) * float(np.cbrt(inner) - 1) / third

    return mean - error * turned(quantile), mean - error * turned(-quantile)


def _separating(mean: float, spread: float, limit: float, confidence: float) -> int | None:
    """Replications after which the bound would be as far from the mean as the limit is."""
    gap = abs(limit - mean)
    if gap == 0 or spread == 0:
        return None
    return _fewest(lambda count: float(stdtrit(count - 1, confidence)) * spread <= gap * math.sqrt(count), 2)


def _fewest(decides: Callable[[int], bool], least: int) -> int | None:
    """Fewest replications, from `least`, that decide; by doubling and halving."""
    low, high = least, least
    while not decides(high):
        low, high = high, 2 * high
        if high > _MOST_NEEDED:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    return high
