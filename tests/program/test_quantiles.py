"""Quantile tables keep what they promise of a distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from eventlive_sim.engine.draws import CELLS, FRACTION_BITS, MASK, OCTAVES, draw
from eventlive_sim.program import quantiles

NS = 1e9
CASES = [
    (quantiles.exponential(3 * NS), stats.expon(scale=3 * NS)),
    (quantiles.exponential(2_000.0), stats.expon(scale=2_000.0)),
    (quantiles.uniform(110 * NS, 130 * NS), stats.uniform(110 * NS, 20 * NS)),
    (quantiles.lognormal_median(5e6, 1.5), stats.lognorm(1.5, scale=5e6)),
    (quantiles.lognormal(5e6, 0.4), stats.lognorm(np.sqrt(np.log1p(0.16)), scale=5e6 / np.sqrt(1.16))),
    (quantiles.gamma(8e6, 0.5), stats.gamma(4, scale=2e6)),
    (quantiles.gamma(8e6, 2.0), stats.gamma(0.25, scale=3.2e7)),
    (quantiles.table_of(stats.weibull_min(0.7), 1e7), stats.weibull_min(0.7, scale=1e7)),
    (quantiles.table_of(stats.norm(50, 2), 1e6), stats.norm(50e6, 2e6)),
]


def second_moment(table: NDArray[np.int64]) -> float:
    """Second moment of a table, its cells taken as uniform."""
    cells = table.reshape(-1, 2).astype(np.float64)
    weights = np.asarray(quantiles._cell_weights()) / 2**27
    low, high = cells[:, 0], cells[:, 1]
    return float(weights @ ((low * low + low * high + high * high) / 3))


@pytest.mark.parametrize(("table", "dist"), CASES)
def test_moments_and_tail(table: NDArray[np.int64], dist: Any) -> None:
    """Mean exact to 1e-9, second moment to 1e-4, p50 to p99.99 within 1 %."""
    assert quantiles.mean_of(table) == pytest.approx(dist.mean(), rel=1e-9)
    assert second_moment(table) == pytest.approx(dist.var() + dist.mean() ** 2, rel=1e-4)
    values = table.tolist()
    for level in (0.5, 0.9, 0.99, 0.999, 0.9999):
        assert draw(values, int(level * 2**64)) == pytest.approx(dist.ppf(level), rel=0.01)


@pytest.mark.parametrize(("table", "dist"), CASES)
def test_draws_stay_in_the_support_and_grow(table: NDArray[np.int64], dist: Any) -> None:
    """A larger word never gives a smaller value (but for the unit that repairs the mean), none below the support."""
    values = table.tolist()
    words = sorted([*range(0, 2**64, 2**64 // 4999), MASK, MASK - 1, *(MASK - (1 << k) for k in range(64))])
    drawn = np.asarray([draw(values, word) for word in words])
    spread = max(2, int(np.abs(drawn).max() * 5e-3))
    assert (np.diff(drawn) >= -spread).all()
    assert drawn.min() >= dist.support()[0]


def test_the_mean_is_that_of_all_words() -> None:
    """The exact mean is the mean over cells of what every fraction gives."""
    table = quantiles.exponential(50.0)
    total = 0.0
    fractions = np.arange(1 << FRACTION_BITS)
    weights = quantiles._cell_weights()
    for cell in range(OCTAVES * CELLS):
        low, high = (int(value) for value in table[2 * cell : 2 * cell + 2])
        total += weights[cell] / 2**27 * float(np.mean(low + ((high - low) * fractions >> FRACTION_BITS)))
    assert total == pytest.approx(50.0, rel=1e-9)


def test_sampled_mean_is_the_mean() -> None:
    """A uniform grid of words averages to the distribution's mean."""
    values = quantiles.exponential(1e6).tolist()
    grid = [draw(values, (2 * i + 1) * 2**63 // 100_000) for i in range(100_000)]
    assert np.mean(grid) == pytest.approx(1e6, rel=1e-3)


@pytest.mark.parametrize("p", [0.0, 1e-6, 0.001, 0.05, 0.3, 0.5, 0.77, 0.999, 1.0])
def test_bernoulli_is_zero_or_one_with_its_probability(p: float) -> None:
    """Values are 0 and 1 only, and ones have probability p to 2**-27."""
    table = quantiles.bernoulli(p)
    assert set(table.tolist()) <= {0, 1}
    assert quantiles.mean_of(table) == pytest.approx(p, abs=2.0**-27)


def test_bernoulli_refuses_what_is_no_probability() -> None:
    """1.5 is not a probability."""
    with pytest.raises(ValueError, match="lies in"):
        quantiles.bernoulli(1.5)


def test_deterministic() -> None:
    """A deterministic table gives its value at any word."""
    values = quantiles.deterministic(7).tolist()
    assert {draw(values, word) for word in (0, 1, 2**63, MASK)} == {7}
    assert quantiles.uniform(7, 7).tolist() == quantiles.lognormal(7, 0).tolist() == values


def test_samples_keep_mean_and_values() -> None:
    """Measured data keep their mean and stay between their least and greatest."""
    data = [3.0, 7.0, 7.0, 1000.0, 250_000.0]
    table = quantiles.table_of_samples(data)
    assert quantiles.mean_of(table) == pytest.approx(np.mean(data), rel=1e-9)
    drawn = [draw(table.tolist(), word) for word in range(0, 2**64, 2**64 // 999)]
    assert min(drawn) >= 3
    assert max(drawn) <= 250_001
    assert drawn.count(7) > 350


def test_samples_refuse_nothing() -> None:
    """No data, no table."""
    with pytest.raises(ValueError, match="at least one"):
        quantiles.table_of_samples([])


def test_infinite_variance_is_refused() -> None:
    """A Pareto law with an infinite mean cannot keep its mean."""
    with pytest.raises(ValueError, match="finite"):
        quantiles.table_of(stats.pareto(0.9))


def test_wide_cells_can_be_sampled_in_64_bits() -> None:
    """The split product of the note in ``draw`` equals the wide one."""
    width, fraction = 2**61 + 12345, 0xFFFFF
    split = (width >> 20) * fraction + ((width & 0xFFFFF) * fraction >> 20)
    assert split == width * fraction >> 20


def test_tables_are_made_once_and_cannot_be_changed() -> None:
    """The same distribution is the same array, read-only."""
    assert quantiles.exponential(5e6) is quantiles.exponential(5e6)
    assert not quantiles.exponential(5e6).flags.writeable
