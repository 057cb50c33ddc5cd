"""When a budget breaks within a replication: first, over what has elapsed of its window; and when it is past saving.

Only what is broken at the end of its window counts as broken. It breaks *first* at the first scrape at which, taken over what
has elapsed of its window, it is beyond its limit; a quantile of too few values says nothing yet. It is *lost* from the first
scrape on at which nothing that still comes can save it: so many values are over the limit that the rest of the window, all
below it, leaves too many; the count, or the sum, is beyond what the whole window may have. What asks for more rather than
less (a rate above 0) can only break at the end of its window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eventlive_sim.engine.recording import EDGES
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.stats.thresholds import Threshold
from eventlive_sim.study.alerts.scrapes import Scrapes
from eventlive_sim.study.budgets import Budget, selected, share
from eventlive_sim.study.metrics import EXACT_KINDS
from eventlive_sim.study.samples import Sample, aggregate, merged
from eventlive_sim.units import NS_PER_S

_SUMMED = ("presence_minutes",)
"""Gauges that add up over time rather than being a mean of it."""
_UPPER = ("<", "<=")


@dataclass(frozen=True)
class Break:
    """When a budget broke in a replication [s]; not a number where it did not."""

    first_s: float
    lost_s: float

    @property
    def broken(self) -> bool:
        """Whether it did."""
        return not math.isnan(self.first_s)


NEVER = Break(math.nan, math.nan)


def watchable(budget: Budget) -> bool:
    """Whether a budget is on what is simulated; what arithmetic says is known before the event."""
    return budget.kind not in EXACT_KINDS


def leaves_room(budget: Budget) -> bool:
    """Whether there is something between quiet and broken.

    A budget of no event at all is broken by the first: no alert can come before it. The same holds of a largest value.
    """
    threshold = budget.threshold
    if threshold.aggregate in {"max", "min"} or threshold.operator not in _UPPER:
        return False
    return not (threshold.aggregate == "count" and threshold.limit <= 1)


def break_of(budget: Budget, scenario: Scenario, scrapes: Scrapes) -> Break:
    """When a budget breaks in a replication."""
    start, end = scenario.windows.get(budget.window, (0, scenario.duration))
    ticks = _ticks(scrapes, start, min(end, scenario.duration))
    if not ticks:
        return NEVER
    selected = [_selected(budget, scrapes, tick) for tick in ticks]
    begins, over = start / NS_PER_S, min(end, scenario.duration) / NS_PER_S
    values, kept = [], _Elapsed()
    for tick, samples in zip(ticks, selected, strict=True):
        kept.take(samples)
        values.append(kept.value(budget, float(scrapes.ends_s[tick]) - begins))
    threshold = budget.threshold
    if math.isnan(values[-1]) or threshold.holds(values[-1]):
        return NEVER
    at = [float(scrapes.ends_s[tick]) for tick in ticks]
    early = [_breaks_early(threshold, value) for value in values]
    first = next((time for time, beyond in zip(at, early, strict=True) if beyond), over)
    return Break(first, max(first, _lost(budget, selected, at, kept, over - begins)))


def _ticks(scrapes: Scrapes, start: int, end: int) -> list[int]:
    begins, over = start / NS_PER_S, end / NS_PER_S
    return [tick for tick, time in enumerate(scrapes.ends_s.tolist()) if begins < time <= over + 1e-9]


def _selected(budget: Budget, scrapes: Scrapes, tick: int) -> list[Sample]:
    samples = scrapes.samples[tick]
    return selected(samples, budget, samples[0].window) if samples else []


def _breaks_early(threshold: Threshold, value: float) -> bool:
    """Whether it is beyond its limit before the end already; what asks for more may still get it."""
    if math.isnan(value) or threshold.holds(value):
        return False
    return threshold.operator in _UPPER or (threshold.operator == "==" and value > threshold.limit)


class _Elapsed:
    """Samples of ticks, put together by series as time goes on."""

    def __init__(self) -> None:
        self.series: dict[tuple[tuple[str, str], ...], Sample] = {}

    def take(self, samples: Sequence[Sample]) -> None:
        """Take another tick."""
        for sample in samples:
            key = tuple(sorted(sample.tags.items()))
            there = self.series.get(key)
            self.series[key] = sample if there is None else _joined(there, sample)

    def value(self, budget: Budget, span_s: float) -> float:
        """Value of a budget's metric over all that was taken."""
        found = [replace(sample, span_s=span_s) for sample in self.series.values()]
        if budget.threshold.aggregate == "share":
            return share(found, budget)
        if not found and budget.kind == "counter":
            return 0.0
        return aggregate(found, budget.threshold.aggregate, budget.threshold.quantile)


def _joined(one: Sample, other: Sample) -> Sample:
    whole = one.span_s + other.span_s
    if one.metric in _SUMMED:
        value = one.value + other.value
    else:
        value = (one.value * one.span_s + other.value * other.span_s) / whole
    return replace(
        one,
        span_s=whole,
        count=one.count + other.count,
        trend=merged([one, other]),
        value=value,
        least=min(one.least, other.least),
        most=max(one.most, other.most),
    )


# ---------------------------------------------------------------- past saving


def _lost(budget: Budget, by_tick: list[list[Sample]], at: list[float], whole: _Elapsed, span_s: float) -> float:
    """First scrape from which on nothing can save it, by what has been used up of what the whole window may have."""
    used = np.cumsum([_used(budget, samples) for samples in by_tick])
    allowed = _allowed(budget, whole, span_s)
    if math.isnan(allowed):
        return at[-1]
    beyond = used > allowed if budget.threshold.operator != "<" else used >= allowed
    return at[int(np.argmax(beyond))] if beyond.any() else at[-1]


def _used(budget: Budget, samples: list[Sample]) -> float:
    """What a tick uses up: events, values over the limit, their sum, or level times time."""
    threshold = budget.threshold
    if budget.kind == "counter":
        tags = budget.selector.tags.items()
        return float(sum(sample.count for sample in samples if tags <= sample.tags.items()))
    if budget.kind == "gauge":
        return math.fsum(sample.value * sample.span_s for sample in samples if not math.isnan(sample.value))
    trends = [(sample.trend, sample.scale) for sample in samples if sample.trend is not None]
    if threshold.aggregate == "avg":
        return math.fsum(trend.sum * scale for trend, scale in trends)
    return math.fsum(float(trend.counts[threshold.limit / scale < EDGES].sum()) for trend, scale in trends)


def _allowed(budget: Budget, whole: _Elapsed, span_s: float) -> float:
    """What the whole window may use; not a number where it can only be told at the end."""
    threshold = budget.threshold
    if threshold.operator not in {*_UPPER, "=="}:
        return math.nan
    values = sum(sample.count for sample in whole.series.values())
    match threshold.aggregate:
        case "count":
            return threshold.limit
        case "share":
            return threshold.limit * values
        case "rate" if budget.kind == "counter":
            return threshold.limit * span_s
        case "value" | "avg" if budget.kind == "gauge":
            return threshold.limit * span_s
        case "avg":
            return threshold.limit * values
        case "p" | "med":
            level = 0.5 if threshold.quantile is None else threshold.quantile
            return (1 - level) * values
        case "max":
            return 0.0
        case _:
            return math.nan
