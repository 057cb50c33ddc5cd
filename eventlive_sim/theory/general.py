"""Single-server queues beyond M/M/1: general service, even arrivals, batches, and a bound for the rest."""

from __future__ import annotations

import math

from scipy.optimize import brentq

from eventlive_sim.theory import _errors as check


def mg1_wait_mean(arrival_rate: float, service_s: float, service_cv2: float) -> float:
    """Mean wait before service in an M/G/1 FIFO queue (Pollaczek-Khinchine).

    Parameters
    ----------
    arrival_rate : float
        Arrivals a second, lambda [1/s].
    service_s : float
        Mean service time S [s], lambda S < 1.
    service_cv2 : float
        Squared coefficient of variation of the service time: 0 deterministic, 1 exponential.

    Returns
    -------
    float
        Wq = lambda E[S^2] / (2 (1 - rho)) [s], with E[S^2] = S^2 (1 + cv2).

    Raises
    ------
    UnstableQueue
        If lambda S >= 1. Serve faster or shed load.

    References
    ----------
    .. [1] L. Kleinrock, Queueing Systems, vol. 1, Wiley 1975, section 5.6.

    Examples
    --------
    >>> round(mg1_wait_mean(0.8, 1.0, 0.0), 6)
    2.0
    """
    check.positive("arrival_rate", arrival_rate)
    check.positive("service_s", service_s)
    check.not_negative("service_cv2", service_cv2)
    check.stable(arrival_rate * service_s, 1.0)
    return arrival_rate * service_s**2 * (1 + service_cv2) / (2 * (1 - arrival_rate * service_s))


def mg1_sojourn_mean(arrival_rate: float, service_s: float, service_cv2: float) -> float:
    """Mean sojourn time of an M/G/1 FIFO queue [s]; parameters as `mg1_wait_mean`.

    Examples
    --------
    >>> round(mg1_sojourn_mean(0.8, 1.0, 4.0), 6)
    11.0
    """
    return mg1_wait_mean(arrival_rate, service_s, service_cv2) + service_s


def mixture_moments(weights: tuple[float, ...], means_s: tuple[float, ...]) -> tuple[float, float]:
    """Mean and squared coefficient of variation of a mixture of exponential service times.

    Parameters
    ----------
    weights : tuple of float
        Probabilities of the parts, with sum 1.
    means_s : tuple of float
        Mean of each part [s], as many as weights.

    Returns
    -------
    tuple of float
        Mean [s] and squared coefficient of variation, as `mg1_wait_mean` takes them.

    Examples
    --------
    >>> mixture_moments((0.5, 0.5), (1.0, 3.0))
    (2.0, 1.5)
    """
    if len(weights) != len(means_s) or not math.isclose(sum(weights), 1.0):
        message = f"weights {weights!r} do not fit means {means_s!r}; give one weight a part, with sum 1"
        raise check.ArgumentError(message)
    for weight, part_s in zip(weights, means_s, strict=True):
        check.probability("weight", weight)
        check.positive("mean", part_s)
    mean_s = sum(weight * part_s for weight, part_s in zip(weights, means_s, strict=True))
    square = sum(2 * weight * part_s**2 for weight, part_s in zip(weights, means_s, strict=True))
    return mean_s, square / mean_s**2 - 1


def dm1_sigma(arrival_rate: float, service_rate: float) -> float:
    """Probability that an arrival of a D/M/1 queue must wait.

    Parameters
    ----------
    arrival_rate : float
        Evenly spaced arrivals a second, lambda [1/s].
    service_rate : float
        Completions a second of a busy server, mu [1/s], above lambda.

    Returns
    -------
    float
        The root sigma below 1 of sigma = exp(-mu (1 - sigma) / lambda).

    Raises
    ------
    UnstableQueue
        If lambda >= mu. Serve faster or shed load.

    References
    ----------
    .. [1] L. Kleinrock, Queueing Systems, vol. 1, Wiley 1975, chapter 6 (G/M/1).

    Examples
    --------
    >>> round(dm1_sigma(0.8, 1.0), 5)
    0.62863
    """
    check.positive("arrival_rate", arrival_rate)
    check.positive("service_rate", service_rate)
    check.stable(arrival_rate, service_rate)
    rho = arrival_rate / service_rate
    # The unknown is 1 - sigma, which keeps its digits as rho goes to 1. It is above 1 - rho (Poisson).
    idle = brentq(lambda x: x + math.expm1(-x / rho), 1 - rho, 1.0, xtol=1e-15, rtol=1e-14)
    return 1 - float(idle)


def dm1_sojourn_mean(arrival_rate: float, service_rate: float) -> float:
    """Mean sojourn time of a D/M/1 queue, W = 1 / (mu (1 - sigma)) [s]; parameters as `dm1_sigma`.

    Examples
    --------
    >>> round(dm1_sojourn_mean(0.8, 1.0), 5)
    2.69273
    """
    return 1 / (service_rate * (1 - dm1_sigma(arrival_rate, service_rate)))


def batch_number_mean(batch: int, utilisation: float) -> float:
    """Mean number of jobs in an M^[b]/M/1 queue: a Poisson stream of batches of b jobs, served one at a time.

    Parameters
    ----------
    batch : int
        Jobs in a batch b, at least 1: the parallel queries of one page.
    utilisation : float
        Rate of batches times b times mean service time, rho, 0 <= rho < 1.

    Returns
    -------
    float
        L = rho (b + 1) / (2 (1 - rho)) [jobs].

    References
    ----------
    .. [1] D. Gross, C. M. Harris, Fundamentals of Queueing Theory, 3rd ed., Wiley 1998, section 3.1.

    Examples
    --------
    >>> round(batch_number_mean(6, 0.8), 6)
    14.0
    """
    check.whole("batch", batch, 1)
    check.not_negative("utilisation", utilisation)
    check.stable(utilisation, 1.0)
    return utilisation * (batch + 1) / (2 * (1 - utilisation))


def kingman_bound(
    arrival_rate: float, service_s: float, arrival_variance_s2: float, service_variance_s2: float
) -> float:
    """Upper bound of the mean wait before service in any G/G/1 FIFO queue.

    Parameters
    ----------
    arrival_rate : float
        Arrivals a second, lambda [1/s].
    service_s : float
        Mean service time S [s], lambda S < 1.
    arrival_variance_s2, service_variance_s2 : float
        Variance of the time between arrivals and of the service time [s^2], 0 or more.

    Returns
    -------
    float
        lambda (sa^2 + ss^2) / (2 (1 - rho)) [s]: Wq is never above it.

    References
    ----------
    .. [1] J. F. C. Kingman, Some inequalities for the queue GI/G/1, Biometrika 49 (1962),
       doi 10.1093/biomet/49.3-4.315.

    Examples
    --------
    >>> round(kingman_bound(0.8, 1.0, 0.0, 1.0), 6)
    2.0
    """
    check.positive("arrival_rate", arrival_rate)
    check.positive("service_s", service_s)
    check.not_negative("arrival_variance_s2", arrival_variance_s2)
    check.not_negative("service_variance_s2", service_variance_s2)
    check.stable(arrival_rate * service_s, 1.0)
    return arrival_rate * (arrival_variance_s2 + service_variance_s2) / (2 * (1 - arrival_rate * service_s))
