"""Rules, evaluated on scrapes as Prometheus would have: when each began to fire, and until when."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventlive_sim.errors import ModelError
from eventlive_sim.model.alerts import Alerts, Rule, Watch
from eventlive_sim.program.program import Program
from eventlive_sim.stats.thresholds import Selector, ThresholdError, parse_selector
from eventlive_sim.study.alerts.promql import Matrix, bucket_quantile, increase, last_value
from eventlive_sim.study.alerts.scrapes import Scrapes, has_series
from eventlive_sim.study.metrics import METRICS
from eventlive_sim.units import NS_PER_S

AFTER_S = 1.0
"""An evaluation looks at what was scraped a second and more before."""
_KINDS = {
    "rate": ("counter",),
    "increase": ("counter",),
    "gauge": ("gauge",),
    "mean": ("duration", "trend"),
    "quantile": ("duration",),
}


@dataclass(frozen=True)
class Firing:
    """An alert from when it fires until it is resolved [s]; infinite if it still fires at the end."""

    begins_s: float
    ends_s: float


@dataclass(frozen=True)
class Evaluated:
    """A rule over a replication: its evaluations, the values of its comparisons there, and when it fired."""

    times_s: Matrix
    values: Matrix
    """By comparison and evaluation; not a number where there is none."""
    firings: tuple[Firing, ...]

    @property
    def first_s(self) -> float:
        """When it first fired [s]; not a number if it never did."""
        return self.firings[0].begins_s if self.firings else math.nan


def series_of(watch: Watch) -> list[tuple[str, str]]:
    """Function and text of all series of a comparison."""
    found = [(watch.function, watch.series)]
    if watch.per is not None:
        found.append((watch.function, watch.per))
    if watch.per_gauge is not None:
        found.append(("gauge", watch.per_gauge))
    return found


def read(text: str, where: str) -> Selector:
    """Metric and tags of a series.

    Raises
    ------
    ModelError
        If it cannot be read.
    """
    try:
        return parse_selector(text)
    except ThresholdError as error:
        raise ModelError(f"{where}: {error}", "write such as queries{status:400}", rule="bad-alert") from error


def check_rules(alerts: Alerts) -> None:
    """Refuse rules whose functions do not fit their series.

    Raises
    ------
    ModelError
        If a series cannot be read, or is of another kind than its function takes. One that nobody counts is none of that:
        its rule waits for it.
    """
    for name, rule in alerts.rules.items():
        for number, watch in enumerate(rule.when):
            where = f"alerts.rules.{name}.when.{number}"
            for function, text in series_of(watch):
                selector = read(text, where)
                kind = METRICS.get(selector.metric, ("", ()))[0]
                if kind and kind not in _KINDS[function]:
                    fitting = ", ".join(key for key, kinds in _KINDS.items() if kind in kinds)
                    problem = f"{where}: {function} does not fit {selector.metric}, which is a {kind}"
                    raise ModelError(problem, f"write {fitting or 'another metric'}", rule="bad-alert")


def selectors_of(alerts: Alerts) -> list[Selector]:
    """Metrics and tags that the rules name."""
    return [
        read(text, name) for name, rule in alerts.rules.items() for watch in rule.when for _, text in series_of(watch)
    ]


def missing_series(program: Program, rule: Rule) -> list[str]:
    """Series of a rule that a program never counts: until it does, the rule says nothing."""
    found = []
    for watch in rule.when:
        for _, text in series_of(watch):
            selector = read(text, "alerts")
            if not has_series(program, selector.metric, selector.tags):
                found.append(text)
    return list(dict.fromkeys(found))


def evaluate(alerts: Alerts, rule: Rule, scrapes: Scrapes) -> Evaluated:
    """A rule at each of its evaluations.

    Parameters
    ----------
    alerts : Alerts
        The clocks and the buckets.
    rule : Rule
        The rule.
    scrapes : Scrapes
        A replication.

    Returns
    -------
    Evaluated
        All its evaluations, the first a second after the beginning.
    """
    step = alerts.evaluate / NS_PER_S
    times = np.arange(0, scrapes.ends_s[-1], step) + AFTER_S
    values = np.asarray([_values(alerts, watch, scrapes, times) for watch in rule.when])
    holds = np.logical_and.reduce([_compare(watch, row) for watch, row in zip(rule.when, values, strict=True)])
    return Evaluated(times, values, tuple(_firings(holds, times, rule.for_ / NS_PER_S)))


def _compare(watch: Watch, values: Matrix) -> Matrix:
    compare = operator.lt if watch.below is not None else operator.gt
    with np.errstate(invalid="ignore"):
        found: Matrix = compare(values, threshold_of(watch))
    return found


def threshold_of(watch: Watch) -> float:
    """What a comparison is against, in seconds where it is a duration."""
    if watch.slower is not None:
        return watch.slower / NS_PER_S
    bound = watch.above if watch.above is not None else watch.below
    return float(bound or 0.0)


def _firings(holds: Matrix, times: Matrix, needed_s: float) -> list[Firing]:
    """Times at which it fires: what holds has to have held at every evaluation for long enough."""
    found, since, fires = [], math.nan, math.nan
    for holding, now in zip(holds.tolist(), times.tolist(), strict=True):
        if not holding:
            if not math.isnan(fires):
                found.append(Firing(fires, now))
            since = fires = math.nan
            continue
        since = now if math.isnan(since) else since
        if math.isnan(fires) and now - since >= needed_s - 1e-9:
            fires = now
    if not math.isnan(fires):
        found.append(Firing(fires, math.inf))
    return found


# ---------------------------------------------------------------- values


def _values(alerts: Alerts, watch: Watch, scrapes: Scrapes, times: Matrix) -> Matrix:
    """Values of a comparison's left side at each evaluation; not a number where Prometheus has none."""
    top = _term(alerts, watch, (watch.function, watch.series), scrapes, times)
    if watch.per is None and watch.per_gauge is None:
        return top
    below = ("gauge", watch.per_gauge) if watch.per is None else (watch.function, watch.per)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Matrix = top / _term(alerts, watch, (below[0], str(below[1])), scrapes, times)
    return found


def _term(alerts: Alerts, watch: Watch, what: tuple[str, str], scrapes: Scrapes, times: Matrix) -> Matrix:
    function, text = what
    selector = parse_selector(text)
    metric, tags, over = selector.metric, dict(selector.tags), watch.over / NS_PER_S
    at = scrapes.times_s
    match function:
        case "gauge":
            levels = scrapes.levels(metric, tags)
            return np.asarray([_sum(last_value(levels, at, now)) for now in times])
        case "quantile":
            buckets = scrapes.buckets(metric, tags, alerts.buckets)
            bounds = [bound / NS_PER_S for bound in alerts.buckets]
            flat = buckets.reshape(-1, buckets.shape[-1])
            grown_by = (increase(flat, at, now, over).reshape(-1, len(bounds) + 1) for now in times)
            return np.asarray([_quantile(watch.level, bounds, counts) for counts in grown_by])
        case "mean":
            sums, counts = scrapes.sums(metric, tags)
            both = [(_sum(increase(sums, at, now, over)), _sum(increase(counts, at, now, over))) for now in times]
            return np.asarray([one / other if other else math.nan for one, other in both])
        case _:
            counters = scrapes.counters(metric, tags)
            grown = np.asarray([_sum(increase(counters, at, now, over)) for now in times])
            return grown / over if function == "rate" else grown


def _sum(values: Matrix) -> float:
    """Sum over series; not a number of none."""
    return float(values.sum()) if len(values) else math.nan


def _quantile(level: float, bounds: Sequence[float], counts: Matrix) -> float:
    return bucket_quantile(level, bounds, counts.sum(axis=0)) if len(counts) else math.nan
