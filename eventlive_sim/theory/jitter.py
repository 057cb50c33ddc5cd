"""How fast jitter takes the beat out of pings whose senders joined in a burst."""

from __future__ import annotations

import math

from eventlive_sim.theory import _errors as check


def beat_amplitude(period_s: float, jitter_s: float, joined_over_s: float, periods: int) -> float:
    """Relative amplitude of the ping rate at one beat a period, after a number of periods.

    Parameters
    ----------
    period_s : float
        Mean time between pings of one sender T [s], above 0.
    jitter_s : float
        Each interval is uniform on T - j .. T + j [s], 0 <= j < T.
    joined_over_s : float
        First pings are uniform on 0..J [s], 0 or more; 0 is all at once.
    periods : int
        Pings since then k, 0 or more.

    Returns
    -------
    float
        2 |sinc(pi J / T)| (sin(2 pi j / T) / (2 pi j / T))^k in absolute value: the rate is its mean times
        1 + amplitude cos(2 pi t / T) near that beat. Up to 2, at which the rate is a comb.

    Notes
    -----
    The characteristic functions of the first ping and of the sum of k intervals, at the frequency 1 / T. A join spread
    over exactly one period has amplitude 0: such a scenario hides the risk.

    Examples
    --------
    >>> round(beat_amplitude(120.0, 10.0, 10.0, 10), 3)
    1.247
    """
    check.not_negative("joined_over_s", joined_over_s)
    check.whole("periods", periods, 0)
    factor = beat_factor(period_s, jitter_s)
    return 2 * abs(_sinc(math.pi * joined_over_s / period_s)) * abs(factor) ** periods


def beat_factor(period_s: float, jitter_s: float) -> float:
    """Factor by which each ping multiplies the beat, sin(x) / x with x = 2 pi j / T; parameters as `beat_amplitude`.

    Examples
    --------
    >>> round(beat_factor(120.0, 10.0), 5)
    0.95493
    """
    check.positive("period_s", period_s)
    check.not_negative("jitter_s", jitter_s)
    if jitter_s >= period_s:
        message = f"jitter_s {jitter_s!r} is not below period_s {period_s!r}; give a smaller jitter"
        raise check.ArgumentError(message)
    return _sinc(2 * math.pi * jitter_s / period_s)


def beat_lifetime(period_s: float, jitter_s: float) -> float:
    """Number of pings in which the beat falls by a factor e; infinite without jitter. Parameters as `beat_amplitude`.

    Examples
    --------
    >>> round(beat_lifetime(120.0, 10.0), 1)
    21.7
    """
    factor = abs(beat_factor(period_s, jitter_s))
    if factor == 1:
        return math.inf
    return -1 / math.log(factor) if factor > 0 else 0.0


def _sinc(x: float) -> float:
    return math.sin(x) / x if x else 1.0
