"""How many replications a question needs, before they are run."""

from __future__ import annotations

import math

from scipy.special import bdtr, ndtri

from eventlive_sim.stats import _errors as check


def replications_to_bound(probability: float, hits: int = 0, confidence: float = 0.95) -> int:
    """Fewest replications with which so few hits show that the probability of a hit is below a limit.

    Parameters
    ----------
    probability : float
        The limit p, above 0 and below 1: an accepted risk of a broken budget.
    hits : int
        Replications that may break the budget all the same, 0 or more.
    confidence : float
        Confidence of the one-sided bound, above 0 and below 1.

    Returns
    -------
    int
        Smallest n with P(Binomial(n, p) <= hits) <= 1 - confidence.

    Notes
    -----
    The same n is the fewest samples of which the largest but `hits` bounds the quantile 1 - p from above.

    Examples
    --------
    >>> [replications_to_bound(0.05), replications_to_bound(0.02), replications_to_bound(0.01)]
    [59, 149, 299]
    """
    check.share("probability", probability)
    check.share("confidence", confidence)
    if hits < 0:
        message = f"hits is {hits!r}; give 0 or more"
        raise check.StatisticsError(message)
    low, high = hits, hits + 1  # at n = hits the bound never holds
    while bdtr(hits, high, probability) > 1 - confidence:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if bdtr(hits, middle, probability) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def replications_to_separate(variation: float, margin: float, risk: float = 0.01) -> int:
    """Replications that tell a mean from a budget a margin away, by one-sided bounds.

    Parameters
    ----------
    variation : float
        Coefficient of variation of one replication, above 0: 0.1 for 10 %.
    margin : float
        Distance of the mean from the budget over the mean d, above 0: 0.05 for 5 %.
    risk : float
        Accepted probability of each of the two wrong verdicts, above 0 and below 0.5.

    Returns
    -------
    int
        Normal approximation n = (2 z CV / d)^2, rounded up.

    Examples
    --------
    >>> replications_to_separate(0.1, 0.05)
    87
    """
    check.positive("variation", variation)
    check.positive("margin", margin)
    if not 0 < risk < 0.5:
        message = f"risk is {risk!r}; give a probability between 0 and 0.5, such as 0.01"
        raise check.StatisticsError(message)
    return math.ceil((2 * -float(ndtri(risk)) * variation / margin) ** 2)
