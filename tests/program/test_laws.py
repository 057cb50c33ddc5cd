"""The distributions of tables are those of scipy.stats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eventlive_sim.program import laws
from eventlive_sim.program.quantiles import Frozen, table_of

SAME: list[tuple[Frozen, Frozen]] = [
    (laws.Exponential(), stats.expon()),
    (laws.Uniform(2.0, 3.0), stats.uniform(2.0, 3.0)),
    (laws.Lognormal(0.7), stats.lognorm(0.7)),
    (laws.Lognormal(2.5), stats.lognorm(2.5)),
    (laws.Gamma(0.3), stats.gamma(0.3)),
    (laws.Gamma(7.0), stats.gamma(7.0)),
]


@pytest.mark.parametrize(("ours", "theirs"), SAME, ids=[repr(ours) for ours, _ in SAME])
def test_same_as_scipy_stats(ours: Frozen, theirs: Frozen):
    """Quantiles of both ends, mean, support, and so the tables."""
    q = np.array([1e-12, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999])
    assert ours.ppf(q) == pytest.approx(theirs.ppf(q), rel=1e-12)
    assert ours.isf(q) == pytest.approx(theirs.isf(q), rel=1e-12)
    assert ours.mean() == pytest.approx(theirs.mean(), rel=1e-13)
    assert ours.support() == pytest.approx(theirs.support())
    assert np.abs(table_of(ours, 1e6) - table_of(theirs, 1e6)).max() <= 1
