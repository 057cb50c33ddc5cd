"""Thresholds as k6 writes them: what is read, what is refused, and that nothing else is ever raised."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventlive_sim.errors import EventLiveError
from eventlive_sim.stats import Selector, ThresholdError, parse_selector, parse_threshold
from eventlive_sim.stats.thresholds import AGGREGATES, OPERATORS


@pytest.mark.parametrize(
    "text, aggregate, quantile, operator, limit, is_duration",
    [
        ("p(95)<500", "p", 0.95, "<", 500.0, False),
        ("p(95)<500ms", "p", 0.95, "<", 500.0, True),
        ("p(99.9) <= 1.5s", "p", 0.999, "<=", 1500.0, True),
        ("max<=2", "max", 1.0, "<=", 2.0, False),
        ("count==0", "count", None, "==", 0.0, False),
        ("rate<0.01", "rate", None, "<", 0.01, False),
        ("avg<=1s", "avg", None, "<=", 1000.0, True),
        ("med != 3", "med", 0.5, "!=", 3.0, False),
        ("min>-1e-3", "min", 0.0, ">", -0.001, False),
        ("  max >= 1m30s ", "max", 1.0, ">=", 90_000.0, True),
        ("p( 50 )<250us", "p", 0.5, "<", 0.25, True),
        ("p(0)<.5", "p", 0.0, "<", 0.5, False),
        ("p(100)<1h", "p", 1.0, "<", 3_600_000.0, True),
    ],
)
def test_what_is_read(text, aggregate, quantile, operator, limit, is_duration):
    """Aggregate, comparison, limit; a duration becomes milliseconds."""
    read = parse_threshold(text)
    assert (read.aggregate, read.operator, read.is_duration, read.text) == (
        aggregate,
        operator,
        is_duration,
        text.strip(),
    )
    assert read.quantile == (None if quantile is None else pytest.approx(quantile))
    assert read.limit == pytest.approx(limit)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "an aggregate, a comparison and a limit"),
        ("p(95)", "an aggregate, a comparison and a limit"),
        ("<500", "an aggregate, a comparison and a limit"),
        ("p(95)<", "an aggregate, a comparison and a limit"),
        ("p(95)=500", "an aggregate, a comparison and a limit"),
        ("p(95)=<500", "an aggregate, a comparison and a limit"),
        ("p(95)===500", "an aggregate, a comparison and a limit"),
        ("p(95)<500<600", "an aggregate, a comparison and a limit"),
        ("p95<500", "an aggregate, a comparison and a limit"),
        ("p<500", "as the aggregate"),
        ("mean<500", "as the aggregate"),
        ("max(95)<500", "as the aggregate"),
        ("p(101)<500", "a percentile from 0 to 100"),
        ("p(-1)<500", "a percentile from 0 to 100"),
        ("max<fast", "a number, or a duration"),
        ("max<5 parsecs", "a number, or a duration"),
        ("max<-5ms", "a number, or a duration"),
        ("max<1e400", "a finite limit"),
        ("max<nan", "a number, or a duration"),
        ("max<٣", "a number, or a duration"),
    ],
)
def test_what_is_refused(text, expected):
    """The error names the text, what was expected, and an example."""
    with pytest.raises(ThresholdError) as caught:
        parse_threshold(text)
    assert str(caught.value).startswith(repr(text))
    assert expected in str(caught.value)
    assert "such as p(95)<500ms" in str(caught.value)


@pytest.mark.parametrize(
    "comparison, below, at, above",
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
        ("==", False, True, False),
        ("!=", True, False, True),
    ],
)
def test_holds(comparison, below, at, above):
    """Each comparison below, at and above its limit."""
    threshold = parse_threshold(f"max{comparison}2")
    assert [threshold.holds(1.0), threshold.holds(2.0), threshold.holds(3.0)] == [below, at, above]


@pytest.mark.parametrize("comparison", OPERATORS)
def test_no_number_keeps_to_no_limit(comparison):
    """A window without data never passes, not even !=."""
    assert not parse_threshold(f"max{comparison}2").holds(math.nan)


PERCENTILES = st.floats(0, 100).map(lambda n: f"p({n!r})")
LIMITS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(lambda n: (repr(n), n)),
    st.integers(0, 10**6).map(lambda ms: (f"{ms}ms", float(ms))),
    st.integers(0, 10**6).map(lambda s: (f"{s}s", 1000.0 * s)),
)


@given(
    st.sampled_from(AGGREGATES) | PERCENTILES, st.sampled_from(sorted(OPERATORS)), LIMITS, st.sampled_from(["", " "])
)
def test_whatever_is_well_written_is_read(aggregate, comparison, limit, space):
    """Any aggregate, comparison and limit, with or without spaces, means what it says."""
    written, number = limit
    threshold = parse_threshold(space.join((aggregate, comparison, written)))
    assert threshold.aggregate == aggregate.split("(")[0]
    assert (threshold.operator, threshold.limit) == (comparison, pytest.approx(number, rel=1e-12, abs=1e-12))
    assert str(threshold) == threshold.text


NEARLY = st.text(alphabet="pmaxcountrvgedin()<>=!0123456789.+-eEsuµhd :{},_\n", max_size=40)


@given(st.text() | NEARLY | st.tuples(st.just("max<"), NEARLY).map("".join))
@example("max<" + "9" * 190)
@example("p(" + "9" * 190 + ")<1")
@example("max<" + "1" * 150 + "s")
@example("x" * 201)
@example("max<1e99999s")
def test_nothing_but_a_threshold_error(text):
    """Whatever is written is read, or refused with the one error."""
    try:
        threshold = parse_threshold(text)
    except ThresholdError as error:
        assert isinstance(error, EventLiveError)  # noqa: PT017 - the other branch is as good
    else:
        assert math.isfinite(threshold.limit)
        assert parse_threshold(threshold.text) == threshold


@pytest.mark.parametrize(
    "text, metric, tags",
    [
        ("call_duration", "call_duration", {}),
        ("call_duration{endpoint:ping,window:join}", "call_duration", {"endpoint": "ping", "window": "join"}),
        (" calls { status : 400 , role:guest } ", "calls", {"status": "400", "role": "guest"}),
        ("queries{code:PGRST003}", "queries", {"code": "PGRST003"}),
        ("freshness{of:chat message}", "freshness", {"of": "chat message"}),
    ],
)
def test_selectors(text, metric, tags):
    """A metric's name, and tags in braces."""
    assert parse_selector(text) == Selector(metric, tags)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "a metric's name"),
        ("{a:b}", "a metric's name"),
        ("9lives", "a metric's name"),
        ("calls{a:b", "a metric's name"),
        ("calls}", "a metric's name"),
        ("calls{a:b}{c:d}", "a metric's name"),
        ("calls{}", "a tag and its value in place of ''"),
        ("calls{a}", "a tag and its value in place of 'a'"),
        ("calls{a:}", "a tag and its value in place of 'a:'"),
        ("calls{:b}", "a tag and its value in place of ':b'"),
        ("calls{a:b,}", "a tag and its value in place of ''"),
        ("calls{a:b:c}", "a tag and its value in place of 'a:b:c'"),
        ("calls{a:b,a:c}", "'a' stands twice"),
    ],
)
def test_selectors_that_are_refused(text, expected):
    """The error names the text, what was expected, and an example."""
    with pytest.raises(ThresholdError) as caught:
        parse_selector(text)
    assert str(caught.value).startswith(repr(text))
    assert expected in str(caught.value)
    assert "such as call_duration{window:join}" in str(caught.value)


@given(st.text() | NEARLY | st.tuples(st.just("calls{"), NEARLY, st.just("}")).map("".join))
@example("x" * 201)
def test_nothing_but_a_threshold_error_of_selectors(text):
    """Whatever is written is read, or refused with the one error; what is read can be written again."""
    try:
        metric, tags = parse_selector(text)
    except ThresholdError:
        return
    body = ",".join(f"{name}:{value}" for name, value in tags.items())
    assert parse_selector(f"{metric}{{{body}}}" if tags else metric) == (metric, tags)
