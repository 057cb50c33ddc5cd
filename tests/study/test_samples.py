"""From recordings to metrics: windows, roll-ups, outcomes, quantiles."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eventlive_sim.engine.recording import EDGE_LIST, HIST, Trend
from eventlive_sim.model.design import Endpoint
from eventlive_sim.study.samples import (
    Sample,
    aggregate,
    gauge,
    merged,
    outcome_of,
    quantile_of,
    select,
    total,
    values_of,
)
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, simulated


def samples(folder: Path, design: dict[str, Any] = BAR, scenario: dict[str, Any] = EVENING) -> list[Sample]:
    return simulated(folder, design, scenario).replications[0].samples


def trend_of(values: list[int]) -> Trend:
    counts = np.zeros(HIST, dtype=np.int64)
    for value in values:
        counts[np.searchsorted(EDGE_LIST, value, side="right") - 1] += 1
    return Trend(counts, len(values), sum(values), min(values), max(values))


def test_calls_are_counted_in_their_window(tmp_path: Path) -> None:
    """A lone guest ends a call at 0.1 s and then every 1.1 s: 10 by 11 s, 5 of them by 5 s, one a second."""
    found = samples(tmp_path)
    assert total(found, "calls") == 10
    assert total(found, "calls", "early") == 5
    assert aggregate(select(found, "calls", "early"), "rate") == 1.0


def test_station_figures_of_a_window(tmp_path: Path) -> None:
    """Five services of 100 ms within 5 s keep one clerk busy a tenth of the time; the busiest half second a fifth."""
    found = samples(tmp_path)
    assert gauge(found, "station_utilisation", "early", station="desk") == pytest.approx(0.1)
    used = select(found, "station_utilisation", "early", station="desk")
    assert aggregate(used, "max") == pytest.approx(0.2)
    assert aggregate(used, "min") == 0.0
    assert gauge(found, "station_queue", "early", station="desk") == 0.0


def test_who_waits_is_in_queue_and_wait(tmp_path: Path) -> None:
    """Of two guests at once one waits 100 ms, once: later they come 100 ms apart."""
    found = samples(tmp_path, scenario=changed(EVENING, clients__guest__people=2))
    waits = select(found, "station_wait", station="desk")
    assert aggregate(waits, "max") == 100.0
    assert aggregate(waits, "avg") == pytest.approx(100 / total(found, "attempts"))
    queue = select(found, "station_queue", station="desk")
    assert aggregate(queue, "max") == 1.0
    assert aggregate(queue, "avg") == pytest.approx(0.1 / 11)


def test_last_bin_may_be_shorter(tmp_path: Path) -> None:
    """In 11.2 s of which the last bin holds 0.2, a clerk who serves all the time is busy all the time."""
    design = changed(BAR, clients__guest__loops={"go": {"call": "order", "every": "100ms", "timing": "open"}})
    found = samples(tmp_path, design, changed(EVENING, duration="11200ms"))
    used = select(found, "station_utilisation", station="desk")
    assert aggregate(used, "min") == pytest.approx(1.0)
    assert aggregate(used, "max") == pytest.approx(1.0)
    assert gauge(found, "presence_minutes", client="guest") == pytest.approx(11.2 / 60)


def test_attempts_end_once_or_are_in_flight(tmp_path: Path) -> None:
    """Attempts are calls of all outcomes: at 10.95 s the tenth is answered, at 9.95 s it is in flight."""
    for duration, in_flight in (("10950ms", 0), ("9950ms", 1)):
        found = samples(tmp_path, scenario=changed(EVENING, duration=duration))
        assert total(found, "attempts") == total(found, "calls") == 10
        assert total(found, "calls", outcome="in_flight") == in_flight


def test_a_tab_that_closes_abandons_its_call(tmp_path: Path) -> None:
    """A guest who leaves after 50 ms of 100 ms has made one call, and it is abandoned."""
    scenario = changed(EVENING, clients__guest={"people": 1, "stay": "50ms"})
    found = samples(tmp_path, scenario=scenario)
    assert {sample.tags["outcome"]: sample.count for sample in select(found, "calls") if sample.count} == {
        "abandoned": 1
    }
    assert aggregate(select(found, "goodput"), "rate") != aggregate(select(found, "calls"), "rate")


def test_goodput_is_what_the_hot_path_serves(tmp_path: Path) -> None:
    """Calls of an endpoint that is not hot are no goodput."""
    assert total(samples(tmp_path), "goodput") == 10
    assert total(samples(tmp_path, changed(BAR, endpoints__order__hot=False)), "goodput") == 0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "served"), (204, "served"), (403, "served"), (401, "failed"), (500, "failed"), (429, "limited"),
        (503, "refused"), (504, "timed_out"), (-1, "abandoned"), (-2, "timed_out"),
    ],
)  # fmt: skip
def test_outcome_of_a_status(status: int, outcome: str) -> None:
    """2xx and what the endpoint answers by design is served; the rest says who gave up."""
    endpoint = Endpoint.model_validate({"good": [403], "steps": {"nap": {"delay": "1ms"}}})
    assert outcome_of(endpoint, status) == outcome


def test_subset_of_tags_sums_over_the_rest(tmp_path: Path) -> None:
    """Queries by status, by step and in all add up."""
    found = samples(tmp_path, DOOR, NIGHT)
    calls = total(found, "calls", outcome="served")
    assert abs(total(found, "queries", status="400") - calls) <= 12
    by_step = total(found, "queries", step="look") + total(found, "queries", step="sit")
    assert total(found, "queries") == by_step == total(found, "queries", endpoint="door")
    assert total(found, "queries", step="sit", status="409") + total(
        found, "queries", step="sit", status="201"
    ) == total(found, "queries", step="sit")


def test_quantile_of_several_is_of_all_their_values() -> None:
    """Of 400 values of 10 and 20 of 1,000 together the median is 10; the mean of the two medians would be 505."""
    parts = [
        Sample("queries_per_call", {"endpoint": name}, "all", "trend", 1.0, trend.count, trend)
        for name, trend in (("fast", trend_of([10] * 400)), ("slow", trend_of([1_000] * 20)))
    ]
    assert aggregate(parts, "med") == 10.0
    assert aggregate(parts, "p", 0.95) == 10.0
    assert aggregate(parts, "p", 0.99) == pytest.approx(1_000, rel=0.01)
    together = merged(parts)
    assert together is not None
    assert (together.count, together.sum, together.min, together.max) == (420, 24_000, 10, 1_000)


def test_counted_things_have_quantiles_that_are_there() -> None:
    """Half of the calls make 2 queries and half 9: no quantile lies between, and none of 9 is 9.5."""
    trend = trend_of([2] * 300 + [9] * 300)
    assert {quantile_of(trend, level / 100, whole=True) for level in range(1, 100)} == {2.0, 9.0}


def test_few_samples_have_no_quantile(tmp_path: Path) -> None:
    """Ten calls: their mean and extremes are numbers, their p95 is insufficient data."""
    values = values_of(select(samples(tmp_path), "call_duration"))
    assert (values["avg"], values["min"], values["max"]) == (100.0, 100.0, 100.0)
    assert math.isnan(values["p(95)"])
    assert math.isnan(values["med"])


def test_nothing_is_no_number() -> None:
    """Aggregates of nothing are not a number, of whatever kind."""
    assert math.isnan(aggregate([], "avg"))
    assert math.isnan(gauge([], "station_queue"))
    assert merged([]) is None
