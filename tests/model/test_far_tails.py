"""Laws whose rarest values are no number of nanoseconds are refused; whatever is let through becomes a table."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventlive_sim.model.values import parse_distribution
from eventlive_sim.program.lower.laws import table_of_law


@pytest.mark.parametrize(
    "text",
    [
        "lognormal(median=1s, sigma=5)",
        "lognormal(median=1s, sigma=50)",
        "lognormal(mean=1d, cv=100)",
        "lognormal(mean=365d, cv=3)",
        "gamma(mean=3650d, cv=100)",
        "exp(10000d)",
    ],
)
def test_a_tail_beyond_292_years_is_refused(text: str) -> None:
    """Before, it wrapped round to values below 0, or was our fault."""
    with pytest.raises(ValueError, match="longer than 292 years; write a smaller mean"):
        parse_distribution(text)


LAWS = ("exp({}ns)", "gamma(mean={}ns, cv={})", "lognormal(mean={}ns, cv={})", "lognormal(median={}ns, sigma={})")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LAWS), st.floats(0, 18), st.floats(-2, 2))
def test_what_is_let_through_becomes_a_table(law: str, size: float, ratio: float) -> None:
    """No overflow, no warning, no time below 0, at any size and spread."""
    try:
        read = parse_distribution(law.format(round(10**size), 10**ratio))
    except ValueError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert int(table_of_law(read).min()) >= 0
