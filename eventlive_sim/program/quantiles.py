"""Distributions as int64 quantile tables, so that an engine samples by shifts and one multiplication.

A table has 21 octaves of 128 cells, log-linear in the upper tail: octave k (0..19) covers the upper-tail probabilities
from 2**-k down to 2**-(k+1), the last one from 2**-20 down to 0. A cell is two numbers ``(lo, hi)``; a draw that falls
in it is ``lo + ((hi - lo) * fraction >> 20)``. The layout is ``[lo0, hi0, lo1, hi1, ...]`` in the order of the quantiles.

A cell keeps its distribution's conditional mean and variance, so the whole table keeps mean and second moment. What
rounding took from the mean is put back: the mean of the integers that a table can give is exact to 2**-27 of a unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eventlive_sim.program.laws import Exponential, Gamma, Lognormal, Uniform

OCTAVES = 21
CELLS = 128
FRACTION_BITS = 20
TABLE_CELLS = OCTAVES * CELLS
TABLE_SIZE = 2 * TABLE_CELLS

_STEPS = 1 << FRACTION_BITS
_FINEST = 27
"""The smallest cell has probability 2**-27; all others are multiples of it."""
_NODES = 8
_TAIL_NODES = 40

_Int64 = NDArray[np.int64]
_Float = NDArray[np.float64]


class Frozen(Protocol):
    """What a table needs of a frozen scipy distribution."""

    def ppf(self, q: Any) -> Any:
        """Quantile function."""

    def isf(self, q: Any) -> Any:
        """Quantile function of the upper tail."""

    def mean(self) -> Any:
        """Mean."""

    def support(self) -> Any:
        """Lower and upper end."""


def _cell_weights() -> list[int]:
    """Probability of each cell in units of 2**-27."""
    return [1 << max(0, 19 - octave) for octave in range(OCTAVES) for _ in range(CELLS)]


def _tail_edges() -> tuple[_Float, _Float]:
    """Upper-tail probability at which each cell begins, and at which it ends."""
    begins = np.empty(TABLE_CELLS)
    widths = np.asarray(_cell_weights(), dtype=np.float64) * 2.0**-_FINEST
    for octave in range(OCTAVES):
        cells = slice(octave * CELLS, (octave + 1) * CELLS)
        begins[cells] = 2.0**-octave - np.arange(CELLS) * widths[cells]
    return begins, begins - widths


def table_of(dist: Frozen, scale: float = 1.0) -> _Int64:
    """Quantile table of a frozen scipy distribution.

    Parameters
    ----------
    dist : frozen scipy distribution
        Continuous, with a finite mean and variance, such as ``scipy.stats.expon()``.
    scale : float
        Factor from the distribution's unit to the table's integer unit: 1e9 for a distribution in seconds [ns].

    Returns
    -------
    int64 array, shape (5376,)
        The table: mean exact, second moment to 1e-4, quantiles within a cell.

    Raises
    ------
    ValueError
        If mean or variance is not finite: a table cannot keep them.

    Examples
    --------
    >>> from scipy import stats
    >>> table_of(stats.uniform(2, 1), 1000)[:4]
    array([2000, 2004, 2004, 2008])
    """
    first, second = _conditional_moments(dist)
    target = float(dist.mean()) * scale
    low, high = (float(end) * scale for end in dist.support())
    if not (np.isfinite(first).all() and np.isfinite(second).all() and math.isfinite(target)):
        message = "a distribution needs a finite mean and variance to become a table"
        raise ValueError(message)
    return _finish(first * scale, second * scale * scale, low, high, target)


def _conditional_moments(dist: Frozen) -> tuple[_Float, _Float]:
    """Mean and second moment of the distribution within each cell, by Gauss-Legendre on its quantiles."""
    begins, ends = _tail_edges()
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    nodes, weights = (nodes + 1) / 2, weights / 2
    tails = begins[:, None] + (ends - begins)[:, None] * nodes[None, :]
    values = np.empty_like(tails)
    values[:CELLS] = dist.ppf(1 - tails[:CELLS])
    values[CELLS:] = dist.isf(tails[CELLS:])
    first, second = values @ weights, (values * values) @ weights
    first[0], second[0] = _end_moments(dist.ppf, 1 - float(ends[0]))
    first[-1], second[-1] = _end_moments(dist.isf, float(begins[-1]))
    return first, second


def _end_moments(quantile: Callable[[_Float], Any], edge: float) -> tuple[float, float]:
    """Moments of an end cell: p = edge * exp(-s) turns it into an integral with weight exp(-s)."""
    nodes, weights = np.polynomial.laguerre.laggauss(_TAIL_NODES)
    values = np.asarray(quantile(edge * np.exp(-nodes)), dtype=np.float64)
    good = np.isfinite(values)
    share = weights[good] / weights[good].sum()
    return float(values[good] @ share), float((values[good] ** 2) @ share)


def table_of_samples(values: Sequence[float] | _Float | _Int64) -> _Int64:
    """Quantile table of measured values: their mean and second moment, each value equally likely.

    Raises
    ------
    ValueError
        If there are no values or one is not finite.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if ordered.size == 0 or not np.isfinite(ordered).all():
        message = "a table of samples needs at least one value, all of them finite"
        raise ValueError(message)
    begins, ends = _tail_edges()
    tails = np.linspace(0.0, 1.0, ordered.size + 1)
    from_top = ordered[::-1]

    def between(cumulative: _Float) -> _Float:
        above = np.interp(begins, tails, cumulative) - np.interp(ends, tails, cumulative)
        return np.asarray(above / (begins - ends))

    first = between(np.concatenate(([0.0], np.cumsum(from_top))) / ordered.size)
    second = between(np.concatenate(([0.0], np.cumsum(from_top**2))) / ordered.size)
    return _finish(first, second, float(ordered[0]), float(ordered[-1]), math.fsum(ordered) / ordered.size)


def _finish(first: _Float, second: _Float, low: float, high: float, target: float) -> _Int64:
    """Return cells with these moments, within the support, rounded, with the exact mean."""
    half = np.sqrt(3.0 * np.maximum(second - first * first, 0.0))
    half = np.minimum(half, np.maximum(np.minimum(first - low, high - first), 0.0))
    cells = np.empty((TABLE_CELLS, 2), dtype=np.int64)
    cells[:, 0] = np.rint(first - half)
    cells[:, 1] = np.maximum(np.rint(first + half), cells[:, 0])
    _repair(cells, math.ceil(low) if math.isfinite(low) else None, Fraction(target))
    table = cells.reshape(TABLE_SIZE)
    table.setflags(write=False)
    return table


def _repair(cells: _Int64, floor: int | None, target: Fraction) -> None:
    """Shift cells by a unit until the table's mean is the target; never below the floor."""
    for _ in range(4):
        missing = round((target - _mean_of(cells)) * (1 << _FINEST))
        whole = missing >> _FINEST
        if whole == 0:
            break
        movable = np.ones(TABLE_CELLS, dtype=np.bool_) if floor is None else cells[:, 0] + whole >= floor
        cells[movable] += whole
    missing = max(0, missing)
    weights = _cell_weights()
    for first in range(0, TABLE_CELLS, CELLS):
        count = min(CELLS, missing // weights[first])
        cells[first : first + count] += 1
        missing -= count * weights[first]


def _mean_of(cells: _Int64) -> Fraction:
    """Exact mean of the integers that the cells give, by the sum of floor(width * i / 2**20) over i."""
    total = 0
    for (low, high), weight in zip(cells.tolist(), _cell_weights(), strict=True):
        width = high - low
        common = min(width & -width, _STEPS) if width else _STEPS
        total += weight * (2 * _STEPS * low + (width - 1) * (_STEPS - 1) + common - 1)
    return Fraction(total, 2 * _STEPS << _FINEST)


def mean_of(table: _Int64) -> float:
    """Exact mean of a table, in its unit.

    Examples
    --------
    >>> mean_of(exponential(1_000_000))
    1000000.0
    """
    return float(_mean_of(table.reshape(TABLE_CELLS, 2)))


@lru_cache(maxsize=512)
def deterministic(value: int) -> _Int64:
    """Table that always gives ``value``."""
    table = np.full(TABLE_SIZE, value, dtype=np.int64)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=512)
def exponential(mean_ns: float) -> _Int64:
    """Exponential distribution by its mean [ns]."""
    return table_of(Exponential(), mean_ns)


@lru_cache(maxsize=512)
def uniform(lo_ns: float, hi_ns: float) -> _Int64:
    """Uniform distribution between two values [ns]."""
    if hi_ns <= lo_ns:
        return deterministic(round(lo_ns))
    return table_of(Uniform(lo_ns, hi_ns - lo_ns))


@lru_cache(maxsize=512)
def lognormal(mean_ns: float, cv: float) -> _Int64:
    """Lognormal distribution by its mean [ns] and coefficient of variation."""
    if cv <= 0 or mean_ns <= 0:
        return deterministic(round(mean_ns))
    variance = math.log1p(cv * cv)
    return table_of(Lognormal(math.sqrt(variance)), mean_ns * math.exp(-variance / 2))


@lru_cache(maxsize=512)
def lognormal_median(median_ns: float, sigma: float) -> _Int64:
    """Lognormal distribution by its median [ns] and the standard deviation of its logarithm."""
    if sigma <= 0 or median_ns <= 0:
        return deterministic(round(median_ns))
    return table_of(Lognormal(sigma), median_ns)


@lru_cache(maxsize=512)
def gamma(mean_ns: float, cv: float) -> _Int64:
    """Gamma distribution by its mean [ns] and coefficient of variation; 1 is exponential, 1/sqrt(k) Erlang k."""
    if cv <= 0 or mean_ns <= 0:
        return deterministic(round(mean_ns))
    return table_of(Gamma(1 / (cv * cv)), mean_ns * cv * cv)


@lru_cache(maxsize=512)
def bernoulli(p: float) -> _Int64:
    """Table that gives 1 with probability ``p``, to 2**-27, else 0.

    Notes
    -----
    The ones are the upper tail, save for a few small cells that make the probability come out: who draws 1 at a small
    ``p`` nearly always does at a larger one.

    Raises
    ------
    ValueError
        If p is not in 0..1.
    """
    if not 0 <= p <= 1:
        message = f"a probability lies in 0..1, not {p}"
        raise ValueError(message)
    ones = np.zeros(TABLE_CELLS, dtype=np.int64)
    weights = _cell_weights()
    wanted = round(p * (1 << _FINEST))
    boundary = TABLE_CELLS
    while wanted > 0:
        boundary -= 1
        ones[boundary] = 1
        wanted -= weights[boundary]
    excess = -wanted
    for cell in range(boundary + 1, TABLE_CELLS):
        if weights[cell] <= excess:
            ones[cell] = 0
            excess -= weights[cell]
    table = np.repeat(ones, 2)
    table.setflags(write=False)
    return table
