"""How long an M/M/1 queue must be watched before its averages mean something."""

from __future__ import annotations

import math

from scipy.special import ndtri

from eventlive_sim.theory import _errors as check


def mm1_relaxation(utilisation: float) -> float:
    """Relaxation time of an M/M/1 queue: in it the influence of the start falls by a factor e.

    Parameters
    ----------
    utilisation : float
        rho, 0 <= rho < 1.

    Returns
    -------
    float
        1 / (1 - sqrt(rho))^2 [mean service times].

    References
    ----------
    .. [1] J. W. Cohen, The Single Server Queue, North Holland 1982, part II.

    Examples
    --------
    >>> round(mm1_relaxation(0.8), 1)
    89.7
    """
    check.not_negative("utilisation", utilisation)
    check.stable(utilisation, 1.0)
    return 1 / (1 - math.sqrt(utilisation)) ** 2


def mm1_run_length(utilisation: float, precision: float, confidence: float = 0.95) -> float:
    """Length of one run at which the mean number in an M/M/1 queue is known to a relative precision.

    Parameters
    ----------
    utilisation : float
        rho, 0 < rho < 1.
    precision : float
        Half-width of the interval over the mean, such as 0.05.
    confidence : float
        Its confidence, above 0 and below 1.

    Returns
    -------
    float
        Length of the run [mean service times].

    Notes
    -----
    The variance of the time average over t is 2 rho (1 + rho) / ((1 - rho)^4 t) for long t.

    References
    ----------
    .. [1] W. Whitt, Planning queueing simulations, Management Science 35 (1989), doi 10.1287/mnsc.35.11.1341.

    Examples
    --------
    >>> f"{mm1_run_length(0.9, 0.05):.1e}"
    '6.5e+05'
    """
    check.positive("utilisation", utilisation)
    check.stable(utilisation, 1.0)
    check.positive("precision", precision)
    check.quantile(confidence)
    mean = utilisation / (1 - utilisation)
    variance = 2 * utilisation * (1 + utilisation) / (1 - utilisation) ** 4
    z = float(ndtri((1 + confidence) / 2))
    return variance * (z / (precision * mean)) ** 2
