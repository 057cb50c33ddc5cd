"""When a budget breaks: over what has elapsed, and when nothing can save it; by hand on made-up ticks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eventlive_sim.engine.recording import EDGES, HIST, Trend
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.stats.thresholds import parse_selector, parse_threshold
from eventlive_sim.study.alerts.breaks import Break, break_of, leaves_room
from eventlive_sim.study.alerts.promql import Matrix
from eventlive_sim.study.alerts.scrapes import Scrapes
from eventlive_sim.study.budgets import Budget
from eventlive_sim.study.metrics import METRICS
from eventlive_sim.study.samples import Sample

TICKS = 10
MS = 1_000_000
WORLD = Scenario.model_validate(
    {"format": 1, "duration": "100s", "bins": "10s", "windows": {"late": ("50s", "100s")}, "clients": {}}
)


def budget(key: str, threshold: str, window: str = "all") -> Budget:
    """A budget as the scenario would have it."""
    selector = parse_selector(key)
    return Budget(key, selector, parse_threshold(threshold), window, "probability", 0.05, "stop", False, None)


def scrapes(samples: list[list[Sample]]) -> Scrapes:
    """Ten ticks of ten seconds."""
    ends: Matrix = np.arange(10.0, 10 * TICKS + 1, 10)
    return Scrapes(samples, ends, np.arange(0.0, 10 * TICKS + 1, 10))


def counted(*counts: int, metric: str = "queries") -> Scrapes:
    """A counter by tick."""
    return scrapes([[Sample(metric, {}, f"tick {n}", "counter", 10.0, count)] for n, count in enumerate(counts)])


def timed(*ticks: tuple[int, int]) -> Scrapes:
    """Durations by tick: how many took 100 ms, and how many 900 ms."""
    found = []
    for number, (quick, slow) in enumerate(ticks):
        counts = np.zeros(HIST, dtype=np.int64)
        for value, count in ((100 * MS, quick), (900 * MS, slow)):
            counts[int(np.searchsorted(EDGES, value, side="right")) - 1] += count
        whole = quick + slow
        trend = Trend(counts, whole, quick * 100 * MS + slow * 900 * MS, 100 * MS, 900 * MS if slow else 100 * MS)
        found.append([Sample("call_duration", {}, f"tick {number}", "trend", 10.0, whole, trend, 1 / MS)])
    return scrapes(found)


def test_a_count_breaks_with_the_event_that_is_too_many() -> None:
    """Of at most ten the eleventh; before and after are one."""
    found = break_of(budget("queries", "count<=10"), WORLD, counted(0, 4, 4, 4, 0, 0, 0, 0, 0, 0))
    assert (found.first_s, found.lost_s) == (40, 40)


def test_a_rate_breaks_early_and_is_lost_late() -> None:
    """At most 2 a second: 50 in the second tick are 2.5 a second of what has elapsed, and a quarter of the whole's 200;
    those are used up with the seventh."""
    found = break_of(budget("queries", "rate<2"), WORLD, counted(0, 50, 30, 30, 30, 30, 30, 30, 30, 30))
    assert (found.first_s, found.lost_s) == (20, 70)


def test_a_share_breaks_early_and_is_lost_late() -> None:
    """Of 20 a tick 200 end: at most a tenth are 20 of them. Five a tick from the second on: 5 of 40 are over a tenth, and the
    fifth such tick passes 20."""
    ticks = [(20, 0)] + [(15, 5)] * 9
    samples = [
        [
            Sample("queries", {"status": status}, f"tick {number}", "counter", 10.0, count)
            for status, count in zip(("200", "400"), tick, strict=True)
        ]
        for number, tick in enumerate(ticks)
    ]
    found = break_of(budget("queries{status:400}", "share<=0.1"), WORLD, scrapes(samples))
    assert (found.first_s, found.lost_s) == (20, 60)


def test_what_is_saved_by_the_end_is_not_broken() -> None:
    """A rate that was over its limit early on and is not in the end."""
    assert not break_of(budget("queries", "rate<2"), WORLD, counted(50, 0, 0, 0, 0, 0, 0, 0, 0, 0)).broken


def test_a_quantile_is_lost_when_too_many_are_slow() -> None:
    """Of 1,000 in all 50 may be slow: 30 a tick from the fourth on; of what has elapsed then 30 of 400 are too many."""
    ticks = [(100, 0)] * 3 + [(70, 30)] * 7
    found = break_of(budget("call_duration", "p(95)<500"), WORLD, timed(*ticks))
    assert (found.first_s, found.lost_s) == (40, 50)


def test_few_values_say_nothing_yet() -> None:
    """A quantile of under 300 values is none: all are slow, and it shows after three ticks."""
    found = break_of(budget("call_duration", "p(95)<500"), WORLD, timed(*[(0, 100)] * TICKS))
    assert (found.first_s, found.lost_s) == (30, 30)


def test_windows_count_for_themselves() -> None:
    """In the last five ticks: what was before does not count."""
    early, late = [(0, 100)] * 5, [(100, 0)] * 5
    assert not break_of(budget("call_duration", "p(95)<500", "late"), WORLD, timed(*early, *late)).broken
    found = break_of(budget("call_duration", "p(95)<500", "late"), WORLD, timed(*late, *early))
    assert (found.first_s, found.lost_s) == (80, 80)


def test_a_mean_is_lost_with_its_sum() -> None:
    """Under 500 ms of 1,000 values: 500,000 ms in all, each slow tick brings 90,000 of them, each quick one 10,000.

    After two quick and two slow ticks the mean is 500.
    """
    ticks = [(100, 0)] * 2 + [(0, 100)] * 8
    found = break_of(budget("call_duration", "avg<500"), WORLD, timed(*ticks))
    assert (found.first_s, found.lost_s) == (40, 80)


def test_what_asks_for_more_breaks_at_the_end() -> None:
    """Goodput above 0: until the end it may still come."""
    nothing = counted(*[0] * TICKS, metric="goodput")
    assert break_of(budget("goodput", "rate>0"), WORLD, nothing) == Break(100, 100)


def test_a_level_over_time() -> None:
    """A utilisation of 0.5 over the whole is used up after six full ticks."""
    levels = [[Sample("station_utilisation", {"station": "x"}, f"tick {n}", "gauge", 10.0, value=value, least=value, most=value)] for n, value in enumerate([0.0, 0.0] + [1.0] * 8)]  # fmt: skip
    found = break_of(budget("station_utilisation", "avg<=0.5"), WORLD, scrapes(levels))
    assert (found.first_s, found.lost_s) == (50, 80)


@pytest.mark.parametrize(
    ("key", "threshold", "room"),
    [
        ("queries{status:400}", "count==0", False),
        ("queries{status:400}", "count<1", False),
        ("queries", "count<100", True),
        ("queries_per_call", "max<=2", False),
        ("call_duration", "p(95)<500", True),
        ("goodput", "rate>0", False),
        ("queries", "rate<200", True),
    ],
)
def test_what_an_alert_can_come_before(key: str, threshold: str, room: bool) -> None:
    """Not before a budget of no event at all, of a largest value, or of something that must come."""
    assert leaves_room(budget(key, threshold)) == room


def test_kinds_are_those_of_the_budgets() -> None:
    """The hand-made budgets are of metrics that there are."""
    assert {"queries", "call_duration", "goodput", "station_utilisation"} <= set(METRICS)
    assert math.isnan(Break(math.nan, math.nan).first_s)
